"""Each law of billing-rules 13 and 14 is broken on purpose in a finished replay, and must be noticed, by name."""

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.served import with_served

from commet_core.engine import laws
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.errors import LawViolation
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CATALOG = {
    "features": {"call": {}, "image": {}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 5, "overage": {"unit_price": "0.333"}}, "image": {"included": 1}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 20,
            "features": {"call": {"credits_per_unit": 3}, "image": {"credits_per_unit": 7}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "features": {"call": {"unit_price": "0.7"}, "image": {"unit_price": "2.5"}},
        },
    },
    "credit_packs": {"small": {"credits": 10, "price": 4}},
}


@pytest.fixture
def replayed() -> Replay:
    scenario = Scenario.model_validate(
        {
            "catalog": CATALOG,
            "candidates": [
                {"name": "Metered", "plan": "metered"},
                {"name": "Credits", "plan": "credits", "purchases": {"pack": "small", "max_packs_per_period": 2}},
                {"name": "Balance", "plan": "balance"},
            ],
        }
    )
    start = datetime(2026, 1, 10, tzinfo=UTC)
    rows = [
        (f"c{customer}", start + timedelta(days=3 * step), "image" if step % 3 else "call", 1 + step % 4)
        for customer in range(3)
        for step in range(20)
    ]
    customers, times, features, values = (list(column) for column in zip(*rows, strict=True))
    return replay(scenario, Usage.from_events(customers, times, features, values))


def changed(array: np.ndarray, by: int = 1) -> np.ndarray:
    """The array with its last entry altered."""
    altered = array.copy()
    altered[-1] += by
    return altered


def served_more_than_asked(run: Run) -> Run:
    return with_served(run, units=run.timeline.cell_units + 1)


def served_less_without_a_blocked_event(run: Run) -> Run:
    units = changed(run.timeline.cell_units, -1)
    return with_served(run, units=units, events=run.timeline.cell_events)


def served_events_beyond_those_asked(run: Run) -> Run:
    return with_served(run, events=changed(run.timeline.cell_events))


def line_altered(run: Run) -> Run:
    lines = run.bill.lines._replace(amounts=changed(run.bill.lines.amounts))
    return with_changes(run, bill=with_changes(run.bill, lines=lines))


def invoice_and_line_altered(run: Run) -> Run:
    overage = run.charged.overage._replace(amounts=changed(run.charged.overage.amounts))
    return with_changes(run, charged=run.charged._replace(overage=overage))


def share_altered(run: Run) -> Run:
    return with_changes(run, charged=run.charged._replace(overage_shares=changed(run.charged.overage_shares)))


def with_stock(run: Run, place: int, **flows: np.ndarray) -> Run:
    """The run with other flows of one of its stocks."""
    stocks = list(run.flows)
    stocks[place] = with_changes(stocks[place], **flows)
    return with_changes(run, flows=tuple(stocks))


def purchased_credits_vanish(run: Run) -> Run:
    return with_stock(run, 1, closing=changed(run.flows[1].closing, -1))


def plan_credits_overdrawn(run: Run) -> Run:
    used, closing = changed(run.flows[0].used, 10**9), changed(run.flows[0].closing, -(10**9))
    return with_stock(run, 0, used=used, closing=closing)


def credits_used_by_no_feature(run: Run) -> Run:
    assert run.cell_use
    return with_changes(run, cell_use=with_changes(run.cell_use, used=changed(run.cell_use.used)))


def balance_leaks(run: Run) -> Run:
    return with_stock(run, 0, closing=changed(run.flows[0].closing))


cost_of_no_feature = credits_used_by_no_feature


def overage_of_no_feature(run: Run) -> Run:
    assert run.cell_use
    return with_changes(run, cell_use=with_changes(run.cell_use, overage=changed(run.cell_use.overage)))


def lot_dearer_than_its_line(run: Run) -> Run:
    lots = run.charged.lots._replace(amounts=changed(run.charged.lots.amounts))
    return with_changes(run, charged=run.charged._replace(lots=lots))


def lots_larger_than_those_bought(run: Run) -> Run:
    lots = run.charged.lots._replace(quantities=2 * run.charged.lots.quantities)
    return with_changes(run, charged=run.charged._replace(lots=lots))


BREACHES = [
    ("Metered", served_more_than_asked, "served units lie between none and those demanded"),
    ("Metered", served_less_without_a_blocked_event, "units are blocked only where an event is"),
    ("Balance", served_events_beyond_those_asked, "served events lie between none and those demanded"),
    ("Metered", line_altered, "an invoice is not the sum of its lines"),
    ("Metered", invoice_and_line_altered, "periods are not the sum of its invoices"),
    ("Metered", share_altered, "the features' shares add up to the overage"),
    (
        "Credits",
        purchased_credits_vanish,
        "purchased credits: opening \\+ granted \\+ rolled in \\+ bought \\+ given \\+ overage = used \\+ taken \\+ expired \\+ left",
    ),
    ("Credits", plan_credits_overdrawn, "plan credits: nothing used, bought, expired, forfeited or left is below zero"),
    ("Credits", credits_used_by_no_feature, "the features' used adds up to that of the stocks"),
    (
        "Balance",
        balance_leaks,
        "balance: opening \\+ granted \\+ rolled in \\+ bought \\+ given \\+ overage = used \\+ taken \\+ expired \\+ left",
    ),
    ("Balance", cost_of_no_feature, "the features' used adds up to that of the stocks"),
    ("Balance", overage_of_no_feature, "the features' overage adds up to that of the stocks"),
    ("Credits", lot_dearer_than_its_line, "billed = earned \\+ change in outstanding \\(billing-rules 13\\)"),
    ("Credits", lots_larger_than_those_bought, "what was bought and is in hand is what is not used up of it"),
]


@pytest.mark.parametrize(("candidate", "breach", "law"), BREACHES, ids=[breach.__name__ for _, breach, _ in BREACHES])
def test_a_broken_law_is_noticed(replayed: Replay, candidate: str, breach: Callable[[Run], Run], law: str) -> None:
    laws.check([replayed.run(candidate)])
    with pytest.raises(LawViolation, match=law):
        laws.check([breach(replayed.run(candidate))])


def test_a_violation_names_candidate_customer_and_period(replayed: Replay) -> None:
    with pytest.raises(LawViolation, match=r"^Balance, customer 'c2', period 2: .*billing-rules 14.*fault of the simulator"):
        laws.check([balance_leaks(replayed.run("Balance"))])
