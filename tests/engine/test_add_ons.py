"""Add-ons (billing-rules 10.3): worked by hand, line by line; and what is wrong with them and with levels is said."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CATALOG: dict[str, Any] = {
    "features": {"sms": {}, "calls": {}, "editors": {"type": "seats"}},
    "plans": {"pro": {"consumption_model": "metered", "prices": {"monthly": 100}, "features": {"calls": {"included": 100}}}},
    "addons": {
        "sms": {
            "feature": "sms",
            "consumption_model": "metered",
            "base_price": {"monthly": 40},
            "included": 5,
            "overage": {"unit_price": "0.5"},
        }
    },
}
ACTIONS = [
    {"customer_id": "ana", "at": "2026-09-01", "action": "start"},
    {"customer_id": "ana", "at": "2026-09-13T10:00:00", "action": "activate_add_on", "item": "sms"},
    {"customer_id": "ana", "at": "2026-10-11", "action": "end_add_on", "item": "sms"},
]
USED = [("2026-09-10T00:00:00", 3), ("2026-09-13T10:00:00", 9), ("2026-10-10T00:00:00", 6), ("2026-10-11T00:00:00", 2)]


def replayed(actions: list[dict[str, Any]], catalog: dict[str, Any] = CATALOG, **candidate: Any) -> Replay:
    times = [datetime.fromisoformat(at).replace(tzinfo=UTC) for at, _ in USED]
    usage = Usage.from_events(["ana"] * len(USED), times, ["sms"] * len(USED), [value for _, value in USED])
    document = {
        "catalog": catalog,
        "window": {"start": "2026-09-01", "end": "2026-11-01"},
        "subscriptions": actions,
        "candidates": [{"name": "Pro", "plan": "pro", **candidate}],
    }
    return replay(Scenario.model_validate(document), usage)


def test_activated_ended_and_used_in_between() -> None:
    """17 of 30 days: 40 × 17 ÷ 30 = 22.67. September 9 − 5 beyond, October 6 − 5; October 1 40.00, without a refund."""
    result = replayed(ACTIONS)
    lines = result.table("invoice_lines").to_pylist()
    assert [(row["kind"], row["amount"], row["days"]) for row in lines if row["kind"] != "plan_base"] == [
        ("addon_base", Decimal("22.67"), 17),
        ("addon_base", Decimal("40.00"), None),
        ("feature_overage", Decimal("2.00"), None),
        ("feature_overage", Decimal("0.50"), None),
    ]
    assert [row["kind"] for row in result.table("invoices").to_pylist()] == [
        "recurring",
        "addon_activation",
        "recurring",
        "closing",
    ]
    served = [(row["demanded"], row["served"], row["blocked_reason"]) for row in result.table("feature_periods").to_pylist()]
    assert served == [(12, 9, "not_in_plan"), (8, 6, "not_in_plan")]
    accounts = result.table("accounts").to_pylist()
    assert [row["earned_addons"] for row in accounts] == [Decimal("22.67"), 40]  # what ends early is earned then
    assert [row["outstanding_addons"] for row in accounts] == [0, 0]


def test_from_the_start_it_is_charged_with_every_base_price() -> None:
    result = replayed([], addons=["sms"])
    assert [row["total"] for row in result.table("invoices").to_pylist()] == [140, Decimal("143.50"), Decimal("1.50")]
    assert result.table("customers").to_pylist()[0]["addons"] == 80


def test_a_pause_keeps_it_and_a_cancellation_ends_it() -> None:
    pause = [
        {"customer_id": "ana", "at": "2026-10-05", "action": "pause"},
        {"customer_id": "ana", "at": "2026-10-20", "action": "resume"},
    ]
    paid = replayed([*ACTIONS[:2], *pause]).table("customers").to_pylist()[0]["addons"]
    assert paid == Decimal("22.67") + 40 + 40
    left = [
        {"customer_id": "ana", "at": "2026-10-05", "action": "cancel", "when": "now"},
        {"customer_id": "ana", "at": "2026-10-20", "action": "reactivate"},
    ]
    assert replayed([*ACTIONS[:2], *left]).table("customers").to_pylist()[0]["addons"] == Decimal("22.67") + 40


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([ACTIONS[0], ACTIONS[2]], "is not active"),
        ([*ACTIONS[:2], ACTIONS[1]], "is active already"),
        ([ACTIONS[0], {**ACTIONS[1], "item": "mms"}], "does not exist"),
        (
            [ACTIONS[0], {"customer_id": "ana", "at": "2026-09-02", "action": "set_level", "item": "sms", "amount": 1}],
            "is no level",
        ),
        (
            [ACTIONS[0], {"customer_id": "ana", "at": "2026-09-02", "action": "change_level", "item": "editors", "amount": -1}],
            "below zero",
        ),
    ],
)
def test_what_makes_no_sense_is_said(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replayed(rows)


def test_a_plan_that_has_the_feature_takes_no_add_on_of_it() -> None:
    with_feature = {**CATALOG["plans"]["pro"], "features": {"sms": {"included": 1}}}
    with pytest.raises(InputError, match="has the feature 'sms' itself"):
        replayed(ACTIONS, {**CATALOG, "plans": {"pro": with_feature}})


def test_levels_are_no_consumption() -> None:
    with pytest.raises(InputError, match="held by the catalog"):
        replayed([], {**CATALOG, "features": {**CATALOG["features"], "sms": {"type": "quota"}}, "addons": {}})
