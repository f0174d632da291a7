"""An example of a levels file, written with the seats and quota of a catalog."""

from __future__ import annotations

import pyarrow as pa

from commet_core.catalog.plans import Catalog
from commet_core.scenario.levels import LEVEL_COLUMNS


def example_rows(catalog: Catalog) -> pa.Table:
    """Two customers and what they held; all columns are text, empty where nothing is said."""
    rows: list[tuple[str, ...]] = []
    for feature in catalog.level_features:
        rows += [
            ("acme", "2026-01-05", feature, "5", ""),
            ("acme", "2026-02-11T09:00:00", feature, "", "2"),
            ("acme", "2026-03-21", feature, "", "-3"),
            ("globex", "2026-02-10", feature, "12", ""),
        ]
    columns = zip(*rows, strict=True) if rows else [() for _ in LEVEL_COLUMNS]
    return pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(LEVEL_COLUMNS, columns, strict=True)})
