"""Tables on a page: exact amounts shown with their currency, and downloads as CSV and Excel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import pyarrow as pa
import streamlit as st

from commet_core.export import to_csv, to_excel
from commet_core.money import SYMBOLS, minor_decimals

CSV = "text/csv"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def symbol(currency: str) -> str:
    """What stands before an amount: `$`, or the code and a space."""
    return SYMBOLS.get(currency, currency.upper() + " ")


def money_column(label: str, currency: str, *, decimals: int | None = None, help: str | None = None) -> object:  # noqa: A002
    """Column settings for amounts in a currency."""
    places = minor_decimals(currency) if decimals is None else decimals
    return st.column_config.NumberColumn(label, format=f"{symbol(currency)}%,.{places}f", help=help)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table for `st.dataframe`: decimals as numbers to be shown with a fixed number of places, dictionaries as text."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        shown = kind.value_type if pa.types.is_dictionary(kind) else pa.float64() if pa.types.is_decimal(kind) else kind
        columns[name] = column.cast(shown).to_pandas()
    return pd.DataFrame(columns)


def downloads(name: str, tables: Callable[[], Mapping[str, pa.Table]], *, key: str) -> None:
    """Two buttons: the first of the tables as CSV, all of them as an Excel file. Made only when asked for.

    `name`: the file's name without its ending. `tables` is called on a click.
    """
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            lambda: to_csv(next(iter(tables().values()))),
            f"{name}.csv",
            CSV,
            key=f"{key}_csv",
            on_click="ignore",
        )
        st.download_button(
            "Download Excel", lambda: to_excel(tables()), f"{name}.xlsx", EXCEL, key=f"{key}_excel", on_click="ignore"
        )
