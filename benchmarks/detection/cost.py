"""What the detector costs: microseconds a step in the steady state, bytes of state a series."""

from __future__ import annotations

import json
import time

from benchmarks.detection.generate import generate
from benchmarks.detection.ours import steps
from benchmarks.detection.tables import markdown
from models.share import ShareDetector, ShareStep, share_policy_for
from models.spike import Sensitivity, SpikeDetector, policy_for


def cost_table() -> list[str]:
    """Processor time of this process over six weeks of a series, the best of three runs."""
    made = list(steps(generate("weekly", 0)))
    best = float("inf")
    size = 0
    for _ in range(3):
        detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
        began = time.process_time()
        for step in made:
            detector.step(step)
        best = min(best, (time.process_time() - began) / len(made))
        size = len(json.dumps(detector.state.to_json()))
    share = float("inf")
    held = 0
    for _ in range(3):
        moods = ShareDetector(share_policy_for(Sensitivity.BALANCED, prior_share=0.25))
        began = time.process_time()
        for step in made:
            total = float(step.count or 0.0)
            moods.step(ShareStep(step.at_s, step.step_s, step.local_weekday, total, total // 4))
        share = min(share, (time.process_time() - began) / len(made))
        held = len(json.dumps(moods.state.to_json()))
    rows = [
        ["a step and series", f"{best * 1e6:.0f} microseconds"],
        ["10,000 series, one step", f"{best * 10_000:.2f} s of 300 s"],
        ["state of a series, as JSON", f"{size / 1000:.1f} kB"],
        ["a share: a step, state", f"{share * 1e6:.0f} microseconds, {held / 1000:.1f} kB"],
    ]
    return markdown(["what", "cost"], rows)
