"""Alerts (billing-rules 15.5): what a billing system tells of a period while it runs, each once, with its moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.engine import crossings
from commet_core.engine.falls import Adjusted, stock_falls
from commet_core.engine.run import Run
from commet_core.engine.table_columns import keyed_table, named, times
from commet_core.foundation.compiled import read_only
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

EVENTS_BETWEEN: Final = 10_000
"""So many events of customers who take no ledger are replayed with those around them rather than these in two ranges."""


def alerts(run: Run) -> pa.Table:
    """One row per alert, by customer and time (billing-rules 15.5)."""
    rows = np.concatenate([_of_seats(run), crossed_by_usage(run), _of_caps(run)])
    rows = rows[np.lexsort([rows[:, 3] == crossings.SPEND_CAP_REACHED, rows[:, 1], rows[:, 0]])]
    segments, moments, features, kinds = rows.T
    names = (*run.usage.features, *run.catalog.level_features)
    columns = {
        "at": times(moments),
        "period_index": pa.array(run.timeline.segments.periods[segments]),
        "feature": named(np.maximum(features, 0), names or ("",), absent=features == crossings.NO_FEATURE),
        "alert": named(kinds, ALERTS),
    }
    return keyed_table(run, run.timeline.segment_customers[segments], columns)


def _of_seats(run: Run) -> np.ndarray:
    """Rows of segment, microseconds, feature and alert; features are counted on from those of the usage."""
    if run.held is None:
        return np.empty((0, crossings.COLUMNS), np.int64)
    reached, levels = run.held.reached, len(run.usage.features)
    seats = run.held.kinds[reached.features] == FEATURE_SEATS
    kind = np.full(len(reached.times), crossings.SEATS_REACHED)
    return np.stack([reached.segments, reached.times, levels + reached.features, kind], axis=1)[seats].astype(np.int64)


def _of_caps(run: Run) -> np.ndarray:
    """Rows of segment, microseconds, feature and alert."""
    if run.beyond is None:
        return np.empty((0, crossings.COLUMNS), np.int64)
    reached_at = run.beyond.outcome.reached_at
    segments = np.flatnonzero(reached_at < NEVER)
    none, kind = np.full(len(segments), crossings.NO_FEATURE), np.full(len(segments), crossings.SPEND_CAP_REACHED)
    return np.stack([segments, reached_at[segments], none, kind], axis=1).astype(np.int64)


def crossed_by_usage(run: Run, *, with_ledger: bool = False) -> np.ndarray:
    """The same, of what usage crosses. with_ledger: read off the outcome of each event, also where sums say enough."""
    if run.customer_count == 0 or not (run.flows or hasattr(run.rates, "included")):
        return np.empty((0, crossings.COLUMNS), np.int64)
    again = MODELS[run.model.name].replay(run.setting)
    additions = run.charged.additions
    if additions is not None and (additions.kinds != BOUGHT).any():
        every = np.ones(run.timeline.segment_count, bool)
        return np.concatenate([_falls(run, additions, *part) for part in _with_ledgers(run, again, every)])
    count = run.timeline.segment_count
    unsure = np.ones(count, bool) if with_ledger else _unsure(run, again)
    rows = np.empty((0, crossings.COLUMNS), np.int64)
    if not unsure.all():
        rows = _crossings(run, again, 0, count, NO_LEDGER, unsure)
        rows = rows[~unsure[rows[:, 0]]]
    if unsure.any():
        of_ledgers = [_crossings(run, again, *part, unsure) for part in _with_ledgers(run, again, unsure)]
        rows = np.concatenate([rows, *(part[unsure[part[:, 0]]] for part in of_ledgers)])
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
    rows[:, 1] = run.usage.times[rows[:, 1]]
    return rows


def _unsure(run: Run, again: ModelReplay) -> np.ndarray:
    """bool, one per segment: only a ledger tells; of metered plans more of them may come to be."""
    count, beyond = run.timeline.segment_count, run.beyond
    if run.flows and again.spending is None:
        return np.ones(count, bool)
    if beyond is None:
        return np.zeros(count, bool)
    if len(beyond.corrections.events) or len(run.timeline.within.segments):
        return np.ones(count, bool)
    if not run.flows:
        return np.zeros(count, bool)
    unsure = beyond.outcome.reached_at < NEVER
    for stock in run.flows:
        unsure = unsure | (np.asarray(stock.expired) > 0)
    return unsure


def _falls(run: Run, additions: Additions, first: int, last: int, ledger: Ledger) -> np.ndarray:
    """Rows of segment, microseconds, feature and alert, where adjustments give and take."""
    in_force = np.array([stage.has_periods for stage in run.stages])
    plan, lots = run.flows[0], run.charged.lots
    adjusted = Adjusted(plan.granted, in_force, additions, lots, plan.kind.unit == "money")
    return np.asarray(stock_falls(first, last, run.timeline.segments, run.usage.times, ledger, adjusted))


def _with_ledgers(run: Run, again: ModelReplay, wanted: np.ndarray) -> Iterator[tuple[int, int, Ledger]]:
    """Ranges of segments that have all of the wanted (bool, one per segment, not all False), each with the ledger of its events."""
    segments = run.timeline.segments
    firsts = segments.first_events[segments.offsets[:-1]]
    ends = np.append(firsts, segments.last_events[segments.offsets[-1] - 1])
    customers = np.unique(run.timeline.segment_customers[wanted])
    apart = np.flatnonzero(ends[customers[1:]] - ends[customers[:-1] + 1] > EVENTS_BETWEEN)
    firsts, lasts = customers[np.append(0, apart + 1)], customers[np.append(apart, len(customers) - 1)] + 1
    ranges = [
        (first + start, first + end)
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
        for start, end in ranges_up_to(ends[first : last + 1], EVENTS_AT_ONCE)
    ]
    for first, last in ranges:
        start, end = int(ends[first]), int(segments.last_events[segments.offsets[last] - 1])
        ledger = ledger_of(start, end - start)
        again.replay_customers(first, last, ledger)
        yield int(segments.offsets[first]), int(segments.offsets[last]), ledger


def _crossings(run: Run, again: ModelReplay, first: int, last: int, ledger: Ledger, unsure: np.ndarray) -> np.ndarray:
    """Rows of `crossings.COLUMNS` for a range of segments; without a ledger not of all that are unsure, or come to be it."""
    timeline, rates, events = run.timeline, run.rates, run.setting.events()
    if not run.flows:
        quotas = crossings.Quotas(events, rates.kinds, rates.included, run.admitted.cell_units, run.setting.aggregate)  # type: ignore[attr-defined]
        refusals = crossings.Refusals.none()
        if run.beyond is not None and ledger is NO_LEDGER:
            refused = run.beyond.outcome
            refusals = crossings.Refusals(read_only(run.usage.times), refused.reached_at, refused.cell_events)
        where = first, last, timeline.segments
        return np.asarray(crossings.quota_crossings(*where, quotas, timeline.within, refusals, ledger, unsure))
    plan, *_ = run.flows
    begins = run.segment_granted + sum(stock.opening for stock in run.flows)
    used = sum((stock.used for stock in run.flows), np.zeros_like(begins))
    stock = crossings.Stock(plan.granted, begins, used, run.charged.lots, plan.kind.unit == "money")
    unknown = Spending(events, rates.kinds, rates.unit_prices, rates.unit_prices, np.zeros(len(rates.kinds), bool), False)
    spending = again.spending or unknown
    return np.asarray(crossings.stock_crossings(first, last, timeline.segments, stock, spending, timeline.within, ledger))
