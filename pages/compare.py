"""The Compare page: the candidates on the same usage, with the assumptions about customers in the open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.reports.compare import Summary
from commet_core.reports.compare.earned import Earned
from pages.comparison import assumptions, cards, figures, margin, opened, outstanding, plan_moves, sections, views
from pages.shared import frame, links, loading, remembered, subscriptions
from pages.shared import study as studies
from pages.shared.links import page_link

LEAD = "What each candidate brings in, what your customers would pay, and what they would be refused, on the same usage."


def main() -> None:
    with frame.page("pages/compare.py", "Compare", LEAD):
        study = studies.current()
        if not study.candidates:
            st.info("There is nothing to compare yet: choose or design at least one plan.")
            page_link("pages/plans.py", "Go to Plans")
            return
        view = views.chosen()
        top = st.container()
        assumptions.panel(study)
        replayed = loading.current_replay()
        summaries = figures.summaries(replayed)
        earned = figures.earned(replayed) if view == "earned" else None
        with top:
            subscriptions.caution(replayed)
            views.switch(view)
            cards.headline(replayed, summaries, earned)
            cards.cards(replayed, summaries, earned)
        _sections(replayed, summaries, earned)
        sections.downloads(replayed)
        _how(replayed)
        opened.dialog(replayed, summaries)


def _sections(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None) -> None:
    """One section at a time: only the one that is open is computed. earned: where that is to be shown, not what was billed."""
    contents: dict[str, Callable[[], None]] = {
        "Revenue by month": lambda: sections.revenue(replayed, summaries, earned),
        "Outstanding": lambda: outstanding.outstanding(replayed),
        "Margin": lambda: margin.margin(replayed),
        "Customers": lambda: sections.customers(replayed, summaries),
        "Winners and losers": lambda: sections.winners(replayed, summaries),
        "Who is on which plan": lambda: plan_moves.plans_and_moves(replayed),
        "Blocked usage": lambda: sections.blocked(replayed, summaries),
        "Credits and balance": lambda: sections.stocks(replayed),
        "Customers and lines": lambda: opened.explorer(replayed, summaries),
    }
    key = remembered.choice("compare_section", contents, next(iter(contents)))
    tabs = st.tabs(list(contents), key=key, on_change=links.keep, args=(key,))
    for tab, content in zip(tabs, contents.values(), strict=True):
        if tab.open:
            with tab:
                content()


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
            "- **Earned**: a base price is earned day by day over its interval, an overage in the period of its usage, purchased "
            "credits when they are used, the oldest first, at the price paid for them, top-ups when they are used or lapse at the "
            "reset (rule 13). A one-time price is earned over twelve months. Overage that is invoiced at a period's end counts in the "
            "month of that day.\n"
            "- **Outstanding**: what is billed and not earned yet. Billed = earned + change in outstanding, exactly, for every "
            "customer and billing period; the table “accounts” of the downloads has them all.\n"
            "- **Forfeited, as an amount**: plan credits that lapsed × the plan's price for one (price of an interval ÷ credits "
            "included in it), and included balance that lapsed. It is part of what base prices earned.\n"
            "- **Cost to serve**: units served × the feature's cost per unit (Plans → Features); requests to AI models cost what their "
            "tokens do, without a margin (rule 11.2). **Margin** = earned − cost to serve. A customer is served at a loss when it "
            "earned less than it cost.\n"
            "- **Who is on which plan**: every customer counts once at its first day in the window and once at the last. A move is "
            "every step from one plan, interval or state to another; starts are none. An overage counts on the plan under which it "
            "was used, the credit for unused days on the plan that follows (rule 8.2).\n"
            "- **Winners and losers**: what a customer is billed over the window, less what it is billed under the baseline.\n"
            "- **Forfeited and in hand**: plan credits and balance lapse at the reset (rules 5.3, 6.4); purchased credits never do.\n"
            "- **Who buys**: a customer buys packs or tops up when short, within the limits above (rules 5.6, 6.5). Where fewer "
            "than 100 % buy, the seed, the customer and the period decide, so that the same link shows the same figures."
        )
        lines = sum(len(run.bill.lines.amounts) for run in replayed.runs)
        st.caption(f"{lines:,} invoice lines stand behind this page; “Customers and lines” and the downloads hold them all.")


main()
