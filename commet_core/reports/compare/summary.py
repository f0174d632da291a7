"""Candidates in figures: what each brings in, what its customers pay, and what they are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, Protocol

import numpy as np

from commet_core.engine.totals import Totals, blocked_share
from commet_core.foundation.calendar import moment
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.vocabulary import LINE_KINDS, LineKind, RevenuePart
from commet_core.foundation.window import Window
from commet_core.rating.balance import BALANCE_STOCK
from commet_core.rating.credits import PLAN_CREDITS, PURCHASED_CREDITS
from commet_core.rating.invoices import PLAN_BASE
from commet_core.rating.stocks import UNIT_DECIMALS, StockKind
from commet_core.reports.compare.months import months_in, rounded
from commet_core.reports.compare.revenue import LINE_PARTS, MODEL_PARTS, REVENUE_PARTS
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario

_IN_BASE: Final = (
    PLAN_BASE,
    *(kind for kind in range(len(LINE_KINDS)) if LINE_PARTS[kind] == REVENUE_PARTS.index("base") and kind != PLAN_BASE),
)
"""Kinds of lines that count as base, the base price first."""


@dataclass(frozen=True)
class Summary:
    """One candidate in figures. Amounts in the currency's unit, exact; shares between 0 and 1.

    base                    base prices, and what else is charged or credited for an interval; in_base: it by kind of line
    monthly_revenue         billed ÷ months of the window
    median_monthly_cost     of the customers' monthly costs, see `engine.monthly_costs`
    blocked_share           share of what was asked for that was refused, see `totals.blocked_share`
    plan_credits_forfeited, purchased_credits_in_hand   credits plans, else None
    balance_forfeited       balance plans, else None; None too where balances are in other currencies than sums (15.6)
    """

    name: str
    plan: str
    model: str
    customers: int
    customers_billed: int
    billed: Decimal
    base: Decimal
    in_base: Mapping[LineKind, Decimal]
    overage: Decimal
    packs: Decimal
    top_ups: Decimal
    monthly_revenue: Decimal
    median_monthly_cost: Decimal
    events: int
    blocked_events: int
    blocked_share: Fraction
    customers_blocked: int
    first_blocked_at: datetime | None
    plan_credits_forfeited: Decimal | None
    purchased_credits_in_hand: Decimal | None
    balance_forfeited: Decimal | None


class Replayed(Protocol):
    """What figures are made of: a `Replay`, or the `Outcome` of one of any size."""

    @property
    def scenario(self) -> Scenario: ...

    @property
    def window(self) -> Window: ...

    @property
    def totals(self) -> tuple[Totals, ...]: ...


def summarize(replayed: Replayed) -> list[Summary]:
    """Every candidate in figures, in the scenario's order."""
    candidates = replayed.scenario.candidates
    return [_summary(replayed, candidate, totals) for candidate, totals in zip(candidates, replayed.totals, strict=True)]


def _summary(replayed: Replayed, candidate: Candidate, totals: Totals) -> Summary:
    scenario = replayed.scenario
    decimals_minor = minor_decimals(scenario.reporting_currency)
    base, overage, packs, top_ups = (
        decimal_of(totals.lines_of(*np.flatnonzero(part == LINE_PARTS).tolist()), decimals_minor)
        for part in range(len(REVENUE_PARTS))
    )
    return Summary(
        name=candidate.name,
        plan=scenario.plan_code(candidate),
        model=scenario.plan(candidate).consumption_model,
        customers=totals.customers,
        customers_billed=totals.customers_billed,
        billed=decimal_of(totals.billed_minor, decimals_minor),
        base=base,
        in_base={LINE_KINDS[kind]: decimal_of(totals.lines_of(kind), decimals_minor) for kind in _IN_BASE},
        overage=overage,
        packs=packs,
        top_ups=top_ups,
        monthly_revenue=rounded(Fraction(totals.billed_minor) / months_in(replayed.window), decimals_minor),
        median_monthly_cost=rounded(totals.median_monthly_cost, decimals_minor),
        events=totals.events,
        blocked_events=totals.events - totals.served_events,
        blocked_share=blocked_share(scenario.rows, totals),
        customers_blocked=totals.customers_blocked,
        first_blocked_at=None if totals.first_blocked is None else moment(totals.first_blocked),
        plan_credits_forfeited=_of_stock(totals, (PLAN_CREDITS, None), "forfeited"),
        purchased_credits_in_hand=_of_stock(totals, (PURCHASED_CREDITS, None), "in_hand"),
        balance_forfeited=_of_stock(totals, (BALANCE_STOCK, scenario.reporting_currency), "forfeited"),
    )


def _of_stock(totals: Totals, stock: tuple[StockKind, str | None], flow: Literal["forfeited", "in_hand"]) -> Decimal | None:
    """What of a stock was left over; None where the candidate has no such stock, or something of it in another currency."""
    kind, currency = stock
    own = totals.stocks.get((kind.name, currency))
    elsewhere = any(any(left) for (name, other), left in totals.stocks.items() if name == kind.name and other != currency)
    return None if own is None or elsewhere else decimal_of(getattr(own, flow), UNIT_DECIMALS[kind.unit])


def parts_of(summary: Summary) -> dict[RevenuePart, Decimal]:
    """What a candidate billed, part by part: those parts that a plan of its model can bill; they add up to `billed`."""
    amounts: dict[RevenuePart, Decimal] = {
        "base": summary.base,
        "overage": summary.overage,
        "packs": summary.packs,
        "top-ups": summary.top_ups,
    }
    return {part: amounts[part] for part in MODEL_PARTS[summary.model]}
