"""Customers in several markets: questions answered in the reporting currency, and asked of one market in its own (15.6)."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from commet_core.decide.bridge import bridge, customer_groups
from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.decide.solve import solve
from commet_core.decide.whole_bridge import bridges
from commet_core.engine.one_market import one_market
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.reports.answer.answer import Evidence, answer
from commet_core.reports.answer.candidate_rows import candidate_rows
from commet_core.reports.answer.evidence import evidence_of, next_year_of, why_of
from commet_core.reports.compare import revenue_by_month, summarize
from commet_core.reports.compare.blocked import blocked_features
from commet_core.reports.compare.by_market import customers_in_markets, market_rows
from commet_core.reports.compare.cautions import cautions
from commet_core.reports.compare.earned import earned_by_month, summarize_earned
from commet_core.reports.compare.report import excel_sheets, sheet_makers
from commet_core.reports.compare.stocks import stocks
from commet_core.reports.compare.why import why
from commet_core.reports.margin import margins
from commet_core.scenario.markets import of_one_currency
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage


def plan(price: int, japanese: int, overage: str = "0.5") -> dict[str, Any]:
    return {
        "consumption_model": "metered",
        "prices": {"monthly": price},
        "features": {"call": {"included": 1, "overage": {"unit_price": overage}}},
        "currency_prices": {"jpy": {"prices": {"monthly": japanese}, "features": {"call": {"unit_price": 70}}}},
    }


CONTENT: dict[str, Any] = {
    "catalog": {
        "currency": "usd",
        "currencies": {"jpy": {"exchange_rate": 150}},
        "markets": {"japan": {"name": "Japan", "currency": "jpy"}},
        "features": {"call": {"name": "Call", "unit_cost": "0.1"}},
        "plans": {"low": plan(10, 1500), "high": plan(12, 1800, "0.75")},
    },
    "window": {"start": "2026-01-01", "end": "2026-02-01"},
    "reporting": {"currency": "usd", "rates": [{"date": "2026-01-01", "currency": "jpy", "rate": "0.0066"}]},
    "subscriptions": [{"customer_id": who, "at": "2026-01-01", "action": "start", "market": "japan"} for who in ("ken", "yui")],
    "candidates": [{"name": "Low", "plan": "low"}, {"name": "High", "plan": "high"}],
}
"""Low: ana 10 + 2 × 0.5 = 11 dollars, ken 1500 + 3 × 70 = 1710 yen: 9.90 + 1.386 = 9.90 + 1.39, yui 1500 yen: 9.90.

High: ana 12 + 2 × 0.75 = 13.50; ken 1800 + 210: 11.88 + 1.39; yui 11.88. Serving 3 + 4 + 1 calls costs 0.80.
"""

USED = [("ana", "call", 3), ("ken", "call", 4), ("yui", "call", 1)]


def usage() -> Usage:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Usage.from_events([who for who, _, _ in USED], [at] * 3, [what for _, what, _ in USED], [many for *_, many in USED])


def scenario(**changed: Any) -> Scenario:
    return Scenario.model_validate({**deepcopy(CONTENT), **changed})


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return replay(scenario(), usage())


def test_an_answer_is_in_the_reporting_currency_with_a_market_a_sentence(replayed: Replay) -> None:
    made = answer(replayed, evidence_of(replayed, 0))
    told = {section.heading: section.sentences for section in made.sections}
    assert [row.monthly for row in made.rows] == ["$32.19", "$38.65"]
    assert made.rows[1].changes == (0, 0, 0, 3)
    assert told["By market"] == (
        "No market (USD): 1 customer is billed $11.00 under Low and $13.50 under High.",
        "Japan (JPY): 2 customers are billed ¥3,210 under Low ($21.19) and ¥3,810 under High ($25.15).",
    )
    assert told["Who gains and who loses"] == (
        "Under High, against Low, of 3 customers 3 pay more.",
        "ana pays $2.50 more under High than under Low: the base price adds $2.00 and overage adds $0.50.",
        "ken pays ¥300 more under High than under Low: the base price adds ¥300.",
        "yui pays ¥300 more under High than under Low: the base price adds ¥300.",
    )
    assert told["Why they differ"][0] == (
        "From Low to High, step by step: monthly price ($10 to $12) +$2.00, overage price of Call ($0.50 to $0.75) +$0.50 and "
        "monthly price in JPY (¥1,500 to ¥1,800) +$3.96; together +$6.46. In another order the terms would give other amounts."
    )
    assert made.made_from[0].startswith("Currency USD")


def test_a_margin_has_costs_in_the_reporting_currency(replayed: Replay) -> None:
    low, _ = margins(replayed)
    assert (low.billed, low.earned, low.cost) == (Decimal("32.19"), Decimal("32.19"), Decimal("0.80"))
    assert answer(replayed).rows[0].margin == "97.5 %"


def test_costs_come_into_another_reporting_currency_at_the_rate_of_the_day_on_which_a_period_ends() -> None:
    rates = [
        {"date": "2026-01-01", "currency": "jpy", "rate": "0.006"},
        {"date": "2026-01-01", "currency": "usd", "rate": "0.9"},
        {"date": "2026-01-20", "currency": "usd", "rate": "0.8"},
    ]
    low, _ = margins(replay(scenario(reporting={"currency": "eur", "rates": rates}), usage()))
    assert low.cost == Decimal("0.64")
    without = {"currency": "eur", "rates": rates[:1]}
    japan_alone = [{"name": "Low", "plan": "low", "market": "japan"}, {"name": "High", "plan": "high", "market": "japan"}]
    with pytest.raises(InputError, match="no rate for usd, in which the catalog says what serving costs"):
        margins(replay(scenario(reporting=without, candidates=japan_alone), usage()))


def test_a_bridge_adds_up_in_the_reporting_currency_however_many_pieces(replayed: Replay) -> None:
    steps = [("plans.high.prices.monthly", 200), ("plans.high.features.call.overage.unit_price", 50)]
    steps.append(("plans.high.currency_prices.jpy.prices.monthly", 396))
    assert [(step.term, step.amount) for step in bridge(replayed, "High").steps] == steps
    (pieces,) = bridges(scenario(), usage(), events_per_piece=1)
    assert [(step.term, step.amount) for step in pieces.steps] == steps
    assert [(group.name, group.customers, group.amount) for group in customer_groups(replayed, "High")][1] == (
        "pays more",
        3,
        646,
    )


def test_candidates_in_different_markets_are_set_line_against_line() -> None:
    candidates = [{"name": "Low", "plan": "low"}, {"name": "There", "plan": "low", "market": "japan"}]
    found = replay(scenario(candidates=candidates, subscriptions=[]), usage())
    steps = {step.term: step.amount for step in bridge(found, "There").steps}
    # 9.90 three times for 10.00; overage 140 and 210 yen, 0.92 and 1.39, for 1.00 and 1.50
    assert steps == {"base": -30, "overage": -19}
    assert why(found, "There", "ana").startswith("ana pays $0.18 less under There than under Low")
    assert customers_in_markets(found)["market"].to_pylist() == ["No market (USD) or Japan (JPY)"] * 3


def test_a_plan_without_a_price_in_a_market_is_no_step_by_itself() -> None:
    """Between the two the feature is priced in dollars alone: both prices are one step."""
    content = deepcopy(CONTENT)
    low = content["catalog"]["plans"]["low"]
    low["features"]["call"] = {"included": 1}
    low["currency_prices"]["jpy"].pop("features")
    found = bridge(replay(Scenario.model_validate(content), usage()), "High")
    joined = [step.term for step in found.steps if ";" in step.term]
    assert joined == [
        "plans.high.features.call; plans.high.currency_prices.jpy.prices.monthly; plans.high.currency_prices.jpy.features"
    ]
    assert found.difference == sum(step.amount for step in found.steps)


def test_customers_stand_in_their_own_currency(replayed: Replay) -> None:
    assert market_rows(replayed) == {
        "Market": ["No market (USD)", "Japan (JPY)", "All"],
        "Customers": ["1", "2", "3"],
        "Low": ["$11.00", "¥3,210", ""],
        "Low, in USD": ["$11.00", "$21.19", "$32.19"],
        "High": ["$13.50", "¥3,810", ""],
        "High, in USD": ["$13.50", "$25.15", "$38.65"],
    }
    rows = customers_in_markets(replayed).to_pylist()
    assert rows[0] == {
        "customer_id": "ana",
        "market": "No market (USD)",
        "billed 0": "$11.00",
        "billed 1": "$13.50",
        "difference": Decimal("2.50"),
    }
    assert [row["billed 1"] for row in rows] == ["$13.50", "¥2,010", "¥1,800"]


def test_one_market_is_a_study_of_its_own_with_its_customers_alone(replayed: Replay) -> None:
    told = replayed.table("customers").to_pylist()
    for market, customers in (("japan", {"ken", "yui"}), ("none", {"ana"})):
        own = replay(*one_market(scenario(), usage(), market))
        assert own.currency == ("jpy" if market == "japan" else "usd")
        assert {(row["candidate"], row["customer_id"], row["billed"]) for row in own.table("customers").to_pylist()} == {
            (row["candidate"], row["customer_id"], row["billed"]) for row in told if row["customer_id"] in customers
        }


def test_customers_of_a_market_keep_their_rows_beside_those_whom_candidates_put_there() -> None:
    """ken names the market and starts on 3 January; the others are there because the candidates are."""
    rows = [{"customer_id": "ken", "at": "2026-01-03", "action": "start", "market": "japan"}]
    candidates = [{"name": "Low", "plan": "low", "market": "japan"}]
    alone = of_one_currency(scenario(subscriptions=rows, candidates=candidates))
    assert [row.customer_id for row in alone.subscriptions] == ["ken"]
    assert replay(alone, usage()).customer_count == 3


def test_a_price_is_asked_of_one_market() -> None:
    own, used = one_market(scenario(), usage(), "japan")
    found = solve(own, used, "High", "plans.high.prices.monthly=1000:2000:100", ["revenue=baseline"])
    assert found.value(found.best) == 1500
    with pytest.raises(InputError, match=r"no market \(USD\) and Japan \(JPY\).*Choose one market: none or japan"):
        of_one_currency(scenario())


@pytest.mark.parametrize(
    ("market", "said"),
    [
        ("japn", "market 'japn' does not exist. Did you mean japan"),
        ("none", "under every candidate no customer is in market 'none'. Name one: japan for Japan"),
    ],
)
def test_a_market_that_is_not_there_is_told(market: str, said: str) -> None:
    candidates = [{"name": "Low", "plan": "low", "market": "japan"}]
    with pytest.raises(InputError, match=said):
        one_market(scenario(candidates=candidates), usage(), market)


def test_there_is_no_forecast_of_several_markets_and_the_answer_says_why(replayed: Replay) -> None:
    (said,) = next_year_of(replayed, 12).forecast
    assert said.startswith("There is no forecast: ")
    assert "customers are in several markets" in said
    assert "Choose one market: none or japan" in said
    assert not [sentence for sentence in why_of(replayed) if "average" in sentence]


def test_how_sure_is_of_bills_in_the_reporting_currency(replayed: Replay) -> None:
    bills = CustomerAmounts.of(replayed).bills
    assert dict(zip(bills.ids.to_pylist(), bills.billed[1].tolist(), strict=True)) == {"ana": 1350, "ken": 1327, "yui": 1188}


def test_what_is_earned_a_month_is_told_and_not_what_is_billed() -> None:
    """Of 16 of 31 days. ana 5.16 + 1 of overage; ken 11.29 and yui 9.90, less 15 days of 1,500 yen each, 4.79: 17.77 × 31 ÷ 16."""
    half = replay(scenario(window={"start": "2026-01-01", "end": "2026-01-17"}), usage())
    billed, earned = (candidate_rows(half, measure)[0].monthly for measure in ("billed", "earned"))
    assert (billed, earned) == ("$62.37", "$34.43")


def test_a_month_earns_of_each_line_at_the_rate_of_its_invoice() -> None:
    """ken's 1,500 yen of January 16 are $9.90, 16 of 31 days of them in January; those of February 16 $10.50, 13 of 28 days in
    February, and so 15 days outstanding. The 210 yen of overage are invoiced on February 16: $1.47.
    """
    dated = [
        {"date": day, "currency": "jpy", "rate": rate} for day, rate in (("2026-01-01", "0.0066"), ("2026-02-01", "0.007"))
    ]
    whole = scenario(
        window={"start": "2026-01-01", "end": "2026-03-01"},
        reporting={"currency": "usd", "rates": dated},
        subscriptions=[{"customer_id": "ken", "at": "2026-01-16", "action": "start", "market": "japan"}],
    )
    found = replay(whole, Usage.from_events(["ken"], [datetime(2026, 1, 16, tzinfo=UTC)], ["call"], [4]))
    low = [row for row in earned_by_month(found).to_pylist() if row["candidate"] == "Low"]
    columns = ("billed", "earned", "earned_base", "earned_overage", "outstanding")
    assert [tuple(row[column] for column in columns) for row in low] == [
        tuple(map(Decimal, ("9.9", "5.109677419", "5.109677419", "0", "4.790322581"))),
        tuple(map(Decimal, ("11.97", "11.135322581", "9.665322581", "1.47", "5.625"))),
    ]
    earned = summarize_earned(found)[0]
    assert (earned.billed, earned.earned, earned.outstanding) == (Decimal("21.87"), Decimal("16.245"), Decimal("5.625"))
    assert {"earned", "earned by month"} <= set(sheet_makers(found))


def test_a_price_of_a_feature_in_a_currency_is_a_step_with_its_amounts() -> None:
    content = deepcopy(CONTENT)
    content["catalog"]["plans"]["high"]["currency_prices"]["jpy"]["features"]["call"]["unit_price"] = 80
    found = replay(Scenario.model_validate(content), usage())
    made = answer(found, Evidence(why=why_of(found)))
    told = {section.heading: section.sentences for section in made.sections}
    # three calls of ken's at 10 yen more: 1.584 for 1.386
    assert "price of Call in JPY (¥70 to ¥80) +$0.19" in told["Why they differ"][0]


def test_customers_of_a_market_answer_to_prices_as_they_do_in_a_study_of_their_own() -> None:
    """Their bill on the baseline is in their currency, whoever else is replayed."""
    reacting = scenario(assumptions={"usage_response": "-0.9"}, rows="aggregate")
    told = {
        (row["candidate"], row["customer_id"]): row["billed"]
        for row in replay(reacting, usage()).table("customers").to_pylist()
    }
    assert told["High", "ken"] == 1940  # 4 calls × (2,010 ÷ 1,710) ^ -0.9 are 3 whole ones
    own = [
        row
        for market in ("japan", "none")
        for row in replay(*one_market(reacting, usage(), market)).table("customers").to_pylist()
    ]
    assert {(row["candidate"], row["customer_id"]): row["billed"] for row in own} == told


def test_that_a_price_is_paid_ahead_is_told_of_several_markets_too() -> None:
    content = deepcopy(CONTENT)
    content["catalog"]["plans"]["high"] = {
        "consumption_model": "metered",
        "prices": {"yearly": 120},
        "features": {"call": {"unlimited": True}},
        "currency_prices": {"jpy": {"prices": {"yearly": 18000}}},
    }
    (said,) = cautions(replay(Scenario.model_validate(content), usage()))
    assert said.startswith("High is billed yearly in advance: a part of what it bills pays for time after the window.")


def test_a_month_is_the_sum_of_lines_at_the_rate_of_their_invoices_day() -> None:
    """January: 10 + 9.90 + 9.90. February: 10 + 10.50 + 10.50; overage of January, and of no day of February: 1.00 + 1.47."""
    rates = [
        {"date": "2026-01-01", "currency": "jpy", "rate": "0.0066"},
        {"date": "2026-02-01", "currency": "jpy", "rate": "0.007"},
    ]
    window = {"start": "2026-01-01", "end": "2026-03-01"}
    found = replay(scenario(window=window, reporting={"currency": "usd", "rates": rates}), usage())
    low = [row for row in revenue_by_month(found).to_pylist() if row["candidate"] == "Low" and row["amount"]]
    assert [(row["month"].month, row["part"], row["amount"]) for row in low] == [
        (1, "base", Decimal("29.80")),
        (2, "base", Decimal("31.00")),
        (2, "overage", Decimal("2.47")),
    ]
    assert sum(row["amount"] for row in low) == summarize(found)[0].billed


PREPAID: dict[str, Any] = {
    "balance": {
        "consumption_model": "balance",
        "prices": {"monthly": 2},
        "block_on_exhaustion": True,
        "features": {"call": {"unit_price": 1}},
        "currency_prices": {"jpy": {"prices": {"monthly": 1800}, "features": {"call": {"unit_price": 150}}}},
    },
    "credits": {
        "consumption_model": "credits",
        "prices": {"monthly": 8},
        "included_credits": 2,
        "features": {"call": {"credits_per_unit": 1}},
        "currency_prices": {"jpy": {"prices": {"monthly": 1200}}},
    },
}
"""Balance: ana's 3 calls are more than 2 dollars, ken uses 600 of 1,800 yen and yui 150. Credits: of 2 only yui's 1 call is served."""


@pytest.fixture(scope="module")
def prepaid() -> Replay:
    content = deepcopy(CONTENT)
    content["catalog"]["plans"] |= PREPAID
    content["candidates"] = [{"name": "Balance", "plan": "balance"}, {"name": "Credits", "plan": "credits"}]
    return replay(Scenario.model_validate(content), usage())


def test_balances_of_different_currencies_are_never_added_up(prepaid: Replay) -> None:
    found = [(one.candidate, one.kind, one.currency, one.granted, one.used, one.forfeited) for one in stocks(prepaid)]
    assert found == [
        ("Balance", "balance", "usd", 2, 0, 2),
        ("Balance", "balance", "jpy", 3600, 750, 2850),
        ("Credits", "plan credits", None, 6, 1, 5),
        ("Credits", "purchased credits", None, 0, 0, 0),
    ]
    balance, granted = prepaid.totals
    nanos = 10**9
    assert {stock: left.forfeited for stock, left in balance.stocks.items()} == {
        ("balance", "usd"): 2 * nanos,
        ("balance", "jpy"): 2850 * nanos,
    }
    assert ("plan credits", None) in granted.stocks
    assert summarize(prepaid)[0].balance_forfeited is None
    assert summarize(prepaid)[1].plan_credits_forfeited == 5


def test_refused_usage_of_all_markets_adds_up_and_its_customers_are_counted_once(prepaid: Replay) -> None:
    found = [
        (one.candidate, one.events, one.blocked_events, one.demanded, one.blocked, one.customers)
        for one in blocked_features(prepaid)
    ]
    assert found == [("Balance", 3, 1, 8, 3, 1), ("Credits", 3, 2, 8, 7, 2)]


def test_every_table_to_take_away_is_of_all_markets(prepaid: Replay) -> None:
    sheets = excel_sheets(prepaid)
    assert list(sheets) == ["about", *sheet_makers(prepaid)]
    about = dict(zip(*(column.to_pylist() for column in sheets["about"].columns), strict=True))
    assert about["Usage"] == "3 events of 3 customers"
    assert about["What it says"].startswith(
        "No market (USD): 1 customer is billed $2.00 under Balance and $8.00 under Credits."
    )
    assert sheets["by market"].to_pylist()[2] == {
        "candidate": "Balance",
        "market": "Japan (JPY)",
        "customers": 2,
        "currency": "jpy",
        "billed": Decimal("3600.00"),
        "reporting_billed": Decimal("23.76"),
    }
    billed = {row["customer_id"]: row["billed"] for row in sheets["customers"].to_pylist() if row["candidate"] == "Balance"}
    assert billed == {"ana": 2, "ken": 1800, "yui": 1800}
    assert sheets["credits and balance"]["currency"].to_pylist() == ["usd", "jpy", None, None]
    assert "blocked_cost" not in sheets["margins"].column_names
