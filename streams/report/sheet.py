"""What every page of ours is written on: one file that loads nothing, its sections and its tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Final

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
MOST_ROWS: Final = 60
"""Of a table; more than that nobody reads on paper."""


def document(title: str, language: str, body: str) -> str:
    """The whole file. Its own policy forbids scripts and requests, should one slip through."""
    style = resources.files("streams.report").joinpath("page.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>{body}</main></body>"
        "</html>\n"
    )


def figures(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in rows)
    return f'<dl class="figures">{cells}</dl>'


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in rows)
    return f'<dl class="pairs">{cells}</dl>' if cells else ""


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    cut: str,
    *,
    numbers_from: int = 99,
    named: bool = False,
) -> str:
    """On a phone each row is a small card; its numbers, or with `named` all its cells, say what they are.

    `cut` says how many rows are left out.
    """
    kinds = [" class=number" if at >= numbers_from else "" for at in range(len(heads))]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(heads, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-head="{escape(name)}"{" class=number" if at >= numbers_from else ""}>'
            f"<bdi>{escape(cell)}</bdi></td>"
            for at, (name, cell) in enumerate(zip(heads, row, strict=True))
        )
        + "</tr>"
        for row in rows[:MOST_ROWS]
    )
    more = note(cut.format(count=len(rows) - MOST_ROWS)) if len(rows) > MOST_ROWS else ""
    shape = ' class="named"' if named else ""
    return f"<table{shape}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def section(heading: str, inside: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{inside}</section>" if inside else ""


def note(said: str) -> str:
    return f'<p class="note">{escape(said)}</p>'
