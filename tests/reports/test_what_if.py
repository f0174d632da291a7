"""What if: which knobs a candidate has, what turning them makes of the plan, and what a trial does in words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from commet_core.foundation.errors import InputError
from commet_core.reports.answer.candidate_rows import CandidateRow
from commet_core.reports.what_if import WhatIf, buyers, knobs, moved_words, tried_words
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario

PRICE = "plans.credits_pro.prices.monthly"


@pytest.fixture
def scenario() -> Scenario:
    preset = catalog_presets()["sample_ai_images"]
    return Scenario.model_validate({"catalog": preset.catalog, "candidates": list(preset.candidates)})


def test_knobs_are_the_terms_that_change_something(scenario: Scenario) -> None:
    """The yearly price is not what Credits is billed, and of the packs only the one that is bought matters."""
    labels = [knob.label for knob in knobs(scenario, scenario.candidates[1])]
    assert labels[:2] == ["Monthly price, USD", "Included credits"]
    assert [label for label in labels if "pack" in label] == ["Price of Medium pack, USD", "Credits in Medium pack"]
    assert buyers(scenario, scenario.candidates[1]) == Decimal("0.6")
    assert buyers(scenario, scenario.candidates[0]) is None


def test_what_is_tried_changes_a_copy(scenario: Scenario) -> None:
    tried = WhatIf().having("Credits", PRICE, Decimal(25)).bought_by("Credits", 80.0)
    catalog, candidates = tried.applied(scenario)
    assert catalog.plans["credits_pro"].prices["monthly"] == 25
    assert scenario.catalog.plans["credits_pro"].prices["monthly"] == 20
    assert candidates[1].purchases.probability == Decimal("0.8")
    assert tried_words(tried, scenario) == "Credits with monthly $25 and 80 % of customers buying"
    assert WhatIf.model_validate_json(tried.model_dump_json()) == tried


def test_another_candidate_begins_anew_and_terms_that_are_gone_are_left_out(scenario: Scenario) -> None:
    tried = WhatIf().having("Credits", PRICE, Decimal(25))
    assert tried.having("Metered", "plans.metered_pro.prices.monthly", Decimal(30)).values == {
        "plans.metered_pro.prices.monthly": Decimal(30)
    }
    assert tried.having("Credits", PRICE, None).changes_nothing
    gone = WhatIf(candidate="Credits", values={"plans.old.prices.monthly": Decimal(1)})
    assert gone.applied(scenario)[0] == scenario.catalog
    assert WhatIf(candidate="Nobody", values={PRICE: Decimal(1)}).terms(scenario) == []


def test_what_no_plan_can_have_is_said(scenario: Scenario) -> None:
    with pytest.raises(InputError):
        WhatIf().having("Credits", "credit_packs.medium.credits", Decimal(0)).applied(scenario)


def test_only_what_moves_is_told() -> None:
    before = CandidateRow(
        "Credits", "credits", "$30.00", "-$3.00", "", None, "$10.00", "1", "", "", "2 %", "", "", changes=(0, 1, 2, 3)
    )
    after = replace(before, monthly="$36.00", changes=(0, 0, 1, 5))
    assert moved_words(before, after) == "Billed a month $36.00 (now $30.00) and customers who pay more 5 (now 3)."
    assert moved_words(before, before) == "Nothing moves on this usage."
