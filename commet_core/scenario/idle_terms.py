"""Terms that are sound, and of which a replay shows less than one would think: told, never refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from commet_core.catalog.plans import Plan
from commet_core.catalog.versions import versions_of
from commet_core.foundation.calendar import date_of, day_number, period_day
from commet_core.foundation.errors import Problem
from commet_core.foundation.money import plain
from commet_core.foundation.window import Window
from commet_core.foundation.wording import counted
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario

PERIODS_SEEN_MAX: Final = 3000
"""More weeks than the longest window has."""


def idle_terms(scenario: Scenario, window: Window) -> list[Problem]:
    """A rollover that outlives the window, a version of another time, a spend cap below the base price; each with what it means."""
    plans = scenario.catalog.plans
    played = [(code, plan) for code, plan in plans.items() if code in scenario.plans_in_play]
    problems = [problem for code, plan in played for problem in _of_plan(f"catalog.plans.{code}", plan, window)]
    problems += [problem for place, each in enumerate(scenario.candidates) for problem in _caps(scenario, each, place)]
    return list(dict.fromkeys(problems))


def _of_plan(path: str, plan: Plan, window: Window) -> Iterator[Problem]:
    rollover = getattr(plan, "rollover", None)
    if rollover is not None and rollover.max_periods is not None and _outlives(rollover.max_periods, plan, window):
        what = f"{counted(rollover.max_periods, 'period')} more is longer than the window, {window.start} to {window.end}"
        yield Problem(
            f"{path}.rollover.max_periods",
            what,
            "No allowance gets too old there. Replay a longer window to see what is forfeited",
        )
    for place, version in enumerate(versions_of(plan)[1:]):
        day, where = version.start or window.start, f"{path}.versions.{place}.from"
        if day < window.start:
            yield Problem(
                where, f"{day} is before the window, which starts on {window.start}", "Who starts in the window has it at once"
            )
        elif day >= window.end:
            yield Problem(where, f"{day} is after the window, which ends on {window.end}", "Nobody comes to it there")


def _outlives(max_periods: int, plan: Plan, window: Window) -> bool:
    """Whether even what the window's first period grants is not too old when it ends."""
    weekly = set(plan.prices) == {"weekly"}
    return (
        max_periods >= PERIODS_SEEN_MAX or date_of(period_day(day_number(window.start), max_periods + 1, weekly)) >= window.end
    )


def _caps(scenario: Scenario, candidate: Candidate, place: int) -> Iterator[Problem]:
    """Spend caps below the price of a week or a month, which is charged above them (billing-rules 15.5)."""
    for code in scenario.plans(candidate):
        plan = scenario.catalog.plans[code]
        cap, path = candidate.spend_cap or plan.spend_cap, f"candidates.{place}.spend_cap.amount"
        if candidate.spend_cap is None:
            path = f"catalog.plans.{code}.spend_cap.amount"
        interval = candidate.interval if candidate.interval in plan.prices else plan.default_interval()
        base = plan.prices[interval] if interval in ("weekly", "monthly") else None
        if cap is not None and base is not None and cap.amount < base:
            what = f"{plain(cap.amount)} is less than the base price of plan {code!r}, {plain(base)}"
            yield Problem(path, what, "It counts overage, packs and top-ups alone: the base price comes on top")
