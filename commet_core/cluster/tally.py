"""What became of rows, block by block; and the rules of an input, of which each block that is not plain shows some."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Self

from commet_core.foundation.errors import Problem
from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.reading.deciding_units import mixed_in_files
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.reading_rules import Numbers, ReadingRules, Units
from commet_core.usage.ingest.recognise.time_forms import SEPARATORS, Order, candidates

_FIX: Final = (
    "Say in a mapping (--mapping) how, or make a usage store with commet-sim prepare, which looks at all values at once"
)
_EXAMPLE: Final = late_pattern("'[^']*'")


@dataclass
class Tally:
    """What became of the rows of a block.

    lines    of its text, or its rows
    counts   every count of `FileRows`
    offsets  smallest and largest UTC offset of its times, in minutes
    reasons  `rejects.Reason` → rejected rows; left_out, vanished_units, decided as in `FileRows`
    rules    that its rows were read by
    """

    file: int
    block: int
    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    offsets: tuple[int, int] | None = None
    reasons: Counter[int] = field(default_factory=Counter)
    left_out: Counter[int] = field(default_factory=Counter)
    vanished_units: Decimal = Decimal(0)
    rules: dict[ReadingRules, None] = field(default_factory=dict)
    decided: dict[str, None] = field(default_factory=dict)

    def add(self, rows: FileRows) -> None:
        """Takes in rows that were read."""
        counts = Counter({name: value for name, value in vars(rows).items() if name.endswith("_count")})
        reasons = Counter({int(reason): count for reason, count in rows.collector.counts.items()})
        rules, decided = dict.fromkeys([rows.mapping.rules]), dict.fromkeys(rows.decided)
        self.join(Tally(0, 0, 0, counts, rows.offset_minutes, reasons, rows.left_out, rows.vanished_units, rules, decided))

    def join(self, other: Tally) -> None:
        """Takes in what became of other rows."""
        self.counts.update(other.counts)
        if offsets := [*(self.offsets or ()), *(other.offsets or ())]:
            self.offsets = min(offsets), max(offsets)
        self.reasons.update(other.reasons)
        self.left_out.update(other.left_out)
        self.vanished_units += other.vanished_units
        self.rules |= other.rules
        self.decided |= other.decided

    def to_bytes(self) -> bytes:
        return pickle.dumps(self)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Only what the same program wrote is read."""
        found: Self = pickle.loads(content)  # noqa: S301  # Spark hands us what our own task wrote, as it does its functions
        return found


def said_once(sentences: Iterable[str]) -> tuple[str, ...]:
    """Sentences of several blocks: of those that differ in their examples alone, one."""
    found: dict[str, str] = {}
    for sentence in sorted(sentences):
        found.setdefault(_EXAMPLE.sub("''", sentence), sentence)
    return tuple(found.values())


def agreed(given: ReadingRules, seen: Sequence[ReadingRules]) -> ReadingRules:
    """The rules of all blocks together. given: those that they began with. See `disagreements` for where there are none."""
    numbers = next((rules.numbers for rules in seen if rules.numbers is not None), given.numbers)
    rules = seen[0] if seen else given
    excel_days = any(rules.excel_days for rules in seen)
    return replace(rules, time_formats=_formats(seen), numbers=numbers, excel_days=excel_days, units=_units(seen))


def _units(seen: Sequence[ReadingRules]) -> Units | None:
    """The units of all blocks, with their rows added up; None where no block shows any."""
    found = list(filter(None, (rules.units for rules in seen)))
    if not found:
        return None
    rows: Counter[tuple[str, str]] = Counter()
    for feature, unit, count in (each for units in found for each in units.seen):
        rows[feature, unit] += count
    into = dict.fromkeys(pair for units in found for pair in units.into)
    factors = dict.fromkeys(factor for units in found for factor in units.factors)
    reads = "convert" if factors else found[0].read
    seen_rows = tuple((feature, unit, count) for (feature, unit), count in rows.items())
    return Units(reads, tuple(into), found[0].column, tuple(factors), seen_rows)


def _formats(seen: Sequence[ReadingRules]) -> tuple[str, ...]:
    """The formats of all blocks, in the order in which they are tried."""
    formats = dict.fromkeys(form for rules in seen for form in rules.time_formats)
    if len({rules.time_formats for rules in seen} - {()}) < 2:
        return tuple(formats)
    orders: dict[str, Order] = {
        separator: "day first" if day_first else "month first"
        for separator, found in _orders(seen).items()
        for day_first in found
    }
    return tuple(form for form in candidates(orders) if form in formats)


def disagreements(file: str, seen: Sequence[ReadingRules]) -> list[Problem]:
    """Why the blocks of an input cannot be read alike: some show rules that others contradict, or do not show."""
    numbers = {rules.numbers for rules in seen}
    problems = []
    if len(numbers - {None, Numbers()}) > 0 and len(numbers) > 1:
        problems.append("how numbers are written")
    if any(len(orders) > 1 for orders in _orders(seen).values()):
        problems.append("whether dates have the day or the month first")
    if mixed_in_files(rules.units for rules in seen) is not None:
        problems.append("the units of a feature")
    alike = {"time_formats": (), "excel_days": False, "numbers": None, "units": None, "month_names": False}
    others = {replace(rules, **alike) for rules in seen}  # type: ignore[arg-type]
    if len(others) > 1:
        problems.append("how its rows are to be read")
    return [Problem(file, f"on Spark it is read in parts, and they do not agree on {what}", _FIX) for what in problems]


def _orders(seen: Sequence[ReadingRules]) -> dict[str, set[bool]]:
    """Of each separator of dates in numbers, whether formats have the day first: both, where blocks contradict each other."""
    found: dict[str, set[bool]] = {}
    for form in (form for rules in seen for form in rules.time_formats):
        for separator in SEPARATORS:
            for day_first, start in ((True, f"%d{separator}%m{separator}"), (False, f"%m{separator}%d{separator}")):
                if form.startswith(start):
                    found.setdefault(separator, set()).add(day_first)
    return found
