"""Alerts (billing-rules 15.5): what a billing system tells of a period while it runs, each once, with its moment.

They are read off the same replay again, keeping each event's outcome; nobody who asks for no alerts pays for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.engine.run import Run
from commet_core.engine.table_columns import keyed_table, named, times
from commet_core.foundation.compiled import compiled
from commet_core.foundation.ranges import ranges_up_to
from commet_core.foundation.vocabulary import ALERTS
from commet_core.rating.admission import (
    ALLOWANCE_ADJUSTED,
    Additions,
    Ledger,
    additions_until,
    changes_until,
    ledger_of,
    with_room,
)
from commet_core.rating.beyond import NEVER
from commet_core.rating.charges import Lots
from commet_core.rating.models import MODELS
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import LIMITED, PRICED

EVENTS_AT_ONCE: Final = 2_000_000
"""So many events are looked at one by one at a time: their ledger takes some 35 bytes each."""

QUOTA_THRESHOLD: Final = 0
QUOTA_EXCEEDED: Final = 1
CREDITS_LOW: Final = 2
CREDITS_DEPLETED: Final = 3
BALANCE_LOW: Final = 4
BALANCE_DEPLETED: Final = 5
SPEND_CAP_REACHED: Final = 7
"""Places in `vocabulary.ALERTS`."""

NO_FEATURE: Final = -1

NOTHING_ADDED: Final = Additions(*(np.empty(0, np.int64) for _ in Additions._fields))


class Watched(NamedTuple):
    """What alerts of a run are about.

    kinds, included  of metered stages, by stage and feature; empty of other models
    granted          int64, one per segment: credits or balance that the period grants; empty of metered ones
    money            the stock is a balance
    in_force         bool, one per stage: it has billing periods
    """

    kinds: np.ndarray
    included: np.ndarray
    granted: np.ndarray
    money: bool
    in_force: np.ndarray


def alerts(run: Run) -> pa.Table:
    """One row per alert, by customer and time (billing-rules 15.5)."""
    rows = np.concatenate([np.empty((0, 4), np.int64), *_of_events(run), _of_caps(run)])
    customers = run.timeline.segment_customers[rows[:, 0]]
    capped = rows[:, 3] == SPEND_CAP_REACHED
    rows, customers = (column[np.lexsort([capped, rows[:, 1], rows[:, 0]])] for column in (rows, customers))
    segments, moments, features, kinds = rows.T
    columns = {
        "at": times(moments),
        "period_index": pa.array(run.timeline.segments.periods[segments]),
        "feature": named(np.maximum(features, 0), run.usage.features or ("",), absent=features == NO_FEATURE),
        "alert": named(kinds, ALERTS),
    }
    return keyed_table(run, customers, columns)


def _of_caps(run: Run) -> np.ndarray:
    if run.beyond is None:
        return np.empty((0, 4), np.int64)
    reached_at = run.beyond.outcome.reached_at
    segments = np.flatnonzero(reached_at < NEVER)
    none, kind = np.full(len(segments), NO_FEATURE), np.full(len(segments), SPEND_CAP_REACHED)
    return np.stack([segments, reached_at[segments], none, kind], axis=1).astype(np.int64)


def _of_events(run: Run) -> Iterator[np.ndarray]:
    """Rows of segment, microseconds, feature and alert."""
    watched, segments = _watched(run), run.timeline.segments
    if watched is None or run.customer_count == 0:
        return
    firsts = segments.first_events[segments.offsets[:-1]]
    ends = np.append(firsts, segments.last_events[segments.offsets[-1] - 1])
    again = MODELS[run.model.name].replay(run.setting)
    for first, last in ranges_up_to(ends, EVENTS_AT_ONCE):
        start, end = int(ends[first]), int(segments.last_events[segments.offsets[last] - 1])
        ledger = ledger_of(start, end - start)
        again.replay_customers(first, last, ledger)
        of_range = int(segments.offsets[first]), int(segments.offsets[last])
        rows = _find(
            *of_range,
            segments,
            run.usage.times,
            run.usage.feature_indexes,
            ledger,
            run.charged.lots,
            run.charged.additions or NOTHING_ADDED,
            watched,
            run.timeline.within,
        )
        yield np.asarray(rows)


def _watched(run: Run) -> Watched | None:
    no_rows, no_segments = np.empty((0, 0), np.int64), np.empty(0, np.int64)
    included = getattr(run.rates, "included", None)
    in_force = np.array([stage.has_periods for stage in run.stages])
    if not run.flows:
        return None if included is None else Watched(run.rates.kinds, included, no_segments, False, in_force)
    stock = run.flows[0]
    return Watched(no_rows.astype(np.int8), no_rows, stock.granted, stock.kind.unit == "money", in_force)


@compiled
def _cross(rows, count, segment, at, feature, used, included, told):  # type: ignore[no-untyped-def]
    """A feature's usage crosses 80 % of what is included, or goes beyond it: only the second where one event does both."""
    if used[feature] > included:
        if told[feature] < 2:
            rows[count] = (segment, at, feature, QUOTA_EXCEEDED)
            count += 1
            told[feature] = 2
    elif used[feature] >= included - included // 5 and told[feature] == 0:
        rows[count] = (segment, at, feature, QUOTA_THRESHOLD)
        count += 1
        told[feature] = 1
    return count


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
def _find(  # type: ignore[no-untyped-def]
    first_segment,
    last_segment,
    segments: Segments,
    event_times,
    features,
    ledger: Ledger,
    lots: Lots,
    additions: Additions,
    watched: Watched,
    within: Within,
):
    """The alerts of a range of segments, whose events the ledger holds."""
    rows = np.empty((16, 4), np.int64)
    count, metered = 0, len(watched.granted) == 0
    feature_count = watched.included.shape[1]
    used, told = np.zeros(feature_count, np.int64), np.zeros(feature_count, np.int8)
    lot, lots_seen = np.searchsorted(lots.segments, first_segment), 0
    addition = np.searchsorted(additions.segments, first_segment)
    change = np.searchsorted(within.segments, first_segment)
    for segment in range(first_segment, last_segment):
        used[:] = 0
        told[:] = 0
        low, depleted = False, False
        stage = np.int64(segments.stages[segment])
        last_change = changes_until(within, change, segment)
        last_grant = 0 if metered else watched.granted[segment]
        last_event, last_addition = segments.last_events[segment], additions_until(additions, addition, segment)
        lots_seen = 0
        for event in range(segments.first_events[segment], last_event + 1):
            rows = with_room(rows, count, 2 + 2 * (last_addition - addition))
            while addition < last_addition and additions.events[addition] <= event:  # 8.6
                taken = additions.applied[addition] < 0
                lots_seen += additions.kinds[addition] != ALLOWANCE_ADJUSTED and not taken
                if watched.money and additions.applied[addition] > 0:
                    last_grant, low = additions.applied[addition], False
                if taken and watched.in_force[stage]:
                    left, at = additions.left[addition], additions.times[addition]
                    fallen = left, last_grant, low, depleted, watched.money
                    count, low, depleted = _fall(rows, count, segment, at, *fallen)
                addition += 1
            if event == last_event:
                break
            while change < last_change and within.events[change] <= event:  # 8.7
                stage = within.stages[change]
                change += 1
            row, feature, at = event - ledger.first_event, np.int64(features[event]), event_times[event]
            if metered:
                kind, included = watched.kinds[stage, feature], watched.included[stage, feature]
                used[feature] += ledger.units[row]
                if included > 0 and kind in (PRICED, LIMITED):
                    count = _cross(rows, count, segment, at, feature, used, included, told)
                continue
            while lot < len(lots.segments) and lots.segments[lot] < segment:
                lot += 1
            while lot < len(lots.segments) and lots.segments[lot] == segment and lots.events[lot] <= event:
                if lots_seen > 0:  # an action's, and looked at above
                    lots_seen -= 1
                elif watched.money:
                    last_grant, low = lots.quantities[lot], False
                lot += 1
            left = ledger.left[row] + (0 if watched.money else ledger.purchased[row])
            if ledger.charged[row] > 0:
                fallen = left, last_grant, low, depleted, watched.money
                count, low, depleted = _fall(rows, count, segment, at, *fallen)
        change = last_change
    return rows[:count].copy()
