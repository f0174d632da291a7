"""Some of a usage's customers, as a usage of their own that shares its columns."""

from __future__ import annotations

from commet_core.usage.usage import Usage


def usage_of(usage: Usage, first: int, last: int) -> Usage:
    """The usage of the customers from `first` to before `last`, by their places. Nothing is copied."""
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
