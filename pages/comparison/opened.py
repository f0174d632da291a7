"""A figure opened: the customers it adds up from, the invoice lines of one of them, and the way to its replay."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import month_words
from commet_core.foundation.money import format_amount, format_exact
from commet_core.foundation.wording import counted, invoice_name, line_name
from commet_core.reports.compare import MODEL_PARTS, Summary, months_of
from commet_core.reports.compare.behind import lines_behind, matching, places_used, total
from commet_core.reports.compare.sum_words import month_in_words, sum_in_words
from pages.comparison import figures
from pages.comparison.customer_list import ROWS_SHOWN, customer_table, search_box
from pages.comparison.opened_figure import OPENED, OPENINGS, Opened
from pages.shared.charts.customers import bin_label, difference_label
from pages.shared.links import page_link
from pages.shared.tables import dollars, escaped, frame_of, money_column, signed_column

WINDOW = "The whole window"


def dialog(replayed: Replay, summaries: list[Summary]) -> None:
    """Shows the figure that was just opened, if one was and it is still there."""
    opened: Opened | None = st.session_state.pop(OPENED, None)
    if opened is None or opened.candidate not in {summary.name for summary in summaries}:
        return
    key = f"opened_{st.session_state[OPENINGS]}"
    st.dialog("Behind the figure", width="large")(_content)(replayed, summaries, opened, key)


def explorer(replayed: Replay, summaries: list[Summary]) -> None:
    """The same without a click on a chart: choose a candidate and a month."""
    with st.container(horizontal=True):
        candidate = st.selectbox("Candidate", [summary.name for summary in summaries], key="explorer_candidate", width=280)
        month = st.selectbox(
            "Invoices of",
            [None, *months_of(replayed.window)],
            key="explorer_month",
            width=280,
            format_func=lambda month: month_words(month) if month is not None else WINDOW,
        )
    _content(replayed, summaries, Opened(candidate, month=month), "explorer")


def _content(replayed: Replay, summaries: list[Summary], opened: Opened, key: str) -> None:
    """Customers, with the sum that ties them to the figure, then the lines of one of them."""
    summary = next(summary for summary in summaries if summary.name == opened.candidate)
    table = figures.customers(replayed, opened.candidate, opened.month, opened.kind, opened.place)
    st.markdown(_title(replayed, opened, table))
    st.markdown(_tie_out(replayed, summary, opened, table))
    search = search_box(f"{key}_search", opened.customer)
    found = matching(table, search)
    customer = _customers(replayed, summary, opened, found, key)
    st.caption(_shown_in_words(replayed, table, found))
    if opened.customer and search == opened.customer and customer is None:
        customer = opened.customer
    if customer is not None:
        _lines(replayed, opened, customer)
    elif found.num_rows:
        st.caption("Choose a customer by the box at the left of its row to see its invoice lines.")


def _title(replayed: Replay, opened: Opened, table: pa.Table) -> str:
    currency, count = replayed.currency, table.num_rows
    customers = f"**{counted(count, 'customer')}**"
    baseline = escaped(replayed.baseline.candidate.name)
    match opened.kind:
        case "refused":
            which = "that were refused something at least once"
        case "cost":
            span = figures.bin_of(replayed, "cost", opened.place)
            which = f"that pay {bin_label(span, currency)} a month"
        case "difference":
            span = figures.bin_of(replayed, "difference", opened.place)
            which = f"that pay {difference_label(span, currency)} than under {baseline}"
            which = which.replace("the same than", "the same as")
        case _:
            which = f"with invoices that count in {month_words(opened.month)}" if opened.month is not None else "in the window"
    return dollars(f"{escaped(opened.candidate)}: {customers} {which}")


def _tie_out(replayed: Replay, summary: Summary, opened: Opened, table: pa.Table) -> str:
    """The sum of the customers' parts; of all customers also how it becomes the card's figures."""
    sums = {part: total(table, part.replace("-", "_")) for part in MODEL_PARTS[summary.model]}
    words = sum_in_words(sums, total(table, "billed"), replayed.currency)
    if opened.kind == "all" and opened.month is None:
        words += f"; {month_in_words(summary, replayed.window, replayed.currency)}"
        words += f". Refused: {summary.blocked_events:,} of {summary.events:,} events"
    return dollars(f"{words}.")


def _shown_in_words(replayed: Replay, table: pa.Table, found: pa.Table) -> str:
    amount = format_amount(total(found, "billed"), replayed.currency)
    if found.num_rows == 0:
        return "No customer matches. Clear the search to see all."
    count = (
        f"{found.num_rows:,} of {table.num_rows:,} customers"
        if found.num_rows < table.num_rows
        else counted(table.num_rows, "customer")
    )
    first = f" The first {ROWS_SHOWN} are shown; search for the others or download them." if found.num_rows > ROWS_SHOWN else ""
    return dollars(f"{count}, together {amount} billed.{first}")


def _customers(replayed: Replay, summary: Summary, opened: Opened, table: pa.Table, key: str) -> str | None:
    """The table; returns the customer whose row is chosen, or the only one there is."""
    currency = replayed.currency
    parts = [part.replace("-", "_") for part in MODEL_PARTS[summary.model]]
    whole_window = [] if opened.month is not None else ["monthly_cost", "events"]
    refused = table.num_rows > table["first_blocked_at"].null_count
    whole_window += ["blocked_events", "first_blocked_at"] if whole_window and refused else []
    columns = {
        "base": money_column("Base", currency),
        "overage": money_column("Overage", currency),
        "packs": money_column("Packs", currency),
        "top_ups": money_column("Top-ups", currency),
        "billed": money_column("Billed", currency),
        "monthly_cost": money_column(
            "A month", currency, help="What the customer pays a month; the card's median is of these."
        ),
        "events": st.column_config.NumberColumn("Events", format="%,d"),
        "blocked_events": st.column_config.NumberColumn("Refused", format="%,d"),
        "first_blocked_at": st.column_config.DatetimeColumn("First refused (UTC)", format="D MMM YYYY, HH:mm", timezone="UTC"),
    }
    event = customer_table(
        table,
        {name: columns[name] for name in (*parts, "billed", *whole_window)},
        key=f"{key}_customers",
        on_select="rerun",
        alt="Customers behind the figure, the one billed most first",
    )
    ids = table["customer_id"].slice(0, ROWS_SHOWN).to_pylist()
    rows = [row for row in event["selection"]["rows"] if row < len(ids)]
    if rows:
        return str(ids[rows[0]])
    return str(ids[0]) if len(ids) == 1 else None


def _lines(replayed: Replay, opened: Opened, customer: str) -> None:
    currency = replayed.currency
    table = lines_behind(replayed, replayed.run(opened.candidate), customer, opened.month)
    st.markdown(
        f"**Invoice lines of {escaped(customer)}**" + (f", {month_words(opened.month)}" if opened.month is not None else "")
    )
    frame = frame_of(table.slice(0, ROWS_SHOWN))
    frame["kind"] = frame["kind"].map(line_name)
    frame["unit_price"] = [format_exact(price, currency) for price in table["unit_price"].slice(0, ROWS_SHOWN).to_pylist()]
    frame["invoice"] = frame["invoice"].map(invoice_name)
    st.dataframe(
        frame,
        hide_index=True,
        height=min(9, len(frame) + 1) * 35 + 2,
        column_config={
            "invoice_number": st.column_config.NumberColumn("Invoice", format="%d"),
            "issued_at": st.column_config.DatetimeColumn("Issued (UTC)", format="D MMM YYYY", timezone="UTC"),
            "invoice": "Kind of invoice",
            "kind": "Line",
            "item": "Item",
            "quantity": st.column_config.NumberColumn("Quantity", format=f"%,.{places_used(table, 'quantity')}f"),
            "unit_price": st.column_config.TextColumn("Unit price", alignment="right"),
            "amount": signed_column("Amount", currency),
        },
        alt="The customer's invoice lines in order of time",
    )
    more = f" The first {ROWS_SHOWN} are shown." if table.num_rows > ROWS_SHOWN else ""
    amount = format_amount(total(table, "amount"), currency)
    st.caption(dollars(f"{counted(table.num_rows, 'line')}, together {amount}: the customer's “Billed” above.{more}"))
    link = {"candidate": opened.candidate, "customer": customer}
    page_link("pages/customers.py", "Replay this customer event by event", **link)
