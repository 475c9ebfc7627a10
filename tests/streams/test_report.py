"""The report: what it tells, in both languages, whatever people posted; and as Chromium shows it."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyarrow import parquet

from streams.endpoint.access import Access
from streams.endpoint.client import EndpointClient
from streams.endpoint.server import EndpointPolicy, serving
from streams.errors import UsageError
from streams.records import Incident, IncidentState, Planned, Severity
from streams.report import rows
from streams.report.chart import NARROW, WIDE, Marked, draw, nice
from streams.report.data import Blind, Hour, ReportData, Span, Story, merged
from streams.report.gather import gather, incident_span, to_read
from streams.report.page import page
from streams.report.reader import Reader
from streams.report.sections import QUOTE_CHARS
from streams.store.base import Store
from streams.store.open import open_store
from tests.streams.crisis import HOSTILE, INCIDENT, OPENED, RESOLVED, START, fill
from tests.streams.store.examples import incident

ROOT = Path(__file__).parents[2]
MADE = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
ENGLISH = Reader(language="en", zone=PARIS, titles={"flood": "Flood <of> the Hérault"})
FRENCH = Reader(language="fr", zone=PARIS, titles={"flood": "Crue de l'Hérault"})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"chdb://{tmp_path_factory.mktemp('store')}/s")
    fill(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> ReportData:
    return gather(store, incident_span(store, INCIDENT))


class Outline(HTMLParser):
    """Tags, attributes and text, as a browser would take them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


# What it is made of


def test_the_span_holds_the_days_before_and_the_end(store: Store) -> None:
    span = incident_span(store, INCIDENT)
    assert span.since == OPENED - timedelta(hours=36)
    assert span.until == RESOLVED + timedelta(hours=7)
    assert span.watch == "flood"
    with pytest.raises(UsageError, match="no incident 'nothing'"):
        incident_span(store, "nothing")


def test_hours_gaps_posts_and_who_was_told(data: ReportData) -> None:
    hours = data.hours["flood"]
    assert [hour.at for hour in hours] == [data.span.since + timedelta(hours=i) for i in range(len(hours))]
    by_hour = {hour.at: hour for hour in hours}
    assert by_hour[OPENED].mentions == 32
    assert by_hour[OPENED - timedelta(hours=1)].mentions == 3
    assert by_hour[START + timedelta(hours=20)].expected is None
    assert by_hour[OPENED].limit == 11.0
    assert [(gap.from_at, gap.until_at) for gap in data.blind] == [(OPENED, OPENED + timedelta(hours=1))]
    assert [(each.event, each.outcome) for each in data.told] == [
        ("opened", "retry"),
        ("opened", "delivered"),
        ("resolved", "delivered"),
    ]
    (story,) = data.stories
    assert [state.event for state in story.history] == ["opened", "updated", "resolved"]
    assert story.height.observed == 1_234
    assert [quote.id for quote in story.quotes] == ["x:9001", "x:9002", "x:160"]
    assert story.gone == 1
    assert story.quotes[0].link is None
    assert story.quotes[2].link == "https://posts.example/160"
    assert story.sums is not None
    assert story.sums.mentions == 302
    assert sum(count for _, count in story.sums.platforms) == 302
    assert len(story.repeated) == 5
    assert sum(each.mentions for each in story.repeated) >= 300


def test_the_most_telling_posts_of_each_state_are_read_before_what_fills_up() -> None:
    def state(revision: int, *posts: str, **changes: Any) -> Incident:
        made = incident(revision=revision, **changes)
        return replace(made, evidence=replace(made.evidence, posts=posts, mentions=revision))

    opened, height = state(1, "first", "filler"), state(3, "loud", "louder", severity=Severity.CRITICAL)
    ended = state(5, "end", state=IncidentState.RESOLVED, resolved_at=OPENED)
    story = Story(history=(opened, state(2, "second", "more"), height, ended))
    read = list(dict.fromkeys(to_read(story)))
    assert read == ["loud", "louder", "first", "second", "filler", "more", "end"]


def test_a_period_tells_of_all_that_overlaps_it(store: Store) -> None:
    day = timedelta(days=1)
    inside = gather(store, Span(since=OPENED + timedelta(hours=1), until=OPENED + timedelta(hours=2)))
    assert [story.last.id for story in inside.stories] == [INCIDENT]
    assert len(inside.hours["flood"]) == 1
    before = gather(store, Span(since=START, until=START + day))
    assert before.stories == ()
    assert before.told == ()
    assert before.blind == ()
    assert gather(store, Span(since=START, until=START + 9 * day, watch="other")).stories == ()
    # The store ends after four days: what comes later is not drawn as calm.
    assert len(gather(store, Span(since=START, until=START + 9 * day)).hours["flood"]) == 96


def test_neighbouring_gaps_are_one_and_others_are_not() -> None:
    def gap(start: int, end: int, platform: str = "x") -> Blind:
        return Blind(
            connector="c", platform=platform, from_at=START + timedelta(hours=start),
            until_at=START + timedelta(hours=end), reason="r",
        )  # fmt: skip

    assert merged([gap(0, 1), gap(1, 2), gap(2, 3)]) == [gap(0, 3)]
    assert merged([gap(0, 5), gap(1, 2), gap(6, 7)]) == [gap(0, 5), gap(6, 7)]
    assert merged([gap(0, 1), gap(1, 2, "y")]) == [gap(0, 1), gap(1, 2, "y")]
    assert merged([]) == []


def test_through_the_endpoint_it_is_the_same(store: Store, data: ReportData) -> None:
    with serving(store, EndpointPolicy(port=0)) as url:
        client = EndpointClient(url, Access())
        assert page(gather(client, incident_span(client, INCIDENT)), ENGLISH, made_at=MADE) == page(
            data, ENGLISH, made_at=MADE
        )


# The chart


def hour(at: int, mentions: int, expected: float | None = None, limit: float | None = None) -> Hour:
    return Hour(
        at=START + timedelta(hours=at), mentions=mentions, negative=0, misinformation=0, expected=expected,
        limit=limit,
    )  # fmt: skip


def drawn(hours: list[Hour], **more: object) -> str:
    return draw(
        hours, frame=WIDE, zone=PARIS, number=lambda value: f"{value:.0f}", day=lambda at: f"{at:%d/%m}",
        described='a "chart"', key="0", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_what_is_above_the_limit_is_drawn_apart() -> None:
    svg = drawn([hour(0, 5, 4, 9), hour(1, 10, 4, 9), hour(2, 0, 4, 9), hour(3, 99)])
    bars, above = (re.search(f'class="{name}" d="([^"]*)"', svg) for name in ("bar", "above"))
    assert bars is not None
    assert above is not None
    # Two that are in no need of a limit's word, one above it; an hour without mentions has no bar.
    assert bars.group(1).count("M") == 2
    assert above.group(1).count("M") == 1
    assert 'aria-label="a &quot;chart&quot;"' in svg


def test_no_line_crosses_hours_without_an_expectation() -> None:
    svg = drawn([hour(0, 5, 4, 9), hour(1, 5), hour(2, 5, 4, 9)])
    assert svg.count('class="usual"') == svg.count('class="limit"') == svg.count('class="band"') == 2


def test_gaps_and_incidents_are_shown_where_they_are() -> None:
    gap = Blind(connector="c", platform="p", from_at=START - timedelta(hours=5), until_at=START, reason="")
    hours = [hour(at, 1) for at in range(10)]
    assert drawn(hours, blind=[gap]).count("url(#hatch") == 0
    seen = Blind(connector="c", platform="p", from_at=START, until_at=START + timedelta(hours=5), reason="")
    svg = drawn(hours, blind=[gap, seen], incidents=[Marked(since=START + timedelta(hours=5), until=None)])
    (shape,) = re.findall(r'fill="url\(#hatch[^"]*" x="([\d.]+)" width="([\d.]+)"', svg)
    (mark,) = re.findall(r'class="incident" x="([\d.]+)" width="([\d.]+)"', svg)
    assert float(shape[0]) + float(shape[1]) == pytest.approx(float(mark[0]), abs=0.2)
    assert float(mark[0]) + float(mark[1]) == pytest.approx(WIDE.width - 8, abs=0.2)


def test_a_planned_event_is_shown_where_it_is() -> None:
    event = Planned(
        name="fair",
        from_at=START + timedelta(hours=2),
        until_at=START + timedelta(hours=4),
        watches=(),
        expect=3.0,
    )
    svg = drawn([hour(at, 1) for at in range(10)], planned=[event])
    ((left, width),) = re.findall(r'class="planned" x="([\d.]+)" width="([\d.]+)"', svg)
    whole = WIDE.width - 44 - 8
    assert float(left) == pytest.approx(44 + 0.2 * whole, abs=0.2)
    assert float(width) == pytest.approx(0.2 * whole, abs=0.2)


@pytest.mark.parametrize("count", [1, 5, 48, 24 * 40])
@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_dates_fit_below_it(count: int, frame: object) -> None:
    hours = [hour(at, at % 7) for at in range(count)]
    svg = draw(
        hours, frame=frame, zone=PARIS, number=str, day=lambda at: f"{at:%d/%m}", described="", key="1"  # type: ignore[arg-type]
    )  # fmt: skip
    labels = re.findall(r'class="axis day" x="([\d.]+)"', svg)
    assert len(labels) <= frame.labels + 1  # type: ignore[attr-defined]
    assert count < 24 or labels


@pytest.mark.parametrize("most", [0, 0.4, 1, 7, 99, 100, 263, 12_345, 10**7])
def test_the_axis_is_round_and_reaches_the_top(most: float) -> None:
    end, step = nice(most)
    assert end >= most
    assert 1 <= end / step <= 5
    assert str(step).strip("0") in {"1", "2", "5"}


# The page


@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
def test_the_page_is_whole_and_loads_nothing(data: ReportData, reader: Reader) -> None:
    html = page(data, reader, made_at=MADE)
    outline = Outline(html)
    allowed = {
        "a", "bdi", "blockquote", "body", "dd", "defs", "div", "dl", "dt", "figcaption", "figure", "footer",
        "h1", "h2", "head", "header", "html", "i", "li", "line", "main", "meta", "p", "path", "pattern",
        "rect", "section", "style", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
    }  # fmt: skip
    assert set(outline.tags) <= allowed
    links = [value for name, value in outline.attributes if name in {"href", "src", "action", "xlink:href"}]
    assert links == ["https://posts.example/160"]
    assert not [name for name, _ in outline.attributes if name.startswith("on")]
    assert "default-src 'none'" in html
    assert f'<html lang="{reader.language}">' in html
    assert html.count("<svg") == 2


@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
def test_what_was_posted_changes_nothing_but_its_own_text(data: ReportData, reader: Reader) -> None:
    html = page(data, reader, made_at=MADE)
    assert len(html) < 60_000
    assert not set(html) & set("\x1b\x00\u202e\u202c\u2066\u2069\u200b")
    assert "&lt;script&gt;" in html
    quote = next(line for line in re.findall(r"<bdi dir=\"auto\">(.*?)</bdi>", html) if "script" in line)
    assert len(quote) < 2 * QUOTE_CHARS
    assert "javascript:" not in html
    assert HOSTILE not in html


def test_it_says_in_english_what_happened(data: ReportData) -> None:
    text = Outline(page(data, ENGLISH, made_at=MADE)).text
    for said in (
        "CRITICAL · OVER",
        "Flood <of> the Hérault",
        "1,234 mentions in the last hour where 3 are usual",
        "At its height, 2026-03-04 08:00",
        "Opened 2026-03-04 03:00",
        "Over 2026-03-04 13:00",
        "10 hours",
        "302",
        "size against the usual",
        "did not get through, tried again – 421 <try later>",
        "2026-03-04 04:00 duty opened delivered",
        "1 more were deleted at the source",
        "connection lost <b>",
        "planned event",
        "Planned: Sailing <race>, 2026-03-03 07:00 to 2026-03-03 13:00; 2.5 times the usual is expected.",
        "Time zone: Europe/Paris",
        f"Incident {INCIDENT}; configuration c0ffee; models m1.",
    ):
        assert said in text, said
    assert "Now 1,234" not in text
    assert "school fair" not in text
    assert "long ago" not in text


def test_it_says_in_french_what_happened(data: ReportData) -> None:
    text = Outline(page(data, FRENCH, made_at=MADE)).text
    for said in (
        "CRITIQUE · TERMINÉ",
        "Crue de l'Hérault",
        "Au plus fort, le 04/03/2026 08:00",
        "Début 04/03/2026 03:00",
        "mer. 04/03",
        "Qui a été prévenu, et quand",
        "non remis, nouvel essai",
        "personne n’écoutait",
        "Prévu : Sailing <race>, du 03/03/2026 07:00 au 03/03/2026 13:00 ; on attend 2,5 fois l’habituel.",
    ):
        assert said in text, said
    for english in ("mentions in the last", "Severity", "Opened", "above the limit"):
        assert english not in text


def test_a_period_in_words_and_figures(store: Store) -> None:
    span = Span(since=START, until=START + timedelta(days=4))
    text = Outline(page(gather(store, span), ENGLISH, made_at=MADE)).text
    assert "From 2026-03-02 01:00 to 2026-03-06 01:00" in text
    assert "Flood <of> the Hérault: mentions an hour" in text
    empty = gather(store, Span(since=START - timedelta(days=9), until=START - timedelta(days=8)))
    said = Outline(page(empty, ENGLISH, made_at=MADE)).text
    assert "No incident in this time." in said
    assert "Nobody was told." in said
    assert "No gap is known in this time." in said
    assert "no hours of this time" in said


def test_an_incident_that_goes_on_and_of_which_nobody_was_told(data: ReportData) -> None:
    from dataclasses import replace  # noqa: PLC0415

    story = data.stories[0]
    going = replace(data, told=(), stories=(replace(story, history=story.history[:2]),))
    text = Outline(page(going, ENGLISH, made_at=MADE)).text
    assert "CRITICAL · ONGOING" in text
    assert "Nobody was told." in text


# Its rows


def test_rows_as_csv_do_not_run_in_a_spreadsheet(store: Store) -> None:
    found = rows.table(store, incident_span(store, INCIDENT), "mentions", "csv").decode()
    csv.field_size_limit(1 << 20)
    table = list(csv.DictReader(io.StringIO(found)))
    texts = {row["id"]: row["text"] for row in table}
    assert texts["x:9002"] == "'=cmd|' /C calc'!A0"
    assert texts["x:9001"] == HOSTILE
    assert "x:9003" not in texts
    assert not [text for text in texts.values() if text[:1] in "=+@-\t\r"]


def test_rows_as_parquet_are_whole(store: Store) -> None:
    span = incident_span(store, INCIDENT)
    table = parquet.read_table(io.BytesIO(rows.table(store, span, "mentions", "parquet")))
    texts = dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))
    assert texts["x:9002"] == "=cmd|' /C calc'!A0"
    times = table["counted_at"].to_pylist()
    assert times == sorted(times)
    hours = parquet.read_table(io.BytesIO(rows.table(store, span, "hours", "parquet")))
    assert set(hours["watch"].to_pylist()) == {"flood"}
    assert sum(hours["mentions"].to_pylist()) == len(texts)


# The command

FILL = """\
import sys
from streams.store.open import open_store
from tests.streams.crisis import fill
store = open_store(sys.argv[1])
fill(store)
store.close()
"""
WATCHES = """\
version: 1
timezone: Europe/Paris
language: fr
watches:
  - {name: flood, title: "Crue de l'Hérault", query: crue}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"chdb://{tmp_path_factory.mktemp('command')}/s"
    subprocess.run([sys.executable, "-c", FILL, url], cwd=ROOT, check=True)
    return url


def vigie(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", "report", *arguments],
        capture_output=True, cwd=ROOT, check=False, timeout=60,
    )  # fmt: skip


def test_the_command_writes_in_the_language_of_the_watches_file(url: str, tmp_path: Path) -> None:
    watches = tmp_path / "watches.yaml"
    watches.write_text(WATCHES, encoding="utf-8")
    out = tmp_path / "report.html"
    done = vigie("--store", url, "--watches", str(watches), "--incident", INCIDENT, "--out", str(out))
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert "Crue de l'Hérault" in Outline(out.read_text(encoding="utf-8")).text
    english = vigie(
        "--store", url, "--from", "2026-03-02", "--until", "2026-03-05T00:00+01:00", "--language", "en"
    )
    assert english.returncode == 0
    assert b'<html lang="en">' in english.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        ((), 2, b"name either --incident ID, or both"),
        (("--incident", "x", "--from", "2026-03-02", "--until", "2026-03-03"), 2, b"name either"),
        (("--from", "2026-03-02"), 2, b"name either"),
        (("--from", "yesterday", "--until", "2026-03-03"), 2, b"'yesterday' is no time"),
        (("--from", "2026-03-03", "--until", "2026-03-02"), 2, b"--from must be before --until"),
        (
            ("--from", "2026-03-02", "--until", "2026-03-03", "--watch", "flod"),
            2,
            b"--watch 'flod' is no watch of the store: flood",
        ),
        (
            ("--from", "2026-03-02", "--until", "2026-03-03", "--watch", "flood", "--watch", "dam"),
            2,
            b"--watch goes once: a report is of one watch, or of all without it",
        ),
        (("--incident", "nothing"), 2, b"there is no incident 'nothing'"),
        (("--incident", INCIDENT, "--out", "/nowhere/report.html"), 3, b"cannot be written"),
    ],
)
def test_what_is_wrong_is_said(url: str, arguments: tuple[str, ...], code: int, what: bytes) -> None:
    done = vigie("--store", url, *arguments)
    assert done.returncode == code
    assert what in done.stderr
    assert b"Traceback" not in done.stderr


# As Chromium shows it


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not here: apt-get install chromium")
        pytest.skip("Chromium is not here: apt-get install chromium")
    return found


def run_chromium(chromium: str, tmp_path: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={tmp_path}/profile", *arguments,
        ],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


# Chromium's window is never narrower than 500 px, so the phone is a frame in it.
MEASURE = """<!doctype html><title>wait</title>
<iframe id=f style="border:0;width:WIDTHpx;height:900px" src="PAGE"></iframe>
<script>onload=()=>{const d=f.contentDocument,shown=s=>getComputedStyle(d.querySelector(s)).display!='none';
document.title=[d.documentElement.scrollWidth,f.clientWidth,shown('svg.wide'),shown('svg.narrow'),d.title].join('|')}
</script>"""


def measured(chromium: str, tmp_path: Path, html: str, width: int) -> re.Match[str]:
    """Of the page in a frame of this width: its own width, the frame's, wide and narrow shown, its title."""
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    (tmp_path / "frame.html").write_text(MEASURE.replace("WIDTH", str(width)).replace("PAGE", "page.html"))
    dom = run_chromium(
        chromium, tmp_path, "--allow-file-access-from-files", "--virtual-time-budget=5000",
        "--window-size=1000,1000", "--dump-dom", f"file://{tmp_path}/frame.html",
    ).decode()  # fmt: skip
    match = re.search(r"<title>(\d+)\|(\d+)\|(\w+)\|(\w+)\|(.*?)</title>", dom)
    assert match is not None, dom[:500]
    return match


def printed(chromium: str, tmp_path: Path, html: str) -> bytes:
    """The page as PDF."""
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    out = tmp_path / "page.pdf"
    run_chromium(
        chromium, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={out}", f"file://{tmp_path}/page.html"
    )
    return out.read_bytes()


@pytest.mark.live
@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
@pytest.mark.parametrize(("width", "wide"), [(360, False), (820, True)])
def test_it_fits_a_phone_and_a_desk(
    data: ReportData, chromium: str, tmp_path: Path, reader: Reader, width: int, wide: bool
) -> None:
    match = measured(chromium, tmp_path, page(data, reader, made_at=MADE), width)
    assert int(match[1]) <= int(match[2]) == width
    assert (match[3] == "true", match[4] == "true") == (wide, not wide)
    # The post's script did not run.
    assert "owned" not in match[5]


@pytest.mark.live
@pytest.mark.parametrize("reader", [ENGLISH, FRENCH])
def test_it_prints_on_a_few_pages(data: ReportData, chromium: str, tmp_path: Path, reader: Reader) -> None:
    pdf = printed(chromium, tmp_path, page(data, reader, made_at=MADE))
    assert pdf.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 2 <= pages <= 5
    # A4 in points.
    assert re.search(rb"/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", pdf)
