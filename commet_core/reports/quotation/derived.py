"""Figures of a quote from usage: the prospect's own, or that of customers it resembles. What comes out are figures as typed ones."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICRO_DECIMALS
from commet_core.foundation.wording import counted
from commet_core.reports.quotation.history import Course, Months, course, whole_months
from commet_core.reports.quotation.possible_usage import NINE_IN_TEN
from commet_core.reports.quotation.quote_file import SWING_MAX, LookAlikes, OwnUsage, QuoteFile
from commet_core.scenario.candidates import features_of
from commet_core.usage.usage import Usage

GROWTH_BOUNDS: Final = (-0.5, 1.0)
"""Growth a month beyond these is taken for them: a few months of a beginner grow faster than any year does."""


@dataclass(frozen=True)
class LookAlike:
    """A customer that a prospect resembles. levels: units a month of each feature, in the order of the quote's usage."""

    customer: str
    months: int
    levels: tuple[float, ...]


@dataclass(frozen=True)
class Derived:
    """A quote with all its figures. look_alikes: whom they come from, nearest first. said: how, in a sentence for the quote."""

    quote: QuoteFile
    look_alikes: tuple[LookAlike, ...]
    said: str


def derived(quote: QuoteFile, usage: Usage) -> Derived:
    """The quote with the figures that it does not give itself; those that it gives stay. Raises InputError where none can be had."""
    months = whole_months(usage)
    if months.totals.shape[1] == 0:
        fix = "Bring usage of at least one whole calendar month"
        raise InputError.of("usage", "it has no whole calendar month, from which a month's usage could be told", fix)
    if quote.own_usage is not None:
        return _own(quote, quote.own_usage, months)
    assert quote.look_alikes is not None
    return _of_look_alikes(quote, quote.look_alikes, months)


def _own(quote: QuoteFile, own: OwnUsage, months: Months) -> Derived:
    if own.customer is not None and own.customer not in months.customers:
        raise InputError.of("own_usage.customer", f"{own.customer!r} is not in the usage", "Name a customer that is")
    chosen = [months.customers.index(own.customer)] if own.customer is not None else range(len(months.customers))
    totals = np.nansum(months.totals[list(chosen)], axis=0)
    begun = int(np.isnan(months.totals[list(chosen), :, 0]).all(axis=0).sum())
    features = [feature for feature in months.features if feature in quote.catalog.features]
    lacking = _not_in_plans(quote, features)
    courses = {
        feature: course(totals[begun:, months.features.index(feature)]) for feature in features if feature not in lacking
    }
    figures = {feature: _figures(found, size=None, growths=found.growth_between()) for feature, found in courses.items()}
    whole = counted(months.totals.shape[1] - begun, "whole month")
    return Derived(
        _filled(quote, figures), (), f"Figures that were not given are those of the customer's own usage over {whole}."
    )


def _not_in_plans(quote: QuoteFile, features: list[str]) -> set[str]:
    had = [features_of(quote.catalog, candidate) for candidate in quote.candidates]
    return {feature for feature in features if not any(feature in own for own in had)}


def _of_look_alikes(quote: QuoteFile, wanted: LookAlikes, months: Months) -> Derived:
    features = list(wanted.features or quote.usage)
    problems = [
        Problem("look_alikes.features", f"{feature!r} is not in the usage", "Name features that are")
        for feature in features
        if feature not in months.features
    ]
    problems += [
        Problem("look_alikes.customers", f"{customer!r} is not in the usage", "Name customers that are")
        for customer in wanted.customers
        if customer not in months.customers
    ]
    if problems or not features:
        none = Problem("look_alikes.features", "none is named", "Name the features that the prospect will use")
        raise InputError(problems or [none])
    places = [months.features.index(feature) for feature in features]
    courses = _chosen(quote, wanted, months, features, places)
    figures = {}
    for column, feature in enumerate(features):
        of_feature = [each[column] for each in courses.values()]
        growths = np.clip([each.growth for each in of_feature], *GROWTH_BOUNDS)
        low, middle, high = np.quantile(growths, (0.1, 0.5, 0.9), method="inverted_cdf")
        sizes = np.quantile([each.level for each in of_feature], (0.1, 0.5, 0.9), method="inverted_cdf")
        residuals = tuple(residual for each in of_feature for residual in each.residuals)
        pooled = Course(float(sizes[1]), float(middle), 0.0, residuals)
        figures[feature] = _figures(pooled, size=(float(sizes[0]), float(sizes[2])), growths=(float(low), float(high)))
    alike = tuple(
        LookAlike(months.customers[customer], int(months.tenures()[customer]), tuple(each.level for each in found))
        for customer, found in courses.items()
    )
    said = f"Figures that were not given are those of {counted(len(alike), 'customer')} who resemble the prospect."
    return Derived(_filled(quote, figures), alike, said)


def _chosen(
    quote: QuoteFile, wanted: LookAlikes, months: Months, features: list[str], places: list[int]
) -> dict[int, list[Course]]:
    """The courses of the look-alikes, nearest in size first; of equals in the usage's order."""
    tenures = months.tenures()
    candidates = (
        [months.customers.index(customer) for customer in wanted.customers]
        if wanted.customers
        else np.flatnonzero(tenures >= wanted.months_min).tolist()
    )
    courses = {
        customer: [course(months.totals[customer, -tenures[customer] :, place]) for place in places]
        for customer in candidates
        if tenures[customer] > 0
    }
    courses = {customer: found for customer, found in courses.items() if all(each.level > 0 for each in found)}
    if len(courses) < 3:
        what = (
            f"{counted(len(courses), 'customer')} of the usage {'uses' if len(courses) == 1 else 'use'} all of these features"
        )
        fix = f"At least 3 are needed, with {counted(wanted.months_min, 'whole month')}: name fewer features or months"
        raise InputError.of("look_alikes", what, fix)
    levels = np.log([[each.level for each in found] for found in courses.values()])
    typed = [quote.usage[feature].first_units if feature in quote.usage else Decimal(0) for feature in features]
    middle = np.median(levels, axis=0)
    target = np.array([np.log(float(size)) if size > 0 else middle[place] for place, size in enumerate(typed)])
    order = np.argsort(np.abs(levels - target).sum(axis=1), kind="stable")
    nearest = order if wanted.customers else order[: wanted.count]
    customers = list(courses)
    return {customers[place]: courses[customers[place]] for place in nearest.tolist()}


def _figures(found: Course, size: tuple[float, float] | None, growths: tuple[float, float]) -> dict[str, Decimal]:
    """A course as the keys of a quote's usage; growth and swing with three digits, units whole."""
    low, high = np.clip(growths, *GROWTH_BOUNDS)
    growth = float(np.clip(found.growth, low, high))
    swing = np.expm1(NINE_IN_TEN * np.std(found.residuals)) if found.residuals else 0.0
    figures = {"units": _whole(found.level), "growth": _share(growth), "swing": _share(min(float(swing), SWING_MAX))}
    figures |= {"growth_low": min(_share(low), figures["growth"]), "growth_high": max(_share(high), figures["growth"])}
    if size is not None:
        figures |= {"low": min(_whole(size[0]), figures["units"]), "high": max(_whole(size[1]), figures["units"])}
    return figures


def _whole(units: float) -> Decimal:
    """Units without decimals, unless they are fewer than ten."""
    return Decimal(round(units)) if units >= 10 else Decimal(repr(round(units, MICRO_DECIMALS))).quantize(Decimal("0.001"))


def _share(share: float) -> Decimal:
    return Decimal(repr(round(float(share), 3)))


def _filled(quote: QuoteFile, figures: dict[str, dict[str, Decimal]]) -> QuoteFile:
    """The quote with figures where it has none; a typed size keeps the proportions of low and high."""
    document = quote.model_dump(exclude={"look_alikes", "own_usage"})
    usage: dict[str, Any] = {}
    for feature in dict.fromkeys([*quote.usage, *figures]):
        given = quote.usage.get(feature)
        typed = {} if given is None else {key: getattr(given, key) for key in given.model_fields_set}
        found = dict(figures.get(feature, {}))
        if "months" in typed:
            found = {"swing": found["swing"]} if "swing" in found else {}
        size = typed.get("units")
        if size is not None and found.get("units"):
            found |= {key: _whole(float(found[key] * (size / found["units"]))) for key in ("low", "high") if key in found}
        if "growth" in typed:
            found = {key: value for key, value in found.items() if key not in ("growth_low", "growth_high")}
        usage[feature] = found | typed
        if "units" in usage[feature] and "low" in usage[feature]:
            usage[feature]["low"] = min(usage[feature]["low"], usage[feature]["units"])
            usage[feature]["high"] = max(usage[feature]["high"], usage[feature]["units"])
    return QuoteFile.model_validate(document | {"usage": usage})
