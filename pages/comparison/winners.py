"""Who pays less, the same or more than under the baseline, and who was refused."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount
from commet_core.foundation.vocabulary import PRICE_CHANGES, PriceChange
from commet_core.foundation.wording import counted, price_change_name
from commet_core.reports.compare import Side, Summary, on_side, price_changes
from commet_core.reports.compare.behind import in_percent, total
from pages.comparison import figures
from pages.comparison.customer_list import customer_list, one_of, search_box
from pages.comparison.opened_figure import fresh, open_bin
from pages.shared.charts import customers as customer_charts
from pages.shared.links import page_link
from pages.shared.palette import palette, show
from pages.shared.tables import PERCENT, escaped, label, money_column, signed_column

GROUP_HELP: dict[PriceChange, str] = {
    "less_served": "They pay less than under the baseline, and are refused nothing.",
    "less_refused": "They pay less, and were refused part of what they asked for: they have not won.",
}


def winners(replayed: Replay, summaries: list[Summary]) -> None:
    """Who pays more and who pays less than under the baseline."""
    baseline = summaries[replayed.scenario.baseline_index()]
    others = [summary for summary in summaries if summary is not baseline]
    if not others:
        st.info("There is one candidate. Add a second one to see who would pay more and who less.")
        page_link("pages/plans.py", "Add a candidate on the Plans page")
        return
    names = [summary.name for summary in others]
    name = one_of(f"Against {label(baseline.name)}", names, "compare_challenger")
    challenger = next(summary for summary in others if summary.name == name)
    _counts(replayed, challenger, baseline)
    st.markdown(f"**{escaped(figures.differences_title(replayed, name))}**")
    key = fresh("compare_differences")
    figure = customer_charts.difference_histogram(figures.differences_spread(replayed), name, palette(), replayed.currency)
    show(
        figure,
        f"Customers by how much more or less they pay under {name}",
        key=key,
        on_select=lambda: open_bin(key, "difference"),
    )
    st.caption("Hatched: refused usage. A bar opens to its customers.")
    _difference_table(replayed, challenger, baseline)


def _counts(replayed: Replay, challenger: Summary, baseline: Summary) -> None:
    """The four groups, which add up to all customers, and the sum that ties them to the difference in revenue."""
    found, currency = price_changes(replayed, replayed.run(challenger.name)), replayed.currency
    for column, group in zip(st.columns(len(PRICE_CHANGES)), PRICE_CHANGES, strict=True):
        column.metric(
            price_change_name(group),
            counted(found.counts[group], "customer"),
            delta=_amount_in_words(group, format_amount(found.amounts[group], currency)),
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=GROUP_HELP.get(group),
        )
    added, saved, difference = (format_amount(amount, currency) for amount in (found.added, found.saved, found.difference))
    billed = [f"{summary.name}'s {format_amount(summary.billed, currency)}" for summary in (challenger, baseline)]
    st.caption(
        escaped(
            f"Over the window: {added} more, minus {saved} less, is {difference}; that is {billed[0]} minus {billed[1]} billed."
        )
    )


def _amount_in_words(group: PriceChange, amount: str) -> str:
    return "no difference" if group == "same" else f"{amount} {'more' if group == 'more' else 'less'} in all"


def _difference_table(replayed: Replay, challenger: Summary, baseline: Summary) -> None:
    sides: list[Side] = [*PRICE_CHANGES, "all"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        side = st.segmented_control(
            "Customers",
            sides,
            default="more",
            format_func=lambda side: "All" if side == "all" else price_change_name(side),
            required=True,
            key="compare_side",
        )
        search = search_box("compare_difference_search", width=280)
    table, currency = figures.differences(replayed, challenger.name), replayed.currency
    names = pa.array([price_change_name(group) for group in table["group"].to_pylist()], pa.string())
    named = table.append_column("fares", names)
    found, count = customer_list(
        in_percent(on_side(named, side), "change"),
        {
            "fares": st.column_config.TextColumn("Group"),
            "baseline": money_column(baseline.name, currency),
            "candidate": money_column(challenger.name, currency),
            "difference": signed_column(
                "Difference", currency, help="Above zero the customer pays more than under the baseline."
            ),
            "change": st.column_config.NumberColumn("Change", format=PERCENT, help="Empty where the baseline bills nothing."),
            "blocked_events": st.column_config.NumberColumn(f"Refused under {challenger.name}", format="%,d"),
        },
        search,
        key=f"compare_difference_table_{side}",
        candidate=challenger.name,
        alt="Customers by the difference from the baseline, the largest first",
        of=table.num_rows,
    )
    difference = format_amount(total(found, "difference"), currency)
    st.caption(escaped(f"{count}, together {difference} over the window."))
