"""A seeded source of posts that never were: weeks of ordinary talk in an invented valley, and its crises.

A seed and a size flow in; pages of mentions, gaps and retractions flow out in the order of time, together
with the truth about what was planted, for the demo, for drills and for tests.
"""

from connectors.simulated.plot import Planted, PlantedKind
from connectors.simulated.scenario import DEFAULT_START, SOURCE, Scenario

__all__ = ["DEFAULT_START", "SOURCE", "Planted", "PlantedKind", "Scenario"]
