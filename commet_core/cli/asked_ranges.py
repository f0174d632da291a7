"""Ranges of assumptions and of terms, as they are written on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from commet_core.decide.moved_terms import is_path
from commet_core.decide.standing import Range, range_of_term
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import parse_decimal
from commet_core.scenario.scenario import Scenario

FORM = (
    "Write NAME=LOW:HIGH, for example leaving.share=0:30%, or PATH=LOW:HIGH:STEP, for example plans.pro.prices.monthly=10:40:1"
)


def asked_ranges(scenario: Scenario, texts: Sequence[str]) -> list[Range]:
    """NAME=LOW:HIGH of assumptions, PATH=LOW:HIGH or PATH=LOW:HIGH:STEP of terms. Raises InputError with the problems of all."""
    problems: list[Problem] = []
    ranges: list[Range] = []
    for text in texts:
        name, _, ends = text.partition("=")
        try:
            ranges.append(_range(scenario, name.strip(), [_number(end.strip()) for end in ends.split(":")]))
        except ValueError as error:
            problems.append(Problem(f"--range {text}", str(error), FORM))
        except InputError as error:
            problems += error.problems
    names = [asked.name for asked in ranges]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [Problem(f"--range {name}", "is given twice", "Give every one a single range") for name in twice]
    if problems:
        raise InputError(problems)
    return ranges


def _range(scenario: Scenario, name: str, numbers: Sequence[Decimal]) -> Range:
    if not is_path(name):
        if len(numbers) != 2:
            raise ValueError("an assumption has a lower and an upper value")
        return Range(name, *numbers)
    if len(numbers) not in (2, 3):
        raise ValueError("a term has a lower and an upper value, and a step where that matters")
    if len(numbers) == 3 and numbers[2] <= 0:
        raise ValueError("the step is not above 0")
    return range_of_term(scenario, name, *numbers)


def _number(text: str) -> Decimal:
    return parse_decimal(text[:-1]) / 100 if text.endswith("%") else parse_decimal(text)
