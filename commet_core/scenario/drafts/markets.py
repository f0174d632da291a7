"""Markets in a design: who is billed in which currency, and what a plan costs there (billing-rules 15.6)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from commet_core.catalog.markets import versions_in
from commet_core.foundation.errors import InputError
from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.codes import free_code
from commet_core.scenario.drafts.design import Design, Kind, Path
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.interval_prices import with_price_for
from commet_core.scenario.reporting import Reporting, typed_reporting

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
    found: dict[str, Any] = design.document.get("markets") or {}
    return found


def home_currency(design: Design) -> str:
    """The catalog's currency, in small letters."""
    return str(design.document.get("currency") or "usd").lower()


def market_label(design: Design, code: str) -> str:
    """A market with its currency: `Japan (JPY)`; of no code `no market (USD)`."""
    market = markets_of(design).get(code)
    if not isinstance(market, Mapping):
        return code or f"no market ({home_currency(design).upper()})"
    return f"{market.get('name') or code} ({str(market.get('currency') or '').upper()})"


def currencies_of(design: Design) -> list[str]:
    """The currencies of markets that are not the catalog's, as they are written."""
    home = home_currency(design)
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
    home = home_currency(design)
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


def reporting_for(design: Design, currency: str, rates: str) -> Reporting:
    """The reporting that is typed for a design. Raises InputError with what is wrong with it, or lacks for the design's candidates."""
    made = typed_reporting(currency, rates)
    try:
        design.checked(made)
    except InputError as error:
        lacking = [problem for problem in error.problems if problem.where.startswith("reporting")]
        if lacking:
            raise InputError(lacking) from None
    return made


def missing_in(design: Design, plan: str, place: PricedIn) -> dict[str, list[str]]:
    """What a plan has no price for in a place, as paths below that place → the markets that lack it (billing-rules 15.6)."""
    content = design.group("plans")[plan]
    dated = [version for version in content.get("versions") or () if version.get("from")]
    found: dict[str, list[str]] = {}
    for code, market in markets_of(design).items():
        currency = str(market.get("currency") or "").lower() if isinstance(market, Mapping) else ""
        if place.code == (currency if place.by == "currency_prices" else code):
            same = currency == home_currency(design)
            for path in versions_in({**content, "versions": dated}, currency, code, same=same)[1]:
                found.setdefault(path, []).append(market_label(design, code))
    return found


class OwnPrice(NamedTuple):
    """A price of a pack or an add-on in a place.

    path       where it stands
    interval   the billing interval that it is for, where it is for one
    intervals  those for which there is one beside it
    of_usage   it is for a unit of the feature
    empty      what holds where there is none
    """

    path: Path
    interval: Interval | None = None
    intervals: tuple[Interval, ...] = ()
    of_usage: bool = False
    empty: str = "converted"


def own_price_paths(design: Design, kind: Kind, code: str, place: PricedIn) -> tuple[list[OwnPrice], bool]:
    """The prices that a pack or an add-on can have in a place, and whether it has tiers or packages, which it has there in a file alone."""
    priced, path = design.group(kind)[code], (kind, code, place.by, place.code)
    if kind == "credit_packs":
        return [OwnPrice(path)], False
    base, own = (*path, "base_price"), design.value((*path, "base_price"))
    prices = priced.get("base_price")
    intervals = tuple(each for each in INTERVALS if each in prices) if isinstance(prices, Mapping) else ()
    if not intervals:
        found = [OwnPrice(base)]
    else:
        empty = "converted" if own is None else "not offered"  # prices by interval replace, whole
        first = base if own is not None and not isinstance(own, Mapping) else (*base, intervals[0])
        at = [first, *((*base, each) for each in intervals[1:])]
        found = [OwnPrice(where, each, intervals, empty=empty) for where, each in zip(at, intervals, strict=True)]
    overage = priced.get("overage")
    plain = isinstance(overage, Mapping) and set(overage) == {"unit_price"}
    if plain:
        found.append(OwnPrice((*path, "overage", "unit_price"), of_usage=True))
    elif priced.get("unit_price") is not None:
        found.append(OwnPrice((*path, "unit_price"), of_usage=True))
    return found, overage is not None and not plain


def with_own_price(design: Design, price: OwnPrice, typed: str) -> Design:
    """The design with a pack's or an add-on's price in a place; where it is empty without it, and without groups left empty by it.

    An add-on with an empty group would be one that has its own price there.
    """
    if price.interval is None:
        return _without_empty(with_value(design, price.path, typed or None), price.path)
    base = price.path[: price.path.index("base_price") + 1]
    return _without_empty(with_price_for(design, base, list(price.intervals), price.interval, typed), base)


def _without_empty(design: Design, path: Path) -> Design:
    for length in range(len(path) - 1, len(("kind", "code")), -1):
        if design.value(path[:length]) == {}:
            design = with_value(design, path[:length], None)
    return design


def with_feature_price(design: Design, plan: str, place: PricedIn, feature: str, price: str) -> Design:
    """The design with a plan's price for a unit of a feature in a place; without one where it is empty."""
    path: Path = ("plans", plan, place.by, place.code, "features", feature)
    return with_value(design, path, {"unit_price": price} if price else None)
