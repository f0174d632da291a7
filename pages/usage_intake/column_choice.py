"""One column of usage to choose: its place in the file, several together, or one text for all rows, with examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from commet_core.usage.ingest import FileShape
from commet_core.usage.ingest.recognise.columns import REQUIRED, ColumnMapping, Source
from commet_core.usage.ingest.recognise.shapes import ShapeCode
from pages.shared.tables import escaped

COLUMNS: Final = {
    "customer_id": "Customer",
    "timestamp": "Time",
    "feature": "Feature",
    "value": "Value",
    "event_id": "Event id",
}
AI_COLUMNS: Final = {
    "model": "AI model",
    "input_tokens": "Input tokens",
    "output_tokens": "Output tokens",
    "cache_read_tokens": "Tokens read from the cache",
    "cache_write_tokens": "Tokens written to the cache",
}
ABSENT: Final = {
    "value": "not in the file: every row counts 1",
    "event_id": "not in the file: no duplicates are looked for",
}
CONSTANT: Final = {"constant": ""}
"""Chosen where the same text stands for a column in every row, until the text is known."""

SAMPLES_SHOWN: Final = 3
_WITHOUT_CONSTANT: Final = ("timestamp", "event_id", *(set(AI_COLUMNS) - {"model"}))


def file_key(shape: FileShape) -> str:
    """For keys of widgets: another file, another widget."""
    return f"{shape.path.parent.name}_{shape.file}"


def choose(
    ours: str,
    read_as: ColumnMapping,
    names: Sequence[str],
    shape: FileShape,
    kind: ShapeCode | None,
    proposed: tuple[str, str] | None = None,
) -> Source:
    """Where one column comes from. proposed: a name by its values, where nothing is recognised, and the reason."""
    now = read_as.source(ours)
    options: list[Source] = [*([] if ours in REQUIRED else [None]), *names]
    options += [now] if now is not None and not isinstance(now, str) else []
    options += [CONSTANT] if ours not in _WITHOUT_CONSTANT and not (isinstance(now, Mapping) and "constant" in now) else []
    shown: Source = proposed[0] if now is None and proposed is not None else now
    left, right = st.columns(2, vertical_alignment="bottom")
    chosen: Source = left.selectbox(
        f"{(COLUMNS | AI_COLUMNS)[ours]} ({ours})",
        options,
        index=options.index(shown) if shown in options else (None if ours in REQUIRED else 0),
        format_func=lambda source: _in_words(ours, source, read_as),
        placeholder="Choose the column that holds it",
        key=choice_key(ours, shape, kind),
    )
    if chosen == CONSTANT:
        text = right.text_input("In every row", key=text_key(ours, shape), placeholder="api_calls")
        return {"constant": text.strip()} if text.strip() else now
    samples = sample_values(shape, chosen)
    why = f". Proposed: {proposed[1]}" if proposed is not None and chosen == proposed[0] and now is None else ""
    right.caption(("for example " + ", ".join(f"**{escaped(value)}**" for value in samples) if samples else "") + why)
    return chosen


def choice_key(ours: str, shape: FileShape, kind: ShapeCode | None) -> str:
    """The widget's key of where a column comes from."""
    return f"usage_column_{ours}_{kind}_{file_key(shape)}"


def text_key(ours: str, shape: FileShape) -> str:
    """The widget's key of the text that stands for a column in every row."""
    return f"usage_constant_{ours}_{file_key(shape)}"


def _in_words(ours: str, source: Source, read_as: ColumnMapping) -> str:
    if source is None:
        return ABSENT.get(ours, "not in the file")
    if isinstance(source, Mapping):
        if "constant" not in source:
            return read_as.label(ours)
        return f"“{source['constant']}” in every row" if source["constant"] else "the same in every row …"
    return source if isinstance(source, str) else (" and " if ours == "event_id" else " or ").join(source)


def sample_values(shape: FileShape, source: Source) -> list[str]:
    """The first few different values of a column, shortened."""
    if source is None or isinstance(source, Mapping):
        return []
    values = shape.values(source if isinstance(source, str) else source[0], SAMPLES_SHOWN)
    return [value if len(value) <= 40 else value[:39] + "…" for value in values]
