"""The Compare page: the candidates on the same usage, with the assumptions about customers in the open."""

from __future__ import annotations

import streamlit as st

from commet_core.compare import Summary
from commet_core.replay import Replay
from pages.shared import frame, loading
from pages.shared import study as studies
from pages.shared.comparison import assumptions, cards, figures, opened, sections
from pages.shared.links import page_link

LEAD = "What each candidate brings in, what your customers would pay, and what they would be refused, on the same usage."


def main() -> None:
    with frame.page("pages/compare.py", "Compare", LEAD):
        study = studies.current()
        if not study.candidates:
            st.info("There is nothing to compare yet: choose or design at least one plan.")
            page_link("pages/plans.py", "Go to Plans")
            return
        top = st.container()
        assumptions.panel(study)
        replayed = loading.current_replay()
        summaries = figures.summaries(replayed)
        with top:
            cards.headline(replayed, summaries)
        cards.cards(replayed, summaries)
        _sections(replayed, summaries)
        sections.downloads(replayed)
        _how(replayed)
        opened.dialog(replayed, summaries)


def _sections(replayed: Replay, summaries: list[Summary]) -> None:
    """One section at a time: only the one that is open is computed."""
    revenue, customers, winners, blocked, stocks, lines = st.tabs(
        ["Revenue by month", "Customers", "Winners and losers", "Blocked usage", "Credits and balance", "Customers and lines"],
        key="compare_section",
        on_change="rerun",
    )
    if revenue.open:
        with revenue:
            sections.revenue(replayed, summaries)
    if customers.open:
        with customers:
            sections.customers(replayed, summaries)
    if winners.open:
        with winners:
            sections.winners(replayed, summaries)
    if blocked.open:
        with blocked:
            sections.blocked(replayed, summaries)
    if stocks.open:
        with stocks:
            sections.stocks(replayed)
    if lines.open:
        with lines:
            opened.explorer(replayed, summaries)


def _how(replayed: Replay) -> None:
    with st.expander("How this was worked out"):
        st.markdown(
            "Every event of every customer is replayed in time order against each candidate's plan, as a billing system would "
            "(rules 3 to 6). Everything on this page is added up from the invoices and refusals of that replay.\n\n"
            "- **Monthly revenue**: all that was invoiced in the window ÷ its months; days of a month that is not whole count as "
            "their part of it. Every invoice line is rounded once, to the currency's minor unit (rule 1.3).\n"
            "- **In which month an invoice counts**: the month of its issue. The base price is invoiced in advance, overage at "
            "its period's end, packs and top-ups when they are bought (rules 2.4, 4.2, 5.5, 6.5). A period that the window cuts "
            "off is closed at the window's end, and that invoice counts in the last month (rule 2.6).\n"
            "- **What a customer pays a month**: what it was billed ÷ its billing periods; a week counts as 12/52 of a month; a "
            "quarterly or yearly price counts as a third or a twelfth a month, so that intervals compare.\n"
            "- **Median customer**: of what customers pay a month, the middle one; of an even number, the mean of the middle two.\n"
            "- **Share of usage blocked**: refused events ÷ events asked for (rules 3.2 to 3.4). Where rows are totals: refused "
            "units ÷ units, features weighted by their rows.\n"
            "- **Reasons**: *allowance exhausted*: included units, credits or balance were used up and nothing was bought; *not "
            "in the plan*: the plan does not have the feature (rule 3.3).\n"
            "- **Winners and losers**: what a customer is billed over the window, less what it is billed under the baseline.\n"
            "- **Forfeited and in hand**: plan credits and balance lapse at the reset (rules 5.3, 6.4); purchased credits never do.\n"
            "- **Who buys**: a customer buys packs or tops up when short, within the limits above (rules 5.6, 6.5). Where fewer "
            "than 100 % buy, the seed, the customer and the period decide, so that the same link shows the same figures."
        )
        lines = sum(len(run.bill.lines.amounts) for run in replayed.runs)
        st.caption(f"{lines:,} invoice lines stand behind this page; “Customers and lines” and the downloads hold them all.")


main()
