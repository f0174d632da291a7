"""Prices in tiers and packages where people read them: plans, quotes, statements, the ledger, the portal, the price curve."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.plans import replayed

from commet_core.catalog.overage import Overage
from commet_core.catalog.plans import Catalog
from commet_core.reports.quote import quotes
from commet_core.reports.quote.price_curve import UsageAxis, price_curves
from commet_core.reports.quote.words import line_in_words, plan_in_words
from commet_core.reports.statement import Statement, ledger_rows, ledger_table, statement_of, tie_out
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.line_words import line_words
from commet_core.reports.statement.overage_words import overage_in_words
from commet_core.reports.statement.portal import portal
from commet_core.scenario.candidates import Candidate

TIERS = [{"up_to": 1000, "unit_price": "0.10", "flat_amount": 5}, {"unit_price": "0.08"}]
WAYS: dict[str, dict[str, Any]] = {
    "graduated": {"tiers_mode": "graduated", "tiers": TIERS},
    "volume": {"tiers_mode": "volume", "tiers": TIERS},
    "packages": {"package_size": 400, "package_price": 35},
    "unit_price": {"unit_price": "0.015"},
}


def plan(way: str) -> dict[str, Any]:
    terms = {"included": 500, "overage": WAYS[way]}
    return {"name": "Pro", "consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": terms}}


def catalog(*ways: str) -> Catalog:
    return Catalog.model_validate(
        {"features": {"call": {"name": "Calls", "unit": "call"}}, "plans": {way: plan(way) for way in ways}}
    )


def statement(way: str) -> Statement:
    """300 calls of 500 included, then 400 (200 beyond), 900 (1,100 beyond) and 400 (1,500 beyond)."""
    usage = [("ana", f"2026-04-0{day}", "call", units) for day, units in ((2, 300), (3, 400), (4, 900), (5, 400))]
    result = replayed(plan(way), usage, window={"start": "2026-04-01", "end": "2026-05-01"})
    return statement_of(result, result.runs[0], "ana")


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("graduated", "the first 1,000 calls at $0.10 each and $5 once, the rest at $0.08 each"),
        ("volume", "all of them at $0.10 each and $5 once up to 1,000 calls, all of them at $0.08 each beyond that"),
        ("packages", "$35 for every started 400 calls"),
        ("unit_price", "$0.015 a call"),
    ],
)
def test_a_price_is_told_in_a_sentence(way: str, words: str) -> None:
    assert overage_in_words(Overage.model_validate(WAYS[way]), "call", "usd") == words
    assert plan_in_words(catalog(way), way).endswith(f"Calls: 500 calls included, then {words}.")


@pytest.mark.parametrize(
    ("way", "lines"),
    [
        (
            "graduated",
            [
                ("Calls beyond what is included, tier 1", 1000, 100),
                ("Calls beyond what is included, fee of tier 1", 1, 5),
                ("Calls beyond what is included, tier 2", 500, 40),
            ],
        ),
        ("volume", [("Calls beyond what is included, tier 2", 1500, 120)]),
        ("packages", [("Calls beyond what is included, in packages of 400 calls", 4, 140)]),
    ],
)
def test_a_quote_has_the_lines_of_tiers(way: str, lines: list[tuple[str, int, int]]) -> None:
    priced = catalog(way)
    (quote,) = quotes(priced, [Candidate(name="A", plan=way)], {"call": Decimal(2000)})
    assert [(line_in_words(priced, quote, line), line.quantity, line.amount) for line in quote.lines[1:]] == lines
    assert quote.first_month == 10 + sum(amount for _, _, amount in lines)


@pytest.mark.parametrize(
    ("way", "costs"),
    [
        ("graduated", [0, 25, 88, 32]),  # 20 + 5; 80 + 100 x 0.08; 400 x 0.08
        ("volume", [0, 25, 63, 32]),  # 25; 1,100 x 0.08 = 88, 63 more; 120
        ("packages", [0, 35, 70, 35]),  # 1, 3 and 4 packages started
    ],
)
def test_the_ledger_says_what_each_event_added_and_adds_up_to_the_invoice(way: str, costs: list[int]) -> None:
    stated = statement(way)
    table = ledger_table(stated, ledger_rows(stated))
    assert table["overage_cost"].to_pylist() == costs
    overage = [row["amount"] for row in stated.invoice_lines.to_pylist() if row["kind"] == "feature_overage"]
    assert sum(overage) == sum(costs)
    assert tie_out(stated).holds


def test_invoice_lines_say_their_tier() -> None:
    words = line_words(statement("graduated"))
    assert [line.split(": ")[1] for line in words[1:]] == [
        "1,000 (tier 1) beyond the 500 included × $0.10",
        "fee of tier 1 × $5.00",
        "500 (tier 2) beyond the 500 included × $0.08",
    ]
    (packages,) = line_words(statement("packages"))[1:]
    assert packages.endswith("4 packages of 400 beyond the 500 included × $35.00")


def test_the_rule_of_tiers_is_among_the_reasons() -> None:
    (reason,) = [reason for reason in explanation(statement("packages")) if reason.rule == "15.1"]
    assert "$35 for every started 400" in reason.sentence
    assert not [reason for reason in explanation(statement("unit_price")) if reason.rule == "15.1"]


def test_the_portal_says_what_comes_beyond() -> None:
    stated = statement("packages")
    (calls,) = portal(stated, datetime(2026, 4, 6, tzinfo=UTC)).features
    assert (calls.overage, calls.unit_price, calls.beyond) == (1500, None, "$35 for every started 400")


def test_the_curve_falls_where_a_volume_tier_makes_all_units_cheaper() -> None:
    """At 1,500 units 1,000 are beyond: 10 + 100 + 5 = $115; at 1,501 all 1,001 at $0.08: 10 + 80.08 = $90.08.

    A flat $100 is overtaken there and not before: from 1,351 (10 + 851 x 0.10 + 5 = 100.10) on it is the cheaper.
    """
    flat = {"consumption_model": "metered", "prices": {"monthly": 100}, "features": {"call": {"unlimited": True}}}
    priced = Catalog.model_validate({"features": {"call": {}}, "plans": {"volume": plan("volume"), "flat": flat}})
    candidates = [Candidate(name="Volume", plan="volume"), Candidate(name="Flat", plan="flat")]
    curves = price_curves(priced, candidates, UsageAxis("call", {"call": Decimal(1000)}), Decimal(1600), steps=16)
    overtaken = [(crossing.units, crossing.cheaper) for crossing in curves.crossings]
    assert overtaken == [(1351, "Flat"), (1501, "Volume")]
