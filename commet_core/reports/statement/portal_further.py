"""What the portal shows of seats, quota, add-ons, spend caps, commitments, customer credits and plans that are lent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from commet_core.catalog.plans import Plan
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, format_exact, minor_decimals
from commet_core.foundation.wording import counted, interval_noun
from commet_core.rating.beyond import NEVER, spend_cap_of
from commet_core.rating.invoices import CREDIT
from commet_core.rating.level_rates import overage_for
from commet_core.reports.statement.action_words import add_on_name
from commet_core.reports.statement.overage_words import overage_in_words
from commet_core.reports.statement.statement import Statement
from commet_core.timeline.held import held_after, limit_of
from commet_core.timeline.stages import Stage


@dataclass(frozen=True)
class LevelState:
    """Seats or a quota of the plan, to the customer: units held, None included where it is unlimited.

    beyond  what units above what is included cost, in words; empty where there is no way beyond
    """

    code: str
    name: str
    unit: str
    held: Decimal
    included: Decimal | None
    beyond: str

    @property
    def used_share(self) -> float:
        """How much of what is included is held, 0 to 1, to be drawn."""
        return min(1.0, float(self.held / self.included)) if self.included else 1.0


@dataclass(frozen=True)
class CapState:
    """The spend cap of the plan. reached_at: when the period reached it, None where it has not; free: what is beyond it is free."""

    amount: Decimal
    free: bool
    reached_at: datetime | None


def levels_at(statement: Statement, plan: Plan, stage: Stage, segment: int, micros: int) -> tuple[LevelState, ...]:
    """The seats and quota of the plan just before a moment. segment: counted from the customer's first."""
    catalog, currency = statement.replayed.scenario.catalog, statement.currency
    states = []
    for code, terms in plan.levels.items():
        feature, beyond = catalog.features[code], ""
        if terms.overage is not None and stage.charged and not terms.unlimited:
            price = overage_in_words(overage_for(terms.overage, stage.interval), feature.unit, currency)
            beyond = f"{price}, for {_a_time(stage)}"
        held = decimal_of(_held(statement, code, segment, micros), MICRO_DECIMALS)
        included = None if terms.unlimited else terms.included
        states.append(LevelState(code, feature.name or code, feature.unit, held, included, beyond))
    return tuple(states)


def _held(statement: Statement, code: str, last: int, micros: int) -> int:
    """Micros held just before a moment of a segment (billing-rules 10.1, 10.4)."""
    asked = (statement.run.subscription.asked or {}).get(statement.customer, {}).get(code, ())
    starts, held, level = statement.run.timeline.starts[statement.segments].tolist(), 0, 0
    for segment, stage in enumerate(statement.segment_stages[: last + 1].tolist()):
        limit = limit_of(statement.run.catalog, statement.run.stages[stage], code)
        end = micros if segment == last else starts[segment + 1]
        before = [units for at, units in asked if at <= starts[segment] and at < micros]
        level = before[-1] if before else 0
        held = held_after(level, limit, held)
        for at, units in asked:
            if starts[segment] < at < end:
                held = held_after(units, limit, held)
    return int(held)


def add_ons_at(statement: Statement, micros: int) -> tuple[str, ...]:
    """The codes of add-ons that are active just before a moment."""
    spells, phases = statement.run.subscription.spells, statement.run.timeline.phases
    if spells is None:
        return ()
    own = phases.customers[spells.phases] == statement.customer
    ends = np.minimum(spells.ends, phases.ends[spells.phases])
    active = np.unique(spells.add_ons[own & (spells.starts < micros) & (micros <= ends)]).tolist()
    codes = list(statement.replayed.scenario.catalog.addons)
    return tuple(codes[place] for place in active)


def add_on_words(statement: Statement, code: str, stage: Stage) -> str:
    """An active add-on with its price: `SMS: $18.00 a month`."""
    catalog = statement.replayed.scenario.catalog
    price = catalog.addons[code].price(stage.interval)
    name = add_on_name(catalog, code)
    return name if price is None else f"{name}: {format_exact(price, statement.currency)} {_a_time(stage)}"


def _a_time(stage: Stage) -> str:
    """On free and one-time plans the interval of seats and add-ons is the month (billing-rules 10.3)."""
    return "a month" if stage.interval in (None, "one_time") else f"a {interval_noun(stage.interval)}"


def cap_at(statement: Statement, stage: Stage, segment: int, micros: int) -> CapState | None:
    """The spend cap just before a moment of a segment; None without one."""
    cap = spend_cap_of(statement.run.catalog, statement.run.candidate, stage)
    if cap is None or statement.run.beyond is None:
        return None
    reached = int(statement.run.beyond.outcome.reached_at[statement.segments][segment])
    return CapState(cap.amount, cap.beyond == "free", statement.time(reached) if reached < min(micros, NEVER) else None)


def commitment_words(plan: Plan, currency: str) -> str:
    """`at least $500.00 for each billing interval`; empty without a minimum commitment (billing-rules 15.4)."""
    minimum = plan.minimum_commitment
    if minimum is None:
        return ""
    per = "each billing interval" if minimum.term_months is None else f"every {counted(minimum.term_months, 'month')}"
    return f"at least {format_exact(minimum.amount, currency)} for {per}"


def credit_left(statement: Statement, micros: int) -> Decimal:
    """What is left of customer credits just before a moment (billing-rules 8.9): the oldest grant is used first."""
    acted, bill = statement.run.subscription.acted, statement.own.bill
    grants = () if acted is None else acted.credits
    own = [credit for row, credit in grants if _is_own(statement, row) and credit.at < micros]
    left = [credit.amount for credit in own]
    lines = np.flatnonzero((bill.lines.kinds == CREDIT) & (bill.lines.items == len(bill.items) - 1))
    for line in lines.tolist():
        at, wanted = int(bill.invoices.issued_at[bill.lines.invoices[line]]), -int(bill.lines.amounts[line])
        for place, credit in enumerate(own):
            if at < micros and at < credit.until:
                taken = min(wanted, left[place])
                left[place] -= taken
                wanted -= taken
    there = sum(rest for rest, credit in zip(left, own, strict=True) if micros <= credit.until)
    return decimal_of(there, minor_decimals(statement.currency))


def _is_own(statement: Statement, row: int) -> bool:
    return bool(statement.run.timeline.phases.customers[row] == statement.customer)
