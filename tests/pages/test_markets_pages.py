"""Pages of a study whose customers are in several markets: together in the reporting currency, or one market in its own."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from streamlit.testing.v1 import AppTest
from support.compare_page import APP, said, study_of
from support.plans_page import opened, selected, study, typed, unfolded

from commet_core.scenario.reporting import Reporting
from commet_core.scenario.subscriptions import SubscriptionRow
from pages.comparison import figures
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.study import Study

CALLS = {"included": 1, "overage": {"unit_price": "0.5"}}


def plan(price: int, japanese: int) -> dict[str, Any]:
    regional = {"jpy": {"prices": {"monthly": japanese}, "features": {"call": {"unit_price": 70}}}}
    return {
        "consumption_model": "metered",
        "prices": {"monthly": price},
        "features": {"call": CALLS},
        "currency_prices": regional,
    }


CATALOG: dict[str, Any] = {
    "currency": "usd",
    "currencies": {"jpy": {"exchange_rate": 150}},
    "markets": {"japan": {"name": "Japan", "currency": "jpy"}},
    "features": {"call": {"name": "API calls"}},
    "plans": {"low": plan(10, 1500), "high": plan(12, 1800)},
}
REPORTING = Reporting.model_validate(
    {"currency": "usd", "rates": [{"date": "2026-01-01", "currency": "jpy", "rate": "0.0066"}]}
)
KEN = SubscriptionRow.model_validate({"customer_id": "ken", "at": "2026-01-01", "action": "start", "market": "japan"})
CANDIDATES = [{"name": "Low", "plan": "low"}, {"name": "High", "plan": "high"}]
USED = [("ana", "2026-01-01", "call"), ("ken", "2026-01-01", "call"), ("ken", "2026-01-05", "call")]
"""Over two months Low: ana 20 dollars, ken 3,000 + 70 yen, 19.80 + 0.46 dollars; High: 24, and 3,600 + 70 yen, 23.76 + 0.46."""


def in_markets(**changes: Any) -> Study:
    return study_of(CANDIDATES, USED, CATALOG, **{"actions": (KEN,), "reporting": REPORTING, **changes})


def shown(page: str, study: Study) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    app.session_state["study"] = study
    app.session_state["compare_view_chosen"] = "billed"
    app.switch_page(page).run()
    assert not app.exception
    return app


PREPAID: dict[str, Any] = {
    "consumption_model": "balance",
    "prices": {"monthly": 1},
    "block_on_exhaustion": True,
    "features": {"call": {"unit_price": 2}},
    "currency_prices": {"jpy": {"prices": {"monthly": 150}, "features": {"call": {"unit_price": 100}}}},
}
"""Ana has 1 dollar and a call costs 2; of ken's two at 100 yen one fits into 150. Nobody calls in February."""


def section(name: str, study: Study, view: str = "billed") -> AppTest:
    """Compare of all markets with a section open."""
    app = AppTest.from_file(APP, default_timeout=180)
    app.session_state["study"] = study
    app.session_state["remembered"] = {"compare_market_section": name}
    app.session_state["compare_view_chosen"] = view
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    return app


def prepaid() -> Study:
    return study_of(
        [{"name": "Prepaid", "plan": "prepaid"}],
        USED,
        {**CATALOG, "plans": {"prepaid": PREPAID}},
        actions=(KEN,),
        reporting=REPORTING,
    )


def chooser(app: AppTest) -> Any:
    return next(box for box in app.selectbox if box.label == "Market")


def test_compare_has_all_markets_in_the_reporting_currency_and_each_in_its_own() -> None:
    app = shown("pages/compare.py", in_markets())
    assert "2 customers, 3 events, 1 Jan 2026 to 28 Feb 2026, USD." in said(app)
    table = app.dataframe[0].value
    assert table.to_dict("list") == {
        "Market": ["No market (USD)", "Japan (JPY)", "All"],
        "Customers": ["1", "1", "2"],
        "Low": ["$20.00", "¥3,070", ""],
        "Low, in USD": ["$20.00", "$20.26", "$40.26"],
        "High": ["$24.00", "¥3,670", ""],
        "High, in USD": ["$24.00", "$24.22", "$48.22"],
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Outstanding", "nothing is outstanding at any month's end"),
        ("Customers", "All 2 customers"),
        ("Why", "one term at a time"),
        ("How sure", "High brings in $7.96 more than Low over the window"),
        ("Refused usage", "No candidate refuses anything on this usage."),
        ("Credits and balance", "Only credits and balance plans have something to forfeit"),
    ],
)
def test_sections_of_compare_are_told_of_all_markets(name: str, words: str) -> None:
    app = section(name, in_markets())
    assert words in said(app)
    if name == "Customers":
        rows = app.dataframe[0].value
        assert rows["billed 1"].tolist() == ["$24.00", "¥3,670"]


@pytest.mark.parametrize("view", ["billed", "earned"])
def test_months_of_all_markets_are_in_the_reporting_currency(view: str) -> None:
    app = section("Revenue by month", in_markets(), view)
    (table,) = [frame.value for frame in app.dataframe if "total" in frame.value]
    rows = {(row["candidate"], row["part"]): (row["Jan 2026"], row["Feb 2026"]) for row in table.to_dict("records")}
    overage = (0, 0.46) if view == "billed" else (0.46, 0)  # invoiced on February 1, for a period that ends with January
    assert rows == {
        ("Low", "base"): (19.9, 19.9),
        ("Low", "overage"): overage,
        ("High", "base"): (23.88, 23.88),
        ("High", "overage"): overage,
    }
    assert "In all: Low $40.26; High $48.22." in said(app)
    assert "at the rate of its invoice's day" in said(app)
    app.button_group(key="compare_revenue_view").set_value("By candidate").run()
    assert not app.exception
    assert f"High {'bills' if view == 'billed' else 'earns'} most in every month" in said(app)


def test_what_all_markets_are_refused_is_one_table() -> None:
    app = section("Refused usage", prepaid())
    tables = [frame.value for frame in app.dataframe if "Events refused" in frame.value]
    assert [table["Events refused"].tolist() for table in tables] == [["2 of 3"], ["2 of 3"]]
    assert tables[1]["Customers"].tolist() == [2]
    assert not [button for button in app.button if button.label.startswith("Who ")]


def test_balances_stand_apart_by_currency() -> None:
    app = section("Credits and balance", prepaid())
    assert "Prepaid, balance in USD: $2.00 granted = $0.00 used + $2.00 forfeited + $0.00 in hand." in said(app).replace(
        "*", ""
    )
    assert "Prepaid, balance in JPY: ¥300 granted = ¥100 used + ¥200 forfeited + ¥0 in hand." in said(app).replace("*", "")


def test_the_files_of_all_markets_can_be_taken_away() -> None:
    app = section("By market", prepaid())
    assert {"compare_excel", "compare_csv"} <= {each.key for each in app.get("download_button")}
    names = app.selectbox(key="compare_csv_table").options
    assert {"By market", "Revenue by month", "Invoice lines"} <= set(names)
    replayed = loading.replay_of(app.session_state["study"], several=True)
    assert b"japan,jpy" in figures.csv(replayed, "customers")
    assert figures.excel(replayed).startswith(b"PK")


def test_a_market_that_is_chosen_is_a_study_of_its_own_on_every_page() -> None:
    app = shown("pages/compare.py", in_markets())
    chooser(app).select("japan").run()
    assert not app.exception
    assert app.session_state["study"].market == "japan"
    assert "1 customer, 2 events, 1 Jan 2026 to 28 Feb 2026, JPY." in said(app)
    app.switch_page("pages/price.py").run()
    assert not app.exception
    assert "¥" in said(app)
    assert not app.error


def test_the_answer_is_of_all_markets_with_their_table() -> None:
    app = shown("app.py", in_markets())
    assert "USD" in said(app)
    assert app.dataframe[0].value["Low, in USD"].tolist() == ["$20.00", "$20.26", "$40.26"]
    assert "There is no forecast: customers are in several markets" in said(app) or "Being worked out" in said(app)


@pytest.mark.parametrize(
    "page", ["pages/price.py", "pages/forecast.py", "pages/assumptions.py", "pages/move.py", "pages/customers.py"]
)
def test_what_is_asked_of_one_market_asks_for_one(page: str) -> None:
    app = shown(page, in_markets())
    assert "Choose one market: none or japan" in " ".join(error.value.replace("\\", "") for error in app.error)
    assert list(chooser(app).options) == ["Choose one", "no market (USD)", "Japan (JPY)"]


def test_a_study_without_several_markets_asks_for_none() -> None:
    app = shown("pages/compare.py", in_markets(actions=(), reporting=None))
    assert not [box for box in app.selectbox if box.label == "Market"]


def test_the_reporting_currency_and_the_market_are_in_the_link() -> None:
    found = studies.from_link(studies.to_link(in_markets(market="japan")))
    assert found is not None
    assert (found.reporting, found.market) == (REPORTING, "japan")


class TestPlansPage:
    """Markets are edited with the currency, and prices there under a plan's further terms."""

    def open(self, study: Study, tab: str) -> AppTest:
        app = shown("pages/plans.py", study)
        return opened(app, tab)

    def test_a_plain_catalog_shows_no_more_than_a_button(self) -> None:
        app = self.open(study_of(), "Currency and file")
        assert not [box for box in app.text_area if box.label.startswith("Rates")]
        app.button(key="plans_add_market").click().run()
        assert not app.exception
        assert "credit_packs.five has no price in eur" in said(app)
        typed(app, "currencies/eur/exchange_rate", "0.9")
        assert study(app).catalog.markets["new_market"].currency == "eur"
        assert str(study(app).catalog.currencies["eur"].exchange_rate) == "0.9"

    def test_a_price_in_a_currency_is_typed_and_what_is_wrong_is_said_there(self) -> None:
        app = self.open(in_markets(), "Plans")
        where = "plans/low/currency_prices/jpy/prices/monthly"
        typed(app, where, "1600")
        assert not app.exception
        assert study(app).catalog.plans["low"].currency_prices["jpy"]["prices"]["monthly"] == "1600"
        typed(app, where, "many")
        assert study(app).catalog.plans["low"].currency_prices["jpy"]["prices"]["monthly"] == "1600"
        assert "'many'" in said(app)

    def test_a_price_that_is_missing_is_told_in_words_at_its_field(self) -> None:
        app = self.open(in_markets(actions=(), reporting=None), "Plans")
        assert "Needed" not in said(app)
        typed(app, "plans/low/currency_prices/jpy/prices/monthly", "")
        assert not app.exception
        assert "Needed: without it nobody in Japan (JPY) can be on this plan." in said(app)
        typed(app, "plans/low/currency_prices/jpy/features/call/unit_price", "")
        assert said(app).count("Needed: without it nobody in Japan (JPY) can be on this plan.") == 2
        assert not study(app).catalog.plans["low"].currency_prices["jpy"]["prices"]

    def test_a_candidate_is_put_into_a_market_once_its_prices_and_the_rates_are_there(self) -> None:
        app = self.open(in_markets(actions=(), reporting=None), "Currency and file")
        markets = [box for box in app.selectbox if box.label == "Without a market, in"]
        assert [list(box.options) for box in markets] == [["no market (USD)", "Japan (JPY)"]] * 2
        markets[1].select("japan").run()
        assert not app.exception
        assert "Customers are billed in several currencies: type the currency of sums over all" in said(app)
        assert "customers are billed in jpy, usd" in said(app)
        rates = next(box for box in app.text_area if box.label.startswith("Rates"))
        rates.set_value("2026-01-01, eur, 1.1").run()
        assert "reporting.rates: has no rate for jpy" in said(app)
        assert study(app).reporting is None
        next(box for box in app.text_area if box.label.startswith("Rates")).set_value("2026-01-01, jpy, 0.007").run()
        assert not app.exception
        assert [candidate.market for candidate in study(app).candidates] == [None, "japan"]
        assert str(study(app).reporting.rates[0].rate) == "0.007"
        assert "in several currencies" not in said(app)
        [box for box in app.selectbox if box.label == "Without a market, in"][1].select("").run()
        assert [candidate.market for candidate in study(app).candidates] == [None, None]

    def test_candidates_in_several_currencies_are_edited_with_the_reporting_of_the_study(self) -> None:
        candidates = [CANDIDATES[0], {**CANDIDATES[1], "market": "japan"}]
        app = self.open(study_of(candidates, USED, CATALOG, reporting=REPORTING), "Plans")
        typed(app, "plans/low/prices/monthly", "11")
        assert not app.exception
        assert "Not in effect yet" not in said(app)
        assert str(study(app).catalog.plans["low"].prices["monthly"]) == "11"
        typed(app, "plans/low/currency_prices/jpy/prices/monthly", "")
        assert app.metric[0].value.startswith("$")
        selected(app, "Bills of customers in", "japan")
        assert not app.exception
        assert (len(app.metric), app.metric[0].value) == (1, "¥1,800")  # one call, which is included
        selected(app, "Plans", "high")
        typed(app, "plans/high/currency_prices/jpy/prices/monthly", "")
        assert "Missing_regional_price: plan 'high' has no price for it in market 'japan'" in said(app)
        toggle = next(one for one in app.toggle if one.label == "It has prices in other currencies")
        toggle.set_value(False).run()
        assert "Plan “high” › currency prices › jpy › prices › monthly: missing_regional_price" in said(app)

    def test_packs_and_add_ons_have_prices_of_their_own(self) -> None:
        catalog = {
            **CATALOG,
            "features": {**CATALOG["features"], "sms": {"name": "SMS"}},
            "credit_packs": {"five": {"name": "Five", "credits": 5, "price": 3}},
            "addons": {
                "sms": {"feature": "sms", "consumption_model": "metered", "base_price": 6, "overage": {"unit_price": "0.04"}}
            },
        }
        app = self.open(study_of(CANDIDATES, USED, catalog), "Credit packs")
        typed(app, "credit_packs/five/currency_prices/jpy", "400")
        assert not app.exception
        assert study(app).catalog.in_market("japan").credit_packs["five"].price == 400
        opened(app, "Add-ons")
        typed(app, "addons/sms/currency_prices/jpy/base_price", "900")
        typed(app, "addons/sms/currency_prices/jpy/overage/unit_price", "many")
        assert not app.exception
        assert "'many' is not a number" in said(app)
        typed(app, "addons/sms/currency_prices/jpy/overage/unit_price", "5")
        local = study(app).catalog.in_market("japan").addons["sms"]
        assert (local.base_price["every"], local.overage.unit_price) == (900, 5)
        next(box for box in app.selectbox if box.label == "Prices in").select("market_prices/japan").run()
        typed(app, "addons/sms/market_prices/japan/base_price", "800")
        assert study(app).catalog.in_market("japan").addons["sms"].base_price["every"] == 800

    def test_rates_that_are_wrong_stay_in_the_field_with_every_problem(self) -> None:
        app = self.open(in_markets(), "Currency and file")
        rates = next(box for box in app.text_area if box.label.startswith("Rates"))
        rates.set_value("2026-01-01, jpy, 0.007\n2026-01-02, yen, x").run()
        assert "line 2, currency" in said(app)
        assert "line 2, rate" in said(app)
        assert study(app).reporting == REPORTING
        next(box for box in app.text_area if box.label.startswith("Rates")).set_value("2026-01-01, jpy, 0.007").run()
        assert not app.exception
        assert str(study(app).reporting.rates[0].rate) == "0.007"

    def test_a_scenario_that_is_uploaded_brings_its_reporting(self) -> None:
        app = unfolded(shown("pages/plans.py", study_of()))
        app.button_group(key="plans_beginning").set_value("From a file").run()
        document = {"catalog": in_markets().catalog.document(), "candidates": CANDIDATES}
        document["reporting"] = REPORTING.model_dump(mode="json")
        app.file_uploader[0].set_value(("mine.yaml", yaml.safe_dump(document).encode(), "application/yaml")).run()
        assert not app.exception
        assert study(app).reporting == REPORTING
