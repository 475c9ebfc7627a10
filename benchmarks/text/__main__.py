"""`python -m benchmarks.text [DATA_FOLDER] [--out FILE]`: language and sentiment, measured in one run."""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # one core, before numpy is loaded: rates are a core's

from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import click  # noqa: E402

from benchmarks.text import fairness, language, sentiment, speed  # noqa: E402
from benchmarks.text.judges import judges  # noqa: E402
from benchmarks.text.posts import city_posts, validation  # noqa: E402
from models.language import load_language_detector  # noqa: E402
from models.sentiment_fast import load_fast  # noqa: E402
from models.train.corpus import Row, load, shuffled  # noqa: E402

SPEED_TEXTS = 6_000


def report(rows: list[Row], *, quick: bool) -> Iterator[str]:
    """The whole page, line by line."""
    compared = judges(rows)
    yield "# Language and sentiment, measured\n"
    yield "Made by `python -m benchmarks.text DATA_FOLDER`. Brackets: 95% bootstrap intervals. One CPU core."
    yield f"Versions: {load_language_detector().version}, {load_fast().version}.\n"
    if not rows:
        yield "No data folder was given: only the invented posts were measured.\n"
    yield "## Language\n"
    yield from language.table(rows)
    sets = validation(rows)
    if sets:
        yield "\n## Sentiment on validation posts, which training never read\n"
        yield from sentiment.tables(sets, compared)
        yield "\n### `fast` by length\n"
        yield from sentiment.by_length(sets, compared["fast"])
        yield "\n### One source left out\n"
        yield from sentiment.unseen_source(rows, compared)
    yield "\n## Sentiment on invented city posts\n"
    yield "300 posts written for this project and labelled before any prediction was seen.\n"
    yield from sentiment.tables(city_posts(), compared)
    for one in city_posts():
        yield ""
        yield from sentiment.by_kind(one, compared)
    yield "\n## Fairness\n"
    yield from fairness.table(compared)
    if not quick:
        yield "\n## Speed\n"
        yield from speed.table(_speed_texts(rows))
        yield ""
        yield from speed.load_times()


def _speed_texts(rows: list[Row]) -> list[str]:
    if rows:
        return [row.text for row in shuffled(row for row in rows if row.source != "xed")[:SPEED_TEXTS]]
    texts = [text for one in city_posts() for text in one.texts]
    return [f"{text} {number}" for number in range(SPEED_TEXTS // len(texts)) for text in texts]


@click.command()
@click.argument("data", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the page here.")
@click.option("--quick", is_flag=True, help="Leave the speeds out.")
def main(data: Path | None, out: Path | None, *, quick: bool) -> None:
    """Measure language and sentiment on the invented posts and, given DATA, on its validation posts."""
    rows = load(data) if data else []
    lines = []
    for line in report(rows, quick=quick):
        click.echo(line)
        lines.append(line)
    if out:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
