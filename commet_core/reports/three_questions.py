"""Three answers of somebody who has no usage file yet: what is sold, how many customers, what a typical one uses of it.

They become a usage that is exactly what was said, and plans to compare on it: one of each model, made for that usage, and where
a price of today is given, that price as the baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import problems_of
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.formats import percent
from commet_core.foundation.money import INT64_MAX, decimal_places, format_amount, minor_decimals, parse_decimal
from commet_core.foundation.wording import counted, listed
from commet_core.reports.quote.words import feature_name, level_of
from commet_core.reports.starter import starter, usual_price
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.drafts.codes import free_code
from commet_core.usage.profile import TopShare, concentration
from commet_core.usage.synthetic import PRESETS
from commet_core.usage.synthetic.described import UNEVENNESS, Description, Unevenness
from commet_core.usage.usage import Usage

UNEVEN_WORDS: Final[dict[Unevenness, str]] = {
    "even": "All about alike",
    "some": "Some are heavy",
    "few": "A few make most of it",
}
PRICE_MAX: Final = Decimal(1_000_000)
TENTH: Final = 10


@dataclass(frozen=True)
class Typed:
    """The answers as somebody types them. features: (name, units of a typical customer a month); price: today's, or empty."""

    features: tuple[tuple[str, str], ...]
    customers: str
    unevenness: str = "some"
    price: str = ""
    currency: str = "usd"


@dataclass(frozen=True)
class Understood:
    """The usage they describe, the features with their names, and today's price a month."""

    description: Description
    known: Catalog
    price: Decimal | None


@dataclass(frozen=True)
class Plans:
    """What is compared: plans of each model, beside today's price where there is one."""

    catalog: Catalog
    candidates: tuple[Candidate, ...]
    baseline: str


def known_features() -> dict[str, str]:
    """Features that products have, by their code in generated usage: what they are called."""
    return {feature.code: feature.name for preset in PRESETS.values() for feature in preset.features}


def understood(typed: Typed) -> Understood:
    """What the answers say.

    Raises InputError with everything that is wrong, at `customers`, `price`, `features`, `features.0.name`, `features.0.units`.
    """
    problems: list[Problem] = []
    features = _features(typed.features, problems)
    customers = _whole(typed.customers, problems)
    price = _price(typed.price, typed.currency, problems)
    raw = {
        "customers": customers if customers is not None else 1,
        "features": [{"code": code, "typical_units": units} for code, _, units in features],
        "unevenness": typed.unevenness if typed.unevenness in UNEVENNESS else "some",
    }
    if features:
        try:
            description = Description.model_validate(raw)
        except ValidationError as error:
            found = problems_of(error, Description)
            inner = [problem for problem in found if problem.where != "features"]  # of those in it, which says where
            problems += [_at_its_field(problem) for problem in inner or found]
    if problems:
        raise InputError(problems)
    named = {code: _feature(code, name) for code, name, _ in features}
    return Understood(description, Catalog.model_validate({"currency": typed.currency, "features": named}), price)


def _features(typed: Sequence[tuple[str, str]], problems: list[Problem]) -> list[tuple[str, str, str]]:
    """Code, name and units of each; rows that are empty are left out."""
    by_name = {name.casefold(): code for code, name in known_features().items()}
    features: list[tuple[str, str, str]] = []
    for place, (name, units) in enumerate((name.strip(), units.strip()) for name, units in typed):
        if not name and not units:
            continue
        taken = [code for code, _, _ in features]
        if not name:
            problems.append(Problem(f"features.{place}.name", "is missing", "Name what is used, for example Image"))
        elif not units:
            problems.append(Problem(f"features.{place}.units", "is missing", "Give what a typical customer uses in a month"))
        elif name.casefold() in (known.casefold() for _, known, _ in features):
            problems.append(Problem(f"features.{place}.name", f"{name!r} is there twice", "Name each feature once"))
        code = by_name.get(name.casefold(), "")
        features.append(
            (code if code and code not in taken else free_code(name or "feature", taken), name, _digits(units) or "1")
        )
    if not features:
        problems.append(Problem("features", "there is none", "Name what customers use, for example Image"))
    return features


def _digits(text: str) -> str:
    """A number without the commas and spaces between its thousands."""
    return "".join(text.replace(",", "").split())


def _whole(text: str, problems: list[Problem]) -> int | None:
    fix = "Give a whole number, for example 300"
    try:
        number = parse_decimal(_digits(text))
    except ValueError as error:
        problems.append(Problem("customers", str(error) if text.strip() else "is missing", fix))
        return None
    if number != number.to_integral_value():
        problems.append(Problem("customers", f"{text.strip()} is not a whole number", fix))
        return None
    return int(min(max(number, Decimal(-1)), Decimal(INT64_MAX)))


def _price(text: str, currency: str, problems: list[Problem]) -> Decimal | None:
    digits = _digits(text).lstrip("$€£¥")
    if not digits:
        return None
    decimals = minor_decimals(currency)
    fix = f"Give a month's price above 0, up to {format_amount(PRICE_MAX, currency)}, with at most {decimals} decimals; or leave it empty"
    try:
        price = parse_decimal(digits)
    except ValueError as error:
        problems.append(Problem("price", str(error), fix))
        return None
    if not 0 < price <= PRICE_MAX or decimal_places(price) > decimals:
        problems.append(Problem("price", f"{digits} cannot be a price", fix))
        return None
    return price


def _at_its_field(problem: Problem) -> Problem:
    return Problem(problem.where.replace(".typical_units", ".units").replace(".code", ".name"), problem.what, problem.fix)


def _feature(code: str, name: str) -> dict[str, Any]:
    units = [feature.unit for preset in PRESETS.values() for feature in preset.features if feature.code == code]
    return {"name": name, "unit": units[0]} if units else {"name": name}


def plans_for(said: Understood, usage: Usage) -> Plans:
    """Plans to compare on the usage: at today's price a month, or at the usual one of starter plans.

    With one feature a balance is spent as included units are used up, and bills the same: it is not set beside them then.
    """
    made = starter(usage, said.known, said.price)
    alone = len(said.known.features) == 1
    candidates = tuple(each for each in made.candidates if not (alone and each.plan == "starter_balance"))
    if said.price is None:
        return Plans(made.catalog, candidates, "")
    document = made.catalog.document()
    document["plans"] = {"today": _today(said), **document["plans"]}
    catalog = Catalog.model_validate(document)
    return Plans(catalog, (Candidate(name="Today", plan="today"), *candidates), "Today")


def _today(said: Understood) -> dict[str, Any]:
    """One price for everything, whatever is used."""
    return {
        "name": "Today",
        "consumption_model": "metered",
        "prices": {"monthly": said.price},
        "features": {code: {"unlimited": True} for code in said.known.features},
    }


def in_words(description: Description, catalog: Catalog, usage: Usage) -> str:
    """What came out, counted in the usage: exactly what was said, and how uneven that is."""
    typical = listed([level_of(catalog, feature.code, feature.typical_units) for feature in description.features])
    first, uneven = description.features[0].code, ""
    if usage.customer_count > TENTH and first in usage.features:
        tenth = _tenth(usage, first)
        of = feature_name(catalog, first) if len(description.features) > 1 else "it"
        uneven = f" The {tenth.customers:,} largest make {percent(tenth.share)} of {of}."
    return (
        f"Made from your answers: exactly {counted(usage.customer_count, 'customer')} in each of {counted(description.months, 'month')}; "
        f"the one in the middle uses {typical} every month.{uneven}"
    )


def _tenth(usage: Usage, feature: str) -> TopShare:
    return next(top for top in concentration(usage, feature).top if top.part.denominator == TENTH)


def price_in_words(catalog: Catalog) -> str:
    """Where the price of the plans comes from."""
    today = catalog.plans.get("today")
    if today is not None and "monthly" in today.prices:
        price = format_amount(today.prices["monthly"], catalog.currency)
        return f"Plans began at today's {price} a month, with the middle customer's month included."
    price = format_amount(usual_price(catalog.currency), catalog.currency)
    return f"No price of today was given: plans began at {price} a month, with the middle customer's month included."
