"""Three answers become exactly the usage they describe, and plans to compare on it."""

from decimal import Decimal

import pytest

from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.reports.answer.answer import answer
from commet_core.reports.compare import summarize
from commet_core.reports.starter import typical_monthly_units
from commet_core.reports.three_questions import Typed, in_words, plans_for, price_in_words, understood
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic.described import describe
from commet_core.usage.usage import Usage


def made(typed: Typed):
    said = understood(typed)
    usage = Usage.from_table(describe(said.description))
    return said, usage, plans_for(said, usage)


def problems(typed: Typed) -> dict[str, str]:
    with pytest.raises(InputError) as raised:
        understood(typed)
    return {problem.where: problem.fix for problem in raised.value.problems}


def test_300_customers_and_a_median_of_40_are_just_that_and_so_it_is_said():
    said, usage, plans = made(Typed((("Image", "40"), ("Film minutes", "2.5"), ("", "")), "300", "few"))
    assert usage.customer_count == 300
    assert typical_monthly_units(usage) == {"film_minutes": Decimal("2.5"), "image": Decimal(40)}
    words = in_words(said.description, plans.catalog, usage)
    assert words.startswith(
        "Made from your answers: exactly 300 customers in each of 6 months; the one in the middle uses 40 images and "
        "2.5 of Film minutes every month. The 30 largest make 7"
    )
    assert [candidate.name for candidate in plans.candidates] == ["Metered", "Credits", "Balance"]
    assert price_in_words(plans.catalog).startswith("No price of today was given: plans began at $20.00 a month")


def test_todays_price_is_the_baseline_and_what_the_middle_customer_goes_on_to_pay():
    _, usage, plans = made(Typed((("Image", "40"),), "300", "some", "$29"))
    assert plans.baseline == "Today"
    assert [candidate.name for candidate in plans.candidates] == ["Today", "Metered", "Credits"]
    assert price_in_words(plans.catalog).startswith("Plans began at today's $29.00 a month")
    scenario = Scenario.model_validate(
        {"catalog": plans.catalog, "candidates": [each.model_dump() for each in plans.candidates], "baseline": plans.baseline}
    )
    replayed = replay(scenario, usage)
    found = {each.name: each for each in summarize(replayed)}
    assert found["Today"].monthly_revenue == 300 * 29
    assert found["Today"].blocked_share == 0
    assert found["Metered"].monthly_revenue > 300 * 29
    assert answer(replayed).decided
    assert answer(replayed).order == ("Metered", "Credits", "Today")
    assert found["Metered"].median_monthly_cost == 29


def test_a_known_feature_has_its_unit_and_any_other_its_name():
    said = understood(Typed((("image", "1,200"), ("Größe", "3")), "1 000"))
    assert said.description.customers == 1000
    assert said.description.features[0].typical_units == 1200
    assert {code: (each.name, each.unit) for code, each in said.known.features.items()} == {
        "image": ("image", "image"),
        "gr_e": ("Größe", "unit"),
    }


def test_all_that_is_wrong_is_said_at_its_field():
    found = problems(Typed((("", "40"), ("Call", "many"), ("Sound", "")), "30.5", price="-1"))
    assert set(found) == {"features.0.name", "features.1.units", "features.2.units", "customers", "price"}
    assert set(problems(Typed((), ""))) == {"features", "customers"}
    assert set(problems(Typed((("A", "-4"),), "10"))) == {"features.0.units"}
    assert problems(Typed((("A", "1"), ("a", "2")), "10")) == {"features.1.name": "Name each feature once"}
    assert problems(Typed((("A", "1"),), "10", currency="jpy", price="9.5")).keys() == {"price"}
    assert problems(Typed((("A", "1"),), "1000000"))["customers"] == "Give 100000 or less"
