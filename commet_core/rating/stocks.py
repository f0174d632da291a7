"""Stocks: what a model grants, sells and takes from, segment by segment (billing-rules 5, 6, 14).

A model says what moved; tables, laws, recognition, statements and charts read it here and never ask which model it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from commet_core.foundation.derived import cached_property
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS
from commet_core.foundation.sums import added, less

Unit = Literal["credits", "money"]
"""What a stock is counted in: micros of a credit, or nanos of the currency."""

UNIT_DECIMALS: Final[Mapping[Unit, int]] = {"credits": MICRO_DECIMALS, "money": NANO_DECIMALS}


@dataclass(frozen=True)
class StockKind:
    """A kind of stock.

    name           as reports call it
    unit           what it is counted in
    columns        of the result table `periods`: a column's name → the property of `StockFlows` that fills it
    sold_as        what is bought into it; None where nothing is
    of_purchases   nothing is granted into it: what is given is a purchase with the price 0 (billing-rules 8.6)
    """

    name: str
    unit: Unit
    columns: Mapping[str, str]
    sold_as: Literal["packs", "top_ups"] | None = None
    of_purchases: bool = False


@dataclass(frozen=True, eq=False)
class StockFlows:
    """One stock of one candidate, one entry per segment: int64 in the stock's unit, `lapses` bool.

    opening + granted + rolled in + bought + given + overage = used + taken + expired + closing; what a segment that lapses
    leaves is rolled out or forfeited, and what another leaves is in hand: it opens the customer's next segment.

    offsets   the timeline's: the segments of customer c are offsets[c] to offsets[c + 1]
    overage   used below zero
    closing   left at the segment's end, before anything of it lapses
    lapses    what is left is lost at the segment's end, but for what is rolled out
    rolled_in, rolled_out   what the segment before left to use in this one, and this one to the next (billing-rules 15.2)
    spent_of_bought   of what was bought, what was used or taken away: what was granted and given goes first (5.2, 13, 15.2)
    expired   of what was bought, what could no longer be used (15.3)
    given, taken   what adjustments added without a charge, and took away (8.6)
    """

    kind: StockKind
    offsets: np.ndarray
    granted: np.ndarray
    bought: np.ndarray
    used: np.ndarray
    overage: np.ndarray
    closing: np.ndarray
    lapses: np.ndarray
    rolled_in: np.ndarray | int = 0
    rolled_out: np.ndarray | int = 0
    spent_of_bought: np.ndarray | int = 0
    expired: np.ndarray | int = 0
    given: np.ndarray | int = 0
    taken: np.ndarray | int = 0

    @cached_property
    def opening(self) -> np.ndarray:
        """What the customer's segment before left in hand."""
        opening = np.zeros_like(self.closing)
        opening[1:] = self.in_hand[:-1]
        opening[self.offsets[:-1]] = 0
        return opening

    @cached_property
    def forfeited(self) -> np.ndarray:
        return np.where(self.lapses, less(self.closing, self.rolled_out), 0)

    @cached_property
    def in_hand(self) -> np.ndarray:
        return np.where(self.lapses, 0, self.closing)

    @property
    def in_hand_at_last(self) -> np.ndarray:
        """What is in hand at the window's end: in the last segment of each customer, none in the others.

        What a period that ends just then rolls out is in hand (billing-rules 15.2).
        """
        at_last = np.zeros_like(self.closing)
        lasts = self.offsets[1:] - 1
        at_last[lasts] = (self.in_hand + self.rolled_out)[lasts]
        return at_last

    @property
    def adjusted(self) -> np.ndarray | int:
        """What adjustments came to, below zero where they took more than they gave."""
        return self.given - self.taken

    @cached_property
    def forfeited_of_granted(self) -> np.ndarray:
        """Of what lapses, what was granted or given and not bought: that is used first."""
        return np.where(self.lapses, less(self.closing, self.purchases_left, self.rolled_out), 0)

    @cached_property
    def purchases_left(self) -> np.ndarray:
        """Of what is left at the segment's end, what was bought."""
        given = self.given if self.kind.of_purchases else 0
        return less(added(self.opening, self.bought, given), self.spent_of_bought, self.expired)


@dataclass(frozen=True, eq=False)
class CellUse:
    """What features used of a model's stocks: int64, one entry per cell, in the unit of its stocks.

    used      of all stocks together
    overage   of that, what no stock covered
    """

    used: np.ndarray
    overage: np.ndarray
