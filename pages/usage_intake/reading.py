"""How usage was understood: its shape, what became of every row, and the rows that cannot be used."""

from __future__ import annotations

import pyarrow.parquet as pq
import streamlit as st

from commet_core.foundation.days import days_in
from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.rating.vendor_costs import vendor_costs_in_words
from commet_core.timeline.window import default_window
from commet_core.usage.ingest import Ingested, IngestReport, UnusableFiles, describe
from commet_core.usage.token_totals import tokens_in_words
from pages.shared import loading
from pages.shared.frame import show_problems
from pages.shared.study import BroughtSource, Described, Generated, Study, Uploaded, UsageSource
from pages.shared.tables import CSV, csv_button, escaped, frame_of, prose
from pages.shared.work import start_again
from pages.usage_intake import pending
from pages.usage_intake.assumptions import outside_of
from pages.usage_intake.mapping import ALL_COLUMNS, columns
from pages.usage_intake.ways_in import REPEATED

REJECTS_SHOWN = 100
CSV_ROWS_MAX = 1_000_000
"""A longer list does not fit a spreadsheet."""

_LISTED = "usage_rejects_listed"
"""Session key: the source whose rejected rows are listed in full."""


def reading(study: Study) -> None:
    """What became of the usage that was asked for last: of the one that is refused, else of the study's."""
    refused = pending.refused()
    if refused is not None:
        _unused(*refused)
    elif not isinstance(study.source, Generated | Described):
        try:
            found = loading.ingested(study.source)
        except InputError:
            return  # the page says so above
        st.header("What was read", anchor=False)
        with st.container(border=True):
            zone = study.catalog.time_zone
            window = study.window or default_window(found.usage, days_in(zone))
            _report(study.source, found.report, outside_of(found.usage, window, zone).events, found)
            if st.session_state.get(REPEATED) == study.source:
                st.caption("Some files had the same content and came more than once; each content was read once.")
            with st.expander("Columns, and how they were understood"):
                columns(study.source)


def _unused(source: UsageSource, refusal: InputError) -> None:
    """Usage that cannot be used: why, and the mapping to try again with."""
    what = "upload" if isinstance(source, Uploaded) else "usage"
    st.header(f"This {what} is not used", anchor=False)
    with st.container(border=True):
        show_problems(refusal, "The usage you had stays in place.")
        if isinstance(refusal, UnusableFiles):
            _report(source, refusal.report)
        if not isinstance(source, Generated | Described):
            columns(source)
        st.button(f"Forget this {what}", key="usage_forget", on_click=pending.forget)


def _report(source: UsageSource, report: IngestReport, outside: int = 0, found: Ingested | None = None) -> None:
    """What became of every row that was read. outside: of those that can be used, how many the window leaves out.

    found: what the used rows hold, which is told beside how they were read.
    """
    holds = "" if found is None else f" {prose(_holds(found))}"
    for name, sentence in dict.fromkeys((file.shape.name, file.shape.sentence) for file in report.files if file.shape):
        st.markdown(f"**{escaped(name)}**: {prose(sentence)}.{holds}")
        holds = ""
    parts = [f"{report.rows_used - outside:,} used", f"{report.rows_rejected:,} rejected", report.duplicates_in_words]
    if report.rows_without_usage:
        parts.append(f"{report.rows_without_usage:,} without usage")
    parts.append(f"{outside:,} outside the window")
    st.markdown(f"**{report.rows_read:,} {'row' if report.rows_read == 1 else 'rows'} read** = {' + '.join(parts)}")
    for note in report.notes:
        st.caption(prose(f"{note[:1].upper()}{note[1:]}."))
    if report.rows_rejected:
        _rejects(source, report)


def _holds(found: Ingested) -> str:
    """What the used rows add up to, in sentences."""
    held = describe(found)
    customers = "1 customer" if held.customers == 1 else f"{held.customers:,} customers"
    features = "1 feature" if len(held.features) == 1 else f"{len(held.features):,} features"
    span = f"It holds {customers} and {features} from {held.first:%-d %B %Y} to {held.last:%-d %B %Y} (UTC)."
    said = [tokens_in_words(found.usage), vendor_costs_in_words(found)]
    return " ".join([span, *(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in said if sentence)])


def _rejects(source: UsageSource, report: IngestReport) -> None:
    st.dataframe(
        [
            {
                "Rows": count.rows,
                "Column": ALL_COLUMNS.get(count.column or "", "the row"),
                "Why they were rejected": count.reason,
            }
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
    csv_button(
        f"Download {kept:,} rejected {'row' if kept == 1 else 'rows'}"
        if kept == report.rows_rejected
        else f"Download the first {kept:,} rejected rows",
        lambda: report.rejects,
        "rejected_rows.csv",
        key="usage_rejects_csv",
    )
    if kept < report.rows_rejected and not isinstance(source, Generated | Described):
        _all_rejects(source, report.rows_rejected)


def _all_rejects(source: BroughtSource, count: int) -> None:
    """The full list, which is made when it is asked for: the usage is read once more."""
    if st.session_state.get(_LISTED) != source:
        st.button(f"List all {count:,} rejected rows", key="usage_rejects_list", on_click=_list_all, args=(source,))
        return
    try:
        path = loading.all_rejects(source)
    except InputError as error:
        st.session_state.pop(_LISTED)
        start_again()
        show_problems(InputError(error.problems), "The list was not made.")
        return
    form = "CSV" if count <= CSV_ROWS_MAX else "Parquet"
    st.download_button(
        f"Download all {count:,} rejected rows, {form}",
        lambda: to_csv(pq.read_table(path)) if form == "CSV" else path.read_bytes(),
        f"all_rejected_rows.{form.lower()}",
        CSV if form == "CSV" else "application/vnd.apache.parquet",
        key="usage_rejects_all",
        on_click="ignore",
    )


def _list_all(source: BroughtSource) -> None:
    st.session_state[_LISTED] = source
