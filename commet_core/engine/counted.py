"""What the tables of the further rules come to, counted, as `summary.json` tells it (interfaces.md): alerts, promo codes, corrections,
adjustments cut short; and between which days invoices of each currency were issued.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.replay import Replay
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.calendar import date_of
from commet_core.foundation.days import Days
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, micros, plain

Key = tuple[str, ...]
"""A candidate, a table, and what of it."""

ACCEPTED: Final = "accepted"
UNITS: Final = ("asked", "offset", "not_offset")


@dataclass(frozen=True)
class Counted:
    """Counts of some customers. `+` is those of all customers of both.

    counts  how many of each; of corrections micros of units
    issued  by currency the days of the first and the last invoice, where there are several currencies
    """

    counts: Counter[Key] = field(default_factory=Counter)
    issued: Mapping[str, tuple[date, date]] = field(default_factory=dict)

    @classmethod
    def of(cls, replayed: Replay, tables: Mapping[str, pa.Table]) -> Counted:
        """tables: of the replay, where they are there already."""
        names = [name for name in COUNTED if name in replayed.table_names]
        found = {name: tables[name] if name in tables else replayed.table(name) for name in names}
        counts = Counter({key: count for name, table in found.items() for key, count in COUNTED[name](table)})
        if "markets" not in replayed.scenario.rules:
            return cls(counts)
        invoices = tables["invoices"] if "invoices" in tables else replayed.table("invoices")
        return cls(counts, _issued(invoices, replayed.scenario.catalog.days))

    def __add__(self, other: Counted) -> Counted:
        issued = dict(self.issued)
        for currency, (first, last) in other.issued.items():
            before = issued.get(currency, (first, last))
            issued[currency] = min(first, before[0]), max(last, before[1])
        return Counted(Counter({key: self.counts[key] + other.counts[key] for key in {*self.counts, *other.counts}}), issued)

    def told(self, candidate: str) -> dict[str, Any]:
        """What is told of a candidate: by table, and in it by what it is of; nothing of what there is none of."""
        found: dict[str, Any] = {}
        for (_, table, *path), count in sorted(item for item in self.counts.items() if item[0][0] == candidate):
            inner = found.setdefault(table, {})
            for name in path[:-1]:
                inner = inner.setdefault(name, {})
            inner[path[-1]] = plain(decimal_of(count, MICRO_DECIMALS)) if table == "corrections" else count
        return found


def _rows(table: pa.Table, name: str, columns: Sequence[str]) -> Iterable[tuple[Key, int]]:
    """How many rows there are of each combination; a null is what was accepted."""
    chosen = without_dictionaries(table.select(["candidate", *columns]))
    for row in chosen.group_by(chosen.column_names).aggregate([([], "count_all")]).to_pylist():
        yield (
            (row["candidate"], name, *(ACCEPTED if row[column] is None else row[column] for column in columns)),
            row["count_all"],
        )


def _units(table: pa.Table) -> Iterable[tuple[Key, int]]:
    """Units of each feature that rows below zero asked to give back, and what became of them (billing-rules 15.7)."""
    chosen = without_dictionaries(table.select(["candidate", "feature", *UNITS]))
    for row in chosen.group_by(["candidate", "feature"]).aggregate([(name, "sum") for name in UNITS]).to_pylist():
        for name in UNITS:
            yield (row["candidate"], "corrections", row["feature"], name), micros(row[f"{name}_sum"])


def _issued(invoices: pa.Table, days: Days) -> dict[str, tuple[date, date]]:
    """By currency the days of the first and the last invoice."""
    chosen = without_dictionaries(invoices.select(["currency", "issued_at"]))
    chosen = chosen.set_column(1, "at", pc.cast(chosen["issued_at"], pa.int64()))
    found = chosen.group_by("currency").aggregate([("at", "min"), ("at", "max")]).to_pylist()
    numbers = {row["currency"]: days.of(np.array([row["at_min"], row["at_max"]], np.int64)) for row in found}
    return {currency: (date_of(int(first)), date_of(int(last))) for currency, (first, last) in numbers.items()}


COUNTED: Final[Mapping[str, Callable[[pa.Table], Iterable[tuple[Key, int]]]]] = {
    "alerts": lambda table: _rows(table, "alerts", ["alert"]),
    "redemptions": lambda table: _rows(table, "redemptions", ["reason"]),
    "corrections": _units,
    "notes": lambda table: _rows(table, "adjustments_cut_short", ["item"]),
}
"""The tables that are counted."""
