"""Starter plans: one of each consumption model over exactly the features of a usage, to compare before designing any.

All three cost the same a month, include about the median customer's month, and have one price for a unit beyond it: what
they bring in differs by what the models do with those who use more or less, not by how dear they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, minor_decimals
from commet_core.scenario.candidates import Candidate, Purchases
from commet_core.usage.profile import months_active, units_by_customer
from commet_core.usage.usage import Usage

BASE_PRICE: Final = Decimal(20)
BASE_PRICE_WITHOUT_CENTS: Final = Decimal(2000)
"""The monthly price of every starter plan; the second in currencies without a minor unit."""

USUAL_PURCHASES: Final = Purchases(pack="smallest_sufficient", probability=Decimal("0.6"))
"""What is assumed of customers who run out of credits, until somebody says otherwise: as in the worked samples."""

CREDITS_FOR_BASE_PRICE: Final = Decimal(1000)
"""Credits that the usual monthly price would buy: this makes the price of a credit."""

CREDITS_PER_UNIT_LEAST: Final = Decimal("0.001")
"""Credits are made ten times more, and cheaper, until a unit of every feature costs at least this many."""


@dataclass(frozen=True)
class StarterTerms:
    """A feature on the starter plans. Units are a month's; `typical_units`: the median customer's, exact."""

    feature: str
    typical_units: Decimal
    included_units: Decimal
    unit_price: Decimal
    credits_per_unit: Decimal


@dataclass(frozen=True)
class Starter:
    """Starter plans and how to compare them. Prices in the currency's unit.

    included_balance: what the included units of all features are worth, about the monthly price; included_credits: the same
    in credits.
    """

    catalog: Catalog
    candidates: tuple[Candidate, ...]
    terms: tuple[StarterTerms, ...]
    monthly_price: Decimal
    included_balance: Decimal
    included_credits: Decimal
    pack_credits: Decimal
    pack_price: Decimal


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


def starter(usage: Usage, known: Catalog, monthly_price: Decimal | None = None) -> Starter:
    """Starter plans for a usage, in the currency of `known` and with its names and costs of features.

    monthly_price: above 0; without it the usual one of starter plans.

    Raises InputError where a feature's code cannot stand in a catalog.
    """
    price = monthly_price or usual_price(known.currency)
    typical = typical_monthly_units(usage)
    included = {feature: included_units(units) for feature, units in typical.items()}
    prices = {feature: _unit_price(price / len(included) / units) for feature, units in included.items()}
    credits_per_money = _credits_per_money(usual_price(known.currency), min(prices.values()))
    pack_price = two_digits(price / 2, minor_decimals(known.currency))
    pack_credits = _plain(pack_price * credits_per_money)
    terms = tuple(
        StarterTerms(feature, typical[feature], units, prices[feature], _plain(prices[feature] * credits_per_money))
        for feature, units in included.items()
    )
    balance = _plain(sum((each.included_units * each.unit_price for each in terms), Decimal(0)))
    included_credits = _plain(balance * credits_per_money)
    pack = {"name": "Starter pack", "credits": pack_credits, "price": pack_price}
    catalog = _catalog(known, terms, price, balance, included_credits, pack)
    return Starter(catalog, _candidates(), terms, price, balance, included_credits, pack_credits, pack_price)


def usual_price(currency: str) -> Decimal:
    """The monthly price of starter plans where nobody says another."""
    return BASE_PRICE if minor_decimals(currency) else BASE_PRICE_WITHOUT_CENTS


def _unit_price(exact: Decimal) -> Decimal:
    """Two digits, and at least the smallest price that can be written."""
    return max(Decimal(1).scaleb(-NANO_DECIMALS), two_digits(exact, NANO_DECIMALS))


def _credits_per_money(base_price: Decimal, lowest_unit_price: Decimal) -> Decimal:
    number = CREDITS_FOR_BASE_PRICE
    while lowest_unit_price * number / base_price < CREDITS_PER_UNIT_LEAST:
        number *= 10
    return number / base_price


def _catalog(
    known: Catalog,
    terms: Sequence[StarterTerms],
    price: Decimal,
    balance: Decimal,
    included_credits: Decimal,
    pack: Mapping[str, Any],
) -> Catalog:
    metered = {each.feature: {"included": each.included_units, "overage": {"unit_price": each.unit_price}} for each in terms}
    in_credits = {each.feature: {"credits_per_unit": each.credits_per_unit} for each in terms}
    in_money = {each.feature: {"unit_price": each.unit_price} for each in terms}
    return Catalog.model_validate(
        {
            "currency": known.currency,
            "features": {each.feature: _feature(known, each.feature) for each in terms},
            "plans": {
                "starter_metered": _plan("metered", price, metered),
                "starter_credits": _plan("credits", price, in_credits) | {"included_credits": included_credits},
                "starter_balance": _plan("balance", price, in_money) | {"included_balance": balance},
            },
            "credit_packs": {"starter_pack": dict(pack)},
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
        Candidate(name="Credits", plan="starter_credits", purchases=USUAL_PURCHASES),
        Candidate(name="Balance", plan="starter_balance"),
    )


def included_units(units: Decimal) -> Decimal:
    """About so many units, as a number that reads well: two significant digits, whole from 1 on; 1 where there are none."""
    if units == 0:
        return Decimal(1)
    return two_digits(units, 0 if units >= 1 else MICRO_DECIMALS)


def two_digits(number: Decimal, decimals: int) -> Decimal:
    """The number rounded half up to two significant digits, and to so many decimals at most."""
    places = min(decimals, 1 - number.adjusted())
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return _plain(rounded)


def _plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent."""
    return Decimal(f"{number.normalize():f}")
