"""Quotes and price curves, against figures worked out by hand in the comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from commet_core.catalog.offers import Offer
from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import day_number
from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.wording import plural, with_article
from commet_core.reports.quote import Allowance, QuoteLine, Refusal, made_up_usage, quotes, read_units
from commet_core.reports.quote.price_curve import CheapestRange, Crossing, Limit, PriceCurves, UsageAxis, price_curves
from commet_core.reports.quote.sheet import quote_sheets, quote_text
from commet_core.reports.quote.typed import number_text
from commet_core.reports.quote.words import (
    allowance_in_words,
    axis_title,
    cheapest_row,
    crossing_in_words,
    curve_title,
    curve_title_at,
    limit_in_words,
    line_in_words,
    offer_in_words,
    plan_in_words,
    refusal_in_words,
)
from commet_core.scenario.candidates import Candidate

METERED = {
    "name": "Metered Pro",
    "consumption_model": "metered",
    "prices": {"monthly": 99, "yearly": 990},
    "features": {"image": {"included": 1000, "overage": {"unit_price": "0.05"}}},
}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 49},
    "included_credits": 1000,
    "features": {"image": {"credits_per_unit": 10}},
}
BALANCE = {"consumption_model": "balance", "prices": {"monthly": 50}, "features": {"image": {"unit_price": "0.06"}}}
BLOCKING = {**BALANCE, "block_on_exhaustion": True}
WEEKLY = {
    "consumption_model": "metered",
    "prices": {"weekly": 10},
    "features": {"image": {"included": 70, "overage": {"unit_price": 1}}},
}
FREE = {"consumption_model": "metered", "features": {"image": {"included": 20, "overage": {"unit_price": 1}}}}


def catalog(currency: str = "usd", **plans: Mapping[str, Any]) -> Catalog:
    return Catalog.model_validate(
        {
            "currency": currency,
            "features": {"image": {"name": "Image", "unit": "image"}, "video": {"unit": "second"}},
            "plans": plans,
            "credit_packs": {"starter": {"name": "Starter", "credits": 500, "price": 20}},
        }
    )


def candidates(plans: Catalog, **more: Any) -> list[Candidate]:
    return [Candidate.model_validate({"name": code, "plan": code, **more}) for code in plans.plans]


def curves(plans: Catalog, most: int, mix: Mapping[str, int] | None = None, **axis: Any) -> PriceCurves:
    units = {feature: Decimal(amount) for feature, amount in (mix or {"image": 100}).items()}
    return price_curves(plans, candidates(plans), UsageAxis("image", units, **axis), Decimal(most))


class TestQuotes:
    def test_metered_charges_what_goes_beyond_the_included_units(self) -> None:
        plans = catalog(pro=METERED)
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(1500)})
        assert quote.lines == (
            QuoteLine("plan_base", "pro", Decimal(1), Decimal(99), Decimal(99)),
            QuoteLine("feature_overage", "image", Decimal(500), Decimal("0.05"), Decimal(25)),
        )
        assert (quote.first_month, quote.monthly_cost) == (Decimal(124), Decimal(124))
        assert quote.refusals == ()

    def test_how_much_of_the_allowance_is_used(self) -> None:
        """Metered: all 1,000 included images. Credits: 100 images at 10 take all 1,000. Balance: 70 of 0.06 = 4.20 of 50."""
        plans = catalog(metered=METERED, credits=CREDITS, weekly=WEEKLY)
        metered, prepaid, weekly = quotes(plans, candidates(plans), {"image": Decimal(1500)})
        assert metered.allowances == (Allowance("image", Decimal(1000), Decimal(1000)),)
        assert prepaid.allowances == (Allowance("plan credits", Decimal(1000), Decimal(1000), "credits"),)
        assert weekly.allowances == (Allowance("image", Decimal(350), Decimal(350)),)
        plans = catalog(balance=BALANCE)
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(70)})
        assert quote.allowances == (Allowance("balance", Decimal(50), Decimal("4.20"), "money"),)
        assert allowance_in_words(plans, quote.allowances[0]) == "$4.20 of $50 balance used"
        assert allowance_in_words(plans, metered.allowances[0]) == "Image: 1,000 of 1,000 images included"
        assert allowance_in_words(plans, prepaid.allowances[0]) == "1,000 of 1,000 plan credits used"

    def test_credits_left_in_a_pack_make_later_months_cheaper(self) -> None:
        """120 images are 1,200 credits, 200 beyond the plan's. A pack of 500 lasts 2.5 months: 12 × 200 = 2,400 credits, 5 packs
        a year. A month is (12 × 49 + 5 × 20) ÷ 12 = 57.333…
        """
        plans = catalog(pro=CREDITS)
        (quote,) = quotes(plans, candidates(plans, purchases={"pack": "starter"}), {"image": Decimal(120)})
        assert quote.first_month == Decimal(69)
        assert quote.monthly_cost == Decimal("57.33")

    def test_a_quote_leaves_nothing_to_chance(self) -> None:
        plans = catalog(pro=CREDITS)
        seldom = candidates(plans, purchases={"pack": "starter", "probability": "0.000001"})
        assert quotes(plans, seldom, {"image": Decimal(120)})[0].first_month == Decimal(69)

    def test_without_packs_what_the_credits_do_not_cover_is_refused(self) -> None:
        plans = catalog(pro=CREDITS)
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(120)})
        assert quote.first_month == Decimal(49)
        assert quote.refusals == (Refusal("image", Decimal(120), Decimal(20), "allowance_exhausted"),)

    def test_a_feature_that_the_plan_lacks_is_refused_for_that_reason(self) -> None:
        plans = catalog(pro=METERED)
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(1), "video": Decimal("2.5")})
        assert quote.refusals == (Refusal("video", Decimal("2.5"), Decimal("2.5"), "not_in_plan"),)

    def test_a_yearly_price_is_billed_at_once_and_compared_as_a_twelfth(self) -> None:
        plans = catalog(pro=METERED)
        (quote,) = quotes(plans, candidates(plans, interval="yearly"), {"image": Decimal(0)})
        assert (quote.first_month, quote.monthly_cost) == (Decimal(990), Decimal("82.50"))

    def test_a_weekly_plan_bears_the_month_week_by_week(self) -> None:
        """300 images in 30 days are 70 a week, the weekly allowance, and 20 in the last two days: five weeks begin, nothing is
        over. On average 300 × 12 ÷ 52 = 69.23 a week: no overage either, 52 × 10 ÷ 12 = 43.333…
        """
        plans = catalog(pro=WEEKLY)
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(300)})
        assert [line.amount for line in quote.lines] == [Decimal(10)] * 5
        assert quote.monthly_cost == Decimal("43.33")

    def test_an_offer_is_a_line_of_its_own_and_lowers_the_months_that_it_lasts(self) -> None:
        """20 % of 99 is 19.80: 79.20 in each of three months, then 99. A month is (12 × 99 − 3 × 19.80) ÷ 12 = 94.05."""
        plans = catalog(pro=METERED)
        plans = plans.model_validate(plans.document() | {"offers": {"launch": {"name": "Launch", "percent": 20, "cycles": 3}}})
        (quote,) = quotes(plans, candidates(plans, offer="launch"), {"image": Decimal(10)})
        assert quote.lines[1] == QuoteLine("discount", "launch", Decimal(1), Decimal("-19.80"), Decimal("-19.80"))
        assert line_in_words(plans, quote, quote.lines[1]) == "Offer: Launch"
        assert (quote.first_month, quote.monthly_cost) == (Decimal("79.20"), Decimal("94.05"))

    def test_a_quote_is_of_a_customer_who_pays_not_of_one_on_trial(self) -> None:
        """In a trial nothing would be charged, and 500 of 1,500 images refused."""
        plans = catalog(pro={**METERED, "trial_days": 60})
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(1500)})
        assert (quote.first_month, quote.monthly_cost, quote.refusals) == (Decimal(124), Decimal(124), ())

    @pytest.mark.parametrize(
        ("phases", "first_month"),
        [
            ([{"type": "free_trial", "duration_days": 60}], "124"),
            ([{"type": "free_trial", "duration_days": 14}, {"type": "percentage", "percentage": 50}], "74.50"),
        ],
    )
    def test_nor_of_one_in_the_trial_of_an_offer_whatever_day_it_begins(
        self, phases: list[dict[str, Any]], first_month: str
    ) -> None:
        offer = {"starts_at": "2030-01-01", "phases": phases}
        plans = Catalog.model_validate(catalog(pro=METERED).document() | {"offers": {"launch": offer}})
        (quote,) = quotes(plans, candidates(plans, offer="launch"), {"image": Decimal(1500)})
        assert (quote.first_month, quote.monthly_cost, quote.refusals) == (Decimal(first_month), Decimal(first_month), ())

    def test_a_free_plan_has_no_lines(self) -> None:
        plans = catalog(free=FREE)
        (quote,) = quotes(plans, candidates(plans), {"image": Decimal(21)})
        assert (quote.lines, quote.first_month, quote.interval) == ((), Decimal(0), None)
        assert quote.refusals[0].refused_units == Decimal(1)

    def test_no_usage_at_all_costs_the_base_price(self) -> None:
        plans = catalog(pro=METERED)
        assert quotes(plans, candidates(plans), {})[0].first_month == Decimal(99)

    def test_more_than_can_be_held_is_an_error_with_advice(self) -> None:
        dear = {**METERED, "features": {"image": {"overage": {"unit_price": 1_000_000_000}}}}
        plans = catalog(pro=dear)
        with pytest.raises(InputError) as raised:
            curves(plans, 10**11)
        assert str(raised.value) == (
            "usage: this usage under 'pro' is more than the simulator can hold. Give smaller numbers or lower prices."
        )

    def test_what_grows_beyond_measure_along_an_axis_is_an_error(self) -> None:
        with pytest.raises(InputError, match="grown in proportion, is more than the simulator can hold"):
            UsageAxis("image", {"image": Decimal("0.000001"), "video": Decimal(10**11)}).at(Decimal(10**11))

    def test_as_is_a_level_beyond_measure(self) -> None:
        with pytest.raises(InputError, match="this usage is more than the simulator can hold"):
            made_up_usage([{"image": Decimal(10**13)}], [0], [Fraction(1)])


class TestMadeUpUsage:
    def test_whole_units_stay_whole_and_add_up(self) -> None:
        usage = made_up_usage([{"image": Decimal(10)}], [0, 7, 14], [Fraction(1, 3), Fraction(2, 3), Fraction(1)])
        assert usage.values.tolist() == [3_000_000, 3_000_000, 4_000_000]

    def test_parts_of_units_are_spread_to_the_millionth(self) -> None:
        usage = made_up_usage([{"gb": Decimal("0.5")}], [0, 7, 14], [Fraction(1, 3), Fraction(2, 3), Fraction(1)])
        assert usage.values.tolist() == [166_666, 166_667, 166_667]

    def test_every_level_is_a_customer_in_their_order(self) -> None:
        usage = made_up_usage([{"image": Decimal(units)} for units in (5, 3)], [day_number_of_2026()], [Fraction(1)])
        assert (usage.customer_count, usage.values.tolist()) == (2, [5_000_000, 3_000_000])


def day_number_of_2026() -> int:
    from datetime import date

    return day_number(date(2026, 1, 1))


class TestTypedUnits:
    def test_numbers_are_read_as_people_type_them(self) -> None:
        typed = {"a": "12,400", "b": "", "c": " 0.5 ", "d": 7}
        assert read_units(typed) == {"a": Decimal(12400), "b": Decimal(0), "c": Decimal("0.5"), "d": Decimal(7)}

    @pytest.mark.parametrize(
        ("typed", "what"),
        [
            ("many", "'many' is not a number"),
            ("-5", "-5 is negative"),
            ("100000000001", "the number is too large"),
            ("0.0000001", "the number has 7 decimals"),
            ("3,5", "'3,5' is not a number"),
            ("1e400", "the number is too large"),
            ("-1e400", "the number is negative"),
        ],
    )
    def test_what_cannot_be_units_is_said_at_its_feature(self, typed: str, what: str) -> None:
        with pytest.raises(InputError) as raised:
            read_units({"image": typed, "video": "1"})
        (problem,) = raised.value.problems
        assert (problem.where, problem.what) == ("image", what)
        assert problem.fix == "Give a number from 0 to 100,000,000,000, with at most 6 decimals"

    @pytest.mark.parametrize(
        ("typed", "read"),
        [("$1,250.50", "1250.50"), ("€ 10", "10"), ("0,001", "0,001"), ("=1+1", "=1+1"), ("-5", "-5"), ("R$3", "3"), ("", "")],
    )
    def test_commas_count_only_where_they_can_be_nothing_else(self, typed: str, read: str) -> None:
        assert number_text(typed) == read


class TestCrossings:
    def test_the_crossing_is_found_to_the_unit(self) -> None:
        """Metered is 99 up to 1,000 images, then 0.05 more for each; balance is 50 up to 833 images, then 0.06 n.

        99 + 0.05 (n − 1,000) < 0.06 n where n > 4,900; at 4,901: 294.05 against 294.06.
        """
        found = curves(catalog(metered=METERED, balance=BALANCE), 20_000)
        assert found.crossings == (Crossing(Decimal(4901), Decimal("294.05"), "metered", "balance", True),)
        assert found.exact

    def test_a_crossing_below_which_another_is_cheaper_does_not_lead(self) -> None:
        flat = {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"image": {"unlimited": True}}}
        found = curves(catalog(metered=METERED, balance=BALANCE, flat=flat), 20_000)
        assert [(crossing.cheaper, crossing.leads) for crossing in found.crossings] == [("metered", False)]

    def test_levels_at_which_two_cost_the_same_lie_between(self) -> None:
        """Both cost 99 up to 1,000 images; the dear one's overage makes the other cheaper from 1,001 on, which is no crossing."""
        dear = {**METERED, "features": {"image": {"included": 1000, "overage": {"unit_price": 1}}}}
        found = curves(catalog(metered=METERED, dear=dear), 20_000)
        assert found.crossings == ()
        assert found.cheapest == (
            CheapestRange(Decimal(0), Decimal(1000), ("metered", "dear")),
            CheapestRange(Decimal(1001), Decimal(20_000), ("metered",)),
        )
        assert curve_title(catalog(metered=METERED), found) == (
            "All cost the same up to 1,000 images a month, from 1,001 metered is cheapest"
        )
        assert [curve_title_at(catalog(metered=METERED), found, units) for units in (Decimal(12), Decimal(1001))] == [
            "At the typical 12 images a month all cost the same",
            "At the typical 1,001 images a month metered is cheapest",
        ]
        alone = replace(found, points={"metered": found.points["metered"]})
        assert curve_title_at(catalog(metered=METERED), alone, Decimal(12)) == "What metered costs up to 20,000 images a month"
        for unknown in (None, Decimal(20_001)):  # beyond the curve
            assert curve_title_at(catalog(metered=METERED), found, unknown) == curve_title(catalog(metered=METERED), found)
        longer = replace(found, cheapest=found.cheapest * 2)
        assert curve_title(catalog(metered=METERED), longer).endswith(
            "from 1,001 metered is cheapest, from 0 metered and dear, then 1 more change"
        )

    def test_what_only_rounding_makes_cheaper_overtakes_nothing(self) -> None:
        """0.0333 and 0.0334 an image round to the same cent or one apart up to 100 images, and are never told apart by more."""
        one, other = (
            {
                "consumption_model": "metered",
                "prices": {"monthly": 0},
                "features": {"image": {"overage": {"unit_price": price}}},
            }
            for price in ("0.0333", "0.0334")
        )
        found = curves(catalog(one=one, other=other), 100)
        assert found.crossings == ()
        assert found.cheapest == (CheapestRange(Decimal(0), Decimal(100), ("one", "other")),)
        assert curve_title(catalog(one=one), found) == "All cost the same at every level up to 100 images a month"

    def test_rounding_to_and_fro_overtakes_nothing(self) -> None:
        """Two features at 0.004, as many of each: metered rounds each line, balance their sum.

        One of each: 0.00 against 0.01; four of each: 0.04 against 0.03; and so on to and fro.
        """
        terms = {"image": {"overage": {"unit_price": "0.004"}}, "video": {"overage": {"unit_price": "0.004"}}}
        metered = {"consumption_model": "metered", "prices": {"monthly": 0}, "features": terms}
        prices = {feature: {"unit_price": "0.004"} for feature in terms}
        balance = {"consumption_model": "balance", "prices": {"monthly": 0}, "features": prices}
        found = curves(catalog(metered=metered, balance=balance), 100, {"image": 1, "video": 1})
        costs = {name: [point.monthly_cost for point in points] for name, points in found.points.items()}
        assert (costs["metered"][1], costs["balance"][1]) == (Decimal(0), Decimal("0.01"))
        assert (costs["metered"][4], costs["balance"][4]) == (Decimal("0.04"), Decimal("0.03"))
        assert found.crossings == ()

    def test_a_plan_that_refuses_usage_overtakes_nothing(self) -> None:
        """At 0.5 an image metered reaches 49 at 98 images; credits for 50 images have long refused by then."""
        each = {
            "consumption_model": "metered",
            "prices": {"monthly": 0},
            "features": {"image": {"overage": {"unit_price": "0.5"}}},
        }
        found = curves(catalog(each=each, credits={**CREDITS, "included_credits": 500}), 1_000)
        assert found.limits[0].units == Decimal(51)
        assert found.crossings == ()

    def test_the_range_begins_where_the_crossing_is(self) -> None:
        found = curves(catalog(metered=METERED, balance=BALANCE), 20_000)
        assert [(stretch.first_units, stretch.candidates) for stretch in found.cheapest] == [
            (Decimal(0), ("balance",)),
            (Decimal(4901), ("metered",)),
        ]

    def test_a_plan_that_refuses_usage_is_no_bargain(self) -> None:
        """Credits serve 100 images at 49; from 101 on they refuse, and their flat price is not cheaper than 99."""
        found = curves(catalog(metered=METERED, credits=CREDITS), 5_000)
        assert found.crossings == ()
        assert found.limits == (Limit(Decimal(101), Decimal(49), "credits", ()),)
        assert found.cheapest == (
            CheapestRange(Decimal(0), Decimal(100), ("credits",)),
            CheapestRange(Decimal(101), Decimal(5_000), ("metered",)),
        )

    def test_where_every_candidate_refuses_none_is_cheapest(self) -> None:
        """A balance of 50 pays for 833 images at 0.06."""
        found = curves(catalog(blocking=BLOCKING), 1_000)
        assert found.limits[0].units == Decimal(834)
        assert found.cheapest[-1] == CheapestRange(Decimal(834), Decimal(1_000), ())
        assert curve_title(catalog(blocking=BLOCKING), found) == (
            "blocking is cheapest up to 833 images a month, from 834 no candidate"
        )

    def test_a_feature_that_a_plan_lacks_is_named(self) -> None:
        found = curves(catalog(metered=METERED), 100, {"image": 10, "video": 1})
        assert found.limits == (Limit(Decimal(1), Decimal(99), "metered", ("video",)),)

    def test_what_is_refused_at_every_level_begins_at_none(self) -> None:
        found = curves(catalog(metered=METERED), 100, {"image": 10, "video": 1}, others="fixed")
        assert found.limits == (Limit(Decimal(0), Decimal(99), "metered", ("video",)),)

    def test_yearly_and_monthly_compare_by_the_month(self) -> None:
        """990 ÷ 12 = 82.50 against 99: yearly is cheaper throughout."""
        plans = catalog(pro=METERED)
        both = [Candidate(name=interval, plan="pro", interval=interval) for interval in ("monthly", "yearly")]
        found = price_curves(plans, both, UsageAxis("image", {"image": Decimal(10)}), Decimal(100))
        assert found.cheapest == (CheapestRange(Decimal(0), Decimal(100), ("yearly",)),)
        assert {point.monthly_cost for point in found.points["yearly"]} == {Decimal("82.50")}

    def test_crossings_of_features_with_decimals_are_found_to_a_thousandth(self) -> None:
        """Metered at 0.05 each from the start against a flat 1: 0.05 n = 1 at n = 20, dearer from 20.001 on… a year at
        20.001 is 12 × 1.00005, each month rounded to 1.00: the bill differs from 20.100 on (12 × 1.005 → 1.01).
        """
        flat = {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"image": {"unlimited": True}}}
        each = {
            "consumption_model": "metered",
            "prices": {"monthly": 0},
            "features": {"image": {"overage": {"unit_price": "0.05"}}},
        }
        plans = catalog(each=each, flat=flat)
        found = price_curves(plans, candidates(plans), UsageAxis("image", {"image": Decimal("0.5")}), Decimal(50))
        assert [(crossing.units, crossing.cheaper) for crossing in found.crossings] == [(Decimal("20.100"), "flat")]


class TestAxis:
    def test_other_features_grow_in_proportion(self) -> None:
        axis = UsageAxis("image", {"image": Decimal(100), "video": Decimal(30)})
        assert axis.at(Decimal(50)) == {"image": Decimal(50), "video": Decimal(15)}

    def test_or_stay_as_they_are(self) -> None:
        axis = UsageAxis("image", {"image": Decimal(100), "video": Decimal(30)}, "fixed")
        assert axis.at(Decimal(50)) == {"image": Decimal(50), "video": Decimal(30)}

    def test_a_short_axis_has_a_level_per_unit(self) -> None:
        assert UsageAxis("image", {"image": Decimal(1)}).grid(Decimal(0), Decimal(3), 200) == [Decimal(n) for n in range(4)]


class TestWords:
    @pytest.mark.parametrize(
        ("plan", "words"),
        [
            (METERED, "$99 a month or $990 a year. Image: 1,000 images included every month, then $0.05 an image."),
            (
                CREDITS,
                (
                    "$49 a month with 1,000 credits. Image: 10 credits an image. When the credits are used up, customers "
                    "buy a pack or wait for the next month."
                ),
            ),
            (
                BALANCE,
                (
                    "$50 a month with a balance of $50. Image: $0.06 an image. When the balance is used up, usage goes on "
                    "and is charged at the end of the month."
                ),
            ),
            (
                BLOCKING,
                (
                    "$50 a month with a balance of $50. Image: $0.06 an image. When the balance is used up, customers top "
                    "it up or wait for the next month."
                ),
            ),
            (FREE, "Free. Image: 20 images included every month, then usage stops, as on every free plan."),
            (WEEKLY, "$10 a week. Image: 70 images included, then $1 an image."),
            ({"consumption_model": "metered"}, "Free. It has no features yet, so all usage is refused."),
            (
                {
                    "consumption_model": "metered",
                    "prices": {"one_time": "12.50"},
                    "features": {"image": {}, "video": {"unlimited": True}},
                },
                "$12.50 once. Image: nothing included, so all of it is refused. video: unlimited.",
            ),
        ],
    )
    def test_a_plan_reads_back(self, plan: Mapping[str, Any], words: str) -> None:
        assert plan_in_words(catalog(pro=plan), "pro") == words

    @pytest.mark.parametrize(
        ("offer", "words"),
        [
            ({"percent": "12.5"}, "12.5 % off the base price, for ever"),
            ({"percent": 20, "cycles": 1}, "20 % off the base price, for the first charge"),
            ({"amount": "10.50", "cycles": 3}, "$10.50 off the base price, for the first 3 charges"),
        ],
    )
    def test_an_offer_reads_back(self, offer: Mapping[str, Any], words: str) -> None:
        assert offer_in_words(catalog(), Offer.model_validate(offer)) == words

    @pytest.mark.parametrize(
        ("plan", "words"),
        [
            (METERED, "The first 14 days are a free trial: no base price, and usage stops at what is included."),
            (CREDITS, "The first 14 days are a free trial: no base price."),
        ],
    )
    def test_a_trial_reads_back(self, plan: Mapping[str, Any], words: str) -> None:
        assert plan_in_words(catalog(pro={**plan, "trial_days": 14}), "pro").endswith(words)

    def test_a_feature_priced_by_its_model_reads_back(self) -> None:
        by_model = {**BALANCE, "features": {"image": {"pricing": "ai_model", "margin": "0.125"}}}
        assert "Image: AI model price + 12.5 % an image." in plan_in_words(catalog(pro=by_model), "pro")
        no_margin = {**BALANCE, "features": {"image": {"pricing": "ai_model"}}}
        assert "Image: AI model price an image." in plan_in_words(catalog(pro=no_margin), "pro")

    def test_without_packs_credits_just_run_out(self) -> None:
        plans = Catalog.model_validate({"features": {"image": {"unit": "image"}}, "plans": {"pro": CREDITS}})
        assert plan_in_words(plans, "pro").endswith("When the credits are used up, usage stops until the next month.")

    def test_findings_read_as_sentences(self) -> None:
        plans = catalog()
        crossing = Crossing(Decimal(12400), Decimal(99), "Credits", "Metered", leads=True)
        assert crossing_in_words(plans, crossing, "image") == "From 12,400 images a month Credits is cheaper than Metered."
        limit = Limit(Decimal(1), Decimal(49), "Credits", ("video",))
        assert limit_in_words(plans, limit, "image") == (
            "From 1 image a month Credits refuses part of the usage: its plan does not have video."
        )
        assert limit_in_words(plans, Limit(Decimal(101), Decimal(49), "Credits", ()), "image") == (
            "From 101 images a month Credits refuses part of the usage: its allowance is used up."
        )
        assert axis_title(plans, "image") == "images a month"
        assert cheapest_row(CheapestRange(Decimal(0), Decimal(1200), ("A", "B"))) == ("0 to 1,200", "A and B")
        assert cheapest_row(CheapestRange(Decimal(0), Decimal(1), ("A", "B", "C"))) == ("0 to 1", "A, B and C")
        assert cheapest_row(CheapestRange(Decimal(7), Decimal(7), ())) == ("7", "none: each refuses part of it")
        assert refusal_in_words(plans, Refusal("image", Decimal(120), Decimal(20), "allowance_exhausted")) == (
            "Image: 20 of 120 images are refused, as the allowance is used up"
        )
        assert refusal_in_words(plans, Refusal("video", Decimal(3), Decimal(3), "not_in_plan")) == (
            "video: the plan does not have it, all 3 seconds are refused"
        )

    def test_nouns_take_their_article_and_plural(self) -> None:
        assert [with_article(noun) for noun in ("image", "call", "hour", "unit", "GB", "MB")] == [
            "an image",
            "a call",
            "an hour",
            "a unit",
            "a GB",
            "an MB",
        ]
        assert [plural(noun) for noun in ("image", "search", "query", "day", "GB", "GB-hour", "credits")] == [
            "images",
            "searches",
            "queries",
            "days",
            "GB",
            "GB-hours",
            "credits",
        ]


class TestSheets:
    def test_lines_and_sums_of_the_sheet_are_those_of_the_quote(self) -> None:
        plans = catalog(pro=METERED, credits=CREDITS)
        units = {"image": Decimal(1500)}
        sheets = quote_sheets(plans, quotes(plans, candidates(plans), units), units, {})
        rows = [(row["candidate"], row["line"], row["amount"]) for row in sheets["Quote"].to_pylist()]
        assert rows == [
            ("pro", "Base price, monthly", Decimal(99)),
            ("pro", "Image beyond what is included", Decimal(25)),
            ("pro", "First month in all", Decimal(124)),
            ("pro", "A month on average over a year like this", Decimal(124)),
            ("credits", "Base price, monthly", Decimal(49)),
            ("credits", "First month in all", Decimal(49)),
            ("credits", "A month on average over a year like this", Decimal(49)),
            ("credits", "Not served: Image: 1,400 of 1,500 images are refused, as the allowance is used up", None),
        ]
        assert sheets["Usage"].to_pylist() == [{"feature": "Image", "units_a_month": Decimal(1500), "unit": "image"}]

    def test_a_name_that_looks_like_a_formula_is_harmless(self) -> None:
        plans = catalog(pro={**METERED, "name": "=1+1"})
        sheets = quote_sheets(plans, quotes(plans, candidates(plans), {}), {}, {})
        assert to_csv(sheets["Quote"]).splitlines()[1] == (
            b'pro,\'=1+1,monthly,"Base price, monthly",1.000000,99.000000000,99.00,USD'
        )

    def test_the_text_shows_the_sum_of_each_line(self) -> None:
        plans = catalog(pro=CREDITS)
        units = {"image": Decimal(120)}
        (quote,) = quotes(plans, candidates(plans, purchases={"pack": "starter"}), units)
        assert quote_text(plans, quote, units, {}) == (
            "pro: $49 a month with 1,000 credits. Image: 10 credits an image. When the credits are used up, "
            "customers buy a pack or wait for the next month.\n"
            "For a month with Image 120 images:\n"
            "\n"
            "  Base price, monthly: 1 × $49.00 = $49.00\n"
            "  Starter, 500 credits: 1 × $20.00 = $20.00\n"
            "  First month in all: $69.00 (USD)\n"
            "  A month on average over a year like this: $57.33\n"
        )
