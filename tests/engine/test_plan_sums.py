"""Plans in sums come to what a replay of their events comes to, customer by customer (decisions.md 6.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.simulations import LAWS_PROFILE, MODELS, PROFILE, Simulation, mostly, simulations
from support.timelines import simulations_over_time

from commet_core.catalog.plans import Catalog
from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.plan_sums import PlanReplays, PlanSums
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.compiled import read_only
from commet_core.foundation.errors import InputError
from commet_core.rating.admission import Events
from commet_core.rating.model import Setting
from commet_core.reports.compare import summarize
from commet_core.reports.margin import margins
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

START = datetime(2026, 1, 1, tzinfo=UTC)


def usage_of(simulation: Simulation) -> Usage:
    columns = zip(
        *((event.customer_id, event.timestamp, event.feature, event.value) for event in simulation.events), strict=True
    )
    return Usage.from_events(*(list(column) for column in columns))


def assert_same(sums: PlanSums, replayed: Replay, name: str) -> None:
    """All that sums say, set against the replay's runs, totals and reports."""
    run, place = replayed.run(name), [candidate.name for candidate in replayed.scenario.candidates].index(name)
    totals, summary, margin = replayed.totals[place], summarize(replayed)[place], margins(replayed)[place]
    assert sums.billed.tolist() == run.customer_billed.tolist()
    assert sums.blocked_events.tolist() == run.customer_blocked_events.tolist()
    assert sums.monthly_costs.tolist() == monthly_costs(run).tolist()
    assert (sums.billed_minor, sums.features) == (totals.billed_minor, totals.features)
    assert (sums.events, sums.served_events) == (totals.events, totals.served_events)
    assert sums.blocked_share == summary.blocked_share
    assert sums.cost_nanos is None or Decimal(sums.cost_nanos).scaleb(-9) == margin.cost


def check(simulation: Simulation) -> None:
    """Sums under the scenario's catalog and under one with other prices, each set against its own replay."""
    usage = usage_of(simulation)
    try:
        scenario = Scenario.model_validate({**simulation.scenario, "catalog": simulation.catalog})
        replayed = replay(scenario, usage)
    except InputError:
        return
    other = Catalog.model_validate(with_other_terms(scenario.catalog.document()))
    changed = replay(scenario.model_copy(update={"catalog": other}), usage)
    for candidate in scenario.candidates:
        plans = PlanReplays.of(scenario, usage, candidate.name)
        same, moved = plans.each([scenario.catalog, other], lambda sums: sums)
        assert_same(same, replayed, candidate.name)
        assert_same(moved, changed, candidate.name)


def with_other_terms(document: dict[str, Any]) -> dict[str, Any]:
    """A dollar more for every plan and pack, and half as much again included."""
    for plan in document["plans"].values():
        plan["prices"] = {interval: str(Decimal(price) + 1) for interval, price in plan.get("prices", {}).items()}
        for key in {"included_credits", "included_balance"} & plan.keys():
            plan[key] = str(Decimal(plan[key]) + Decimal("0.5"))
    for pack in document.get("credit_packs", {}).values():
        pack["price"] = str(Decimal(pack["price"]) + 1)
    return document


@LAWS_PROFILE
@given(simulations(MODELS))
def test_sums_come_to_what_the_replay_comes_to(simulation: Simulation) -> None:
    check(simulation)


@LAWS_PROFILE
@given(st.sampled_from(MODELS).flatmap(simulations_over_time))
def test_sums_come_to_what_the_replay_comes_to_where_customers_act(simulation: Simulation) -> None:
    check(simulation)


# Terms and values of which nearly all come from sums.

VALUES = st.sampled_from(["1", "2", "3", "8", "5", "0.5", "1.5", "0"])
PRICES = st.sampled_from(["1", "2", "0.5", "0.25", "0.000001", "0"])
AMOUNTS = mostly(st.sampled_from(["1", "2", "7.5", "0.01"]), st.sampled_from(["0.004", "1.005"]))


@st.composite
def summable(draw: st.DrawFn) -> tuple[Scenario, Usage]:
    """Few kinds of everything: packs of one size or two, with a limit or none; features on all plans, and one on none."""
    features = ("call", "image", "extra")
    terms = {feature: draw(PRICES) for feature in features[:2]}
    included = draw(st.sampled_from(["0", "2", "5", "20"]))
    prices = draw(mostly(st.just({"monthly": 1}), st.just({})))
    catalog = {
        "currency": draw(st.sampled_from(["usd", "jpy"])),
        "features": {feature: {"unit_cost": draw(PRICES)} for feature in features},
        "plans": {
            "metered": {
                "consumption_model": "metered",
                "prices": prices,
                "features": {
                    feature: {"included": included} | ({"overage": {"unit_price": price}} if draw(st.booleans()) else {})
                    for feature, price in terms.items()
                },
            },
            "credits": {
                "consumption_model": "credits",
                "prices": prices,
                "included_credits": included,
                "features": {feature: {"credits_per_unit": price} for feature, price in terms.items()},
            },
            "balance": {
                "consumption_model": "balance",
                "prices": prices,
                "included_balance": included,
                "block_on_exhaustion": draw(st.booleans()),
                "features": {feature: {"unit_price": price} for feature, price in terms.items()},
            },
        },
        "credit_packs": {
            "one": {"credits": 3, "price": draw(AMOUNTS)},
            "two": {"credits": draw(st.sampled_from([3, 10])), "price": 2},
        },
    }
    limit = draw(mostly(st.none(), st.integers(0, 3)))
    probability = draw(st.sampled_from(["1", "0.5"]))
    rule = {"pack": draw(st.sampled_from(["none", "one", "smallest_sufficient"])), "probability": probability}
    top_up = {"amount": draw(AMOUNTS), "probability": probability}
    candidates: list[dict[str, Any]] = [
        {"name": "M", "plan": "metered"},
        {"name": "C", "plan": "credits", "purchases": rule if limit is None else rule | {"max_packs_per_period": limit}},
        {"name": "B", "plan": "balance", "top_up": top_up if limit is None else top_up | {"max_per_period": limit}},
    ]
    row = st.tuples(st.sampled_from("abc"), st.integers(0, 58), st.sampled_from(features[:2] * 3 + features), VALUES)
    customers, days, used, values = zip(*draw(st.lists(row, min_size=1, max_size=25)), strict=True)
    usage = Usage.from_events(
        list(customers), [START + timedelta(days=day) for day in days], list(used), [Decimal(value) for value in values]
    )
    how = draw(st.sampled_from(["event", "aggregate"]))
    return Scenario.model_validate({"catalog": catalog, "candidates": candidates, "rows": how, "seed": 3}), usage


@PROFILE
@given(summable())
def test_what_is_bought_and_refused_in_sums_comes_to_what_the_events_come_to(study: tuple[Scenario, Usage]) -> None:
    replayed = replay(*study)
    for candidate in study[0].candidates:
        assert_same(PlanReplays.of(*study, candidate.name).sums(study[0].catalog), replayed, candidate.name)


# Each condition of 6.3, by its counterexample; and that where it holds no event is looked at.


PACKS = {"three": {"credits": 3, "price": 1}, "ten": {"credits": 10, "price": "2.005"}}


def study(plan: dict[str, Any], values: list[str], packs: Any = PACKS, **candidate: Any) -> tuple[Scenario, Usage]:
    """One customer's calls in January on one plan."""
    catalog = {
        "features": {"call": {}, "other": {}},
        "plans": {"plan": {"prices": {"monthly": 10}, **plan}},
        "credit_packs": packs,
    }
    times = [START + timedelta(hours=hour) for hour in range(len(values))]
    usage = Usage.from_events(["ana"] * len(values), times, ["call"] * len(values), [Decimal(value) for value in values])
    window = {"start": "2026-01-01", "end": "2026-02-01"}
    candidates = [{"name": "It", "plan": "plan", **candidate}]
    return Scenario.model_validate({"catalog": catalog, "candidates": candidates, "window": window}), usage


def summed(scenario: Scenario, usage: Usage) -> PlanSums:
    sums = PlanReplays.of(scenario, usage, "It").sums(scenario.catalog)
    assert_same(sums, replay(scenario, usage), "It")
    return sums


def credits_plan(price: str, included: str = "0") -> dict[str, Any]:
    return {"consumption_model": "credits", "included_credits": included, "features": {"call": {"credits_per_unit": price}}}


def metered_plan(**terms: Any) -> dict[str, Any]:
    return {"consumption_model": "metered", "features": {"call": terms}}


def balance_plan(**terms: Any) -> dict[str, Any]:
    return {"consumption_model": "balance", "included_balance": 4, "features": {"call": {"unit_price": 1}}, **terms}


THREE = {"purchases": {"pack": "three"}}


def test_a_costs_that_are_rounded_by_event_take_the_events() -> None:
    """.5 .5 .5 at .000001 credits cost .000003, three packs' worth of a .000001 pack; 1.5 would cost .000002, two."""
    tiny = {"tiny": {"credits": "0.000001", "price": 1}}
    sums = summed(*study(credits_plan("0.000001"), ["0.5"] * 3, tiny, purchases={"pack": "tiny"}))
    assert sums.billed_minor == 1000 + 3 * 100


@pytest.mark.parametrize(("values", "served"), [(["8", "5", "2"], 10), (["5", "8", "2"], 7)])
def test_b_a_hard_limit_that_is_exceeded_takes_the_events(values: list[str], served: int) -> None:
    sums = summed(*study(metered_plan(included=10), values))
    assert sums.features["call"].asked_micros - sums.features["call"].refused_micros == served * 10**6


@pytest.mark.parametrize(
    ("purchases", "billed"),
    [
        ({"pack": "three"}, 1000 + 4 * 100),
        ({"pack": "three", "max_packs_per_period": 2}, 1000 + 100),
        ({"pack": "smallest_sufficient"}, 1000 + 100 + 201),
        ({"pack": "ten"}, 1000 + 2 * 201),
    ],
)
def test_c_packs_with_a_limit_of_two_sizes_or_at_a_price_in_parts_of_a_cent_take_the_events(
    purchases: dict[str, Any], billed: int
) -> None:
    """11 credits asked for: 2, then 9, where two packs of 10 at $2.005 are $2.01 each, and $4.01 together."""
    values = ["2", "9"] if purchases != {"pack": "ten"} else ["2", "9", "2"]
    assert summed(*study(credits_plan("1"), values, purchases=purchases)).billed_minor == billed


def test_d_a_balance_below_zero_is_owed_in_one_line_and_one_that_blocks_serves_what_fits() -> None:
    assert summed(*study(balance_plan(), ["3", "3", "1"])).billed_minor == 1000 + 300
    blocked = summed(*study(balance_plan(block_on_exhaustion=True), ["3", "3", "1"]))
    assert (blocked.billed_minor, blocked.blocked_events.tolist()) == (1000, [1])
    topped_up = study(balance_plan(block_on_exhaustion=True), ["3", "3", "1"], top_up={"amount": 2})
    assert summed(*topped_up).billed_minor == 1000 + 2 * 200


def test_e_an_action_inside_a_period_takes_its_events() -> None:
    scenario, usage = study(credits_plan("1"), ["2", "9"], **THREE)
    rows = [{"customer_id": "ana", "at": "2026-01-01T00:30:00Z", "action": "buy_pack", "item": "ten"}]
    scenario = Scenario.model_validate(
        {"catalog": scenario.catalog, "candidates": scenario.candidates, "window": scenario.window, "subscriptions": rows}
    )
    assert summed(scenario, usage).billed_minor == 1000 + 100 + 201


def test_f_a_sum_that_does_not_fit_is_the_error_that_its_events_are() -> None:
    """Each of three packs at 2 billion dollars fits; together they are more than one line, and more than a period, can hold."""
    huge = {"three": {"credits": 3, "price": 2 * 10**9}}
    scenario, usage = study(credits_plan("1"), ["3", "3", "3"], huge, **THREE)
    with pytest.raises(InputError) as by_event:
        replay(scenario, usage)
    with pytest.raises(InputError) as in_sums:
        PlanReplays.of(scenario, usage, "It").sums(scenario.catalog)
    assert str(in_sums.value) == str(by_event.value)
    assert "more than can be accounted for" in str(in_sums.value)


@pytest.mark.parametrize(
    ("plan", "candidate"),
    [
        (metered_plan(included=3, overage={"unit_price": "0.5"}), {}),
        ({"consumption_model": "metered", "features": {"other": {"included": 3}}}, {}),
        (credits_plan("1", "30"), {}),
        (credits_plan("1", "2"), THREE),
        (balance_plan(), {}),
        (balance_plan(block_on_exhaustion=True), {"top_up": {"amount": 2}}),
    ],
    ids=["overage", "not in plan", "within credits", "packs of one size", "below zero", "top-ups without a limit"],
)
def test_where_order_decides_nothing_no_event_is_looked_at(
    plan: dict[str, Any], candidate: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, usage = study(plan, ["2", "3", "4"], **candidate)
    expected = summed(scenario, usage)
    with_untrue_events(monkeypatch)
    found = PlanReplays.of(scenario, usage, "It").sums(scenario.catalog)
    assert (found.billed_minor, found.blocked_events.tolist()) == (expected.billed_minor, expected.blocked_events.tolist())


def test_where_it_decides_something_the_events_are(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, usage = study(metered_plan(included=3), ["2", "3", "4"])
    assert summed(scenario, usage).blocked_events.tolist() == [2]
    with_untrue_events(monkeypatch)
    assert PlanReplays.of(scenario, usage, "It").sums(scenario.catalog).blocked_events.tolist() == [3]


def with_untrue_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The events that kernels read are 1,000 units each; what is asked for by period and feature stays as it is."""
    events = Setting.events

    def untrue(setting: Setting) -> Events:
        return events(setting)._replace(values=read_only(np.full(setting.usage.event_count, 10**9)))

    monkeypatch.setattr(Setting, "events", untrue)


def test_actions_that_other_terms_make_impossible_are_an_error_in_words() -> None:
    """Two packs at 2 billion dollars are more than can be held; nobody is left out of one plan and not of another."""
    scenario, usage = study(credits_plan("1"), ["2"])
    rows = [{"customer_id": "ana", "at": f"2026-01-0{day}T12:00:00Z", "action": "buy_pack", "item": "ten"} for day in (2, 3)]
    scenario = Scenario.model_validate(scenario.model_dump() | {"subscriptions": rows})
    plans = PlanReplays.of(scenario, usage, "It")
    dear = scenario.catalog.document() | {"credit_packs": {"ten": {"credits": 10, "price": 2 * 10**9}}}
    with pytest.raises(InputError, match="make actions in the subscriptions impossible"):
        plans.sums(Catalog.model_validate(dear))
