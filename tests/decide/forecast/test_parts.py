"""The parts of a forecast, worked out again by plain Python from decisions.md 3.2."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import exp, log, sqrt

import numpy as np
import pytest

from commet_core.decide.forecast.activity import estimate_activity
from commet_core.decide.forecast.adjustments import Adjustments
from commet_core.decide.forecast.arrivals import estimate_arrivals
from commet_core.decide.forecast.growth import estimate_growth
from commet_core.decide.forecast.history import History
from commet_core.decide.forecast.part_rows import part_rows
from commet_core.decide.forecast.parts import adjusted, estimate_parts
from commet_core.decide.forecast.pattern import blocks_of
from commet_core.decide.forecast.sizes import large_customers, mean_usage
from commet_core.decide.forecast.steps import steps_between
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

MONTHS = 6
METERED = {
    "consumption_model": "metered",
    "prices": {"monthly": 10},
    "features": {"call": {"included": 10, "overage": {"unit_price": "0.5"}}},
}


def history(by_customer: dict[str, list[int]], months: int = MONTHS, day: int = 10) -> History:
    """Customers with so many calls on the tenth of each month."""
    rows = [
        (name, datetime(2026 + month // 12, month % 12 + 1, day, 9, tzinfo=UTC), count)
        for name, counts in by_customer.items()
        for month, count in enumerate(counts)
        if count
    ]
    names, times, counts = zip(*rows, strict=True)
    usage = Usage.from_events(names, times, ["call"] * len(rows), counts)
    end = datetime(2026 + months // 12, months % 12 + 1, 1, tzinfo=UTC).date()
    scenario = Scenario.model_validate(
        {
            "catalog": {"features": {"call": {}}, "plans": {"pro": METERED}},
            "window": {"start": "2026-01-01", "end": end},
            "candidates": [{"name": "Pro", "plan": "pro"}],
        }
    )
    assert scenario.window is not None
    return History.of(scenario, usage, steps_between(scenario.window.start, scenario.window.end, "month"))


SEEN = {
    "always": [4, 5, 6, 7, 8, 9],
    "large": [40, 40, 50, 50, 60, 60],
    "idle": [3, 0, 3, 0, 0, 4],
    "late": [0, 0, 2, 2, 0, 0],
    "new": [0, 0, 0, 0, 1, 2],
}
NAMES = sorted(SEEN)


def test_the_chances_to_fall_silent_and_to_come_back() -> None:
    """By age group and size; pooled: 4 of 19 times somebody who was active fell silent; 2 of 5 times somebody came back."""
    seen = history(SEEN)
    large = large_customers(mean_usage(seen))
    assert [name for name, is_large in zip(NAMES, large, strict=True) if is_large] == ["large"]
    exposed, silenced = np.zeros((3, 2)), np.zeros((3, 2))
    could, did = np.zeros(3), np.zeros(3)
    for name, counts in SEEN.items():
        first = next(month for month, count in enumerate(counts) if count)
        silent_for = 0
        for month in range(first, MONTHS - 1):
            age = 3 if first == 0 else month - first
            group = 0 if age == 0 else 1 if age <= 2 else 2
            if counts[month]:
                silent_for = 0
                exposed[group, int(name == "large")] += 1
                silenced[group, int(name == "large")] += counts[month + 1] == 0
            else:
                silent_for += 1
                could[min(silent_for, 3) - 1] += 1
                did[min(silent_for, 3) - 1] += counts[month + 1] > 0
    pooled, returned = silenced.sum() / exposed.sum(), did.sum() / could.sum()
    activity = estimate_activity(seen, large)
    assert (activity.exposed, activity.return_exposed) == (exposed.sum(), could.sum())
    np.testing.assert_allclose(activity.silent, (silenced + 10 * pooled) / (exposed + 10))
    np.testing.assert_allclose(activity.returning, (did + 3 * returned * np.array([1, 0.7, 0.3])) / (could + 3))


def test_a_slope_is_drawn_to_the_mean_of_all() -> None:
    """One feature; the first month is left out, and who has fewer than three others has the mean."""
    seen = history(SEEN)
    growth = estimate_growth(seen)
    fits = {}
    for name, counts in SEEN.items():
        first = next(month for month, count in enumerate(counts) if count)
        points = [(month, log(count)) for month, count in enumerate(counts) if count and month > first]
        if len(points) >= 3:
            x_mean, y_mean = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
            squares = sum((x - x_mean) ** 2 for x, _ in points)
            slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / squares
            rss = sum((y - y_mean - slope * (x - x_mean)) ** 2 for x, y in points)
            fits[name] = (slope, rss, squares, len(points) - 2)
    assert sorted(fits) == ["always", "large"]
    pooled = sum(rss for _, rss, _, _ in fits.values()) / sum(freedom for *_, freedom in fits.values())
    variances = {name: (rss + 4 * pooled) / (freedom + 4) / squares for name, (_, rss, squares, freedom) in fits.items()}
    fixed = {name: 1 / variance for name, variance in variances.items()}
    mean = sum(fixed[name] * fits[name][0] for name in fits) / sum(fixed.values())
    excess = sum(fixed[name] * (fits[name][0] - mean) ** 2 for name in fits) - (len(fits) - 1)
    scale = sum(fixed.values()) - sum(weight**2 for weight in fixed.values()) / sum(fixed.values())
    spread = min(0.12, max(0.01, sqrt(max(0.0, excess / scale))))
    weights = {name: 1 / (variance + spread**2) for name, variance in variances.items()}
    mean = sum(weights[name] * fits[name][0] for name in fits) / sum(weights.values())
    believed = 0.03**2 / (0.03**2 + 1 / sum(weights.values()))
    assert growth.mean[0] == pytest.approx(mean * believed)
    assert growth.error[0] == pytest.approx(sqrt(believed / sum(weights.values())))
    assert growth.spread[0] == pytest.approx(spread)
    for place, name in enumerate(NAMES):
        expected = mean * believed
        if name in fits:
            expected = (fits[name][0] / variances[name] + mean * believed / spread**2) / (1 / variances[name] + 1 / spread**2)
        assert growth.slopes[place, 0] == pytest.approx(expected)


def test_arrivals_lie_on_a_line_of_roots() -> None:
    """Nobody of the first month is an arrival; 0, 1, 0, 1, 0 came in the five others: recomputed by solving two equations."""
    arrivals = estimate_arrivals(history(SEEN))
    assert arrivals.counts.tolist() == [0, 1, 0, 1, 0]
    points = [(-age, sqrt(count + 3 / 8), 0.85**age) for age, count in enumerate(reversed([0, 1, 0, 1, 0]))]
    a, b, d = (sum(w * x**power for x, _, w in points) for power in (0, 1, 2))
    d += 1
    p, q = sum(w * y for _, y, w in points), sum(w * x * y for x, y, w in points)
    level, slope = (d * p - b * q) / (a * d - b * b), (a * q - b * p) / (a * d - b * b)
    assert (arrivals.level, arrivals.slope) == pytest.approx((level, slope))
    expected = max(level + 0.8 * slope, 0.3 * level) ** 2 - 3 / 8
    assert arrivals.expected(1)[0] == pytest.approx(max(0.0, expected))


def test_newcomers_are_like_everybody_where_too_few_have_come() -> None:
    assert estimate_arrivals(history(SEEN)).donors.tolist() == [0, 1, 2, 3, 4]


def test_newcomers_are_like_those_who_have_come() -> None:
    others = {f"n{place:02d}": [0, 0, 1, 1, 1, 1] for place in range(12)}
    seen = history({**SEEN, **others})
    names = seen.usage.customers.take(estimate_arrivals(seen).donors).to_pylist()
    assert names == sorted(["late", "new", *others])


def test_weeks_of_silent_months_are_not_copied_and_silent_weeks_of_others_are() -> None:
    """July 1 is the origin. `idle` uses something in June, March and January: of each, four weeks lie in it by their middle."""
    seen = history(SEEN)
    blocks, place = blocks_of(seen), NAMES.index("idle")
    origin = datetime(2026, 7, 1, tzinfo=UTC)
    middles = [origin - timedelta(days=7 * int(number) + 3.5) for number in blocks.numbers[place, : blocks.counts[place]]]
    assert Counter(middle.month for middle in middles) == {6: 4, 3: 4, 1: 4}
    filled = (blocks.lasts - blocks.firsts)[place, : blocks.counts[place]]
    assert filled.tolist().count(1) == 3
    assert filled.sum() == 3


def test_a_newcomer_is_copied_from_its_first_day_on() -> None:
    blocks, place = blocks_of(history(SEEN)), NAMES.index("new")
    oldest = datetime(2026, 7, 1, tzinfo=UTC) - timedelta(days=7 * (int(blocks.numbers[place, blocks.counts[place] - 1]) + 1))
    assert oldest >= datetime(2026, 5, 10, tzinfo=UTC)


def test_changes_are_seen_in_the_rows() -> None:
    parts = estimate_parts(history(SEEN))
    rows = {row.what: row for row in part_rows(adjusted(parts, Adjustments(silent_share=0.3, growth=0.1, arrivals=4)))}
    assert rows["silent_share"].value == 0.3
    assert rows["growth"].value == pytest.approx(0.1)
    assert rows["arrivals"].value == 4
    assert all(rows[what].source.startswith("yours") for what in ("silent_share", "growth", "arrivals"))
    usual = {row.what: row for row in part_rows(parts)}
    assert not any(row.source.startswith("yours") for row in usual.values())
    assert usual["season"].value is None


def test_everybody_falls_silent_more_often_by_the_same_factor() -> None:
    parts = estimate_parts(history(SEEN))
    more = adjusted(parts, Adjustments(silent_share=parts.activity.pooled * 1.5))
    np.testing.assert_allclose(more.activity.silent, np.minimum(1.0, parts.activity.silent * 1.5))


def test_a_season_needs_two_years_and_is_then_seen() -> None:
    assert estimate_parts(history({name: [5] * 23 for name in "abcdef"}, 23)).season is None
    december = {name: [5 if month % 12 != 11 else 10 for month in range(36)] for name in "abcdef"}
    season = estimate_parts(history(december, 36)).season
    assert season is not None
    assert int(np.argmax(season)) == 11
    # Twice as much in December: ln 2 × 11/12 above the year's mean, believed by 2 of 3 years
    assert season[11] / exp(np.log(season).mean()) == pytest.approx(2 ** (2 / 3), rel=0.05)
