"""Arrow columns over our own integers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from commet_core.foundation.arrow import UNIT_TYPE, ZERO_BYTES_MIN, decimals, nulls


@pytest.mark.parametrize("digits", [[], [0], [0, 0, 1], [-1, 0], [2**63 - 1, -(2**63)]])
def test_decimals_are_the_digits_with_their_point(digits: list[int]) -> None:
    column = decimals(np.array(digits, np.int64), UNIT_TYPE)
    column.validate(full=True)
    assert column.to_pylist() == [Decimal(number).scaleb(-6) for number in digits]


@pytest.mark.parametrize("count", [0, 1, 1_000, ZERO_BYTES_MIN // 16 + 1])
def test_zeros_and_nulls_are_as_many_as_are_asked_for(count: int) -> None:
    zeros, absent = decimals(np.zeros(count, np.int64), UNIT_TYPE), nulls(count, UNIT_TYPE)
    for column in (zeros, absent):
        column.validate(full=True)
        assert len(column) == count
    assert zeros.null_count == 0
    assert absent.null_count == count
    assert zeros.equals(pa.array([Decimal(0)], UNIT_TYPE).take(pa.array(np.zeros(count, np.int64))))


def test_columns_of_zeros_share_their_bytes() -> None:
    one, other = (decimals(np.zeros(count, np.int64), UNIT_TYPE) for count in (10, 20))
    assert one.buffers()[1].address == other.buffers()[1].address
