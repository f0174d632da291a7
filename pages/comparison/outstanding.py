"""What customers have paid for and not had yet: a liability, month by month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import month_words
from commet_core.foundation.money import plain, rounded_to_sum
from commet_core.reports.compare.earned import Earned, outstanding_changes
from commet_core.reports.compare.earned_words import tie_in_words
from commet_core.reports.compare.plan_words import changes_within
from commet_core.reports.compare.section_titles import outstanding_title
from pages.comparison import figures
from pages.shared.charts import liability
from pages.shared.glossary import meaning
from pages.shared.palette import in_rows, palette, show
from pages.shared.tables import amount_cells, escaped, text_table

OWED: Final = (
    "What was billed and is not earned yet, at each month's end: base prices for days to come, purchased credits at the price paid "
    "for them, top-ups in hand. It is owed in service: a liability."
)
ADDS_UP: Final = (
    "In every row billed = earned + change in what is outstanding since the month before. A base price counts as billed when it is "
    "charged, a purchase when it is made, and an overage in the month in which its period ends. Credits in hand: purchased ones. Per "
    "customer and billing period: the table “accounts” of the downloads below."
)


def outstanding(replayed: Replay) -> None:
    """Outstanding at each month's end by what it is for, with what was billed and earned beside it."""
    found, table = figures.earned(replayed), figures.earned_by_month(replayed)
    _charts(replayed, found, table)
    for earned in found:
        st.markdown(f"**{escaped(earned.name)}**: {escaped(tie_in_words(earned, replayed.currency))}.")
    _table(replayed, found, table)


def _charts(replayed: Replay, found: list[Earned], table: pa.Table) -> None:
    """A chart per candidate that owes anything, all on one scale; the others in a sentence."""
    owing = [earned for earned in found if liability.owes(table, earned.name)]
    highest, changes = liability.highest(table), changes_within(replayed)
    for earned in in_rows(owing):
        title = outstanding_title(table, earned.name, replayed.currency)
        st.markdown(f"**{escaped(title)}**", help=OWED)
        figure = liability.outstanding_by_month(
            table, earned.name, earned.model, palette(), replayed.currency, highest, changes[earned.name]
        )
        show(figure, f"{earned.name}: outstanding at each month's end", key=f"compare_outstanding_{found.index(earned)}")
    clear = [earned.name for earned in found if earned not in owing]
    if clear:
        st.info(
            escaped(
                f"{', '.join(clear)}: nothing is outstanding at any month's end. Billing periods end with the month there, and "
                "nothing is bought that is used later."
            )
        )


def _table(replayed: Replay, found: list[Earned], table: pa.Table) -> None:
    """Month by month: billed = earned + change in outstanding."""
    currency = replayed.currency
    changes = outstanding_changes(table, found)
    sides = [
        rounded_to_sum(amounts, currency) for amounts in zip(table["earned"].to_pylist(), changes, strict=True)
    ]  # as they are written, they add up to what was billed
    columns: dict[str, list[Any]] = {
        "Candidate": table["candidate"].to_pylist(),
        "Month": [month_words(month) for month in table["month"].to_pylist()],
        "Billed": amount_cells(table["billed"].to_pylist(), currency),
        "Earned": amount_cells([earned for earned, _ in sides], currency),
        "Change": amount_cells([change for _, change in sides], currency),
        "Outstanding": amount_cells(table["outstanding"].to_pylist(), currency),
    }
    _add(columns, "Purchased credits", table["outstanding_credits"].to_pylist(), currency)
    in_hand: list[Decimal | None] = table["credits_outstanding"].to_pylist()
    if any(in_hand):
        columns["Credits in hand"] = ["" if credit is None else plain(credit) for credit in in_hand]
    _add(columns, "Top-ups", table["outstanding_top_ups"].to_pylist(), currency)
    _add(columns, "Base", table["outstanding_base"].to_pylist(), currency)
    _add(columns, "Forfeited", table["forfeited_value"].to_pylist(), currency)
    said = meaning("outstanding", "earned", "forfeited")
    st.markdown("**The figures, month by month**", help=f"{ADDS_UP}\n\n{said}")
    text_table(columns, left=("Candidate", "Month"), in_sight=12, alt="Billed, earned and outstanding by candidate and month")


def _add(columns: dict[str, list[Any]], label: str, amounts: list[Decimal], currency: str) -> None:
    """Adds a column, unless there is nothing in it."""
    if any(amounts):
        columns[label] = amount_cells(amounts, currency)
