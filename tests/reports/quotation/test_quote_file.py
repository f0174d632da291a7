"""What is wrong with a quote is said in words, all of it at once."""

from pathlib import Path
from typing import Any, ClassVar

import pytest
from support.quotes import quote_of

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import quote_document
from commet_core.reports.quotation.quotation import quotation
from commet_core.reports.quotation.quote_file import QuoteFile

CATALOG = {
    "features": {"call": {}, "mail": {}},
    "plans": {"pro": {"consumption_model": "metered", "prices": {"monthly": 9}, "features": {"call": {"included": 5}}}},
    "plan_groups": {"all": ["pro"]},
}
PRO = ({"name": "Pro", "plan": "pro"},)


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"term_months": 0}, "term_months", "0 is too small"),
        ({"term_months": 121}, "term_months", "121 is too large"),
        ({"usage": {"mail": {"units": 1}}}, "usage.mail", "no plan of this quote has the feature"),
        ({"usage": {"sms": {"units": 1}}}, "usage.sms", "feature 'sms' does not exist"),
        ({"usage": {"call": {}}}, "usage.call.units", "has neither units nor months"),
        ({"usage": {"call": {"months": [1, 2]}}}, "usage.call.months", "has 2 months, and the term has 12"),
        ({"usage": {"call": {"units": 5, "low": 6}}}, "usage.call.low", "6 is above what is expected, 5"),
        ({"usage": {"call": {"units": 5, "high": 4}}}, "usage.call.high", "4 is below what is expected, 5"),
        ({"usage": {"call": {"units": 5, "growth": -1}}}, "usage.call.growth", "-1 is negative"),
        ({"usage": {"call": {"units": 5, "season": [1]}}}, "usage.call.season", "has 1 factors"),
        ({"usage": {"call": {"units": "1e30"}}}, "usage.call.units", "is too large"),
        ({"discount": {"percent": 120}}, "discount.percent", "120 is too large"),
        ({"discount": {"percent": 10, "amount": 5}}, "discount", "has both percent and amount"),
        ({"discount": {}}, "discount", "has neither percent nor amount"),
        ({"valid_until": "2025-11-30"}, "valid_until", "2025-11-30 is before 2025-12-01, the day of issue"),
        ({"candidates": []}, "candidates", "is empty"),
        ({"candidates": [{"name": f"P{n}", "plan": "pro"} for n in range(9)]}, "candidates", "has more than 8 entries"),
        ({"candidates": [{"name": "A", "plan": "pra"}]}, "candidates.0.plan", "plan 'pra' does not exist"),
        ({"candidates": [{"name": "A", "group": "all"}]}, "candidates.0.group", "a quote is of one plan"),
        ({"colour": "red; x"}, "colour", "pattern"),
        ({"catalog": {"plans": {"x": {}}}}, "catalog.plans.x.consumption_model", "is missing"),
        ({"number": ""}, "number", "is empty"),
        ({"sller": 1}, "sller", "is not a known key"),
    ],
)
def test_it_says(change: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(InputError) as refused:
        quote_of(CATALOG, PRO, **change)
    said = {problem.where: problem.what for problem in refused.value.problems}
    assert where in said, said
    assert what in said[where]


def test_several_mistakes_are_said_together() -> None:
    with pytest.raises(InputError) as refused:
        quote_of(CATALOG, PRO, valid_until="2020-01-01", discount={"percent": 5, "amount": 1}, usage={"mail": {"units": 1}})
    assert len(refused.value.problems) == 3


def test_usage_that_grows_beyond_all_bounds_is_said() -> None:
    with pytest.raises(InputError, match="more than the simulator can hold"):
        quotation(quote_of(CATALOG, PRO, term_months=120, usage={"call": {"units": 10**9, "growth": 10}}))


def test_a_catalog_and_a_logo_are_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(
        "features: {call: {}}\nplans: {pro: {consumption_model: metered, features: {call: {}}}}"
    )
    quote = quote_of(CATALOG, PRO).model_dump(mode="json") | {"catalog": "catalog.yaml", "logo": "logo.png"}
    import yaml

    (tmp_path / "quote.yaml").write_text(yaml.safe_dump(quote))
    loaded = QuoteFile.load(tmp_path / "quote.yaml")
    assert list(loaded.catalog.plans) == ["pro"]
    assert loaded.logo == str(tmp_path / "logo.png")


class TestMarkets:
    """A quote is in the currency of the market that its candidates name."""

    CATALOG: ClassVar[dict[str, Any]] = {
        "currencies": {"jpy": {"exchange_rate": 150}},
        "markets": {"japan": {"currency": "jpy", "country_codes": ["JP"]}},
        "features": {"call": {}},
        "plans": {
            "pro": {
                "consumption_model": "metered",
                "prices": {"monthly": 100},
                "features": {"call": {"included": 100, "overage": {"unit_price": "0.07"}}},
                "spend_cap": {"amount": 50},
                "currency_prices": {
                    "jpy": {
                        "prices": {"monthly": 15000},
                        "features": {"call": {"unit_price": 10}},
                        "spend_cap": {"amount": 7000},
                    }
                },
            }
        },
    }

    def quoted(self, *markets: str | None) -> QuoteFile:
        rows = [{"name": f"It {place}", "plan": "pro", "market": market} for place, market in enumerate(markets)]
        return quote_of(self.CATALOG, rows, usage={"call": {"units": 200}}, draws=100, term_months=2)

    def test_prices_limits_and_amounts_are_those_of_the_market(self) -> None:
        """15,000 and 100 calls beyond at 10, in each of two months; the cap is 7,000 a month."""
        worked_out = quotation(self.quoted("japan"))
        [bill] = worked_out.bills
        assert (worked_out.currency, bill.assumed, bill.floor, bill.most) == ("jpy", 32000, 30000, 44000)
        assert "in JPY" in dict(quote_document(worked_out).facts)["Amounts"]
        assert quotation(QuoteFile.model_validate(worked_out.quote.model_dump(mode="json", exclude_none=True))).bills[0] == bill

    def test_without_a_market_they_are_the_catalogs(self) -> None:
        [bill] = quotation(self.quoted(None)).bills
        assert bill.assumed == 214

    def test_two_markets_are_two_quotes(self) -> None:
        with pytest.raises(InputError, match="candidates: the candidates name several markets"):
            self.quoted("japan", None)


BY_MODEL = {"pricing": "ai_model"}
ADD_ON = {"mails": {"feature": "mail", "consumption_model": "balance", "base_price": 5, **BY_MODEL}}


@pytest.mark.parametrize(
    ("terms", "addons"),
    [
        ({"features": {"mail": BY_MODEL}}, []),
        ({"versions": [{"from": "2025-06-01", "features": {"mail": BY_MODEL}}]}, []),
        ({}, ["mails"]),
    ],
    ids=["of the plan", "of its version of the day", "of an add-on"],
)
def test_a_price_that_an_ai_model_sets_is_none_for_a_quote(terms: dict[str, Any], addons: list[str]) -> None:
    plan = {"consumption_model": "balance", "prices": {"monthly": 9}, "features": {"call": {"unit_price": 1}}, **terms}
    catalog = {"features": {"call": {}, "mail": {}}, "plans": {"pro": plan}, "addons": ADD_ON}
    with pytest.raises(InputError, match="an AI model sets its price"):
        quote_of(catalog, [{"name": "Pro", "plan": "pro", "addons": addons}], usage={"mail": {"units": 1}})
