"""The figures of a comparison, section by section; every one opens to the customers and lines behind it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount, plain
from commet_core.foundation.vocabulary import REFUSAL_REASONS
from commet_core.foundation.wording import capitalized, refusal_meaning, refusal_name
from commet_core.reports.compare import Side, Summary, on_side, winners_and_losers
from commet_core.reports.compare.behind import matching, places_used, total
from commet_core.reports.compare.blocked import BlockedFeature
from commet_core.reports.compare.earned import Earned, earned_parts_by_month
from commet_core.reports.compare.report import sheet_makers
from commet_core.reports.compare.stocks import Stock
from pages.comparison import figures
from pages.comparison.opened import ROWS_SHOWN, Opened, fresh, open_bar, open_bin, open_figure, open_row
from pages.shared.charts import customers as customer_charts
from pages.shared.charts import revenue as revenue_charts
from pages.shared.links import page_link
from pages.shared.palette import palette, show
from pages.shared.tables import CSV, EXCEL, escaped, frame_of, money_column

CHARTS_IN_ROW = 3
REVENUE_CAPTIONS = {
    "billed": "Choose a bar or a point to see the customers and invoice lines behind it. An invoice counts in the month of its issue.",
    "earned": "A month has its days of every base price, the purchased credits and top-ups that were used in it, and the overage of "
    "periods that end in it. What is billed and not earned yet stands under “Outstanding”.",
}
SIDES: dict[Side, str] = {"more": "Pay more", "less": "Pay less", "all": "All"}


def models_of(replayed: Replay) -> dict[str, str]:
    """Candidate → consumption model, in the scenario's order."""
    return {run.candidate.name: run.plan.consumption_model for run in replayed.runs}


# Revenue by month


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
    table = figures.revenue_by_month(replayed) if earned is None else earned_parts_by_month(figures.earned_by_month(replayed))
    word = "billed" if earned is None else "earned"
    if view == "By candidate":
        _lines(replayed, table, word)
    else:
        highest = revenue_charts.highest_month(table)
        for first in range(0, len(summaries), CHARTS_IN_ROW):
            columns = st.columns(min(len(summaries), CHARTS_IN_ROW))
            for place, summary in enumerate(summaries[first : first + CHARTS_IN_ROW], start=first):
                with columns[place - first]:
                    _parts(replayed, summary, table, highest, place, word)
    st.caption(REVENUE_CAPTIONS[word])
    with st.expander("The figures as a table"):
        _month_table(
            replayed, [(one.name, one.billed) for one in summaries] if earned is None else _totals(earned), table, word
        )


def _totals(earned: list[Earned]) -> list[tuple[str, Decimal]]:
    return [(one.name, one.earned) for one in earned]


def _lines(replayed: Replay, table: pa.Table, word: str) -> None:
    figure = revenue_charts.revenue_by_month(table, models_of(replayed), palette(), replayed.currency)
    alt, key = f"{word.capitalize()} in each calendar month, a line per candidate", fresh(f"compare_months_{word}")
    show(figure, alt, key=key, on_select=(lambda: open_bar(key)) if word == "billed" else None)


def _parts(replayed: Replay, summary: Summary, table: pa.Table, highest: float, place: int, word: str) -> None:
    key = fresh(f"compare_parts_{word}_{place}")
    st.markdown(f"**{escaped(summary.name)}**")
    figure = revenue_charts.parts_of_revenue(table, summary.name, summary.model, palette(), replayed.currency, highest)
    alt = f"{summary.name}: {word} in each calendar month, by part"
    show(figure, alt, key=key, on_select=(lambda: open_bar(key)) if word == "billed" else None)


def _month_table(replayed: Replay, totals: list[tuple[str, Decimal]], table: pa.Table, word: str) -> None:
    """Candidates by month, with the sum that is on the card. totals: candidates and those sums."""
    frame = frame_of(table)
    wide = frame.pivot_table(index=["candidate", "part"], columns="month", values="amount", aggfunc="sum", sort=False)
    wide = wide[wide.any(axis=1)]
    wide["total"] = wide.sum(axis=1)
    wide.columns = [str(name) if name == "total" else f"{name:%b %Y}" for name in wide.columns]
    config = {name: money_column(name if name != "total" else "In all", replayed.currency) for name in wide.columns}
    config |= {"candidate": st.column_config.TextColumn("Candidate"), "part": st.column_config.TextColumn("Part")}
    st.dataframe(
        wide.reset_index(), hide_index=True, column_config=config, alt=f"{word.capitalize()} by candidate, part and month"
    )
    sums = "; ".join(f"{name} {format_amount(amount, replayed.currency)}" for name, amount in totals)
    st.caption(escaped(f"In all, as on the cards: {sums}."))


# Customers


def customers(replayed: Replay, summaries: list[Summary]) -> None:
    """What customers pay a month, and what each brings in."""
    models, colours, currency = models_of(replayed), palette(), replayed.currency
    st.markdown("**What customers pay a month**")
    key = fresh("compare_costs")
    figure = customer_charts.cost_histogram(figures.costs(replayed), models, colours, currency)
    show(figure, "Customers by what they pay a month", key=key, on_select=lambda: open_bin(key, "cost"))
    medians = "; ".join(f"{summary.name} {format_amount(summary.median_monthly_cost, currency)}" for summary in summaries)
    st.caption(escaped(f"Median: {medians}. Every customer is in one bar of each candidate. Choose a bar to see who it is."))
    st.markdown("**What each customer brings in over the window**")
    curve = customer_charts.revenue_curve(figures.ranked(replayed), models, colours, currency)
    show(curve, "Billed per customer, largest first", key="compare_curve")
    st.caption(escaped(_largest_in_words(replayed)))
    _customer_table(replayed, summaries)


def _largest_in_words(replayed: Replay) -> str:
    """How much of the revenue the largest tenth of customers makes."""
    rows = [row for row in figures.largest(replayed).to_pylist() if row["percent"] == 10 and row["total"]]
    shares = [f"{percent(Fraction(row['billed']) / Fraction(row['total']))} under {row['candidate']}" for row in rows]
    if not shares:
        return "No customer brings in anything."
    return f"The largest 10 % of customers ({rows[0]['customers']:,}) bring in {', '.join(shares)}. Customers who are billed nothing are not drawn."


def _customer_table(replayed: Replay, summaries: list[Summary]) -> None:
    table = figures.billed_by_customer(replayed)
    search = st.text_input("Find a customer", key="compare_customer_search", placeholder="part of the customer's id")
    found = matching(table, search)
    shown = found.slice(0, ROWS_SHOWN)
    columns = {f"billed_{place}": summary.name for place, summary in enumerate(summaries, start=1)}
    key = fresh("compare_customer_table")
    ids, baseline = shown["customer_id"].to_pylist(), replayed.baseline.candidate.name
    st.dataframe(
        frame_of(shown),
        hide_index=True,
        height=min(10, len(ids) + 1) * 35 + 2,
        column_config={
            "customer_id": st.column_config.TextColumn("Customer", pinned=True),
            **{column: money_column(name, replayed.currency) for column, name in columns.items()},
        },
        key=key,
        on_select=lambda: open_row(key, baseline, ids),
        selection_mode="single-row",
        alt="What each customer is billed under every candidate",
    )
    sums = "; ".join(f"{name} {format_amount(total(found, column), replayed.currency)}" for column, name in columns.items())
    st.caption(escaped(f"{count_in_words(found, table)}, billed over the window: {sums}."))


def count_in_words(found: pa.Table, table: pa.Table) -> str:
    """How many customers a table shows, of all that there are."""
    if found.num_rows == table.num_rows:
        words = "1 customer" if table.num_rows == 1 else f"All {table.num_rows:,} customers"
    else:
        words = f"{found.num_rows:,} of {table.num_rows:,} customers"
    return f"{words} (the first {ROWS_SHOWN} shown)" if found.num_rows > ROWS_SHOWN else words


# Winners and losers


def winners(replayed: Replay, summaries: list[Summary]) -> None:
    """Who pays more and who pays less than under the baseline."""
    baseline = summaries[replayed.scenario.baseline_index()]
    others = [summary for summary in summaries if summary is not baseline]
    if not others:
        st.info("There is one candidate. Add a second one to see who would pay more and who less.")
        page_link("pages/plans.py", "Add a candidate on the Plans page")
        return
    names = [summary.name for summary in others]
    if st.session_state.get("compare_challenger") not in names:
        st.session_state["compare_challenger"] = names[0]
    name = (
        st.segmented_control(
            f"Against {escaped(baseline.name)}", names, format_func=escaped, key="compare_challenger", required=True
        )
        or names[0]
    )
    challenger = next(summary for summary in others if summary.name == name)
    _counts(replayed, challenger, baseline)
    key = fresh("compare_differences")
    figure = customer_charts.difference_histogram(figures.differences_spread(replayed), name, palette(), replayed.currency)
    show(
        figure,
        f"Customers by how much more or less they pay under {name}",
        key=key,
        on_select=lambda: open_bin(key, "difference"),
    )
    st.caption("Left of “the same”: customers who pay less, hatched. Choose a bar to see who it is.")
    _difference_table(replayed, challenger, baseline)


def _counts(replayed: Replay, challenger: Summary, baseline: Summary) -> None:
    found, currency = winners_and_losers(replayed, replayed.run(challenger.name)), replayed.currency
    for column, label, count, words in zip(
        st.columns(3),
        ("Would pay less", "Would pay the same", "Would pay more"),
        (found.pay_less, found.pay_same, found.pay_more),
        (
            f"{format_amount(found.saved, currency)} saved in all",
            "no difference",
            f"{format_amount(found.added, currency)} added in all",
        ),
        strict=True,
    ):
        column.metric(
            label,
            f"{count:,} customer{'' if count == 1 else 's'}",
            delta=words,
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
    difference = format_amount(challenger.billed - baseline.billed, currency)
    st.caption(
        escaped(
            f"Over the window: {format_amount(found.added, currency)} added − {format_amount(found.saved, currency)} saved = "
            f"{difference}, which is {challenger.name} {format_amount(challenger.billed, currency)} − {baseline.name} "
            f"{format_amount(baseline.billed, currency)} billed."
        )
    )


def _difference_table(replayed: Replay, challenger: Summary, baseline: Summary) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        side = st.segmented_control(
            "Customers", list(SIDES), default="more", format_func=lambda side: SIDES[side], required=True, key="compare_side"
        )
        search = st.text_input(
            "Find a customer", key="compare_difference_search", placeholder="part of the customer's id", width=280
        )
    table = figures.differences(replayed, challenger.name)
    found = matching(on_side(table, side), search)
    shown = found.slice(0, ROWS_SHOWN)
    key = fresh(f"compare_difference_table_{side}")
    ids, currency = shown["customer_id"].to_pylist(), replayed.currency
    st.dataframe(
        frame_of(shown),
        hide_index=True,
        height=min(10, len(ids) + 1) * 35 + 2,
        column_config={
            "customer_id": st.column_config.TextColumn("Customer", pinned=True),
            "baseline": money_column(baseline.name, currency),
            "candidate": money_column(challenger.name, currency),
            "difference": money_column(
                "Difference", currency, help="Above zero the customer pays more than under the baseline."
            ),
            "change": st.column_config.NumberColumn("Change", format="percent", help="Empty where the baseline bills nothing."),
            "blocked_events": st.column_config.NumberColumn(f"Refused under {challenger.name}", format="%,d"),
        },
        key=key,
        on_select=lambda: open_row(key, challenger.name, ids),
        selection_mode="single-row",
        alt="Customers by the difference from the baseline, the largest first",
    )
    difference = format_amount(total(found, "difference"), currency)
    st.caption(escaped(f"{count_in_words(found, table)}, together {difference} over the window."))


# Blocked usage


def blocked(replayed: Replay, summaries: list[Summary]) -> None:
    """What was refused, of which feature and why."""
    found = figures.blocked_features(replayed)
    _blocked_table(replayed, summaries)
    if not found:
        st.success("No candidate refuses anything on this usage.")
        return
    names = {code: feature.name for code, feature in replayed.scenario.catalog.features.items() if feature.name}
    st.markdown("**Share of each feature's units refused**")
    figure = customer_charts.blocked_by_feature(found, names, models_of(replayed), palette())
    show(figure, "Share of each feature's units that each candidate refused", key="compare_blocked")
    rows = [
        {
            "Candidate": one.candidate,
            "Feature": names.get(one.feature, one.feature),
            "Reason": refusal_name(one.reason),
            "Events refused": f"{one.blocked_events:,} of {one.events:,}",
            "Units refused": f"{plain(one.blocked)} of {plain(one.demanded)}",
            "Share of units": percent(one.share),
            "Customers": one.customers,
        }
        for one in found
    ]
    st.dataframe(rows, hide_index=True, alt="Refused usage by candidate, feature and reason")
    st.caption(f"{_patterns(found)}The events of a candidate add up to its events in the first table.")


def _patterns(found: Sequence[BlockedFeature]) -> str:
    """What the patterns of the bars mean, of the reasons that there are."""
    words = {
        "not_in_plan": "crossed bars",
        "paused": "upright lines",
        "not_subscribed": "level lines",
    }
    shown = [reason for reason in REFUSAL_REASONS if reason in words and any(one.reason == reason for one in found)]
    said = [f"{words[reason]}: {refusal_meaning(reason)}" for reason in shown]
    return f"{capitalized('; '.join(said))}. " if said else ""


def _blocked_table(replayed: Replay, summaries: list[Summary]) -> None:
    rows = [
        {
            "Candidate": summary.name,
            "Events refused": f"{summary.blocked_events:,} of {summary.events:,}",
            "Share of usage": percent(summary.blocked_share),
            "Customers refused": f"{summary.customers_blocked:,} of {summary.customers:,}",
            "First refusal (UTC)": f"{summary.first_blocked_at.day} {summary.first_blocked_at:%b %Y, %H:%M}"
            if summary.first_blocked_at
            else "never",
        }
        for summary in summaries
    ]
    st.dataframe(rows, hide_index=True, alt="Refused usage by candidate")
    if replayed.scenario.rows == "aggregate":
        st.caption("Rows of this usage are totals: the share is of units, features weighted by their rows.")
    with st.container(horizontal=True):
        for place, summary in enumerate(summaries):
            if summary.customers_blocked:
                st.button(
                    f"Who {escaped(summary.name)} refuses",
                    key=f"compare_who_{place}",
                    on_click=open_figure,
                    args=(Opened(summary.name, kind="refused"),),
                )


# Credits and balance


def stocks(replayed: Replay) -> None:
    """What was granted and bought, used, forfeited and left."""
    found = figures.stocks(replayed)
    if not found:
        st.info("Only credits and balance plans have something to forfeit; these candidates are all metered.")
        return
    for stock in found:
        st.markdown(_stock_in_words(stock, replayed.currency))
    st.caption(
        "Forfeited: plan credits and balance that were unused at a reset (top-ups included). In hand: what periods that the "
        "window's end cut off still hold, and purchased credits, which never expire."
    )
    candidates = list(dict.fromkeys(stock.candidate for stock in found))
    if st.session_state.get("compare_leftover") not in candidates:
        st.session_state["compare_leftover"] = candidates[0]
    name = (
        st.segmented_control("Customers of", candidates, format_func=escaped, key="compare_leftover", required=True)
        or candidates[0]
    )
    _leftover_table(replayed, name)


def _stock_in_words(stock: Stock, currency: str) -> str:
    """The law of the stock with its figures: what came in is what was used, forfeited or is in hand."""

    def said(amount: Decimal) -> str:
        return format_amount(amount, currency) if stock.unit == "money" else plain(amount)

    came_in = [(stock.granted, "granted"), (stock.bought, "bought"), (stock.overage, "below zero")]
    went = [(stock.used, "used"), (stock.forfeited, "forfeited"), (stock.in_hand, "in hand")]
    left = " + ".join(f"{said(amount)} {word}" for amount, word in came_in if amount) or said(stock.granted)
    right = " + ".join(f"{said(amount)} {word}" for amount, word in went)
    share = f" Forfeited: {percent(stock.forfeited_share)} of what came in." if stock.kind != "purchased credits" else ""
    kind = "" if stock.kind == stock.candidate.lower() else f", {stock.kind}"
    return f"**{escaped(stock.candidate)}{kind}**: {escaped(f'{left} = {right}.{share}')}"


def _leftover_table(replayed: Replay, name: str) -> None:
    table = figures.leftovers(replayed, name)
    search = st.text_input("Find a customer", key="compare_leftover_search", placeholder="part of the customer's id")
    found = matching(table, search)
    shown = found.slice(0, ROWS_SHOWN)
    balance = replayed.run(name).sells("top_ups")
    labels = {
        "granted": "Granted",
        "bought": "Topped up" if balance else "Bought",
        "overage": "Below zero",
        "used": "Used",
        "forfeited": "Forfeited",
        "in_hand": "In hand",
    }
    columns = {
        column: money_column(label, replayed.currency)
        if balance
        else st.column_config.NumberColumn(label, format=f"%,.{places_used(shown, column)}f")
        for column, label in labels.items()
    }
    key, ids = fresh(f"compare_leftover_table_{name}"), shown["customer_id"].to_pylist()
    st.dataframe(
        frame_of(shown),
        hide_index=True,
        height=min(10, len(ids) + 1) * 35 + 2,
        column_order=["customer_id", *(column for column in labels if balance or column != "overage")],
        column_config={"customer_id": st.column_config.TextColumn("Customer", pinned=True), **columns},
        key=key,
        on_select=lambda: open_row(key, name, ids),
        selection_mode="single-row",
        alt="What each customer was granted, used and forfeited, who forfeited most first",
    )
    amounts = [total(found, column) for column in ("forfeited", "in_hand")]
    sums = [format_amount(amount, replayed.currency) if balance else plain(amount) for amount in amounts]
    st.caption(escaped(f"{count_in_words(found, table)}: {sums[0]} forfeited, {sums[1]} in hand."))


# Downloads


def downloads(replayed: Replay) -> None:
    """Everything as one Excel file, or a table of one's choice as CSV."""
    makers = sheet_makers(replayed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "Download Excel",
            lambda: figures.excel(replayed),
            "comparison.xlsx",
            EXCEL,
            key="compare_excel",
            on_click="ignore",
            help="A sheet per table: summary, assumptions, revenue by month, earned and outstanding, margins, customers, differences, "
            "who is on which plan, periods, accounts, invoices, lines.",
        )
        name = st.selectbox("Table", list(makers), key="compare_csv_table", width=240, format_func=str.capitalize)
        st.download_button(
            "Download CSV",
            lambda: figures.csv(replayed, name),
            f"{name.replace(' ', '_')}.csv",
            CSV,
            key="compare_csv",
            on_click="ignore",
        )
