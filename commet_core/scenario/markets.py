"""Customers in markets (billing-rules 15.6): who is in which, and the parts of a scenario that are of one currency each.

A part is a scenario as any other: some candidates, in the catalog of a market. What the parts come to is put together by
`engine.markets`; no rule between knows of currencies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from commet_core.catalog.markets import MISSING, missing_prices
from commet_core.catalog.offers import ANY_CURRENCY
from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.wording import either, listed

if TYPE_CHECKING:
    from commet_core.scenario.candidates import Candidate
    from commet_core.scenario.scenario import Scenario
    from commet_core.scenario.subscriptions import SubscriptionRow

HOME = ""
"""In place of a market: where customers are billed in the catalog's currency, whose rows name none."""


class MarketPart(NamedTuple):
    """A part of a scenario in one market.

    market      its code, or HOME
    group       whose rows name it: the customers of the part; HOME: those whose rows name none
    candidates  their places in the whole scenario
    scenario    of those candidates, in the catalog of the market
    """

    market: str
    group: str
    candidates: tuple[int, ...]
    scenario: Scenario


def markets_by_customer(rows: Iterable[SubscriptionRow], catalog: Catalog) -> dict[str, str]:
    """Of customers whose start names a market its code; a row that names none that there is makes no sense anyway."""
    return {row.customer_id: row.market for row in rows if row.action == "start" and row.market in catalog.markets}


def market_parts(scenario: Scenario) -> list[MarketPart]:
    """All parts in which there may be customers."""
    groups = sorted({HOME, *markets_by_customer(scenario.subscriptions, scenario.catalog).values()})
    found = []
    for group in groups:
        by_market: dict[str, list[int]] = {}
        for place, candidate in enumerate(scenario.candidates):
            by_market.setdefault(group or candidate.market or HOME, []).append(place)
        for market, places in by_market.items():
            found.append(MarketPart(market, group, tuple(places), scenario.of_market(market, group, places)))
    return found


def rows_of_group(scenario: Scenario, group: str) -> tuple[SubscriptionRow, ...]:
    of_customer = markets_by_customer(scenario.subscriptions, scenario.catalog)
    return tuple(row for row in scenario.subscriptions if of_customer.get(row.customer_id, HOME) == group)


def markets_in_play(catalog: Catalog, candidates: Iterable[Candidate], rows: Iterable[SubscriptionRow]) -> dict[str, set[str]]:
    """The markets in which customers can be → the plans on which they can be there; HOME where some have no market."""
    candidates, rows = list(candidates), list(rows)
    of_customer = markets_by_customer(rows, catalog)
    found: dict[str, set[str]] = {}
    for candidate in candidates:
        for market in {candidate.market or HOME, *of_customer.values()}:
            if market == HOME or market in catalog.markets:
                found.setdefault(market, set()).update(_plans(catalog, candidate))
    for row in rows:
        if row.plan in catalog.plans:
            own = of_customer.get(row.customer_id)
            for market in [own] if own else {candidate.market or HOME for candidate in candidates}:
                found.setdefault(market, set()).add(row.plan)
    return found


def _plans(catalog: Catalog, candidate: Candidate) -> tuple[str, ...]:
    codes = (candidate.plan,) if candidate.group is None else catalog.plan_groups.get(candidate.group, ())
    return tuple(code for code in codes if code in catalog.plans)


def markets_of_candidates(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    """The markets in which candidates have customers without one of their own, HOME for none, each once."""
    return tuple(dict.fromkeys(candidate.market or HOME for candidate in candidates))


def candidates_in(catalog: Catalog, candidates: Iterable[Candidate], market: str) -> tuple[Catalog, tuple[Candidate, ...]]:
    """The candidates of a market, as ones that name none, and the catalog that they have there: in one currency."""
    own = [each.model_copy(update={"market": None}) for each in candidates if (each.market or HOME) == market]
    return catalog.in_market(market).model_copy(update={"markets": {}}) if market else catalog, tuple(own)


def currency_in(catalog: Catalog, market: str) -> str:
    return catalog.markets[market].currency if market else catalog.currency


def market_problems(catalog: Catalog, candidates: Sequence[Candidate], rows: Sequence[SubscriptionRow]) -> Iterator[Problem]:
    """Markets that are not there, and those in which what customers can be on has no price: `missing_regional_price`."""
    for place, candidate in enumerate(candidates):
        if candidate.market is not None and candidate.market not in catalog.markets:
            yield unknown_name(f"candidates.{place}.market", "market", candidate.market, catalog.markets)
    for market, plans in markets_in_play(catalog, candidates, rows).items():
        if not market:
            continue
        currency = catalog.markets[market].currency
        for code in sorted(plans):
            for path in missing_prices(catalog, code, market):
                what = f"{MISSING}: plan {code!r} has no price for it in market {market!r}, which bills in {currency}"
                where = f"catalog.plans.{code}.currency_prices.{currency}.{path}"
                yield Problem(where, what, f"Add it, or to plans.{code}.market_prices.{market}")
        if currency != catalog.currency:
            yield from _offer_problems(catalog, currency, _offers(catalog, candidates, rows))


def _offers(catalog: Catalog, candidates: Sequence[Candidate], rows: Sequence[SubscriptionRow]) -> set[str]:
    """The offers that customers can get."""
    codes = {candidate.promo_code for candidate in candidates} | {row.promo_code for row in rows}
    named = {candidate.offer for candidate in candidates} | {row.item for row in rows}
    named |= {catalog.promo_codes[code].offer for code in codes if code in catalog.promo_codes}
    return {code for code in named if code in catalog.offers}


def _offer_problems(catalog: Catalog, currency: str, offers: Iterable[str]) -> Iterator[Problem]:
    for code in sorted(offers):
        offer = catalog.offers[code]
        if offer.amount is not None:
            fix = f"Write it in phases, with an amount for each currency: amount: {{{catalog.currency}: …, {currency}: …}}"
            yield Problem(f"catalog.offers.{code}.amount", f"{MISSING}: it has no amount in {currency}", fix)
        for place, phase in enumerate(offer.phases or ()):
            key = {"amount_off": "amount", "fixed_price": "price"}.get(phase.type)
            amounts: Mapping[str, object] = (getattr(phase, key) or {}) if key else {}
            if key and currency not in amounts:
                both = "" if ANY_CURRENCY not in amounts else f": {{{catalog.currency}: …, {currency}: …}}"
                fix = f"Add an amount in {currency}{both}"
                yield Problem(f"catalog.offers.{code}.phases.{place}.{key}", f"{MISSING}: has none in {currency}", fix)


def markets_to_ask(scenario: Scenario) -> tuple[str, ...]:
    """The markets in which customers are under every candidate, HOME for none: in each a question of one currency makes sense."""
    if "markets" not in scenario.rules:
        return (HOME,)
    whole = [part for part in market_parts(scenario) if len(part.candidates) == len(scenario.candidates)]
    return tuple(dict.fromkeys(part.market for part in whole))


def is_in(scenario: Scenario, market: str) -> Callable[[str], bool]:
    """Whether a customer, by its id, is in a market under every candidate; HOME is none."""
    of_customer = markets_by_customer(scenario.subscriptions, scenario.catalog)
    of_others = {candidate.market or HOME for candidate in scenario.candidates}
    return lambda customer: ({of_customer[customer]} if customer in of_customer else of_others) == {market}


def in_several(scenario: Scenario) -> bool:
    """Whether its customers are in several markets, so that their amounts come together in the reporting currency alone."""
    return "markets" in scenario.rules and len({part.market for part in market_parts(scenario)}) > 1


def of_one_currency(scenario: Scenario) -> Scenario:
    """A scenario all of whose customers are in one market, as one of that market alone; one without markets as it is.

    Raises InputError where they are in several, with the markets of which one can be asked.
    """
    if "markets" not in scenario.rules:
        return scenario
    markets = sorted({part.market for part in market_parts(scenario)})
    if len(markets) > 1:
        names = listed([market_name(scenario.catalog, market) for market in markets])
        what = f"customers are in several markets: {names}; this is asked of one currency"
        raise InputError.of("candidates", what, _one_of(scenario))
    return scenario.of_customers(markets[0], lambda _customer: True)


def as_told(scenario: Scenario) -> Scenario:
    """A scenario whose sums over customers are told in the currency of all of them, as `of_one_currency` has it; any other as it is."""
    if in_several(scenario):
        return scenario
    alone = of_one_currency(scenario)
    return alone if scenario.reporting_currency == alone.catalog.currency else scenario


def market_name(catalog: Catalog, market: str) -> str:
    """`Japan (JPY)`, or `no market (USD)`."""
    name = (catalog.markets[market].name or market) if market else "no market"
    return f"{name} ({currency_in(catalog, market).upper()})"


def _one_of(scenario: Scenario) -> str:
    asked = [market or "none" for market in markets_to_ask(scenario)]
    own = "Give every candidate the same `market`, and leave out subscriptions of other markets"
    return f"Choose one market: {either(asked)}" if asked else own
