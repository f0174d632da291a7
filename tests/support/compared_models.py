"""A world of three customers and three models, small enough to be added up by hand (tests/reports/test_compare.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from commet_core.engine.replay import Replay, replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CATALOG: dict[str, Any] = {
    "currency": "usd",
    "features": {"call": {}, "image": {}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 10, "overage": {"unit_price": 1}}, "image": {"unlimited": True}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 8},
            "included_credits": 10,
            "features": {"call": {"credits_per_unit": 1}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 12},
            "block_on_exhaustion": True,
            "features": {"call": {"unit_price": 1}},
        },
        "free": {"consumption_model": "metered", "features": {"call": {"included": 100}, "image": {"unlimited": True}}},
    },
    "credit_packs": {"five": {"credits": 5, "price": 3}},
}


METERED = {"name": "Metered", "plan": "metered"}


CREDITS = {"name": "Credits", "plan": "credits", "purchases": {"pack": "smallest_sufficient"}}


BALANCE = {"name": "Balance", "plan": "balance"}


FREE = {"name": "Free", "plan": "free"}


Event = tuple[str, datetime, str]


def events(customer: str, day: date, feature: str, count: int) -> list[Event]:
    return [(customer, datetime(day.year, day.month, day.day, 12, minute, tzinfo=UTC), feature) for minute in range(count)]


USAGE = [
    *events("ann", date(2026, 1, 5), "call", 12),
    *events("bob", date(2026, 1, 10), "call", 3),
    *events("bob", date(2026, 2, 10), "call", 15),
    *events("cleo", date(2026, 2, 20), "image", 1),
]


def usage_of(rows: Sequence[Event]) -> Usage:
    customers, times, features = zip(*rows, strict=True)
    return Usage.from_events(customers, times, features, [1] * len(rows))


def compared(*candidates: Mapping[str, Any], rows: Sequence[Event] = USAGE, **settings: Any) -> Replay:
    scenario = {
        "catalog": CATALOG,
        "window": {"start": "2026-01-01", "end": "2026-03-01"},
        "start": "window",
        "candidates": list(candidates),
        **settings,
    }
    return replay(Scenario.model_validate(scenario), usage_of(rows))
