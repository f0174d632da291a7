"""Currencies and markets (billing-rules 15.6): what a catalog says of them, and the catalog of one market, in its currency alone.

A price of a plan is the market's, else its currency's, else there is none: nothing is converted in silence. Packs, add-ons and
tokens without a price of their own are converted at the currency's stated exchange rate. Every rule then runs in a catalog of one
currency, and knows nothing of markets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from commet_core.catalog.feature_types import sorted_plan
from commet_core.catalog.names import Name
from commet_core.catalog.versions import FROM, VersionDocument, merged
from commet_core.foundation.currencies import CURRENCY_DECIMALS, currency_fix
from commet_core.foundation.documents import Document, PositiveAmount
from commet_core.foundation.money import NANO_DECIMALS, parse_decimal

if TYPE_CHECKING:
    from commet_core.catalog.add_ons import AddOn
    from commet_core.catalog.features import Feature
    from commet_core.catalog.packs import CreditPack
    from commet_core.catalog.plans import Catalog

CATALOGS_KEPT: Final = 64

MISSING: Final = "missing_regional_price"

OVERAGE_KEYS: Final = frozenset({"unit_price", "tiers_mode", "tiers", "package_size", "package_price"})

AMOUNT_KEYS: Final = frozenset({"unit_price", "flat_amount", "package_price"})
"""Keys of an overage price that are money."""


def _currency(raw: object) -> str:
    if not (isinstance(raw, str) and raw.lower() in CURRENCY_DECIMALS):
        what = f"{raw!r} is not a currency code of ISO 4217"
        raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": currency_fix(raw if isinstance(raw, str) else "")})
    return raw.lower()


def _country(raw: object) -> str:
    if not (isinstance(raw, str) and len(raw) == len("AR") and raw.isascii() and raw.isalpha()):
        fix = "Use the two letters of ISO 3166, such as AR"
        raise PydanticCustomError("wrong", "{what}", {"what": f"{raw!r} is not the code of a country", "fix": fix})
    return raw.upper()


CurrencyCode = Annotated[str, BeforeValidator(_currency)]
CountryCode = Annotated[str, BeforeValidator(_country)]


def _prices(raw: object) -> object:
    """A number is the price itself."""
    return raw if isinstance(raw, Mapping) else {"base_price": raw}


AddOnPrices = Annotated[VersionDocument, BeforeValidator(_prices)]


class Currency(Document):
    """A currency beside the catalog's. `exchange_rate`: units of it for 1 of the catalog's, for what has no price of its own."""

    exchange_rate: PositiveAmount | None = None


class Market(Document):
    """Where customers are billed in a currency."""

    name: Name = ""
    currency: CurrencyCode
    country_codes: tuple[CountryCode, ...] = ()


def convert(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount at an exchange rate, half up to 9 decimals (15.6)."""
    return (amount * rate).quantize(Decimal(1).scaleb(-NANO_DECIMALS), ROUND_HALF_UP)


# Prices of plans.


def prices_in(written: Mapping[str, Any], currency: str, market: str) -> dict[str, Any]:
    """What a plan's document, or an add-on's, says of prices in a market: the currency's, and before those the market's."""
    of_currency, of_market = (_map(written.get(key)) for key in ("currency_prices", "market_prices"))
    return merged(_whole(of_currency.get(currency)), _whole(of_market.get(market)))


def _whole(prices: Any) -> dict[str, Any]:
    """Prices of a market with those of features under `overage`, where plans have them; an overage price replaces, whole."""
    found = dict(_map(prices))
    if isinstance(found.get("features"), Mapping):
        found["features"] = {code: _of_feature(terms) for code, terms in found["features"].items()}
    return found


def _of_feature(terms: Any) -> dict[str, Any]:
    flat = {key: value for key, value in _map(terms).items() if key in OVERAGE_KEYS}
    return {"overage": [flat or _map(terms).get("overage")]}


def _map(part: Any) -> Mapping[str, Any]:
    """A group of keys; of anything else, which is told where values are read, none."""
    return part if isinstance(part, Mapping) else {}


def localized(document: Mapping[str, Any], prices: Mapping[str, Any], *, same: bool) -> tuple[dict[str, Any], list[str]]:
    """A plan's document with the prices of a market, and the paths of those that the market has not.

    same: the market bills in the catalog's currency, so that the plan's own prices hold where it says nothing else.
    """
    missing: list[str] = []

    def price(path: str, own: Any, regional: Any) -> Any:
        if regional is not None:
            return regional
        if not same and _costs(own):
            missing.append(path)
        return own

    found = dict(document)
    of_intervals = _map(prices.get("prices"))
    found["prices"] = {
        interval: price(f"prices.{interval}", amount, of_intervals.get(interval))
        for interval, amount in _map(document.get("prices")).items()
    }
    if document.get("included_balance") is not None:
        found["included_balance"] = price("included_balance", document["included_balance"], prices.get("included_balance"))
    for key, amount_key in _CONTAINED:
        terms = document.get(key)
        if isinstance(terms, Mapping) and terms.get(amount_key) is not None and _is_money(document, key):
            own = prices.get(key)
            regional = own.get(amount_key) if isinstance(own, Mapping) else own
            found[key] = {**terms, amount_key: price(f"{key}.{amount_key}", terms[amount_key], regional)}
    of_features = _map(prices.get("features"))
    found["features"] = {
        code: _feature(f"features.{code}", terms, of_features.get(code), price)
        for code, terms in _map(document.get("features")).items()
    }
    for key in ("currency_prices", "market_prices"):
        found.pop(key, None)
    return found, missing


_CONTAINED: Final = (("minimum_commitment", "amount"), ("spend_cap", "amount"), ("rollover", "max_amount"))


def _is_money(document: Mapping[str, Any], key: str) -> bool:
    return key != "rollover" or document.get("consumption_model") == "balance"


def _feature(path: str, terms: Any, regional: Any, price: Any) -> Any:
    if not isinstance(terms, Mapping):
        return terms
    own = regional["overage"][0] if regional else None
    if terms.get("overage") is not None:
        return {**terms, "overage": price(path, terms["overage"], own)}
    if terms.get("unit_price") is not None:
        return {**terms, "unit_price": price(path, terms["unit_price"], _map(own).get("unit_price"))}
    return terms


def _costs(price: Any) -> bool:
    """Whether a price, or an overage price as a document has it, is more than nothing, which is nothing in any currency."""
    if isinstance(price, Mapping):
        keyed = [value for key, value in price.items() if key in AMOUNT_KEYS or key == "tiers" or not OVERAGE_KEYS & set(price)]
        return any(_costs(value) for value in keyed)
    if isinstance(price, list | tuple):
        return any(_costs(each) for each in price)
    try:
        return price is not None and parse_decimal(price) != 0
    except ValueError:
        return False  # which is told where values are read


def versions_in(document: Mapping[str, Any], currency: str, market: str, *, same: bool) -> tuple[dict[str, Any], list[str]]:
    """A plan's document with its versions in a market; each version says what differs from the one before, in that market."""
    versions = document.get("versions") or ()
    first = {key: value for key, value in document.items() if key != "versions"}
    found, missing = localized(first, prices_in(first, currency, market), same=same)
    before, whole, own = found, first, []
    for place, version in enumerate(versions):
        whole = merged(whole, {key: value for key, value in version.items() if key != FROM})
        after, lacking = localized(whole, prices_in(whole, currency, market), same=same)
        missing += [f"versions.{place}.{path}" for path in lacking if path not in missing]
        own.append({FROM: version[FROM], **_changes(before, after)})
        before = after
    return ({**found, "versions": own} if versions else found), missing


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What, merged into a document, makes another of it."""
    changes: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            changes[key] = value
        elif value != before[key]:
            both = isinstance(value, Mapping) and isinstance(before[key], Mapping)
            changes[key] = _changes(before[key], value) if both else value
    return changes


# What a catalog lacks for a market.


def plan_document(catalog: Catalog, code: str) -> dict[str, Any]:
    """A plan as a document has it, numbers as text."""
    plan = catalog.plans[code]
    return plan.model_dump(mode="json", exclude_defaults=True) | {"consumption_model": plan.consumption_model}


def missing_prices(catalog: Catalog, code: str, market: str) -> list[str]:
    """The paths, under the plan, of what has no price in a market (15.6)."""
    currency = catalog.markets[market].currency
    return versions_in(plan_document(catalog, code), currency, market, same=currency == catalog.currency)[1]


# The catalog of a market.


_kept: OrderedDict[tuple[int, str], tuple[Catalog, Catalog]] = OrderedDict()
_lock = Lock()


def catalog_in(catalog: Catalog, market: str) -> Catalog:
    """A catalog as it is in a market: in its currency alone, with the plans that have all of their prices there.

    What needs an exchange rate has one where a catalog could be built (`market_problems`).
    """
    key = id(catalog), market
    with _lock:
        known = _kept.get(key)
        if known is not None and known[0] is catalog:
            return known[1]
    found = _built(catalog, market)
    with _lock:
        _kept[key] = catalog, found
        while len(_kept) > CATALOGS_KEPT:
            _kept.popitem(last=False)
    return found


def _built(catalog: Catalog, market: str) -> Catalog:
    of_market = catalog.markets[market]
    currency, same = of_market.currency, of_market.currency == catalog.currency
    declared = catalog.currencies.get(currency)
    rate = Decimal(1) if same else (declared.exchange_rate if declared is not None else None)
    types = {code: feature.type for code, feature in catalog.features.items()}
    plans = {}
    for code, plan in catalog.plans.items():
        document, missing = versions_in(plan_document(catalog, code), currency, market, same=same)
        if not missing:
            plans[code] = type(plan).model_validate(sorted_plan(document, types))
    found = catalog.model_copy(
        update={
            "currency": currency,
            "currencies": {},
            "plans": plans,
            "plan_groups": {
                group: tuple(code for code in codes if code in plans) for group, codes in catalog.plan_groups.items()
            },
            "credit_packs": {code: _pack(pack, currency, market, rate) for code, pack in catalog.credit_packs.items()},
            "addons": {code: _add_on(add_on, currency, market, rate) for code, add_on in catalog.addons.items()},
            "features": {code: _served(feature, rate) for code, feature in catalog.features.items()},
        }
    )
    found.priced_in(catalog.currency, rate or Decimal(1))
    return found


def _pack(pack: CreditPack, currency: str, market: str, rate: Decimal | None) -> CreditPack:
    own = pack.market_prices.get(market, pack.currency_prices.get(currency))
    price = own if own is not None else convert(pack.price, rate or Decimal(1))
    return pack.model_copy(update={"price": price, "currency_prices": {}, "market_prices": {}})


def _add_on(add_on: AddOn, currency: str, market: str, rate: Decimal | None) -> AddOn:
    """With its prices in a market; what they leave out, an interval of the base price too, is converted."""
    document = add_on.model_dump(mode="json", exclude_defaults=True)
    found = {
        key: _converted(value, rate or Decimal(1)) if key in ("base_price", "overage", "unit_price") else value
        for key, value in document.items()
        if key not in ("currency_prices", "market_prices")
    }
    for prices in (add_on.currency_prices.get(currency, {}), add_on.market_prices.get(market, {})):
        found |= prices | (
            {"base_price": _by_interval(found["base_price"], prices["base_price"])} if "base_price" in prices else {}
        )
    return type(add_on).model_validate(found)


def _by_interval(price: Any, own: Any) -> Any:
    """A base price with those of its intervals that are given in a place; one number is for a month (billing-rules 10.3)."""
    if not isinstance(price, Mapping) and not isinstance(own, Mapping):
        return own
    return {**intervals_of(price), **intervals_of(own)}


def intervals_of(price: Any) -> dict[str, Any]:
    """A base price by interval, as a document has it."""
    return dict(price) if isinstance(price, Mapping) else {"monthly": price}


def _converted(price: Any, rate: Decimal) -> Any:
    """A price, or an overage price as a document has it, at an exchange rate."""
    if isinstance(price, list | tuple):
        return [_converted(each, rate) for each in price]
    if not isinstance(price, Mapping):
        return f"{convert(Decimal(str(price)), rate):f}"
    kept = OVERAGE_KEYS - AMOUNT_KEYS - {"tiers"} | {"up_to"}
    return {key: value if key in kept else _converted(value, rate) for key, value in price.items()}


def _served(feature: Feature, rate: Decimal | None) -> Feature:
    """What serving a unit costs, in the market's currency; not known where no exchange rate is."""
    if feature.unit_cost is None:
        return feature
    return feature.model_copy(update={"unit_cost": None if rate is None else convert(feature.unit_cost, rate)})
