"""`vigie backtest` and `vigie detect --plot` as somebody types them; their pages as text and in Chromium."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from models.spike import Sensitivity
from streams.backtest import past
from streams.backtest.bare import bare_case
from streams.backtest.case import Case, Found, Tried
from streams.backtest.page import page
from streams.backtest.run import Plan, over_store
from streams.notifiers.mail_words import MAIL_WORDS
from streams.records import Severity
from streams.report.reader import Reader
from streams.series import read_moments
from streams.series_file import read_series
from streams.store.open import open_store
from streams.watches_file import load_watches
from tests.generated import watches_file, write
from tests.streams.backtest.test_bare import series
from tests.streams.backtest.test_store import posts
from tests.streams.store.examples import incident, mark
from tests.streams.test_cli import Done, Here, said, vigie
from tests.streams.test_replay import play
from tests.streams.test_report import Outline, chromium, measured, printed

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

__all__ = ["chromium"]

MADE = datetime(2026, 6, 1, tzinfo=UTC)
HOSTILE = "</h2><script>document.title='owned'</script>\u202e<img src=x>"
ENGLISH = Reader(language="en", zone=ZoneInfo("Europe/Paris"), titles={"flood": HOSTILE})
FRENCH = Reader(language="fr", zone=ZoneInfo("Europe/Paris"), titles={"flood": HOSTILE})


@pytest.fixture
def here(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(capfdbinary, monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Posts, the watches file, and a store that they were replayed into; one incident is marked."""
    made = tmp_path_factory.mktemp("commands")
    play(write(made / "posts.jsonl", list(posts())), watches_file(made), made / "store", checkpoint_s=60)
    store = open_store(f"chdb://{made}/store")
    store.insert_marks([mark(incident=store.incidents()[-1].id)])
    store.close()
    series(made / "counts.csv", minutes=5, days=12)
    series(made / "hours.csv", minutes=60, days=13)
    return made


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    return {"VIGIE_WATCHES": str(folder / "watches.yaml"), "VIGIE_STORE": f"chdb://{folder}/store"}


def lines(done: Done, kind: str) -> list[dict[str, Any]]:
    assert done.returncode == 0, said(done)
    return [line for text in done.stdout.splitlines() if (line := orjson.loads(text))["type"] == kind]


# Over a store


def test_json_has_a_line_a_rule_and_a_line_an_incident(folder: Path, environment: dict[str, str]) -> None:
    """In a process of its own, twice: the same bytes."""
    done = vigie("backtest", "--json", "--since", "3d", environment=environment)
    assert vigie("backtest", "--json", "--since", "3d", environment=environment).stdout == done.stdout
    rules = lines(done, "rule")
    assert [(each["watch"], each["rule"], each["in_force"]) for each in rules] == [
        (watch, rule, rule == "balanced")
        for watch in ("flood", "school")
        for rule in ("recorded", "fewer", "balanced", "more")
    ]
    found = lines(done, "incident")
    for each in rules:
        own = [one for one in found if (one["watch"], one["rule"]) == (each["watch"], each["rule"])]
        assert each["opened"] == len(own) == each["info"] + each["warning"] + each["critical"]
        assert each["pages_a_month"] == pytest.approx(len(own) * 30 / each["days"], abs=0.01)
    recorded, again = (
        [{**each, "rule": "", "in_force": False} for each in found if each["rule"] == rule]
        for rule in ("recorded", "balanced")
    )
    assert recorded == again != []
    assert all(each["observed"] >= each["limit"] and each["summary"] for each in again)
    grown = [each for each in found if each["opened_as"] != each["severity"]]
    assert all(each["severity_at"] > each["opened_at"] for each in grown)
    assert all(each["severity_at"] == each["opened_at"] for each in found if each not in grown)
    assert sum(each["marked_true"] for each in rules if each["rule"] == "recorded") == 1
    for total in (totals := lines(done, "total")):
        of = [each for each in rules if each["rule"] == total["rule"]]
        assert total["watches"] == len(of) == 2
        assert total["opened"] == sum(each["opened"] for each in of)
        assert total["pages_a_month"] == pytest.approx(sum(each["pages_a_month"] for each in of), abs=0.02)
    assert [(each["rule"], each["in_force"]) for each in totals] == [
        ("fewer", False), ("balanced", True), ("more", False),
    ]  # fmt: skip


def test_a_table_and_a_page(
    folder: Path, environment: dict[str, str], here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "out.html"
    done = here(
        "backtest", "--sensitivity", "more", "--watch", "flood", "--html", out, environment=environment
    )
    assert done.returncode == 0
    table = done.stdout.decode()
    assert re.search(r"flood +recorded ", table)
    assert re.search(r"flood +balanced \(in force\) ", table)
    assert re.search(r"flood +more ", table)
    assert "fewer" not in table
    assert "mentions in the last" in table
    # On the clock of the watches file, as the page.
    first = next(each for each in lines(here("backtest", "--json", environment=environment), "incident"))
    opened = datetime.fromisoformat(first["opened_at"]).astimezone(ZoneInfo("Europe/Paris"))
    assert "opened (Europe/Paris)" in table
    assert f"{opened:%Y-%m-%d %H:%M}" in table
    assert "less than two weeks" in said(done)
    assert "What each rule would have opened" in Outline(out.read_text(encoding="utf-8")).text
    assert "deleted" not in said(done)
    # Where posts are missing by now, both say so.
    monkeypatch.setattr(past, "deletions", lambda *_: 1_234)
    done = here("backtest", "--html", out, "--language", "fr", environment=environment)
    assert "deleted at their source since: 1,234" in said(done)
    told = Outline(out.read_text(encoding="utf-8")).text
    assert "Ce que chaque règle aurait ouvert" in told
    assert "supprimées depuis à la source : 1 234." in told


def test_several_watches_may_be_named(environment: dict[str, str], here: Here) -> None:
    both = ("--watch", "school", "--watch", "flood")
    done = here("backtest", *both, "--sensitivity", "balanced", "--json", environment=environment)
    assert [(each["watch"], each["rule"]) for each in lines(done, "rule")] == [
        (watch, rule) for watch in ("flood", "school") for rule in ("recorded", "balanced")
    ]


def test_the_tables_speak_the_language_of_their_sentences(folder: Path, here: Here) -> None:
    french = folder / "french.yaml"
    english = (folder / "watches.yaml").read_text()
    french.write_text(english.replace("language: en", "language: fr"))
    done = here("backtest", folder / "posts.jsonl", environment={"VIGIE_WATCHES": str(french)})
    table = done.stdout.decode()
    sums, found = table.split("\n\n")[0], table.split("\n\n")[1]
    head = ["veille", "règle", "ouverts", "critique", "alerte", "info", "par mois", "elle seule"]
    assert re.split(r"  +", sums.splitlines()[0])[:8] == head
    assert "balanced (en vigueur)" in sums
    assert "les 2" in sums
    assert re.split(r"  +", found.splitlines()[0].strip()) == [
        "début (Europe/Paris)", "fin", "veille", "par", "gravité", "quoi",
    ]  # fmt: skip
    assert "mentions au cours" in found
    assert not re.search(r"warning|in force|opened|the last", table)
    assert "moins de deux semaines" in said(done)
    series = here("backtest", folder / "counts.csv", environment={"VIGIE_WATCHES": str(french)})
    assert "comme dans le fichier" in (told := series.stdout.decode())
    assert re.search(r"au cours .*, contre \d+ d’habitude, seuil \d", told)


def test_incidents_are_listed_in_the_language_of_the_file_or_the_terminal(
    folder: Path, environment: dict[str, str], here: Here
) -> None:
    french = folder / "listed.yaml"
    french.write_text("version: 1\nlanguage: fr\nwatches: []\n")
    wrong = folder / "wrong.yaml"
    wrong.write_text("version: 0\n")
    for watches, terminal, opened in (
        (folder / "watches.yaml", "fr_FR.UTF-8", "opened (UTC)"),
        (french, "C.UTF-8", "début (UTC)"),
        # A wrong file hides no incident.
        (wrong, "fr_FR.UTF-8", "début (UTC)"),
        (wrong, "C.UTF-8", "opened (UTC)"),
    ):
        there = {**environment, "VIGIE_WATCHES": str(watches), "LC_ALL": terminal}
        head, *listed = here("incidents", "list", environment=there).stdout.decode().splitlines()
        assert opened in head
        assert any(word in line for line in listed for word in ("critical", "critique"))


def test_what_is_wrong_is_said(folder: Path, environment: dict[str, str], here: Here) -> None:
    def refused(sentence: str, *arguments: str | Path, code: int = 2) -> None:
        here.refused(code, sentence, "backtest", *arguments, environment=environment)

    refused("--watch 'river' is no watch of the file: flood, school", "--watch", "river")
    refused("--watch 'river' is no watch of the file", "--watch", "flood", "--watch", "river")
    refused("a series takes the rule in force of one watch", folder / "counts.csv", "--watch", "flood",
            "--watch", "school")  # fmt: skip
    refused("'loud' is not one of 'fewer', 'balanced', 'more'", "--sensitivity", "loud")
    refused("--since 'yesterday' is no time", "--since", "yesterday")
    refused("--since must be before --until", "--since", "2026-04-01", "--until", "2026-03-01")
    refused("its mentions are from 2026-03-02 06:0", "--since", "2027-01-01")
    refused("its mentions are from", "--until", "2020-01-01")
    refused("name files or --store", folder / "posts.jsonl", "--store", "chdb:///x")
    refused("absent.jsonl", folder / "absent.jsonl")
    late = folder / "late.yaml"
    late.write_text("version: 1\nwatches: [{name: flood, query: crue}, {name: river, query: crue}]\n")
    done = here("backtest", "--watches", late, "--sensitivity", "balanced", environment=environment)
    assert done.returncode == 0
    assert "river: there is nothing of it in this time" in said(done)
    refused("cannot be written", "--html", "/nowhere/out.html", code=3)
    nothing = {**environment, "VIGIE_WATCHES": ""}
    here.refused(2, "no watches file", "backtest", environment=nothing)
    here.refused(3, "there is no store", "backtest", environment={**environment, "VIGIE_STORE": "chdb:///no"})


# Over files


def test_files_of_posts_need_no_store(folder: Path, environment: dict[str, str], here: Here) -> None:
    watches = {"VIGIE_WATCHES": environment["VIGIE_WATCHES"]}
    broken = folder / "broken.jsonl"
    broken.write_bytes((folder / "posts.jsonl").read_bytes() + b"poison\n")
    done = here("backtest", broken, "--json", environment=watches)
    assert "1 lines could not be read, the first: broken.jsonl line" in said(done)
    stored = here("backtest", "--json", environment=environment)

    def opened(done: Done) -> list[tuple[str, ...]]:
        return [
            (each["rule"], each["id"], each["opened_at"], each["resolved_at"], each["summary"])
            for each in lines(done, "incident")
            if each["rule"] != "recorded"
        ]

    assert opened(done) == opened(stored) != []
    ended = here("backtest", broken, "--json", "--until", "2026-03-04T00:00:00+00:00", environment=watches)
    early = [each for each in opened(done) if each[2] < "2026-03-04"]
    assert [(rule, id_) for rule, id_, *_ in opened(ended)] == [(rule, id_) for rule, id_, *_ in early]
    assert len(early) < len(opened(done))
    # Columns of its own, and an event that was announced: what is expected is multiplied.
    renamed = folder / "renamed.jsonl"
    renamed.write_bytes((folder / "posts.jsonl").read_bytes().replace(b'"created_at"', b'"ts"'))
    fair = folder / "fair.yaml"
    event = (
        "  - {name: fair, from: 2026-03-03T20:00:00+00:00, until: 2026-03-05T12:00:00+00:00, expect: 100}\n"
    )
    fair.write_text((folder / "watches.yaml").read_text().replace("calendar:\n", f"calendar:\n{event}"))
    calm = here(
        "backtest", renamed, "--map", "created_at=ts", "--json", environment={"VIGIE_WATCHES": str(fair)}
    )
    signals = {each["signal"] for each in lines(calm, "incident") if each["rule"] == "balanced"}
    assert "volume" in {each["signal"] for each in lines(done, "incident")}
    assert "volume" not in signals


def test_bare_series_need_no_watches(folder: Path, here: Here) -> None:
    counts = folder / "counts.csv"
    done = here("backtest", counts, folder / "hours.csv", "--sensitivity", "more", "--json")
    assert [(each["watch"], each["rule"]) for each in lines(done, "rule")] == [
        (name, rule) for name in ("counts", "hours") for rule in ("balanced", "more")
    ]
    told = [orjson.loads(line) for line in here("detect", counts).stdout.splitlines()]
    found = [
        each for each in lines(done, "incident") if (each["watch"], each["rule"]) == ("counts", "balanced")
    ]
    assert [(each["opened_at"], each["resolved_at"]) for each in found] == [
        (each["at"], each["until"]) for each in told
    ]
    assert b"limit" in here("backtest", counts).stdout
    here.refused(2, "has nothing there", "backtest", counts, "--since", "2027-01-01")


def test_what_is_no_series_is_said(folder: Path, here: Here) -> None:
    counts, empty = folder / "counts.csv", folder / "void.csv"
    empty.touch()
    for command in ("detect", "backtest"):
        here.refused(2, "absent.csv: there is no such file", command, folder / "absent.csv")
        here.refused(2, "is a directory", command, folder)
        here.refused(2, "void.csv: no column 'timestamp'", command, counts, empty)
        here.refused(2, "--timezone 'Mars' must be a time zone", command, counts, "--timezone", "Mars")
    here.refused(2, "posts.jsonl is no series", "backtest", counts, folder / "posts.jsonl")
    here.refused(
        2, "--watch 'foo': of a watch a series takes the rule in force", "backtest", counts, "--watch", "foo"
    )
    here.refused(2, "or 90d before the end", "backtest", counts, "--since", "last week")
    watches = {"VIGIE_WATCHES": str(folder / "watches.yaml")}
    zone = ("--timezone", "Europe/Paris")
    here.refused(2, "is for bare series", "backtest", folder / "posts.jsonl", *zone, environment=watches)


def test_where_nothing_was_decided_it_is_said(folder: Path, here: Here) -> None:
    short = folder / "short.csv"
    whole = (folder / "counts.csv").read_text().splitlines(keepends=True)
    # A header, a row, six hours, and a row more.
    for rows, nothing in ((1, True), (2, True), (73, True), (74, False)):
        short.write_text("".join(whole[:rows]))
        done = here("detect", short)
        assert (done.returncode, done.stdout) == (0, b"")
        assert ("short.csv: nothing was decided. The first 6 hours" in said(done)) is nothing
        reasons = {each.reading.reason for each in read_moments(read_series(short), Sensitivity.BALANCED)}
        assert (reasons <= {"warming-up"}) is nothing
    short.write_text("".join(whole[:40]))
    assert "nothing was decided" in said(here("backtest", short))


def test_a_series_on_the_clock_of_a_zone(folder: Path, here: Here) -> None:
    """Eleven in the evening of UTC is one in the morning there; nothing else changes."""
    path, out = folder / "zulu.csv", folder / "zulu.html"
    path.write_text((folder / "counts.csv").read_text().replace(":00,", ":00Z,"))
    zone = ("--timezone", "Europe/Helsinki")
    (plain,) = [orjson.loads(line) for line in here("detect", path).stdout.splitlines()]
    (found,) = [orjson.loads(line) for line in here("detect", path, *zone).stdout.splitlines()]
    assert found["at"] == plain["at"]
    opened = datetime.fromisoformat(plain["at"])
    assert b"opened (as in the file)" in here("backtest", path).stdout
    done = here("backtest", path, *zone, "--html", out)
    table = done.stdout.decode()
    assert "opened (Europe/Helsinki)" in table
    there = f"{opened.astimezone(ZoneInfo('Europe/Helsinki')):%Y-%m-%d %H:%M}"
    assert there in table
    text = Outline(out.read_text(encoding="utf-8")).text
    assert there in text
    assert "those written in its file" not in text
    here("detect", path, *zone, "--plot", out)
    assert there in Outline(out.read_text(encoding="utf-8")).text


def test_numbers_say_over_which_time(folder: Path, here: Here) -> None:
    counts = folder / "counts.csv"
    (told,) = [orjson.loads(line) for line in here("detect", counts).stdout.splitlines()]
    done = here("backtest", counts, "--json")
    found = next(each for each in lines(done, "incident") if each["rule"] == "balanced")
    assert told["window_s"] == found["window_s"] > 0
    assert re.search(
        r"[\d.]+ in the last [\w ]+ where [\d.]+ are usual", here("backtest", counts).stdout.decode()
    )
    assert {each["rough_guess"] for each in lines(done, "rule")} == {True}
    long = series(folder / "long.csv", minutes=60, days=15)
    done = here("backtest", long, counts, "--json")
    assert {(each["watch"], each["rough_guess"]) for each in lines(done, "rule")} == {
        ("long", False), ("counts", True),
    }  # fmt: skip
    assert {each["rough_guess"] for each in lines(done, "total")} == {True}


def test_detect_reads_standard_input(folder: Path) -> None:
    counts = folder / "counts.csv"
    done = vigie("detect", "-", stdin=counts.read_bytes())
    (found,) = [orjson.loads(line) for line in done.stdout.splitlines()]
    (told,) = [orjson.loads(line) for line in vigie("detect", counts).stdout.splitlines()]
    assert found == {**told, "series": "stdin"}


def test_detect_draws_what_it_found(folder: Path, here: Here) -> None:
    out = folder / "plot.html"
    files = (folder / "counts.csv", folder / "hours.csv")
    plain = here("detect", *files)
    drawn = here("detect", *files, "--plot", out)
    assert drawn.stdout == plain.stdout != b""
    html = out.read_text(encoding="utf-8")
    outline = Outline(html)
    assert html.count('<svg class="wide"') == html.count('<svg class="narrow"') == 2
    assert html.count('class="lane ') == 2 * len(plain.stdout.splitlines())
    for text in ("counts", "hours", "those written in its file", "in force"):
        assert (text in outline.text) == (text != "in force")
    (folder / "empty.csv").write_text("timestamp,value\n")
    here.refused(2, "there is no row to draw", "detect", folder / "empty.csv", "--plot", out)
    here.refused(3, "cannot be written", "detect", *files, "--plot", "/nowhere/x.html")


# The page


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[Case]:
    watches = load_watches(folder / "watches.yaml")
    store = open_store(f"chdb://{folder}/store")
    plan = Plan(
        watches=watches, names=("flood", "school"), rules=tuple(Sensitivity),
        since=lambda end: end - timedelta(days=9),
    )  # fmt: skip
    found = over_store(store, plan)
    store.close()
    return found


@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
def test_the_page_is_whole_loads_nothing_and_is_the_same_twice(cases: list[Case], reader: Reader) -> None:
    html = page(cases, reader, made_at=MADE)
    assert html == page(cases, reader, made_at=MADE)
    outline = Outline(html)
    assert not {"script", "img", "link", "iframe", "object", "a"} & set(outline.tags)
    assert not [name for name, _ in outline.attributes if name in {"href", "src"} or name.startswith("on")]
    assert "default-src 'none'" in html
    assert f'<html lang="{reader.language}">' in html
    assert html.count("<svg") == 4
    assert "\u202e" not in html
    assert "<script>document.title='owned'</script>" in outline.text
    opened = [
        found for case in cases for found in (case.recorded or (), *(each.found for each in case.tried))
    ]
    lanes = sum(map(len, opened))
    assert html.count('class="lane ') == 2 * lanes > 0


def test_it_says_what_each_rule_would_have_opened_and_why(cases: list[Case]) -> None:
    english = Outline(page(cases, ENGLISH, made_at=MADE)).text
    for text in (
        "Nobody was told and nothing was stored.", "balanced (in force)", "really opened", "limit of more",
        "days in which somebody listened", "rough guess", "Why this severity", "Marked true · false",
        "1/1 · 0/0",
    ):  # fmt: skip
        assert text in english, text
    french = Outline(page(cases, FRENCH, made_at=MADE)).text
    for text in (
        "Personne n’a été prévenu",
        "balanced (en vigueur)",
        "vraiment ouverts",
        "Par mois",
        "Seuil",
    ):
        assert text in french, text
    assert "mentions in the last" not in french


@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
def test_a_row_is_of_the_rule_in_force_and_its_reasons_of_its_severity(reader: Reader) -> None:
    opened = incident()
    first = replace(
        opened, watch="school", severity=Severity.WARNING,
        evidence=replace(opened.evidence, reasons=("size:+3",)),
    )  # fmt: skip
    worse = replace(
        first, severity=Severity.CRITICAL, updated_at=first.opened_at + timedelta(minutes=10),
        evidence=replace(opened.evidence, reasons=("urgent:+4",)),
    )  # fmt: skip
    ended = {at: replace(worse, resolved_at=first.opened_at + timedelta(hours=at)) for at in (5, 30)}
    in_force, longer = (Found(first, worse, last) for last in ended.values())
    case = Case(
        watch="school", learnt_from=first.opened_at, since=first.opened_at - timedelta(days=1),
        until=first.opened_at + timedelta(days=3), heard=timedelta(days=4), counted=(), blind=(),
        tried=tuple(
            Tried(rule=rule, in_force=rule is Sensitivity.BALANCED, found=found, limits={})
            for rule, found in ((Sensitivity.BALANCED, (in_force,)), (Sensitivity.MORE, (longer,)))
        ),
    )  # fmt: skip
    text = Outline(page([case], reader, made_at=MADE)).text
    over, never = (reader.moment(last.resolved_at) for last in ended.values() if last.resolved_at)
    assert over in text
    assert never not in text
    french = reader.language == "fr"
    severities = ("ALERTE", "CRITIQUE") if french else ("WARNING", "CRITICAL")
    at = f"{worse.updated_at.astimezone(reader.zone):%H:%M}"
    assert f"{severities[0]}, {severities[1]} {at}" in text
    labels = MAIL_WORDS[reader.language]
    why = f"{labels.why} ({severities[1]}){reader.words.colon}{labels.reasons['urgent']}"
    assert why.replace("\N{NO-BREAK SPACE}", " ") in text
    assert labels.reasons["size"] not in text


def test_of_a_long_time_each_matter_is_drawn_close_up(tmp_path: Path) -> None:
    long = bare_case("l", read_series(series(tmp_path / "l.csv", minutes=60, days=30)), Sensitivity.BALANCED)
    html = page([long], FRENCH, made_at=MADE, own_clock=True)
    assert len(long.in_force.found) == html.count('<figure class="close">') > 0
    assert html.count('class="wide dense"') == html.count('class="narrow dense"') == 1
    assert "De près" in Outline(html).text


def test_a_page_of_nothing(tmp_path: Path) -> None:
    calm = bare_case("calm", read_series(series(tmp_path / "c.csv", minutes=5, days=5)), Sensitivity.FEWER)
    assert "No rule opened anything." in Outline(page([calm], ENGLISH, made_at=MADE)).text


@pytest.mark.live
@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
@pytest.mark.parametrize(("width", "wide"), [(360, False), (820, True)])
def test_it_fits_a_phone_and_a_desk(
    cases: list[Case], chromium: str, tmp_path: Path, reader: Reader, width: int, wide: bool
) -> None:
    match = measured(chromium, tmp_path, page(cases, reader, made_at=MADE), width)
    assert int(match[1]) <= int(match[2]) == width
    assert (match[3] == "true", match[4] == "true") == (wide, not wide)
    assert "owned" not in match[5]


@pytest.mark.live
def test_it_prints_on_a_few_pages(cases: list[Case], chromium: str, tmp_path: Path) -> None:
    pdf = printed(chromium, tmp_path, page(cases, FRENCH, made_at=MADE))
    assert pdf.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 6
