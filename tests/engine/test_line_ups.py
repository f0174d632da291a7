"""Line-ups: which plan of its group each customer is on, worked out by hand.

small  $10 a month with 10 calls, $1 for one more
large  $40 a month with 100 calls, $0.50 for one more
The large plan is the cheaper one from 41 calls a month on: 10 + 31 = 41 against 40.
"""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.foundation.arrow import concatenated
from commet_core.foundation.errors import InputError
from commet_core.reports.compare import summarize
from commet_core.reports.compare.plans import customers_by_plan, moves
from commet_core.reports.margin import margins
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.usage import Usage

MONTHS = (4, 5, 6)


def metered(price: int, included: int, overage: str, **more: Any) -> dict[str, Any]:
    terms = {"included": included, "overage": {"unit_price": overage}}
    return {"consumption_model": "metered", "prices": {"monthly": price}, "features": {"call": terms}} | more


CATALOG: dict[str, Any] = {
    "features": {"call": {"unit_cost": "0.1"}},
    "plans": {
        "small": metered(10, 10, "1"),
        "large": metered(40, 100, "0.5"),
        "free": {"consumption_model": "metered", "features": {"call": {"included": 5}}},
        "credits_small": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 10,
            "features": {"call": {"credits_per_unit": 1}},
        },
        "credits_large": {
            "consumption_model": "credits",
            "prices": {"monthly": 40},
            "included_credits": 100,
            "features": {"call": {"credits_per_unit": 1}},
        },
    },
    "credit_packs": {"only_large": {"credits": 10, "price": 5, "plans": ["credits_large"]}},
    "plan_groups": {
        "two": ["small", "large"],
        "three": ["free", "small", "large"],
        "alone": ["small"],
        "credits": ["credits_small", "credits_large"],
    },
    "offers": {"half": {"percent": 50, "cycles": 12}},
}


def line_up(choose: str, group: str = "two", **more: Any) -> dict[str, Any]:
    return {"name": "Line-up", "group": group, "choose": choose} | more


def used(**calls: tuple[int, ...]) -> Usage:
    """Calls of each customer in April, May and June, all on the 10th, each an event."""
    rows = [
        (customer, datetime(2026, month, 10, 0, 0, second // 60 % 60, tzinfo=UTC))
        for customer, by_month in calls.items()
        for month, count in zip(MONTHS, by_month, strict=True)
        for second in range(count)
    ]
    customers, times = zip(*rows, strict=True)
    return Usage.from_events(list(customers), list(times), ["call"] * len(rows), [1] * len(rows))


def replayed(usage: Usage, *candidates: dict[str, Any], **stated: Any) -> Replay:
    window = {"start": "2026-04-01", "end": "2026-07-01"}
    return replay(
        Scenario.model_validate({"catalog": CATALOG, "window": window, "start": "window", "candidates": candidates} | stated),
        usage,
    )


def plans_by_period(result: Replay) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in result.table("periods").to_pylist():
        found.setdefault(row["customer_id"], []).append(row["plan"])
    return found


def billed(result: Replay) -> dict[str, Decimal]:
    return {row["customer_id"]: row["billed"] for row in result.table("customers").to_pylist()}


def action(customer: str, at: str, kind: str, **cells: str) -> dict[str, str]:
    return {"customer_id": customer, "at": at, "action": kind} | cells


class TestCheapest:
    def test_each_is_on_the_plan_that_costs_it_least_over_the_window(self) -> None:
        """ana 30 + 30 = 60 against 120. bob 120 + 40 = 160 against 30 + 90 + 90 + 170 = 380."""
        result = replayed(used(ana=(20, 20, 20), bob=(100, 100, 180)), line_up("cheapest"))
        assert plans_by_period(result) == {"ana": ["small"] * 3, "bob": ["large"] * 3}
        assert billed(result) == {"ana": Decimal("60.00"), "bob": Decimal("160.00")}

    def test_at_equal_cost_the_lower_plan(self) -> None:
        """small: 30 + 90 = 120, large: 120."""
        assert plans_by_period(replayed(used(ana=(40, 40, 40)), line_up("cheapest")))["ana"][0] == "small"

    def test_a_plan_that_refuses_too_much_is_no_choice(self) -> None:
        """The free plan refuses 1 of 6 calls each month: more than nothing, no more than a sixth."""
        usage = used(ana=(6, 6, 6))
        assert plans_by_period(replayed(usage, line_up("cheapest", "three")))["ana"][0] == "small"
        allowed = line_up("cheapest", "three", blocked_share_max="0.166667")
        assert plans_by_period(replayed(usage, allowed))["ana"][0] == "free"

    def test_where_all_refuse_too_much_the_one_that_refuses_least(self) -> None:
        """Without packs 150 calls are more than either plan's credits."""
        assert plans_by_period(replayed(used(ana=(150, 0, 0)), line_up("cheapest", "credits")))["ana"][0] == "credits_large"

    def test_a_plan_on_which_an_action_is_impossible_is_no_choice(self) -> None:
        """ana would be cheaper on the small plan, where its pack is not sold."""
        rows = [action("ana", "2026-04-05", "buy_pack", item="only_large")]
        result = replayed(used(ana=(5, 5, 5), bob=(5, 5, 5)), line_up("cheapest", "credits"), subscriptions=rows)
        assert {customer: plans[0] for customer, plans in plans_by_period(result).items()} == {
            "ana": "credits_large",
            "bob": "credits_small",
        }
        assert result.problems == ()

    def test_nor_where_everything_may_be_refused(self) -> None:
        rows = [action("ana", "2026-04-05", "buy_pack", item="only_large")]
        dear = CATALOG["plans"]["credits_large"] | {"prices": {"monthly": 90}}
        packs = {"only_large": {"credits": 10, "price": 5, "plans": ["credits_large", "credits_dear"]}}
        catalog = CATALOG | {"plans": CATALOG["plans"] | {"credits_dear": dear}, "credit_packs": packs}
        catalog["plan_groups"] = {"credits": ["credits_small", "credits_dear", "credits_large"]}
        generous = line_up("cheapest", "credits", blocked_share_max=1)
        result = replayed(used(ana=(5, 5, 5)), generous, subscriptions=rows, catalog=catalog)
        assert plans_by_period(result)["ana"][0] == "credits_large"

    def test_what_is_impossible_on_all_plans_is_told(self) -> None:
        rows = [action("ana", "2026-04-05", "resume")]
        result = replayed(used(ana=(5, 5, 5), bob=(5, 5, 5)), line_up("cheapest"), subscriptions=rows)
        assert [problem.where for problem in result.problems] == ["subscriptions, row 1, action"]
        assert set(plans_by_period(result)) == {"bob"}

    def test_plans_of_starts_and_changes_are_not_followed_but_all_else_is(self) -> None:
        rows = [
            action("ana", "2026-05-01", "start", plan="large"),
            action("ana", "2026-05-10", "change_plan", plan="large"),
            action("ana", "2026-06-01", "pause"),
        ]
        result = replayed(used(ana=(0, 5, 5)), line_up("cheapest"), subscriptions=rows)
        assert plans_by_period(result) == {"ana": ["small"] * 3}
        states = [row["state"] for row in result.table("periods").to_pylist()]
        assert states == ["active", "active", "paused"]

    def test_a_row_that_names_the_candidate_and_a_plan_is_an_error_of_that_row(self) -> None:
        rows = [action("ana", "2026-04-01", "start", plan="large", candidate="Line-up")]
        result = replayed(used(ana=(5, 5, 5), bob=(5, 5, 5)), line_up("cheapest"), subscriptions=rows)
        (problem,) = result.problems
        assert str(problem) == (
            "subscriptions, row 1, plan: customer 'ana': candidate 'Line-up' decides by itself who is on which plan "
            "(choose: cheapest). Leave plan empty, remove a change_plan, or use choose: assigned."
        )

    def test_one_plan_alone_is_the_plan(self) -> None:
        usage = used(ana=(5, 50, 5), bob=(0, 0, 9))
        result = replayed(usage, line_up("cheapest", "alone"), {"name": "Plan", "plan": "small"})
        for name in TABLES:
            of_line_up, of_plan = (TABLES[name](run).drop_columns(["candidate"]) for run in result.runs)
            assert of_line_up.equals(of_plan), name

    def test_months_cost_the_same_as_on_the_plans_themselves(self) -> None:
        usage = used(ana=(20, 20, 20), bob=(100, 100, 180))
        plans = [{"name": name, "plan": name} for name in ("small", "large")]
        of_line_up, small, large = (monthly_costs(run).tolist() for run in replayed(usage, line_up("cheapest"), *plans).runs)
        assert of_line_up == [small[0], large[1]]
        assert of_line_up[0] == 20_00 * 10**6


class TestUpgrade:
    def test_moves_after_so_many_periods_in_which_the_next_plan_would_have_cost_less(self) -> None:
        """41 calls in April and in May: up on 1 June. bob has one such month after another without."""
        result = replayed(used(ana=(41, 41, 41), bob=(41, 0, 41)), line_up("upgrade"))
        assert plans_by_period(result) == {"ana": ["small", "small", "large"], "bob": ["small"] * 3}
        assert billed(result) == {"ana": Decimal("122.00"), "bob": Decimal("92.00")}

    def test_the_next_plan_takes_the_place_of_the_renewal(self) -> None:
        """On 1 May: 40 for the large plan and 31 calls beyond the small one's, on one invoice, without a credit."""
        result = replayed(used(ana=(41, 0, 0)), line_up("upgrade", upgrade_after_periods=1))
        invoices = result.table("invoices").to_pylist()
        assert [(row["kind"], row["issued_at"].month, row["total"]) for row in invoices] == [
            ("recurring", 4, Decimal("10.00")),
            ("recurring", 5, Decimal("71.00")),
            ("recurring", 6, Decimal("40.00")),
        ]

    def test_up_several_steps_one_after_the_other(self) -> None:
        """The free plan refuses calls in April; 41 calls in May are cheaper on the large plan."""
        result = replayed(used(ana=(41, 41, 41)), line_up("upgrade", "three", upgrade_after_periods=1))
        assert plans_by_period(result)["ana"] == ["free", "small", "large"]
        kinds = [row["kind"] for row in result.table("invoices").to_pylist()]
        assert kinds == ["plan_change", "recurring"]

    def test_refusals_that_are_allowed_are_no_reason(self) -> None:
        allowed = line_up("upgrade", "three", upgrade_after_periods=1, blocked_share_max="0.5")
        assert plans_by_period(replayed(used(ana=(10, 10, 10)), allowed))["ana"] == ["free"] * 3

    def test_the_share_of_the_base_price_counts_with_longer_intervals(self) -> None:
        """small at $120 a year, $10 a month as before. A move in the midst of the year gives back 335 of 365 days."""
        plans = CATALOG["plans"] | {
            "small": metered(10, 10, "1") | {"prices": {"yearly": 120}},
            "large": metered(40, 100, "0.5") | {"prices": {"yearly": 480}},
        }
        catalog = CATALOG | {"plans": plans}
        usage = used(ana=(41, 0, 0), bob=(40, 0, 0))
        result = replayed(usage, line_up("upgrade", upgrade_after_periods=1), catalog=catalog)
        assert {row["to_plan"]: row["customers"] for row in moves(result).to_pylist()} == {"large": 1}
        lines = [
            (row["kind"], row["amount"])
            for row in result.table("invoice_lines").to_pylist()
            if row["customer_id"] == "ana" and row["invoice_number"] == 2
        ]
        assert lines == [
            ("plan_base", Decimal("480.00")),
            ("feature_overage", Decimal("31.00")),
            ("credit", Decimal("-110.14")),
        ]

    def test_a_discount_makes_the_present_plan_cheaper_and_ends_with_the_move(self) -> None:
        """Half of $10: 45 calls cost 5 + 35 = 40, no more than the large plan; 46 cost 41."""
        offered = line_up("upgrade", upgrade_after_periods=1, offer="half")
        result = replayed(used(ana=(45, 45, 45), bob=(46, 0, 0)), offered)
        assert plans_by_period(result) == {"ana": ["small"] * 3, "bob": ["small", "large", "large"]}
        assert billed(result)["bob"] == 5 + 36 + 40 + 40

    def test_a_period_that_is_cut_off_begins_the_count_anew(self) -> None:
        rows = [action("ana", "2026-05-15", "pause"), action("ana", "2026-05-16", "resume")]
        result = replayed(used(ana=(41, 41, 41)), line_up("upgrade"), subscriptions=rows)
        assert set(plans_by_period(result)["ana"]) == {"small"}

    def test_a_cancellation_at_the_periods_end_comes_first(self) -> None:
        rows = [action("ana", "2026-04-15", "cancel")]
        result = replayed(used(ana=(41, 41, 41)), line_up("upgrade", upgrade_after_periods=1), subscriptions=rows)
        assert set(plans_by_period(result)["ana"]) == {"small"}

    def test_who_comes_back_after_a_cancellation_may_still_move_up(self) -> None:
        """41 calls in April, after which the subscription ends, and in the period from 5 May: up on 5 June."""
        rows = [action("ana", "2026-04-15", "cancel"), action("ana", "2026-05-05", "reactivate")]
        result = replayed(used(ana=(41, 41, 41)), line_up("upgrade", upgrade_after_periods=1), subscriptions=rows)
        assert plans_by_period(result)["ana"] == ["small", "small", "small", "large"]
        assert result.table("periods").to_pylist()[3]["period_start"] == datetime(2026, 6, 5, tzinfo=UTC)

    def test_a_trial_does_not_count(self) -> None:
        """The trial of April refuses 31 of 41 calls. May and June count: up on 1 July, when the window is over."""
        plans = CATALOG["plans"] | {"small": CATALOG["plans"]["small"] | {"trial_days": 30}}
        catalog, usage = CATALOG | {"plans": plans}, used(ana=(41, 41, 41))
        assert set(plans_by_period(replayed(usage, line_up("upgrade"), catalog=catalog))["ana"]) == {"small"}
        usage = used(ana=(41, 41, 41), bob=(1, 1, 1))
        sooner = replayed(usage, line_up("upgrade", upgrade_after_periods=1), catalog=catalog)
        assert plans_by_period(sooner) == {"ana": ["small", "small", "large"], "bob": ["small"] * 3}
        assert [row["state"] for row in sooner.table("periods").to_pylist()] == ["trial", "active", "active"] * 2

    def test_nobody_moves_to_a_plan_on_which_its_actions_are_impossible(self) -> None:
        packs = {"only_small": {"credits": 1, "price": 1, "plans": ["credits_small"]}}
        rows = [action("ana", "2026-06-05", "buy_pack", item="only_small")]
        usage = used(ana=(50, 50, 50), bob=(50, 50, 50))
        catalog = CATALOG | {"credit_packs": packs}
        result = replayed(usage, line_up("upgrade", "credits"), subscriptions=rows, catalog=catalog)
        assert plans_by_period(result) == {"ana": ["credits_small"] * 3, "bob": ["credits_small"] * 2 + ["credits_large"]}


class TestAssigned:
    def test_as_the_subscriptions_say_and_else_on_the_lowest(self) -> None:
        rows = [
            action("ana", "2026-04-01", "start", plan="large"),
            action("bob", "2026-04-01", "start"),
            action("bob", "2026-06-01", "change_plan", plan="large"),
        ]
        result = replayed(used(ana=(1, 1, 1), bob=(1, 1, 1), cyd=(90, 90, 90)), line_up("assigned"), subscriptions=rows)
        found = {customer: Counter(plans) for customer, plans in plans_by_period(result).items()}
        assert found["ana"] == {"large": 3}
        assert found["bob"]["large"] == 1
        assert found["cyd"] == {"small": 3}

    def test_a_plan_outside_the_group_is_told(self) -> None:
        rows = [action("ana", "2026-04-01", "start", plan="free")]
        result = replayed(used(ana=(1, 1, 1), bob=(1, 1, 1)), line_up("assigned"), subscriptions=rows)
        (problem,) = result.problems
        assert str(problem) == (
            "subscriptions, row 1, plan: customer 'ana': plan 'free' is not in plan group 'two' of candidate 'Line-up'. "
            "Choose one of small, large, or put it into the group."
        )


class TestEverywhere:
    CANDIDATES = (
        line_up("cheapest", name="Cheapest"),
        line_up("upgrade", "three", name="Upgrade", upgrade_after_periods=1),
        line_up("cheapest", "credits", name="Credits", blocked_share_max="0.1"),
        line_up("assigned", name="Assigned"),
    )
    CALLS = {f"c{number}": (7 * number % 60, 11 * number % 50, 1 + 13 * number % 90) for number in range(12)}

    def test_parts_of_customers_come_to_the_same(self) -> None:
        """Who moves depends on nobody else (billing-rules 14)."""
        rows = [action("c3", "2026-05-15", "pause"), action("c5", "2026-04-20", "start")]
        whole = replayed(used(**self.CALLS), *self.CANDIDATES, subscriptions=rows)
        parts = list(replay_pieces(whole.scenario, used(**self.CALLS), lambda part: part, events=60))
        assert len(parts) > 1
        assert len({plan for plans in plans_by_period(whole).values() for plan in plans if plan}) == 5
        for name, table in TABLES.items():
            for place in range(len(self.CANDIDATES)):
                together = concatenated([table(part.runs[place]) for part in parts])
                assert together.to_pylist() == table(whole.runs[place]).to_pylist(), name

    def test_everybody_is_on_one_of_the_plans_at_the_end(self) -> None:
        result = replayed(used(**self.CALLS), *self.CANDIDATES)
        ended = Counter[str]()
        for row in customers_by_plan(result).to_pylist():
            ended[row["candidate"]] += row["customers_last"]
        assert set(ended.values()) == {12}

    def test_finding_the_plans_is_part_of_the_progress(self) -> None:
        told: list[tuple[float, str]] = []
        scenario = replayed(used(**self.CALLS), *self.CANDIDATES).scenario
        replay(scenario, used(**self.CALLS), lambda share, sentence: told.append((share, sentence)))
        shares = [share for share, _ in told]
        assert shares == sorted(shares)
        assert 0 < shares[0] < shares[-1] <= 1
        assert "Finding who is on which plan of Upgrade" in [sentence for _, sentence in told]

    def test_refused_calls_are_worth_their_price_on_the_plan_that_refused_them(self) -> None:
        """ana is on the small plan, and 5 of 15 calls are refused there; bob on the large one, where 50 of 150 are."""
        packs = {"any": {"credits": 10, "price": 5, "plans": ["credits_large"]}}
        usage = used(ana=(15, 0, 0), bob=(150, 0, 0))
        rows = [action("bob", "2026-04-01", "start", plan="credits_large")]
        candidate = line_up("assigned", "credits")
        found = margins(replayed(usage, candidate, subscriptions=rows, catalog=CATALOG | {"credit_packs": packs}))[0]
        assert found.blocked[0].units == 55
        assert found.blocked[0].cost == Decimal("5.5")
        assert found.blocked[0].revenue == 5 * Decimal(1) + 50 * Decimal("0.5")

    def test_calls_refused_in_a_pause_are_worth_nothing(self) -> None:
        rows = [action("ana", "2026-04-02", "pause")]
        found = margins(replayed(used(ana=(15, 0, 0)), line_up("cheapest"), subscriptions=rows))[0]
        assert (found.blocked[0].units, found.blocked[0].revenue) == (15, None)

    def test_a_summary_names_the_lowest_plan(self) -> None:
        assert [one.plan for one in summarize(replayed(used(ana=(1, 1, 1)), *self.CANDIDATES))] == [
            "small",
            "free",
            "credits_small",
            "small",
        ]


class TestScenario:
    @pytest.mark.parametrize(
        ("candidate", "problem"),
        [
            ({"name": "N"}, "candidates.0.plan: is missing. Name a plan, or a plan group in `group`"),
            (
                {"name": "N", "plan": "small", "group": "two"},
                "candidates.0.group: the candidate has a plan already. Keep one of plan and group",
            ),
            (
                {"name": "N", "plan": "small", "choose": "upgrade"},
                "candidates.0.choose: says how customers choose within a plan group, and the candidate has one plan. Remove choose",
            ),
            (
                line_up("upgrade", "two", interval="yearly"),
                "candidates.0.interval: plan 'small' has no yearly price. Intervals it has: monthly",
            ),
        ],
    )
    def test_what_is_wrong_is_told(self, candidate: dict[str, Any], problem: str) -> None:
        with pytest.raises(InputError) as raised:
            replayed(used(ana=(1, 1, 1)), candidate)
        assert problem in str(raised.value)


@pytest.mark.parametrize(("currency", "times"), [("clf", 100), ("kwd", 10), ("jpy", Fraction(1, 100))])
def test_monthly_costs_by_days_are_right_with_any_number_of_decimals(tmp_path: Path, currency: str, times: Fraction) -> None:
    """In trial, so that days are counted: $20 in 15 of 22 days or the like is the same in every currency, in its minor unit."""
    path = tmp_path / "usage.csv"
    path.write_text("customer_id,timestamp,feature,value\nann,2026-01-05T10:00:00Z,call,7\nbob,2026-01-10,call,9\n")
    usage = read([path]).usage
    costs = {}
    for code in ("usd", currency):
        plan = {
            "consumption_model": "metered",
            "prices": {"monthly": 20},
            "trial_days": 7,
            "features": {"call": {"unlimited": True}},
        }
        catalog = {"currency": code, "features": {"call": {"name": "Call"}}, "plans": {"pro": plan}}
        scenario = {"catalog": catalog, "candidates": [{"name": "Pro", "plan": "pro"}]}
        costs[code] = monthly_costs(replay(Scenario.model_validate(scenario), usage).runs[0])
    assert (costs["usd"] > 0).all()
    assert [abs(Fraction(int(other)) / times - int(usual)) < 1_000 for usual, other in zip(*costs.values(), strict=True)] == [
        True,
        True,
    ]
