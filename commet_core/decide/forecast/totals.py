"""What a replay comes to, step by step: whole numbers that add up, whichever customers were replayed together (decisions.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from commet_core.decide.forecast.steps import Unit, day_numbers, steps_of_days
from commet_core.engine.month_accounts import month_accounts
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import day_number
from commet_core.foundation.compiled import compiled
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.invoices import CLOSING

Measure = Literal["billed", "earned", "customers", "blocked_share", "outstanding"]
MEASURES: Final[tuple[Measure, ...]] = ("billed", "earned", "customers", "blocked_share", "outstanding")


class StepTotals(NamedTuple):
    """Of each candidate and step: int64 [candidate, step].

    billed       minor units of the invoices issued in it, closing invoices too
    closing      of that the closing invoices, which are issued only because the window ends
    earned       nanos, and outstanding at its end: as objects, whatever their size; zeros where steps are days
    customers    with usage in it
    ever         int64, one per candidate: customers with usage in any of the steps
    asked        events in the billing periods that end in it; blocked: of those, refused
    """

    billed: np.ndarray
    closing: np.ndarray
    earned: np.ndarray
    outstanding: np.ndarray
    customers: np.ndarray
    ever: np.ndarray
    asked: np.ndarray
    blocked: np.ndarray

    def __add__(self, other: object) -> StepTotals:
        assert isinstance(other, StepTotals)
        return StepTotals(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def added(parts: Sequence[StepTotals]) -> StepTotals:
    """Those of all customers of some parts, of which there is at least one."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def step_totals(replayed: Replay, unit: Unit, first: int, count: int, *, accounts: bool = True) -> StepTotals:
    """Of `count` steps from `first` on. accounts: what is earned and outstanding, too, where steps are months."""
    by_run = [_of_run(replayed, run, unit, first, count, accounts=accounts and unit == "month") for run in replayed.runs]
    return StepTotals(*(np.stack(column) for column in zip(*by_run, strict=True)))


def _of_run(replayed: Replay, run: Run, unit: Unit, first: int, count: int, *, accounts: bool) -> tuple[np.ndarray, ...]:
    invoices, last_day = run.bill.invoices, day_number(run.timeline.window.end) - 1
    days = run.timeline.days
    issued = steps_of_days(unit, np.minimum(days.of(invoices.issued_at), last_day)) - first
    closing = invoices.kinds == CLOSING
    ends = steps_of_days(unit, days.of(run.timeline.ends - 1)) - first
    events = run.segment_events
    earned, outstanding = _accounts(replayed, run, first, count) if accounts else (np.zeros(count, object),) * 2
    customers, ever = _customers_by_step(run, unit, first, count)
    return (
        _sums(issued, invoices.totals, count),
        _sums(issued[closing], invoices.totals[closing], count),
        earned,
        outstanding,
        customers,
        ever,
        _sums(ends, events, count),
        _sums(ends, events - run.segment_served_events, count),
    )


def _accounts(replayed: Replay, run: Run, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    by_month = month_accounts(replayed.scenario, run, ("earned", "outstanding"))
    start = first - by_month.months.start
    earned, outstanding = (
        np.array(by_month.amounts[name][start : start + count], object) for name in ("earned", "outstanding")
    )
    return earned, outstanding


def _customers_by_step(run: Run, unit: Unit, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Customers with usage, in each step and in any."""
    segments = run.timeline.segments
    edges = run.timeline.days.start(day_numbers(unit, np.arange(first, first + count + 1)))
    firsts, lasts = segments.first_events[segments.offsets[:-1]], segments.last_events[segments.offsets[1:] - 1]
    counts: tuple[np.ndarray, np.ndarray] = _count_customers(firsts, lasts, run.usage.times, edges)
    return counts


def _sums(steps: np.ndarray, amounts: np.ndarray, count: int) -> np.ndarray:
    inside = (steps >= 0) & (steps < count)
    return sum_by_index(steps[inside], amounts[inside], count)


@compiled
def _count_customers(firsts, lasts, times, edges):  # type: ignore[no-untyped-def]
    counts = np.zeros(len(edges) - 1, np.int64)
    ever = np.zeros(1, np.int64)
    for customer in range(len(firsts)):
        seen = False
        event, last = firsts[customer], lasts[customer]
        for step in range(len(counts)):
            event += np.searchsorted(times[event:last], edges[step])
            if event < last and times[event] < edges[step + 1]:
                counts[step] += 1
                seen = True
        ever[0] += seen
    return counts, ever
