"""Subscriptions in a forecast: they go on as in history, and end only where history has cancellations (decisions.md 3.2)."""

from functools import cache

import pytest

from commet_core.decide.forecast import begin, paths_of
from commet_core.decide.forecast.cancellations import cancel_share, path_rows
from commet_core.decide.forecast.paths import Drawing, Piece
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

CANCELED = ("cus_000003", "cus_000007")


@cache
def usage() -> Usage:
    return Usage.from_table(generate("ai_images", 40, 4, 3))


def scenario(**more: object) -> Scenario:
    window = {"start": "2026-01-01", "end": "2026-05-01"}
    return catalog_presets()["sample_ai_images"].scenario(window=window, **more)


def canceling() -> Scenario:
    rows = []
    for customer in CANCELED:
        rows.append({"customer_id": customer, "at": "2026-01-01", "action": "start"})
        rows.append({"customer_id": customer, "at": "2026-03-10", "action": "cancel", "when": "period_end"})
    return scenario(subscriptions=rows)


def test_without_cancellations_nobody_cancels() -> None:
    made = begin(scenario(), usage(), 3)
    piece = Piece(Drawing(made.parts, 3, 7), 0, made.ground.history.usage.customer_count)
    assert path_rows(piece, 0) == []


def test_cancellations_come_at_the_rate_of_history_and_to_nobody_who_has_canceled() -> None:
    made = begin(canceling(), usage(), 3)
    history = made.ground.history
    share = cancel_share(history)
    assert share == pytest.approx(len(CANCELED) / sum(history.steps.count - first for first in history.firsts))
    piece = Piece(Drawing(made.parts, 3, 7), 0, history.usage.customer_count)
    counts = []
    for path in range(40):
        rows = path_rows(piece, path)
        assert not {row.customer_id for row in rows} & set(CANCELED)
        assert all(row.at[:7] in ("2026-05", "2026-06", "2026-07") for row in rows)
        counts.append(len(rows))
    could = history.usage.customer_count - len(CANCELED)
    assert sum(counts) / 40 == pytest.approx(could * (1 - (1 - share) ** 3), rel=0.35)


def test_a_forecast_with_cancellations_bills_less() -> None:
    going_on, ending = (paths_of(begin(made, usage(), 3), range(10)) for made in (scenario(), canceling()))
    assert sum(totals.billed.sum() for totals in ending) < sum(totals.billed.sum() for totals in going_on)


def test_assumptions_are_those_of_the_scenario_in_every_path() -> None:
    """Leaving after a rise is judged on paths, too: with it, no candidate that costs more brings in more than without."""
    leaving = scenario(assumptions={"leaving": {"rise": 0.05, "share": 1}})
    without, left = (paths_of(begin(made, usage(), 2), range(10)) for made in (scenario(), leaving))
    assert sum(totals.billed[1].sum() for totals in left) < sum(totals.billed[1].sum() for totals in without)


def test_the_record_knows_no_action_after_its_origin() -> None:
    history = begin(canceling(), usage(), 3).ground.history
    actions = [[row.action for row in history.up_to(history.steps.first + step).scenario.subscriptions] for step in (2, 3)]
    assert actions == [["start", "start"], ["start", "cancel", "start", "cancel"]]


def test_the_record_knows_no_level_after_its_origin() -> None:
    levels = [
        {"customer_id": CANCELED[0], "at": at, "feature": "seat", "set": seats}
        for at, seats in (("2026-01-02", 3), ("2026-03-10", 9))
    ]
    plan = {"consumption_model": "metered", "prices": {"monthly": 20}, "features": {"seat": {"overage": {"unit_price": 5}}}}
    catalog = {"features": {"seat": {"type": "seats"}}, "plans": {"pro": plan}}
    window = {"start": "2026-01-01", "end": "2026-05-01"}
    seated = Scenario.model_validate(
        {"catalog": catalog, "window": window, "levels": levels, "candidates": [{"name": "Pro", "plan": "pro"}]}
    )
    history = begin(seated, usage(), 3).ground.history
    known = [[row.at for row in history.up_to(history.steps.first + step).scenario.levels] for step in (2, 3)]
    assert known == [["2026-01-02"], ["2026-01-02", "2026-03-10"]]
