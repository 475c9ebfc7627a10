"""Sentiment: every engine on every set of posts, with intervals, calibration, and what `unsure` is worth."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks.text.judges import Judge
from benchmarks.text.posts import Labelled
from benchmarks.text.scores import (
    Labels,
    Shares,
    accuracy,
    calibrated_by_luck,
    macro_f1,
    macro_recall,
    swept_calibration_error,
)
from models.sentiment_fast import UNSURE_BELOW
from models.train.calibration import calibration_error
from models.train.corpus import Row, shuffled


def tables(sets: Sequence[Labelled], judges: Mapping[str, Judge]) -> Iterator[str]:
    """Markdown, one line at a time: macro F1, then macro recall for English, then calibration."""
    shares = {(one.name, name): judge(one.texts, one.lang) for one in sets for name, judge in judges.items()}
    yield "| posts | n | " + " | ".join(judges) + " |"
    yield "|---|---:|" + "---:|" * len(judges)
    for one in sets:
        scores = [str(macro_f1(one.labels, _best(shares[one.name, name]))) for name in judges]
        yield f"| {one.name}, macro F1 | {len(one.labels)} | " + " | ".join(scores) + " |"
        if one.lang == "en":
            scores = [str(macro_recall(one.labels, _best(shares[one.name, name]))) for name in judges]
            yield f"| {one.name}, macro recall | {len(one.labels)} | " + " | ".join(scores) + " |"
    for name in judges:
        umsab = [one for one in sets if one.name.startswith("umsab")]
        own = [macro_f1(one.labels, _best(shares[one.name, name])).value for one in umsab]
        if own:
            yield f"\nMean macro F1 of the {len(own)} languages (umsab), {name}: {np.mean(own):.1f}"
    yield from _calibrations(sets, shares, [name for name in judges if name != "VADER"])


def _calibrations(
    sets: Sequence[Labelled], shares: Mapping[tuple[str, str], Shares], names: Sequence[str]
) -> Iterator[str]:
    yield (
        "\nExpected calibration error of the best guess. `bins`: ten bins of equal width (Guo et al. 2017); "
        "in brackets the mean and the 95th percentile of what a perfectly calibrated model with the same "
        "confidences scores on as many posts. `chance`: how often that one scores no better (below 5%, "
        "the engine is not calibrated). `swept`: the least biased estimator (Roelofs et al. 2022).\n"
    )
    yield "| posts | engine | bins | chance | swept | right when sure | right when unsure | unsure |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for one in sets:
        for name in names:
            yield _calibration(one, name, shares[one.name, name])
    every = [one for one in sets if one.name.startswith("umsab")]
    if every:
        truth = np.concatenate([one.labels for one in every])
        together = Labelled(f"umsab, all {len(every)}", "", [], truth, [])
        for name in names:
            yield _calibration(together, name, np.concatenate([shares[one.name, name] for one in every]))


def by_kind(one: Labelled, judges: Mapping[str, Judge]) -> Iterator[str]:
    """Accuracy for each kind of post: anger, irony, negation and so on."""
    guesses = {name: _best(judge(one.texts, one.lang)) for name, judge in judges.items()}
    yield f"| {one.name} | n | " + " | ".join(judges) + " |"
    yield "|---|---:|" + "---:|" * len(judges)
    for kind in dict.fromkeys(one.kinds):
        at = np.array([other == kind for other in one.kinds])
        right = [accuracy(guess[at] == one.labels[at]) for guess in guesses.values()]
        yield f"| {kind} | {at.sum()} | " + " | ".join(f"{each.value:.0f}" for each in right) + " |"


def by_length(sets: Sequence[Labelled], judge: Judge) -> Iterator[str]:
    """The `fast` engine's accuracy by number of words."""
    yield "| words | n | accuracy |"
    yield "|---|---:|---:|"
    length = np.array([len(text.split()) for one in sets for text in one.texts])
    right = np.concatenate([_best(judge(one.texts, one.lang)) == one.labels for one in sets])
    for low, high in ((1, 5), (6, 10), (11, 20), (21, 1000)):
        at = (length >= low) & (length <= high)
        if at.any():
            yield f"| {low} to {high} | {at.sum()} | {accuracy(right[at])} |"


def unseen_source(rows: Sequence[Row], judges: Mapping[str, Judge]) -> Iterator[str]:
    """One source left out: film subtitles. Is a positive line ranked above a negative one?

    No model has seen a label of that source, and the lines that the teachers labelled are left out: only
    what follows them in the fixed order is read.
    """
    yield "| film subtitles, positive against negative | n | " + " | ".join(judges) + " |"
    yield "|---|---:|" + "---:|" * len(judges)
    for lang in sorted({row.lang for row in rows if row.source == "xed"}):
        lines = shuffled(row for row in rows if row.source == "xed" and row.lang == lang)[-500:]
        lines = [row for row in lines if row.label in {0, 2}]
        truth = np.array([row.label == 2 for row in lines])
        texts = [row.text for row in lines]
        ranks = [_auc(truth, judge(texts, lang)) for judge in judges.values()]
        yield f"| {lang}, AUC | {len(lines)} | " + " | ".join(f"{rank:.1f}" for rank in ranks) + " |"


def _best(shares: Shares) -> Labels:
    best: Labels = shares.argmax(axis=1)
    return best


def _calibration(one: Labelled, name: str, shares: Shares) -> str:
    right, sure = _best(shares) == one.labels, shares.max(axis=1) >= UNSURE_BELOW
    parts = [f"{100 * right[at].mean():.0f}%" if at.any() else "-" for at in (sure, ~sure)]
    luck = calibrated_by_luck(one.labels, shares)
    bins = f"{calibration_error(shares, one.labels):.3f} ({luck.usual:.3f}, {luck.most:.3f})"
    swept = f"{swept_calibration_error(one.labels, shares):.3f}"
    unsure = f"{100 * (~sure).mean():.0f}%"
    return (
        f"| {one.name} | {name} | {bins} | {luck.chance:.0%} | {swept} | {parts[0]} | {parts[1]} | {unsure} |"
    )


def _auc(truth: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], shares: Shares) -> float:
    """Mann-Whitney, in percent, ties counted half."""
    score = shares[:, 2] - shares[:, 0]
    high, low = np.sort(score[truth]), score[~truth]
    above = len(high) - (np.searchsorted(high, low, "left") + np.searchsorted(high, low, "right")) / 2
    return float(100 * above.mean() / len(high))
