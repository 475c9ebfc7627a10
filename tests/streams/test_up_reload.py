"""`vigie up` and SIGHUP: of a file that is refused, whatever refuses it, no platform hears."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import cast

import pytest

from connectors.base import SystemClock
from tests.servers.timewarp import WarpClock
from tests.servers.up import Up, until
from tests.servers.x_server import BEARER, XServer
from tests.tiny_onnx import make_folder

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

WATCHES = """\
version: 1
language: en
{more}
watches: [{{name: w, query: {query}}}]
connectors:
  x: {{api: "{x}", bearer_env: UP_BEARER}}
"""
REFUSED = "the old watches stay in force: sentiment: "


def test_a_file_that_the_pipeline_refuses_leaves_the_rules_at_x_as_they_were(tmp_path: Path) -> None:
    # It has the files of a model, and only who loads them sees that they are none.
    (make_folder(tmp_path / "own") / "model.onnx").write_bytes(b"no model")

    async def body() -> None:
        # This server only asks its clock for the time: here it is the real one.
        x = XServer(cast("WarpClock", SystemClock()))

        def write(query: str, more: str = "") -> None:
            (tmp_path / "watches.yaml").write_text(WATCHES.format(x=x.base, query=query, more=more))

        def asked() -> list[str]:
            return [rule["value"] for rule in x.rules.values()]

        up = Up(tmp_path, re.compile(r"(listening: x)"), {"UP_BEARER": BEARER})
        async with x.serve():
            write("crue")
            await up.start()
            try:
                await until(lambda: asked() == ["crue"] and len(x.queries) == 1, "X is listened to")
                rules = dict(x.rules)
                write("digue", "sentiment: {onnx: own}")
                up.reload()
                await until(lambda: REFUSED in up.said() or len(x.queries) > 1, "it is refused")
                assert x.rules == rules
                assert len(x.queries) == 1, "the stream went on"
                write("barrage")
                up.reload()
                await until(
                    lambda: asked() == ["barrage"] and len(x.queries) == 2, "the next one is followed"
                )
                assert up.said().count("watches read again") == 1
            finally:
                assert await up.end(signal.SIGTERM) == 0, up.said()

    asyncio.run(body())
