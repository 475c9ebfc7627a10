"""What stands behind a report, as a table for other tools: its mentions, or its hours."""

from __future__ import annotations

from typing import Final, Literal

from streams.endpoint.client import Asker
from streams.report.data import Span
from streams.store import rows as records

Kind = Literal["mentions", "hours"]
Format = Literal["csv", "parquet"]

_FORMATS: Final = {"csv": "CSVWithNames", "parquet": "Parquet"}
# A spreadsheet runs a cell that begins like this; the text itself stays whole in Parquet.
_FORMULA: Final = "if(match(text, '^[=+@\\\\t\\\\r-]'), concat('''', text), text)"
_MENTIONS: Final = """
SELECT id, platform, kind, url, {text} AS text, created_at, counted_at, lang, author, author_followers, likes,
    reposts, replies, sentiment, sentiment_score, sentiment_unsure, misinformation, misinformation_score,
    misinformation_reasons, narrative, watches, hashtags, domains, urgent, vip
FROM (SELECT * FROM mentions
    WHERE counted_at >= fromUnixTimestamp64Milli({{since_ms:Int64}}, 'UTC')
      AND counted_at < fromUnixTimestamp64Milli({{until_ms:Int64}}, 'UTC')
      AND ({{watch:String}} = '' OR has(watches, {{watch:String}})))
ORDER BY counted_at, id
"""
_HOURS: Final = """
SELECT * FROM volume_hourly
WHERE hour >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND hour < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
  AND ({watch:String} = '' OR watch = {watch:String})
ORDER BY watch, hour
"""


def table(asker: Asker, span: Span, kind: Kind, output: Format) -> bytes:
    """Raises StoreError: too many rows for one answer, or the store cannot be asked."""
    sql = _HOURS if kind == "hours" else _MENTIONS.format(text=_FORMULA if output == "csv" else "text")
    params = {
        "since_ms": records.unix_ms(span.since),
        "until_ms": records.unix_ms(span.until),
        "watch": span.watch or "",
    }
    return asker.select(sql, format=_FORMATS[output], params=params)
