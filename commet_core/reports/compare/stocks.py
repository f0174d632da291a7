"""Stocks of credits and balance over the window: what came in, what was used, what lapsed, what is left (billing-rules 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.table_columns import STOCK_TYPES
from commet_core.engine.totals import Stocked, stocked
from commet_core.foundation.arrow import decimals
from commet_core.foundation.money import NANO_DECIMALS, decimal_of
from commet_core.foundation.sums import exact_sum
from commet_core.rating.stocks import UNIT_DECIMALS, StockFlows
from commet_core.reports.compare.behind import customer_ids


@dataclass(frozen=True)
class Stock:
    """One stock of one candidate, all customers: granted + bought + overage = used + forfeited + expired + in hand.

    currency: that of a balance; None of credits. bought: packs or top-ups. overage: used below zero. expired: of packs (15.3).
    """

    candidate: str
    kind: str
    currency: str | None
    granted: Decimal
    bought: Decimal
    overage: Decimal
    used: Decimal
    forfeited: Decimal
    in_hand: Decimal
    expired: Decimal = Decimal(0)

    @property
    def forfeited_share(self) -> Fraction:
        """Of all that came in, what lapsed unused."""
        came_in = self.granted + self.bought
        return Fraction(self.forfeited) / Fraction(came_in) if came_in else Fraction(0)


def stocks(replayed: Replay) -> list[Stock]:
    """The stocks of every candidate whose model has any, in the scenario's order; of balances each currency's apart (15.6)."""
    return [
        _stock(runs[0].candidate.name, currency, flows)
        for runs in replayed.runs_by_candidate()
        for (_, currency), flows in _by_stock(runs).items()
    ]


def _by_stock(runs: Sequence[Run]) -> dict[Stocked, list[StockFlows]]:
    """What some runs of a candidate have of each stock."""
    found: dict[Stocked, list[StockFlows]] = {}
    for run in runs:
        for flows in run.flows if run.customer_count else ():
            found.setdefault(stocked(run, flows.kind), []).append(flows)
    return found


def _stock(candidate: str, currency: str | None, flows: Sequence[StockFlows]) -> Stock:
    kind = flows[0].kind

    def whole(flow: str) -> Decimal:
        each = (exact_sum(np.broadcast_to(getattr(own, flow), len(own.closing))) for own in flows)
        return decimal_of(sum(each), UNIT_DECIMALS[kind.unit])

    return Stock(
        candidate=candidate,
        kind=kind.name,
        currency=currency,
        granted=whole("granted"),
        bought=whole("bought"),
        overage=whole("overage"),
        used=whole("used"),
        forfeited=whole("forfeited"),
        in_hand=whole("in_hand_at_last"),
        expired=whole("expired"),
    )


def leftovers(run: Run) -> pa.Table:
    """One row per customer of a candidate whose model has stocks, who forfeited most first; no rows of another.

    Columns: customer_id, granted, bought, overage, used, forfeited, in_hand; all stocks of the model together. Where any has
    expired (billing-rules 15.3), expired too.
    """
    if not run.flows:
        return pa.table({"customer_id": pa.array([], pa.string())})
    expired = ("expired",) if _together(run, "expired").any() else ()
    flows = ("granted", "bought", "overage", "used", "forfeited", *expired, "in_hand_at_last")
    by_customer = {name.removesuffix("_at_last"): run.by_customer(_together(run, name)) for name in flows}
    forfeited = by_customer["forfeited"]
    rows = np.lexsort([np.arange(len(forfeited)), -forfeited])
    unit = STOCK_TYPES[run.flows[0].kind.unit]
    stocks_shown = {name: decimals(column[rows], unit) for name, column in by_customer.items()}
    return pa.table({"customer_id": customer_ids(run, rows), **stocks_shown})


def _together(run: Run, flow: str) -> np.ndarray:
    """A flow of all stocks of a run: int64, one entry per segment."""
    count = run.timeline.segment_count
    return np.sum([np.broadcast_to(getattr(stock, flow), count) for stock in run.flows], axis=0)


def stock_table(replayed: Replay) -> pa.Table:
    """`stocks` as a table: credits, or the unit of the currency that is named."""
    found = stocks(replayed)
    amount = pa.decimal128(38, NANO_DECIMALS)
    names = ("granted", "bought", "overage", "used", "forfeited", "in_hand")
    return pa.table(
        {
            "candidate": pa.array([stock.candidate for stock in found], pa.string()),
            "stock": pa.array([stock.kind for stock in found], pa.string()),
            "currency": pa.array([stock.currency for stock in found], pa.string()),
            **{name: pa.array([getattr(stock, name) for stock in found], amount) for name in names},
        }
    )
