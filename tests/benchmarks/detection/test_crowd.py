"""Scenes with authors: what stands in a step, and what each way of hearing leaves out."""

from __future__ import annotations

import pytest

from benchmarks.detection import crowd
from benchmarks.detection.generate import STEP_S
from models.spike import Step


def first_of(name: str) -> Step:
    made = crowd.scene(name, 1)
    (step,) = (step for step in made.steps if step.at_s == made.onset_s + STEP_S)
    return step


def test_the_same_seed_is_the_same_scene() -> None:
    assert crowd.scene("quarrel", 3) == crowd.scene("quarrel", 3)
    assert crowd.scene("quarrel", 3) != crowd.scene("quarrel", 4)


def test_eye_witnesses_are_new_and_share_a_word() -> None:
    step = first_of("eye-witnesses")
    assert step.voices is not None
    assert step.voices.witnesses is not None
    assert step.voices.witnesses >= 12
    assert step.news is not None
    assert step.news.known
    assert crowd.NEW_WORD in {word.word for word in step.news.newest}


@pytest.mark.parametrize("name", ["three accounts", "quarrel", "one message"])
def test_loud_scenes_share_no_new_word(name: str) -> None:
    step = first_of(name)
    assert step.count is not None
    assert step.count >= 10
    assert step.news is not None
    assert all(word.height < 1.5 for word in step.news.newest)


def test_what_each_way_of_hearing_leaves_out() -> None:
    step = first_of("many voices")
    bare, voiced, whole = (as_heard(step) for as_heard in crowd.WAYS.values())
    assert (bare.voices, bare.news, bare.count) == (None, None, step.count)
    assert (voiced.voices, voiced.news) == (step.voices, None)
    assert whole == step
