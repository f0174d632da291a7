"""Which column of a file holds what: recognition of the usual names, and the mapping that a user may change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from commet_core.errors import InputError, Problem

REQUIRED: Final = ("customer_id", "timestamp", "feature")

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "customer_id": (
        "customer", "customer_code", "customer_key", "customer_external_id", "external_customer_id", "external_id",
        "stripe_customer_id", "account_id", "account", "subject", "tenant_id", "tenant", "organization_id",
        "organisation_id", "organization", "organisation", "org_id", "org", "workspace_id", "team_id", "company_id",
        "client_id", "subscriber_id", "user_id", "user", "distinct_id", "member_id",
    ),
    "timestamp": (
        "event_timestamp", "event_time", "time", "datetime", "ts", "occurred_at", "recorded_at",
        "created_at", "created", "at", "date", "event_date", "usage_date", "day", "hour", "start_time", "period_start",
        "timestamp_ms", "epoch",
    ),
    "feature": (
        "feature_code", "feature_key", "feature_id", "feature_name", "event_name", "event_type", "event", "metric_code",
        "metric_name", "metric", "meter_name", "meter_slug", "meter", "billable_metric_code", "billable_metric", "code",
        "type", "action", "sku", "product",
    ),
    "value": (
        "quantity", "qty", "usage_quantity", "usage_value", "units", "amount", "count", "event_count", "usage",
        "consumption", "volume", "total",
    ),
    "event_id": (
        "event_uuid", "idempotency_key", "transaction_id", "message_id", "insert_id", "dedupe_id", "deduplication_id",
    ),
    "model": ("model_name", "model_id", "model_code"),
    "input_tokens": ("prompt_tokens", "tokens_in", "tokens_input"),
    "output_tokens": ("completion_tokens", "tokens_out", "tokens_output"),
    "cache_read_tokens": ("cache_read_input_tokens", "cached_tokens", "cached_input_tokens"),
    "cache_write_tokens": ("cache_write_input_tokens", "cache_creation_input_tokens", "cache_creation_tokens"),
}  # fmt: skip
"""Other names of each column, the likeliest first. Case, spaces and punctuation do not count (`customerId`, `Customer ID`)."""


@dataclass(frozen=True)
class ColumnMapping:
    """For each column of a usage file (interfaces.md) the name that the file gives to it; None where it has none.

    The first three are required. `model` and the token counts are recognised and not read yet.
    """

    customer_id: str | None = None
    timestamp: str | None = None
    feature: str | None = None
    value: str | None = None
    event_id: str | None = None
    model: str | None = None
    input_tokens: str | None = None
    output_tokens: str | None = None
    cache_read_tokens: str | None = None
    cache_write_tokens: str | None = None

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(our column, the file's column) of those that are mapped, in the order above."""
        named = ((column.name, getattr(self, column.name)) for column in fields(self))
        return tuple((ours, theirs) for ours, theirs in named if theirs is not None)


def recognise(columns: Sequence[str]) -> ColumnMapping:
    """The mapping that the names suggest. The exact own name wins, then the own name in other letters, then SPELLINGS."""
    plain = {_letters(name): name for name in reversed(columns)}
    found: dict[str, str] = {}
    for ours, spellings in SPELLINGS.items():
        candidates = [ours if ours in columns else None, *(plain.get(_letters(name)) for name in (ours, *spellings))]
        if named := [name for name in candidates if name is not None]:
            found[ours] = named[0]
    return ColumnMapping(**found)


def mapping_for(columns: Sequence[str], wanted: ColumnMapping | Mapping[str, str | None] | None) -> ColumnMapping:
    """The mapping of a file with these columns: what the names suggest, with what the caller wants in its place.

    wanted: a whole mapping, taken as it is; or our column → the file's column (None: leave it out), for those columns
    alone. Raises InputError for a column that usage does not have.
    """
    if isinstance(wanted, ColumnMapping):
        return wanted
    changes = dict(wanted or {})
    if unknown := [ours for ours in changes if ours not in SPELLINGS]:
        raise InputError.of("mapping", f"usage has no column {quoted(unknown)}", f"Map {quoted(list(SPELLINGS), 'or')}")
    taken = set(changes.values())
    return replace(recognise([name for name in columns if name not in taken]), **changes)


def mapping_problems(file: str, columns: Sequence[str], mapping: ColumnMapping) -> list[Problem]:
    """What keeps a file with these columns from being read through this mapping."""
    has = "It has " + quoted(columns)
    missing = [ours for ours in REQUIRED if getattr(mapping, ours) is None]
    problems = []
    if missing:
        problems.append(
            Problem(
                file,
                f"no column was recognised as {quoted(missing, 'or')}. {has}",
                f"Rename {'that column' if len(missing) == 1 else 'those columns'}, or say in the mapping which of them it is",
            )
        )
    for ours, theirs in mapping.pairs():
        if theirs not in columns:
            fix = "Map it to one of these, or to none" if ours not in REQUIRED else "Map it to one of these"
            problems.append(Problem(file, f"the mapping reads `{ours}` from `{theirs}`, which is not there. {has}", fix))
        elif list(columns).count(theirs) > 1:
            fix = f"Give each column a name of its own, so that it is clear which one holds `{ours}`"
            problems.append(Problem(file, f"{list(columns).count(theirs)} columns are called `{theirs}`", fix))
    for theirs, readers in _readers(mapping).items():
        if len(readers) > 1:
            fix = "Map each of them to a column of its own"
            problems.append(Problem(file, f"the mapping reads {quoted(readers)} from the same column `{theirs}`", fix))
    return problems


def quoted(names: Sequence[str], conjunction: str = "and") -> str:
    """Names in a sentence: `a`, `b` and `c`. At most 20 of them."""
    shown = [f"`{name}`" for name in names[:20]] + ([f"{len(names) - 20} more"] if len(names) > 20 else [])
    return f" {conjunction} ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else "no columns"


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _readers(mapping: ColumnMapping) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = {}
    for ours, theirs in mapping.pairs():
        readers.setdefault(theirs, []).append(ours)
    return readers
