"""Where usage crosses a threshold of its period (billing-rules 15.5), event by event in the segments whose sums say that it does.

What is used of an allowance only grows, and what is left of a stock only falls by what is used of it: a segment whose usage does
not reach the threshold holds no alert, and its events are not looked at. Those of another are told from the purchases that
the replay has made, and from when a spend cap was reached: before then it has refused nothing. What only the model's kernel knows
is read off a ledger.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, read_only, step
from commet_core.foundation.rows import with_room
from commet_core.rating.admission import Events, Ledger, within_allowance
from commet_core.rating.charges import Lots
from commet_core.rating.spending import Spending, cost_of
from commet_core.rating.stops import changes_until
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import LIMITED, PRICED

QUOTA_THRESHOLD: Final = 0
QUOTA_EXCEEDED: Final = 1
CREDITS_LOW: Final = 2
CREDITS_DEPLETED: Final = 3
BALANCE_LOW: Final = 4
BALANCE_DEPLETED: Final = 5
SEATS_REACHED: Final = 6
SPEND_CAP_REACHED: Final = 7
"""Places in `vocabulary.ALERTS`."""

NO_FEATURE: Final = -1
COLUMNS: Final = 4
"""An alert is a row: segment, event, feature, which."""


class Quotas(NamedTuple):
    """What metered stages include: kinds and included as `MeteredRates` has them, and int64 micros served, one per cell.

    aggregate   rows are totals, served in part where not in whole (billing-rules 3.2)
    """

    events: Events
    kinds: np.ndarray
    included: np.ndarray
    served: np.ndarray
    aggregate: bool


class Stock(NamedTuple):
    """What a segment has to spend: int64, one entry per segment, credits or balance.

    granted  by the period
    begins   with what is granted, rolled in and in hand
    used     below zero too
    lots     what was bought
    money    it is a balance, whose last grant or top-up is what counts
    """

    granted: np.ndarray
    begins: np.ndarray
    used: np.ndarray
    lots: Lots
    money: bool


class Refusals(NamedTuple):
    """What a spend cap refused, as the replay recorded it; empty without one.

    times        int64 microseconds, of the usage's events
    reached_at   int64 microseconds, one per segment: nothing was refused before
    cell_events  int64, one per cell: events refused, whole or in part
    """

    times: np.ndarray
    reached_at: np.ndarray
    cell_events: np.ndarray

    @classmethod
    def none(cls) -> Refusals:
        """Those of no cap."""
        none = np.empty(0, np.int64)
        return cls(read_only(none), none, none)


@compiled
def quota_crossings(  # type: ignore[no-untyped-def]
    first_segment,
    last_segment,
    segments: Segments,
    quotas: Quotas,
    within: Within,
    refusals: Refusals,
    ledger: Ledger,
    unsure,
):
    """Rows of `COLUMNS` for a range of segments: 80 % of what is included, and beyond it, of each feature once.

    unsure: bool, one per segment, where there are refusals: set where only a ledger tells, which then has no rows.
    """
    rows, count = np.empty((16, COLUMNS), np.int64), 0
    feature_count = quotas.included.shape[1]
    used, told = np.zeros(feature_count, np.int64), np.zeros(feature_count, np.int64)
    last_told, refused = np.zeros(feature_count, np.int64), np.zeros(feature_count, np.bool_)
    change = np.searchsorted(within.segments, first_segment)
    is_kept = len(ledger.reasons) > 0
    for segment in range(first_segment, last_segment):
        last_change = changes_until(within, change, segment)
        by_event = is_kept or change < last_change
        stage = np.int64(segments.stages[segment])
        awaited = _features_that_cross(segments, segment, stage, quotas, last_told)
        if not by_event and awaited == 0:
            continue
        used[:] = 0
        told[:] = 0
        rows, first_row = with_room(rows, count, 2 * feature_count), count
        refused_from = _refused_from(segments, segment, refusals, refused)
        for event in range(segments.first_events[segment], segments.last_events[segment]):
            while change < last_change and within.events[change] <= event:  # 8.7
                stage = within.stages[change]
                change += 1
            feature = np.int64(quotas.events.features[event])
            if not by_event and told[feature] >= last_told[feature]:
                continue  # what was served crosses no more; what was asked for might
            if event >= refused_from and refused[feature] and told[feature] < last_told[feature]:
                unsure[segment] = True
                count = first_row
                break
            kind, included = quotas.kinds[stage, feature], quotas.included[stage, feature]
            if is_kept:
                used[feature] += ledger.units[event - ledger.first_event]
            else:
                value = quotas.events.values[event]
                used[feature] += within_allowance(kind, included, used[feature], value, quotas.aggregate)[1]
            crossed = _crossed(kind, included, used[feature])
            if crossed > told[feature]:
                rows[count] = (segment, event, feature, QUOTA_EXCEEDED if crossed == 2 else QUOTA_THRESHOLD)
                count += 1
                told[feature] = crossed
                awaited -= crossed == last_told[feature]
                if not by_event and awaited == 0:
                    break
        change = last_change
    return rows[:count].copy()


@step
def _refused_from(segments: Segments, segment, refusals: Refusals, refused):  # type: ignore[no-untyped-def]
    """The event from which a cap may have refused any, or the end of the segment; fills in of which features it has."""
    first, last = segments.first_events[segment], segments.last_events[segment]
    if len(refusals.reached_at) == 0:
        return last
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        refused[segments.cell_features[cell]] = refusals.cell_events[cell] > 0
    return first + np.searchsorted(refusals.times[first:last], refusals.reached_at[segment])


@step
def _features_that_cross(segments: Segments, segment, stage, quotas: Quotas, last_told):  # type: ignore[no-untyped-def]
    """How many features cross a threshold in a segment; fills in the last that each does."""
    count = 0
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        crossed = _crossed(quotas.kinds[stage, feature], quotas.included[stage, feature], quotas.served[cell])
        last_told[feature] = crossed
        count += crossed > 0
    return count


@step
def _crossed(kind, included, used):  # type: ignore[no-untyped-def]
    """0 where usage is below 80 % of what is included, or nothing is; 1 from there on; 2 beyond what is included."""
    if included == 0 or (kind not in (PRICED, LIMITED)) or used < included - included // 5:
        return 0
    return 2 if used > included else 1


@step
def _fall(first_event, until, spending: Spending, stage, blocks, left, bound):  # type: ignore[no-untyped-def]
    """The event after the first that takes a stock to a bound, or to below it, what is left then, and whether one does before `until`."""
    for event in range(first_event, until):
        charged = cost_of(spending, event, stage, blocks, left)
        left -= charged
        if left <= bound and charged > 0:
            return event + 1, left, True
    return until, left, False


@step
def _fall_in_ledger(first_event, until, ledger: Ledger, is_money, left, bound):  # type: ignore[no-untyped-def]
    """The same, of what a ledger says."""
    for event in range(first_event, until):
        row = event - ledger.first_event
        left = ledger.left[row] if is_money else ledger.left[row] + ledger.purchased[row]
        if left <= bound and ledger.charged[row] > 0:
            return event + 1, left, True
    return until, left, False


@compiled
def stock_crossings(  # type: ignore[no-untyped-def]
    first_segment, last_segment, segments: Segments, stock: Stock, spending: Spending, within: Within, ledger: Ledger
):
    """Rows of `COLUMNS` for a range of segments: the stock falls to 10 % of a grant, and to nothing."""
    rows, count = np.empty((16, COLUMNS), np.int64), 0
    lots = stock.lots
    lot = np.searchsorted(lots.segments, first_segment)
    change = np.searchsorted(within.segments, first_segment)
    is_kept = len(ledger.reasons) > 0
    for segment in range(first_segment, last_segment):
        last_change = changes_until(within, change, segment)
        stage = np.int64(segments.stages[segment])
        blocks, last_grant, left = spending.blocks[stage], stock.granted[segment], stock.begins[segment]
        is_low, is_depleted = False, False
        while lot < len(lots.segments) and lots.segments[lot] < segment:
            lot += 1
        is_granted_again = stock.money and lot < len(lots.segments) and lots.segments[lot] == segment
        if not (is_kept or is_granted_again) and left - stock.used[segment] > last_grant // 10:
            change = last_change
            continue
        event, last_event = segments.first_events[segment], segments.last_events[segment]
        while event < last_event:
            while change < last_change and within.events[change] <= event:  # 8.7
                stage = within.stages[change]
                change += 1
            while lot < len(lots.segments) and lots.segments[lot] == segment and lots.events[lot] <= event:
                left += lots.quantities[lot]
                if stock.money:
                    last_grant, is_low = lots.quantities[lot], False
                lot += 1
            until = within.events[change] if change < last_change else last_event
            if lot < len(lots.segments) and lots.segments[lot] == segment:
                until = min(until, lots.events[lot])
            bound = last_grant // 10 if not is_low and last_grant > 0 else 0
            if is_kept:
                event, left, has_fallen = _fall_in_ledger(event, until, ledger, stock.money, left, bound)
            else:
                event, left, has_fallen = _fall(event, until, spending, stage, blocks, left, bound)
            if not has_fallen:
                continue
            rows = with_room(rows, count, 2)
            if not is_low and last_grant > 0:
                rows[count] = (segment, event - 1, NO_FEATURE, BALANCE_LOW if stock.money else CREDITS_LOW)
                count += 1
                is_low = True
            if not is_depleted and left <= 0:
                rows[count] = (segment, event - 1, NO_FEATURE, BALANCE_DEPLETED if stock.money else CREDITS_DEPLETED)
                count += 1
                is_depleted = True
            if is_depleted and (is_low or last_grant <= 0) and not is_granted_again:
                break
        change = last_change
    return rows[:count].copy()
