"""Alerts of credits and balances where adjustments give and take (billing-rules 8.6, 15.5): what falls by one is told at its moment,
and a balance is measured by the last that was given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.engine.crossings import BALANCE_DEPLETED, BALANCE_LOW, COLUMNS, CREDITS_DEPLETED, CREDITS_LOW, NO_FEATURE
from commet_core.foundation.compiled import compiled
from commet_core.foundation.rows import with_room
from commet_core.rating.admission import ALLOWANCE_ADJUSTED, Additions, Ledger
from commet_core.rating.charges import Lots
from commet_core.rating.stops import additions_until
from commet_core.timeline.segments import Segments


class Adjusted(NamedTuple):
    """What adjustments do to stocks: int64, one entry per segment, but for what actions added and what was bought.

    granted   by the period
    in_force  bool, one per stage: it has billing periods
    money     the stock is a balance
    """

    granted: np.ndarray
    in_force: np.ndarray
    additions: Additions
    lots: Lots
    money: bool


@compiled
def _fall(rows, count, segment, at, left, last_grant, low, depleted, money):  # type: ignore[no-untyped-def]
    """Credits or a balance have fallen to what is left: tells what was not told before; how many rows, and what is told now."""
    if not low and last_grant > 0 and left <= last_grant // 10:
        rows[count] = (segment, at, NO_FEATURE, BALANCE_LOW if money else CREDITS_LOW)
        count += 1
        low = True
    if not depleted and left <= 0:
        rows[count] = (segment, at, NO_FEATURE, BALANCE_DEPLETED if money else CREDITS_DEPLETED)
        count += 1
        depleted = True
    return count, low, depleted


@compiled
def stock_falls(first_segment, last_segment, segments: Segments, times, ledger: Ledger, adjusted: Adjusted):  # type: ignore[no-untyped-def]
    """Rows of segment, microseconds, feature and alert for a range of segments, whose events the ledger holds."""
    rows, count = np.empty((16, COLUMNS), np.int64), 0
    lots, additions, money = adjusted.lots, adjusted.additions, adjusted.money
    lot = np.searchsorted(lots.segments, first_segment)
    addition = np.searchsorted(additions.segments, first_segment)
    for segment in range(first_segment, last_segment):
        low, depleted, by_actions = False, False, 0
        last_grant, in_force = adjusted.granted[segment], adjusted.in_force[segments.stages[segment]]
        last_event, last_addition = segments.last_events[segment], additions_until(additions, addition, segment)
        while lot < len(lots.segments) and lots.segments[lot] < segment:
            lot += 1
        for event in range(segments.first_events[segment], last_event + 1):
            rows = with_room(rows, count, 2 + 2 * (last_addition - addition))
            while addition < last_addition and additions.events[addition] <= event:
                amount = additions.applied[addition]
                by_actions += additions.kinds[addition] != ALLOWANCE_ADJUSTED and additions.amounts[addition] >= 0
                if money and amount > 0:
                    last_grant, low = amount, False
                if amount < 0 and in_force:
                    fallen = additions.left[addition], last_grant, low, depleted, money
                    count, low, depleted = _fall(rows, count, segment, additions.times[addition], *fallen)
                addition += 1
            if event == last_event:
                break
            while lot < len(lots.segments) and lots.segments[lot] == segment and lots.events[lot] <= event:
                if by_actions > 0:  # an action's, and looked at above
                    by_actions -= 1
                elif money:
                    last_grant, low = lots.quantities[lot], False
                lot += 1
            row = event - ledger.first_event
            if ledger.charged[row] > 0:
                left = ledger.left[row] + (0 if money else ledger.purchased[row])
                count, low, depleted = _fall(rows, count, segment, times[event], left, last_grant, low, depleted, money)
    return rows[:count].copy()
