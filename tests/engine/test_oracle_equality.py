"""The engine equals the oracle, to the last digit, on random catalogs, scenarios and usage; and billing-rules 14 holds.

``ORACLE_PROFILE=oracle-thorough pytest tests/test_oracle_equality.py`` tries many more examples.
"""

import os
from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Event, is_buyer
from oracle import simulate as simulate_in_oracle

from commet_core.foundation.errors import InputError
from tests.rating.test_cases import TABLES, Tables, simulate_in_engine

settings.register_profile(
    "oracle",
    max_examples=150,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("oracle-thorough", settings.get_profile("oracle"), max_examples=2_000)
PROFILE = settings.get_profile(os.environ.get("ORACLE_PROFILE", "oracle"))
LAWS_PROFILE = settings(PROFILE, max_examples=PROFILE.max_examples // 2)

Row = dict[str, Any]


class Simulation(NamedTuple):
    catalog: dict[str, Any]
    scenario: dict[str, Any]
    events: list[Event]


# --- Numbers: a few that meet exactly at limits, and many that do not -------------------------------------------------


def mostly(usual: st.SearchStrategy[Any], unusual: st.SearchStrategy[Any], times: int = 5) -> st.SearchStrategy[Any]:
    """One of two, the usual one so many times as often."""
    return st.sampled_from([usual] * times + [unusual]).flatmap(lambda chosen: chosen)


def number(places: int, largest: int, *often: str) -> st.SearchStrategy[str]:
    """A decimal as text: one of ``often``, or any up to ``largest`` with up to ``places`` decimals."""
    anything = st.integers(0, largest * 10**places).map(lambda units: f"{Decimal(units).scaleb(-places):f}")
    return mostly(st.sampled_from(often), anything, 2)


UNIT_PRICES = number(9, 10, "0", "0.000000001", "0.001", "0.004", "0.005", "0.333333333", "1", "2.009999999", "9.99")
CREDITS_PER_UNIT = number(6, 20, "0", "0.000001", "0.25", "0.333333", "1", "3", "7", "10")
VALUES = number(6, 50, "0", "0.000001", "0.5", "1", "1", "2", "2.5", "3", "7", "10", "12.345678")
INCLUDED_UNITS = number(6, 60, "0", "1", "5", "10", "10.5", "20")
INCLUDED_CREDITS = number(6, 300, "0", "7", "10", "10.5", "100")
INCLUDED_BALANCES = number(9, 100, "0", "0.004", "1", "10", "10.000000001")
BASE_PRICES = number(9, 100, "0", "9.99", "9.995", "10", "30", "49")
PACK_CREDITS = st.sampled_from(["0.7", "1", "1", "3", "5", "5", "10"])
PACK_PRICES = st.sampled_from(["0", "0.004", "1", "1", "2", "2", "9.995", "0.333333333"])
TOP_UP_AMOUNTS = st.sampled_from(["0.3", "0.333333333", "1", "5", "10", "20.000000001"])
LIMITS = st.sampled_from([None, None, None, 0, 1, 2, 2, 3, 50])
PROBABILITIES = st.sampled_from([None, None, None, 0, 1, "0.5", "0.333333"])
SEEDS = st.sampled_from([0, 1, 7, 2**63 - 1])


# --- Catalogs ---------------------------------------------------------------------------------------------------------

SOLD_FEATURES = ("a", "B", "é")
FEATURES = (*SOLD_FEATURES, "only in the catalog")
INTERVALS = ("weekly", "monthly", "quarterly", "yearly", "one_time")
MODELS = ("metered", "credits", "balance")
UNLIMITED = st.just({"unlimited": True})


def present(**entries: Any) -> dict[str, Any]:
    """The entries that say something."""
    return {key: value for key, value in entries.items() if value is not None}


def overage(unit_price: str | None) -> dict[str, str] | None:
    return None if unit_price is None else {"unit_price": unit_price}


METERED_TERMS = st.builds(
    present, included=mostly(INCLUDED_UNITS, st.none()), overage=mostly(UNIT_PRICES, st.none(), 2).map(overage)
)
CREDITS_TERMS = st.builds(present, credits_per_unit=CREDITS_PER_UNIT)
BALANCE_TERMS = st.builds(present, unit_price=UNIT_PRICES)


@st.composite
def plan_features(draw: st.DrawFn, terms: st.SearchStrategy[Row]) -> dict[str, Row]:
    """Most of the features, in any order; one in eight or so unlimited."""
    codes = draw(st.permutations(SOLD_FEATURES))[: draw(st.sampled_from([3, 3, 3, 2, 1]))]
    return {code: draw(mostly(terms, UNLIMITED, 7)) for code in codes}


def prices() -> st.SearchStrategy[dict[str, str]]:
    """Prices for some intervals in any order; sometimes none, a free plan."""
    return mostly(st.dictionaries(st.sampled_from(INTERVALS), BASE_PRICES, min_size=1, max_size=3), st.just({}))


def metered_plans() -> st.SearchStrategy[Row]:
    return st.builds(present, consumption_model=st.just("metered"), prices=prices(), features=plan_features(METERED_TERMS))


def credits_plans() -> st.SearchStrategy[Row]:
    return st.builds(
        present,
        consumption_model=st.just("credits"),
        prices=prices(),
        included_credits=mostly(INCLUDED_CREDITS, st.none()),
        features=plan_features(CREDITS_TERMS),
    )


@st.composite
def balance_plans(draw: st.DrawFn) -> Row:
    """A plan that is sold by the quarter or longer, and not by the month, has to say what a month includes."""
    plan_prices = draw(prices())
    must_say = bool(set(plan_prices) - {"weekly"}) and "monthly" not in plan_prices
    return present(
        consumption_model="balance",
        prices=plan_prices,
        included_balance=draw(INCLUDED_BALANCES if must_say else st.none() | INCLUDED_BALANCES),
        block_on_exhaustion=draw(st.none() | st.booleans()),
        features=draw(plan_features(BALANCE_TERMS)),
    )


def credit_packs(credits_plan_codes: Sequence[str]) -> st.SearchStrategy[dict[str, Row]]:
    """Up to four packs, some for certain plans only."""
    some_plans = st.lists(st.sampled_from(credits_plan_codes), unique=True, min_size=1) if credits_plan_codes else st.none()
    pack = st.builds(present, credits=PACK_CREDITS, price=PACK_PRICES, plans=mostly(st.none(), some_plans, 2))
    some = st.dictionaries(st.sampled_from(["w", "x", "Y", "z"]), pack, min_size=1, max_size=4)
    return mostly(some, st.just({}), 7)


def some_models() -> st.SearchStrategy[list[str]]:
    """All three in some order, or one of them twice."""
    return st.permutations(MODELS) | st.sampled_from(MODELS).map(lambda model: [model, model])


@st.composite
def catalogs(draw: st.DrawFn, models: Sequence[str]) -> Row:
    strategies = {"metered": metered_plans(), "credits": credits_plans(), "balance": balance_plans()}
    plans = {f"plan {place}": draw(strategies[model]) for place, model in enumerate(models)}
    on_credits = [code for code, plan in plans.items() if plan["consumption_model"] == "credits"]
    return {
        "currency": draw(st.sampled_from(["usd", "usd", "eur", "jpy", "clp"])),
        "features": {code: {"name": code} for code in FEATURES},
        "plans": plans,
        "credit_packs": draw(credit_packs(on_credits)),
    }


# --- Scenarios --------------------------------------------------------------------------------------------------------


def packs_of_plan(catalog: Row, plan_code: str) -> list[str]:
    packs = catalog["credit_packs"].items()
    return [code for code, pack in packs if plan_code in pack.get("plans", [plan_code])]


@st.composite
def candidates(draw: st.DrawFn, catalog: Row, plan_code: str, name: str) -> Row:
    plan = catalog["plans"][plan_code]
    candidate = present(name=name, plan=plan_code, interval=draw(st.none() | st.sampled_from([None, *plan["prices"]])))
    if plan["consumption_model"] == "credits":
        often = ["smallest_sufficient"] * 2 + packs_of_plan(catalog, plan_code)
        rule = st.builds(
            present, pack=st.sampled_from(["none", *often]), max_packs_per_period=LIMITS, probability=PROBABILITIES
        )
        return candidate | present(purchases=draw(mostly(rule, st.none(), 7)))
    if plan["consumption_model"] == "balance":
        top_up = st.builds(present, amount=TOP_UP_AMOUNTS, max_per_period=LIMITS, probability=PROBABILITIES)
        return candidate | present(top_up=draw(mostly(top_up, st.none())))
    return candidate


FIRST_DAYS = st.sampled_from([date(2026, 1, 1), date(2027, 1, 29), date(2027, 12, 31), date(2028, 1, 30)])
LENGTHS = st.sampled_from([1, 7, 28, 31, 59, 60, 90, 92]) | st.integers(1, 100) | st.integers(365, 430)


@st.composite
def windows(draw: st.DrawFn) -> Row:
    start = draw(FIRST_DAYS) + timedelta(days=draw(st.integers(0, 40)))
    return {"start": start, "end": start + timedelta(days=draw(LENGTHS))}


@st.composite
def scenarios(draw: st.DrawFn, catalog: Row, window: Row | None) -> Row:
    plan_codes = [*catalog["plans"], *draw(st.lists(st.sampled_from([*catalog["plans"]]), max_size=1))]
    return present(
        window=window,
        rows=draw(st.sampled_from([None, "event", "aggregate"])),
        start=draw(st.sampled_from([None, "first_use", "window"])),
        seed=draw(st.none() | SEEDS),
        candidates=[draw(candidates(catalog, code, f"{place}: {code}")) for place, code in enumerate(plan_codes)],
    )


# --- Usage ------------------------------------------------------------------------------------------------------------

CUSTOMERS = ("ana", "Bob", "10", "9", "éva")
TIMES = st.sampled_from([time(0), time(0), time(12), time(23, 59, 59, 999_999)]) | st.times()


@st.composite
def timestamps(draw: st.DrawFn, days: Row, outside: int = 0) -> datetime:
    """In ``days`` or a little outside; often where a period of somebody may begin or end, and at its first instant."""
    last = (days["end"] - days["start"]).days - 1 + outside
    round_days = [0, *(day for day in (7, 14, 28, 30, 31, 59, 61, 62, 89, 90, 91) if day <= last), last]
    day = days["start"] + timedelta(days=draw(st.integers(-outside, last) | st.sampled_from(round_days)))
    return datetime.combine(day, draw(TIMES), tzinfo=UTC)


@st.composite
def usages(draw: st.DrawFn, days: Row) -> list[Event]:
    """Up to fifty events of a few customers, some at the same time; at least the first of them inside ``days``."""
    customers = CUSTOMERS[: draw(st.integers(1, len(CUSTOMERS)))]
    inside = draw(timestamps(days))
    times = [inside, *draw(st.lists(timestamps(days, outside=2), min_size=draw(st.sampled_from([0, 5, 10])), max_size=20))]
    feature = st.sampled_from(SOLD_FEATURES * 5 + FEATURES + ("in no catalog",))
    value = VALUES.map(Decimal)
    event = st.builds(Event, st.sampled_from(customers), st.sampled_from(times), feature, value, st.none())
    more = draw(st.lists(event, min_size=draw(st.sampled_from([0, 10, 25])), max_size=50))
    return [Event(customers[0], inside, draw(feature), draw(value)), *more]


@st.composite
def simulations(draw: st.DrawFn, models: Sequence[str] = (), *, window_stated: bool = False) -> Simulation:
    catalog = draw(catalogs(models or draw(some_models())))
    days = draw(windows())
    stated = window_stated or draw(st.booleans()) or draw(st.booleans())
    return Simulation(catalog, draw(scenarios(catalog, days if stated else None)), draw(usages(days)))


# --- The engine equals the oracle -------------------------------------------------------------------------------------


def differences(table: str, expected: Sequence[Row], found: Sequence[Row]) -> list[str]:
    """What to look at first: rows that are too few or too many, and the columns of the first row that differs."""
    messages = [] if len(expected) == len(found) else [f"{table}: {len(expected)} rows expected, {len(found)} found"]
    for place, (wanted, row) in enumerate(zip(expected, found, strict=False)):
        wrong = [
            f"  {name}: expected {value}, found {row.get(name, 'no such column')}"
            for name, value in wanted.items()
            if name not in row or row[name] != value
        ]
        if wrong:
            return [*messages, f"{table}, row {place}: {wanted}", *wrong]
    return messages


def assert_equal(expected: Tables, found: Tables) -> None:
    messages = [message for table in TABLES for message in differences(table, expected[table], found[table])]
    assert not messages, "\n".join(["", *messages])


def check_engine(simulation: Simulation) -> None:
    assert_equal(simulate_in_oracle(*simulation), simulate_in_engine(*simulation))


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


def customer_rows(tables: Tables, customers: Collection[str]) -> Tables:
    return {name: [row for row in rows if row["customer_id"] in customers] for name, rows in tables.items()}


def check_part(simulation: Simulation, customers: Collection[str], whole: Tables) -> None:
    """These customers' rows are the same when only their usage is there; what has no usage has no customers."""
    own = [event for event in simulation.events if event.customer_id in customers]
    expected = customer_rows(whole, customers)
    if expected["customers"]:
        assert_equal(expected, simulate_in_engine(simulation.catalog, simulation.scenario, own))


@LAWS_PROFILE
@given(simulations(window_stated=True))
def test_other_customers_change_nothing(simulation: Simulation) -> None:
    together = simulate_in_engine(*simulation)
    for customer in CUSTOMERS:
        check_part(simulation, {customer}, together)


@LAWS_PROFILE
@given(simulations(), st.randoms(use_true_random=False))
def test_the_order_between_customers_changes_nothing(simulation: Simulation, random: Any) -> None:
    """Every customer's own events keep their order, for it decides between events at the same time."""
    places = [event.customer_id for event in simulation.events]
    random.shuffle(places)
    queues = {customer: iter([e for e in simulation.events if e.customer_id == customer]) for customer in set(places)}
    shuffled = [next(queues[customer]) for customer in places]
    again = simulate_in_engine(simulation.catalog, simulation.scenario, shuffled)
    assert_equal(simulate_in_engine(*simulation), again)


@LAWS_PROFILE
@given(simulations(window_stated=True), st.sets(st.sampled_from(CUSTOMERS)))
def test_splitting_the_customers_changes_nothing(simulation: Simulation, first_part: set[str]) -> None:
    whole = simulate_in_engine(*simulation)
    check_part(simulation, first_part, whole)
    check_part(simulation, set(CUSTOMERS) - first_part, whole)


@LAWS_PROFILE
@given(simulations())
def test_splitting_the_work_over_threads_changes_nothing(simulation: Simulation) -> None:
    """As if every event were worth a thread of its own."""
    whole = simulate_in_engine(*simulation)
    with patch("commet_core.foundation.parallel.EVENTS_PER_TASK", 1), patch("os.cpu_count", lambda: 4):
        assert_equal(whole, simulate_in_engine(*simulation))


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
    kept = row["plan_credits_forfeited"] + row["plan_credits_in_hand"]
    assert row["plan_credits_granted"] == row["plan_credits_used"] + kept
    had = row["purchased_credits_opening"] + row["purchased_credits_bought"]
    assert had == row["purchased_credits_used"] + row["purchased_credits_closing"]


def assert_balance_balances(row: Row) -> None:
    had = row["balance_granted"] + row["balance_topped_up"] + row["balance_overage"]
    assert had == row["balance_used"] + row["balance_forfeited"] + row["balance_in_hand"]


def assert_money_adds_up(tables: Tables) -> None:
    for row in tables["customers"]:
        key = {name: row[name] for name in ("candidate", "customer_id")}
        own = {name: [r for r in tables[name] if key.items() <= r.items()] for name in TABLES}
        assert row["billed"] == total(own["periods"], "billed")
        assert row["billed"] == total(own["invoices"], "total")
        assert row["billed"] == total(own["invoice_lines"], "amount")
        assert row["billed"] == sum(row[part] for part in ("plan_base", "discount", "credit", "overage", "purchases"))
        closing, opening = own["periods"][:-1], own["periods"][1:]
        for before, after in zip(closing, opening, strict=True):
            assert before["purchased_credits_closing"] == after["purchased_credits_opening"]


@LAWS_PROFILE
@given(simulations())
def test_quantities_and_money_add_up(simulation: Simulation) -> None:
    tables = simulate_in_engine(*simulation)
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
