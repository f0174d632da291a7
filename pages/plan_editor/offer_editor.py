"""Offers: discounts on the base price, for some charges or for ever, in one step or in phases."""

from __future__ import annotations

from typing import Final

import streamlit as st

from commet_core.catalog.offers import KEY_OF, PHASES_MAX, PhaseType
from commet_core.reports.quote.words import offer_in_words
from commet_core.scenario.drafts.offers import (
    Discount,
    discount_of,
    with_discount,
    with_new_offer,
    with_phase,
    with_phase_type,
    with_phases,
    without_phase,
)
from pages.plan_editor import drafts, fields
from pages.plan_editor.promo_editor import promo_codes
from pages.shared.tables import escaped

PHASE_NAMES: Final[dict[PhaseType, str]] = {
    "free_trial": "Free trial",
    "percentage": "Percentage off",
    "amount_off": "Amount off",
    "fixed_price": "A fixed price",
}


def offers() -> None:
    """The offers, and the promo codes that lead to them."""
    st.caption(
        "An offer takes something off the base price, never off usage, packs or top-ups. Choose under “What you compare” whose "
        "customers begin with it."
    )
    for code in list(drafts.current().design.group("offers")):
        with st.container(border=True):
            _offer(code)
    st.button("Add an offer", key="plans_add_offer", on_click=drafts.add, args=(with_new_offer,))
    promo_codes()


def _offer(code: str) -> None:
    draft = drafts.current()
    offer = draft.design.group("offers")[code]
    name, key = st.columns(2)
    with name:
        fields.name("offers", code, "Offer name")
    with key:
        fields.code("offers", code, "How files refer to the offer.")
    phased = offer.get("phases") is not None
    if phased:
        _phases(code)
    else:
        _discount(code, discount_of(offer))
    with st.expander("More terms", expanded=phased or bool(offer.get("starts_at") or offer.get("ends_at"))):
        _further(code, phased=phased)
    words, delete = st.columns([6, 1], vertical_alignment="center")
    if code in draft.catalog.offers and not draft.problems:
        words.caption(escaped(f"{offer_in_words(draft.catalog, draft.catalog.offers[code])}."))
    with delete:
        fields.delete_button("offers", code)


def _discount(code: str, kind: Discount) -> None:
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
        fields.number("Percent" if kind == "percent" else f"Amount ({drafts.sign()})", ("offers", code, kind), required=True)
    with long:
        fields.number(
            "For how many charges",
            ("offers", code, "cycles"),
            placeholder="for ever",
            hint="Every charge of the base price counts: 3 are three months on a monthly price, three years on a yearly one.",
        )
    fields.problem_below(drafts.current().problems_at(f"offers.{code}"))


def _phases(code: str) -> None:
    """The phases, one below the other: what each does, how much, and for how many charges."""
    phases = drafts.current().design.group("offers")[code]["phases"]
    for place, phase in enumerate(phases):
        _phase(code, place, str(phase.get("type")), last=place == len(phases) - 1, only=len(phases) == 1)
    fields.problem_below(drafts.current().problems_at(f"offers.{code}.phases"))
    fields.problem_below(drafts.current().problems_at(f"offers.{code}"))
    if len(phases) < PHASES_MAX:
        st.button("Add a phase", key=fields.key_of("phase", code), on_click=drafts.change, args=(with_phase, code))


def _phase(code: str, place: int, kind: str, *, last: bool, only: bool) -> None:
    path = ("offers", code, "phases", str(place))
    which, much, long, away = st.columns([2, 1.5, 2, 1], vertical_alignment="bottom")
    labels = {
        "free_trial": "Days",
        "percentage": "Percent",
        "amount_off": f"Amount ({drafts.sign()})",
        "fixed_price": f"Price ({drafts.sign()})",
    }
    key = KEY_OF.get(kind, "percentage")
    with which:
        fields.choice(
            f"Phase {place + 1}",
            ("phase", code, str(place)),
            dict(PHASE_NAMES),
            kind if kind in PHASE_NAMES else None,
            lambda design, chosen: with_phase_type(design, code, place, chosen),
        )
    with much:
        if isinstance(drafts.current().design.value((*path, key)), dict):
            st.caption("By currency, as its file says.")
        else:
            fields.number_in_row(labels.get(kind, "Percent"), (*path, key), placeholder="needed")
    with long:
        if kind != "free_trial":
            placeholder = "for ever" if last else "needed"
            fields.number_in_row("For how many charges", (*path, "duration_cycles"), placeholder=placeholder)
    with away:
        if not only:
            st.button("Remove", key=fields.key_of("away", *path), on_click=drafts.change, args=(without_phase, code, place))
    fields.problems_below_row({key: labels.get(kind, ""), "duration_cycles": "Charges", "type": "Phase"}, path)
    fields.problem_below(drafts.current().problems_at(".".join(path)))


def _further(code: str, *, phased: bool) -> None:
    """Phases, and the days on which the offer may begin."""
    key = fields.key_of("phased", code)
    st.session_state[key] = phased
    st.toggle(
        "In phases, one after the other",
        key=key,
        help="A free trial first, then discounts or fixed prices. The plan's own trial does not apply.",
        on_change=lambda: drafts.edit(with_phases(drafts.current().design, code, on=st.session_state[key]), undoable=True),
    )
    first, last = st.columns(2)
    with first:
        fields.text("May begin from", ("offers", code, "starts_at"), placeholder="any day, else 2026-01-01")
    with last:
        fields.text("Until the day before", ("offers", code, "ends_at"), placeholder="any day, else 2026-07-01")
