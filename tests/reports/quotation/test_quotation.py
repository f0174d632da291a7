"""What a quote comes to: figures worked out by hand, and what must hold of every quote."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.quotes import quote_of

from commet_core.reports.quotation.possible_usage import possible_usage
from commet_core.reports.quotation.quotation import Bill, digest_of, quotation
from commet_core.reports.quotation.replaying import units_on_days, usage_days

CATALOG: dict[str, Any] = {
    "features": {"call": {"name": "Calls", "unit": "call", "unit_cost": "0.002"}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 99, "yearly": 990, "weekly": 25},
            "features": {"call": {"included": 10000, "overage": {"unit_price": "0.01"}}},
        },
        "limited": {"consumption_model": "metered", "prices": {"monthly": 99}, "features": {"call": {"included": 10000}}},
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 49},
            "included_credits": 1000,
            "features": {"call": {"credits_per_unit": "0.1"}},
        },
        "blocking": {
            "consumption_model": "balance",
            "prices": {"monthly": 50},
            "block_on_exhaustion": True,
            "features": {"call": {"unit_price": "0.01"}},
        },
        "balance": {"consumption_model": "balance", "prices": {"monthly": 50}, "features": {"call": {"unit_price": "0.01"}}},
    },
    "credit_packs": {"small": {"credits": 100, "price": 5}, "large": {"credits": 1000, "price": 40}},
}
SPREAD = {"low": 8000, "high": 30000, "growth": "0.02", "growth_low": "-0.05", "growth_high": "0.1", "swing": "0.2"}


def bill_of(candidate: dict[str, Any], usage: dict[str, Any], **more: Any) -> Bill:
    [bill] = quotation(quote_of(CATALOG, ({"name": "It", **candidate},), usage={"call": usage}, draws=200, **more)).bills
    return bill


class TestTheSchedule:
    def test_three_months_of_a_metered_plan(self) -> None:
        """99 a month in advance; 2,000 calls beyond 10,000 are $20, then 12,000 × 1.5 = 18,000: $80, then 27,000: $170."""
        bill = bill_of({"plan": "metered"}, {"units": 12000, "growth": "0.5"}, term_months=3)
        assert [(due.day, due.base, due.usage, due.total) for due in bill.schedule] == [
            (date(2026, 1, 1), Decimal("99.00"), 0, Decimal("99.00")),
            (date(2026, 2, 1), Decimal("99.00"), Decimal("20.00"), Decimal("119.00")),
            (date(2026, 3, 1), Decimal("99.00"), Decimal("80.00"), Decimal("179.00")),
            (date(2026, 4, 1), 0, Decimal("170.00"), Decimal("170.00")),
        ]
        assert bill.assumed == Decimal("567.00")
        assert bill.floor == Decimal("297.00")

    def test_a_season_is_of_the_calendar_month(self) -> None:
        season = [1, 2, *[1] * 10]
        bill = bill_of({"plan": "metered"}, {"units": 10000, "season": season}, term_months=3, start="2026-01-15")
        assert [due.usage for due in bill.schedule] == [0, 0, Decimal("100.00")]

    def test_months_begin_on_the_last_day_of_a_shorter_month(self) -> None:
        bill = bill_of({"plan": "limited"}, {"units": 1}, term_months=3, start="2026-01-31")
        assert [due.day for due in bill.schedule] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]

    def test_a_year_in_advance_with_a_discount(self) -> None:
        """990 less 10 % is 891; 5,000 calls beyond are $50 in each of twelve months."""
        bill = bill_of({"plan": "metered", "interval": "yearly"}, {"units": 15000}, discount={"percent": 10})
        assert bill.schedule[0].base == Decimal("990.00")
        assert bill.schedule[0].discount == Decimal("-99.00")
        assert bill.assumed == Decimal("1491.00")
        assert bill.floor == Decimal("891.00")

    def test_a_trial_is_no_part_of_the_term(self) -> None:
        plan = CATALOG["plans"]["limited"] | {"trial_days": 30}
        catalog = CATALOG | {"plans": {"limited": plan}, "credit_packs": {}}
        [bill] = quotation(quote_of(catalog, ({"name": "It", "plan": "limited"},), usage={"call": {"units": 1}})).bills
        assert bill.assumed == Decimal("1188.00")

    def test_nor_is_the_trial_of_an_offer(self) -> None:
        phases = [{"type": "free_trial", "duration_days": 60}, {"type": "fixed_price", "price": 9, "duration_cycles": 2}]
        catalog = CATALOG | {
            "credit_packs": {},
            "plans": {"limited": CATALOG["plans"]["limited"]},
            "offers": {"launch": {"phases": phases}},
        }
        candidates = ({"name": "It", "plan": "limited", "offer": "launch"},)
        [bill] = quotation(quote_of(catalog, candidates, usage={"call": {"units": 1}})).bills
        assert bill.assumed == Decimal(10 * 99 + 2 * 9)

    def test_usage_that_is_not_served_is_said(self) -> None:
        [refused] = bill_of({"plan": "limited"}, {"units": 10500}, term_months=2).refused
        assert (refused.asked_units, refused.refused_units, refused.reason) == (21000, 1000, "allowance_exhausted")


class TestTheMost:
    """The limit that a plan itself sets; over twelve months."""

    @pytest.mark.parametrize(
        ("candidate", "most"),
        [
            ({"plan": "metered"}, None),
            ({"plan": "limited"}, "1188.00"),
            ({"plan": "credits"}, "588.00"),
            ({"plan": "credits", "purchases": {"pack": "smallest_sufficient"}}, None),
            ({"plan": "credits", "purchases": {"pack": "smallest_sufficient", "max_packs_per_period": 3}}, "2028.00"),
            ({"plan": "credits", "purchases": {"pack": "small", "max_packs_per_period": 3}}, "768.00"),
            ({"plan": "balance"}, None),
            ({"plan": "blocking"}, "600.00"),
            ({"plan": "blocking", "top_up": {"amount": 20, "max_per_period": 2}}, "1080.00"),
            ({"plan": "blocking", "top_up": {"amount": 20}}, None),
        ],
    )
    def test_it_is(self, candidate: dict[str, Any], most: str | None) -> None:
        found = bill_of(candidate, {"units": 10**9}).most
        assert (None if found is None else str(found)) == most

    @pytest.mark.parametrize("plan", ["limited", "credits", "blocking"])
    def test_no_usage_ever_costs_more(self, plan: str) -> None:
        bill = bill_of({"plan": plan}, {"units": 10**9, "low": 0, "high": 10**10})
        assert bill.assumed == bill.most


class TestTheRange:
    def test_without_a_spread_it_is_the_assumed_usage_alone(self) -> None:
        bill = bill_of({"plan": "metered"}, {"units": 12345})
        assert bill.p10 == bill.expected == bill.p90 == bill.p99 == bill.mean == bill.assumed

    def test_a_tenth_of_the_bills_is_of_a_size_below_low_and_a_tenth_of_one_above_high(self) -> None:
        quote = quote_of(
            CATALOG,
            ({"name": "It", "plan": "metered"},),
            usage={"call": {"units": 12000, "low": 8000, "high": 30000}},
            draws=20_000,
            term_months=1,
        )
        first = possible_usage(quote).draws[:, 0, 0] / 10**6
        assert abs((first < 8000).mean() - 0.1) < 0.01
        assert abs((first > 30000).mean() - 0.1) < 0.01
        assert abs((first < 12000).mean() - 0.5) < 0.02
        # of 12,000 the middle bill is 99 + 20, of 8,000 it is 99, of 30,000 it is 99 + 200
        [bill] = quotation(quote).bills
        assert bill.p10 == Decimal("99.00")
        assert abs(bill.expected - 119) < 3
        assert abs(bill.p90 - 299) < 10

    def test_the_same_quote_has_the_same_figures_and_another_seed_others(self) -> None:
        quote = quote_of(CATALOG, ({"name": "It", "plan": "metered"},), usage={"call": {"units": 12000, **SPREAD}}, draws=300)
        again = quotation(quote)
        assert again.bills == quotation(quote).bills
        assert again.digest == digest_of(quote)
        other = quotation(quote.model_copy(update={"seed": 1}))
        assert other.bills[0].p90 != again.bills[0].p90
        assert other.digest != again.digest
        assert other.bills[0].schedule == again.bills[0].schedule

    def test_a_mean_above_the_range_is_said(self) -> None:
        """One prospect in ten grows so fast that its bill alone lifts the mean."""
        usage = {"units": 100000, "growth_high": "0.5"}
        bill = bill_of({"plan": "metered"}, usage)
        assert bill.mean > bill.p90
        assert bill.mean_is_said

    @settings(max_examples=40, deadline=None)
    @given(
        plan=st.sampled_from(["metered", "limited", "credits", "balance", "blocking"]),
        units=st.integers(0, 10**6),
        low=st.integers(0, 100),
        high=st.integers(100, 500),
        growth=st.decimals("-0.5", "0.2", places=2),
        swing=st.decimals("0", "1", places=2),
        packs=st.sampled_from([None, 0, 2]),
        months=st.integers(1, 14),
        seed=st.integers(0, 2**63 - 1),
    )
    def test_floor_p10_expected_p90_and_most_are_in_order_and_the_schedule_adds_up(
        self, plan, units, low, high, growth, swing, packs, months, seed
    ) -> None:
        candidate: dict[str, Any] = {"plan": plan}
        if plan == "credits":
            candidate["purchases"] = {"pack": "smallest_sufficient", "max_packs_per_period": packs}
        if plan == "blocking" and packs is not None:
            candidate["top_up"] = {"amount": "7.5", "max_per_period": packs}
        usage = {"units": units, "low": units * low // 100, "high": units * high // 100, "growth": growth, "swing": swing}
        bill = bill_of(candidate, usage, term_months=months, seed=seed)
        assert bill.floor <= bill.p10 <= bill.expected <= bill.p90 <= bill.p99
        assert bill.most is None or max(bill.p99, bill.assumed) <= bill.most
        assert bill.floor <= bill.assumed == sum(due.total for due in bill.schedule)


class TestWeeks:
    def test_weeks_add_up_to_the_months_in_whole_units(self) -> None:
        quote = quote_of(CATALOG, ({"name": "It", "plan": "metered", "interval": "weekly"},), usage={"call": {"units": 1001}})
        possible = possible_usage(quote)
        weeks = units_on_days(quote, possible.assumed, weekly=True)
        assert len(weeks) == len(usage_days(quote, weekly=True)) == 53
        assert weeks.sum() == possible.assumed.sum()
        assert (weeks % 10**6 == 0).all()
        # 31 days of January have 1,001 calls: 7 days have 1001 × 7 ÷ 31 = 226.03
        assert weeks[:2, 0].tolist() == [226 * 10**6, 226 * 10**6]

    def test_the_draws_too(self) -> None:
        quote = quote_of(CATALOG, ({"name": "It", "plan": "metered"},), usage={"call": {"units": 9000, **SPREAD}}, draws=100)
        draws = possible_usage(quote).draws
        assert np.array_equal(units_on_days(quote, draws, weekly=True).sum(axis=1), draws.sum(axis=1))


def test_a_quote_that_assumes_no_usage_is_of_base_prices() -> None:
    [bill] = quotation(quote_of(CATALOG, ({"name": "It", "plan": "metered"},))).bills
    assert bill.floor == bill.expected == bill.p99 == bill.assumed == Decimal("1188.00")
