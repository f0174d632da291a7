"""Why a row cannot be used, and the rows that were rejected: counted all, a bounded sample kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from commet_core.usage.tokens import TOKEN_COLUMNS

REJECTS_KEPT: Final = 10_000
VALUE_CHARACTERS_MAX: Final = 1_000

REJECT_SCHEMA = pa.schema(
    [("file", pa.string()), ("line", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())]
)
"""`rejects` of interfaces.md. `column` is the file's own name of it, empty where the row as a whole is wrong."""

NO_USAGE: Final = 9
"""Stands for no `Reason`: a cell of a wide table that is empty or 0. It is neither used nor rejected, and counted."""


LEVEL_ROW: Final = 199
"""Stands for no `Reason`, and never in a row: a report of a level, of which another one of its month counts."""

COMMENT_ROW: Final = 198
"""Stands for no `Reason`, and never in a row: a line of a CSV file that is a comment."""

TOTAL_ROW: Final = 200
"""Stands for no `Reason`: a row that is the total of others. It is left out, and counted."""

SUM_ROW: Final = 201
"""Stands for no `Reason`: a row whose value says that it is the total of those above it."""

FILTERED: Final = 202
"""With the place of the filter added: a row that a filter of the mapping leaves out."""


class Reason(IntEnum):
    """Why a row is rejected. Where several reasons hold, the lowest is given: the row itself, then column by column."""

    BROKEN_QUOTE = 1
    TOO_FEW_FIELDS = 2
    TOO_MANY_FIELDS = 3
    TOO_LONG = 4
    NOT_UTF8 = 5
    NOT_JSON = 6
    NOT_AN_OBJECT = 7
    CUSTOMER_EMPTY = 10
    TIME_EMPTY = 20
    TIME_IMPOSSIBLE = 21
    TIME_OFFSET = 22
    TIME_OUTSIDE = 23
    TIME_DAY_OR_MONTH = 24
    TIME_DIGITS = 25
    TIME_UNKNOWN = 26
    TIME_SMALL = 27
    FEATURE_EMPTY = 30
    VALUE_NEGATIVE = 40
    VALUE_COMMA = 41
    VALUE_SEPARATED = 42
    VALUE_CURRENCY = 43
    VALUE_INFINITE = 44
    VALUE_TOO_LARGE = 45
    VALUE_INEXACT = 46
    VALUE_UNKNOWN = 47
    VALUE_FOREIGN = 48
    INPUT_TOKENS = 50
    OUTPUT_TOKENS = 60
    CACHE_READ_TOKENS = 70
    CACHE_TOO_LARGE = 71
    CACHE_WRITE_TOKENS = 80
    MODEL_UNKNOWN = 90
    MODEL_IN_DOLLARS = 91

    @property
    def column(self) -> str | None:
        """The column of usage that is wrong; None where it is the row."""
        return (None, "customer_id", "timestamp", "feature", "value", *TOKEN_COLUMNS, "model")[self // 10]

    @property
    def sentence(self) -> str:
        """What is wrong and what would be right."""
        return SENTENCES[self]


TOKEN_REASONS: Final = (
    Reason.INPUT_TOKENS,
    Reason.OUTPUT_TOKENS,
    Reason.CACHE_READ_TOKENS,
    Reason.CACHE_WRITE_TOKENS,
)
"""For each of TOKEN_COLUMNS: it is not a number of tokens."""

_TIME: Final = "write 2026-01-31T13:45:00Z, 2026-01-31, or epoch seconds or milliseconds"

SENTENCES: Final = {
    Reason.BROKEN_QUOTE: "a quoted field is not closed, or text follows its closing quote: write a quote inside a field twice",
    Reason.TOO_FEW_FIELDS: "the row has fewer fields than the header: write a delimiter for each empty field too",
    Reason.TOO_MANY_FIELDS: "the row has more fields than the header: put a field that contains the delimiter in double quotes",
    Reason.TOO_LONG: "the row is longer than 2,000,000 bytes: look for a quote that is not closed",
    Reason.NOT_UTF8: "the row is not UTF-8 text: save the file as UTF-8",
    Reason.NOT_JSON: "the line is not JSON: write one whole object on each line",
    Reason.NOT_AN_OBJECT: "the line is JSON but not an object: write one object with named fields on each line",
    Reason.CUSTOMER_EMPTY: "the customer is empty: every row needs one",
    Reason.TIME_EMPTY: f"the time is empty: {_TIME}",
    Reason.TIME_IMPOSSIBLE: "there is no such date or time of day: check the day of the month, the hour and the minute",
    Reason.TIME_OFFSET: "the UTC offset is more than 14 hours: write one between -14:00 and +14:00",
    Reason.TIME_OUTSIDE: "the time is outside the years 1970 to 2199: check its unit; epoch seconds and milliseconds are read",
    Reason.TIME_DAY_OR_MONTH: "day and month cannot be told apart for certain: write the year first, such as 2026-01-31",
    Reason.TIME_DIGITS: "digits alone are read as epoch seconds, and these look like a date: write 2026-01-31",
    Reason.TIME_UNKNOWN: f"this is not a time that is understood: {_TIME}",
    Reason.TIME_SMALL: "as epoch seconds this would be in the early seventies: write 2026-01-31, or say its format in the mapping",
    Reason.FEATURE_EMPTY: "the feature is empty: every row needs a feature code",
    Reason.VALUE_NEGATIVE: (
        "the value is negative: usage is 0 or more. What it takes back stays in the bill; `corrections: net` is how a"
        " scenario nets such rows, where it is offered, else reduce the row that it corrects"
    ),
    Reason.VALUE_COMMA: "the value has a comma: write a decimal point and no thousands separators, such as 1234.5",
    Reason.VALUE_SEPARATED: "the value has thousands separators: write the digits without them, such as 1234.5",
    Reason.VALUE_CURRENCY: "the value has a currency or percent sign: write the number alone, such as 3",
    Reason.VALUE_INFINITE: "the value is not a finite number: write a number, or nothing for 1",
    Reason.VALUE_TOO_LARGE: "the value is larger than 9,223,372,036,854.775807: use a larger unit",
    Reason.VALUE_INEXACT: "the number has more digits than JSON software keeps: write it as text, in double quotes",
    Reason.VALUE_FOREIGN: "the value is not written as the file's other numbers are: correct it, or say how they are (`numbers:`)",
    Reason.VALUE_UNKNOWN: "the value is not a number: write digits and a decimal point, such as 1234.5",
    **{
        reason: f"{name} is not a number of tokens: write a whole number from 0, or nothing where there are none"
        for reason, name in zip(TOKEN_REASONS, TOKEN_COLUMNS, strict=True)
    },
    Reason.MODEL_UNKNOWN: "nobody has a price for this model: correct its name, or add it to `models:` of the catalog",
    Reason.MODEL_IN_DOLLARS: (
        "the price of this model is known in US dollars alone, and the catalog has another currency: add it to `models:`"
    ),
    Reason.CACHE_TOO_LARGE: (
        "more tokens were read from and written to the cache than input_tokens, of which they are a part; where they come on"
        " top of it, write `cache: additional` in the mapping"
    ),
}


@dataclass(frozen=True)
class ReasonCount:
    """How many rows were rejected for one reason; `column` is the name in interfaces.md, None for the row as a whole."""

    column: str | None
    reason: str
    rows: int


@dataclass(frozen=True)
class FoundReject:
    """A rejected row: `ordinal` counts the file's rows from 0; where the row's line is known already, it is given."""

    reason: Reason
    value: str | None
    ordinal: int | None = None
    line: int | None = None
    text: str | None = None


class Listener(Protocol):
    """Hears of every reject."""

    def add(self, ordinals: np.ndarray, reasons: np.ndarray, values: pa.Array) -> None:
        """Of a batch: int64, uint8 and texts, one per rejected row."""

    def add_rows(self, rows: Sequence[FoundReject]) -> None:
        """Rows that are wrong as a whole, with their lines."""


@dataclass
class RejectCollector:
    """The rejected rows of one file, as they are found, in the order of the file.

    All are counted; the first `room` of them are kept. found: takes all of them in, where a full list is wanted.
    """

    room: int
    counts: Counter[Reason] = field(default_factory=Counter)
    kept: list[FoundReject] = field(default_factory=list)
    found: Listener | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, reasons: np.ndarray, values: pa.Array, first_ordinal: int) -> None:
        """Counts the rejects of a batch. reasons: uint8, one per row, 0 where it is used; values: what is wrong in it."""
        for code, count in enumerate(np.bincount(reasons)[1:].tolist(), start=1):
            if count:
                self.counts[Reason(code)] += count
        rows = np.flatnonzero(reasons)
        first = rows[: self.room - len(self.kept)].tolist()
        self.kept.extend(FoundReject(Reason(reasons[row]), values[row].as_py(), first_ordinal + row) for row in first)
        if self.found is not None:
            self.found.add(rows + first_ordinal, reasons[rows], values.take(pa.array(rows)))

    def add_rows(self, rows: Sequence[FoundReject]) -> None:
        """Counts rows that are wrong as a whole."""
        self.counts.update(row.reason for row in rows)
        self.kept.extend(rows[: self.room - len(self.kept)])
        if self.found is not None:
            self.found.add_rows(rows)


def reason_counts(counts: Counter[Reason]) -> tuple[ReasonCount, ...]:
    """The reasons with their number of rows, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(reason.column, reason.sentence, rows) for reason, rows in ordered)


def shown(value: str | None) -> str | None:
    """A value as the table of rejects shows it: cut after 1,000 characters."""
    return value if value is None or len(value) <= VALUE_CHARACTERS_MAX else value[:VALUE_CHARACTERS_MAX] + "…"
