"""Charges: what customers owe, as it comes to be invoiced, and the arithmetic of its amounts (billing-rules 1.3)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.rounding import part_floor, times_floor
from commet_core.foundation.sums import nothing, sum_by_index
from commet_core.rating.admission import Additions
from commet_core.timeline.stages import Stage

ADVANCE: Final = 10_001
TRUE_UP: Final = 10_002
"""`Charges.parts` of seats and quota: paid in advance, or from a rise on; more than any tier."""


class Charges(NamedTuple):
    """Things to be invoiced, ascending by segment; within one in the order in which they are to stand.

    segments     int64: the segment that each belongs to
    events       int64: what each was bought for or by: an event, or -1 - an action's place; for others unused
    times        int64 microseconds: when each was bought; for others unused
    kind         the line kind of all of them
    items        int64: the code of the feature, pack or plan, as its place in `Bill.items`
    quantities   int64 micros
    unit_prices  int64 nanos
    amounts      int64 minor units, rounded
    parts        int64: of prices in tiers the tier, from 1; minus the tier for its flat fee; ADVANCE, TRUE_UP; 0 for all else
    """

    segments: np.ndarray
    events: np.ndarray
    times: np.ndarray
    kind: int
    items: np.ndarray
    quantities: np.ndarray
    unit_prices: np.ndarray
    amounts: np.ndarray
    parts: np.ndarray

    def by_segment(self, segment_count: int) -> np.ndarray:
        """int64 minor units, one per segment."""
        if len(self.segments) == 0:
            return nothing(segment_count)
        return sum_by_index(self.segments, self.amounts, segment_count)


class Lots(NamedTuple):
    """Purchases in the order in which they were made, int64: what is bought first is used first (billing-rules 13).

    segments     ascending
    events       ascending: the first event that each is there for; of an action the one after it, in its segment or beyond
    times        int64 microseconds: when it was made
    quantities   micros of credits, or nanos of a top-up
    amounts      minor units paid, as on the invoice line; zero where the line was left out
    """

    segments: np.ndarray
    events: np.ndarray
    times: np.ndarray
    quantities: np.ndarray
    amounts: np.ndarray


class LotUses(NamedTuple):
    """What became of lots that are told apart (billing-rules 15.3), by customer: int64, one entry per segment, month and lot.

    lots     its place in `Lots`
    used     micros; below zero where more was given back than used
    expired  micros: all that was left of it
    months   since January 1970
    """

    segments: np.ndarray
    lots: np.ndarray
    used: np.ndarray
    expired: np.ndarray
    months: np.ndarray


class Charged(NamedTuple):
    """What a candidate's customers owe beside the base price, and the stocks they bought.

    overage, purchases   what goes on invoices
    lots                 the purchases again, as stocks to be used up
    overage_units        int64 micros, one per cell: units beyond what is included
    overage_shares       int64 minor units, one per cell: the feature's part of the overage invoiced
    overage_stages       int64, one per cell: the stage at whose terms its overage is charged, as its place among the run's stages
                         and then `further_stages`; None of a model without overage by feature
    further_stages       stages that differ from the run's in which set of prices in tiers holds (billing-rules 8.7)
    uses                 what became of the lots, where they are told apart; None where the oldest is used first
    additions            what actions added to stocks and took of them; None of a model without any
    """

    overage: Charges
    purchases: Charges
    lots: Lots
    overage_units: np.ndarray
    overage_shares: np.ndarray
    overage_stages: np.ndarray | None = None
    further_stages: tuple[Stage, ...] = ()
    uses: LotUses | None = None
    additions: Additions | None = None


@compiled
def to_minor(nanos, minor_nanos):  # type: ignore[no-untyped-def]
    """Nanos ≥ 0, a number or an array, in minor units, rounded half up (billing-rules 1.3)."""
    whole = nanos // minor_nanos
    return whole + (2 * (nanos - whole * minor_nanos) >= minor_nanos)


@compiled
def amounts_minor(micros, unit_prices, minor_nanos):  # type: ignore[no-untyped-def]
    """micros × unit price, one per entry, each rounded half up once to minor units (billing-rules 1.3)."""
    amounts = np.empty(len(micros), np.int64)
    for row in range(len(micros)):
        amounts[row] = to_minor(times_floor(micros[row], unit_prices[row]), minor_nanos)
    return amounts


@compiled
def times_micros(micros, unit_prices):  # type: ignore[no-untyped-def]
    """micros × unit price, one per entry: int64 nanos, rounded down."""
    found = np.empty(len(micros), np.int64)
    for row in range(len(micros)):
        found[row] = times_floor(micros[row], unit_prices[row])
    return found


@compiled
def part_minor(nanos, days, of_days, minor_nanos):  # type: ignore[no-untyped-def]
    """Nanos × days ÷ days, rounded half up once to minor units (billing-rules 2.2, 10.3)."""
    return (part_floor(2 * nanos, max(days, 0), of_days * minor_nanos) + 1) // 2


@compiled
def parts_minor(nanos, days, of_days, minor_nanos):  # type: ignore[no-untyped-def]
    """`part_minor`, one per entry."""
    amounts = np.empty(len(nanos), np.int64)
    for row in range(len(nanos)):
        amounts[row] = part_minor(nanos[row], days[row], of_days[row], minor_nanos)
    return amounts


@compiled
def rounded_shares(offsets, parts, minor_nanos):  # type: ignore[no-untyped-def]
    """Parts in nanos as minor units that add up, within each group, to the group's own rounded sum.

    Each part is the rounded running sum less the one before it.
    """
    shares = np.empty(len(parts), np.int64)
    for group in range(len(offsets) - 1):
        running = 0
        rounded = 0
        for part in range(offsets[group], offsets[group + 1]):
            running += parts[part]
            shares[part] = to_minor(running, minor_nanos) - rounded
            rounded += shares[part]
    return shares


def charges_of(
    segments: np.ndarray,
    kind: int,
    items: np.ndarray,
    quantities: np.ndarray,
    unit_prices: np.ndarray,
    amounts: np.ndarray,
    *,
    part: int = 0,
) -> Charges:
    """Charges that belong to segments alone; part: of all of them."""
    parts = np.full_like(segments, part)
    return Charges(segments, segments, segments, kind, items, quantities, unit_prices, amounts, parts)


def no_charges(kind: int) -> Charges:
    none = np.empty(0, np.int64)
    return charges_of(none, kind, none, none, none, none)


def no_lots() -> Lots:
    """The purchases of those who bought nothing."""
    return Lots(*(np.empty(0, np.int64) for _ in Lots._fields))
