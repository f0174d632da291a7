"""A figure opened: the customers it adds up from, the invoice lines of one of them, and the way to its replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount, format_exact
from commet_core.foundation.wording import invoice_name, line_name
from commet_core.reports.compare import MODEL_PARTS, Summary, months_of
from commet_core.reports.compare.behind import lines_behind, matching, places_used, total
from commet_core.reports.compare.lesson import month_in_words, sum_in_words
from pages.comparison import figures
from pages.comparison.figures import Kind
from pages.shared.charts.customers import bin_label, difference_label
from pages.shared.links import page_link
from pages.shared.tables import dollars, escaped, frame_of, money_column

ROWS_SHOWN = 200
_OPENED = "compare_opened"
_OPENINGS = "compare_openings"
WINDOW = "The whole window"


@dataclass(frozen=True)
class Opened:
    """A figure: of which candidate, of which month (None: of the window), and of which customers.

    kind      all customers, the refused ones, or those of a bin of a histogram
    place     the bin
    customer  one customer; empty: all of the kind
    """

    candidate: str
    month: date | None = None
    kind: Kind = "all"
    place: int = 0
    customer: str = ""


def open_figure(opened: Opened) -> None:
    """To be called from a widget's callback: the figure opens in the rerun that follows."""
    st.session_state[_OPENED] = opened
    st.session_state[_OPENINGS] = st.session_state.get(_OPENINGS, 0) + 1


def fresh(key: str) -> str:
    """A key for a chart or table that opens figures: another one after every opening, so that nothing stays chosen."""
    return f"{key}_{st.session_state.get(_OPENINGS, 0)}"


def open_bar(key: str) -> None:
    """Opens the month of a bar or point that was chosen in a chart of revenue."""
    if (chosen := _chosen_point(key)) is not None:
        candidate, month = chosen
        open_figure(Opened(candidate, month=date.fromisoformat(month)))


def open_bin(key: str, kind: Kind) -> None:
    """Opens the bin of a bar that was chosen in a histogram."""
    if (chosen := _chosen_point(key)) is not None:
        candidate, place = chosen
        open_figure(Opened(candidate, kind=kind, place=int(place)))


def open_row(key: str, candidate: str, customer_ids: list[str]) -> None:
    """Opens the customer of a row that was chosen in a table."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        open_figure(Opened(candidate, customer=customer_ids[rows[0]]))


def _chosen_point(key: str) -> list[Any] | None:
    points = st.session_state[key]["selection"]["points"]
    return list(points[0]["customdata"]) if points else None


def dialog(replayed: Replay, summaries: list[Summary]) -> None:
    """Shows the figure that was just opened, if one was and it is still there."""
    opened: Opened | None = st.session_state.pop(_OPENED, None)
    if opened is None or opened.candidate not in {summary.name for summary in summaries}:
        return
    key = f"opened_{st.session_state[_OPENINGS]}"
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
            format_func=lambda month: f"{month:%B %Y}" if month is not None else WINDOW,
        )
    _content(replayed, summaries, Opened(candidate, month=month), "explorer")


def _content(replayed: Replay, summaries: list[Summary], opened: Opened, key: str) -> None:
    """Customers, with the sum that ties them to the figure, then the lines of one of them."""
    summary = next(summary for summary in summaries if summary.name == opened.candidate)
    table = figures.customers(replayed, opened.candidate, opened.month, opened.kind, opened.place)
    st.markdown(_title(replayed, opened, table))
    st.markdown(_tie_out(replayed, summary, opened, table))
    search = st.text_input(
        "Find a customer",
        opened.customer,
        key=f"{key}_search",
        placeholder="part of the customer's id",
    )
    found = matching(table, search)
    shown = found.slice(0, ROWS_SHOWN)
    customer = _customers(replayed, summary, opened, shown, key)
    st.caption(_shown_in_words(replayed, table, found))
    if opened.customer and search == opened.customer and customer is None:
        customer = opened.customer
    if customer is not None:
        _lines(replayed, opened, customer)
    elif shown.num_rows:
        st.caption("Choose a customer by the box at the left of its row to see its invoice lines.")


def _title(replayed: Replay, opened: Opened, table: pa.Table) -> str:
    currency, count = replayed.currency, table.num_rows
    customers = f"**{count:,} customer{'' if count == 1 else 's'}**"
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
            which = f"with invoices that count in {opened.month:%B %Y}" if opened.month is not None else "in the window"
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
    """What the table shows of what there is."""
    amount = format_amount(total(found, "billed"), replayed.currency)
    if found.num_rows == 0:
        return "No customer matches. Clear the search to see all."
    count = (
        f"{found.num_rows:,} of {table.num_rows:,} customers"
        if found.num_rows < table.num_rows
        else f"{table.num_rows:,} customers"
    )
    first = f" The first {ROWS_SHOWN} are shown; search for the others or download them." if found.num_rows > ROWS_SHOWN else ""
    return dollars(f"{count}, together {amount} billed.{first}")


def _customers(replayed: Replay, summary: Summary, opened: Opened, table: pa.Table, key: str) -> str | None:
    """The table; returns the customer whose row is chosen, or the only one there is."""
    currency = replayed.currency
    parts = [part.replace("-", "_") for part in MODEL_PARTS[summary.model]]
    whole_window = [] if opened.month is not None else ["monthly_cost", "events"]
    whole_window += ["blocked_events", "first_blocked_at"] if whole_window and summary.blocked_events else []
    event = st.dataframe(
        frame_of(table),
        hide_index=True,
        height=min(9, table.num_rows + 1) * 35 + 2,
        column_order=["customer_id", *parts, "billed", *whole_window],
        column_config={
            "customer_id": st.column_config.TextColumn("Customer", pinned=True),
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
            "first_blocked_at": st.column_config.DatetimeColumn(
                "First refused (UTC)", format="D MMM YYYY, HH:mm", timezone="UTC"
            ),
        },
        key=f"{key}_customers",
        on_select="rerun",
        selection_mode="single-row",
        alt="Customers behind the figure, the one billed most first",
    )
    ids = table["customer_id"].to_pylist()
    rows = [row for row in event["selection"]["rows"] if row < len(ids)]
    if rows:
        return str(ids[rows[0]])
    return str(ids[0]) if len(ids) == 1 else None


def _lines(replayed: Replay, opened: Opened, customer: str) -> None:
    """The invoice lines of a customer and their sum."""
    currency = replayed.currency
    table = lines_behind(replayed, replayed.run(opened.candidate), customer, opened.month)
    st.markdown(f"**Invoice lines of {escaped(customer)}**" + (f", {opened.month:%B %Y}" if opened.month is not None else ""))
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
            "amount": money_column("Amount", currency),
        },
        alt="The customer's invoice lines in order of time",
    )
    more = f" The first {ROWS_SHOWN} are shown." if table.num_rows > ROWS_SHOWN else ""
    amount = format_amount(total(table, "amount"), currency)
    st.caption(dollars(f"{table.num_rows:,} lines, together {amount}: the customer's “Billed” above.{more}"))
    link = {"candidate": opened.candidate, "customer": customer}
    page_link("pages/replay.py", "Replay this customer event by event", **link)
