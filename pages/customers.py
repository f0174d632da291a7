"""The Customers page: one customer under all candidates, then under one of them, event by event: allowance, portal, invoices, ledger."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.calendar import moment
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import day_words, window_words
from commet_core.foundation.money import format_amount
from commet_core.reports.statement import Statement, Totals, statement_of, totals
from commet_core.reports.statement.explanation import explanation
from pages.customer import actions, allowance, beside, choice, difference, invoices, ledger, portal, timeline
from pages.shared import frame, loading
from pages.shared import study as studies
from pages.shared.glossary import meaning
from pages.shared.links import page_link
from pages.shared.palette import MODEL_NAMES
from pages.shared.subscriptions import caution
from pages.shared.tables import dollars, escaped


def main() -> None:
    with frame.page("pages/customers.py", "Customers"):
        if not studies.current().candidates:
            st.info("No plan is chosen for comparison yet, so there is nothing to replay.")
            page_link("pages/plans.py", "Design plans →")
            return
        try:
            replayed = loading.current_replay()
        except InputError as error:
            actions.without_replay(error)
            return
        caution(replayed, actions_shown=True)
        actions.impossible(replayed)
        choice.follow_link(replayed)
        top, below = st.container(), st.container()
        with below:
            run = choice.candidate(replayed)
        with top:
            statement = statement_of(replayed, run, choice.customer(replayed, run))
            choice.write_link(statement)
            beside.section(statement)
        _headline(statement)
        timeline.section(statement)
        actions.form(statement)
        actions.tried(statement)
        difference.section(statement)
        allowance.section(statement)
        portal.section(statement)
        invoices.section(statement)
        ledger.section(statement)
        _how(statement)


def _headline(statement: Statement) -> None:
    found, currency = totals(statement), statement.currency
    totals_of_many = statement.replayed.scenario.rows == "aggregate"
    tiles = (
        (f"Billed, {currency.upper()}", format_amount(found.billed, currency)),
        ("Rows" if totals_of_many else "Events", f"{found.events:,}"),
        ("Rows refused, in whole or in part" if totals_of_many else "Events refused", f"{found.refused_events:,}"),
    )
    with st.container(key="tiles_of_customer"):
        for label, words in tiles:
            st.metric(label, words, border=True, height="stretch", help=meaning("refused") if "refused" in label else None)
    st.caption(
        dollars(f"{window_words(statement.replayed.window)} ({statement.zone}): {_parts(found, currency)}.{_since(found)}")
    )


def _parts(found: Totals, currency: str) -> str:
    """What the amount billed is made of; what is taken off comes last."""
    added = (
        ("base price", found.base),
        ("seats", found.seats),
        ("quota", found.quota),
        ("add-ons", found.add_ons),
        ("overage", found.overage),
        ("minimum commitment", found.commitment),
        ("packs and top-ups", found.purchases),
    )
    taken = (
        ("offer", -found.discount),
        ("credit for unused days", -found.credit),
        ("customer credit", -found.customer_credit),
    )
    words, less = (
        " + ".join(f"{format_amount(part, currency)} {name}" for name, part in parts if part) for parts in (added, taken)
    )
    return (words or "nothing billed") + (f", less {less}" if less else "")


def _since(found: Totals) -> str:
    return f" First refused on {day_words(moment(found.first_refused))}." if found.first_refused is not None else ""


def _how(statement: Statement) -> None:
    with st.expander("How this was worked out"):
        model = MODEL_NAMES[statement.run.plan.consumption_model]
        st.markdown(
            f"Every event of this customer went through the {model} plan in order of time, as a billing system would take it. "
            "These rules decided."
        )
        st.markdown("\n".join(f"- {escaped(reason.sentence)}" for reason in explanation(statement)))


main()
