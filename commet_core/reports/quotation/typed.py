"""A quote from fields, as somebody types it: a text per place of a quote file, `usage.api_calls.units` or `customer.name`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import parse_decimal, plain
from commet_core.reports.quotation.quote_file import Limits, QuoteFile
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.candidates import Candidate

VALID_DAYS: Final = 30
SHARES: Final = ("growth", "growth_low", "growth_high", "swing")
"""Keys of usage that are typed in percent."""

LIMITS: Final[Mapping[str, str]] = {"margin_min": "Least margin", "discount_percent_max": "Most discount"}

NUMBERS: Final = ("units", "low", "high", *SHARES)


def starting_fields(features: Iterable[str], typical: Mapping[str, Decimal], today: date) -> dict[str, str]:
    """What stands in the fields before anybody typed: a quote that can be worked out. typical: units a month."""
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    fields = {
        "number": f"Q-{today:%Y-%m%d}",
        "seller.name": "Your company",
        "customer.name": "Your prospect",
        "issued": today.isoformat(),
        "valid_until": (today + timedelta(days=VALID_DAYS)).isoformat(),
        "start": next_month.isoformat(),
        "term_months": "12",
        "discount.percent": "",
        "notes": "",
    }
    for feature in features:
        fields |= {f"usage.{feature}.{key}": "" for key in NUMBERS}
        fields[f"usage.{feature}.units"] = plain(typical.get(feature, Decimal(0) if typical else Decimal(100)))
    return fields


def quote_of_fields(catalog: Catalog, candidates: Sequence[Candidate], fields: Mapping[str, str]) -> QuoteFile:
    """The quote that the fields say. Raises InputError whose problems' places are the fields' names, where they have one."""
    document: dict[str, Any] = {"catalog": catalog, "candidates": [candidate.model_dump() for candidate in candidates]}
    problems: list[Problem] = []
    for place, text in fields.items():
        if text.strip():
            try:
                _put(document, place, _value(place, text))
            except ValueError as error:
                problems.append(Problem(place, str(error), "Give a number"))
    if problems:
        raise InputError(problems)
    used = {feature: usage for feature, usage in document.get("usage", {}).items() if "units" in usage}
    return QuoteFile.model_validate({**document, "usage": used})


def _put(document: dict[str, Any], place: str, value: Any) -> None:
    """Writes a value at a place; the code of a feature may have a point in it."""
    if place.startswith("usage."):
        feature, _, key = place.removeprefix("usage.").rpartition(".")
        document.setdefault("usage", {}).setdefault(feature, {})[key] = value
        return
    group, _, key = place.rpartition(".")
    (document.setdefault(group, {}) if group else document)[key] = value


def _value(place: str, text: str) -> Any:
    key = place.rpartition(".")[2]
    if place.startswith("usage.") and key in SHARES:
        return parse_decimal(number_text(text.replace("%", ""))) / 100
    if (place.startswith("usage.") and key in NUMBERS) or place == "discount.percent":
        return parse_decimal(number_text(text.replace("%", "")))
    return int(text) if key == "term_months" and text.strip().isdecimal() else text.strip()


def limit_fields(limits: Limits) -> dict[str, str]:
    """Limits as they stand in fields, in percent; empty where there is none."""
    margin, discount = limits.margin_min, limits.discount_percent_max
    return {
        "margin_min": "" if margin is None else plain(margin * 100),
        "discount_percent_max": "" if discount is None else plain(discount),
    }


def limits_of_fields(fields: Mapping[str, str]) -> Limits:
    """Limits that were typed in percent. Raises InputError with every field that is wrong."""
    values, problems = {}, []
    for key in ("margin_min", "discount_percent_max"):
        text = fields.get(key, "").replace("%", "").strip()
        try:
            number = parse_decimal(number_text(text)) if text else None
        except ValueError as error:
            problems.append(Problem(LIMITS[key], str(error), "Give a percentage, or nothing"))
            continue
        if number is not None and not 0 <= number <= 100:
            problems.append(Problem(LIMITS[key], f"{plain(number)} is not between 0 and 100", "Give a percentage, or nothing"))
        values[key] = number / 100 if number is not None and key == "margin_min" else number
    if problems:
        raise InputError(problems)
    return Limits.model_validate(values)
