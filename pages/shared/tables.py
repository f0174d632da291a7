"""Tables on a page: exact amounts shown with their currency, and downloads as CSV and Excel."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar

import pandas as pd
import pyarrow as pa
import streamlit as st

from commet_core.engine import tables
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.money import (
    decimal_places,
    format_amount,
    format_exact,
    format_minor,
    minor_decimals,
    plain,
    symbol,
)
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.wording import line_name
from commet_core.foundation.workbooks import to_excel

CSV = "text/csv"
PERCENT = "%.1f %%"
"""How a column of percentages is shown."""

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

K = TypeVar("K")


def money_column(label: str, currency: str, *, help: str | None = None) -> Any:  # noqa: A002
    """Column settings for amounts in a currency, shown with its decimals."""
    return st.column_config.NumberColumn(label, format=f"{symbol(currency)}%,.{minor_decimals(currency)}f", help=help)


def signed_column(label: str, currency: str, *, help: str | None = None) -> Any:  # noqa: A002
    """Column settings for differences, which may be below zero: the currency stands in the head, the sign at the figure."""
    return st.column_config.NumberColumn(f"{label}, {currency.upper()}", format=f"%,.{minor_decimals(currency)}f", help=help)


def price_column(label: str, currency: str, prices: Iterable[Decimal]) -> Any:
    """Column settings for prices, which are shown with every digit: as many decimals as the longest of them needs."""
    places = max([minor_decimals(currency), *map(decimal_places, prices)])
    return st.column_config.NumberColumn(label, format=f"{symbol(currency)}%,.{places}f")


def amount_cells(amounts: Sequence[Decimal | None], currency: str) -> list[str]:
    """A column of amounts as text, with the currency's decimals; nothing where there is none. Downloads have every digit."""
    return ["" if amount is None else format_amount(amount, currency) for amount in amounts]


def text_columns(names: Iterable[str], *, left: Collection[str]) -> dict[str, Any]:
    """Column settings for texts: figures to the right, the columns named in `left` to the left; the first stays in sight."""
    return {
        name: st.column_config.TextColumn(alignment="left" if name in left else "right", pinned=place == 0)
        for place, name in enumerate(names)
    }


def text_table(
    columns: Mapping[str, Sequence[str]],
    *,
    left: Collection[str],
    in_sight: int | None = None,
    key: str | None = None,
    alt: str | None = None,
) -> None:
    """A table of texts, as `text_columns`. in_sight: rows; where there are more it scrolls."""
    height: int | Literal["auto"] = "auto"
    if in_sight is not None:
        height = min(in_sight, len(next(iter(columns.values())))) * 35 + 37
    config = text_columns(columns, left=left)
    st.dataframe(columns, hide_index=True, column_config=config, height=height, key=key, alt=alt)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table for `st.dataframe`: decimals as numbers to be shown with a fixed number of places, dictionaries as text."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        columns[name] = _shown(column).to_pandas()
    return pd.DataFrame(columns)


def _shown(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A decimal as the number that is nearest, which only its digits lead to; a dictionary as text."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(pa.string()).cast(pa.float64())
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column


def csv_button(label: str, table: Callable[[], pa.Table], file: str, *, key: str, help: str | None = None) -> None:  # noqa: A002
    """A table as CSV, made only when asked for."""
    st.download_button(label, lambda: to_csv(table()), file, CSV, key=key, on_click="ignore", help=help)


def downloads(name: str, sheets: Callable[[], Mapping[str, pa.Table]], *, key: str) -> None:
    """Two buttons: the first of the tables as CSV, all of them as an Excel file. Made only when asked for.

    `name`: the file's name without its ending. `sheets` is called on a click.
    """
    with st.container(horizontal=True):
        csv_button("Download CSV", lambda: next(iter(sheets().values())), f"{name}.csv", key=f"{key}_csv")
        st.download_button(
            "Download Excel", lambda: to_excel(sheets()), f"{name}.xlsx", EXCEL, key=f"{key}_excel", on_click="ignore"
        )


_JOINED = re.compile(
    r"(?<=:)(?=[^\s\d]|1234:|100:)|(?<=\D:)(?=\d)|(?<=@)(?=\S)|(?<=www)(?=\.)|(?<=[-<>~=])(?=[-<>=])", re.IGNORECASE
)
_NUMBERED = re.compile(r"^(\s*\d+)(?=\.)", re.MULTILINE)
"""Where a page would make a link, an emoji, an arrow or a list of a text, whether or not it is escaped."""

_BEGUN = re.compile(r"^(?=\s*(?:[#>+-]|\d+[.)]))|(?<=&)(?=#?\w+;)", re.MULTILINE)
"""Where a page would make a heading, a list, a quotation or another letter of a text that is not escaped."""


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: in everything that a page says, and in the labels and options of widgets.

    An invisible word joiner stands where nothing else keeps `www.a.b`, `a@b.c`, `:key:` or `->` from being replaced.
    """
    joined = _NUMBERED.sub("\\1\u2060", _JOINED.sub("\u2060", text))
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-!|$~:&" else letter for letter in joined)


def label(text: str) -> str:
    """A name in the label of a widget, which screen readers read as it is written: as `escaped`, only where it would be mark-up."""
    joined = _BEGUN.sub("\u2060", _JOINED.sub("\u2060", text))
    return "".join(f"\\{letter}" if letter in "\\`*_[]<$~" else letter for letter in joined)


def distinct(labels: Mapping[K, str]) -> dict[K, str]:
    """Labels of codes, told apart by the code where two are alike: a widget knows its options by their labels."""
    shown = list(labels.values())
    return {code: label if shown.count(label) == 1 else f"{label} · {code}" for code, label in labels.items()}


def prose(text: str) -> str:
    """A sentence of the core as Markdown: what stands between backticks as code, everything else as it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "".join(f"`{part}`" if place % 2 and part else escaped(part) for place, part in enumerate(parts))


def invoice_lines(replayed: Replay, run: Run) -> None:
    """The lines of a quote and their sum, as a small list."""
    currency = replayed.currency
    rows = []
    for line in tables.invoice_lines(run).to_pylist():
        price = format_exact(line["unit_price"], currency)
        rows.append(
            f"| {plain(line['quantity'])} × {price} {line_name(line['kind'])} | {format_amount(line['amount'], currency)} |"
        )
    total = format_minor(int(run.customer_billed.sum()), currency)
    st.markdown(
        "\n".join(["| Invoice line | Amount |", "| :-- | --: |", *map(dollars, rows), dollars(f"| **In all** | **{total}** |")])
    )


def dollars(text: str) -> str:
    """Markdown with dollar signs that do not begin a formula."""
    return text.replace("$", "\\$")
