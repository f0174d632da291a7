"""The engine set against the oracle, and what must always hold of its tables (billing-rules 13, 14)."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import reject
from oracle import TABLES
from oracle import simulate as simulate_in_oracle

from commet_core.foundation.errors import InputError
from support.cases import Tables, simulate_in_engine
from support.simulations import Row, Simulation

FURTHER_COLUMNS = frozenset(
    {
        "plan_credits_rolled_in",
        "plan_credits_rolled_out",
        "balance_rolled_in",
        "balance_rolled_out",
        "purchased_credits_expired",
        "earned_expired_credits",
        "blocked_spend_cap_events",
        "free_beyond_cap",
        "corrected",
        "plan_credits_adjusted",
        "purchased_credits_adjusted",
        "balance_adjusted",
        "commitment",
        "earned_commitment",
        "addons",
        "earned_addons",
        "outstanding_addons",
    }
)
"""Columns that are there only where a scenario uses their rule; else nothing is in them."""


def is_wrong(name: str, value: object, row: Row) -> bool:
    if name not in row:
        return name not in FURTHER_COLUMNS or bool(value)
    return bool(row[name] != value)


def differences(table: str, expected: Sequence[Row], found: Sequence[Row]) -> list[str]:
    """What to look at first: rows that are too few or too many, and the columns of the first row that differs."""
    messages = [] if len(expected) == len(found) else [f"{table}: {len(expected)} rows expected, {len(found)} found"]
    for place, (wanted, row) in enumerate(zip(expected, found, strict=False)):
        wrong = [
            f"  {name}: expected {value}, found {row.get(name, 'no such column')}"
            for name, value in wanted.items()
            if is_wrong(name, value, row)
        ]
        if wrong:
            return [*messages, f"{table}, row {place}: {wanted}", *wrong]
    return messages


def assert_equal(expected: Tables, found: Tables) -> None:
    messages = [message for table, rows in expected.items() for message in differences(table, rows, found[table])]
    assert not messages, "\n".join(["", *messages])


def check_engine(simulation: Simulation, *model_prices: Any) -> None:
    """Where nobody is left (all usage outside the window, or only what is impossible) the engine says so."""
    expected = simulate_in_oracle(*simulation, *model_prices)
    if expected["customers"]:
        assert_equal(expected, simulate_in_engine(*simulation))
    else:
        with pytest.raises(InputError):
            simulate_in_engine(*simulation)


def tables_of(simulation: Simulation) -> Tables:
    """The engine's. Where nobody is left there are none, and nothing to look at."""
    try:
        return simulate_in_engine(*simulation)
    except InputError:
        reject()


def customer_rows(tables: Tables, customers: Collection[str]) -> Tables:
    return {name: [row for row in rows if row["customer_id"] in customers] for name, rows in tables.items()}


def check_part(simulation: Simulation, customers: Collection[str], whole: Tables) -> None:
    """These customers' rows are the same when only their usage is there; what has no usage has no customers."""
    own = [event for event in simulation.events if event.customer_id in customers]
    expected = customer_rows(whole, customers)
    if expected["customers"]:
        assert_equal(expected, simulate_in_engine(simulation.catalog, simulation.scenario, own))


def total(rows: Sequence[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def assert_quantities_balance(tables: Tables) -> None:
    for row in tables["feature_periods"]:
        assert row["demanded"] == row["served"] + row["blocked"]
        assert row["events"] == row["served_events"] + row["blocked_events"]
    for row in tables["periods"]:
        if row["plan_credits_granted"] is not None:
            assert_credits_balance(row)
        if row["balance_granted"] is not None:
            assert_balance_balances(row)


def assert_credits_balance(row: Row) -> None:
    kept = row["plan_credits_forfeited"] + row["plan_credits_in_hand"] + row.get("plan_credits_rolled_out", 0)
    granted = row["plan_credits_granted"] + row.get("plan_credits_rolled_in", 0) + row.get("plan_credits_adjusted", 0)
    assert granted == row["plan_credits_used"] + kept
    had = row["purchased_credits_opening"] + row["purchased_credits_bought"] + row.get("purchased_credits_adjusted", 0)
    went = row["purchased_credits_used"] + row.get("purchased_credits_expired", 0)
    assert had == went + row["purchased_credits_closing"]


def assert_balance_balances(row: Row) -> None:
    had = row["balance_granted"] + row["balance_topped_up"] + row["balance_overage"] + row.get("balance_rolled_in", 0)
    had += row.get("balance_adjusted", 0)
    kept = row["balance_forfeited"] + row["balance_in_hand"] + row.get("balance_rolled_out", 0)
    assert had == row["balance_used"] + kept


def assert_money_adds_up(tables: Tables) -> None:
    for row in tables["customers"]:
        key = {name: row[name] for name in ("candidate", "customer_id")}
        own = {name: [r for r in tables[name] if key.items() <= r.items()] for name in TABLES}
        assert row["billed"] == total(own["periods"], "billed")
        assert row["billed"] == total(own["invoices"], "total")
        assert row["billed"] == total(own["invoice_lines"], "amount")
        further = ("seats", "quota", "addons", "commitment", "customer_credit")
        parts = [row[part] for part in ("plan_base", "discount", "credit", "overage", "purchases")]
        assert row["billed"] == sum(parts) + sum(row.get(part, 0) for part in further)
        closing, opening = own["periods"][:-1], own["periods"][1:]
        for before, after in zip(closing, opening, strict=True):
            assert before["purchased_credits_closing"] == after["purchased_credits_opening"]


def lives(tables: Tables, table: str) -> list[list[Row]]:
    """The rows of each candidate's customers."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in tables[table]:
        found.setdefault((row["candidate"], row["customer_id"]), []).append(row)
    return list(found.values())


def assert_periods_follow_each_other(rows: list[Row]) -> None:
    assert [row["period_index"] for row in rows] == list(range(len(rows)))
    assert all(before["period_end"] == after["period_start"] for before, after in pairwise(rows))


def assert_purchased_credits_survive(rows: list[Row]) -> None:
    """5.3: through every action; they fall by use alone."""
    in_hand = Decimal(0)
    for row in rows:
        assert row["purchased_credits_opening"] == in_hand
        in_hand += row["purchased_credits_bought"] - row["purchased_credits_used"] - row.get("purchased_credits_expired", 0)
        in_hand += row.get("purchased_credits_adjusted", 0)
        assert row["purchased_credits_closing"] == in_hand


def assert_accounts_tie_out(rows: list[Row]) -> None:
    """13: billed = earned + change in outstanding; what is outstanding at one end is so at the next beginning."""
    for row in rows:
        assert row["billed"] == row["earned"] + row["outstanding_closing"] - row["outstanding_opening"]
        assert row["outstanding_closing"] >= 0
    assert all(before["outstanding_closing"] == after["outstanding_opening"] for before, after in pairwise(rows))


def assert_carried_totals_are_paid_once(rows: list[Row]) -> None:
    """8.2: what is paid in the end is what was billed, but for a rest below zero that no invoice has used up yet."""
    left = min(Decimal(0), rows[-1]["carried_in"] + rows[-1]["total"])
    assert sum(row["amount_due"] for row in rows) + left == sum(row["total"] for row in rows)


def assert_laws(tables: Tables) -> None:
    """What must hold of any tables (billing-rules 14)."""
    assert_quantities_balance(tables)
    assert_money_adds_up(tables)
    for rows in lives(tables, "periods"):
        assert_periods_follow_each_other(rows)
        if rows[0]["purchased_credits_opening"] is not None:
            assert_purchased_credits_survive(rows)
    for rows in lives(tables, "accounts"):
        assert_accounts_tie_out(rows)
