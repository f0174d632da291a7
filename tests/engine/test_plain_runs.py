"""Runs that one replay leaves to the next: whatever is asked one after the other, results are those of a replay by itself."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest

from commet_core.engine import plain_runs
from commet_core.engine.plain_runs import KeptRuns
from commet_core.engine.replay import Replay, replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CATALOG = {
    "features": {"call": {}},
    "plans": {
        "small": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 10, "overage": {"unit_price": 1}}},
        },
        "large": {"consumption_model": "metered", "prices": {"monthly": 40}, "features": {"call": {"unlimited": True}}},
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 15},
            "included_credits": 20,
            "features": {"call": {"credits_per_unit": 1}},
        },
    },
    "plan_groups": {"two": ["small", "large"]},
    "credit_packs": {"pack": {"credits": 20, "price": 6}},
}
CANDIDATES = [
    {"name": "Small", "plan": "small"},
    {"name": "Line-up", "group": "two"},
    {"name": "Credits", "plan": "credits", "purchases": {"pack": "pack", "probability": "0.3"}},
]


@pytest.fixture(scope="module")
def usage() -> Usage:
    rows = [
        (f"c{customer:02d}", datetime(2026, month, 5, tzinfo=UTC), 2 * customer + 1)
        for customer in range(20)
        for month in range(1, 4)
    ]
    ids, times, values = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(ids, times, ["call"] * len(ids), values)


def scenario(**stated: object) -> Scenario:
    return Scenario.model_validate({"catalog": CATALOG, "seed": 5, "rows": "aggregate", "candidates": CANDIDATES} | stated)


def assuming(values: dict[str, object]) -> Scenario:
    plain = scenario()
    return plain.model_copy(update={"assumptions": plain.assumptions.having(values)})


def tables(found: Replay) -> list[list[dict[str, object]]]:
    return [found.table(name).to_pylist() for name in found.table_names]


def test_nothing_of_another_scenario_or_usage_is_taken(usage: Usage) -> None:
    half, one = Decimal("0.5"), Decimal(1)
    assumed = [
        assuming({"usage_response": response, "leaving.share": leaving, "pack_buying": packs, "plan_choice.sticks": sticks})
        for sticks, response, leaving, packs in product((0, half), (0, -one), (0, half), (None, one))
    ]
    dearer = {name: plan | {"prices": {"monthly": 21}} for name, plan in CATALOG["plans"].items()}
    others = [
        assuming({"plan_choice.prefers_flat": half}),
        scenario(seed=6),
        scenario(catalog=CATALOG | {"plans": dearer}),
        scenario(candidates=CANDIDATES[::-1]),
        scenario(window={"start": "2026-02-01", "end": "2026-03-01"}),
        scenario(subscriptions=[{"customer_id": "c03", "at": "2026-02-10", "action": "cancel", "when": "immediate"}]),
        scenario(),
    ]
    fewer, kept = Usage.from_events(["c01"], [datetime(2026, 1, 5, tzinfo=UTC)], ["call"], [12]), KeptRuns()
    for asked, used in [(each, usage) for each in [*assumed, *others]] + [(scenario(), fewer), (scenario(), usage)]:
        assert tables(replay(asked, used, kept=kept)) == tables(replay(asked, used))


def test_what_assumptions_leave_as_it_is_is_replayed_once(usage: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    plain = plain_runs.replay_candidates

    def told(scenario, usage, subscriptions, progress):
        begun.append([candidate.name for candidate, _ in subscriptions])
        return plain(scenario, usage, subscriptions, progress)

    monkeypatch.setattr(plain_runs, "replay_candidates", told)
    kept = KeptRuns()
    for values in ({}, {"pack_buying": Decimal("0.9")}, {"pack_buying": Decimal("0.9")}):
        replay(assuming(values), usage, kept=kept)
    assert begun == [["Small", "Line-up", "Credits"], ["Credits"]]
