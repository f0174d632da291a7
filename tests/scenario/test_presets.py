"""Catalog presets: every one loads, fits its usage, and replays to a result worth looking at."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import replay
from commet_core.scenario.presets import FOLDER, catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import PRESETS, generate
from commet_core.usage.usage import Usage

PRODUCTS = {
    "metered": ("twilio", "sendgrid", "aws"),
    "credits": ("midjourney", "chatgpt", "cursor"),
    "balance": ("supabase", "vercel", "railway"),
}
LINE_UPS = {f"sample_{code}": code for code in PRESETS}
SAMPLE = Path(__file__).parents[2] / "sample_data"
CODES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def usages():
    return {code: Usage.from_table(generate(code, 300, 4, 7)) for code in PRESETS}


@pytest.fixture(params=CODES)
def preset(request):
    return catalog_presets()[request.param]


@pytest.fixture
def replayed(preset, usages):
    return replay(preset.scenario(seed=7), usages[preset.usage_preset])


def customers_of(replayed, name):
    """The rows of `customers` for one candidate."""
    return [SimpleNamespace(**row) for row in replayed.table("customers").to_pylist() if row["candidate"] == name]


def test_nine_products_and_a_line_up_for_every_usage():
    found = catalog_presets()
    assert set(found) == set(LINE_UPS).union(*PRODUCTS.values())
    for model, codes in PRODUCTS.items():
        assert {code for code, preset in found.items() if preset.models == (model,)} == set(codes)


def test_line_ups_come_first_then_metered_credits_balance():
    order = list(catalog_presets())
    assert set(order[:4]) == set(LINE_UPS)
    assert [set(order[first : first + 3]) for first in (4, 7, 10)] == [set(codes) for codes in PRODUCTS.values()]


def test_presets_are_read_once_and_cannot_be_changed():
    assert catalog_presets() is catalog_presets()
    with pytest.raises(TypeError):
        catalog_presets()["aws"] = None


def test_it_says_what_it_resembles_and_when_that_was_looked_up(preset):
    assert preset.name
    assert preset.works_like.endswith(".")
    assert preset.note.startswith(("Illustrative prices", "Invented prices"))
    assert date(2026, 1, 1) <= preset.as_of
    if preset.code not in LINE_UPS:
        assert preset.works_like.startswith(f"Works like {preset.name.removeprefix('Like ')}: ")


def test_it_has_the_features_of_its_usage(preset):
    codes = {feature.code for feature in PRESETS[preset.usage_preset].features}
    used = {code: feature for code, feature in preset.catalog.features.items() if feature.type == "usage"}
    assert set(used) == codes
    assert all(set(plan.features) == codes for plan in preset.catalog.plans.values())
    assert all(feature.unit_cost is not None for feature in used.values())


def test_products_that_sell_tiers_seats_and_caps_have_them():
    found = {code: preset.catalog for code, preset in catalog_presets().items()}
    assert found["sendgrid"].plans["pro"].features["message"].overage.tiers_mode == "graduated"
    assert found["vercel"].plans["pro"].levels["developers"].overage.unit_price == {"every": 20}
    assert found["vercel"].plans["hobby"].levels["developers"].overage is None
    assert found["vercel"].plans["pro_limited"].spend_cap is not None


def test_units_are_those_of_the_usage_in_a_line_up():
    for code, usage_code in LINE_UPS.items():
        features = catalog_presets()[code].catalog.features
        for feature in PRESETS[usage_code].features:
            assert (features[feature.code].name, features[feature.code].unit) == (feature.name, feature.unit)


def test_its_plans_are_in_groups_and_its_candidates_fit(preset):
    assert 2 <= len(preset.candidates) <= 3
    assert {plan for group in preset.catalog.plan_groups.values() for plan in group} == set(preset.catalog.plans)
    scenario = preset.scenario(seed=1)
    assert scenario.baseline_index() == [candidate["name"] for candidate in preset.candidates].index(preset.baseline)


def test_a_line_up_compares_the_models_at_one_list_price():
    for code, usage_code in LINE_UPS.items():
        preset = catalog_presets()[code]
        plans = [preset.catalog.plans[candidate["plan"]] for candidate in preset.candidates]
        assert preset.usage_preset == usage_code
        assert [candidate["name"] for candidate in preset.candidates] == ["Metered", "Credits", "Balance"]
        assert [plan.consumption_model for plan in plans] == ["metered", "credits", "balance"]
        assert len({tuple(sorted(plan.prices.items())) for plan in plans}) == 1
        assert "purchases" in preset.candidates[1]


def test_no_feature_is_left_out(preset, replayed, usages):
    assert replayed.features_without_plan == {}
    assert replayed.events_in_window == usages[preset.usage_preset].event_count


def test_customers_land_on_both_sides_of_what_is_included(preset, replayed):
    """What happens beyond it is overage, or a refusal, or a purchase."""
    customers = customers_of(replayed, preset.baseline)
    beyond = sum(1 for customer in customers if customer.overage or customer.blocked_events or customer.purchases)
    assert 0.1 < beyond / len(customers) < 0.7


@pytest.mark.parametrize("code", [*PRODUCTS["metered"], *LINE_UPS])
def test_metered_charges_some_customers_overage_and_others_not(code, usages):
    preset = catalog_presets()[code]
    replayed = replay(preset.scenario(), usages[preset.usage_preset])
    shares = []
    for candidate in preset.candidates:
        if preset.catalog.plans[candidate["plan"]].consumption_model == "metered":
            customers = customers_of(replayed, candidate["name"])
            shares.append(sum(1 for customer in customers if customer.overage > 0) / len(customers))
    assert any(0.1 < share < 0.7 for share in shares)


@pytest.mark.parametrize("code", [*PRODUCTS["credits"], *LINE_UPS])
def test_without_packs_some_customers_are_blocked_and_others_not(code, usages):
    preset = catalog_presets()[code]
    candidates = [
        {key: value for key, value in candidate.items() if key != "purchases"}
        for candidate in preset.candidates
        if preset.catalog.plans[candidate["plan"]].consumption_model == "credits"
    ]
    scenario = Scenario.model_validate({"catalog": preset.catalog, "candidates": candidates})
    replayed = replay(scenario, usages[preset.usage_preset])
    shares = []
    for candidate in candidates:
        customers = customers_of(replayed, candidate["name"])
        shares.append(sum(1 for customer in customers if customer.blocked_events > 0) / len(customers))
    assert any(0.08 < share < 0.7 for share in shares)


@pytest.mark.parametrize("code", [*PRODUCTS["credits"], *LINE_UPS])
def test_packs_let_buyers_go_on(code, usages):
    preset = catalog_presets()[code]
    replayed = replay(preset.scenario(seed=7), usages[preset.usage_preset])
    buying = [candidate["name"] for candidate in preset.candidates if "purchases" in candidate]
    assert any(sum(customer.purchases for customer in customers_of(replayed, name)) > 100 for name in buying)


@pytest.mark.parametrize("code", [*PRODUCTS["balance"], *LINE_UPS])
def test_a_balance_is_exceeded_by_some_and_left_over_by_others(code, usages):
    preset = catalog_presets()[code]
    replayed = replay(preset.scenario(), usages[preset.usage_preset])
    for candidate in preset.candidates:
        plan = preset.catalog.plans[candidate["plan"]]
        if plan.consumption_model == "balance" and not plan.blocks:
            periods = [row for row in replayed.table("periods").to_pylist() if row["candidate"] == candidate["name"]]
            exceeded = sum(1 for row in periods if row["balance_overage"] > 0) / len(periods)
            left_over = sum(1 for row in periods if row["balance_forfeited"] > 0) / len(periods)
            assert 0.03 < exceeded < 0.6
            assert 0.4 < left_over < 0.97


def test_the_models_of_a_line_up_earn_differently_from_equal_prices(usages):
    for code in LINE_UPS:
        preset = catalog_presets()[code]
        replayed = replay(preset.scenario(seed=7), usages[preset.usage_preset])
        billed = [sum(customer.billed for customer in customers_of(replayed, run.candidate.name)) for run in replayed.runs]
        base = sum(customer.plan_base for customer in customers_of(replayed, "Metered"))
        assert len(set(billed)) == 3
        assert all(base < total < 6 * base for total in billed)


def test_prices_are_read_exactly():
    requests = catalog_presets()["aws"].catalog.plans["on_demand"].features["requests"]
    assert requests.overage.unit_price == Decimal("0.0000004")


def test_the_sample_scenario_is_the_line_up_of_its_product():
    scenario, preset = Scenario.load(SAMPLE / "scenario.yaml"), catalog_presets()["sample_ai_images"]
    assert Catalog.load(SAMPLE / "catalog.yaml") == preset.catalog
    assert scenario.candidates == preset.scenario().candidates
    assert (scenario.window.start, scenario.window.end, scenario.seed) == (date(2026, 1, 1), date(2026, 7, 1), 7)
