"""Earned and outstanding by calendar month: by hand, and against the accounts and a count event by event."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from support.plans import balance_plan, credits_plan, metered, plain, replayed, studies

from commet_core.engine import month_rows
from commet_core.engine.candidate import ledger
from commet_core.engine.replay import Replay
from commet_core.foundation.calendar import DAY
from commet_core.reports.compare.earned import earned_by_month

SPRING = {"start": "2026-04-01", "end": "2026-07-01"}
SMALL = {"small": {"credits": 100, "price": 10}}
BUYS = {"purchases": {"pack": "small"}}


def months(result: Replay, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(plain(row[column]) for column in columns) for row in earned_by_month(result).to_pylist()]


def test_a_month_has_its_days_of_a_base_price() -> None:
    """April 16 to May 16 has 30 days, May 16 to June 16 has 31, and June 16 to July 16 has 30: 30 and 31 a day 1, then 15."""
    result = replayed(metered(monthly="30"), [("ana", "2026-04-16", "call", 1)])
    assert months(result, "billed", "earned", "outstanding") == [
        ("30", "15", "15"),
        ("30", "30.483870968", "14.516129032"),
        ("30", "29.516129032", "15"),
    ]


def test_each_month_of_the_window_has_a_row() -> None:
    result = replayed(metered(monthly="30"), [("ana", "2026-06-01", "call", 1)])
    assert [row["month"] for row in earned_by_month(result).to_pylist()] == [date(2026, month, 1) for month in (4, 5, 6)]
    assert months(result, "earned", "credits_outstanding") == [("0", ""), ("0", ""), ("30", "")]


def test_what_one_customer_is_owed_stays_beside_one_that_begins_later() -> None:
    """When the window ends on May 1, ana has 15 of 30 days to come, and bo, who began on April 30, 29 of 30."""
    usage = [("ana", "2026-04-16", "call", 1), ("bo", "2026-04-30", "call", 1)]
    result = replayed(metered(monthly="30"), usage, window=SPRING | {"end": "2026-05-01"})
    assert months(result, "billed", "earned", "outstanding") == [("60", "16", "44")]


def test_an_overage_counts_in_the_month_in_which_its_period_ends() -> None:
    """5 × 0.333 = 1.665, invoiced as 1.67 on May 16; the period of April 1 ends with April."""
    usage = [("ana", "2026-04-16", "call", 15), ("bo", "2026-04-01", "call", 15)]
    assert months(replayed(metered(monthly="0"), usage), "billed", "earned_overage") == [
        ("1.67", "1.67"),
        ("1.67", "1.67"),
        ("0", "0"),
    ]


def test_purchased_credits_are_earned_in_the_month_of_their_use() -> None:
    """One period from April 16: 30 of 100 credits on April 20, 50 on May 2, and 5 on May 20 in the next."""
    usage = [("ana", "2026-04-16", "call", 0), *(("ana", f"2026-{day}", "call", used) for day, used in USES)]
    result = replayed(credits_plan(monthly="0"), usage, packs=SMALL, candidate=BUYS)
    assert months(result, "billed", "earned_packs", "outstanding_credits", "credits_outstanding") == [
        ("10", "3", "7", "70"),
        ("0", "5.5", "1.5", "15"),
        ("0", "0", "1.5", "15"),
    ]


USES = (("04-20", 30), ("05-02", 50), ("05-20", 5))


def test_an_event_at_midnight_belongs_to_the_month_that_begins() -> None:
    usage = [("ana", "2026-04-16", "call", 1), ("ana", "2026-04-30T23:59:59", "call", 1), ("ana", "2026-05-01", "call", 10)]
    result = replayed(credits_plan(monthly="0"), usage, packs=SMALL, candidate=BUYS)
    assert months(result, "earned_packs") == [("0.2",), ("1",), ("0",)]


def test_plan_credits_before_a_cut_are_not_purchased_ones() -> None:
    """20 plan credits: 15 in April; in May 5 more of the plan and 10 of a pack bought then."""
    usage = [("ana", "2026-04-16", "call", 15), ("ana", "2026-05-02", "call", 15)]
    result = replayed(credits_plan(20, monthly="0"), usage, packs=SMALL, candidate=BUYS)
    assert months(result, "billed", "earned_packs", "outstanding_credits") == [
        ("0", "0", "0"),
        ("10", "1", "9"),
        ("0", "0", "9"),
    ]


def test_a_pack_bought_in_the_month_before_is_not_bought_again() -> None:
    """April 10 to May 10: 100 of a pack on April 10; the next pack, on May 3, is earned for one credit."""
    usage = [("ana", "2026-04-10", "call", 100), ("ana", "2026-05-03", "call", 1)]
    result = replayed(credits_plan(monthly="0"), usage, packs=SMALL, candidate=BUYS)
    assert months(result, "billed", "earned_packs", "outstanding_credits") == [
        ("10", "10", "0"),
        ("10", "0.1", "9.9"),
        ("0", "0", "9.9"),
    ]


def test_top_ups_are_earned_when_used_and_the_rest_when_they_lapse() -> None:
    """10 included; 12 on April 20 take 2 of a top-up of 20, 3 on May 2 three more; the 15 left lapse on May 16."""
    plan = balance_plan(block_on_exhaustion=True, prices={"monthly": 0}, included_balance=10)
    usage = [("ana", "2026-04-16", "call", 0), ("ana", "2026-04-20", "call", 12), ("ana", "2026-05-02", "call", 3)]
    result = replayed(plan, usage, candidate={"top_up": {"amount": 20}})
    assert months(result, "billed", "earned_top_ups", "outstanding_top_ups") == [
        ("20", "2", "18"),
        ("0", "18", "0"),
        ("0", "0", "0"),
    ]


def test_included_balance_before_a_cut_is_no_top_up() -> None:
    """3 of 10 included in April; in May the other 7, and 5 of a top-up of 20 that lapses on May 16."""
    plan = balance_plan(block_on_exhaustion=True, prices={"monthly": 0}, included_balance=10)
    usage = [("ana", "2026-04-16", "call", 3), ("ana", "2026-05-02", "call", 12)]
    result = replayed(plan, usage, candidate={"top_up": {"amount": 20}}, window=SPRING | {"end": "2026-05-10"})
    assert months(result, "billed", "earned_top_ups", "outstanding_top_ups") == [("0", "0", "0"), ("20", "5", "15")]


def test_what_lapses_counts_in_the_month_of_the_reset() -> None:
    """The 7 left of April 16's period lapse in May, the 10 of May's in June, and June's are in hand when the window ends."""
    plan = balance_plan(prices={"monthly": 0}, included_balance=10)
    assert months(replayed(plan, [("ana", "2026-04-16", "call", 3)]), "forfeited_value") == [("0",), ("7",), ("10",)]


def test_customers_without_purchases_are_not_looked_at_event_by_event(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def noted(scenario: Any, run: Any, customer: int, until: int) -> Any:
        looked_at.append((customer, until))
        return ledger(scenario, run, customer, until)

    monkeypatch.setattr(month_rows, "ledger", noted)
    monkeypatch.setattr(month_rows, "EVENTS_AT_ONCE", 2)
    usage = [(name, f"2026-04-{day}", "call", size) for name, size in BUYERS for day in (16, 17)]
    result = replayed(credits_plan(20, monthly="0"), usage, packs=SMALL, candidate=BUYS)
    assert months(result, "earned_packs") == [("6",), ("0",), ("0",)]
    assert looked_at == [(1, 2), (3, 4)]


BUYERS = (("ana", 1), ("bo", 25), ("cy", 1), ("di", 25))


@settings(max_examples=60, deadline=None)
@given(studies())
def test_the_months_are_the_accounts_cut_otherwise(study: tuple[Replay, Mapping[str, Decimal], Decimal]) -> None:
    result = study[0]
    rows, kept = earned_by_month(result).to_pylist(), result.table("accounts")
    for column in ("billed", "earned", "earned_base", "earned_overage", "earned_packs", "earned_top_ups", "forfeited_value"):
        assert sum(row[column] for row in rows) == (pc.sum(kept[column]).as_py() or 0), column
    before = Decimal(0)
    for row in rows:
        assert row["billed"] == row["earned"] + row["outstanding"] - before
        before = row["outstanding"]


@settings(max_examples=60, deadline=None)
@given(studies())
def test_credits_in_hand_at_a_months_end_are_those_after_its_last_event(
    study: tuple[Replay, Mapping[str, Decimal], Decimal],
) -> None:
    result = study[0]
    run = result.runs[0]
    if not run.sells("packs"):
        return
    for row in earned_by_month(result).to_pylist():
        end = (date(row["month"].year + row["month"].month // 12, row["month"].month % 12 + 1, 1) - date(1970, 1, 1)).days * DAY
        in_hand = 0
        for customer in range(run.customer_count):
            own, kept = ledger(result.scenario, run, customer)
            before = int((run.usage.times[own] < end).sum())
            in_hand += int(kept.purchased[before - 1]) if before else 0
        assert row["credits_outstanding"] == Decimal(in_hand).scaleb(-6)
