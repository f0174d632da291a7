"""Offers in a design: discounts on the base price (billing-rules 9.1)."""

from __future__ import annotations

from typing import Any, Final, Literal

from commet_core.scenario.drafts.codes import free_name
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import FIRST_NAMES, with_new, with_value

Discount = Literal["percent", "amount"]
DISCOUNTS: Final[tuple[Discount, ...]] = ("percent", "amount")
STARTING: Final[dict[str, Any]] = {"percent": "20", "cycles": "3"}


def with_new_offer(design: Design) -> tuple[Design, str]:
    """The design with one more offer, and its code: a start, to be corrected."""
    name = free_name(FIRST_NAMES["offers"], [offer.get("name", "") for offer in design.group("offers").values()])
    return with_new(design, "offers", name, STARTING)


def discount_of(offer: dict[str, Any]) -> Discount:
    """What an offer takes off: a part of the price, or an amount."""
    return "amount" if offer.get("amount") is not None else "percent"


def with_discount(design: Design, code: str, wanted: Discount) -> Design:
    """The design with an offer that takes off a percentage instead of an amount, or the other way; the number stays."""
    offer = design.group("offers")[code]
    before = discount_of(offer)
    if wanted == before:
        return design
    rest = {key: value for key, value in offer.items() if key not in DISCOUNTS}
    return with_value(design, ("offers", code), rest | {wanted: offer.get(before, "")})
