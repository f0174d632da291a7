"""The oracle against figures worked out by hand: it judges the engine, so somebody has to judge it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import pytest
from oracle import (
    EXACT,
    Event,
    Pack,
    Tokens,
    base_is_charged_after,
    billing_interval,
    change_is_immediate,
    event_cost,
    event_credits,
    hash_mix,
    is_buyer,
    minor_unit_digits,
    months_after,
    packs_for,
    prices_of,
    rounded_half_up,
    rounded_share,
    rounded_up,
    rounded_up_count,
    shared_by_cumulative_rounding,
    simulate,
    simulation_window,
    terms_of,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(customer_id: str, when: str, feature: str, value: str) -> Event:
    return Event(customer_id, at(when), feature, Decimal(value))


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("0.004999999", 2, "0.00"),
        ("1.015", 2, "1.02"),
        ("2.5", 0, "3"),
        ("3.5", 0, "4"),
        ("0", 2, "0"),
        ("0.0000000005", 9, "0.000000001"),
        ("-0.005", 2, "-0.01"),
        ("-0.004999999", 2, "0"),
    ],
)
def test_rounding_is_half_up(number: str, places: int, expected: str) -> None:
    assert rounded_half_up(Decimal(number), places) == Decimal(expected)


def test_an_event_cost_has_nine_decimals_and_its_credits_six() -> None:
    assert event_cost(Decimal("0.5"), Decimal("0.000000001")) == Decimal("0.000000001")
    assert event_cost(Decimal("0.499999"), Decimal("0.000000001")) == 0
    assert event_credits(Decimal("0.5"), Decimal("0.000001")) == Decimal("0.000001")
    assert event_credits(Decimal("0.499999"), Decimal("0.000001")) == 0


@pytest.mark.parametrize(("number", "unit", "count"), [("0", "20", 0), ("20", "20", 1), ("20.000001", "20", 2)])
def test_a_count_is_rounded_up(number: str, unit: str, count: int) -> None:
    assert rounded_up_count(Decimal(number), Decimal(unit)) == count


@pytest.mark.parametrize(
    ("whole", "part", "parts", "places", "expected"),
    [
        ("30", 10, 31, 2, "9.68"),
        ("30", 15, 30, 2, "15"),
        ("1", 1, 3, 9, "0.333333333"),
        ("1", 2, 3, 9, "0.666666667"),
        ("1", 1, 8, 2, "0.13"),
    ],
)
def test_a_share_is_rounded_half_up(whole: str, part: int, parts: int, places: int, expected: str) -> None:
    assert rounded_share(Decimal(whole), part, parts, places) == Decimal(expected)


@pytest.mark.parametrize(("number", "expected"), [("0", "0"), ("0.0001", "0.0001"), ("0.00010001", "0.0002")])
def test_a_token_cost_is_rounded_up(number: str, expected: str) -> None:
    assert rounded_up(Decimal(number), 4) == Decimal(expected)


def test_yen_and_pesos_have_no_cents() -> None:
    assert [minor_unit_digits(code) for code in ("usd", "EUR", "jpy", "CLP", "pyg", "krw")] == [2, 2, 0, 0, 0, 0]


def test_a_month_without_the_anchors_day_ends_on_its_last() -> None:
    starts = [months_after(date(2027, 10, 31), count) for count in range(6)]
    assert starts == [
        date(2027, 10, 31),
        date(2027, 11, 30),
        date(2027, 12, 31),
        date(2028, 1, 31),
        date(2028, 2, 29),
        date(2028, 3, 31),
    ]


@pytest.mark.parametrize(
    ("interval", "charged"),
    [
        ("weekly", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ("monthly", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ("quarterly", [0, 3, 6, 9, 12]),
        ("yearly", [0, 12]),
        ("one_time", [0]),
        (None, []),
    ],
)
def test_the_base_is_charged_every_interval(interval: str | None, charged: list[int]) -> None:
    charges, since = [0] if interval else [], 0
    for period in range(1, 13):
        since += 1
        if base_is_charged_after(interval, since):
            charges.append(period)
            since = 0
    assert charges == charged


def test_the_interval_is_the_one_asked_for_then_the_usual_one_then_monthly_then_the_first() -> None:
    assert billing_interval({"prices": {"weekly": 1, "monthly": 2}}, "weekly", "monthly") == "weekly"
    assert billing_interval({"prices": {"weekly": 1, "monthly": 2}}, None, "weekly") == "weekly"
    assert billing_interval({"prices": {"yearly": 1, "monthly": 2}}, None, "weekly") == "monthly"
    assert billing_interval({"prices": {"yearly": 1}}, None) == "yearly"
    assert billing_interval({"prices": {"yearly": 1, "monthly": 2}}, None) == "monthly"
    assert billing_interval({"prices": {"yearly": 1, "weekly": 2}}, None) == "yearly"
    assert billing_interval({"prices": {}}, "monthly") is None
    assert billing_interval({}, None) is None


CHANGES = {
    "plans": {
        "free": {"consumption_model": "metered"},
        "low": {"consumption_model": "metered", "prices": {"weekly": 1, "monthly": 3, "one_time": 90}},
        "high": {"consumption_model": "metered", "prices": {"monthly": 5, "yearly": 50}},
    },
    "plan_groups": {"all": ["free", "low", "high"]},
}


@pytest.mark.parametrize(
    ("old", "new", "immediate"),
    [
        (("free", None), ("low", "weekly"), True),
        (("low", "weekly"), ("free", None), False),
        (("low", "monthly"), ("high", "monthly"), True),
        (("high", "monthly"), ("low", "monthly"), False),
        (("low", "monthly"), ("low", "weekly"), False),
        (("low", "weekly"), ("low", "monthly"), True),
        (("high", "yearly"), ("low", "one_time"), True),
        (("low", "one_time"), ("high", "yearly"), False),
    ],
)
def test_the_interval_decides_before_the_order_of_the_plans(
    old: tuple[str, str | None], new: tuple[str, str | None], immediate: bool
) -> None:
    before, after = terms_of(*old, {}, CHANGES), terms_of(*new, {}, CHANGES)
    assert change_is_immediate(before, after, CHANGES) is immediate


def test_the_catalogs_models_go_before_the_list_and_whole_names_before_parts() -> None:
    own, public = (
        {"house/large": {"input": 1}},
        {"large": {"input": 2}, "other/small": {"input": 3}, "third/large": {"input": 4}},
    )
    assert [prices_of(name, own, public)["input"] for name in ("house/large", "large", "small", "third/large")] == [1, 2, 3, 4]
    with pytest.raises(KeyError, match="giant"):
        prices_of("giant", own, public)


def test_the_price_of_a_request_is_that_of_its_day() -> None:
    """A million tokens at 3, and at 2 from the second day on; no margin."""
    plan = {
        "consumption_model": "balance",
        "prices": {"monthly": 50},
        "features": {"chat": {"pricing": "ai_model", "margin": 0}},
    }
    tokens = Tokens("house/large", 1_000_000, 0)
    used = [Event("ana", at(day), "chat", Decimal(1), tokens) for day in ("2026-01-01T23:59", "2026-01-02")]

    def list_of(day: date) -> dict[str, dict[str, int]]:
        return {"house/large": {"input": 3 if day < date(2026, 1, 2) else 2, "output": 0}}

    tables = simulate({"plans": {"B": plan}}, {"candidates": [{"name": "B", "plan": "B"}]}, used, list_of)
    assert only(tables["periods"])["balance_used"] == 5


def test_the_default_window_is_the_whole_months_of_the_usage() -> None:
    used = [event("ana", "2026-11-30T23:59:59", "calls", "1"), event("ana", "2026-12-01T00:00", "calls", "1")]
    assert simulation_window({}, [row.timestamp for row in used]) == (at("2026-11-01"), at("2027-01-01"))
    assert simulation_window({}, []) is None
    stated = {"window": {"start": date(2026, 1, 1), "end": "2026-07-01"}}
    assert simulation_window(stated, []) == (at("2026-01-01"), at("2026-07-01"))


def test_smallest_sufficient_takes_the_largest_until_one_pack_covers_the_rest() -> None:
    small, cheap, dear, large = (
        Pack("small", Decimal(3), Decimal(1)),
        Pack("cheap", Decimal(5), Decimal(2)),
        Pack("dear", Decimal(5), Decimal(4)),
        Pack("large", Decimal(10), Decimal(6)),
    )
    packs = [dear, small, large, cheap]

    def codes(shortfall: str) -> list[str]:
        return [pack.code for pack in packs_for(Decimal(shortfall), "smallest_sufficient", packs)]

    assert codes("0.000001") == ["small"]
    assert codes("3.000001") == ["cheap"]
    assert codes("10") == ["large"]
    assert codes("10.000001") == ["large", "small"]
    assert codes("24") == ["large", "large", "cheap"]


def test_the_hash_is_splitmix64() -> None:
    """The first two numbers that splitmix64 gives from the seed 1234567, as published with the generator."""
    golden = 0x9E3779B97F4A7C15
    assert hash_mix((1234567 + golden) % 2**64) == 6457827717110365317
    assert hash_mix((1234567 + 2 * golden) % 2**64) == 3203168211198807973


def test_a_buyer_is_decided_by_seed_customer_and_period() -> None:
    """Nobody buys at 0 and everybody at 1; in between the share is about right and each of the three matters."""
    customers = [f"customer {number}" for number in range(2_000)]
    assert not any(is_buyer(7, customer, 0, Decimal(0)) for customer in customers)
    assert all(is_buyer(7, customer, 0, Decimal(1)) for customer in customers)
    third = Decimal("0.333333")
    buyers = [is_buyer(7, customer, 0, third) for customer in customers]
    assert 600 < sum(buyers) < 735
    assert buyers != [is_buyer(8, customer, 0, third) for customer in customers]
    assert buyers != [is_buyer(7, customer, 1, third) for customer in customers]


def test_a_buyer_has_a_draw_below_the_probability() -> None:
    """The draw of ana's second period, in millionths, is not below itself, and it is below one more."""
    key = int.from_bytes(blake2b(b"7:ana", digest_size=8).digest(), "little")
    draw = hash_mix((key + 2 * 0x9E3779B97F4A7C15) % 2**64) % 1_000_000
    assert not is_buyer(7, "ana", 1, Decimal(draw).scaleb(-6))
    assert is_buyer(7, "ana", 1, Decimal(draw + 1).scaleb(-6))


def test_rounded_shares_add_up_to_the_rounded_whole() -> None:
    """0.004 + 0.004 + 0.004 = 0.012: 0.00, then 0.008 makes 0.01, then 0.012 adds nothing."""
    shares = shared_by_cumulative_rounding([Decimal("0.004")] * 3, 2)
    assert shares == [Decimal("0.00"), Decimal("0.01"), Decimal("0.00")]


def test_nothing_is_rounded_in_silence() -> None:
    with pytest.raises(ArithmeticError):
        EXACT.divide(Decimal(1), Decimal(3))


METERED = {
    "consumption_model": "metered",
    "prices": {"monthly": 99},
    "features": {"calls": {"included": 10000, "overage": {"unit_price": 0.01}}},
}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 49},
    "included_credits": 1000,
    "features": {"image": {"credits_per_unit": 10}},
}
BALANCE = {
    "consumption_model": "balance",
    "prices": {"monthly": 50},
    "features": {"calls": {"unit_price": "0.001"}},
}
CATALOG = {
    "currency": "usd",
    "plans": {"metered": METERED, "credits": CREDITS, "balance": BALANCE},
    "credit_packs": {"starter": {"credits": 500, "price": 20}},
}


def test_the_metered_example() -> None:
    """99 in advance, and (15,000 - 10,000) x 0.01 = 50 when February's base is charged."""
    scenario = {
        "window": {"start": "2026-01-01", "end": "2026-03-01"},
        "start": "window",
        "candidates": [{"name": "M", "plan": "metered"}],
    }
    tables = simulate(CATALOG, scenario, [event("ana", "2026-01-10", "calls", "15000")])
    invoices = [(row["kind"], row["issued_at"], row["total"]) for row in tables["invoices"]]
    assert invoices == [("recurring", at("2026-01-01"), 99), ("recurring", at("2026-02-01"), 149)]
    lines = [(row["kind"], row["quantity"], row["amount"]) for row in tables["invoice_lines"]]
    assert lines == [("plan_base", 1, 99), ("plan_base", 1, 99), ("feature_overage", 5000, 50)]
    periods = [(row["plan_base"], row["overage"], row["billed"]) for row in tables["periods"]]
    assert periods == [(99, 50, 149), (99, 0, 99)]
    assert only(tables["feature_periods"])["overage_units"] == 5000
    assert only(tables["customers"])["billed"] == 248


def test_the_credits_example() -> None:
    """1,000 / 10 = 100 images; the 101st is short of 10 credits and buys a pack of 500, leaving 490."""
    scenario = {"candidates": [{"name": "C", "plan": "credits", "purchases": {"pack": "starter"}}]}
    images = [event("ana", "2026-01-01T12:00", "image", "1") for _ in range(101)]
    tables = simulate(CATALOG, scenario, images)
    period = only(tables["periods"])
    assert (period["plan_credits_used"], period["plan_credits_forfeited"]) == (1000, 0)
    assert (period["purchased_credits_bought"], period["purchased_credits_used"]) == (500, 10)
    assert period["purchased_credits_closing"] == 490
    assert [row["total"] for row in tables["invoices"]] == [49, 20]
    blocked = simulate(CATALOG, {"candidates": [{"name": "C", "plan": "credits"}]}, images)
    assert only(blocked["customers"])["blocked_allowance_events"] == 1
    assert only(blocked["customers"])["first_blocked_at"] == at("2026-01-01T12:00")


def test_the_balance_example() -> None:
    """50 / 0.001 = 50,000 calls; 15 more cost 0.015, which rounds to 0.02."""
    scenario = {"candidates": [{"name": "B", "plan": "balance"}]}
    tables = simulate(CATALOG, scenario, [event("ana", "2026-01-01", "calls", "50015")])
    period = only(tables["periods"])
    assert (period["balance_granted"], period["balance_used"]) == (50, Decimal("50.015"))
    assert (period["balance_overage"], period["overage"]) == (Decimal("0.015"), Decimal("0.02"))
    closing = tables["invoices"][-1]
    assert (closing["kind"], closing["issued_at"], closing["total"]) == ("closing", at("2026-02-01"), Decimal("0.02"))
    assert only(tables["feature_periods"])["amount"] == Decimal("0.02")


def test_columns_of_other_models_are_empty() -> None:
    scenario = {"candidates": [{"name": plan, "plan": plan} for plan in ("metered", "credits", "balance")]}
    tables = simulate(CATALOG, scenario, [event("ana", "2026-01-01", "calls", "1")])
    filled = [{name for name, value in row.items() if value is not None} for row in tables["periods"]]
    assert not any("credits" in name or "balance" in name for name in filled[0])
    assert "plan_credits_granted" in filled[1]
    assert not any("balance" in name for name in filled[1])
    assert "balance_granted" in filled[2]
    assert not any("credits" in name for name in filled[2])


def test_events_outside_the_window_make_no_customer() -> None:
    scenario = {
        "window": {"start": "2026-01-01", "end": "2026-02-01"},
        "start": "window",
        "candidates": [{"name": "M", "plan": "metered"}],
    }
    used = [
        event("ana", "2025-12-31T23:59:59.999999", "calls", "1"),
        event("bob", "2026-02-01", "calls", "1"),
        event("zoe", "2026-01-01", "calls", "1"),
    ]
    assert only(simulate(CATALOG, scenario, used)["customers"])["customer_id"] == "zoe"


@pytest.mark.parametrize("used", [[], [event("bob", "2026-02-01", "calls", "1")]])
def test_without_usage_in_the_window_the_tables_are_empty(used: list[Event]) -> None:
    scenario = {"window": {"start": "2026-01-01", "end": "2026-02-01"}, "candidates": [{"name": "M", "plan": "metered"}]}
    assert not any(simulate(CATALOG, scenario, used).values())
