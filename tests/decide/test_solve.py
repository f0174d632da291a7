"""At what price: terms, grids and targets as they are written, and every value that meets what is wanted (decisions.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.simulations import PROFILE

from commet_core.catalog.plans import Catalog
from commet_core.decide.points import Point, largest_rise, share_above, spread
from commet_core.decide.solve import Solution, solve
from commet_core.decide.targets import parse_targets
from commet_core.decide.terms import candidate_named, free_term, free_terms, terms_of, with_values
from commet_core.engine.plan_sums import PlanReplays, PlanSums
from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.reports.price import solution_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

T = TypeVar("T")
PRICE = "plans.credits.prices.monthly"

CATALOG: dict[str, Any] = {
    "features": {"call": {"name": "Call", "unit_cost": "0.1"}, "v1.chat": {}},
    "plans": {
        "metered": {
            "name": "Pay as you go",
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 5, "overage": {"unit_price": 1}}},
        },
        "credits": {
            "name": "Credits",
            "consumption_model": "credits",
            "prices": {"monthly": 20, "yearly": 200},
            "included_credits": 10,
            "features": {"call": {"credits_per_unit": 1}, "v1.chat": {"credits_per_unit": "0.5"}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "features": {"call": {"unit_price": 1}},
        },
    },
    "credit_packs": {"ten": {"credits": 10, "price": 4}},
}


def scenario_of(baseline: str = "Metered", **changes: Any) -> Scenario:
    candidates = [
        {"name": "Metered", "plan": "metered"},
        {"name": "Credits", "plan": "credits", "purchases": {"pack": "ten"}},
        {"name": "Balance", "plan": "balance"},
    ]
    window = {"start": "2026-01-01", "end": "2026-02-01"}
    return Scenario.model_validate(
        {"catalog": CATALOG | changes, "candidates": candidates, "baseline": baseline, "window": window}
    )


def usage_of(**calls: int) -> Usage:
    """So many single calls of each customer in January."""
    rows = [(customer, hour) for customer, count in calls.items() for hour in range(count)]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = [start + timedelta(hours=hour) for _, hour in rows]
    return Usage.from_events([customer for customer, _ in rows], times, ["call"] * len(rows), [1] * len(rows))


USAGE = usage_of(ana=3, bob=15, eva=25)
"""On Metered $10, $20 and $30; on Credits two packs for eva and one for bob: $4, $8 and the price."""


def prices(solution: Solution, stretches: Iterable[tuple[int, int]]) -> list[tuple[str, ...]]:
    return [tuple(str(solution.value(place)) for place in stretch) for stretch in stretches]


class TestTerms:
    def test_every_number_that_can_be_sold_is_a_term(self) -> None:
        scenario = scenario_of()
        paths = {
            candidate.name: {term.path: str(term.value) for term in terms_of(scenario, candidate)}
            for candidate in scenario.candidates
        }
        assert paths == {
            "Metered": {
                "plans.metered.prices.monthly": "10",
                "plans.metered.features.call.included": "5",
                "plans.metered.features.call.overage.unit_price": "1",
            },
            "Credits": {
                "plans.credits.prices.monthly": "20",
                "plans.credits.prices.yearly": "200",
                "plans.credits.included_credits": "10",
                "plans.credits.features.call.credits_per_unit": "1",
                "plans.credits.features.v1.chat.credits_per_unit": "0.5",
                "credit_packs.ten.price": "4",
                "credit_packs.ten.credits": "10",
            },
            "Balance": {
                "plans.balance.prices.monthly": "10",
                "plans.balance.included_balance": "10",
                "plans.balance.features.call.unit_price": "1",
            },
        }

    def test_a_package_moves_what_is_billed(self) -> None:
        """10 and 20 calls beyond 5 are one and two started packages of 10."""
        in_packages = {"included": 5, "overage": {"package_size": 10, "package_price": 4}}
        metered = CATALOG["plans"]["metered"] | {"features": {"call": in_packages}}
        scenario = scenario_of(plans=CATALOG["plans"] | {"metered": metered})
        price = "plans.metered.features.call.overage.package_price=4:6:1"
        assert [int(point.revenue) for point in solve(scenario, USAGE, "Metered", price).points] == [42, 45, 48]

    @pytest.mark.parametrize("name", ["Metered", "Credits", "Balance"])
    def test_a_term_moves_alone(self, name: str) -> None:
        """What is written differs in that number, as it would if it were typed there."""
        scenario = scenario_of()
        for term in terms_of(scenario, candidate_named(scenario, name)):
            changed = with_values(scenario.catalog, [term], [Decimal("7.5")], "moved")
            expected = Catalog.model_validate(scenario.catalog.document()).model_dump()
            part = expected
            for key in (keys := list(term.keys))[:-1]:
                part = part[key]
            part[keys[-1]] = "7.5"
            assert changed.model_dump() == expected

    def test_a_default_stays_or_moves_along_as_it_is_asked(self) -> None:
        scenario = scenario_of()
        (price, *_) = terms_of(scenario, scenario.candidates[2])
        fixed = with_values(scenario.catalog, [price], [Decimal(30)]).plans["balance"]
        moved = with_values(scenario.catalog, [price], [Decimal(30)], "moved").plans["balance"]
        assert (fixed.granted("monthly"), moved.granted("monthly")) == (10, 30)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("plans.credit.prices.monthly=1:2:1", "does not exist. Did you mean plans.credits.prices.monthly?"),
            ("plans.metered.prices.monthly=1:2:1", "is a term of 'Metered', and changes nothing for 'Credits'"),
            (PRICE, "has no range"),
            (f"{PRICE}=19:99", "'19:99' has no step"),
            (f"{PRICE}=19:99:0", "the step is 0"),
            (f"{PRICE}=99:19:1", "the range ends at 19, below its beginning 99"),
            (f"{PRICE}=a:99:1", "'a' is not a number"),
            (f"{PRICE}=nan:99:1", "'nan' is not a number"),
            (f"{PRICE}=1:2:3:4", "is not a range"),
            (f"{PRICE}=0:99:0.00000001", "more than 1,000,000 steps"),
            (f"{PRICE}=0:1:0.0000000001", "more than 1,000,000 steps"),
            (f"{PRICE}=-1:2:1", "-1 is negative"),
            ("credit_packs.ten.credits=0:5:1", "0 is not more than 0"),
            ("plans.credits.included_credits=0:0.00001:0.0000005", "has 7 decimals"),
        ],
    )
    def test_what_is_wrong_is_said_in_words(self, text: str, said: str) -> None:
        scenario = scenario_of()
        with pytest.raises(InputError) as error:
            free_term(scenario, scenario.candidates[1], text)
        assert said in str(error.value)

    def test_all_problems_are_said_at_once(self) -> None:
        scenario = scenario_of()
        with pytest.raises(InputError) as error:
            free_terms(scenario, scenario.candidates[1], ["x=1:2:1", f"{PRICE}=1:2:0", f"{PRICE}=1:2:1", f"{PRICE}=1:3:1"])
        assert len(error.value.problems) == 3
        assert "is given twice" in str(error.value)

    def test_steps_are_exact(self) -> None:
        scenario = scenario_of()
        grid = free_term(scenario, scenario.candidates[1], f"{PRICE}=9.99:10.02:0.005").grid
        assert list(map(str, grid.values)) == ["9.990", "9.995", "10.000", "10.005", "10.010", "10.015", "10.020"]


class TestTargets:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("revenue=baseline", ("revenue", "=", None, "0.005", None)),
            ("revenue = baseline within 2%", ("revenue", "=", None, "0.02", None)),
            ("Revenue=50,000", ("revenue", "=", "50000", "0.005", None)),
            ("revenue>=baseline", ("revenue", ">=", None, "0", None)),
            ("margin>=60%", ("margin_share", ">=", "0.6", "0", None)),
            ("margin ≥ 1000", ("margin", ">=", "1000", "0", None)),
            ("customers_above:20%<=5%", ("customers_above", "<=", "0.05", "0", "0.2")),
            ("customers above 20% ≤ 5%", ("customers_above", "<=", "0.05", "0", "0.2")),
            ("blocked<=1%", ("blocked", "<=", "0.01", "0", None)),
        ],
    )
    def test_a_target_is_read(self, text: str, expected: tuple[str, ...]) -> None:
        (target,) = parse_targets([text])
        numbers = (target.bound, target.within, target.rise)
        assert (
            target.measure,
            target.relation,
            *(None if number is None else f"{number.normalize():f}" for number in numbers),
        ) == expected

    def test_unknown_targets_are_all_said(self) -> None:
        with pytest.raises(InputError) as error:
            parse_targets(["profit>=3", "blocked<=1%", "revenue<=5", "revenue>=5 within 1%"])
        assert len(error.value.problems) == 3


class TestSolve:
    def test_all_values_that_meet_and_both_sides(self) -> None:
        """Metered brings in 10 + 20 + 30 = 60; Credits 3 prices and three packs of 4: 16 each is exactly as much."""
        solution = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:1", ["revenue=baseline"])
        assert [int(point.revenue) for point in solution.points] == [3 * price + 12 for price in range(10, 21)]
        assert prices(solution, solution.meeting) == [("16", "16")]
        assert prices(solution, solution.sides) == [("15", "16"), ("16", "17")]
        assert solution_words(solution)[0] == "Credits brings in what Metered does (within 0.5 %) at $16 a month."
        assert "Nobody reacts here: higher is always more" in solution_words(solution)[-1]

    def test_every_point_is_a_replay_of_the_plan_that_it_takes_over(self) -> None:
        scenario = scenario_of()
        solution = solve(scenario, USAGE, "Credits", f"{PRICE}=10:20:5", ["revenue=baseline"])
        for place, point in enumerate(solution.points):
            catalog = Catalog.model_validate(Catalog.model_validate(solution.catalog(place).document()).document())
            run = replay(scenario.model_copy(update={"catalog": catalog}), USAGE).run("Credits")
            assert int(point.revenue * 100) == run.customer_billed.sum()

    def test_a_target_that_is_leapt_over_has_no_value_but_two_sides_and_a_nearest(self) -> None:
        solution = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:4", ["revenue=baseline"])
        assert (solution.meeting, prices(solution, solution.sides)) == ((), [("14", "18")])
        assert solution.value(solution.nearest) == 14, "6 away on both sides: the lower price"
        assert solution.in_the_way == solution.targets
        assert solution_words(solution)[0].endswith("The nearest is $14 a month.")
        assert "What stands in the way: at no value of the range it brings in what Metered does" in solution_words(solution)[2]

    def test_packs_make_steps_and_equal_results_are_a_range(self) -> None:
        """bob needs 15 − n credits more, eva 25 − n: a pack fewer at 5, at 15 and at 25 included credits."""
        solution = solve(
            scenario_of(), USAGE, "Credits", "plans.credits.included_credits=0:30:1", ["revenue>=65", "revenue=66 within 1%"]
        )
        assert [int(point.revenue) for point in solution.points[3:7]] == [80, 80, 72, 72]
        assert ("15", "24") in prices(solution, solution.equal)
        assert solution.meeting == ()
        assert solution.in_the_way == (solution.targets[1],)

    def test_targets_that_cannot_be_met_together_are_met_by_themselves(self) -> None:
        wanted = ["revenue>=baseline", "customers_above:50%<=0%"]
        solution = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:1", wanted)
        assert (solution.meeting, solution.in_the_way) == ((), ())
        assert "Each can be had by itself, and not together" in solution_words(solution)[2]

    def test_several_targets_at_once(self) -> None:
        """From 13 a month half of the revenue is margin; ana pays 50 % more from 16 on, who pays 10 on Metered."""
        wanted = ["margin>=50", "customers_above:50%<=0%", "blocked<=0%"]
        solution = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:1", wanted)
        assert prices(solution, solution.meeting) == [("15", "15")]
        assert solution.points[solution.best].margin == Decimal("52.7")

    def test_what_comes_nearest_is_taken_over_of_several(self) -> None:
        solution = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:1", ["revenue=baseline within 20%"])
        assert prices(solution, solution.meeting) == [("12", "20")]
        assert solution.value(solution.best) == 16
        least = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:1", ["revenue>=50"])
        assert least.value(least.best) == 13
        most = solve(scenario_of(), USAGE, "Credits", f"{PRICE}=10:20:1", ["customers_above:50%<=0%"])
        assert most.value(most.best) == 15

    def test_points_come_from_all_over_the_range_first_and_can_be_stopped(self) -> None:
        seen: list[int] = []
        with pytest.raises(KeyboardInterrupt):
            solve(
                scenario_of(),
                USAGE,
                "Credits",
                f"{PRICE}=1:200:1",
                progress=lambda share, _: interrupt() if share > 0.02 else None,
                seen=lambda place, _: seen.append(place),
            )
        assert seen == [0, 199, 128, 64, 192]

    def test_another_replay_may_be_passed_in_and_then_nobody_is_said_to_stay(self) -> None:
        """One in which nobody uses more than half as much: a clean joint for what people do."""
        scenario = scenario_of()
        halved = PlanReplays.of(scenario, usage_of(ana=2, bob=8, eva=13), "Credits")

        def reacting(catalogs: Iterable[Catalog], finish: Callable[[PlanSums], T]) -> Iterator[T]:
            return halved.each(catalogs, finish)

        solution = solve(scenario, USAGE, "Credits", f"{PRICE}=10:20:1", replay=reacting)
        assert [int(point.revenue) for point in solution.points][:2] == [34, 37]
        assert not any("Nobody reacts" in sentence for sentence in solution_words(solution))

    def test_a_baseline_that_bills_nothing_is_said(self) -> None:
        free = CATALOG["plans"]["metered"] | {"prices": {}}
        scenario = scenario_of(plans=CATALOG["plans"] | {"metered": free})
        with pytest.raises(InputError, match="'Metered' bills nothing in the window"):
            solve(scenario, USAGE, "Credits", f"{PRICE}=1:2:1")
        solution = solve(scenario, USAGE, "Credits", f"{PRICE}=1:2:1", ["revenue>=18"])
        assert prices(solution, solution.meeting) == [("2", "2")]
        assert solution.points[0].largest_rise is None
        assert "nan" not in " ".join(solution_words(solution)).lower()

    def test_margins_without_costs_an_unknown_candidate_and_too_many_values_are_said(self) -> None:
        without = scenario_of(features={"call": {}, "v1.chat": {}})
        with pytest.raises(InputError, match="there is no margin"):
            solve(without, USAGE, "Credits", f"{PRICE}=1:2:1", ["margin>=50%"])
        with pytest.raises(InputError, match="Did you mean Credits"):
            solve(without, USAGE, "Credit", f"{PRICE}=1:2:1")
        with pytest.raises(InputError, match="2,001 values"):
            solve(without, USAGE, "Credits", f"{PRICE}=0:2000:1")

    def test_one_customer_and_none(self) -> None:
        solution = solve(scenario_of(), usage_of(ana=3), "Credits", f"{PRICE}=9:11:1")
        assert prices(solution, solution.meeting) == [("10", "10")]
        with pytest.raises(InputError, match="no events"):
            solve(scenario_of(), Usage.from_events([], [], [], []), "Credits", f"{PRICE}=9:11:1")


def interrupt() -> None:
    raise KeyboardInterrupt


@PROFILE
@given(st.integers(0, 300))
def test_a_spread_has_every_place_once(count: int) -> None:
    assert sorted(spread(count)) == list(range(count))


AMOUNTS = st.integers(0, 10**15)


@PROFILE
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1), st.decimals(0, 100, places=4))
def test_shares_and_rises_are_those_of_plain_fractions(bills: list[tuple[int, int]], rise: Decimal) -> None:
    billed, baseline = (np.array(column, np.int64) for column in zip(*bills, strict=True))
    above = sum(Fraction(now) > Fraction(before) * (1 + Fraction(rise)) for now, before in bills)
    assert share_above(billed, baseline, rise) == Fraction(above, len(bills))
    rises = [Fraction(now - before, before) for now, before in bills if before]
    assert largest_rise(billed, baseline) == (max(rises) if rises else None)


def test_equal_points_are_equal_in_their_figures_alone() -> None:
    point = Point((Decimal(1),), Decimal(1), None, Decimal(1), Fraction(0), None, Fraction(0))
    assert point.figures == replace(point, values=(Decimal(2),)).figures
    assert point.figures != replace(point, revenue=Decimal(2)).figures
