"""Billed, earned, outstanding and forfeited (billing-rules 13): by hand, and against a slow count in decimals."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.plans import SPRING, Row, balance_plan, credits_plan, metered, plain, replayed, studies

from commet_core.engine.recognition import Intervals, Purchased, Spans, earn_base, use_up
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.rounding import part_floor, part_half_up

NANO = Decimal("0.000000001")


def figures(result: Replay, *columns: str) -> list[tuple[str, ...]]:
    """Columns of the accounts as plain text, one tuple per row."""
    return [tuple(plain(row[column]) for column in columns) for row in result.table("accounts").to_pylist()]


class TestBasePrices:
    def test_half_of_a_month_is_earned_and_half_outstanding(self) -> None:
        """April 16 to May 16 has 30 days; the window ends on May 1, after 15 of them."""
        result = replayed(
            metered(monthly="30"), [("ana", "2026-04-16T18:00", "call", 1)], window=SPRING | {"end": "2026-05-01"}
        )
        assert figures(result, "billed", "earned", "outstanding_opening", "outstanding_closing") == [("30", "15", "0", "15")]

    def test_a_quarter_is_earned_by_the_days_of_its_months(self) -> None:
        """April to June has 30 + 31 + 30 = 91 days, a dollar each."""
        result = replayed(metered(quarterly="91"), [("ana", "2026-04-01", "call", 1)])
        assert figures(result, "billed", "earned_base", "outstanding_base") == [
            ("91", "30", "61"),
            ("0", "31", "30"),
            ("0", "30", "0"),
        ]

    def test_the_days_of_a_price_that_does_not_divide_add_up_to_it(self) -> None:
        """100 ÷ 91 × 30 = 32.967032967; × 61 = 67.032967033; the three parts are 100."""
        result = replayed(metered(quarterly="100"), [("ana", "2026-04-01", "call", 1)])
        assert figures(result, "earned", "outstanding_closing") == [
            ("32.967032967", "67.032967033"),
            ("34.065934066", "32.967032967"),
            ("32.967032967", "0"),
        ]

    def test_a_year_leaves_what_lies_beyond_the_window(self) -> None:
        """91 of 365 days."""
        result = replayed(metered(yearly="365"), [("ana", "2026-04-01", "call", 1)])
        assert figures(result, "earned", "outstanding_closing") == [("30", "335"), ("31", "304"), ("30", "274")]

    def test_a_one_time_price_is_earned_over_twelve_months(self) -> None:
        result = replayed(metered(one_time="365"), [("ana", "2026-04-01", "call", 1)])
        assert figures(result, "billed", "earned", "outstanding_closing") == [
            ("365", "30", "335"),
            ("0", "31", "304"),
            ("0", "30", "274"),
        ]

    def test_a_one_time_price_is_earned_in_full_after_twelve_months(self) -> None:
        window = {"start": "2026-04-01", "end": "2027-06-01"}
        result = replayed(metered(one_time="365"), [("ana", "2026-04-01", "call", 1)], window=window)
        assert figures(result, "earned", "outstanding_closing")[-3:] == [("31", "0"), ("0", "0"), ("0", "0")]

    def test_each_customer_has_its_own_calendar(self) -> None:
        usage = [("ana", "2026-04-01", "call", 1), ("bo", "2026-06-16", "call", 1)]
        result = replayed(metered(monthly="30"), usage, window=SPRING)
        assert figures(result, "earned", "outstanding_closing") == [("30", "0"), ("30", "0"), ("30", "0"), ("15", "15")]

    def test_yen_are_earned_in_billionths_too(self) -> None:
        """1,000 ÷ 30 × 15 = 500."""
        window = SPRING | {"end": "2026-05-01"}
        result = replayed(metered(monthly="1000"), [("ana", "2026-04-16", "call", 1)], window=window, currency="jpy")
        assert figures(result, "billed", "earned", "outstanding_closing") == [("1000", "500", "500")]

    def test_a_free_plan_has_nothing_to_account_for(self) -> None:
        result = replayed(metered(), [("ana", "2026-04-01", "call", 1)], window=SPRING | {"end": "2026-05-01"})
        assert figures(result, "billed", "earned", "outstanding_closing", "forfeited_value") == [("0", "0", "0", "0")]


class TestIntervalsThatAreCut:
    """30 paid for 30 days, from day 0; on day 16 an interval of 60 for 30 days begins, and the window ends on day 31."""

    def earned_and_left(self, *, credit: int, price: int = 60) -> tuple[list[int], list[int]]:
        spans = Spans(np.array([0, 2]), np.array([0, 16]), np.array([16, 31]))
        intervals = Intervals(
            begins=np.array([True, True]),
            prices=np.array([30, price]),
            credits=np.array([0, -credit]),
            from_days=np.array([0, 16]),
            until_days=np.array([30, 46]),
        )
        earned, outstanding = earn_base(spans, intervals)
        return earned.tolist(), outstanding.tolist()

    def test_the_credit_for_unused_days_is_outstanding_until_it_is_given(self) -> None:
        assert self.earned_and_left(credit=14) == ([16, 30], [14, 30])

    def test_what_rounding_takes_from_the_credit_is_earned(self) -> None:
        assert self.earned_and_left(credit=13) == ([17, 30], [13, 30])

    def test_what_rounding_adds_to_the_credit_is_not_earned(self) -> None:
        assert self.earned_and_left(credit=15) == ([15, 30], [15, 30])

    def test_nothing_is_given_back_at_a_pause(self) -> None:
        assert self.earned_and_left(credit=0, price=0) == ([30, 0], [0, 0])


class TestOverage:
    def test_it_is_billed_and_earned_in_the_period_of_its_usage(self) -> None:
        """15 − 10 = 5 calls at 0.333 are 1.665, invoiced as 1.67 when May's base is charged."""
        window = SPRING | {"end": "2026-06-01"}
        result = replayed(metered(monthly="30"), [("ana", "2026-04-01", "call", 15)], window=window)
        assert figures(result, "billed", "earned_base", "earned_overage") == [("31.67", "30", "1.67"), ("30", "30", "0")]

    def test_a_balance_below_zero_is_earned_as_invoiced(self) -> None:
        """12.5 − 10 = 2.5."""
        result = replayed(balance_plan(), [("ana", "2026-04-01", "call", "12.5")], window=SPRING | {"end": "2026-05-01"})
        assert figures(result, "billed", "earned", "earned_overage", "forfeited_value") == [("12.5", "12.5", "2.5", "0")]


class TestPacks:
    SMALL = {"small": {"credits": 100, "price": 10}}

    def test_they_are_earned_as_their_credits_are_used(self) -> None:
        """100 credits for 10: 30 used in April are 3, 50 in May are 5, none in June; 20 credits worth 2 are left."""
        usage = [("ana", "2026-04-01", "call", 30), ("ana", "2026-05-02", "call", 50)]
        result = replayed(credits_plan(monthly="0"), usage, packs=self.SMALL, candidate={"purchases": {"pack": "small"}})
        assert figures(result, "billed", "earned", "outstanding_credits", "credits_outstanding") == [
            ("10", "3", "7", "70"),
            ("0", "5", "2", "20"),
            ("0", "0", "2", "20"),
        ]

    def test_the_oldest_goes_first(self) -> None:
        """The 100 for 10 (0.10 each) before the 1,000 for 50 (0.05 each): 90 × 0.10; then 10 × 0.10 + 190 × 0.05 = 10.50."""
        packs = self.SMALL | {"large": {"credits": 1000, "price": 50}}
        usage = [("ana", "2026-04-01", "call", 90), ("ana", "2026-05-02", "call", 200)]
        result = replayed(
            credits_plan(monthly="0"), usage, packs=packs, candidate={"purchases": {"pack": "smallest_sufficient"}}
        )
        assert figures(result, "billed", "earned_packs", "outstanding_credits") == [
            ("10", "9", "1"),
            ("50", "10.5", "40.5"),
            ("0", "0", "40.5"),
        ]

    def test_a_pack_that_costs_nothing_takes_its_turn(self) -> None:
        """The free 100 are used before the 1,000 for 50 are touched: 90 of them, then 10, and 190 × 0.05."""
        packs = {"gift": {"credits": 100, "price": 0}, "large": {"credits": 1000, "price": 50}}
        usage = [("ana", "2026-04-01", "call", 90), ("ana", "2026-05-02", "call", 200)]
        result = replayed(
            credits_plan(monthly="0"), usage, packs=packs, candidate={"purchases": {"pack": "smallest_sufficient"}}
        )
        assert figures(result, "billed", "earned_packs", "outstanding_credits", "credits_outstanding") == [
            ("0", "0", "0", "10"),
            ("50", "9.5", "40.5", "810"),
            ("0", "0", "40.5", "810"),
        ]

    def test_plan_credits_are_used_first_and_earn_by_the_day(self) -> None:
        """50 plan credits, then 10 of a pack; the base of 30 is earned day by day whatever is used."""
        result = replayed(
            credits_plan(50, monthly="30"),
            [("ana", "2026-04-01", "call", 60)],
            packs=self.SMALL,
            candidate={"purchases": {"pack": "small"}},
            window=SPRING | {"end": "2026-05-01"},
        )
        assert figures(result, "billed", "earned_base", "earned_packs", "outstanding_closing") == [("40", "30", "1", "9")]

    def test_customers_do_not_use_up_each_others(self) -> None:
        """Ana's pack has 0.10 a credit; bo's 200 at 0.05 are 10 all the same."""
        packs = self.SMALL | {"large": {"credits": 1000, "price": 50}}
        usage = [("ana", "2026-06-01", "call", 10), ("bo", "2026-06-01", "call", 200)]
        candidate = {"purchases": {"pack": "smallest_sufficient"}}
        result = replayed(credits_plan(monthly="0"), usage, packs=packs, candidate=candidate)
        assert figures(result, "earned", "outstanding_opening", "outstanding_closing") == [("1", "0", "9"), ("10", "0", "40")]

    def test_a_third_of_a_pack_is_rounded_once(self) -> None:
        """10 ÷ 3 = 3.333333333; two thirds are 6.666666667, so that the second third is 3.333333334."""
        usage = [("ana", f"2026-0{month}-01", "call", 1) for month in (4, 5, 6)]
        packs = {"three": {"credits": 3, "price": 10}}
        result = replayed(credits_plan(monthly="0"), usage, packs=packs, candidate={"purchases": {"pack": "three"}})
        assert figures(result, "earned") == [("3.333333333",), ("3.333333334",), ("3.333333333",)]


class TestTopUps:
    PLAN = balance_plan(block_on_exhaustion=True)

    def test_they_lapse_at_the_reset_and_are_earned_then(self) -> None:
        """10 included, 12 used: 20 topped up, 2 of them used, 18 lapse when May begins."""
        result = replayed(
            self.PLAN,
            [("ana", "2026-04-01", "call", 12)],
            candidate={"top_up": {"amount": 20}},
            window=SPRING | {"end": "2026-05-01"},
        )
        assert figures(result, "billed", "earned_top_ups", "outstanding_closing", "forfeited_value") == [("30", "20", "0", "0")]

    def test_what_is_in_hand_at_the_windows_end_is_outstanding(self) -> None:
        """April 16 to May 16, cut after 15 of 30 days: 5 of the base and 18 of the top-up are still owed."""
        result = replayed(
            self.PLAN,
            [("ana", "2026-04-16", "call", 12)],
            candidate={"top_up": {"amount": 20}},
            window=SPRING | {"end": "2026-05-01"},
        )
        columns = ("billed", "earned_base", "earned_top_ups", "outstanding_base", "outstanding_top_ups")
        assert figures(result, *columns) == [("30", "5", "2", "5", "18")]


class TestForfeited:
    def test_unused_plan_credits_are_worth_the_plans_price_for_them(self) -> None:
        """600 of 1,000 credits at 49 ÷ 1,000."""
        result = replayed(
            credits_plan(1000, monthly="49"), [("ana", "2026-04-01", "call", 400)], window=SPRING | {"end": "2026-05-01"}
        )
        assert figures(result, "forfeited_value", "earned") == [("29.4", "49")]

    def test_a_year_includes_the_credits_of_twelve_months(self) -> None:
        """588 ÷ 12,000 = 0.049 a credit."""
        result = replayed(
            credits_plan(1000, yearly="588"), [("ana", "2026-04-01", "call", 400)], window=SPRING | {"end": "2026-05-01"}
        )
        assert figures(result, "forfeited_value") == [("29.4",)]

    def test_so_does_a_one_time_price(self) -> None:
        result = replayed(
            credits_plan(1000, one_time="588"), [("ana", "2026-04-01", "call", 400)], window=SPRING | {"end": "2026-05-01"}
        )
        assert figures(result, "forfeited_value") == [("29.4",)]

    def test_the_value_is_rounded_once(self) -> None:
        """100 ÷ 12 ÷ 3 × 2 = 5.555555556, not twice 2.777777778 (5.555555556) nor 8.333333333 × 2 ÷ 3 = 5.555555555."""
        result = replayed(
            credits_plan(3, yearly="100"), [("ana", "2026-04-01", "call", 1)], window=SPRING | {"end": "2026-05-01"}
        )
        assert figures(result, "forfeited_value") == [("5.555555556",)]

    def test_unused_balance_is_worth_what_it_is(self) -> None:
        result = replayed(balance_plan(), [("ana", "2026-04-01", "call", "2.5")], window=SPRING | {"end": "2026-05-01"})
        assert figures(result, "forfeited_value") == [("7.5",)]

    def test_what_is_in_hand_when_the_window_ends_is_not_lost(self) -> None:
        result = replayed(credits_plan(10, monthly="10"), [("ana", "2026-06-20", "call", 1)])
        assert figures(result, "forfeited_value") == [("0",)]

    def test_a_free_plans_credits_cost_nothing(self) -> None:
        result = replayed(credits_plan(10), [("ana", "2026-04-01", "call", 1)])
        assert figures(result, "forfeited_value") == [("0",), ("0",), ("0",)]


class TestLargeNumbers:
    @given(st.integers(0, 2**62 - 1), st.integers(1, 2**63 - 1), st.data())
    def test_parts_of_an_amount_are_exact_beyond_64_bits(self, amount: int, whole: int, data: st.DataObject) -> None:
        part = data.draw(st.integers(0, whole))
        assert part_floor(amount, part, whole) == amount * part // whole
        assert part_half_up(amount, part, whole) == (2 * amount * part + whole) // (2 * whole)

    def test_a_customer_billed_too_much_is_an_error_that_names_it(self) -> None:
        packs = {"huge": {"credits": 1, "price": "2000000000"}}
        usage = [("ana", "2026-04-01", "call", 1), ("bo", "2026-04-01", "call", 1)]
        with pytest.raises(InputError, match="candidate 'Pro': what customer 'bo' is billed is more than can be accounted for"):
            replayed(
                credits_plan(monthly="0"), [*usage, *usage[1:] * 2], packs=packs, candidate={"purchases": {"pack": "huge"}}
            )

    def test_a_period_billed_too_much_is_an_error_too(self) -> None:
        """2,000,000,000 of base and twice 1,500,000,000 of overage."""
        plan = metered(monthly="2000000000") | {"features": {"call": {"overage": {"unit_price": "1500000000"}}}}
        with pytest.raises(InputError, match="what customer 'ana' is billed is more than can be accounted for"):
            replayed(plan, [("ana", "2026-04-01", "call", 2)])

    def test_purchases_that_pile_up_beyond_64_bits_name_their_customer(self) -> None:
        bought = np.array([0, 0, 1, 2])
        stock = Purchased(bought, np.full(4, 10), np.array([1, 1, 2**62, 1]), np.zeros(3, np.int64), np.zeros(3, bool))
        assert use_up(np.array([0, 1, 3]), stock)[1] == 1
        assert use_up(np.array([0, 1, 2, 3]), stock)[1] == -1


# A slow count in decimals, from the rules and the invoices alone.


def rounded(amount: Fraction) -> Decimal:
    """To billionths, half up."""
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(NANO, ROUND_HALF_UP)


def months_after(day: date, months: int) -> date:
    first = date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)


def earned_by_days(line: Row, invoice: Row, first: date, end: date, *, one_time: bool) -> Decimal:
    """What a base price earns on the days from `first` up to `end`, counted one by one."""
    begun = invoice["period_start"].date()
    over = months_after(begun, 12) if one_time else invoice["period_end"].date()
    days = [begun + timedelta(days=number) for number in range((over - begun).days)]
    before, until = (sum(day < limit for day in days) for limit in (first, end))
    price = Fraction(line["amount"])
    return rounded(price * until / len(days)) - rounded(price * before / len(days))


def earned_by_use(lots: list[list[Decimal]], used: Decimal) -> Decimal:
    """What purchases earn when so much of them is used, the oldest first. A lot: quantity, amount, used up so far."""
    earned = Decimal(0)
    for lot in lots:
        quantity, amount, before = lot
        lot[2] = min(quantity, before + used)
        used -= lot[2] - before
        earned += rounded(Fraction(amount) * Fraction(lot[2]) / Fraction(quantity))
        earned -= rounded(Fraction(amount) * Fraction(before) / Fraction(quantity))
    assert used == 0
    return earned


def slow_accounts(result: Replay, pack_credits: Mapping[str, Decimal], top_up: Decimal) -> list[tuple[Decimal, ...]]:
    """billed, earned_base, earned_packs, earned_top_ups and outstanding_closing of each row of the periods."""
    invoices = {(row["customer_id"], row["invoice_number"]): row for row in result.table("invoices").to_pylist()}
    lines = [
        (line, invoices[line["customer_id"], line["invoice_number"]]) for line in result.table("invoice_lines").to_pylist()
    ]
    one_time = result.runs[0].interval == "one_time"
    rows, lots, outstanding, customer = [], [], Decimal(0), None
    for period in result.table("periods").to_pylist():
        if period["customer_id"] != customer:
            lots, outstanding, customer = [], Decimal(0), period["customer_id"]
        own = [(line, invoice) for line, invoice in lines if line["customer_id"] == customer]
        begins, ends = period["period_start"], period["period_end"]
        base = sum(
            (
                earned_by_days(line, invoice, begins.date(), ends.date(), one_time=one_time)
                for line, invoice in own
                if line["kind"] == "plan_base"
            ),
            Decimal(0),
        )
        for line, invoice in own:
            if line["kind"] in ("credit_pack", "top_up") and begins <= invoice["issued_at"] < ends:
                size = pack_credits[line["item"]] if line["kind"] == "credit_pack" else top_up
                lots.append([line["quantity"] * size, line["amount"], Decimal(0)])
        packs = top_ups = Decimal(0)
        if period["purchased_credits_used"] is not None:
            packs = earned_by_use(lots, period["purchased_credits_used"])
        elif lots:
            in_hand = sum(quantity - before for quantity, _, before in lots)
            beyond = max(Decimal(0), period["balance_used"] - period["balance_granted"])
            top_ups = earned_by_use(lots, beyond if period["closed_early"] else in_hand)
            lots = lots if period["closed_early"] else []
        outstanding += period["billed"] - base - packs - top_ups - period["overage"]
        rows.append((period["billed"], base, packs, top_ups, outstanding))
    return rows


@settings(max_examples=60, deadline=None)
@given(studies())
def test_the_accounts_are_those_of_a_slow_count(study: tuple[Replay, dict[str, Decimal], Decimal]) -> None:
    result, sizes, top_up = study
    columns = ("billed", "earned_base", "earned_packs", "earned_top_ups", "outstanding_closing")
    found = [tuple(row[column] for column in columns) for row in result.table("accounts").to_pylist()]
    assert found == slow_accounts(result, sizes, top_up)


@settings(max_examples=30, deadline=None)
@given(studies())
def test_billed_is_earned_and_the_change_in_outstanding(study: tuple[Replay, dict[str, Decimal], Decimal]) -> None:
    before: dict[str, Decimal] = {}
    for row in study[0].table("accounts").to_pylist():
        assert row["outstanding_opening"] == before.get(row["customer_id"], 0)
        assert row["billed"] == row["earned"] + row["outstanding_closing"] - row["outstanding_opening"]
        assert row["earned"] == row["earned_base"] + row["earned_overage"] + row["earned_packs"] + row["earned_top_ups"]
        parts = (row["outstanding_base"], row["outstanding_credits"], row["outstanding_top_ups"])
        assert row["outstanding_closing"] == sum(parts)
        assert min(parts) >= 0
        before[row["customer_id"]] = row["outstanding_closing"]
