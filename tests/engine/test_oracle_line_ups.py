"""The engine equals the oracle on plan groups as candidates too: assigned, cheapest, and moves up.

``ORACLE_PROFILE=oracle-thorough pytest tests/engine/test_oracle_line_ups.py`` tries many more examples.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import simulate as simulate_in_oracle
from support.cases import Tables, simulate_in_engine
from support.drawn import ends
from support.equality import assert_equal, assert_laws, check_engine, check_part, lives, tables_of
from support.random_line_ups import simulations_of_line_ups, simulations_of_line_ups_with_more
from support.simulations import LAWS_PROFILE, MODELS, Row, Simulation

ANY_LINE_UP = st.sampled_from(MODELS).flatmap(simulations_of_line_ups)


def any_model(choose: str) -> st.SearchStrategy[Simulation]:
    return st.sampled_from(MODELS).flatmap(lambda model: simulations_of_line_ups(model, choose))


@LAWS_PROFILE
@given(any_model("assigned"))
def test_the_engine_equals_the_oracle_where_subscriptions_assign_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(any_model("cheapest"))
def test_the_engine_equals_the_oracle_on_the_cheapest_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(simulations_of_line_ups("metered", "upgrade"))
def test_the_engine_equals_the_oracle_on_moves_up_metered_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(simulations_of_line_ups("credits", "upgrade"))
def test_the_engine_equals_the_oracle_on_moves_up_credits_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(simulations_of_line_ups("balance", "upgrade"))
def test_the_engine_equals_the_oracle_on_moves_up_balance_plans(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(st.sampled_from(MODELS).flatmap(lambda model: simulations_of_line_ups(model, "upgrade", "cheapest", with_versions=True)))
def test_the_engine_equals_the_oracle_on_line_ups_of_plans_with_versions(simulation: Simulation) -> None:
    check_engine(simulation)


@LAWS_PROFILE
@given(
    st.sampled_from(MODELS).flatmap(lambda model: simulations_of_line_ups_with_more(model, "upgrade", "upgrade", "cheapest"))
)
def test_the_engine_equals_the_oracle_on_line_ups_of_plans_with_seats_and_add_ons(simulation: Simulation) -> None:
    check_engine(simulation)


# --- What is drawn is worth comparing ---------------------------------------------------------------------------------


def plans_in_turn(periods: list[Row]) -> list[str]:
    return [plan for plan, _ in groupby(row["plan"] for row in periods if row["plan"])]


def moves_up(tables: Tables) -> bool:
    return any(len(plans_in_turn(periods)) > 1 for periods in lives(tables, "periods"))


def is_on_different_plans(tables: Tables) -> bool:
    of_candidates: dict[str, set[str]] = {}
    for row in tables["customers"]:
        of_candidates.setdefault(row["candidate"], set()).update({row["plan"]} - {None})
    return any(len(plans) > 1 for plans in of_candidates.values())


DRAWN = 60


@pytest.mark.parametrize(("choose", "is_worth_it"), [("upgrade", moves_up), ("cheapest", is_on_different_plans)])
@pytest.mark.parametrize("model", MODELS)
def test_at_least_one_in_ten_of_what_is_drawn_moves_or_differs(
    model: str, choose: str, is_worth_it: Callable[[Tables], bool]
) -> None:
    """Once there are so many, whatever is drawn after them cannot make them fewer."""
    worth_it = 0

    def is_enough(simulation: Simulation) -> bool:
        nonlocal worth_it
        worth_it += is_worth_it(simulate_in_oracle(*simulation))
        return worth_it * 10 >= DRAWN

    assert ends(simulations_of_line_ups(model, choose), is_enough, DRAWN, always_the_same=True)


# --- Laws -------------------------------------------------------------------------------------------------------------


@LAWS_PROFILE
@given(ANY_LINE_UP)
def test_laws_hold_on_line_ups(simulation: Simulation) -> None:
    tables = tables_of(simulation)
    assert_laws(tables)


@LAWS_PROFILE
@given(any_model("upgrade"))
def test_customers_begin_on_the_lowest_plan_and_move_up_one_after_the_other(simulation: Simulation) -> None:
    groups = {row["name"]: row["group"] for row in simulation.scenario["candidates"]}
    for periods in lives(tables_of(simulation), "periods"):
        plans = simulation.catalog["plan_groups"][groups[periods[0]["candidate"]]]
        been_on = plans_in_turn(periods)
        assert been_on == plans[: len(been_on)]


LINE_UP_KEYS = {"group", "choose", "blocked_share_max", "upgrade_after_periods"}


@LAWS_PROFILE
@given(ANY_LINE_UP, st.sampled_from(["assigned", "cheapest", "upgrade"]))
def test_a_line_up_of_one_plan_is_the_plan(simulation: Simulation, choose: str) -> None:
    """Without a subscriptions file, whose changes of plan are followed on the plan alone."""
    candidate = simulation.scenario["candidates"][0]
    plan = simulation.catalog["plan_groups"][candidate["group"]][0]
    catalog = simulation.catalog | {"plan_groups": {"one": [plan]}}
    common = {key: value for key, value in candidate.items() if key not in LINE_UP_KEYS}
    if not catalog["plans"][plan]["prices"]:
        common.pop("interval", None)
    rest = {key: value for key, value in simulation.scenario.items() if key not in ("candidates", "subscriptions")}
    of_plan, of_line_up = (
        simulate_in_engine(catalog, rest | {"candidates": [common | more]}, simulation.events)
        for more in ({"plan": plan}, {"group": "one", "choose": choose})
    )
    assert_equal(of_plan, of_line_up)


def refused(row: Row) -> Fraction:
    return Fraction(row["blocked_events"], row["events"]) if row["events"] else Fraction(0)


@LAWS_PROFILE
@given(any_model("cheapest"))
def test_the_cheapest_plan_is_no_dearer_than_any_that_keeps_within_the_share(simulation: Simulation) -> None:
    """Of events, and without a subscriptions file, on which a plan may be impossible."""
    candidate = simulation.scenario["candidates"][0]
    plans = simulation.catalog["plan_groups"][candidate["group"]]
    share_max = Fraction(Decimal(candidate.get("blocked_share_max") or 0))
    common = {key: value for key, value in candidate.items() if key not in LINE_UP_KEYS | {"name"}}
    alone = []
    for plan in plans:
        own = common if simulation.catalog["plans"][plan]["prices"] else common | {"interval": None}
        alone.append({key: value for key, value in own.items() if value is not None} | {"name": plan, "plan": plan})
    rest = {key: value for key, value in simulation.scenario.items() if key != "subscriptions"}
    scenario = rest | {"rows": "event", "candidates": [candidate, *alone]}
    customers = simulate_in_engine(simulation.catalog, scenario, simulation.events)["customers"]
    for chosen in (row for row in customers if row["candidate"] == candidate["name"]):
        own_rows = [row for row in customers if row["customer_id"] == chosen["customer_id"] and row is not chosen]
        within = [row for row in own_rows if refused(row) <= share_max]
        assert all(chosen["billed"] <= row["billed"] for row in within)
        assert refused(chosen) <= (share_max if within else min(refused(row) for row in own_rows))


@LAWS_PROFILE
@given(ANY_LINE_UP, st.integers(0, 4))
def test_other_customers_change_nobodys_plan(simulation: Simulation, place: int) -> None:
    scenario = {key: value for key, value in simulation.scenario.items() if key != "subscriptions"}
    alone = Simulation(simulation.catalog, scenario, simulation.events)
    customers = sorted({event.customer_id for event in simulation.events})
    check_part(alone, {customers[place % len(customers)]}, simulate_in_engine(*alone))
