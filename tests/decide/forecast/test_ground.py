"""What a forecast may not stand on, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from commet_core.decide.forecast import begin, forecast
from commet_core.decide.forecast.ground import ground_of
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

PLAN = {"consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": {"included": 1}}}
HALF_YEAR = ("2026-01-01", "2026-07-01")


def scenario(window: tuple[str, str] | None = HALF_YEAR) -> Scenario:
    whole = {"catalog": {"features": {"call": {}}, "plans": {"pro": PLAN}}, "candidates": [{"name": "Pro", "plan": "pro"}]}
    return Scenario.model_validate(whole | ({"window": {"start": window[0], "end": window[1]}} if window else {}))


def usage(customers: int, first: str, last: str, every: int = 1) -> Usage:
    """So many customers, each with a call at noon of every so many days."""
    day, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last))
    days = []
    while day <= end:
        days.append(day + timedelta(hours=12))
        day += timedelta(days=every)
    names = [f"c{number:03d}" for number in range(customers)]
    rows = [(name, moment) for name in names for moment in days]
    return Usage.from_events([name for name, _ in rows], [moment for _, moment in rows], ["call"] * len(rows), [1] * len(rows))


def refused(made: Scenario, of: Usage, months: int = 3) -> str:
    with pytest.raises(InputError) as refusal:
        begin(made, of, months)
    return str(refusal.value)


@pytest.mark.parametrize(("months", "paths"), [(0, 200), (-1, 200), (600, 200), (12, 0), (12, 10**9)])
def test_horizons_and_paths_that_cannot_be(months: int, paths: int) -> None:
    with pytest.raises(InputError, match=r"Ask for 1"):
        forecast(scenario(), usage(30, "2026-01-01", "2026-06-30"), months, paths=paths)


def test_too_few_months_and_too_few_customers_are_both_said() -> None:
    said = refused(scenario(("2026-05-01", "2026-07-01")), usage(1, "2026-05-01", "2026-06-30"))
    assert "there are 2 whole months of it, and a forecast needs 3" in said
    assert "there is 1 customer in it, and a forecast needs 20" in said
    assert "generated" in said


def test_all_customers_new_is_too_short_a_history() -> None:
    assert "there is 1 whole month of it" in refused(scenario(), usage(30, "2026-06-03", "2026-06-30"))


def test_no_usage_in_the_last_month() -> None:
    said = refused(scenario(), usage(30, "2026-01-01", "2026-05-31"))
    assert "there is none in the last month: the last event is of 31 May 2026" in said


def test_no_usage_at_all_in_the_window() -> None:
    assert "no event lies" in refused(scenario(("2020-01-01", "2020-07-01")), usage(30, "2026-01-01", "2026-06-30"))


def test_a_window_cut_within_a_month_ends_before_it() -> None:
    ground = ground_of(scenario(("2026-01-01", "2026-06-15")), usage(30, "2026-01-01", "2026-06-30"), 3)
    assert ground.history.steps.count == 5
    assert "The window ends on 15 Jun 2026, within a month: the forecast begins on 1 Jun 2026" in ground.notes[0]
    assert ground.history.usage.times.max() < datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1e6


def test_usage_that_stops_within_the_last_month_ends_before_it() -> None:
    ground = ground_of(scenario(None), usage(30, "2026-01-01", "2026-06-15"), 3)
    assert ground.history.steps.count == 5
    assert "Usage ends on 15 Jun 2026, within a month" in ground.notes[0]


def test_usage_once_a_month_has_not_stopped() -> None:
    ground = ground_of(scenario(), usage(30, "2026-01-10", "2026-06-12", every=30), 3)
    assert ground.history.steps.count == 6
    assert ground.notes == ()


def test_usage_that_begins_within_a_month_counts_from_the_next() -> None:
    ground = ground_of(scenario(None), usage(30, "2026-01-12", "2026-06-30"), 3)
    assert ground.history.steps.count == 5
    assert ground.notes == ("Usage begins on 12 Jan 2026, within a month: whole months are counted from 1 Feb 2026",)
    assert (ground.history.firsts == 0).all()


def test_what_no_whole_month_holds_is_said_where_there_are_too_few() -> None:
    said = refused(scenario(None), usage(30, "2026-04-10", "2026-06-30"))
    assert "there are 2 whole months of it, and a forecast needs 3. Usage begins on 10 Apr 2026, within a month" in said


def test_a_window_that_begins_within_a_month() -> None:
    ground = ground_of(scenario(("2026-01-10", "2026-07-01")), usage(30, "2026-01-01", "2026-06-30"), 3)
    assert ground.history.steps.count == 5
    assert (ground.history.firsts == 0).all()


def test_a_gap_is_said() -> None:
    early, late = usage(30, "2026-01-01", "2026-02-28"), usage(30, "2026-04-01", "2026-06-30")
    both = Usage.from_events(
        [
            name
            for half in (early, late)
            for name, count in zip(half.customers.to_pylist(), [len(half.times) // 30] * 30, strict=True)
            for _ in range(count)
        ],
        [datetime.fromtimestamp(time / 1e6, UTC) for half in (early, late) for time in half.times.tolist()],
        ["call"] * (early.event_count + late.event_count),
        [1] * (early.event_count + late.event_count),
    )
    ground = ground_of(scenario(), both, 3)
    assert "There is no usage at all in 1 month (1 Mar 2026)" in ground.notes[0]


def test_forecasts_from_three_months_have_no_record() -> None:
    made = forecast(scenario(("2026-04-01", "2026-07-01")), usage(20, "2026-04-01", "2026-06-30"), 2, paths=10)
    assert made.record is None
    # Everybody uses the product every day and pays ten dollars a month: 20 in the first month, and whoever comes after
    assert all(totals.billed[0, 0] >= 20 * 1000 for totals in made.totals)
