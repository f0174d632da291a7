"""A segment is computed from sums where the order of its events decides nothing, and comes to what its events come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commet_core.engine.candidate import CandidateReplay, ledger
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.money import MICROS
from commet_core.rating.admission import NO_LEDGER, Ledger, ledger_of
from commet_core.rating.by_sums import adds_up, value_steps
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.treatments import AI_MODEL, NOT_IN_PLAN, PRICED, UNLIMITED
from commet_core.usage.usage import Usage

START = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = st.sampled_from(["1", "2", "3", "0.5", "1.5", "0.3", "0.000001", "0"])
PRICES = st.sampled_from(["1", "2", "0.5", "0.000001", "0.000003", "0.25", "0"])


@st.composite
def studies(draw: st.DrawFn) -> tuple[Scenario, Usage]:
    """A credits and a balance candidate on a few customers' events in two months; some features only one plan has."""
    features = ("call", "image", "extra")
    terms = {feature: draw(PRICES) for feature in features[:2]}
    unlimited = {"extra": {"unlimited": True}} if draw(st.booleans()) else {}
    included = draw(st.sampled_from(["0", "0.000003", "2", "5", "20"]))
    catalog = {
        "features": {feature: {} for feature in features},
        "plans": {
            "credits": {
                "consumption_model": "credits",
                "prices": {"monthly": 1},
                "included_credits": included,
                "features": {feature: {"credits_per_unit": price} for feature, price in terms.items()} | unlimited,
            },
            "balance": {
                "consumption_model": "balance",
                "prices": {"monthly": 1},
                "included_balance": included,
                "block_on_exhaustion": draw(st.booleans()),
                "features": {feature: {"unit_price": price} for feature, price in terms.items()} | unlimited,
            },
        },
        "credit_packs": {"small": {"credits": 3, "price": 1}, "large": {"credits": 10, "price": 2}},
    }
    on_credits: dict[str, Any] = {
        "name": "C",
        "plan": "credits",
        "purchases": {"pack": draw(st.sampled_from(["none", "small", "smallest_sufficient"]))},
    }
    on_balance: dict[str, Any] = {"name": "B", "plan": "balance"} | ({"top_up": {"amount": 2}} if draw(st.booleans()) else {})
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.integers(0, 58), st.sampled_from(features), VALUES), min_size=1, max_size=25
        )
    )
    customers, days, used, values = zip(*rows, strict=True)
    times = [START + timedelta(days=day) for day in days]
    usage = Usage.from_events(list(customers), times, list(used), [Decimal(value) for value in values])
    how = draw(st.sampled_from(["event", "aggregate"]))
    return Scenario.model_validate({"catalog": catalog, "candidates": [on_credits, on_balance], "rows": how}), usage


def outcome(replayed: Replay, place: int, entries: Ledger) -> list[np.ndarray]:
    """All that a kernel writes for a candidate; with a ledger it goes through every event."""
    run = replayed.runs[place]
    prepared = CandidateReplay.prepare(replayed.scenario, run.candidate, run.usage, run.subscription)
    purchases = prepared.replay.replay_customers(0, run.customer_count, entries)
    charged = prepared.replay.charged(purchases)
    use = prepared.replay.cell_use()
    assert use is not None
    flows = [
        getattr(stock, name) for stock in prepared.replay.flows(charged) for name in ("used", "bought", "overage", "closing")
    ]
    return [purchases, *prepared.replay.admitted, use.used, use.overage, *flows]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(studies())
def test_sums_come_to_what_the_events_come_to(study: tuple[Scenario, Usage]) -> None:
    replayed = replay(*study)
    for place in range(2):
        by_sums = outcome(replayed, place, NO_LEDGER)
        by_event = outcome(replayed, place, ledger_of(0, replayed.runs[place].usage.event_count))
        assert all(np.array_equal(summed, looped) for summed, looped in zip(by_sums, by_event, strict=True))


def test_costs_that_are_rounded_event_by_event_do_not_add_up() -> None:
    """Three times 0.5 at 0.000001 credits is 0.000003, and 1.5 would be 0.000002."""
    usage = Usage.from_events(["a"] * 3, [START] * 3, ["call"] * 3, [Decimal("0.5")] * 3)
    kinds, prices = np.array([[PRICED]], np.int8), np.array([[1]])
    assert not adds_up(usage, kinds, prices).any()
    assert adds_up(usage, kinds, 2 * prices).all()


def test_a_step_divides_all_values_of_a_feature() -> None:
    usage = Usage.from_events(
        ["a"] * 4, [START] * 4, ["call", "call", "image", "image"], [4, 6, Decimal("0.3"), Decimal("0.45")]
    )
    assert value_steps(usage).tolist() == [MICROS, 150_000]


def test_what_is_refused_or_priced_by_tokens_takes_the_events() -> None:
    usage = Usage.from_events(["a"], [START], ["call"], [1])
    kinds = np.array([[PRICED], [UNLIMITED], [AI_MODEL], [NOT_IN_PLAN]], np.int8)
    assert adds_up(usage, kinds, np.full((4, 1), 1)).ravel().tolist() == [True, True, False, False]


def test_a_ledger_goes_through_the_events_all_the_same() -> None:
    usage = Usage.from_events(["a"] * 2, [START] * 2, ["call"] * 2, [1, 2])
    catalog = {
        "features": {"call": {}},
        "plans": {
            "c": {
                "consumption_model": "credits",
                "prices": {"monthly": 1},
                "included_credits": 9,
                "features": {"call": {"credits_per_unit": 2}},
            }
        },
    }
    replayed = replay(Scenario.model_validate({"catalog": catalog, "candidates": [{"name": "C", "plan": "c"}]}), usage)
    assert ledger(replayed.scenario, replayed.runs[0], 0)[1].left.tolist() == [7 * MICROS, 3 * MICROS]
