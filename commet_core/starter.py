"""Starter plans: one of each consumption model over exactly the features of a usage, to compare before designing any.

All three are worth the same at the median customer's month, at one price per unit: what they bring in differs by what the
models do with those who use more or less, not by how dear they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np

from commet_core.catalog import Catalog
from commet_core.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, minor_decimals
from commet_core.profile import months_active, units_by_customer
from commet_core.scenario import Candidate, Purchases
from commet_core.usage import Usage

BASE_PRICE: Final = {2: Decimal(20), 0: Decimal(2000)}
"""The monthly price of every starter plan, by the decimals of the currency's minor unit."""

INCLUDED_CREDITS: Final = Decimal(1000)
CREDITS_MAX: Final = Decimal(1_000_000_000)
CREDITS_PER_UNIT_LEAST: Final = Decimal("0.001")
"""Credits are made more and smaller until the cheapest unit of a feature costs at least this many."""


@dataclass(frozen=True)
class Starter:
    """Starter plans and how to compare them. `typical_units`: feature → the median customer's units a month, exact."""

    catalog: Catalog
    candidates: tuple[Candidate, ...]
    typical_units: Mapping[str, Decimal]


def typical_monthly_units(usage: Usage) -> dict[str, Decimal]:
    """Feature → units of the median customer in a month, among those who use the feature.

    A customer's month: its units divided by the calendar months in which it used anything. Whole millionths, rounded down;
    of an even number of customers the lower of the middle two.
    """
    active, _, _ = months_active(usage)
    return {feature: _median(units_by_customer(usage, feature), active) for feature in usage.features}


def _median(units: np.ndarray, months: np.ndarray) -> Decimal:
    monthly = np.sort((units // months)[units > 0])
    return decimal_of(int(monthly[(len(monthly) - 1) // 2]), MICRO_DECIMALS) if len(monthly) else Decimal(0)


def starter(usage: Usage, known: Catalog) -> Starter:
    """Starter plans for a usage, in the currency of `known` and with its names and costs of features.

    Raises InputError where a feature's code cannot stand in a catalog.
    """
    typical = typical_monthly_units(usage)
    included = {feature: whole_or_two_digits(units) for feature, units in typical.items()}
    price = BASE_PRICE[minor_decimals(known.currency)]
    plan_credits = _included_credits(included)
    return Starter(_catalog(known, included, price, plan_credits), _candidates(), typical)


def _catalog(known: Catalog, included: Mapping[str, Decimal], price: Decimal, plan_credits: Decimal) -> Catalog:
    unit_prices = _rates(included, price, NANO_DECIMALS)
    credit_rates = _rates(included, plan_credits, MICRO_DECIMALS)
    metered = {code: {"included": units, "overage": {"unit_price": unit_prices[code]}} for code, units in included.items()}
    in_credits = {code: {"credits_per_unit": rate} for code, rate in credit_rates.items()}
    in_money = {code: {"unit_price": rate} for code, rate in unit_prices.items()}
    return Catalog.model_validate(
        {
            "currency": known.currency,
            "features": {code: _feature(known, code) for code in included},
            "plans": {
                "starter_metered": _plan("metered", price, metered),
                "starter_credits": _plan("credits", price, in_credits) | {"included_credits": plan_credits},
                "starter_balance": _plan("balance", price, in_money) | {"included_balance": price},
            },
            "credit_packs": {"starter_pack": {"name": "Starter pack", "credits": plan_credits / 2, "price": price / 2}},
        }
    )


def _plan(model: str, price: Decimal, features: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": f"Starter {model}",
        "consumption_model": model,
        "prices": {"monthly": price},
        "features": features,
    }


def _feature(known: Catalog, code: str) -> dict[str, Any]:
    if code in known.features:
        return known.features[code].model_dump()
    words = code.replace("_", " ")
    return {"name": words[:1].upper() + words[1:]}


def _candidates() -> tuple[Candidate, ...]:
    return (
        Candidate(name="Metered", plan="starter_metered"),
        Candidate(name="Credits", plan="starter_credits", purchases=Purchases(pack="smallest_sufficient")),
        Candidate(name="Balance", plan="starter_balance"),
    )


def _rates(included: Mapping[str, Decimal], worth: Decimal, decimals: int) -> dict[str, Decimal]:
    """What one unit costs where the included units of every feature are worth the same, together `worth`.

    Two digits, and at least the smallest number that can be written with so many decimals.
    """
    least = Decimal(1).scaleb(-decimals)
    return {code: max(least, two_digits(worth / len(included) / units, decimals)) for code, units in included.items()}


def _included_credits(included: Mapping[str, Decimal]) -> Decimal:
    plan_credits = INCLUDED_CREDITS
    most_units = max(included.values()) * len(included)
    while plan_credits / most_units < CREDITS_PER_UNIT_LEAST and plan_credits < CREDITS_MAX:
        plan_credits *= 10
    return plan_credits


def whole_or_two_digits(units: Decimal) -> Decimal:
    """A number of units that reads well: two significant digits, whole from 1 on; 1 where there are none."""
    if units == 0:
        return Decimal(1)
    return two_digits(units, 0 if units >= 1 else MICRO_DECIMALS)


def two_digits(number: Decimal, decimals: int) -> Decimal:
    """The number rounded half up to two significant digits, and to so many decimals at most."""
    places = min(decimals, 1 - number.adjusted())
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return Decimal(f"{rounded.normalize():f}")
