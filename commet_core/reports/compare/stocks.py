"""Stocks of credits and balance over the window: what came in, what was used, what lapsed, what is left (billing-rules 14)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import PRICE_TYPE, UNIT_TYPE, decimals
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of
from commet_core.foundation.sums import exact_sum
from commet_core.reports.compare.behind import customer_ids

StockKind = Literal["plan credits", "purchased credits", "balance"]


@dataclass(frozen=True)
class Stock:
    """One stock of one candidate, all customers: granted + bought + overage = used + forfeited + in hand.

    Credits, or for a balance the currency's unit. bought: packs or top-ups. overage: used below zero.
    """

    candidate: str
    kind: StockKind
    granted: Decimal
    bought: Decimal
    overage: Decimal
    used: Decimal
    forfeited: Decimal
    in_hand: Decimal

    @property
    def forfeited_share(self) -> Fraction:
        """Of all that came in, what lapsed unused."""
        came_in = self.granted + self.bought
        return Fraction(self.forfeited) / Fraction(came_in) if came_in else Fraction(0)


def stocks(replayed: Replay) -> list[Stock]:
    """The stocks of every credits and balance candidate, in the scenario's order."""
    return [stock for run in replayed.runs for stock in _stocks(run)]


def _stocks(run: Run) -> list[Stock]:
    if run.credits is not None:
        return [_plan_credits(run), _purchased_credits(run)]
    return [_balance(run)] if run.balance is not None else []


def _plan_credits(run: Run) -> Stock:
    assert run.credits is not None
    left, cut = run.segment_plan_left, run.timeline.in_hand
    return Stock(
        candidate=run.candidate.name,
        kind="plan credits",
        granted=_credits(run.segment_granted),
        bought=Decimal(0),
        overage=Decimal(0),
        used=_credits(run.credits.plan_used),
        forfeited=_credits(left[~cut]),
        in_hand=_credits(left[cut]),
    )


def _purchased_credits(run: Run) -> Stock:
    assert run.credits is not None
    return Stock(
        candidate=run.candidate.name,
        kind="purchased credits",
        granted=Decimal(0),
        bought=_credits(run.charged.bought),
        overage=Decimal(0),
        used=_credits(run.credits.purchased_used),
        forfeited=Decimal(0),
        in_hand=_credits(run.credits.purchased_closing[_last_segments(run)]),
    )


def _balance(run: Run) -> Stock:
    assert run.balance is not None
    left, cut = run.segment_balance_left, run.timeline.in_hand
    return Stock(
        candidate=run.candidate.name,
        kind="balance",
        granted=_money(run.segment_granted),
        bought=_money(run.balance.topped_up),
        overage=_money(run.segment_balance_overage),
        used=_money(run.balance.used),
        forfeited=_money(left[~cut]),
        in_hand=_money(left[cut]),
    )


def _last_segments(run: Run) -> np.ndarray:
    return run.timeline.segments.offsets[1:] - 1


def _credits(micros: np.ndarray) -> Decimal:
    return decimal_of(exact_sum(micros), MICRO_DECIMALS)


def _money(nanos: np.ndarray) -> Decimal:
    return decimal_of(exact_sum(nanos), NANO_DECIMALS)


def leftovers(run: Run) -> pa.Table:
    """One row per customer of a credits or balance candidate, who forfeited most first; no rows on a metered plan.

    Columns: customer_id, granted, bought, overage, used, forfeited, in_hand; for credits both kinds of credits together.
    """
    columns = _leftover_columns(run)
    if columns is None:
        return pa.table({"customer_id": pa.array([], pa.string())})
    by_customer = {name: run.by_customer(column) for name, column in columns.items()}
    forfeited = by_customer["forfeited"]
    rows = np.lexsort([np.arange(len(forfeited)), -forfeited])
    kind = UNIT_TYPE if run.credits is not None else PRICE_TYPE
    stocks_shown = {name: decimals(column[rows], kind) for name, column in by_customer.items()}
    return pa.table({"customer_id": customer_ids(run, rows), **stocks_shown})


def _leftover_columns(run: Run) -> dict[str, np.ndarray] | None:
    """int64, one entry per segment: micros of credits or nanos of balance."""
    cut, segments = run.timeline.in_hand, run.timeline.segment_count
    granted, overage = run.segment_granted, np.zeros(segments, np.int64)
    if run.credits is not None:
        left = run.segment_plan_left
        purchased_in_hand = np.zeros(segments, np.int64)
        purchased_in_hand[_last_segments(run)] = run.credits.purchased_closing[_last_segments(run)]
        used, bought = run.credits.plan_used + run.credits.purchased_used, run.charged.bought
        in_hand = np.where(cut, left, 0) + purchased_in_hand
    elif run.balance is not None:
        left, used, bought = run.segment_balance_left, run.balance.used, run.balance.topped_up
        overage, in_hand = run.segment_balance_overage, np.where(cut, left, 0)
    else:
        return None
    forfeited = np.where(cut, 0, left)
    return {
        "granted": granted,
        "bought": bought,
        "overage": overage,
        "used": used,
        "forfeited": forfeited,
        "in_hand": in_hand,
    }


def stock_table(replayed: Replay) -> pa.Table:
    """`stocks` as a table: credits, or the currency's unit."""
    found = stocks(replayed)
    amount = pa.decimal128(38, NANO_DECIMALS)
    names = ("granted", "bought", "overage", "used", "forfeited", "in_hand")
    return pa.table(
        {
            "candidate": pa.array([stock.candidate for stock in found], pa.string()),
            "stock": pa.array([stock.kind for stock in found], pa.string()),
            **{name: pa.array([getattr(stock, name) for stock in found], amount) for name in names},
        }
    )
