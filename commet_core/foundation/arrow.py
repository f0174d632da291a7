"""Arrow columns over our own integers: the types of amounts, units and times, and decimals without arithmetic."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa

from commet_core.foundation.compiled import compiled, read_only
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, minor_decimals
from commet_core.foundation.sums import is_nothing

TIME = pa.timestamp("us", tz="UTC")
UNIT_TYPE = pa.decimal128(24, MICRO_DECIMALS)
PRICE_TYPE = pa.decimal128(24, NANO_DECIMALS)
DECIMAL_BYTES = 16
ZERO_BYTES_MIN = 1 << 24
"""Of zeros as many are asked for as most columns need, so that these share them."""


def amount_type(currency: str) -> pa.DataType:
    """The type of rounded amounts in a currency: as many decimals as its minor unit has."""
    return amount_type_of(minor_decimals(currency))


def amount_type_of(places: int) -> pa.DataType:
    """The type of rounded amounts with so many decimals."""
    return pa.decimal128(20, places)


def concatenated(parts: Sequence[pa.Table]) -> pa.Table:
    """One table of many with the same columns. Texts that all of them have in common are not looked at again."""
    whole = pa.concat_tables(parts)
    columns = [column if _same_texts(column) else column.unify_dictionaries() for column in whole.columns]
    return pa.Table.from_arrays(columns, schema=whole.schema)


def _same_texts(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_dictionary(column.type):
        return True
    return all(chunk.dictionary.equals(column.chunk(0).dictionary) for chunk in column.chunks)


def without_dictionaries(table: pa.Table) -> pa.Table:
    """The table with its texts written out, as every reader knows them."""
    fields = [field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields))


def decimals(digits: np.ndarray, kind: pa.DataType) -> pa.Array:
    """An Arrow decimal128 array over int64 digits, sign-extended to 128 bits in place of any arithmetic.

    Columns with nothing but zeros, of which results have many, share their bytes.
    """
    if is_nothing(digits) or not digits.any():
        return pa.Array.from_buffers(kind, len(digits), [None, _zeros(DECIMAL_BYTES * len(digits))])
    words = np.empty((len(digits), 2), np.int64)
    _extend_signs(read_only(np.ascontiguousarray(digits, np.int64)), words)
    return pa.Array.from_buffers(kind, len(digits), [None, pa.py_buffer(words)])


@compiled
def _extend_signs(digits, words):  # type: ignore[no-untyped-def]
    for row in range(len(digits)):
        words[row, 0] = digits[row]
        words[row, 1] = digits[row] >> 63


def text_buffers(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """A string array as it lies in memory: offsets (int32, texts + 1) and bytes."""
    assert texts.type in (pa.string(), pa.large_string())
    width = np.int32 if texts.type == pa.string() else np.int64
    _, offsets, letters = texts.buffers()
    offsets = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(letters or b"", np.uint8)


def places(values: np.ndarray) -> pa.Array:
    """An Arrow array over int64. `pa.array` would look for masks first, and import a tenth of a short command for it."""
    values = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def nulls(count: int, kind: pa.DataType) -> pa.Array:
    """A column of decimals without any."""
    return pa.Array.from_buffers(kind, count, [_zeros(count), _zeros(DECIMAL_BYTES * count)], null_count=count)


def _zeros(size: int) -> pa.Buffer:
    """So many zero bytes, shared by all columns: pages of memory that nobody writes to take none."""
    return _zero_pages(max(size, ZERO_BYTES_MIN).bit_length())[:size]


@lru_cache(maxsize=4)
def _zero_pages(bits: int) -> pa.Buffer:
    return pa.py_buffer(mmap.mmap(-1, 2**bits))
