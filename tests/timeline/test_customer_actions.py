"""Actions on one customer: what happened to it, told in words, and the difference that actions make. Added up by hand.

April 2026 has 30 days, so that a plan of $30 a month costs a dollar a day. `ana` makes a call on every other day from 2 April.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.subscribed import CATALOG, action, calls, scenario

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.vocabulary import TRANSITIONS
from commet_core.reports.compare.blocked import blocked_features, blocked_table
from commet_core.reports.statement import (
    Statement,
    allowance,
    ledger_columns_unused,
    ledger_rows,
    ledger_table,
    statement_of,
    totals,
)
from commet_core.reports.statement.acting import changes_at, packs_at, usual_change
from commet_core.reports.statement.action_form import possible_kinds
from commet_core.reports.statement.action_words import action_words
from commet_core.reports.statement.difference import (
    billed_by_month,
    difference,
    invoices_changed,
    problems_of_actions,
    served_by_feature,
)
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.happenings import Happening, happenings
from commet_core.reports.statement.portal import portal
from commet_core.reports.statement.spells import spells, staying_words
from commet_core.reports.statement.trying import possible_without, refusals
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.timeline.transitions import PLAN_CHANGES


def replayed(subscriptions: Sequence[dict[str, Any]], *plans: str, events: int = 10, **stated: Any) -> Replay:
    return replay(scenario(subscriptions, *plans, **stated), calls(ana=events))


def statement(subscriptions: Sequence[dict[str, Any]], plan: str = "basic", events: int = 10) -> Statement:
    result = replayed(subscriptions, plan, events=events)
    return statement_of(result, result.runs[0], "ana")


def told(found: list[Happening]) -> list[tuple[str, str, Decimal | None]]:
    return [(f"{one.at:%m-%d}", one.what, one.invoiced) for one in found]


def row(**cells: Any) -> SubscriptionRow:
    return SubscriptionRow(customer_id="ana", **cells)


def _cells(written: dict[str, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in written.items() if name != "customer_id"}


START = action("start", "2026-04-01")


class TestSpells:
    def test_a_customer_who_only_starts_has_one_spell(self) -> None:
        found = spells(statement([]))
        assert [(spell.start, spell.end, spell.stage.plan, spell.began) for spell in found] == [
            (datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC), "basic", "start")
        ]

    def test_every_turn_of_a_life_is_told_with_what_was_invoiced_for_it(self) -> None:
        """The upgrade on 16 April: $60 less 15 of 30 days of $30. The calls: 7 of the first 15 days, 5 included."""
        rows = [
            START,
            action("change_plan", "2026-04-16", plan="pro"),
            action("pause", "2026-05-01"),
            action("resume", "2026-05-11"),
            action("cancel", "2026-05-21", when="now"),
            action("reactivate", "2026-06-01"),
            action("change_plan", "2026-06-11", plan="basic"),
        ]
        found = statement(rows)
        assert told(happenings(found)) == [
            ("04-01", "Starts with basic, monthly", Decimal("30.00")),
            ("04-16", "Upgrade to pro, monthly", Decimal("47.00")),
            ("05-01", "Paused: pro", None),
            ("05-11", "Resumes with pro, monthly", Decimal("60.00")),
            ("05-21", "Canceled: pro", None),
            ("06-01", "Reactivated with pro, monthly", Decimal("60.00")),
        ]

    def test_trials_downgrades_and_intervals(self) -> None:
        assert [one.what for one in happenings(statement([], "tried"))] == [
            "Starts with tried, trial",
            "The trial ends: tried, monthly",
        ]
        down = [START | {"plan": "pro"}, action("change_plan", "2026-04-16", plan="basic")]
        assert told(happenings(statement(down)))[1] == ("05-01", "Downgrade to basic, monthly", Decimal("35.00"))
        longer = [START, action("change_plan", "2026-04-16", plan="basic", interval="yearly")]
        assert happenings(statement(longer))[1].what == "Change to a longer interval: basic, yearly"
        yearly = [START | {"interval": "yearly"}, action("change_plan", "2026-04-16", plan="basic", interval="monthly")]
        assert len(spells(statement(yearly))) == 1
        assert happenings(statement([START, action("change_plan", "2026-04-16", plan="free")]))[1].what == "Downgrade to free"

    def test_usage_before_the_start_and_a_start_before_the_window(self) -> None:
        early = happenings(statement([action("start", "2026-04-10")]))
        assert [one.what for one in early] == ["Not subscribed", "Starts with basic, monthly"]
        assert happenings(statement([action("start", "2026-03-10")]))[0].what == "The window begins with basic, monthly"

    def test_purchases_are_told_in_order_of_time(self) -> None:
        rows = [START, action("buy_pack", "2026-04-12", item="small"), action("pause", "2026-04-10")]
        assert told(happenings(statement(rows, "credits"))) == [
            ("04-01", "Starts with credits, monthly", Decimal("30.00")),
            ("04-10", "Paused: credits", None),
            ("04-12", "Buys small: 5 credits for $3.00", Decimal("3.00")),
        ]
        topped_up = told(happenings(statement([START, action("top_up", "2026-04-12", amount="2.5")], "balance")))
        assert topped_up[1] == ("04-12", "Tops up by $2.50", Decimal("2.50"))

    def test_a_customer_who_stays_is_told_in_one_sentence(self) -> None:
        assert staying_words(statement([])) == "basic, monthly, from 2 Apr 2026 to the window's end."
        assert staying_words(statement([action("start", "2026-03-10")])) == "basic, monthly, through the whole window."

    def test_every_transition_has_its_words(self) -> None:
        assert set(TRANSITIONS) > PLAN_CHANGES


class TestDifference:
    def test_an_upgrade_by_invoice_month_and_feature(self) -> None:
        """Basic: $30 a month, in April 5 calls beyond. Pro from the 16th: $60 on 16 April, May and June; $15 credited; 2 beyond."""
        rows = [START, action("change_plan", "2026-04-16", plan="pro")]
        result = replayed(rows)
        found = difference(result, "basic", "ana", [row(at="2026-04-01", action="start")])
        assert totals(found.before).billed == Decimal("95.00")
        assert totals(found.after) == totals(statement_of(result, result.runs[0], "ana"))
        assert found.billed == Decimal("102.00")
        assert (found.refused_events, found.served_events) == (0, 0)
        assert [tuple(one.values()) for one in billed_by_month(found).to_pylist()] == [
            (date(2026, 4, 1), Decimal("30.00"), Decimal("77.00"), Decimal("47.00")),
            (date(2026, 5, 1), Decimal("35.00"), Decimal("60.00"), Decimal("25.00")),
            (date(2026, 6, 1), Decimal("30.00"), Decimal("60.00"), Decimal("30.00")),
        ]
        changed = [
            (one["side"], f"{one['issued_at']:%m-%d}", one["kind"], one["total"]) for one in invoices_changed(found).to_pylist()
        ]
        assert changed[:2] == [
            ("after", "04-16", "plan_change", Decimal("47.00")),
            ("before", "05-01", "recurring", Decimal("35.00")),
        ]
        assert sum(total if side == "after" else -total for side, _, _, total in changed) == found.billed

    def test_what_is_served_by_a_pack(self) -> None:
        """3 credits a month: of 10 calls in April 3 are served, with the pack 8."""
        result = replayed([action("buy_pack", "2026-04-02", item="small")], "credits")
        found = difference(result, "credits", "ana", [])
        assert (found.refused_events, found.served_events) == (-5, 5)
        assert [tuple(one.values()) for one in served_by_feature(found).to_pylist()] == [
            ("call", Decimal(10), Decimal(3), Decimal(8), Decimal(5), Decimal(2))
        ]

    def test_a_purchase_is_the_same_however_its_period_goes_on(self) -> None:
        buy = action("buy_pack", "2026-04-12", item="small")
        found = difference(replayed([buy, action("pause", "2026-04-20")], "credits"), "credits", "ana", [row(**_cells(buy))])
        assert "credit_purchase" in found.after.invoices["kind"].to_pylist()
        assert [one["kind"] for one in invoices_changed(found).to_pylist()] == ["recurring", "recurring"]

    def test_one_customer_alone_is_as_among_all(self) -> None:
        rows = [action("buy_pack", "2026-04-12", customer_id="bob", item="small")]
        result = replay(scenario(rows, "credits"), calls(ana=30, bob=8, cyd=3))
        for customer_id in ("ana", "bob", "cyd"):
            found = difference(result, "credits", customer_id, [])
            among_all = statement_of(result, result.runs[0], customer_id)
            assert found.after.invoices.to_pylist() == among_all.invoices.to_pylist()
            every = ledger_rows(among_all)
            assert ledger_table(found.after, every).to_pylist() == ledger_table(among_all, every).to_pylist()

    def test_actions_for_another_candidate_change_nothing(self) -> None:
        result = replayed([action("pause", "2026-04-12", candidate="pro")], "basic", "pro")
        assert difference(result, "basic", "ana", []).billed == 0
        assert difference(result, "pro", "ana", []).billed == Decimal("-125.00")

    def test_a_customer_without_usage_is_nobody_without_its_start(self) -> None:
        result = replay(scenario([action("start", "2026-04-01", customer_id="new")]), calls(ana=1))
        with pytest.raises(InputError):
            difference(result, "basic", "new", [])


class TestProblems:
    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([row(at="2026-04-12", action="pause")], []),
            ([row(at="2026-04-12", action="resume")], ["the subscription is not paused"]),
            ([row(at="2026-04-12", action="pause", candidate="gone")], ["'gone' does not exist"]),
            ([row(at="2026-04-12", action="buy_pack", item="small")], ["plan 'basic' is not a credits plan"]),
        ],
    )
    def test_impossible_actions_are_told_and_possible_ones_are_not(self, rows: list[SubscriptionRow], said: list[str]) -> None:
        found = problems_of_actions(scenario([]), calls(ana=1), "ana", rows)
        assert [problem.what for problem in found] == said or all(
            words in one.what for words, one in zip(said, found, strict=True)
        )

    def test_a_stranger_without_a_start(self) -> None:
        stranger = SubscriptionRow(customer_id="nobody", at="2026-04-12", action="pause")
        found = problems_of_actions(scenario([]), calls(ana=1), "nobody", [stranger])
        assert [problem.what for problem in found] == ["there is no usage of it in the window, and no start"]


class TestPurchasesByActions:
    """A pack of 5 on 12 April, between the calls of the 10th and the 12th; 3 credits a month."""

    def test_the_allowance_steps_when_they_are_made(self) -> None:
        found = statement([START, action("buy_pack", "2026-04-11", item="small")], "credits", events=6)
        steps = [
            (f"{one['time']:%m-%d}", int(one["plan_credits"]), int(one["purchased_credits"]))
            for one in allowance.credits_left(found).steps.to_pylist()
        ]
        assert steps[:8] == [
            ("04-01", 3, 0),
            ("04-02", 2, 0),
            ("04-04", 1, 0),
            ("04-06", 0, 0),
            ("04-08", 0, 0),
            ("04-10", 0, 0),
            ("04-11", 0, 5),
            ("04-12", 0, 4),
        ]
        marks = [(one["kind"], f"{one['time']:%m-%d}") for one in allowance.credits_left(found).marks.to_pylist()]
        assert ("purchase", "04-11") in marks

    def test_a_top_up_lapses_at_the_reset(self) -> None:
        rows = [START, action("top_up", "2026-04-30", amount=4), action("top_up", "2026-06-30", amount=2)]
        found = statement(rows, "balance", events=1)
        steps = [(f"{one['time']:%m-%d}", int(one["balance"])) for one in allowance.balance_left(found).steps.to_pylist()]
        assert steps == [
            ("04-01", 30),
            ("04-02", 23),
            ("04-30", 27),
            ("05-01", 30),
            ("06-01", 30),
            ("06-30", 32),
            ("07-01", 32),
        ]

    def test_they_were_not_bought_for_an_event(self) -> None:
        found = statement([START, action("buy_pack", "2026-04-11", item="small")], "credits", events=6)
        assert found.moves.bought.tolist() == [0] * 6
        assert "credits_bought" in ledger_columns_unused(found)
        assert "purchased_credits_left" not in ledger_columns_unused(found)

    def test_the_portal_has_them_at_once(self) -> None:
        credits_plan = statement([START, action("buy_pack", "2026-04-20", item="small")], "credits", events=1)
        assert portal(credits_plan, datetime(2026, 4, 20, tzinfo=UTC)).purchased_left == 0
        assert portal(credits_plan, datetime(2026, 4, 21, tzinfo=UTC)).purchased_left == 5
        balance = statement([START, action("top_up", "2026-04-20", amount=4)], "balance", events=1)
        assert portal(balance, datetime(2026, 4, 21, tzinfo=UTC)).plan_left == 27
        assert portal(balance, datetime(2026, 5, 21, tzinfo=UTC)).plan_left == 30


class TestTrialsChangesAndPauses:
    """Free of charge to 15 April, on basic from then, on pro from 1 May, paused from 16 to 26 May."""

    ROWS = (
        START | {"plan": "tried"},
        action("change_plan", "2026-05-01", plan="pro"),
        action("pause", "2026-05-16"),
        action("resume", "2026-05-26"),
    )

    @pytest.fixture
    def found(self) -> Statement:
        pro = CATALOG["plans"]["pro"] | {"features": {"call": {"included": 8, "overage": {"unit_price": 2}}}}
        plans = CATALOG["plans"] | {"pro": pro}
        catalog = CATALOG | {"plans": plans, "plan_groups": {"standard": ["tried", "pro"]}}
        result = replayed(self.ROWS, catalog=catalog, events=30)
        assert result.problems == ()
        return statement_of(result, result.runs[0], "ana")

    def test_what_is_included_steps_with_the_plan_and_is_nothing_while_paused(self, found: Statement) -> None:
        shown = allowance.used_of_feature(found, "call")
        steps = {f"{one['time']:%m-%d}": one["included"] for one in shown.steps.to_pylist()}
        assert [steps[day] for day in ("04-01", "04-30", "05-02", "05-16", "05-26")] == [5, 5, 8, None, 8]
        assert shown.included == 8

    def test_only_a_period_that_begins_is_a_reset(self, found: Statement) -> None:
        marks = allowance.used_of_feature(found, "call").marks.to_pylist()
        resets = [f"{one['time']:%m-%d}" for one in marks if one["kind"] == "reset"]
        assert resets == ["04-01", "04-15", "05-01", "05-26", "06-26"]

    def test_in_a_trial_the_portal_has_no_overage(self, found: Statement) -> None:
        trial = portal(found, datetime(2026, 4, 3, tzinfo=UTC))
        assert (trial.state, trial.started, trial.blocks, trial.next_charge_at) == (
            "trial",
            True,
            True,
            datetime(2026, 4, 15, tzinfo=UTC),
        )
        assert trial.features[0].unit_price is None
        assert portal(found, datetime(2026, 4, 20, tzinfo=UTC)).features[0].unit_price == 1

    def test_before_the_start_the_portal_has_not_started(self) -> None:
        seen = portal(statement([action("start", "2026-04-10")]), datetime(2026, 4, 5, tzinfo=UTC))
        assert (seen.state, seen.started) == ("canceled", False)

    def test_the_rules_that_decided_are_told(self, found: Statement) -> None:
        told_rules = {reason.rule for reason in explanation(found)}
        assert {"7.2", "8.1, 8.2, 8.3", "8.5"} <= told_rules
        assert not {"8.1", "8.4", "8.6", "9.1"} & told_rules

    @pytest.mark.parametrize(
        ("rows", "rule"),
        [
            ([START | {"plan": "pro"}, action("change_plan", "2026-04-16", plan="basic")], "8.1"),
            ([START, action("cancel", "2026-04-16", when="now")], "8.4"),
            ([START | {"item": "half"}], "9.1"),
        ],
    )
    def test_downgrades_cancellations_and_offers_are_among_them(self, rows: list[dict[str, Any]], rule: str) -> None:
        assert rule in {reason.rule for reason in explanation(statement(rows))}
        assert rule not in {reason.rule for reason in explanation(statement([START]))}

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([], "The subscription starts on 2 Apr 2026, the day of the first event;"),
            (
                [action("start", "2026-04-10")],
                "The subscription starts on 10 Apr 2026, as its start in the subscriptions says;",
            ),
            ([action("start", "2026-03-10")], "The subscription is older than the window;"),
            ([action("start", "2026-08-10")], "The subscription does not start in the window;"),
        ],
    )
    def test_when_the_subscription_starts(self, rows: list[dict[str, Any]], words: str) -> None:
        assert explanation(statement(rows))[0].sentence.startswith(words)

    def test_what_each_plan_grants_is_told(self) -> None:
        more = CATALOG["plans"]["credits"] | {"name": "More", "included_credits": 9, "prices": {"monthly": 40}}
        catalog = CATALOG | {"plans": CATALOG["plans"] | {"more": more}, "plan_groups": {"all": ["credits", "more"]}}
        rows = [START, action("change_plan", "2026-04-16", plan="more"), action("buy_pack", "2026-04-20", item="small")]
        result = replayed(rows, "credits", catalog=catalog)
        reasons = explanation(statement_of(result, result.runs[0], "ana"))
        assert any("plan credits return to 3 on credits and 9 on More" in reason.sentence for reason in reasons)
        assert "8.6" in {reason.rule for reason in reasons}


class TestActing:
    def test_a_change_goes_to_the_groups_plans_and_to_other_intervals(self) -> None:
        found = statement([START, action("change_plan", "2026-04-16", plan="pro")])
        at = [datetime(2026, 4, day, tzinfo=UTC) for day in (10, 20)]
        options = [[(stage.plan, stage.interval) for stage in changes_at(found, moment)] for moment in at]
        assert options == [
            [("free", None), ("basic", "yearly"), ("pro", "monthly")],
            [("free", None), ("basic", "monthly"), ("basic", "yearly")],
        ]
        usual = [usual_change(found, moment) for moment in at]
        assert [(stage.plan, stage.interval) for stage in usual if stage is not None] == [("pro", "monthly"), ("free", None)]

    def test_a_plan_of_no_group_and_one_price_has_no_change(self) -> None:
        kinds = ["apply_offer", "customer_credit", "start", "pause", "resume", "cancel", "reactivate"]
        assert possible_kinds(statement([], "alone")) == kinds
        assert "start" not in possible_kinds(statement([START], "alone"))
        assert possible_kinds(statement([], "credits"))[0] == "buy_pack"
        assert possible_kinds(statement([], "balance"))[0] == "top_up"

    def test_packs_are_those_that_the_plan_sells(self) -> None:
        assert packs_at(statement([], "credits"), datetime(2026, 4, 10, tzinfo=UTC)) == ["small"]

    @pytest.mark.parametrize(
        ("cells", "words"),
        [
            ({"at": "2026-04-16", "action": "change_plan", "plan": "pro"}, "16 Apr 2026: change to pro, monthly"),
            ({"at": "2026-04-16", "action": "change_plan", "plan": "free"}, "16 Apr 2026: change to free"),
            ({"at": "2026-04-16T08:05", "action": "cancel"}, "16 Apr 2026, 08:05: cancel at the end of what is paid for"),
            ({"at": "2026-04-16", "action": "cancel", "when": "now"}, "16 Apr 2026: cancel at once"),
            ({"at": "2026-04-16", "action": "buy_pack", "item": "small"}, "16 Apr 2026: buy the pack small"),
            ({"at": "2026-04-16", "action": "top_up", "amount": "2.5"}, "16 Apr 2026: top up by $2.50"),
            ({"at": "2026-04-16", "action": "pause"}, "16 Apr 2026: pause"),
            ({"at": "soon", "action": "change_plan", "plan": "gone"}, "soon: change plan"),
        ],
    )
    def test_actions_in_words(self, cells: dict[str, str], words: str) -> None:
        assert action_words(Catalog.model_validate(CATALOG), row(**cells)) == words

    def test_what_rests_on_an_action_goes_with_it(self) -> None:
        pause, resume, again = (
            row(at=f"2026-04-{day}", action=kind) for day, kind in ((10, "pause"), (20, "resume"), (25, "pause"))
        )
        assert possible_without(scenario([]), calls(ana=5), "ana", [resume, again]) == (again,)
        assert possible_without(scenario([]), calls(ana=5), "ana", [pause, resume]) == (pause, resume)

    def test_why_another_action_is_impossible_and_under_which_candidate(self) -> None:
        result = replayed([action("pause", "2026-04-12", candidate="pro")], "basic", "pro")
        problems = refusals(result, row(at="2026-04-20", action="resume"))
        assert [(problem.candidate, problem.what) for problem in problems] == [("basic", "the subscription is not paused")]
        assert refusals(result, row(at="2026-04-20", action="resume", candidate="pro")) == ()

    def test_an_amount_that_cannot_be_held_is_impossible(self) -> None:
        result = replayed([], "balance")
        for amount, possible in (("1000000", True), ("9000000000", False)):
            top_up = row(at="2026-04-20", action="top_up", amount=amount, candidate="balance")
            assert (refusals(result, top_up) == ()) == possible

    def test_a_plan_on_which_the_usage_costs_more_than_can_be_held_is_impossible(self) -> None:
        terms = {"call": {"overage": {"unit_price": 2_000_000_000}}}
        plans = CATALOG["plans"] | {"pro": CATALOG["plans"]["pro"] | {"features": terms}}
        result = replayed([], catalog=CATALOG | {"plans": plans}, events=40)
        change = row(at="2026-04-20", action="change_plan", plan="pro", candidate="basic")
        assert ["costs more than can be held" in problem.what for problem in refusals(result, change)] == [True]


class TestPaused:
    ROWS = (START, action("pause", "2026-04-11"))

    def test_the_portal_of_a_paused_subscription_has_no_price_and_nothing_to_use(self) -> None:
        seen = portal(statement(self.ROWS), datetime(2026, 4, 20, tzinfo=UTC))
        assert (seen.state, seen.plan_name, seen.price, seen.next_charge_at) == ("paused", "basic", None, None)
        assert seen.period_start == datetime(2026, 4, 11, tzinfo=UTC)
        assert seen.features == ()

    def test_refusals_are_marked_with_their_reason(self) -> None:
        marks = allowance.used_of_feature(statement(self.ROWS), "call").marks.to_pylist()
        assert [(one["kind"], f"{one['time']:%m-%d}", one["count"]) for one in marks if one["kind"] != "reset"] == [
            ("paused", "04-12", 1),
            ("paused", "04-14", 1),
            ("paused", "04-16", 1),
            ("paused", "04-18", 1),
            ("paused", "04-20", 1),
        ]

    def test_blocked_usage_by_reason(self) -> None:
        """On credits 3 calls are served, 2 refused for want of credits; 5 while paused, and on 1 May 10 more after a cancellation."""
        rows = [
            START,
            action("pause", "2026-04-11"),
            action("resume", "2026-04-21"),
            action("cancel", "2026-04-21", when="now"),
        ]
        result = replayed(rows, "credits", events=15)
        assert [
            (one.reason, one.events, one.blocked_events, one.demanded, one.blocked, one.customers)
            for one in blocked_features(result)
        ] == [
            ("allowance_exhausted", 15, 2, Decimal(15), Decimal(2), 1),
            ("paused", 15, 5, Decimal(15), Decimal(5), 1),
            ("not_subscribed", 15, 5, Decimal(15), Decimal(5), 1),
        ]
        assert sum(blocked_table(result)["blocked_events"].to_pylist()) == result.runs[0].customer_blocked_events.sum()

    def test_a_plan_without_the_feature_after_one_with_it(self) -> None:
        catalog = CATALOG | {"plans": CATALOG["plans"] | {"pro": CATALOG["plans"]["pro"] | {"features": {}}}}
        result = replayed([START, action("change_plan", "2026-04-11", plan="pro")], catalog=catalog, events=10)
        assert [(one.reason, one.blocked_events) for one in blocked_features(result)] == [("not_in_plan", 5)]

    def test_totals_have_what_was_discounted_and_credited(self) -> None:
        found = totals(statement([START | {"item": "half"}, action("change_plan", "2026-04-16", plan="pro")]))
        assert (found.discount, found.credit) == (Decimal("-15.00"), Decimal("-7.50"))
        assert found.billed == found.base + found.discount + found.credit + found.overage + found.purchases
