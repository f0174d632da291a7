"""Candidates in figures: what each brings in, what its customers pay, and what they are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import moment
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import RevenuePart
from commet_core.rating.balance import BALANCE_STOCK
from commet_core.rating.credits import PLAN_CREDITS, PURCHASED_CREDITS
from commet_core.rating.stocks import UNIT_DECIMALS, StockKind
from commet_core.reports.compare.customer_costs import median, monthly_costs
from commet_core.reports.compare.months import months_in, rounded
from commet_core.reports.compare.revenue import MODEL_PARTS, revenue_parts


@dataclass(frozen=True)
class Summary:
    """One candidate in figures. Amounts in the currency's unit, exact; shares between 0 and 1.

    monthly_revenue         billed ÷ months of the window
    median_monthly_cost     of the customers' monthly costs, see `monthly_costs`
    blocked_share           share of what was asked for that was refused, see `blocked_share`
    plan_credits_forfeited, purchased_credits_in_hand   credits plans, else None
    balance_forfeited       balance plans, else None
    """

    name: str
    plan: str
    model: str
    customers: int
    customers_billed: int
    billed: Decimal
    base: Decimal
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


def summarize(replayed: Replay) -> list[Summary]:
    """Every candidate in figures, in the scenario's order."""
    return [_summary(replayed, run) for run in replayed.runs]


def _summary(replayed: Replay, run: Run) -> Summary:
    decimals_minor = minor_decimals(run.currency)
    parts = revenue_parts(run)
    billed = int(run.customer_billed.sum())
    first_blocked, blocked = run.customer_first_blocked
    events = int(run.segment_events.sum())
    return Summary(
        name=run.candidate.name,
        plan=run.plan_code,
        model=run.plan.consumption_model,
        customers=run.customer_count,
        customers_billed=int(np.count_nonzero(run.customer_billed)),
        billed=decimal_of(billed, decimals_minor),
        base=decimal_of(parts["base"], decimals_minor),
        overage=decimal_of(parts["overage"], decimals_minor),
        packs=decimal_of(parts["packs"], decimals_minor),
        top_ups=decimal_of(parts["top-ups"], decimals_minor),
        monthly_revenue=rounded(Fraction(billed) / months_in(replayed.window), decimals_minor),
        median_monthly_cost=rounded(median(monthly_costs(run)), decimals_minor),
        events=events,
        blocked_events=events - int(run.segment_served_events.sum()),
        blocked_share=blocked_share(replayed, run),
        customers_blocked=int(np.count_nonzero(blocked)),
        first_blocked_at=moment(int(first_blocked[blocked].min())) if blocked.any() else None,
        plan_credits_forfeited=_plan_credits_forfeited(run),
        purchased_credits_in_hand=_purchased_credits_in_hand(run),
        balance_forfeited=_balance_forfeited(run),
    )


def parts_of(summary: Summary) -> dict[RevenuePart, Decimal]:
    """What a candidate billed, part by part: those parts that a plan of its model can bill; they add up to `billed`."""
    amounts: dict[RevenuePart, Decimal] = {
        "base": summary.base,
        "overage": summary.overage,
        "packs": summary.packs,
        "top-ups": summary.top_ups,
    }
    return {part: amounts[part] for part in MODEL_PARTS[summary.model]}


def blocked_share(replayed: Replay, run: Run) -> Fraction:
    """The share of what was asked for that was refused.

    Where rows are events: of the events. Where rows are totals: of the units, features weighted by their rows (units of
    different features do not add up).
    """
    asked = int(run.segment_events.sum())
    if asked == 0:
        return Fraction(0)
    if replayed.scenario.rows == "event":
        return Fraction(asked - int(run.segment_served_events.sum()), asked)
    share = Fraction(0)
    features = run.timeline.segments.cell_features
    for feature in range(len(run.usage.features)):
        cells = features == feature
        demanded = exact_sum(run.timeline.cell_units[cells])
        if demanded > 0:
            weight = Fraction(int(run.timeline.cell_events[cells].sum()), asked)
            share += weight * Fraction(exact_sum(run.cell_blocked_units[cells]), demanded)
    return share


def _plan_credits_forfeited(run: Run) -> Decimal | None:
    return _of_stock(run, PLAN_CREDITS, "forfeited")


def _purchased_credits_in_hand(run: Run) -> Decimal | None:
    return _of_stock(run, PURCHASED_CREDITS, "in_hand_at_last")


def _balance_forfeited(run: Run) -> Decimal | None:
    return _of_stock(run, BALANCE_STOCK, "forfeited")


def _of_stock(run: Run, kind: StockKind, flow: str) -> Decimal | None:
    """All that a stock of a run moved; None where it has no such stock."""
    stock = next((stock for stock in run.flows if stock.kind == kind), None)
    return None if stock is None else decimal_of(exact_sum(getattr(stock, flow)), UNIT_DECIMALS[kind.unit])
