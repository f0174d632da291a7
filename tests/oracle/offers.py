"""Offers and promo codes (billing-rules 9.0 to 9.2): what a charge of the base price costs while one lasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import decimal
from .periods import day_from

Catalog = Mapping[str, Any]


class OfferPhase(NamedTuple):
    """9.0: for some cycles, or open."""

    kind: str
    number: Decimal
    cycles: int | None


@dataclass(frozen=True)
class Offer:
    """9.0: phases in order; ``trial_days`` of a free trial, None in the short form, which comes after the plan's own."""

    code: str
    phases: Sequence[OfferPhase]
    trial_days: int | None = None
    starts_at: date | None = None
    ends_at: date | None = None
    promo_code: str | None = None

    @property
    def has_fixed_price(self) -> bool:
        return any(phase.kind == "fixed_price" for phase in self.phases)

    def may_begin(self, day: date) -> bool:
        return (self.starts_at is None or self.starts_at <= day) and (self.ends_at is None or day < self.ends_at)

    def phase_at(self, charges_before: int) -> OfferPhase | None:
        """The phase that the next charge of the base price is in; None when the offer is over."""
        for phase in self.phases:
            if phase.cycles is None or charges_before < phase.cycles:
                return phase
            charges_before -= phase.cycles
        return None


def reduction(phase: OfferPhase, base_price: Decimal) -> Decimal:
    """9.1: a share of the exact price, or an amount, never more than the price."""
    return base_price * phase.number.scaleb(-2) if phase.kind == "percentage" else min(phase.number, base_price)


def amount_in(written: Any, currency: str) -> Decimal:
    """A number, or one for each currency."""
    return decimal(written[currency] if isinstance(written, Mapping) else written)


def phase_from(written: Mapping[str, Any], currency: str) -> OfferPhase:
    key = {"percentage": "percentage", "amount_off": "amount", "fixed_price": "price"}[written["type"]]
    return OfferPhase(written["type"], amount_in(written[key], currency), written.get("duration_cycles"))


def offer_named(code: str | None, catalog: Catalog) -> Offer | None:
    if not code:
        return None
    offer, currency = catalog["offers"][code], str(catalog.get("currency") or "usd")
    if "phases" not in offer:
        kind = "percentage" if offer.get("percent") is not None else "amount_off"
        number = decimal(offer["percent"] if kind == "percentage" else offer["amount"])
        return Offer(code, [OfferPhase(kind, number, offer.get("cycles"))])
    trials = [phase["duration_days"] for phase in offer["phases"] if phase["type"] == "free_trial"]
    return Offer(
        code,
        [phase_from(phase, currency) for phase in offer["phases"] if phase["type"] != "free_trial"],
        trial_days=int(trials[0]) if trials else 0,
        starts_at=day_from(offer["starts_at"]) if offer.get("starts_at") else None,
        ends_at=day_from(offer["ends_at"]) if offer.get("ends_at") else None,
    )


def offer_of_promo_code(code: str, catalog: Catalog) -> Offer:
    """9.2: the offer that a promo code leads to; its lines name the code."""
    offer = offer_named(catalog["promo_codes"][code]["offer"], catalog)
    assert offer is not None
    return replace(offer, promo_code=code)


class Use(NamedTuple):
    """9.2: of a promo code by one customer, at its start; ``reason``: why it is refused."""

    at: Any
    promo_code: str
    reason: str | None


def reason_against(
    code: str, catalog: Catalog, plan_code: str, interval: str | None, day: date, *, has_offer: bool, has_trial: bool
) -> str | None:
    """9.2: why a use does not fit, limits aside."""
    promo = catalog["promo_codes"][code]
    offer = offer_of_promo_code(code, catalog)
    ends = promo.get("expires_at")
    if (ends is not None and day >= day_from(ends)) or not offer.may_begin(day):
        return "expired"
    if promo.get("plans") is not None and plan_code not in promo["plans"]:
        return "plan_not_eligible"
    if interval is None or promo.get("billing_interval") not in (None, interval):
        return "plan_not_eligible" if interval is None else "interval_not_eligible"
    return "intro_offer_active" if has_offer or has_trial else None


def beyond_limits(uses: Mapping[str, Use], catalog: Catalog) -> set[str]:
    """9.3: in order of start, at the same moment by customer id; the first n of a code are accepted, these are not."""
    beyond = set()
    counts: dict[str, int] = {}
    for customer_id, use in sorted(uses.items(), key=lambda pair: (pair[1].at, pair[0].encode())):
        limit = catalog["promo_codes"][use.promo_code].get("max_redemptions")
        if use.reason is None and limit is not None:
            counts[use.promo_code] = counts.get(use.promo_code, 0) + 1
            if counts[use.promo_code] > limit:
                beyond.add(customer_id)
    return beyond
