"""The schedules of a quote as one table, for CSV."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from commet_core.foundation.arrow import amount_type
from commet_core.reports.quotation.quotation import Quotation

PARTS: Final = ("base", "discount", "usage", "bought")
FURTHER_PARTS: Final = ("held", "add_ons", "commitment")
"""What of a `Due` is in columns of its own; of the further ones those that are due at all in the quote."""


def schedule_table(worked_out: Quotation) -> pa.Table:
    """A row per plan and day on which something is due; amounts in the currency."""
    dues = [(bill, due) for bill in worked_out.bills for due in bill.schedule]
    parts = [*PARTS, *(part for part in FURTHER_PARTS if any(getattr(due, part) for _, due in dues)), "total"]
    rows = [
        {
            "quote": worked_out.quote.number,
            "revision": worked_out.quote.revision,
            "plan": bill.candidate.name,
            "due_on": due.day,
            **{part: getattr(due, part) for part in parts},
            "currency": worked_out.currency.upper(),
        }
        for bill, due in dues
    ]
    amount = amount_type(worked_out.currency)
    schema = [("quote", pa.string()), ("revision", pa.int64()), ("plan", pa.string()), ("due_on", pa.date32())]
    amounts = [(part, amount) for part in parts]
    return pa.Table.from_pylist(rows, pa.schema([*schema, *amounts, ("currency", pa.string())]))
