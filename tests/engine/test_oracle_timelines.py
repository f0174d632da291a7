"""The engine equals the oracle on random timelines too: trials, offers, changes, pauses, cancellations, packs and top-ups.

``ORACLE_PROFILE=oracle-thorough pytest tests/engine/test_oracle_timelines.py`` tries many more examples.
"""

from datetime import datetime, time
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import simulate as simulate_in_oracle
from oracle.periods import ONE_TIME
from support.cases import Tables, replay_in_engine, simulate_in_engine
from support.drawn import Situation, occurring
from support.equality import (
    assert_accounts_tie_out,
    assert_carried_totals_are_paid_once,
    assert_equal,
    assert_laws,
    check_engine,
    lives,
    tables_of,
)
from support.simulations import LAWS_PROFILE, MODELS, PROFILE, Row, Simulation, date_there, simulations
from support.timelines import simulations_over_time, simulations_with_refusals, simulations_with_versions

from commet_core.reports.compare.earned import earned_by_month

ANY_MODEL = st.sampled_from(MODELS).flatmap(simulations_over_time)


@PROFILE
@given(simulations_over_time("metered"))
def test_the_engine_equals_the_oracle_on_metered_timelines(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations_over_time("credits"))
def test_the_engine_equals_the_oracle_on_credits_timelines(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations_over_time("balance"))
def test_the_engine_equals_the_oracle_on_balance_timelines(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(st.sampled_from(MODELS).flatmap(simulations_with_versions))
def test_the_engine_equals_the_oracle_on_prices_that_change(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(st.sampled_from(MODELS).flatmap(simulations_with_refusals))
def test_the_engine_refuses_what_the_oracle_refuses(simulation: Simulation) -> None:
    """Who does what is impossible is left out of all candidates; where nobody is left it is an error."""
    check_engine(simulation)


# --- What is drawn is worth comparing ---------------------------------------------------------------------------------


def changed_in_the_course_of_a_day(_: Simulation, tables: Tables) -> bool:
    changes = [row for row in tables["invoices"] if row["kind"] == "plan_change" and row["issued_at"].time() != time(0)]
    return bool(changes) and any(row["kind"] == "credit" for row in tables["invoice_lines"])


def was_reactivated(_: Simulation, tables: Tables) -> bool:
    return any(row["kind"] == "reactivation" for row in tables["invoices"])


def left(tables: Tables) -> list[tuple[Row, Row]]:
    """The periods that a cancellation ended, and what followed."""
    turns = [pair for rows in lives(tables, "periods") for pair in pairwise(rows)]
    return [(before, after) for before, after in turns if after["state"] == "canceled"]


def left_at_an_end(_: Simulation, tables: Tables) -> bool:
    return any(before["state"] == "active" and not before["closed_early"] for before, _ in left(tables))


def left_a_trial(_: Simulation, tables: Tables) -> bool:
    return any(before["state"] == "trial" for before, _ in left(tables))


def went_from_a_one_time_price_to_another(simulation: Simulation, tables: Tables) -> bool:
    once = {code: Decimal(plan["prices"].get(ONE_TIME, -1)) for code, plan in simulation.catalog["plans"].items()}
    bases = [[row for row in rows if row["kind"] == "plan_base"] for rows in lives(tables, "invoice_lines")]
    turns = [pair for rows in bases for pair in pairwise(rows) if pair[0]["item"] != pair[1]["item"]]
    return any(all(row["unit_price"] == once[row["item"]] for row in turn) for turn in turns)


SITUATIONS = (
    changed_in_the_course_of_a_day,
    was_reactivated,
    left_at_an_end,
    left_a_trial,
    went_from_a_one_time_price_to_another,
)


@cache
def drawn_situations() -> frozenset[Situation]:
    return occurring(ANY_MODEL, SITUATIONS, lambda simulation: (simulation, simulate_in_oracle(*simulation)))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_the_rules_of_changes_and_cancellations_speak_of_is_drawn(situation: Situation) -> None:
    assert situation in drawn_situations()


# --- A timeline without actions equals none ---------------------------------------------------------------------------


def starts_as_without_a_file(simulation: Simulation) -> list[Row]:
    """2.5 written down: every customer with usage starts on the date of its first event, or when the window starts."""
    catalog, window, rule = simulation.catalog, simulation.scenario["window"], simulation.scenario.get("start") or "first_use"
    inside = [event for event in simulation.events if window["start"] <= date_there(catalog, event.timestamp) < window["end"]]
    first: dict[str, datetime] = {}
    for event in inside:
        first[event.customer_id] = min(event.timestamp, first.get(event.customer_id, event.timestamp))
    days = {customer: window["start"] if rule == "window" else date_there(catalog, time) for customer, time in first.items()}
    return [{"customer_id": customer, "at": day, "action": "start"} for customer, day in days.items()]


@LAWS_PROFILE
@given(simulations(window_stated=True))
def test_a_timeline_with_no_actions_equals_none(simulation: Simulation) -> None:
    without_file = tables_of(simulation)
    scenario = simulation.scenario | {"subscriptions": starts_as_without_a_file(simulation)}
    assert_equal(without_file, simulate_in_engine(simulation.catalog, scenario, simulation.events))


# --- Laws (billing-rules 5.3, 13, 14) ---------------------------------------------------------------------------------


@LAWS_PROFILE
@given(ANY_MODEL)
def test_laws_hold_on_timelines(simulation: Simulation) -> None:
    tables = tables_of(simulation)
    assert_laws(tables)
    for rows in lives(tables, "invoices"):
        assert_carried_totals_are_paid_once(rows)


PARTS_EARNED = ("earned", "earned_base", "earned_overage", "earned_packs", "earned_top_ups")


@LAWS_PROFILE
@given(ANY_MODEL)
def test_the_months_of_a_candidate_add_up_to_its_accounts(simulation: Simulation) -> None:
    months = earned_by_month(replay_in_engine(*simulation)).to_pylist()
    rows = simulate_in_oracle(*simulation)["accounts"]
    for candidate in simulation.scenario["candidates"]:
        own_months = [month for month in months if month["candidate"] == candidate["name"]]
        own = [row for row in rows if row["candidate"] == candidate["name"]]
        for part in ("billed", *PARTS_EARNED, "forfeited_value"):
            assert sum(month[part] for month in own_months) == sum(row[part] for row in own), part
        last = [row for row, after in pairwise([*own, None]) if not after or row["customer_id"] != after["customer_id"]]
        assert own_months[-1]["outstanding"] == sum(row["outstanding_closing"] for row in last)


@LAWS_PROFILE
@given(ANY_MODEL)
def test_the_oracle_keeps_the_laws_itself(simulation: Simulation) -> None:
    """Its earned and its outstanding amounts are worked out apart from each other."""
    tables = simulate_in_oracle(*simulation)
    for rows in lives(tables, "accounts"):
        assert_accounts_tie_out(rows)
