"""`python -m models.train DATA_FOLDER`: the files of `models/artefacts`, byte for byte the same each time.

The same means: same machine type, same `models/train/requirements.txt`, one thread (set here).
"""

import os

# Before numpy is loaded: the order in which threads add would show in the last bits.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from models.hashed_head import idf_of  # noqa: E402
from models.train import corpus, design, language, sentiment  # noqa: E402

PARTS = ("idf", "language", "sentiment")


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("models/artefacts"))
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), default=Path(".train-cache"))
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Train these parts only.")
def main(data: Path, out: Path, cache: Path, only: tuple[str, ...]) -> None:
    """Train the heads of Vigie from the posts in DATA. Nothing of DATA but weights is written to --out."""
    parts = only or PARTS
    try:
        rows = corpus.load(data)
    except corpus.CorpusError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    out.mkdir(parents=True, exist_ok=True)
    if "idf" in parts:
        click.echo("idf", err=True)
        texts = [row.text for row in rows if row.split == "train" and row.lang in corpus.LANGUAGES]
        save(out / "idf.npz", design.count_idf(texts))
    with np.load(out / "idf.npz", allow_pickle=False) as arrays:
        idf = idf_of(arrays)
    if "language" in parts:
        click.echo("language", err=True)
        save(out / "language.npz", language.train(rows, idf).packed("language"))
    if "sentiment" in parts:
        click.echo("sentiment", err=True)
        fast, accurate = sentiment.train(rows, idf, cache)
        save(out / "sentiment.npz", fast)
        save(out / "accurate.npz", accurate)


def save(path: Path, arrays: dict[str, Any]) -> None:
    """Compressed, in the order given; numpy stamps every member with the same fixed date."""
    with path.open("wb") as handle:
        np.savez_compressed(handle, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
