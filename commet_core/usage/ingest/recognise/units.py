"""Units of measure in a column beside the value: what they are called, and which are read as which, exactly.

Amounts of data (a kilobyte is 1,000 bytes, a kibibyte 1,024), of time, and of data kept for a time (gigabyte hours) are
families: within one, whole numbers lead from each unit to a smaller one. Anything else is a unit of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.sample import Sample

UNIT_NAMES: Final = (
    *("unit", "units", "unittype", "unitname", "unitofmeasure", "unitofmeasurement", "measurementunit", "uom"),
    *("usageunit", "quantityunit", "consumedunit", "meterunit"),
)
"""Columns, in letters alone, that say in which unit a row's value is."""

_DATA: Final = {
    size: (first, f"{first}s", f"{long}byte", f"{long}bytes")
    for size, first, long in (
        *((1000**power, f"{long[0]}b", long) for power, long in enumerate(("kilo", "mega", "giga", "tera", "peta"), start=1)),
        *((1024**power, f"{long[0]}ib", long) for power, long in enumerate(("kibi", "mebi", "gibi", "tebi", "pebi"), start=1)),
    )
}
_BYTES: Final = {name: size for size, names in _DATA.items() for name in names} | dict.fromkeys(("b", "byte", "bytes"), 1)
_MILLISECONDS: Final = {
    name: size
    for size, names in (
        (1, ("ms", "msec", "msecs", "millis", "millisecond", "milliseconds")),
        (1_000, ("s", "sec", "secs", "second", "seconds")),
        (60_000, ("min", "mins", "minute", "minutes")),
        (3_600_000, ("h", "hr", "hrs", "hour", "hours")),
        (86_400_000, ("d", "day", "days")),
    )
    for name in names
}
_KEPT_FOR: Final = {name: size for name, size in _MILLISECONDS.items() if name not in ("ms", "s", "d")}
SMALL_B: Final = r"[kKMGTP]b"
"""`Mb` is a million bits, or a careless megabyte: no unit that is sure, and another one than `MB`, though only its case says so."""
_BITS: Final = late_pattern(rf"{SMALL_B}|[kKMGTP]?bits?")


@dataclass(frozen=True)
class Unit:
    """A unit of a family. size: how many of the family's smallest unit it is."""

    family: str
    size: int


def unit_of(text: str) -> Unit | None:
    """The unit that a text names; None for one of its own kind."""
    plain = letters(text)
    if _BITS.fullmatch(text.strip()):
        return None
    if plain in _BYTES:
        return Unit("data", _BYTES[plain])
    if plain in _MILLISECONDS:
        return Unit("time", _MILLISECONDS[plain])
    for place in range(1, len(plain)):
        data, time = _BYTES.get(plain[:place]), _KEPT_FOR.get(plain[place:])
        if data and time:
            return Unit("data kept for a time", data * time)
    return None


def same_unit(text: str) -> Unit | str:
    """What texts have in common that name one unit: `h` and `Hours`; a unit of its own is told by its letters."""
    return unit_of(text) or ("bits " if _BITS.fullmatch(text.strip()) else "") + (letters(text) or text.strip())


def differ(texts: Iterable[str]) -> bool:
    """Whether these are several units."""
    return len({same_unit(text) for text in texts}) > 1


def told_by_case(text: str) -> bool:
    """Whether only its case says which unit this is: `GB` or `Gb`; `kb` may be meant for either."""
    return text.strip().lower() in ("kb", "mb", "gb", "tb", "pb") and text.strip() != "kb"


def of_one_family(texts: Iterable[str]) -> bool:
    """Whether each of these can be read as any other."""
    units = [unit_of(text) for text in texts]
    return None not in units and len({unit.family for unit in units if unit}) == 1


def smallest_first(texts: Iterable[str]) -> list[str]:
    """Units of one family by their size, each once."""
    by_unit = {unit: text for text in sorted(texts, reverse=True) if (unit := unit_of(text))}
    return [by_unit[unit] for unit in sorted(by_unit, key=lambda unit: unit.size)]


def unit_named_in(feature: str) -> str | None:
    """The unit that a feature is named after: GB of `storage_gb`, GB hours of `disk-gb-hours`; None where there is none."""
    parts = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", feature.strip()))
    for last in (parts[-2:], parts[-1:]):
        if len(last) < len(parts) and len(last[-1]) > 1 and unit_of(" ".join(last)):
            return " ".join(last)
    return None


IN_CELL: Final = r"^(.*\d)[ \t\x{a0}\x{202f}]*([A-Za-zµ][A-Za-z]*(?:[ -]?[A-Za-z]+)?)$"
"""A number and its unit, as DuckDB takes it."""
_IN_CELL: Final = late_pattern(IN_CELL.replace(r"\x{a0}", "\xa0").replace(r"\x{202f}", "\u202f"))


def cell_unit_name(name: str) -> str:
    """What the units are called that stand in the cells of a column."""
    return f"{name} (its unit)"


def with_units_in_cells(sample: Sample, mapping: ColumnMapping) -> ColumnMapping:
    """The mapping, with the units apart from the values that stand before them in one cell: `5 GB`."""
    names = mapping.names("value")
    if len(names) != 1 or mapping.features or mapping.rules.units_in_cells:
        return mapping
    values = sample.values(names[0])
    found = [match[2] for value in values if (match := _IN_CELL.match(value)) and unit_of(match[2]) is not None]
    if not found or 2 * len(found) < len(values):
        return mapping
    return replace(mapping, rules=replace(mapping.rules, units_in_cells=True))


def unit_column(sample: Sample, mapping: ColumnMapping) -> str | None:
    """The column that says in which unit the value is: beside it, and of texts; or the cell itself. None where there is none."""
    names = mapping.names("value")
    if len(names) != 1 or mapping.features:
        return None
    if mapping.rules.units_in_cells:
        return cell_unit_name(names[0])
    beside, read = names[0].rpartition(".")[0], {name for ours, _ in mapping.pairs() for name in mapping.names(ours)}
    found = (name for name in sample.names if _is_beside(name, beside) and name not in read and not sample.is_number(name))
    return next(found, None)


def _is_beside(name: str, within: str) -> bool:
    above, _, last = name.rpartition(".")
    return letters(last) in UNIT_NAMES and above in (within, "")


_STEP: Final = late_pattern(
    r"(?:(?:per|in) |[x×] ?)?(?:(10*|10{0,2}(?:[,.' ]000)+) ?)?(?:([kKM]|(?i:thousands?|millions?|billions?))(?![A-Za-z]))?[ -]?([A-Za-z].*)?"
)
_TIMES: Final = {"": 1, "k": 1_000, "m": 1_000_000, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}


def step_said(text: str) -> int | None:
    """In how many at a time values count whose unit is called so: `10K`, `thousand`, `1M tokens`, `100 hours`, `x1000`; None where
    it is one.
    """
    match = _STEP.fullmatch(text.strip())
    if match is None or (match[2] == "M" and not (match[1] or match[3])):  # metres, minutes or months
        return None
    number = int("".join(filter(str.isdigit, match[1] or "1")))
    step = number * _TIMES[(match[2] or "").lower().removesuffix("s")]
    return step if step > 1 else None


def in_words(units: Sequence[tuple[str, int]]) -> str:
    """Units with how many rows are in each: `MB (3 rows) and GB (1 row)`."""
    parts = [f"{text or 'no unit'} ({count:,} {'row' if count == 1 else 'rows'})" for text, count in units]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
