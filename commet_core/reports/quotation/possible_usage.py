"""The usage that a quote assumes, month by month, and the usage that is possible beside it: draws by seed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

import numpy as np

from commet_core.foundation.money import MICROS, decimal_places, micros
from commet_core.reports.quotation.quote_file import MONTHS_IN_YEAR, QuoteFile, Usage
from commet_core.reports.quote import LEVEL_MAX, too_much

NINE_IN_TEN: Final = 1.2815515655446004
"""A standard normal number is below it nine times in ten."""

_WIDE: Final = Context(prec=60)


@dataclass(frozen=True, eq=False)
class PossibleUsage:
    """Usage of one made-up customer over the months of a term. A month begins on the day of the month of the term's start.

    features  their codes, in the order of the quote
    assumed   int64 micros of units, months × features
    draws     int64 micros of units, draws × months × features
    """

    features: tuple[str, ...]
    assumed: np.ndarray
    draws: np.ndarray

    @property
    def varies(self) -> bool:
        return bool((self.draws != self.assumed).any())


def possible_usage(quote: QuoteFile) -> PossibleUsage:
    """The assumed usage, exact, and `quote.draws` draws around it, the same for the same quote.

    In a draw the size of all features moves together, and so does their growth; month by month each swings by itself. Units
    that are whole in what is assumed are whole in the draws. Raises InputError where usage is more than can be held.
    """
    features = tuple(quote.usage)
    courses = [_assumed(quote, usage) for usage in quote.usage.values()]
    assumed = np.array(courses, np.int64).reshape(len(features), quote.term_months).T
    random = np.random.default_rng(quote.seed)
    sizes, growths = random.standard_normal(quote.draws), random.standard_normal(quote.draws)
    drawn = np.empty((quote.draws, quote.term_months, len(features)), np.int64)
    for place, usage in enumerate(quote.usage.values()):
        swings = random.standard_normal((quote.draws, quote.term_months))
        factors = _factors(usage, sizes, growths, swings)
        step = _step(assumed[:, place])
        units = np.rint(assumed[:, place] / step * factors)
        if units.size and units.max(initial=0) * step > float(LEVEL_MAX) * MICROS:
            raise too_much("the most that is possible of this usage")
        drawn[:, :, place] = units.astype(np.int64) * step
    return PossibleUsage(features, assumed, drawn)


def _assumed(quote: QuoteFile, usage: Usage) -> list[int]:
    """int micros per month: half up to whole units where the first month's are whole."""
    if usage.months is not None:
        return [micros(units) for units in usage.months]
    unit = Decimal(1) if decimal_places(usage.first_units) == 0 else Decimal(1) / MICROS
    first_month = quote.start.month - 1
    course, units = [], usage.first_units
    for month in range(quote.term_months):
        factor = usage.season[(first_month + month) % MONTHS_IN_YEAR] if usage.season else Decimal(1)
        level = _WIDE.multiply(units, factor)
        if level > LEVEL_MAX:
            raise too_much("the assumed usage, with its growth,")
        course.append(micros(level.quantize(unit, ROUND_HALF_UP, _WIDE)))
        units = _WIDE.multiply(units, 1 + usage.growth)
    return course


def _factors(usage: Usage, sizes: np.ndarray, growths: np.ndarray, swings: np.ndarray) -> np.ndarray:
    """float, draws × months: what the assumed usage is multiplied by."""
    months = np.arange(swings.shape[1])
    size = _between(sizes, usage.low, usage.first_units, usage.high)
    growth = _between(growths, usage.growth_low, usage.growth, usage.growth_high, shift=1)
    swing = np.exp(swings * (np.log1p(float(usage.swing)) / NINE_IN_TEN))
    return size[:, None] * growth[:, None] ** months * swing


def _between(normal: np.ndarray, low: Decimal | None, middle: Decimal, high: Decimal | None, shift: int = 0) -> np.ndarray:
    """A factor to the middle whose lowest tenth lies below `low` and its highest above `high`, on either side by itself.

    In proportion (twice as likely as half), or by difference where the low side reaches zero. shift: added to all three.
    """
    base = float(middle) + shift
    if base == 0:
        return np.ones_like(normal)
    ratios = [1.0 if bound is None else (float(bound) + shift) / base for bound in (low, high)]
    distance = normal / NINE_IN_TEN
    below = ratios[0] ** -distance if ratios[0] > 0 else np.maximum(0, 1 + distance)
    return np.where(distance < 0, below, ratios[1] ** distance)


def _step(assumed: np.ndarray) -> int:
    """The micros that draws are whole multiples of."""
    return MICROS if (assumed % MICROS == 0).all() else 1
