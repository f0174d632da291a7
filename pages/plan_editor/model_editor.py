"""AI models: a search over their prices, what a thousand typical requests cost and earn, and prices of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa
import streamlit as st

from commet_core.catalog.model_prices import LIST_CURRENCY, Model, PriceBook, list_version
from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import format_exact
from commet_core.reports.quote.requests import read_margin, worth
from commet_core.reports.quote.words import feature_name
from commet_core.scenario.drafts.models import PRICE_KEYS, percent_of_margin, with_new_model, with_own_prices
from pages.plan_editor import drafts, fields, requests
from pages.shared import links, remembered
from pages.shared import study as studies
from pages.shared.tables import distinct, dollars, escaped, frame_of, price_column

REQUESTS: Final = 1000
MODELS_SHOWN: Final = 30
PRICE_NAMES: Final = {"input": "Input", "output": "Output", "cache_read": "Cache read", "cache_write": "Cache write"}
NO_FEATURE: Final = ""
"""In place of a feature, while none follows the price of a model."""


def models() -> None:
    """The models, a request to try them with, and prices of one's own."""
    catalog = drafts.current().catalog
    st.caption(
        "A feature of a balance plan can cost what its AI model costs you, plus a margin: choose “AI model price + margin” for "
        "it under Plans. Your usage says which model a request went to, and how many tokens it took."
    )
    _lacking(catalog)
    found, tried = st.columns([2, 1], gap="medium")
    feature = _feature_to_try(catalog)
    with found:
        _search(catalog, feature)
    with tried, st.container(border=True):
        _try(catalog, feature)
    _own()


def _lacking(catalog: Catalog) -> None:
    """What keeps the study from being replayed: usage that does not say what its requests took."""
    if lacking := requests.without_tokens(catalog):
        names = escaped(", ".join(feature_name(catalog, code) for code in lacking))
        st.warning(
            f"Your usage has no tokens for {names}, so that it cannot be compared. Bring usage with the columns `model`, "
            "`input_tokens` and `output_tokens`, or choose another price under Plans."
        )


def _feature_to_try(catalog: Catalog) -> str:
    """The feature whose typical request is shown."""
    by_tokens = [code for code in catalog.features if code in catalog.features_by_tokens()]
    if len(by_tokens) < 2:
        return by_tokens[0] if by_tokens else NO_FEATURE
    names = distinct({code: feature_name(catalog, code) for code in by_tokens})
    with st.container(width=300):
        return str(
            st.selectbox(
                "Feature",
                by_tokens,
                format_func=names.__getitem__,
                **links.kept(remembered.choice("plans_request_feature", by_tokens, by_tokens[0])),
            )
        )


def _search(catalog: Catalog, feature: str) -> None:
    book = PriceBook.of(catalog)
    text = st.text_input(
        "Search a model",
        placeholder="claude, gpt, gemini flash, mistral …",
        **links.kept(remembered.text("plans_model_search")),
    )
    found = book.search(text, MODELS_SHOWN)
    if book.currency != LIST_CURRENCY:
        currency = book.currency.upper()
        st.caption(f"The public list is in US dollars. For plans in {currency} give models prices of your own, below.")
    if not found:
        st.markdown("No model has these words in its name or its provider's.")
        return
    key = f"plans_models/{feature}/{text}"
    codes = [model.code for model in found]
    prices = [price for model in found for price in model.latest_prices]
    event = st.dataframe(
        frame_of(_table(found)),
        hide_index=True,
        height=min(9, len(found) + 1) * 35 + 2,
        column_config={
            "provider": "Provider",
            "model": "Model",
            **{name: price_column(label, catalog.currency, prices) for name, label in PRICE_NAMES.items()},
        },
        key=key,
        on_select=lambda: _choose(feature, codes, st.session_state[key]["selection"]["rows"]),
        selection_mode="single-row",
        alt="Models that were found, with their prices per million tokens",
    )
    _take(feature, codes, event["selection"]["rows"])
    st.caption(f"Prices per million tokens, yours before those of the public list ({list_version()}). Choose a row to try it.")


def _choose(feature: str, codes: Sequence[str], rows: Sequence[int]) -> None:
    _take(feature, codes, rows)
    studies.write_link()


def _take(feature: str, codes: Sequence[str], rows: Sequence[int]) -> None:
    """Tries the model of the row that is chosen, where one is."""
    for row in rows:
        if row < len(codes):
            remembered.put(requests.key_of(feature, "model"), codes[row])


def _table(found: Sequence[Model]) -> pa.Table:
    prices = [model.latest_prices for model in found]
    columns = {name: [getattr(price, name) for price in prices] for name in PRICE_NAMES}
    return pa.table(
        {
            "provider": [model.provider if model.listed else "Your price" for model in found],
            "model": [model.name if model.listed else model.code for model in found],
            **{name: pa.array(column, pa.decimal128(38, 9)) for name, column in columns.items()},
        }
    )


def _try(catalog: Catalog, feature: str) -> None:
    """A typical request, typed, and what a thousand like it cost and earn."""
    texts = requests.typed(feature)
    model = PriceBook.of(catalog).find(texts["model"])
    st.markdown(f"**A typical request to {escaped(model.name if model else texts['model'])}**")
    try:
        request, wrong = requests.request_of(feature), {}
    except InputError as error:
        request, wrong = None, {problem.where: [problem] for problem in error.problems}
    for place, (token, label) in enumerate(requests.TOKENS.items()):
        if place % 2 == 0:
            columns = st.columns(2)
        with columns[place % 2]:
            _token_field(feature, token, label, wrong.get(token, []))
    with columns[1]:
        margin = _margin(catalog, feature)
    if request is None or margin is None:
        return
    try:
        found = worth(PriceBook.of(catalog), request, margin, REQUESTS)
    except InputError as error:
        fields.problem_below(list(error.problems))
        return
    cost, price, earned = (dollars(format_exact(amount, catalog.currency)) for amount in found)
    st.markdown(
        f"| {REQUESTS:,} of them | Amount |\n| :-- | --: |\n"
        f"| Cost you | {cost} |\n| Customers pay | {price} |\n| **You earn** | **{earned}** |"
    )
    st.caption("Each kind of token, and the margin, is rounded up to a hundredth of a cent in every request.")
    if model is not None and model.listed:
        own = model.latest_prices._asdict()
        st.button(
            "Set prices of your own", key="plans_own_prices", on_click=drafts.change, args=(with_own_prices, model.code, own)
        )


def _token_field(feature: str, token: str, label: str, wrong: list[Problem]) -> None:
    key = requests.key_of(feature, token)
    st.session_state[key] = requests.typed(feature)[token]
    st.text_input(label, **links.kept(key))
    fields.problem_below(wrong)


def _margin(catalog: Catalog, feature: str) -> Decimal | None:
    """The margin to try, at first that of the first plan; None where it cannot be read."""
    terms = [plan.features[feature] for plan in catalog.plans.values() if feature in plan.features]
    planned = next((each.margin_share for each in terms if each.by_tokens), None)
    key = requests.key_of(feature, "margin")
    usual = "20" if planned is None else percent_of_margin(planned)
    text = st.session_state[key] = requests.typed(feature).get("margin", usual)
    st.text_input(
        "Margin to try (%)", help="What customers pay follows the margin of their plan, under Plans.", **links.kept(key)
    )
    try:
        return read_margin(text)
    except InputError as error:
        fields.problem_below(list(error.problems))
        return None


def _own() -> None:
    """Models with prices of one's own: negotiated ones, or of models that the list does not know."""
    own = list(drafts.current().design.group("models"))
    with st.expander("Prices of your own", expanded=bool(own)):
        st.caption("For prices that you negotiated, and for models that the list does not have. They go before the list.")
        for code in own:
            with st.container(border=True):
                _own_model(code)
        st.button("Add a model", key="plans_add_model", on_click=drafts.add, args=(with_new_model,))


def _own_model(code: str) -> None:
    fields.code("models", code, "As your usage names it: provider/model, or the model alone.", label="Provider/model")
    columns = st.columns(len(PRICE_KEYS))
    for column, name in zip(columns, PRICE_KEYS, strict=True):
        with column:
            needed = name in ("input", "output")
            hint = None if needed else "Left empty: the price of input."
            label = f"{PRICE_NAMES[name]} ({drafts.sign()} per million)"
            fields.number(label, ("models", code, name), required=needed, placeholder="" if needed else "as input", hint=hint)
    fields.delete_button("models", code)
