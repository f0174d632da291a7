"""What terms are worth, to carry them from one consumption model to another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.money import parse_decimal, plain
from commet_core.scenario.drafts.design import Design

OWN_KEYS: Final[Mapping[ConsumptionModel, tuple[str, ...]]] = {
    "metered": (),
    "credits": ("included_credits",),
    "balance": ("included_balance", "block_on_exhaustion"),
}
"""What a plan of each model has beside a name, prices and features."""


STARTING_PRICE: Final = Decimal(49)


STARTING_CREDITS: Final = Decimal(1000)


def default_terms(design: Design, code: str, feature: str) -> dict[str, Any]:
    """What a plan asks for a feature that is new to it: a start, to be corrected."""
    plan = design.group("plans")[code]
    return carried({**plan, "consumption_model": "", "features": {feature: {}}}, feature, plan["consumption_model"])


def own_terms(model: ConsumptionModel) -> dict[str, Any]:
    return {"included_credits": plain(STARTING_CREDITS).replace(",", "")} if model == "credits" else {}


def carried(plan: Mapping[str, Any], feature: str, model: ConsumptionModel) -> dict[str, Any]:
    """A feature's terms on another model, at the same worth."""
    if plan["features"][feature].get("unlimited") is True:
        return {"unlimited": True}
    base = base_price(plan) or STARTING_PRICE
    price = _unit_price(plan, feature) or base / 1000
    match model:
        case "metered":
            share = base / price / max(1, len(plan["features"]))
            return {"included": two_digits(share, 0), "overage": {"unit_price": two_digits(price, 9)}}
        case "credits":
            return {"credits_per_unit": two_digits(price / base * STARTING_CREDITS, 6)}
        case "balance":
            return {"unit_price": two_digits(price, 9)}


def base_price(plan: Mapping[str, Any]) -> Decimal | None:
    prices = plan.get("prices") or {}
    return number_typed(prices.get("monthly", next(iter(prices.values()), None)))


def _unit_price(plan: Mapping[str, Any], feature: str) -> Decimal | None:
    """What a unit of a feature is worth on a plan, above zero; None where its terms do not say."""
    terms, base = plan["features"][feature], base_price(plan)
    match plan["consumption_model"]:
        case "metered":
            price = number_typed((terms.get("overage") or {}).get("unit_price"))
            included = number_typed(terms.get("included"))
            return price or (base / included if base and included else None)
        case "credits":
            per_unit, granted = number_typed(terms.get("credits_per_unit")), number_typed(plan.get("included_credits"))
            return base * per_unit / granted if base and per_unit and granted else None
        case "balance":
            return number_typed(terms.get("unit_price"))
    return None


def number_typed(text: object) -> Decimal | None:
    """A number above zero that was typed; None for anything else."""
    try:
        number = parse_decimal(text)
    except ValueError:
        return None
    return number if 0 < number < Decimal(10) ** 12 else None


def two_digits(number: Decimal, decimals: int) -> str:
    """A number above zero with two digits that count and at most so many decimals, as text; never rounded to nothing."""
    quantum = Decimal(1).scaleb(max(number.adjusted() - 1, -decimals))
    rounded = number.quantize(quantum, ROUND_HALF_UP) or quantum
    return plain(rounded).replace(",", "")
