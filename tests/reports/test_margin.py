"""Cost to serve, margin, and what refused usage would have brought: by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.reports.margin import customer_margins, feature_margins, margins
from commet_core.reports.margin.revenue import shared_out
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

APRIL = {"start": "2026-04-01", "end": "2026-05-01"}
FEATURES = {"call": {"unit_cost": "0.5"}, "image": {"unit_cost": 2}}

Event = tuple[str, str, str, Any]


def replayed(plan: Mapping[str, Any], usage: Sequence[Event], **extra: Any) -> Replay:
    """One plan named `pro` over rows of customer, time, feature and value. extra: features, packs, candidate, window."""
    catalog = {
        "features": extra.get("features", FEATURES),
        "plans": {"pro": plan},
        "credit_packs": extra.get("packs", {}),
    }
    candidate = {"name": "Pro", "plan": "pro", **extra.get("candidate", {})}
    scenario = {"catalog": catalog, "window": extra.get("window", APRIL), "candidates": [candidate]}
    customers, times, features, values = zip(*usage, strict=True)
    moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    return replay(Scenario.model_validate(scenario), Usage.from_events(customers, moments, features, values))


def metered(**features: Any) -> dict[str, Any]:
    return {"consumption_model": "metered", "prices": {"monthly": 30}, "features": features}


def credits_plan(**terms: Any) -> dict[str, Any]:
    features = {"call": {"credits_per_unit": 1}, "image": {"credits_per_unit": 4}}
    return {"consumption_model": "credits", "prices": {"monthly": 30}, "included_credits": 10, "features": features} | terms


def balance_plan(**terms: Any) -> dict[str, Any]:
    features = {"call": {"unit_price": 1}, "image": {"unit_price": 4}}
    return {"consumption_model": "balance", "prices": {"monthly": 30}, "included_balance": 10, "features": features} | terms


def shown(rows: Sequence[Mapping[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    """Columns of rows, amounts as plain text."""
    return [tuple(plain(row[column]) for column in columns) for row in rows]


def plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def by_feature(result: Replay, *columns: str) -> list[tuple[Any, ...]]:
    return shown(
        feature_margins(result, result.runs[0]).table.to_pylist(), *(columns or ("feature", "earned", "cost", "margin"))
    )


CALLS = {"included": 10, "overage": {"unit_price": 1}}
IMAGES = {"included": 10, "overage": {"unit_price": 4}}


class TestCandidates:
    def test_margin_is_what_was_earned_less_what_serving_cost(self) -> None:
        """30 of base and 2 × 1 of overage; 12 calls at 0.50 and 3 images at 2 cost 12."""
        usage = [("ana", "2026-04-01", "call", 12), ("ana", "2026-04-01", "image", 3)]
        [margin] = margins(replayed(metered(call=CALLS, image=IMAGES), usage))
        assert (margin.earned, margin.cost, margin.margin, margin.billed_margin) == (32, 12, 20, 20)
        assert margin.share == Fraction(20, 32)

    def test_what_is_not_earned_yet_is_in_the_bill_alone(self) -> None:
        """15 of 30 days."""
        [margin] = margins(replayed(metered(call=CALLS), [("ana", "2026-04-16", "call", 4)]))
        assert (margin.billed, margin.earned, margin.margin, margin.billed_margin) == (30, 15, 13, 28)

    def test_refused_usage_costs_nothing(self) -> None:
        [margin] = margins(replayed(metered(call={"included": 10}), [("ana", "2026-04-01", "call", 11)]))
        assert (margin.cost, margin.margin) == (0, 30)

    def test_who_costs_more_than_it_earns_is_served_at_a_loss(self) -> None:
        """100 × 0.50 = 50 for 30."""
        usage = [("ana", "2026-04-01", "call", 100), ("bo", "2026-04-01", "call", 60), ("cy", "2026-04-01", "call", 1)]
        result = replayed(metered(call={"unlimited": True}), usage)
        [margin] = margins(result)
        assert (margin.customers, margin.customers_at_loss, margin.loss) == (3, 1, 20)
        columns = ("customer_id", "billed", "earned", "cost", "margin", "billed_margin", "outstanding")
        assert shown(customer_margins(result, result.runs[0], at_loss=True).to_pylist(), *columns) == [
            ("ana", "30", "30", "50", "-20", "-20", "0")
        ]

    def test_customers_come_with_the_lowest_margin_first(self) -> None:
        usage = [("ana", "2026-04-16", "call", 1), ("bo", "2026-04-01", "call", 60), ("cy", "2026-04-01", "call", 1)]
        result = replayed(metered(call={"unlimited": True}), usage)
        table = customer_margins(result, result.runs[0]).to_pylist()
        assert shown(table, "customer_id", "margin", "outstanding") == [
            ("bo", "0", "0"),
            ("ana", "14.5", "15"),
            ("cy", "29.5", "0"),
        ]

    def test_a_feature_without_a_unit_cost_is_named(self) -> None:
        usage = [("ana", "2026-04-01", "call", 10), ("ana", "2026-04-01", "image", 3)]
        [margin] = margins(replayed(metered(call=CALLS, image=IMAGES), usage, features={"call": {}, "image": {"unit_cost": 2}}))
        assert (margin.cost, margin.features_without_cost) == (6, ("call",))

    def test_a_candidate_that_earns_nothing_has_no_share(self) -> None:
        plan = {"consumption_model": "metered", "features": {"call": {"included": 10}}}
        [margin] = margins(replayed(plan, [("ana", "2026-04-01", "call", 1)]))
        assert (margin.margin, margin.share) == (Decimal("-0.5"), None)

    def test_costs_beyond_64_bits_are_an_error_that_names_the_customer(self) -> None:
        result = replayed(
            metered(call={"unlimited": True}),
            [("ana", "2026-04-01", "call", 1), ("bo", "2026-04-01", "call", 10**7)],
            features={"call": {"unit_cost": 10**6}},
        )
        with pytest.raises(InputError, match="what customer 'bo' used costs more to serve than can be held"):
            margins(result)


class TestFeatures:
    USAGE = (("ana", "2026-04-01", "call", 12), ("ana", "2026-04-01", "image", 5))

    def test_a_metered_base_price_is_shared_by_included_use_at_overage_prices(self) -> None:
        """10 calls at 1 and 5 images at 4 are worth 10 and 20 of the base of 30; the calls' overage of 2 is their own."""
        result = replayed(metered(call=CALLS, image=IMAGES), self.USAGE)
        assert by_feature(result) == [("call", "12", "6", "6"), ("image", "20", "10", "10")]
        assert feature_margins(result, result.runs[0]).basis == "prices"

    def test_without_prices_for_all_the_cost_to_serve_decides(self) -> None:
        """12 calls cost 6 and 5 images 10: 11.25 and 18.75 of the 30."""
        result = replayed(metered(call={"unlimited": True}, image=IMAGES), self.USAGE)
        assert by_feature(result) == [("call", "11.25", "6", "5.25"), ("image", "18.75", "10", "8.75")]
        assert feature_margins(result, result.runs[0]).basis == "costs"

    def test_without_costs_for_all_events_decide(self) -> None:
        """Two events of calls and one of images."""
        usage = [*self.USAGE, ("ana", "2026-04-02", "call", 1)]
        result = replayed(
            metered(call={"unlimited": True}, image=IMAGES), usage, features={"call": {}, "image": {"unit_cost": 2}}
        )
        assert by_feature(result) == [("call", "20", "0", "20"), ("image", "10", "10", "0")]
        assert feature_margins(result, result.runs[0]).basis == "events"

    def test_a_feature_that_was_only_refused_does_not_decide_the_basis(self) -> None:
        usage = [*self.USAGE, ("ana", "2026-04-02", "video", 1)]
        result = replayed(metered(call=CALLS, image=IMAGES), usage, features=FEATURES | {"video": {}})
        assert feature_margins(result, result.runs[0]).basis == "prices"
        assert by_feature(result)[-1] == ("video", "0", "0", "0")

    def test_credits_share_by_credits_used(self) -> None:
        """2 calls and 2 images use 2 and 8 of 10 credits: 6 and 24 of the 30."""
        result = replayed(credits_plan(), [("ana", "2026-04-01", "call", 2), ("ana", "2026-04-01", "image", 2)])
        assert by_feature(result) == [("call", "6", "1", "5"), ("image", "24", "4", "20")]

    def test_packs_are_shared_by_all_credits_used(self) -> None:
        """15 calls and 1 image use 19 credits, 9 of them of a pack of 10 for 9.50, which earns 8.55: 15/19 and 4/19 of 38.55."""
        packs = {"small": {"credits": 10, "price": "9.50"}}
        usage = [("ana", "2026-04-01", "image", 1), *[("ana", "2026-04-02", "call", 1)] * 15]
        result = replayed(credits_plan(), usage, packs=packs, candidate={"purchases": {"pack": "small"}})
        assert by_feature(result, "feature", "earned") == [("call", "30.434210526"), ("image", "8.115789474")]

    def test_a_balance_shares_by_what_it_paid_and_gives_each_its_overage(self) -> None:
        """The calls take 6 of the 10 included, the image the other 4 and nothing beyond; 3 more calls are overage."""
        usage = [("ana", "2026-04-01", "call", 6), ("ana", "2026-04-02", "image", 1), ("ana", "2026-04-03", "call", 3)]
        assert by_feature(replayed(balance_plan(), usage), "feature", "earned") == [("call", "21"), ("image", "12")]

    def test_top_ups_are_shared_like_balance(self) -> None:
        """9 calls and 1 image spend 13 of 10 included and 8 topped up, all 8 of which are earned: 9/13 and 4/13 of 30 and 8."""
        plan = balance_plan(block_on_exhaustion=True)
        usage = [("ana", "2026-04-01", "call", 9), ("ana", "2026-04-02", "image", 1)]
        result = replayed(plan, usage, candidate={"top_up": {"amount": 8}})
        assert by_feature(result, "feature", "earned") == [("call", "26.307692307"), ("image", "11.692307693")]

    def test_what_is_earned_without_use_is_no_features(self) -> None:
        """The second of two months."""
        window = {"start": "2026-04-01", "end": "2026-06-01"}
        result = replayed(metered(call=CALLS), [("ana", "2026-04-01", "call", 2)], window=window)
        assert by_feature(result) == [("call", "30", "1", "29"), (None, "30", "0", "30")]

    def test_use_that_costs_no_credits_is_counted_in_events(self) -> None:
        features = {"call": {"credits_per_unit": 0}, "image": {"credits_per_unit": 0}}
        usage = [("ana", "2026-04-01", "call", 9), ("ana", "2026-04-01", "image", 1)]
        result = replayed(credits_plan(features=features), usage)
        assert by_feature(result, "feature", "earned") == [("call", "15"), ("image", "15")]


class TestBlocked:
    def blocked(self, plan: Mapping[str, Any], usage: Sequence[Event], **extra: Any) -> list[tuple[Any, ...]]:
        [margin] = margins(replayed(plan, usage, **extra))
        return [(one.feature, plain(one.units), plain(one.cost), plain(one.revenue)) for one in margin.blocked]

    def test_a_hard_limit_has_no_price_for_more(self) -> None:
        assert self.blocked(metered(call={"included": 10}), [("ana", "2026-04-01", "call", 12)]) == [("call", "12", "6", None)]

    def test_a_free_plan_would_sell_at_the_overage_price_it_names(self) -> None:
        plan = {"consumption_model": "metered", "features": {"call": CALLS}}
        assert self.blocked(plan, [("ana", "2026-04-01", "call", 12)]) == [("call", "12", "6", "12")]

    def test_a_feature_that_the_plan_does_not_have_is_not_for_sale(self) -> None:
        assert self.blocked(metered(call=CALLS), [("ana", "2026-04-01", "image", 3)]) == [("image", "3", "6", None)]

    def test_credits_cost_what_they_do_in_the_cheapest_pack(self) -> None:
        """3 images × 4 credits at 50 ÷ 1,000, not at 10 ÷ 100."""
        packs = {"small": {"credits": 100, "price": 10}, "large": {"credits": 1000, "price": 50}}
        assert self.blocked(credits_plan(), [("ana", "2026-04-01", "image", 3)], packs=packs) == [("image", "3", "6", "0.6")]

    def test_without_packs_credits_cost_what_they_do_in_the_plan(self) -> None:
        """3 images × 4 credits at 30 ÷ 10."""
        assert self.blocked(credits_plan(), [("ana", "2026-04-01", "image", 3)]) == [("image", "3", "6", "36")]

    def test_without_packs_and_included_credits_they_have_no_price(self) -> None:
        assert self.blocked(credits_plan(included_credits=0), [("ana", "2026-04-01", "image", 3)]) == [
            ("image", "3", "6", None)
        ]

    def test_a_balance_has_its_prices(self) -> None:
        usage = [("ana", "2026-04-01", "call", 8), ("ana", "2026-04-02", "image", 1), ("ana", "2026-04-03", "call", 3)]
        plan = balance_plan(block_on_exhaustion=True)
        assert self.blocked(plan, usage) == [("call", "3", "1.5", "3"), ("image", "1", "2", "4")]

    def test_it_would_have_earned_the_price_of_the_plan_that_the_customer_was_on(self) -> None:
        """Both in trial, where nothing is included: 3 calls refused on `pro` at 1, and 2 on `max` at 5."""
        plans = {
            code: metered(call={"included": 0, "overage": {"unit_price": price}}) | {"trial_days": 30}
            for code, price in (("pro", 1), ("max", 5))
        }
        starts = [
            {"customer_id": name, "at": "2026-04-10", "action": "start", "plan": plan}
            for name, plan in (("ana", "pro"), ("bo", "max"))
        ]
        scenario = {
            "catalog": {"features": FEATURES, "plans": plans},
            "window": APRIL,
            "candidates": [{"name": "Pro", "plan": "pro"}],
            "subscriptions": starts,
        }
        at = datetime(2026, 4, 10, tzinfo=UTC)
        usage = Usage.from_events(["ana", "bo"], [at, at], ["call", "call"], [3, 2])
        [value] = margins(replay(Scenario.model_validate(scenario), usage))[0].blocked
        assert (value.units, value.cost, value.revenue) == (5, Decimal("2.5"), 13)

    def test_the_parts_with_a_price_add_up(self) -> None:
        usage = [("ana", "2026-04-01", "call", 12), ("ana", "2026-04-01", "image", 3)]
        [margin] = margins(replayed(balance_plan(block_on_exhaustion=True, features={"call": {"unit_price": 1}}), usage))
        assert (margin.blocked_cost, margin.blocked_revenue) == (12, 12)
        assert [one.margin for one in margin.blocked] == [6, None]


class TestSharing:
    @given(
        st.lists(
            st.tuples(
                st.integers(-(2**61), 2**61),
                st.lists(st.tuples(st.integers(0, 2**60), st.integers(0, 3)), min_size=0, max_size=4),
            ),
            max_size=5,
        )
    )
    def test_shares_add_up_and_go_by_weight(self, segments: list[tuple[int, list[tuple[int, int]]]]) -> None:
        offsets = np.cumsum([0, *(len(cells) for _, cells in segments)])
        weights = np.array([weight for _, cells in segments for weight, _ in cells], np.int64)
        events = np.array([event for _, cells in segments for _, event in cells], np.int64)
        shares = shared_out(offsets, np.array([amount for amount, _ in segments], np.int64), weights, events).tolist()
        for (amount, cells), first, end in zip(segments, offsets, offsets[1:], strict=False):
            own = shares[first:end]
            counted = [weight for weight, _ in cells] if any(weight for weight, _ in cells) else [event for _, event in cells]
            assert sum(own) == (amount if sum(counted) else 0)
            assert all(
                abs(share * sum(counted) - amount * part) <= sum(counted) for share, part in zip(own, counted, strict=True)
            )
