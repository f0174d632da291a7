"""Markets on the Plans page: where customers are billed in another currency, the currency of sums over all, and its rates."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.scenario.drafts.markets import currencies_of, markets_of, reporting_for, with_market, without_market
from commet_core.scenario.reporting import written_rates
from pages.plan_editor import drafts, fields
from pages.shared import remembered
from pages.shared import study as studies
from pages.shared.tables import escaped, label

_CURRENCY, _RATES = "reporting_currency", "reporting_rates"
"""What is typed of the reporting currency and its rates, while it is wrong."""


def markets() -> None:
    """The markets, and how their currencies come together; a button where there are none."""
    design = drafts.current().design
    st.markdown("**Markets**")
    if not markets_of(design):
        st.caption("All customers are billed in the currency above.")
    for code in list(markets_of(design)):
        _market(code)
    st.button(
        "Add a market",
        key="plans_add_market",
        help="Customers of a market are billed in its currency. Who is in which says the column `market` of the subscriptions file.",
        on_click=drafts.change,
        args=(with_market,),
    )
    if not markets_of(design):
        return
    _exchange_rates()
    _reporting()


def _market(code: str) -> None:
    with st.container(border=True):
        name, own_currency, delete = st.columns([3, 2, 1], vertical_alignment="bottom")
        with name:
            fields.text(f"Market {label(code)}", ("markets", code, "name"))
        with own_currency:
            fields.text("Billed in", ("markets", code, "currency"), placeholder="eur")
        with delete:
            key = fields.key_of("delete", "markets", code)
            st.button("Delete", key=key, on_click=drafts.change, args=(without_market, code), kwargs={"undoable": True})


def _exchange_rates() -> None:
    """Of each other currency how many units are 1 of the catalog's: for what has no price of its own."""
    design = drafts.current().design
    home, others = str(design.document.get("currency") or "usd").upper(), currencies_of(design)
    if not others:
        return
    st.caption(
        "Packs, add-ons, AI tokens and costs without a price of their own are converted at these; prices of plans never are: "
        "type them under More terms."
    )
    for column, code in zip(st.columns(max(3, len(others))), others, strict=False):
        with column:
            fields.number(f"{code.upper()} for 1 {home}", ("currencies", code, "exchange_rate"), placeholder="none")


def _reporting() -> None:
    """The currency of sums over all customers, and the rates at which invoice lines come into it."""
    reporting = studies.current().reporting
    typed_currency, typed_rates = remembered.typed(_CURRENCY), remembered.typed(_RATES)
    home = studies.current().catalog.currency if reporting is None else reporting.currency
    st.session_state["plans_reporting_currency"] = home if typed_currency is None else typed_currency
    st.session_state["plans_reporting_rates"] = written_rates(reporting) if typed_rates is None else typed_rates
    with st.container(width=240):
        st.text_input("Sums over all customers in", key="plans_reporting_currency", placeholder="usd", on_change=_reported)
    st.text_area(
        "Rates: day, currency, units of the above for 1 of it",
        key="plans_reporting_rates",
        placeholder="2026-01-01, jpy, 0.0066",
        help="Each line of an invoice has the rate of its invoice's day: the last on or before it.",
        on_change=_reported,
    )
    draft = drafts.current()
    if typed_currency is None and typed_rates is None:
        fields.problems_within("reporting")
        return
    try:
        reporting_for(draft.design, st.session_state["plans_reporting_currency"], st.session_state["plans_reporting_rates"])
    except InputError as error:
        for problem in error.problems:
            st.markdown(f":red[{escaped(str(problem))}]")


def _reported() -> None:
    """What was typed goes into the study where all of it is right, and stays in the fields where it is not or lacks a rate."""
    design = drafts.current().design
    currency, rates = st.session_state["plans_reporting_currency"].strip(), st.session_state["plans_reporting_rates"]
    try:
        made = reporting_for(design, currency, rates)
    except InputError:
        remembered.put(_CURRENCY, currency)
        remembered.put(_RATES, rates)
        studies.write_link()
        return
    remembered.put(_CURRENCY, None)
    remembered.put(_RATES, None)
    drafts.edit(design, reporting=made)
