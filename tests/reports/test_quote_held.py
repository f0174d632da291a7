"""Quotes and price curves of plans with seats, quota and add-ons, and how these are read back in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from support.all_terms import DOCUMENT

from commet_core.catalog.plans import Catalog
from commet_core.reports.quote import quotes
from commet_core.reports.quote.price_curve import UsageAxis, price_curves
from commet_core.reports.quote.words import (
    allowance_in_words,
    crossing_in_words,
    limit_in_words,
    line_in_words,
    plan_in_words,
    refusal_in_words,
)
from commet_core.scenario.candidates import Candidate

CATALOG = Catalog.model_validate(DOCUMENT)


def candidate(name: str, plan: str, **more: Any) -> Candidate:
    return Candidate(name=name, plan=plan, **more)


def test_a_quote_has_seats_in_advance_and_add_ons_and_says_what_is_held_and_refused() -> None:
    """12 seats, 9 beyond the 3 included: volume, all at $12 as 10 are not passed. 25 projects of 20 that there can be."""
    units = {"editors": Decimal(12), "projects": Decimal(25), "sms": Decimal(600)}
    [quote] = quotes(_without_commitment(), [candidate("Pro", "pro", addons=("texts",))], units)
    assert [(line_in_words(CATALOG, quote, line), line.amount) for line in quote.lines] == [
        ("Base price, monthly", 60),
        ("Add-on Texts", 18),
        ("Editors beyond what is included, in advance", 108),
        ("SMS beyond what is included", 4),
    ]
    assert [refusal_in_words(CATALOG, each) for each in quote.refusals] == [
        "Projects: 5 of 25 projects are refused, as the plan has no more"
    ]
    assert "Editors: 3 of 3 seats included" in [allowance_in_words(CATALOG, each) for each in quote.allowances]


def test_a_month_of_a_yearly_plan_has_a_twelfth_of_the_seats_of_a_year() -> None:
    """(600 + 9 × 120) ÷ 12."""
    yearly = candidate("Pro", "pro", interval="yearly")
    [quote] = quotes(_without_commitment(), [yearly], {"editors": Decimal(12)})
    assert (quote.first_month, quote.monthly_cost) == (1680, 140)


def test_curves_run_along_seats_to_the_unit_and_seats_stay_when_usage_grows() -> None:
    """Wallet: $30 and $20 for every started 5 seats beyond one. Pro: $60, $12 a seat beyond 3. At 4 seats 72 against 50."""
    pair = [candidate("Pro", "pro"), candidate("Wallet", "wallet")]
    curves = price_curves(_without_commitment(), pair, UsageAxis("editors", {"editors": Decimal(4)}), Decimal(30))
    assert curves.crossings == ()
    assert [point.monthly_cost for point in curves.points["Wallet"]][:8] == [30, 30, 50, 50, 50, 50, 50, 70]
    axis = UsageAxis("call", {"call": Decimal(10), "editors": Decimal(4)}, held=frozenset({"editors", "projects"}))
    assert axis.at(Decimal(100)) == {"call": 100, "editors": 4}


def test_a_limit_of_seats_is_told_without_a_month() -> None:
    limited = Catalog.model_validate(
        {
            "features": {"editors": {"name": "Editors", "unit": "seat", "type": "seats"}},
            "plans": {
                "few": {"consumption_model": "metered", "prices": {"monthly": 9}, "features": {"editors": {"included": 2}}},
                "more": {
                    "consumption_model": "metered",
                    "prices": {"monthly": 5},
                    "features": {"editors": {"overage": {"unit_price": 3}}},
                },
            },
        }
    )
    pair = [candidate("Few", "few"), candidate("More", "more")]
    curves = price_curves(limited, pair, UsageAxis("editors", {"editors": Decimal(2)}), Decimal(10))
    assert [limit_in_words(limited, each, "editors") for each in curves.limits] == [
        "From 3 seats Few refuses part of the usage: its allowance is used up."
    ]
    assert [crossing_in_words(limited, each, "editors") for each in curves.crossings] == [
        "From 2 seats Few is cheaper than More."
    ]


def test_a_plan_with_everything_is_read_back_in_sentences() -> None:
    words = plan_in_words(CATALOG, "pro")
    assert (
        "Editors: 3 seats included, then for a month all of them at $12 each up to 10 seats, all of them at $10 each and $1 once "
        "beyond that or for a year" in words
    )
    assert "Projects: 20 projects included, and no more. Has SSO." in words
    assert "From 1 Jun 2026: $65 a month or $600 a year and other terms" in words
    assert "Editors: 1 seat included, then $20 for every started 5 seats a month" in plan_in_words(CATALOG, "wallet")
    assert "Editors: unlimited" in plan_in_words(CATALOG, "packs")


def test_versions_say_what_of_seats_quota_and_boolean_features_changes() -> None:
    plan = {
        "consumption_model": "metered",
        "prices": {"monthly": 60},
        "features": {"editors": {"included": 3}, "sso": True},
        "versions": [
            {
                "from": "2026-06-01",
                "prices": {"monthly": 65},
                "features": {"editors": {"included": 5, "overage": {"unit_price": 9}}},
            },
            {"from": "2026-07-01", "features": {"editors": None, "sso": False, "projects": {"included": 2}}},
        ],
    }
    catalog = Catalog.model_validate({**CATALOG.document(), "plans": {"pro": plan}, "plan_groups": {}})
    words = plan_in_words(catalog, "pro")
    assert "From 1 Jun 2026: $65 a month; Editors: 5 seats included, then $9 a seat a month. " in words
    assert "From 1 Jul 2026: Projects: 2 projects included, and no more; no more Editors; no more SSO" in words


def test_a_bill_of_a_month_is_of_a_whole_one_whatever_the_billing_day_and_the_time_zone() -> None:
    [quote] = quotes(CATALOG, [candidate("Packs", "packs")], {"call": Decimal(100)})
    assert [(line.kind, line.amount) for line in quote.lines] == [("plan_base", 20)]
    assert (quote.monthly_cost, quote.refusals, quote.allowances[0].used) == (20, (), 200)
    assert "Everybody is billed on day 15 of the month" in plan_in_words(CATALOG, "packs")


def _without_commitment() -> Catalog:
    document = {**DOCUMENT, "plans": {code: dict(plan) for code, plan in DOCUMENT["plans"].items()}}
    for key in ("minimum_commitment", "versions"):
        document["plans"]["pro"].pop(key)
    return Catalog.model_validate(document)
