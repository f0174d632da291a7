"""Catalogs and scenarios: what is wrong is said word for word, all of it at once; what is right comes back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import parse_document, read_document
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.scenario import Scenario

FEATURES = {"image": {"name": "Image", "unit": "image"}, "api_calls": {}}
METERED = {"consumption_model": "metered", "prices": {"monthly": 99}, "features": {"api_calls": {"included": 10}}}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 49},
    "included_credits": 1000,
    "features": {"image": {"credits_per_unit": 10}},
}
BALANCE = {"consumption_model": "balance", "prices": {"monthly": 50}, "features": {"image": {"unit_price": "0.06"}}}


def with_plan(**changes: Any) -> dict[str, Any]:
    """A catalog whose plan `pro` is a metered plan with changes."""
    return {"features": FEATURES, "plans": {"pro": {**METERED, **changes}}}


def with_tiers(*tiers: Mapping[str, Any], mode: str = "graduated") -> dict[str, Any]:
    return with_plan(features={"api_calls": {"overage": {"tiers_mode": mode, "tiers": list(tiers)}}})


def plan_of(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"features": FEATURES, "plans": {"pro": content}}


def with_pack(**content: Any) -> dict[str, Any]:
    plans = {"metered": METERED, "credits": CREDITS}
    return {"features": FEATURES, "plans": plans, "credit_packs": {"small": {"credits": 500, "price": 20, **content}}}


def catalog_errors(raw: Any) -> list[str]:
    with pytest.raises(InputError) as raised:
        Catalog.model_validate(raw)
    return [str(problem) for problem in raised.value.problems]


def scenario_errors(**changes: Any) -> list[str]:
    plans = {"metered": METERED, "credits": CREDITS, "balance": BALANCE, "free": {"consumption_model": "metered"}}
    packs = {"small": {"credits": 500, "price": 20}, "other": {"credits": 500, "price": 20, "plans": []}}
    raw = {
        "catalog": {"features": FEATURES, "plans": plans, "credit_packs": packs},
        "candidates": [{"name": "A", "plan": "metered"}],
        **changes,
    }
    with pytest.raises(InputError) as raised:
        Scenario.model_validate({key: value for key, value in raw.items() if value is not None})
    return [str(problem) for problem in raised.value.problems]


ONE_WAY = "Give unit_price alone, or tiers_mode and tiers, or package_size and package_price"
MONEY = "Give a number, 0 or more, with at most 9 decimals."
COUNT = "Give a number, 0 or more, with at most 6 decimals."
POSITIVE = "Give a number, more than 0, with at most 6 decimals."

CATALOG_ERRORS = {
    # Numbers.
    "half a day": (
        with_plan(trial_days=Decimal("1.5")),
        "plans.pro.trial_days: 1.5 is not a whole number. Give a whole number.",
    ),
    "a day for a price": (
        with_plan(prices={"monthly": date(2026, 1, 5)}),
        f"plans.pro.prices.monthly: 2026-01-05 is not a number. {MONEY}",
    ),
    "intervals of a version, and not again of those after it": (
        with_plan(versions=[{"from": "2026-02-01", "prices": {"yearly": 5}}, {"from": "2026-03-01", "prices": {"monthly": 6}}]),
        "plans.pro.versions.0.prices: has prices for monthly, yearly, the plan for monthly. Keep the plan's intervals; amounts may change.",
    ),
    "a negative price": (
        with_plan(prices={"monthly": -5}),
        f"plans.pro.prices.monthly: -5 is negative. {MONEY}",
    ),
    "a text for a price": (
        with_plan(prices={"monthly": "free"}),
        f"plans.pro.prices.monthly: 'free' is not a number. {MONEY}",
    ),
    "an empty price": (with_plan(prices={"monthly": ""}), f"plans.pro.prices.monthly: the number is empty. {MONEY}"),
    "true for a price": (with_plan(prices={"monthly": True}), f"plans.pro.prices.monthly: true is not a number. {MONEY}"),
    "a comma in a price": (
        with_plan(prices={"monthly": "9,50"}),
        f"plans.pro.prices.monthly: '9,50' is not a number. {MONEY}",
    ),
    "not a number at all": (
        with_plan(prices={"monthly": float("nan")}),
        f"plans.pro.prices.monthly: 'nan' is not a number. {MONEY}",
    ),
    "ten decimals": (
        with_plan(prices={"monthly": "0.0000000001"}),
        f"plans.pro.prices.monthly: 0.0000000001 has 10 decimals. {MONEY}",
    ),
    "a price that is too large": (
        with_plan(prices={"monthly": "2305843010"}),
        "plans.pro.prices.monthly: 2,305,843,010 is too large. Give at most 2,305,843,009.",
    ),
    "seven decimals of a unit": (
        with_plan(features={"api_calls": {"included": "0.0000001"}}),
        f"plans.pro.features.api_calls.included: 0.0000001 has 7 decimals. {COUNT}",
    ),
    "too many units": (
        with_plan(features={"api_calls": {"included": "2305843009215"}}),
        "plans.pro.features.api_calls.included: 2,305,843,009,215 is too large. Give at most 2,305,843,009,214.",
    ),
    "a pack of no credits": (with_pack(credits=0), f"credit_packs.small.credits: 0 is not more than 0. {POSITIVE}"),
    "a negative overage price": (
        with_plan(features={"api_calls": {"overage": {"unit_price": "-0.01"}}}),
        f"plans.pro.features.api_calls.overage.unit_price: -0.01 is negative. {MONEY}",
    ),
    # Overage prices (billing-rules 15.1).
    "an overage without a price": (
        with_plan(features={"api_calls": {"overage": {}}}),
        f"plans.pro.features.api_calls.overage: has no price. {ONE_WAY}.",
    ),
    "an overage with two kinds of price": (
        with_plan(features={"api_calls": {"overage": {"unit_price": 1, "package_size": 5, "package_price": 2}}}),
        f"plans.pro.features.api_calls.overage: has several prices: unit_price and packages. {ONE_WAY}.",
    ),
    "tiers without a mode": (
        with_plan(features={"api_calls": {"overage": {"tiers": [{"unit_price": 1}]}}}),
        "plans.pro.features.api_calls.overage.tiers_mode: is missing. Add it.",
    ),
    "a package without a price": (
        with_plan(features={"api_calls": {"overage": {"package_size": 5}}}),
        "plans.pro.features.api_calls.overage.package_price: is missing. Add it.",
    ),
    "a package of half a unit": (
        with_plan(features={"api_calls": {"overage": {"package_size": "0.5", "package_price": 1}}}),
        "plans.pro.features.api_calls.overage.package_size: 0.5 is less than one unit. Give 1 or more.",
    ),
    "no tiers": (
        with_tiers(),
        "plans.pro.features.api_calls.overage.tiers: has 0 tiers. Give 1 to 100, the last without up_to.",
    ),
    "tiers that do not rise": (
        with_tiers({"up_to": 10, "unit_price": 1}, {"up_to": 10, "unit_price": 1}, {"unit_price": 1}),
        (
            "plans.pro.features.api_calls.overage.tiers.1.up_to: 10 is not more than 10, where the tier before ends. "
            "Let up_to rise from tier to tier."
        ),
    ),
    "a last tier that ends": (
        with_tiers({"up_to": 10, "unit_price": 1}),
        "plans.pro.features.api_calls.overage.tiers.0.up_to: the last tier ends at 10. Remove it, so that every unit has a price.",
    ),
    "an open tier before the last": (
        with_tiers({"unit_price": 1}, {"unit_price": 1}),
        "plans.pro.features.api_calls.overage.tiers.0.up_to: is missing. Add it: only the last tier is open.",
    ),
    "a tier without a price": (
        with_tiers({"up_to": 10}, {"unit_price": 1}),
        "plans.pro.features.api_calls.overage.tiers.0: has neither unit_price nor flat_amount. Give one of them, or both.",
    ),
    "a negative fee of a tier": (
        with_tiers({"flat_amount": -1}),
        f"plans.pro.features.api_calls.overage.tiers.0.flat_amount: -1 is negative. {MONEY}",
    ),
    "an unknown mode of tiers": (
        with_plan(features={"api_calls": {"overage": {"tiers_mode": "stairs", "tiers": [{"unit_price": 1}]}}}),
        "plans.pro.features.api_calls.overage.tiers_mode: 'stairs' is not one of the choices. Use 'graduated' or 'volume'.",
    ),
    # Keys, texts and groups.
    "a key that looks like a known one": (
        with_plan(price={"monthly": 1}),
        "plans.pro.price: is not a known key. Did you mean prices?",
    ),
    "a key that looks like none": (
        with_plan(colour="red"),
        "plans.pro.colour: is not a known key. Known here: name, prices, trial_days, billing_day, versions, minimum_commitment, spend_cap, currency_prices, market_prices, consumption_model, features.",
    ),
    "a key of another model": (
        with_plan(included_credits=5),
        "plans.pro.included_credits: is not a known key. Known here: name, prices, trial_days, billing_day, versions, minimum_commitment, spend_cap, currency_prices, market_prices, consumption_model, features.",
    ),
    "an unknown key of a feature's terms": (
        with_plan(features={"api_calls": {"includes": 5}}),
        "plans.pro.features.api_calls.includes: is not a known key. Did you mean included?",
    ),
    "an unknown key at the top": ({"feature": {}}, "feature: is not a known key. Did you mean features?"),
    "an unknown interval": (
        with_plan(prices={"montly": 5}),
        (
            "plans.pro.prices.montly: 'montly' is not one of the choices. "
            "Use 'weekly', 'monthly', 'quarterly', 'yearly' or 'one_time'."
        ),
    ),
    "no consumption model": (
        plan_of({"prices": {}}),
        "plans.pro.consumption_model: is missing. Use metered, credits or balance.",
    ),
    "an unknown consumption model": (
        plan_of({"consumption_model": "barter"}),
        "plans.pro.consumption_model: 'barter' is not a consumption model. Use metered, credits or balance.",
    ),
    "a number for a plan": (
        {"features": FEATURES, "plans": {"pro": 5}},
        "plans.pro: 5 is not a group of keys. Write it as `key: value` pairs.",
    ),
    "a list for plans": ({"plans": [1]}, "plans: [1] is not a group of keys. Write it as `key: value` pairs."),
    "a number for a name": (with_plan(name=5), "plans.pro.name: 5 is not a text. Put it in quotes."),
    "a text for a yes or no": (
        plan_of({**BALANCE, "block_on_exhaustion": "perhaps"}),
        "plans.pro.block_on_exhaustion: 'perhaps' is neither true nor false. Use true or false.",
    ),
    "a text for a list": (
        with_pack(plans="credits"),
        "credit_packs.small.plans: 'credits' is not a list. Write it as a list: [a, b].",
    ),
    "a pack without a price": (
        {"credit_packs": {"small": {"credits": 500}}},
        "credit_packs.small.price: is missing. Add it.",
    ),
    "an empty code": (
        {"features": {"": {}}},
        "features.: '' is not a usable code. Use 1 to 100 printable characters, without spaces at either end.",
    ),
    "a code with a space at its end": (
        {"features": {"a ": {}}},
        "features.a : 'a ' is not a usable code. Use 1 to 100 printable characters, without spaces at either end.",
    ),
    "a word for a currency": (
        {"currency": "dollars"},
        "currency: 'dollars' is not a currency code of ISO 4217. Use the code of the currency that you bill in, such as usd.",
    ),
    # Prices that are missing.
    "a credits feature without its price": (
        plan_of({**CREDITS, "features": {"image": {}}}),
        "plans.pro.features.image: the feature has no price. Add credits_per_unit, or unlimited: true.",
    ),
    "a balance feature without its price": (
        plan_of({**BALANCE, "features": {"image": {}}}),
        "plans.pro.features.image: the feature has no price. Add unit_price, pricing: ai_model, or unlimited: true.",
    ),
    "a unit price beside the price of an AI model": (
        plan_of({**BALANCE, "features": {"image": {"unit_price": 1, "pricing": "ai_model"}}}),
        "plans.pro.features.image: the feature has both a unit_price and pricing: ai_model. Keep one of them.",
    ),
    "a margin on a unit price": (
        plan_of({**BALANCE, "features": {"image": {"unit_price": 1, "margin": "0.2"}}}),
        (
            "plans.pro.features.image: the feature has a margin and no pricing: ai_model to add it to. "
            "Add pricing: ai_model, or remove margin."
        ),
    ),
    "a negative margin": (
        plan_of({**BALANCE, "features": {"image": {"pricing": "ai_model", "margin": "-0.2"}}}),
        f"plans.pro.features.image.margin: -0.2 is negative. {COUNT}",
    ),
    "a pricing that does not exist": (
        plan_of({**BALANCE, "features": {"image": {"pricing": "ai"}}}),
        "plans.pro.features.image.pricing: 'ai' is not one of the choices. Use 'ai_model'.",
    ),
    "the price of an AI model on credits": (
        plan_of({**CREDITS, "features": {"image": {"credits_per_unit": 1, "pricing": "ai_model"}}}),
        "plans.pro.features.image.pricing: is not a known key. Known here: unlimited, credits_per_unit.",
    ),
    "a model without a price for output": (
        {"models": {"house/large": {"input": 3}}},
        "models.house/large.output: is missing. Add it.",
    ),
    "a negative price of a model": (
        {"models": {"house/large": {"input": 3, "output": 15, "cache_read": -1}}},
        f"models.house/large.cache_read: -1 is negative. {MONEY}",
    ),
    "a yearly balance that nobody named": (
        plan_of({**BALANCE, "prices": {"yearly": 500}}),
        (
            "plans.pro.included_balance: the plan has neither included_balance nor a monthly price to take it from. "
            "Say how much balance every month grants."
        ),
    ),
    # Names that refer to something.
    "a feature that looks like a known one": (
        with_plan(features={"imag": {}}),
        "plans.pro.features.imag: feature 'imag' does not exist. Did you mean image?",
    ),
    "a feature that looks like none": (
        with_plan(features={"zzz": {}}),
        "plans.pro.features.zzz: feature 'zzz' does not exist. Known here: image, api_calls.",
    ),
    "a feature where there are none": (
        {"plans": {"pro": METERED}},
        "plans.pro.features.api_calls: feature 'api_calls' does not exist. Add a feature first.",
    ),
    "a pack for a plan that does not exist": (
        with_pack(plans=["credit"]),
        "credit_packs.small.plans.0: plan 'credit' does not exist. Did you mean credits?",
    ),
    "a pack for a metered plan": (
        with_pack(plans=["metered"]),
        "credit_packs.small.plans.0: plan 'metered' is not a credits plan. Packs are sold on credits plans only.",
    ),
    "a group with a plan that does not exist": (
        {**with_plan(), "plan_groups": {"standard": ["por"]}},
        "plan_groups.standard.0: plan 'por' does not exist. Did you mean pro?",
    ),
    "a group of two models": (
        {"features": FEATURES, "plans": {"a": METERED, "b": CREDITS}, "plan_groups": {"standard": ["a", "b"]}},
        "plan_groups.standard: its plans have different consumption models: credits, metered. Put plans of one model into a group.",
    ),
    "a group with a plan twice": (
        {**with_plan(), "plan_groups": {"standard": ["pro", "pro"]}},
        "plan_groups.standard: a plan is in it twice. List every plan once, lowest first.",
    ),
}


@pytest.mark.parametrize("mistake", CATALOG_ERRORS)
def test_a_mistake_in_a_catalog_is_said(mistake: str) -> None:
    raw, message = CATALOG_ERRORS[mistake]
    assert catalog_errors(raw) == [message]


def test_every_mistake_is_reported_at_once() -> None:
    raw = {
        "currency": "dollars",
        "plans": {"pro": {**METERED, "prices": {"monthly": -5}}, "b": {"consumption_model": "barter"}},
        "credit_packs": {"small": {"credits": 0, "price": 1, "plans": ["zzz"]}},
        "plan_groups": {"standard": ["c"]},
    }
    assert [error.split(": ")[0] for error in catalog_errors(raw)] == [
        "currency",
        "plans.pro.prices.monthly",
        "plans.b.consumption_model",
        "credit_packs.small.credits",
        "plans.pro.features.api_calls",
        "credit_packs.small.plans.0",
        "plan_groups.standard.0",
    ]


SCENARIO_ERRORS = {
    "no catalog": ({"catalog": None}, "catalog: is missing. Give a path beside this file, or the catalog itself."),
    "a mistake in its catalog": (
        {"catalog": {"currency": "x", "plans": {"metered": {"consumption_model": "metered"}}}},
        "catalog.currency: 'x' is not a currency code of ISO 4217. Use the code of the currency that you bill in, such as usd, eur or jpy.",
    ),
    "no candidates": ({"candidates": []}, "candidates: is empty. Give at least one."),
    "candidates missing": ({"candidates": None}, "candidates: is missing. Add it."),
    "an unknown key": ({"windows": {}}, "windows: is not a known key. Did you mean window?"),
    "a window of no days": (
        {"window": {"start": "2026-07-01", "end": "2026-07-01"}},
        (
            "window: the window from 2026-07-01 to 2026-07-01 has no days. "
            "Let end be after start; the end date itself is not part of the window."
        ),
    ),
    "a window that ends before it starts": (
        {"window": {"start": "2026-07-01", "end": "2026-01-01"}},
        (
            "window: the window from 2026-07-01 to 2026-01-01 has no days. "
            "Let end be after start; the end date itself is not part of the window."
        ),
    ),
    "an impossible date": (
        {"window": {"start": "2026-02-30", "end": "2026-07-01"}},
        "window.start: '2026-02-30' is not a date. Write it as YYYY-MM-DD, for example 2026-01-31.",
    ),
    "a window without an end": ({"window": {"start": "2026-01-01"}}, "window.end: is missing. Add it."),
    "rows of another kind": (
        {"rows": "hourly"},
        "rows: 'hourly' is not one of the choices. Use 'event' or 'aggregate'.",
    ),
    "another start": (
        {"start": "today"},
        "start: 'today' is not one of the choices. Use 'first_use' or 'window'.",
    ),
    "a seed below zero": ({"seed": -1}, "seed: -1 is too small. Give 0 or more."),
    "a seed that is no number": ({"seed": "x"}, "seed: 'x' is not a whole number. Give a whole number."),
    "a candidate without a name": (
        {"candidates": [{"name": " ", "plan": "metered"}]},
        "candidates.0.name: is empty. Give it a text.",
    ),
    "a candidate with a long name": (
        {"candidates": [{"name": "x" * 101, "plan": "metered"}]},
        "candidates.0.name: is longer than 100 characters. Shorten it.",
    ),
    "two candidates of one name": (
        {"candidates": [{"name": "A", "plan": "metered"}, {"name": "A", "plan": "credits"}]},
        "candidates.1.name: 'A' is there twice. Give every candidate its own name.",
    ),
    "a baseline that is no candidate": ({"baseline": "B"}, "baseline: candidate 'B' does not exist. Known here: A."),
    "a plan that does not exist": (
        {"candidates": [{"name": "A", "plan": "meterd"}]},
        "candidates.0.plan: plan 'meterd' does not exist. Did you mean metered?",
    ),
    "an interval without a price": (
        {"candidates": [{"name": "A", "plan": "metered", "interval": "yearly"}]},
        "candidates.0.interval: plan 'metered' has no yearly price. Intervals it has: monthly.",
    ),
    "an interval on a free plan": (
        {"candidates": [{"name": "A", "plan": "free", "interval": "monthly"}]},
        (
            "candidates.0.interval: plan 'free' has no monthly price. "
            "Intervals it has: none: the plan is free, leave interval out."
        ),
    ),
    "packs on a metered plan": (
        {"candidates": [{"name": "A", "plan": "metered", "purchases": {"pack": "small"}}]},
        "candidates.0.purchases: plan 'metered' is not a credits plan. Remove purchases.",
    ),
    "a top-up on a metered plan": (
        {"candidates": [{"name": "A", "plan": "metered", "top_up": {"amount": 5}}]},
        "candidates.0.top_up: plan 'metered' is not a balance plan. Remove top_up.",
    ),
    "a pack that does not exist": (
        {"candidates": [{"name": "A", "plan": "credits", "purchases": {"pack": "smal"}}]},
        "candidates.0.purchases.pack: credit pack 'smal' does not exist. Did you mean small?",
    ),
    "a pack that is not sold there": (
        {"candidates": [{"name": "A", "plan": "credits", "purchases": {"pack": "other"}}]},
        (
            "candidates.0.purchases.pack: credit pack 'other' is not sold on plan 'credits'. "
            "Add the plan to credit_packs.other.plans, or choose another pack."
        ),
    ),
    "a chance above one": (
        {"candidates": [{"name": "A", "plan": "credits", "purchases": {"pack": "small", "probability": "1.5"}}]},
        "candidates.0.purchases.probability: 1.5 is too large. Give at most 1.",
    ),
    "a top-up of nothing": (
        {"candidates": [{"name": "A", "plan": "balance", "top_up": {"amount": 0}}]},
        "candidates.0.top_up.amount: 0 is not more than 0. Give a number, more than 0, with at most 9 decimals.",
    ),
    "a limit below zero": (
        {"candidates": [{"name": "A", "plan": "balance", "top_up": {"amount": 5, "max_per_period": -1}}]},
        "candidates.0.top_up.max_per_period: -1 is too small. Give 0 or more.",
    ),
}


@pytest.mark.parametrize("mistake", SCENARIO_ERRORS)
def test_a_mistake_in_a_scenario_is_said(mistake: str) -> None:
    changes, message = SCENARIO_ERRORS[mistake]
    assert scenario_errors(**changes) == [message]


def test_a_scenario_that_is_no_group_of_keys() -> None:
    with pytest.raises(InputError, match="this is not a group of keys"):
        Scenario.model_validate([1])


class TestDocuments:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "this is empty or not a group of keys"),
            ("plans: {a: 1, a: 2}", "the key 'a' is given twice"),
            ("[1, 2]", "not a group of keys"),
            (
                "plans: [",
                "mine.yaml, line 1, column 9: expected the node content, but found '<stream end>'. Mend the YAML there.",
            ),
            ("a: \0", "this is neither YAML nor JSON"),
        ],
    )
    def test_a_file_that_cannot_be_read_says_why(self, text: str, what: str) -> None:
        with pytest.raises(InputError) as raised:
            parse_document(text, "mine.yaml")
        assert what in str(raised.value)
        assert "mine.yaml" in str(raised.value)

    def test_decimals_are_exact(self) -> None:
        document = parse_document("a: 0.1\nb: 0.000000001\nc: 1_000.5\nd: 1e-3", "x.yaml")
        assert document == {"a": Decimal("0.1"), "b": Decimal("0.000000001"), "c": Decimal("1000.5"), "d": "1e-3"}

    def test_json_decimals_are_exact_too(self) -> None:
        assert parse_document('{"a": 0.1}', "x.json") == {"a": Decimal("0.1")}

    def test_a_byte_order_mark_is_nothing_to_notice(self) -> None:
        assert parse_document("\ufeffcurrency: eur", "x.yaml") == {"currency": "eur"}

    def test_files_that_are_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="there is no such file"):
            read_document(tmp_path / "none.yaml")
        with pytest.raises(InputError, match="this is a folder"):
            read_document(tmp_path)
        (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
        with pytest.raises(InputError, match="this is not a text file in UTF-8"):
            read_document(tmp_path / "bytes.yaml")


FULL = {
    "currency": "JPY",
    "features": {
        "api_calls": {"name": "API calls: all", "unit": "call", "unit_cost": "0.000000001"},
        "yes": {"name": "'quoted' \"name\""},
        "123": {"name": "=1+1"},
    },
    "plans": {
        "free": {"consumption_model": "metered"},
        "metered": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"weekly": 1, "monthly": "99.00", "quarterly": 3, "yearly": 4, "one_time": 5},
            "features": {
                "api_calls": {"included": 10000, "overage": {"unit_price": "0.01"}},
                "yes": {"unlimited": True},
                "123": {},
            },
        },
        "credits": {**CREDITS, "features": {"123": {"credits_per_unit": "0.000001"}}},
        "balance": {
            **BALANCE,
            "included_balance": 0,
            "block_on_exhaustion": True,
            "features": {"yes": {"unit_price": 0}, "123": {"pricing": "ai_model", "margin": "0.20"}},
        },
        "by model": {**BALANCE, "features": {"123": {"pricing": "ai_model"}}},
    },
    "models": {
        "house/large": {"input": 3, "output": "15.000000001", "cache_read": "0.3", "cache_write": "3.75"},
        "name": {"input": 0, "output": 0},
    },
    "credit_packs": {
        "small": {"name": "No", "credits": 500, "price": 0, "plans": ["credits"]},
        "none": {"credits": 1, "price": 1, "plans": []},
    },
    "plan_groups": {"standard": ["free", "metered"]},
}


class TestRoundTrips:
    def test_a_document_gives_the_same_catalog_back(self) -> None:
        catalog = Catalog.model_validate(FULL)
        assert Catalog.model_validate(catalog.document()) == catalog

    def test_so_does_yaml(self, tmp_path: Path) -> None:
        catalog = Catalog.model_validate(FULL)
        (tmp_path / "catalog.yaml").write_text(catalog.to_yaml(), "utf-8")
        assert Catalog.load(tmp_path / "catalog.yaml") == catalog

    def test_yaml_shows_numbers_as_numbers_and_leaves_out_what_is_usual(self) -> None:
        catalog = Catalog.model_validate(with_plan(prices={"monthly": "99.50"}))
        assert catalog.to_yaml() == (
            "currency: usd\n"
            "features:\n"
            "  image:\n"
            "    name: Image\n"
            "    unit: image\n"
            "  api_calls: {}\n"
            "plans:\n"
            "  pro:\n"
            "    prices:\n"
            "      monthly: 99.50\n"
            "    consumption_model: metered\n"
            "    features:\n"
            "      api_calls:\n"
            "        included: 10\n"
        )

    def test_features_priced_by_their_tokens_are_known(self) -> None:
        assert Catalog.model_validate(FULL).features_by_tokens() == {"123"}
        assert Catalog.model_validate(with_plan()).features_by_tokens() == set()

    def test_what_is_unlimited_has_no_price_by_its_tokens(self) -> None:
        catalog = Catalog.model_validate(
            plan_of({**BALANCE, "features": {"image": {"pricing": "ai_model", "unlimited": True}}})
        )
        assert catalog.features_by_tokens() == set()

    def test_the_empty_catalog(self) -> None:
        assert Catalog.model_validate(parse_document(Catalog().to_yaml(), "x")) == Catalog()

    def test_a_scenario_names_its_catalog_by_a_path_beside_it(self, tmp_path: Path) -> None:
        (tmp_path / "catalog.yaml").write_text(Catalog.model_validate(with_plan()).to_yaml(), "utf-8")
        (tmp_path / "scenario.yaml").write_text(
            "catalog: catalog.yaml\nwindow: {start: 2026-01-01, end: 2026-07-01}\ncandidates: [{name: A, plan: pro}]\n", "utf-8"
        )
        scenario = Scenario.load(tmp_path / "scenario.yaml")
        assert scenario.catalog == Catalog.model_validate(with_plan())
        assert scenario.window is not None
        assert (scenario.window.start, scenario.window.days) == (date(2026, 1, 1), 181)


def test_a_problem_reads_as_sentences() -> None:
    assert str(Problem("a.b", "it is wrong", "Do it right")) == "a.b: it is wrong. Do it right."
    assert str(Problem("", "it is wrong")) == "it is wrong."
    assert str(Problem("a", "it is wrong", "Did you mean b?")) == "a: it is wrong. Did you mean b?"
    assert str(Problem("", "it is wrong").under("catalog")) == "catalog: it is wrong."


def test_everything_that_is_wrong_with_tiers_is_said_at_once() -> None:
    said = catalog_errors(
        with_tiers({"up_to": "x"}, {"up_to": 5, "unit_price": 1}, {"up_to": 4, "unit_price": 1}, mode="stairs")
    )
    where = [problem.split(": ")[0].removeprefix("plans.pro.features.api_calls.overage.") for problem in said]
    assert sorted(where) == ["tiers.0", "tiers.0.up_to", "tiers.2.up_to", "tiers_mode"]


def test_tiers_survive_a_file() -> None:
    tiers = [{"up_to": 1000, "unit_price": "0.10", "flat_amount": 5}, {"unit_price": "0.08"}]
    catalog = Catalog.model_validate(with_tiers(*tiers, mode="volume"))
    written = catalog.to_yaml()
    assert "up_to: 1000" in written
    assert "tiers_mode: volume" in written
    assert Catalog.model_validate(yaml.safe_load(written)) == catalog
