"""The engine equals the oracle, to the last digit, on random catalogs, scenarios and usage; and billing-rules 14 holds.

``ORACLE_PROFILE=oracle-thorough pytest tests/engine/test_oracle_equality.py`` tries many more examples.
"""

from bisect import bisect_left
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import TABLES, Event, is_buyer
from oracle import simulate as simulate_in_oracle
from support.cases import simulate_in_engine
from support.equality import (
    assert_equal,
    assert_money_adds_up,
    assert_quantities_balance,
    check_engine,
    check_part,
    differences,
    tables_of,
)
from support.simulations import CUSTOMERS, LAWS_PROFILE, LIMITS, MODELS, PROFILE, Row, Simulation, number, present, simulations

from commet_core.foundation.errors import InputError

# --- The engine equals the oracle -------------------------------------------------------------------------------------


@PROFILE
@given(simulations(["metered", "metered"]))
def test_the_engine_equals_the_oracle_on_metered_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations(["credits", "credits"]))
def test_the_engine_equals_the_oracle_on_credits_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations(["balance", "balance"]))
def test_the_engine_equals_the_oracle_on_balance_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations(MODELS))
def test_the_engine_equals_the_oracle_on_all_models_at_once(simulation: Simulation) -> None:
    check_engine(simulation)


# --- Which packs are bought (billing-rules 5.6) -----------------------------------------------------------------------


@st.composite
def pack_choices(draw: st.DrawFn) -> Simulation:
    """Every shortfall from 1 to 30, each a customer's own, with packs of few sizes and prices, so that ties are usual."""
    pack = st.builds(present, credits=st.integers(1, 9), price=st.integers(0, 3))
    rule = st.builds(present, pack=st.just("smallest_sufficient"), max_packs_per_period=LIMITS)
    plan = {"consumption_model": "credits", "prices": {"monthly": 1}, "features": {"a": {"credits_per_unit": 1}}}
    catalog = {
        "features": {"a": {}},
        "plans": {"C": plan},
        "credit_packs": draw(st.dictionaries(st.sampled_from(["w", "x", "Y", "z"]), pack, min_size=2)),
    }
    scenario = {
        "rows": draw(st.sampled_from(["event", "aggregate"])),
        "candidates": [{"name": "C", "plan": "C", "purchases": draw(rule)}],
    }
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return Simulation(catalog, scenario, [Event(f"short of {units}", day, "a", Decimal(units)) for units in range(1, 31)])


@PROFILE
@given(pack_choices())
def test_the_engine_buys_the_packs_that_the_oracle_buys(simulation: Simulation) -> None:
    check_engine(simulation)


# --- Whether a customer buys (billing-rules 5.6) ----------------------------------------------------------------------


def least_probability(seed: int, customer_id: str, period_index: int) -> int:
    """The least probability, in millionths, with which this customer buys in this period."""

    def buys(millionths: int) -> bool:
        return is_buyer(seed, customer_id, period_index, Decimal(millionths).scaleb(-6))

    return bisect_left(range(1_000_001), True, key=buys)


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_a_customer_buys_from_its_least_probability_on(seed: int) -> None:
    plan = {"consumption_model": "credits", "prices": {"monthly": 1}, "features": {"a": {"credits_per_unit": 1}}}
    catalog = {"features": {"a": {}}, "plans": {"C": plan}, "credit_packs": {"one": {"credits": 1, "price": 1}}}
    millionths = least_probability(seed, "ana", 1)
    purchases = [{"pack": "one", "probability": Decimal(millionths + more).scaleb(-6)} for more in (-1, 0)]
    candidates = [{"name": str(place), "plan": "C", "purchases": rule} for place, rule in enumerate(purchases)]
    events = [Event("ana", datetime(2026, month, 1, tzinfo=UTC), "a", Decimal(1)) for month in (1, 2)]
    tables = simulate_in_engine(catalog, {"seed": seed, "candidates": candidates}, events)
    second_periods = [row for row in tables["periods"] if row["period_index"] == 1]
    assert [row["purchases"] for row in second_periods] == [0, 1]


# --- No usage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "message"),
    [([], "there are no events"), ([Event("ana", datetime(2026, 2, 1, tzinfo=UTC), "a", Decimal(1))], "window")],
)
def test_no_usage_in_the_window_is_an_error_that_says_so(events: list[Event], message: str) -> None:
    plan = {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"a": {"included": 1}}}
    window = {"start": "2026-01-01", "end": "2026-02-01"}
    with pytest.raises(InputError, match=message):
        simulate_in_engine(
            {"features": {"a": {}}, "plans": {"M": plan}},
            {"window": window, "candidates": [{"name": "M", "plan": "M"}]},
            events,
        )


# --- Large numbers are exact too, or an error (billing-rules 1.4) ------------------------------------------------------

LARGE_PLANS = {
    "metered": {
        "consumption_model": "metered",
        "prices": {"monthly": "999999.999999999"},
        "features": {"a": {"included": "0.000001", "overage": {"unit_price": "1234.567890123"}}},
    },
    "balance": {
        "consumption_model": "balance",
        "prices": {"monthly": "999999.999999999"},
        "features": {"a": {"unit_price": "1234.567890123"}},
    },
    "credits": {
        "consumption_model": "credits",
        "prices": {"monthly": 1},
        "included_credits": "999999.999999",
        "features": {"a": {"credits_per_unit": "1234.567891"}},
    },
}


@st.composite
def large_simulations(draw: st.DrawFn) -> Simulation:
    catalog = {
        "features": {"a": {}},
        "plans": LARGE_PLANS,
        "credit_packs": {"large": {"credits": "98765432.1", "price": "123456789.123456789"}},
    }
    purchases = {"pack": "large", "max_packs_per_period": draw(st.sampled_from([2, 1000]))}
    scenario = {
        "rows": draw(st.sampled_from(["event", "aggregate"])),
        "window": {"start": "2026-01-01", "end": "2026-03-01"},
        "candidates": [
            {"name": "metered", "plan": "metered"},
            {"name": "balance", "plan": "balance"},
            {"name": "credits", "plan": "credits", "purchases": purchases},
        ],
    }
    largest = 10 ** draw(st.integers(0, 12))
    events = st.builds(
        Event,
        st.sampled_from(["ana", "bob"]),
        st.sampled_from([datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]),
        st.just("a"),
        number(6, largest, str(largest)).map(Decimal),
        st.none(),
    )
    return Simulation(catalog, scenario, draw(st.lists(events, min_size=1, max_size=4)))


@PROFILE
@given(large_simulations())
def test_large_numbers_are_exact_or_an_error(simulation: Simulation) -> None:
    try:
        found = simulate_in_engine(*simulation)
    except InputError:
        return
    assert_equal(simulate_in_oracle(*simulation), found)


def test_numbers_of_an_ordinary_size_are_no_error() -> None:
    """A million units over at 1,234.567890123 each: 1,234,567,890.123."""
    simulation = Simulation(
        {"features": {"a": {}}, "plans": {"metered": LARGE_PLANS["metered"]}},
        {"candidates": [{"name": "M", "plan": "metered"}]},
        [Event("ana", datetime(2026, 1, 1, tzinfo=UTC), "a", Decimal("1000000.000001"))],
    )
    tables = simulate_in_engine(*simulation)
    assert tables["invoices"][1]["total"] == Decimal("1234567890.12")


# --- Laws of billing-rules 14 -----------------------------------------------------------------------------------------


@LAWS_PROFILE
@given(simulations(window_stated=True))
def test_other_customers_change_nothing(simulation: Simulation) -> None:
    together = tables_of(simulation)
    for customer in CUSTOMERS:
        check_part(simulation, {customer}, together)


@LAWS_PROFILE
@given(simulations(), st.randoms(use_true_random=False))
def test_the_order_between_customers_changes_nothing(simulation: Simulation, random: Any) -> None:
    """Every customer's own events keep their order, for it decides between events at the same time."""
    found = tables_of(simulation)
    places = [event.customer_id for event in simulation.events]
    random.shuffle(places)
    queues = {customer: iter([e for e in simulation.events if e.customer_id == customer]) for customer in set(places)}
    shuffled = [next(queues[customer]) for customer in places]
    assert_equal(found, simulate_in_engine(simulation.catalog, simulation.scenario, shuffled))


@LAWS_PROFILE
@given(simulations(window_stated=True), st.sets(st.sampled_from(CUSTOMERS)))
def test_splitting_the_customers_changes_nothing(simulation: Simulation, first_part: set[str]) -> None:
    whole = tables_of(simulation)
    check_part(simulation, first_part, whole)
    check_part(simulation, set(CUSTOMERS) - first_part, whole)


@LAWS_PROFILE
@given(simulations())
def test_splitting_the_work_over_threads_changes_nothing(simulation: Simulation) -> None:
    """As if every event were worth a thread of its own."""
    whole = tables_of(simulation)
    with patch("commet_core.foundation.parallel.EVENTS_PER_TASK", 1), patch("os.cpu_count", lambda: 4):
        assert_equal(whole, simulate_in_engine(*simulation))


@LAWS_PROFILE
@given(simulations())
def test_quantities_and_money_add_up(simulation: Simulation) -> None:
    tables = tables_of(simulation)
    assert_quantities_balance(tables)
    assert_money_adds_up(tables)


# --- The comparison itself can fail -----------------------------------------------------------------------------------


def test_a_difference_in_the_last_digit_is_found() -> None:
    tables = {name: [{"candidate": "A", "billed": Decimal("0.000000001")}] for name in TABLES}
    wrong = {name: [{"candidate": "A", "billed": Decimal("0.000000002")}] for name in TABLES}
    assert_equal(tables, tables)
    with pytest.raises(AssertionError, match="billed: expected 1E-9, found 2E-9"):
        assert_equal(tables, wrong)


@pytest.mark.parametrize("rows", [[], [{"billed": 1}, {"billed": 1}], [{"other": 1}], [{"billed": None}]])
def test_missing_and_surplus_rows_and_columns_are_found(rows: list[Row]) -> None:
    assert differences("customers", [{"billed": 1}], rows)
