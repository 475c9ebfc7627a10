"""One pass over a batch of posts that feeds every head: texts flow in, hashed n-grams and cues flow out.

A head is then one sparse product. Everything is done for the whole batch at once in numpy: folding by
table, character n-grams (2 to 5, not across white space) and word n-grams (1 and 2, and words under a
negation) hashed by one polynomial, weighed by a shipped idf and normalised a block. Linear in the
length of the texts, of which only the first `LONGEST_CHARS` characters are read.

The blocks differ from scikit-learn's HashingVectorizer(analyzer="char_wb") in the hash, in how white space is
folded, and in that repeats count towards the norm as if they were distinct; `tests/models/test_features.py`
holds the n-grams themselves to scikit-learn's.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.characters import (
    DROPPED,
    KIND_SYMBOL,
    KIND_WORD,
    LINK,
    NAME,
    SCRIPT_ARABIC,
    SCRIPT_LATIN,
    SCRIPT_OTHER,
    SIZE,
    SPACE,
    character_tables,
)
from models.polarity_words import BLAME, INTENSIFIERS, PRAISE

CHAR_BITS = 18
WORD_BITS = 17
CHAR_BUCKETS = 1 << CHAR_BITS
WORD_BUCKETS = 1 << WORD_BITS
CHAR_SIZES = (2, 3, 4, 5)

LONGEST_CHARS = 2_000

CUES = (
    "exclamations",
    "questions",
    "ellipses",
    "elongations",
    "capitals",
    "links",
    "names",
    "words",
    "negations",
    "emoji_positive",
    "emoji_negative",
    "praise",
    "blame",
)
"""Columns of `FeatureBatch.cues`: logarithms of counts, but for `capitals`, a share of the letters."""

_MULTIPLIER = np.uint32(0x01000193)
_POWERS = np.array([pow(int(_MULTIPLIER), place, 2**32) for place in range(64)], dtype=np.uint32)
"""A token's characters beyond the 64th share the last power."""
_SPREAD = np.uint32(0x9E3779B1)
_NEGATED = np.uint32(0x5BD1E995)

# After folding; an apostrophe ends a token, so "don't" is "don'" + "t" and "n'est" is "n'" + "est".
NEGATIONS = {
    "en": "ain' aren' can' couldn' didn' doesn' don' hadn' hasn' haven' isn' mustn' shouldn' wasn' weren' "
    "won' wouldn' cannot cant didnt doesnt dont isnt wont neither never no nobody none nor not nothing "
    "without",
    "fr": "aucun aucune guère jamais n' ne ni pas personne rien sans",
    "de": "kein keine keinem keinen keiner nicht nichts nie niemals niemand ohne weder",
    "es": "jamás nada nadie ni ningún ninguna ninguno nunca sin tampoco",
    "it": "mai neanche nessun nessuna nessuno niente non né senza",
    "pt": "nem nenhum nenhuma ninguém não sem",
    "ar": "بدون دون غير لا لم لن ليس ليست ليسوا ما مش مو",
}

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class FeatureBatch:
    """What a head may read of n texts, one row each.

    `chars` is CSR (n, CHAR_BUCKETS), `words` CSR (n, WORD_BUCKETS), float32, indices neither sorted nor
    unique within a row. `cues` is (n, len(CUES)). `latin`, `arabic` and `other` count letters by
    script.
    """

    chars: sparse.csr_matrix
    words: sparse.csr_matrix
    cues: npt.NDArray[np.float32]
    word_count: npt.NDArray[np.int64]
    latin: npt.NDArray[np.int64]
    arabic: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Idf:
    """How rare each bucket is, in both blocks; all ones until training has counted."""

    chars: npt.NDArray[np.float32]
    words: npt.NDArray[np.float32]


FLAT = Idf(np.ones(CHAR_BUCKETS, dtype=np.float32), np.ones(WORD_BUCKETS, dtype=np.float32))


def extract(texts: Sequence[str], idf: Idf = FLAT) -> FeatureBatch:
    """Features of a batch; any string is accepted, lone surrogates included."""
    count = len(texts)
    tables = character_tables()
    raw, rows = _code_points(texts)
    codes = tables.fold[raw]
    codes, kept, links, names = _stand_ins(codes)
    repeated = np.zeros(len(codes), dtype=np.bool_)
    repeated[2:] = (codes[2:] == codes[1:-1]) & (codes[2:] == codes[:-2]) & (codes[2:] != SPACE)
    kept &= ~repeated

    def per_text(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        return np.bincount(rows[mask], minlength=count)

    scripts = np.where(kept, tables.script[np.minimum(codes, SIZE - 1)], 0)
    upper = per_text(tables.upper[raw] & kept)
    elongations = per_text(repeated & (tables.kind[codes] == KIND_WORD))
    emoji_positive, emoji_negative = _emoji(tables.valence[codes] * kept, rows, count)
    latin, arabic, other = (
        per_text(scripts == script) for script in (SCRIPT_LATIN, SCRIPT_ARABIC, SCRIPT_OTHER)
    )
    letters = latin + arabic + other
    exclamations, questions = per_text((codes == ord("!")) & kept), per_text((codes == ord("?")) & kept)
    links_a_text, names_a_text = per_text(links), per_text(names)

    codes, rows = _compress(codes, rows, kept)
    chars = _char_block(codes, rows, count, idf.chars)
    tokens = _tokens(codes, rows)
    words = _word_block(tokens, count, idf.words)
    word_count = np.bincount(tokens.rows[tokens.is_word], minlength=count)
    ellipses = np.bincount(tokens.rows[tokens.is_ellipsis], minlength=count)
    negations = np.bincount(tokens.rows[tokens.negates], minlength=count)
    counted = (exclamations, questions, ellipses, elongations)
    capitals = upper / np.maximum(letters, 1)
    praise, blame = _polarity(tokens, count)
    also = (links_a_text, names_a_text, word_count, negations, emoji_positive, emoji_negative, praise, blame)
    cues = np.stack([*map(np.log1p, counted), capitals, *map(np.log1p, also)], axis=1).astype(np.float32)
    return FeatureBatch(chars, words, cues, word_count, latin, arabic, other)


def _emoji(
    valence: npt.NDArray[np.float32], rows: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The cheer and the gloom of each text's emoji; few characters are one."""
    at = np.flatnonzero(valence)
    valence, rows = valence[at], rows[at]
    cheer, gloom = (
        np.bincount(rows, weights=np.maximum(sign * valence, 0), minlength=count).astype(np.float64)
        for sign in (np.float32(1), np.float32(-1))
    )
    return cheer, gloom


def word_hashes(words: Sequence[str]) -> Words:
    """The hash that `extract` gives each word, for lists that heads keep; each must be one folded token."""
    hashes = [
        sum(ord(character) * int(power) for character, power in zip(word, _POWERS, strict=False)) % 2**32
        for word in words
    ]
    return np.array(hashes, dtype=np.uint32)


def _code_points(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """All characters in a row, a space before each text and one at the end, and the text each belongs to."""
    texts = [text if len(text) <= LONGEST_CHARS else text[:LONGEST_CHARS] for text in texts]
    joined = " ".join(["", *texts, ""])
    if not joined.isascii() and not unicodedata.is_normalized("NFC", joined):
        texts = [unicodedata.normalize("NFC", text) for text in texts]
        joined = " ".join(["", *texts, ""])
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
    lengths[-1:] += 1
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    return np.minimum(raw, SIZE - 1)[: len(rows)], rows


def _stand_ins(
    codes: npt.NDArray[np.uint32],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Links and @names become one character each; also says what to keep, and where those stood."""
    space = codes == SPACE
    start = ~space
    start[1:] &= space[:-1]
    ahead = np.concatenate([codes, np.zeros(4, dtype=codes.dtype)])
    size = len(codes)
    names = start & (codes == ord("@")) & (ahead[1 : size + 1] != SPACE)
    links = start & (codes == ord("h")) & (ahead[1 : size + 1] == ord("t"))
    links &= (ahead[2 : size + 2] == ord("t")) & (ahead[3 : size + 3] == ord("p"))
    kept = codes != DROPPED
    if names.any() or links.any():
        codes = codes.copy()
        token = np.cumsum(start) - 1
        hidden = (names | links)[np.flatnonzero(start)]
        kept &= ~hidden[np.maximum(token, 0)] | space | names | links
        codes[links] = LINK
        codes[names] = NAME
    kept[1:] &= ~(space[1:] & space[:-1])
    return codes, kept, links, names


def _compress(
    codes: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32], kept: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    codes, rows = codes[kept], rows[kept]
    # What was dropped may have stood between two spaces.
    doubled = np.zeros(len(codes), dtype=np.bool_)
    doubled[1:] = (codes[1:] == SPACE) & (codes[:-1] == SPACE)
    return (codes[~doubled], rows[~doubled]) if doubled.any() else (codes, rows)


def _char_block(
    codes: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32], count: int, idf: npt.NDArray[np.float32]
) -> sparse.csr_matrix:
    size = len(codes)
    longest = CHAR_SIZES[-1]
    if size < 2:
        return sparse.csr_matrix((count, CHAR_BUCKETS), dtype=np.float32)
    padded = np.concatenate([codes, np.full(longest, SPACE, dtype=codes.dtype)])
    solid = padded != SPACE
    hashes = np.empty((size, len(CHAR_SIZES)), dtype=np.uint32)
    valid = np.empty((size, len(CHAR_SIZES)), dtype=np.bool_)
    rolling = codes * _MULTIPLIER
    inside = np.ones(size, dtype=np.bool_)
    inside[-1] = False
    a_position = np.zeros(size, dtype=np.uint8)
    for column, length in enumerate(CHAR_SIZES):
        rolling = (rolling + padded[length - 1 : size + length - 1]) * _MULTIPLIER
        if length > 2:
            inside = inside & solid[length - 2 : size + length - 2]
        hashes[:, column] = rolling + np.uint32(length)
        valid[:, column] = inside
        a_position += inside
    # An n-gram that begins with the space before a text belongs to that text.
    owner = rows.copy()
    owner[:-1] = np.where(solid[: size - 1], rows[:-1], rows[1:])
    return _block(hashes[valid], _sums(owner, a_position, count), count, CHAR_BITS, idf)


@dataclass(frozen=True, slots=True)
class _Tokens:
    hashes: Words
    rows: npt.NDArray[np.int32]
    is_word: npt.NDArray[np.bool_]
    is_ellipsis: npt.NDArray[np.bool_]
    negates: npt.NDArray[np.bool_]
    negated: npt.NDArray[np.bool_]


def _tokens(codes: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32]) -> _Tokens:
    """Words, and runs of one symbol. An apostrophe ends its token."""
    kind = character_tables().kind[codes]
    start = kind > 0
    before = kind[:-1]
    start[1:] &= (kind[1:] != before) | (codes[:-1] == ord("'"))
    start[1:] |= (kind[1:] == KIND_SYMBOL) & (codes[1:] != codes[:-1])
    begins = np.flatnonzero(start)
    if not len(begins):
        none = np.zeros(0, dtype=np.bool_)
        return _Tokens(np.zeros(0, np.uint32), np.zeros(0, np.int32), none, none, none, none)
    solid = kind > 0
    token = np.cumsum(start) - 1
    offset = np.arange(len(codes)) - begins[np.maximum(token, 0)]
    powers = _POWERS[np.minimum(offset, len(_POWERS) - 1)]
    hashes = np.add.reduceat(np.where(solid, codes * powers, np.uint32(0)), begins, dtype=np.uint32)
    is_word = kind[begins] == KIND_WORD
    after = np.append(codes[1:], np.uint32(SPACE))[begins]
    is_ellipsis = (codes[begins] == 0x2026) | ((codes[begins] == ord(".")) & (after == ord(".")))
    owners = rows[begins]
    negates = _NEGATION_PREFIXES[hashes >> np.uint32(16)]
    maybe = np.flatnonzero(negates)
    negates[maybe] = np.isin(hashes[maybe], _NEGATION_HASHES)
    clause = np.cumsum(~is_word) + owners.astype(np.int64) * (len(begins) + 1)
    negated = np.zeros(len(begins), dtype=np.bool_)
    for back in (1, 2, 3):
        negated[back:] |= negates[:-back] & (clause[back:] == clause[:-back])
    return _Tokens(hashes, owners, is_word, is_ellipsis, negates, negated & is_word & ~negates)


def _polarity(tokens: _Tokens, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Praise and blame in each text: half as much again after an intensifier, turned round by a negation."""
    at = np.searchsorted(_POLAR_HASHES, tokens.hashes)
    known = _POLAR_HASHES[np.minimum(at, len(_POLAR_HASHES) - 1)] == tokens.hashes
    strength = np.where(known, _POLAR_SIGNS[np.minimum(at, len(_POLAR_HASHES) - 1)], 0.0)
    intense = np.isin(tokens.hashes, _INTENSE_HASHES)
    strength[1:] *= np.where(intense[:-1] & (tokens.rows[1:] == tokens.rows[:-1]), 1.5, 1.0)
    strength = np.where(tokens.negated, -0.75 * strength, strength)
    praise, blame = (
        np.bincount(tokens.rows, weights=np.maximum(sign * strength, 0), minlength=count).astype(np.float64)
        for sign in (1, -1)
    )
    return praise, blame


def _word_block(tokens: _Tokens, count: int, idf: npt.NDArray[np.float32]) -> sparse.csr_matrix:
    size = len(tokens.hashes)
    if not size:
        return sparse.csr_matrix((count, WORD_BUCKETS), dtype=np.float32)
    hashes = np.empty((size, 3), dtype=np.uint32)
    valid = np.ones((size, 3), dtype=np.bool_)
    hashes[:, 0] = tokens.hashes
    following = np.concatenate([tokens.hashes[1:], tokens.hashes[:1]])
    hashes[:, 1] = tokens.hashes * _SPREAD + following + np.uint32(1)
    valid[:-1, 1] = tokens.rows[1:] == tokens.rows[:-1]
    valid[-1, 1] = False
    hashes[:, 2] = tokens.hashes * _NEGATED + np.uint32(2)
    valid[:, 2] = tokens.negated
    a_token = valid[:, 1].astype(np.uint8) + tokens.negated + np.uint8(1)
    return _block(hashes[valid], _sums(tokens.rows, a_token, count), count, WORD_BITS, idf)


def _sums(rows: npt.NDArray[np.int32], numbers: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.int64]:
    return np.bincount(rows, weights=numbers, minlength=count).astype(np.int64)


def _block(
    hashes: Words, lengths: npt.NDArray[np.int64], count: int, bits: int, idf: npt.NDArray[np.float32]
) -> sparse.csr_matrix:
    """CSR rows of unit length (as far as no bucket repeats), each entry its bucket's idf."""
    mixed = (hashes ^ (hashes >> np.uint32(15))) * _SPREAD
    indices = (mixed >> np.uint32(32 - bits)).astype(np.int32)
    indptr = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(lengths, out=indptr[1:])
    data = idf[indices]
    filled = np.flatnonzero(lengths)
    scale = np.zeros(count, dtype=np.float32)
    if len(filled):
        scale[filled] = 1 / np.sqrt(np.add.reduceat(data * data, indptr[filled]))
    data *= np.repeat(scale, lengths)
    return sparse.csr_matrix((data, indices, indptr), shape=(count, 1 << bits), copy=False)


_NEGATION_HASHES = np.unique(word_hashes(" ".join(NEGATIONS.values()).split()))
_NEGATION_PREFIXES = np.zeros(1 << 16, dtype=np.bool_)
_NEGATION_PREFIXES[_NEGATION_HASHES >> np.uint32(16)] = True

_INTENSE_HASHES = np.unique(word_hashes(INTENSIFIERS.split()))
_PRAISE = {word for words in PRAISE.values() for word in words.split()}
_BLAME = {word for words in BLAME.values() for word in words.split()}
# A word that praises in one language and blames in another says nothing.
_POLAR_WORDS = sorted(_PRAISE ^ _BLAME)
_order = np.argsort(word_hashes(_POLAR_WORDS))
_POLAR_HASHES = word_hashes(_POLAR_WORDS)[_order]
_POLAR_SIGNS = np.array([1.0 if word in _PRAISE else -1.0 for word in _POLAR_WORDS])[_order]
