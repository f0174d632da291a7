"""What is wrong with currencies and markets as a catalog's document has them (billing-rules 15.6), beyond their single values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from commet_core.catalog.add_ons import AddOn
from commet_core.catalog.level_terms import EVERY
from commet_core.catalog.markets import OVERAGE_KEYS, intervals_of, localized, prices_in
from commet_core.catalog.overage import overage_problems
from commet_core.catalog.versions import sound_versions
from commet_core.foundation.documents import entries_of, problems_of, unknown_name
from commet_core.foundation.errors import Problem, nearest

PRICE_KEYS: Final = ("prices", "features", "included_balance", "minimum_commitment", "spend_cap", "rollover")
ADD_ON_KEYS: Final = ("base_price", "overage", "unit_price")
BY_PLACE: Final = ("currency_prices", "market_prices")

PlanProblems = Callable[[str, Mapping[str, Any], dict[str, Any]], tuple[Problem, ...]]
"""What is wrong with a plan by itself: its code, its document, the catalog's features."""


def market_problems(raw: Mapping[str, Any], plans: Mapping[str, Any], problems_of_plan: PlanProblems) -> Iterator[Problem]:
    """Of a whole catalog. plans: as they were written."""
    currency, markets = str(raw.get("currency") or "usd").lower(), entries_of(raw, "markets")
    yield from _country_problems(markets)
    if currency in _lowered(raw.get("currencies")):
        yield Problem(f"currencies.{currency}", "is the catalog's own currency", "Remove it: an exchange rate is to it")
    for group in ("plans", "credit_packs", "addons"):
        for code, priced in entries_of(raw, group).items():
            if isinstance(priced, Mapping):
                yield from _place_problems(f"{group}.{code}", priced, currency, markets)
    for code, add_on in entries_of(raw, "addons").items():
        yield from _add_on_problems(f"addons.{code}", add_on)
    for code, plan in plans.items():
        if isinstance(plan, Mapping):
            yield from _plan_problems(code, plan, entries_of(raw, "features"), problems_of_plan)
    yield from _group_problems(raw, plans)
    yield from _rate_problems(raw, currency, markets)


def _country_problems(markets: Mapping[str, Any]) -> Iterator[Problem]:
    of_country: dict[str, str] = {}
    for code, market in markets.items():
        countries = market.get("country_codes") if isinstance(market, Mapping) else None
        for place, country in enumerate(countries if isinstance(countries, list | tuple) else ()):
            if str(country).upper() in of_country:
                what = f"{country!r} is in market {of_country[str(country).upper()]!r} too"
                yield Problem(f"markets.{code}.country_codes.{place}", what, "Keep a country in one market")
            of_country.setdefault(str(country).upper(), code)


def _place_problems(path: str, priced: Mapping[str, Any], currency: str, markets: Mapping[str, Any]) -> Iterator[Problem]:
    """Prices in the catalog's own currency, and in markets that are not there."""
    if currency in _lowered(priced.get("currency_prices")):
        what, fix = "is the catalog's own currency", "Write the price where the others stand, without currency_prices"
        yield Problem(f"{path}.currency_prices.{currency}", what, fix)
    for market in entries_of(priced, "market_prices"):
        if market not in markets:
            yield unknown_name(f"{path}.market_prices.{market}", "market", market, markets)


def _add_on_problems(path: str, add_on: Any) -> Iterator[Problem]:
    """Keys that are no prices, prices of what the add-on has not, and prices with which it would be no add-on."""
    base = {key: value for key, value in add_on.items() if key not in BY_PLACE} if isinstance(add_on, Mapping) else {}
    sound = base and not list(_alone_problems(base))
    for by in BY_PLACE:
        for place, written in entries_of(add_on, by).items():
            prices, where = _add_on_prices(written), f"{path}.{by}.{place}"
            for key in prices:
                if key not in ADD_ON_KEYS:
                    yield Problem(f"{where}.{key}", "is not a known key", nearest(str(key), ADD_ON_KEYS))
                elif base.get(key) is None:
                    yield Problem(
                        f"{where}.{key}", f"the add-on itself has no {key}", "Add it to the add-on, or remove it here"
                    )
            if isinstance(prices.get("base_price"), Mapping) and isinstance(base.get("base_price"), Mapping):
                for interval in prices["base_price"]:
                    if sound and interval not in base["base_price"]:
                        fix = f"Intervals it has: {', '.join(map(str, base['base_price']))}"
                        yield Problem(f"{where}.base_price.{interval}", "the add-on has no such price", fix)
            if sound and all(base.get(key) is not None for key in prices):
                for problem in _alone_problems({**base, **prices}):
                    yield replace(problem, where=f"{where}.{problem.where}")


def _add_on_prices(written: Any) -> Mapping[str, Any]:
    """What is written of an add-on in a place; a number is its base price."""
    return written if isinstance(written, Mapping) else {"base_price": written}


def _alone_problems(add_on: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the values of an add-on by itself."""
    try:
        AddOn.model_validate(add_on)
    except ValidationError as error:
        for problem in problems_of(error, AddOn):
            yield replace(problem, where=problem.where.removesuffix(f".{EVERY}"))
        return
    yield from overage_problems("overage", add_on.get("overage"))


def _plan_problems(
    code: str, plan: Mapping[str, Any], features: dict[str, Any], problems_of_plan: PlanProblems
) -> Iterator[Problem]:
    """Keys that are no prices, prices of what the plan has not, and prices with which it would be no plan."""
    if not any(entries_of(plan, by) for by in BY_PLACE):
        return
    base = {key: value for key, value in plan.items() if key not in (*BY_PLACE, "versions")}
    known = {(problem.where, problem.what) for problem in problems_of_plan(code, base, features)}
    versions = [document for _, document in sound_versions(plan)]
    has = {code: terms for document in [plan, *versions] for code, terms in entries_of(document, "features").items()}
    for by in BY_PLACE:
        for place, prices in entries_of(plan, by).items():
            path = f"plans.{code}.{by}.{place}"
            if not isinstance(prices, Mapping):
                yield Problem(path, f"{prices!r} is not a group of keys", "Write prices and features as `key: value` pairs")
                continue
            wrong = list(_key_problems(path, prices, base, has))
            yield from wrong
            if wrong or known:
                continue
            own = prices_in({by: {place: prices}}, place, place)
            document, _ = localized(base, own, same=True)
            for problem in problems_of_plan(code, document, features):
                yield replace(problem, where=problem.where.replace(f"plans.{code}", path, 1).replace(".overage.", "."))


def _key_problems(path: str, prices: Mapping[str, Any], plan: Mapping[str, Any], has: Mapping[str, Any]) -> Iterator[Problem]:
    for key in prices:
        if key not in PRICE_KEYS:
            yield Problem(f"{path}.{key}", "is not a known key", nearest(str(key), PRICE_KEYS))
        elif key not in ("prices", "features") and plan.get(key) is None:
            yield Problem(f"{path}.{key}", f"the plan itself has no {key}", "Add it to the plan, or remove it here")
    for interval in entries_of(prices, "prices"):
        if interval not in entries_of(plan, "prices"):
            fix = f"Intervals it has: {', '.join(entries_of(plan, 'prices')) or 'none: the plan is free'}"
            yield Problem(f"{path}.prices.{interval}", "the plan has no such price", fix)
    for feature, terms in entries_of(prices, "features").items():
        where = f"{path}.features.{feature}"
        if feature not in has:
            yield unknown_name(where, "feature of the plan", feature, has)
            continue
        keys = set(terms) if isinstance(terms, Mapping) else set()
        if not keys or not (keys <= OVERAGE_KEYS or (keys == {"overage"} and isinstance(terms["overage"], Mapping))):
            fix = "Give unit_price alone, or tiers_mode and tiers, or package_size and package_price"
            yield Problem(where, "is no price" if not keys else f"says more than a price: {', '.join(sorted(keys))}", fix)
        elif not isinstance(has[feature], Mapping) or not {"overage", "unit_price"} & set(has[feature]):
            yield Problem(where, "the plan itself has no price for the feature", "Add one to the plan, or remove it here")


def _group_problems(raw: Mapping[str, Any], plans: Mapping[str, Any]) -> Iterator[Problem]:
    """All plans of a group have the same currencies; one that costs nothing has all."""
    for group, codes in entries_of(raw, "plan_groups").items():
        found: dict[str, set[str]] = {}
        for code in map(str, codes if isinstance(codes, list | tuple) else ()):
            plan = plans.get(code)
            if isinstance(plan, Mapping) and localized(plan, {}, same=False)[1]:
                found[code] = _lowered(plan.get("currency_prices"))
        every = set().union(*found.values()) if found else set()
        for code, own in found.items():
            if own != every:
                what = f"plan {code!r} has no prices in {', '.join(sorted(every - own))}, which others of the group have"
                yield Problem(f"plan_groups.{group}", what, f"Add them to plans.{code}.currency_prices")


def _rate_problems(raw: Mapping[str, Any], currency: str, markets: Mapping[str, Any]) -> Iterator[Problem]:
    """Currencies of markets without an exchange rate where something has to be converted."""
    declared = {str(code).lower(): terms for code, terms in entries_of(raw, "currencies").items()}
    asked: dict[str, list[str]] = {}
    for code, market in markets.items():
        own = str(market.get("currency", "")).lower() if isinstance(market, Mapping) else ""
        terms = declared.get(own)
        if own in ("", currency) or (isinstance(terms, Mapping) and terms.get("exchange_rate") is not None):
            continue
        converted = _converted(raw, own, code)
        if converted:
            asked.setdefault(own, converted)
    for own, converted in asked.items():
        what = f"is missing, and {', '.join(converted)} {'has' if len(converted) == 1 else 'have'} no price in {own}"
        fix = f"Say how many units of {own} are 1 {currency}, or give each a price in {own}"
        yield Problem(f"currencies.{own}.exchange_rate", what, fix)


def _converted(raw: Mapping[str, Any], currency: str, market: str) -> list[str]:
    """What of a catalog has no price in a market and is converted."""
    found = [
        f"{group}.{code}"
        for group in ("credit_packs", "addons")
        for code, priced in entries_of(raw, group).items()
        if not _has_own(group, priced, currency, market)
    ]
    by_tokens = {
        f"features.{code}"
        for plan in entries_of(raw, "plans").values()
        for code, terms in entries_of(plan, "features").items()
        if isinstance(terms, Mapping) and terms.get("pricing") == "ai_model"
    }
    return [*found, *sorted(by_tokens)]


def _has_own(group: str, priced: Any, currency: str, market: str) -> bool:
    """Whether all that a pack or an add-on costs has a price of its own in a market."""
    of_currency = {key.lower(): prices for key, prices in entries_of(priced, "currency_prices").items()}
    places = [of_currency.get(currency), entries_of(priced, "market_prices").get(market)]
    written = [prices for prices in places if prices is not None]
    if group == "credit_packs" or not isinstance(priced, Mapping):
        return bool(written)
    found = [_add_on_prices(prices) for prices in written]
    own = {key for prices in found for key in prices}
    intervals = {interval for prices in found if "base_price" in prices for interval in intervals_of(prices["base_price"])}
    whole = {key for key in ADD_ON_KEYS if priced.get(key) is not None} <= own
    return whole and intervals_of(priced.get("base_price")).keys() <= intervals


def _lowered(part: Any) -> set[str]:
    return {str(key).lower() for key in part} if isinstance(part, Mapping) else set()
