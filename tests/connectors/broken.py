"""Right payloads in which a few values, anywhere, became something else."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

from hypothesis import strategies as st

# 2,000 in the tests; a soak sets more.
INPUTS = int(os.environ.get("VIGIE_SOAK_INPUTS", "2000"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@st.composite
def broken_json(draw: st.DrawFn, whole: Any) -> bytes:
    """`whole` with one to three values replaced, as JSON; one time in ten mere bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    whole = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        node = whole
        while True:
            keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, 3)):
                node = node[key]
                continue
            node[key] = draw(json_values)
            break
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")
