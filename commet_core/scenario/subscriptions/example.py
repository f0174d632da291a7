"""An example of a subscriptions file, written with the plans of a catalog."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from commet_core.catalog.plans import Catalog, Plan
from commet_core.scenario.subscriptions import COLUMNS


def example_rows(catalog: Catalog) -> pa.Table:
    """A few customers and what they might do on the catalog's first plans; all columns are text, empty where nothing is said."""
    return pa.table({column: pa.array([row.get(column, "") for row in _rows(catalog)], pa.string()) for column in COLUMNS})


def _rows(catalog: Catalog) -> list[Mapping[str, str]]:
    plan = next(iter(catalog.plans), "")
    rows = [
        _row("acme", "2026-01-05", "start", plan=plan),
        _row("acme", "2026-03-01", "pause"),
        _row("acme", "2026-04-01T09:30:00", "resume"),
        _row("globex", "2026-02-10", "start", plan=plan),
        _row("globex", "2026-05-20", "cancel", when="period_end"),
    ]
    lower, higher = next(((group[0], group[1]) for group in catalog.plan_groups.values() if len(group) > 1), ("", ""))
    if lower:
        rows += [_row("initech", "2026-01-15", "start", plan=lower), _row("initech", "2026-03-16", "change_plan", plan=higher)]
    for code, own in catalog.plans.items():
        rows += _purchase(catalog, code, own)
    return rows


def _purchase(catalog: Catalog, code: str, plan: Plan) -> list[Mapping[str, str]]:
    """A customer who buys something on a plan of credits or balance."""
    name = f"buyer of {code}"
    packs = catalog.packs_on(code)
    if plan.sells == "packs" and packs:
        return [_row(name, "2026-01-01", "start", plan=code), _row(name, "2026-03-12", "buy_pack", item=next(iter(packs)))]
    if plan.sells == "top_ups":
        return [_row(name, "2026-01-01", "start", plan=code), _row(name, "2026-03-12", "top_up", amount="20")]
    return []


def _row(customer_id: str, at: str, action: str, **cells: str) -> Mapping[str, str]:
    return {"customer_id": customer_id, "at": at, "action": action, **cells}
