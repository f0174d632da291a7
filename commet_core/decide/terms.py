"""Terms that can be sold otherwise, as paths in the catalog: prices, allowances, unit prices, packs (decisions.md 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import BaseModel

from commet_core.catalog.plans import Catalog
from commet_core.decide.grids import Grid, parse_grid
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario

Keys = tuple[str, ...]
Kind = Literal["money", "credits", "units", "share"]
"""What a term is a number of."""

Defaults = Literal["fixed", "moved"]
"""What becomes of a default that hangs on a term (included_balance = base price): it stays as it is, or moves along."""

FEATURE_TERMS: Final[Mapping[Keys, Kind]] = {
    ("included",): "units",
    ("overage", "unit_price"): "money",
    ("overage", "package_size"): "units",
    ("overage", "package_price"): "money",
    ("credits_per_unit",): "credits",
    ("unit_price",): "money",
    ("margin",): "share",
}
PLAN_TERMS: Final[Mapping[Keys, Kind]] = {("included_credits",): "credits", ("included_balance",): "money"}
PACK_TERMS: Final[Mapping[Keys, Kind]] = {("price",): "money", ("credits",): "credits"}

USUAL_STEPS: Final = 60

GRANTING_PRICES: Final[tuple[Keys, ...]] = (("prices", "monthly"), ("prices", "weekly"))
"""Of a balance plan that does not say what it includes, these prices do (billing-rules 6.1)."""

_WORDS: Final[Mapping[Keys, str]] = {
    ("included",): "included {feature} on {plan}",
    ("overage", "unit_price"): "the overage price of {feature} on {plan}",
    ("overage", "package_size"): "the units of {feature} in a package on {plan}",
    ("overage", "package_price"): "the price of a package of {feature} on {plan}",
    ("unit_price", "tier"): "the price of {feature} in tier {tier} on {plan}",
    ("flat_amount", "tier"): "the fee of tier {tier} of {feature} on {plan}",
    ("credits_per_unit",): "credits per {feature} on {plan}",
    ("unit_price",): "the price of {feature} on {plan}",
    ("margin",): "the margin on {feature} on {plan}",
    ("included_credits",): "included credits on {plan}",
    ("included_balance",): "the included balance on {plan}",
    ("price",): "the price of {pack}",
    ("credits",): "the credits in {pack}",
}


@dataclass(frozen=True)
class Term:
    """A number in a catalog.

    keys   where it stands; `path` is the same, as it is written
    kind   what it is a number of
    value  as it is now, a default written out
    words  what it is called in a sentence
    """

    keys: Keys
    kind: Kind
    value: Decimal
    words: str

    @property
    def path(self) -> str:
        return ".".join(self.keys)


@dataclass(frozen=True)
class FreeTerm:
    """A term, and the values that it may take."""

    term: Term
    grid: Grid


def candidate_named(scenario: Scenario, name: str) -> Candidate:
    """Raises InputError where the scenario has no such candidate."""
    found = next((candidate for candidate in scenario.candidates if candidate.name == name), None)
    if found is None:
        raise InputError([unknown_name("candidate", "candidate", name, [candidate.name for candidate in scenario.candidates])])
    return found


def terms_of(scenario: Scenario, candidate: Candidate) -> list[Term]:
    """The terms of a candidate's plans, and of the packs that are sold on them, in the catalog's order."""
    catalog = scenario.catalog
    terms = [term for code in scenario.plans(candidate) for term in _terms_of_plan(catalog, code, candidate)]
    packs = {code: pack for plan in scenario.plans(candidate) for code, pack in catalog.packs_on(plan).items()}
    if scenario.plan(candidate).sells == "packs":
        for code, pack in packs.items():
            terms += _numbers(pack, PACK_TERMS, ("credit_packs", code), {"pack": pack.name or code})
    return terms


def free_term(scenario: Scenario, candidate: Candidate, text: str) -> FreeTerm:
    """What `plans.pro.prices.monthly=19:99:1` says. Raises InputError, with the nearest path, where there is no such term."""
    path, given, grid = (part.strip() for part in text.rpartition("="))
    if not given:
        path, grid = grid, ""
    terms = {term.path: term for term in terms_of(scenario, candidate)}
    if path not in terms:
        raise InputError([_unknown(scenario, candidate, path, terms)])
    if not grid:
        raise InputError.of(
            path, "has no range", "Write it as PATH=LOW:HIGH:STEP, for example plans.pro.prices.monthly=19:99:1"
        )
    free = FreeTerm(terms[path], parse_grid(grid, path))
    check_values(scenario.catalog, [free])
    return free


def free_terms(scenario: Scenario, candidate: Candidate, texts: Sequence[str]) -> list[FreeTerm]:
    """Several, in their order. Raises InputError with the problems of them all, and where one is given twice."""
    problems: list[Problem] = []
    found: dict[str, FreeTerm] = {}
    for text in texts:
        try:
            free = free_term(scenario, candidate, text)
        except InputError as error:
            problems += error.problems
            continue
        if free.term.path in found:
            problems.append(Problem(free.term.path, "is given twice", "Give every term one range"))
        found[free.term.path] = free
    if not texts:
        problems.append(Problem("term", "none is given", "Name at least one, for example plans.pro.prices.monthly=19:99:1"))
    if problems:
        raise InputError(problems)
    return list(found.values())


def usual_grid(term: Term) -> Grid:
    """Values to begin with: from a quarter of what it is now to three times as much, in some fifty round steps."""
    if term.kind == "share":
        return Grid(Decimal(0), Decimal(1), Decimal("0.02"))
    high = 3 * term.value or Decimal(100)
    unit = Decimal(1).scaleb((high / USUAL_STEPS).adjusted())
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times * USUAL_STEPS >= high)
    low = term.value / 4 // step * step
    return Grid(max(step, low) if term.keys[0] == "credit_packs" else low, high // step * step, step)


def check_values(catalog: Catalog, free: Sequence[FreeTerm]) -> None:
    """Raises InputError where a value of a grid is no valid one: both ends stand for all, and the second for its decimals."""
    for one in free:
        ends = {one.grid.low, one.grid.value(len(one.grid) - 1), one.grid.value(min(1, len(one.grid) - 1))}
        for value in sorted(ends):
            Catalog.model_validate(with_values(catalog, [one.term], [value]).document())


def with_values(catalog: Catalog, terms: Sequence[Term], values: Sequence[Decimal], defaults: Defaults = "fixed") -> Catalog:
    """The catalog with other values, which are not checked. defaults: of balances that are included by default."""
    changed = catalog
    if defaults == "fixed":
        for term in terms:
            if term.keys[0] == "plans" and term.keys[-2:] in GRANTING_PRICES:
                plan = catalog.plans[term.keys[1]]
                if plan.granted_by_price:
                    changed = _put(changed, ("plans", term.keys[1], "included_balance"), term.value)
    for term, value in zip(terms, values, strict=True):
        changed = _put(changed, term.keys, value)
    return changed


def _put(part: Any, keys: Keys, value: Decimal) -> Any:
    """A copy of a document with another value at a path; what is not on the way is shared."""
    if not keys:
        return value
    if isinstance(part, BaseModel):
        return part.model_copy(update={keys[0]: _put(getattr(part, keys[0]), keys[1:], value)})
    if isinstance(part, tuple):
        place = int(keys[0])
        return (*part[:place], _put(part[place], keys[1:], value), *part[place + 1 :])
    return {**part, keys[0]: _put(part[keys[0]], keys[1:], value)}


def _terms_of_plan(catalog: Catalog, code: str, candidate: Candidate) -> Iterator[Term]:
    plan, place = catalog.plans[code], ("plans", code)
    named = plan.name or code
    for interval, price in plan.prices.items():
        yield Term((*place, "prices", interval), "money", price, f"the {interval.replace('_', '-')} price of {named}")
    on = None if plan.free else candidate.interval or plan.default_interval()
    if plan.granted_by_price:
        balance = plan.granted(on)
        yield Term((*place, "included_balance"), "money", balance, f"the included balance on {named}")
    yield from _numbers(plan, PLAN_TERMS, place, {"plan": named})
    for feature, terms in plan.features.items():
        if not terms.unlimited:
            called = catalog.features[feature].name or feature
            yield from _numbers(terms, FEATURE_TERMS, (*place, "features", feature), {"plan": named, "feature": called})
            tiers = terms.overage_price.tiers if terms.overage_price is not None else None
            for number, tier in enumerate(tiers or ()):
                inside = (*place, "features", feature, "overage", "tiers", str(number))
                for key, amount in (("unit_price", tier.unit_price), ("flat_amount", tier.flat_amount)):
                    if amount is not None:
                        words = _WORDS[key, "tier"].format(feature=called, plan=named, tier=number + 1)
                        yield Term((*inside, key), "money", amount, words)


def _numbers(part: BaseModel, kinds: Mapping[Keys, Kind], place: Keys, names: Mapping[str, str]) -> Iterator[Term]:
    for keys, kind in kinds.items():
        value: Any = part
        for key in keys:
            value = getattr(value, key, None)
        if isinstance(value, Decimal):
            yield Term((*place, *keys), kind, value, _WORDS[keys].format(**names))


def _unknown(scenario: Scenario, candidate: Candidate, path: str, terms: Mapping[str, Term]) -> Problem:
    """Why a path is no term of a candidate: it is one of another's, or of nobody's."""
    others = (other for other in scenario.candidates if other.name != candidate.name)
    owner = next((other for other in others if path in {term.path for term in terms_of(scenario, other)}), None)
    if owner is not None:
        what = f"is a term of {owner.name!r}, and changes nothing for {candidate.name!r}"
        return Problem(path, what, f"Name candidate {owner.name!r}, or a term of {candidate.name!r}: {', '.join(terms)}")
    return unknown_name("term", "term", path, terms)
