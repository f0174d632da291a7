"""The engine equals the oracle on requests to AI models (billing-rules 11), at prices of the catalog and of the public list.

The list's prices are given to the oracle as the genai-prices package itself tells them of a day.
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from genai_prices.data import providers
from hypothesis import assume, given
from hypothesis import strategies as st
from oracle import TABLES, Event, Tokens, token_cost
from oracle import simulate as simulate_in_oracle
from oracle.amounts import decimal
from oracle.tokens import prices_of
from support import equality
from support.cases import replay_in_engine, simulate_in_engine
from support.equality import assert_equal, assert_money_adds_up, assert_quantities_balance, tables_of
from support.simulations import LAWS_PROFILE, MODELS, PROFILE, Row, Simulation, date_there, mostly, number, present, simulations
from support.timelines import simulations_over_time

from commet_core.reports.margin import feature_margins
from commet_core.reports.statement import ledger_table, statement_of

LISTED = ("mistral/mistral-small-latest", "mistral/mistral-large-4", "google/gemini-4-argon", "openai/gpt-4o")
"""Of the public list; the first three cost something else from a day in 2026 on."""

OWN = ("house/large", "house/small", "openai/gpt-4o", "plain")
PRICES_PER_MILLION = number(9, 100, "0", "0.000000001", "0.3", "1", "3", "15", "3.75")
MARGINS = st.sampled_from(["0", "0.2", "0.2", "0.000001", "0.333333", "1", "12.5"])
TOKEN_COUNTS = st.sampled_from([0, 0, 1, 33, 100, 1_000, 33_333, 1_000_000]) | st.integers(0, 2_000_000)


# --- Prices of the list -----------------------------------------------------------------------------------------------


@cache
def listed_prices(day: date) -> dict[str, Row]:
    """By provider/model, in dollars per million tokens, at noon of a day."""
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    found = {}
    for provider in providers:
        for model in provider.models:
            code = f"{provider.id}/{model.id}"
            if code in LISTED:
                prices = vars(model.get_prices(noon))
                keys = {"input": "input_mtok", "output": "output_mtok", "cache_read": "cache_read_mtok"}
                found[code] = present(**{key: prices.get(name) for key, name in keys.items()})
    return found


def test_the_list_has_the_models_and_their_prices_change() -> None:
    assert set(listed_prices(date(2026, 1, 1))) == set(LISTED)
    for model in LISTED[:3]:
        assert listed_prices(date(2026, 1, 1))[model] != listed_prices(date(2026, 12, 31))[model]


# --- Simulations ------------------------------------------------------------------------------------------------------

MODEL_PRICES = st.builds(
    present,
    input=PRICES_PER_MILLION,
    output=PRICES_PER_MILLION,
    cache_read=st.none() | PRICES_PER_MILLION,
    cache_write=st.none() | PRICES_PER_MILLION,
)


@st.composite
def tokens(draw: st.DrawFn, models: list[str]) -> Tokens:
    inside = draw(TOKEN_COUNTS)
    read = draw(st.just(0) | st.integers(0, inside))
    written = draw(st.just(0) | st.integers(0, inside - read))
    return Tokens(draw(st.sampled_from(models)), inside, draw(TOKEN_COUNTS), read, written)


def by_tokens(catalog: Row) -> set[str]:
    plans = (plan for plan in catalog["plans"].values() if plan["consumption_model"] == "balance")
    return {code for plan in plans for code, terms in plan["features"].items() if "pricing" in terms}


@st.composite
def with_tokens(draw: st.DrawFn, simulation: Simulation) -> Simulation:
    """The simulation with AI models on some features of its balance plans, and tokens on their events and on others.

    It has no corrections, which features priced by tokens do not take (billing-rules 15.7).
    """
    catalog = simulation.catalog
    scenario = {key: value for key, value in simulation.scenario.items() if key != "corrections"}
    served = [event for event in simulation.events if event.value >= 0]
    own = draw(st.lists(st.sampled_from(OWN), unique=True, min_size=1))
    models = {code: draw(MODEL_PRICES) for code in own}
    priced = [*own, *(LISTED if catalog["currency"] == "usd" else ())]
    named = [name for code in priced for name in (code, code.rpartition("/")[2])]
    plans = {}
    for code, plan in catalog["plans"].items():
        features = dict(plan["features"])
        for feature in features if plan["consumption_model"] == "balance" else ():
            if draw(st.integers(0, 2)):
                features[feature] = {"pricing": "ai_model", "margin": draw(MARGINS)}
        plans[code] = plan | {"features": features}
    catalog = catalog | {"plans": plans, "models": models}
    always, used = by_tokens(catalog), tokens(named)
    sometimes = mostly(st.none(), used, 1)
    events = [event._replace(tokens=draw(used if event.feature in always else sometimes)) for event in served]
    return Simulation(catalog, scenario, events)


def check_engine(simulation: Simulation) -> None:
    equality.check_engine(simulation, listed_prices)


@PROFILE
@given(simulations(["balance", "balance"]).flatmap(with_tokens))
def test_the_engine_equals_the_oracle_on_requests_to_ai_models(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations_over_time("balance").flatmap(with_tokens))
def test_the_engine_equals_the_oracle_on_ai_models_over_time(simulation: Simulation) -> None:
    check_engine(simulation)


# --- Laws -------------------------------------------------------------------------------------------------------------


@LAWS_PROFILE
@given(simulations(["balance", "balance"]).flatmap(with_tokens))
def test_quantities_and_money_add_up(simulation: Simulation) -> None:
    tables = tables_of(simulation)
    assert_quantities_balance(tables)
    assert_money_adds_up(tables)


@LAWS_PROFILE
@given(simulations(MODELS).flatmap(with_tokens))
def test_tokens_change_nothing_where_no_plan_prices_them(simulation: Simulation) -> None:
    kept = {code for code, plan in simulation.catalog["plans"].items() if plan["consumption_model"] != "balance"}
    candidates = [candidate for candidate in simulation.scenario["candidates"] if candidate["plan"] in kept]
    scenario = simulation.scenario | {"candidates": candidates}
    without = [event._replace(tokens=None) for event in simulation.events]
    with_tokens = simulate_in_engine(simulation.catalog, scenario, simulation.events)
    assert_equal(simulate_in_engine(simulation.catalog, scenario, without), with_tokens)


# --- The ledger and the cost to serve ---------------------------------------------------------------------------------


def subtotal(simulation: Simulation, event: Event) -> Decimal:
    assert event.tokens is not None
    prices = prices_of(event.tokens.model, simulation.catalog["models"], listed_prices(event.timestamp.date()))
    return token_cost(event.tokens, prices, Decimal(0)).subtotal


def in_order(simulation: Simulation, customer: str, window: Any) -> list[Event]:
    own = [event for event in simulation.events if event.customer_id == customer]
    inside = [event for event in own if window.start <= date_there(simulation.catalog, event.timestamp) < window.end]
    return sorted(inside, key=lambda event: event.timestamp)


def part(cost: Decimal, served: Decimal, value: Decimal) -> Decimal:
    """Of a cost, for so many of a row's units: rounded half up to nanos."""
    if served == value:
        return cost
    units, places = int(served.scaleb(6)), int(value.scaleb(6))
    return Decimal((2 * int(cost.scaleb(9)) * units + places) // (2 * places)).scaleb(-9)


@LAWS_PROFILE
@given(simulations(MODELS, window_stated=True).flatmap(with_tokens))
def test_serving_costs_what_the_tokens_of_served_events_do(simulation: Simulation) -> None:
    """In every model; the catalog knows no cost of a unit. The ledger says what was served."""
    window, days = simulation.scenario["window"], [date_there(simulation.catalog, each.timestamp) for each in simulation.events]
    assume(any(window["start"] <= day < window["end"] for day in days))
    result = replay_in_engine(simulation.catalog, simulation.scenario, simulation.events)
    for run in result.runs:
        expected = dict.fromkeys(run.usage.features, Decimal(0))
        for customer in run.usage.customers.take(run.timeline.customers).to_pylist():
            seen = statement_of(result, run, customer)
            rows = ledger_table(seen, slice_of_all(seen)).to_pylist()
            events = in_order(simulation, customer, result.window)
            for event, row in zip(events, rows, strict=True):
                assert row.get("model") == (event.tokens.model if event.tokens else None)
                assert (row.get("input_tokens"), row.get("cache_write_tokens")) == (
                    (event.tokens.input_tokens, event.tokens.cache_write_tokens) if event.tokens else (None, None)
                )
                if event.tokens and row["outcome"] != "refused":
                    expected[event.feature] += part(subtotal(simulation, event), row["served"], event.value)
        table = feature_margins(result, run).table.to_pylist()
        assert {row["feature"]: row["cost"] for row in table if row["feature"]} == expected


def slice_of_all(seen: Any) -> np.ndarray:
    return np.arange(seen.event_count)


# --- The comparison itself can fail -----------------------------------------------------------------------------------


def test_a_difference_of_a_hundredth_of_a_cent_is_found() -> None:
    catalog = {
        "currency": "usd",
        "features": {"chat": {}},
        "plans": {
            "pro": {
                "consumption_model": "balance",
                "prices": {"monthly": 1},
                "features": {"chat": {"pricing": "ai_model", "margin": "0.2"}},
            }
        },
        "models": {"house/large": {"input": 3, "output": 15}},
    }
    event = Event("ana", datetime(2026, 1, 1, tzinfo=UTC), "chat", Decimal(1), Tokens("large", 1000, 500))
    scenario = {"candidates": [{"name": "pro", "plan": "pro"}]}
    found = simulate_in_engine(catalog, scenario, [event])
    more = [event._replace(tokens=event.tokens and event.tokens._replace(input_tokens=1001))]
    assert set(found) == set(TABLES)
    assert_equal(simulate_in_oracle(catalog, scenario, [event]), found)
    with pytest.raises(AssertionError, match=r"cost: expected 0\.01"):
        assert_equal(simulate_in_oracle(catalog, scenario, more), found)
    assert decimal("0.0126") == found["feature_periods"][0]["cost"]
