"""`commet.config.ts`: checked by TypeScript against Commet's published types, and evaluated for what it holds."""

import json
import re
from pathlib import Path

import pytest
from support.npm_packages import evaluated, type_errors

from commet_core.catalog.plans import Catalog
from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.reports.commet_config import config_file
from commet_core.reports.commet_config.amounts import PACKAGE, PACKAGE_VERSION
from commet_core.scenario.presets import catalog_presets

ROOT = Path(__file__).parents[2]

UNTIL_THEN = "until it is set, usage stops at what is included"

EVERYTHING = {
    "currency": "usd",
    "features": {
        "api_calls": {"name": "API calls", "unit": "call"},
        "image": {"name": "Image generation"},
        "chat": {"name": "AI chat", "unit": "request"},
    },
    "plans": {
        "free": {"consumption_model": "metered", "features": {"image": {"included": 5}}},
        "pro": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"yearly": 990, "monthly": "99.95"},
            "trial_days": 14,
            "features": {
                "api_calls": {"included": 10000, "overage": {"unit_price": "0.0123"}},
                "image": {"included": "0.5"},
                "chat": {"unlimited": True},
            },
        },
        "credits_pro": {
            "name": "Pro",
            "consumption_model": "credits",
            "prices": {"monthly": 49},
            "included_credits": 1000,
            "features": {"image": {"credits_per_unit": 10}, "chat": {"unlimited": True}},
        },
        "balance_pro": {
            "name": "Pro",
            "consumption_model": "balance",
            "prices": {"monthly": 50},
            "block_on_exhaustion": True,
            "features": {"api_calls": {"unit_price": "0.001"}, "chat": {"pricing": "ai_model", "margin": "0.2"}},
        },
    },
    "credit_packs": {"starter": {"name": "Starter Pack", "credits": 500, "price": 20, "plans": ["credits_pro"]}},
    "plan_groups": {"standard": ["free", "pro"]},
    "offers": {"welcome": {"percent": 20, "cycles": 3}},
    "models": {"acme/large": {"input": 3, "output": 15}},
}


TOO_FINE = {
    "features": {"call": {"name": "Call", "unit": "call"}},
    "plans": {
        "pro": {
            "consumption_model": "metered",
            "prices": {"monthly": "9.99995", "yearly": 100},
            "features": {"call": {"included": 3, "overage": {"unit_price": "0.00005"}}},
        }
    },
}


HOSTILE = [
    "*/ process.exit(9) //",
    '"}); process.exit(9); ({"',
    "${process.exit(9)}",
    "`",
    "日本 🍣",
    "1",
]


def broken(name: str) -> str:
    """A name over several lines, as TypeScript ends them."""
    return f"{name}\u2028process.exit(9)\nprocess.exit(9)\rprocess.exit(9)"


def hostile() -> dict:
    features = {code: {"name": broken(code), "unit": code} for code in HOSTILE}
    plan = {
        "consumption_model": "credits",
        "prices": {"monthly": 1},
        "features": {code: {"credits_per_unit": 1} for code in HOSTILE},
    }
    return {"features": features, "plans": {code: {"name": broken(code), **plan} for code in HOSTILE}}


def config_of(catalog: Catalog, folder: Path) -> dict:
    """What the file hands to Commet, as JavaScript sees it."""
    body = re.sub(r"^import .*$", "const defineConfig = (config) => config;", config_file(catalog).text, flags=re.MULTILINE)
    program = body.replace("export default", "const config =").replace(" satisfies BillingConfig", "")
    return json.loads(evaluated(f"{program}\nconsole.log(JSON.stringify(config));", folder))


def test_the_type_checker_passes_every_file_and_catches_a_key_that_commet_does_not_know(npm: Path, tmp_path: Path) -> None:
    presets = [preset.catalog for preset in catalog_presets().values()]
    assert len(presets) > 10
    made = [Catalog.model_validate(document) for document in (EVERYTHING, TOO_FINE, hostile())]
    texts = [config_file(catalog).text for catalog in [Catalog.load(ROOT / "sample_data" / "catalog.yaml"), *presets, *made]]
    unknown = config_file(made[0]).text.replace("included: 10000", "includes: 10000")
    [error] = type_errors([unknown, *texts], tmp_path, npm)
    assert error.startswith("0.ts")
    assert "includes" in error


def test_the_version_that_the_file_names_is_the_one_it_is_checked_against(npm: Path) -> None:
    package = json.loads((npm / PACKAGE / "package.json").read_text("utf-8"))
    assert package["version"] == PACKAGE_VERSION
    assert f"{PACKAGE} {PACKAGE_VERSION}" in config_file(Catalog()).text
    types = (npm / PACKAGE / package["types"]).read_text("utf-8")
    assert "Rate scale: 10000 = $1.00" in types, "the unit of this version"


def test_features_and_plans_are_held_to_the_last_digit(tmp_path: Path) -> None:
    catalog = Catalog.model_validate(EVERYTHING)
    assert config_of(catalog, tmp_path) == {
        "features": {
            "api_calls": {"name": "API calls", "type": "usage", "unitName": "call"},
            "image": {"name": "Image generation", "type": "usage"},
            "chat": {"name": "AI chat", "type": "usage", "unitName": "request"},
        },
        "plans": {
            "free": {
                "name": "free",
                "consumptionModel": "metered",
                "isFree": True,
                "sortOrder": 1,
                "prices": [],
                "features": {"image": {"included": 5}},
            },
            "pro": {
                "name": "Pro",
                "consumptionModel": "metered",
                "defaultInterval": "monthly",
                "sortOrder": 2,
                # $990 = 9,900,000 and $99.95 = 999,500 units of 1/10000
                "prices": [
                    {"interval": "yearly", "amount": 9_900_000, "trialDays": 14},
                    {"interval": "monthly", "amount": 999_500, "trialDays": 14},
                ],
                "features": {
                    "api_calls": {"included": 10000, "overage": {"unitPrice": 123}},
                    "image": {"included": 0.5},
                    "chat": {"unlimited": True},
                },
            },
            "credits_pro": {
                "name": "Pro",
                "consumptionModel": "credits",
                "defaultInterval": "monthly",
                "sortOrder": 3,
                "prices": [{"interval": "monthly", "amount": 490_000}],
                "features": {"image": True, "chat": {"unlimited": True}},
            },
            "balance_pro": {
                "name": "Pro",
                "consumptionModel": "balance",
                "defaultInterval": "monthly",
                "sortOrder": 4,
                "prices": [{"interval": "monthly", "amount": 500_000}],
                "features": {"api_calls": True, "chat": True},
            },
        },
    }


def test_what_the_file_cannot_hold_is_a_checklist() -> None:
    config = config_file(Catalog.model_validate(EVERYTHING))
    assert config.checklist == (
        "Credit pack Starter Pack: 500 credits for $20.00, sold on Pro",
        "Plan group standard, lowest first: free, Pro",
        "Offer welcome: 20 % off the base price, for the first 3 charges",
        "AI model acme/large, for a million tokens: $3.00 input and $15.00 output",
        "Pro (credits_pro): included credits: 1,000",
        "Pro (credits_pro): Image generation: 10 credits each",
        "Pro (balance_pro): included balance: $50.00 every month",
        "Pro (balance_pro): when the balance is used up, usage stops",
        "Pro (balance_pro): API calls: $0.001 a call",
        "Pro (balance_pro): AI chat: what its AI model costs, with a margin of 20 %",
    )
    for sentence in config.checklist:
        assert f"// [ ] {sentence}" in config.text


def test_an_amount_finer_than_the_unit_is_left_out_and_said_never_rounded(tmp_path: Path) -> None:
    catalog = Catalog.model_validate(TOO_FINE)
    config = config_file(catalog)
    [plan] = config_of(catalog, tmp_path)["plans"].values()
    assert plan["prices"] == [{"interval": "yearly", "amount": 1_000_000}]
    assert plan["defaultInterval"] == "yearly"
    assert plan["features"] == {"call": {"included": 3}}
    assert config.checklist == (
        "pro: the price of $9.99995 a month is finer, or larger, than the file can hold",
        f"pro: Call: overage of $0.00005 a call is finer, or larger, than the file can hold; {UNTIL_THEN}",
    )


def test_an_overage_in_tiers_is_left_out_and_said(tmp_path: Path) -> None:
    tiers = {"tiers_mode": "volume", "tiers": [{"up_to": 10, "unit_price": 1}, {"unit_price": "0.5"}]}
    plan = {"consumption_model": "metered", "prices": {"monthly": 9}, "features": {"call": {"included": 3, "overage": tiers}}}
    catalog = Catalog.model_validate({"features": {"call": {"name": "Call", "unit": "call"}}, "plans": {"pro": plan}})
    [written] = config_of(catalog, tmp_path)["plans"].values()
    assert written["features"] == {"call": {"included": 3}}
    assert config_file(catalog).checklist == (
        f"pro: Call: overage, all of them at $1 each up to 10 calls, all of them at $0.50 each beyond that; {UNTIL_THEN}",
    )


def test_another_currency_is_said_first() -> None:
    config = config_file(Catalog.model_validate({"currency": "eur"}))
    assert config.checklist == ("The file names no currency, and Commet takes prices in US dollars: these are in EUR",)


def test_names_and_codes_stay_text(tmp_path: Path) -> None:
    """Whatever a name holds, the file is the same object, and nothing in it runs."""
    config = config_of(Catalog.model_validate(hostile()), tmp_path)
    assert config["features"] == {code: {"name": broken(code), "type": "usage", "unitName": code} for code in HOSTILE}
    assert {code: plan["name"] for code, plan in config["plans"].items()} == {code: broken(code) for code in HOSTILE}
    assert all(plan["features"] == dict.fromkeys(HOSTILE, True) for plan in config["plans"].values())


def test_a_code_that_no_object_can_have_is_refused_in_words() -> None:
    catalog = Catalog.model_validate({"features": {"toString": {}}, "plans": {"__proto__": {"consumption_model": "metered"}}})
    with pytest.raises(InputError) as refused:
        config_file(catalog)
    assert [problem.where for problem in refused.value.problems] == ["features.toString", "plans.__proto__"]


class TestTheCommand:
    def test_it_writes_the_file_and_says_the_rest(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        target = tmp_path / "commet.config.ts"
        assert main(["export", str(ROOT / "sample_data" / "catalog.yaml"), "--to", str(target)]) == 0
        catalog = Catalog.load(ROOT / "sample_data" / "catalog.yaml")
        assert target.read_text("utf-8") == config_file(catalog).text
        said = capsys.readouterr().out
        assert "3 features and 6 plans are in" in said
        assert "  [ ] Credit pack Small pack: 500 credits for $6.00\n" in said

    def test_a_catalog_with_mistakes_is_said_in_words_and_nothing_is_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "catalog.yaml").write_text("plans: {pro: {consumption_model: metered, features: {sms: {}}}}")
        target = tmp_path / "commet.config.ts"
        assert main(["export", str(tmp_path / "catalog.yaml"), "--to", str(target)]) == 2
        assert "plans.pro.features.sms" in capsys.readouterr().err
        assert not target.exists()

    def test_the_catalog_is_not_written_over(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "catalog.yaml"
        path.write_text("currency: usd")
        assert main(["export", str(path), "--to", str(path)]) == 2
        assert path.read_text() == "currency: usd"
        assert capsys.readouterr().err


def test_seats_and_boolean_features_are_in_the_file_and_the_rest_of_a_catalog_with_them_is_listed() -> None:
    catalog = Catalog.model_validate(
        {
            "currencies": {"jpy": {"exchange_rate": 150}},
            "markets": {"japan": {"currency": "jpy", "country_codes": ["JP"]}},
            "features": {
                "editors": {"name": "Editors", "unit": "seat", "type": "seats"},
                "viewers": {"name": "Viewers", "type": "seats"},
                "projects": {"name": "Projects", "type": "quota"},
                "sso": {"name": "SSO", "type": "boolean"},
                "sms": {"name": "SMS"},
            },
            "plans": {
                "pro": {
                    "consumption_model": "metered",
                    "prices": {"monthly": 60, "yearly": 600},
                    "features": {
                        "editors": {"included": 3, "overage": {"unit_price": {"monthly": 12, "yearly": 12}}},
                        "viewers": {"included": 1, "overage": {"unit_price": {"monthly": 2, "yearly": 20}}},
                        "projects": {"included": 5},
                        "sso": True,
                    },
                    "currency_prices": {"jpy": {"prices": {"monthly": 9000, "yearly": 90000}}},
                }
            },
            "addons": {"sms": {"name": "Messages", "feature": "sms", "consumption_model": "metered", "base_price": 18}},
        }
    )
    made = config_file(catalog)
    assert 'editors: { name: "Editors", type: "seats", unitName: "seat" },' in made.text
    assert 'sso: { name: "SSO", type: "boolean" },' in made.text
    assert "editors: { included: 3, overage: { unitPrice: 120000 } }, // $12.00 a seat" in made.text
    assert "viewers: { included: 1 }," in made.text
    assert "sso: true," in made.text
    assert "projects:" not in made.text
    assert made.checklist == (
        "Add-on Messages: SMS, metered, for $18.00",
        "Market japan: JPY for JP",
        "pro: prices in JPY, of regional pricing",
        "pro: Viewers: the price of a seat differs by interval, or is in tiers or packages; until it is set, seats stop at what is included",
        "pro: Projects: a quota, 5 included; the file has no quotas",
    )
