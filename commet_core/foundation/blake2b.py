"""BLAKE2b of many texts at once (RFC 7693), where they lie in Arrow's buffer: hashlib's, without a Python object for each."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled, step

DIGEST_BYTES: Final = 8
BLOCK_BYTES: Final = 128

_START: Final = np.array(
    [
        *(0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1),
        *(0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179),
    ],
    np.uint64,
)
_PARAMETERS: Final = np.uint64(0x01010000 ^ DIGEST_BYTES)
_ORDER: Final = np.array(
    [
        *(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
        *(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
        *(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
        *(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
        *(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
        *(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
        *(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
        *(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
        *(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
        *(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
    ],
    np.int64,
).reshape(10, 16)
_LANES: Final = np.array(
    [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]]
)
_ROUNDS: Final = 12


@compiled
def hash_texts(start, offsets, letters, hashes):  # type: ignore[no-untyped-def]
    """Fills in the first 8 bytes of each text's hash, as a number in little-endian order.

    start    uint8: what stands before each text
    offsets  texts + 1: the bytes of text t are letters[offsets[t]] to before letters[offsets[t + 1]]
    hashes   uint64, one per text
    """
    block, state, work = np.zeros(16, np.uint64), np.zeros(8, np.uint64), np.zeros(16, np.uint64)
    for text in range(len(hashes)):
        first, length = offsets[text], len(start) + offsets[text + 1] - offsets[text]
        state[:] = _START
        state[0] ^= _PARAMETERS
        done = 0
        while True:
            last = done + BLOCK_BYTES >= length
            _read(start, letters, first, length, done, block)
            done = length if last else done + BLOCK_BYTES
            _mix(block, state, work, done, last)
            if last:
                break
        hashes[text] = state[0]


@step
def _read(start, letters, first, length, done, block):  # type: ignore[no-untyped-def]
    """The next block of a text, in which zeros stand after the end."""
    block[:] = 0
    for place in range(done, min(length, done + BLOCK_BYTES)):
        letter = start[place] if place < len(start) else letters[first + place - len(start)]
        block[(place - done) >> 3] |= np.uint64(letter) << np.uint64(8 * (place & 7))


@step
def _mix(block, state, work, done, last):  # type: ignore[no-untyped-def]
    for place in range(8):
        work[place], work[place + 8] = state[place], _START[place]
    work[12] ^= np.uint64(done)
    if last:
        work[14] = ~work[14]
    for turn in range(_ROUNDS):
        for lane in range(8):
            a, b, c, d = _LANES[lane]
            one, other = block[_ORDER[turn % 10, 2 * lane]], block[_ORDER[turn % 10, 2 * lane + 1]]
            work[a] += work[b] + one
            work[d] = _turned(work[d] ^ work[a], 32)
            work[c] += work[d]
            work[b] = _turned(work[b] ^ work[c], 24)
            work[a] += work[b] + other
            work[d] = _turned(work[d] ^ work[a], 16)
            work[c] += work[d]
            work[b] = _turned(work[b] ^ work[c], 63)
    for place in range(8):
        state[place] ^= work[place] ^ work[place + 8]


@step
def _turned(word, bits):  # type: ignore[no-untyped-def]
    return (word >> np.uint64(bits)) | (word << np.uint64(64 - bits))
