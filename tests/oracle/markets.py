"""Currencies and markets (billing-rules 15.6): one simulation for every market, in its currency, and what it comes to in the reporting currency."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from .amounts import EXACT, MONEY_PLACES, ONE, decimal, minor_unit_digits, rounded_half_up
from .events import Event, Row
from .periods import Window, day_at, day_from
from .versions import merged

Catalog = Mapping[str, Any]
Simulate = Callable[..., dict[str, list[Row]]]

OVERAGE = ("unit_price", "tiers_mode", "tiers", "package_size", "package_price")


def uses_markets(scenario: Mapping[str, Any]) -> bool:
    rows = [*scenario["candidates"], *(scenario.get("subscriptions") or [])]
    return any(row.get("market") for row in rows)


def currency_of(catalog: Catalog, market: str | None) -> str:
    return str((catalog["markets"][market] if market else catalog).get("currency") or "usd")


# The catalog of a market.


def catalog_of(catalog: Catalog, market: str | None) -> dict[str, Any]:
    """Every price the market's, else its currency's; packs, add-ons and tokens without one at the exchange rate."""
    if not market:
        return dict(catalog)
    currency, home = currency_of(catalog, market), currency_of(catalog, None)
    stated = (catalog.get("currencies") or {}).get(currency) or {}
    rate = ONE if currency == home else decimal(stated.get("exchange_rate") or 1)
    return {
        **catalog,
        "currency": currency,
        "plans": {code: plan_of(plan, market, currency, rate) for code, plan in catalog["plans"].items()},
        "credit_packs": {
            code: {**pack, "price": pack_price(pack, market, currency, rate)}
            for code, pack in (catalog.get("credit_packs") or {}).items()
        },
        "addons": {code: add_on_of(add_on, market, currency, rate) for code, add_on in (catalog.get("addons") or {}).items()},
        "offers": {code: offer_of(offer, currency) for code, offer in (catalog.get("offers") or {}).items()},
    }


def pack_price(pack: Mapping[str, Any], market: str, currency: str, rate: Decimal) -> Decimal:
    for key, place in (("market_prices", market), ("currency_prices", currency)):
        if place in (pack.get(key) or {}):
            return decimal(pack[key][place])
    return rounded_half_up(decimal(pack["price"]) * rate, MONEY_PLACES)


def add_on_of(add_on: Mapping[str, Any], market: str, currency: str, rate: Decimal) -> dict[str, Any]:
    """Its prices in the market, else in the currency, else converted, half up to 9 decimals."""
    found = {key: value for key, value in add_on.items() if key not in ("market_prices", "currency_prices")}
    for key in ("base_price", "overage", "unit_price"):
        if found.get(key) is not None:
            found[key] = converted(found[key], rate)
    if found.get("pricing") == "ai_model":
        found["token_rate"] = rate
    for key, place in (("currency_prices", currency), ("market_prices", market)):
        own = (add_on.get(key) or {}).get(place, {})
        for name, price in (own if isinstance(own, Mapping) else {"base_price": own}).items():
            found[name] = of_both(found[name], price) if name == "base_price" else price
    return found


def of_both(price: Any, own: Any) -> Any:
    """A price of its own for some intervals, and what there was for the others; one number is for a month."""
    if not isinstance(price, Mapping) and not isinstance(own, Mapping):
        return own
    first, second = (each if isinstance(each, Mapping) else {"monthly": each} for each in (price, own))
    return {**first, **second}


def converted(price: Any, rate: Decimal) -> Any:
    if isinstance(price, Mapping):
        kept = ("up_to", "tiers_mode", "package_size")
        return {key: value if key in kept else converted(value, rate) for key, value in price.items()}
    if isinstance(price, list):
        return [converted(each, rate) for each in price]
    return rounded_half_up(decimal(price) * rate, MONEY_PLACES)


def offer_of(offer: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Amounts by currency as the one of this."""
    phases = [
        {key: amount[currency] if isinstance(amount, Mapping) else amount for key, amount in phase.items()}
        for phase in offer.get("phases") or ()
    ]
    return {**offer, **({"phases": phases} if phases else {})}


def plan_of(plan: Mapping[str, Any], market: str, currency: str, rate: Decimal) -> dict[str, Any]:
    """Its versions in full, one after the other, each with the prices that it has in the market by then."""
    written = {key: value for key, value in plan.items() if key != "versions"}
    found, versions = priced(written, market, currency, rate), []
    for version in plan.get("versions") or ():
        written = merged(written, {key: value for key, value in version.items() if key != "from"})
        versions.append({"from": version["from"], **priced(written, market, currency, rate)})
    if not versions:
        return found
    # Merging must not keep what a version has no more, so that each removes the features' prices of the one before.
    return {**found, "versions": [{**version, "features": whole_features(version)} for version in versions]}


def whole_features(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {
        code: {**terms, "overage": {**dict.fromkeys(OVERAGE), **terms["overage"]}} if terms.get("overage") else terms
        for code, terms in (plan.get("features") or {}).items()
    }


def priced(plan: Mapping[str, Any], market: str, currency: str, rate: Decimal) -> dict[str, Any]:
    levels = [(plan.get("market_prices") or {}).get(market) or {}, (plan.get("currency_prices") or {}).get(currency) or {}]

    def regional(*path: str, own: Any) -> Any:
        for level in levels:
            found: Any = level
            for key in path:
                found = found.get(key) if isinstance(found, Mapping) else None
            if found is not None:
                return found
        return own

    result = {key: value for key, value in plan.items() if key not in ("market_prices", "currency_prices")}
    result["prices"] = {name: regional("prices", name, own=own) for name, own in (plan.get("prices") or {}).items()}
    if plan.get("included_balance") is not None:
        result["included_balance"] = regional("included_balance", own=plan["included_balance"])
    for key in ("minimum_commitment", "spend_cap"):
        if plan.get(key):
            found = regional(key, own=plan[key])
            result[key] = {**plan[key], "amount": found["amount"] if isinstance(found, Mapping) else found}
    if plan["consumption_model"] == "balance" and (plan.get("rollover") or {}).get("max_amount") is not None:
        found = regional("rollover", own=plan["rollover"])
        result["rollover"] = {**plan["rollover"], "max_amount": found["max_amount"] if isinstance(found, Mapping) else found}
    result["features"] = {
        code: feature_of(terms, regional("features", code, own={}), rate)
        for code, terms in (plan.get("features") or {}).items()
    }
    return result


def feature_of(terms: Any, own: Mapping[str, Any], rate: Decimal) -> Any:
    if not isinstance(terms, Mapping):
        return terms
    price = own.get("overage") or {key: value for key, value in own.items() if key in OVERAGE}
    if terms.get("overage") is not None and price:
        return {**terms, "overage": price}
    if terms.get("unit_price") is not None and price:
        return {**terms, "unit_price": price["unit_price"]}
    return {**terms, "token_rate": rate} if terms.get("pricing") == "ai_model" else terms


# The reporting currency.


def rate_on(scenario: Mapping[str, Any], currency: str, day: date) -> Decimal:
    """The last on or before the day."""
    reporting = scenario.get("reporting") or {}
    if currency == reporting.get("currency", currency):
        return ONE
    dated = {day_from(row["date"]): decimal(row["rate"]) for row in reporting["rates"] if row["currency"] == currency}
    return dated[max(since for since in dated if since <= day)]


def simulate_in_markets(
    simulate: Simulate, catalog: Catalog, scenario: Mapping[str, Any], events: Sequence[Event], prices: Any, window: Window
) -> dict[str, list[Row]]:
    rows = scenario.get("subscriptions") or []
    of_customer = {row["customer_id"]: row["market"] for row in rows if row["action"] == "start" and row.get("market")}
    everybody = {*of_customer, *(event.customer_id for event in events), *(row["customer_id"] for row in rows)}
    everybody |= {row["customer_id"] for row in scenario.get("levels") or ()}
    days = {"start": day_at(window.start).isoformat(), "end": day_at(window.end).isoformat()}
    tables: dict[str, list[Row]] = {}
    for candidate in scenario["candidates"]:
        by_market: dict[str | None, set[str]] = {}
        for customer_id in everybody:
            by_market.setdefault(of_customer.get(customer_id) or candidate.get("market"), set()).add(customer_id)
        for market, customers in by_market.items():
            part = {
                **scenario,
                "window": days,
                "candidates": [{key: value for key, value in candidate.items() if key != "market"}],
                "subscriptions": [
                    {key: value for key, value in row.items() if key != "market"}
                    for row in rows
                    if row["customer_id"] in customers
                ],
                "levels": [row for row in scenario.get("levels") or () if row["customer_id"] in customers],
            }
            used = [event for event in events if event.customer_id in customers]
            found = simulate(catalog_of(catalog, market), part, used, prices)
            tell(found, catalog, scenario, market)
            for name, own in found.items():
                tables.setdefault(name, []).extend(own)
    return in_order(tables, scenario)


def in_order(tables: dict[str, list[Row]], scenario: Mapping[str, Any]) -> dict[str, list[Row]]:
    """By candidate, then by customer; of those alone who are possible under all of the candidates."""
    names = [candidate["name"] for candidate in scenario["candidates"]]
    lived = [{row["customer_id"] for row in tables["customers"] if row["candidate"] == name} for name in names]
    possible = set.intersection(*lived)
    return {
        table: sorted(
            (row for row in rows if row["customer_id"] in possible),
            key=lambda row: (names.index(row["candidate"]), row["customer_id"]),
        )
        for table, rows in tables.items()
    }


def tell(tables: dict[str, list[Row]], catalog: Catalog, scenario: Mapping[str, Any], market: str | None) -> None:
    """Each line at the rate of its invoice's day, half up; totals add up lines."""
    currency = currency_of(catalog, market)
    places = minor_unit_digits((scenario.get("reporting") or {}).get("currency", currency))
    days: dict[tuple[Any, ...], datetime] = {number_of(row): row["issued_at"] for row in tables["invoices"]}
    for row in tables["invoice_lines"]:
        with localcontext(EXACT):
            row["reporting_amount"] = rounded_half_up(
                row["amount"] * rate_on(scenario, currency, day_at(days[number_of(row)])), places
            )
    for row in tables["invoices"]:
        lines = [line for line in tables["invoice_lines"] if number_of(line) == number_of(row)]
        row |= {"currency": currency, "reporting_total": sum((line["reporting_amount"] for line in lines), Decimal(0))}
    for row in tables["customers"]:
        own = [invoice for invoice in tables["invoices"] if invoice["customer_id"] == row["customer_id"]]
        row |= {
            "market": market,
            "currency": currency,
            "reporting_billed": sum((invoice["reporting_total"] for invoice in own), Decimal(0)),
        }
    for row in tables["periods"]:
        row |= {"market": market, "currency": currency}


def number_of(row: Row) -> tuple[Any, ...]:
    return row["candidate"], row["customer_id"], row["invoice_number"]
