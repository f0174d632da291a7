"""Laws of rollover, expiry, caps, commitments and corrections (billing-rules 14), each broken on purpose; and what is refused."""

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.served import with_served

from commet_core.engine import laws
from commet_core.engine.plan_sums import PlanReplays
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.errors import InputError, LawViolation
from commet_core.reports.compare.blocked import blocked_features
from commet_core.reports.statement import statement_of, tie_out
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.line_words import line_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.tokens import EventTokens
from commet_core.usage.usage import Usage

CATALOG = {
    "features": {"call": {}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "minimum_commitment": {"amount": 40, "per": "interval"},
            "spend_cap": {"amount": 4},
            "features": {"call": {"included": 5, "overage": {"unit_price": 1}}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 20,
            "rollover": {"max_amount": 8},
            "features": {"call": {"credits_per_unit": 3}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "rollover": {"max_periods": 1},
            "features": {"call": {"unit_price": "0.7"}},
        },
    },
    "credit_packs": {"small": {"credits": 10, "price": 4, "expires_after_days": 9}},
}
SCENARIO = {
    "candidates": [
        {"name": "Metered", "plan": "metered"},
        {"name": "Credits", "plan": "credits", "purchases": {"pack": "small"}},
        {"name": "Balance", "plan": "balance"},
    ],
    "corrections": "net",
}


def usage() -> Usage:
    start = datetime(2026, 1, 10, tzinfo=UTC)
    rows = [
        ("c0", start, "call", 4),
        ("c0", start + timedelta(days=2), "call", 4),
        ("c0", start + timedelta(days=3), "call", -1),
    ]
    rows += [("c0", start + timedelta(days=3, hours=step), "call", 2) for step in range(3)]
    rows += [("c0", start + timedelta(days=40), "call", 1), ("c0", start + timedelta(days=80), "call", 3)]
    return Usage.from_events(*(list(column) for column in zip(*rows, strict=True)))


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return replay(Scenario.model_validate(SCENARIO | {"catalog": CATALOG}), usage())


def with_stock(run: Run, place: int, **flows: np.ndarray) -> Run:
    stocks = list(run.flows)
    stocks[place] = with_changes(stocks[place], **flows)
    return with_changes(run, flows=tuple(stocks))


def first_up(array: np.ndarray, by: int = 1) -> np.ndarray:
    altered = np.array(array)
    altered[0] += by
    return altered


def rolled_in_from_nowhere(run: Run) -> Run:
    stock = run.flows[0]
    return with_stock(run, 0, rolled_in=first_up(stock.rolled_in), used=first_up(stock.used))


def rolled_out_and_lost(run: Run) -> Run:
    return with_stock(run, 0, rolled_out=first_up(run.flows[0].rolled_out, -1))


def more_rolls_than_is_left(run: Run) -> Run:
    return with_stock(run, 0, rolled_out=first_up(run.flows[0].rolled_out, 10**12))


def expired_and_still_there(run: Run) -> Run:
    return with_stock(run, 1, expired=first_up(np.asarray(run.flows[1].expired)))


def served_what_was_given_back(run: Run) -> Run:
    units = run.admitted.cell_units + run.beyond.outcome.corrected  # type: ignore[union-attr]
    return with_served(run, units=units)


def committed_to_nothing(run: Run) -> Run:
    amounts = run.committed.amounts * 0
    return with_changes(run, committed=run.committed._replace(amounts=amounts))


BREACHES = [
    ("Balance", rolled_in_from_nowhere, "what is rolled in is what the period before rolled out"),
    ("Balance", rolled_out_and_lost, "what is rolled in is what the period before rolled out"),
    ("Credits", more_rolls_than_is_left, "nothing used, bought, expired, forfeited or left is below zero"),
    ("Credits", expired_and_still_there, "purchased credits: opening"),
    ("Credits", served_what_was_given_back, "served units lie between none and those demanded"),
    ("Metered", committed_to_nothing, "periods are not the sum of its invoices"),
]


@pytest.mark.parametrize(("candidate", "breach", "law"), BREACHES, ids=[breach.__name__ for _, breach, _ in BREACHES])
def test_a_broken_law_is_noticed(replayed: Replay, candidate: str, breach: Callable[[Run], Run], law: str) -> None:
    laws.check([replayed.run(candidate)])
    with pytest.raises(LawViolation, match=law):
        laws.check([breach(replayed.run(candidate))])


@pytest.mark.parametrize("candidate", ["Metered", "Credits", "Balance"])
def test_sums_come_to_what_the_replay_does(replayed: Replay, candidate: str) -> None:
    sums = PlanReplays.of(replayed.scenario, usage(), candidate).sums(replayed.scenario.catalog)
    run = replayed.run(candidate)
    assert sums.billed.tolist() == run.customer_billed.tolist()
    assert sums.blocked_share == PlanReplays.of(replayed.scenario, usage(), candidate).sums(run.setting.catalog).blocked_share
    assert sums.features["call"].asked_micros == int(run.cell_demanded.sum())


def test_rows_below_zero_need_a_scenario_that_nets_them() -> None:
    plain = {key: value for key, value in SCENARIO.items() if key != "corrections"}
    with pytest.raises(InputError, match="corrections: net"):
        replay(Scenario.model_validate(plain | {"catalog": CATALOG}), usage())


def test_what_tokens_price_takes_no_corrections() -> None:
    plan = {
        "consumption_model": "balance",
        "prices": {"monthly": 10},
        "features": {"chat": {"pricing": "ai_model"}, "call": {"unit_price": 1}},
    }
    catalog = {"features": {"chat": {}, "call": {}}, "plans": {"b": plan}, "models": {"own/m": {"input": 1, "output": 1}}}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    used = Usage.from_events(["a", "a"], [at, at], ["chat", "chat"], [1, -1], [EventTokens("own/m", 1, 1), None])
    scenario = {"catalog": catalog, "candidates": [{"name": "B", "plan": "b"}], "corrections": "net"}
    with pytest.raises(InputError, match="'chat' is priced by tokens"):
        replay(Scenario.model_validate(scenario), used)


def test_the_cap_stands_apart_from_other_reasons(replayed: Replay) -> None:
    found = [(one.candidate, one.reason, one.blocked_events) for one in blocked_features(replayed)]
    assert found == [("Metered", "spend_cap", 2)]


@pytest.mark.parametrize(
    ("candidate", "said"),
    [("Metered", "minimum commitment"), ("Credits", "expired before they were used"), ("Balance", "went into the next period")],
)
def test_a_statement_says_what_happened(replayed: Replay, candidate: str, said: str) -> None:
    statement = statement_of(replayed, replayed.run(candidate), "c0")
    assert tie_out(statement).holds
    assert any(said in reason.sentence for reason in explanation(statement))
    assert len(line_words(statement)) == len(statement.own.bill.lines.kinds)
    assert (statement.moves.bought >= 0).all()
