"""Alerts (billing-rules 15.5): what a billing system tells of a period while it runs, each once, with its moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.engine.crossings import (
    COLUMNS,
    NO_FEATURE,
    SEATS_REACHED,
    SPEND_CAP_REACHED,
    Quotas,
    Stock,
    quota_crossings,
    stock_crossings,
)
from commet_core.engine.falls import Adjusted, stock_falls
from commet_core.engine.run import Run
from commet_core.engine.table_columns import keyed_table, named, times
from commet_core.foundation.ranges import ranges_up_to
from commet_core.foundation.vocabulary import ALERTS
from commet_core.rating.admission import BOUGHT, NO_LEDGER, Additions, Ledger, ledger_of
from commet_core.rating.beyond import NEVER
from commet_core.rating.invoices import FEATURE_SEATS
from commet_core.rating.model import ModelReplay
from commet_core.rating.models import MODELS
from commet_core.rating.spending import Spending

EVENTS_AT_ONCE: Final = 2_000_000
"""So many events are replayed with a ledger at a time: it takes some 35 bytes each."""


def alerts(run: Run) -> pa.Table:
    """One row per alert, by customer and time (billing-rules 15.5)."""
    rows = np.concatenate([_of_seats(run), crossed_by_usage(run), _of_caps(run)])
    rows = rows[np.lexsort([rows[:, 3] == SPEND_CAP_REACHED, rows[:, 1], rows[:, 0]])]
    segments, moments, features, kinds = rows.T
    names = (*run.usage.features, *run.catalog.level_features)
    columns = {
        "at": times(moments),
        "period_index": pa.array(run.timeline.segments.periods[segments]),
        "feature": named(np.maximum(features, 0), names or ("",), absent=features == NO_FEATURE),
        "alert": named(kinds, ALERTS),
    }
    return keyed_table(run, run.timeline.segment_customers[segments], columns)


def _of_seats(run: Run) -> np.ndarray:
    """Rows of segment, microseconds, feature and alert; features are counted on from those of the usage."""
    if run.held is None:
        return np.empty((0, COLUMNS), np.int64)
    reached, levels = run.held.reached, len(run.usage.features)
    seats = run.held.kinds[reached.features] == FEATURE_SEATS
    kind = np.full(len(reached.times), SEATS_REACHED)
    return np.stack([reached.segments, reached.times, levels + reached.features, kind], axis=1)[seats].astype(np.int64)


def _of_caps(run: Run) -> np.ndarray:
    """Rows of segment, microseconds, feature and alert."""
    if run.beyond is None:
        return np.empty((0, COLUMNS), np.int64)
    reached_at = run.beyond.outcome.reached_at
    segments = np.flatnonzero(reached_at < NEVER)
    none, kind = np.full(len(segments), NO_FEATURE), np.full(len(segments), SPEND_CAP_REACHED)
    return np.stack([segments, reached_at[segments], none, kind], axis=1).astype(np.int64)


def crossed_by_usage(run: Run, *, with_ledger: bool = False) -> np.ndarray:
    """The same, of what usage crosses. with_ledger: read off the outcome of each event, also where sums say enough."""
    if run.customer_count == 0 or not (run.flows or hasattr(run.rates, "included")):
        return np.empty((0, COLUMNS), np.int64)
    again = MODELS[run.model.name].replay(run.setting)
    additions = run.charged.additions
    if additions is not None and (additions.kinds != BOUGHT).any():
        return np.concatenate([_falls(run, additions, *part) for part in _with_ledgers(run, again)])
    with_ledger |= run.beyond is not None or bool(run.flows and again.spending is None)
    parts = _with_ledgers(run, again) if with_ledger else [(0, run.timeline.segment_count, NO_LEDGER)]
    rows = np.concatenate([_crossings(run, again, *part) for part in parts])
    rows[:, 1] = run.usage.times[rows[:, 1]]
    return rows


def _falls(run: Run, additions: Additions, first: int, last: int, ledger: Ledger) -> np.ndarray:
    """Rows of segment, microseconds, feature and alert, where adjustments give and take."""
    in_force = np.array([stage.has_periods for stage in run.stages])
    plan, lots = run.flows[0], run.charged.lots
    adjusted = Adjusted(plan.granted, in_force, additions, lots, plan.kind.unit == "money")
    return np.asarray(stock_falls(first, last, run.timeline.segments, run.usage.times, ledger, adjusted))


def _with_ledgers(run: Run, again: ModelReplay) -> Iterator[tuple[int, int, Ledger]]:
    """Ranges of segments, each with the ledger of its events."""
    segments = run.timeline.segments
    firsts = segments.first_events[segments.offsets[:-1]]
    ends = np.append(firsts, segments.last_events[segments.offsets[-1] - 1])
    for first, last in ranges_up_to(ends, EVENTS_AT_ONCE):
        start, end = int(ends[first]), int(segments.last_events[segments.offsets[last] - 1])
        ledger = ledger_of(start, end - start)
        again.replay_customers(first, last, ledger)
        yield int(segments.offsets[first]), int(segments.offsets[last]), ledger


def _crossings(run: Run, again: ModelReplay, first: int, last: int, ledger: Ledger) -> np.ndarray:
    """Rows of `crossings.COLUMNS` for a range of segments."""
    timeline, rates, events = run.timeline, run.rates, run.setting.events()
    if not run.flows:
        quotas = Quotas(events, rates.kinds, rates.included, run.admitted.cell_units, run.setting.aggregate)  # type: ignore[attr-defined]
        return np.asarray(quota_crossings(first, last, timeline.segments, quotas, timeline.within, ledger))
    plan, *_ = run.flows
    begins = run.segment_granted + sum(stock.opening for stock in run.flows)
    used = sum((stock.used for stock in run.flows), np.zeros_like(begins))
    stock = Stock(plan.granted, begins, used, run.charged.lots, plan.kind.unit == "money")
    unknown = Spending(events, rates.kinds, rates.unit_prices, rates.unit_prices, np.zeros(len(rates.kinds), bool), False)
    spending = again.spending or unknown
    return np.asarray(stock_crossings(first, last, timeline.segments, stock, spending, timeline.within, ledger))
