"""What stands behind a figure: the customers that it adds up from, and the invoice lines behind a customer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import PRICE_TYPE, TIME, UNIT_TYPE, amount_type, decimals
from commet_core.foundation.calendar import day_number, month_number
from commet_core.foundation.money import MICROS, decimal_places
from commet_core.foundation.vocabulary import INVOICE_KINDS, LINE_KINDS
from commet_core.reports.compare import LINE_PARTS, REVENUE_PARTS, line_months


def customers_behind(replayed: Replay, run: Run, *, month: date | None = None, only: np.ndarray | None = None) -> pa.Table:
    """One row per customer, the one billed most first: what it was billed, part by part, and what it was refused.

    Columns: customer_id, base, overage, packs, top_ups, billed, monthly_cost, events, blocked_events, first_blocked_at.
    month: amounts and customers of the invoices that count in that month. only: bool, one per customer of the timeline.
    """
    shown = np.ones(run.customer_count, bool) if only is None else only
    lines = run.bill.lines
    counted = np.ones(len(lines.amounts), bool) if month is None else line_months(replayed.window, run) == _number(month)
    customers = run.bill.invoices.customers[lines.invoices[counted]]
    amounts = np.zeros((run.customer_count, len(REVENUE_PARTS)), np.int64)
    np.add.at(amounts, (customers, LINE_PARTS[lines.kinds[counted]]), lines.amounts[counted])
    if month is not None:
        shown = shown & np.isin(np.arange(run.customer_count), customers)
    billed = amounts.sum(axis=1)
    rows = np.flatnonzero(shown)
    rows = rows[np.lexsort([rows, -billed[rows]])]
    kind = amount_type(run.currency)
    first_blocked_at, blocked = run.customer_first_blocked
    parts = {name.replace("-", "_"): decimals(amounts[rows, place], kind) for place, name in enumerate(REVENUE_PARTS)}
    return pa.table(
        {
            "customer_id": customer_ids(run, rows),
            **parts,
            "billed": decimals(billed[rows], kind),
            "monthly_cost": decimals((2 * monthly_costs(run)[rows] + MICROS) // (2 * MICROS), kind),
            "events": pa.array(run.by_customer(run.segment_events)[rows]),
            "blocked_events": pa.array(run.customer_blocked_events[rows]),
            "first_blocked_at": pa.array(first_blocked_at[rows], pa.int64(), mask=~blocked[rows]).cast(TIME),
        }
    )


def _number(month: date) -> int:
    return int(month_number(np.array([day_number(month)]))[0])


def customer_ids(run: Run, rows: np.ndarray) -> pa.Array:
    """The ids of customers, given by their places in the timeline."""
    return run.usage.customers.take(pa.array(run.timeline.customers[rows]))


def refused(run: Run) -> np.ndarray:
    """bool, one per customer of the timeline: whether it was refused something at least once."""
    return run.customer_blocked_events > 0


def lines_behind(replayed: Replay, run: Run, customer_id: str, month: date | None = None) -> pa.Table:
    """The invoice lines of a customer in order of time; with `month` those that count in it. No rows for a stranger.

    Columns: invoice_number, issued_at, invoice (its kind), kind, item, quantity, unit_price, amount.
    """
    lines, invoices = run.bill.lines, run.bill.invoices
    customer = int(np.searchsorted(run.timeline.customers, run.usage.customer_index(customer_id)))
    known = customer < run.customer_count and customer_ids(run, np.array([customer]))[0].as_py() == customer_id
    first, last = np.searchsorted(invoices.customers[lines.invoices], [customer, customer + 1]) if known else (0, 0)
    rows = np.arange(first, last)
    if month is not None:
        rows = rows[line_months(replayed.window, run)[rows] == _number(month)]
    on = lines.invoices[rows]
    return pa.table(
        {
            "invoice_number": pa.array(invoices.numbers[on]),
            "issued_at": pa.array(invoices.issued_at[on], pa.int64()).cast(TIME),
            "invoice": _names(INVOICE_KINDS, invoices.kinds[on]),
            "kind": _names(LINE_KINDS, lines.kinds[rows]),
            "item": _names(run.bill.items, lines.items[rows]),
            "quantity": decimals(lines.quantities[rows], UNIT_TYPE),
            "unit_price": decimals(lines.unit_prices[rows], PRICE_TYPE),
            "amount": decimals(lines.amounts[rows], amount_type(run.currency)),
        }
    )


def _names(names: tuple[str, ...], codes: np.ndarray) -> pa.Array:
    return pa.array([names[code] for code in codes.tolist()], pa.string())


def matching(table: pa.Table, search: str) -> pa.Table:
    """The rows whose customer_id contains a text, whatever its case; all of them where the text is empty."""
    wanted = search.strip()
    return table.filter(pc.match_substring(table["customer_id"], wanted, ignore_case=True)) if wanted else table


def total(table: pa.Table, column: str) -> Decimal:
    """The exact sum of a column of amounts; zero of an empty table."""
    return Decimal(pc.sum(table[column]).as_py() or 0)


def in_percent(table: pa.Table, column: str) -> pa.Table:
    """The table with a column of shares as percentages."""
    return table.set_column(table.column_names.index(column), column, pc.multiply(table[column], 100.0))


def places_used(table: pa.Table, column: str) -> int:
    """Decimal places that show every number of a column exactly."""
    return max((decimal_places(number) for number in table[column].to_pylist()), default=0)


def billed_by_customer(replayed: Replay) -> pa.Table:
    """What each customer is billed under every candidate: customer_id, billed_1, billed_2, … in the scenario's order.

    The customer that is billed most under any candidate comes first.
    """
    billed = np.stack([run.customer_billed for run in replayed.runs])
    rows = np.lexsort([np.arange(billed.shape[1]), -billed.max(axis=0)])
    kind = amount_type(replayed.currency)
    columns = {f"billed_{place}": decimals(own[rows], kind) for place, own in enumerate(billed, start=1)}
    return pa.table({"customer_id": customer_ids(replayed.runs[0], rows), **columns})
