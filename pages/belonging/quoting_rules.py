"""The rules of quotes: what a seller may promise alone, and how they look. Owners change them."""

from __future__ import annotations

import base64
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation.logo import BYTES_MAX, drawn_anew
from commet_core.reports.quotation.typed import limit_fields, limits_of_fields
from commet_core.workspace.settings import Settings, settings_of, settle
from pages.shared import links, outcome, remembered, workspaces
from pages.shared.tables import escaped

KEY: Final = "rules_"
LABELS: Final = {"margin_min": "Least margin, %", "discount_percent_max": "Most discount on the base price, %"}
_LOGO: Final = "rules_logo"
"""Session key: how many logos were taken, which names the uploader, so that it is empty again."""


def form() -> None:
    """The rules as fields, for owners; for others in words."""
    settled = settings_of(workspaces.current())
    st.header("Quotes", anchor=False)
    fields = limit_fields(settled.limits)
    if workspaces.role() != "owner":
        words = [f"{label} {fields[key]}" for key, label in LABELS.items() if fields[key]]
        st.markdown(
            escaped("; ".join(words) or "There are no limits to what a quote may promise.") + " Owners may change this."
        )
        return
    st.markdown("Beyond a limit a quote needs an owner's approval before it is marked sent. Empty: no limit.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, label in LABELS.items():
            with st.container(width=260):
                _text(label, key, fields[key])
        with st.container(width=300):
            _text("From, on new quotes", "seller", settled.seller)
        key = KEY + "colour"
        st.color_picker("Colour", **links.kept(remembered.text(key, settled.colour)))
        st.button("Save the rules", key="rules_save", on_click=_save, args=(settled,))
    _logo(settled)


def _text(label: str, key: str, usual: str) -> None:
    st.text_input(label, max_chars=200, **links.kept(remembered.text(KEY + key, usual)))


def _save(settled: Settings) -> None:
    def save() -> None:
        typed = {key: str(st.session_state.get(KEY + key) or "") for key in LABELS}
        changes = {
            "limits": limits_of_fields(typed).model_dump(),
            "seller": str(st.session_state.get(KEY + "seller") or ""),
            "colour": str(st.session_state.get(KEY + "colour") or settled.colour),
        }
        after = Settings.model_validate(settled.model_dump() | changes)
        settle(workspaces.current(), settled, after, workspaces.now())

    if outcome.of(save, "The rules are saved, and hold from the next quote that is saved."):
        links.forget(KEY)


def _logo(settled: Settings) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if settled.logo_png is not None:
            st.image(settled.logo_png, width=160)
            st.button("Remove the logo", key="rules_logo_remove", on_click=_take, args=(settled, ""))
        place = st.session_state.setdefault(_LOGO, 0)
        file = st.file_uploader("A logo for quotes: PNG, JPEG, WebP or GIF, up to 5 MB", key=f"rules_logo_{place}")
    if file is None:
        return
    st.session_state[_LOGO] = place + 1

    def take() -> None:
        if file.size > BYTES_MAX:
            raise InputError.of(file.name, f"the logo has {file.size:,} bytes", "Give a picture of at most 5 MB")
        picture = base64.b64encode(drawn_anew(file.getvalue(), file.name)).decode()
        settle(workspaces.current(), settled, _with_logo(settled, picture), workspaces.now())

    outcome.of(take, "The logo is on quotes from now on; it was drawn anew from its points.")
    st.rerun()


def _take(settled: Settings, picture: str) -> None:
    outcome.of(
        lambda: settle(workspaces.current(), settled, _with_logo(settled, picture), workspaces.now()), "The logo is removed."
    )


def _with_logo(settled: Settings, picture: str) -> Settings:
    return Settings.model_validate(settled.model_dump() | {"logo": picture})
