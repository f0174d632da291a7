"""Offers on stages: which charges of the base price have one, and what it does to them (billing-rules 9)."""

from __future__ import annotations

from datetime import date
from itertools import accumulate
from typing import Final, NamedTuple

from commet_core.catalog.offers import Offer, Step
from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import date_of
from commet_core.foundation.money import MICROS, half_up, micros, minor_nanos, nanos
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.stages import Stage, base_nanos

FOREVER: Final = 2**40
"""More charges than any subscription has."""


class BaseCharge(NamedTuple):
    """One charge of a base price: nanos for one of the plan and a whole interval, and minor units that a discount takes off, rounded once."""

    price: int
    discount: int


def offer_of(catalog: Catalog, stage: Stage) -> Offer | None:
    return None if stage.offer is None else catalog.offers[stage.offer]


def discount_count(catalog: Catalog, stage: Stage) -> int:
    """How many base charges a stage's offer is for in all (billing-rules 9.0, 9.1)."""
    return step_ends(catalog, stage)[-1] if offer_of(catalog, stage) is not None else 0


def step_ends(catalog: Catalog, stage: Stage) -> list[int]:
    """How many charges an offer has had when each of its steps is over, after a 0; at most FOREVER."""
    offer = offer_of(catalog, stage)
    steps = () if offer is None else offer.steps(catalog.currency)
    cycles = accumulate((FOREVER if step.cycles is None else step.cycles for step in steps), initial=0)
    return [min(FOREVER, count) for count in cycles]


def step_at(catalog: Catalog, stage: Stage, charges_before: int) -> Step | None:
    """The step that a charge is in before which the stage's offer had so many; None where it is over."""
    offer = offer_of(catalog, stage)
    for step, end in zip(offer.steps(catalog.currency) if offer else (), step_ends(catalog, stage)[1:], strict=False):
        if charges_before < end:
            return step
    return None


def base_charge(catalog: Catalog, stage: Stage, step: Step | None, quantity: int = MICROS) -> BaseCharge:
    """A charge of the stage's base price in a step of its offer: for so many micros of the plan (billing-rules 1.3, 9.1).

    A percentage of the exact price or an amount, never more than the price; a fixed price stands in its place.
    """
    price, minor = base_nanos(catalog, stage), minor_nanos(catalog.currency)
    if step is None or not stage.charged:
        return BaseCharge(price, 0)
    if step.kind == "fixed_price":
        return BaseCharge(nanos(step.number), 0)
    days, of_days = stage.base_share
    whole = price * quantity // MICROS * days  # ÷ of_days
    if step.kind == "percentage":
        return BaseCharge(price, half_up(whole * micros(step.number), 100 * MICROS * minor * of_days))
    return BaseCharge(price, half_up(min(whole, nanos(step.number) * of_days), minor * of_days))


def paid_minor(catalog: Catalog, stage: Stage, charges_left: int) -> int:
    """Minor units paid for the interval whose charge had this and so many more charges of its offer left; 0 of it: none."""
    before = discount_count(catalog, stage) - charges_left
    charge = base_charge(catalog, stage, step_at(catalog, stage, before) if charges_left > 0 else None)
    days, of_days = stage.base_share
    return half_up(charge.price * days, minor_nanos(catalog.currency) * of_days) - charge.discount


def trial_days_of(catalog: Catalog, stage: Stage) -> int | None:
    """Days of the trial with which a stage begins (billing-rules 7.2, 9.0): of an offer in phases its own; None without one."""
    offer = offer_of(catalog, stage)
    if stage.interval is None or stage.plan is None:
        return None
    if offer is not None and offer.trial_days is not None:
        return offer.trial_days or None
    return catalog.plans[stage.plan].trial_days


def may_begin(offer: Offer, day: date) -> str:
    """Why an offer may not begin on a day; empty where it may."""
    if offer.may_begin(day):
        return ""
    return f"the offer may begin from {offer.starts_at or 'any day'} up to the day before {offer.ends_at or 'any day'}"


def check_begins(catalog: Catalog, code: str, day: int) -> None:
    """Raises Impossible where an offer may not begin on a day (billing-rules 9.0)."""
    if why := may_begin(catalog.offers[code], date_of(day)):
        raise Impossible("item", f"{why}, and this is {date_of(day)}", "Choose another day or another offer")
