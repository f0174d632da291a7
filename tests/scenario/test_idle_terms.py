"""Terms that are sound and that a window cannot show, or that count less than one would think, are told."""

from datetime import date
from typing import Any

import pytest

from commet_core.foundation.window import Window
from commet_core.scenario.idle_terms import idle_terms
from commet_core.scenario.scenario import Scenario

WINDOW = Window(start=date(2026, 1, 1), end=date(2026, 4, 1))


def told(plan: dict[str, Any], **candidate: Any) -> list[str]:
    raw: dict[str, Any] = {
        "catalog": {
            "features": {"call": {}},
            "plans": {"pro": plan, "unused": {**plan, "consumption_model": "metered", "features": {}}},
        },
        "candidates": [{"name": "Pro", "plan": "pro", **candidate}],
    }
    if "rollover" in plan:
        del raw["catalog"]["plans"]["unused"]
    return [str(problem) for problem in idle_terms(Scenario.model_validate(raw), WINDOW)]


METERED = {"consumption_model": "metered", "prices": {"monthly": 20}, "features": {"call": {"included": 1}}}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 20},
    "included_credits": 5,
    "features": {"call": {"credits_per_unit": 1}},
}


def test_a_rollover_that_outlives_the_window() -> None:
    assert told({**CREDITS, "rollover": {"max_periods": 2}}) == [
        (
            "catalog.plans.pro.rollover.max_periods: 2 periods more is longer than the window, 2026-01-01 to 2026-04-01."
            " No allowance gets too old there. Replay a longer window to see what is forfeited."
        )
    ]
    assert told({**CREDITS, "rollover": {"max_periods": 1}}) == []
    assert told({**CREDITS, "rollover": {"max_amount": 3}}) == []
    assert len(told({**CREDITS, "rollover": {"max_periods": 999_999}})) == 1


@pytest.mark.parametrize(("prices", "periods"), [({"weekly": 5}, 12), ({"yearly": 200}, 2)])
def test_periods_are_weeks_of_a_weekly_price_and_months_of_any_other(prices: dict[str, int], periods: int) -> None:
    plan = {**CREDITS, "prices": prices}
    assert told({**plan, "rollover": {"max_periods": periods}}) != []
    assert told({**plan, "rollover": {"max_periods": periods - 1}}) == []


def test_a_version_of_another_time() -> None:
    versions = [{"from": day, "prices": {"monthly": 25}} for day in ("2025-12-31", "2026-01-01", "2026-03-31", "2026-04-01")]
    assert told({**METERED, "versions": versions}) == [
        (
            "catalog.plans.pro.versions.0.from: 2025-12-31 is before the window, which starts on 2026-01-01."
            " Who starts in the window has it at once."
        ),
        "catalog.plans.pro.versions.3.from: 2026-04-01 is after the window, which ends on 2026-04-01. Nobody comes to it there.",
    ]


def test_a_cap_below_the_base_price() -> None:
    said = "19.5 is less than the base price of plan 'pro', 20. It counts overage, packs and top-ups alone: the base price comes on top."
    assert told({**METERED, "spend_cap": {"amount": "19.50", "beyond": "block"}}) == [
        f"catalog.plans.pro.spend_cap.amount: {said}"
    ]
    assert told(METERED, spend_cap={"amount": "19.50"}) == [f"candidates.0.spend_cap.amount: {said}"]
    assert told({**METERED, "spend_cap": {"amount": 20, "beyond": "block"}}) == []
    assert told({**METERED, "prices": {"yearly": 200}, "spend_cap": {"amount": 5, "beyond": "block"}}) == []
