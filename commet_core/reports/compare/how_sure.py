"""How sure the differences between candidates are, in words (decisions.md 1): a range, who is level, and the weak point."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from commet_core.decide.customer_amounts import CustomerAmounts, Measure
from commet_core.decide.weak_point import WeakPoint
from commet_core.foundation.money import compared, decimal_of, format_amount, minor_decimals
from commet_core.foundation.wording import counted

IDS_TOLD = 3


@dataclass(frozen=True)
class HowSure:
    """One candidate against the baseline. Amounts in the currency's unit.

    low, high   the ends of the 90 % interval; None where there is none, and `refused` says why
    level       the difference may as well be none: the interval that holds for all candidates together includes 0
    leads       the share of draws in which the candidate brings in the most
    turned_by   without these customers, the largest first, the difference turns; empty where it does not
    alike       so many others have the same difference as the last of them
    """

    candidate: str
    difference: Decimal
    low: Decimal | None
    high: Decimal | None
    refused: str
    level: bool
    leads: Fraction
    turned_by: tuple[str, ...]
    alike: int


def how_sure(customers: CustomerAmounts, measure: Measure) -> list[HowSure]:
    """Every candidate but the baseline, in the scenario's order; empty where there are no customers."""
    baseline = customers.scenario.baseline_index()
    others = [place for place in range(len(customers.billed)) if place != baseline]
    return [_of(customers, place, measure) for place in others] if len(customers.hashes) else []


def _of(customers: CustomerAmounts, place: int, measure: Measure) -> HowSure:
    uncertainty, weak = customers.uncertainty(measure), customers.weak_point(place, measure)
    interval, decimals = uncertainty.interval(place), minor_decimals(customers.scenario.catalog.currency)
    baseline = customers.scenario.baseline_index()
    together = uncertainty.simultaneous([other for other in range(uncertainty.count) if other != baseline]).get(place)
    return HowSure(
        candidate=customers.scenario.candidates[place].name,
        difference=decimal_of(interval.difference, decimals),
        low=decimal_of(interval.low, decimals) if interval.given else None,
        high=decimal_of(interval.high, decimals) if interval.given else None,
        refused=interval.refused,
        level=together is not None and not together.excludes_zero,
        leads=Fraction(round(float(uncertainty.leads_shares[place]) * uncertainty.draws), uncertainty.draws),
        turned_by=tuple(customers.ids[one].as_py() for one in weak.customers) if weak else (),
        alike=_alike(weak),
    )


def _alike(weak: WeakPoint | None) -> int:
    return weak.alike if weak else 0


def sentence(found: HowSure, baseline: str, currency: str, measure: Measure = "billed") -> str:
    """`Credits brings in $1,546.75 less than Metered; if the next customers are like these, between … (90 %). …`"""
    told = f"{found.candidate} {'earns' if measure == 'earned' else 'brings in'} {compared(found.difference, Decimal(0), currency)} {baseline}"
    if found.low is None or found.high is None:
        return f"{told}. There is no range: {found.refused}."
    ends = f"between {_side(found.low, currency)} and {_side(found.high, currency)}"
    level = " So the two are level." if found.level else ""
    return f"{told}; if the next customers are like these, {ends} (90 %).{level}{_weak_words(found)}"


def _side(amount: Decimal, currency: str) -> str:
    if amount == 0:
        return "the same"
    return f"{format_amount(abs(amount), currency)} {'more' if amount > 0 else 'less'}"


def _weak_words(found: HowSure) -> str:
    if not found.turned_by:
        return ""
    named = ", ".join(found.turned_by[:IDS_TOLD])
    more = f" and {len(found.turned_by) - IDS_TOLD:,} more" if len(found.turned_by) > IDS_TOLD else ""
    alike = f"; {counted(found.alike, 'other')} like the last" if found.alike else ""
    return f" Without {counted(len(found.turned_by), 'customer')} it turns: {named}{more}{alike}."
