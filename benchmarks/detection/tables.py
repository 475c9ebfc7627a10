"""The tables: each takes what is to be judged and returns lines of Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.detection import crowd, generate, stress
from benchmarks.detection.crises import crisis_rows
from benchmarks.detection.hearing import Way, spoken_rows
from benchmarks.detection.ours import openings
from benchmarks.detection.rules import RULES
from benchmarks.detection.score import CrisisSum, NabSum, crises, nab
from benchmarks.detection.series import Series
from benchmarks.detection.wild import wild
from models.episode import EpisodePolicy, EpisodeState, Opened, advance
from models.spike import Sensitivity, SpikeDetector, policy_for

Detector = Callable[[Series], list[int]]
THIN_SEEDS = 5


def detectors(*, all_sensitivities: bool = False, rules: bool = True) -> dict[str, Detector]:
    """The simple rules, where they are wanted, and ours."""
    chosen = list(Sensitivity) if all_sensitivities else [Sensitivity.BALANCED]
    ours = {f"Vigie, {one.value}": partial(openings, sensitivity=one) for one in chosen}
    return {**(RULES if rules else {}), **ours}


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|---|{'---:|' * (len(head) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _nab_of(detector: Detector, series: Sequence[Series], *, probation: bool = True) -> NabSum:
    total = NabSum()
    for one in series:
        total += nab(one, detector(one), probation=probation)
    return total


def _cell(total: NabSum) -> str:
    return f"{total.score:.1f} / {total.false_a_week:.2f} / {total.hit} of {total.windows}"


def nab_table(
    pool: ProcessPoolExecutor, series: list[Series], *, full: bool, rules: bool = True
) -> list[str]:
    """A folder in NAB format as it is, masked, thinned and begun late: score / false a week / windows hit."""
    sets: dict[str, tuple[list[Series], bool]] = {
        "as it is": (series, True),
        "masked": ([stress.masked(one) for one in series], True),
        "thinned to 10%": (
            [stress.thinned(one, 0.1, seed) for one in series for seed in range(THIN_SEEDS)],
            True,
        ),
        "thinned to 3%": (
            [stress.thinned(one, 0.03, seed) for one in series for seed in range(THIN_SEEDS)],
            True,
        ),
        "begun late": ([late for one in series for late in stress.begun_late(one)], False),
    }
    return _nab_grid(pool, sets, full=full, rules=rules)


def crises_table(folder: Path, *, rules: bool = True) -> list[str]:
    """Recorded crises: what was opened before the event, and how long after it the first."""
    head = ["crisis", "mentions", "rule", "before it", "first opened (UTC)", "delay", "opened in all"]
    return markdown(head, crisis_rows(folder, detectors(all_sensitivities=True, rules=rules)))


def wild_table(pool: ProcessPoolExecutor, seeds: range, *, full: bool, rules: bool = True) -> list[str]:
    """Generated loud series, scored like NAB."""
    made = [wild(seed) for seed in seeds]
    sets: dict[str, tuple[list[Series], bool]] = {
        "as it is": (made, True),
        "masked": ([stress.masked(one) for one in made], True),
        "thinned to 10%": ([stress.thinned(one, 0.1, 0) for one in made], True),
    }
    return _nab_grid(pool, sets, full=full, rules=rules)


def _nab_grid(
    pool: ProcessPoolExecutor, sets: dict[str, tuple[list[Series], bool]], *, full: bool, rules: bool
) -> list[str]:
    chosen = detectors(all_sensitivities=full, rules=rules)
    jobs = {
        (name, label): pool.submit(_nab_of, detector, one_set, probation=probation)
        for label, (one_set, probation) in sets.items()
        for name, detector in chosen.items()
    }
    rows = [[name, *(_cell(jobs[name, label].result()) for label in sets)] for name in chosen]
    return markdown(["rule", *sets], rows)


def _crises_of(detector: Detector, kind: str, seeds: range) -> CrisisSum:
    total = CrisisSum()
    for seed in seeds:
        one = generate.generate(kind, seed)
        total += crises(one, detector(one))
    return total


def suite_tables(
    pool: ProcessPoolExecutor, seeds: range, *, full: bool, rules: bool = True
) -> tuple[list[str], list[str]]:
    """(ours beside the simple rules over the whole suite, ours at `balanced` by kind)."""
    chosen = detectors(all_sensitivities=full, rules=rules)
    jobs = {
        (name, kind): pool.submit(_crises_of, detector, kind, seeds)
        for name, detector in chosen.items()
        for kind in generate.KINDS
    }
    rows = []
    for name in chosen:
        total = CrisisSum()
        for kind in generate.KINDS:
            total += jobs[name, kind].result()
        rows.append([name, *_crisis_cells(total), *_late_cells(total)])
    head = ["rule", "false a month", "5x in time", "2.5x in time", "1.5x in time"]
    ours = f"Vigie, {Sensitivity.BALANCED.value}"
    kinds = [[kind, *_crisis_cells(jobs[ours, kind].result())] for kind in generate.KINDS]
    beside = markdown([*head, "5x ever", "2.5x ever", "1.5x ever"], rows)
    return beside, markdown(["kind", *head[1:]], kinds)


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f}%"


def _crisis_cells(total: CrisisSum) -> list[str]:
    cells = [f"{total.false_a_month:.2f}"]
    for size in generate.WITHIN_S:
        delays = total.delays_s.get(size)
        middle = f", {statistics.median(delays) / 60:.0f} min" if delays else ""
        cells.append(f"{_percent(total.share_seen(size))} of {total.due.get(size, 0)}{middle}")
    return cells


def _late_cells(total: CrisisSum) -> list[str]:
    return [
        _percent(total.ever.get(size, 0) / total.due[size] if total.due.get(size) else math.nan)
        for size in generate.WITHIN_S
    ]


def _scene_delays(name: str, seed: int) -> dict[str, tuple[int | None, int]]:
    """By way of hearing: (seconds from onset to the opening, if one opened; openings before the scene)."""
    made = crowd.scene(name, seed)
    found: dict[str, tuple[int | None, int]] = {}
    for way, as_heard in crowd.WAYS.items():
        detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
        state, policy = EpisodeState(), EpisodePolicy()
        opened = []
        for step in made.steps:
            state, event = advance(state, detector.step(as_heard(step)), policy)
            if isinstance(event, Opened):
                opened.append(event.at_s - made.onset_s)
        delay = next((after_s for after_s in opened if 0 < after_s <= crowd.SCENE_S), None)
        found[way] = delay, sum(1 for after_s in opened if after_s <= 0)
    return found


def crowd_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """Scenes with authors and texts: how many opened an incident, and how many were false before it."""
    jobs = {name: [pool.submit(_scene_delays, name, seed) for seed in seeds] for name in crowd.SCENES}
    months = len(seeds) * crowd.DAYS / 30
    rows = []
    for name, (_, crisis) in crowd.SCENES.items():
        cells = [name, "yes" if crisis else "no"]
        found = [job.result() for job in jobs[name]]
        for way in crowd.WAYS:
            delays = [delay for delay, _ in (one[way] for one in found) if delay is not None]
            middle = f", {statistics.median(delays) / 60:.0f} min" if delays else ""
            early = sum(one[way][1] for one in found)
            cells += [f"{_percent(len(delays) / len(seeds))}{middle}", f"{early / months:.2f}"]
        rows.append(cells)
    head = ["scene", "a crisis"]
    for way in crowd.WAYS:
        head += [way, "false a month before"]
    return markdown(head, rows)


def spoken_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """Scenes with texts on three platforms: what words and platforms add (`hearing.Tale` reads a cell)."""
    return markdown(["scene", "a crisis", *Way], spoken_rows(pool, seeds))
