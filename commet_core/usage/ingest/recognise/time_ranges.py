"""Times that are ranges in one cell, `2026-03-01 - 2026-03-31`: a row is a total, and stands on the first day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from commet_core.foundation.patterns import late_pattern

_DATE: Final = (
    r"(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{1,2}\.? [A-Za-z]{3,9}\.? \d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{1,2}-[A-Za-z]{3}-\d{2,4})"
    r"(?:[T ]\d{1,2}:\d\d[^/–—→]*?)?"
)
_BETWEEN: Final = r"(?:\s+(?:-|to|bis|until|till|through|thru|au|al|tot)\s+|\s*(?:–|—|→|\.\.+)\s*|/|-)"
RANGE: Final = rf"(?i)^\s*({_DATE}){_BETWEEN}({_DATE})\s*$"
"""Its groups are the first day and the last, in the grammar of Python and of DuckDB."""

_RANGE: Final = late_pattern(RANGE)


def are_ranges(values: Iterable[str]) -> bool:
    """Whether one of the times is a range."""
    return any(_RANGE.match(value) for value in values)
