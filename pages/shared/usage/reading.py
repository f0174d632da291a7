"""How uploaded files were understood: rows read, used and rejected, the mapping of columns, and another mapping where wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from commet_core.errors import InputError
from commet_core.export import to_csv
from commet_core.ingest import FileShape, IngestReport, UnusableFiles, inspect
from commet_core.ingest.columns import REQUIRED, ColumnMapping, mapping_for
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.spool import path_of
from pages.shared.study import Study, Uploaded, UsageSource
from pages.shared.tables import CSV, escaped, frame_of
from pages.shared.usage import pending
from pages.shared.usage.ways_in import REPEATED

COLUMNS = {
    "customer_id": "Customer",
    "timestamp": "Time",
    "feature": "Feature",
    "value": "Value",
    "event_id": "Event id",
}
ABSENT = {"value": "not in the file: every row counts 1", "event_id": "not in the file: no duplicates are looked for"}
REJECTS_SHOWN = 100
SAMPLES_SHOWN = 3


def reading(study: Study) -> None:
    """What became of the last upload: of the one that is refused, else of the study's."""
    refused = pending.refused()
    if refused is not None:
        _unused(*refused)
    elif isinstance(study.source, Uploaded):
        try:
            found = loading.ingested(study.source)
        except InputError:
            return  # the page says so above
        st.subheader("What was read", anchor=False)
        with st.container(border=True):
            _report(found.report)
            if st.session_state.get(REPEATED) == study.source.files:
                st.caption("Some files had the same content and came more than once; each content was read once.")
            with st.expander("Columns, and how they were understood"):
                _mapping(study.source)


def _unused(source: UsageSource, refusal: InputError) -> None:
    """Usage that cannot be used: why, and the mapping to try again with."""
    st.subheader("This upload is not used" if isinstance(source, Uploaded) else "This usage is not used", anchor=False)
    with st.container(border=True):
        show_problems(refusal, "The usage you had stays in place.")
        if isinstance(refusal, UnusableFiles):
            _report(refusal.report)
        if isinstance(source, Uploaded):
            _mapping(source)
        st.button("Forget this upload", key="usage_forget", on_click=pending.forget)


def _report(report: IngestReport) -> None:
    """What became of every row that was read."""
    st.markdown(
        f"**{report.rows_read:,} rows read** = {report.rows_used:,} used + {report.rows_rejected:,} rejected + "
        f"{report.duplicates_in_words}"
    )
    for note in report.notes:
        st.caption(escaped(f"{note[:1].upper()}{note[1:]}."))
    if report.rows_rejected:
        _rejects(report)


def _rejects(report: IngestReport) -> None:
    st.dataframe(
        [
            {"Rows": count.rows, "Column": COLUMNS.get(count.column or "", "the row"), "Why they were rejected": count.reason}
            for count in report.reasons
        ],
        hide_index=True,
        column_config={"Rows": st.column_config.NumberColumn(format="localized", width="small")},
        key="usage_reject_reasons",
    )
    kept = report.rejects.num_rows
    first = "The rejected row" if kept == 1 else f"The first {min(kept, REJECTS_SHOWN):,} rejected rows"
    with st.expander(first, expanded=report.rows_used == 0):
        st.dataframe(
            frame_of(report.rejects.slice(0, REJECTS_SHOWN)),
            hide_index=True,
            column_config={
                "file": "File",
                "line": st.column_config.NumberColumn("Line", format="localized"),
                "column": "Column",
                "value": "Value",
                "reason": st.column_config.TextColumn("Reason", width="large"),
            },
            key="usage_rejects",
        )
    st.download_button(
        f"Download {kept:,} rejected {'row' if kept == 1 else 'rows'}"
        if kept == report.rows_rejected
        else f"Download the first {kept:,} rejected rows",
        lambda: to_csv(report.rejects),
        "rejected_rows.csv",
        CSV,
        key="usage_rejects_csv",
        on_click="ignore",
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _shape(digest: str, _file: studies.UploadedFile) -> FileShape:  # noqa: ARG001
    return inspect(path_of(_file))


def _mapping(source: Uploaded) -> None:
    """Which column of the file is which, to change; the first rows for comparison."""
    try:
        shapes = [_shape(file.digest + file.name, file) for file in source.files]
        mapped = mapping_for(shapes[0].columns, source.mapping)
    except InputError:
        return  # what is wrong with the file stands above
    columns = list(dict.fromkeys(name for shape in shapes for name in shape.columns))
    st.markdown(
        f"Columns of **{escaped(shapes[0].file)}**" + (f" and {len(shapes) - 1:,} more files" if len(shapes) > 1 else "")
    )
    chosen = {ours: _column(ours, label, getattr(mapped, ours), columns, shapes[0]) for ours, label in COLUMNS.items()}
    st.button(
        "Read with these columns",
        key="usage_read_again",
        disabled=not _differing(chosen, mapped),
        on_click=_read_again,
        args=(source, mapping_changes(shapes[0].columns, chosen)),
    )
    st.caption("The first rows, as they stand in the file")
    st.dataframe(
        [dict(zip(shapes[0].columns, row, strict=False)) for row in shapes[0].preview], hide_index=True, key="usage_first_rows"
    )


def _read_again(source: Uploaded, mapping: dict[str, str | None] | None) -> None:
    pending.ask_again(source.model_copy(update={"mapping": mapping}))


def _column(ours: str, label: str, theirs: str | None, columns: Sequence[str], shape: FileShape) -> str | None:
    options: list[str | None] = [*columns] if ours in REQUIRED else [None, *columns]
    left, right = st.columns(2, vertical_alignment="bottom")
    chosen: str | None = left.selectbox(
        f"{label} ({ours})",
        options,
        index=options.index(theirs) if theirs in options else (None if ours in REQUIRED else 0),
        format_func=lambda name: ABSENT[ours] if name is None else name,
        placeholder="Choose the column that holds it",
        key=f"usage_column_{ours}_{shape.path.parent.name}",
    )
    samples = sample_values(shape, chosen)
    right.caption("for example " + ", ".join(f"**{escaped(value)}**" for value in samples) if samples else "")
    return chosen


def sample_values(shape: FileShape, column: str | None) -> list[str]:
    """The first few different values of a column, shortened."""
    if column not in shape.columns:
        return []
    place = shape.columns.index(column)
    values = dict.fromkeys(str(row[place]) for row in shape.preview if len(row) > place and row[place])
    return [value if len(value) <= 40 else value[:39] + "…" for value in list(values)[:SAMPLES_SHOWN]]


def mapping_changes(columns: Sequence[str], chosen: Mapping[str, str | None]) -> dict[str, str | None] | None:
    """What has to be said for a file with these columns to be read as chosen; None where its names say it all."""
    return _differing(chosen, mapping_for(columns, None)) or None


def _differing(chosen: Mapping[str, str | None], read_as: ColumnMapping) -> dict[str, str | None]:
    return {ours: theirs for ours, theirs in chosen.items() if getattr(read_as, ours) != theirs}
