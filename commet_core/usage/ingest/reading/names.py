"""Compiled coding of texts: each different text of a column gets a number, in the order in which it is first seen.

Reading the texts of customers is the dearest part of reading usage. Here each is hashed once, where it lies in Arrow's
buffer, and compared with the one text that has its place in the table; texts are never sorted nor made Python objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.arrow import text_buffers
from commet_core.foundation.compiled import compiled, compiled_for_many, step
from commet_core.usage.ingest.recognise.nothing_words import STAND_FOR_NOTHING

EMPTY: Final = -1
_FIRST_SLOTS: Final = 1 << 10
_FIRST_BYTES: Final = 1 << 14
_SPACE: Final = 32
_SEEDS: Final = (np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344))
_FACTORS: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


class _Words(NamedTuple):
    """Words in small letters of ASCII.

    offsets, letters  as they lie in memory
    are_like          bool, by length and first letter: whether there is such a word, so that few texts are compared with any
    """

    offsets: np.ndarray
    letters: np.ndarray
    are_like: np.ndarray

    @classmethod
    def of(cls, words: Sequence[str]) -> _Words:
        are_like = np.zeros((max(map(len, words)) + 1, 256), bool)
        are_like[[len(word) for word in words], [ord(word[0]) for word in words]] = True
        return cls(*text_buffers(pa.array(words, pa.string())), are_like)


_NOTHING: Final = _Words.of(STAND_FOR_NOTHING)


class _Table(NamedTuple):
    """An open-addressed hash table.

    slots    int32, a power of two of them: the code that has the place, or EMPTY
    hashes   uint64, one per code
    ends     int64, codes + 1: the bytes of code c are ends[c] to ends[c + 1]
    letters  uint8: the bytes of all texts
    """

    slots: np.ndarray
    hashes: np.ndarray
    ends: np.ndarray
    letters: np.ndarray


class Names:
    """The different texts of a column. `len` counts them; `blank` are the codes of texts with nothing but spaces."""

    def __init__(self) -> None:
        self.blank: list[int] = []
        self._count = 0
        self._table = _Table(
            np.full(_FIRST_SLOTS, EMPTY, np.int32),
            np.empty(_FIRST_SLOTS // 2, np.uint64),
            np.zeros(_FIRST_SLOTS // 2 + 1, np.int64),
            np.empty(_FIRST_BYTES, np.uint8),
        )

    def __len__(self) -> int:
        return self._count

    def codes_of(self, texts: pa.Array) -> np.ndarray:
        """int32, the code of each text; new texts get the next codes. texts: UTF-8 strings, none of them null."""
        offsets, letters = text_buffers(texts)
        codes = np.empty(len(texts), np.int32)
        done, known = 0, self._count
        while done < len(texts):
            done, self._count = _encode(offsets, letters, codes, done, self._count, self._table)
            if done < len(texts):
                self._grow(int(offsets[done + 1] - offsets[done]))
        if self._count > known:
            empty = np.asarray(pc.equal(trimmed(self.texts(known)), ""))
            self.blank.extend((known + np.flatnonzero(empty)).tolist())
        return codes

    def is_blank(self, codes: np.ndarray) -> np.ndarray | None:
        """Whether there is nothing in each text; None where no text is like that."""
        found = np.isin(codes, self.blank) if self.blank else None
        return found if found is not None and found.any() else None

    def texts(self, first: int = 0) -> pa.Array:
        """The texts from a code on, in the order of their codes."""
        ends = self._table.ends[first : self._count + 1]
        buffers = [None, pa.py_buffer(ends.copy() - ends[0]), pa.py_buffer(self._table.letters[ends[0] : ends[-1]].copy())]
        return pa.Array.from_buffers(pa.large_string(), len(ends) - 1, buffers).cast(pa.string())

    def _grow(self, room: int) -> None:
        """Doubles what is full, until one more text of `room` bytes fits."""
        slots, hashes, ends, letters = self._table
        if self._count == len(hashes):
            slots = np.full(2 * len(slots), EMPTY, np.int32)
            hashes, ends = (np.concatenate([column, np.zeros(len(hashes), column.dtype)]) for column in (hashes, ends))
            _place(slots, hashes, self._count)
        needed = int(ends[self._count]) + room
        if needed > len(letters):
            letters = np.concatenate([letters, np.empty(max(len(letters), needed - len(letters)), np.uint8)])
        self._table = _Table(slots, hashes, ends, letters)


def trimmed(texts: pa.Array) -> pa.Array:
    """The texts without the spaces around them."""
    return pc.utf8_trim_whitespace(texts)


def text_hashes(texts: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two uint64 hashes of each text without the spaces around it, together as good as the text itself; and whether it has one.

    A null, a text with nothing but spaces, and one that stands for nothing (`NULL`) are none.
    """
    offsets, letters = text_buffers(texts)
    count = len(texts)
    ones, others, present = np.empty(count, np.uint64), np.empty(count, np.uint64), np.empty(count, bool)
    _hash_texts(offsets, letters, ones, others, present, _NOTHING)
    if texts.null_count:
        present &= np.asarray(texts.is_valid())
    return ones, others, present


@compiled_for_many("codes")
def _encode(offsets, letters, codes, first, count, table: _Table):  # type: ignore[no-untyped-def]
    """Codes from the text `first` on; stops where the table is full. Returns the first text without a code, and the count."""
    mask = len(table.slots) - 1
    for text in range(first, len(codes)):
        start, end = offsets[text], offsets[text + 1]
        hashed = _hash(letters, start, end, _SEEDS[0], _FACTORS[0])
        slot = np.int64(hashed) & mask
        code = table.slots[slot]
        while code != EMPTY and not (table.hashes[code] == hashed and _same(table, code, letters, start, end)):
            slot = (slot + 1) & mask
            code = table.slots[slot]
        if code == EMPTY:
            if count == len(table.hashes) or table.ends[count] + end - start > len(table.letters):
                return text, count
            code = count
            table.slots[slot] = code
            table.hashes[code] = hashed
            table.ends[code + 1] = table.ends[code] + end - start
            for letter in range(end - start):
                table.letters[table.ends[code] + letter] = letters[start + letter]
            count += 1
        codes[text] = code
    return len(codes), count


@compiled
def _place(slots, hashes, count):  # type: ignore[no-untyped-def]
    mask = len(slots) - 1
    for code in range(count):
        slot = np.int64(hashes[code]) & mask
        while slots[slot] != EMPTY:
            slot = (slot + 1) & mask
        slots[slot] = code


@compiled_for_many("code")
def _same(table: _Table, code, letters, start, end):  # type: ignore[no-untyped-def]
    first = table.ends[code]
    if table.ends[code + 1] - first != end - start:
        return False
    for letter in range(end - start):  # noqa: SIM110  (compiled: no generators)
        if table.letters[first + letter] != letters[start + letter]:
            return False
    return True


@compiled_for_many("ones")
def _hash_texts(offsets, letters, ones, others, present, nothing: _Words):  # type: ignore[no-untyped-def]
    for text in range(len(ones)):
        start, end = offsets[text], offsets[text + 1]
        while start < end and letters[start] == _SPACE:
            start += 1
        while start < end and letters[end - 1] == _SPACE:
            end -= 1
        present[text] = end > start and not _is_word(letters, start, end, nothing)
        ones[text] = _hash(letters, start, end, _SEEDS[0], _FACTORS[0])
        others[text] = _hash(letters, start, end, _SEEDS[1], _FACTORS[1])


@step
def _is_word(letters, start, end, words: _Words):  # type: ignore[no-untyped-def]
    """Whether some bytes, one at least, are one of the words, in letters of any case."""
    length = end - start
    if length >= len(words.are_like) or not words.are_like[length, _small(letters[start])]:
        return False
    for word in range(len(words.offsets) - 1):
        first = words.offsets[word]
        if words.offsets[word + 1] - first == length:
            letter = 0
            while letter < length and _small(letters[start + letter]) == words.letters[first + letter]:
                letter += 1
            if letter == length:
                return True
    return False


@step
def _small(letter):  # type: ignore[no-untyped-def]
    return letter + 32 if 65 <= letter <= 90 else letter


@compiled_for_many("start")
def _hash(letters, start, end, seed, factor):  # type: ignore[no-untyped-def]
    """A 64-bit hash of some bytes, eight at a time."""
    hashed = seed ^ np.uint64(end - start)
    position = start
    while position + 8 <= end:
        word = np.uint64(0)
        for letter in range(8):
            word |= np.uint64(letters[position + letter]) << np.uint64(8 * letter)
        hashed = (hashed ^ word) * factor
        hashed ^= hashed >> np.uint64(29)
        position += 8
    word = np.uint64(0)
    while position < end:
        word = (word << np.uint64(8)) | np.uint64(letters[position])
        position += 1
    hashed = (hashed ^ word) * factor
    hashed ^= hashed >> np.uint64(32)
    hashed *= np.uint64(0xFF51AFD7ED558CCD)
    return hashed ^ (hashed >> np.uint64(33))
