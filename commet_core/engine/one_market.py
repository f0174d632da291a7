"""The customers of one market as a study of their own, in their currency (billing-rules 15.6): any question can be asked of it."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.markets import HOME, is_in, market_name, markets_to_ask
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.settling import settled
from commet_core.timeline.window import default_window
from commet_core.usage.slices import usage_of_chosen
from commet_core.usage.usage import Usage

NO_MARKET = "none"
"""What customers in no market are asked for by."""


def one_market(scenario: Scenario, usage: Usage, market: str) -> tuple[Scenario, Usage]:
    """The scenario and the usage of the customers in a market, over the window of all; market: its code, or `none`.

    What customers share, such as the limit of a promo code, is what it is among all of them. Raises InputError where there is no
    such market, or candidates are in different ones.
    """
    check_market(scenario, market)
    code = HOME if market == NO_MARKET else market
    window = scenario.window or default_window(usage, scenario.catalog.days)
    whole = settled(scenario.model_copy(update={"window": window}), usage, window)
    is_own = is_in(whole, code)
    chosen = np.fromiter((is_own(customer) for customer in usage.customers.to_pylist()), bool, usage.customer_count)
    return whole.of_customers(code, is_own), usage_of_chosen(usage, chosen)


def check_market(scenario: Scenario, market: str) -> None:
    """Raises InputError where nothing can be asked of a market: there is no such, or candidates are in different ones."""
    asked = markets_to_ask(scenario)
    if (HOME if market == NO_MARKET else market) not in asked:
        raise InputError([_problem(scenario, market, asked)])


def _problem(scenario: Scenario, market: str, asked: tuple[str, ...]) -> Problem:
    if market != NO_MARKET and market not in scenario.catalog.markets:
        return unknown_name("market", "market", market, scenario.catalog.markets)
    others = [f"{code or NO_MARKET} for {market_name(scenario.catalog, code)}" for code in asked]
    fix = f"Name one: {', '.join(others)}" if others else "Give every candidate the same `market`"
    return Problem("market", f"under every candidate no customer is in market {market!r}", fix)
