"""What `summary.json` counts of tables (interfaces.md): alerts, uses of promo codes, and what corrections did not give back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from commet_core.foundation.arrow import without_dictionaries

Counts = Counter[tuple[str, str, str]]
"""By candidate, table and kind: rows, and of corrections units by feature that offset nothing, as they are (Decimal)."""

COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "alerts": ("alert", ""),
    "redemptions": ("accepted", ""),
    "corrections": ("feature", "not_offset"),
}
"""Tables, by which of their columns they are counted, and of which the sum is taken; '' where rows are counted."""

_NAMES: Final = {"corrections": "corrections_not_offset"}
_KINDS: Final = {"True": "accepted", "False": "refused"}


def counted(tables: Mapping[str, pa.Table]) -> Counts:
    """Of some customers; those of others add up to those of all."""
    counts: Counts = Counter()
    for name, (kind, summed) in COUNTED.items():
        if name not in tables:
            continue
        rows = without_dictionaries(tables[name].select([column for column in ("candidate", kind, summed) if column]))
        found = rows.group_by(["candidate", kind]).aggregate([(summed, "sum") if summed else ([], "count_all")])
        for row in found.to_pylist():
            counts[row["candidate"], name, str(row[kind])] += row[f"{summed}_sum" if summed else "count_all"]
    return counts


def of_candidate(counts: Counts, candidate: str) -> dict[str, dict[str, Any]]:
    """As `summary.json` has them: units as text, exact; what is nothing is left out."""
    found: dict[str, dict[str, Any]] = {}
    for (of, name, kind), count in sorted(counts.items()):
        if of == candidate and count:
            found.setdefault(_NAMES.get(name, name), {})[_KINDS.get(kind, kind)] = _shown(count)
    return found


def _shown(count: object) -> object:
    return f"{count.normalize():f}" if isinstance(count, Decimal) else count
