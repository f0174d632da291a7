"""Prices, and other terms of plans, as what moves in a flip point: the catalog changes in place of what is assumed (decisions.md 4.3).

A name is then the path of a term, as `solve` has it: `plans.pro.prices.monthly`. It moves under every candidate that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from commet_core.decide.grids import Grid
from commet_core.decide.terms import FreeTerm, Term, check_values, terms_of, with_values
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import NANO_DECIMALS, minor_decimals
from commet_core.scenario.scenario import Scenario

FINEST: Final = Decimal(1).scaleb(-NANO_DECIMALS)
PARTS: Final = 1000
"""A price that is no whole amount of minor units moves in steps of about a thousandth of its range."""

_ROOTS: Final = ("plans.", "credit_packs.")
_BILLED_WHOLE: Final = ("price", "package_price", "flat_amount", "included_balance")
"""Amounts that are sold in minor units."""


class Moved(NamedTuple):
    """A term that moves. candidates: names of those who have it; reacts: whether customers are assumed to answer to prices."""

    term: Term
    candidates: tuple[str, ...]
    currency: str
    reacts: bool


def is_path(name: str) -> bool:
    """Whether a name is written as the path of a term, and not as an assumption."""
    return name.startswith(_ROOTS)


def moved_terms(scenario: Scenario) -> dict[str, Moved]:
    """The terms of all candidates, by their paths."""
    found: dict[str, tuple[Term, list[str]]] = {}
    for candidate in scenario.candidates:
        for term in terms_of(scenario, candidate):
            found.setdefault(term.path, (term, []))[1].append(candidate.name)
    currency, reacts = scenario.catalog.currency, scenario.assumptions.change_customers
    return {path: Moved(term, tuple(names), currency, reacts) for path, (term, names) in found.items()}


def base_prices_of(scenario: Scenario) -> list[Moved]:
    """The base prices that candidates are billed, each once: what is asked about unless something else is."""
    terms = moved_terms(scenario)
    paths = (
        f"plans.{scenario.plan_code(candidate)}.prices.{scenario.interval(candidate)}" for candidate in scenario.candidates
    )
    return [terms[path] for path in dict.fromkeys(paths) if path in terms and terms[path].term.value > 0]


def with_terms(scenario: Scenario, values: Mapping[str, Decimal]) -> Scenario:
    """The scenario whose terms, by their paths, have these values; what is included by default stays as it is."""
    if not values:
        return scenario
    terms = moved_terms(scenario)
    catalog = with_values(scenario.catalog, [terms[path].term for path in values], list(values.values()))
    return scenario.model_copy(update={"catalog": catalog})


def step_of(term: Term, low: Decimal, high: Decimal, currency: str) -> Decimal:
    """How finely a term moves between two values: whole counts, minor units, or a round part of the range."""
    if term.kind in ("units", "credits") and all(number == number.to_integral_value() for number in (term.value, low, high)):
        return Decimal(1)
    if term.kind == "money" and (term.keys[-1] in _BILLED_WHOLE or term.keys[-2] == "prices"):
        return Decimal(1).scaleb(-minor_decimals(currency))
    return max(FINEST, Decimal(1).scaleb(((high - low) / PARTS).adjusted())) if high > low else FINEST


def unknown_path(scenario: Scenario, path: str) -> Problem:
    return unknown_name("term", "term", path, moved_terms(scenario))


def problems_of_terms(scenario: Scenario, ranges: Iterable[tuple[str, Decimal, Decimal]]) -> list[Problem]:
    """What is wrong with ranges of terms: no candidate has the term, or a value of it makes no sound catalog."""
    terms, problems = moved_terms(scenario), []
    for path, low, high in ranges:
        if path not in terms:
            problems.append(unknown_path(scenario, path))
            continue
        try:
            check_values(scenario.catalog, [FreeTerm(terms[path].term, Grid(low, high, high - low))])
        except InputError as error:
            problems += error.problems
    return problems
