"""Titles of the charts of Compare's sections, of prices and of assumptions: each from figures small enough to be read off."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from support.compared_models import BALANCE, CATALOG, CREDITS, METERED, compared

from commet_core.catalog.plans import Catalog
from commet_core.decide.bridge import Bridge, Step
from commet_core.decide.robustness import Tornado
from commet_core.decide.solve import solve
from commet_core.decide.sweep import sweep
from commet_core.decide.targets import parse_targets
from commet_core.decide.terms import terms_of
from commet_core.reports.assumption_words import tornado_title
from commet_core.reports.compare import summarize
from commet_core.reports.compare.blocked import BlockedFeature
from commet_core.reports.compare.bridge_words import waterfall, why_title
from commet_core.reports.compare.plans import Held
from commet_core.reports.compare.section_titles import (
    costs_title,
    holdings_title,
    largest_title,
    margins_title,
    outstanding_title,
    refusals_title,
)
from commet_core.reports.margin import Margin
from commet_core.reports.price.chart_titles import curve_title, front_title
from commet_core.reports.price.term_words import target_label, term_label


@pytest.mark.parametrize(
    ("medians", "title"),
    [
        ({"A": "20.18", "B": "20", "C": "20"}, "pays $20.18 a month under A, $20.00 a month under B and C"),
        ({"A": "20", "B": "20"}, "pays $20.00 a month under every candidate"),
        ({"A": "20"}, "pays $20.00 a month under A"),
        (
            {"A": "1", "B": "2", "C": "3", "D": "4", "E": "1"},
            "pays between $1.00 a month under A and E and $4.00 a month under D",
        ),
    ],
)
def test_what_the_customer_in_the_middle_pays(medians: dict[str, str], title: str) -> None:
    one = summarize(compared(METERED))[0]
    summaries = [replace(one, name=name, median_monthly_cost=Decimal(cost)) for name, cost in medians.items()]
    assert costs_title(summaries, "usd") == f"The customer in the middle {title}"
    assert costs_title([replace(each, customers=0) for each in summaries], "usd") == "There are no customers"


def test_what_the_largest_customers_bring_in() -> None:
    def shares(**billed: int) -> pa.Table:
        rows = [
            {"candidate": name, "percent": percent, "customers": percent, "billed": Decimal(amount), "total": Decimal(200)}
            for name, amount in billed.items()
            for percent in (1, 10)
        ]
        return pa.Table.from_pylist(rows)

    assert largest_title(shares(A=50, B=44)) == "The largest 10 % of customers (10) bring in 25 % under A, 22 % under B"
    assert largest_title(shares(A=50, B=50)) == "The largest 10 % of customers (10) bring in 25 % under every candidate"
    nothing = [{"candidate": "A", "percent": 10, "customers": 1, "billed": Decimal(0), "total": Decimal(0)}]
    assert largest_title(pa.Table.from_pylist(nothing)) == "No customer brings in anything"


@pytest.mark.parametrize(
    ("amounts", "title"),
    [
        ({"A": (100, 20), "B": (90, 20)}, "A leaves the most: $80.00, 80 % of what it earns"),
        ({"A": (100, 20), "B": (90, 10), "C": (5, 1)}, "A and B leave the most: $80.00"),
        ({"A": (100, 20), "B": (90, 10)}, "A and B all leave $80.00"),
        ({"A": (0, 0)}, "A leaves $0.00"),
        (
            {"A": (10, 30), "B": (10, 40)},
            "No candidate earns its cost: A costs $20.00 more than earned, the others miss it by more",
        ),
        ({"A": (10, 30)}, "A costs $20.00 more than earned"),
    ],
)
def test_who_leaves_the_most(amounts: dict[str, tuple[int, int]], title: str) -> None:
    found = [
        Margin(name, Decimal(earned), Decimal(earned), Decimal(cost), 3, 0, Decimal(0), (), ())
        for name, (earned, cost) in amounts.items()
    ]
    assert margins_title(found, "usd") == title


@pytest.mark.parametrize(
    ("owed", "title"),
    [
        ([1, 5, 2], "A owes most at the end of Feb 2026, $5.00"),
        ([5, 1, 5], "A owes most at the end of Jan 2026 and Mar 2026, $5.00"),
        ([5, 5, 5, 5, 1], "A owes most at the end of 4 months, $5.00"),
        ([4, 4, 4], "A owes $4.00 at the end of every month"),
        ([4], "A owes $4.00 at the end of Jan 2026"),
        ([0, 0], "A owes nothing at any month's end"),
    ],
)
def test_when_most_is_owed(owed: list[int], title: str) -> None:
    rows = [
        {"candidate": name, "month": date(2026, month, 1), "outstanding": Decimal(amount) * factor}
        for name, factor in (("A", 1), ("B", 9))
        for month, amount in enumerate(owed, start=1)
    ]
    assert outstanding_title(pa.Table.from_pylist(rows), "A", "usd") == title


@pytest.mark.parametrize(
    ("refused", "title"),
    [
        ([("A", "v", "not_in_plan", 1), ("A", "i", "paused", 2)], "Only A refuses anything, most of Images: 20 % of units"),
        (
            [("A", "v", "paused", 2), ("A", "v", "spend_cap", 2), ("B", "v", "paused", 3)],
            "A refuses most: 40 % of the units of Videos",
        ),
        ([("A", "v", "paused", 2), ("B", "v", "paused", 2)], "A and B refuse most: 20 % of the units of Videos"),
        ([], "No candidate refuses anything"),
    ],
)
def test_who_refuses_most(refused: list[tuple[str, str, Any, int]], title: str) -> None:
    found = [
        BlockedFeature(name, feature, reason, 10, tenths, Decimal(10), Decimal(tenths), Fraction(tenths, 10), 1)
        for name, feature, reason, tenths in refused
    ]
    assert refusals_title(found, {"v": "Videos", "i": "Images"}) == title


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ({"low": (9, 4), "high": (1, 6)}, "Under Scale most end on Pro: 6 of 10, 5 more than at the start"),
        ({"low": (9, 9), "high": (1, 1)}, "Under Scale most end on Basic: 9 of 10, as many as at the start"),
        ({"low": (9, 5), "high": (1, 5)}, "Under Scale most end on Basic and Pro: 5 of 10 each"),
        ({"low": (9, 0)}, "Under Scale nobody ends on a plan"),
    ],
)
def test_where_most_customers_end(counts: dict[str, tuple[int, int]], title: str) -> None:
    found = [Held(plan, True, first, last, Decimal(0)) for plan, (first, last) in counts.items()]
    assert holdings_title(found, {"low": "Basic", "high": "Pro"}, "Scale") == title


@pytest.mark.parametrize(
    ("amounts", "title"),
    [
        ({"base": 0, "overage": -53364}, "B bills $533.64 less than A, all by overage"),
        ({"overage": -500, "packs": 800}, "B bills $3.00 more than A; the largest step is packs, +$8.00"),
        ({"overage": -500, "packs": 500}, "B bills the same as A: its steps add up to nothing"),
        ({"overage": 0}, "B bills the same as A"),
    ],
)
def test_why_two_candidates_differ(amounts: dict[str, int], title: str) -> None:
    steps = tuple(Step(name, None, None, np.array([amount]), None) for name, amount in amounts.items())
    found, catalog = Bridge("B", "A", False, pa.array(["ann"]), steps), Catalog.model_validate(CATALOG)
    assert why_title(found, "usd", catalog) == title
    drawn = [bar.label for bar in waterfall(found, 1000, "usd", catalog)]
    assert drawn == ["A", *(name for name, amount in amounts.items() if amount), "B"], "a step of nothing is no bar"


@pytest.mark.parametrize(
    ("ends", "title"),
    [
        ([("pack_buying", 50, -80), ("usage_response", 20, 50)], "Buying packs alone can end A's lead: -$0.80 at 100 %"),
        (
            [("pack_buying", 50, -80), ("top_ups", -90, 50)],
            "Buying packs and Topping up alone can end A's lead: down to -$0.90",
        ),
        (
            [("pack_buying", 50, 20), ("top_ups", 50, 50)],
            "No assumption alone ends A's lead; the least is +$0.20, at 100 % of Buying packs",
        ),
        ([("pack_buying", 50, 50)], "No assumption alone moves A's lead"),
    ],
)
def test_which_assumption_ends_the_lead(ends: list[tuple[str, int, int]], title: str) -> None:
    found = [Tornado(name, Decimal(0), Decimal(1), low, high) for name, low, high in ends]
    assert tornado_title(found, "A", "usd") == title


class TestPrices:
    """Credits: three customers, two months, two packs of $3 (tests/reports/test_compare.py)."""

    PRICE, SIZE = "plans.credits.prices.monthly", "credit_packs.five.price"

    def test_where_a_candidate_bills_most_and_least(self) -> None:
        replayed = compared(METERED, CREDITS, BALANCE)
        found = solve(replayed.scenario, replayed.usage, "Credits", f"{self.PRICE}=8:10:1", ["revenue=baseline"])
        least, most = (f"${point.revenue:.2f}" for point in (found.points[0], found.points[-1]))
        assert curve_title(found) == f"Credits bills most at $10 a month, {most}, and least at $8 a month, {least}"

    def test_a_term_that_changes_nothing_and_one_with_steps(self) -> None:
        replayed = compared(METERED, CREDITS)
        image = solve(
            replayed.scenario, replayed.usage, "Metered", "plans.metered.features.call.included=20:22:1", ["revenue>=1"]
        )
        assert curve_title(image) == f"Metered bills ${image.points[0].revenue:.2f} at every value tried: 20 to 22"
        steps = solve(
            replayed.scenario, replayed.usage, "Metered", "plans.metered.features.call.included=12:16:1", ["revenue>=1"]
        )
        assert "and least at 15 to 16, $" in curve_title(steps)

    def test_the_plans_that_no_other_beats(self) -> None:
        replayed = compared(METERED, CREDITS)
        grid = [f"{self.PRICE}=8:10:1", f"{self.SIZE}=3:4:1"]
        found = sweep(replayed.scenario, replayed.usage, "Credits", grid)
        title = front_title(found)
        assert title.startswith(
            f"Of 6 plans {'one is' if len(found.front) == 1 else f'{len(found.front)} are'} beaten by no other: "
        )
        assert f"${found.points[found.front[0]].revenue:.2f} with " in title
        nothing = sweep(replayed.scenario, replayed.usage, "Credits", grid, ["revenue>=1000000"])
        assert front_title(nothing) == "None of 6 plans is as wanted"

    def test_controls_are_named_shortly_and_a_plan_only_among_others(self) -> None:
        scenario = compared(CREDITS).scenario
        terms = {term.path: term for term in terms_of(scenario, scenario.candidates[0])}
        assert term_label(terms[self.PRICE], "credits") == "Monthly price"
        assert term_label(terms[self.PRICE], None) == "Monthly price of credits"
        assert term_label(terms[self.SIZE], "five") == "Price of five", "a pack is no plan"
        written = {
            "revenue=baseline": "Revenue of A (within 0.5 %)",
            "revenue>=5000": "Revenue at least $5,000",
            "margin>=50": "Margin at least $50",
            "margin>=60%": "Margin at least 60 %",
            "customers_above:20%<=5%": "At most 5 % pay over 20 % more",
            "blocked<=1%": "At most 1 % refused",
        }
        assert {text: target_label(parse_targets([text])[0], "A", "usd") for text in written} == written
