"""Revenue by month: candidates against each other, or each split into its parts."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain

import pandas as pd
import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import part_name
from commet_core.reports.compare import Summary
from commet_core.reports.compare.chart_titles import Seen, month_title, parts_title
from commet_core.reports.compare.earned import Earned, earned_parts_by_month
from commet_core.reports.compare.plan_words import changes_within
from pages.comparison import figures
from pages.comparison.models import models_of
from pages.comparison.opened_figure import fresh, open_bar
from pages.shared.charts import revenue as revenue_charts
from pages.shared.glossary import meaning
from pages.shared.kept import by_content
from pages.shared.palette import in_rows, palette, show
from pages.shared.tables import escaped, frame_of, money_column

CLOSING_CAPTION = "Closing invoices are issued only as the window ends: usage did not rise there."
BILLED_CAPTION = f"By month of issue; a bar or a point opens. {CLOSING_CAPTION}"
TOLD_BILLED_CAPTION = f"By month of issue, each line at the rate of its invoice's day. {CLOSING_CAPTION}"
TOLD_EARNED_CAPTION = "What is earned of a line comes at the rate of its invoice's day."


def revenue(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None) -> None:
    """Revenue by month, candidates against each other or each split into its parts. earned: where that is asked for."""
    view = st.segmented_control(
        "Revenue by month",
        ["By part", "By candidate"],
        default="By part",
        required=True,
        key="compare_revenue_view",
        label_visibility="collapsed",
    )
    word: Seen = "billed" if earned is None else "earned"
    table = _months(replayed, word)
    if view == "By candidate":
        _lines(replayed, table, word)
    else:
        highest = revenue_charts.highest_month(table)
        for place, summary in enumerate(in_rows(summaries)):
            _parts(replayed, summary, table, highest, place, word)
    if word == "billed":
        st.caption(TOLD_BILLED_CAPTION if replayed.in_markets else BILLED_CAPTION, help=meaning("closing invoice"))
    elif replayed.in_markets:
        st.caption(TOLD_EARNED_CAPTION)
    with st.expander("The figures as a table"):
        _month_table(replayed, [(one.name, one.billed) for one in summaries] if earned is None else _totals(earned), word)


def _totals(earned: list[Earned]) -> list[tuple[str, Decimal]]:
    return [(one.name, one.earned) for one in earned]


def _lines(replayed: Replay, table: pa.Table, word: Seen) -> None:
    st.markdown(f"**{escaped(month_title(table, word))}**")
    figure = revenue_charts.revenue_by_month(table, models_of(replayed), palette(), replayed.currency, _changes(replayed))
    alt, key = f"{word.capitalize()} in each calendar month, a line per candidate", fresh(f"compare_months_{word}")
    show(figure, alt, key=key, on_select=(lambda: open_bar(key)) if _opens(replayed, word) else None)


def _opens(replayed: Replay, word: str) -> bool:
    """Whether a month opens to its customers: to their invoices, of one currency."""
    return word == "billed" and not replayed.in_markets


def _changes(replayed: Replay) -> tuple[revenue_charts.Change, ...]:
    return tuple(chain.from_iterable(changes_within(replayed).values()))


def _parts(replayed: Replay, summary: Summary, table: pa.Table, highest: float, place: int, word: Seen) -> None:
    key = fresh(f"compare_parts_{word}_{place}")
    st.markdown(f"**{escaped(parts_title(table, summary.name, word))}**")
    changes = changes_within(replayed)[summary.name]
    figure = revenue_charts.parts_of_revenue(table, summary.name, summary.model, palette(), replayed.currency, highest, changes)
    alt = f"{summary.name}: {word} in each calendar month, by part"
    show(figure, alt, key=key, on_select=(lambda: open_bar(key)) if _opens(replayed, word) else None)


def _months(replayed: Replay, word: Seen) -> pa.Table:
    """What is billed or earned in each month, by part."""
    return figures.revenue_by_month(replayed) if word == "billed" else earned_parts_by_month(figures.earned_by_month(replayed))


@by_content()
def _by_part_and_month(replayed: Replay, word: Seen) -> pd.DataFrame:
    """A row per candidate and part, a column per month, then all of them."""
    frame = frame_of(_months(replayed, word))
    frame["part"] = frame["part"].map(part_name)
    wide = frame.pivot_table(index=["candidate", "part"], columns="month", values="amount", aggfunc="sum", sort=False)
    wide = wide[wide.any(axis=1)]
    wide["total"] = wide.sum(axis=1)
    wide.columns = [str(name) if name == "total" else f"{name:%b %Y}" for name in wide.columns]
    return wide.reset_index()


def _month_table(replayed: Replay, totals: list[tuple[str, Decimal]], word: Seen) -> None:
    """Candidates by month, with the sum of each candidate. totals: candidates and those sums."""
    wide = _by_part_and_month(replayed, word)
    config = {
        name: money_column(name if name != "total" else "In all", replayed.currency)
        for name in wide.columns.drop(["candidate", "part"])
    }
    config |= {"candidate": st.column_config.TextColumn("Candidate"), "part": st.column_config.TextColumn("Part")}
    st.dataframe(wide, hide_index=True, column_config=config, alt=f"{word.capitalize()} by candidate, part and month")
    sums = "; ".join(f"{name} {format_amount(amount, replayed.currency)}" for name, amount in totals)
    st.caption(escaped(f"In all: {sums}."))
