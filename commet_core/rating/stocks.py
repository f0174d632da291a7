"""Stocks: what a model grants, sells and takes from, segment by segment (billing-rules 5, 6, 14).

A model says what moved; tables, laws, recognition, statements and charts read it here and never ask which model it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS

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
    ledger_column  of `admission.Ledger`: what is left of it after an event
    """

    name: str
    unit: Unit
    columns: Mapping[str, str]
    sold_as: Literal["packs", "top_ups"] | None = None
    ledger_column: Literal["left", "purchased"] = "left"


@dataclass(frozen=True, eq=False)
class StockFlows:
    """One stock of one candidate, one entry per segment: int64 in the stock's unit, `lapses` bool.

    opening + granted + rolled in + bought + overage = used + expired + closing; what a segment that lapses leaves is rolled
    out or forfeited, and what another leaves is in hand: it opens the customer's next segment.

    offsets   the timeline's: the segments of customer c are offsets[c] to offsets[c + 1]
    overage   used below zero
    closing   left at the segment's end, before anything of it lapses
    lapses    what is left is lost at the segment's end, but for what is rolled out
    rolled_in, rolled_out   what the segment before left to use in this one, and this one to the next (billing-rules 15.2)
    expired   of what was bought, what could no longer be used (15.3)
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
    expired: np.ndarray | int = 0

    @property
    def opening(self) -> np.ndarray:
        """What the customer's segment before left in hand."""
        opening = np.zeros_like(self.closing)
        opening[1:] = self.in_hand[:-1]
        opening[self.offsets[:-1]] = 0
        return opening

    @property
    def forfeited(self) -> np.ndarray:
        return np.where(self.lapses, self.closing - self.rolled_out, 0)

    @property
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
    def used_of_bought(self) -> np.ndarray:
        """Of what was used, what purchases covered: what was granted is used first (billing-rules 5.2, 13, 15.2)."""
        return np.clip(self.used - self.granted - self.rolled_in, 0, self.opening + self.bought)

    @property
    def forfeited_of_granted(self) -> np.ndarray:
        """Of what lapses, what was granted and not bought: the grant is used first."""
        left = np.maximum(self.granted + self.rolled_in - self.used, 0) - self.rolled_out
        return np.where(self.lapses, left, 0)


@dataclass(frozen=True, eq=False)
class CellUse:
    """What features used of a model's stocks: int64, one entry per cell, in the unit of its stocks.

    used      of all stocks together
    overage   of that, what no stock covered
    """

    used: np.ndarray
    overage: np.ndarray
