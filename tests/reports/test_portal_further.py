"""What the portal shows of the further rules: at the window's end as the result tables have it, and on days in words."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.everything import MAPPING, capped, versioned, write_usage_lines

from commet_core.engine.markets import ReplayInMarkets
from commet_core.engine.replay import replay
from commet_core.reports.statement import Statement, customer_place, statement_of
from commet_core.reports.statement.portal import Portal, portal
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.ingest.recognise.saved_mapping import parse_mapping
from commet_core.usage.usage import Usage

CUSTOMERS = ("c01", "c02", "c04", "c05", "c06", "c07", "c12")
END = datetime(2026, 5, 1, tzinfo=UTC)


def statements(document: Mapping[str, Any], folder: Path) -> Iterator[Statement]:
    """Of some customers under every candidate, each in its own market."""
    write_usage_lines(path := folder / "usage.csv")
    scenario = Scenario.model_validate(document)
    found = read(path, parse_mapping(MAPPING, "mapping"), corrections=scenario.corrections == "net")
    replayed = replay(scenario, found.usage)
    assert isinstance(replayed, ReplayInMarkets)
    for _, part in replayed.parts:
        for run in part.runs:
            yield from (
                statement_of(part, run, customer) for customer in CUSTOMERS if customer_place(run, customer) is not None
            )


@pytest.mark.parametrize("document", [capped, versioned])
def test_at_the_windows_end_it_is_what_the_tables_hold(document: Any, tmp_path: Path) -> None:
    shown = 0
    for statement in statements(document(), tmp_path):
        seen, segments = portal(statement, END), statement.segments
        if seen.purchased_left is not None:
            assert seen.purchased_left * 1_000_000 == statement.run.flows[1].closing[segments][-1]
            if seen.packs_left:
                assert sum(pack.left for pack in seen.packs_left) == seen.purchased_left
        levels = statement.replayed.table("levels").to_pylist()
        for level in seen.levels:
            own = [row for row in levels if is_of(statement, row) and row["feature"] == level.code]
            assert level.held == (own[-1]["closing"] if own else 0)
            shown += level.held > 0
        minor = 100 if statement.currency == "usd" else 1
        assert seen.credit_left * minor == int(statement.run.credits.left[statement.customer])
    assert shown > 3


def is_of(statement: Statement, row: Mapping[str, Any]) -> bool:
    return bool(row["customer_id"] == statement.customer_id and row["candidate"] == statement.run.candidate.name)


FEATURES = {
    "calls": {"unit": "call"},
    "sms": {"name": "Messages"},
    "editors": {"name": "Editors", "type": "seats", "unit": "seat"},
}
METERED: dict[str, Any] = {
    "consumption_model": "metered",
    "prices": {"monthly": 60},
    "features": {
        "calls": {"included": 5, "overage": {"unit_price": 2}},
        "editors": {"included": 2, "overage": {"unit_price": 12}},
    },
    "minimum_commitment": {"amount": 300, "per": "term", "term_months": 3},
    "spend_cap": {"amount": 8, "beyond": "free"},
    "versions": [{"from": "2026-04-20", "prices": {"monthly": 70}, "features": {"calls": {"included": 7}}}],
}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 9},
    "included_credits": 10,
    "rollover": {"max_periods": 1},
    "features": {"calls": {"credits_per_unit": 1}},
}
LIMITS: dict[str, Any] = {"consumption_model": "metered", "prices": {"monthly": 9}, "features": {"calls": {"included": 2}}}


def seen(day: str, plan: Mapping[str, Any], *rows: dict[str, Any], calls: int = 12, **more: Any) -> Portal:
    """One customer of a plan, with a call every day from 2 April on; at the end of a day."""
    catalog = {
        "features": FEATURES,
        "plans": {"plan": plan, "big": LIMITS | {"features": {"calls": {"included": 9}}}},
        "plan_groups": {"all": ["plan", "big"]} if plan is LIMITS else {},
        "credit_packs": {
            "soon": {"name": "Soon", "credits": 5, "price": 3, "expires_after_days": 10},
            "last": {"name": "Last", "credits": 5, "price": 4},
        },
        "addons": {"sms": {"name": "SMS", "feature": "sms", "consumption_model": "metered", "base_price": 18, "included": 3}},
    }
    actions = [{"customer_id": "ana", **row} for row in rows]
    document = {"catalog": catalog, "window": {"start": "2026-04-01", "end": "2026-07-01"}, "subscriptions": actions}
    scenario = Scenario.model_validate(document | {"candidates": [{"name": "Plan", "plan": "plan"}]} | more)
    times = [datetime(2026, 4, 2, 12, tzinfo=UTC) + timedelta(days=place) for place in range(calls)]
    replayed = replay(scenario, Usage.from_events(["ana"] * calls, times, ["calls"] * calls, [1] * calls))
    statement = statement_of(replayed, replayed.runs[0], "ana")
    return portal(statement, datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1))


def test_seats_an_add_on_a_cap_and_a_commitment() -> None:
    rows = [
        {"at": "2026-04-05", "action": "set_level", "item": "editors", "amount": 3},
        {"at": "2026-04-07", "action": "activate_add_on", "item": "sms"},
        {"at": "2026-04-09", "action": "end_add_on", "item": "sms"},
    ]
    before, while_active, after = (seen(f"2026-04-{day}", METERED, *rows) for day in ("04", "08", "12"))
    assert [[level.held for level in each.levels] for each in (before, while_active, after)] == [[0], [3], [3]]
    (level,) = after.levels
    assert (level.name, level.unit, level.included, level.beyond) == ("Editors", "seat", 2, "$12 a seat, for a month")
    assert level.used_share == 1.0
    assert [each.add_ons for each in (before, while_active, after)] == [(), ("SMS: $18.00 a month",), ()]
    assert [feature.code for feature in while_active.features] == ["calls", "sms"]
    assert [feature.included for feature in while_active.features] == [5, 3]
    assert before.commitment == "at least $300.00 for every 3 months"
    assert before.cap is not None
    assert (before.cap.amount, before.cap.free, before.cap.reached_at) == (8, True, None)
    capped_on = seen("2026-04-12", METERED).cap
    assert capped_on is not None
    assert capped_on.reached_at == datetime(2026, 4, 10, 12, tzinfo=UTC)  # four calls beyond the five, at $2


def test_a_version_holds_from_its_day_and_its_price_from_the_renewal() -> None:
    days = ("2026-04-19", "2026-04-20", "2026-05-02")
    plan = {name: value for name, value in METERED.items() if name != "spend_cap"}
    found = [seen(day, plan) for day in days]
    assert [(each.price, each.features[0].included) for each in found] == [(60, 5), (60, 7), (70, 7)]


def test_packs_in_the_order_of_use_and_when_they_expire() -> None:
    """10 plan credits are used by 11 April; then one of the pack that expires first, which ends at noon ten days after it was bought."""
    rows = [
        {"at": "2026-04-04", "action": "buy_pack", "item": "last"},
        {"at": "2026-04-05T12:00:00", "action": "buy_pack", "item": "soon"},
        {"at": "2026-04-06", "action": "adjust", "item": "purchased_credits", "amount": -2},
    ]
    found = [seen(day, CREDITS, *rows) for day in ("2026-04-05", "2026-04-12", "2026-04-15")]
    assert [[(pack.name, pack.left) for pack in each.packs_left] for each in found] == [
        [("Soon", 5), ("Last", 5)],
        [("Soon", 4), ("Last", 3)],
        [],
    ]
    assert found[0].packs_left[0].expires_at == datetime(2026, 4, 15, 12, tzinfo=UTC)
    assert [each.purchased_left for each in found] == [10, 7, 3]


def test_what_rolled_over_and_what_is_left_of_a_customer_credit() -> None:
    rows = [
        {"at": "2026-04-03", "action": "customer_credit", "amount": 20},
        {"at": "2026-04-04", "action": "customer_credit", "amount": 5, "until": "2026-04-20"},
    ]
    found = [seen(day, CREDITS, *rows, calls=4) for day in ("2026-04-10", "2026-04-25", "2026-05-10")]
    assert [each.rolled_in for each in found] == [0, 0, 6]
    assert found[2].plan_left == 16
    assert [each.credit_left for each in found] == [Decimal(25), Decimal(20), Decimal(11)]


def test_a_plan_that_is_lent() -> None:
    rows = [{"at": "2026-04-05", "action": "grant", "plan": "big", "until": "2026-04-10"}]
    found = [seen(day, LIMITS, *rows) for day in ("2026-04-04", "2026-04-06", "2026-04-12")]
    assert [(each.lent, each.features[0].included) for each in found] == [("", 2), ("big", 9), ("", 2)]
