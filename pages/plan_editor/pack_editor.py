"""Credit packs: what customers of credits plans can buy beside a plan."""

from __future__ import annotations

import streamlit as st

from commet_core.catalog.plans import model_sells
from commet_core.scenario.drafts import FIRST_NAMES, Design, name_of, with_new, with_value
from pages.plan_editor import drafts, fields
from pages.plan_editor.regional_prices import converted_prices


def packs() -> None:
    st.caption(
        "Credits that customers of credits plans buy when those of the plan run out. Bought credits never expire, unless a pack says so."
    )
    for code in list(drafts.current().design.group("credit_packs")):
        with st.container(border=True):
            _pack(code)
    st.button("Add a credit pack", key="plans_add_pack", on_click=_added)


def _pack(code: str) -> None:
    design = drafts.current().design
    name, key, credit, price, days = st.columns([2, 2, 1.5, 1.5, 1.5])
    with name:
        fields.name("credit_packs", code, "Pack name")
    with key:
        fields.code("credit_packs", code, "How files and links refer to the pack.")
    with credit:
        fields.number("Credits", ("credit_packs", code, "credits"), required=True)
    with price:
        fields.number(f"Price ({drafts.sign()})", ("credit_packs", code, "price"), required=True)
    with days:
        fields.number("Expires after (days)", ("credit_packs", code, "expires_after_days"), placeholder="never")
    converted_prices("credit_packs", code)
    sold, delete = st.columns([6, 1], vertical_alignment="bottom")
    with sold:
        _sold_on(design, code)
    with delete:
        fields.delete_button("credit_packs", code)


def _sold_on(design: Design, code: str) -> None:
    """Which plans the pack is sold on; none chosen means all credits plans."""
    sellers = [plan for plan, content in design.group("plans").items() if model_sells(content["consumption_model"], "packs")]
    key, path = fields.key_of("sold", code), ("credit_packs", code, "plans")
    st.session_state[key] = [plan for plan in design.value(path) or [] if plan in sellers]
    st.multiselect(
        "Sold on",
        sellers,
        format_func=lambda plan: name_of(design, "plans", plan) + f" ({plan})",
        key=key,
        placeholder="every credits plan" if design.value(path) is None else "no plan",
        on_change=lambda: drafts.change(with_value, path, list(st.session_state[key]) or None),
    )
    fields.problems_within(f"credit_packs.{code}.plans")


def _added() -> None:
    drafts.add(with_new, "credit_packs", FIRST_NAMES["credit_packs"], {"credits": "500", "price": "20"})
