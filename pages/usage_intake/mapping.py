"""Which column of the files is which: shown with examples, to change, to keep as a file, and to take from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import FileShape
from commet_core.usage.ingest.recognise.column_mapping import names_of
from commet_core.usage.ingest.recognise.columns import REQUIRED, ColumnMapping, Source
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping, mapped, mapping_text, parse_mapping
from commet_core.usage.ingest.recognise.shapes import NAMES, SHAPE_CODES, ShapeCode
from pages.shared.frame import show_problems
from pages.shared.kept import figure
from pages.shared.sources import open_source
from pages.shared.study import BroughtSource
from pages.shared.tables import escaped
from pages.usage_intake import pending

COLUMNS: Final = {
    "customer_id": "Customer",
    "timestamp": "Time",
    "feature": "Feature",
    "value": "Value",
    "event_id": "Event id",
}
ABSENT: Final = {
    "value": "not in the file: every row counts 1",
    "event_id": "not in the file: no duplicates are looked for",
}
CONSTANT: Final = {"constant": ""}
"""Chosen where the same text stands for a column in every row, until the text is known."""

SAMPLES_SHOWN: Final = 3
_LOADS: Final = "usage_mapping_loads"
_WRONG: Final = "usage_mapping_wrong"
"""Session keys: how many mapping files were taken up; (source, what is wrong with the last of them)."""


def columns(source: BroughtSource) -> None:
    """The mapping of a source's first file, to change; its first rows for comparison."""
    try:
        shapes = _shapes(source)
        if not shapes:
            st.caption("A usage store was read when it was made, and has no columns to choose from.")
            return
        read_as = mapped(shapes[0], source.mapping)
    except InputError:
        return  # what is wrong with the file stands above
    st.markdown(f"Columns of **{escaped(shapes[0].file)}**" + (" and the other files" if len(shapes) > 1 else ""))
    kind = _kind(shapes[0], source)
    wanted = _wanted(shapes, read_as if kind == _code(source) else SavedMapping(shape=kind).on(shapes[0]), kind)
    changed = mapping_changes(shapes[0], wanted, kind)
    with st.container(horizontal=True):
        st.button(
            "Read with these columns",
            key="usage_read_again",
            disabled=wanted == read_as,
            on_click=_read_again,
            args=(source, changed),
        )
        st.download_button(
            "Download this mapping",
            lambda: mapping_text(wanted, kind),
            f"{Path(shapes[0].file).stem.split('.')[0] or 'usage'}_mapping.yaml",
            "application/yaml",
            key="usage_mapping_download",
            on_click="ignore",
        )
    _load(source)
    st.caption("The first rows, as they stand in the file")
    st.dataframe(
        [dict(zip(shapes[0].columns, row, strict=False)) for row in shapes[0].preview], hide_index=True, key="usage_first_rows"
    )


def _shapes(source: BroughtSource) -> Sequence[FileShape]:
    """What the first files look like. The database may take long to say it."""
    opened = open_source(source)
    return figure(f"shapes {source.model_dump_json()} {opened.content}", opened.shapes, "Looking at the first rows")


def _code(source: BroughtSource) -> ShapeCode | None:
    return None if source.mapping is None else source.mapping.shape


def _kind(shape: FileShape, source: BroughtSource) -> ShapeCode | None:
    """What kind of usage it is: None where that is recognised."""
    chosen: ShapeCode | None = st.selectbox(
        "Kind of usage",
        [None, *SHAPE_CODES],
        index=0 if _code(source) is None else 1 + SHAPE_CODES.index(_code(source) or "own"),
        format_func=lambda code: f"{shape.recognised.name} (recognised)" if code is None else NAMES[code],
        key=f"usage_kind_{_name(shape)}",
    )
    return chosen


def _name(shape: FileShape) -> str:
    """For keys of widgets: another file, another widget."""
    return f"{shape.path.parent.name}_{shape.file}"


def _wanted(shapes: Sequence[FileShape], read_as: ColumnMapping, kind: ShapeCode | None) -> ColumnMapping:
    """The mapping that the widgets say."""
    names = list(dict.fromkeys(name for shape in shapes for name in shape.names))
    wide = bool(read_as.features) or kind == "wide"
    asked = [ours for ours in COLUMNS if not (wide and ours in ("feature", "value"))]
    changes = {ours: _source(ours, read_as, names, shapes[0], kind) for ours in asked}
    if not wide:
        return read_as.changed(changes)
    features = st.multiselect(
        "Columns that are features",
        names,
        default=[name for _, name in read_as.features if name in names],
        placeholder="Choose the columns whose cells say how much was used",
        key=f"usage_features_{kind}_{_name(shapes[0])}",
    )
    codes = {name: feature for feature, name in read_as.features}
    return _wide(read_as.changed(changes), {codes.get(name, name): name for name in features})


def _wide(mapping: ColumnMapping, features: Mapping[str, str]) -> ColumnMapping:
    cells = mapping.changed({"feature": None, "value": None})
    return ColumnMapping(**{**vars(cells), "features": tuple(features.items())})


def _source(ours: str, read_as: ColumnMapping, names: Sequence[str], shape: FileShape, kind: ShapeCode | None) -> Source:
    """Where one column comes from: one of the names, several together, or one text for all rows."""
    now = read_as.source(ours)
    options: list[Source] = [*([] if ours in REQUIRED else [None]), *names]
    options += [now] if now is not None and not isinstance(now, str) else []
    options += [CONSTANT] if ours not in ("timestamp", "event_id") and not isinstance(now, Mapping) else []
    left, right = st.columns(2, vertical_alignment="bottom")
    chosen: Source = left.selectbox(
        f"{COLUMNS[ours]} ({ours})",
        options,
        index=options.index(now) if now in options else (None if ours in REQUIRED else 0),
        format_func=lambda source: _in_words(ours, source),
        placeholder="Choose the column that holds it",
        key=f"usage_column_{ours}_{kind}_{_name(shape)}",
    )
    if chosen == CONSTANT:
        text = right.text_input("In every row", key=f"usage_constant_{ours}_{_name(shape)}", placeholder="api_calls")
        return {"constant": text.strip()} if text.strip() else now
    samples = sample_values(shape, chosen)
    right.caption("for example " + ", ".join(f"**{escaped(value)}**" for value in samples) if samples else "")
    return chosen


def _in_words(ours: str, source: Source) -> str:
    if source is None:
        return ABSENT.get(ours, "not in the file")
    if isinstance(source, Mapping) and "constant" not in source:
        return " and ".join(names_of(source))
    if isinstance(source, Mapping):
        return f"“{source['constant']}” in every row" if source["constant"] else "the same in every row …"
    return source if isinstance(source, str) else (" and " if ours == "event_id" else " or ").join(source)


def sample_values(shape: FileShape, source: Source) -> list[str]:
    """The first few different values of a column, shortened."""
    if source is None or isinstance(source, Mapping):
        return []
    values = shape.values(source if isinstance(source, str) else source[0], SAMPLES_SHOWN)
    return [value if len(value) <= 40 else value[:39] + "…" for value in values]


def mapping_changes(shape: FileShape, wanted: ColumnMapping, kind: ShapeCode | None = None) -> SavedMapping | None:
    """What has to be said for a file of this shape to be read as wanted; None where recognition says it all."""
    recognised = mapped(shape, None if kind is None else SavedMapping(shape=kind))
    changes: dict[str, Any] = {ours: wanted.source(ours) for ours in COLUMNS if wanted.source(ours) != recognised.source(ours)}
    said: dict[str, Any] = {"columns": changes} if changes else {}
    if wanted.features != recognised.features and wanted.features:
        said["features"] = dict(wanted.features)
        changes.pop("feature", None), changes.pop("value", None)
    if kind is not None:
        said["shape"] = kind
    return SavedMapping.model_validate(said) if said else None


def _read_again(source: BroughtSource, mapping: SavedMapping | None) -> None:
    pending.ask_again(source.model_copy(update={"mapping": mapping}))


def _load(source: BroughtSource) -> None:
    """A mapping that was kept as a file."""
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
            _read_again(source, loaded)
        st.rerun()
    wrong: tuple[BroughtSource, InputError] | None = st.session_state.get(_WRONG)
    if wrong is not None and wrong[0] is source:
        show_problems(wrong[1], "This mapping cannot be used.")
