"""The bridge: steps that add up to the cent, each the difference of two plans that somebody else wrote out, in a stated order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from commet_core.catalog.plans import Catalog
from commet_core.decide.average_customer import average_customer
from commet_core.decide.bridge import bridge, bridge_table, customer_groups, goes_by_terms
from commet_core.decide.whole_bridge import bridges
from commet_core.engine.replay import Replay, replay
from commet_core.engine.told import told_by_kind
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.reports.compare.bridge_words import why_title
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

FEATURES = {"call": {"name": "Call"}, "image": {"name": "Image"}}
CHEAP = {
    "consumption_model": "metered",
    "prices": {"monthly": 10},
    "features": {"call": {"included": 100, "overage": {"unit_price": "0.10"}}},
}
DEAR = {
    "consumption_model": "metered",
    "prices": {"monthly": 25},
    "features": {"call": {"included": 150, "overage": {"unit_price": "0.08"}}, "image": {"included": 2}},
}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 10},
    "included_credits": 100,
    "features": {"call": {"credits_per_unit": 1}},
}
PLENTY = CREDITS | {"included_credits": 150}
BALANCE = {"consumption_model": "balance", "prices": {"monthly": 10}, "features": {"call": {"unit_price": "0.1"}}}
BLOCKING = BALANCE | {"prices": {"monthly": 20}, "block_on_exhaustion": True}
CATALOG = {
    "features": FEATURES,
    "plans": {
        "cheap": CHEAP,
        "dear": DEAR,
        "credits": CREDITS,
        "plenty": PLENTY,
        "balance": BALANCE,
        "blocking": BLOCKING,
        "free": {"consumption_model": "metered", "features": {"call": {"included": 50}}},
    },
    "credit_packs": {
        "small": {"credits": 50, "price": 8, "plans": ["credits", "plenty"]},
        "huge": {"credits": 500, "price": 30},
    },
    "plan_groups": {"both": ["cheap", "dear"]},
}


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Five customers with 40 to 360 calls a month over two months, and a few images."""
    rows = []
    for customer in range(5):
        for day in range(0, 59, 2):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=customer)
            rows.append((f"c{customer}", at, "call", 3 + 6 * customer))
            if customer > 2 and day % 20 == 0:
                rows.append((f"c{customer}", at, "image", 1))
    customers, times, features, values = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(customers, times, features, values)


def replayed(usage: Usage, *candidates: dict[str, Any], plans: dict[str, Any] | None = None) -> Replay:
    catalog = CATALOG | {"plans": CATALOG["plans"] | (plans or {})}
    return replay(Scenario.model_validate({"catalog": catalog, "rows": "aggregate", "candidates": list(candidates)}), usage)


def billed(found: Replay, name: str) -> int:
    return int(found.run(name).customer_billed.sum())


PAIRS = [
    ({"plan": "cheap"}, {"plan": "dear"}),
    ({"plan": "dear"}, {"plan": "cheap"}),
    ({"plan": "credits"}, {"plan": "plenty", "purchases": {"pack": "small", "max_packs_per_period": 3}}),
    ({"plan": "credits", "purchases": {"pack": "smallest_sufficient"}}, {"plan": "plenty"}),
    ({"plan": "balance"}, {"plan": "blocking", "top_up": {"amount": 5}}),
    ({"plan": "blocking"}, {"plan": "balance"}),
    ({"plan": "cheap"}, {"plan": "free"}),
    ({"plan": "cheap"}, {"plan": "credits"}),
    ({"plan": "cheap"}, {"group": "both"}),
]


@pytest.mark.parametrize(("first", "last"), PAIRS)
def test_the_steps_add_up_to_the_difference_for_every_customer(
    usage: Usage, first: dict[str, Any], last: dict[str, Any]
) -> None:
    found = replayed(usage, {"name": "A"} | first, {"name": "B"} | last)
    steps = bridge(found, "B")
    difference = found.run("B").customer_billed - found.run("A").customer_billed
    assert np.array_equal(sum(step.billed for step in steps.steps), difference)
    assert steps.difference == billed(found, "B") - billed(found, "A")
    assert sum(bridge_table([steps], "usd")["amount"].to_pylist()) * 100 == steps.difference
    same_model = (
        "group" not in last
        and CATALOG["plans"][first["plan"]]["consumption_model"] == CATALOG["plans"][last["plan"]]["consumption_model"]
    )
    assert steps.by_terms == same_model


def test_each_step_is_the_plan_before_against_the_plan_after_in_the_stated_order(usage: Usage) -> None:
    call = CHEAP["features"]["call"]
    between = {
        "1": CHEAP | {"prices": {"monthly": 25}},
        "2": CHEAP | {"prices": {"monthly": 25}, "features": {"call": call | {"included": 150}}},
        "3": CHEAP | {"prices": {"monthly": 25}, "features": {"call": {"included": 150, "overage": {"unit_price": "0.08"}}}},
    }
    names = ["cheap", "1", "2", "3", "dear"]
    by_hand = replayed(usage, *({"name": name, "plan": name} for name in names), plans=between)
    totals = [billed(by_hand, name) for name in names]
    steps = bridge(replayed(usage, {"name": "A", "plan": "cheap"}, {"name": "B", "plan": "dear"}), "B").steps
    assert [step.term for step in steps] == [
        "plans.dear.prices.monthly",
        "plans.dear.features.call.included",
        "plans.dear.features.call.overage.unit_price",
        "plans.dear.features.image",
    ]
    assert [step.amount for step in steps] == [after - before for before, after in pairwise(totals)]
    assert (steps[0].before, steps[0].after) == ("10", "25")
    assert any(step.amount < 0 for step in steps)
    assert any(step.amount > 0 for step in steps)


def test_the_included_balance_is_written_out_before_the_price_moves(usage: Usage) -> None:
    found = bridge(replayed(usage, {"name": "A", "plan": "balance"}, {"name": "B", "plan": "blocking"}), "B")
    assert why_title(found, "usd", Catalog.model_validate(CATALOG)).startswith("B bills $")
    steps = found.steps
    assert [step.term for step in steps] == [
        "plans.blocking.prices.monthly",
        "plans.blocking.included_balance",
        "plans.blocking.block_on_exhaustion",
    ]
    assert steps[0].amount == 5 * 2 * 1000


def test_a_term_that_makes_no_plan_alone_is_joined_with_the_next(usage: Usage) -> None:
    plans = {"yearly": CHEAP | {"prices": {"yearly": 100}}}
    found = replayed(usage, {"name": "A", "plan": "cheap"}, {"name": "B", "plan": "yearly"}, plans=plans)
    steps = bridge(found, "B").steps
    assert [step.term for step in steps] == ["plans.cheap.prices.monthly; plans.yearly.prices.yearly; interval"]
    assert steps[0].amount == billed(found, "B") - billed(found, "A")


def test_candidates_that_are_the_same_have_no_steps(usage: Usage) -> None:
    found = replayed(usage, {"name": "A", "plan": "cheap"}, {"name": "B", "plan": "cheap"})
    assert bridge(found, "B").steps == ()
    assert why_title(bridge(found, "B"), "usd", Catalog.model_validate(CATALOG)) == "B bills the same as A"
    assert bridge_table([bridge(found, "B")], "usd").num_rows == 0


def test_where_customers_name_plans_lines_are_set_against_lines() -> None:
    rows = [{"customer_id": "c1", "at": "2026-01-05", "action": "change_plan", "plan": "dear", "candidate": "Cheap"}]
    content = {
        "catalog": CATALOG,
        "subscriptions": rows,
        "candidates": [{"name": "A", "plan": "cheap"}, {"name": "B", "plan": "dear"}],
    }
    scenario = Scenario.model_validate(content)
    assert not goes_by_terms(scenario, *scenario.candidates)


def test_lines_by_kind_and_customer_are_those_of_the_invoices(usage: Usage) -> None:
    found = replayed(usage, {"name": "A", "plan": "cheap"}, {"name": "B", "plan": "credits", "purchases": {"pack": "small"}})
    table = found.table("invoice_lines").to_pylist()
    for name in ("A", "B"):
        sums = told_by_kind(found.run(name))
        for kind, code in enumerate(LINE_KINDS):
            for customer in range(5):
                rows = [
                    row for row in table if (row["candidate"], row["kind"], row["customer_id"]) == (name, code, f"c{customer}")
                ]
                assert sums[kind, customer] == sum(row["amount"] for row in rows) * 100


def test_customers_are_in_the_first_group_that_holds(usage: Usage) -> None:
    found = replayed(usage, {"name": "A", "plan": "cheap"}, {"name": "B", "plan": "credits"})
    groups = {group.name: group for group in customer_groups(found, "B")}
    # c0 asks for 45 to 48 calls a month and is charged $10 under both; the others are refused what is beyond 100.
    assert {name: group.customers for name, group in groups.items()} == {
        "refused more": 4,
        "pays more": 0,
        "pays less": 0,
        "the same": 1,
    }
    assert sum(group.amount for group in groups.values()) == billed(found, "B") - billed(found, "A")


def test_who_is_refused_more_is_no_one_who_pays_more(usage: Usage) -> None:
    dear = {"dear_credits": CREDITS | {"prices": {"monthly": 90}}}
    found = replayed(usage, {"name": "A", "plan": "cheap"}, {"name": "B", "plan": "dear_credits"}, plans=dear)
    groups = {group.name: group.customers for group in customer_groups(found, "B")}
    assert groups == {"refused more": 4, "pays more": 1, "pays less": 0, "the same": 0}


def test_the_average_customers_error_is_what_a_made_up_customer_pays_less(usage: Usage) -> None:
    """Mean of 15 × (3, 9, 15, 21, 27) and 15 or so calls a month: the mean customer stays nearer the allowance than the large ones."""
    found = replayed(usage, {"name": "A", "plan": "cheap"})
    run = found.runs[0]
    whole = [row for row in found.table("periods").to_pylist() if not row["closed_early"]]
    calls = {(row["customer_id"], row["period_index"]): 0 for row in whole}
    for row in found.table("feature_periods").to_pylist():
        if row["feature"] == "call" and (row["customer_id"], row["period_index"]) in calls:
            calls[row["customer_id"], row["period_index"]] += row["demanded"]
    mean = sum(calls.values()) / len(calls)
    expected = len(calls) * (1000 + max(0, round((mean - 100) * 10)))
    error = average_customer(found, "A")
    assert error is not None
    assert error.periods == len(calls) == run.timeline.segment_count
    assert error.replayed == billed(found, "A")
    assert error.of_the_mean == expected
    assert error.error < 0


def test_without_a_whole_period_there_is_no_average_customer(usage: Usage) -> None:
    content = {
        "catalog": CATALOG,
        "window": {"start": "2026-01-01", "end": "2026-01-02"},
        "candidates": [{"name": "A", "plan": "cheap"}],
    }
    assert average_customer(replay(Scenario.model_validate(content), usage), "A") is None


def test_where_people_react_they_react_to_every_plan_on_the_way(usage: Usage) -> None:
    """Base price, then the unit price: what is between is replayed against the baseline, as a candidate of its own would be."""
    between = CHEAP | {"prices": {"monthly": 25}}
    last = between | {"features": {"call": {"included": 100, "overage": {"unit_price": "0.20"}}}}
    assumptions = {"usage_response": "-0.5", "leaving": {"rise": "5%", "share": "60%"}}
    named = [{"name": "Cheap", "plan": "cheap"}, {"name": "Between", "plan": "between"}, {"name": "Last", "plan": "last"}]
    content = {"catalog": CATALOG | {"plans": CATALOG["plans"] | {"between": between, "last": last}}, "rows": "aggregate"}
    found = replay(Scenario.model_validate(content | {"candidates": named, "assumptions": assumptions}), usage)
    totals = [billed(found, name) for name in ("Cheap", "Between", "Last")]
    steps = bridge(found, "Last").steps
    assert [step.amount for step in steps] == [after - before for before, after in pairwise(totals)]
    plain = replay(Scenario.model_validate(content | {"candidates": named}), usage)
    assert [step.amount for step in bridge(plain, "Last").steps] != [step.amount for step in steps]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"customer_id": "c1", "at": "2026-01-20", "action": "pause"}],
        [{"customer_id": "c3", "at": "2026-01-05", "action": "change_plan", "plan": "dear", "candidate": "Cheap"}],
    ],
)
def test_in_pieces_the_steps_are_those_of_the_whole(usage: Usage, rows: list[dict[str, str]]) -> None:
    named = [{"name": name.capitalize(), "plan": name} for name in ("cheap", "dear", "credits")]
    content = {"catalog": CATALOG, "rows": "aggregate", "candidates": named, "subscriptions": rows}
    scenario = Scenario.model_validate(content | {"window": {"start": "2026-01-01", "end": "2026-03-01"}})
    whole, pieces = (bridges(scenario, usage, events_per_piece=events) for events in (10**6, 40))
    for one, other in zip(whole, pieces, strict=True):
        assert [(step.term, step.before, step.after) for step in one.steps] == [
            (step.term, step.before, step.after) for step in other.steps
        ]
        for step, same in zip(one.steps, other.steps, strict=True):
            assert step.billed.tolist() == same.billed.tolist()
        assert one.customers.to_pylist() == other.customers.to_pylist() == [f"c{place}" for place in range(5)]
    replayed = replay(scenario, usage)
    assert bridge_table(pieces, "usd").equals(bridge_table([bridge(replayed, name) for name in ("Dear", "Credits")], "usd"))
