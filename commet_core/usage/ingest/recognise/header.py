"""Which of a table's first rows names its columns: reports and spreadsheets have titles and dates above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.columns import quoted, required_count

LOOKED_AT: Final = 60
"""Rows in which the header is looked for."""
SHARE_NAMED: Final = 0.6
"""Of the fields that most rows have, the part that the header has to fill."""
SHOWN_MAX: Final = 60

_VALUE: Final = late_pattern(r"[-+(]?[$€£]? ?[-+]?[\d.,]+\)?%?|\d{4}-\d\d-\d\d.*|\d\d?[/.]\d\d?[/.]\d+.*")


def is_value(name: str) -> bool:
    """Whether a text is a value rather than the name of a column."""
    return _VALUE.fullmatch(name) is not None


def header_place(rows: Sequence[Sequence[str]]) -> int:
    """The row that names the columns, from 0: the one with most names that are known, of several the first.

    It fills about as many fields as other rows do, holds no value, and no name twice. 0 where no row is like that.
    """
    filled = [sum(bool(text.strip()) for text in row) for row in rows]
    usual = Counter(count for count in filled if count).most_common()
    widest = max((count for count, times in usual if times == usual[0][1]), default=0)
    places = [
        place
        for place, row in enumerate(rows[:LOOKED_AT])
        if filled[place] >= max(1, SHARE_NAMED * widest) and _can_name(row) and place + 1 < max(len(rows), 2)
    ]
    return max(places, key=lambda place: (required_count([name.strip() for name in rows[place]]), -place), default=0)


def skipped_note(file: str, above: Sequence[str]) -> str:
    """What a report says of the rows above the header."""
    texts = [text.strip(",;|\t ") for text in above]
    shown = quoted([text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…" for text in texts if text])
    which = "1 row above its header is" if len(above) == 1 else f"{len(above):,} rows above its header are"
    return f"{file}: {which} not read: {shown}"


def _can_name(row: Sequence[str]) -> bool:
    names = [text.strip() for text in row if text.strip()]
    return len(set(names)) == len(names) and not any(is_value(name) for name in names)
