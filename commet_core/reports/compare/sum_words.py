"""Sums in words that a reader can redo: parts and their total, and how a total becomes a month's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from commet_core.foundation.money import format_amount, rounded_to_sum
from commet_core.foundation.vocabulary import RevenuePart
from commet_core.foundation.window import Window
from commet_core.foundation.wording import base_part_name, capitalized, part_name
from commet_core.reports.compare.months import months_in
from commet_core.reports.compare.summary import Summary


def sum_in_words(parts: Mapping[RevenuePart, Decimal], total: Decimal, currency: str, word: str = "billed") -> str:
    """Amounts that add up as they are written: `Base $60.00 + overage $7.00 = $67.00 billed`.

    Of parts that are nothing only the first. word: what the total is.
    """
    amounts = rounded_to_sum(list(parts.values()), currency)
    shown = [(part, amount) for place, (part, amount) in enumerate(zip(parts, amounts, strict=True)) if amount or place == 0]
    summands = " + ".join(f"{part_name(part)} {format_amount(amount, currency)}" for part, amount in shown)
    return f"{capitalized(summands)} = {format_amount(total, currency)} {word}"


def base_in_words(summary: Summary, currency: str) -> str:
    """What base revenue is made of where that is more than base prices: `Base: base price $60.00, seats $24.00`; else nothing."""
    shown = {kind: amount for kind, amount in summary.in_base.items() if amount or kind == "plan_base"}
    if len(shown) == 1:
        return ""
    return "Base: " + ", ".join(f"{base_part_name(kind)} {format_amount(amount, currency)}" for kind, amount in shown.items())


def month_in_words(summary: Summary, window: Window, currency: str) -> str:
    """How the monthly revenue follows from what was billed: `$67.00 ÷ 2 months = $33.50 a month`."""
    months = months_in(window)
    whole = months.denominator == 1
    span = f"{months.numerator}" if whole else f"{_hundredths(months)}"
    billed, monthly = (format_amount(amount, currency) for amount in (summary.billed, summary.monthly_revenue))
    return f"{billed} ÷ {span} month{'' if months == 1 else 's'} {'=' if whole else '≈'} {monthly} a month"


def _hundredths(number: Fraction) -> Decimal:
    return Decimal((200 * number.numerator + number.denominator) // (2 * number.denominator)).scaleb(-2)
