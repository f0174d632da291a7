"""What the further rules add to results: columns of the tables that are there, and tables of their own.

They are there where the scenario uses the rule, for all of its candidates; a plan without it has zeros or nulls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from commet_core.engine import add_on_tables, beyond, level_tables, market_columns, offer_tables
from commet_core.engine.alerts import alerts
from commet_core.engine.run import Run
from commet_core.engine.stub_columns import stub_columns
from commet_core.engine.version_columns import line_versions, period_versions
from commet_core.scenario.further_rules import FurtherRule

Columns = Callable[[Run], dict[str, pa.Array]]


@dataclass(frozen=True)
class FurtherTables:
    """What one rule adds.

    columns   a table's name → columns after those that every result has, in the order of the table's rows
    tables    name → a table of the rule's own
    """

    rule: FurtherRule
    columns: Mapping[str, Columns] = field(default_factory=dict)
    tables: Mapping[str, Callable[[Run], pa.Table]] = field(default_factory=dict)


FURTHER: Final[tuple[FurtherTables, ...]] = (
    FurtherTables(
        "levels",
        columns={
            "customers": level_tables.customer_columns,
            "periods": level_tables.period_columns,
            "invoice_lines": level_tables.line_columns,
            "accounts": level_tables.account_columns,
        },
        tables={"levels": level_tables.levels},
    ),
    FurtherTables(
        "add_ons",
        columns={
            "customers": add_on_tables.customer_columns,
            "periods": add_on_tables.period_columns,
            "invoice_lines": level_tables.line_columns,
            "accounts": add_on_tables.account_columns,
        },
    ),
    FurtherTables("rollover", {"periods": beyond.rolled_over}),
    FurtherTables("pack_expiry", {"periods": beyond.expired, "accounts": beyond.earned_when_expired}),
    FurtherTables(
        "commitment",
        {
            "customers": beyond.committed_customers,
            "periods": beyond.committed_periods,
            "accounts": beyond.earned_commitment,
        },
    ),
    FurtherTables("spend_cap", {"customers": beyond.capped_customers, "periods": beyond.capped_periods}),
    FurtherTables("corrections", {"feature_periods": beyond.corrected}, {"corrections": beyond.corrections}),
    FurtherTables("adjustments", {"periods": beyond.adjusted}, {"notes": beyond.notes}),
    FurtherTables("versions", {"periods": period_versions, "invoice_lines": line_versions}),
    FurtherTables(
        "customer_credits",
        {
            "customers": offer_tables.credited_customers,
            "periods": offer_tables.credited_periods,
            "accounts": offer_tables.credited_accounts,
        },
    ),
    FurtherTables("promo_codes", {}, {"redemptions": offer_tables.redemptions}),
    FurtherTables("billing_day", {"periods": stub_columns, "invoice_lines": level_tables.line_columns}),
    FurtherTables("alerts", {}, {"alerts": alerts}),
    FurtherTables(
        "markets",
        {
            "customers": market_columns.customer_markets,
            "periods": market_columns.period_markets,
            "invoices": market_columns.invoice_currencies,
            "invoice_lines": market_columns.line_amounts,
        },
    ),
)
"""In the order in which their columns stand."""


def further_columns(run: Run, table: str) -> dict[str, pa.Array]:
    """The columns that the rules in use add to a table."""
    added: dict[str, pa.Array] = {}
    for further in _in_use(run.rules):
        if table in further.columns:
            added |= further.columns[table](run)
    return added


def further_tables(rules: frozenset[FurtherRule]) -> dict[str, Callable[[Run], pa.Table]]:
    """The tables that the rules in use have of their own."""
    return {name: build for further in _in_use(rules) for name, build in further.tables.items()}


def _in_use(rules: frozenset[FurtherRule]) -> Iterator[FurtherTables]:
    return (further for further in FURTHER if further.rule in rules)
