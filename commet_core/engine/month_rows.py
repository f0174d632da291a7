"""Segments cut where calendar months or days end, and what was used of purchases before each cut, event by event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from commet_core.engine.candidate import ledger
from commet_core.engine.recognition import Purchased, Spans
from commet_core.engine.run import Run
from commet_core.foundation.calendar import first_day, month_number
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days
from commet_core.foundation.ranges import ranges_up_to
from commet_core.scenario.scenario import Scenario

EVENTS_AT_ONCE = 2_000_000
"""So many events are looked at one by one at a time: their ledger takes some 35 bytes each."""


Cut = Literal["month", "day"]


def steps_of(cut: Cut, days: np.ndarray) -> np.ndarray:
    """int64: the months, counted from January 1970, or the days, in which days lie."""
    return month_number(days) if cut == "month" else days


def first_days(cut: Cut, steps: np.ndarray) -> np.ndarray:
    """int64 day numbers on which months or days begin."""
    return first_day(steps) if cut == "month" else steps


class MonthRows(NamedTuple):
    """The segments of a run, cut where calendar months end, or days where these are asked for: int64, one entry per row.

    offsets     one per segment and one more: the rows of segment s are offsets[s] to offsets[s + 1]
    segments    the segment that each row is of
    months      months since January 1970
    month_ends  bool: the last row of a customer in its month
    spans       the rows as spans of their customers' time
    days        when days begin (billing-rules 2.7)
    cut         whether `months` are that, or days
    """

    offsets: np.ndarray
    segments: np.ndarray
    months: np.ndarray
    month_ends: np.ndarray
    spans: Spans
    days: Days
    cut: Cut = "month"

    def at_starts(self, per_segment: np.ndarray) -> np.ndarray:
        """What happens at the start of segments, row by row: nothing on the later ones of a segment."""
        return self._placed(self.offsets[:-1], per_segment)

    def at_ends(self, per_segment: np.ndarray) -> np.ndarray:
        """What happens at the end of segments, row by row: nothing on the earlier ones of a segment."""
        return self._placed(self.offsets[1:] - 1, per_segment)

    def at(self, segments: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The row of each of some moments (int64 microseconds), the segments of which are given."""
        first_rows = self.offsets[segments]
        return first_rows + steps_of(self.cut, self.days.of(times)) - self.months[first_rows]

    def _placed(self, rows: np.ndarray, per_segment: np.ndarray) -> np.ndarray:
        placed = np.zeros(len(self.segments), per_segment.dtype)
        placed[rows] = per_segment
        return placed


def month_rows(run: Run, cut: Cut = "month") -> MonthRows:
    """Cuts the segments of a run."""
    timeline = run.timeline
    start_days, end_days = timeline.start_days, timeline.end_days
    first_months = steps_of(cut, start_days)
    counts = np.maximum(steps_of(cut, timeline.days.of(timeline.ends - 1)) - first_months + 1, 1)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    segments = np.repeat(np.arange(timeline.segment_count), counts)
    months = first_months[segments] + np.arange(len(segments)) - offsets[segments]
    starts = np.maximum(first_days(cut, months), start_days[segments])
    ends = np.minimum(first_days(cut, months + 1), end_days[segments])
    customers = timeline.segment_customers[segments]
    following = (months[1:] == months[:-1]) & (customers[1:] == customers[:-1])
    month_ends = np.append(~following, True)[: len(segments)]  # of a run without customers there are none
    spans = Spans(offsets[timeline.segments.offsets], starts, ends)
    return MonthRows(offsets, segments, months, month_ends, spans, timeline.days, cut)


def purchased_by_row(scenario: Scenario, run: Run, rows: MonthRows, purchased: Purchased) -> Purchased:
    """What was purchased and used up, row by row in place of segment by segment."""
    lots, uses = run.charged.lots, run.charged.uses
    if uses is not None:
        bought = purchased._replace(spans=rows.at(lots.segments, lots.times), lapses=rows.at_ends(purchased.lapses))
        used_in = steps_of(rows.cut, first_day(uses.months + 1) - 1)  # of lots only the month of a use is known
        of_row = rows.offsets[uses.segments] + used_in - rows.months[rows.offsets[uses.segments]]
        of_row = np.minimum(of_row, rows.offsets[uses.segments + 1] - 1)  # what expires with a period's end is its last month's
        return bought._replace(used=np.zeros(len(rows.segments), np.int64), uses=uses._replace(segments=of_row))
    return Purchased(
        spans=rows.at(lots.segments, lots.times),
        quantities=purchased.quantities,
        amounts=purchased.amounts,
        used=_used_by_row(scenario, run, rows, purchased),
        lapses=rows.at_ends(purchased.lapses),
    )


def _used_by_row(scenario: Scenario, run: Run, rows: MonthRows, purchased: Purchased) -> np.ndarray:
    """int64, one per row: micros of purchased credits, or nanos of top-ups."""
    until = rows.at_ends(purchased.used)
    cut, events = _cuts_that_matter(run, rows, purchased)
    until[cut] = _used_until(scenario, run, rows.segments[cut], events)
    used = until.copy()
    later = np.flatnonzero(rows.segments[1:] == rows.segments[:-1]) + 1
    used[later] -= until[later - 1]
    return used


def _cuts_that_matter(run: Run, rows: MonthRows, purchased: Purchased) -> tuple[np.ndarray, np.ndarray]:
    """The rows that end inside a segment of somebody who ever bought, after an event of it; and the last such event."""
    segments = run.timeline.segments
    bought = np.zeros(run.customer_count, bool)
    bought[run.timeline.segment_customers[purchased.spans]] = True
    inner = np.flatnonzero(rows.segments[1:] == rows.segments[:-1])
    inner = inner[bought[run.timeline.segment_customers[rows.segments[inner]]]]
    own = rows.segments[inner]
    ends = rows.days.start(rows.spans.end_days[inner])
    events = _events_before(segments.first_events[own], segments.last_events[own], ends, run.usage.times)
    after_event = events >= segments.first_events[own]
    return inner[after_event], events[after_event]


def _used_until(scenario: Scenario, run: Run, segments: np.ndarray, events: np.ndarray) -> np.ndarray:
    """What was used of purchases from a segment's start to an event of it, that event included: int64."""
    lots = run.charged.lots
    running = np.concatenate([[0], np.cumsum(lots.quantities)])
    first_lots = np.searchsorted(lots.segments, segments)
    bought = running[np.searchsorted(lots.events, events, side="right")] - running[first_lots]
    assert run.sold is not None
    there = run.sold.opening[segments] + bought
    return there - np.clip(_purchases_after(scenario, run, events), 0, there)


def _purchases_after(scenario: Scenario, run: Run, events: np.ndarray) -> np.ndarray:
    """int64: what was left of purchases after each of some events, which ascend."""
    found = np.zeros(len(events), np.int64)
    for first, last in _customer_ranges(run, events):
        own, kept = ledger(scenario, run, first, last)
        asked = slice(*np.searchsorted(events, [own.start, own.stop]))
        found[asked] = kept.purchased[events[asked] - own.start]
    return found


def _customer_ranges(run: Run, events: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of customers to whom some events belong, none with more events than are looked at at once, unless it is one."""
    segments = run.timeline.segments
    firsts = segments.first_events[segments.offsets[:-1]]
    owners = np.unique(np.searchsorted(firsts, events, side="right") - 1)
    offsets = np.append(firsts[owners], segments.last_events[segments.offsets[owners[-1:] + 1] - 1])
    for first, last in ranges_up_to(offsets, EVENTS_AT_ONCE):
        yield int(owners[first]), int(owners[last - 1]) + 1


@compiled
def _events_before(first_events, last_events, ends, times):  # type: ignore[no-untyped-def]
    """Per segment the last event before a moment; one before its first where there is none."""
    found = np.empty(len(ends), np.int64)
    for row in range(len(ends)):
        first, last = first_events[row], last_events[row]
        found[row] = first + np.searchsorted(times[first:last], ends[row]) - 1
    return found
