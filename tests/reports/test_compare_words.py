"""What candidates earn, owe, and are, in words; and customers by plan."""

from decimal import Decimal
from fractions import Fraction

import pytest
from support.subscribed import CATALOG, action, calls, lived, scenario

from commet_core.engine.replay import Replay, replay
from commet_core.foundation.formats import percent
from commet_core.reports.compare import summarize
from commet_core.reports.compare.earned import Earned, earned_by_month, outstanding_changes, summarize_earned
from commet_core.reports.compare.earned_words import earned_lessons, owed_in_words, tie_in_words
from commet_core.reports.compare.plan_words import landed_in_words, names_of
from commet_core.reports.compare.plans import customers_by_plan, held
from tests.reports.test_compare import BALANCE, CREDITS, METERED, compared


def earned(name: str, amount: str, owed: str = "0", opening: str = "0") -> Earned:
    own, left, before = Decimal(amount), Decimal(owed), Decimal(opening)
    return Earned(name, "metered", own + left - before, own, {"base": own}, own / 2, before, left, {"base": left}, Decimal(0))


@pytest.fixture(scope="module")
def three() -> Replay:
    return compared(METERED, CREDITS, BALANCE)


class TestEarned:
    def test_the_headline_of_what_is_earned_is_that_of_what_is_billed_with_earned_figures(self, three: Replay) -> None:
        """A metered plan that is charged by the month earns all that it bills by the end of February."""
        first, *_, owed = earned_lessons(three, summarize(three), summarize_earned(three))
        assert first.startswith(
            "Balance, with nobody topping up, earns 7.5 % more than Metered ($36.00 a month against $33.50)"
        )
        assert "would pay more, 1 less but with usage refused" in first
        assert owed == "At the window's end customers are still owed service for $1.80 under Credits."

    def test_where_all_is_earned_it_says_so(self) -> None:
        assert owed_in_words([earned("A", "100")], "usd") == (
            "At the window's end nothing is outstanding: all that was billed has been earned."
        )
        owing = [earned("A", "100"), earned("B", "150", "10.555"), earned("C", "20", "1")]
        assert owed_in_words(owing, "usd") == (
            "At the window's end customers are still owed service for $10.56 under B and $1.00 under C."
        )

    def test_a_sum_of_long_amounts_still_adds_up_as_written(self) -> None:
        assert tie_in_words(earned("A", "0.333333333", "0.666666667"), "usd") == (
            "$1.00 billed = $0.33 earned + $0.67 outstanding at the window's end"
        )
        assert tie_in_words(earned("A", "0.005", "0.005"), "usd") == (
            "$0.01 billed = $0.01 earned + $0.00 outstanding at the window's end"
        )

    def test_billed_is_earned_and_the_change_in_outstanding(self) -> None:
        assert (
            tie_in_words(earned("A", "52.2", "1.8"), "usd")
            == "$54.00 billed = $52.20 earned + $1.80 outstanding at the window's end"
        )
        assert (
            tie_in_words(earned("A", "52.2", "1.8", "4"), "usd")
            == "$50.00 billed = $52.20 earned + $1.80 outstanding at the window's end − $4.00 at its start"
        )

    def test_changes_begin_with_what_was_outstanding_at_the_start(self) -> None:
        """A yearly price from 1 July 2025: 91 days of it are left when the window begins, 30 fewer a month later."""
        rows = [action("start", "2025-07-01", plan="basic", interval="yearly")]
        result = replay(scenario(rows, window={"start": "2026-04-01", "end": "2026-06-01"}), calls(ana=1))
        found, table = summarize_earned(result), earned_by_month(result)
        assert found[0].opening > 0
        months = zip(table["billed"].to_pylist(), table["earned"].to_pylist(), outstanding_changes(table, found), strict=True)
        assert [billed == own + change for billed, own, change in months] == [True, True]
        assert [change < 0 for change in outstanding_changes(table, found)] == [True, True]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ("-1/8", "-12.5 %"),
        ("1/8", "12.5 %"),
        ("-3/2", "-150 %"),
        ("-1/10000", "more than -0.1 %"),
        ("-9999/10000", "less than -99.9 %"),
    ],
)
def test_shares_below_zero(share: str, words: str) -> None:
    assert percent(Fraction(share)) == words


class TestLineUps:
    def test_plans_of_one_name_are_told_apart(self) -> None:
        catalog = scenario(()).catalog
        twins = catalog.model_copy(
            update={"plans": {code: plan.model_copy(update={"name": "Pro"}) for code, plan in catalog.plans.items()}}
        )
        assert names_of(catalog, ["basic", "pro"]) == {"basic": "basic", "pro": "pro"}
        assert names_of(twins, ["basic", "pro"]) == {"basic": "Pro (basic)", "pro": "Pro (pro)"}
        assert names_of(twins, ["basic"]) == {"basic": "Pro"}

    def test_plans_that_nobody_is_on_are_counted_too(self) -> None:
        """Ten calls cost 30 + 5 on basic and more on pro; on free only 5 of them are served. Two calls are served on free."""
        scene = scenario((), candidates=[{"name": "All", "group": "standard"}])
        result = replay(scene, calls(ana=10, bob=2))
        found = held(scene, scene.candidates[0], customers_by_plan(result))
        assert [(one.what, one.customers_first, one.customers_last) for one in found] == [
            ("free", 1, 1),
            ("basic", 1, 1),
            ("pro", 0, 0),
        ]
        assert landed_in_words(scene.catalog, found) == "At the end 1 on free, 1 on basic and 0 on pro"


class TestHeld:
    def test_trial_and_active_are_one_plan_and_no_plan_comes_last(self) -> None:
        """ana from basic to pro, bob on basic, cyd from a trial to a cancellation."""
        result = lived()
        found = held(result.scenario, result.scenario.candidates[0], customers_by_plan(result))
        assert [(one.what, one.is_plan, one.customers_first, one.customers_last) for one in found] == [
            ("basic", True, 2, 1),
            ("pro", True, 0, 1),
            ("tried", True, 1, 0),
            ("canceled", False, 0, 1),
        ]
        assert landed_in_words(result.scenario.catalog, found) == "At the end 1 on basic, 1 on pro, 0 on tried and 1 canceled"

    def test_who_is_not_subscribed_yet_comes_after_those_on_a_plan(self) -> None:
        """ana calls on 2 April, and subscribes in May."""
        result = replay(scenario((action("start", "2026-05-01"),)), calls(ana=1))
        found = held(result.scenario, result.scenario.candidates[0], customers_by_plan(result))
        assert [(one.what, one.customers_first, one.customers_last) for one in found] == [
            ("basic", 0, 1),
            ("not subscribed", 1, 0),
        ]

    def test_plans_stand_in_the_order_of_their_group(self) -> None:
        reversed_groups = {**CATALOG, "plan_groups": {"standard": ["pro", "basic", "free"]}}
        rows = (action("start", "2026-04-01", plan="pro"), action("start", "2026-04-01", "bob"))
        for catalog, order in ((CATALOG, ["basic", "pro"]), (reversed_groups, ["pro", "basic"])):
            result = replay(scenario(rows, "basic", catalog=catalog), calls(ana=1, bob=1))
            assert customers_by_plan(result)["plan"].to_pylist() == order
