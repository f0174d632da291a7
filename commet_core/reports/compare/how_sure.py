"""How sure the differences between candidates are, in words (decisions.md 1): a range, who is level, and the weak point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.decide.customer_amounts import CustomerAmounts, Measure
from commet_core.foundation.formats import percent
from commet_core.foundation.money import compared, decimal_of, minor_decimals, more_or_less
from commet_core.foundation.wording import counted, listed

IDS_TOLD = 3


@dataclass(frozen=True)
class HowSure:
    """One candidate against the baseline. Amounts in the currency's unit.

    low, high   the ends of the 90 % interval; None where there is none, and `refused` says why
    together    the ends of the interval that holds for all candidates together, which sentences use
    held        for how many candidates it does
    level       the difference may as well be none: the interval that holds for all candidates together includes 0
    leads       the share of draws in which the candidate brings in the most
    turned_by   without these customers, the largest first, the difference turns; empty where it does not
    alike       so many others have the same difference as the last of them
    dominant    the customer who makes much of the range, and which share of it; None where nobody does
    """

    candidate: str
    difference: Decimal
    low: Decimal | None
    high: Decimal | None
    together: tuple[Decimal, Decimal] | None
    refused: str
    level: bool
    leads: Fraction
    turned_by: tuple[str, ...]
    alike: int
    dominant: tuple[str, Fraction] | None = None
    held: int = 1


def how_sure(customers: CustomerAmounts, measure: Measure) -> list[HowSure]:
    """Every candidate but the baseline, in the scenario's order; empty where there are no customers."""
    return [_of(customers, place, measure) for place in customers.others] if len(customers.ids) else []


def _of(customers: CustomerAmounts, place: int, measure: Measure) -> HowSure:
    uncertainty, weak = customers.uncertainty(measure), customers.weak_point(place, measure)
    interval, decimals = uncertainty.interval(place), minor_decimals(customers.scenario.reporting_currency)
    held = uncertainty.simultaneous(customers.others)
    together = held.get(place)
    return HowSure(
        candidate=customers.scenario.candidates[place].name,
        difference=decimal_of(interval.difference, decimals),
        low=decimal_of(interval.low, decimals) if interval.given else None,
        high=decimal_of(interval.high, decimals) if interval.given else None,
        together=None if together is None else (decimal_of(together.low, decimals), decimal_of(together.high, decimals)),
        refused=interval.refused,
        level=together is not None and not together.excludes_zero,
        leads=Fraction(round(float(uncertainty.leads_shares[place]) * uncertainty.draws), uncertainty.draws),
        turned_by=tuple(customers.ids.take(pa.array(weak.customers)).to_pylist()) if weak else (),
        alike=weak.alike if weak else 0,
        dominant=_dominant(customers, place, customers.baseline, measure),
        held=len(held),
    )


def sentence(found: HowSure, baseline: str, currency: str, measure: Measure = "billed") -> str:
    """`Credits brings in $1,546.75 less than Metered over the window; if the next customers are like these, between … (90 %). …`

    The range is that which holds for all candidates together, and says so where there are several.
    """
    told = f"{found.candidate} {_VERBS[measure]} {compared(found.difference, Decimal(0), currency)} {baseline} over the window"
    if found.together is None:
        return f"{told}. There is no range: {found.refused}."
    low, high = found.together
    ends = f"between {more_or_less(low, currency)} and {more_or_less(high, currency)}"
    level = " So the two are level." if found.level else ""
    sure = "90 % for all candidates together" if found.held > 1 else "90 %"
    return f"{told}; if the next customers are like these, {ends} ({sure}).{level}{_of_one(found.dominant)}{_weak_words(found)}"


def verdict(customers: CustomerAmounts, measure: Measure = "billed") -> str:
    """Whether the candidate that brings in the most leads, or is level with the next (decisions.md 1.5); empty of one candidate.

    `Metered leads: if the next customers are like these, it brings in between $10.00 more and $90.00 more than Credits over the window
    (90 %). …`
    """
    uncertainty, names = customers.uncertainty(measure), [candidate.name for candidate in customers.scenario.candidates]
    if uncertainty.count == 1:
        return ""
    first, second = uncertainty.order[:2]
    leader, runner_up, currency = names[first], names[second], customers.scenario.reporting_currency
    interval = uncertainty.interval(first, second)
    if same := same_from_all(customers, measure):
        return same
    if not interval.given:
        return f"Whether {leader} leads {runner_up} cannot be said: {interval.refused}."
    low, high = (more_or_less(decimal_of(end, minor_decimals(currency)), currency) for end in (interval.low, interval.high))
    range_words = (
        f"if the next customers are like these, {leader} {_VERBS[measure]} between {low} and {high} than {runner_up} over the window "
        "(90 %)"
    )
    of_one = _of_one(_dominant(customers, first, second, measure))
    if not interval.excludes_zero:
        return f"{leader} and {runner_up} are level: {range_words}.{of_one}"
    return f"{leader} leads: {range_words}.{of_one}{_turned(customers, first, second, measure)}"


def same_from_all(customers: CustomerAmounts, measure: Measure = "billed") -> str:
    """That nobody pays anything else under the two that bring in most; empty where somebody does, or there is nobody."""
    uncertainty = customers.uncertainty(measure)
    first, second = uncertainty.order[:2]
    if not uncertainty.customers or not np.array_equal(uncertainty.amounts[first], uncertainty.amounts[second]):
        return ""
    names = [customers.scenario.candidates[place].name for place in (first, second)]
    return f"{listed(names)} {_VERBS[measure].replace('s', '', 1)} the same from every customer."


def _dominant(customers: CustomerAmounts, one: int, other: int, measure: Measure) -> tuple[str, Fraction] | None:
    found = customers.uncertainty(measure).dominant(one, other)
    return None if found is None else (customers.ids[found[0]].as_py(), Fraction(found[1]))


def _of_one(dominant: tuple[str, Fraction] | None) -> str:
    """` One customer, big_co, makes 43.2 % of that range.` (decisions.md 1.4)"""
    return "" if dominant is None else f" One customer, {dominant[0]}, makes {percent(dominant[1])} of that range."


def _turned(customers: CustomerAmounts, first: int, second: int, measure: Measure) -> str:
    """The customers without whom the leader does not lead; empty where nobody turns it."""
    weak = customers.weak_point(first, measure, second)
    if weak is None:
        return ""
    ids = [customers.ids[place].as_py() for place in weak.customers[:IDS_TOLD]]
    return _weak_sentence(ids, len(weak.customers), weak.alike, "it does not")


_VERBS: Final[Mapping[Measure, str]] = {"billed": "brings in", "earned": "earns"}


def _weak_words(found: HowSure) -> str:
    return _weak_sentence(found.turned_by[:IDS_TOLD], len(found.turned_by), found.alike, "it turns") if found.turned_by else ""


def _weak_sentence(ids: Sequence[str], count: int, alike: int, what: str) -> str:
    """` Without 3 customers it turns: a, b, c; 2 others like the last.`"""
    more = f" and {count - len(ids):,} more" if count > len(ids) else ""
    others = f"; {counted(alike, 'other')} like the last" if alike else ""
    return f" Without {counted(count, 'customer')} {what}: {', '.join(ids)}{more}{others}."
