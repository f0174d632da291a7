"""What customers who move leave behind: days, top-ups and credits that were paid for and not used (decisions.md 7.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from commet_core.decide.migration.ground import Ground, ids_of
from commet_core.decide.migration.moved_rows import Move
from commet_core.engine.recognition import accounts
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.money import half_up, minor_nanos
from commet_core.rating.invoices import RECURRING


class LeftBehind(NamedTuple):
    """Of one customer, minor units; at: microseconds.

    unused_days  of the interval that was paid for
    top_ups      not used by then; included: balance that is not used, which the days that are given back are for
    purchased    credits in hand, at the price paid; honoured: of that, what later invoices of the window can take up
    """

    customer: str
    at: int
    unused_days: int
    top_ups: int
    included: int
    purchased: int
    honoured: int


class LeftOver(NamedTuple):
    """Of all customers who move in the window."""

    customers: tuple[LeftBehind, ...]

    def total(self, name: str) -> int:
        return sum(int(getattr(each, name)) for each in self.customers)


def left_over(ground: Ground, replayed: Replay, moves: Mapping[str, Move]) -> LeftOver:
    """A change of plan inside a group leaves nothing: its credit stands on the invoice, and purchased credits stay (8.2, 8.3)."""
    if ground.ways.inside:
        return LeftOver(())
    old, new = replayed.runs
    minor = minor_nanos(ground.currency)
    money, purchased = _stocks(old)
    recurring = _recurring(new)
    found = []
    for place, customer in enumerate(ids_of(old)):
        move = moves.get(customer)
        if move is None or move.at >= ground.window_end:
            continue
        segment = _ending_at(old, place, move.at)
        nanos = 0 if segment is None else int(purchased[segment])
        top_ups, balance = (int(part[segment]) for part in money) if segment is not None and move.cut else (0, 0)
        worth = half_up(nanos, minor)
        found.append(
            LeftBehind(
                customer,
                move.at,
                ground.unused_days(ground.places[customer], move.at) if move.cut else 0,
                half_up(top_ups, minor),
                half_up(balance, minor),
                worth,
                min(worth, recurring.get(customer, 0)),
            )
        )
    return LeftOver(tuple(found))


def _stocks(run: Run) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Nanos, one per segment: top-ups and included balance that lapse at its end; purchased credits in hand at its end."""
    nothing = np.zeros(run.timeline.segment_count, np.int64)
    top_ups, balance = nothing, nothing
    for stock in run.flows:
        if stock.kind.unit == "money":
            balance = balance + stock.forfeited_of_granted
            if stock.kind.sold_as == "top_ups":
                top_ups = top_ups + np.where(stock.lapses, stock.purchases_left, 0)
    return (top_ups, balance), accounts(run).credits


def _ending_at(run: Run, customer: int, at: int) -> int | None:
    offsets, ends = run.timeline.segments.offsets, run.timeline.ends
    first, last = int(offsets[customer]), int(offsets[customer + 1])
    places = np.flatnonzero(ends[first:last] == at)
    return first + int(places[-1]) if len(places) else None


def _recurring(run: Run) -> dict[str, int]:
    """Minor units that recurring invoices ask of each customer: what a customer credit can be taken off (billing-rules 8.9)."""
    invoices, ids = run.bill.invoices, ids_of(run)
    found: dict[str, int] = {}
    for kind, customer, total in zip(
        invoices.kinds.tolist(), invoices.customers.tolist(), invoices.totals.tolist(), strict=True
    ):
        if kind == RECURRING and total > 0:
            found[ids[customer]] = found.get(ids[customer], 0) + total
    return found
