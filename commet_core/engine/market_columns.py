"""What currencies and markets add to results (billing-rules 15.6, interfaces.md)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.engine.run import Run
from commet_core.engine.table_columns import named
from commet_core.engine.told import told_customers, told_invoices, told_lines, told_segments
from commet_core.foundation.arrow import amount_type, decimals


def customer_markets(run: Run) -> dict[str, pa.Array]:
    """One entry per customer: its market, null where it has none, its currency, and its bills in the reporting currency."""
    return _markets(run, run.customer_count) | {"reporting_billed": _told(run, told_customers(run))}


def period_markets(run: Run) -> dict[str, pa.Array]:
    return _markets(run, run.timeline.segment_count) | {"reporting_billed": _told(run, told_segments(run))}


def invoice_currencies(run: Run) -> dict[str, pa.Array]:
    count = len(run.bill.invoices.totals)
    return {"currency": _all(run.currency, count), "reporting_total": _told(run, told_invoices(run))}


def line_amounts(run: Run) -> dict[str, pa.Array]:
    return {"reporting_amount": _told(run, told_lines(run))}


def _markets(run: Run, count: int) -> dict[str, pa.Array]:
    return {"market": _all(run.market or "", count), "currency": _all(run.currency, count)}


def _all(name: str, count: int) -> pa.Array:
    """The same text `count` times; null where it is empty."""
    return named(np.zeros(count, np.int64), (name,), absent=None if name else np.ones(count, bool))


def _told(run: Run, minor: np.ndarray) -> pa.Array:
    return decimals(minor, amount_type(run.currency if run.into_reporting is None else run.into_reporting.reporting))
