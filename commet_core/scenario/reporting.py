"""The reporting currency (billing-rules 15.6): rates by day, and lines of invoices at the rate of their invoice's day."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from commet_core.catalog.markets import CurrencyCode
from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.documents import Document, PositiveAmount, problems_of
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import INT64_MAX, NANO_DECIMALS, NANOS, minor_decimals, nanos, plain
from commet_core.scenario.subscriptions.files import read_cells

RATE_COLUMNS: Final = ("date", "currency", "rate")


class Rate(Document):
    """Reporting units for 1 of a currency, from a day on."""

    date: date
    currency: CurrencyCode
    rate: PositiveAmount


class Reporting(Document):
    """The currency in which sums over customers are told, and the rates at which lines come into it."""

    currency: CurrencyCode
    rates: tuple[Rate, ...] = ()


def read_rates(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a file of rates, and where each stands. Raises InputError where the file cannot be used as a whole."""
    cells = list(read_cells(path, RATE_COLUMNS, RATE_COLUMNS))
    return [dict(row) for _, row in cells], [f"{path.name}, line {line}" for line, _ in cells]


def in_file(error: InputError, places: Sequence[str]) -> InputError:
    """The same problems, those of rates by their lines. places: those of the rates of a file."""

    def where(path: str) -> str:
        found = re.fullmatch(r"reporting\.rates\.(\d+)(\.\w+)?", path)
        return path if found is None else places[int(found[1])] + (found[2] or "").replace(".", ", ")

    return InputError(replace(problem, where=where(problem.where)) for problem in error.problems)


def reporting_problems(reporting: Reporting | None, currencies: Iterable[str]) -> list[Problem]:
    """What does not go together. currencies: those in which customers are billed."""
    billed = sorted(set(currencies))
    if reporting is None:
        if len(billed) < 2:
            return []
        fix = "Say in which currency sums are told, and the rates: {currency: usd, rates: rates.csv}"
        return [Problem("reporting", f"is missing, and customers are billed in {', '.join(billed)}", fix)]
    problems, seen = [], set()
    for place, rate in enumerate(reporting.rates):
        path = f"reporting.rates.{place}"
        if (rate.date, rate.currency) in seen:
            problems.append(Problem(path, f"{rate.currency} has two rates on {rate.date}", "Keep one of them"))
        seen.add((rate.date, rate.currency))
        if rate.currency == reporting.currency and rate.rate != 1:
            what = f"1 {rate.currency} is {plain(rate.rate)} of itself"
            problems.append(Problem(f"{path}.rate", what, "Remove it: the reporting currency needs no rate"))
    rated = {rate.currency for rate in reporting.rates} | {reporting.currency}
    problems += [
        Problem("reporting.rates", f"has no rate for {code}", f"Add rows of {code}: {reporting.currency} for 1 {code}, by day")
        for code in billed
        if code not in rated
    ]
    return problems


@dataclass(frozen=True)
class RatesOf:
    """The rates of one currency: day numbers, ascending, and nanos of the reporting currency's unit for 1 of it."""

    currency: str
    reporting: str
    days: tuple[int, ...]
    nanos: tuple[int, ...]

    @classmethod
    def of(cls, reporting: Reporting, currency: str) -> RatesOf:
        if currency == reporting.currency:
            return cls(currency, currency, (int(np.iinfo(np.int32).min),), (NANOS,))
        own = sorted((day_number(rate.date), nanos(rate.rate)) for rate in reporting.rates if rate.currency == currency)
        return cls(currency, reporting.currency, tuple(day for day, _ in own), tuple(rate for _, rate in own))

    def converted(self, minor: np.ndarray, days: np.ndarray) -> np.ndarray:
        """int64 minor units on days (int64 day numbers) → int64 minor units of the reporting currency, each half up.

        Raises InputError where a day comes before the first rate, and where an amount would not fit (billing-rules 1.4).
        """
        if self.currency == self.reporting:
            return minor
        places = np.searchsorted(np.array(self.days, np.int64), days, side="right") - 1
        if len(days) and places.min() < 0:
            raise InputError([self._missing(days[places < 0])])
        found = np.zeros(len(minor), np.int64)
        for place in np.unique(places).tolist():
            own = places == place
            found[own] = self._at(minor[own], self.nanos[place])
        return found

    def converted_nanos(self, amounts: np.ndarray, days: np.ndarray) -> np.ndarray:
        """int64 nanos ≥ 0 of the currency on days → int64 nanos of the reporting currency, each half up. Raises as `converted`."""
        if self.currency == self.reporting:
            return amounts
        places = np.searchsorted(np.array(self.days, np.int64), days, side="right") - 1
        if np.any((places < 0) & (amounts > 0)):
            raise InputError([self._missing(days[(places < 0) & (amounts > 0)])])
        exact = [
            _half_up(amount * self.nanos[max(place, 0)], NANOS)
            for amount, place in zip(amounts.tolist(), places.tolist(), strict=True)
        ]
        if any(abs(amount) > INT64_MAX // 4 for amount in exact):
            raise self._too_much()
        return np.array(exact, np.int64)

    def _too_much(self) -> InputError:
        what = f"an amount in {self.currency} is more in {self.reporting} than can be held"
        return InputError.of("reporting.rates", what, "Check the rates: reporting units for 1 of a currency")

    def _at(self, minor: np.ndarray, rate: int) -> np.ndarray:
        numerator = rate * 10 ** minor_decimals(self.reporting)
        denominator = 10 ** (NANO_DECIMALS + minor_decimals(self.currency))
        most = int(np.abs(minor).max(initial=0))
        if (2 * most + 1) * numerator + denominator > INT64_MAX:
            exact = [_half_up(amount * numerator, denominator) for amount in minor.tolist()]
            if any(abs(amount) > INT64_MAX // 4 for amount in exact):
                raise self._too_much()
            return np.array(exact, np.int64)
        magnitude = (2 * np.abs(minor) * numerator + denominator) // (2 * denominator)
        return np.asarray(np.sign(minor) * magnitude, np.int64)

    def _missing(self, days: np.ndarray) -> Problem:
        first, last = date_of(int(days.min())), date_of(int(days.max()))
        when = f"on {first}" if first == last else f"on days from {first} to {last}"
        begun = f"; its first is of {date_of(self.days[0])}" if self.days else ""
        what = f"has no rate for {self.currency} {when}, and invoices are issued then{begun}"
        return Problem("reporting.rates", what, f"Add a row of {self.currency} for {first} or a day before it")


def _half_up(numerator: int, denominator: int) -> int:
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def rates_used(reporting: Reporting, days: Mapping[str, Sequence[date]]) -> dict[str, dict[str, str]]:
    """Of each currency the rates that hold between two days: day → rate, as text."""
    found: dict[str, dict[str, str]] = {}
    for currency, (first, last) in days.items():
        own = sorted((rate.date, rate.rate) for rate in reporting.rates if rate.currency == currency)
        begin = max(0, bisect_right([day for day, _ in own], first) - 1)
        found[currency] = {str(day): plain(Decimal(rate)) for day, rate in own[begin:] if day <= last}
    return found


def typed_reporting(currency: str, rates: str) -> Reporting:
    """What is typed as `2026-01-01, jpy, 0.0066`, a line a rate. Raises InputError with all that is wrong, by line."""
    rows, problems = [], []
    for line, text in enumerate(rates.splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"[,;\t]", text)]
        if not text.strip() or [cell.lower() for cell in cells] == [*RATE_COLUMNS]:
            continue
        if len(cells) != len(RATE_COLUMNS):
            problems.append(Problem(f"line {line}", f"{text.strip()!r} is no rate", "Write it as 2026-01-01, jpy, 0.0066"))
            continue
        row = dict(zip(RATE_COLUMNS, cells, strict=True))
        problems += [replace(found, where=f"line {line}, {found.where}") for found in _rate_problems(row)]
        rows.append(row)
    try:
        Reporting.model_validate({"currency": currency})
    except ValidationError as error:
        problems += problems_of(error, Reporting)
    if problems:
        raise InputError(problems)
    made = Reporting.model_validate({"currency": currency, "rates": rows})
    if twice := reporting_problems(made, ()):
        raise InputError(twice)
    return made


def _rate_problems(row: dict[str, str]) -> list[Problem]:
    try:
        Rate.model_validate(row)
    except ValidationError as error:
        return problems_of(error, Rate)
    return []


def written_rates(reporting: Reporting | None) -> str:
    """The rates as they are typed."""
    rates = () if reporting is None else reporting.rates
    return "\n".join(f"{rate.date}, {rate.currency}, {plain(rate.rate).replace(',', '')}" for rate in rates)
