"""`vigie incidents mark` and `review`, as somebody types them."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from streams.commands import marks
from streams.endpoint.server import EndpointPolicy, serving
from streams.store.open import open_store
from streams.store.owner import Owner
from tests.generated import NOW
from tests.streams.crisis import INCIDENT, OPENED, fill
from tests.streams.store.examples import mark, shadow
from tests.streams.test_cli import Here, said, vigie

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")


@pytest.fixture
def here(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(capfdbinary, monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    opened = open_store(f"chdb://{path}")
    fill(opened)
    told = opened.incidents()[0]
    opened.insert_shadows([shadow(watch="flood", opened_at=told.opened_at, resolved_at=told.resolved_at)])
    opened.close()
    return path


def test_marks_are_made_taken_back_and_reviewed(store: Path, here: Here, tmp_path: Path) -> None:
    environment = {"VIGIE_STORE": f"chdb://{store}"}
    mark = ("incidents", "mark", INCIDENT)
    assert here("incidents", "review", environment=environment).returncode == 0
    began = f"{OPENED:%Y-%m-%dT%H:%M}"
    done = here(*mark, "true", "--why", "houses\n were flooded", "--began", began, "--by", "duty",
                environment=environment)  # fmt: skip
    assert (done.returncode, said(done)) == (
        0, f"{INCIDENT} is marked true; it began 2026-03-04 02:00 UTC\n",
    )  # fmt: skip
    shown = here("incidents", "show", INCIDENT, environment=environment).stdout.decode()
    assert "marked true by duty" in shown
    assert "houses were flooded" in shown

    reviewed = here("incidents", "review", "--json", environment=environment).stdout
    in_force, beside = [orjson.loads(line) for line in reviewed.splitlines()]
    assert (in_force["rule"], in_force["watch"], in_force["true"], in_force["delay_s"]) == (
        "in force", "flood", 1, 0.0,
    )  # fmt: skip
    assert in_force["precision"] == 1
    assert in_force["interval"] == [pytest.approx(0.2065, abs=5e-5), 1.0]
    assert (beside["rule"], beside["shadow"], beside["incidents"], beside["true"]) == ("shadow", "more", 1, 1)
    assert beside["inherited"] == 1
    table = here("incidents", "review", environment=environment).stdout.decode()
    assert "shadow: more" in table
    assert "100% (21% to 100%)" in table
    unknown = ("incidents", "review", "--watch", "flood", "--watch", "none")
    here.refused(
        2, "--watch 'none' is no watch with incidents in the store: flood", *unknown, environment=environment
    )
    both = ("incidents", "review", "--watch", "flood", "--watch", "flood", "--json")
    assert here(*both, environment=environment).stdout == reviewed

    french = environment | {"LC_ALL": "fr_FR.UTF-8"}
    table = here("incidents", "review", environment=french).stdout.decode()
    assert "veille" in table
    assert "ombre\u00a0: more" in table
    assert "100\u202f% (de 21\u202f% à 100\u202f%)" in table
    shown = here("incidents", "show", INCIDENT, environment=french).stdout.decode()
    assert "veille flood, signes\u00a0: volume" in shown
    assert "jugé fondé par duty" in shown

    done = here(*mark, "false", "--why", "a pump, no flood", environment=environment)
    assert said(done) == f"{INCIDENT} is marked false (it was true, by duty)\n"
    query = "SELECT verdict FROM incident_mark_log ORDER BY marked_at"
    told = here("sql", query, "--format", "TSV", environment=environment)
    assert told.stdout.split() == [b"true", b"false"]
    # A second process, and the watches file's own clock: 03:00 in Paris is 02:00 UTC.
    watches = tmp_path / "w.yaml"
    watches.write_text("version: 1\ntimezone: Europe/Paris\nwatches: [{name: flood, query: crue}]\n")
    done = vigie(
        "incidents", "mark", INCIDENT, "true", "--why", "it was", "--began", "2026-03-04T03:00",
        "--watches", watches, environment=environment,
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    assert "\u202f; début\u00a0: 2026-03-04 03:00 Europe/Paris, 2026-03-04 02:00 UTC\n" in said(done)
    told = here("sql", "SELECT began_at FROM incident_marks", "--format", "TSV", environment=environment)
    assert told.stdout == f"{OPENED:%Y-%m-%d %H:%M:%S}.000\n".encode()


def test_a_wrong_mark_is_refused_in_a_sentence(store: Path, here: Here) -> None:
    environment = {"VIGIE_STORE": f"chdb://{store}"}

    def refused(sentence: str, *arguments: str, code: int = 2) -> None:
        here.refused(code, sentence, "incidents", "mark", *arguments, environment=environment)

    why = ("--why", "because")
    refused("there is no incident 'nobody'", "nobody", "true", *why)
    refused("'perhaps' is not one of 'true', 'false'", INCIDENT, "perhaps", *why)
    refused("Missing option '--why'", INCIDENT, "true")
    refused("--why is empty", INCIDENT, "true", "--why", " \x1b\n")
    refused("--why has 501 characters", INCIDENT, "true", "--why", "w" * 501)
    refused("--by is empty", INCIDENT, "true", *why, "--by", "")
    refused("--began 'yesterday' is no time", INCIDENT, "true", *why, "--began", "yesterday")
    refused("--began goes with true", INCIDENT, "false", *why, "--began", "2026-03-04")
    refused("after the end of what it began", INCIDENT, "true", *why, "--began", "2026-03-09")
    refused("more than 30 days before", INCIDENT, "true", *why, "--began", "1999-02-20")
    assert here("incidents", "mark", INCIDENT, "false", *why, environment=environment).returncode == 0
    refused("is marked false already", INCIDENT, "false", "--why", "as I said")
    owner = Owner(store, NOW)
    try:
        refused(f"is in use by process {os.getpid()}", INCIDENT, "true", *why, code=3)
    finally:
        owner.release()


def test_what_a_mark_says_cannot_steer_the_terminal(store: Path, here: Here) -> None:
    opened = open_store(f"chdb://{store}")
    opened.insert_marks([mark(incident=INCIDENT, why="so\n\x1b[31mit was", by="\x1b]0;duty\x07")])
    opened.close()
    shown = here("incidents", "show", INCIDENT, "--store", f"chdb://{store}").stdout.decode()
    assert shown.endswith("UTC: so [31mit was\n")
    assert "\x1b" not in shown


def test_a_mark_is_made_while_the_store_is_held(
    store: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"chdb://{store}"
    mark, environment = ("incidents", "mark", INCIDENT), {"VIGIE_STORE": url}
    holder = open_store(url)
    try:
        with serving(holder, EndpointPolicy(port=0)):
            done = here(*mark, "true", "--why", "it was", environment=environment)
            assert (done.returncode, said(done)) == (0, f"{INCIDENT} is marked true\n")
            (in_force, _) = here("incidents", "review", "--json", environment=environment).stdout.splitlines()
            assert orjson.loads(in_force)["true"] == 1
            here.refused(2, "already", *mark, "true", "--why", "again", environment=environment)
            # As long as the holder does not come to it, it is said and kept.
            monkeypatch.setattr(marks, "_PATIENCE_S", 0.0)
            done = here(*mark, "false", "--why", "a pump", environment=environment)
            assert done.returncode == 0
            assert "has not taken it in yet: the mark is kept beside the store" in said(done)
    finally:
        holder.close()
    log = here("sql", "SELECT verdict FROM incident_mark_log ORDER BY marked_at", "--format", "TSV",
               environment=environment)  # fmt: skip
    assert log.stdout.split() == [b"true", b"false"]


def test_a_mark_leaves_the_retention_alone(store: Path, here: Here) -> None:
    url = f"chdb://{store}"
    open_store(url, retention_days=30).close()
    done = here("incidents", "mark", INCIDENT, "true", "--why", "so", "--store", url)
    assert done.returncode == 0, said(done)
    opened = open_store(url)
    assert opened.get_setting("retention_days") == "30"
    opened.close()


def test_shadows_are_listed_apart(store: Path, here: Here) -> None:
    environment = {"VIGIE_STORE": f"chdb://{store}"}
    listed = here("incidents", "list", "--json", environment=environment).stdout
    assert [orjson.loads(line)["id"] for line in listed.splitlines()] == [INCIDENT]
    apart = here("incidents", "list", "--shadow", "--json", environment=environment).stdout
    (line,) = apart.splitlines()
    found = orjson.loads(line)
    assert (found["id"], found["sensitivity"]) == ("i1-shadow-more", "more")
    assert b"i1-shadow-more" in here("incidents", "list", "--shadow", environment=environment).stdout
    shown = here("incidents", "show", found["id"], environment=environment)
    assert shown.stdout.startswith(b"i1-shadow-more")
    assert (
        here("incidents", "mark", found["id"], "true", "--why", "so", environment=environment).returncode == 0
    )


def test_a_mark_is_answered_in_the_language_of_the_terminal(store: Path, here: Here) -> None:
    french = {"VIGIE_STORE": f"chdb://{store}", "LC_ALL": "fr_FR.UTF-8"}
    mark = ("incidents", "mark", INCIDENT)
    began = f"{OPENED:%Y-%m-%dT%H:%M}"
    done = here(*mark, "true", "--why", "des caves", "--began", began, "--by", "a", environment=french)
    assert said(done) == f"{INCIDENT} est jugé fondé\u202f; début\u00a0: 2026-03-04 02:00 UTC\n"
    done = here(*mark, "false", "--why", "une pompe", "--by", "b", environment=french)
    assert said(done) == f"{INCIDENT} est jugé non fondé (avis précédent\u00a0: fondé, par a)\n"
