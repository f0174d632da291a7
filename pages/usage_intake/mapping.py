"""Which column of the files is which: shown with examples, to change, to keep as a file, and to take from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import FileShape
from commet_core.usage.ingest.recognise.columns import REQUIRED, ColumnMapping
from commet_core.usage.ingest.recognise.file_mapping import mapped
from commet_core.usage.ingest.recognise.proposals import proposals
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping, mapping_text
from commet_core.usage.ingest.recognise.shapes import ShapeCode, shape_names
from pages.shared.kept import figure
from pages.shared.sources import open_source
from pages.shared.study import BroughtSource
from pages.shared.tables import escaped
from pages.usage_intake import kept_mappings, pending
from pages.usage_intake.column_choice import AI_COLUMNS, COLUMNS, CONSTANT, choice_key, choose, file_key, text_key
from pages.usage_intake.effect import effect
from pages.usage_intake.rules_form import RULES, rules

ALL_COLUMNS: Final = COLUMNS | AI_COLUMNS


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
    begun = read_as if kind == _code(source) else SavedMapping(shape=kind).on(shapes[0])
    wanted = _wanted(shapes, begun, kind)
    with st.expander("Which rows, and how they are written"):
        said = rules(shapes[0], begun, source.mapping)
    changed = mapping_changes(shapes[0], wanted, kind, said, source.mapping)
    new = mapped(shapes[0], changed)
    if new != read_as:
        effect(source, changed)
    st.button(
        "Read with these columns",
        type="primary" if new != read_as else "secondary",
        key="usage_read_again",
        disabled=new == read_as,
        on_click=_read_again,
        args=(source, changed),
    )
    name = f"{Path(shapes[0].file).stem.split('.')[0] or 'usage'}_mapping"
    kept_mappings.keep(name, changed, lambda: mapping_text(new, kind))
    kept_mappings.take_up(source, _read_again)
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
    names = shape_names(source.mapping.shapes if source.mapping else ())
    codes = [None, *names]
    chosen: ShapeCode | None = st.selectbox(
        "Kind of usage",
        codes,
        index=codes.index(_code(source)),
        format_func=lambda code: f"{shape.recognised.name} (recognised)" if code is None else names[code],
        key=f"usage_kind_{file_key(shape)}",
    )
    return chosen


def _wanted(shapes: Sequence[FileShape], read_as: ColumnMapping, kind: ShapeCode | None) -> ColumnMapping:
    names = list(dict.fromkeys(name for shape in shapes for name in shape.names))
    wide = bool(read_as.features) or kind == "wide"
    proposed = {each.ours: (each.name, each.reason) for each in proposals(shapes[0].sample, read_as) if each.ours in REQUIRED}
    if not read_as.has("customer_id"):
        st.button(
            "This file is one customer",
            key="usage_one_customer",
            help="Every row is taken for the same customer, whose name you can change.",
            on_click=_one_customer,
            args=(shapes[0], kind),
        )
    asked = [ours for ours in COLUMNS if not (wide and ours in ("feature", "value"))]
    changes = {ours: choose(ours, read_as, names, shapes[0], kind, proposed.get(ours)) for ours in asked}
    if not wide:
        with st.expander("AI model and tokens", expanded=read_as.has("model")):
            changes |= {ours: choose(ours, read_as, names, shapes[0], kind) for ours in AI_COLUMNS}
        return read_as.changed({ours: source for ours, source in changes.items() if source != read_as.source(ours)})
    features = st.multiselect(
        "Columns that are features",
        names,
        default=[name for _, name in read_as.features if name in names],
        placeholder="Choose the columns whose cells say how much was used",
        key=f"usage_features_{kind}_{file_key(shapes[0])}",
    )
    codes = {name: feature for feature, name in read_as.features}
    return _wide(read_as.changed(changes), {codes.get(name, name): name for name in features})


def _one_customer(shape: FileShape, kind: ShapeCode | None) -> None:
    st.session_state[choice_key("customer_id", shape, kind)] = CONSTANT
    st.session_state[text_key("customer_id", shape)] = Path(shape.file).stem.split(".")[0] or "customer"


def _wide(mapping: ColumnMapping, features: Mapping[str, str]) -> ColumnMapping:
    cells = mapping.changed({"feature": None, "value": None})
    return ColumnMapping(**{**vars(cells), "features": tuple(features.items())})


def mapping_changes(
    shape: FileShape,
    wanted: ColumnMapping,
    kind: ShapeCode | None = None,
    rules_said: Mapping[str, Any] | None = None,
    before: SavedMapping | None = None,
) -> SavedMapping | None:
    """What has to be said for a file of this shape to be read as wanted; None where recognition says it all.

    rules_said: as `rules_form` returns them. before: the mapping there was, of which all stays that no widget changes.
    """
    recognised = mapped(shape, None if kind is None else SavedMapping(shape=kind))
    changes: dict[str, Any] = {
        ours: wanted.source(ours) for ours in ALL_COLUMNS if wanted.source(ours) != recognised.source(ours)
    }
    said = _untouched(before) | {key: rules_said[key] for key in RULES if rules_said and key in rules_said}
    if said.get("where") == {column: list(texts) for column, texts in recognised.rules.where}:
        said.pop("where")
    if rules_said and (text := rules_said.get("format")) and isinstance(time := wanted.source("timestamp"), str):
        changes["timestamp"] = {"column": time, "format": text}
    if wanted.features != recognised.features and wanted.features:
        said["features"] = dict(wanted.features)
        changes.pop("feature", None), changes.pop("value", None)
    said |= {"columns": changes} if changes else {}
    said |= {} if kind is None else {"shape": kind}
    return SavedMapping.model_validate(said) if said else None


def _untouched(before: SavedMapping | None) -> dict[str, Any]:
    if before is None:
        return {}
    changed_here = {"columns", "features", "shape", *RULES}
    return before.model_dump(include=before.model_fields_set - changed_here, exclude_unset=True)


def _read_again(source: BroughtSource, mapping: SavedMapping | None) -> None:
    pending.ask_again(source.model_copy(update={"mapping": mapping}))
