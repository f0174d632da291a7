"""Markets in a design: who is billed in which currency, and what a plan costs there (billing-rules 15.6)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.codes import free_code
from commet_core.scenario.drafts.design import Design, Path
from commet_core.scenario.drafts.edits import with_value

BY_PLACE: Final = ("currency_prices", "market_prices")
FIRST_NAME: Final = "New market"
AMOUNTS: Final[Mapping[str, str]] = {
    "included_balance": "",
    "minimum_commitment": "amount",
    "spend_cap": "amount",
    "rollover": "max_amount",
}
"""Terms of a plan that are amounts of money: the key of the amount within them."""


class PricedIn(NamedTuple):
    """Where prices of a plan hold: its key in the plan, and the code of the currency or market."""

    by: str
    code: str


def markets_of(design: Design) -> dict[str, Any]:
    """The markets, by code."""
    found: dict[str, Any] = design.document.get("markets") or {}
    return found


def currencies_of(design: Design) -> list[str]:
    """The currencies of markets that are not the catalog's, as they are written."""
    home = str(design.document.get("currency") or "usd").lower()
    known = [str(market.get("currency") or "").lower() for market in markets_of(design).values() if isinstance(market, Mapping)]
    return [code for code in dict.fromkeys(known) if code and code != home]


def priced_in(design: Design) -> list[PricedIn]:
    """Where a plan can have prices of its own: each other currency, then each market."""
    return [
        *(PricedIn("currency_prices", code) for code in currencies_of(design)),
        *(PricedIn("market_prices", code) for code in markets_of(design)),
    ]


def with_market(design: Design) -> Design:
    """The design with one more market."""
    home = str(design.document.get("currency") or "usd").lower()
    code = free_code(FIRST_NAME, markets_of(design))
    return with_value(design, ("markets", code), {"name": FIRST_NAME, "currency": "eur" if home != "eur" else "usd"})


def without_market(design: Design, code: str) -> Design:
    """The design without a market and its prices; without any, without all that is of other currencies too."""
    document = copy.deepcopy(design.document)
    document["markets"].pop(code, None)
    last = not document["markets"]
    for group in ("plans", "credit_packs", "addons"):
        for priced in document.get(group, {}).values():
            (priced.get("market_prices") or {}).pop(code, None)
            for by in BY_PLACE:
                if last or not priced.get(by, True):
                    priced.pop(by, None)
    if last:
        document.pop("markets")
        document.pop("currencies", None)
    rows = tuple({key: value for key, value in row.items() if (key, value) != ("market", code)} for row in design.candidates)
    return settled(
        replace(design, document=document, candidates=rows, notes=(f"Deleted the market “{code}” with its prices.",))
    )


def with_own_prices(design: Design, plan: str, *, on: bool) -> Design:
    """The design with a plan that has prices in other currencies, at first none of them, or that has them no more."""
    if on:
        return with_value(design, ("plans", plan, "currency_prices"), {code: {} for code in currencies_of(design)})
    return with_value(with_value(design, ("plans", plan, "currency_prices"), None), ("plans", plan, "market_prices"), None)


def feature_prices(plan: Mapping[str, Any]) -> dict[str, bool]:
    """The features that a plan has a price for → whether that is one number for a unit."""
    found = {}
    for code, terms in (plan.get("features") or {}).items():
        if not isinstance(terms, Mapping):
            continue
        overage = terms.get("overage")
        if overage is not None:
            found[code] = not isinstance(overage, Mapping) or set(overage) <= {"unit_price"}
        elif terms.get("unit_price") is not None:
            found[code] = True
    return found


def amount_paths(plan: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Path]:
    """The amounts of a plan beside its prices → where they stand among its prices in a place."""
    found: dict[str, Path] = {}
    for key, within in AMOUNTS.items():
        terms = plan.get(key)
        of_credits = key == "rollover" and plan.get("consumption_model") != "balance"
        has = terms is not None and (not within or (isinstance(terms, Mapping) and terms.get(within) is not None))
        if has and not of_credits:
            found[key] = (key, within) if within and isinstance(place.get(key), Mapping) else (key,)
    return found


def with_feature_price(design: Design, plan: str, place: PricedIn, feature: str, price: str) -> Design:
    """The design with a plan's price for a unit of a feature in a place; without one where it is empty."""
    path: Path = ("plans", plan, place.by, place.code, "features", feature)
    return with_value(design, path, {"unit_price": price} if price else None)
