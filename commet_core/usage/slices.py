"""Some of a usage's customers, as a usage of their own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.usage.usage import Usage


def usage_of(usage: Usage, first: int, last: int) -> Usage:
    """The usage of the customers from `first` to before `last`, by their places. Nothing is copied: it shares the columns."""
    offsets = usage.offsets[first : last + 1]
    own = slice(int(offsets[0]), int(offsets[-1]))
    return Usage(
        usage.customers[first:last],
        usage.features,
        offsets - offsets[0],
        usage.times[own],
        usage.feature_indexes[own],
        usage.values[own],
        None if usage.tokens is None else usage.tokens.slice(own),
    )


def usage_of_chosen(usage: Usage, chosen: np.ndarray) -> Usage:
    """The usage of some customers, whose events are copied. chosen: bool, one per customer."""
    counts = np.diff(usage.offsets)
    keep = np.repeat(chosen, counts)
    tokens = usage.tokens
    return Usage(
        usage.customers.filter(pa.array(chosen)),
        usage.features,
        np.concatenate([[0], np.cumsum(counts[chosen])]).astype(np.int64),
        usage.times[keep],
        usage.feature_indexes[keep],
        usage.values[keep],
        None if tokens is None else tokens.slice(keep),
    )
