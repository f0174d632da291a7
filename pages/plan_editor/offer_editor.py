"""Offers: discounts on the base price, for some charges or for ever."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.money import symbol
from commet_core.reports.quote.words import offer_in_words
from commet_core.scenario.drafts import without
from commet_core.scenario.drafts.offers import Discount, discount_of, with_discount, with_new_offer
from pages.plan_editor import drafts, fields
from pages.shared.tables import escaped


def offers() -> None:
    """The offers."""
    st.caption(
        "An offer takes something off the base price, never off usage, packs or top-ups. Choose under “What you compare” whose "
        "customers begin with it."
    )
    for code in list(drafts.current().design.group("offers")):
        with st.container(border=True):
            _offer(code)
    st.button("Add an offer", key="plans_add_offer", on_click=_added)


def _offer(code: str) -> None:
    draft = drafts.current()
    offer = draft.design.group("offers")[code]
    name, key = st.columns(2)
    with name:
        fields.name("offers", code, "Offer name")
    with key:
        fields.code("offers", code, "How files refer to the offer.")
    if offer.get("phases") is None:
        _discount(code, discount_of(offer))
    else:
        fields.problem_below(drafts.current().problems_at(f"offers.{code}"))
    words, delete = st.columns([6, 1], vertical_alignment="center")
    if code in draft.catalog.offers and not draft.problems:
        words.caption(escaped(f"{offer_in_words(draft.catalog, draft.catalog.offers[code])}."))
    with delete:
        st.button("Delete", key=fields.key_of("delete", "offers", code), on_click=_deleted, args=(code,))


def _discount(code: str, kind: Discount) -> None:
    sign = symbol(str(drafts.current().design.document.get("currency", ""))).strip()
    options: dict[Discount, str] = {"percent": "A percentage", "amount": "An amount"}
    what, much, long = st.columns([2, 1.5, 2])
    with what:
        fields.choice(
            "Takes off",
            ("discount", code),
            options,
            kind,
            lambda design, chosen: with_discount(design, code, chosen),
            segmented=True,
        )
    with much:
        fields.number("Percent" if kind == "percent" else f"Amount ({sign})", ("offers", code, kind), required=True)
    with long:
        fields.number(
            "For how many charges",
            ("offers", code, "cycles"),
            placeholder="for ever",
            hint="Every charge of the base price counts: 3 are three months on a monthly price, three years on a yearly one.",
        )
    fields.problem_below(drafts.current().problems_at(f"offers.{code}"))


def _added() -> None:
    design, _ = with_new_offer(drafts.current().design)
    drafts.edit(design)


def _deleted(code: str) -> None:
    drafts.edit(without(drafts.current().design, "offers", code), undoable=True)
