"""What candidates earn, in words: exact figures, and sums that a reader can redo."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import listed
from commet_core.reports.compare.earned import Earned
from commet_core.reports.compare.lesson import more


def earned_lessons(found: Sequence[Earned], baseline: Earned, currency: str) -> list[str]:
    """Sentences of plain text: who earns most a month, and what is owed to customers at the window's end."""
    if len(found) == 1:
        return [f"{found[0].name} earns {_month(found[0], currency)} a month.", _owed(found, currency)]
    ordered = sorted(found, key=lambda one: -one.earned)
    top, other = ordered[0], baseline if baseline is not ordered[0] else ordered[1]
    others = [f"{one.name} earns {_month(one, currency)}" for one in ordered if one not in (top, other)]
    return [f"{_earns(top, other, currency)}.", *([f"{'; '.join(others)}."] if others else []), _owed(found, currency)]


def _earns(top: Earned, other: Earned, currency: str) -> str:
    """Two candidates; the first earns no less."""
    if top.earned == other.earned:
        return f"{top.name} and {other.name} earn the same, {_month(top, currency)} a month"
    if other.earned <= 0:
        return f"{top.name} earns {_month(top, currency)} a month, {other.name} {_month(other, currency)}"
    ratio = more(Fraction(top.earned) / Fraction(other.earned), other.name)
    return f"{top.name} earns {ratio} a month ({_month(top, currency)} against {_month(other, currency)})"


def _month(earned: Earned, currency: str) -> str:
    return format_amount(earned.monthly_earned, currency)


def _owed(found: Sequence[Earned], currency: str) -> str:
    owing = [f"{format_amount(one.outstanding, currency)} under {one.name}" for one in found if one.outstanding]
    if not owing:
        return "At the window's end nothing is outstanding: all that was billed has been earned."
    return f"At the window's end customers are still owed service for {listed(owing)}."


def tie_in_words(earned: Earned, currency: str) -> str:
    """How what was billed became earned: `$54.00 billed = $46.80 earned + $7.20 outstanding at the window's end`."""
    billed, own, left, before = (
        format_amount(amount, currency) for amount in (earned.billed, earned.earned, earned.outstanding, earned.opening)
    )
    start = f" − {before} at its start" if earned.opening else ""
    return f"{billed} billed = {own} earned + {left} outstanding at the window's end{start}"
