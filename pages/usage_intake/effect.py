"""What a mapping would do, before it is taken: the files are read with it where that is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import IngestReport, UnusableFiles, read
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping
from pages.shared.kept import figure
from pages.shared.sources import open_source
from pages.shared.study import BroughtSource, Queried
from pages.shared.tables import prose

BYTES_MAX: Final = 32 << 20
"""Files up to so large are read at once, in a second or two."""
PROBLEMS_SHOWN: Final = 3


def effect(source: BroughtSource, mapping: SavedMapping | None) -> None:
    """How many rows would be used, and why others would not; or what stands in the way."""
    if isinstance(source, Queried):
        return
    opened = open_source(source)
    paths = [path for path in opened.inputs(lambda _share, _what: None) if isinstance(path, Path)]
    if sum(path.stat().st_size for path in paths) > BYTES_MAX:
        st.caption("What this changes is seen when the files are read with it.")
        return
    said = "" if mapping is None else mapping.model_dump_json(exclude_unset=True)
    st.markdown(figure(f"effect {opened.content} {said}", lambda: _effect(paths, mapping), "Reading with these columns"))


def _effect(paths: list[Path], mapping: SavedMapping | None) -> str:
    try:
        return in_words(read(paths, mapping=mapping).report)
    except UnusableFiles as error:
        return in_words(error.report)
    except InputError as error:
        shown = " ".join(f"{problem.what}. {problem.fix}." for problem in error.problems[:PROBLEMS_SHOWN])
        return f"Would not be read: {prose(shown)}"


def in_words(report: IngestReport) -> str:
    """`Would use 199,700 of 200,000 rows`, and the reasons of the others, with their counts."""
    reasons = [f"{count.rows:,} × {prose(count.reason)}" for count in report.reasons[:PROBLEMS_SHOWN]]
    reasons += [f"{report.duplicates:,} duplicates"] if report.duplicates else []
    others = f": {'; '.join(reasons)}" if reasons else ""
    return f"**Would use {report.rows_used:,} of {report.rows_read:,} rows**{others}."
