"""The timeline: each customer's life in the window, cut into segments.

A segment is a phase [start, end) on one stage with one allowance: a billing period, or the time in which a subscription is
paused or canceled. What cuts it are the resets of the billing calendar, the actions of customers and the window. The cuts
depend on no price: candidates whose customers only start share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from commet_core.foundation.calendar import day_number, month_of, periods_before, start_of_period
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days, day_not_begun, day_of, day_start
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.parallel import customer_ranges, in_ranges
from commet_core.foundation.window import Window
from commet_core.timeline.phases import Phases
from commet_core.timeline.stages import Stage
from commet_core.usage.usage import Usage

NO_NEXT_CHARGE = 2**40
"""Billing periods from a one-time charge to the next: more than any subscription has."""

SEGMENTS_MAX = 50_000_000
"""Billing periods of all customers together; more would exhaust a machine's memory."""


class Segments(NamedTuple):
    """Segments as the compiled kernels see them.

    offsets       int64, customers + 1: the segments of customer c are offsets[c] to offsets[c + 1], in time order
    first_events  int64, one per segment: its events are first_events[s] to last_events[s] of the usage
    last_events   int64, one per segment
    periods       int64, one per segment: its index among the customer's, from 0
    stages        int16, one per segment: index into the candidate's stages
    cell_offsets  int64, segments + 1: the cells of segment s are cell_offsets[s] to cell_offsets[s + 1]
    cell_features int16, one per cell: a cell is one feature that has events in one segment; ascending in a segment
    cell_events   int64, one per cell: events asked for
    cell_units    int64 micros, one per cell: units asked for
    """

    offsets: np.ndarray
    first_events: np.ndarray
    last_events: np.ndarray
    periods: np.ndarray
    stages: np.ndarray
    cell_offsets: np.ndarray
    cell_features: np.ndarray
    cell_events: np.ndarray
    cell_units: np.ndarray


class Within(NamedTuple):
    """Moments inside segments from which other terms hold (billing-rules 8.7): int64, by segment and then time.

    segments  the segment
    events    the first event from then on; the one after the segment's last where none is
    stages    index into the candidate's stages
    times     microseconds since 1970
    """

    segments: np.ndarray
    events: np.ndarray
    stages: np.ndarray
    times: np.ndarray

    @classmethod
    def none(cls) -> Within:
        """Terms that only change where segments begin."""
        return cls(*(np.empty(0, np.int64) for _ in cls._fields))


@dataclass(frozen=True, eq=False)
class Timeline:
    """All segments of a candidate's customers.

    customers          int64 index into the usage's customers
    phases          what the segments are cut from
    segments           what the kernels need
    segment_customers  int64 index into `customers`, one per segment
    segment_phases  int64 index into `phases`, one per segment
    cycles             int64, one per segment: its place among the periods of its phase, from 0
    starts, ends       int64 microseconds since 1970, one per segment; never outside the window
    begins             bool, one per segment: its period begins with it, and not before the window
    closed_early       bool, one per segment: the window's end or an action cut the period off (billing-rules 2.6, 8)
    in_hand            bool, one per segment: the window's end cut it off, so that nothing in it has lapsed yet
    within             terms that change inside segments
    days               when days begin (billing-rules 2.7)
    """

    window: Window
    days: Days
    customers: np.ndarray
    phases: Phases
    segments: Segments
    segment_customers: np.ndarray
    segment_phases: np.ndarray
    cycles: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    begins: np.ndarray
    closed_early: np.ndarray
    in_hand: np.ndarray
    within: Within = field(default_factory=Within.none)
    _paid_until: dict[tuple[tuple[int, bool], ...], np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def segment_count(self) -> int:
        return len(self.starts)

    @property
    def cell_events(self) -> np.ndarray:
        """int64, one per cell: events asked for."""
        return self.segments.cell_events

    @property
    def cell_units(self) -> np.ndarray:
        """int64 micros, one per cell: units asked for."""
        return self.segments.cell_units

    @cached_property
    def start_days(self) -> np.ndarray:
        """int64 day numbers, one per segment."""
        return self.days.of(self.starts)

    @cached_property
    def end_days(self) -> np.ndarray:
        """int64 day numbers, one per segment: of the day in which each ends, or with which the next begins."""
        return self.days.of(self.ends)

    @cached_property
    def cell_units_max(self) -> int:
        """The most micros in a cell."""
        return int(self.segments.cell_units.max(initial=0))

    @cached_property
    def cell_segments(self) -> np.ndarray:
        """int64, one per cell: its segment."""
        return np.repeat(np.arange(self.segment_count), np.diff(self.segments.cell_offsets))

    def of_segments(self, per_stage: np.ndarray) -> np.ndarray:
        """What stages have, one entry per segment."""
        return np.full(self.segment_count, per_stage[0]) if len(per_stage) == 1 else per_stage[self.segments.stages]

    def of_phases(self, per_phase: np.ndarray) -> np.ndarray:
        """What phases have, one entry per segment."""
        return per_phase[self.segment_phases]

    def of_cells(self, per_feature: np.ndarray) -> np.ndarray:
        """What the features of stages have (a row per stage), one entry per cell."""
        features = self.segments.cell_features
        if len(per_feature) == 1:
            return per_feature[0][features]
        return per_feature[self.segments.stages[self.cell_segments], features]

    @cached_property
    def last_stages(self) -> np.ndarray:
        """int16, one per segment: the stage with the terms that hold at its end."""
        if len(self.within.segments) == 0:
            return self.segments.stages
        lasts = self.segments.stages.copy()
        lasts[self.within.segments] = self.within.stages
        return lasts

    @cached_property
    def event_count(self) -> int:
        """Events inside the window."""
        return int(np.sum(self.segments.last_events - self.segments.first_events))

    def charges(self, stages: Sequence[Stage]) -> np.ndarray:
        """bool, one per segment: the base price is charged at its start (billing-rules 2.4, 7)."""
        charged = np.array([stage.charged for stage in stages])
        cycles = self._cycles_renewed(_periods_charged(stages) < NO_NEXT_CHARGE)
        found: np.ndarray = _charges(self.segments.stages, cycles, self.begins, charged, _periods_charged(stages))
        return found

    def _cycles_renewed(self, renewed: np.ndarray) -> np.ndarray:
        """int64, one per segment: its place among the whole periods of its phase; -1 of a stub (billing-rules 2.2).

        renewed: bool, one per stage: whether it has intervals one after the other; where not, a stub is the first period of one.
        """
        if not self.phases.stubs.any():
            return self.cycles
        return self.cycles - (self.of_phases(self.phases.stubs) & self.of_segments(renewed))

    def charges_before(self, stages: Sequence[Stage]) -> np.ndarray:
        """int64, one per segment: how many base charges its phase had before the one that pays for it."""
        every = _periods_charged(stages)
        return np.maximum(self._cycles_renewed(every < NO_NEXT_CHARGE), 0) // every[self.segments.stages]

    def paid_from(self, stages: Sequence[Stage]) -> np.ndarray:
        """int64 microseconds, one per segment: the start of the interval that its last base price pays for."""
        starts = self._paid_days(stages, np.zeros(len(stages), np.int64))
        return np.maximum(self.days.start(starts), self.phases.starts[self.segment_phases])

    def paid_until(self, stages: Sequence[Stage], one_time_periods: int | None = None) -> np.ndarray:
        """int64 microseconds, one per segment: the end of that interval.

        Of a one-time price it is the window's end, or so many periods after the charge where they are given.
        """
        return self.days.start(self.paid_until_days(stages, one_time_periods))

    def paid_until_days(self, stages: Sequence[Stage], one_time_periods: int | None = None) -> np.ndarray:
        """int64 day numbers, one per segment: that of `paid_until`; candidates with the same intervals share them."""
        if one_time_periods is not None and any(stage.interval == "one_time" for stage in stages):
            return self._paid_days(stages, np.array([stage.interval_periods or one_time_periods for stage in stages]))
        key = tuple((stage.interval_periods or -1, stage.weekly) for stage in stages)
        if key not in self._paid_until:
            self._paid_until[key] = self._paid_days(stages, np.array([periods for periods, _ in key]))
        return self._paid_until[key]

    def interval_days(self, stages: Sequence[Stage], every: np.ndarray, periods: np.ndarray) -> np.ndarray:
        """int64 day numbers, one per segment: so many periods after the last charge where one comes every so many of them.

        every, periods: int64, one per stage. The window's end for -1 period. A stub ends with its only period.
        """
        weekly = np.array([stage.weekly for stage in stages])
        renewed = self._cycles_renewed(every < NO_NEXT_CHARGE)
        rows = self.segments.stages, self.segment_phases, self.cycles, renewed
        found: np.ndarray = _interval_days(*rows, self.phases, weekly, every, periods, day_number(self.window.end), self.days)
        return found

    def _paid_days(self, stages: Sequence[Stage], periods: np.ndarray) -> np.ndarray:
        """int64 day numbers, one per segment: so many periods after the charge that pays for it."""
        return self.interval_days(stages, _periods_charged(stages), periods)


def build_timeline(
    usage: Usage,
    window: Window,
    days: Days,
    customers: np.ndarray,
    spans: np.ndarray,
    phases: Phases,
    stages: Sequence[Stage],
) -> Timeline:
    """Cuts phases into billing periods and finds the events of each (billing-rules 2.1-2.6, 7.2).

    spans: int64, two rows, of each customer the first event in the window and the one after its last.
    """
    window_span = window.span(days)
    calendars = Calendars.of(stages)
    rows = np.searchsorted(phases.customers, np.arange(len(customers) + 1))  # where each customer's phases begin
    row_firsts, counts = _count_periods(phases, calendars, window_span[0], days)
    total = int(counts.sum())
    if total > SEGMENTS_MAX:
        what = f"{len(customers):,} customers have {total:,} billing periods in it"
        raise InputError.of("window", what, f"Choose a shorter window: up to {SEGMENTS_MAX:,} periods are replayed at once")
    row_offsets = np.concatenate([[0], np.cumsum(counts)])
    offsets = row_offsets[rows]
    cuts = Cuts.of(total)
    cell_offsets = np.zeros(total + 1, np.int64)

    def cut(first: int, last: int) -> tuple[np.ndarray, ...]:
        _cut(first, last, rows, row_offsets, row_firsts, phases, calendars, window_span, days, *spans, usage.times, cuts)
        segments = cuts.first_events[offsets[first] : offsets[last]], cuts.last_events[offsets[first] : offsets[last]]
        features = usage.feature_indexes.view(np.uint16)
        own_offsets = cell_offsets[offsets[first] + 1 : offsets[last] + 1]
        cells: tuple[np.ndarray, ...] = _count_cells(*segments, features, usage.values, len(usage.features), own_offsets)
        return cells

    cells = in_ranges(cut, customer_ranges(spans[0], int(spans[1].max(initial=0))))
    np.cumsum(cell_offsets, out=cell_offsets)
    features, events, units = (np.concatenate(parts) for parts in zip(*cells, strict=True))
    cell_columns = cell_offsets, features.view(np.int16), events, units
    return Timeline(
        window=window,
        days=days,
        customers=customers,
        phases=phases,
        segments=Segments(offsets, cuts.first_events, cuts.last_events, cuts.periods, cuts.stages, *cell_columns),
        segment_customers=cuts.customers,
        segment_phases=cuts.phases,
        cycles=cuts.cycles,
        starts=cuts.starts,
        ends=cuts.ends,
        begins=cuts.begins,
        closed_early=cuts.closed_early,
        in_hand=cuts.in_hand,
    )


class Calendars(NamedTuple):
    """How each stage is cut into periods: bool, one entry per stage.

    weekly       its periods are weeks
    resets       it is cut where allowances reset; where not, a phase on it is one segment
    has_periods  it has billing periods, which can be closed early
    """

    weekly: np.ndarray
    resets: np.ndarray
    has_periods: np.ndarray

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> Calendars:
        """The calendars of stages."""
        return cls(*(np.array([getattr(stage, name) for stage in stages], bool) for name in cls._fields))


class Cuts(NamedTuple):
    """Segments as they are cut: columns of `Segments` and `Timeline`, one entry per segment."""

    customers: np.ndarray
    phases: np.ndarray
    stages: np.ndarray
    periods: np.ndarray
    cycles: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    begins: np.ndarray
    closed_early: np.ndarray
    in_hand: np.ndarray
    first_events: np.ndarray
    last_events: np.ndarray

    @classmethod
    def of(cls, segment_count: int) -> Cuts:
        """Room for so many segments."""
        kinds: dict[str, type] = {"stages": np.int16, "begins": bool, "closed_early": bool, "in_hand": bool}
        return cls(*(np.empty(segment_count, kinds.get(name, np.int64)) for name in cls._fields))


@compiled
def _count_periods(phases: Phases, calendars: Calendars, window_start, days: Days):  # type: ignore[no-untyped-def]
    """Per phase the first of its periods that the window shows, counted from its start, and how many it shows.

    A period that begins where an action ends the phase belongs to it: resets come before actions (3.1).
    """
    count = len(phases.customers)
    firsts = np.zeros(count, np.int64)
    counts = np.ones(count, np.int64)
    for row in range(count):
        if calendars.resets[phases.stages[row]]:
            anchor, weekly = phases.anchors[row], calendars.weekly[phases.stages[row]]
            month = month_of(anchor)
            before = periods_before(anchor, month, day_of(days, max(phases.starts[row], window_start)) + 1, weekly)
            last_moment = phases.ends[row] if phases.cut[row] else phases.ends[row] - 1
            firsts[row] = before - 1 - phases.origins[row]
            counts[row] = periods_before(anchor, month, day_of(days, last_moment) + 1, weekly) - before + 1
    return firsts, counts


@compiled
def _cut(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    rows,
    row_offsets,
    row_firsts,
    phases: Phases,
    calendars: Calendars,
    window_span,
    days: Days,
    firsts,
    lasts,
    times,
    cuts: Cuts,
):
    """Fills the segments of a range of customers; an event at a segment's end belongs to the next."""
    window_start, window_end = window_span
    for customer in range(first_customer, last_customer):
        event, last_event = firsts[customer], lasts[customer]
        for row in range(rows[customer], rows[customer + 1]):
            stage, anchor = phases.stages[row], phases.anchors[row]
            anchor_month, weekly = month_of(anchor), calendars.weekly[stage]
            begun = phases.starts[row]
            if row_firsts[row] > 0:  # the window's start cuts a later period
                begun = day_start(days, start_of_period(anchor, anchor_month, phases.origins[row] + row_firsts[row], weekly))
            for segment in range(row_offsets[row], row_offsets[row + 1]):
                cycle = row_firsts[row] + segment - row_offsets[row]
                until = phases.untils[row]
                if calendars.resets[stage]:
                    following = phases.origins[row] + cycle + 1
                    until = min(until, day_start(days, start_of_period(anchor, anchor_month, following, weekly)))
                end = min(until, phases.ends[row])
                cuts.customers[segment] = customer
                cuts.phases[segment] = row
                cuts.stages[segment] = stage
                cuts.periods[segment] = segment - row_offsets[rows[customer]]
                cuts.cycles[segment] = cycle
                cuts.starts[segment] = max(begun, window_start)
                cuts.ends[segment] = end
                cuts.begins[segment] = begun >= window_start
                cuts.closed_early[segment] = until > end and calendars.has_periods[stage]
                cuts.in_hand[segment] = cuts.closed_early[segment] and end == window_end
                cuts.first_events[segment] = event
                event += np.searchsorted(times[event:last_event], end)
                cuts.last_events[segment] = event
                begun = until


def _periods_charged(stages: Sequence[Stage]) -> np.ndarray:
    """int64, one per stage: billing periods from one base charge to the next."""
    return np.array([stage.interval_periods or NO_NEXT_CHARGE for stage in stages])


@compiled
def _charges(stages, cycles, begins, charged, every):  # type: ignore[no-untyped-def]
    found = np.empty(len(stages), np.bool_)
    for segment in range(len(stages)):
        stage = stages[segment]
        cycle = cycles[segment]
        found[segment] = begins[segment] and charged[stage] and (cycle < 0 or cycle % every[stage] == 0)
    return found


@compiled
def _interval_days(  # type: ignore[no-untyped-def]
    stages, rows, cycles, renewed, phases: Phases, weekly, every, periods, window_end, days: Days
):
    """renewed: -1 of a stub, which is no whole period; where that does not matter the same as `cycles`."""
    bounds = np.empty(len(stages), np.int64)
    anchor, anchor_month = -1, -1
    for segment in range(len(stages)):
        stage, row = stages[segment], rows[segment]
        if periods[stage] < 0:
            bounds[segment] = window_end
            continue
        if phases.anchors[row] != anchor:
            anchor = phases.anchors[row]
            anchor_month = month_of(anchor)
        if renewed[segment] < 0:
            first_day = day_not_begun(days, phases.starts[row])
            following = start_of_period(anchor, anchor_month, phases.origins[row] + 1, weekly[stage])
            bounds[segment] = first_day if periods[stage] == 0 else following
            continue
        if phases.stubs[row] and every[stage] >= NO_NEXT_CHARGE and periods[stage] > 0:  # paid once, from the start
            begun = day_of(days, phases.starts[row])
            bounds[segment] = start_of_period(begun, month_of(begun), periods[stage], False)
            continue
        stubs = cycles[segment] - renewed[segment]
        last_charge = phases.origins[row] + stubs + renewed[segment] // every[stage] * every[stage]
        bounds[segment] = start_of_period(anchor, anchor_month, last_charge + periods[stage], weekly[stage])
    return bounds


@compiled
def _count_cells(first_events, last_events, features, values, feature_count, cell_counts):  # type: ignore[no-untyped-def]
    """Events and units asked for, per segment and feature, for the features that have any; and how many those are."""
    cells_max = 0
    for segment in range(len(first_events)):
        cells_max += min(last_events[segment] - first_events[segment], feature_count)
    cell_features = np.empty(cells_max, np.uint16)
    cell_events = np.empty(cells_max, np.int64)
    cell_units = np.empty(cells_max, np.int64)
    events = np.zeros(feature_count, np.int64)
    units = np.zeros(feature_count, np.int64)
    cell = 0
    for segment in range(len(first_events)):
        first_cell = cell
        for event in range(first_events[segment], last_events[segment]):
            feature = features[event]
            events[feature] += 1
            units[feature] += max(values[event], 0)  # a correction asks for nothing
        for feature in range(feature_count):
            if events[feature] > 0:
                cell_features[cell] = feature
                cell_events[cell] = events[feature]
                cell_units[cell] = units[feature]
                events[feature] = 0
                units[feature] = 0
                cell += 1
        cell_counts[segment] = cell - first_cell
    return cell_features[:cell].copy(), cell_events[:cell].copy(), cell_units[:cell].copy()
