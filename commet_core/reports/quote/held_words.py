"""Seats, quota, boolean features and add-ons in sentences, and what they cost for a billing interval (billing-rules 10)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commet_core.catalog.add_ons import AddOn
from commet_core.catalog.features import Feature
from commet_core.catalog.level_terms import EVERY, LevelOverage, LevelTerms, price_for
from commet_core.catalog.overage import Overage, Tier
from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.money import format_short
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import a_interval, each, listed, quantity
from commet_core.reports.statement.overage_words import overage_in_words


def held_in_words(catalog: Catalog, plan: Plan) -> list[str]:
    """A sentence for each of a plan's seats and quota, and one for its boolean features, without their full stops."""
    sentences = [f"{_name(catalog, code)}: {_level(catalog, plan, code, terms)}" for code, terms in plan.levels.items()]
    if plan.switches:
        sentences.append(f"Has {listed([_name(catalog, code) for code in plan.switches])}")
    return sentences


def held_changes_in_words(catalog: Catalog, before: Plan, now: Plan) -> list[str]:
    """What of seats, quota and boolean features is another in a later version of a plan (billing-rules 8.7)."""
    changed = [code for code, terms in now.levels.items() if before.levels.get(code) != terms]
    said = [f"{_name(catalog, code)}: {_level(catalog, now, code, now.levels[code])}" for code in changed]
    said += [f"adds {_name(catalog, code)}" for code in now.switches if code not in before.switches]
    gone = [code for code in (*before.levels, *before.switches) if code not in (*now.levels, *now.switches)]
    return said + [f"no more {_name(catalog, code)}" for code in gone]


def add_on_name(catalog: Catalog, code: str) -> str:
    """What an add-on is called: its name, else that of its feature."""
    add_on = catalog.addons.get(code)
    return code if add_on is None else add_on.name or _name(catalog, add_on.feature)


def add_on_in_words(catalog: Catalog, add_on: AddOn) -> str:
    """What an add-on costs and gives: `$18 a month; SMS: 500 included, then $0.04 a message`."""
    price, unit = prices_by_interval(add_on.base_price, catalog.currency), _feature(catalog, add_on.feature).unit
    name = _name(catalog, add_on.feature)
    if add_on.consumption_model == "boolean":
        return f"{price}; adds {name}"
    if add_on.consumption_model == "credits":
        return f"{price}; {name}: {quantity(add_on.credits_per_unit or Decimal(0), 'credit')} {each(unit)}"
    if add_on.consumption_model == "balance":
        worth = (
            format_short(add_on.unit_price, catalog.currency) if add_on.unit_price is not None else "what its AI model costs"
        )
        return f"{price}; {name}: {worth} {each(unit)}, from the balance"
    included = f"{quantity(add_on.included or Decimal(0), unit)} included"
    beyond = (
        "then usage stops" if add_on.overage is None else f"then {overage_in_words(add_on.overage, unit, catalog.currency)}"
    )
    return f"{price}; {name}: {included}, {beyond}"


def prices_by_interval(prices: Mapping[Any, Decimal], currency: str) -> str:
    """`$12 a month or $120 a year`; of one number `$12 a month`."""
    if EVERY in prices:
        return f"{format_short(prices[EVERY], currency)} a month"
    return " or ".join(f"{format_short(amount, currency)} {a_interval(interval)}" for interval, amount in prices.items())


def _level(catalog: Catalog, plan: Plan, code: str, terms: LevelTerms) -> str:
    unit = _feature(catalog, code).unit
    if terms.unlimited:
        return "unlimited"
    included = f"{quantity(terms.included, unit)} included" if terms.included else "none included"
    if terms.overage is None or plan.free:
        return f"{included}, and no more"
    said = dict.fromkeys(_priced(terms.overage, interval, unit, catalog.currency) for interval in plan.prices)
    return f"{included}, then {' or '.join(said)}"


def _priced(overage: LevelOverage, interval: Interval, unit: str, currency: str) -> str:
    """What units above those included cost for an interval: `$12 a seat a month`; `for a month the first 10 seats at $12 each, …`."""
    span = "a month" if interval == "one_time" else a_interval(interval)
    price = overage_in_words(overage_for(overage, interval), unit, currency)
    return f"{price} {span}" if overage.tiers is None else f"for {span} {price}"


def overage_for(overage: LevelOverage, interval: Interval | None) -> Overage:
    """The price of seats or quota for one interval."""
    tiers = tuple(
        Tier(
            up_to=tier.up_to,
            unit_price=None if tier.unit_price is None else price_for(tier.unit_price, interval),
            flat_amount=None if tier.flat_amount is None else price_for(tier.flat_amount, interval),
        )
        for tier in overage.tiers or ()
    )
    return Overage(
        unit_price=None if overage.unit_price is None else price_for(overage.unit_price, interval),
        tiers_mode=overage.tiers_mode,
        tiers=tiers or None,
        package_size=overage.package_size,
        package_price=None if overage.package_price is None else price_for(overage.package_price, interval),
    )


def _feature(catalog: Catalog, code: str) -> Feature:
    return catalog.features.get(code) or Feature()


def _name(catalog: Catalog, code: str) -> str:
    return _feature(catalog, code).name or code
