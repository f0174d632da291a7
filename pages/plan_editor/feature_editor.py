"""Features and credit packs: what customers use, and what they can buy beside a plan."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from commet_core.catalog.plans import model_sells
from commet_core.foundation.money import symbol
from commet_core.scenario.drafts import FIRST_NAMES, Design, Kind, name_of, with_new, with_value, without
from pages.plan_editor import drafts, fields
from pages.shared.tables import escaped


def features(used: Sequence[str]) -> None:
    """The features. `used`: the codes that occur in the usage."""
    st.caption("What customers use and you count: calls, images, messages, hours. A feature's code is how your usage names it.")
    design = drafts.current().design
    _missing([code for code in used if code not in design.group("features")])
    for code in list(design.group("features")):
        with st.container(border=True):
            _feature(code)
    st.button("Add a feature", key="plans_add_feature", on_click=_add, args=("features",))


def _missing(codes: Sequence[str]) -> None:
    if not codes:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"Your usage has features that are not here yet: {escaped(', '.join(codes[:8]))}", width="stretch")
        st.button("Add them", key="plans_add_missing", on_click=_add_all, args=(codes,))


def _add_all(codes: Sequence[str]) -> None:
    design = drafts.current().design
    for code in codes:
        design = with_value(design, ("features", code), {})
    drafts.edit(design)


def _add(kind: Kind) -> None:
    content = {"credits": "500", "price": "20"} if kind == "credit_packs" else {}
    design, _ = with_new(drafts.current().design, kind, FIRST_NAMES[kind], content)
    drafts.edit(design)


def _feature(code: str) -> None:
    name, key, unit, cost = st.columns([2, 2, 1.5, 1.5])
    sign = symbol(str(drafts.current().design.document.get("currency", ""))).strip()
    with name:
        fields.name("features", code, "Feature name")
    with key:
        fields.code("features", code, "Exactly as in the feature column of your usage.")
    with unit:
        fields.text("Unit, one of them", ("features", code, "unit"), placeholder="unit", hint="For example image, call or GB.")
    with cost:
        hint = "What serving one unit costs you. Bills do not depend on it."
        fields.number(f"Your cost per unit ({sign})", ("features", code, "unit_cost"), placeholder="not known", hint=hint)
    _delete("features", code)


def packs() -> None:
    """The credit packs."""
    st.caption(
        "Credits that customers of credits plans buy when those of the plan run out. Bought credits never expire, unless a pack says so."
    )
    for code in list(drafts.current().design.group("credit_packs")):
        with st.container(border=True):
            _pack(code)
    st.button("Add a credit pack", key="plans_add_pack", on_click=_add, args=("credit_packs",))


def _pack(code: str) -> None:
    design = drafts.current().design
    sign = symbol(str(design.document.get("currency", ""))).strip()
    name, key, credit, price, days = st.columns([2, 2, 1.5, 1.5, 1.5])
    with name:
        fields.name("credit_packs", code, "Pack name")
    with key:
        fields.code("credit_packs", code, "How files and links refer to the pack.")
    with credit:
        fields.number("Credits", ("credit_packs", code, "credits"), required=True)
    with price:
        fields.number(f"Price ({sign})", ("credit_packs", code, "price"), required=True)
    with days:
        fields.number("Expires after (days)", ("credit_packs", code, "expires_after_days"), placeholder="never")
    sold, delete = st.columns([6, 1], vertical_alignment="bottom")
    with sold:
        _sold_on(design, code)
    with delete:
        _delete("credit_packs", code)


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
        on_change=lambda: drafts.edit(with_value(drafts.current().design, path, list(st.session_state[key]) or None)),
    )
    for problem in drafts.current().problems:
        if problem.where.startswith(f"credit_packs.{code}.plans"):
            fields.problem_below([problem])


def _delete(kind: Kind, code: str) -> None:
    st.button("Delete", key=fields.key_of("delete", kind, code), on_click=_deleted, args=(kind, code))


def _deleted(kind: Kind, code: str) -> None:
    drafts.edit(without(drafts.current().design, kind, code), undoable=True)
