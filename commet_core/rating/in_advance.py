"""What is paid in advance beside the base price, and earned by day over its interval (billing-rules 13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.rounding import part_half_up


class PaidAhead(NamedTuple):
    """Payments, one entry each: int64.

    segments, last_segments  where the days that it pays for begin, and where they end: its interval goes on no further
    from_days, until_days    day numbers: the first that it pays for, and the one after the last
    amounts                  nanos
    before                   bool: it was paid before the window
    ended                    bool: nothing is left of it after its last segment, also where the window ends with that
    """

    segments: np.ndarray
    last_segments: np.ndarray
    from_days: np.ndarray
    until_days: np.ndarray
    amounts: np.ndarray
    before: np.ndarray
    ended: np.ndarray

    @classmethod
    def together(cls, payments: Sequence[PaidAhead]) -> PaidAhead:
        """Those of several, one after the other."""
        none = cls(*(np.empty(0, kind) for kind in (*[np.int64] * 5, np.bool_, np.bool_)))
        return cls(*(np.concatenate(columns) for columns in zip(none, *payments, strict=True)))


@compiled
def earn_ahead(paid: PaidAhead, last_spans, start_days, end_days):  # type: ignore[no-untyped-def]
    """What payments earn in spans, leave outstanding at their ends, and had outstanding before the first: int64 nanos.

    last_spans: bool, one per span: the customer's last. What ends before its days are over is earned then, save at the
    window's end. `segments` and `last_segments` are places of spans.
    """
    earned = np.zeros(len(start_days), np.int64)
    outstanding = np.zeros(len(start_days), np.int64)
    opening = np.zeros(len(start_days), np.int64)
    for row in range(len(paid.segments)):
        amount, first, last = paid.amounts[row], paid.segments[row], paid.last_segments[row]
        days = max(1, paid.until_days[row] - paid.from_days[row])
        left = amount
        if paid.before[row]:
            left -= _earned(amount, start_days[first] - paid.from_days[row], days)
            opening[first] += left
        for span in range(first, last + 1):
            left_after = amount - _earned(amount, end_days[span] - paid.from_days[row], days)
            if span == last and (paid.ended[row] or not last_spans[span]):
                left_after = 0
            earned[span] += left - left_after
            outstanding[span] += left_after
            left = left_after
    return earned, outstanding, opening


@compiled
def _earned(amount, days_passed, days):  # type: ignore[no-untyped-def]
    """What has been earned of an amount for so many days when some of them have passed."""
    return part_half_up(amount, max(0, min(days_passed, days)), days)
