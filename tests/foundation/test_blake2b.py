"""The hashes of many texts are those of hashlib, one by one."""

from hashlib import blake2b

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from commet_core.foundation.blake2b import BLOCK_BYTES, DIGEST_BYTES, hash_texts

LENGTHS = (0, 1, 7, 8, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES, 1000)


def hashes(start: bytes, texts: list[bytes]) -> list[int]:
    ends = np.cumsum([0, *map(len, texts)])
    found = np.zeros(len(texts), np.uint64)
    hash_texts(np.frombuffer(start, np.uint8), ends.astype(np.int32), np.frombuffer(b"".join(texts), np.uint8), found)
    return found.tolist()


def by_hashlib(start: bytes, texts: list[bytes]) -> list[int]:
    return [int.from_bytes(blake2b(start + text, digest_size=DIGEST_BYTES).digest(), "little") for text in texts]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40), st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_any_texts(start: bytes, texts: list[bytes]) -> None:
    assert hashes(start, texts) == by_hashlib(start, texts)


def test_texts_that_end_where_a_block_does() -> None:
    texts = [bytes(place % 251 for place in range(length)) for length in LENGTHS]
    for start in (b"", b"7:", bytes(BLOCK_BYTES), bytes(BLOCK_BYTES - 8)):
        assert hashes(start, texts) == by_hashlib(start, texts)


def test_texts_in_the_midst_of_a_column() -> None:
    column = pa.array(["one", "zwei", "três", "", "five"]).slice(1, 3)
    _, ends, letters = column.buffers()
    found = np.zeros(3, np.uint64)
    hash_texts(np.frombuffer(b"0:", np.uint8), np.frombuffer(ends, np.int32)[1:5], np.frombuffer(letters, np.uint8), found)
    assert found.tolist() == by_hashlib(b"0:", [b"zwei", "três".encode(), b""])
