"""Add-ons: one feature each, with a price for an interval, beside a plan (billing-rules 10.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from commet_core.catalog.level_terms import EVERY, LEVEL_TYPES, PriceByInterval
from commet_core.catalog.markets import AddOnPrices, CurrencyCode
from commet_core.catalog.names import Code
from commet_core.catalog.overage import Overage, overage_problems
from commet_core.catalog.terms import BalanceTerms, CreditsTerms, FeatureTerms, MeteredTerms
from commet_core.foundation.documents import Amount, Document, Quantity, unknown_name
from commet_core.foundation.errors import Problem
from commet_core.foundation.vocabulary import Interval

KEYS_OF: Final[Mapping[str, frozenset[str]]] = {
    "boolean": frozenset(),
    "metered": frozenset({"included", "overage"}),
    "credits": frozenset({"credits_per_unit"}),
    "balance": frozenset({"unit_price", "pricing", "margin"}),
}
"""What add-ons of each model say of usage."""

MONTHLY: Final[frozenset[Interval | None]] = frozenset({"monthly", "one_time", None})
"""Intervals for which a price that is one number holds; free and one-time plans have months."""


class AddOn(Document):
    """One feature that customers add to their plan. `base_price`: for one interval; a number holds for a month.

    currency_prices   what it costs in other currencies; market_prices: in a market, before those of its currency (15.6)
    """

    name: str = ""
    feature: str
    consumption_model: Literal["boolean", "metered", "credits", "balance"]
    base_price: PriceByInterval
    included: Quantity | None = None
    overage: Overage | None = None
    credits_per_unit: Quantity | None = None
    unit_price: Amount | None = None
    pricing: Literal["ai_model"] | None = None
    margin: Quantity | None = None
    currency_prices: dict[CurrencyCode, AddOnPrices] = {}
    market_prices: dict[Code, AddOnPrices] = {}

    def price(self, interval: Interval | None) -> Decimal | None:
        """For an interval; None where it has no price for it."""
        if EVERY in self.base_price:
            return self.base_price[EVERY] if interval in MONTHLY else None
        return self.base_price.get("monthly" if interval is None or interval == "one_time" else interval)

    def terms(self, consumption_model: str) -> FeatureTerms:
        """What it says of its feature on a plan of a model; a boolean feature is there, whatever the model."""
        if self.consumption_model == "boolean":
            return always_there(consumption_model)
        if self.consumption_model == "metered":
            return MeteredTerms(included=self.included or Decimal(0), overage=self.overage)
        if self.consumption_model == "credits":
            return CreditsTerms(credits_per_unit=self.credits_per_unit)
        return BalanceTerms(unit_price=self.unit_price, pricing=self.pricing, margin=self.margin)


def always_there(consumption_model: str) -> FeatureTerms:
    """The terms of a boolean feature that a plan has."""
    kinds = {"metered": MeteredTerms, "credits": CreditsTerms, "balance": BalanceTerms}
    return kinds[consumption_model](unlimited=True)


def add_on_problems(add_ons: Mapping[str, Any], features: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with add-ons as a document has them, beyond their single values."""
    of_feature: dict[str, str] = {}
    for code, add_on in add_ons.items():
        if not isinstance(add_on, Mapping):
            continue
        path, feature, model = f"addons.{code}", add_on.get("feature"), add_on.get("consumption_model")
        if isinstance(feature, str):
            yield from _feature_problems(f"{path}.feature", feature, str(model), features, types)
            if feature in of_feature:
                what = f"{feature!r} is the feature of add-on {of_feature[feature]!r} too"
                yield Problem(f"{path}.feature", what, "Keep a feature in one add-on")
            of_feature.setdefault(feature, code)
        yield from _term_problems(path, add_on, model)


def _feature_problems(
    path: str, feature: str, model: str, features: Mapping[str, Any], types: Mapping[str, str]
) -> Iterator[Problem]:
    kind = types.get(feature, "usage")
    if feature not in features:
        yield unknown_name(path, "feature", feature, features)
    elif kind in LEVEL_TYPES:
        yield Problem(path, f"{feature!r} has the type {kind}, and an add-on is of usage or boolean", "Sell it with the plan")
    elif (kind == "boolean") != (model == "boolean"):
        what = f"{feature!r} has the type {kind}, and the add-on the consumption model {model}"
        yield Problem(path, what, "Use consumption_model: boolean for boolean features alone")


def _term_problems(path: str, add_on: Mapping[str, Any], model: object) -> Iterator[Problem]:
    if not isinstance(model, str) or model not in KEYS_OF:
        return
    for key in frozenset().union(*KEYS_OF.values()) - KEYS_OF[model]:
        if add_on.get(key) is not None:
            fix = f"Keep {', '.join(sorted(KEYS_OF[model]))}" if KEYS_OF[model] else "Remove it"
            yield Problem(f"{path}.{key}", f"is nothing that a {model} add-on has", fix)
    if model == "metered":
        yield from overage_problems(f"{path}.overage", add_on.get("overage"))
    if model == "credits" and add_on.get("credits_per_unit") is None:
        yield Problem(f"{path}.credits_per_unit", "is missing", "Say how many credits a unit takes")
    if model == "balance" and (add_on.get("unit_price") is None) == (add_on.get("pricing") is None):
        yield Problem(path, "has neither or both of unit_price and pricing", "Give one of them")
