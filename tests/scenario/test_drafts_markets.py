"""Markets of a design: what is added, what goes with a market, and rates as they are typed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.scenario.drafts import Design, Kind, with_value
from commet_core.scenario.drafts.markets import (
    PricedIn,
    amount_paths,
    feature_prices,
    market_label,
    missing_in,
    own_price_paths,
    priced_in,
    reporting_for,
    with_feature_price,
    with_market,
    with_own_price,
    with_own_prices,
    without_market,
)
from commet_core.scenario.reporting import typed_reporting, written_rates

DOCUMENT: dict[str, Any] = {
    "currency": "usd",
    "features": {"call": {}, "image": {}},
    "plans": {
        "pro": {
            "consumption_model": "metered",
            "prices": {"monthly": "10"},
            "features": {
                "call": {"included": "5", "overage": {"unit_price": "0.5"}},
                "image": {"overage": {"package_size": "10", "package_price": "1"}},
            },
            "minimum_commitment": {"amount": "100", "per": "interval"},
        }
    },
}


def design() -> Design:
    return with_own_prices(with_market(Design(deepcopy(DOCUMENT))), "pro", on=True)


def test_a_first_market_and_its_prices_make_a_sound_catalog() -> None:
    made = design()
    assert made.document["markets"] == {"new_market": {"name": "New market", "currency": "eur"}}
    assert made.document["plans"]["pro"]["currency_prices"] == {"eur": {}}
    assert priced_in(made) == [PricedIn("currency_prices", "eur"), PricedIn("market_prices", "new_market")]
    assert feature_prices(made.group("plans")["pro"]) == {"call": True, "image": False}
    assert amount_paths(made.group("plans")["pro"], {}) == {"minimum_commitment": ("minimum_commitment",)}
    priced = with_feature_price(made, "pro", PricedIn("currency_prices", "eur"), "call", "0.4")
    assert Catalog.model_validate(priced.document).in_market("new_market").currency == "eur"
    emptied = with_feature_price(priced, "pro", PricedIn("currency_prices", "eur"), "call", "")
    assert emptied.document["plans"]["pro"]["currency_prices"] == {"eur": {"features": {}}}
    Catalog.model_validate(emptied.document)


def test_with_the_last_market_all_that_is_of_other_currencies_goes() -> None:
    gone = without_market(design(), "new_market")
    assert gone.document == DOCUMENT
    assert gone.notes == ("Deleted the market “new_market” with its prices.",)
    kept = without_market(with_market(design()), "new_market")
    assert list(kept.document["markets"]) != ["new_market"]
    assert kept.document["plans"]["pro"]["currency_prices"] == {"eur": {}}


def test_what_is_missing_is_told_of_each_place_with_the_markets_that_lack_it() -> None:
    made = design()
    lacking = {path: ["New market (EUR)"] for path in ("prices.monthly", "minimum_commitment.amount")}
    lacking |= {f"features.{feature}": ["New market (EUR)"] for feature in ("call", "image")}
    assert missing_in(made, "pro", PricedIn("currency_prices", "eur")) == lacking
    made = with_value(made, ("plans", "pro", "market_prices", "new_market", "prices", "monthly"), "9")
    del lacking["prices.monthly"]
    assert missing_in(made, "pro", PricedIn("currency_prices", "eur")) == lacking
    assert missing_in(made, "pro", PricedIn("market_prices", "new_market")) == lacking
    assert market_label(made, "") == "no market (USD)"


def test_candidates_in_several_currencies_are_checked_with_the_reporting() -> None:
    document = deepcopy(DOCUMENT)
    del document["plans"]["pro"]["minimum_commitment"]
    document["plans"]["pro"]["features"] = {"call": {"included": "5"}}
    rows = ({"name": "A", "plan": "pro"}, {"name": "B", "plan": "pro", "market": "new_market"})
    made = with_value(
        with_market(Design(document, rows)), ("plans", "pro", "currency_prices"), {"eur": {"prices": {"monthly": "9"}}}
    )
    with pytest.raises(InputError, match="customers are billed in eur, usd"):
        made.checked()
    with pytest.raises(InputError, match="has no rate for eur"):
        reporting_for(made, "usd", "")
    reporting = reporting_for(made, "usd", "2026-01-01, eur, 1.1")
    assert [candidate.market for candidate in made.checked(reporting)[1]] == [None, "new_market"]


def test_prices_of_packs_and_add_ons_are_typed_and_leave_nothing_behind() -> None:
    document = deepcopy(DOCUMENT)
    document["credit_packs"] = {"five": {"credits": "5", "price": "3"}}
    monthly, yearly = {"monthly": "6", "yearly": "60"}, {"monthly": "5", "yearly": "50"}
    document["addons"] = {
        "call": {"feature": "call", "consumption_model": "metered", "base_price": monthly, "overage": {"unit_price": "1"}}
    }
    made = before = with_market(Design(document))
    place = PricedIn("currency_prices", "eur")
    typed: list[tuple[Kind, str, list[str]]] = [("credit_packs", "five", ["2"]), ("addons", "call", ["5", "50", "0.9"])]
    for kind, code, amounts in typed:
        for number, amount in enumerate(amounts):
            asked, in_file = own_price_paths(made, kind, code, place)
            assert not in_file
            made = with_own_price(made, asked[number], amount)
    assert made.document["credit_packs"]["five"]["currency_prices"] == {"eur": "2"}
    assert made.document["addons"]["call"]["currency_prices"] == {
        "eur": {"base_price": yearly, "overage": {"unit_price": "0.9"}}
    }
    local = Catalog.model_validate(made.document).in_market("new_market")
    assert (local.credit_packs["five"].price, local.addons["call"].base_price["yearly"]) == (2, 50)
    half = with_own_price(made, own_price_paths(made, "addons", "call", place)[0][1], "")
    assert [one.empty for one in own_price_paths(half, "addons", "call", place)[0]] == [
        "not offered",
        "not offered",
        "converted",
    ]
    for kind, code, _ in typed:
        for one in own_price_paths(made, kind, code, place)[0]:
            made = with_own_price(made, one, "")
    assert made.document == before.document


def test_rates_are_typed_a_line_each_and_come_back_as_they_were() -> None:
    text = "date, currency, rate\n2026-01-01, jpy, 0.0066\n\n2026-02-01; JPY; 0.007"
    made = typed_reporting("USD", text)
    assert made.currency == "usd"
    assert written_rates(made) == "2026-01-01, jpy, 0.0066\n2026-02-01, jpy, 0.007"
    assert written_rates(None) == ""


def test_all_that_is_wrong_with_rates_is_told_by_line() -> None:
    with pytest.raises(InputError) as refused:
        typed_reporting("dollars", "2026-01-01, jpy\n2026-13-01, jpy, 0.0066\n2026-01-01, yen, -1")
    places = [problem.where for problem in refused.value.problems]
    assert places == ["line 1", "line 2, date", "line 3, currency", "line 3, rate", "currency"]
    with pytest.raises(InputError, match="jpy has two rates on 2026-01-01"):
        typed_reporting("usd", "2026-01-01, jpy, 1\n2026-01-01, jpy, 2")
