"""What a catalog says and `commet.config.ts` cannot hold: sentences that each name one thing to set in Commet by hand.

A sentence begins with what it is about and ends without a full stop.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import assert_never

from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan, Plan
from commet_core.catalog.terms import BalanceTerms, CreditsTerms, MeteredTerms
from commet_core.foundation.days import UTC_NAME
from commet_core.foundation.money import format_exact, plain
from commet_core.foundation.wording import a_interval, each, listed
from commet_core.reports.commet_config.amounts import in_units
from commet_core.reports.commet_config.typescript import is_exact
from commet_core.reports.quote.further_terms import expiry_in_words, further_terms_in_words
from commet_core.reports.quote.words import feature_name, offer_in_words, plan_name
from commet_core.reports.statement.overage_words import overage_in_words


def of_plan(catalog: Catalog, code: str) -> list[str]:
    """What is to be set on one plan, beside what the file says of it."""
    plan = catalog.plans[code]
    sentences = [
        f"the price of {format_exact(amount, catalog.currency)} {a_interval(interval)} is finer, or larger, than the file can hold"
        for interval, amount in plan.prices.items()
        if in_units(amount) is None
    ]
    match plan:
        case MeteredPlan():
            terms = [_metered(catalog, feature, terms) for feature, terms in plan.features.items()]
        case CreditsPlan():
            sentences.append(f"included credits: {plain(plan.included_credits)}")
            terms = [_credits(catalog, feature, terms) for feature, terms in plan.features.items()]
        case BalancePlan():
            sentences += _balance(catalog, plan)
            terms = [_priced(catalog, feature, terms) for feature, terms in plan.features.items()]
        case _:
            assert_never(plan)
    terms += [_held(catalog, feature, plan) for feature in plan.levels]
    sentences += [f"prices in {currency.upper()}, of regional pricing" for currency in plan.currency_prices]
    sentences += [f"prices of market {market}, of regional pricing" for market in plan.market_prices]
    beyond = [f"left out, as Commet has nothing like it: {sentence}" for sentence in further_terms_in_words(catalog, plan)]
    return sentences + [sentence for sentence in terms if sentence] + beyond


def _metered(catalog: Catalog, feature: str, terms: MeteredTerms) -> str:
    name, unit = feature_name(catalog, feature), catalog.features[feature].unit
    if terms.unlimited:
        return ""
    if not is_exact(terms.included):
        return f"{name}: {plain(terms.included)} included are more digits than the file can hold"
    if terms.overage is None:
        return ""
    stops = "until it is set, usage stops at what is included"
    price = terms.overage.unit_price
    if price is None:
        return f"{name}: overage, {overage_in_words(terms.overage, unit, catalog.currency)}; {stops}"
    if in_units(price) is None:
        what = "is finer, or larger, than the file can hold"
        return f"{name}: overage of {format_exact(price, catalog.currency)} {each(unit)} {what}; {stops}"
    return ""


def seat_price(plan: Plan, feature: str) -> Decimal | None:
    """What a seat costs for an interval, where that is one number for all of the plan's."""
    overage = plan.levels[feature].overage
    prices = set((overage.unit_price or {}).values()) if overage is not None else set()
    return prices.pop() if len(prices) == 1 else None


def _held(catalog: Catalog, feature: str, plan: Plan) -> str:
    """What the file cannot hold of seats or a quota."""
    name, terms, kind = feature_name(catalog, feature), plan.levels[feature], catalog.features[feature].type
    included = "unlimited" if terms.unlimited else f"{plain(terms.included)} included"
    price, priced = seat_price(plan, feature), terms.overage is not None and not terms.unlimited
    if kind == "quota":
        more = (
            ""
            if not priced
            else ", and more have a price"
            if price is None
            else f", {format_exact(price, catalog.currency)} each more"
        )
        return f"{name}: a quota, {included}{more}; the file has no quotas"
    if priced and (price is None or in_units(price) is None):
        why = (
            "differs by interval, or is in tiers or packages"
            if price is None
            else "is finer, or larger, than the file can hold"
        )
        return f"{name}: the price of a seat {why}; until it is set, seats stop at what is included"
    return ""


def _credits(catalog: Catalog, feature: str, terms: CreditsTerms) -> str:
    if terms.unlimited or terms.credits_per_unit is None:
        return ""
    return f"{feature_name(catalog, feature)}: {plain(terms.credits_per_unit)} credits {each(catalog.features[feature].unit)}"


def _balance(catalog: Catalog, plan: BalancePlan) -> list[str]:
    granted = format_exact(plan.granted(plan.default_interval()), catalog.currency)
    every = "week" if plan.default_interval() == "weekly" else "month"
    end = "usage stops" if plan.blocks else "usage goes on as overage"
    return [f"included balance: {granted} every {every}", f"when the balance is used up, {end}"]


def _priced(catalog: Catalog, feature: str, terms: BalanceTerms) -> str:
    name, unit = feature_name(catalog, feature), catalog.features[feature].unit
    if terms.unlimited:
        return ""
    if terms.by_tokens:
        return f"{name}: what its AI model costs, with a margin of {plain((terms.margin or Decimal(0)) * 100)} %"
    return f"{name}: {format_exact(terms.unit_price or Decimal(0), catalog.currency)} {each(unit)}"


def of_catalog(catalog: Catalog) -> Iterator[str]:
    """What is to be set beside the plans: the currency, packs, groups, offers, prices of models."""
    if catalog.currency != "usd":
        yield f"the file names no currency, and Commet takes prices in US dollars: these are in {catalog.currency.upper()}"
    if catalog.time_zone != UTC_NAME:
        yield f"left out, as Commet counts in UTC: days are those of {catalog.time_zone}"
    for code, pack in catalog.credit_packs.items():
        sold = (
            "" if pack.plans is None else f", sold on {listed([plan_name(catalog, plan) for plan in pack.plans]) or 'no plan'}"
        )
        price = format_exact(pack.price, catalog.currency)
        yield f"credit pack {pack.name or code}: {plain(pack.credits)} credits{expiry_in_words(pack)} for {price}{sold}"
    for code, add_on in catalog.addons.items():
        different = {f"{amount:f}": amount for amount in add_on.base_price.values()}
        cost = " or ".join(format_exact(amount, catalog.currency) for amount in different.values())
        yield f"add-on {add_on.name or code}: {feature_name(catalog, add_on.feature)}, {add_on.consumption_model}, for {cost}"
    for code, market in catalog.markets.items():
        countries = f" for {listed(list(market.country_codes))}" if market.country_codes else ""
        yield f"market {market.name or code}: {market.currency.upper()}{countries}"
    for code, plans in catalog.plan_groups.items():
        yield f"plan group {code}, lowest first: {', '.join(plan_name(catalog, plan) for plan in plans)}"
    for code, offer in catalog.offers.items():
        yield f"offer {offer.name or code}: {offer_in_words(catalog, offer)}"
    for code, prices in catalog.models.items():
        kinds = {
            "input": prices.input,
            "output": prices.output,
            "cache read": prices.cache_read,
            "cache write": prices.cache_write,
        }
        said = [f"{format_exact(amount, catalog.currency)} {kind}" for kind, amount in kinds.items() if amount is not None]
        yield f"AI model {code}, for a million tokens: {listed(said)}"
