"""The comparison of candidates, on a world small enough to be added up by hand.

January and February 2026, everybody subscribed from the first day, three customers:

    ann    12 calls in January
    bob     3 calls in January, 15 in February
    cleo    1 image in February

Metered ($10, 10 calls included, $1 a call beyond, images unlimited): ann 10 + 10 + 2 overage = $22, bob 10 + 10 + 5 = $25,
cleo 10 + 10 = $20; together $67.
Credits ($8, 10 credits, a credit a call, packs of 5 credits for $3): ann and bob buy one pack each: $19 and $19, cleo $16;
together $54. Of 60 plan credits 10 + 3 + 10 are used and 37 lapse; of 10 bought 2 + 5 are used and 3 are left.
Balance ($12, as much balance, $1 a call, blocks): $24 each, together $72. Bob is refused 3 calls; of the balance of $72
12 + 3 + 12 are used and $45 lapse. Neither Credits nor Balance has images: cleo is refused.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
import openpyxl
import pytest
from support.compared_models import BALANCE, CATALOG, CREDITS, FREE, METERED, USAGE, compared, events

from commet_core.catalog.plans import Catalog
from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import percent
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.vocabulary import PRICE_CHANGES
from commet_core.foundation.window import Window
from commet_core.foundation.wording import listed
from commet_core.foundation.workbooks import to_excel
from commet_core.reports.compare import (
    Side,
    differences,
    months_in,
    on_side,
    parts_of,
    price_changes,
    revenue_by_month,
    summarize,
)
from commet_core.reports.compare.assumptions import (
    buyers_percent,
    choice_of,
    pack_rules,
    window_between,
    with_packs,
    with_top_up,
    without_choice,
)
from commet_core.reports.compare.behind import billed_by_customer, customers_behind, lines_behind, matching, refused, total
from commet_core.reports.compare.blocked import blocked_features
from commet_core.reports.compare.cautions import cautions
from commet_core.reports.compare.distribution import (
    Bin,
    _histogram,
    cost_histogram,
    costing,
    difference_histogram,
    differing,
    nice_edges,
    ranked,
    shares_of_largest,
)
from commet_core.reports.compare.lesson import changes_in_words, lesson, more
from commet_core.reports.compare.report import excel_sheets, sheet_makers
from commet_core.reports.compare.stocks import leftovers, stocks
from commet_core.reports.compare.sum_words import month_in_words, sum_in_words
from commet_core.scenario.candidates import Candidate, Purchases, TopUp
from commet_core.scenario.scenario import Scenario

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture(scope="module")
def three() -> Replay:
    return compared(METERED, CREDITS, BALANCE)


def amounts(texts: Sequence[str]) -> list[Decimal]:
    return [Decimal(text) for text in texts]


class TestSummaries:
    def test_revenue_adds_up_from_its_parts(self, three: Replay) -> None:
        parts = [(found.base, found.overage, found.packs, found.top_ups, found.billed) for found in summarize(three)]
        assert parts == [(60, 7, 0, 0, 67), (48, 0, 6, 0, 54), (72, 0, 0, 0, 72)]

    @pytest.mark.parametrize("candidate", [METERED, CREDITS])
    def test_what_a_promo_code_takes_off_lowers_the_base(self, candidate: dict[str, Any]) -> None:
        """Half of the base price of all, for both months; what is billed beside it is as before."""
        offers = {"half": {"phases": [{"type": "percentage", "percentage": 50}]}}
        catalog = {**CATALOG, "offers": offers, "promo_codes": {"HALF": {"offer": "half"}}}
        whole, half = summarize(compared(candidate, {**candidate, "name": "Half", "promo_code": "HALF"}, catalog=catalog))
        assert half.base * 2 == whole.base > 0
        assert (half.overage, half.packs) == (whole.overage, whole.packs)
        assert half.billed == sum(parts_of(half).values())

    def test_monthly_revenue_is_what_was_billed_by_months_of_the_window(self, three: Replay) -> None:
        assert [found.monthly_revenue for found in summarize(three)] == amounts(["33.50", "27.00", "36.00"])

    def test_the_median_customer_is_the_one_in_the_middle(self, three: Replay) -> None:
        """Metered: ann $11.00, bob $12.50, cleo $10.00 a month."""
        assert monthly_costs(three.runs[0]).tolist() == [1_100_000_000, 1_250_000_000, 1_000_000_000]
        assert [found.median_monthly_cost for found in summarize(three)] == amounts(["11.00", "9.50", "12.00"])

    def test_of_an_even_number_of_customers_the_median_is_between_the_middle_two(self) -> None:
        without_cleo = compared(METERED, rows=USAGE[:-1])
        assert summarize(without_cleo)[0].median_monthly_cost == Decimal("11.75")

    def test_blocked_share_counts_events(self, three: Replay) -> None:
        assert [found.blocked_share for found in summarize(three)] == [0, Fraction(1, 31), Fraction(4, 31)]

    def test_the_first_refusal_is_dated(self, three: Replay) -> None:
        assert [found.first_blocked_at for found in summarize(three)] == [
            None,
            datetime(2026, 2, 20, 12, 0, tzinfo=UTC),
            datetime(2026, 2, 10, 12, 12, tzinfo=UTC),
        ]
        assert [found.customers_blocked for found in summarize(three)] == [0, 1, 2]

    def test_a_yearly_price_counts_a_twelfth_a_month(self) -> None:
        catalog = {**CATALOG, "plans": {"yearly": {**CATALOG["plans"]["metered"], "prices": {"yearly": 120}}}}
        yearly = compared({"name": "Yearly", "plan": "yearly"}, catalog=catalog)
        assert monthly_costs(yearly.runs[0]).tolist() == [1_100_000_000, 1_250_000_000, 1_000_000_000]

    def test_a_week_counts_twelve_fifty_seconds_of_a_month(self) -> None:
        """Four weeks at $3: 3 × 52 ÷ 12 = $13 a month."""
        catalog = {**CATALOG, "plans": {"weekly": {**CATALOG["plans"]["metered"], "prices": {"weekly": 3}}}}
        weekly = compared(
            {"name": "Weekly", "plan": "weekly"},
            catalog=catalog,
            window={"start": "2026-01-01", "end": "2026-01-29"},
            rows=USAGE[12:15],
        )
        assert monthly_costs(weekly.runs[0]).tolist() == [1_300_000_000]

    def test_part_of_a_month_counts_as_its_part(self) -> None:
        assert months_in(Window(start=date(2026, 1, 17), end=date(2026, 2, 15))) == Fraction(15, 31) + Fraction(1, 2)


class TestRevenueByMonth:
    def test_an_invoice_counts_in_the_month_of_its_issue_and_the_closing_one_in_the_last(self, three: Replay) -> None:
        """Ann's overage of January is invoiced on February 1; bob's of February at the window's end, on March 1."""
        metered = [row for row in revenue_by_month(three).to_pylist() if row["candidate"] == "Metered" and row["amount"]]
        assert [(row["month"], row["part"], row["amount"]) for row in metered] == [
            (JANUARY, "base", 30),
            (FEBRUARY, "base", 30),
            (FEBRUARY, "overage", 2),
            (FEBRUARY, "closing", 5),
        ]

    def test_packs_count_when_they_are_bought(self, three: Replay) -> None:
        packs = [row for row in revenue_by_month(three).to_pylist() if row["part"] == "packs" and row["amount"]]
        assert [(row["candidate"], row["month"], row["amount"]) for row in packs] == [
            ("Credits", JANUARY, 3),
            ("Credits", FEBRUARY, 3),
        ]

    def test_every_candidate_has_every_month_and_part(self, three: Replay) -> None:
        assert revenue_by_month(three).num_rows == 3 * 2 * 5


class TestBehind:
    def test_customers_are_listed_with_the_parts_of_their_bill_largest_first(self, three: Replay) -> None:
        rows = customers_behind(three, three.runs[0]).to_pylist()
        assert [(row["customer_id"], row["base"], row["overage"], row["billed"]) for row in rows] == [
            ("bob", 20, 5, 25),
            ("ann", 20, 2, 22),
            ("cleo", 20, 0, 20),
        ]
        assert [row["monthly_cost"] for row in rows] == amounts(["12.50", "11.00", "10.00"])

    def test_the_customers_of_a_month_add_up_to_its_bar(self, three: Replay) -> None:
        february = customers_behind(three, three.run("Credits"), month=FEBRUARY)
        assert [(row["customer_id"], row["packs"], row["billed"]) for row in february.to_pylist()] == [
            ("bob", 3, 11),
            ("ann", 0, 8),
            ("cleo", 0, 8),
        ]
        assert total(february, "billed") == 27

    def test_only_the_refused(self, three: Replay) -> None:
        balance = three.run("Balance")
        rows = customers_behind(three, balance, only=refused(balance)).to_pylist()
        assert [(row["customer_id"], row["blocked_events"]) for row in rows] == [("bob", 3), ("cleo", 1)]
        assert rows[0]["first_blocked_at"] == datetime(2026, 2, 10, 12, 12, tzinfo=UTC)

    def test_lines_are_those_of_the_customer(self, three: Replay) -> None:
        rows = lines_behind(three, three.run("Metered"), "bob").to_pylist()
        assert [(row["invoice_number"], row["invoice"], row["kind"], row["item"], row["amount"]) for row in rows] == [
            (1, "recurring", "plan_base", "metered", 10),
            (2, "recurring", "plan_base", "metered", 10),
            (3, "closing", "feature_overage", "call", 5),
        ]
        assert rows[2]["quantity"] * rows[2]["unit_price"] == 5

    def test_lines_of_a_month_are_those_that_count_in_it(self, three: Replay) -> None:
        assert lines_behind(three, three.run("Metered"), "bob", FEBRUARY)["amount"].to_pylist() == [10, 5]

    def test_a_stranger_has_no_lines(self, three: Replay) -> None:
        assert lines_behind(three, three.run("Metered"), "zoe").num_rows == 0
        assert lines_behind(three, three.run("Metered"), "ab").num_rows == 0

    def test_a_customer_whose_usage_lies_outside_the_window_has_no_lines(self) -> None:
        late = [*USAGE, *events("abe", date(2026, 5, 1), "call", 1)]
        run = compared(METERED, rows=late)
        assert lines_behind(run, run.runs[0], "abe").num_rows == 0
        assert lines_behind(run, run.runs[0], "bob")["amount"].to_pylist() == [10, 10, 5]

    def test_search_takes_the_text_as_it_is_and_ignores_case(self, three: Replay) -> None:
        table = customers_behind(three, three.runs[0])
        assert matching(table, " AN ")["customer_id"].to_pylist() == ["ann"]
        assert matching(table, ".*").num_rows == 0
        assert matching(table, "").num_rows == 3

    def test_the_sum_of_no_rows_is_nothing(self, three: Replay) -> None:
        assert total(matching(customers_behind(three, three.runs[0]), "nobody"), "billed") == 0

    def test_customers_side_by_side_under_every_candidate(self, three: Replay) -> None:
        rows = billed_by_customer(three).to_pylist()
        assert [tuple(row.values()) for row in rows] == [("bob", 25, 19, 24), ("ann", 22, 19, 24), ("cleo", 20, 16, 24)]


class TestDifferences:
    def test_the_largest_loser_comes_first(self, three: Replay) -> None:
        rows = differences(three, three.run("Balance")).to_pylist()
        assert [(row["customer_id"], row["difference"]) for row in rows] == [("cleo", 4), ("ann", 2), ("bob", -1)]
        assert rows[0]["change"] == 4 / 20

    @pytest.mark.parametrize(
        ("side", "shown"), [("more", [4, 2]), ("less_served", []), ("less_refused", [-1]), ("same", []), ("all", [4, 2, -1])]
    )
    def test_one_side_of_them_the_largest_first(self, three: Replay, side: Side, shown: list[int]) -> None:
        assert on_side(differences(three, three.run("Balance")), side)["difference"].to_pylist() == shown

    def test_who_saves_most_comes_first(self, three: Replay) -> None:
        found = differences(three, three.run("Credits"))
        assert [on_side(found, side)["difference"].to_pylist() for side in ("less_served", "less_refused")] == [[-6, -3], [-4]]

    def test_there_is_no_percentage_of_nothing(self) -> None:
        found = compared(FREE, METERED)
        assert differences(found, found.run("Metered"))["change"].to_pylist() == [None, None, None]

    def test_what_is_added_less_what_is_saved_is_the_difference_in_revenue(self, three: Replay) -> None:
        found = price_changes(three, three.run("Balance"))
        assert (found.saved, found.added) == (1, 6)
        assert found.added - found.saved == 72 - 67

    def test_who_was_refused_is_no_winner(self, three: Replay) -> None:
        """Under Credits all pay less; cleo pays $4 less because its image was refused. Under Balance so does bob, by $1."""
        assert dict(price_changes(three, three.run("Credits")).counts) == {
            "less_served": 2,
            "less_refused": 1,
            "same": 0,
            "more": 0,
        }
        assert dict(price_changes(three, three.run("Balance")).counts) == {
            "less_served": 0,
            "less_refused": 1,
            "same": 0,
            "more": 2,
        }

    @pytest.mark.parametrize("candidate", ["Metered", "Credits", "Balance"])
    def test_the_four_groups_add_up_to_all_customers(self, three: Replay, candidate: str) -> None:
        run = three.run(candidate)
        found = price_changes(three, run)
        assert sum(found.counts.values()) == run.customer_count
        table = differences(three, run)
        assert {group: table["group"].to_pylist().count(group) for group in PRICE_CHANGES} == found.counts

    def test_in_words_they_add_up_too(self, three: Replay) -> None:
        assert changes_in_words(price_changes(three, three.run("Balance"))) == (
            "2 of 3 customers would pay more, 1 less but with usage refused and none less with everything served"
        )
        assert changes_in_words(price_changes(three, three.run("Metered"))) == "all 3 customers would pay the same"

    def test_another_baseline_turns_them_round(self) -> None:
        found = compared(METERED, BALANCE, baseline="Balance")
        assert differences(found, found.run("Metered"))["difference"].to_pylist() == [1, -2, -4]


class TestBins:
    def test_amounts_close_together_get_even_bins(self) -> None:
        assert nice_edges(Decimal(40), Decimal(120)) == [Decimal(40 + 10 * step) for step in range(10)]

    def test_amounts_far_apart_get_ever_wider_ones(self) -> None:
        assert nice_edges(Decimal("0.3"), Decimal(1000)) == amounts(
            ["0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200", "500", "1000", "2000"]
        )

    def test_amounts_a_little_apart_get_finer_ones(self) -> None:
        assert nice_edges(Decimal(10), Decimal(250)) == amounts(
            ["10", "15", "20", "30", "50", "70", "100", "150", "200", "300"]
        )

    @pytest.mark.parametrize(("least", "most"), [("0.000001", "0.000001"), ("7", "7"), ("19", "380"), ("1", "100000000")])
    def test_every_amount_lies_in_a_bin(self, least: str, most: str) -> None:
        edges = nice_edges(Decimal(least), Decimal(most))
        assert edges[0] <= Decimal(least)
        assert edges[-2] <= Decimal(most) < edges[-1]
        assert len(edges) < 40

    def test_candidates_share_the_bins_of_what_customers_pay(self, three: Replay) -> None:
        """A month: Metered 11, 12.50, 10; Credits 9.50, 9.50, 8; Balance 12, 12, 12. Bins half a dollar wide."""
        found = cost_histogram(three)
        assert found.bins[0] == Bin(Decimal("8.0"), Decimal("8.5"))
        filled = {
            name: {str(span.low): count for span, count in zip(found.bins, counts, strict=True) if count}
            for name, counts in found.counts.items()
        }
        assert filled == {
            "Metered": {"10.0": 1, "11.0": 1, "12.5": 1},
            "Credits": {"8.0": 1, "9.5": 2},
            "Balance": {"12.0": 3},
        }

    def test_nothing_has_a_bin_of_its_own(self) -> None:
        found = cost_histogram(compared(FREE, METERED))
        assert found.bins[0] == Bin(Decimal(0), Decimal(0))
        assert found.counts["Free"][0] == 3
        assert found.counts["Metered"][0] == 0

    def test_amounts_below_a_thousandth_of_the_largest_share_a_bin(self) -> None:
        """Over two months ann pays one cent and cleo $1,000: half a cent and $500 a month."""
        prices = {"call": {"overage": {"unit_price": "0.01"}}, "image": {"overage": {"unit_price": 1000}}}
        catalog = {**CATALOG, "plans": {"wide": {"consumption_model": "metered", "prices": {"monthly": 0}, "features": prices}}}
        found = cost_histogram(compared({"name": "Wide", "plan": "wide"}, catalog=catalog, rows=[USAGE[0], USAGE[-1]]))
        assert (found.bins[0], found.counts["Wide"][0]) == (Bin(Decimal(0), Decimal("0.5")), 1)
        assert (found.bins[-1], found.counts["Wide"][-1]) == (Bin(Decimal(500), Decimal(1000)), 1)

    def test_one_large_customer_does_not_hide_what_the_others_pay(self) -> None:
        """Of 200 customers 199 pay $20 to $40, and one $9,000: bins are as fine as theirs, and hers is gathered."""
        amounts = np.array([*(2000 + 10 * place for place in range(199)), 900_000], np.int64)
        found = _histogram({"Metered": amounts}, 100)
        assert len(found.bins) > 8
        assert found.bins[0] == Bin(Decimal(20), Decimal(22))
        assert (found.bins[-1], found.counts["Metered"][-1]) == (Bin(Decimal(40), Decimal(10_000), gathered=True), 1)
        assert sum(found.counts["Metered"]) == 200

    def test_nothing_is_not_in_a_bin_that_begins_there(self, three: Replay) -> None:
        """Of bob, ann and cleo Balance takes −1, +2 and +4; a twin of the baseline takes the same."""
        span = Bin(Decimal(0), Decimal(4))
        twins = compared(METERED, {"name": "Twin", "plan": "metered"})
        assert np.count_nonzero(differing(three, three.run("Balance"), span)) == 1
        assert np.count_nonzero(differing(twins, twins.run("Twin"), span)) == 0

    def test_where_all_pay_nothing_there_is_one_bin(self) -> None:
        found = cost_histogram(compared(FREE))
        assert found.bins == (Bin(Decimal(0), Decimal(0)),)
        assert found.counts == {"Free": (3,)}

    def test_differences_lie_on_either_side_of_nothing(self, three: Replay) -> None:
        """Against Metered, bob, ann and cleo: Credits −6, −3, −4; Balance −1, +2, +4."""
        found = difference_histogram(three)
        counted = {
            name: [
                (span.low, span.high)
                for span, *counts in zip(found.bins, *groups.values(), strict=True)
                for _ in range(sum(counts))
            ]
            for name, groups in found.counts.items()
        }
        assert set(counted) == {"Credits", "Balance"}
        assert [low < amount <= high for (low, high), amount in zip(counted["Credits"], (-6, -4, -3), strict=True)] == [
            True
        ] * 3
        low_side, *high_side = counted["Balance"]
        assert low_side[0] < -1 <= low_side[1]
        assert [low <= amount < high for (low, high), amount in zip(high_side, (2, 4), strict=True)] == [True] * 2

    def test_no_difference_has_a_bin_of_its_own(self) -> None:
        twin = {"name": "Twin", "plan": "metered"}
        found = difference_histogram(compared(METERED, twin))
        assert found.bins == (Bin(Decimal(0), Decimal(0)),)
        assert found.counts == {"Twin": {"less_served": (0,), "less_refused": (0,), "same": (3,), "more": (0,)}}

    def test_bins_hold_each_group_apart(self, three: Replay) -> None:
        """Credits: ann −3 and bob −6 served, cleo −4 refused. Balance: bob −1 refused, ann and cleo pay more."""
        sums = {
            name: {group: sum(counts) for group, counts in groups.items()}
            for name, groups in difference_histogram(three).counts.items()
        }
        assert sums == {name: dict(price_changes(three, three.run(name)).counts) for name in ("Credits", "Balance")}

    def test_a_single_candidate_differs_from_nobody(self) -> None:
        found = difference_histogram(compared(METERED))
        assert (found.bins, found.counts) == ((), {})

    def test_outliers_are_gathered_at_an_end(self) -> None:
        """Of 302 customers 300 make 2 to 21 calls in January, one 500 and one 2,000: $1 a call beyond 10, over two months."""
        rows = [
            (f"c{place}", datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(minutes=each), "call")
            for place, calls in enumerate([*(2 + place % 20 for place in range(300)), 500, 2_000])
            for each in range(calls)
        ]
        replayed = compared(FREE, METERED, rows=rows)
        found = difference_histogram(replayed)
        *inner, last = found.bins
        assert last.gathered
        assert not any(span.gathered for span in inner)
        assert [counts[-1] for counts in found.counts["Metered"].values()] == [0, 0, 0, 2]
        assert np.count_nonzero(differing(replayed, replayed.run("Metered"), last)) == 2
        mirrored = difference_histogram(compared(METERED, FREE, rows=rows))
        assert mirrored.bins[0] == Bin(-last.high, -last.low, gathered=True)

    def test_a_bin_opens_to_exactly_its_customers(self, three: Replay) -> None:
        costs, differences_spread = cost_histogram(three), difference_histogram(three)
        for name, counts in costs.counts.items():
            assert [int(np.count_nonzero(costing(three, three.run(name), span))) for span in costs.bins] == list(counts)
        for name, groups in differences_spread.counts.items():
            opened = [int(np.count_nonzero(differing(three, three.run(name), span))) for span in differences_spread.bins]
            assert opened == [sum(counts) for counts in zip(*groups.values(), strict=True)]


class TestRanks:
    def test_customers_are_ranked_by_what_they_are_billed(self, three: Replay) -> None:
        rows = ranked(three.runs[0], 100).to_pylist()
        assert [(row["rank"], row["customer_id"], row["billed"]) for row in rows] == [
            (1, "bob", 25),
            (2, "ann", 22),
            (3, "cleo", 20),
        ]

    def test_many_customers_are_thinned_but_not_the_ends(self) -> None:
        rows = [event for number in range(500) for event in events(f"c{number:03d}", date(2026, 1, 2), "call", 1)]
        ranks = ranked(compared(METERED, rows=rows).runs[0], 40)["rank"].to_pylist()
        assert (ranks[0], ranks[-1]) == (1, 500)
        assert len(ranks) <= 41
        assert ranks == sorted(set(ranks))

    def test_the_share_of_the_largest(self, three: Replay) -> None:
        """One in a hundred of three customers is one customer."""
        first = shares_of_largest(three).to_pylist()[0]
        assert (first["candidate"], first["percent"], first["customers"], first["billed"], first["total"]) == (
            "Metered",
            1,
            1,
            25,
            67,
        )


class TestBlocked:
    def test_features_are_listed_with_the_reason(self, three: Replay) -> None:
        found = [
            (one.candidate, one.feature, one.reason, one.blocked_events, one.share, one.customers)
            for one in blocked_features(three)
        ]
        assert found == [
            ("Credits", "image", "not_in_plan", 1, 1, 1),
            ("Balance", "call", "allowance_exhausted", 3, Fraction(3, 30), 1),
            ("Balance", "image", "not_in_plan", 1, 1, 1),
        ]

    def test_a_customer_counts_once_however_often_it_was_refused(self) -> None:
        """Bob asks for 15 calls of a balance of 12 in either month: 3 refused, and 3."""
        found = compared(
            BALANCE, rows=[*events("bob", date(2026, 1, 3), "call", 15), *events("bob", date(2026, 2, 3), "call", 15)]
        )
        assert [(one.blocked_events, one.customers) for one in blocked_features(found)] == [(6, 1)]

    def test_they_add_up_to_what_the_candidate_blocked(self, three: Replay) -> None:
        for summary in summarize(three):
            own = [one.blocked_events for one in blocked_features(three) if one.candidate == summary.name]
            assert sum(own) == summary.blocked_events


class TestStocks:
    def test_what_came_in_is_what_was_used_lapsed_or_is_left(self, three: Replay) -> None:
        found = [(one.kind, one.granted, one.bought, one.used, one.forfeited, one.in_hand) for one in stocks(three)]
        assert found == [
            ("plan credits", 60, 0, 23, 37, 0),
            ("purchased credits", 0, 10, 7, 0, 3),
            ("balance", 72, 0, 27, 45, 0),
        ]
        assert [one.forfeited_share for one in stocks(three)] == [Fraction(37, 60), 0, Fraction(45, 72)]

    def test_overage_counts_as_coming_in(self) -> None:
        """Bob uses $15 of $12 in February: $3 below zero."""
        catalog = {**CATALOG, "plans": {"open": {**CATALOG["plans"]["balance"], "block_on_exhaustion": False}}}
        (balance,) = stocks(compared({"name": "Open", "plan": "open"}, catalog=catalog))
        assert (balance.granted, balance.overage, balance.used, balance.forfeited) == (72, 3, 30, 45)

    def test_a_period_that_the_window_cuts_off_forfeits_nothing_yet(self) -> None:
        cut = compared(CREDITS, start="first_use", rows=USAGE[:12])
        plan_credits = stocks(cut)[0]
        assert (plan_credits.granted, plan_credits.used, plan_credits.forfeited, plan_credits.in_hand) == (20, 10, 0, 10)

    def test_by_customer_they_add_up(self, three: Replay) -> None:
        rows = leftovers(three.run("Credits")).to_pylist()
        assert [(row["customer_id"], row["forfeited"], row["in_hand"]) for row in rows] == [
            ("cleo", 20, 0),
            ("ann", 10, 3),
            ("bob", 7, 0),
        ]
        for row in rows:
            assert row["granted"] + row["bought"] + row["overage"] == row["used"] + row["forfeited"] + row["in_hand"]

    def test_a_metered_plan_has_none(self, three: Replay) -> None:
        assert leftovers(three.run("Metered")).num_rows == 0


class TestLesson:
    def test_the_best_earner_against_the_baseline_then_the_others(self, three: Replay) -> None:
        assert lesson(three) == (
            "Balance, with nobody topping up, brings in 7.5 % more than Metered ($36.00 a month against $33.50), but refuses 12.9 % of "
            "usage; under Balance, against Metered, 2 of 3 customers would pay more, 1 less but with usage refused and none less "
            "with everything served. Credits, with every customer who runs short buying packs, brings in 19.4 % less than Metered "
            "($27.00) and refuses 3.2 %."
        )

    def test_where_the_baseline_earns_most_it_comes_first(self) -> None:
        assert lesson(compared(METERED, CREDITS)) == (
            "Metered brings in 24.1 % more than Credits, with every customer who runs short buying packs ($33.50 a month against "
            "$27.00), and refuses nothing where Credits refuses 3.2 % of usage; under Credits, against Metered, 2 of 3 customers would "
            "pay less with everything served and 1 less but with usage refused."
        )

    def test_more_blocked_is_a_but_and_less_an_and(self) -> None:
        assert ", but refuses 12.9 % of usage against 3.2 %; under Balance" in lesson(compared(CREDITS, BALANCE))
        dear = {**CATALOG["plans"]["credits"], "prices": {"monthly": 20}}
        catalog = {**CATALOG, "plans": {**CATALOG["plans"], "credits": dear}}
        assert ", and refuses 3.2 % of usage against 12.9 %; under Credits" in lesson(
            compared(BALANCE, CREDITS, catalog=catalog)
        )

    def test_a_candidate_that_is_in_twice_does_not_make_the_headline(self) -> None:
        assert lesson(compared(CREDITS, METERED, {"name": "Twin", "plan": "metered"})) == (
            "Metered brings in 24.1 % more than Credits, with every customer who runs short buying packs ($33.50 a month against "
            "$27.00), and refuses nothing where Credits refuses 3.2 % of usage; under Metered, against Credits, all 3 customers would "
            "pay more. Twin comes out the same as Metered for every customer."
        )

    def test_the_headline_states_how_many_buy(self) -> None:
        some = {**CREDITS, "purchases": {"pack": "smallest_sufficient", "probability": 0.6, "max_packs_per_period": 3}}
        assert "than Credits, with 60 % of customers buying packs, at most 3 a period (" in lesson(compared(METERED, some))
        nobody = {**CREDITS, "purchases": {"pack": "none"}}
        assert "than Credits, with nobody buying packs (" in lesson(compared(METERED, nobody))
        topping = {**BALANCE, "top_up": {"amount": 5}}
        assert lesson(compared(METERED, topping)).startswith(
            "Balance, with every customer who runs short topping up, brings in"
        )

    def test_an_assumption_that_nothing_rests_on_is_not_stated(self) -> None:
        """Nobody runs short of 100 credits; what is refused for lack of an allowance is nothing."""
        plenty = {**CATALOG["plans"]["credits"], "included_credits": 100}
        catalog = {**CATALOG, "plans": {**CATALOG["plans"], "credits": plenty}}
        calls = [event for event in USAGE if event[2] == "call"]
        assert "buying" not in lesson(compared(METERED, CREDITS, catalog=catalog, rows=calls))

    def test_one_that_earns_nothing_is_said_to(self) -> None:
        assert lesson(compared(METERED, CREDITS, FREE)).endswith(" Free brings in nothing and refuses nothing.")

    def test_one_candidate_is_not_compared(self) -> None:
        assert lesson(compared(CREDITS)) == (
            "Credits, with every customer who runs short buying packs, brings in $27.00 a month and refuses 3.2 % of usage; the "
            "median customer pays $9.50 a month."
        )

    def test_a_candidate_that_equals_the_baseline_does_not_make_the_headline(self) -> None:
        assert lesson(compared(METERED, {"name": "Twin", "plan": "metered"})) == (
            "Metered brings in $33.50 a month and refuses nothing; the median customer pays $11.00 a month. Twin comes out the same "
            "as Metered for every customer."
        )

    def test_equal_revenue_may_hide_a_difference(self) -> None:
        """Both bill the base price alone, $60; one refuses what is beyond 12 calls, 3 of bob's, and images: so does the other."""
        flat = {"consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": {"included": 12}}}
        catalog = {**CATALOG, "plans": {"limited": flat, "open": {**flat, "features": {"call": {"unlimited": True}}}}}
        found = lesson(compared({"name": "Open", "plan": "open"}, {"name": "Limited", "plan": "limited"}, catalog=catalog))
        assert found.startswith(
            "Open and Limited bring in the same, $30.00 a month, and refuse of usage: Open 3.2 % and Limited"
        )

    def test_there_is_no_percentage_of_nothing(self) -> None:
        assert lesson(compared(FREE, METERED)) == (
            "Metered brings in $33.50 a month where Free brings in nothing, and neither refuses anything; under Metered, against "
            "Free, all 3 customers would pay more."
        )

    def test_nothing_at_all(self) -> None:
        assert lesson(compared(FREE, {"name": "Gratis", "plan": "free"})).startswith("Free brings in $0.00 a month and refuses")

    def test_a_large_ratio_is_said_in_times(self) -> None:
        assert more(Fraction(34, 10), "Metered") == "3.4 times as much as Metered"
        assert more(Fraction(112, 100), "Metered") == "12 % more than Metered"

    @pytest.mark.parametrize(
        ("share", "text"),
        [
            (Fraction(0), "0 %"),
            (Fraction(1, 10_000), "less than 0.1 %"),
            (Fraction(1, 2000), "0.1 %"),
            (Fraction(25, 2000), "1.3 %"),
            (Fraction(9999, 10_000), "more than 99.9 %"),
            (Fraction(1), "100 %"),
            (Fraction(12), "1,200 %"),
        ],
    )
    def test_percentages_never_round_something_to_nothing(self, share: Fraction, text: str) -> None:
        assert percent(share) == text

    def test_a_sum_leaves_out_what_is_nothing_but_not_the_base(self) -> None:
        parts = {"base": Decimal(0), "overage": Decimal(7), "top-ups": Decimal(0)}
        assert sum_in_words(parts, Decimal(7), "usd") == "Base $0.00 + overage $7.00 = $7.00 billed"

    def test_how_a_month_follows_from_the_window(self, three: Replay) -> None:
        assert month_in_words(summarize(three)[0], three.window, "usd") == "$67.00 ÷ 2 months = $33.50 a month"
        part = compared(METERED, window={"start": "2026-01-01", "end": "2026-02-15"})  # ann and bob: 40 + 2 + 5
        assert month_in_words(summarize(part)[0], part.window, "usd") == "$47.00 ÷ 1.50 months ≈ $31.33 a month"

    def test_lists(self) -> None:
        assert [listed(["A"]), listed(["A", "B"]), listed(["A", "B", "C"])] == ["A", "A and B", "A, B and C"]


class TestCautions:
    def test_features_that_a_plan_lacks_are_named_with_the_candidates(self, three: Replay) -> None:
        (found,) = cautions(three)
        assert found == (
            "image is part of the usage but not of the plan of Credits and Balance: all of it is refused there and brings in "
            "nothing."
        )

    def test_a_fair_comparison_has_none(self) -> None:
        assert cautions(compared(METERED, FREE)) == []

    def test_a_yearly_price_beside_a_monthly_one_pays_for_time_after_the_window(self) -> None:
        """Three customers pay $365 each on January 1; 306 of the 365 days lie after February: $918."""
        yearly = {**CATALOG["plans"]["metered"], "prices": {"yearly": 365}}
        catalog = {**CATALOG, "plans": {**CATALOG["plans"], "yearly": yearly}}
        (found,) = cautions(compared(METERED, {"name": "Yearly", "plan": "yearly"}, catalog=catalog))
        assert found == (
            "Yearly is billed yearly in advance: $918.00 of what it bills pays for time after the window. What customers pay a "
            "month allows for that; revenue does not."
        )
        assert cautions(compared({"name": "Yearly", "plan": "yearly"}, catalog=catalog)) == []

    def test_a_price_charged_once_is_said_to_be(self) -> None:
        once = {**CATALOG["plans"]["metered"], "prices": {"one_time": 100}}
        catalog = {**CATALOG, "plans": {**CATALOG["plans"], "once": once}}
        (found,) = cautions(compared(METERED, {"name": "Once", "plan": "once"}, catalog=catalog))
        assert found == "Once charges its base price once: its monthly revenue depends on the window's length."


class TestAssumptions:
    def test_packs_that_are_sold_are_offered_with_their_price(self) -> None:
        scenario = Scenario.model_validate({"catalog": CATALOG, "candidates": [CREDITS]})
        assert pack_rules(scenario.catalog, scenario.candidates[0]) == {
            "none": "Never buys: usage is refused",
            "smallest_sufficient": "Buys the smallest pack that is enough",
            "five": "Buys five: 5 credits for $3.00",
        }

    def test_a_rule_that_is_no_longer_sold_is_still_said(self) -> None:
        gone = Candidate.model_validate({"name": "A", "plan": "credits", "purchases": {"pack": "ten"}})
        assert pack_rules(Catalog.model_validate(CATALOG), gone)["ten"] == "ten (not sold on this plan)"

    def test_a_form_becomes_a_rule_exactly(self) -> None:
        candidate = with_packs(Candidate.model_validate(CREDITS), "five", 3, 12.5)
        assert candidate.purchases == Purchases(pack="five", max_packs_per_period=3, probability=Decimal("0.125"))
        assert buyers_percent(candidate.purchases.probability) == 12.5
        assert with_packs(candidate, "none", None, None).purchases == Purchases()

    def test_a_top_up_comes_and_goes(self) -> None:
        candidate = with_top_up(Candidate.model_validate(BALANCE), 20.1, 2, 50)
        assert candidate.top_up == TopUp(amount=Decimal("20.1"), max_per_period=2, probability=Decimal("0.5"))
        assert with_top_up(candidate, None, 2, 50).top_up is None

    @pytest.mark.parametrize(
        ("amount", "percent_typed", "problem"),
        [
            (0, 100, "amount: 0 is not more than 0. Give a number, more than 0, with at most 9 decimals."),
            (5, 101, "probability: 1.01 is too large. Give at most 1."),
        ],
    )
    def test_what_cannot_be_is_said(self, amount: float, percent_typed: float, problem: str) -> None:
        with pytest.raises(InputError) as raised:
            with_top_up(Candidate.model_validate(BALANCE), amount, None, percent_typed)
        assert str(raised.value) == problem

    @pytest.mark.parametrize(
        ("terms", "words"),
        [
            ({"consumption_model": "balance", "prices": {"monthly": 5}}, "Usage goes on below zero"),
            ({"prices": {"monthly": 5}, "features": {"call": {"overage": {"unit_price": 1}}}}, "Nothing is refused"),
            ({"features": {"call": {"overage": {"unit_price": 1}}}}, "Usage stops at what is included"),
            (
                {"prices": {"monthly": 5}, "features": {"call": {}, "image": {"unlimited": True}}},
                "Features with an overage price go on",
            ),
        ],
    )
    def test_a_plan_that_leaves_no_choice_says_what_happens(self, terms: dict[str, Any], words: str) -> None:
        plan = Catalog.model_validate({**CATALOG, "plans": {"it": {"consumption_model": "metered", **terms}}}).plans["it"]
        assert choice_of(plan) == "none"
        assert without_choice(plan).startswith(words)

    def test_what_there_is_to_assume_follows_from_the_plan(self) -> None:
        plans = Catalog.model_validate(CATALOG).plans
        assert {code: choice_of(plan) for code, plan in plans.items()} == {
            "metered": "none",
            "credits": "packs",
            "balance": "top_ups",
            "free": "none",
        }

    def test_a_window_holds_its_last_day(self) -> None:
        assert window_between(date(2026, 1, 1), date(2026, 1, 31)) == Window(start=date(2026, 1, 1), end=date(2026, 2, 1))


class TestReport:
    def test_every_table_has_its_sheet(self, three: Replay) -> None:
        book = openpyxl.load_workbook(BytesIO(to_excel(excel_sheets(three))))
        assert book.sheetnames == ["about", *sheet_makers(three)]
        assert [cell.value for cell in book["summary"][1]][:6] == [
            "name",
            "plan",
            "model",
            "customers",
            "customers billed",
            "billed",
        ]
        assert [row[5].value for row in book["summary"].iter_rows(min_row=2)] == [67, 54, 72]

    def test_the_four_groups_are_in_it(self, three: Replay) -> None:
        rows = sheet_makers(three)["customers by group"]().to_pylist()
        assert [tuple(row.values()) for row in rows if row["candidate"] == "Balance"] == [
            ("Balance", "Pay less, all served", 0, Decimal(0)),
            ("Balance", "Pay less, but refused", 1, Decimal(1)),
            ("Balance", "Pay the same", 0, Decimal(0)),
            ("Balance", "Pay more", 2, Decimal(6)),
        ]

    def test_customers_and_lines_add_up_to_what_was_billed(self, three: Replay) -> None:
        made = {name: make() for name, make in sheet_makers(three).items()}
        assert total(made["customers"], "billed") == total(made["invoice lines"], "amount") == 67 + 54 + 72
        assert total(made["revenue by month"], "amount") == total(made["periods"], "billed") == 67 + 54 + 72

    def test_differences_leave_the_baseline_out(self, three: Replay) -> None:
        assert set(sheet_makers(three)["differences"]()["candidate"].to_pylist()) == {"Credits", "Balance"}

    def test_a_long_table_is_left_out_and_said_to_be(self, three: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("commet_core.reports.compare.report.DETAIL_ROWS_MAX", 20)
        sheets = excel_sheets(three)
        assert "invoice lines" not in sheets
        about = dict(zip(*sheets["about"].to_pydict().values(), strict=True))
        assert about["Left out: invoice lines"] == "22 rows are too many for a sheet; take the CSV"

    def test_what_was_earned_and_costs_and_plans_are_in_it(self, three: Replay) -> None:
        """A call costs nothing that is known here: margins are what was earned. 7 of 10 purchased credits at $0.60 are used."""
        made = {name: make() for name, make in sheet_makers(three).items()}
        earned = 67 + Decimal("52.2") + 72
        assert total(made["earned"], "earned") == total(made["earned by month"], "earned") == earned
        assert total(made["accounts"], "earned") == total(made["margins"], "margin") == earned
        assert total(made["margins by customer"], "margin") == total(made["margins by feature"], "margin") == earned
        assert total(made["customers by plan"], "billed") == 67 + 54 + 72
        assert set(made["margins"]["features_without_cost"].to_pylist()) == {"call, image"}
        assert [row["units"] for row in made["value of blocked usage"].to_pylist()] == [1, 3, 1]
        assert (made["moves"].num_rows, made["movers"].num_rows) == (0, 0)

    def test_tables_that_cannot_be_worked_out_are_left_out_and_say_why(self) -> None:
        dear = {**CATALOG, "features": {"call": {"unit_cost": 2_000_000_000}, "image": {}}}
        sheets = excel_sheets(compared(METERED, catalog=dear))
        assert "customers" in sheets
        assert "margins" not in sheets
        about = dict(zip(*sheets["about"].to_pydict().values(), strict=True))
        assert "costs more to serve than can be held" in about["Left out: margins"]

    def test_assumptions_are_in_it(self, three: Replay) -> None:
        rows = sheet_makers(three)["assumptions"]().to_pylist()
        assert [(row["pack_rule"], row["purchases_per_period_at_most"]) for row in rows] == [
            ("", ""),
            ("smallest_sufficient", "no limit"),
            ("", ""),
        ]

    def test_a_customer_named_like_a_formula_stays_a_text(self) -> None:
        found = compared(METERED, rows=[*USAGE, *events("=1+1", date(2026, 1, 7), "call", 1)])
        book = openpyxl.load_workbook(BytesIO(to_excel(excel_sheets(found))))
        named = [row[1] for row in book["customers"].iter_rows(min_row=2) if row[1].value == "=1+1"]
        assert [cell.data_type for cell in named] == ["s"]
        assert b"'=1+1" in to_csv(sheet_makers(found)["customers"]())
