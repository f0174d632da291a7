"""Candidates: which plans are compared, on which billing interval, with customers who buy what when they run out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from commet_core.catalog import INTERVALS
from commet_core.design import name_of, packs_for, with_candidate, with_candidate_value, without_candidate
from commet_core.money import symbol
from commet_core.quote.typed import number_text
from commet_core.quote.words import INTERVAL_NAMES
from pages.shared.plans import drafts, fields
from pages.shared.plans.labels import plan_label


def candidates() -> None:
    """The candidates, one row each."""
    design = drafts.current().design
    if not design.group("plans"):
        st.markdown("Nothing to compare: add a plan first.")
        return
    if not design.candidates:
        st.markdown("No plan is compared yet. Add a candidate to see bills, curves and the comparison.")
    for place in range(len(design.candidates)):
        with st.container(border=True):
            _candidate(place)
    st.button("Add a candidate", key="plans_add_candidate", on_click=_add)


def _add() -> None:
    design = drafts.current().design
    compared = [candidate.get("plan") for candidate in design.candidates]
    codes = list(design.group("plans"))
    drafts.edit(with_candidate(design, next((code for code in codes if code not in compared), codes[0])))


def _candidate(place: int) -> None:
    draft = drafts.current()
    candidate = draft.design.candidates[place]
    plan = draft.design.group("plans").get(candidate["plan"], {})
    widths = [1.8, 2, 1.3, 2.2, *([1.5] if draft.design.group("offers") else []), 1]
    name, which, interval, bought, *offers, remove = st.columns(widths, vertical_alignment="bottom")
    with name:
        _name(place)
    with which:
        codes = fields.distinct({code: plan_label(draft.design, code) for code in draft.design.group("plans")})
        _choice("Plan", place, "plan", codes, candidate["plan"])
    with interval:
        offered = [one for one in INTERVALS if one in (plan.get("prices") or {})]
        if offered:
            chosen = candidate.get("interval") or ("monthly" if "monthly" in offered else offered[0])
            _choice("Billed", place, "interval", {one: INTERVAL_NAMES[one] for one in offered}, chosen)
    with bought:
        _purchases(place, candidate, plan)
    for column in offers:
        with column:
            _offer(place, candidate, plan)
    with remove:
        st.button("Remove", key=fields.key_of("remove", str(place)), on_click=_removed, args=(place,))
    for problem in draft.problems:
        if problem.where.startswith(f"candidates.{place}.") and problem.where != f"candidates.{place}.name":
            fields.problem_below([problem])


def _typed_key(place: int, what: str) -> str:
    """The key of a field that is typed into: another one when candidates move up, as what was typed stays with a key."""
    return fields.key_of("candidate", str(place), str(len(drafts.current().design.candidates)), what)


def _name(place: int) -> None:
    draft, key = drafts.current(), _typed_key(place, "name")
    st.session_state[key] = str(draft.design.candidates[place].get("name", ""))  # which may follow the name of its plan
    st.text_input("Name in the comparison", key=key, on_change=_changed, args=(key, place, "name"))
    fields.problem_below(draft.problems_at(f"candidates.{place}.name"))


def _choice(label: str, place: int, what: str, options: dict[str, str], chosen: str) -> None:
    key = fields.key_of("candidate", str(place), what)
    st.session_state[key] = chosen
    st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=_changed, args=(key, place, what))


def _changed(key: str, place: int, what: str) -> None:
    drafts.edit(with_candidate_value(drafts.current().design, place, what, st.session_state[key]))


def _purchases(place: int, candidate: dict[str, Any], plan: dict[str, Any]) -> None:
    """What customers do when they run out: buy packs, or top up a balance that stops."""
    design = drafts.current().design
    if plan.get("consumption_model") == "credits":
        packs = packs_for(design, candidate["plan"])
        rules = {"none": "Wait for the reset", "smallest_sufficient": "Buy the smallest enough"}
        rules |= fields.distinct({code: f"Buy {name_of(design, 'credit_packs', code)}" for code in packs})
        rule = candidate.get("purchases", {}).get("pack", "none")
        key = fields.key_of("candidate", str(place), "pack")
        st.session_state[key] = rule
        st.selectbox(
            "When credits run out",
            list(rules),
            format_func=lambda one: rules.get(one, one),
            key=key,
            on_change=_rule,
            args=(key, place),
        )
    elif plan.get("consumption_model") == "balance" and (plan.get("block_on_exhaustion") is True or not plan.get("prices")):
        key = _typed_key(place, "top_up")
        if key not in st.session_state:
            st.session_state[key] = str((candidate.get("top_up") or {}).get("amount", ""))
        sign = symbol(str(design.document.get("currency", ""))).strip()
        st.text_input(f"Top up by ({sign})", key=key, placeholder="never", on_change=_top_up, args=(key, place))


def _offer(place: int, candidate: dict[str, Any], plan: dict[str, Any]) -> None:
    """The discount that customers begin with, where there are offers and a price to take them off."""
    design = drafts.current().design
    if not plan.get("prices"):
        return
    codes = {code: name_of(design, "offers", code) for code in design.group("offers")}
    labels = {"": "none", **fields.distinct(codes)}
    key = fields.key_of("candidate", str(place), "offer")
    st.session_state[key] = candidate.get("offer", "")
    st.selectbox(
        "Offer at the start",
        list(labels),
        format_func=lambda code: labels.get(code, code),
        key=key,
        on_change=lambda: drafts.edit(
            with_candidate_value(drafts.current().design, place, "offer", st.session_state[key] or None)
        ),
    )


def _rule(key: str, place: int) -> None:
    design = drafts.current().design
    rule = {**design.candidates[place].get("purchases", {}), "pack": st.session_state[key]}
    drafts.edit(with_candidate_value(design, place, "purchases", rule if rule["pack"] != "none" else None))


def _top_up(key: str, place: int) -> None:
    design, amount = drafts.current().design, number_text(st.session_state[key])
    rule = {**(design.candidates[place].get("top_up") or {}), "amount": amount}
    drafts.edit(with_candidate_value(design, place, "top_up", rule if amount else None))


def _removed(place: int) -> None:
    drafts.edit(without_candidate(drafts.current().design, place), undoable=True)
