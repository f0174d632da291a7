"""Features: what customers use, hold, or have, and what each is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from commet_core.catalog.level_terms import FeatureType
from commet_core.scenario.drafts import with_value
from commet_core.scenario.drafts.feature_types import type_of, with_new_feature, with_type
from pages.plan_editor import drafts, fields
from pages.shared.tables import escaped

TYPES: Final[dict[FeatureType, str]] = {
    "usage": "Used up",
    "seats": "Seats, held",
    "quota": "A quota, held",
    "boolean": "There or not",
}
"""How a feature is counted."""

ADD: Final[dict[FeatureType, str]] = {
    "usage": "Add a feature",
    "seats": "Add seats",
    "quota": "Add a quota",
    "boolean": "Add one that is there or not",
}


def features(used: Sequence[str]) -> None:
    """The features. `used`: the codes that occur in the usage."""
    st.caption(
        "What customers use and you count: calls, images, messages, hours; or what they hold, as seats and projects. A feature's "
        "code is how your usage names it."
    )
    design = drafts.current().design
    _missing([code for code in used if code not in design.group("features")])
    for code in list(design.group("features")):
        with st.container(border=True):
            _feature(code)
    with st.container(horizontal=True):
        for kind, label in ADD.items():
            key = "plans_add_feature" + ("" if kind == "usage" else f"_{kind}")
            st.button(label, key=key, on_click=drafts.add, args=(with_new_feature, kind))


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


def _feature(code: str) -> None:
    name, key, kind, unit, cost = st.columns([2, 2, 1.6, 1.3, 1.6], gap="xsmall")
    counted = type_of(drafts.current().design, code)
    with name:
        fields.name("features", code, "Feature name")
    with key:
        fields.code("features", code, "Exactly as in the feature column of your usage.")
    with kind:
        hint = "Seats and quota are held and charged for as long as they are; a feature that is there or not has no price."
        fields.choice(
            "Counted as",
            ("type", code),
            dict(TYPES),
            counted,
            lambda design, chosen: with_type(design, code, chosen),
            hint=hint,
        )
    if counted != "boolean":
        with unit:
            fields.text("Unit", ("features", code, "unit"), placeholder="unit", hint="One of them: image, call or GB.")
    if counted == "usage":
        with cost:
            hint = "What serving one unit costs you. Bills do not depend on it."
            fields.number(f"Unit cost ({drafts.sign()})", ("features", code, "unit_cost"), placeholder="not known", hint=hint)
    fields.delete_button("features", code)
