"""The record's arithmetic, worked out again by plain Python from decisions.md 3.4."""

from math import exp, log, sqrt

import numpy as np
import pytest

from commet_core.decide.forecast.mix import Mix, Pair, mix_after, weights_after, width_after
from commet_core.decide.forecast.naive import naive_forecasts
from commet_core.decide.forecast.shocks import moved_apart, steps_together, volatility_of

PAIRS = [
    Pair(3, 1, {"ours": 100.0, "last_month": 80.0, "line": 130.0}, 90.0, 112.0, 110.0),
    Pair(3, 2, {"ours": 105.0, "last_month": 80.0, "line": 150.0}, 85.0, 125.0, 120.0),
    Pair(4, 1, {"ours": 118.0, "last_month": 110.0, "line": 125.0}, 108.0, 130.0, 120.0),
    Pair(5, 1, {"ours": 121.0, "last_month": 120.0, "line": 124.0}, 112.0, 131.0, 90.0),
]


def squared_error(method: str, pairs: list[Pair]) -> float:
    prior = 6 * (0.12 if method == "ours" else 0.24) ** 2
    mine = [pair for pair in pairs if method in pair.forecasts]
    squares = (min(1.0, log(pair.actual / pair.forecasts[method]) ** 2) / sqrt(pair.horizon) for pair in mine)
    return (prior + sum(squares)) / (6 + len(mine))


def test_weights_fall_with_the_fourth_power_of_the_error() -> None:
    strengths = {method: squared_error(method, PAIRS) ** -4 for method in ("ours", "last_month", "last_year", "line")}
    for method, weight in weights_after(PAIRS).items():
        assert weight == pytest.approx(strengths[method] / sum(strengths.values()))


def test_the_width_is_what_the_mix_of_its_day_would_have_needed() -> None:
    total = 6 * 1.2**2
    for pair in PAIRS:
        known = [earlier for earlier in PAIRS if earlier.origin + earlier.horizon <= pair.origin]
        strengths = {method: squared_error(method, known) ** -4 for method in pair.forecasts}
        middle = exp(sum(strengths[method] * log(value) for method, value in pair.forecasts.items()) / sum(strengths.values()))
        spread = log(pair.high / pair.low) / 2.5631031310892
        total += min(25.0, (log(pair.actual / middle) / spread) ** 2)
    assert width_after(PAIRS) == pytest.approx(sqrt(total / 10))


def test_without_a_record_the_priors_hold() -> None:
    mix = mix_after([])
    assert mix.width == pytest.approx(1.2)
    assert mix.weights["ours"] / mix.weights["line"] == pytest.approx(256)


def test_a_range_lies_around_the_mix_as_far_as_the_paths_averaged_with_the_even_one() -> None:
    mixed = Mix({"ours": 0.75, "line": 0.25}, 2.0, 3).range_of({"ours": 100.0, "line": 160.0}, 80.0, 150.0)
    middle = 100 * (160 / 100) ** 0.25
    even = log(150 / 80) / 2
    assert mixed.middle == pytest.approx(middle)
    assert mixed.low == pytest.approx(middle * exp(-2 * (log(100 / 80) + even) / 2))
    assert mixed.high == pytest.approx(middle * exp(2 * (log(150 / 100) + even) / 2))


def test_from_thirty_pairs_on_the_quantile_holds_four_of_five() -> None:
    """Errors from −.3 to .3 around forecasts that are right in the middle: a range as wide as c says holds 80 % of them."""
    errors = np.linspace(-0.3, 0.3, 40)
    pairs = [Pair(3 + place, 1, {"ours": 100.0}, 90.0, 100 / 0.9, 100 * exp(error)) for place, error in enumerate(errors)]
    mix = Mix({"ours": 1.0}, width_after(pairs), 40)
    ranges = [mix.range_of(pair.forecasts, pair.low, pair.high) for pair in pairs]
    assert sum(each.low <= pair.actual <= each.high for pair, each in zip(pairs, ranges, strict=True)) == 32


def test_nothing_that_came_has_no_logarithm() -> None:
    nothing = [*PAIRS, Pair(5, 1, {"ours": 10.0, "line": 3.0}, 5.0, 20.0, 0.0)]
    assert mix_after(nothing) == mix_after(PAIRS)


def test_naive_methods_add_the_closing_invoices_of_a_window_that_ends_at_the_origin() -> None:
    series = np.array([0.0, 100, 110, 120, 130])
    said = naive_forecasts(series, 50.0, 3, 12)
    assert said["last_month"].tolist() == [130, 130, 180]
    slope, level = np.polyfit(range(5), series, 1)
    np.testing.assert_allclose(said["line"], [level + 5 * slope, level + 6 * slope, level + 7 * slope + 50])
    assert "last_year" not in said


def test_last_year_is_the_same_month_of_it() -> None:
    series = np.arange(1, 15, dtype=float)
    assert naive_forecasts(series, 0.0, 2, 12)["last_year"].tolist() == [3, 4]


def test_a_line_does_not_fall_to_nothing() -> None:
    assert naive_forecasts(np.array([300.0, 200, 100]), 0.0, 2, 12)["line"].tolist() == [5, 5]


def test_a_month_that_nobody_foresaw_is_wrong_by_a_factor_of_e_at_most() -> None:
    """Of 1 minor unit billed, 100 and 1,000 are as wrong: the record of the other months decides."""
    empty = [*PAIRS, Pair(6, 1, {"ours": 1000.0, "last_month": 100.0, "line": 1.0}, 900.0, 1100.0, 1.0)]
    assert squared_error("ours", empty) == pytest.approx((10 * squared_error("ours", PAIRS) + 1) / 11)
    for method, weight in weights_after(empty).items():
        strengths = {other: squared_error(other, empty) ** -4 for other in ("ours", "last_month", "last_year", "line")}
        assert weight == pytest.approx(strengths[method] / sum(strengths.values()))


def test_history_is_as_unsteady_as_its_growth() -> None:
    """Growth of 10, 10, 30 and 10 %: of 1.1 in the middle one step is off by ln(1.3 ÷ 1.1)."""
    series = np.array([0.0, 100, 110, 121, 157.3, 173.03])
    assert volatility_of(series) == pytest.approx(sqrt((6 * 0.05**2 + log(1.3 / 1.1) ** 2) / 10))
    assert volatility_of(np.array([0.0, 70])) == 0.05
    assert volatility_of(np.array([1.0, 1000, 1, 1000])) == pytest.approx(sqrt((6 * 0.05**2 + 1.5**2) / 9))


def test_what_moves_everybody_is_added_to_what_paths_differ_by() -> None:
    low, high = moved_apart(90.0, 100.0, 120.0, 0.2, 4)
    common = 0.25 * 4 * (1.2815515655446004 * 0.2) ** 2
    assert low == pytest.approx(100 * exp(-sqrt(log(100 / 90) ** 2 + common)))
    assert high == pytest.approx(100 * exp(sqrt(log(120 / 100) ** 2 + common)))
    assert moved_apart(0.0, 0.0, 5.0, 0.2, 4) == (0.0, 5.0)


@pytest.mark.parametrize("count", [1, 2, 6])
def test_steps_together_are_those_of_a_walk(count: int) -> None:
    """The variance of the mean of a walk's first steps, each pair of which has as many moves in common as the nearer one."""
    common = sum(min(one, other) for one in range(1, count + 1) for other in range(1, count + 1))
    assert steps_together(count) == pytest.approx(common / count**2)


def test_the_weights_of_some_methods_add_up_to_one_again() -> None:
    mix = Mix({"ours": 0.4, "last_month": 0.1, "line": 0.0, "last_year": 0.5}, 1.0, 8)
    assert mix.among(["ours", "last_month", "line"]) == {"ours": 0.8, "last_month": 0.2, "line": 0.0}
    assert mix.among([]) == {}
