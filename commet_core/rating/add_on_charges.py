"""What add-ons charge (billing-rules 10.3): for the days that remain at once, then with every base price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import INTERVAL_PERIODS, period_day
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days, day_not_begun, day_start
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS, minor_nanos, nanos
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.charges import Charges, parts_minor
from commet_core.rating.in_advance import PaidAhead
from commet_core.rating.invoices import ADDON_BASE
from commet_core.rating.items import Items
from commet_core.timeline.add_on_spells import AddOnSpells
from commet_core.timeline.entering import billing_day_before
from commet_core.timeline.paid_intervals import PaidIntervals
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage, active, periods_paid
from commet_core.timeline.subscribers import Subscription

PRICE_MAX_NANOS: Final = 10**16
"""So that its product with the days of a year fits."""


class CutPhases(NamedTuple):
    """Phases cut into segments, and the prices of their stages.

    firsts         int64, phases + 1: the segments of phase p are firsts[p] to firsts[p + 1]
    stages, customers, starts, ends   one per segment, as in `Timeline`; offsets: of customers
    interval_days  int64, one per segment: of its interval; in a trial of the one that would have begun with it
    prices         int64 nanos, a row per stage, an entry per add-on
    trials, has_periods   bool, one per stage
    """

    firsts: np.ndarray
    stages: np.ndarray
    offsets: np.ndarray
    customers: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    interval_days: np.ndarray
    prices: np.ndarray
    trials: np.ndarray
    has_periods: np.ndarray


@dataclass(frozen=True, eq=False)
class AddOnCharges:
    """Add-ons of one candidate, one entry per payment: int64 unless said otherwise.

    segments, last_segments  where it is charged, and the last that its days lie in
    add_ons                  index into the catalog's
    times                    microseconds since 1970: when it was activated; -1 of what is charged with a base price
    from_days, until_days    day numbers: the first that it pays for, and the one after the last
    interval_days            days of the whole interval that its price is for
    prices                   nanos for that interval
    turns                    as in `AddOnSpells`
    before                   bool: it was paid before the window; ended: the add-on ended before its days were over
    """

    segments: np.ndarray
    last_segments: np.ndarray
    add_ons: np.ndarray
    times: np.ndarray
    from_days: np.ndarray
    until_days: np.ndarray
    interval_days: np.ndarray
    prices: np.ndarray
    turns: np.ndarray
    before: np.ndarray
    ended: np.ndarray
    items: np.ndarray
    segment_count: int
    minor_nanos: int

    @cached_property
    def amounts_minor(self) -> np.ndarray:
        """int64 minor units: the price × the days that are paid for ÷ those of the interval, rounded once."""
        days = self.until_days - self.from_days
        amounts: np.ndarray = parts_minor(self.prices, days, self.interval_days, self.minor_nanos)
        return amounts

    @cached_property
    def billed_minor(self) -> np.ndarray:
        """int64 minor units, one per segment, in the window."""
        return sum_by_index(self.segments, np.where(self.before, 0, self.amounts_minor), self.segment_count)

    def paid_at(self, timeline: Timeline) -> np.ndarray:
        """int64 microseconds since 1970, one per payment: when it is made."""
        return np.where(self.times < 0, timeline.starts[self.segments], np.maximum(self.times, timeline.starts[self.segments]))

    def segment_share_minor(self, timeline: Timeline, stages: Sequence[Stage], parts_of_one: int) -> np.ndarray:
        """int64 parts of a minor unit, one per segment: of each payment the same for every billing period that has days of it."""
        ones = np.ones(len(stages), np.int64)
        periods = np.array([periods_paid(stage) if stage.state == "active" else 1 for stage in stages])
        whole = timeline.of_segments(periods)[self.segments]
        left = whole.copy()
        for passed in range(1, int(periods.max(initial=1))):
            ends = timeline.interval_days(stages, periods, passed * ones)[self.segments]
            left -= (passed < whole) & (ends <= self.from_days)
        shares: np.ndarray = _shares(
            self.segments,
            self.last_segments,
            self.from_days,
            self.amounts_minor * parts_of_one // left,
            timeline.interval_days(stages, ones, ones),
        )
        return shares

    def base(self) -> Charges:
        """Lines with base prices, by segment, in one in the catalog's order."""
        rows = np.flatnonzero((self.times < 0) & ~self.before & (self.amounts_minor > 0))
        return self._charges(rows[np.lexsort([self.add_ons[rows], self.segments[rows]])])

    def activations(self) -> Charges:
        """Lines of invoices of their own, by segment and time; those of one moment in the order in which they were activated."""
        return self._charges(self._activated)

    @property
    def activation_turns(self) -> np.ndarray:
        """int64, one per line of `activations`."""
        turns: np.ndarray = self.turns[self._activated]
        return turns

    def activation_days(self, segments: np.ndarray) -> np.ndarray:
        """int64, one per line of `activations` in some segments: days that it pays for."""
        rows = self._activated[np.isin(self.segments[self._activated], segments)]
        days: np.ndarray = (self.until_days - self.from_days)[rows]
        return days

    @cached_property
    def _activated(self) -> np.ndarray:
        rows = np.flatnonzero((self.times >= 0) & ~self.before & (self.amounts_minor > 0))
        in_order: np.ndarray = rows[np.lexsort([self.times[rows], self.segments[rows]])]
        return in_order

    def _charges(self, rows: np.ndarray) -> Charges:
        return Charges(
            segments=self.segments[rows],
            events=-(10**15) - np.arange(len(rows)),  # each an invoice of its own
            times=self.times[rows],
            kind=ADDON_BASE,
            items=self.items[self.add_ons[rows]],
            quantities=np.full(len(rows), MICROS, np.int64),
            unit_prices=self.prices[rows],
            amounts=self.amounts_minor[rows],
            parts=np.zeros(len(rows), np.int64),
        )

    @property
    def due_at_starts(self) -> np.ndarray:
        """bool, one per segment: add-ons are charged with its start."""
        due = np.zeros(self.segment_count, bool)
        due[self.segments[(self.times < 0) & ~self.before & (self.amounts_minor > 0)]] = True
        return due

    @property
    def paid_ahead(self) -> PaidAhead:
        """By day over the days that each pays for (13)."""
        return PaidAhead(
            self.segments,
            self.last_segments,
            self.from_days,
            self.until_days,
            self.amounts_minor * self.minor_nanos,
            self.before,
            self.ended,
        )


def add_on_charges(
    subscription: Subscription, spells: AddOnSpells, intervals: PaidIntervals, catalog: Catalog, items: Items
) -> AddOnCharges:
    """What a candidate's customers pay for add-ons."""
    timeline, stages = subscription.timeline, subscription.stages
    prices = np.array(
        [[nanos(add_on.price(stage.interval) or Decimal(0)) for add_on in catalog.addons.values()] for stage in stages],
        np.int64,
    ).reshape(len(stages), -1)
    trials = np.array([stage.state == "trial" for stage in stages])
    has_periods = np.array([stage.has_periods for stage in stages])
    if int(prices.max(initial=0)) > PRICE_MAX_NANOS:
        fix = "Check base_price"
        raise InputError.of("addons", "an add-on costs more than can be accounted for in billionths", fix)
    firsts = np.searchsorted(timeline.segment_phases, np.arange(len(timeline.phases.customers) + 1))
    cut = CutPhases(
        firsts=firsts,
        stages=timeline.segments.stages,
        offsets=timeline.segments.offsets,
        customers=timeline.segment_customers,
        starts=timeline.starts,
        ends=timeline.ends,
        interval_days=_interval_days(catalog, timeline, stages, intervals),
        prices=prices,
        trials=trials,
        has_periods=has_periods,
    )
    payments, before, ended = _payments(spells, intervals, cut, timeline.days)
    names = ("segments", "last_segments", "add_ons", "times", "from_days", "until_days", "interval_days", "prices", "turns")
    return AddOnCharges(
        **dict(zip(names, map(np.ascontiguousarray, payments), strict=True)),
        before=before,
        ended=ended,
        items=np.array([items.add_ons[code] for code in catalog.addons], np.int64),
        segment_count=timeline.segment_count,
        minor_nanos=minor_nanos(catalog.currency),
    )


def _interval_days(catalog: Catalog, timeline: Timeline, stages: tuple[Stage, ...], intervals: PaidIntervals) -> np.ndarray:
    """int64, one per segment: days of its interval; in a trial of the one that would have begun with it."""
    days = intervals.whole_days.copy()
    for place, stage in enumerate(stages):
        if stage.state == "trial":
            periods = INTERVAL_PERIODS.get(stage.interval, 1) if stage.interval is not None else 1
            for segment in np.flatnonzero(timeline.segments.stages == place).tolist():
                anchor = int(timeline.phases.anchors[timeline.segment_phases[segment]])
                begun = billing_day_before(catalog, active(stage), anchor)
                following = period_day(begun, periods if begun == anchor else 1, stage.weekly)
                first = begun if begun == anchor else period_day(begun, 1 - periods, stage.weekly)
                days[segment] = following - first
    return np.maximum(days, 1)


@compiled
def _shares(segments, last_segments, from_days, amounts, period_ends):  # type: ignore[no-untyped-def]
    shares = np.zeros(len(period_ends), np.int64)
    for row in range(len(segments)):
        for segment in range(segments[row], last_segments[row] + 1):
            if period_ends[segment] > from_days[row]:
                shares[segment] += amounts[row]
    return shares


@compiled
def _payments(spells: AddOnSpells, intervals: PaidIntervals, cut: CutPhases, days: Days):  # type: ignore[no-untyped-def]
    """Columns of `AddOnCharges` up to `turns`, and `before` and `ended`."""
    most = 0
    for spell in range(len(spells.phases)):
        most += cut.firsts[spells.phases[spell] + 1] - cut.firsts[spells.phases[spell]] + 1
    columns = np.zeros((9, most), np.int64)
    before, ended = np.zeros(most, np.bool_), np.zeros(most, np.bool_)
    count = 0
    for spell in range(len(spells.phases)):
        first, last = cut.firsts[spells.phases[spell]], cut.firsts[spells.phases[spell] + 1]
        if first == last or not cut.has_periods[cut.stages[first]]:
            continue
        start, end, opening = spells.starts[spell], spells.ends[spell], spells.opening[spell]
        at_once = not opening or cut.trials[cut.stages[first]]
        for segment in range(first, last):
            begun, over = cut.starts[segment], cut.ends[segment]
            charged = intervals.charged[segment] and start <= begun <= end and (opening or start < begun)
            activated = at_once and not charged and begun <= start and (start < over or segment == last - 1)
            goes_on = segment == cut.offsets[cut.customers[segment]] and not intervals.charged[segment]
            before[count] = goes_on and start < begun <= end  # paid before the window
            if charged or activated or before[count]:
                from_day, until_day = intervals.start_days[segment], intervals.end_days[segment]
                if activated or (before[count] and at_once and start >= day_start(days, from_day)):
                    from_day = day_not_begun(days, start)  # a day that has begun is used up (8.2)
                last_segment, ended[count] = _last_segment(intervals, cut, segment, last, end, days)
                columns[0, count], columns[1, count] = segment, last_segment
                columns[2, count], columns[3, count] = spells.add_ons[spell], start if activated else -1
                columns[4, count], columns[5, count] = from_day, until_day
                columns[6, count] = cut.interval_days[segment]
                columns[7, count] = cut.prices[cut.stages[segment], spells.add_ons[spell]]
                columns[8, count] = spells.turns[spell]
                count += 1
    return columns[:, :count].copy(), before[:count].copy(), ended[:count].copy()


@compiled
def _last_segment(intervals: PaidIntervals, cut: CutPhases, segment, phase_end, end, days: Days):  # type: ignore[no-untyped-def]
    """The last segment that a payment is for, and whether the add-on ended before its days were over."""
    last = segment
    while last + 1 < phase_end and not intervals.begins[last + 1]:
        last += 1
    ended = end <= cut.ends[last] and end < day_start(days, intervals.end_days[segment])
    while ended and last > segment and cut.starts[last] > end:
        last -= 1
    return last, ended
