"""Amounts of money that look like usage: `amount` beside `currency` is asked about, never billed as units."""

from __future__ import annotations

import re
from typing import Final

from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.number_forms import CURRENCY
from commet_core.usage.ingest.recognise.questions import Choice, Question
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping, Wanted

_SIGNED: Final = re.compile(CURRENCY)
_MAY_BE_MONEY: Final = ("amount", "total")
_CURRENCY: Final = ("currency", "currencycode", "billingcurrency")


def money_question(shape: FileShape, mapping: ColumnMapping, wanted: SavedMapping | Wanted) -> Question | None:
    """Whether a value that nobody named is money; None where it is not."""
    value = mapping.value
    if value is None or _says_value(wanted) or letters(value.rpartition(".")[2]) not in _MAY_BE_MONEY:
        return None
    currency = next((name for name in shape.names if letters(name.rpartition(".")[2]) in _CURRENCY), None)
    signed = next((text for text in shape.sample.values(value) if _SIGNED.search(text)), None)
    if currency is None and signed is None:
        return None
    why = f"there is a `{currency}` beside it" if currency is not None else f"it has values such as {signed!r}"
    what = f"`{value}` looks like money and not like usage, for {why}"
    choices = (
        Choice("it is the usage", {"columns": {"value": value}}),
        Choice("every row counts as 1", {"columns": {"value": "null"}}),
    )
    return Question(shape.file, "value", what, choices)


def _says_value(wanted: SavedMapping | Wanted) -> bool:
    if isinstance(wanted, SavedMapping):
        return "value" in wanted.columns.given()
    return isinstance(wanted, ColumnMapping) or "value" in (wanted or {})
