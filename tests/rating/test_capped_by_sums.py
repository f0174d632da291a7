"""Under a cap, and with packs that expire, what is computed from sums and shortcuts comes to what the events come to one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commet_core.engine.candidate import CandidateReplay
from commet_core.engine.replay import Replay, replay
from commet_core.rating.admission import NO_LEDGER, Ledger, ledger_of
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

START = datetime(2026, 1, 1, tzinfo=UTC)
FEATURES = ("call", "image", "extra")
DAYS = 75
TIERS = [{"up_to": 20, "unit_price": "0.3", "flat_amount": "1"}, {"up_to": 50, "unit_price": 0}, {"unit_price": "0.000007"}]
OVERAGES: list[dict[str, Any]] = [
    {"unit_price": "0.1"},
    {"unit_price": 0},
    {"unit_price": "0.000003"},
    {"tiers_mode": "graduated", "tiers": TIERS},
    {"tiers_mode": "volume", "tiers": TIERS},
    {"package_size": 7, "package_price": "0.5"},
]
CAPS = st.fixed_dictionaries(
    {"amount": st.sampled_from(["0", "0.5", "3", "4.000001", "20", "1000"]), "beyond": st.sampled_from(["block", "free"])}
)


def usage_of(draw: st.DrawFn) -> Usage:
    """Up to 400 events of two customers: enough in a period for some to be served together."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.sampled_from([5, 60, 400]))
    values = random.choice(draw(st.sampled_from([["1"], ["1", "2", "5"], ["0.5", "1", "0.000001", "0", "12.3"]])), count)
    days = sorted(random.uniform(0, DAYS, count).tolist())
    return Usage.from_events(
        random.choice(["a", "b"], count).tolist(),
        [START + timedelta(days=day) for day in days],
        random.choice(FEATURES, count, p=[0.6, 0.3, 0.1]).tolist(),
        [Decimal(str(value)) for value in values],
    )


def on_one_plan(plan: dict[str, Any], candidate: dict[str, Any], how: str) -> Scenario:
    catalog = {
        "features": {feature: {} for feature in FEATURES},
        "plans": {"plan": {"prices": {"monthly": 1}, **plan}},
        "credit_packs": {
            "small": {"credits": 3, "price": 1, "expires_after_days": 3},
            "large": {"credits": 10, "price": 2, "expires_after_days": 20},
        },
    }
    return Scenario.model_validate(
        {"catalog": catalog, "candidates": [{"name": "C", "plan": "plan", **candidate}], "rows": how}
    )


@st.composite
def metered(draw: st.DrawFn) -> tuple[Scenario, Usage]:
    terms: dict[str, Any] = {
        feature: {"included": draw(st.sampled_from([0, 3, 30])), "overage": draw(st.sampled_from(OVERAGES))}
        for feature in FEATURES[:2]
    }
    extra = draw(st.sampled_from([None, {"unlimited": True}, {"included": 4}]))
    terms |= {} if extra is None else {"extra": extra}
    plan = {"consumption_model": "metered", "spend_cap": draw(CAPS), "features": terms}
    return on_one_plan(plan, {}, draw(st.sampled_from(["event", "aggregate"]))), usage_of(draw)


def written(replayed: Replay, entries: Ledger) -> list[np.ndarray]:
    """All that a kernel writes; with a ledger it goes through every event."""
    run = replayed.runs[0]
    prepared = CandidateReplay.prepare(replayed.scenario, run.candidate, run.usage, run.subscription)
    purchases = prepared.replay.replay_customers(0, run.customer_count, entries)
    of_model = [vars(prepared.replay).get("free_units")]
    use, beyond = prepared.replay.cell_use(), prepared.replay.beyond
    of_model += [] if use is None else [use.used, use.overage]
    of_model += [] if beyond is None else list(beyond.outcome)
    charged = prepared.replay.charged(purchases)
    flows = [
        getattr(stock, name)
        for stock in prepared.replay.flows(charged)
        for name in ("used", "bought", "overage", "closing", "expired", "spent_of_bought")
    ]
    uses = [] if charged.uses is None else list(charged.uses)
    return [
        np.asarray(column) for column in [purchases, *prepared.replay.admitted, *of_model, *flows, *uses] if column is not None
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(metered())
def test_what_is_served_together_below_a_cap_is_what_is_served_one_by_one(study: tuple[Scenario, Usage]) -> None:
    replayed = replay(*study)
    together = written(replayed, NO_LEDGER)
    one_by_one = written(replayed, ledger_of(0, replayed.runs[0].usage.event_count))
    assert len(together) == len(one_by_one)
    assert all(np.array_equal(summed, looped) for summed, looped in zip(together, one_by_one, strict=True))
