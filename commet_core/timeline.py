"""The timeline: each customer's life in the window, cut into segments.

A segment is a stretch [start, end) on one plan with one allowance. What cuts it are the resets of the billing calendar
and the window. The cuts depend on the usage, the window and the length of a period, not on any price: candidates share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from commet_core.calendar import (
    DAY,
    INTERVAL_PERIODS,
    date_of,
    day_number,
    period_count,
    period_start,
    whole_months,
)
from commet_core.catalog import Interval
from commet_core.compiled import compiled
from commet_core.errors import InputError
from commet_core.scenario import WINDOW_DAYS_MAX, Start, Window
from commet_core.usage import Usage

SEGMENTS_MAX = 50_000_000
"""Billing periods of all customers together; more would exhaust a machine's memory."""


class Segments(NamedTuple):
    """Segments as the compiled kernels see them.

    offsets       int64, customers + 1: the segments of customer c are offsets[c] to offsets[c + 1], in time order
    first_events  int64, one per segment: its events are first_events[s] to last_events[s] of the usage
    last_events   int64, one per segment
    periods       int64, one per segment: the index of its billing period, from 0 at the subscription's start
    cell_offsets  int64, segments + 1: the cells of segment s are cell_offsets[s] to cell_offsets[s + 1]
    cell_features int16, one per cell: a cell is one feature that has events in one segment; ascending in a segment
    cell_events   int64, one per cell: events asked for
    cell_units    int64 micros, one per cell: units asked for
    """

    offsets: np.ndarray
    first_events: np.ndarray
    last_events: np.ndarray
    periods: np.ndarray
    cell_offsets: np.ndarray
    cell_features: np.ndarray
    cell_events: np.ndarray
    cell_units: np.ndarray


@dataclass(frozen=True, eq=False)
class Timeline:
    """All segments of one length of period.

    customers          int64 index into the usage's customers: those with usage in the window
    anchors            int64 day number, one per customer: the subscription's start
    segments           what the kernels need
    segment_customers  int64 index into `customers`, one per segment
    starts, ends       int64 microseconds since 1970, one per segment; ends never pass the window's
    closed_early       bool, one per segment: the window's end cut the period off (billing-rules 2.6)
    """

    window: Window
    weekly: bool
    customers: np.ndarray
    anchors: np.ndarray
    segments: Segments
    segment_customers: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    closed_early: np.ndarray

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
    def cell_segments(self) -> np.ndarray:
        """int64, one per cell: its segment."""
        return np.repeat(np.arange(self.segment_count), np.diff(self.segments.cell_offsets))

    @cached_property
    def event_count(self) -> int:
        """Events inside the window."""
        return int(np.sum(self.segments.last_events - self.segments.first_events))

    def charges(self, interval: Interval | None) -> np.ndarray:
        """bool, one per segment: the base price is charged at its start (billing-rules 2.4, 7.1)."""
        if interval is None:
            return np.zeros(self.segment_count, bool)
        if interval == "one_time":
            return self.segments.periods == 0
        return self.segments.periods % INTERVAL_PERIODS[interval] == 0

    def paid_until(self, interval: Interval | None) -> np.ndarray:
        """int64 microseconds, one per segment: the end of the interval that a base price charged at its start pays for."""
        if interval is None or interval == "one_time":
            return np.full(self.segment_count, day_number(self.window.end) * DAY)
        following = self.segments.periods + INTERVAL_PERIODS[interval]
        return period_start(self.anchors[self.segment_customers], following, self.weekly) * DAY


def default_window(usage: Usage) -> Window:
    """The whole calendar months that cover the usage (billing-rules 2.5). Raises InputError where there is none."""
    if usage.event_count == 0:
        raise InputError.of("usage", "there are no events", "Give a file with at least one usable row")
    start, end = whole_months(*_span(usage))
    window = Window(start=start, end=end)
    if window.days > WINDOW_DAYS_MAX:
        what = f"the usage lies from {start} to {end}, longer than {WINDOW_DAYS_MAX // 366} years"
        raise InputError.of("window", what, "Check the timestamps, or give a window")
    return window


def build_timeline(usage: Usage, window: Window, start: Start, *, weekly: bool) -> Timeline:
    """Cuts the window into each customer's billing periods and finds the events of each (billing-rules 2.1-2.6).

    Raises InputError where the window holds no event.
    """
    window_start, window_end = day_number(window.start), day_number(window.end)
    firsts, lasts = _events_within(usage.offsets, usage.times, window_start * DAY, window_end * DAY)
    customers = np.flatnonzero(lasts > firsts)
    if len(customers) == 0:
        raise _no_usage_within(usage, window)
    firsts, lasts = firsts[customers], lasts[customers]
    anchors = np.full(len(customers), window_start) if start == "window" else usage.times[firsts] // DAY

    counts = period_count(anchors, window_end, weekly)
    if int(counts.sum()) > SEGMENTS_MAX:
        what = f"{len(customers):,} customers have {int(counts.sum()):,} billing periods in it"
        raise InputError.of("window", what, f"Choose a shorter window: up to {SEGMENTS_MAX:,} periods are replayed at once")
    offsets = np.concatenate([[0], np.cumsum(counts)])
    segment_customers = np.repeat(np.arange(len(customers)), counts)
    periods = np.arange(offsets[-1]) - offsets[segment_customers]
    segment_anchors = anchors[segment_customers]
    starts = period_start(segment_anchors, periods, weekly)
    ends = period_start(segment_anchors, periods + 1, weekly)

    ends_in_window = np.minimum(ends, window_end) * DAY
    first_events, last_events = _events_of_segments(offsets, ends_in_window, firsts, lasts, usage.times)
    cells = _count_cells(first_events, last_events, usage.feature_indexes, usage.values, len(usage.features))
    segments = Segments(offsets, first_events, last_events, periods, *cells)
    return Timeline(
        window=window,
        weekly=weekly,
        customers=customers,
        anchors=anchors,
        segments=segments,
        segment_customers=segment_customers,
        starts=starts * DAY,
        ends=ends_in_window,
        closed_early=ends > window_end,
    )


def _span(usage: Usage) -> tuple[date, date]:
    """The days of the first and the last event."""
    return date_of(usage.times.min() // DAY), date_of(usage.times.max() // DAY)


def _no_usage_within(usage: Usage, window: Window) -> InputError:
    if usage.event_count == 0:
        return InputError.of("usage", "there are no events to replay in any window", "Give a file with at least one usable row")
    first, last = _span(usage)
    what = f"no event lies from {window.start} up to {window.end}; the usage is from {first} to {last}"
    return InputError.of("window", what, "Choose a window that covers some of the usage")


@compiled
def _events_within(offsets, times, start, end):  # type: ignore[no-untyped-def]
    """Per customer the first event at or after `start` and the first at or after `end`."""
    customers = len(offsets) - 1
    firsts = np.empty(customers, np.int64)
    lasts = np.empty(customers, np.int64)
    for customer in range(customers):
        own = times[offsets[customer] : offsets[customer + 1]]
        firsts[customer] = offsets[customer] + np.searchsorted(own, start)
        lasts[customer] = offsets[customer] + np.searchsorted(own, end)
    return firsts, lasts


@compiled
def _events_of_segments(offsets, ends, firsts, lasts, times):  # type: ignore[no-untyped-def]
    """Per segment its first event and the one after its last; an event at a segment's end belongs to the next."""
    first_events = np.empty(len(ends), np.int64)
    last_events = np.empty(len(ends), np.int64)
    for customer in range(len(firsts)):
        event = firsts[customer]
        for segment in range(offsets[customer], offsets[customer + 1]):
            first_events[segment] = event
            event += np.searchsorted(times[event : lasts[customer]], ends[segment])
            last_events[segment] = event
    return first_events, last_events


@compiled
def _count_cells(first_events, last_events, features, values, feature_count):  # type: ignore[no-untyped-def]
    """Events and units asked for, per segment and feature, for the features that have any."""
    segment_count = len(first_events)
    cells_max = 0
    for segment in range(segment_count):
        cells_max += min(last_events[segment] - first_events[segment], feature_count)
    cell_offsets = np.zeros(segment_count + 1, np.int64)
    cell_features = np.empty(cells_max, np.int16)
    cell_events = np.empty(cells_max, np.int64)
    cell_units = np.empty(cells_max, np.int64)
    events = np.zeros(feature_count, np.int64)
    units = np.zeros(feature_count, np.int64)
    cell = 0
    for segment in range(segment_count):
        for event in range(first_events[segment], last_events[segment]):
            events[features[event]] += 1
            units[features[event]] += values[event]
        for feature in range(feature_count):
            if events[feature] > 0:
                cell_features[cell] = feature
                cell_events[cell] = events[feature]
                cell_units[cell] = units[feature]
                events[feature] = 0
                units[feature] = 0
                cell += 1
        cell_offsets[segment + 1] = cell
    return cell_offsets, cell_features[:cell].copy(), cell_events[:cell].copy(), cell_units[:cell].copy()


def window_dates(window: Window) -> tuple[date, date]:
    """First and last day of a window."""
    return window.start, date_of(day_number(window.end) - 1)
