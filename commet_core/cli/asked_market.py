"""The market that a question is asked of, on the command line."""

from __future__ import annotations

import argparse

from commet_core.engine.one_market import check_market, one_market
from commet_core.scenario.markets import as_told, of_one_currency
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage


def load(chosen: argparse.Namespace, *, several: bool = False) -> Scenario:
    """The scenario of a command. several: whether what is asked can be answered of several markets, in the reporting currency.

    Raises InputError where it cannot, and where the market that is named is none of the scenario's.
    """
    scenario = Scenario.load(chosen.scenario)
    if chosen.market is None:
        return as_told(scenario) if several else of_one_currency(scenario)
    check_market(scenario, chosen.market)
    return scenario


def asked_of(chosen: argparse.Namespace, scenario: Scenario, usage: Usage) -> tuple[Scenario, Usage]:
    """The scenario and the usage of the customers that are asked about. Raises InputError as `one_market`."""
    return (scenario, usage) if chosen.market is None else one_market(scenario, usage, chosen.market)
