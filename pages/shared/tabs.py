"""Tabs of which only the open one is drawn: all of them together take longer than the rest of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.shared import links, remembered


def tabs(key: str, contents: Mapping[str, Callable[[], None]]) -> None:
    """What is open of the contents, by their labels; at first the first. key: under which the link keeps the choice."""
    key = remembered.choice(key, contents, next(iter(contents)))
    for tab, content in zip(st.tabs(list(contents), **links.kept(key)), contents.values(), strict=True):
        if tab.open:
            with tab:
                content()
