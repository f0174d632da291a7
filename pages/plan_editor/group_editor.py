"""Plan groups: between which plans customers can change, and which of two is the higher."""

from __future__ import annotations

import streamlit as st

from commet_core.scenario.drafts import Design, name_of
from commet_core.scenario.drafts.groups import (
    dearer_below,
    joinable,
    members,
    model_of,
    with_member,
    with_moved,
    with_new_group,
    without_member,
)
from pages.plan_editor import drafts, fields
from pages.plan_editor.labels import plan_label, prices_label
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import distinct, escaped


def groups() -> None:
    """The plan groups, each with its plans in order."""
    st.caption(
        "Customers can change between the plans of a group. A move up is an upgrade and immediate; a move down takes effect when "
        "what was paid for ends. The plans of a group have one consumption model. A group can be compared as a whole: as a line-up."
    )
    design = drafts.current().design
    for code in list(design.group("plan_groups")):
        with st.container(border=True):
            _group(design, code)
    _alone(design)
    _add(design)


def _group(design: Design, code: str) -> None:
    name, delete = st.columns([5, 1], vertical_alignment="bottom")
    with name:
        model = model_of(design, code)
        fields.code(
            "plan_groups",
            code,
            "How files and candidates refer to the group.",
            label=f"{MODEL_NAMES[model]} group" if model else "Group",
        )
    with delete:
        fields.delete_button("plan_groups", code)
    inside = members(design, code)
    st.caption("Lowest first" if inside else "There is no plan in it yet.")
    for place, plan in enumerate(inside):
        _member(design, code, plan, place, len(inside))
    for lower, higher in dearer_below(design, code):
        st.caption(f"{escaped(lower)} costs more than {escaped(higher)}, which is above it.")
    fields.problems_within(f"plan_groups.{code}.")
    _join(design, code)


def _member(design: Design, group: str, plan: str, place: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            prices = prices_label(design, plan, free="no base price")
            st.markdown(f"{place + 1} · **{escaped(name_of(design, 'plans', plan))}** · {escaped(prices)}")
        with st.container(horizontal=True, width="content"):
            for label, steps, end in (("Lower", -1, 0), ("Higher", 1, count - 1)):
                key = fields.key_of("group", group, plan, label)
                shut = place == end
                st.button(
                    label,
                    key=key,
                    disabled=shut,
                    type="tertiary",
                    on_click=drafts.change,
                    args=(with_moved, group, plan, steps),
                )
            key = fields.key_of("group", group, plan, "out")
            st.button("Take out", key=key, type="tertiary", on_click=drafts.change, args=(without_member, group, plan))


def _join(design: Design, group: str) -> None:
    free = joinable(design, group)
    if not free:
        return
    labels, key = distinct({plan: plan_label(design, plan) for plan in free}), fields.key_of("group", group, "join")
    st.session_state[key] = None
    st.selectbox(
        "Add a plan to the group",
        free,
        format_func=lambda plan: labels.get(plan, plan),
        key=key,
        placeholder="Add a plan to the group",
        label_visibility="collapsed",
        on_change=_joined,
        args=(key, group),
    )


def _joined(key: str, group: str) -> None:
    if st.session_state[key] is not None:
        drafts.change(with_member, group, st.session_state[key])


def _alone(design: Design) -> None:
    grouped = {plan for group in design.group("plan_groups") for plan in members(design, group)}
    alone = [plan_label(design, plan) for plan in design.group("plans") if plan not in grouped]
    if alone and grouped:
        st.caption(escaped(f"In no group, so that nobody can change to or from it: {', '.join(alone)}"))


def _add(design: Design) -> None:
    models = {plan["consumption_model"] for plan in design.group("plans").values()}
    if not models:
        st.markdown("There is no plan yet: add plans first.")
        return
    with st.popover("Add a plan group"):
        st.caption("It begins with the plans of a model that are in no group yet, lowest price first.")
        for model, name in MODEL_NAMES.items():
            if model in models:
                key = f"plans_add_group_{model}"
                st.button(f"{name} plans", key=key, width="stretch", on_click=drafts.add, args=(with_new_group, model))
