"""Laws of seats, add-ons, caps, commitments, adjustments and customer credits (billing-rules 14), each broken on purpose."""

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from support.served import with_served

from commet_core.engine import laws
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.errors import LawViolation
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.add_on_spells import INACTIVE
from commet_core.usage.usage import Usage

CATALOG: dict[str, Any] = {
    "features": {"call": {}, "sms": {}, "editors": {"type": "seats"}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "minimum_commitment": {"amount": 90, "per": "interval"},
            "spend_cap": {"amount": 4},
            "features": {
                "call": {"included": 5, "overage": {"unit_price": 1}},
                "editors": {"included": 1, "overage": {"unit_price": 3}},
            },
        },
        "term": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "minimum_commitment": {"amount": 90, "per": "term", "term_months": 2},
            "features": {"call": {"included": 5, "overage": {"unit_price": 1}}, "editors": {"included": 9}},
        },
        "limited": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 5}, "editors": {"included": 1}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 20,
            "spend_cap": {"amount": 9},
            "features": {"call": {"credits_per_unit": 3}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "spend_cap": {"amount": 2},
            "features": {"call": {"unit_price": "0.65"}},
        },
    },
    "credit_packs": {"small": {"credits": 10, "price": 4}},
    "addons": {"sms": {"feature": "sms", "consumption_model": "metered", "base_price": 6, "included": 2}},
}
ROWS = [
    {"action": "start", "at": "2026-01-01"},
    {"action": "set_level", "at": "2026-01-01", "item": "editors", "amount": 2},
    {"action": "set_level", "at": "2026-01-11", "item": "editors", "amount": 4},
    {"action": "customer_credit", "at": "2026-01-15", "amount": 7},
    {"action": "activate_add_on", "at": "2026-01-16", "item": "sms", "candidate": "Metered"},
    {"action": "adjust", "at": "2026-01-05", "item": "plan_credits", "amount": 3, "candidate": "Credits"},
    {"action": "adjust", "at": "2026-02-20", "item": "purchased_credits", "amount": -2, "candidate": "Credits"},
]
SCENARIO: dict[str, Any] = {
    "catalog": CATALOG,
    "window": {"start": "2026-01-01", "end": "2026-03-01"},
    "subscriptions": [{"customer_id": "ana", **row} for row in ROWS],
    "candidates": [
        {"name": "Metered", "plan": "metered"},
        {"name": "Term", "plan": "term"},
        {"name": "Limited", "plan": "limited"},
        {"name": "Credits", "plan": "credits", "purchases": {"pack": "small"}},
        {"name": "Balance", "plan": "balance"},
    ],
}


@pytest.fixture(scope="module")
def replayed() -> Replay:
    used = [(day, feature, value) for day in (3, 12, 20) for feature, value in (("call", 5), ("sms", 1))]
    used += [(day + 31, "call", 9) for day in (3, 12)]
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day - 1) for day, _, _ in used]
    usage = Usage.from_events(["ana"] * len(used), times, [feature for _, feature, _ in used], [value for _, _, value in used])
    return replay(Scenario.model_validate(SCENARIO), usage)


def first_up(array: np.ndarray, by: int = 1) -> np.ndarray:
    altered = np.array(array)
    altered[0] += by
    return altered


def with_rows(run: Run, **columns: np.ndarray) -> Run:
    assert run.held is not None
    return with_changes(run, held=with_changes(run.held, rows=run.held.rows._replace(**columns)))


def with_stock(run: Run, place: int, **flows: np.ndarray) -> Run:
    stocks = list(run.flows)
    stocks[place] = with_changes(stocks[place], **flows)
    return with_changes(run, flows=tuple(stocks))


def paid_for_less_than_is_held(run: Run) -> Run:
    assert run.held is not None
    return with_rows(run, paid=first_up(run.held.rows.paid, -1))


def neither_held_nor_refused(run: Run) -> Run:
    assert run.held is not None
    return with_rows(run, refused=run.held.rows.refused * 0)


def trued_up_downwards(run: Run) -> Run:
    assert run.held is not None
    return with_rows(run, unit_days=-1 - run.held.rows.unit_days)


def add_on_dearer_than_its_line(run: Run) -> Run:
    assert run.add_ons is not None
    return with_changes(run, add_ons=with_changes(run.add_ons, prices=run.add_ons.prices * 2))


def served_before_its_activation(run: Run) -> Run:
    inactive = [feature.endswith(INACTIVE) for feature in run.usage.features]
    early = np.flatnonzero(np.array(inactive)[run.timeline.segments.cell_features])[:1]
    units, events = run.admitted.cell_units.copy(), run.admitted.cell_events.copy()
    units[early], events[early] = run.cell_demanded[early], run.timeline.cell_events[early]
    return with_served(run, units=units, events=events)


def dearer_than_the_cap(run: Run) -> Run:
    prices = run.charged.overage.unit_prices * 2
    return with_changes(run, charged=run.charged._replace(overage=run.charged.overage._replace(unit_prices=prices)))


def packs_beyond_the_cap(run: Run) -> Run:
    prices = run.charged.purchases.unit_prices * 3
    return with_changes(run, charged=run.charged._replace(purchases=run.charged.purchases._replace(unit_prices=prices)))


def committed_to_more(run: Run) -> Run:
    plan = run.catalog.plans[run.plan_code]
    assert plan.minimum_commitment is not None
    more = plan.minimum_commitment.model_copy(update={"amount": Decimal("90.01")})
    plans = {**run.catalog.plans, run.plan_code: plan.model_copy(update={"minimum_commitment": more})}
    return with_changes(run, catalog=run.catalog.model_copy(update={"plans": plans}))


def given_and_not_there(run: Run) -> Run:
    return with_stock(run, 0, given=first_up(np.asarray(run.flows[0].given)))


def taken_and_still_there(run: Run) -> Run:
    return with_stock(run, 1, taken=first_up(np.asarray(run.flows[1].taken)))


def credit_used_twice(run: Run) -> Run:
    return with_changes(run, credits=run.credits._replace(used=first_up(run.credits.used)))


BREACHES = [
    ("Metered", paid_for_less_than_is_held, "the paid level covers what is included and held"),
    ("Limited", neither_held_nor_refused, "a level asked for is held or refused"),
    ("Metered", trued_up_downwards, "only rises above the paid level are trued up"),
    ("Metered", add_on_dearer_than_its_line, "periods are not the sum of its invoices"),
    ("Metered", served_before_its_activation, "an add-on serves only while it is active"),
    ("Metered", dearer_than_the_cap, "what a cap counts never exceeds it"),
    ("Credits", packs_beyond_the_cap, "what a cap counts never exceeds it"),
    ("Balance", dearer_than_the_cap, "what a cap counts never exceeds it"),
    ("Metered", committed_to_more, "a minimum commitment per interval is reached"),
    ("Term", committed_to_more, "a minimum commitment per term is reached"),
    ("Credits", given_and_not_there, "plan credits: opening"),
    ("Credits", taken_and_still_there, "purchased credits: opening"),
    ("Metered", credit_used_twice, "customer credits granted are not used, expired or left"),
]


@pytest.mark.parametrize(
    ("candidate", "breach", "law"), BREACHES, ids=[f"{one}: {breach.__name__}" for one, breach, _ in BREACHES]
)
def test_a_broken_law_is_noticed(replayed: Replay, candidate: str, breach: Callable[[Run], Run], law: str) -> None:
    laws.check([replayed.run(candidate)])
    with pytest.raises(LawViolation, match=law):
        laws.check([breach(replayed.run(candidate))])


def test_a_market_whose_customers_are_left_out_breaks_no_law() -> None:
    """What the only one there does is impossible."""
    plan = CATALOG["plans"]["metered"] | {
        "currency_prices": {
            "jpy": {
                "prices": {"monthly": 1500},
                "minimum_commitment": {"amount": 9000},
                "spend_cap": {"amount": 600},
                "features": {"call": {"unit_price": 150}, "editors": {"unit_price": 450}},
            }
        }
    }
    catalog = {
        "currency": "usd",
        "features": CATALOG["features"],
        "currencies": {"jpy": {"exchange_rate": 150}},
        "markets": {"japan": {"currency": "jpy"}},
        "plans": {"metered": plan},
    }
    rows = [
        {"customer_id": "ana", "at": "2026-01-01", "action": "start", "market": "japan"},
        {"customer_id": "ana", "at": "2026-01-02", "action": "resume"},
    ]
    scenario = {
        "catalog": catalog,
        "window": SCENARIO["window"],
        "candidates": [{"name": "Pro", "plan": "metered"}],
        "subscriptions": rows,
        "reporting": {"currency": "usd", "rates": [{"date": "2026-01-01", "currency": "jpy", "rate": "0.0066"}]},
    }
    at = datetime(2026, 1, 1, tzinfo=UTC)
    usage = Usage.from_events(["ana", "bob"], [at, at], ["call", "call"], [1, 1])
    billed = replay(Scenario.model_validate(scenario), usage).table("customers").to_pylist()
    assert [(row["customer_id"], row["billed"]) for row in billed] == [("bob", 180)]
