"""Stocks of credits and balance over the window: what came in, what was used, what lapsed, what is left (billing-rules 14)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.table_columns import STOCK_TYPES
from commet_core.foundation.arrow import decimals
from commet_core.foundation.money import NANO_DECIMALS, decimal_of
from commet_core.foundation.sums import exact_sum
from commet_core.rating.stocks import UNIT_DECIMALS, StockFlows, Unit
from commet_core.reports.compare.behind import customer_ids


@dataclass(frozen=True)
class Stock:
    """One stock of one candidate, all customers: granted + bought + overage = used + forfeited + expired + in hand.

    unit: credits, or the currency's. bought: packs or top-ups. overage: used below zero. expired: of packs (billing-rules 15.3).
    """

    candidate: str
    kind: str
    unit: Unit
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
    """The stocks of every candidate whose model has any, in the scenario's order."""
    return [_stock(run, flows) for run in replayed.runs for flows in run.flows]


def _stock(run: Run, flows: StockFlows) -> Stock:
    def whole(per_segment: np.ndarray) -> Decimal:
        return decimal_of(exact_sum(per_segment), UNIT_DECIMALS[flows.kind.unit])

    return Stock(
        candidate=run.candidate.name,
        kind=flows.kind.name,
        unit=flows.kind.unit,
        granted=whole(flows.granted),
        bought=whole(flows.bought),
        overage=whole(flows.overage),
        used=whole(flows.used),
        forfeited=whole(flows.forfeited),
        in_hand=whole(flows.in_hand_at_last),
        expired=whole(np.broadcast_to(flows.expired, len(flows.closing))),
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
