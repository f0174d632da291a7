"""How the cells of a file are read, besides which column is which: one rule of each kind for the whole file.

A rule is given in a mapping, known of a shape, or decided from all values of the file. None: not decided, and what stands
there has to be plain (2026-01-31T13:45:00Z, 1234.5).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final, Literal

Operation = Literal[
    "first", "sum", "subtract", "date and time", "date and hour", "year, month and day", "year and week", "year and quarter"
]
Cache = Literal["included", "additional"]
Duplicates = Literal["first", "last"]
Totals = Literal["leave_out", "keep"]
Count = Literal["max", "last", "average", "unique"]
UnitsRead = Literal["as written", "keep", "apart", "convert"]

POINT: Final = "."
COMMA: Final = ","
SECOND_COLUMNS: Final[dict[str, Operation]] = {"time": "date and time", "hour": "date and hour"}
"""What stands beside a date in a second column."""
OF_PARTS: Final[Operation] = "year, month and day"
DATE_PARTS: Final = ("year", "month", "day")
"""A date in columns of its parts, of which the day may be missing: then the first of the month is meant."""
BESIDE_A_YEAR: Final[dict[str, Operation]] = {"week": "year and week", "quarter": "year and quarter"}
"""What stands beside a year where there is no month: a week of ISO 8601, of which its Monday is meant, or a quarter, its first day."""
IN_PARTS: Final = (OF_PARTS, *BESIDE_A_YEAR.values())


SECONDS_IN: Final = {"seconds": 1, "minutes": 60, "hours": 3600}
"""The units that lengths of time are read in."""


@dataclass(frozen=True)
class Numbers:
    """How numbers are written. thousands: the comma or point that separates them; spaces and apostrophes always may.

    percent: every value carries the sign, and is read as hundredths.
    """

    decimal: str = POINT
    thousands: str = COMMA
    percent: bool = False


@dataclass(frozen=True)
class Calculation:
    """How one of our columns is made of the columns it is read from: operation on them, times `multiply` ÷ `divide`.

    seconds: of lengths of time such as 01:23:45, how many make the unit that they are read in; 0 where numbers are read.
    """

    ours: str
    operation: Operation = "first"
    multiply: Decimal = Decimal(1)
    divide: Decimal = Decimal(1)
    seconds: int = 0

    @property
    def scales(self) -> bool:
        return self.multiply != 1 or self.divide != 1 or self.seconds > 0


@dataclass(frozen=True)
class Units:
    """How values are read whose units stand in a column.

    read     keep: whatever the units are; apart: each unit of a feature as a feature of its own; convert: as `into` says;
             as written: as they stand, since each feature has one unit
    into     (feature, the unit that its values are read in)
    column   where the units stand, as the file shows
    factors  (feature, unit, multiply, divide) of values that are converted
    seen     (feature, unit, rows) as values are read
    """

    read: UnitsRead
    into: tuple[tuple[str, str], ...] = ()
    column: str = ""
    factors: tuple[tuple[str, str, int, int], ...] = ()
    seen: tuple[tuple[str, str, int], ...] = ()

    @property
    def changes_rows(self) -> bool:
        """Whether rows are read otherwise than without units."""
        return bool(self.column) and (self.read == "apart" or bool(self.factors))


@dataclass(frozen=True)
class ReadingRules:
    """time_formats: as `strptime` takes them, tried in this order; excel_days: times are Excel's day numbers.
    time_zone: an IANA name, of times without a zone. cache: what the cache columns mean (billing-rules 11.5).
    where: (column, the texts of rows that are read). duplicates: which row of an event id counts.
    totals: whether rows called total are left out. token_totals: rows are totals of many requests to AI models.
    models: (what a file calls a model, the model that it is priced as). units: of values, where a column holds them.
    total_names: customers and features that are totals, as the file's values or names show.
    total_columns: further columns in which a row says that it is a total. month_names: months are not called as in English.
    count: (a feature that is a level, which of its reports in a month counts).
    levels: features whose values are levels: so many are held until the next row (billing-rules 10.4).
    units_in_cells: the unit of a value stands behind it in its cell.
    time_ranges: times are ranges, of which the first day is meant.
    comments: whether lines of a CSV file that begin with # or // are left out.
    reasoning: whether reasoning tokens are part of the output.
    encoding: of text files that are not Unicode.
    corrections: rows below zero are usage that is given back (billing-rules 15.7).
    """

    time_formats: tuple[str, ...] = ()
    excel_days: bool = False
    time_zone: str | None = None
    numbers: Numbers | None = None
    cache: Cache | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    totals: Totals | None = None
    duplicates: Duplicates | None = None
    token_totals: bool = False
    models: tuple[tuple[str, str], ...] = ()
    units: Units | None = None
    total_names: tuple[str, ...] = ()
    total_columns: tuple[str, ...] = ()
    month_names: bool = False
    units_in_cells: bool = False
    count: tuple[tuple[str, Count], ...] = ()
    corrections: bool = False
    levels: tuple[str, ...] = ()
    encoding: str | None = None
    reasoning: Cache | None = None
    comments: Totals | None = None
    time_ranges: bool = False

    def over(self, others: ReadingRules) -> ReadingRules:
        """These, and the others' where these say nothing."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return ReadingRules(**{name: value or getattr(others, name) for name, value in mine.items()})


NO_RULES: Final = ReadingRules()
