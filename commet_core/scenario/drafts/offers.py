"""Offers and promo codes in a design: discounts on the base price (billing-rules 9)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final, Literal

from commet_core.catalog.offers import IN_SHORT, KEY_OF, PhaseType
from commet_core.scenario.drafts.codes import free_code, free_name
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import FIRST_NAMES, with_new, with_value

Discount = Literal["percent", "amount"]
DISCOUNTS: Final[tuple[Discount, ...]] = ("percent", "amount")
STARTING: Final[dict[str, Any]] = {"percent": "20", "cycles": "3"}

PHASE_STARTS: Final[Mapping[PhaseType, Mapping[str, str]]] = {
    "free_trial": {"duration_days": "14"},
    "percentage": {"percentage": "50", "duration_cycles": "2"},
    "amount_off": {"amount": "10", "duration_cycles": "2"},
    "fixed_price": {"price": "39", "duration_cycles": "1"},
}
"""What a phase of each type begins with."""

SHORT_OF: Final[Mapping[str, Discount]] = {"percentage": "percent", "amount_off": "amount"}
"""What the number of a phase is called in the short form."""


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


def with_phases(design: Design, code: str, *, on: bool) -> Design:
    """The design with an offer in phases, of which the first is what it took off; or with its first discount alone."""
    offer = design.group("offers")[code]
    rest = {key: value for key, value in offer.items() if key not in (*IN_SHORT, "phases")}
    if on:
        kind: PhaseType = "percentage" if discount_of(offer) == "percent" else "amount_off"
        first = {"type": kind, KEY_OF[kind]: offer.get(discount_of(offer), "")}
        cycles = {"duration_cycles": offer["cycles"]} if offer.get("cycles") is not None else {}
        return with_value(design, ("offers", code), {**rest, "phases": [first | cycles]})
    phase: dict[str, Any] = next((one for one in offer["phases"] if one.get("type") in SHORT_OF), {})
    short = {SHORT_OF[phase["type"]]: phase.get(KEY_OF[phase["type"]], "")} if phase else {"percent": STARTING["percent"]}
    cycles = {"cycles": phase["duration_cycles"]} if phase.get("duration_cycles") is not None else {}
    return with_value(design, ("offers", code), {**rest, **short, **cycles})


def with_phase(design: Design, code: str) -> Design:
    """The design with one phase more, at the end of an offer; the one before it then ends."""
    phases = copy.deepcopy(design.group("offers")[code]["phases"])
    if phases and phases[-1].get("type") != "free_trial":
        phases[-1].setdefault("duration_cycles", "1")
    return with_value(design, ("offers", code, "phases"), [*phases, {"type": "percentage", **PHASE_STARTS["percentage"]}])


def without_phase(design: Design, code: str, place: int) -> Design:
    phases = design.group("offers")[code]["phases"]
    return with_value(design, ("offers", code, "phases"), [*phases[:place], *phases[place + 1 :]])


def with_phase_type(design: Design, code: str, place: int, kind: PhaseType) -> Design:
    """The design with a phase of another type; for how many charges it lasts stays, where it has charges."""
    phase = design.group("offers")[code]["phases"][place]
    starts = dict(PHASE_STARTS[kind])
    if kind != "free_trial" and phase.get("type") != "free_trial":
        starts.pop("duration_cycles", None)
        starts |= {"duration_cycles": phase["duration_cycles"]} if phase.get("duration_cycles") is not None else {}
    return with_value(design, ("offers", code, "phases", str(place)), {"type": kind, **starts})


def with_new_promo_code(design: Design) -> tuple[Design, str]:
    """The design with one more promo code, and the code: of the first offer that is one discount, or of a new offer."""
    offers = design.group("offers")
    offer = next((code for code, content in offers.items() if is_one_discount(content)), "")
    if not offer:
        design, offer = with_new_offer(design)
    code = free_code("welcome", (each.lower() for each in design.group("promo_codes"))).upper()
    return with_value(design, ("promo_codes", code), {"offer": offer}), code


def is_one_discount(offer: Mapping[str, Any]) -> bool:
    """Whether a promo code can lead to an offer: it is one percentage or one amount."""
    phases = offer.get("phases")
    return phases is None or (len(phases) == 1 and phases[0].get("type") in SHORT_OF)
