"""The ground of a migration: everybody staying, everybody on the new candidate, and what is known of customers on the day it begins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from commet_core.decide.migration.bills import Bill, bills_before, is_above
from commet_core.decide.migration.moved_rows import Ways
from commet_core.decide.migration.renewals import Renewals, starts_of
from commet_core.engine.month_accounts import accounts_by
from commet_core.engine.payments import base_intervals
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import date_of, day_number, period_day
from commet_core.foundation.derived import cached_property
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import half_up, micros, minor_nanos
from commet_core.foundation.progress import Progress
from commet_core.foundation.window import Window
from commet_core.scenario.assumptions import Assumptions
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.window import default_window
from commet_core.usage.slices import usage_of_chosen
from commet_core.usage.usage import Usage

MONTHS_BEFORE: int = 3
"""Whole months of the window before a migration begins, where nothing else is said and the window has as many after them."""


@dataclass(frozen=True, eq=False)
class Ground:
    """at: the first day of the migration. staying: both candidates, replayed as if nobody moved. rise: a share."""

    scenario: Scenario
    usage: Usage
    ways: Ways
    at: date
    rise: Decimal
    staying: Replay

    @property
    def window(self) -> Window:
        return self.staying.window

    @property
    def currency(self) -> str:
        return self.scenario.catalog.currency

    @property
    def old(self) -> Run:
        return self.staying.runs[0]

    @cached_property
    def moment(self) -> int:
        """Microseconds: when the migration begins."""
        return self.scenario.catalog.days.start(day_number(self.at))

    @cached_property
    def window_end(self) -> int:
        """Microseconds."""
        return self.window.span(self.scenario.catalog.days)[1]

    def months_later(self, months: int) -> int:
        """Microseconds: so many months after the migration begins."""
        return self.scenario.catalog.days.start(period_day(day_number(self.at), months, weekly=False))

    @cached_property
    def ids(self) -> list[str]:
        """All customers, in the order of the runs."""
        return ids_of(self.old)

    @cached_property
    def places(self) -> dict[str, int]:
        return {customer: place for place, customer in enumerate(self.ids)}

    @cached_property
    def renewals(self) -> Renewals:
        return Renewals.of(self.old)

    @cached_property
    def starts(self) -> np.ndarray:
        """int64 microseconds, one per customer."""
        return starts_of(self.renewals)

    @cached_property
    def before(self) -> list[Bill | None]:
        """Each customer's bill a month where it is."""
        return bills_before(self.scenario, self.old, self.moment)

    @cached_property
    def after(self) -> list[Bill | None]:
        """What it would have been on the new candidate."""
        return bills_before(self.scenario, self.staying.runs[1], self.moment)

    def rises(self, place: int) -> int | None:
        """By how many minor units a month a bill rises; None where nothing can be set against it."""
        before, after = self.before[place], self.after[place]
        return None if before is None or after is None else after.minor - before.minor

    def above(self, place: int) -> bool:
        """Whether a bill rises by more than the stated share."""
        return is_above(self.before[place], self.after[place], micros(self.rise))

    @cached_property
    def there(self) -> list[int]:
        """The places of customers who can move: they were there before that day, and are on a plan that can end."""
        found = []
        for place in range(len(self.ids)):
            segment = self.renewals.on(place, self.moment)
            if segment is None or self.starts[place] >= self.moment:
                continue
            stage = self.renewals.stages[segment]
            if stage.has_periods and stage.interval != "one_time":
                found.append(place)
        return found

    @cached_property
    def newcomers(self) -> int:
        """Customers who start on that day or later: they stay where they are, so that they make no difference."""
        return int(np.sum(self.starts >= self.moment))

    @cached_property
    def earned(self) -> list[int]:
        """Nanos, day by day of the window."""
        return earned_by_day(self.scenario, [self.old])

    @cached_property
    def billed(self) -> list[int]:
        """Nanos, day by day of the window."""
        return billed_by_day([self.old])

    def unused_days(self, place: int, at: int) -> int:
        """Minor units: price paid × whole days remaining ÷ days in the interval (billing-rules 8.2)."""
        segment = self.renewals.on(place, at)
        if segment is None or not self.renewals.stages[segment].charged:
            return 0
        begun = int(self._begun[segment])
        if begun < self.renewals.segments(place).start:
            return 0
        intervals, days = self._intervals, self.scenario.catalog.days
        first, until = int(intervals.from_days[begun]), int(intervals.until_days[begun])
        remaining = until - int(days.not_begun(at))
        price = int(intervals.prices[begun]) // minor_nanos(self.currency)
        return half_up(price * remaining, until - first) if until > first and remaining > 0 else 0

    @cached_property
    def _intervals(self):  # type: ignore[no-untyped-def]
        return base_intervals(self.old)

    @cached_property
    def _begun(self) -> np.ndarray:
        """int64, one per segment: the last one in which an interval began, of whatever customer."""
        places = np.arange(self.old.timeline.segment_count)
        return np.maximum.accumulate(np.where(self._intervals.begins, places, -1))


def ids_of(run: Run) -> list[str]:
    customers = run.usage.customers
    texts = customers.to_pylist()
    return [str(texts[place]) for place in run.timeline.customers.tolist()]


def earned_by_day(scenario: Scenario, runs: Sequence[Run]) -> list[int]:
    """Nanos, day by day of the window, of some runs together."""
    parts = [accounts_by("day", scenario, run, ("earned",)).amounts["earned"] for run in runs]
    return [sum(of_day) for of_day in zip(*parts, strict=True)]


def billed_by_day(runs: Sequence[Run]) -> list[int]:
    """Nanos of the invoices that some runs issue, day by day of the window; those of its end on its last day."""
    window = runs[0].timeline.window
    found = [0] * window.days
    for run in runs:
        minor, invoices = minor_nanos(run.currency), run.bill.invoices
        days = np.minimum(run.timeline.days.of(invoices.issued_at) - day_number(window.start), window.days - 1)
        for day, total in zip(days.tolist(), invoices.totals.tolist(), strict=True):
            found[day] += total * minor
    return found


def ground_of(
    scenario: Scenario, usage: Usage, old: str, new: str, at: date | None, rise: Decimal, progress: Progress
) -> Ground:
    """Raises InputError, with all that is wrong, where there is no such move, and as `replay` does."""
    candidates = _candidates(scenario, old, new)
    window = scenario.window or default_window(usage, scenario.catalog.days)
    begins = usual_day(window) if at is None else at
    problems = _problems(scenario, candidates, window, begins, given=at is not None)
    if problems:
        raise InputError(problems)
    alone = scenario.model_copy(
        update={
            "window": window,
            "candidates": candidates,
            "baseline": "",
            "checks": (),
            "subscriptions": tuple(row for row in scenario.subscriptions if row.candidate in {"", old, new}),
            "assumptions": Assumptions(pack_buying=scenario.assumptions.pack_buying, top_ups=scenario.assumptions.top_ups),
        }
    )
    staying = replay(alone, usage, progress)
    alone, usage = _without(alone, usage, staying.subscribers.left_out)
    return Ground(alone, usage, Ways(alone, *candidates), begins, rise, staying)


def _without(scenario: Scenario, usage: Usage, left_out: Collection[str]) -> tuple[Scenario, Usage]:
    """Without customers whose actions are impossible on either candidate: they are left out of every way, too."""
    if not left_out:
        return scenario, usage
    chosen = np.fromiter((customer not in left_out for customer in usage.customers.to_pylist()), bool, usage.customer_count)
    rows = [row for row in scenario.customer_rows if row.customer_id not in left_out]
    return scenario.with_customer_rows(rows), usage_of_chosen(usage, chosen)


def usual_day(window: Window) -> date:
    """The first of a month, after three whole months, or half of those that there are; of a shorter window its middle."""
    first = day_number(window.start)
    months = 0
    while period_day(first, months + 1, weekly=False) <= day_number(window.end):
        months += 1
    if months < 2:
        return date_of((first + day_number(window.end)) // 2)
    return date_of(period_day(first, min(MONTHS_BEFORE, months // 2), weekly=False))


def _candidates(scenario: Scenario, old: str, new: str) -> tuple[Candidate, Candidate]:
    names = {candidate.name: candidate for candidate in scenario.candidates}
    problems = [
        unknown_name(where, "candidate", name, list(names)) for where, name in (("from", old), ("to", new)) if name not in names
    ]
    if problems:
        raise InputError(problems)
    if old == new:
        others = [name for name in names if name != old]
        fix = f"Name another one: {', '.join(others)}" if others else "Add a candidate to move to"
        raise InputError.of("to", f"it is {new!r}, where customers are already", fix)
    return names[old], names[new]


def _problems(
    scenario: Scenario, candidates: tuple[Candidate, Candidate], window: Window, at: date, *, given: bool
) -> list[Problem]:
    old, new = candidates
    problems = []
    if old.decides and len(scenario.plans(old)) > 1:
        what = f"{old.name!r} is a line-up that chooses each customer's plan by itself, over all of the window"
        fix = "Give it `choose: assigned` and say in subscriptions who is on which plan, or move from a single plan"
        problems.append(Problem("from", what, fix))
    same_terms = (old.plan, scenario.interval(old)) == (new.plan, scenario.interval(new)) and old.plan is not None
    if same_terms and old.model_dump(exclude={"name"}) == new.model_dump(exclude={"name"}):
        problems.append(Problem("to", f"{new.name!r} has the plan and interval that {old.name!r} has", "Name another one"))
    if scenario.interval(old) == "one_time" and not old.decides:
        what = f"{old.name!r} is paid once: it has no end from which customers could move"
        problems.append(Problem("from", what, "Move from a plan that is charged every interval"))
    if not window.start < at < window.end:
        what = f"{at} is not inside the window from {window.start} to {window.end}" if given else "the window is a single day"
        fix = "Name a day after its first, so that customers have paid before it, and before its end"
        problems.append(Problem("at", what, fix))
    return problems
