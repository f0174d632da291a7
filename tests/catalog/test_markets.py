"""What a catalog and a scenario say of markets, and what is wrong with it (billing-rules 15.6): all problems at once."""

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import replay
from commet_core.foundation.calendar import day_number
from commet_core.foundation.errors import InputError
from commet_core.scenario.reporting import RatesOf, Reporting
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CATALOG: dict[str, Any] = yaml.safe_load("""
currency: usd
currencies: {ars: {exchange_rate: 1100}}
markets: {argentina: {name: Argentina, currency: ars, country_codes: [AR]}}
features: {editors: {type: seats}, calls: {unit_cost: 0.001}, sms: {}}
plans:
  pro:
    consumption_model: metered
    prices: {monthly: 60, yearly: 600}
    features:
      editors: {included: 3, overage: {unit_price: {monthly: 12, yearly: 120}}}
      calls: {included: 5, overage: {tiers_mode: graduated, tiers: [{up_to: 10, unit_price: 0.1}, {unit_price: 0.08}]}}
    currency_prices:
      ars:
        prices: {monthly: 66000, yearly: 660000}
        features: {editors: {unit_price: {monthly: 13000, yearly: 130000}}, calls: {unit_price: 90}}
    market_prices: {argentina: {prices: {monthly: 59000}}}
credit_packs: {small: {credits: 500, price: 20}, large: {credits: 900, price: 30, currency_prices: {ars: 30000}}}
addons:
  sms: {feature: sms, consumption_model: metered, base_price: {monthly: 18, yearly: 180}, overage: {unit_price: 0.04}}
offers:
  launch: {phases: [{type: fixed_price, price: {usd: 39, ars: 42000}, duration_cycles: 1}]}
  ten: {amount: 10}
""")
SCENARIO: dict[str, Any] = {
    "catalog": CATALOG,
    "window": {"start": "2026-01-01", "end": "2026-03-01"},
    "reporting": {"currency": "usd", "rates": [{"date": "2026-01-01", "currency": "ars", "rate": "0.001"}]},
    "candidates": [{"name": "Home", "plan": "pro"}, {"name": "Argentina", "plan": "pro", "market": "argentina"}],
}
USAGE = Usage.from_events(["ana"], [datetime(2026, 1, 5, tzinfo=UTC)], ["calls"], [7])


def problems(document: dict[str, Any], model: type[Catalog | Scenario] = Catalog) -> dict[str, str]:
    """Where → what, of each problem."""
    with pytest.raises(InputError) as refused:
        model.model_validate(document)
    return {problem.where: f"{problem.what}. {problem.fix}" for problem in refused.value.problems}


def test_a_catalog_with_markets_is_written_and_read_as_it_is() -> None:
    catalog = Catalog.model_validate(CATALOG)
    assert Catalog.model_validate(yaml.safe_load(catalog.to_yaml())) == catalog
    assert Catalog.model_validate(catalog.document()) == catalog


def test_the_catalog_of_a_market_is_in_its_currency_alone() -> None:
    local = Catalog.model_validate(CATALOG).in_market("argentina")
    pro, packs = local.plans["pro"], local.credit_packs
    assert local.currency == "ars"
    assert dict(pro.prices) == {"monthly": Decimal(59000), "yearly": Decimal(660000)}
    overage = pro.features["calls"].overage_price
    assert overage is not None
    assert (overage.unit_price, overage.tiers) == (Decimal(90), None)
    assert (packs["small"].price, packs["large"].price) == (Decimal(22000), Decimal(30000))
    assert local.addons["sms"].base_price == {"monthly": Decimal(19800), "yearly": Decimal(198000)}
    assert local.addons["sms"].overage is not None
    assert local.addons["sms"].overage.unit_price == Decimal(44)
    assert local.features["calls"].unit_cost == Decimal("1.1")


def test_everything_that_is_wrong_with_markets_is_told_at_once() -> None:
    wrong = deepcopy(CATALOG)
    wrong["currencies"] = {"usd": {}}
    wrong["markets"]["patagonia"] = {"currency": "ars", "country_codes": ["AR"]}
    regional = wrong["plans"]["pro"]["currency_prices"]
    regional["ars"]["prices"]["weekly"] = 1
    regional["ars"]["features"] |= {"nothing": {"unit_price": 1}, "calls": {"unit_price": 1, "included": 3}}
    regional["ars"]["trial_days"] = 3
    regional["usd"] = {"prices": {"monthly": 1}}
    wrong["plans"]["pro"]["market_prices"]["argentine"] = {}
    wrong["plans"]["basic"] = {"consumption_model": "metered", "prices": {"monthly": 10}}
    wrong["plan_groups"] = {"all": ["basic", "pro"]}
    found = problems(wrong)
    assert found.keys() == {
        "currencies.usd",
        "currencies.ars.exchange_rate",
        "markets.patagonia.country_codes.0",
        "plans.pro.currency_prices.ars.prices.weekly",
        "plans.pro.currency_prices.ars.features.nothing",
        "plans.pro.currency_prices.ars.features.calls",
        "plans.pro.currency_prices.ars.trial_days",
        "plans.pro.currency_prices.usd",
        "plans.pro.market_prices.argentine",
        "plan_groups.all",
    }
    assert "Did you mean argentina?" in found["plans.pro.market_prices.argentine"]
    assert "credit_packs.small, addons.sms have no price in ars" in found["currencies.ars.exchange_rate"]
    assert "says more than a price: included, unit_price" in found["plans.pro.currency_prices.ars.features.calls"]


def test_a_regional_price_that_is_no_price_is_told_at_its_place() -> None:
    wrong = deepcopy(CATALOG)
    wrong["plans"]["pro"]["currency_prices"]["ars"]["features"]["calls"] = {"tiers_mode": "volume", "tiers": [{"up_to": 5}]}
    wrong["plans"]["pro"]["currency_prices"]["ars"]["prices"]["monthly"] = -1
    assert problems(wrong).keys() == {
        "plans.pro.currency_prices.ars.prices.monthly",
        "plans.pro.currency_prices.ars.features.calls.tiers.0",
        "plans.pro.currency_prices.ars.features.calls.tiers.0.up_to",
    }


@pytest.mark.parametrize(
    ("written", "where", "what"),
    [
        ("many", "base_price", "'many' is not a number"),
        ({"base_price": {"monthly": -1}}, "base_price.monthly", "-1 is negative"),
        ({"overage": {"unit_price": "x"}}, "overage.unit_price", "'x' is not a number"),
        ({"overage": {"tiers_mode": "volume"}}, "overage.tiers", "is missing"),
        ({"unit_price": 3}, "unit_price", "the add-on itself has no unit_price"),
        ({"price": 3}, "price", "is not a known key"),
        ({"base_price": {"quarterly": 3}}, "base_price.quarterly", "the add-on has no such price"),
    ],
)
def test_a_price_of_an_add_on_that_is_none_is_told_at_its_place(written: Any, where: str, what: str) -> None:
    for by, place in (("currency_prices", "ars"), ("market_prices", "argentina")):
        wrong = deepcopy(CATALOG)
        wrong["addons"]["sms"][by] = {place: written}
        found = problems(wrong)
        assert what in found[f"addons.sms.{by}.{place}.{where}"]


def test_an_add_on_with_a_part_of_its_prices_needs_an_exchange_rate_for_the_rest() -> None:
    part = deepcopy(CATALOG)
    part["currencies"] = {}
    part["credit_packs"] = {}
    part["addons"]["sms"]["currency_prices"] = {"ars": {"base_price": {"monthly": 20000, "yearly": 200000}}}
    assert "addons.sms has no price in ars" in problems(part)["currencies.ars.exchange_rate"]
    part["addons"]["sms"]["market_prices"] = {"argentina": {"overage": {"unit_price": 50}}}
    assert Catalog.model_validate(part).in_market("argentina").addons["sms"].base_price["monthly"] == 20000
    part["addons"]["sms"]["currency_prices"]["ars"] = 20000
    assert "addons.sms has no price in ars" in problems(part)["currencies.ars.exchange_rate"]


def test_a_currency_that_is_none_is_told() -> None:
    wrong = deepcopy(CATALOG)
    wrong["markets"]["argentina"]["currency"] = "pesos"
    assert "is not a currency code" in problems(wrong)["markets.argentina.currency"]


def test_what_has_no_price_in_a_market_is_told_and_not_converted() -> None:
    wrong = deepcopy(SCENARIO)
    del wrong["catalog"]["plans"]["pro"]["market_prices"]
    wrong["catalog"]["plans"]["pro"]["currency_prices"] = {"ars": {"prices": {"monthly": 66000}}}
    wrong["candidates"][1]["offer"] = "ten"
    found = problems(wrong, Scenario)
    path = "catalog.plans.pro.currency_prices.ars"
    assert found.keys() == {
        f"{path}.prices.yearly",
        f"{path}.features.editors",
        f"{path}.features.calls",
        "catalog.offers.ten.amount",
    }
    assert all("missing_regional_price" in said for said in found.values())


def test_markets_and_rates_of_a_scenario_are_checked_at_once() -> None:
    wrong = deepcopy(SCENARIO)
    wrong["candidates"].append({"name": "Nowhere", "plan": "pro", "market": "argentine"})
    wrong["reporting"] = {
        "currency": "usd",
        "rates": [
            {"date": "2026-01-01", "currency": "eur", "rate": 1},
            {"date": "2026-01-01", "currency": "eur", "rate": 2},
            {"date": "2026-01-01", "currency": "usd", "rate": 2},
        ],
    }
    assert problems(wrong, Scenario).keys() == {
        "candidates.2.market",
        "reporting.rates",
        "reporting.rates.1",
        "reporting.rates.2.rate",
    }


def test_several_currencies_need_one_to_report_in_and_one_does_not() -> None:
    several = {key: value for key, value in SCENARIO.items() if key != "reporting"}
    assert "customers are billed in ars, usd" in problems(several, Scenario)["reporting"]
    alone = Scenario.model_validate({**several, "candidates": [SCENARIO["candidates"][1]]})
    [billed] = replay(alone, USAGE).table("customers").to_pylist()
    assert (billed["currency"], billed["billed"], billed["reporting_billed"]) == ("ars", 118180, 118180)


def test_a_day_without_a_rate_is_told_with_what_is_missing() -> None:
    late = deepcopy(SCENARIO)
    late["reporting"]["rates"][0]["date"] = "2026-02-01"
    replayed = replay(Scenario.model_validate(late), USAGE)
    with pytest.raises(InputError, match=r"no rate for ars on 2026-01-05.*its first is of 2026-02-01.*Add a row of ars"):
        replayed.table("invoice_lines")


def test_a_start_in_an_unknown_market_leaves_its_customer_out() -> None:
    rows = [
        {"customer_id": "eva", "at": "2026-01-01", "action": "start", "market": "argentine"},
        {"customer_id": "leo", "at": "2026-01-01", "action": "start", "market": "argentina"},
        {"customer_id": "leo", "at": "2026-01-09", "action": "pause", "market": "argentina"},
    ]
    replayed = replay(Scenario.model_validate({**SCENARIO, "subscriptions": rows}), USAGE)
    said = [str(problem) for problem in replayed.problems]
    assert any("market 'argentine' does not exist" in text for text in said)
    assert any("pause takes no market" in text for text in said)
    assert set(replayed.table("customers")["customer_id"].to_pylist()) == {"ana"}


def test_rates_come_from_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("date,currency,rate\n2026-01-01,ARS,0.001\n")
    document = {**SCENARIO, "reporting": {"currency": "usd", "rates": "rates.csv"}}
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(document))
    scenario = Scenario.load(tmp_path / "scenario.yaml")
    assert scenario.reporting is not None
    assert [(rate.date, rate.currency, rate.rate) for rate in scenario.reporting.rates] == [
        (date(2026, 1, 1), "ars", Decimal("0.001"))
    ]


def test_what_is_wrong_with_a_file_of_rates_is_named_by_its_line_beside_all_else(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("date,currency,rate\n2026-01-01,ars,0.001\n2026-13-01,ars,-1\n")
    document = {**SCENARIO, "seed": -1, "reporting": {"currency": "usd", "rates": "rates.csv"}}
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(InputError) as caught:
        Scenario.load(tmp_path / "scenario.yaml")
    assert sorted(problem.where for problem in caught.value.problems) == [
        "rates.csv, line 3, date",
        "rates.csv, line 3, rate",
        "seed",
    ]


@pytest.mark.parametrize("amount", [100, -100, 99, 2**40])
def test_amounts_are_converted_half_up_whatever_their_size(amount: int) -> None:
    reporting = Reporting.model_validate(
        {"currency": "usd", "rates": [{"date": "2026-01-01", "currency": "jpy", "rate": "0.006550001"}]}
    )
    days = np.array([day_number(date(2026, 5, 1))])
    [found] = RatesOf.of(reporting, "jpy").converted(np.array([amount]), days).tolist()
    exact = Decimal(amount) * Decimal("0.6550001")
    assert found == int(abs(exact) + Decimal("0.5")) * (1 if amount > 0 else -1)


def test_nobody_answers_to_prices_between_markets() -> None:
    """There is no bill on the baseline that a customer of another market could be set against."""
    reacting = {**SCENARIO, "assumptions": {"usage_response": "-0.3"}}
    assert "candidates are in different markets" in problems(reacting, Scenario)["assumptions"]
    alone = Scenario.model_validate({**reacting, "candidates": [SCENARIO["candidates"][1]]})
    assert replay(alone, USAGE).customer_count == 1
