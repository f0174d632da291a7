"""A catalog with subscriptions: plans in a group, a trial, an offer, packs; rows of actions and the calls of customers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commet_core.engine.replay import Replay, replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

METERED = {"call": {"included": 5, "overage": {"unit_price": 1}}}
CATALOG: dict[str, Any] = {
    "features": {"call": {}},
    "plans": {
        "free": {"consumption_model": "metered", "features": METERED},
        "basic": {"consumption_model": "metered", "prices": {"monthly": 30, "yearly": 300}, "features": METERED},
        "pro": {"consumption_model": "metered", "prices": {"monthly": 60, "one_time": 900}, "features": METERED},
        "tried": {"consumption_model": "metered", "prices": {"monthly": 30}, "trial_days": 14, "features": METERED},
        "alone": {"consumption_model": "metered", "prices": {"monthly": 45}, "features": METERED},
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 30},
            "included_credits": 3,
            "features": {"call": {"credits_per_unit": 1}},
        },
        "balance": {"consumption_model": "balance", "prices": {"monthly": 30}, "features": {"call": {"unit_price": 7}}},
    },
    "credit_packs": {"small": {"credits": 5, "price": 3}, "other": {"credits": 5, "price": 3, "plans": []}},
    "plan_groups": {"standard": ["free", "basic", "pro"]},
    "offers": {"half": {"percent": 50, "cycles": 2}},
}
WINDOW = {"start": date(2026, 4, 1), "end": date(2026, 7, 1)}


def action(kind: str, at: str, customer_id: str = "ana", **cells: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "at": at, "action": kind, **cells}


def scenario(subscriptions: Sequence[Any], *plans: str, **stated: Any) -> Scenario:
    candidates = [{"name": plan, "plan": plan} for plan in plans or ("basic",)]
    raw = {"catalog": CATALOG, "window": WINDOW, "candidates": candidates, "subscriptions": subscriptions, **stated}
    return Scenario.model_validate(raw)


def calls(**by_customer: int) -> Usage:
    """One call every other day from 2 April, so many for each customer."""
    first = datetime(2026, 4, 2, tzinfo=UTC)
    rows = [(name, first + timedelta(days=2 * step)) for name, count in by_customer.items() for step in range(count)]
    names, times = [name for name, _ in rows], [time for _, time in rows]
    return Usage.from_events(names, times, ["call"] * len(rows), [1] * len(rows))


ROWS = (
    action("start", "2026-04-01"),
    action("change_plan", "2026-04-16", plan="pro"),
    action("pause", "2026-05-01"),
    action("resume", "2026-06-01"),
    action("start", "2026-04-01", "cyd", plan="tried"),
    action("cancel", "2026-04-20", "cyd", when="now"),
    action("start", "2026-04-01", "bob"),
)


def lived(rows: tuple[dict[str, Any], ...] = ROWS) -> Replay:
    return replay(scenario(rows), calls(ana=1, bob=1, cyd=1))
