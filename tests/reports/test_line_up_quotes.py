"""Quotes, curves and words of line-ups, against figures worked out by hand.

Free gives 20 images, Basic costs 10 with 100 of them and 0.10 for each beyond, Pro costs 99 with 1,000 and 0.05 beyond. So Basic
costs 10 + 0.10 × (n - 100), which is 99 at 990 images.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.reports.quote import Quote, Refusal, quotes
from commet_core.reports.quote.line_up_words import candidate_in_words, choice_in_words
from commet_core.reports.quote.price_curve import Limit, PriceCurves, Switch, UsageAxis, curve_table, price_curves
from commet_core.reports.quote.sheet import quote_sheets, quote_text
from commet_core.reports.quote.words import course_in_words, limit_in_words, plan_in_words
from commet_core.scenario.candidates import Candidate


def metered(name: str, included: int, overage: str = "1", **prices: int) -> dict[str, Any]:
    terms = {"included": included, "overage": {"unit_price": overage}}
    return {"name": name, "consumption_model": "metered", "prices": prices, "features": {"image": terms}}


CATALOG = Catalog.model_validate(
    {
        "features": {"image": {"name": "Image", "unit": "image"}, "video": {"unit": "second"}},
        "plans": {
            "free": metered("Free", 20),
            "basic": metered("Basic", 100, "0.10", monthly=10, yearly=100),
            "pro": metered("Pro", 1000, "0.05", monthly=99, yearly=990),
        },
        "plan_groups": {"all": ["free", "basic", "pro"]},
    }
)


def line_up(**more: Any) -> Candidate:
    return Candidate.model_validate({"name": "All", "group": "all", **more})


def quote(images: int, **more: Any) -> Quote:
    return quotes(CATALOG, [line_up(**more)], {"image": Decimal(images)})[0]


@pytest.mark.parametrize(
    ("images", "plan", "first_month"),
    [(20, "free", "0"), (21, "basic", "10"), (990, "basic", "99"), (991, "pro", "99"), (1100, "pro", "104")],
)
def test_a_quote_is_of_the_plan_that_suits_the_usage_best(images: int, plan: str, first_month: str) -> None:
    """At 990 images Basic and Pro cost the same, and the lower plan it is."""
    found = quote(images)
    assert (found.plan, found.first_month, found.monthly_cost) == (plan, Decimal(first_month), Decimal(first_month))
    assert (found.line_up, found.refusals) == (("free", "basic", "pro"), ())


@pytest.mark.parametrize("choose", ["upgrade", "assigned"])
def test_however_customers_of_the_line_up_come_to_be_on_its_plans(choose: str) -> None:
    assert quote(991, choose=choose).plan == "pro"


def test_a_plan_may_refuse_so_much_and_still_suit() -> None:
    """Of 50 images Free refuses 30, which is 0.6."""
    allowed = quote(50, blocked_share_max="0.6")
    assert (allowed.plan, allowed.first_month) == ("free", Decimal(0))
    assert allowed.refusals == (Refusal("image", Decimal(50), Decimal(30), "allowance_exhausted"),)
    assert quote(50, blocked_share_max="0.599999").plan == "basic"


def test_a_free_plan_of_a_line_up_has_no_interval() -> None:
    assert (quote(5, interval="yearly").plan, quote(5, interval="yearly").interval) == ("free", None)
    paid = quote(21, interval="yearly")
    assert (paid.plan, paid.interval, paid.first_month, paid.monthly_cost) == ("basic", "yearly", Decimal(100), Decimal("8.33"))


def test_a_plan_alone_is_no_line_up() -> None:
    (alone,) = quotes(CATALOG, [Candidate(name="Pro", plan="pro")], {"image": Decimal(1)})
    assert (alone.plan, alone.line_up) == ("pro", ())


def curves(most: int, mix: dict[str, int] | None = None, **more: Any) -> PriceCurves:
    units = {feature: Decimal(amount) for feature, amount in (mix or {"image": 100}).items()}
    return price_curves(CATALOG, [line_up(**more)], UsageAxis("image", units), Decimal(most))


def test_the_curve_of_a_line_up_is_the_lowest_of_its_plans() -> None:
    found = curves(2000)
    assert found.switches == (Switch(Decimal(21), "All", "basic"), Switch(Decimal(991), "All", "pro"))
    assert (found.limits, found.exact) == ((), True)
    points = {int(point.units): (point.plan, point.monthly_cost) for point in found.points["All"]}
    assert points[10] == ("free", Decimal(0))
    assert points[500] == ("basic", Decimal(50))
    assert points[2000] == ("pro", Decimal(149))
    rows = curve_table(found, "usd").to_pylist()
    assert {"candidate": "All", "units_a_month": 2000, "plan": "pro", "monthly_cost": 149, "refuses_usage": False} in rows


def test_where_it_is_on_another_plan_is_found_to_the_unit() -> None:
    """Between two levels of the grid, which are 100 apart."""
    assert [(switch.units, switch.plan) for switch in curves(20_000).switches] == [(21, "basic"), (991, "pro")]


def test_where_a_line_up_may_refuse_a_part_it_goes_on_from_the_plan_that_does() -> None:
    """Free refuses 30 of 50, which is 0.6, and 31 of 51, which is more."""
    found = curves(100, blocked_share_max="0.6")
    assert found.switches == (Switch(Decimal(51), "All", "basic"),)
    assert found.limits == (Limit(Decimal(21), Decimal(0), "All", (), line_up=True),)
    assert limit_in_words(CATALOG, found.limits[0], "image") == (
        "From 21 images a month All refuses part of the usage, on the plan that suits best there."
    )


def test_a_feature_that_none_of_the_plans_has() -> None:
    (limit,) = curves(100, {"image": 100, "video": 5}).limits
    assert limit_in_words(CATALOG, limit, "image").endswith("All refuses part of the usage: none of its plans has video.")


def test_the_plans_along_the_curve_read_as_a_sentence() -> None:
    assert (
        course_in_words(CATALOG, curves(2000), "All") == "All: Free, from 21 images a month Basic, from 991 images a month Pro."
    )
    assert course_in_words(CATALOG, curves(10), "All") == "All: Free throughout."


def test_many_changes_of_plan_are_not_all_told() -> None:
    to_and_fro = tuple(Switch(Decimal(units), "All", "basic") for units in range(1, 12))
    told = course_in_words(CATALOG, replace(curves(10), switches=to_and_fro), "All")
    assert told.endswith("from 8 images a month Basic, and 3 more changes.")


def test_a_quote_to_hand_on_names_the_plan() -> None:
    found, units = quote(991), {"image": Decimal(991)}
    assert quote_text(CATALOG, found, units, {}).startswith(
        "All, on Pro: $99 a month or $990 a year. Image: 1,000 images included"
    )
    sheets = quote_sheets(CATALOG, [found], units, {})
    assert {row["plan"] for row in sheets["Quote"].to_pylist()} == {"Pro"}
    assert sheets["Plans"].to_pylist() == [{"candidate": "All", "plan": "Pro", "plan_in_words": plan_in_words(CATALOG, "pro")}]


def test_who_is_on_which_plan_in_sentences() -> None:
    assert choice_in_words("cheapest", "Free", Decimal(0), 2) == (
        "Each customer is on one plan the whole time: of those that refuse none of their usage the one that costs least; where all "
        "refuse some, the one that refuses least."
    )
    assert choice_in_words("upgrade", "Free", Decimal("0.05"), 3) == (
        "Everybody begins on Free, and moves up after 3 billing periods running in which the next plan would have suited better: "
        "it costs less and refuses at most 5 % of the usage, or it refuses less where the present plan refuses more."
    )
    assert "after a billing period in which" in choice_in_words("upgrade", "Free", Decimal(0), 1)
    assert choice_in_words("assigned", "Free", Decimal(0), 2) == (
        "Customers are on the plans that your subscriptions say. Who has none there is on Free."
    )


def test_a_candidate_in_words() -> None:
    assert candidate_in_words(CATALOG, Candidate(name="P", plan="pro")) == plan_in_words(CATALOG, "pro")
    assert candidate_in_words(CATALOG, line_up(choose="assigned")) == (
        "Free; Basic, $10 a month or $100 a year; Pro, $99 a month or $990 a year. "
        "Customers are on the plans that your subscriptions say. Who has none there is on Free."
    )
