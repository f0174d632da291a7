"""Who is assumed to choose in another way than by what suits it best: by a hash of (seed, customer), worked out beside the engine.

small  $10 a month with 10 calls, $1 for one more
large  $40 a month with 100 calls, $0.50 for one more
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from commet_core.decide.standing import names_that_matter
from commet_core.engine.customer_bills import CustomerBills
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.plan_choice import FLAT_SALT, STICKING_SALT
from commet_core.engine.plan_sums import PlanReplays
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CUSTOMERS = 40
MASK = 2**64 - 1
CATALOG = {
    "features": {"call": {}},
    "plans": {
        "small": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 10, "overage": {"unit_price": 1}}},
        },
        "large": {
            "consumption_model": "metered",
            "prices": {"monthly": 40},
            "features": {"call": {"included": 100, "overage": {"unit_price": "0.5"}}},
        },
        "old": {"consumption_model": "metered", "prices": {"monthly": 25}, "features": {"call": {"unlimited": True}}},
    },
    "plan_groups": {"two": ["small", "large"]},
}
SMALL, LARGE, OLD = ({"name": name.capitalize(), "plan": name} for name in ("small", "large", "old"))
CHEAPEST = {"name": "Line-up", "group": "two", "choose": "cheapest"}
UPGRADE = CHEAPEST | {"choose": "upgrade", "upgrade_after_periods": 1}


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Customer 7 makes 2 × 7 calls a month and so on, over four months: small suits up to 40 a month, large beyond."""
    rows = [
        (f"c{customer:02d}", datetime(2026, month, 5, tzinfo=UTC), 2 * customer + 1)
        for customer in range(CUSTOMERS)
        for month in range(1, 5)
    ]
    ids, times, values = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(ids, times, ["call"] * len(ids), values)


def replayed(usage: Usage, choice: dict[str, Any], *candidates: dict[str, Any], **stated: Any) -> Replay:
    content = {
        "catalog": CATALOG,
        "seed": 11,
        "start": "window",
        "rows": "aggregate",
        "window": {"start": "2026-01-01", "end": "2026-05-01"},
        "candidates": list(candidates),
        "assumptions": {"plan_choice": choice},
    }
    return replay(Scenario.model_validate(content | stated), usage)


def plans(result: Replay, candidate: str = "Line-up") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in result.table("periods").to_pylist():
        if row["candidate"] == candidate:
            found.setdefault(row["customer_id"], set()).add(row["plan"])
    return found


def drawn(usage: Usage, salt: int, share: str) -> set[str]:
    """Customers whose hash lies in the share, by a splitmix of the test's own."""
    chosen = set()
    for place, hashed in enumerate(usage.customer_hashes(11).tolist()):
        mixed = ((hashed ^ salt) + 0x9E3779B97F4A7C15) & MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        if Decimal((mixed ^ (mixed >> 31)) >> 32) / 2**32 < Decimal(share):
            chosen.add(f"c{place:02d}")
    return chosen


def test_a_share_of_nothing_is_the_plain_line_up_to_the_last_digit(usage: Usage) -> None:
    nothing = replayed(usage, {"sticks": 0, "prefers_flat": 0}, SMALL, CHEAPEST, UPGRADE | {"name": "Upgrade"})
    plain = replayed(usage, {}, SMALL, CHEAPEST, UPGRADE | {"name": "Upgrade"}, assumptions={})
    for name in TABLES:
        assert nothing.table(name).equals(plain.table(name)), name


@pytest.mark.parametrize("line_up", [CHEAPEST, UPGRADE])
@pytest.mark.parametrize("today", [SMALL, LARGE])
def test_who_sticks_stays_on_the_plan_of_today(usage: Usage, line_up: dict[str, Any], today: dict[str, Any]) -> None:
    plain, assumed = (plans(replayed(usage, choice, today, line_up)) for choice in ({}, {"sticks": "40%"}))
    sticking = drawn(usage, STICKING_SALT, "0.4")
    assert 8 < len(sticking) < 24
    assert assumed == {customer: {today["plan"]} if customer in sticking else plain[customer] for customer in plain}
    assert assumed != plain


def test_who_is_on_a_plan_that_the_line_up_lacks_stays_on_its_lowest(usage: Usage) -> None:
    assert plans(replayed(usage, {"sticks": 1}, OLD, CHEAPEST)) == {f"c{place:02d}": {"small"} for place in range(CUSTOMERS)}


def test_on_the_baseline_everybody_is_as_before(usage: Usage) -> None:
    dearer = CHEAPEST | {"name": "Again"}
    plain, assumed = (replayed(usage, choice, UPGRADE, dearer) for choice in ({}, {"sticks": 1}))
    assert plans(assumed) == plans(plain)
    last = {customer: {"large"} if "large" in own else {"small"} for customer, own in plans(plain).items()}
    assert plans(assumed, "Again") == last


@pytest.mark.parametrize("line_up", [CHEAPEST, UPGRADE])
def test_who_prefers_a_flat_bill_takes_the_plan_with_the_least_on_top(usage: Usage, line_up: dict[str, Any]) -> None:
    """From 11 calls on small has something on top, and large up to 100 nothing: cheaper or not."""
    plain, assumed = (plans(replayed(usage, choice, SMALL, line_up)) for choice in ({}, {"prefers_flat": "50%"}))
    flat = drawn(usage, FLAT_SALT, "0.5")
    calls = {f"c{place:02d}": 2 * place + 1 for place in range(CUSTOMERS)}
    assert assumed == {
        customer: ({"large"} if calls[customer] > 10 else {"small"}) if customer in flat else plain[customer]
        for customer in plain
    }
    assert assumed != plain


def test_who_sticks_does_not_choose_a_flat_bill(usage: Usage) -> None:
    both = plans(replayed(usage, {"sticks": 1, "prefers_flat": 1}, SMALL, CHEAPEST))
    assert set().union(*both.values()) == {"small"}


def test_who_sticks_where_few_do_sticks_where_many_do(usage: Usage) -> None:
    counts = []
    for share in ("10%", "30%", "90%"):
        found = plans(replayed(usage, {"sticks": share}, SMALL, CHEAPEST))
        counts.append({customer for customer, own in found.items() if own == {"small"}})
    assert counts[0] < counts[1] < counts[2]


def test_what_they_did_holds_on_the_plan_that_they_stick_to(usage: Usage) -> None:
    rows = [
        {"customer_id": "c39", "at": "2026-02-10", "action": "pause"},
        {"customer_id": "c39", "at": "2026-04-01", "action": "resume"},
        {"customer_id": "c38", "at": "2026-02-20", "action": "cancel", "when": "period_end"},
    ]
    for line_up in (CHEAPEST, UPGRADE):
        found = replayed(usage, {"sticks": 1}, SMALL, line_up, subscriptions=rows)
        alone = replayed(usage, {}, SMALL, subscriptions=rows)
        own = {
            name: dict(zip(table["customer_id"].to_pylist(), table["billed"].to_pylist(), strict=True))
            for name, table in (("Line-up", found.table("customers").slice(CUSTOMERS)), ("Small", alone.table("customers")))
        }
        assert own["Line-up"] == own["Small"]


def test_in_pieces_in_sums_and_beside_other_assumptions_people_choose_the_same(usage: Usage) -> None:
    choice = {"sticks": "30%", "prefers_flat": "50%"}
    whole = replayed(usage, choice, SMALL, CHEAPEST, UPGRADE | {"name": "Upgrade"})
    bills = CustomerBills.joined(list(replay_pieces(whole.scenario, usage, CustomerBills.of, 20)))
    assert bills.billed.tolist() == CustomerBills.of(whole).billed.tolist()
    for place, name in enumerate(("Line-up", "Upgrade"), 1):
        sums = PlanReplays.of(whole.scenario, usage, name).sums(whole.scenario.catalog)
        assert sums.billed.tolist() == CustomerBills.of(whole).billed[place].tolist()
    assumed = {"plan_choice": choice, "leaving": {"rise": 0, "share": "1%"}, "usage_response": "-0.000001"}
    left = replayed(usage, {}, SMALL, CHEAPEST, assumptions=assumed)
    sticking = drawn(usage, STICKING_SALT, "0.3")
    assert left.effects[1].left_dearer == 0
    assert all(own == {"small"} for customer, own in plans(left).items() if customer in sticking)


def test_it_is_asked_about_only_where_customers_choose(usage: Usage) -> None:
    of_plans, of_groups = (replayed(usage, {}, SMALL, other).scenario for other in (LARGE, CHEAPEST))
    assert "plan_choice.sticks" not in names_that_matter(of_plans)
    assert "plan_choice.sticks" in names_that_matter(of_groups)
