"""One customer's statement: ledger, allowance over time, portal, invoices in words. Figures are small enough to add up by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from commet_core.engine import tables
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.reports.statement import (
    Statement,
    allowance,
    customer_place,
    features_used,
    find_customers,
    ledger_columns_unused,
    ledger_rows,
    ledger_table,
    statement_of,
    tie_out,
    totals,
)
from commet_core.reports.statement.allowance_title import balance_title, credits_title, used_title
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.line_words import line_words
from commet_core.reports.statement.portal import portal
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

FEATURES = {
    "call": {"name": "API calls", "unit": "call"},
    "image": {"name": "Images", "unit": "image"},
    "storage": {"unit": "GB"},
}
PLANS: dict[str, dict[str, Any]] = {
    "metered": {
        "name": "Pro",
        "consumption_model": "metered",
        "prices": {"monthly": 99},
        "features": {
            "call": {"included": 10, "overage": {"unit_price": "0.015"}},
            "image": {"included": 2},
            "storage": {"unlimited": True},
        },
    },
    "credits": {
        "name": "Maker",
        "consumption_model": "credits",
        "prices": {"monthly": 49},
        "included_credits": 10,
        "features": {"call": {"credits_per_unit": 1}, "image": {"credits_per_unit": 4}},
    },
    "balance": {
        "consumption_model": "balance",
        "prices": {"monthly": 50},
        "included_balance": 5,
        "features": {"call": {"unit_price": 1}, "image": {"unit_price": "2.5"}},
    },
}
PACKS = {"small": {"name": "Small pack", "credits": 5, "price": 3}}

Event = tuple[str, str, Any]


def time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def usage_of(events: Mapping[str, Sequence[Event]]) -> Usage:
    rows = [(customer, time(when), feature, value) for customer, own in events.items() for when, feature, value in own]
    return Usage.from_events(*[list(column) for column in zip(*rows, strict=True)])


def replayed(
    plan: str, events: Mapping[str, Sequence[Event]], *, candidate: Any = None, changes: Any = None, **scenario: Any
) -> Replay:
    """One candidate, named like its plan, in a window of two months."""
    document = {
        "catalog": {
            "currency": scenario.pop("currency", "usd"),
            "features": FEATURES,
            "plans": {plan: PLANS[plan] | (changes or {})},
            "credit_packs": PACKS,
        },
        "window": {"start": "2026-01-01", "end": "2026-03-01"},
        "start": "window",
        "candidates": [{"name": plan, "plan": plan, **(candidate or {})}],
        **scenario,
    }
    return replay(Scenario.model_validate(document), usage_of(events))


def statement(plan: str, events: Sequence[Event], **settings: Any) -> Statement:
    result = replayed(plan, {"ada": events}, **settings)
    return statement_of(result, result.runs[0], "ada")


def columns(stated: Statement, *names: str) -> list[tuple[Any, ...]]:
    table = ledger_table(stated, ledger_rows(stated))
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


class TestMeteredLedger:
    EVENTS = (
        ("2026-01-05", "call", 8),
        ("2026-01-06", "image", 2),
        ("2026-01-07", "call", 5),
        ("2026-01-08", "image", 1),
        ("2026-01-09", "storage", 700),
        ("2026-01-10", "call", 4),
        ("2026-02-01", "call", 1),
    )

    def test_each_feature_counts_on_its_own_and_starts_again_at_the_reset(self) -> None:
        stated = statement("metered", self.EVENTS)
        assert columns(stated, "feature", "period", "used_in_period", "included_left", "overage_units", "overage_cost") == [
            ("call", 1, 8, 2, 0, 0),
            ("image", 1, 2, 0, None, None),
            ("call", 1, 13, 0, 3, Decimal("0.045")),
            ("image", 1, 2, 0, None, None),
            ("storage", 1, 700, None, None, None),
            ("call", 1, 17, 0, 4, Decimal("0.06")),
            ("call", 2, 1, 9, 0, 0),
        ]

    def test_a_hard_limit_refuses_with_its_reason(self) -> None:
        stated = statement("metered", self.EVENTS)
        assert columns(stated, "outcome", "reason", "served")[2:4] == [
            ("served", None, 5),
            ("refused", "allowance_exhausted", 0),
        ]
        assert ledger_rows(stated, refused_only=True).tolist() == [3]

    def test_rows_are_chosen_by_feature_and_period(self) -> None:
        stated = statement("metered", self.EVENTS)
        assert ledger_rows(stated, feature="call").tolist() == [0, 2, 5, 6]
        assert ledger_rows(stated, feature="call", period=1).tolist() == [6]
        chosen = ledger_table(stated, ledger_rows(stated, period=1))
        assert chosen.to_pylist()[0] == {
            "candidate": "metered",
            "customer_id": "ada",
            "event": 7,
            "time": time("2026-02-01"),
            "period": 2,
            "feature": "call",
            "value": 1,
            "outcome": "served",
            "reason": None,
            "served": 1,
            "used_in_period": 1,
            "included_left": 9,
            "overage_units": 0,
            "overage_cost": 0,
        }

    def test_a_feature_outside_the_plan_is_refused(self) -> None:
        changes = {"features": {"call": {"included": 10}}}
        stated = statement("metered", [("2026-01-05", "image", 1)], changes=changes)
        assert columns(stated, "outcome", "reason", "served", "included_left") == [("refused", "not_in_plan", 0, None)]

    def test_of_a_total_whole_units_are_served(self) -> None:
        stated = statement("metered", [("2026-01-05", "image", "3.5"), ("2026-01-06", "image", 1)], rows="aggregate")
        assert columns(stated, "outcome", "reason", "served", "included_left") == [
            ("served in part", "allowance_exhausted", 2, 0),
            ("refused", "allowance_exhausted", 0, 0),
        ]

    def test_the_cost_of_a_fraction_is_rounded_half_up_at_nine_decimals(self) -> None:
        changes = {"features": {"call": {"overage": {"unit_price": "0.000000003"}}}}
        stated = statement("metered", [("2026-01-05", "call", "0.5"), ("2026-01-05", "call", "1.1")], changes=changes)
        assert columns(stated, "overage_units", "overage_cost") == [
            (Decimal("0.5"), Decimal("0.000000002")),
            (Decimal("1.1"), Decimal("0.000000003")),
        ]


class TestCreditsLedger:
    EVENTS = (
        ("2026-01-05", "image", 2),
        ("2026-01-06", "image", 1),
        ("2026-02-01", "call", 1),
        ("2026-02-02", "image", 3),
        ("2026-02-03", "storage", 1),
    )

    def test_plan_credits_go_first_then_purchased_ones_which_outlive_the_reset(self) -> None:
        stated = statement("credits", self.EVENTS, candidate={"purchases": {"pack": "small"}})
        names = ("credits", "from_plan_credits", "from_purchased_credits", "credits_bought")
        assert columns(stated, *names, "plan_credits_left", "purchased_credits_left") == [
            (8, 8, 0, 0, 2, 0),
            (4, 2, 2, 5, 0, 3),
            (1, 1, 0, 0, 9, 3),
            (12, 9, 3, 0, 0, 0),
            (0, 0, 0, 0, 0, 0),
        ]
        assert columns(stated, "reason")[-1] == ("not_in_plan",)

    def test_without_packs_an_event_that_is_too_dear_is_refused_and_a_cheaper_one_is_not(self) -> None:
        stated = statement("credits", [*self.EVENTS[:2], ("2026-01-07", "call", 2)])
        assert columns(stated, "outcome", "credits", "plan_credits_left") == [
            ("served", 8, 2),
            ("refused", 0, 2),
            ("served", 2, 0),
        ]

    def test_a_pack_given_away_is_seen_though_no_invoice_has_it(self) -> None:
        result = Scenario.model_validate(
            {
                "catalog": {
                    "features": FEATURES,
                    "plans": {"credits": PLANS["credits"]},
                    "credit_packs": {"gift": {"credits": 7, "price": 0}},
                },
                "candidates": [{"name": "credits", "plan": "credits", "purchases": {"pack": "gift"}}],
            }
        )
        run = replay(result, usage_of({"ada": [("2026-01-05", "image", 4)]}))
        stated = statement_of(run, run.runs[0], "ada")
        assert columns(stated, "credits_bought", "from_plan_credits", "from_purchased_credits") == [(7, 10, 6)]


class TestBalanceLedger:
    EVENTS = (
        ("2026-01-05", "call", 4),
        ("2026-01-06", "image", 1),
        ("2026-01-07", "call", 1),
        ("2026-02-01", "call", 2),
    )

    def test_below_zero_the_uncovered_part_is_overage_and_the_reset_restores(self) -> None:
        stated = statement("balance", self.EVENTS)
        assert columns(stated, "cost", "overage_cost", "topped_up", "balance_left") == [
            (4, 0, 0, 1),
            (Decimal("2.5"), Decimal("1.5"), 0, Decimal("-1.5")),
            (1, 1, 0, Decimal("-2.5")),
            (2, 0, 0, 3),
        ]

    def test_top_ups_are_seen_and_what_they_do_not_cover_is_refused(self) -> None:
        stated = statement(
            "balance",
            [*self.EVENTS, ("2026-02-02", "call", 30)],
            changes={"block_on_exhaustion": True},
            candidate={"top_up": {"amount": 2, "max_per_period": 2}},
        )
        assert columns(stated, "outcome", "cost", "topped_up", "balance_left") == [
            ("served", 4, 0, 1),
            ("served", Decimal("2.5"), 2, Decimal("0.5")),
            ("served", 1, 2, Decimal("1.5")),
            ("served", 2, 0, 3),
            ("refused", 0, 0, 3),
        ]


@pytest.mark.parametrize("plan", ["metered", "credits", "balance"])
@pytest.mark.parametrize("rows", ["event", "aggregate"])
def test_every_ledger_adds_up_to_the_result_tables(plan: str, rows: str) -> None:
    """Random usage of several customers: what the ledgers say in all is what the replay's periods say."""
    random = np.random.default_rng(11)
    codes = ["call", "image", "storage"]
    events = {
        f"customer {place}": [
            (
                (time("2026-01-01") + timedelta(minutes=int(minute))).isoformat()[:19],
                codes[int(random.integers(3))],
                int(random.integers(0, 4)),
            )
            for minute in np.sort(random.integers(0, 59 * 1440, 120))
        ]
        for place in range(4)
    }
    candidate = {"credits": {"purchases": {"pack": "small", "max_packs_per_period": 3}}}.get(plan)
    result = replayed(plan, events, rows=rows, candidate=candidate)
    run = result.runs[0]
    periods = tables.periods(run).to_pylist()
    for customer_id in events:
        stated = statement_of(result, run, customer_id)
        ledger = ledger_table(stated, ledger_rows(stated)).to_pylist()
        for period in (row for row in periods if row["customer_id"] == customer_id):
            own = [row for row in ledger if row["period"] == period["period_index"] + 1]
            assert sum(row["outcome"] == "served" for row in own) == period["served_events"]
            if plan == "credits":
                assert sum(row["from_plan_credits"] for row in own) == period["plan_credits_used"]
                assert sum(row["from_purchased_credits"] for row in own) == period["purchased_credits_used"]
                assert sum(row["credits_bought"] for row in own) == period["purchased_credits_bought"]
            elif plan == "balance":
                assert sum(row["cost"] for row in own) == period["balance_used"]
                assert sum(row["overage_cost"] for row in own) == period["balance_overage"]
            else:
                cost = sum(row["overage_cost"] or 0 for row in own)
                assert cost.quantize(Decimal("0.01"), "ROUND_HALF_UP") == period["overage"]
        assert tie_out(stated).holds


@pytest.mark.parametrize(
    ("plan", "settings", "unused"),
    [
        ("metered", {}, {"served"}),
        ("metered", {"rows": "aggregate"}, set()),
        ("metered", {"changes": {"prices": {}}}, {"served", "overage_units", "overage_cost"}),
        ("credits", {}, {"served", "from_purchased_credits", "credits_bought", "purchased_credits_left"}),
        ("credits", {"candidate": {"purchases": {"pack": "small"}}}, {"served"}),
        ("balance", {}, {"served", "topped_up"}),
        ("balance", {"changes": {"block_on_exhaustion": True}}, {"served", "topped_up", "overage_cost"}),
        (
            "balance",
            {"changes": {"block_on_exhaustion": True}, "candidate": {"top_up": {"amount": 2}}},
            {"served", "overage_cost"},
        ),
    ],
)
def test_columns_that_a_plan_never_fills_are_known(plan: str, settings: dict[str, Any], unused: set[str]) -> None:
    stated = statement(plan, TestMeteredLedger.EVENTS, **settings)
    assert ledger_columns_unused(stated) == unused
    table = ledger_table(stated, ledger_rows(stated))
    for column in unused - {"served"}:
        assert not any(table[column].to_pylist())


class TestInvoices:
    def test_lines_are_read_as_sentences_and_add_up(self) -> None:
        stated = statement("metered", [("2026-01-05", "call", 13), ("2026-02-03", "call", 11)])
        assert stated.invoices["total"].to_pylist() == [Decimal("99.00"), Decimal("99.05"), Decimal("0.02")]
        assert line_words(stated) == [
            "Pro, base price for the month, 1 Jan 2026 to 31 Jan 2026",
            "Pro, base price for the month, 1 Feb 2026 to 28 Feb 2026",
            "API calls, 1 Jan 2026 to 31 Jan 2026: 3 calls beyond the 10 included × $0.015 = $0.045, rounded to $0.05",
            "API calls, 1 Feb 2026 to 28 Feb 2026: 1 call beyond the 10 included × $0.015 = $0.015, rounded to $0.02",
        ]
        sums = tie_out(stated)
        assert (sums.lines, sums.invoices, sums.billed, sums.holds) == (*[Decimal("198.07")] * 3, True)

    def test_nothing_included_is_not_mentioned(self) -> None:
        changes = {"features": {"call": {"overage": {"unit_price": "0.01"}}}}
        stated = statement("metered", [("2026-01-05", "call", 5000)], changes=changes)
        assert line_words(stated)[-1] == "API calls, 1 Jan 2026 to 31 Jan 2026: 5,000 calls × $0.01"

    def test_packs_and_their_credits_are_named(self) -> None:
        stated = statement("credits", [("2026-01-05", "image", 5)], candidate={"purchases": {"pack": "small"}})
        assert line_words(stated)[1] == "2 × Small pack (5 credits) × $3.00"

    def test_a_balance_below_zero_names_usage_and_balance(self) -> None:
        stated = statement("balance", [("2026-01-05", "call", 8)])
        assert line_words(stated)[-1] == "1 Jan 2026 to 31 Jan 2026: usage of $8.00 beyond the balance of $5.00"

    def test_top_ups(self) -> None:
        rule = {"top_up": {"amount": 2}}
        stated = statement("balance", [("2026-01-05", "call", 8)], changes={"block_on_exhaustion": True}, candidate=rule)
        assert line_words(stated)[1] == "2 top-ups × $2.00"

    def test_yen_has_no_decimals(self) -> None:
        stated = statement("metered", [("2026-01-05", "call", 13)], currency="jpy")
        assert line_words(stated)[:2] == [
            "Pro, base price for the month, 1 Jan 2026 to 31 Jan 2026",
            "Pro, base price for the month, 1 Feb 2026 to 28 Feb 2026",
        ]
        assert tie_out(stated).billed == Decimal(198)

    def test_only_the_customers_own_invoices_are_there(self) -> None:
        result = replayed(
            "metered", {name: [("2026-01-05", "call", units)] for name, units in (("a", 1), ("b", 110), ("c", 1))}
        )
        stated = statement_of(result, result.runs[0], "b")
        assert stated.invoices["customer_id"].to_pylist() == ["b", "b"]
        assert stated.invoice_lines["amount"].to_pylist() == [99, 99, Decimal("1.5")]

    def test_a_sum_that_is_off_is_not_called_a_match(self) -> None:
        stated = statement("metered", [("2026-01-05", "call", 13)])
        stated.own.bill.lines.amounts[0] += 1
        assert not tie_out(stated).holds


class TestAllowanceTitle:
    """Two periods, January and February."""

    def test_metered_tells_the_periods_beyond_those_refused_or_the_highest(self) -> None:
        stated = statement("metered", TestMeteredLedger.EVENTS)
        assert used_title(stated, "call") == "API calls: beyond what is included in 1 of 2 periods"
        assert used_title(stated, "image") == "Images: used up in 1 of 2 periods, then refused"
        assert used_title(stated, "storage") == "storage: at most 700 GB a period"
        within = statement("metered", [("2026-01-05", "call", 2), ("2026-02-05", "call", 9)])
        assert used_title(within, "call") == "API calls: within what is included, at most 9 calls a period"

    def test_credits_tell_when_they_run_out_and_when_packs_are_bought(self) -> None:
        events = [("2026-01-05", "image", 5), ("2026-02-05", "call", 1)]
        assert credits_title(statement("credits", events)) == "Credits run out in 1 of 2 periods, and usage is refused"
        buying = statement("credits", events, candidate={"purchases": {"pack": "small"}})
        assert credits_title(buying) == "Packs are bought in 1 of 2 periods"
        assert credits_title(statement("credits", [("2026-01-05", "call", 1)])) == "Credits are enough in every period"

    def test_a_balance_tells_when_it_is_below_zero_used_up_or_topped_up(self) -> None:
        events, stops = [("2026-01-05", "call", 8), ("2026-02-05", "call", 9)], {"block_on_exhaustion": True}
        assert balance_title(statement("balance", events)) == "The balance goes below zero in every period"
        stopped = statement("balance", events, changes=stops)
        assert balance_title(stopped) == "The balance runs out in every period, and usage is refused"
        topped_up = statement("balance", events, changes=stops, candidate={"top_up": {"amount": 2}})
        assert balance_title(topped_up) == "The balance is topped up in every period"
        assert balance_title(statement("balance", [("2026-01-05", "call", 1)])) == "The balance is enough in every period"


class TestAllowance:
    def test_metered_steps_at_each_event_and_each_reset(self) -> None:
        stated = statement("metered", TestMeteredLedger.EVENTS)
        shown = allowance.used_of_feature(stated, "call")
        assert [(row["time"].isoformat()[:10], row["used"]) for row in shown.steps.to_pylist()] == [
            ("2026-01-01", 0),
            ("2026-01-05", 8),
            ("2026-01-07", 13),
            ("2026-01-10", 17),
            ("2026-02-01", 0),
            ("2026-02-01", 1),
            ("2026-03-01", 1),
        ]
        assert (shown.included, shown.whole) == (10, True)
        assert shown.marks["kind"].to_pylist() == ["reset", "reset"]

    def test_a_metered_refusal_is_marked_where_it_happened(self) -> None:
        stated = statement("metered", TestMeteredLedger.EVENTS)
        marks = allowance.used_of_feature(stated, "image").marks.to_pylist()
        refusal = next(mark for mark in marks if mark["kind"] == "allowance_exhausted")
        assert (refusal["time"], refusal["count"], refusal["level"]) == (time("2026-01-08"), 1, 2)

    def test_unlimited_has_no_line_to_count_against(self) -> None:
        assert allowance.used_of_feature(statement("metered", TestMeteredLedger.EVENTS), "storage").included is None

    def test_credits_show_both_stocks_and_the_purchase(self) -> None:
        stated = statement("credits", TestCreditsLedger.EVENTS, candidate={"purchases": {"pack": "small"}})
        shown = allowance.credits_left(stated)
        assert [(row["plan_credits"], row["purchased_credits"]) for row in shown.steps.to_pylist()] == [
            (10, 0),
            (2, 0),
            (0, 3),
            (10, 3),
            (9, 3),
            (0, 0),
            (0, 0),
            (0, 0),
        ]
        marks = [(row["kind"], row["count"], row["amount"], row["level"]) for row in shown.marks.to_pylist()]
        assert marks == [("reset", 1, None, 10), ("reset", 1, None, 13), ("purchase", 1, 5, 3), ("not_in_plan", 1, None, 0)]

    def test_balance_goes_below_zero_and_comes_back(self) -> None:
        shown = allowance.balance_left(statement("balance", TestBalanceLedger.EVENTS))
        assert shown.steps["balance"].to_pylist() == [5, 1, Decimal("-1.5"), Decimal("-2.5"), 5, 3, 3]

    @pytest.mark.parametrize("plan", ["credits", "balance"])
    def test_of_many_events_few_points_stay_and_none_is_invented(self, plan: str) -> None:
        first = time("2026-01-01")
        events = [((first + timedelta(minutes=3 * step)).isoformat()[:19], "call", "0.001") for step in range(25_000)]
        stated = statement(plan, events)
        shown = allowance.credits_left(stated) if plan == "credits" else allowance.balance_left(stated)
        assert not shown.whole
        assert 400 <= shown.steps.num_rows < 2_500
        level = "plan_credits" if plan == "credits" else "balance"
        left = ledger_table(stated, ledger_rows(stated))[f"{level}_left"].to_pylist()
        assert set(shown.steps[level].to_pylist()) <= {*left, shown.included}
        assert min(shown.steps[level].to_pylist()) == min(left)
        assert shown.steps["time"].to_pylist() == sorted(shown.steps["time"].to_pylist())

    def test_a_short_dip_survives_the_thinning(self) -> None:
        """5,000 free events around one that empties the balance, minutes before the reset refills it."""
        events = [(f"2026-01-31T{10 + step // 600:02}:{step // 10 % 60:02}:{step % 10:02}", "call", 0) for step in range(5_000)]
        stated = statement("balance", [*events, ("2026-01-31T23:59:00", "call", 9)])
        shown = allowance.balance_left(stated)
        assert not shown.whole
        assert min(shown.steps["balance"].to_pylist()) == -4

    def test_of_every_stretch_the_first_the_last_and_the_extremes_stay(self) -> None:
        levels = np.array([5, 5, 1, 9, 4, 4, 7, 7])
        assert allowance._thinned(np.array([0, 0, 0, 0, 0, 2, 2, 2]), [levels], np.array([1])).tolist() == [
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
        ]
        assert allowance._thinned(np.array([0, 0, 0, 0, 0, 2, 2, 2]), [-levels], np.array([], int)).tolist() == [
            0,
            2,
            3,
            4,
            5,
            6,
            7,
        ]
        assert allowance._thinned(np.array([0, 0, 0, 0]), [np.array([3, 2, 2, 2])], np.array([], int)).tolist() == [0, 1, 3]

    def test_many_refusals_become_few_marks_that_count_them_all(self) -> None:
        first = time("2026-01-01")
        events = [((first + timedelta(seconds=40 * step)).isoformat()[:19], "storage", 1) for step in range(20_000)]
        marks = allowance.credits_left(statement("credits", events)).marks.to_pylist()
        refusals = [mark for mark in marks if mark["kind"] == "not_in_plan"]
        assert len(refusals) <= 400
        assert sum(mark["count"] for mark in refusals) == 20_000

    def test_a_single_event(self) -> None:
        shown = allowance.balance_left(statement("balance", [("2026-01-05", "call", 1)]))
        assert shown.steps["balance"].to_pylist() == [5, 4, 5, 5]


class TestPortal:
    def test_metered_shows_each_features_allowance_on_the_evening_of_a_day(self) -> None:
        stated = statement("metered", TestMeteredLedger.EVENTS)
        seen = portal(stated, time("2026-01-08"))
        calls, images, storage = seen.features
        assert (calls.name, calls.used, calls.included, calls.left, calls.overage, calls.unit_price) == (
            "API calls", 13, 10, 0, 3, Decimal("0.015"),
        )  # fmt: skip
        assert (images.used, images.left, images.unit_price) == (2, 0, None)
        assert (storage.unlimited, storage.used, storage.left) == (True, 0, None)
        assert (seen.plan_name, seen.price, seen.interval) == ("Pro", 99, "monthly")
        assert (seen.resets_at, seen.next_charge_at) == (time("2026-02-01"), time("2026-02-01"))

    def test_a_moment_at_the_reset_shows_the_evening_before(self) -> None:
        stated = statement("credits", TestCreditsLedger.EVENTS, candidate={"purchases": {"pack": "small"}})
        before, after = portal(stated, time("2026-02-01")), portal(stated, time("2026-02-02"))
        assert (before.plan_left, before.purchased_left) == (0, 3)
        assert (after.plan_left, after.purchased_left) == (9, 3)
        assert [feature.left for feature in after.features] == [12, 3]
        assert list(after.packs) == ["small"]

    def test_invoices_are_those_issued_by_then_the_latest_first(self) -> None:
        stated = statement("metered", [("2026-01-05", "call", 13), ("2026-02-05", "call", 13)])
        assert portal(stated, time("2026-02-01")).invoices["invoice_number"].to_pylist() == [1]
        assert portal(stated, time("2026-02-02")).invoices["invoice_number"].to_pylist() == [2, 1]
        assert portal(stated, time("2026-03-01")).invoices["kind"].to_pylist() == ["closing", "recurring", "recurring"]

    def test_a_balance_below_zero_pays_for_nothing_more(self) -> None:
        seen = portal(statement("balance", TestBalanceLedger.EVENTS), time("2026-01-31"))
        assert (seen.plan_left, seen.granted, seen.blocks) == (Decimal("-2.5"), 5, False)
        assert [feature.left for feature in seen.features] == [0, 0]

    def test_before_any_usage_of_a_period_everything_is_there(self) -> None:
        seen = portal(statement("balance", [("2026-01-05", "call", 1)]), time("2026-02-20"))
        assert (seen.plan_left, seen.period_start) == (5, time("2026-02-01"))

    def test_a_period_that_the_window_cuts_off_resets_when_it_would(self) -> None:
        stated = statement("metered", [("2026-01-20T15:00", "call", 1)], start="first_use")
        assert portal(stated, time("2026-03-01")).resets_at == time("2026-03-20")

    def test_a_quarter_is_charged_again_after_three_months(self) -> None:
        stated = statement("metered", [("2026-01-05", "call", 1)], changes={"prices": {"quarterly": 270}})
        seen = portal(stated, time("2026-02-10"))
        assert (seen.resets_at, seen.next_charge_at) == (time("2026-03-01"), time("2026-04-01"))

    @pytest.mark.parametrize("prices", [{}, {"one_time": 300}])
    def test_a_free_or_bought_plan_is_never_charged_again(self, prices: dict[str, int]) -> None:
        stated = statement("metered", [("2026-01-05", "call", 1)], changes={"prices": prices})
        assert portal(stated, time("2026-02-10")).next_charge_at is None

    def test_weekly_plans_reset_after_seven_days(self) -> None:
        stated = statement("credits", [("2026-01-05", "call", 1)], changes={"prices": {"weekly": 5}})
        seen = portal(stated, time("2026-01-12"))
        assert (seen.period_start, seen.resets_at) == (time("2026-01-08"), time("2026-01-15"))

    @pytest.mark.parametrize("when", ["2026-01-01", "2026-03-02"])
    def test_a_moment_outside_the_customers_window_is_a_clear_error(self, when: str) -> None:
        stated = statement("metered", [("2026-01-05", "call", 1)])
        with pytest.raises(InputError, match=r"is not in the customer's window. Choose one after 2026-01-01, up to 2026-03-01"):
            portal(stated, time(when))


class TestFindingCustomers:
    EVENTS = {
        "=1+1": [("2026-01-05", "call", 200)],
        'Ada\n"L"': [("2026-01-05", "call", 1), ("2026-01-05", "image", 9), ("2026-01-06", "call", 1)],
        "bob": [("2026-01-05", "call", 1), ("2026-01-06", "call", 1)],
    }

    def test_largest_first_by_what_was_chosen(self) -> None:
        run = replayed("metered", self.EVENTS).runs[0]
        assert find_customers(run).table.to_pylist()[0] == {
            "customer_id": "=1+1", "billed": Decimal("200.85"), "events": 1, "refused_events": 0,
        }  # fmt: skip
        assert find_customers(run, "events").table["customer_id"].to_pylist() == ['Ada\n"L"', "bob", "=1+1"]
        assert find_customers(run, "refused").table["customer_id"].to_pylist() == ['Ada\n"L"', "=1+1", "bob"]

    def test_a_part_of_the_name_in_any_case_is_enough_and_is_never_a_pattern(self) -> None:
        run = replayed("metered", self.EVENTS).runs[0]
        assert find_customers(run, part="ADA").table["customer_id"].to_pylist() == ['Ada\n"L"']
        assert find_customers(run, part=".").count == 0
        assert find_customers(run, part="1+").count == 1

    def test_only_the_first_are_listed_but_all_are_counted(self) -> None:
        found = find_customers(replayed("metered", self.EVENTS).runs[0], most=2)
        assert (found.table.num_rows, found.count) == (2, 3)

    def test_a_customer_outside_the_window_has_no_statement(self) -> None:
        result = replayed("metered", {"early": [("2025-06-01", "call", 1)], "in time": [("2026-01-05", "call", 1)]})
        run = result.runs[0]
        assert (customer_place(run, "early"), customer_place(run, "in time"), customer_place(run, "nobody")) == (None, 0, None)
        with pytest.raises(InputError, match="no usage in the window"):
            statement_of(result, run, "early")


class TestWords:
    def test_the_totals_of_the_window(self) -> None:
        stated = statement("metered", TestMeteredLedger.EVENTS)
        found = totals(stated)
        assert (found.billed, found.base, found.overage, found.purchases) == (Decimal("198.11"), 198, Decimal("0.11"), 0)
        assert (found.events, found.refused_events) == (7, 1)
        assert features_used(stated) == ["call", "image", "storage"]

    @pytest.mark.parametrize(
        ("plan", "settings", "sentence", "rule"),
        [
            ("metered", {}, "a hard limit: 1 event was refused", "4.3"),
            ("metered", {"changes": {"prices": {}}}, "On a free plan what is included is a hard limit: 3 events were", "7.1"),
            ("metered", {"rows": "aggregate"}, "as many whole units are served as can be paid for", "3.2"),
            ("metered", {}, "unlimited feature is always served", "3.5"),
            ("metered", {"start": "first_use"}, "starts on 5 Jan 2026, the day of the first event", "2.2, 2.3, 2.5"),
            ("metered", {"start": "first_use"}, "the last period off", "2.6"),
            ("credits", {}, "Plan credits first, then purchased credits: of the 9 credits used, 9 came from the plan", "5.2"),
            ("credits", {"start": "first_use"}, "unused ones are forfeited, 1 in all", "5.3"),
            (
                "balance",
                {"start": "first_use", "changes": {"included_balance": 40}},
                "what is left is forfeited, top-ups included: $14.50 in all",
                "6.4",
            ),
            ("credits", {}, "never buy", "5.6"),
            ("credits", {}, "4 events were refused for want of credits", "5.4"),
            (
                "credits",
                {"candidate": {"purchases": {"pack": "small", "max_packs_per_period": 4, "probability": "0.5"}}},
                "buys the pack Small pack, at most 4 packs a period, in 50 % of the periods",
                "5.6",
            ),
            ("balance", {}, "Below zero usage goes on", "6.2"),
            ("balance", {"changes": {"block_on_exhaustion": True}}, "4 events were refused because of it", "6.3"),
            (
                "balance",
                {"changes": {"block_on_exhaustion": True}, "candidate": {"top_up": {"amount": 20, "max_per_period": 1}}},
                "tops up by $20.00, at most 1 time a period; this one added $20.00",
                "6.5",
            ),
            ("balance", {}, "1 event was refused, being of a feature outside the plan", "3.3"),
            ("metered", {"currency": "jpy"}, "half up, to ¥1", "1.3"),
        ],
    )
    def test_the_rules_that_decided_are_named(self, plan: str, settings: dict[str, Any], sentence: str, rule: str) -> None:
        reasons = explanation(statement(plan, TestMeteredLedger.EVENTS, **settings))
        assert [reason.rule for reason in reasons if sentence in reason.sentence] == [rule]


def test_seats_and_add_ons_are_read_as_sentences() -> None:
    """5 seats of 3 included, a sixth on January 11: 21 of 31 days. The add-on is activated on January 16: 16 days of 31."""
    catalog = {
        "features": {"call": {}, "sms": {"name": "SMS"}, "editors": {"name": "Editors", "unit": "seat", "type": "seats"}},
        "plans": {
            "pro": {
                "consumption_model": "metered",
                "prices": {"monthly": 60},
                "features": {"call": {"unlimited": True}, "editors": {"included": 3, "overage": {"unit_price": 12}}},
            }
        },
        "addons": {"texts": {"name": "Texts", "feature": "sms", "consumption_model": "metered", "base_price": 31}},
    }
    act = {"customer_id": "ada", "action": "activate_add_on", "item": "texts", "at": "2026-01-16"}
    levels = [
        {"customer_id": "ada", "at": "2026-01-01", "feature": "editors", "set": "5"},
        {"customer_id": "ada", "at": "2026-01-11", "feature": "editors", "change": "1"},
    ]
    scenario = Scenario.model_validate(
        {
            "catalog": catalog,
            "window": {"start": "2026-01-01", "end": "2026-03-01"},
            "start": "window",
            "subscriptions": [{"customer_id": "ada", "action": "start", "at": "2026-01-01"}, act],
            "levels": levels,
            "candidates": [{"name": "Pro", "plan": "pro"}],
        }
    )
    result = replay(scenario, usage_of({"ada": [("2026-01-05", "call", 1)]}))
    stated = statement_of(result, result.runs[0], "ada")
    amounts = [str(row["amount"]) for row in stated.invoice_lines.to_pylist()]
    assert list(zip(line_words(stated), amounts, strict=True)) == [
        ("pro, base price for the month, 1 Jan 2026 to 31 Jan 2026", "60.00"),
        ("Editors, in advance: 2 seats beyond what is included × $12.00", "24.00"),
        ("Add-on Texts, for the 16 days that remained of the interval, at $31.00 for a whole one", "16.00"),
        ("pro, base price for the month, 1 Feb 2026 to 28 Feb 2026", "60.00"),
        ("Add-on Texts, for the interval", "31.00"),
        ("Editors, in advance: 3 seats beyond what is included × $12.00", "36.00"),
        ("Editors, added in the course of the interval: 21 seat-days × $0.387096774", "8.13"),
    ]
