"""What seats and quota charge: lines in advance and of true-ups, and what of them segments are billed (billing-rules 10, 12, 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import day_number
from commet_core.foundation.compiled import compiled
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS, minor_nanos
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.charges import ADVANCE, TRUE_UP, Charges, charges_of, to_minor
from commet_core.rating.in_advance import PaidAhead
from commet_core.rating.invoices import FEATURE_QUOTA, FEATURE_SEATS
from commet_core.rating.items import Items
from commet_core.rating.level_rates import LevelRates, level_cost, level_rates
from commet_core.rating.levels import LevelRows, LevelSpans, LevelSteps, Reached, Rises, TrueUpShares, level_steps, rate_levels
from commet_core.rating.tiers import ONE_PRICE
from commet_core.timeline.paid_intervals import PaidIntervals
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import periods_paid
from commet_core.timeline.subscribers import Subscription
from commet_core.usage.usage import TOTAL_MAX

LINE_KIND_OF: Final = {"seats": FEATURE_SEATS, "quota": FEATURE_QUOTA}

DAYS_MAX: Final = 366


@dataclass(frozen=True, eq=False)
class LevelCharges:
    """Seats and quota of one candidate.

    rows        what was held and paid, by customer, feature and interval
    features    the codes that `rows.features` are places of; `kinds`: the line kind of each
    items       int64, likewise: their places in `Bill.items`
    row_stages  int64, one per row: the stage; row_periods: the billing periods in the interval
    asked_at_ends  int64 micros, one per row: what is asked for when the last segment of it ends, its start's levels among it
    close_days  int64, one per row: the day number on which the interval ends, early or not
    """

    rows: LevelRows
    shares: TrueUpShares
    rises: Rises
    reached: Reached
    rates: LevelRates
    features: tuple[str, ...]
    kinds: np.ndarray
    items: np.ndarray
    row_stages: np.ndarray
    row_periods: np.ndarray
    close_days: np.ndarray
    asked_at_ends: np.ndarray
    segment_count: int
    minor_nanos: int

    @cached_property
    def advance_minor(self) -> np.ndarray:
        """int64 minor units for the interval in advance, one per row; also where they were charged before the window."""
        amounts: np.ndarray = to_minor(self.rows.advance_costs, self.minor_nanos)
        return amounts

    @cached_property
    def advance_billed_minor(self) -> np.ndarray:
        """int64 minor units, one per row: charged in the window."""
        return np.where(self.rows.charged, self.advance_minor, 0)

    @cached_property
    def true_up_minor(self) -> np.ndarray:
        """int64 minor units, one per row."""
        amounts: np.ndarray = to_minor(self.rows.true_up_costs, self.minor_nanos)
        return amounts

    def advance(self, kind: int) -> Charges:
        """Lines in advance of seats, or of quota, at the start of intervals."""
        rows = self._lines(kind, self.advance_billed_minor, self.rows.first_segments)
        units, costs = self.rows.in_advance[rows], self._whole_costs(rows)
        columns = self.items[self.rows.features[rows]], units, self._unit_prices(rows, self.row_stages, units, costs)
        return charges_of(self.rows.first_segments[rows], kind, *columns, self.advance_billed_minor[rows], part=ADVANCE)

    def true_ups(self, kind: int) -> Charges:
        """Lines of true-ups of seats, or of quota: at the end of the last segment of an interval."""
        rows = self._lines(kind, self.true_up_minor, self.rows.last_segments)
        unit_days, days = self.rows.unit_days[rows], self._days(rows)
        of_a_day = self._unit_prices(rows, self.rows.last_stages, unit_days * days, self.rows.cost_days[rows], days)
        columns = self.items[self.rows.features[rows]], unit_days, of_a_day
        return charges_of(self.rows.last_segments[rows], kind, *columns, self.true_up_minor[rows], part=TRUE_UP)

    def _whole_costs(self, rows: np.ndarray) -> np.ndarray:
        """int64 nanos, of rows: what they would pay in advance for a whole interval."""
        where = self.row_stages[rows], self.rows.features[rows]
        costs: np.ndarray = _level_costs(self.rates, *where, self.rows.in_advance[rows])
        return costs

    def true_up_days(self, kind: int) -> np.ndarray:
        """int64, one per line of `true_ups`: days from the first rise to the end."""
        rows = self._lines(kind, self.true_up_minor, self.rows.last_segments)
        return self.close_days[rows] - self.rows.first_rise_days[rows]

    @property
    def due_at_starts(self) -> np.ndarray:
        """bool, one per segment: lines for seats or quota are due at its start, or were where the one before ended."""
        due = np.zeros(self.segment_count + 1, bool)
        due[self.rows.first_segments[self.advance_billed_minor > 0]] = True
        due[self.rows.last_segments[self.true_up_minor > 0] + 1] = True
        return due[:-1]

    def _lines(self, kind: int, amounts: np.ndarray, segments: np.ndarray) -> np.ndarray:
        """The rows that have a line of a kind, by segment, in one by feature."""
        rows = np.flatnonzero((amounts != 0) & (self.kinds[self.rows.features] == kind))
        return rows[np.lexsort([self.rows.features[rows], segments[rows]])]

    def _days(self, rows: np.ndarray) -> np.ndarray:
        return self.rows.whole_days[rows]

    def _unit_prices(
        self, rows: np.ndarray, stages: np.ndarray, units: np.ndarray, costs: np.ndarray, days: np.ndarray | None = None
    ) -> np.ndarray:
        """int64 nanos of a unit, in tiers on average; with days, of a unit for a day. stages: one per row, whose price it is."""
        where = stages[rows], self.rows.features[rows]
        prices = self.rates.unit_prices[where]
        if days is not None:
            prices = (2 * prices + days) // (2 * days)
        averages = [(2 * cost * MICROS + unit) // (2 * unit) for cost, unit in zip(costs.tolist(), units.tolist(), strict=True)]
        in_tiers = self.rates.tiers.modes[where] != ONE_PRICE
        return np.where(in_tiers, np.array(averages, np.int64), prices)

    def segment_minor(self, kind: int) -> np.ndarray:
        """int64 minor units billed for seats or quota, one per segment: in advance at its start, true-ups by its days (13)."""
        return self.segment_advance_minor(kind) + self.segment_true_up_minor(kind)

    def segment_advance_minor(self, kind: int) -> np.ndarray:
        own = self.kinds[self.rows.features] == kind
        return sum_by_index(self.rows.first_segments[own], self.advance_billed_minor[own], self.segment_count)

    def segment_true_up_minor(self, kind: int) -> np.ndarray:
        own = self.kinds[self.shares.features] == kind
        return sum_by_index(self.shares.segments[own], self.shares.amounts[own], self.segment_count)

    @property
    def true_ups_minor(self) -> np.ndarray:
        """int64 minor units, one per segment: of true-ups, for its days."""
        return sum_by_index(self.shares.segments, self.shares.amounts, self.segment_count)

    def segment_share_minor(self, parts_of_one: int) -> np.ndarray:
        """int64 parts of a minor unit, one per segment: of what was paid in advance, each segment of the interval the same."""
        shares = np.zeros(self.segment_count, np.int64)
        columns = self.rows.first_segments, self.rows.last_segments, self.advance_minor, self.row_periods
        for first, last, amount, periods in zip(*(column.tolist() for column in columns), strict=True):
            if amount:
                shares[first : last + 1] += amount * parts_of_one // periods
        return shares

    def paid_ahead(self, kind: int) -> PaidAhead:
        """What was paid in advance, for the days over which it is earned (13)."""
        own = np.flatnonzero((self.kinds[self.rows.features] == kind) & (self.advance_minor > 0))
        rows = self.rows
        return PaidAhead(
            segments=rows.first_segments[own],
            last_segments=rows.last_segments[own],
            from_days=rows.start_days[own],
            until_days=rows.end_days[own],
            amounts=self.advance_minor[own] * self.minor_nanos,
            before=~rows.charged[own],
            ended=np.zeros(len(own), bool),
        )


def level_charges(
    subscription: Subscription, intervals: PaidIntervals, catalog: Catalog, items: Items, candidate: str
) -> LevelCharges:
    """What a candidate's customers pay for the levels that they asked for. Raises InputError where it would not fit (1.4)."""
    features, timeline = catalog.level_features, subscription.timeline
    rates, steps = level_rates(catalog, subscription.stages), level_steps(subscription.asked or {}, features)
    _check_range(candidate, rates, steps)
    minor = minor_nanos(catalog.currency)
    window_start = int(timeline.days.start(day_number(timeline.window.start)))
    spans = LevelSpans(window_start, timeline.starts, timeline.ends, timeline.days, timeline.within)
    rows, shares, rises, reached = rate_levels(timeline.segments, spans, intervals, steps, rates, minor)
    return LevelCharges(
        rows=rows,
        shares=shares,
        rises=rises,
        reached=reached,
        rates=rates,
        features=features,
        kinds=np.array([LINE_KIND_OF[catalog.features[code].type] for code in features], np.int64),
        items=np.array([items.levels[code] for code in features], np.int64),
        row_periods=np.array([periods_paid(stage) for stage in subscription.stages])[
            timeline.segments.stages[rows.first_segments]
        ],
        row_stages=timeline.segments.stages[rows.first_segments].astype(np.int64),
        asked_at_ends=_asked_at(steps, rows, _last_moments(timeline, rows.last_segments), len(features)),
        close_days=np.minimum(rows.end_days, timeline.days.not_begun(timeline.ends[rows.last_segments])),
        segment_count=timeline.segment_count,
        minor_nanos=minor,
    )


@compiled
def _level_costs(rates: LevelRates, stages, features, units):  # type: ignore[no-untyped-def]
    costs = np.empty(len(units), np.int64)
    for row in range(len(units)):
        costs[row] = level_cost(rates, stages[row], features[row], units[row])
    return costs


def _last_moments(timeline: Timeline, segments: np.ndarray) -> np.ndarray:
    """int64 microseconds before which levels lie in a segment: those of its start do, also where it ends then (3.1)."""
    times: np.ndarray = np.maximum(timeline.ends[segments], timeline.starts[segments] + 1)
    return times


def _asked_at(steps: LevelSteps, rows: LevelRows, times: np.ndarray, feature_count: int) -> np.ndarray:
    """int64 micros, one per row: the level asked for just before a moment, looked up for itself."""
    keys = steps.customers * feature_count + steps.features
    entries = np.searchsorted(keys, rows.customers * feature_count + rows.features)
    asked: np.ndarray = _levels_before(steps, entries, times)
    return asked


@compiled
def _levels_before(steps: LevelSteps, entries, times):  # type: ignore[no-untyped-def]
    asked = np.zeros(len(entries), np.int64)
    for row in range(len(entries)):
        first, last = steps.offsets[entries[row]], steps.offsets[entries[row] + 1]
        step = first + np.searchsorted(steps.times[first:last], times[row])
        if step > first:
            asked[row] = steps.levels[step - 1]
    return asked


def _check_range(candidate: str, rates: LevelRates, steps: LevelSteps) -> None:
    """A level × its price × the days of a year has to fit."""
    prices = rates.unit_prices.max(initial=0), rates.tiers.flats.sum(initial=0), rates.tiers.unit_prices.max(initial=0)
    most = float(steps.levels.max(initial=0)) / MICROS * float(max(prices[0], prices[2])) + float(prices[1])
    if most * DAYS_MAX * 2 >= TOTAL_MAX or float(steps.levels.max(initial=0)) * DAYS_MAX >= TOTAL_MAX:
        what = "seats or quota × their price is more than can be accounted for in billionths"
        raise InputError.of(
            f"candidate {candidate!r}", what, "Check the levels and their prices; a larger unit keeps them smaller"
        )
