"""Starter plans: worth the same at the median customer's month, whatever the usage looks like."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import replay
from commet_core.engine.run import Run
from commet_core.foundation.errors import InputError
from commet_core.reports.compare.assumptions import assumed
from commet_core.reports.starter import USUAL_PURCHASES, Starter, included_units, starter, two_digits, typical_monthly_units
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

USD = Catalog.model_validate({"currency": "usd"})


def usage_of(*rows: tuple[str, str, str, str]) -> Usage:
    customers, times, features, values = zip(*rows, strict=True)
    moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    return Usage.from_events(customers, moments, features, values)


def one_feature(*units: str) -> Usage:
    """A customer for each number, who uses that much on 1 January."""
    return usage_of(*[(f"c{place:03}", "2026-01-01", "call", amount) for place, amount in enumerate(units)])


def runs_of(made: Starter, usage: Usage) -> tuple[Run, ...]:
    """With every customer who runs short buying packs, so that the models can be compared customer by customer."""
    always = USUAL_PURCHASES.model_copy(update={"probability": Decimal(1)})
    candidates = [
        candidate.model_copy(update={"purchases": always}) if candidate.purchases == USUAL_PURCHASES else candidate
        for candidate in made.candidates
    ]
    scenario = {"catalog": made.catalog, "candidates": [one.model_dump() for one in candidates]}
    return replay(Scenario.model_validate(scenario), usage).runs


def test_as_many_customers_buy_packs_as_in_the_worked_samples():
    samples = [preset for code, preset in catalog_presets().items() if code.startswith("sample_")]
    shares = {
        Candidate.model_validate(candidate).purchases.probability
        for preset in samples
        for candidate in preset.candidates
        if candidate["name"] == "Credits"
    }
    assert shares == {USUAL_PURCHASES.probability}
    made = starter(one_feature("10", "500"), USD)
    assert [assumed(made.catalog, candidate) for candidate in made.candidates] == [
        "",
        "with 60 % of customers buying packs",
        "",
    ]


@pytest.mark.parametrize(
    ("number", "decimals", "rounded"),
    [("347", 0, "350"), ("345", 0, "350"), ("1.5", 0, "2"), ("0.03333", 9, "0.033"), ("9.96", 9, "10"), ("0.0000004", 6, "0")],
)
def test_two_digits_read_well(number, decimals, rounded):
    assert str(two_digits(Decimal(number), decimals)) == rounded


@pytest.mark.parametrize(("units", "included"), [("0", "1"), ("1.2", "1"), ("0.034567", "0.035"), ("12345", "12000")])
def test_included_units_are_whole_from_one_on(units, included):
    assert included_units(Decimal(units)) == Decimal(included)


def test_the_typical_month_is_the_median_over_customers_of_units_by_months_with_usage():
    usage = usage_of(
        ("ann", "2026-01-01", "call", "100"),
        ("ann", "2026-03-01", "call", "300"),  # 400 in two months with usage: 200 a month
        ("ben", "2026-01-01", "call", "50"),
        ("cy", "2026-01-01", "call", "900"),
        ("cy", "2026-01-02", "image", "7"),
        ("dee", "2026-01-02", "image", "0"),
    )
    assert typical_monthly_units(usage) == {"call": Decimal(200), "image": Decimal(7)}


def test_of_two_customers_the_smaller_is_typical():
    assert typical_monthly_units(one_feature("10", "30")) == {"call": Decimal(10)}


def test_each_plan_includes_the_typical_month_at_one_price_per_unit():
    made = starter(usage_of(("a", "2026-01-01", "call", "500"), ("a", "2026-01-02", "image", "40")), USD)
    plans = made.catalog.plans
    metered, in_credits, balance = plans["starter_metered"], plans["starter_credits"], plans["starter_balance"]
    assert {plan.prices["monthly"] for plan in plans.values()} == {Decimal(20)}
    assert {code: terms.included for code, terms in metered.features.items()} == {"call": Decimal(500), "image": Decimal(40)}
    # half of the 20 dollars for each feature: 10 ÷ 500 and 10 ÷ 40
    assert {code: terms.overage.unit_price for code, terms in metered.features.items()} == {
        "call": Decimal("0.02"),
        "image": Decimal("0.25"),
    }
    assert {code: terms.unit_price for code, terms in balance.features.items()} == {
        "call": Decimal("0.02"),
        "image": Decimal("0.25"),
    }
    assert balance.included_balance == Decimal(20)
    # 20 dollars would buy 1,000 credits, so a credit is 2 cents
    assert {code: terms.credits_per_unit for code, terms in in_credits.features.items()} == {
        "call": Decimal(1),
        "image": Decimal("12.5"),
    }
    pack = made.catalog.credit_packs["starter_pack"]
    assert (in_credits.included_credits, pack.credits, pack.price) == (Decimal(1000), Decimal(500), Decimal(10))


def test_the_median_customer_pays_the_base_price_under_every_model():
    usage = one_feature("10", "500", "100000")
    made = starter(usage, USD)
    runs = runs_of(made, usage)
    assert [run.candidate.name for run in runs] == ["Metered", "Credits", "Balance"]
    # base 20.00; the third uses 99,500 more at 0.04 = 3,980.00, or 200,000 credits of which 1,000 are included: 398 packs
    assert [run.customer_billed.tolist() for run in runs] == [[2000, 2000, 400_000]] * 3


def test_rounded_unit_prices_leave_the_models_equal():
    usage = one_feature("160000", "160000", "500000")
    made = starter(usage, USD)
    # 20 ÷ 160,000 is 0.000125, to two digits 0.00013: the included units are worth 20.80
    assert made.terms[0].unit_price == Decimal("0.00013")
    assert (made.included_balance, made.included_credits) == (Decimal("20.8"), Decimal(1040))
    # the third uses 340,000 more: 44.20 of overage; or 2,210 credits: five packs for 50.00
    runs = runs_of(made, usage)
    assert [run.customer_billed.tolist() for run in runs] == [[2000, 2000, 6420], [2000, 2000, 7000], [2000, 2000, 6420]]


def test_known_names_and_costs_are_kept_and_others_made_readable():
    known = Catalog.model_validate(
        {"currency": "eur", "features": {"call": {"name": "API calls", "unit": "call", "unit_cost": "0.001"}, "seat": {}}}
    )
    made = starter(usage_of(("a", "2026-01-01", "call", "1"), ("a", "2026-01-01", "gpu_hours", "1")), known)
    assert made.catalog.currency == "eur"
    assert set(made.catalog.features) == {"call", "gpu_hours"}
    assert made.catalog.features["call"] == known.features["call"]
    assert made.catalog.features["gpu_hours"].name == "Gpu hours"


def test_a_currency_without_cents_has_a_price_of_its_size():
    made = starter(one_feature("100"), Catalog.model_validate({"currency": "jpy"}))
    assert {plan.prices["monthly"] for plan in made.catalog.plans.values()} == {Decimal(2000)}


@pytest.mark.parametrize("units", ["0", "0.000001", "1", "1000000000", "900000000000"])
def test_tiny_and_huge_usage_gets_plans_that_replay(units):
    usage = one_feature(units, units)
    made = starter(usage, USD)
    assert [run.customer_count for run in runs_of(made, usage)] == [2, 2, 2]
    assert made.catalog.plans["starter_credits"].features["call"].credits_per_unit > 0


def test_credits_grow_until_the_cheapest_unit_can_be_priced():
    made = starter(one_feature("1000000000"), USD)
    plan = made.catalog.plans["starter_credits"]
    assert plan.included_credits == Decimal(1_000_000)
    assert plan.features["call"].credits_per_unit == Decimal("0.001")


def test_a_feature_code_that_no_catalog_can_hold_is_named():
    with pytest.raises(InputError, match="is not a usable code"):
        starter(usage_of(("a", "2026-01-01", "two\nlines", "1")), USD)
