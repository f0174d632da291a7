"""The engine equals the oracle on seats and quota too: all models, timelines, tiers, both sources of levels; and the laws hold."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import simulate as simulate_in_oracle
from support.cases import Tables, replay_in_engine
from support.drawn import Situation, occurring
from support.equality import assert_accounts_tie_out, assert_periods_follow_each_other, check_engine, lives
from support.level_draws import simulations_with_grants, simulations_with_levels, simulations_with_versions_of_levels
from support.simulations import LAWS_PROFILE, MODELS, PROFILE, Row, Simulation

from commet_core.reports.compare.earned import earned_by_month

ANY_MODEL = st.sampled_from(MODELS).flatmap(simulations_with_levels)


@PROFILE
@given(ANY_MODEL)
def test_the_engine_equals_the_oracle_on_levels(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(st.sampled_from(MODELS).flatmap(simulations_with_versions_of_levels))
def test_the_engine_equals_the_oracle_on_versions_of_seats_quota_and_boolean_features(simulation: Simulation) -> None:
    check_engine(simulation)


@PROFILE
@given(simulations_with_grants())
def test_the_engine_equals_the_oracle_on_grants_of_seats_and_quota(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(ANY_MODEL)
def test_what_is_billed_is_earned_or_outstanding_by_period_and_by_month(simulation: Simulation) -> None:
    tables = simulate_in_oracle(*simulation)
    if not tables["customers"]:
        return
    for rows in lives(tables, "accounts"):
        assert_accounts_tie_out(rows)
    months = earned_by_month(replay_in_engine(*simulation)).to_pylist()
    for part in ("billed", "earned"):
        assert sum(row[part] for row in months) == sum(row[part] for row in tables["accounts"])
    for rows in lives(tables, "periods"):
        assert_periods_follow_each_other(rows)


def held_back(tables: Tables) -> bool:
    return any(row["refused"] > 0 for row in tables["levels"])


def trued_up_over_periods(tables: Tables) -> bool:
    """In more than one period of an interval."""
    turns = [pair for rows in lives(tables, "periods") for pair in pairwise(rows)]
    return any(before["seats"] and after["seats"] and not after["plan_base"] for before, after in turns)


def left_with_seats_paid(tables: Tables) -> bool:
    return any(row["kind"] == "closing" for row in seat_invoices(tables))


def seat_invoices(tables: Tables) -> list[Row]:
    numbers = {
        (row["candidate"], row["customer_id"], row["invoice_number"])
        for row in tables["invoice_lines"]
        if row["charge"] == "true_up"
    }
    return [row for row in tables["invoices"] if (row["candidate"], row["customer_id"], row["invoice_number"]) in numbers]


SITUATIONS = (held_back, trued_up_over_periods, left_with_seats_paid)


@cache
def drawn_situations() -> frozenset[Situation]:
    return occurring(ANY_MODEL, SITUATIONS, lambda simulation: ({"levels": [], **simulate_in_oracle(*simulation)},))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_the_rules_of_levels_speak_of_is_drawn(situation: Situation) -> None:
    assert situation in drawn_situations()
