"""Columns of result tables: exact numbers, times and names as Arrow arrays, without a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.engine.run import Run
from commet_core.foundation.arrow import PRICE_TYPE, TIME, UNIT_TYPE, _zeros, decimals, nulls
from commet_core.rating.models import stock_kinds
from commet_core.rating.stocks import Unit

STOCK_TYPES: Mapping[Unit, pa.DataType] = {"credits": UNIT_TYPE, "money": PRICE_TYPE}

REQUIRED: Final = frozenset(
    [
        "candidate",
        "customer_id",
        "period_index",
        "period_start",
        "period_end",
        "closed_early",
        "state",
        "billed",
        "plan_base",
        "discount",
        "overage",
        "purchases",
        "credit",
        "events",
        "served_events",
        "blocked_events",
        "blocked_allowance_events",
        "blocked_not_in_plan_events",
        "blocked_paused_events",
        "blocked_not_subscribed_events",
        "demanded",
        "served",
        "blocked",
        "invoice_number",
        "line_number",
        "issued_at",
        "total",
        "carried_in",
        "amount_due",
        "quantity",
        "unit_price",
        "earned",
        "outstanding_opening",
        "outstanding_closing",
        "forfeited_value",
        "earned_base",
        "earned_overage",
        "earned_packs",
        "earned_top_ups",
        "outstanding_base",
        "outstanding_credits",
        "outstanding_top_ups",
    ]
)
"""Columns that have an entry in every row of every table: files say so, and take a fifth less time to write."""


def keyed_table(run: Run, customer_rows: np.ndarray, columns: dict[str, pa.Array]) -> pa.Table:
    """A table that begins with the candidate and the customer; `customer_rows` index the timeline's customers."""
    codes = run.timeline.customers.astype(np.int32)[customer_rows]
    ids = _coded(pa.array(codes), run.usage.customers)
    columns = {"candidate": _constant(run.candidate.name, len(customer_rows)), "customer_id": ids, **columns}
    fields = [pa.field(name, column.type, name not in REQUIRED) for name, column in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def amounts(run: Run, minor: np.ndarray) -> pa.Array:
    return decimals(run.in_tables(minor), run.amount_type)


def stock_column(run: Run, stock: str, flow: str) -> pa.Array:
    """A flow of one of the run's stocks, given by their names, one entry per segment; null where it has no such stock."""
    count = run.timeline.segment_count
    for flows in run.flows:
        if flows.kind.name == stock:
            return decimals(np.broadcast_to(getattr(flows, flow), count), STOCK_TYPES[flows.kind.unit])
    kind = next(kind for kind in stock_kinds() if kind.name == stock)
    return nulls(count, STOCK_TYPES[kind.unit])


def times(micros: np.ndarray, absent: np.ndarray | None = None) -> pa.Array:
    return pa.array(micros, pa.int64(), mask=absent).cast(TIME)


def plans(run: Run, stages: np.ndarray) -> pa.Array:
    """The plans of stages, given by their places; null before a subscription's start."""
    codes = sorted({stage.plan for stage in run.stages if stage.plan is not None})
    places = np.array([codes.index(stage.plan) if stage.plan is not None else -1 for stage in run.stages])
    found = np.full(len(stages), places[0]) if len(places) == 1 else places[stages]
    return named(found, tuple(codes), absent=found < 0 if (places < 0).any() else None)


def _constant(name: str, count: int) -> pa.Array:
    codes = pa.Array.from_buffers(pa.int32(), count, [None, _zeros(4 * count)])
    return _coded(codes, pa.array([name], pa.string()))


def named(codes: np.ndarray, names: tuple[str, ...], absent: np.ndarray | None = None) -> pa.Array:
    return _coded(pa.array(codes.astype(np.int32), mask=absent), pa.array(names, pa.string()))


def _coded(codes: pa.Array, names: pa.Array) -> pa.Array:
    """Texts by their place in `names`; the places are our own and are not looked over once more."""
    return pa.DictionaryArray.from_arrays(codes, names, safe=False)
