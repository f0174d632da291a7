"""Rows of subscriptions, or of levels, that make no sense, as a table to read and to take away."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from commet_core.scenario.subscriptions import RowProblem

SCHEMA = pa.schema(
    {
        "file": pa.string(),
        "line": pa.int64(),
        "customer_id": pa.string(),
        "at": pa.string(),
        "action": pa.string(),
        "column": pa.string(),
        "value": pa.string(),
        "what": pa.string(),
        "fix": pa.string(),
    }
)


def problem_table(problems: Iterable[RowProblem]) -> pa.Table:
    """One row per problem: where it stands, what the row says, what is wrong with it (in `column`; '' where it is the row) and
    what would be right. `file` is '' where the row stands in the scenario itself, `line` then is its place there. Rows
    of levels have no action.
    """
    rows = [
        {
            **{name: getattr(problem.row, name, "") for name in ("file", "line", "customer_id", "at", "action")},
            "column": problem.column,
            "value": problem.value,
            "what": problem.what,
            "fix": problem.fix,
        }
        for problem in problems
    ]
    return pa.Table.from_pylist(rows, SCHEMA)
