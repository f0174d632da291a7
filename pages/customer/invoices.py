"""The Customers page's invoices: choose one, read its lines, see that everything adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from commet_core.foundation.formats import day_words, span_words
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import invoice_name, quantity
from commet_core.reports.statement import Statement, largest_invoice, tie_out
from commet_core.reports.statement.line_words import line_words
from pages.customer.cells import cell_text, file_name
from pages.shared.tables import dollars, downloads, signed_column

ROW_PIXELS = 35
ROWS_SHOWN = 9


def section(statement: Statement) -> None:
    st.header("Invoices", anchor=False)
    if statement.invoices.num_rows == 0:
        st.info("This customer has no invoices in the window: no price was charged, and nothing was bought.")
        return
    overview, detail = st.columns([1, 1], gap="medium")
    with overview:
        chosen = _choice(statement)
    with detail.container(border=True):
        _invoice(statement, chosen)
    _sums(statement)
    downloads(
        file_name("invoices", statement),
        lambda: {"invoice lines": statement.invoice_lines, "invoices": statement.invoices},
        key="replay_invoices",
    )


def _choice(statement: Statement) -> int:
    """The customer's invoices; returns the place of the one chosen, at first the largest."""
    rows = statement.invoices.to_pylist()
    shown = pd.DataFrame(
        {
            "number": [row["invoice_number"] for row in rows],
            "issued": [row["issued_at"].date() for row in rows],
            "kind": [invoice_name(row["kind"]) for row in rows],
            "total": [float(row["total"]) for row in rows],
        }
    )
    columns: dict[str, Any] = {
        "number": st.column_config.NumberColumn("No.", width="small"),
        "issued": st.column_config.DateColumn("Issued", format="D MMM YYYY"),
        "kind": "Kind",
        "total": signed_column("Total", statement.currency),
    }
    largest = largest_invoice(statement)
    event = st.dataframe(
        shown,
        hide_index=True,
        height=ROW_PIXELS * (min(len(rows), ROWS_SHOWN) + 1) + 3,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [largest]}},
        column_config=columns,
        key=f"replay_invoice_of_{statement.run.candidate.name}_{statement.customer_id}",
        alt="The customer's invoices; choose a row to see its lines",
    )
    selected = [row for row in event["selection"]["rows"] if row < len(rows)]
    return selected[0] if selected else largest


def _invoice(statement: Statement, chosen: int) -> None:
    invoice = statement.invoices.slice(chosen, 1).to_pylist()[0]
    currency, words = statement.currency, line_words(statement)
    st.markdown(f"**Invoice {invoice['invoice_number']}**, {invoice_name(invoice['kind'])}, {currency.upper()}")
    period = span_words(statement.there(invoice["period_start"]), statement.there(invoice["period_end"]))
    st.caption(f"Issued {day_words(statement.there(invoice['issued_at']))} for {period}.")
    rows = [
        f"| {cell_text(words[place])} | {dollars(format_amount(line['amount'], currency))} |"
        for place, line in enumerate(statement.invoice_lines.to_pylist())
        if line["invoice_number"] == invoice["invoice_number"]
    ]
    total = f"| **Total** | **{dollars(format_amount(invoice['total'], currency))}** |"
    st.markdown("\n".join(["| Line | Amount |", "| :-- | --: |", *rows, total]))


def _sums(statement: Statement) -> None:
    """Whether lines, invoices and the comparison's table of customers say the same."""
    sums, currency = tie_out(statement), statement.currency
    lines = quantity(Decimal(statement.invoice_lines.num_rows), "line")
    invoices = quantity(Decimal(statement.invoices.num_rows), "invoice")
    if sums.holds:
        each = format_amount(sums.billed, currency)
        st.success(dollars(f"{each} in {lines}, in {invoices} and on Compare."))
    else:
        words = (
            f"{lines}: {format_amount(sums.lines, currency)}. {invoices}: {format_amount(sums.invoices, currency)}. "
            f"Billed to this customer in the comparison: {format_amount(sums.billed, currency)}."
        )
        st.error(dollars(f"The sums differ, which is a fault of the simulator; please report it. {words}"))
