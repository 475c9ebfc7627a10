"""The simulated valley: the same seed the same bytes, texts that read well, and the truth as told."""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.mention import Gap, Mention, Page, Retraction, Tick
from connectors.simulated import DEFAULT_START, Planted, PlantedKind, Scenario
from connectors.simulated.grammar import GrammarError, compile_pattern, say, with_preposition
from connectors.simulated.plot import OUTAGE_PLATFORM, ZONE
from connectors.simulated.rhythm import along, poisson, usual
from connectors.simulated.voice import LANGUAGES, read_voice, voice
from models.claims import load_claims
from models.misinformation import Checker
from models.narrative import cluster, signatures
from models.query import PostFacts, compile_queries, parse
from models.text import normalise

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
SCENARIO = Scenario(seed=7)


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return list(SCENARIO.pages())


@pytest.fixture(scope="module")
def mentions(pages: list[Page]) -> list[Mention]:
    """Every mention once, as it was first seen."""
    seen: dict[str, Mention] = {}
    for page in pages:
        for item in page.items:
            if isinstance(item, Mention):
                seen.setdefault(item.id, item)
    return list(seen.values())


@pytest.fixture(scope="module")
def matched(mentions: list[Mention]) -> dict[str, list[Mention]]:
    """What each watch of the valley's watches file matches."""
    watches = yaml.safe_load(SCENARIO.watches_yaml("fr"))["watches"]
    matcher = compile_queries({watch["name"]: parse(watch["query"]) for watch in watches}, str)
    found: dict[str, list[Mention]] = {watch["name"]: [] for watch in watches}
    facts = [PostFacts(lang=each.lang, platform=each.platform) for each in mentions]
    texts = [normalise(each.text) for each in mentions]
    for mention, names in zip(mentions, matcher.match(texts, facts), strict=True):
        for name in names:
            found[name].append(mention)
    return found


def planted(kind: PlantedKind, scenario: Scenario = SCENARIO) -> Planted:
    return next(each for each in scenario.truth() if each.kind is kind)


def between(mentions: list[Mention], start: datetime, end: datetime) -> list[Mention]:
    return [mention for mention in mentions if start <= mention.counted_at < end]


def times_usual(mentions: list[Mention], start: datetime, end: datetime) -> float:
    """How many times the mean of the same hours one, two and three weeks before."""
    weeks = [timedelta(weeks=number) for number in (1, 2, 3) if start - number * HOUR * 168 > DEFAULT_START]
    before = sum(len(between(mentions, start - week, end - week)) for week in weeks) / len(weeks)
    return len(between(mentions, start, end)) / max(before, 1.0)


FINGERPRINT = """
import hashlib, itertools
from connectors.simulated import Scenario

def fingerprint(scenario, pages):
    text = "".join(map(repr, itertools.islice(scenario.pages(), pages)))
    return hashlib.sha256(text.encode()).hexdigest()
"""


def fingerprint(scenario: Scenario, pages: int) -> str:
    return hashlib.sha256("".join(map(repr, islice(scenario.pages(), pages))).encode()).hexdigest()


def test_same_seed_same_bytes_in_another_process() -> None:
    program = f"{FINGERPRINT}\nprint(fingerprint(Scenario(seed=3), 40))"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {fingerprint(Scenario(seed=3), 40)}


def test_other_seeds_tell_another_story() -> None:
    assert fingerprint(Scenario(seed=1), 20) != fingerprint(Scenario(seed=2), 20)
    starts = {planted(PlantedKind.FLOOD, Scenario(seed=seed)).starts_at for seed in range(10)}
    assert len(starts) >= 8


def test_the_size_of_the_flood_changes_nothing_before_it() -> None:
    small, large = (Scenario(seed=5, weeks=2, flood_scale=scale) for scale in (0.5, 2.0))
    assert small.truth() == large.truth()
    assert fingerprint(small, 300) == fingerprint(large, 300)


def test_volume_and_its_make_up(mentions: list[Mention]) -> None:
    assert 60_000 <= len(mentions) <= 100_000
    platforms = Counter(mention.platform for mention in mentions)
    assert set(platforms) == {"bluesky", "x", "facebook", "mastodon", "reddit", "rss"}
    assert all(0.02 < count / len(mentions) < 0.4 for count in platforms.values())
    langs = Counter(mention.lang for mention in mentions)
    assert 0.55 < langs["fr"] / (langs["fr"] + langs["en"]) < 0.75
    kinds = Counter(mention.kind for mention in mentions)
    assert {"post", "repost", "reply", "comment", "article"} <= set(kinds)
    assert 0.1 < kinds["repost"] / len(mentions) < 0.3
    loudness = Counter(mention.author_id for mention in mentions)
    assert len(loudness) > 5_000
    assert sum(count for _, count in loudness.most_common(len(loudness) // 10)) > 0.35 * len(mentions)


def test_pages_are_in_order_and_cover_what_they_hold(pages: list[Page]) -> None:
    live = [page for page in pages if page.cursor is not None]
    intervals = [page.covers for page in live if page.covers is not None]
    assert len(intervals) == len(live) == 4 * (4 * 7 * 24 + 1)  # one of the days has 25 hours
    assert all(left[1] == right[0] for left, right in pairwise(intervals))
    assert (intervals[0][0], intervals[-1][1]) == (SCENARIO.start, SCENARIO.ends_at)
    for page in pages:
        if page.covers is not None:
            start, end = page.covers
            counted = [item.counted_at for item in page.items if isinstance(item, Mention)]
            assert all(start <= at < end for at in counted)
            assert counted == sorted(counted)
        else:
            assert all(isinstance(item, Mention) and item.edited_at is not None for item in page.items)
    assert all(item.counted_at.tzinfo is UTC for item in live[0].items if isinstance(item, Mention))


def test_ids_are_met_twice_by_edits_alone(pages: list[Page], mentions: list[Mention]) -> None:
    again = [item for page in pages for item in page.items if isinstance(item, Mention) and item.edited_at]
    total = sum(isinstance(item, Mention) for page in pages for item in page.items)
    assert again
    assert total == len(mentions) + len(again)
    ids = {mention.id: mention for mention in mentions}
    assert all(ids[item.id].counted_at == item.counted_at for item in again)
    gone = [item for page in pages for item in page.items if isinstance(item, Retraction)]
    assert gone
    assert all(item.mention_id in ids for item in gone)


def test_reposts_repeat_what_was_said_before(mentions: list[Mention]) -> None:
    said = {(mention.platform, mention.native_id): mention for mention in mentions}
    reposts = [mention for mention in mentions if mention.kind == "repost"]
    for repost in reposts:
        assert repost.repost_of is not None
        original = said[repost.platform, repost.repost_of]
        assert original.text in repost.text
        assert original.kind != "repost"


def test_day_and_week_have_their_shape(matched: dict[str, list[Mention]]) -> None:
    local = [mention.counted_at.astimezone(ZONE) for mention in matched["elections"]]
    hours = Counter(at.hour for at in local)
    assert hours[20] > 6 * hours[3]
    assert hours[19] > hours[15] > hours[6]
    days = Counter(at.weekday() for at in local)
    assert days[6] < days[1]
    # 02:30 on the day the clocks go back happens twice and is as quiet as on other nights.
    assert usual(datetime(2025, 10, 26, 2, 30, tzinfo=ZONE)) == usual(
        datetime(2025, 10, 19, 2, 30, tzinfo=ZONE)
    )


def test_the_truth_is_in_the_order_of_the_story() -> None:
    for seed in range(20):
        truth = Scenario(seed=seed).truth()
        assert [each.kind for each in truth] == [
            PlantedKind.OUTAGE,
            PlantedKind.BACKFILL,
            PlantedKind.PRESS_CONFERENCE,
            PlantedKind.FINAL,
            PlantedKind.SLOW_BURN,
            PlantedKind.FLOOD,
            PlantedKind.RUMOUR,
        ]
        assert all(left.starts_at < right.starts_at for left, right in pairwise(truth))
        assert {each.kind for each in truth if each.is_crisis} == {
            PlantedKind.SLOW_BURN,
            PlantedKind.FLOOD,
            PlantedKind.RUMOUR,
        }
        last_week = DEFAULT_START + timedelta(weeks=3)
        assert all(each.starts_at > last_week for each in truth if each.is_crisis)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_the_flood_is_ten_times_the_usual_within_an_hour(scale: float) -> None:
    """Told from many mouths, mostly for the first time."""
    scenario = Scenario(seed=11, weeks=2, flood_scale=scale)
    flood = planted(PlantedKind.FLOOD, scenario)
    words = re.compile(r"crue|inond|flood", re.IGNORECASE)
    start = flood.starts_at + HOUR
    talk = []
    for page in scenario.pages():
        talk += [item for item in page.items if isinstance(item, Mention) and words.search(item.text)]
        if page.covers is not None and page.covers[0] > start + HOUR:
            break
    hour = between(talk, start, start + HOUR)
    before = between(talk, flood.starts_at - 6 * HOUR, flood.starts_at)
    assert len(hour) > 8 * len(before) / 6
    assert len({mention.author_id for mention in hour}) > 0.85 * len(hour)
    known = {mention.author_id for mention in between(talk, scenario.start, flood.starts_at)}
    assert sum(mention.author_id not in known for mention in hour) > 0.5 * len(hour)


def test_flood_posts_are_not_copies_of_each_other(matched: dict[str, list[Mention]]) -> None:
    start = planted(PlantedKind.FLOOD).starts_at
    hour = [
        mention
        for mention in between(matched["crue"], start + HOUR, start + 2 * HOUR)
        if mention.kind != "repost"
    ]
    assert repeated_share(hour) < 0.2


def test_the_rumour_is_few_voices_with_one_message(matched: dict[str, list[Mention]]) -> None:
    start = planted(PlantedKind.RUMOUR).starts_at
    told = between(matched["barrage"], start, start + 2 * HOUR)
    assert times_usual(matched["barrage"], start, start + HOUR) > 15
    assert repeated_share(told) > 0.7
    loudest = Counter(mention.author_id for mention in told).most_common(12)
    assert sum(count for _, count in loudest) > 0.6 * len(told)
    watch = next(
        each for each in yaml.safe_load(SCENARIO.watches_yaml("fr"))["watches"] if each["name"] == "barrage"
    )
    words = watch["misinformation"]
    checker = Checker(
        lexicons=words["lexicons"], phrases=words["phrases"], claims=load_claims(SCENARIO.claims_yaml("fr"))
    )
    findings = [checker.check(normalise(mention.text)) for mention in told]
    assert sum(finding.flagged for finding in findings) > 0.7 * len(told)
    assert {reason.kind for finding in findings for reason in finding.reasons} >= {"phrase", "claim"}
    usually = between(matched["barrage"], start - timedelta(weeks=2), start - timedelta(weeks=1))
    assert not any(checker.check(normalise(mention.text)).flagged for mention in usually)


def test_those_who_deny_the_rumour_are_not_flagged(mentions: list[Mention]) -> None:
    checker = Checker(
        lexicons=["floods"],
        phrases=["le barrage de la Salvane a cédé", "the Salvane dam has burst"],
        claims=load_claims(SCENARIO.claims_yaml("en")),
    )
    denials = [
        mention
        for mention in mentions
        if mention.kind != "article" and re.search(r"a pas cédé|has not burst|dément|Fake news", mention.text)
    ]
    assert len(denials) > 30
    assert not any(checker.check(normalise(mention.text)).flagged for mention in denials)


def test_the_slow_burn_is_slow(matched: dict[str, list[Mention]]) -> None:
    start = planted(PlantedKind.SLOW_BURN).starts_at
    assert times_usual(matched["eau-potable"], start, start + 2 * HOUR) < 1.8
    assert 1.6 < times_usual(matched["eau-potable"], start + 10 * HOUR, start + 36 * HOUR) < 2.8
    assert planted(PlantedKind.SLOW_BURN).ends_at - start > timedelta(days=1)


def test_the_final_is_loud_and_brushes_every_watch(
    mentions: list[Mention], matched: dict[str, list[Mention]]
) -> None:
    start = planted(PlantedKind.FINAL).starts_at
    assert len(between(mentions, start + 2 * HOUR, start + 5 * HOUR)) > 1_500
    assert times_usual(mentions, start + 2 * HOUR, start + 5 * HOUR) > 4
    stray = 0
    for found in matched.values():
        assert times_usual(found, start, start + 6 * HOUR) < 1.6
        stray += sum(
            "inondé de champagne" in mention.text or "champagne" in mention.text for mention in found
        )
    assert stray > 0
    brushing = [
        mention
        for mention in between(mentions, start, start + 6 * HOUR)
        if re.search(r"inond|flood|barrage|\bdam\b", mention.text) and "final" in mention.text.casefold()
    ]
    assert len(brushing) > 50


def test_the_press_conference_is_three_times_the_usual_and_in_the_calendar(
    matched: dict[str, list[Mention]],
) -> None:
    event = planted(PlantedKind.PRESS_CONFERENCE)
    rise = times_usual(matched["hopital"], event.starts_at + HOUR / 2, event.starts_at + 2 * HOUR)
    assert 2.0 < rise < 4.5
    (planned,) = yaml.safe_load(SCENARIO.watches_yaml("en"))["calendar"]
    assert planned["from"] <= event.starts_at < event.ends_at <= planned["until"]
    assert (planned["watches"], planned["expect"]) == ([event.watch], 3)


def test_the_outage_is_told_and_filled_later(pages: list[Page]) -> None:
    outage, backfill = planted(PlantedKind.OUTAGE), planted(PlantedKind.BACKFILL)
    gaps = [item for page in pages for item in page.items if isinstance(item, Gap)]
    assert {gap.platform for gap in gaps} == {OUTAGE_PLATFORM}
    assert (gaps[0].from_at, gaps[-1].until_at) == (outage.starts_at, outage.ends_at)
    assert all(left.until_at == right.from_at for left, right in pairwise(gaps))
    late = [page for page in pages if page.covers == (outage.starts_at, outage.ends_at)]
    (page,) = late
    filled = [item for item in page.items if isinstance(item, Mention)]
    assert len(filled) > 80
    assert all(item.platform == OUTAGE_PLATFORM for item in filled)
    assert all(item.observed_at == backfill.starts_at for item in filled)
    position = pages.index(page)
    before = pages[position - 1].covers
    assert before is not None
    assert before[1] <= backfill.starts_at < before[1] + timedelta(minutes=15)
    seen_live = [
        item
        for page in pages[:position]
        for item in page.items
        if isinstance(item, Mention) and outage.starts_at <= item.counted_at < outage.ends_at
    ]
    assert seen_live
    assert OUTAGE_PLATFORM not in {item.platform for item in seen_live}


def repeated_share(mentions: list[Mention]) -> float:
    groups = cluster(signatures([normalise(mention.text).tokens for mention in mentions]))
    sizes = Counter(groups)
    return sum(size for group, size in sizes.items() if size > 1 and group >= 0) / len(mentions)


_WRONG = {
    "two spaces": re.compile(r"  "),
    "left open": re.compile(r"[\[\]{}|]"),
    "space before a comma or full stop": re.compile(r"\s[,.](?:\s|$)"),
    "two marks": re.compile(r"[,;:] ?[,;:.!?]|\.\.(?!\.)|[?!] \."),
    "a sentence in lower case": re.compile(r"(?:[^.]\. |^|[!?] )[a-zà-ÿ]"),
}
_WRONG_FRENCH = {
    "contraction": re.compile(r"\b(?:de|à) les? [A-ZÉa-z]+", re.IGNORECASE),
    "elision": re.compile(
        r"\b(?:le|la|de|ne|je|que|se|me|ce|si il|jusque) (?=[aàâeéèêiîoôuùû]\w)", re.IGNORECASE
    ),
    "no space before a mark": re.compile(r"[\w»] ?(?<! )[!?;]|[^\d\s] ?(?<! ):(?!/)"),
    "article": re.compile(
        r"\b(?:un|le) (?:école|crue|salle|inondation|maison)|\b(?:une|la) (?:pont|barrage)\b"
    ),
}
_WRONG_ENGLISH = {
    "article": re.compile(r"\ba (?=[aeio]\w)|\ban (?=[bcdfgjklmnpqrstvwxyz])", re.IGNORECASE),
    "space before a mark": re.compile(r" [!?;:](?:\s|$)"),
    "article before a town": re.compile(r"\bthe (?:Le|La) "),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_read_well(language: str, mentions: list[Mention]) -> None:
    wrong = {**_WRONG, **(_WRONG_FRENCH if language == "fr" else _WRONG_ENGLISH)}
    texts = {
        mention.text
        for mention in mentions
        if mention.lang == language and mention.kind != "repost" and not mention.text.startswith("@")
    }
    assert len(texts) > 5_000
    found = [
        (name, match[0], text)
        for text in texts
        for name, pattern in wrong.items()
        if (match := pattern.search(text))
    ]
    assert found == [], f"{len(found)} of {len(texts)}: {found[:12]}"


def test_both_languages_have_the_same_topics() -> None:
    french, english = (
        yaml.safe_load((ROOT / f"connectors/simulated/texts/{lang}.yaml").read_text("utf-8"))
        for lang in LANGUAGES
    )
    assert set(french["topics"]) == set(english["topics"])
    assert set(french["words"]) == set(english["words"])
    for lang in LANGUAGES:
        draw = iter([0.999] * 2_000).__next__
        for topic in french["topics"]:
            assert voice(lang).post(topic, draw)


def test_watches_files_in_both_languages() -> None:
    french, english = (
        yaml.safe_load(SCENARIO.watches_yaml(lang, claims="claims.yaml")) for lang in LANGUAGES
    )
    assert [watch["name"] for watch in french["watches"]] == [watch["name"] for watch in english["watches"]]
    assert 4 <= len(french["watches"]) <= 6
    assert (french["language"], english["language"]) == ("fr", "en")
    assert french["watches"][0]["misinformation"]["claims"] == "claims.yaml"
    assert {each.watch for each in SCENARIO.truth()} - {None} <= {
        watch["name"] for watch in french["watches"]
    }
    for lang in LANGUAGES:
        assert load_claims(SCENARIO.claims_yaml(lang))
    with pytest.raises(KeyError):
        SCENARIO.watches_yaml("de")


def test_a_drill_says_so_everywhere() -> None:
    drill = next(Scenario(seed=1, weeks=2, drill=True).pages())
    real = next(Scenario(seed=1, weeks=2).pages())
    assert drill.items
    assert all(isinstance(item, Mention) and item.drill for item in drill.items)
    assert not any(isinstance(item, Mention) and item.drill for item in real.items)
    ids = {item.id for item in drill.items if isinstance(item, Mention)}
    assert ids.isdisjoint(item.id for item in real.items if isinstance(item, Mention))


def test_arrivals_tick_after_each_interval() -> None:
    arrivals = []
    for arrival in Scenario(seed=1, weeks=2).arrivals():
        arrivals.append(arrival)
        if len(arrivals) > 200:
            break
    ticks = [arrival for arrival in arrivals if isinstance(arrival, Tick)]
    assert ticks[0].at == DEFAULT_START + timedelta(minutes=15)
    assert ticks[0].begun_at == DEFAULT_START
    said: list[datetime] = []
    for arrival in arrivals:
        if isinstance(arrival, Tick):
            assert all(at < arrival.at for at in said)
        elif isinstance(arrival, Mention):
            said.append(arrival.counted_at)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weeks": 1}, "weeks is 1"),
        ({"weeks": 53}, "weeks is 53"),
        ({"flood_scale": 0.0}, "flood_scale is 0.0"),
        ({"start": datetime(2025, 1, 1)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_played_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Scenario(**wrong)


def test_two_weeks_hold_the_whole_story() -> None:
    scenario = Scenario(seed=4, weeks=2)
    assert len(scenario.truth()) == 7
    assert all(scenario.start < each.starts_at < scenario.ends_at for each in scenario.truth())


def test_prepositions_are_drawn_together_with_articles() -> None:
    assert with_preposition("de", "le Mas-Vieux") == "du Mas-Vieux"
    assert with_preposition("à", "le Mas-Vieux") == "au Mas-Vieux"
    assert with_preposition("à", "les Aulnes") == "aux Aulnes"
    assert with_preposition("de", "Aubrevielle") == "d'Aubrevielle"
    assert with_preposition("de", "la Roque-Blanche") == "de la Roque-Blanche"
    assert with_preposition("à", "Aubrevielle") == "à Aubrevielle"
    assert with_preposition("de", "une amie") == "d'une amie"


def test_patterns_say_each_of_their_sentences() -> None:
    piece = compile_pattern("[A|B [c|d]] {word}{de word}", {"word": ["Ile", "le Pont"]})
    draws = [number / 8 for number in range(8)]
    said = {
        say(piece, iter([first, second, third, fourth]).__next__)
        for first in draws
        for second in draws
        for third in draws
        for fourth in draws
    }
    assert {sentence.split(" ")[0] for sentence in said} == {"A", "B"}
    assert "B c Iled'Ile" in said
    assert "A le Pontdu Pont" in said


@pytest.mark.parametrize("pattern", ["[a|b", "a]", "{nothing}", "a|b", "{sur word}", "a {", "}"])
def test_wrong_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(GrammarError):
        compile_pattern(pattern, {"word": ["x"]})


def test_a_word_that_yaml_reads_as_a_number_is_refused() -> None:
    with pytest.raises(GrammarError, match="quotation marks"):
        read_voice({"words": {"time": [9.3]}, "add": {}, "topics": {}})


def test_lines_and_chance() -> None:
    points = ((1.0, 0.0), (2.0, 10.0), (4.0, 0.0))
    assert [along(points, at) for at in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 4.5)] == [0, 0, 5, 10, 5, 0, 0]
    draw = random.Random(1).random
    counts = [poisson(70.0, draw) for _ in range(2_000)]
    mean = sum(counts) / len(counts)
    assert 69 < mean < 71
    assert 60 < sum((count - mean) ** 2 for count in counts) / len(counts) < 80
    assert poisson(0.0, draw) == 0
