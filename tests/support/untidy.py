"""Untidy usage, and scenarios that make everything about it matter: order, chance, actions, line-ups, rows that are wrong."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

SCENARIO = {
    "catalog": {
        "currency": "usd",
        "features": {"call": {}, "image": {}, "chat": {}},
        "plans": {
            "metered": {
                "consumption_model": "metered",
                "prices": {"monthly": 99},
                "features": {
                    "call": {
                        "included": 20,
                        "overage": {
                            "tiers_mode": "graduated",
                            "tiers": [{"up_to": 50, "unit_price": "0.000000123", "flat_amount": 1}, {"unit_price": "0.25"}],
                        },
                    },
                    "image": {"included": 40},
                },
            },
            "credits": {
                "consumption_model": "credits",
                "prices": {"monthly": 49, "yearly": 490},
                "included_credits": 300,
                "features": {"call": {"credits_per_unit": 1}, "image": {"credits_per_unit": "7.5"}},
            },
            "balance": {
                "consumption_model": "balance",
                "prices": {"weekly": 5},
                "block_on_exhaustion": True,
                "features": {"call": {"unit_price": "0.01"}, "chat": {"unit_price": "0.333333333"}},
            },
        },
        "credit_packs": {"small": {"credits": 50, "price": 4}, "large": {"credits": 400, "price": 20}},
    },
    "seed": 11,
    "window": {"start": "2026-01-10", "end": "2026-04-05"},
    "candidates": [
        {"name": "Metered", "plan": "metered"},
        {
            "name": "Credits",
            "plan": "credits",
            "interval": "yearly",
            "purchases": {"pack": "smallest_sufficient", "max_packs_per_period": 3, "probability": "0.4"},
        },
        {"name": "Balance", "plan": "balance", "top_up": {"amount": 2, "max_per_period": 2, "probability": "0.7"}},
    ],
}
"""Hard limits make the order of events matter, and chances make the hash of a customer matter."""


SUBSCRIPTIONS = [
    {"customer_id": "customer 3", "at": "2026-01-05", "action": "start", "item": "half"},
    {"customer_id": "customer 3", "at": "2026-02-20T06:00:00", "action": "cancel", "when": "now"},
    {"customer_id": "customer 4", "at": "2026-02-01", "action": "pause"},
    {"customer_id": "customer 4", "at": "2026-02-21", "action": "resume"},
    {"customer_id": "customer 5", "at": "2026-02-21", "action": "resume"},
    {"customer_id": "no usage", "at": "2026-02-10", "action": "start"},
    {"customer_id": "no usage", "at": "2026-03-10", "action": "buy_pack", "item": "large", "candidate": "Credits"},
    {"customer_id": "no usage either", "at": "2026-03-10", "action": "pause"},
]
"""Two customers are left out; one is there that the usage does not know."""


LIVELY = {
    **SCENARIO,
    "catalog": {
        **SCENARIO["catalog"],
        "offers": {"half": {"percent": 50, "cycles": 2}},
        "plans": {
            **SCENARIO["catalog"]["plans"],
            "larger": {
                **SCENARIO["catalog"]["plans"]["metered"],
                "prices": {"monthly": 120},
                "features": {name: {"unlimited": True} for name in ("call", "image", "chat")},
            },
        },
        "plan_groups": {"all": ["metered", "larger"]},
    },
    "candidates": [
        *SCENARIO["candidates"],
        {"name": "Cheapest", "group": "all", "blocked_share_max": "0.35"},
        {"name": "Upgrade", "group": "all", "choose": "upgrade", "upgrade_after_periods": 1},
    ],
    "subscriptions": SUBSCRIPTIONS,
}
"""All of it at once: three models, two line-ups, and customers who act, some of them senselessly."""


def usage_table(events: int = 6_000, *, customers: int = 40, seed: int = 3) -> pa.Table:
    """Untidy usage: one customer has half of all events, times repeat, some ids come twice, some rows are wrong."""
    rng = np.random.default_rng(seed)
    who = np.where(rng.random(events) < 0.5, 0, rng.integers(1, customers, events))
    first = datetime(2026, 1, 1, tzinfo=UTC)
    times = [(first + timedelta(hours=int(hour))).isoformat() for hour in rng.integers(0, 24 * 100, events)]
    ids = [f"id-{number}" if number % 3 else None for number in rng.integers(0, events * 3, events)]
    values = rng.choice(["1", "2.5", "0.000001", "13", " 4 ", ""], events)
    features = rng.choice(["call", "image", "chat", "unknown"], events, p=[0.5, 0.3, 0.15, 0.05])
    names = [f" customer {code} " if row % 7 else f"customer {code}" for row, code in enumerate(who)]
    table = {
        "customer_id": names, "timestamp": times, "feature": features.tolist(), "value": values.tolist(), "event_id": ids,
    }  # fmt: skip
    for row, (column, wrong) in enumerate(
        [("customer_id", "  "), ("timestamp", "yesterday"), ("value", "-1"), ("feature", ""), ("value", "many")] * 4
    ):
        table[column][row * (events // 21) + 5] = wrong
    return pa.table({name: pa.array(column, pa.string()) for name, column in table.items()})


def in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names])
