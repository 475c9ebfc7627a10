"""The rules at X, made to agree with the watches; what others put there is left alone."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Clock
from connectors.errors import ServerTrouble, Unreadable
from connectors.http import Http, raise_for_status
from connectors.pieces import items, load_object, obj
from connectors.x_rules import TAG, Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What to do so that the rules at X are ours. `delete` are ids."""

    add: tuple[Rule, ...]
    delete: tuple[str, ...]


def compare_rules(wanted: Iterable[Rule], there: Iterable[Mapping[str, Any]]) -> Change:
    """Only rules that carry our tag are ever deleted."""
    wanted = list(wanted)
    ours = {
        (str(rule.get("value")), str(rule.get("tag"))): str(rule.get("id"))
        for rule in there
        if str(rule.get("tag")).startswith(TAG)
    }
    add = tuple(rule for rule in wanted if (rule.value, rule.tag) not in ours)
    keep = {(rule.value, rule.tag) for rule in wanted}
    return Change(add, tuple(id_ for key, id_ in ours.items() if key not in keep))


async def synchronise(
    http: Http, base: str, headers: Mapping[str, str], wanted: Iterable[Rule], clock: Clock
) -> None:
    """Make the rules at X those of the watches.

    Raises:
        ConnectorError: X would not let us.
    """
    url = f"{base}/2/tweets/search/stream/rules"
    answer = await http.request(url, headers=headers)
    now = clock.now()
    raise_for_status(answer.status, answer.headers, answer.body, "X", now=now)
    try:
        there = [obj(rule) for rule in items(load_object(answer.body).get("data"))]
    except Unreadable as error:
        raise ServerTrouble(f"X answered about its rules what cannot be read: {error}") from None
    change = compare_rules(wanted, there)
    bodies: list[dict[str, Any]] = []
    if change.delete:
        bodies.append({"delete": {"ids": list(change.delete)}})
    if change.add:
        bodies.append({"add": [{"value": rule.value, "tag": rule.tag} for rule in change.add]})
    for body in bodies:
        answer = await http.request(url, method="POST", json=body, headers=headers)
        told = _problems(answer.body)
        if told and answer.status in {200, 201}:
            # The others were taken: one rule that X dislikes must not silence them.
            log.warning("x: X does not take a rule: %s", told)
            continue
        raise_for_status(answer.status, answer.headers, answer.body, "X", now=now)


def _problems(body: bytes) -> str:
    """What X says against single rules, duplicates apart."""
    try:
        errors = items(load_object(body).get("errors"))
    except Unreadable:
        return ""
    told = (obj(error) for error in errors)
    return "; ".join(
        str(problem.get("details") or problem.get("detail") or problem.get("title"))[:200]
        for problem in told
        if problem.get("title") != "DuplicateRule"
    )
