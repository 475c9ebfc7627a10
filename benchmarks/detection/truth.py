"""The laws that a generated series is drawn from, and what of them may be told to an oracle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.detection.series import Floats


@dataclass(frozen=True, slots=True)
class SlowNoise:
    """The rate is multiplied by exp of an AR(1) process of this deviation and memory, with mean 1."""

    deviation: float
    memory_rows: float

    def draw(self, rng: np.random.Generator, rows: int) -> Floats:
        keep = float(np.exp(-1.0 / self.memory_rows))
        shocks = rng.normal(0.0, self.deviation * np.sqrt(1 - keep**2), rows)
        walk = np.empty(rows)
        value = rng.normal(0.0, self.deviation)
        for row in range(rows):
            value = keep * value + shocks[row]
            walk[row] = value
        return np.asarray(np.exp(walk - self.deviation**2 / 2))


@dataclass(frozen=True, slots=True)
class Bursts:
    """Bursts that are no events come at any row, `a_day` of them, with heights in units of `level`."""

    a_day: float
    level: float

    def draw(self, rng: np.random.Generator) -> tuple[float, float]:
        """(height in mentions a step, decay in rows) of one."""
        height = min((rng.pareto(rng.uniform(1.3, 2.2)) + 0.3), 12.0) * (self.level + 0.3)
        decay = rng.uniform(0.3, 2) if rng.random() < 0.5 else rng.uniform(2, 12)
        return float(height), float(decay)


@dataclass(frozen=True, slots=True)
class Truth:
    """What no detector can know of a series; nothing of its crises, and of its noise the law alone.

    `rate` is the expected count of each step without noise, bursts and crises. A step is a gamma-Poisson
    count around rate x slow noise, with a squared coefficient of variation of `dispersion`.
    """

    rate: Floats
    slow: SlowNoise
    dispersion: float
    bursts: Bursts | None = None
