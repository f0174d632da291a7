"""What kernels take for granted of a usage, checked where it comes from a file: indexes in bounds, times in order."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.compiled import compiled
from commet_core.foundation.parallel import customer_ranges, in_ranges
from commet_core.usage.tokens import NO_MODEL, TOKENS_MAX
from commet_core.usage.usage import TOTAL_MAX, Usage

_DAY: Final = 86_400_000_000
_TIME_MIN: Final = -719_162 * _DAY
_TIME_END: Final = 2_932_897 * _DAY
"""The years 1 to 9999, in microseconds since 1970."""


def check_bounds(usage: Usage) -> None:
    """One pass over all events. Raises ValueError, with what is wrong, where a kernel would read or write beyond an array."""
    offsets = usage.offsets
    if offsets[0] != 0 or offsets[-1] != usage.event_count or (offsets[1:] < offsets[:-1]).any():
        raise ValueError("the events of its customers do not follow one another")
    if usage.customers.null_count or not pc.all(pc.less(usage.customers[:-1], usage.customers[1:]), min_count=0).as_py():
        raise ValueError("its customers are not in order")
    columns = offsets, usage.times, usage.feature_indexes, usage.values
    ranges = customer_ranges(offsets[:-1], usage.event_count)
    if any(in_ranges(lambda first, last: _is_wrong(*columns, len(usage.features), first, last), ranges)):
        raise ValueError("an event has a feature, a time or a value that cannot be")
    if usage.tokens is not None:
        _check_tokens(usage.tokens.model_indexes, len(usage.tokens.models), usage.tokens[2:])


def check_whole(column: pa.Array, kind: np.dtype) -> None:
    """Raises ValueError unless the column has an entry of this type for every row: a null would stand for any number."""
    column.validate()
    if column.null_count or np.asarray(column).dtype != kind:
        raise ValueError("a column has entries that are missing")


def _check_tokens(indexes: np.ndarray, model_count: int, counts: tuple[np.ndarray, ...]) -> None:
    if len(indexes) and not NO_MODEL <= int(indexes.min()) <= int(indexes.max()) < model_count:
        raise ValueError("an event has a model that cannot be")
    if any(len(column) and not 0 <= int(column.min()) <= int(column.max()) <= TOKENS_MAX for column in counts):
        raise ValueError("an event has a number of tokens that cannot be")


@compiled
def _is_wrong(offsets, times, features, values, feature_count, first, last):  # type: ignore[no-untyped-def]
    """Whether an event of these customers has a feature, a time or a value that cannot be, or their values add up to too much."""
    for customer in range(first, last):
        before, total = _TIME_MIN, 0
        for event in range(offsets[customer], offsets[customer + 1]):
            if features[event] < 0 or features[event] >= feature_count:
                return True
            if times[event] < before or times[event] >= _TIME_END:
                return True
            if not -TOTAL_MAX < values[event] < TOTAL_MAX or abs(values[event]) >= TOTAL_MAX - total:
                return True
            before = times[event]
            total += abs(values[event])  # of a correction too: it is taken from what is used
    return False
