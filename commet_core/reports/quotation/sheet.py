"""The schedules of a quote as one table, for CSV."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from commet_core.foundation.arrow import amount_type
from commet_core.reports.quotation.quotation import Quotation

PARTS: Final = ("base", "discount", "usage", "bought", "held", "add_ons", "commitment", "total")
"""What of a `Due` is in columns of its own."""


def schedule_table(worked_out: Quotation) -> pa.Table:
    """A row per plan and day on which something is due; amounts in the currency."""
    rows = [
        {
            "quote": worked_out.quote.number,
            "revision": worked_out.quote.revision,
            "plan": bill.candidate.name,
            "due_on": due.day,
            "base": due.base,
            "discount": due.discount,
            "usage": due.usage,
            "bought": due.bought,
            "held": due.held,
            "add_ons": due.add_ons,
            "commitment": due.commitment,
            "total": due.total,
            "currency": worked_out.currency.upper(),
        }
        for bill in worked_out.bills
        for due in bill.schedule
    ]
    amount = amount_type(worked_out.currency)
    amounts = [(name, amount) for name in PARTS]
    schema = [("quote", pa.string()), ("revision", pa.int64()), ("plan", pa.string()), ("due_on", pa.date32()), *amounts]
    return pa.Table.from_pylist(rows, pa.schema([*schema, ("currency", pa.string())]))
