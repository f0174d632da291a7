"""The live bill: usage is typed in, and every candidate's first invoice lines stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import format_amount, format_exact, plain
from commet_core.foundation.wording import interval_name, plural
from commet_core.reports.quote import Quote, quotes, read_units, rounded_units, starting_levels
from commet_core.reports.quote.sheet import quote_sheets, quote_text
from commet_core.reports.quote.words import (
    allowance_in_words,
    feature_name,
    line_in_words,
    plan_name,
    refusal_in_words,
    request_in_words,
)
from commet_core.reports.starter import typical_monthly_units
from commet_core.scenario.candidates import Candidate, features_of, plans_of
from commet_core.scenario.markets import candidates_in, market_name, markets_of_candidates
from commet_core.usage.usage import Usage
from pages.plan_editor import fields, requests
from pages.shared import links, loading, remembered
from pages.shared import study as studies
from pages.shared.folds import fold
from pages.shared.kept import by_content
from pages.shared.palette import MODEL_NAMES
from pages.shared.study import Study
from pages.shared.tables import dollars, downloads, escaped, label

UNITS = "plans_units_"
"""What the keys of the fields for usage begin with."""

DAY = "plans_bill_day"
MARKET = "plans_bill_market"
CARDS_IN_A_ROW = 3


def in_one_currency(study: Study) -> Study:
    """The study as bills and curves are of it: with the candidates of one market, in its currency; a choice where they are in several."""
    markets = markets_of_candidates(study.candidates)
    chosen = markets[0]
    if len(markets) > 1:
        with st.container(width=300):
            chosen = st.selectbox(
                "Bills of customers in",
                markets,
                format_func=lambda market: market_name(study.catalog, market),
                **links.kept(remembered.choice(MARKET, markets, chosen)),
            )
    catalog, candidates = candidates_in(study.catalog, study.candidates, chosen)
    return study.model_copy(update={"catalog": catalog, "candidates": candidates})


def typed_units(study: Study, catalog: Catalog) -> dict[str, Decimal] | None:
    """The usage of a month as typed, per feature that a candidate's plan has; None where something is wrong with it.

    catalog: the study's as it is on the day of the bill.
    """
    typed = _typed(catalog, study.candidates)
    wrong: dict[str, list[Problem]] = {}
    try:
        units = read_units(typed, [code for code in typed if catalog.features[code].type == "seats"])
    except InputError as error:
        units = None
        wrong = {problem.where: [problem] for problem in error.problems}
    _fields(catalog, typed, wrong)
    return units


def on_day(study: Study) -> Catalog:
    """The study's catalog as it is on the day that is chosen: a choice only where the price of a compared plan changes."""
    plans = [study.catalog.plans[code] for candidate in study.candidates for code in plans_of(study.catalog, candidate)]
    days = sorted({str(version["from"]) for plan in plans for version in plan.versions})
    if not days:
        return study.catalog
    options = ["today", *days]
    with st.container(width=300):
        chosen = st.selectbox(
            "Prices as they are",
            options,
            format_func=lambda day: "today" if day == "today" else f"from {day_words(date.fromisoformat(day))} on",
            **links.kept(remembered.choice(DAY, options, "today")),
        )
    return study.catalog.at(datetime.now(UTC).date() if chosen == "today" else date.fromisoformat(str(chosen)))


def _typed(catalog: Catalog, candidates: Sequence[Candidate]) -> dict[str, str]:
    """What stands in the fields: what was typed, else the typical customer of the usage, else a hundred units.

    Of seats and quota, which no usage tells, a few more than are included.
    """
    offered = {feature for candidate in candidates for feature in features_of(catalog, candidate)}
    offered -= {code for code, feature in catalog.features.items() if feature.type == "boolean"}
    kept = {feature: remembered.typed(f"{UNITS}{feature}") for feature in catalog.features if feature in offered}
    typical = typical_units() if None in kept.values() else {}
    usual = dict.fromkeys(catalog.features, Decimal(0) if typical else Decimal(100)) | starting_levels(catalog, candidates)
    return {feature: plain(typical.get(feature, usual[feature])) if text is None else text for feature, text in kept.items()}


def typical_units() -> Mapping[str, Decimal]:
    """The median customer's month in the usage; nothing where there is none to read."""
    try:
        return _typical_units(loading.usage_of(studies.current()))
    except InputError:
        return {}


@by_content()
def _typical_units(usage: Usage) -> dict[str, Decimal]:
    return rounded_units(typical_monthly_units(usage))


def _fields(catalog: Catalog, typed: Mapping[str, str], wrong: Mapping[str, list[Problem]]) -> None:
    held = set(catalog.level_features)
    by_tokens = catalog.features_by_tokens()
    with st.container(horizontal=True, vertical_alignment="center"):
        what = "A customer's month, and what it holds" if held & typed.keys() else "A customer's month"
        st.markdown(f"{what}, in {catalog.currency.upper()}", width="content")
        st.button(
            "Typical customer",
            key="plans_units_reset",
            help="Back to the median customer's month in the usage of your study, to two digits.",
            on_click=links.forget,
            args=(UNITS,),
        )
    with st.container(horizontal=True, vertical_alignment="top"):
        for feature, text in typed.items():
            with st.container(width=190):
                key = f"{UNITS}{feature}"
                st.session_state[key] = text
                unit = plural(catalog.features[feature].unit)
                name = feature_name(catalog, feature)
                st.text_input(label(name if name.lower() == unit.lower() else f"{name} ({unit})"), **links.kept(key))
                if feature in by_tokens:
                    _request(feature)
                fields.problem_below(wrong.get(feature, []))


def _request(feature: str) -> None:
    """What a request is taken to be, where its AI model sets the price; nothing where that cannot be read, which is said there."""
    with suppress(InputError):
        st.caption(escaped(f"Each {request_in_words(requests.request_of(feature))}: see AI models"))


def bills(study: Study, units: Mapping[str, Decimal], priced: Catalog) -> None:
    """Every candidate's bill for this usage, and ways to take them along. priced: the study's catalog, requests with prices."""
    found = _quotes(priced, study.candidates, units)
    for first in range(0, len(found), CARDS_IN_A_ROW):
        row = found[first : first + CARDS_IN_A_ROW]
        for quote, column in zip(row, st.columns(min(CARDS_IN_A_ROW, len(found))), strict=False):
            with column.container(border=True, height="stretch"):
                _bill(study.catalog, quote)
    _take_along(study.catalog, found, units)


_quotes = by_content()(quotes)


def to_bill(study: Study) -> tuple[Study, dict[str, Decimal]] | None:
    """What bills are made of: the study with its prices of today, requests to AI models too, and the usage that is typed.

    None where either is to be corrected, where there is no feature, or where candidates are in several markets.
    """
    market, *others = markets_of_candidates(study.candidates)
    if others:
        return None
    catalog, candidates = candidates_in(study.catalog, study.candidates, market)
    catalog = catalog.at(datetime.now(UTC).date())
    typed = _typed(catalog, candidates)
    try:
        units = read_units(typed, [code for code in typed if catalog.features[code].type == "seats"])
        priced = requests.priced(catalog)
    except InputError:
        return None
    return (study.model_copy(update={"catalog": priced, "candidates": candidates}), units) if units else None


def first_months(study: Study, units: Mapping[str, Decimal]) -> dict[str, str]:
    """Each candidate's first month for this usage, by its name; `study` as `to_bill` says."""
    found = _quotes(study.catalog, study.candidates, units)
    return {quote.candidate: format_amount(quote.first_month, study.catalog.currency) for quote in found}


def _bill(catalog: Catalog, quote: Quote) -> None:
    currency = catalog.currency
    plan = catalog.plans[quote.plan]
    billing = interval_name(quote.interval) if quote.interval else "free"
    on = f"{'on ' if quote.line_up else ''}{plan_name(catalog, quote.plan)}"
    st.markdown(f"**{escaped(quote.candidate)}**")
    model = MODEL_NAMES[quote.model]
    st.caption(escaped(" · ".join([*([] if model == quote.candidate else [model]), on, billing])))
    st.metric("First month, some refused" if quote.refusals else "First month", format_amount(quote.first_month, currency))
    lines = [
        (
            f"{escaped(line_in_words(catalog, quote, line))}{_product(line.quantity, line.unit_price, currency)}",
            dollars(format_amount(line.amount, currency)),
        )
        for line in quote.lines
    ]
    if len(lines) == 1 and quote.lines[0].kind != "plan_base":  # which is all of it
        st.caption(lines[0][0])
    elif len(lines) > 1:
        rows = [f"| {words} | {amount} |" for words, amount in lines]
        st.markdown("\n".join(["| Line | Amount |", "| :-- | --: |", *rows]))
    if quote.line_up:
        others = [plan_name(catalog, code) for code in quote.line_up if code != quote.plan]
        among = f", among {plan_name(catalog, quote.plan)} and {' and '.join(others)}" if others else ""
        st.caption(escaped(f"The plan that suits this usage best{among}"))
    if quote.monthly_cost != quote.first_month:
        average = dollars(format_amount(quote.monthly_cost, currency))
        st.caption(f"A month on average over a year like this: {average}")
    if plan.trial_days is not None:
        days = "a day" if plan.trial_days == 1 else f"{plan.trial_days} days"
        st.caption(f"After a free trial of {days}")
    if quote.allowances:
        st.caption(escaped(". ".join(allowance_in_words(catalog, allowance) for allowance in quote.allowances) + "."))
    for refusal in quote.refusals:
        st.markdown(f":red[**Refused.** {escaped(refusal_in_words(catalog, refusal))}.]")


def _product(quantity: Decimal, unit_price: Decimal, currency: str) -> str:
    """How an amount came about, where it is not one of something."""
    return "" if quantity == 1 else dollars(f": {plain(quantity)} × {format_exact(unit_price, currency)}")


def _take_along(catalog: Catalog, found: Sequence[Quote], units: Mapping[str, Decimal]) -> None:
    taken = {feature: request for feature, request in requests.of_features(catalog).items() if feature in units}
    downloads("quote", lambda: quote_sheets(catalog, found, units, taken), key="plans_quote")

    def as_text() -> None:
        for quote in found:
            st.code(quote_text(catalog, quote, units, taken), language=None, wrap_lines=True)

    fold("Copy as text", "plans_bill_as_text", as_text)
    with st.expander("How this was worked out"):
        st.markdown(
            "Each bill is a replay of one made-up customer: a month of 30 days, with all of the usage on its first day (on a "
            "weekly plan spread over the weeks). The lines are those of all invoices of that month: the base price at its "
            "start, packs and top-ups when bought, overage at its end. Customers buy packs and top-ups as each candidate "
            "says, every time. A trial comes before all that and costs nothing; an offer counts from the first month. A line-up's "
            "bill is of the plan that suits this usage best over a year, whoever decides which plan customers are on. The average repeats the same usage for a year and divides by twelve, so that yearly and "
            "monthly prices compare and credits left over from a pack are used."
        )
