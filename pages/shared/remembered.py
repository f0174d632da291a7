"""What a visitor has typed, chosen or opened on a page and that is no part of the study: kept across pages, and in the link.

A widget that follows it shows it by its key and keeps it in its callback, which `links.kept` gives it:

    st.text_input("Units", **links.kept(remembered.text("quote_units")))

What comes from a link is taken where the widget can show it; else the widget shows what is usual.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import streamlit as st

LETTERS_MAX: Final = 20_000
"""Longer texts are kept in the session alone."""

_KEPT: Final = "remembered"


def text(key: str, usual: str = "") -> str:
    """The key of a field for text, which shows what was typed, else what is usual."""
    kept = _kept().get(key)
    st.session_state[key] = kept if isinstance(kept, str) else usual
    return key


def choice(key: str, options: Collection[Any], usual: Any) -> str:
    """The key of a widget with options, which shows what was chosen while that is among them, else what is usual."""
    kept = _kept().get(key)
    st.session_state[key] = kept if isinstance(kept, str | bool) and kept in options else usual
    return key


def whole_number(key: str, usual: int) -> str:
    """The key of a field for a whole number."""
    kept = _kept().get(key)
    known = isinstance(kept, int) and not isinstance(kept, bool) and abs(kept) < 1 << 53
    st.session_state[key] = kept if known else usual
    return key


def typed(key: str) -> str | None:
    """The text that is kept under a key; None where there is none."""
    kept = _kept().get(key)
    return kept if isinstance(kept, str) else None


def put(key: str, value: Any) -> None:
    """Keeps what a widget shows; None: nothing any more."""
    if _kept().get(key) == value:
        return
    others = {other: kept for other, kept in _kept().items() if other != key}
    st.session_state[_KEPT] = others if value is None else {**others, key: value}


def forget(*beginnings: str) -> None:
    """Drops everything whose key begins so."""
    st.session_state[_KEPT] = {key: value for key, value in _kept().items() if not key.startswith(beginnings)}


def for_link() -> Mapping[str, Any]:
    """What belongs into the link; the same object while nothing changes."""
    return _kept()


def take(found: Any) -> None:
    """What a link holds, in place of what is kept; nothing where that is not of the right kind."""
    simple = found if isinstance(found, dict) else {}
    st.session_state[_KEPT] = {key: value for key, value in simple.items() if isinstance(value, str | int)}


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault(_KEPT, {})
    return kept
