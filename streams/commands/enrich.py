"""`vigie enrich`: what is learnt of each post, one line out per line in, nothing stored."""

from __future__ import annotations

import sys
from secrets import token_bytes
from typing import Any

import click
import orjson

from connectors.mention import Malformed, Mention
from connectors.recorded import chunks, read_file
from streams import configured
from streams.commands import common
from streams.enrich import build_enricher
from streams.pseudonym import Pseudonymiser
from streams.records import Enriched, Reason
from streams.watches import Watches

BATCH = 2_000


@click.command()
@click.argument("file", default="-", metavar="[FILE|-]")
@common.watches_option
@click.option("--sentiment", type=click.Choice(["fast", "accurate", "vader"]), help="instead of the file's")
@common.columns_options
def enrich(
    file: str,
    watches: str | None,
    sentiment: str | None,
    mapping: tuple[str, ...],
    constants: tuple[str, ...],
) -> None:
    """Score every line, matched or not, in the order of the file; a line that cannot be read says why.

    Without --watches the shipped lexicons apply and no watch is matched.
    """
    settings = configured.settings_of(watches=watches)
    config = Watches(version=1) if settings.watches is None else configured.watches_of(settings)
    pseudonymiser = (
        Pseudonymiser(token_bytes(32))
        if settings.pseudonym_key is None
        else Pseudonymiser(settings.pseudonym_key.get_secret_value().encode())
    )
    enricher = build_enricher(config, pseudonymiser, sentiment=sentiment, threads=settings.sentiment_threads)
    items = read_file(file, now=common.now(), columns=common.columns_of(mapping, constants))
    out = sys.stdout.buffer
    for batch in chunks(items, BATCH):
        mentions = [pseudonymiser.mention(item) for item in batch if isinstance(item, Mention)]
        enriched = iter(enricher.enrich(mentions, keep_all=True))
        for item in batch:
            if isinstance(item, Mention):
                line = _line(next(enriched))
            elif isinstance(item, Malformed):
                line = {"line": int(item.position.removeprefix("line ")), "error": item.reason}
            else:
                line = {"id": item.mention_id, "retraction": True}
            out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    out.flush()


def _line(enriched: Enriched | None) -> dict[str, Any]:
    assert enriched is not None
    return {
        "id": enriched.mention.id,
        "lang": enriched.lang,
        "sentiment": {
            "label": enriched.sentiment,
            "score": enriched.sentiment_score,
            "unsure": enriched.sentiment_unsure,
        },
        "misinformation": {
            "flagged": enriched.misinformation,
            "score": enriched.misinformation_score,
            "reasons": [_reason(reason) for reason in enriched.misinformation_reasons],
        },
        "watches": list(enriched.watches),
        "narrative": enriched.narrative,
        "urgent": list(enriched.urgent),
        "vip": enriched.vip,
    }


def _reason(reason: Reason) -> dict[str, str]:
    fields = {"kind": reason.kind, "value": reason.value, "id": reason.id, "answer": reason.answer}
    return {name: value for name, value in fields.items() if value is not None}
