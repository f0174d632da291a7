"""What a quote says of a plan's end: what happens beyond the allowance, and when credits and balances lapse (sharing.md 1.2)."""

from __future__ import annotations

from collections.abc import Iterator

from commet_core.catalog.beyond import Rollover
from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan
from commet_core.foundation.money import format_exact, plain
from commet_core.foundation.wording import counted, listed
from commet_core.reports.quotation.quotation import Bill
from commet_core.reports.quotation.words import period_noun
from commet_core.scenario.candidates import Candidate


def beyond(catalog: Catalog, bill: Bill) -> list[str]:
    """What happens beyond the allowance, up to a spend cap, and what lapses when."""
    plan, period = catalog.plans[bill.plan], period_noun(bill)
    match plan:
        case MeteredPlan():
            return [
                _metered_end(plan),
                *_cap(catalog, bill),
                f"Included units renew every {period}; what is left of them lapses.",
            ]
        case CreditsPlan():
            lapse = _lapse(
                "Plan credits that are left", period, plan.rollover, "" if plan.rollover is None else _credits(plan.rollover)
            )
            return [_bought(catalog, bill.candidate), *_cap(catalog, bill), lapse, *_packs_lapse(catalog, bill.candidate)]
        case BalancePlan():
            most = None if plan.rollover is None else plan.rollover.max_amount
            rolled = "" if most is None else format_exact(most, catalog.currency)
            left = "What is left of the balance"
            ends = [_lapse(left, period, plan.rollover, rolled)]
            if bill.candidate.top_up and plan.blocks:
                ends = [f"What is left of top-ups lapses at the end of each {period}.", *ends]
            return [_balance_end(catalog, plan, bill.candidate, period), *_cap(catalog, bill), *ends]


def _cap(catalog: Catalog, bill: Bill) -> Iterator[str]:
    if bill.cap is not None:
        then = "what goes beyond is free" if bill.cap.beyond == "free" else "then it stops"
        amount = format_exact(bill.cap.amount, catalog.currency)
        yield f"What usage adds to a {period_noun(bill)} is at most {amount}: {then}."


def _metered_end(plan: MeteredPlan) -> str:
    overages = [terms.overage for terms in plan.features.values() if terms.overage and not plan.free]
    limited = any(plan.free or (terms.overage is None and not terms.unlimited) for terms in plan.features.values())
    price = "at its unit price" if all(overage.unit_price is not None for overage in overages) else "as its price says"
    if overages and limited:
        return f"Beyond what is included usage is charged {price}; where there is none, it stops."
    return f"Beyond what is included usage is charged {price}." if overages else "Beyond what is included usage stops."


def _bought(catalog: Catalog, candidate: Candidate) -> str:
    rule, most = candidate.purchases.pack, candidate.purchases.max_packs_per_period
    if rule == "none" or most == 0:
        return "When the credits are used up, usage stops until they renew."
    pack = (
        "the smallest pack that is enough"
        if rule == "smallest_sufficient"
        else f"the pack {catalog.credit_packs[rule].name or rule}"
    )
    limit = "" if most is None else f", at most {counted(most, 'pack')} a period; then usage stops"
    return f"When the credits are used up, {pack} is bought{limit}."


def _balance_end(catalog: Catalog, plan: BalancePlan, candidate: Candidate, period: str) -> str:
    if not plan.blocks:
        return f"When the balance is used up, usage goes on at its unit prices and is charged at the end of the {period}."
    top_up = candidate.top_up
    if top_up is None or top_up.max_per_period == 0:
        return "When the balance is used up, usage stops until it renews."
    most = top_up.max_per_period
    limit = "" if most is None else f", at most {counted(most, 'time')} a {period}; then usage stops"
    return f"When the balance is used up, it is topped up by {format_exact(top_up.amount, catalog.currency)}{limit}."


def _credits(rule: Rollover) -> str:
    return "" if rule.max_amount is None else f"{plain(rule.max_amount)} credits"


def _lapse(left: str, period: str, rule: Rollover | None, most: str) -> str:
    """most: what may be rolled over together; empty where there is no limit."""
    if rule is None:
        return f"{left} {'lapse' if left.endswith('left') else 'lapses'} at the end of each {period}."
    goes = f"{left} at the end of a {period} {'go' if left.endswith('left') else 'goes'} into the next"
    limit = f", at most {most}; what is more lapses" if most else ""
    if rule.max_periods is None:
        return f"{goes}{limit}."
    return f"{goes}{limit}. After {counted(rule.max_periods, f'further {period}')} what is still left of it lapses."


def _packs_lapse(catalog: Catalog, candidate: Candidate) -> Iterator[str]:
    rule = candidate.purchases.pack
    if rule == "none":
        return
    packs = {
        code: pack for code, pack in catalog.packs_on(candidate.plan or "").items() if rule in ("smallest_sufficient", code)
    }
    by_days: dict[int | None, list[str]] = {}
    for code, pack in packs.items():
        by_days.setdefault(pack.expires_after_days, []).append(pack.name or code)
    for days, names in by_days.items():
        of = f"Credits of {listed(names)}" if len(by_days) > 1 else "Credits of packs"
        yield f"{of} never lapse." if days is None else f"{of} lapse {counted(days, 'day')} after they were bought."
