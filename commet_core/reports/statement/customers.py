"""The customers of a run: found by a part of their name, ranked by what they were billed, asked for or were refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.run import Run
from commet_core.foundation.arrow import amount_type, decimals

Order = Literal["billed", "events", "refused"]
ORDERS: tuple[Order, ...] = ("billed", "events", "refused")
"""What customers can be ranked by, largest first."""


@dataclass(frozen=True)
class FoundCustomers:
    """Customers that a search found: the first of them, largest first, and how many there are in all.

    `table`: customer_id, billed, events, refused_events.
    """

    table: pa.Table
    count: int


def find_customers(run: Run, order: Order = "billed", part: str = "", most: int = 500) -> FoundCustomers:
    """Customers whose id contains `part`, in any case, largest first by `order`; ties by id."""
    billed, events, refused = run.customer_billed, run.by_customer(run.segment_events), run.customer_blocked_events
    sizes = {"billed": billed, "events": events, "refused": refused}[order]
    ranked = np.argsort(-sizes, kind="stable")
    if part:
        names = run.usage.customers.take(pa.array(run.timeline.customers[ranked]))
        ranked = ranked[np.asarray(pc.match_substring(names, part, ignore_case=True))]
    shown = ranked[:most]
    return FoundCustomers(
        pa.table(
            {
                "customer_id": run.usage.customers.take(pa.array(run.timeline.customers[shown])),
                "billed": decimals(billed[shown], amount_type(run.currency)),
                "events": pa.array(events[shown]),
                "refused_events": pa.array(refused[shown]),
            }
        ),
        len(ranked),
    )


def customer_place(run: Run, customer_id: str) -> int | None:
    """Where a customer stands in the run's timeline; None where it has no usage in the window."""
    index = run.usage.customer_index(customer_id)
    row = int(np.searchsorted(run.timeline.customers, index))
    known = row < run.customer_count and run.timeline.customers[row] == index
    return row if known else None
