"""Mappings kept by a name: as files, and for the rest of the visit to take up again with one choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping, parse_mapping
from pages.shared.frame import show_problems
from pages.shared.study import BroughtSource

_KEPT: Final = "usage_mappings_kept"
_LOADS: Final = "usage_mapping_loads"
_WRONG: Final = "usage_mapping_wrong"
_CHOSEN: Final = "usage_mapping_kept"
"""Session keys: (name → mapping); how many files were taken up; (source, what is wrong with the last of them); the choice."""


def keep(default_name: str, mapping: SavedMapping | None, text: Callable[[], str]) -> None:
    """A name for a mapping, and its file, which also keeps it for this visit."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.text_input("Keep this mapping as", default_name, key="usage_mapping_name").strip() or default_name
    right.download_button(
        "Download this mapping",
        text,
        f"{name}.yaml",
        "application/yaml",
        key="usage_mapping_download",
        on_click=_remember,
        args=(name, mapping),
    )


def _remember(name: str, mapping: SavedMapping | None) -> None:
    st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), name: mapping or SavedMapping()}


def take_up(source: BroughtSource, read_again: Callable[[BroughtSource, SavedMapping | None], None]) -> None:
    """A mapping of this visit, or one that was kept as a file."""
    kept: dict[str, SavedMapping] = st.session_state.get(_KEPT, {})
    if kept:
        st.selectbox(
            "Use a mapping of this visit",
            list(kept),
            index=None,
            placeholder="Choose one by its name",
            key=_CHOSEN,
            on_change=_take,
            args=(source, read_again),
        )
    count = st.session_state.setdefault(_LOADS, 0)
    file = st.file_uploader(
        "Use a saved mapping", type=["yaml", "yml", "json"], key=f"usage_mapping_{count}", max_upload_size=1
    )
    if file is not None:
        st.session_state[_LOADS] = count + 1
        st.session_state.pop(_WRONG, None)
        try:
            loaded = parse_mapping(file.getvalue().decode("utf-8", "replace"), file.name)
        except InputError as error:
            st.session_state[_WRONG] = (source, error)
        else:
            _remember(file.name.rsplit(".", 1)[0], loaded)
            read_again(source, loaded)
        st.rerun()
    wrong: tuple[BroughtSource, InputError] | None = st.session_state.get(_WRONG)
    if wrong is not None and wrong[0] is source:
        show_problems(wrong[1], "This mapping cannot be used.")


def _take(source: BroughtSource, read_again: Callable[[BroughtSource, SavedMapping | None], None]) -> None:
    kept: dict[str, SavedMapping] = st.session_state.get(_KEPT, {})
    if (name := st.session_state.get(_CHOSEN)) in kept:
        read_again(source, kept[name])
