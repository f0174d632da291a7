"""Every rule as a sentence: the cases in ``cases/*.yaml``, through the oracle and through the engine."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from oracle import simulate as simulate_in_oracle
from support.cases import (
    CASE_KEYS,
    Case,
    Tables,
    all_cases,
    events_of,
    simulate_in_engine,
    time_of,
    whole_catalog,
    whole_scenario,
)


def like(expected: Any, actual: Any) -> Any:
    """What a case says, in the type of what came out."""
    if expected is None or actual is None:
        return expected
    if isinstance(actual, datetime):
        return time_of(expected)
    return Decimal(str(expected)) if isinstance(actual, Decimal) else expected


def check(expect: Mapping[str, list[dict[str, Any]]], tables: Tables) -> None:
    for table, expected_rows in expect.items():
        rows = tables[table]
        columns = [list(expected) for expected in expected_rows]
        columns += [list(expected_rows[-1]) if expected_rows else list(row) for row in rows[len(columns) :]]
        found = [{name: row[name] for name in names} for names, row in zip(columns, rows, strict=False)]
        wanted = [
            {name: like(value, row[name]) for name, value in expected.items()}
            for expected, row in zip(expected_rows, rows, strict=False)
        ]
        assert found == wanted + expected_rows[len(rows) :], table


@pytest.mark.parametrize("simulate", [simulate_in_oracle, simulate_in_engine], ids=["oracle", "engine"])
@pytest.mark.parametrize("case", all_cases())
def test_case(case: Case, simulate: Callable[..., Tables]) -> None:
    check(case["expect"], simulate(whole_catalog(case), whole_scenario(case), events_of(case)))


@pytest.mark.parametrize("case", all_cases())
def test_case_is_well_formed(case: Case) -> None:
    assert set(case) <= CASE_KEYS
    assert case["rule"].startswith("billing-rules "), "`rule` says which: billing-rules 15.1"
    assert case["expect"]


def test_names_are_unique() -> None:
    names = [parameter.values[0]["name"] for parameter in all_cases()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "wrong",
    [
        [{"total": 1}],
        [{"total": 2}, {"total": 3}],
        [{"total": 1}, {"total": 3}],
        [{"total": 1}, {"total": 2}, {"total": 3}],
        [],
    ],
)
def test_a_wrong_expectation_fails(wrong: list[dict[str, Any]]) -> None:
    with pytest.raises(AssertionError):
        check({"invoices": wrong}, {"invoices": [{"total": Decimal(1)}, {"total": Decimal(2)}]})
