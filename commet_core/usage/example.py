"""A few rows of usage as a file holds them, to show what a file looks like."""

from __future__ import annotations

import pyarrow as pa

_ROWS = (
    ("acme", "2026-01-05T09:12:44Z", "api_calls", "1", "evt_1"),
    ("acme", "2026-01-05T09:13:02Z", "api_calls", "1", "evt_2"),
    ("acme", "2026-01-06T17:40:10Z", "storage_gb", "2.5", "evt_3"),
    ("birch", "2026-01-09T08:00:00Z", "api_calls", "120", "evt_4"),
    ("birch", "2026-02-02T11:31:59Z", "storage_gb", "0.75", "evt_5"),
)


def example_rows() -> pa.Table:
    """Two customers and five events with the columns of interfaces.md, as text."""
    names = ("customer_id", "timestamp", "feature", "value", "event_id")
    return pa.table({name: pa.array(column) for name, column in zip(names, zip(*_ROWS, strict=True), strict=True)})
