"""Promo codes: each leads to an offer, with plans and an interval it may be used on, a limit and an end."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from commet_core.foundation.vocabulary import INTERVALS
from commet_core.foundation.wording import capitalized, interval_name
from commet_core.scenario.drafts import name_of, with_value
from commet_core.scenario.drafts.offers import is_one_discount, with_new_promo_code
from pages.plan_editor import drafts, fields
from pages.shared.tables import distinct


def promo_codes() -> None:
    """The promo codes; where there is none a button alone."""
    codes = list(drafts.current().design.group("promo_codes"))
    if codes:
        st.markdown("**Promo codes**")
        st.caption(
            "A code is used at the start, once by each customer. Choose under “What you compare” whose customers use it."
        )
    for code in codes:
        with st.container(border=True):
            _promo_code(code)
    st.button("Add a promo code", key="plans_add_promo_code", on_click=drafts.add, args=(with_new_promo_code,))


def _promo_code(code: str) -> None:
    path = ("promo_codes", code)
    key, offer, interval = st.columns(3)
    with key:
        fields.code("promo_codes", code, "What customers type.", label="Promo code")
    with offer:
        _offer(code)
    with interval:
        _interval(code)
    _plans(code)
    limit, end = st.columns(2)
    with limit:
        hint = "Of all customers together, for each candidate by itself: the first to start have it."
        fields.number("May be used so many times", (*path, "max_redemptions"), placeholder="without a limit", hint=hint)
    with end:
        fields.text("Until the day before", (*path, "expires_at"), placeholder="for ever, else 2026-12-31")
    fields.delete_button("promo_codes", code)


def _offer(code: str) -> None:
    design = drafts.current().design
    chosen = design.value(("promo_codes", code, "offer"))
    able = [one for one, offer in design.group("offers").items() if is_one_discount(offer) or one == chosen]
    labels: Mapping[str, str] = distinct({one: name_of(design, "offers", one) for one in able})
    fields.choice(
        "Leads to",
        ("promo offer", code),
        dict(labels),
        chosen if chosen in labels else None,
        lambda draft, wanted: with_value(draft, ("promo_codes", code, "offer"), wanted),
        hint="Offers with one percentage or one amount.",
    )
    fields.problem_below(drafts.current().problems_at(f"promo_codes.{code}.offer"))


def _interval(code: str) -> None:
    path = ("promo_codes", code, "billing_interval")
    options = {"": "Any interval"} | {str(interval): capitalized(interval_name(interval)) for interval in INTERVALS}
    fields.choice(
        "On",
        ("promo interval", code),
        options,
        drafts.current().design.value(path) or "",
        lambda design, chosen: with_value(design, path, chosen or None),
    )
    fields.problem_below(drafts.current().problems_at(".".join(path)))


def _plans(code: str) -> None:
    """The plans on which it may be used; none chosen means all."""
    design, path = drafts.current().design, ("promo_codes", code, "plans")
    key = fields.key_of("promo plans", code)
    st.session_state[key] = [plan for plan in design.value(path) or [] if plan in design.group("plans")]
    st.multiselect(
        "Plans",
        list(design.group("plans")),
        format_func=lambda plan: f"{name_of(design, 'plans', plan)} ({plan})",
        key=key,
        placeholder="every plan",
        on_change=lambda: drafts.change(with_value, path, list(st.session_state[key]) or None),
    )
    fields.problems_within(".".join(path))
