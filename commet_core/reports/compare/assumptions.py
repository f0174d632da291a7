"""Assumptions about customers: what they do when an allowance is used up, read from a form and said in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import ValidationError

from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.documents import problems_of
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.money import format_exact, plain
from commet_core.foundation.window import Window
from commet_core.scenario.candidates import Candidate, Purchases, TopUp, plans_of

Choice = Literal["packs", "top_ups", "none"]
Rule = TypeVar("Rule", Purchases, TopUp)


def choice_of(plan: Plan) -> Choice:
    """What there is to assume about customers of a plan: that they buy packs, that they top up, or nothing."""
    if plan.sells is None or not plan.blocks:
        return "none"
    return plan.sells


def pack_rules(catalog: Catalog, candidate: Candidate) -> dict[str, str]:
    """The purchase rules that a candidate may have, each in words (billing-rules 5.6); its own is always among them."""
    sold = {code: pack for plan in plans_of(catalog, candidate) for code, pack in catalog.packs_on(plan).items()}
    rules = {"none": "Never buys: usage is refused"}
    if sold:
        rules["smallest_sufficient"] = "Buys the smallest pack that is enough"
    for code, pack in sold.items():
        price = format_exact(pack.price, catalog.currency)
        rules[code] = f"Buys {pack.name or code}: {plain(pack.credits)} credits for {price}"
    own = candidate.purchases.pack
    return rules if own in rules else {**rules, own: f"{own} (not sold on this plan)"}


def with_packs(candidate: Candidate, pack: str, most: int | None, buyers_percent: float | None) -> Candidate:
    """The candidate with another purchase rule. Raises InputError where it is not one."""
    purchases = {"pack": pack, "max_packs_per_period": most, "probability": _probability(buyers_percent)}
    return candidate.model_copy(update={"purchases": _validated(Purchases, purchases)})


def with_top_up(candidate: Candidate, amount: float | None, most: int | None, buyers_percent: float | None) -> Candidate:
    """The candidate with another top-up rule; without an amount nobody tops up. Raises InputError where it is not one."""
    if amount is None:
        return candidate.model_copy(update={"top_up": None})
    rule = {"amount": amount, "max_per_period": most, "probability": _probability(buyers_percent)}
    return candidate.model_copy(update={"top_up": _validated(TopUp, rule)})


def with_choice(candidate: Candidate, choose: str, refused_percent: float | None, periods: int | None) -> Candidate:
    """The line-up with another rule of who is on which plan; what is not given is as usual. Raises InputError where it is none.

    refused_percent: of a customer's usage a plan may refuse so much. periods: after so many customers move up.
    """
    rule: dict[str, object] = {"choose": choose}
    if refused_percent is not None:
        rule["blocked_share_max"] = Decimal(str(refused_percent)).scaleb(-2)
    if periods is not None:
        rule["upgrade_after_periods"] = periods
    usual = candidate.model_dump(exclude={"choose", "blocked_share_max", "upgrade_after_periods"})
    try:
        return Candidate.model_validate({**usual, **rule})
    except ValidationError as error:
        raise InputError(problems_of(error, Candidate)) from None


def _validated(kind: type[Rule], rule: Mapping[str, object]) -> Rule:
    try:
        return kind.model_validate(rule)
    except ValidationError as error:
        raise InputError(problems_of(error, kind)) from None


def _probability(buyers_percent: float | None) -> Decimal:
    """A percentage that somebody typed as a probability; none typed: everybody."""
    return Decimal(1) if buyers_percent is None else Decimal(str(buyers_percent)).scaleb(-2)


def buyers_percent(probability: Decimal) -> float:
    """A probability as the percentage that a form shows."""
    return float(probability.scaleb(2))


def assumed(catalog: Catalog, candidate: Candidate) -> str:
    """What is assumed of customers who run short, as part of a sentence: `with 60 % of customers buying packs`.

    Nothing where there is nothing to assume: no packs are sold, and nothing stops usage that a top-up would let go on.
    """
    choices = {choice_of(catalog.plans[code]) for code in plans_of(catalog, candidate)}
    if "packs" in choices and (candidate.purchases.pack != "none" or len(pack_rules(catalog, candidate)) > 1):
        rule = candidate.purchases
        return _buying("buying packs", None if rule.pack == "none" else rule.probability, rule.max_packs_per_period)
    if "top_ups" in choices:
        top_up = candidate.top_up
        return "with nobody topping up" if top_up is None else _buying("topping up", top_up.probability, top_up.max_per_period)
    return ""


def _buying(what: str, probability: Decimal | None, most: int | None) -> str:
    """probability: None where nobody buys."""
    if not probability or most == 0:
        return f"with nobody {what}"
    limit = "" if most is None else f", at most {most:,} a period"
    whom = "every customer who runs short" if probability == 1 else f"{percent_exact(probability)} of customers"
    return f"with {whom} {what}{limit}"


def without_choice(plan: Plan) -> str:
    """What happens beyond the allowance of a plan that leaves nothing to assume about customers."""
    if not plan.blocks:
        return "Usage goes on below zero; what is below is charged at the period's end."
    if plan.sells is not None:
        return "Usage stops at what is included."
    limited = [terms for terms in plan.features.values() if not terms.unlimited and (terms.overage_price is None or plan.free)]
    if not limited:
        return "Nothing is refused; usage beyond what is included is charged at the period's end."
    if len(limited) == len(plan.features):
        return "Usage stops at what is included."
    return "Features with an overage price go on and are charged; the others stop at what is included."


def window_between(first: date, last: date) -> Window:
    """The window of a first and a last day, both in it."""
    return Window(start=first, end=last + timedelta(days=1))
