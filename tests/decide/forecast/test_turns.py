"""Usage that turns at the end of its history: what the ranges do not hold is said."""

from datetime import UTC, datetime

import pytest

from commet_core.decide.forecast import Forecast, begin
from commet_core.reports.forecast.words import turn_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CUSTOMERS = 20
CALL = {"consumption_model": "metered", "prices": {"monthly": 20}, "features": {"call": {"overage": {"unit_price": 1}}}}


def begun(units_a_month: list[int]) -> Forecast:
    """Everybody uses so many units in each month: as many each day of it, but for the lengths of months."""
    days = [datetime(2026, month, day, tzinfo=UTC) for month in range(1, len(units_a_month) + 1) for day in range(1, 29)]
    names = [f"c{number:02d}" for number in range(CUSTOMERS) for _ in days]
    lengths = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31}
    values = [units_a_month[day.month - 1] * lengths[day.month] for day in days]
    usage = Usage.from_events(names, days * CUSTOMERS, ["call"] * len(names), values * CUSTOMERS)
    catalog = {"features": {"call": {}}, "plans": {"pro": CALL}}
    window = {"start": "2026-01-01", "end": f"2026-{len(units_a_month) + 1:02d}-01"}
    scenario = Scenario.model_validate({"catalog": catalog, "window": window, "candidates": [{"name": "Pro", "plan": "pro"}]})
    return begin(scenario, usage, 3)


@pytest.mark.parametrize(
    ("months", "said"),
    [
        (
            [100, 100, 100, 100, 100, 100, 120, 144],
            "grew in the last 2 months as never before: 20 % more each month, before that 0 %",
        ),
        (
            [100, 100, 100, 100, 100, 100, 80, 64],
            "fell in the last 2 months as never before: 20 % less each month, before that 0 %",
        ),
    ],
)
def test_a_turn_is_said(months: list[int], said: str) -> None:
    assert said in turn_words(begun(months))


@pytest.mark.parametrize(
    "months",
    [
        [100, 120, 144, 173, 207, 249, 299, 358],
        [100, 100, 130, 100, 130, 100, 110, 122],
        [100, 100, 100, 100, 100, 100, 100, 150],
        [100, 100, 100, 120, 144],
    ],
    ids=["as ever", "as far as before", "one month alone", "too short a history"],
)
def test_what_goes_on_as_ever_is_no_turn(months: list[int]) -> None:
    assert turn_words(begun(months)) == ""
