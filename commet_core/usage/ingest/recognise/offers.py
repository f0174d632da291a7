"""What a file has and a mapping does not read, though it may be meant: the value inside an object, tokens of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from commet_core.usage.ingest.recognise.column_mapping import SPELLINGS, ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters, quoted
from commet_core.usage.ingest.recognise.money_values import scale_of
from commet_core.usage.ingest.recognise.sample import NEVER_UNITS, Sample
from commet_core.usage.ingest.recognise.table_shapes import (
    doubtful_length,
    left_out_numbers,
    lengths_of_time,
    tokens_without_model,
)
from commet_core.usage.ingest.recognise.usage_names import is_no_unit, is_no_usage

_CACHE: Final = {
    ours: frozenset(letters(name) for name in (ours, *SPELLINGS[ours])) for ours in ("cache_read_tokens", "cache_write_tokens")
}

_IDS: Final = frozenset(
    ("id", "uuid", "guid", "requestid", "recordid", "usageid", "eventid", "logid", "traceid", "callid", "messageid", "rowid")
)


def values_offered(sample: Sample, mapping: ColumnMapping) -> list[str]:
    """The numbers inside objects that might be the value, where nothing is read for it."""
    if mapping.has("value") or mapping.has_tokens or mapping.features:
        return []
    inside = [name for name in left_out_numbers(sample, mapping) if "." in name]
    return [
        name
        for name in inside
        if not (is_no_usage(_last(name)) or is_no_unit(name.rpartition(".")[2]) or _last(name) in NEVER_UNITS)
    ]


def cache_offered(sample: Sample, mapping: ColumnMapping) -> list[tuple[str, str]]:
    """(our column, a name in the file) of tokens of the cache that are not read, where other tokens are."""
    if not mapping.has_tokens:
        return []
    free = [name for name in sample.names if name not in mapping.all_names() and sample.is_number(name)]
    found = ((ours, next((name for name in free if _last(name) in names), None)) for ours, names in _CACHE.items())
    return [(ours, name) for ours, name in found if name is not None and not mapping.has(ours)]


def ids_offered(sample: Sample, mapping: ColumnMapping) -> list[str]:
    """Columns that look like event ids, where none is read: a usual name, and hardly two rows alike."""
    if mapping.event_id is not None or mapping.features:
        return []
    free = [name for name in sample.names if name not in mapping.all_names() and _last(name) in _IDS]
    return [name for name in free if 2 * len(set(values := sample.values(name))) >= len(values) > 1]


def offers(sample: Sample, mapping: ColumnMapping, offered: Sequence[str] = ()) -> list[str]:
    """The same in sentences, without the full stop. offered: values that the shape's own sentence names."""
    said = []
    if (values := values_offered(sample, mapping)) and not set(values) <= set(offered):
        said.append(f"say in the mapping whether {quoted(values, 'or')} is the value, such as `value: {values[0]}`")
    for name in lengths_of_time(sample, mapping)[:1]:
        way = f"`value: {{column: {name}, unit: hours}}` reads it, in minutes or seconds too"
        said.append(f"`{name}` holds lengths of time, and is not read: {doubtful_length(sample.values(name)) or way}")
    said += [
        f"`{name}` may count in steps of {times:,}, as its name says, and is read as it stands: where it does, write its numbers out"
        for _, name in mapping.features
        if (times := scale_of(name)) is not None
    ]
    if (unread := tokens_without_model(mapping)) and mapping.model is None:
        said.append(
            f"tokens in {quoted(unread)} are not priced, for no column is their model: `model: {{constant: gpt-5-mini}}` names one"
        )
    said += [
        f"ids in `{name}` are not read as event ids, and a row that comes twice counts twice; `event_id: {name}` counts it once"
        for name in ids_offered(sample, mapping)[:1]
    ]
    said += [
        f"`{name}` may be `{ours}`, and is not read: without it these tokens are priced as others are"
        for ours, name in cache_offered(sample, mapping)
    ]
    return said


def _last(name: str) -> str:
    return letters(name.rpartition(".")[2])
