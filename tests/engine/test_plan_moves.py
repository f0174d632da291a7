"""Who is on which plan and who moves; what a candidate earned and owes in all. Added up by hand.

`ana` starts on basic, is upgraded to pro on 16 April, pauses in May and is back in June; `bob` stays on basic; `cyd` starts
with a trial of `tried` and is canceled.
"""

from decimal import Decimal

from support.plans import credits_plan, metered
from support.plans import replayed as accounted
from support.subscribed import ROWS, action, lived

from commet_core.reports.compare.earned import earned_by_month, summarize_earned
from commet_core.reports.compare.plans import customers_by_plan, held, movers, moves


def test_customers_by_what_they_begin_and_end_on() -> None:
    """ana 30, then 60 - 15 on 16 April and 60 in June; bob three times 30; cyd 30 on 15 April."""
    found = [tuple(row.values())[1:] for row in customers_by_plan(lived()).to_pylist()]
    assert sorted(found, key=str) == sorted(
        [
            ("basic", "monthly", "active", 2, 1, Decimal("120.00")),
            ("pro", "monthly", "active", 0, 1, Decimal("105.00")),
            ("tried", "monthly", "trial", 1, 0, Decimal("0.00")),
            ("tried", "monthly", "active", 0, 0, Decimal("30.00")),
            ("tried", "monthly", "canceled", 0, 1, Decimal("0.00")),
        ],
        key=str,
    )


def test_customers_on_plans_whatever_they_do_there() -> None:
    """cyd, who is canceled, ends on no plan; what was charged on a plan stays there."""
    result = lived()
    found = held(result.scenario, result.scenario.candidates[0], customers_by_plan(result))
    assert {(one.what, one.is_plan, one.customers_first, one.customers_last, one.billed) for one in found} == {
        ("basic", True, 2, 1, Decimal("120.00")),
        ("pro", True, 0, 1, Decimal("105.00")),
        ("tried", True, 1, 0, Decimal("30.00")),
        ("canceled", False, 0, 1, Decimal("0.00")),
    }


def test_what_was_billed_on_plans_is_all_that_was_billed() -> None:
    result = lived()
    assert sum(customers_by_plan(result)["billed"].to_pylist()) == sum(result.table("customers")["billed"].to_pylist())


def test_every_step_is_counted() -> None:
    found = [tuple(row.values())[1:] for row in moves(lived()).to_pylist()]
    assert sorted(found) == [
        ("cancel", "tried", "monthly", "tried", "monthly", 1, 1),
        ("pause", "pro", "monthly", "pro", "monthly", 1, 1),
        ("resume", "pro", "monthly", "pro", "monthly", 1, 1),
        ("trial_end", "tried", "monthly", "tried", "monthly", 1, 1),
        ("upgrade", "basic", "monthly", "pro", "monthly", 1, 1),
    ]


def test_a_customer_who_moves_twice_is_one_customer() -> None:
    rows = (*ROWS, action("pause", "2026-06-10"))
    paused = next(row for row in moves(lived(rows)).to_pylist() if row["kind"] == "pause")
    assert (paused["count"], paused["customers"]) == (2, 1)


def test_who_changed_plan_and_where_it_ended() -> None:
    rows = (*ROWS, action("change_plan", "2026-06-10", plan="basic", interval="yearly"))
    assert movers(lived(rows), "basic").to_pylist() == [
        {"customer_id": "ana", "from_plan": "basic", "to_plan": "basic", "changes": 2, "billed": Decimal("393.00")}
    ]
    assert movers(lived(()), "basic").num_rows == 0


def test_the_start_of_somebody_who_came_too_early_is_no_move() -> None:
    early = (action("start", "2026-04-10", "bob"),)
    assert moves(lived(early)).num_rows == 0
    found = {(row["plan"], row["state"]): row["customers_first"] for row in customers_by_plan(lived(early)).to_pylist()}
    assert found == {("basic", "active"): 2, (None, "canceled"): 1}


class TestEarned:
    def test_what_is_billed_is_earned_or_owed(self) -> None:
        """$30 on 16 April, May and June: of the last one 15 of 30 days are to come."""
        found = summarize_earned(accounted(metered(monthly="30"), [("ana", "2026-04-16", "call", 1)], window=SPRING))[0]
        assert (found.billed, found.earned, found.outstanding, found.opening) == (90, 75, 15, 0)
        assert found.monthly_earned == Decimal("25.00")
        assert found.owed == {"base": 15}

    def test_packs_are_owed_until_they_are_used(self) -> None:
        """100 credits for $10; 15 calls, of which the plan includes 10: 5 credits are earned."""
        packs, buys = {"small": {"credits": 100, "price": 10}}, {"purchases": {"pack": "small"}}
        result = accounted(credits_plan(10, monthly="30"), [("ana", "2026-04-01", "call", 15)], packs=packs, candidate=buys)
        found = summarize_earned(result)[0]
        assert found.parts["packs"] == Decimal("0.5")
        assert found.owed["packs"] == Decimal("9.5")

    def test_the_sum_of_the_months_is_the_whole(self) -> None:
        result = lived()
        months, found = earned_by_month(result), summarize_earned(result)[0]
        assert sum(months["earned"].to_pylist()) == found.earned == sum(found.parts.values())
        assert months["outstanding"].to_pylist()[-1] == found.outstanding == sum(found.owed.values())
        assert sum(months["forfeited_value"].to_pylist()) == found.forfeited
        assert found.billed == found.earned + found.outstanding - found.opening

    def test_an_interval_paid_before_the_window_is_owed_at_its_start(self) -> None:
        found = summarize_earned(lived((action("start", "2026-03-16"),)))[0]
        assert found.opening == Decimal("14.516129032")
        assert found.billed == found.earned + found.outstanding - found.opening


SPRING = {"start": "2026-04-01", "end": "2026-07-01"}
