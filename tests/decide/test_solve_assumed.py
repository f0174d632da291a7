"""Solve and sweep where people react: every point is a whole replay of people who react to its own terms (decisions.md 5.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commet_core.decide.moved_terms import with_terms
from commet_core.decide.solve import solve
from commet_core.decide.sweep import sweep
from commet_core.engine.replay import replay
from commet_core.reports.price import solution_words, sweep_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

NOW = {
    "name": "Now",
    "consumption_model": "metered",
    "prices": {"monthly": 10},
    "features": {"call": {"included": 20, "overage": {"unit_price": "0.5"}}},
}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 12},
    "included_credits": 40,
    "features": {"call": {"credits_per_unit": 1}},
}
CATALOG: dict[str, Any] = {
    "features": {"call": {"unit_cost": "0.01"}},
    "plans": {
        "now": NOW,
        "copy": NOW,
        "credits": CREDITS,
        "small": CREDITS | {"prices": {"monthly": 6}, "included_credits": 15},
    },
    "credit_packs": {"pack": {"credits": 20, "price": 5}},
    "plan_groups": {"two": ["small", "credits"]},
}
REACTING = {
    "usage_response": "-0.4",
    "leaving": {"rise": "15%", "share": "40%"},
    "leaving_refused": {"refused": "20%", "share": "30%"},
    "plan_choice": {"sticks": "30%", "prefers_flat": "40%"},
    "pack_buying": "60%",
}
ROWS = [
    {"customer_id": "c03", "at": "2026-02-11", "action": "pause", "candidate": "Credits"},
    {"customer_id": "c03", "at": "2026-04-10", "action": "resume", "candidate": "Credits"},
    {"customer_id": "c05", "at": "2026-02-20", "action": "cancel", "when": "period_end"},
]


def scenario(*, subscriptions: list[dict[str, Any]] | None = None, baseline: str = "Now", **assumptions: Any) -> Scenario:
    buys = {"pack": "pack", "max_packs_per_period": 3}
    return Scenario.model_validate(
        {
            "catalog": CATALOG,
            "seed": 9,
            "window": {"start": "2026-01-01", "end": "2026-05-01"},
            "candidates": [
                {"name": "Now", "plan": "now"},
                {"name": "Copy", "plan": "copy"},
                {"name": "Credits", "plan": "credits", "purchases": buys},
                {"name": "Line-up", "group": "two", "purchases": buys},
            ],
            "baseline": baseline,
            "assumptions": assumptions,
            "subscriptions": subscriptions or [],
        }
    )


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Thirty customers with 4 to 91 calls a month, over four months."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        (f"c{customer:02d}", start + timedelta(days=30 * month + event, hours=customer % 24))
        for customer in range(30)
        for month in range(4)
        for event in range(4 + 3 * customer - month)
        if event < 29
    ]
    ids, times = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(ids, times, ["call"] * len(rows), [1 + place % 3 for place in range(len(rows))])


def oracle(asked: Scenario, usage: Usage, name: str, values: dict[str, Decimal]) -> tuple[Decimal, int]:
    """What a candidate brings in, and its margin's cost of events served, by one replay of everybody under the moved terms."""
    replayed = replay(with_terms(asked, values), usage)
    place = [candidate.name for candidate in asked.candidates].index(name)
    return Decimal(replayed.totals[place].billed_minor) / 100, replayed.totals[place].served_events


@pytest.mark.parametrize("rows", [None, ROWS])
@pytest.mark.parametrize(
    ("name", "path", "grid"),
    [
        ("Credits", "plans.credits.prices.monthly", "6:24:6"),
        ("Line-up", "plans.credits.included_credits", "20:80:30"),
        ("Copy", "plans.copy.features.call.overage.unit_price", "0.25:1:0.25"),
    ],
)
def test_every_point_is_a_whole_replay_of_people_who_react(
    usage: Usage, name: str, path: str, grid: str, rows: list[dict[str, Any]] | None
) -> None:
    reacting, plain = (scenario(subscriptions=rows, **assumed) for assumed in (REACTING, {}))
    solution = solve(reacting, usage, name, f"{path}={grid}", ["revenue=baseline"])
    assert solution.reacts
    for point in solution.points:
        assert point.revenue == oracle(reacting, usage, name, {path: point.values[0]})[0]
    assert solution.base.revenue == oracle(reacting, usage, "Now", {})[0]
    assert [point.revenue for point in solution.points] != [
        point.revenue for point in solve(plain, usage, name, f"{path}={grid}", ["revenue=baseline"]).points
    ]


def test_the_baselines_own_price_is_set_against_what_it_is_today(usage: Usage) -> None:
    """Now and Copy have the same terms: whoever moves, the other is what bills are set against."""
    reacting = scenario(usage_response="-0.4", leaving={"rise": "15%", "share": "40%"})
    moved, copy = (
        solve(reacting, usage, name, f"plans.{name.lower()}.prices.monthly=5:25:5", ["revenue=baseline"])
        for name in ("Now", "Copy")
    )
    assert [point.revenue for point in moved.points] == [point.revenue for point in copy.points]
    assert moved.points[1].revenue == moved.base.revenue


def test_the_baseline_loses_those_whom_it_refuses(usage: Usage) -> None:
    refusing = scenario(baseline="Line-up", leaving_refused={"refused": "5%", "share": 1}, pack_buying=0)
    solution = solve(refusing, usage, "Copy", "plans.copy.prices.monthly=5:15:5", ["revenue=baseline"])
    today, plain = (oracle(each, usage, "Line-up", {})[0] for each in (refusing, scenario(baseline="Line-up", pack_buying=0)))
    assert solution.base.revenue == today < plain


def test_who_only_buys_or_chooses_otherwise_is_computed_from_sums(usage: Usage) -> None:
    choosing = scenario(pack_buying="30%", plan_choice={"sticks": "50%"})
    solution = solve(choosing, usage, "Line-up", "plans.small.prices.monthly=2:10:4", ["revenue>=1"])
    for point in solution.points:
        assert point.revenue == oracle(choosing, usage, "Line-up", {"plans.small.prices.monthly": point.values[0]})[0]
    assert not solution.reacts


def test_a_higher_price_may_bring_in_less_and_what_is_assumed_is_said(usage: Usage) -> None:
    leaving = scenario(leaving={"rise": "5%", "share": 1})
    swept = sweep(leaving, usage, "Copy", ["plans.copy.prices.monthly=5:45:10", "plans.copy.features.call.included=10:30:20"])
    revenues = [point.revenue for point in swept.points]
    assert revenues != sorted(revenues)
    assert any("rises by more than 5 %, 100 % leave" in sentence for sentence in sweep_words(swept))
    solution = solve(leaving, usage, "Copy", "plans.copy.prices.monthly=5:45:10", ["revenue=baseline"])
    said = solution_words(solution)
    assert any("rises by more than 5 %" in sentence for sentence in said)
    assert not any("Nobody reacts" in sentence for sentence in said)
