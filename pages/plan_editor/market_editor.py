"""Markets on the Plans page: where customers are billed in another currency, the currency of sums over all, and its rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import symbol
from commet_core.foundation.wording import interval_name
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.drafts import Path, name_of
from commet_core.scenario.drafts.markets import (
    BY_PLACE,
    PricedIn,
    amount_paths,
    currencies_of,
    feature_prices,
    markets_of,
    priced_in,
    with_feature_price,
    with_market,
    with_own_prices,
    without_market,
)
from commet_core.scenario.reporting import typed_reporting, written_rates
from pages.plan_editor import drafts, fields
from pages.shared import remembered
from pages.shared import study as studies
from pages.shared.tables import escaped, label

_CURRENCY, _RATES = "reporting_currency", "reporting_rates"
"""What is typed of the reporting currency and its rates, while it is wrong."""

_AMOUNTS: Final[Mapping[str, str]] = {
    "included_balance": "Included balance",
    "minimum_commitment": "Commitment",
    "spend_cap": "Cap",
    "rollover": "Rolls over at most",
}


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
        on_click=lambda: drafts.edit(with_market(drafts.current().design)),
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
            st.button("Delete", key=fields.key_of("delete", "markets", code), on_click=_deleted, args=(code,))


def _deleted(code: str) -> None:
    drafts.edit(without_market(drafts.current().design, code), undoable=True)


def _exchange_rates() -> None:
    """Of each other currency how many units are 1 of the catalog's: for what has no price of its own."""
    design = drafts.current().design
    home, others = str(design.document.get("currency") or "usd").upper(), currencies_of(design)
    if not others:
        return
    st.caption(
        "Packs, add-ons, AI tokens and costs are converted at these; prices of plans never are: type them under More terms."
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
        st.text_input(
            "Sums over all customers in",
            key="plans_reporting_currency",
            placeholder="usd",
            on_change=_reported,
        )
    st.text_area(
        "Rates: day, currency, units of the above for 1 of it",
        key="plans_reporting_rates",
        placeholder="2026-01-01, jpy, 0.0066",
        help="Each line of an invoice has the rate of its invoice's day: the last on or before it.",
        on_change=_reported,
    )
    if typed_currency is not None or typed_rates is not None:
        try:
            typed_reporting(st.session_state["plans_reporting_currency"], st.session_state["plans_reporting_rates"])
        except InputError as error:
            for problem in error.problems:
                st.markdown(f":red[{escaped(str(problem))}]")


def _reported() -> None:
    """What was typed goes into the study where all of it is right, and stays in the fields where it is not."""
    currency, rates = st.session_state["plans_reporting_currency"].strip(), st.session_state["plans_reporting_rates"]
    try:
        made = typed_reporting(currency, rates)
    except InputError:
        remembered.put(_CURRENCY, currency)
        remembered.put(_RATES, rates)
        studies.write_link()
        return
    remembered.put(_CURRENCY, None)
    remembered.put(_RATES, None)
    studies.change(reporting=made)


def own_prices(code: str) -> None:
    """A plan's prices in other currencies and markets; nothing where the catalog has no markets."""
    design = drafts.current().design
    plan = design.group("plans")[code]
    places = {f"{place.by}/{place.code}": place for place in priced_in(design)}
    on = any(by in plan for by in BY_PLACE)
    if not places and not on:
        return
    key = fields.key_of("term", code, "currency_prices")
    st.session_state[key] = on
    st.toggle(
        "It has prices in other currencies",
        key=key,
        help="Nothing is converted: a price that is missing for customers of a market is told, and nothing is replayed until it is there.",
        on_change=lambda: drafts.edit(with_own_prices(drafts.current().design, code, on=st.session_state[key])),
    )
    if not on or not places:
        return
    shown = fields.key_of("priced in", code)
    if st.session_state.get(shown) not in places:
        st.session_state[shown] = next(iter(places))
    chosen = st.selectbox("Prices in", list(places), format_func=lambda place: _called(places[place]), key=shown)
    _prices_in(code, places[chosen])


def _called(place: PricedIn) -> str:
    if place.by == "currency_prices":
        return f"{place.code.upper()}, in every market"
    market = markets_of(drafts.current().design)[place.code]
    return f"{market.get('name') or place.code} alone, in {str(market.get('currency', '')).upper()}"


def _prices_in(code: str, place: PricedIn) -> None:
    design = drafts.current().design
    plan = design.group("plans")[code]
    path: Path = ("plans", code, place.by, place.code)
    by_currency = place.by == "currency_prices"
    currency = place.code if by_currency else str(markets_of(design)[place.code].get("currency", ""))
    sign, empty = symbol(currency).strip(), "needed" if by_currency else "as in its currency"
    asked: list[tuple[str, Path]] = [
        (f"{interval_name(each).capitalize()} ({sign})", (*path, "prices", each)) for each in plan.get("prices") or {}
    ]
    amounts = amount_paths(plan, design.value(path) or {})
    asked += [(f"{_AMOUNTS[key]} ({sign})", (*path, *inside)) for key, inside in amounts.items()]
    columns = st.columns(3)
    for place_of_field, (words, where) in enumerate(asked):
        with columns[place_of_field % len(columns)]:
            fields.number(words, where, placeholder=empty)
    for feature, is_number in feature_prices(plan).items():
        _feature_price(code, place, feature, sign, empty, is_number=is_number)
    fields.problem_below(drafts.current().problems_at(".".join(path)))


def _feature_price(code: str, place: PricedIn, feature: str, sign: str, empty: str, *, is_number: bool) -> None:
    path: Path = ("plans", code, place.by, place.code, "features", feature)
    called = escaped(name_of(drafts.current().design, "features", feature))
    if not is_number:
        st.caption(f"{called} has tiers, packages or prices by interval: its prices here are written in the catalog's file.")
        return
    fields.text_of(
        f"{called}, a unit ({sign})",
        (*path, "unit_price"),
        lambda design, typed: with_feature_price(design, code, place, feature, number_text(typed)),
        placeholder=empty,
    )
    fields.problem_below(drafts.current().problems_at(".".join(path)))
