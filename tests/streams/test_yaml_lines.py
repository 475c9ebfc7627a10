"""YAML with lines: every value says where it stands, every fault too."""

from __future__ import annotations

import pytest

from streams.yaml_lines import YamlError, load

TEXT = """\
# a comment
version: 1
watches:
  - name: a
    urgent: [x,
      y]
  - name: b
on: true
"""


def test_every_value_knows_its_line() -> None:
    located = load(TEXT)
    assert located.value == {
        "version": 1,
        "watches": [{"name": "a", "urgent": ["x", "y"]}, {"name": "b"}],
        "on": True,
    }
    for path, line in (
        (("version",), 2),
        (("watches",), 3),
        (("watches", 0, "urgent"), 5),
        (("watches", 0, "urgent", 1), 6),
        (("watches", 1, "name"), 7),
        (("watches", 1, "not", "there"), 7),
        (("nowhere",), 2),
        ((), 2),
    ):
        assert located.line(path) == line, path


def test_merge_keys_and_aliases_are_followed() -> None:
    located = load("base: &base {a: 1, b: 2}\nother:\n  <<: *base\n  c: 3\n")
    assert located.value["other"] == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' stands twice here"),
        ("a:\n\tb: 1\n", "line 2, column 1: found character '\\t' that cannot start any token"),
        ("a: [1\n", "line 2, column 1: expected ',' or ']'"),
        ("a: 1\n b: 2\n", "line 2"),
        ("a: *nobody\n", "line 1, column 4: found undefined alias 'nobody'"),
        ("a: 1\n? [b]\n: c\n", "line 2: a key must be a plain word"),
        ("a: 1\nb: 2026-13-45\n", "line 2: '2026-13-45' is not readable: month must be in 1..12"),
        ("a: !!python/name:os.system x\n", "line 1, column 4: could not determine a constructor"),
        ("---\na: 1\n---\nb: 2\n", "line 3"),
        ("a: &a [*a]\n", "not readable as YAML"),
        ("a: \x00\n", "U+0000"),
        ("a: \x07\n", "U+0007"),
        ("[" * 5_000, "not readable as YAML"),
    ],
)
def test_a_fault_names_its_line(text: str, said: str) -> None:
    with pytest.raises(YamlError) as caught:
        load(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_few_lines_that_stand_for_a_billion_values_are_refused() -> None:
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(YamlError, match="more than 200,000 values"):
        load("\n".join(["a0: &a0 [x]", *levels]))


def test_nothing_is_nothing() -> None:
    for text in ("", "# only a comment\n", "---\n", "null\n"):
        assert load(text).value is None
