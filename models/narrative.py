"""Which texts say nearly the same: a signature for each text, and groups of signatures.

A text is its set of pairs of neighbouring words. MinHash (Broder 1997) draws 24 numbers from the set
so that two texts agree in each with the probability of their Jaccard similarity `s`. Three numbers
make a band; two texts share a given one of the 8 bands with probability `s ** 3`. What leaves here is
the band keys alone: small enough to travel with every mention, and enough to group by.

A signature depends on the words and on nothing else: not on the batch, the process, the platform or
`PYTHONHASHSEED`. Its constants are part of the stored data: changing one renames every narrative.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import chain
from struct import Struct
from typing import Final, cast

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

BANDS: Final = 8
ROWS: Final = 3
MIN_WORDS: Final = 3
"""A text of fewer words has no signature: two words in common say nothing about copying."""

MIN_SHARED_BANDS: Final = 2
"""Bands in common from which on two texts count as nearly the same (see `cluster`)."""

TOO_SHORT: Final = -1
"""The group of a text without a signature."""

_Words64 = npt.NDArray[np.uint64]

# Blocks of this many texts keep the work in the processor's cache.
_BLOCK: Final = 2_048
_SHIFT: Final = np.uint64(32)
_ALL: Final = np.uint64(0xFFFFFFFF)

Signature = tuple[int, ...]

_PACKED: Final = Struct(f">{BANDS}I")


def _constants(count: int, seed: int) -> _Words64:
    """Odd 64-bit multipliers from splitmix64 (Steele, Lea, Flood 2014), so that no library chooses them."""
    values = []
    state = seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        values.append((mixed ^ (mixed >> 31)) | 1)
    return np.array(values, dtype=np.uint64)


_FIRST, _SECOND, *_ROW_FACTORS = _constants(2 + BANDS * ROWS, seed=1)
_BAND_FACTORS: Final = _constants(BANDS * ROWS, seed=2).reshape(BANDS, ROWS)


def signatures(token_lists: Sequence[Sequence[str]]) -> list[Signature]:
    """The signature of each text: 8 band keys below 2**32, or `()` for a text of fewer than 3 words.

    Texts go through numpy together: a batch of hundreds costs a tenth of as many single calls.
    """
    signed = [number for number, tokens in enumerate(token_lists) if len(tokens) >= MIN_WORDS]
    out: list[Signature] = [()] * len(token_lists)
    for start in range(0, len(signed), _BLOCK):
        block = signed[start : start + _BLOCK]
        keys = _band_keys([token_lists[number] for number in block])
        for number, signature in zip(block, map(tuple, keys.tolist()), strict=True):
            out[number] = signature
    return out


def _band_keys(token_lists: Sequence[Sequence[str]]) -> npt.NDArray[np.uint32]:
    """(texts, bands) of texts that have two words at least."""
    words = list(chain.from_iterable(token_lists))
    numbers = {word: zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in dict.fromkeys(words)}
    hashed = np.fromiter(map(numbers.__getitem__, words), dtype=np.uint64, count=len(words))
    lengths = np.fromiter(map(len, token_lists), dtype=np.int64, count=len(token_lists))
    ends = np.cumsum(lengths)

    pairs = hashed[:-1] * _FIRST + hashed[1:] * _SECOND
    pairs ^= pairs >> _SHIFT
    # The pair across the end of a text and the beginning of the next belongs to nobody.
    within = np.ones(len(pairs), dtype=bool)
    within[ends[:-1] - 1] = False
    pairs = pairs[within]
    starts = np.concatenate(([0], np.cumsum(lengths[:-1] - 1)))

    keys = np.empty((len(token_lists), BANDS), dtype=np.uint32)
    for band in range(BANDS):
        mixed = np.zeros(len(token_lists), dtype=np.uint64)
        for row in range(ROWS):
            drawn = np.minimum.reduceat((pairs * _ROW_FACTORS[band * ROWS + row]) >> _SHIFT, starts)
            mixed = (mixed ^ drawn) * _BAND_FACTORS[band, row]
            mixed ^= mixed >> _SHIFT
        keys[:, band] = (mixed & _ALL).astype(np.uint32)
    return keys


def narrative_name(signature: Signature) -> str:
    """A short stable name of a signature: 16 hexadecimal digits, empty for a text without one.

    The same words get the same name everywhere. A group is named after its smallest signature.
    """
    if not signature:
        return ""
    packed = _PACKED.pack(*signature)
    return f"{zlib.crc32(packed):08x}{zlib.crc32(packed[::-1]):08x}"


def cluster(signatures: Sequence[Signature]) -> list[int]:
    """The group of each signature: equal numbers say nearly the same, `TOO_SHORT` stands alone.

    Groups are numbered by their smallest signature, so that the answer for a post depends on which
    posts there are and not on their order. Two texts are joined when they share two bands: with one,
    texts that have a third of their pairs in common are joined one time in five, and joined in chains
    they soon are everybody; with two, one time in fifty, while copies with small changes
    (four fifths in common) are found 98 times in 100.
    """
    distinct = sorted({signature for signature in signatures if signature})
    if not distinct:
        return [TOO_SHORT] * len(signatures)
    labels = _components(np.array(distinct, dtype=np.int64))
    # Numbered by first appearance in sorted order: the rank of the group's smallest signature.
    rank: dict[int, int] = {}
    groups = {
        signature: rank.setdefault(label, len(rank))
        for signature, label in zip(distinct, labels, strict=True)
    }
    groups[()] = TOO_SHORT
    return [groups[signature] for signature in signatures]


def _components(keys: npt.NDArray[np.int64]) -> list[int]:
    """Connected components over (signatures, bands), rows sorted and distinct.

    Within a bucket (equal keys in one band) each signature is compared with the first and with the
    one before it, not with all: linear in the size of the bucket, and whoever shares two bands with a
    group meets it in several buckets.
    """
    lefts, rights = [], []
    for band in range(keys.shape[1]):
        # Stable: inside a bucket the rows keep their sorted order.
        order = np.argsort(keys[:, band], kind="stable")
        same = keys[order[1:], band] == keys[order[:-1], band]
        follows = np.flatnonzero(same) + 1
        heads = np.maximum.accumulate(np.where(np.concatenate(([False], same)), 0, np.arange(len(order))))
        for partners in (order[follows - 1], order[heads[follows]]):
            agree = (keys[order[follows]] == keys[partners]).sum(axis=1) >= MIN_SHARED_BANDS
            lefts.append(order[follows][agree])
            rights.append(partners[agree])
    left, right = np.concatenate(lefts), np.concatenate(rights)
    links = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(keys), len(keys)))
    return cast("list[int]", connected_components(links, directed=False)[1].tolist())
