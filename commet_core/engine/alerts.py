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
from commet_core.rating.admission import Ledger, changes_until, ledger_of
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


class Watched(NamedTuple):
    """What alerts of a run are about.

    kinds, included  of metered stages, by stage and feature; empty of other models
    granted          int64, one per segment: credits or balance that the period grants; empty of metered ones
    money            the stock is a balance
    """

    kinds: np.ndarray
    included: np.ndarray
    granted: np.ndarray
    money: bool


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
            watched,
            run.timeline.within,
        )
        yield np.asarray(rows)


def _watched(run: Run) -> Watched | None:
    no_rows, no_segments = np.empty((0, 0), np.int64), np.empty(0, np.int64)
    included = getattr(run.rates, "included", None)
    if not run.flows:
        return None if included is None else Watched(run.rates.kinds, included, no_segments, False)
    stock = run.flows[0]
    return Watched(no_rows.astype(np.int8), no_rows, stock.granted, stock.kind.unit == "money")


@compiled
def _find(  # type: ignore[no-untyped-def]
    first_segment,
    last_segment,
    segments: Segments,
    event_times,
    features,
    ledger: Ledger,
    lots: Lots,
    watched: Watched,
    within: Within,
):
    """The alerts of a range of segments, whose events the ledger holds."""
    rows = np.empty((16, 4), np.int64)
    count, metered = 0, len(watched.granted) == 0
    feature_count = watched.included.shape[1]
    used, told = np.zeros(feature_count, np.int64), np.zeros(feature_count, np.int8)
    lot = np.searchsorted(lots.segments, first_segment)
    change = np.searchsorted(within.segments, first_segment)
    for segment in range(first_segment, last_segment):
        used[:] = 0
        told[:] = 0
        low, depleted = False, False
        stage = np.int64(segments.stages[segment])
        last_change = changes_until(within, change, segment)
        last_grant = 0 if metered else watched.granted[segment]
        for event in range(segments.first_events[segment], segments.last_events[segment]):
            if count + 2 > len(rows):
                larger = np.empty((2 * len(rows), 4), np.int64)
                larger[:count] = rows[:count]
                rows = larger
            while change < last_change and within.events[change] <= event:  # 8.7
                stage = within.stages[change]
                change += 1
            row, feature, at = event - ledger.first_event, np.int64(features[event]), event_times[event]
            if metered:
                kind, included = watched.kinds[stage, feature], watched.included[stage, feature]
                used[feature] += ledger.units[row]
                if included == 0 or (kind not in (PRICED, LIMITED)):
                    continue
                if used[feature] > included:
                    if told[feature] < 2:
                        rows[count] = (segment, at, feature, QUOTA_EXCEEDED)
                        count += 1
                        told[feature] = 2
                elif used[feature] >= included - included // 5 and told[feature] == 0:
                    rows[count] = (segment, at, feature, QUOTA_THRESHOLD)
                    count += 1
                    told[feature] = 1
                continue
            while lot < len(lots.segments) and lots.segments[lot] < segment:
                lot += 1
            while lot < len(lots.segments) and lots.segments[lot] == segment and lots.events[lot] <= event:
                if watched.money:
                    last_grant, low = lots.quantities[lot], False
                lot += 1
            left = ledger.left[row] + ledger.purchased[row]
            if ledger.charged[row] > 0:
                if not low and last_grant > 0 and left <= last_grant // 10:
                    rows[count] = (segment, at, NO_FEATURE, BALANCE_LOW if watched.money else CREDITS_LOW)
                    count += 1
                    low = True
                if not depleted and left <= 0:
                    rows[count] = (segment, at, NO_FEATURE, BALANCE_DEPLETED if watched.money else CREDITS_DEPLETED)
                    count += 1
                    depleted = True
        change = last_change
    return rows[:count].copy()
