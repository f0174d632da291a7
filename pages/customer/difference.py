"""The Customers page's difference: what the actions that are tried change for this customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import day_words, span_words
from commet_core.foundation.money import format_amount, plain
from commet_core.foundation.wording import invoice_name, quantity
from commet_core.reports.statement import Statement, totals
from commet_core.reports.statement.difference import (
    Difference,
    billed_by_month,
    difference,
    invoices_changed,
    served_by_feature,
)
from commet_core.reports.statement.words import feature_name, feature_of
from commet_core.scenario.subscriptions import SubscriptionRow
from pages.customer.cells import unbroken
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.tables import dollars, escaped

SIDE_WORDS = {"before": "only without them", "after": "only with them"}
ROW_PIXELS = 35
ROWS_SHOWN = 12


def section(statement: Statement) -> None:
    """The difference, where an action is in effect for this customer under this candidate."""
    tried = set(studies.current().actions)
    rows = [row for row in statement.replayed.scenario.subscriptions if row.customer_id == statement.customer_id]
    if not any(row in tried and row.candidate in ("", statement.run.candidate.name) for row in rows):
        return
    without = [row for row in rows if row not in tried]
    try:
        found = difference(statement.replayed, statement.run.candidate.name, statement.customer_id, without)
    except InputError as error:
        show_problems(error, "The difference cannot be told.")
        return
    st.markdown("**The difference that they make**")
    _headline(found)
    st.caption(escaped(_relative(statement, without)))
    months, features, invoices = st.tabs(["Billed by month", "Served by feature", "Invoices that changed"])
    with months:
        _months(found)
    with features:
        _features(found)
    with invoices:
        _invoices(found)


def _relative(statement: Statement, without: list[SubscriptionRow]) -> str:
    as_in = ", and with what the subscriptions file says of it" if without else ""
    others = _others(statement, without)
    return (
        f"Against the same customer under {statement.run.candidate.name} without the actions that are tried here{as_in}; all "
        f"invoices of the window count.{others}"
    )


def _others(statement: Statement, without: list[SubscriptionRow]) -> str:
    """The difference under the other candidates, for which some of the actions are in effect."""
    currency, words = statement.currency, []
    for run in statement.replayed.runs:
        name = run.candidate.name
        if name != statement.run.candidate.name and _concerned(statement, name):
            found = difference(statement.replayed, name, statement.customer_id, without)
            words.append(f"{name} {signed_amount(found.billed, currency)}")
    return f" Under the other candidates: {', '.join(words)}." if words else ""


def _concerned(statement: Statement, candidate: str) -> bool:
    actions = studies.current().actions
    return any(row.customer_id == statement.customer_id and row.candidate in ("", candidate) for row in actions)


def signed_amount(amount: Decimal, currency: str) -> str:
    """An amount with its sign: what comes to more has a plus."""
    return f"+{format_amount(amount, currency)}" if amount > 0 else format_amount(amount, currency)


def _signed(number: Decimal) -> str:
    return f"+{plain(number)}" if number > 0 else plain(number)


def _headline(found: Difference) -> None:
    before, after, currency = totals(found.before), totals(found.after), found.after.currency
    rows = "Rows" if found.after.replayed.scenario.rows == "aggregate" else "Events"
    tiles = (
        (
            f"Billed, {currency.upper()}",
            format_amount(after.billed, currency),
            _change(signed_amount(found.billed, currency), format_amount(before.billed, currency), changed=found.billed != 0),
        ),
        (
            f"{rows} served",
            f"{after.events - after.refused_events:,}",
            _change(
                f"{found.served_events:+,}", f"{before.events - before.refused_events:,}", changed=found.served_events != 0
            ),
        ),
        (
            f"{rows} refused",
            f"{after.refused_events:,}",
            _change(f"{found.refused_events:+,}", f"{before.refused_events:,}", changed=found.refused_events != 0),
        ),
    )
    for column, (label, words, change) in zip(st.columns(len(tiles)), tiles, strict=True):
        column.metric(label, words, change, delta_color="off", delta_arrow="off", border=True)


def _change(difference_words: str, before: str, *, changed: bool) -> str:
    return f"{difference_words} from {before}" if changed else "the same without them"


def _table(head: list[str], rows: list[list[str]]) -> None:
    """A Markdown table: words at the left, the other columns figures."""
    rule = "| " + " | ".join([":--", *["--:"] * (len(head) - 1)]) + " |"
    st.markdown("\n".join([f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)]))


def _money(amount: Decimal, currency: str, *, sign: bool = False) -> str:
    return dollars(signed_amount(amount, currency) if sign else format_amount(amount, currency))


def _months(found: Difference) -> None:
    currency = found.after.currency
    head = [f"Month of issue, {currency.upper()}", "Without them", "With them", "Difference"]
    rows = [
        [
            unbroken(f"{row['month']:%b %Y}"),
            _money(row["before"], currency),
            _money(row["after"], currency),
            _money(row["difference"], currency, sign=True),
        ]
        for row in billed_by_month(found).to_pylist()
    ]
    _table(head, rows)


def _features(found: Difference) -> None:
    rows = [_feature(found.after, row) for row in served_by_feature(found).to_pylist()]
    if rows:
        _frame(rows, {"Feature", "Asked for"}, "What was served of each feature without the actions and with them")
    else:
        st.caption("This customer asked for nothing in the window.")


def _feature(statement: Statement, row: dict[str, Any]) -> dict[str, str]:
    return {
        "Feature": feature_name(statement, row["feature"]),
        "Asked for": quantity(row["asked"], feature_of(statement, row["feature"]).unit),
        "Served without": plain(row["before"]),
        "Served with": plain(row["after"]),
        "Difference": _signed(row["difference"]),
        "Refused with": plain(row["refused"]),
    }


def _invoices(found: Difference) -> None:
    rows = [_invoice(row, found.after.currency) for row in invoices_changed(found).to_pylist()]
    if rows:
        _frame(
            rows,
            {"Invoice", "Issued", "For", "There is one"},
            "Invoices that there are only without the actions, or only with them",
        )
    else:
        st.caption("None: every invoice is the same with and without them.")


def _invoice(row: dict[str, Any], currency: str) -> dict[str, str]:
    return {
        "Issued": day_words(row["issued_at"]),
        "Invoice": invoice_name(row["kind"]),
        "Total": format_amount(row["total"], currency),
        "There is one": SIDE_WORDS[row["side"]],
        "For": "–" if row["period_start"] is None else span_words(row["period_start"], row["period_end"]),
    }


def _frame(rows: list[dict[str, str]], words: set[str], alt: str) -> None:
    """A table that scrolls by itself; figures as they are, at the right."""
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=ROW_PIXELS * (min(len(rows), ROWS_SHOWN) + 1) + 3,
        column_config={
            column: st.column_config.TextColumn(alignment="left" if column in words else "right") for column in rows[0]
        },
        alt=alt,
    )
