"""One candidate as two scenarios have it, in one scenario: its bills are those that it had in each."""

from decimal import Decimal
from typing import Any

import pytest

from commet_core.decide.bridge import bridge
from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_signed
from commet_core.reports.compare.two_studies import billed_by_candidate, figure_rows, rest_in_words
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.side_by_side import side_by_side
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

PACKS = {"small": {"credits": 100, "price": 5}}


def scenario(price: str, unit: str = "0.10", **more: Any) -> Scenario:
    catalog = {
        "features": {"image": {}, "upscale": {}, "video_seconds": {}},
        "plans": {
            "pro": {
                "consumption_model": "metered",
                "prices": {"monthly": price},
                "features": {"image": {"included": 50, "overage": {"unit_price": unit}}},
            },
            "points": {
                "consumption_model": "credits",
                "prices": {"monthly": price},
                "included_credits": 100,
                "features": {"image": {"credits_per_unit": 2}},
            },
        },
        "credit_packs": PACKS,
    }
    buys = {"purchases": {"pack": "smallest_sufficient"}}
    candidates = [{"name": "Pro", "plan": "pro"}, {"name": "Points", "plan": "points", **buys}]
    return Scenario.model_validate({"catalog": catalog | more, "candidates": candidates})


@pytest.fixture(scope="module")
def usage() -> Usage:
    return Usage.from_table(generate("ai_images", 12, 2, 1))


@pytest.mark.parametrize("name", ["Pro", "Points"])
def test_its_two_bills_are_those_of_its_two_studies(usage: Usage, name: str) -> None:
    before, after = scenario("20"), scenario("25", "0.15", credit_packs={"small": {"credits": 100, "price": 6}})
    both = replay(side_by_side(before, after, name), usage)
    was, now = billed_by_candidate(replay(before, usage)), billed_by_candidate(replay(after, usage))
    assert list(billed_by_candidate(both).values()) == [was[name], now[name]]
    found = bridge(both, f"{name} after")
    assert found.difference == (now[name] - was[name]) * 100
    assert rest_in_words(replay(before, usage), replay(after, usage), name, found) == ""


def test_what_assumptions_make_is_said_beside_what_terms_make(usage: Usage) -> None:
    """Terms of $5 a month more, and every customer billed from the window's first day."""
    before, after = scenario("20"), scenario("25").model_copy(update={"start": "window"})
    first, second = replay(before, usage), replay(after, usage)
    found = bridge(replay(side_by_side(before, after, "Pro"), usage), "Pro after")
    whole = billed_by_candidate(second)["Pro"] - billed_by_candidate(first)["Pro"]
    rest = whole - Decimal(found.difference) / 100
    assert rest
    said = rest_in_words(first, second, "Pro", found)
    for amount in (whole, Decimal(found.difference) / 100, rest):
        assert format_signed(amount, "usd") in said
    rows = figure_rows(first, second)
    assert (rows["Candidate"], rows["Difference"][0]) == (["Pro", "Points"], format_signed(whole, "usd"))


def test_catalogs_that_cannot_be_one_are_said() -> None:
    with pytest.raises(InputError, match="the two have different currencies"):
        side_by_side(scenario("20"), scenario("20", currency="eur"), "Pro")
