"""Money in usage: `amount` beside `currency` is asked about, never billed as units; what tokens cost is compared with the list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.file_mapping import Wanted, is_saved
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.number_forms import CURRENCY
from commet_core.usage.ingest.recognise.questions import Choice, Question
from commet_core.usage.ingest.recognise.sample import Sample
from commet_core.usage.ingest.recognise.units import step_said
from commet_core.usage.tokens import TOKEN_COLUMNS

if TYPE_CHECKING:
    from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping

_SIGNED: Final = late_pattern(CURRENCY)
_MAY_BE_MONEY: Final = ("amount", "total")
_UNIT_PRICES: Final = ("price", "unitprice", "priceperunit", "unitcost", "costperunit", "pricing", "listprice")
_CURRENCY: Final = ("currency", "currencycode", "billingcurrency")


_COSTS: Final = (
    *("cost", "costusd", "totalcost", "totalcostusd", "costtotal", "spend", "spendusd", "calculatedtotalcost", "usagecost"),
    *("responsecost", "costinusd", "usdcost", "requestcost", "pricetotal"),
)
"""Columns of what a row's tokens cost, in letters alone, the likeliest first."""
_AMOUNT: Final = late_pattern(r"\$? ?-?[\d,]*\.?\d+([eE][+-]?\d+)?")


def cost_column(sample: Sample, mapping: ColumnMapping) -> str | None:
    """The column that says in dollars what a row's tokens cost; None where there is none."""
    if not mapping.has_tokens:
        return None
    named = {letters(name.rpartition(".")[2]): name for name in reversed(sample.names) if name not in mapping.all_names()}
    names = [named[plain] for plain in _COSTS if plain in named]
    return next((name for name in names if any(_AMOUNT.fullmatch(text) for text in sample.values(name))), None)


def money_question(shape: FileShape, mapping: ColumnMapping, wanted: SavedMapping | Wanted) -> Question | None:
    """Whether a value that nobody named is money; None where it is not."""
    value = mapping.value
    document = shape.recognised.document
    if (
        document is not None
        and isinstance(document.columns.get("value"), str | Mapping)
        and "inside" not in document.columns["value"]
    ):
        return None  # a shape that is known says what its amounts are
    if value is None or _says(wanted, "value") or letters(value.rpartition(".")[2]) not in _MAY_BE_MONEY:
        return None
    currency = next((name for name in shape.names if letters(name.rpartition(".")[2]) in _CURRENCY), None)
    signed = next((text for text in shape.sample.values(value) if _SIGNED.search(text)), None)
    price = next((name for name in shape.names if name != value and letters(name.rpartition(".")[2]) in _UNIT_PRICES), None)
    beside = currency or price
    if beside is None and signed is None:
        return None
    why = f"there is a `{beside}` beside it" if beside is not None else f"it has values such as {signed!r}"
    what = f"`{value}` looks like money and not like usage, for {why}"
    choices = (
        Choice("it is the usage", {"columns": {"value": value}}),
        Choice("every row counts as 1", {"columns": {"value": "null"}}),
    )
    return Question(shape.file, "value", what, choices)


_SCALES: Final = {
    1_000: late_pattern(r"k|thousands?|1,?000s?|'?000s?|tsd|tausend|milliers|miles|mille"),
    1_000_000: late_pattern(r"m|mm|mn|mio|millions?|millionen|1,?000,?000s?|'?000,?000s?|mtok"),
    1_000_000_000: late_pattern(r"bn|billions?|mrd"),
}
_STEP_MIN: Final = 1_000
"""A smaller number behind a name may be a length of time: `calls (10 min)`."""
_BEHIND: Final = late_pattern(
    r"(.+?)[\s_]*[(\[]\s*(?:in )?([^()\[\]]+?)\s*[)\]]|(.+?)[\s_]in[\s_](\w+)|(.+)[\s_](thousands|millions|billions)",
    re.IGNORECASE,
)


def scale_question(shape: FileShape, mapping: ColumnMapping, wanted: SavedMapping | Wanted) -> Question | None:
    """Whether numbers are counted in thousands or millions, as the name of their column says: `Quantity (thousands)`."""
    scaled = {}
    for ours in ("value", *TOKEN_COLUMNS, "requests"):
        names = mapping.names(ours)
        if len(names) == 1 and not _says(wanted, ours) and (times := scale_of(names[0])) is not None:
            scaled[ours] = {"column": names[0], "multiply": times}
    if not scaled or shape.recognised.document is not None:
        return None
    first = next(iter(scaled.values()))
    example = next(iter(shape.sample.values(str(first["column"]))), "1")
    what = f"`{first['column']}` may count in steps of {first['multiply']:,}, as its name says: {example} would be {example} × {first['multiply']:,}"
    choices = (
        Choice("it does", {"columns": scaled}),
        Choice("its numbers are meant as they stand", {"columns": {ours: made["column"] for ours, made in scaled.items()}}),
    )
    return Question(shape.file, "value", what, choices)


def scale_of(name: str) -> int | None:
    """How many a one in a column of this name stands for; None where the name says nothing of it."""
    match = _BEHIND.fullmatch(name.strip())
    said = next((part for part in (match[2], match[4], match[6]) if part), "") if match else ""
    times = next((times for times, pattern in _SCALES.items() if pattern.fullmatch(said.strip().lower())), None)
    step = step_said(said) or 0
    return times or (step if step >= _STEP_MIN else None)


def _says(wanted: SavedMapping | Wanted, ours: str) -> bool:
    if is_saved(wanted):
        return ours in wanted.columns.given()
    return isinstance(wanted, ColumnMapping) or ours in (wanted or {})
