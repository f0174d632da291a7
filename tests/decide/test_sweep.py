"""What else is possible: grids and samples, and the front of plans that no other beats (decisions.md 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.simulations import PROFILE

from commet_core.decide.front import MEASURES, front
from commet_core.decide.grids import Grid
from commet_core.decide.point_tables import points_table
from commet_core.decide.points import Point
from commet_core.decide.solve import solve
from commet_core.decide.sweep import Sweep, sampled_rows, sweep
from commet_core.foundation.errors import InputError
from commet_core.reports.price import sweep_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

PRICE, INCLUDED = "plans.credits.prices.monthly", "plans.credits.included_credits"


def scenario_of(**changes: Any) -> Scenario:
    catalog = {
        "features": {"call": {"unit_cost": "0.1"}},
        "plans": {
            "metered": {
                "consumption_model": "metered",
                "prices": {"monthly": 10},
                "features": {"call": {"included": 5, "overage": {"unit_price": 1}}},
            },
            "credits": {
                "consumption_model": "credits",
                "prices": {"monthly": 20},
                "included_credits": 10,
                "features": {"call": {"credits_per_unit": 1}},
            },
        },
        **changes,
    }
    candidates = [{"name": "Metered", "plan": "metered"}, {"name": "Credits", "plan": "credits"}]
    window = {"start": "2026-01-01", "end": "2026-02-01"}
    return Scenario.model_validate({"catalog": catalog, "candidates": candidates, "window": window, "seed": 5})


def usage() -> Usage:
    rows = [(customer, hour) for customer, count in {"ana": 3, "bob": 15, "eva": 25}.items() for hour in range(count)]
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for _, hour in rows]
    return Usage.from_events([customer for customer, _ in rows], times, ["call"] * len(rows), [1] * len(rows))


def swept(*terms: str, **options: Any) -> Sweep:
    return sweep(scenario_of(), usage(), "Credits", terms or (f"{PRICE}=10:20:5", f"{INCLUDED}=5:25:10"), **options)


# The front, set against every pair.

SMALL = st.integers(0, 4)


@st.composite
def points(draw: st.DrawFn) -> Point:
    """Figures of which many are equal, and some are not known."""
    shares = [Fraction(draw(SMALL), 4) for _ in range(3)]
    margin = draw(st.none() | SMALL.map(Decimal))
    rise = draw(st.none() | SMALL.map(Fraction))
    return Point((), Decimal(draw(SMALL)), margin, Decimal(draw(SMALL)), shares[0], rise, shares[2])


def beats(one: Point, other: Point, names: list[str]) -> bool:
    """Whether one is nowhere worse than the other, and somewhere better."""

    def goodness(point: Point) -> list[float]:
        values = [MEASURES[name].of(point) for name in names]
        return [
            float("-inf") if value is None else float(value) * (1 if MEASURES[name].more_is_better else -1)
            for name, value in zip(names, values, strict=True)
        ]

    pairs = list(zip(goodness(one), goodness(other), strict=True))
    return all(own >= theirs for own, theirs in pairs) and any(own > theirs for own, theirs in pairs)


@PROFILE
@given(st.lists(points(), max_size=15), st.lists(st.sampled_from(sorted(MEASURES)), min_size=2, max_size=3, unique=True))
def test_the_front_is_what_no_other_point_beats(tried: list[Point], names: list[str]) -> None:
    assert front(tried, names) == [not any(beats(other, point, names) for other in tried) for point in tried]


# Grids and samples.

GRIDS = [Grid(Decimal(low), Decimal(high), Decimal(step)) for low, high, step in (("1", "60", "1"), ("0", "0.3", "0.005"))]


def test_a_sample_is_spread_evenly_differs_by_seed_and_repeats_itself() -> None:
    rows = sampled_rows(GRIDS, 512, seed=7)
    assert len(set(rows)) == len(rows) == 512
    assert rows == sampled_rows(GRIDS, 512, seed=7) != sampled_rows(GRIDS, 512, seed=8)
    assert {value for value, _ in rows} == set(GRIDS[0].values), "every price occurs"
    assert abs(sum(value <= 30 for value, _ in rows) - 256) <= 8
    assert {share for _, share in rows} <= set(GRIDS[1].values)


def test_nearly_all_of_a_grid_can_be_sampled() -> None:
    rows = sampled_rows([Grid(Decimal(1), Decimal(50), Decimal(1))] * 2, 2490, seed=1)
    assert len(set(rows)) == 2490


def test_up_to_2000_points_the_grid_is_whole_and_beyond_it_is_sampled() -> None:
    whole = swept(f"{PRICE}=1:40:1", f"{INCLUDED}=1:10:1", points=3)
    assert (len(whole.points), whole.whole) == (400, True)
    sampled = swept(f"{PRICE}=1:60:1", f"{INCLUDED}=1:60:1", points=70)
    assert (len(sampled.points), sampled.whole, sampled.grid_points) == (70, False, 3600)
    assert "70 of 3,600 plans were replayed" in " ".join(sweep_words(sampled))


def test_every_point_is_that_of_solve() -> None:
    found = swept()
    for included in ("5", "15", "25"):
        credits_included = {"credits": {**scenario_of().catalog.document()["plans"]["credits"], "included_credits": included}}
        scenario = scenario_of(plans={**scenario_of().catalog.document()["plans"], **credits_included})
        alone = solve(scenario, usage(), "Credits", f"{PRICE}=10:20:5", [])
        own = [point for point in found.points if point.values[1] == Decimal(included)]
        assert [point.figures for point in own] == [point.figures for point in alone.points]


def test_the_front_is_of_those_that_meet_the_targets() -> None:
    """25 credits included refuse nobody; at 10 nobody pays more than on Metered, at 15 and 20 one of three does."""
    found = swept(targets=["blocked<=0%"], measures=["revenue", "share_paying_more"])
    assert [str(point.values[1]) for point, met in zip(found.points, found.meets, strict=True) if met] == ["25"] * 3
    assert [tuple(map(str, found.points[place].values)) for place in found.front] == [("20", "25"), ("10", "25")]
    assert found.best == found.front[0]
    assert found.catalog(found.front[0]).plans["credits"].prices["monthly"] == 20
    assert sweep_words(found)[0].startswith(
        "With the monthly price of credits at $20 a month and included credits on credits at 25, Credits brings in the most of the 2"
    )


def test_a_sweep_in_which_nothing_meets_says_so() -> None:
    found = swept(targets=["revenue>=1000"])
    assert (found.best, found.front) == (None, ())
    assert sweep_words(found)[0] == "None of 9 plans of Credits does this: brings in at least $1,000."


def test_the_table_has_a_column_for_each_term_and_exact_amounts() -> None:
    table = points_table(swept())
    assert table.column_names == [
        "candidate",
        PRICE,
        INCLUDED,
        "revenue",
        "margin",
        "median_cost",
        "margin_share",
        "share_paying_more",
        "largest_rise",
        "blocked_share",
        "meets",
        "on_front",
    ]
    row = table.to_pylist()[0]
    assert (row[PRICE], row[INCLUDED], row["revenue"], row["margin"]) == (10, 5, 30, Decimal("28.7"))
    assert row["blocked_share"] == 30 / 43
    solved = points_table(solve(scenario_of(), usage(), "Credits", f"{PRICE}=10:20:5", ["revenue>=45"]))
    assert solved["meets"].to_pylist() == [False, True, True]
    assert solved["on_front"].to_pylist() == [False, False, True], "20 brings in more, and as many pay more"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"measures": ["revenue"]}, "1 are given"),
        ({"measures": ["revenue", "profit"]}, "'profit' is not a measure"),
        ({"points": 0}, "0 are asked for"),
        ({"targets": ["x"]}, "is not one that is known"),
    ],
)
def test_what_is_wrong_is_said_in_words(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        swept(**options)


def test_a_front_in_margins_needs_costs() -> None:
    scenario = scenario_of(features={"call": {}})
    with pytest.raises(InputError, match="there is no margin"):
        sweep(scenario, usage(), "Credits", [f"{PRICE}=10:20:5"], measures=["revenue", "margin"])
