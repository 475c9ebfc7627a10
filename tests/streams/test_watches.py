"""The watches file: right as the contract shows it, or refused whole, naming line and key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.watches_file import WatchesError, load_watches, parse_watches

CONTRACT = """\
version: 1
timezone: Europe/Paris            # day shape, quiet hours, messages
language: fr
sentiment: fast
keep_unmatched: false
retention_days: 365
watches:
  - name: crue-herault
    title: Crue de l'Hérault
    query: '(inondation* OR crue*) AND NOT exercice'
    sensitivity: balanced
    urgent: ["rupture de digue"]
    vip: ["mastodon:@prefet@example.social", "x:12345"]
    misinformation: {lexicons: [floods], phrases: ["le barrage a cédé"], claims: claims.yaml}
    notify: [duty]
channels:
  duty: {type: email, to: [duty@example.org], min_severity: warning, quiet_hours: "22:00-07:00"}
connectors:
  bluesky:  {endpoints: ["wss://HOST/subscribe"]}
  mastodon: {instances: [{url: "https://HOST", token_env: MASTODON_TOKEN}]}
  rss:      {feeds: ["https://HOST/feed.xml"], every: 5m, allow_private: false}
  x:        {api: "https://HOST", bearer_env: X_BEARER}
  webhook:  {path: /ingest, secret_env: WEBHOOK_SECRET}
  files:    {folder: inbox/}
calendar: []
"""
CLAIMS = """\
version: 1
claims:
  - id: dam
    texts: ["le barrage du lac a cédé cette nuit"]
    answer: it has not
"""
EVENT = "calendar: [{name: x, from: 2026-01-01T00:00:00Z, until: 2026-01-02T00:00:00Z, watches: []}]\n"
SMALL = "version: 1\nwatches:\n  - name: a\n    query: crue\n"


def refused(text: str, folder: Path = Path()) -> list[str]:
    with pytest.raises(WatchesError) as caught:
        parse_watches(text, folder=folder)
    return list(caught.value.problems)


def test_the_least_file_has_a_default_for_everything_else() -> None:
    watches = parse_watches(SMALL)
    (watch,) = watches.watches
    assert (watches.timezone, watches.language, watches.sentiment) == ("Europe/Paris", "fr", "fast")
    assert (watches.keep_unmatched, watches.retention_days, watches.calendar) == (False, 365, ())
    assert (watch.label, watch.sensitivity, watch.urgent, watch.vip, watch.notify) == (
        "a", "balanced", (), (), (),
    )  # fmt: skip
    assert "a" in watches
    assert "b" not in watches
    assert parse_watches("version: 1\n").watches == ()


def test_null_counts_as_absent() -> None:
    nulls = SMALL + "    title:\n    urgent: null\n    misinformation: ~\ncalendar:\nlanguage: null\n"
    assert parse_watches(nulls) == parse_watches(SMALL)
    assert parse_watches(nulls).config_hash == parse_watches(SMALL).config_hash


def test_the_file_of_the_contract_is_right_but_for_its_placeholders(tmp_path: Path) -> None:
    without_claims = CONTRACT.replace(", claims: claims.yaml", "").replace("HOST", "host.example.org")
    watches = parse_watches(without_claims)
    assert watches.watch("crue-herault").notify == ("duty",)
    assert set(watches.channels) == {"duty"}
    with pytest.raises(StopIteration):
        watches.watch("no")


def test_the_hash_names_the_meaning_and_not_the_spelling() -> None:
    same = "watches: [{query: crue, name: a}]   # turned round\nversion: 1\n"
    other = SMALL.replace("crue", "crues")
    assert parse_watches(same).config_hash == parse_watches(SMALL).config_hash
    assert parse_watches(other).config_hash != parse_watches(SMALL).config_hash
    assert len(parse_watches(SMALL).config_hash) == 16


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("    urgent: rupture\n", "line 5: watches[1].urgent is 'rupture': must be a list"),
        ("    urgent: ['!!!']\n", "line 5: watches[1].urgent[1] is '!!!': holds no word to look for"),
        ("    title: 2024\n", "line 5: watches[1].title is 2024: must be text"),
        ("    sensitivity: high\n", "it must be 'fewer', 'balanced' or 'more'"),
        ("    sensitivty: more\n", "sensitivty is not known here; did you mean 'sensitivity'?"),
        ("    notify: [duty]\n", "watches[1].notify names the channel 'duty'; there are: none"),
        ("    vip: [prefet]\n", "watches[1].vip[1] is 'prefet': must name platform and account"),
        ("    misinformation: floods\n", "misinformation is 'floods': must hold `name: value` lines"),
        ("    misinformation: {lexicons: [flods]}\n", "must be one of elections, fires, floods"),
        ("    misinformation: {claims: nowhere.yaml}\n", "claims: nowhere.yaml cannot be read: No such file"),
        ("    query: again\n", "line 5: 'query' stands twice here"),
        ("  - name: a\n    query: x\n", "line 5: watches[2].name 'a' stands twice"),
        ("  - name: Big Name\n    query: x\n", "watches[2].name is 'Big Name': must be of a-z, 0-9"),
        ("  - query: x\n", "line 5: watches[2].name is missing"),
        ("  - name: b\n", "line 5: watches[2].query is missing"),
        ("  - name: b\n    query: 5\n", "line 6: watches[2].query is 5: must be text"),
        ("  - name: b\n    query: 'author:bob x'\n", "author:bob must name the platform too"),
        ("keep_unmatched: maybe\n", "line 5: keep_unmatched is 'maybe': must be true or false"),
        ("retention_days: yes\n", "line 5: retention_days is True: must be a whole number"),
        ("retention_days: 0\n", "line 5: retention_days is 0"),
        ("timezone: Paris\n", "line 5: timezone is 'Paris': must be a time zone such as 'Europe/Paris'"),
        ("timezone: ../../etc/passwd\n", "must be a time zone"),
        ("language: de\n", "it must be 'fr' or 'en'"),
        ("sentiment: great\n", "it must be 'fast', 'accurate' or 'vader'"),
        ("channels: {duty: {type: pigeon}}\n", "channels.duty needs a type"),
        ("channels: {duty: {type: email}}\n", "channels.duty.to is missing"),
        ("connectors: {bluesky: {foo: 1}}\n", "connectors.bluesky.foo is not known here"),
        ("wat: 1\n", "line 5: wat is not known here"),
        (EVENT.replace("T00:00:00Z, until", ", until"), "from is 2026-01-01: must have an offset"),
        (EVENT.replace("01-02T", "01-01T"), "line 5: calendar[1] until must lie after from"),
        (EVENT.replace("watches: []", "watches: [z]"), "calendar[1].watches names 'z', which is no watch"),
        (EVENT.replace("01-02T", "13-45T"), "line 5: '2026-13-45T00:00:00Z' is not readable"),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_named(more: str, said: str) -> None:
    (problem,) = refused(SMALL + more)
    assert said in problem
    assert problem.startswith("line ")


def test_everything_wrong_is_named_in_the_order_of_the_file() -> None:
    problems = refused("version: 2\nwatches:\n  - query: x\n  - name: B\n    query: '(a OR'\nwat: 1\n")
    assert [problem.partition(":")[0] for problem in problems] == [
        "line 1", "line 3", "line 4", "line 5", "line 6",
    ]  # fmt: skip


def test_a_wrong_query_is_pointed_at() -> None:
    (problem,) = refused("version: 1\nwatches:\n- name: a\n  query: '(crue OR'\n")
    first, shown, pointer = problem.splitlines()
    assert first.startswith("line 4: watches[1].query")
    assert shown.strip() == "(crue OR"
    column = int(first.rpartition("column ")[2])
    assert pointer.index("^") - shown.index("(") == column - 1


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n", "null\n"])
def test_what_is_no_watches_file_says_how_one_begins(text: str) -> None:
    assert refused(text) == ["line 1: a watches file begins with 'version: 1'"]


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("version: 1 # é".encode("latin-1"))
    for name, said in (
        ("nowhere.yaml", "cannot be read: No such file or directory"),
        ("latin.yaml", "is not UTF-8: byte 14"),
        (".", "is a directory, not a watches file"),
    ):
        with pytest.raises(WatchesError) as caught:
            load_watches(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name} {said}"


def test_claims_stand_beside_the_file_and_change_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "watches.yaml"
    path.write_text(SMALL + "    misinformation: {claims: claims.yaml}\n")
    claims = tmp_path / "claims.yaml"
    claims.write_bytes(b"\xef\xbb\xbf" + CLAIMS.encode())
    first = load_watches(path)
    assert [claim.id for claim in first.watch("a").misinformation.known_claims] == ["dam"]
    claims.write_text(CLAIMS.replace("it has not", "it stands"))
    assert load_watches(path).config_hash != first.config_hash
    for text, said in ((b"\xff", "is not UTF-8"), (b"claims: 5\n", "claims")):
        claims.write_bytes(text)
        with pytest.raises(WatchesError, match=said):
            load_watches(path)


def test_a_planned_event_concerns_its_watches_or_all(tmp_path: Path) -> None:
    text = SMALL + (
        "  - {name: b, query: x}\n"
        "calendar:\n"
        "  - {name: fair, from: 2026-07-14T08:00:00+02:00, until: 2026-07-14T23:00:00+02:00, watches: [b]}\n"
        "  - {name: all, from: '2026-07-14T08:00:00Z', until: '2026-07-15T08:00:00Z', expect: 5}\n"
    )
    fair, all_ = parse_watches(text).calendar
    assert (fair.concerns("a"), fair.concerns("b"), all_.concerns("a")) == (False, True, True)
    assert (fair.expect, all_.expect) == (3.0, 5.0)
    assert fair.from_at.astimezone(UTC) == datetime(2026, 7, 14, 6, tzinfo=UTC)
