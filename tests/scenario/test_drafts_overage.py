"""How a draft charges beyond what is included: another way at about the same worth, one tier more, one less."""

from __future__ import annotations

from typing import Any

import pytest

from commet_core.scenario.drafts import Design, with_value
from commet_core.scenario.drafts.overage import Way, way_of, with_tier, with_way, without_tier

PATH = ("plans", "pro", "features", "call", "overage")


def design_of(overage: dict[str, Any]) -> Design:
    features = {"call": {"included": "5", "overage": overage}}
    plans = {"pro": {"consumption_model": "metered", "prices": {"monthly": "10"}, "features": features}}
    return Design({"currency": "usd", "features": {"call": {}}, "plans": plans})


PRICED = {"unit_price": "0.2"}
TIERED = {"tiers_mode": "graduated", "tiers": [{"up_to": "1000", "unit_price": "0.2"}, {"unit_price": "0.2"}]}
PACKED = {"package_size": "100", "package_price": "20"}


@pytest.mark.parametrize("before", [PRICED, TIERED, PACKED])
@pytest.mark.parametrize(("way", "after"), [("unit_price", PRICED), ("graduated", TIERED), ("packages", PACKED)])
def test_another_way_begins_at_the_same_worth(before: dict[str, Any], way: Way, after: dict[str, Any]) -> None:
    changed = with_way(design_of(before), PATH, way)
    assert changed.value(PATH) == after
    assert way_of(changed.value(PATH)) == way
    changed.checked()


def test_the_tiers_stay_where_only_their_mode_changes() -> None:
    overage = {**TIERED, "tiers": [{"up_to": "7", "unit_price": "3", "flat_amount": "1"}, {"unit_price": "2"}]}
    assert with_way(design_of(overage), PATH, "volume").value(PATH) == {**overage, "tiers_mode": "volume"}


def test_one_tier_more_lies_before_the_last_and_one_less_leaves_the_last_open() -> None:
    more = with_tier(design_of(TIERED), PATH)
    assert [tier.get("up_to") for tier in more.value(PATH)["tiers"]] == ["1000", "2000", None]
    more.checked()
    less = without_tier(without_tier(more, PATH, 2), PATH, 0)
    assert less.value(PATH)["tiers"] == [{"unit_price": "0.2"}]
    less.checked()


def test_a_value_in_a_tier_is_changed_where_it_stands() -> None:
    before = design_of(TIERED)
    changed = with_value(before, (*PATH, "tiers", "1", "flat_amount"), "4")
    assert changed.value((*PATH, "tiers", "1", "flat_amount")) == "4"
    assert before.value((*PATH, "tiers", "1", "flat_amount")) is None
