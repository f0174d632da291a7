"""Rollover (billing-rules 15.2): what is left of plan credits or balance at a reset, and may be used later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import INT64_MAX
from commet_core.foundation.sums import nothing
from commet_core.rating.model import Setting
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage, plan_on
from commet_core.usage.usage import TOTAL_MAX


class RolloverRates(NamedTuple):
    """How stages roll over, as a kernel needs it.

    rolls    bool, one per segment: what is left at its end goes on into the next; empty where no plan has a rollover
    periods  int64, one per stage: for how many periods more what is left may be used
    amounts  int64, one per stage, in the allowance's unit: how much at most is rolled over
    """

    rolls: np.ndarray
    periods: np.ndarray
    amounts: np.ndarray


def rollover_of(setting: Setting, included: np.ndarray, decimals: int) -> RolloverRates:
    """The rollover of a candidate's stages. included: int64, one per stage, what a period grants; decimals: of its unit.

    Raises InputError where what rolls over could exceed 64 bits (billing-rules 1.4).
    """
    stages, timeline = setting.subscription.stages, setting.timeline
    rules = [
        None if stage.plan is None or stage.state != "active" else plan_on(setting.catalog, stage).rolls_over
        for stage in stages
    ]
    periods = [0 if rule is None else rule.max_periods or INT64_MAX for rule in rules]
    amounts = [
        INT64_MAX if rule is None or rule.max_amount is None else int(rule.max_amount.scaleb(decimals)) for rule in rules
    ]
    has_rule = np.array([rule is not None for rule in rules])
    rolls = _rolls(timeline, stages, has_rule) if has_rule.any() else np.empty(0, bool)
    periods_most = int(np.diff(timeline.segments.offsets).max(initial=0)) if has_rule.any() else 0
    if float(included.max(initial=0)) * periods_most >= TOTAL_MAX:
        what = "what rolls over could be more than can be held"
        raise InputError.of(f"candidate {setting.candidate.name!r}", what, "Give rollover a max_amount, or include less")
    return RolloverRates(rolls, np.array(periods, np.int64), np.array(amounts, np.int64))


def _rolls(timeline: Timeline, stages: Sequence[Stage], has_rule: np.ndarray) -> np.ndarray:
    """bool, one per segment: it ends with a reset on a plan with a rollover, and the plan goes on (billing-rules 15.2).

    It goes on through a renewal that brings another interval or offer, and ends with whatever cuts a period short, a trial, and
    another plan. What is left at the window's end is rolled out where a period was due to end just then.
    """
    segments, phases = timeline.segments, timeline.phases
    places = {code: place for place, code in enumerate(dict.fromkeys(stage.plan for stage in stages))}
    plan_of = np.array([places[stage.plan] for stage in stages])[segments.stages]
    rolls: np.ndarray = has_rule[segments.stages] & ~timeline.closed_early
    same_phase = timeline.segment_phases[1:] == timeline.segment_phases[:-1]
    cut, begun = phases.cut[timeline.segment_phases], (phases.changed | phases.reactivated)[timeline.segment_phases]
    goes_on = has_rule[segments.stages[1:]] & (plan_of[1:] == plan_of[:-1]) & ~cut[:-1] & ~begun[1:]
    last = np.zeros(timeline.segment_count, bool)
    last[segments.offsets[1:] - 1] = True
    return rolls & (np.append(same_phase | goes_on, False) | last)


def rolled_over(rates: RolloverRates, rolled_out: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int64, one per segment: what the customer's segment before left to it, and what it leaves to the next."""
    if len(rates.rolls) == 0:
        return nothing(len(rolled_out)), nothing(len(rolled_out))
    into = np.zeros_like(rolled_out)
    into[1:] = rolled_out[:-1]
    into[offsets[:-1]] = 0
    return into, rolled_out


@compiled
def room_for_lots(offsets, first_customer, last_customer, rolls):  # type: ignore[no-untyped-def]
    """Room for what one customer rolls over, a place per period; none where nobody does."""
    most = 0
    if len(rolls) > 0:
        for customer in range(first_customer, last_customer):
            most = max(most, offsets[customer + 1] - offsets[customer])
    return np.zeros(most + 1, np.int64)


@step
def rolled_out(rollover: RolloverRates, segment, stage, lots, first, last, used, granted):  # type: ignore[no-untyped-def]
    """`roll_over` at a segment's end, where it is one at which something rolls over (billing-rules 15.2); else nothing is left."""
    if not rollover.rolls[segment]:
        return 0, 0, 0
    return roll_over(lots, first, last, used, granted, rollover.periods[stage], rollover.amounts[stage])


@step
def roll_over(lots, first, last, used, granted, periods, amount):  # type: ignore[no-untyped-def]
    """What a period leaves to the next: lots[first:last], oldest first, are what was rolled into it, one place per period.

    Used are the oldest first, then what was granted. What is too old, and then the oldest beyond the amount, is forfeited.
    Returns the places of what is left now, and how much it is.
    """
    for lot in range(first, last):
        taken = min(used, lots[lot])
        lots[lot] -= taken
        used -= taken
    lots[last] = max(granted - used, 0)
    last += 1
    if last - first > periods:
        first = last - periods
    total = 0
    for lot in range(first, last):
        total += lots[lot]
    excess = max(total - amount, 0)
    for lot in range(first, last):
        dropped = min(excess, lots[lot])
        lots[lot] -= dropped
        excess -= dropped
        total -= dropped
    return first, last, total
