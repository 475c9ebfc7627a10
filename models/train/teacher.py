"""Embeddings for training: texts flow in, one vector a text flows out, computed once.

The encoders come from `models/train/requirements.txt`; a running Vigie of the `fast` kind needs neither.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.encoders import WIDTHS, Encoder, EncoderName, Vectors, prepare

CHUNK = 512


def embeddings(name: EncoderName, texts: Sequence[str], cache: Path) -> Vectors:
    """Shape (len(texts), width).

    What the cache file (SQLite) lacks is computed and stored, chunk by chunk.
    """
    keys = [hashlib.sha256(f"{name}\0{prepare(text)}".encode()).digest()[:16] for text in texts]
    cache.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(cache, timeout=60) as store:
        store.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        known = {key for (key,) in store.execute("SELECT key FROM vector")}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        order = sorted(missing, key=lambda key: (len(missing[key]), missing[key]))
        encoder = Encoder(name) if order else None
        for start in range(0, len(order), CHUNK):
            chunk = order[start : start + CHUNK]
            assert encoder is not None
            vectors = encoder.encode([missing[key] for key in chunk])
            rows = [(key, vector.tobytes()) for key, vector in zip(chunk, vectors, strict=True)]
            store.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
            store.commit()
        found = np.empty((len(texts), WIDTHS[name]), dtype=np.float32)
        for row, key in enumerate(keys):
            (blob,) = store.execute("SELECT value FROM vector WHERE key = ?", (key,)).fetchone()
            found[row] = np.frombuffer(blob, dtype=np.float32)
    return found
