"""Lines of a CSV file that are comments: `# old rows`, and rows that somebody has taken out by a sign before them.

A customer may be called `#1 Plumbing` or `#general`, so what stands behind the sign, and the other rows, decide: quoted names and
numbers behind # are names; a space behind the sign, too few or many fields, or the name of another row show a comment. What comes
once among many others is one too; what comes again is asked about.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from typing import Final

import pyarrow.compute as pc

from commet_core.usage.ingest.reading.csv_records import Layout, Record, marked_records
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.questions import Choice, Question, Undecided

MARKS: Final = ("#", "//")


def may_have_comments(rows: FileRows, spool: Spool) -> bool:
    """Whether a CSV file has rows that begin as comments do, as its names or its rejects show."""
    if rows.shape.format != "csv" or rows.mapping.rules.comments == "keep":
        return False
    if any(
        (reject.text or "").startswith(MARKS) or (reject.value or "").startswith(MARKS)
        for reject in (*rows.rejects, *rows.collector.kept)
    ):
        return True
    return any(
        pc.any(pc.starts_with(names.texts(), mark)).as_py() for names in (spool.customers, spool.features) for mark in MARKS
    )


def comments_of(
    shape: FileShape, layout: Layout, names: Iterable[str], given: str | None, *, starts_with_name: bool
) -> frozenset[int]:
    """The physical lines of records that are comments. names: of customers and features; given: `leave_out`, where somebody
    has said it; starts_with_name: whether the first column holds such names. Raises Undecided.
    """
    marked, count = marked_records(shape.path, layout, MARKS)
    if given == "leave_out":
        return frozenset(record.line for record in marked)
    if 2 * len(marked) > count:
        return frozenset()
    known = {name.strip() for name in names}
    first = {record.line: _first_field(record, layout.delimiter) for record in marked}
    often = Counter(first.values())
    found, doubtful = set(), []
    for record in marked:
        name = first[record.line]
        bare = name.lstrip("#/")
        if record.reason is not None or bare[:1].isspace() or bare.strip() in known or not starts_with_name:
            found.add(record.line)
        elif not bare[:1].isdigit():
            if often[name] > 1:
                doubtful.append(name)
            found.add(record.line)
    if doubtful:
        raise Undecided([_question(shape.file, doubtful)])
    return frozenset(found)


def _first_field(record: Record, delimiter: str) -> str:
    return next(csv.reader([record.text], delimiter=delimiter), [""])[0].strip()


def _question(file: str, names: list[str]) -> Question:
    what = f"{len(names):,} rows such as {names[0]!r} may be comments, or customers and features that are called so"
    choices = (
        Choice("they are comments", {"comments": "leave_out"}),
        Choice("they are usage", {"comments": "keep"}),
    )
    return Question(file, "comments", what, choices)
