"""Bad inputs by kind: every value of a document in turn replaced by what it should not be, every cell of a table, every byte.

A kind is a name and what is wrong; `CATALOG` and `SCENARIO` have all that a catalog and a scenario can have.
"""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import yaml

DOCUMENT = yaml.safe_load("""
catalog:
  currency: usd
  features:
    call: {name: API calls, unit: call, unit_cost: 0.0002}
    chat: {name: Chat, unit: request}
  models:
    house/own: {input: 3, output: 15}
  plans:
    free: {name: Free, consumption_model: metered, features: {call: {included: 10}}}
    pro: {name: Pro, consumption_model: metered, prices: {monthly: 20, yearly: 200}, trial_days: 7,
          features: {call: {included: 5, overage: {unit_price: 0.1}}, chat: {unlimited: true}}}
    credits: {consumption_model: credits, prices: {monthly: 9}, included_credits: 10, features: {call: {credits_per_unit: 2}}}
    balance: {consumption_model: balance, prices: {monthly: 5}, included_balance: 5, block_on_exhaustion: true,
              features: {call: {unit_price: 0.5}, chat: {pricing: ai_model, margin: 0.2}}}
  credit_packs:
    small: {name: Small, credits: 50, price: 6, plans: [credits]}
  plan_groups:
    metered: [free, pro]
  offers:
    launch: {percent: 50, cycles: 2}
window: {start: 2026-01-01, end: 2026-03-01}
rows: event
start: first_use
seed: 7
subscriptions:
  - {customer_id: ann, at: 2026-01-03, action: start, plan: pro, candidate: Pro}
candidates:
  - {name: Pro, plan: pro, interval: monthly, offer: launch}
  - {name: Credits, plan: credits, purchases: {pack: small, max_packs_per_period: 3, probability: 0.5}}
  - {name: Balance, plan: balance, top_up: {amount: 5, max_per_period: 2}}
  - {name: Line-up, group: metered, choose: cheapest, blocked_share_max: 0.1}
baseline: Pro
""")

VALUES: tuple[Any, ...] = (
    None,
    True,
    "",
    " ",
    "x",
    "x" * 70_000,
    "n\0l",
    "=1+1",
    "a\nb",
    "\u202e😀",
    "../../etc/passwd",
    "/dev/zero",
    -1,
    0,
    10**30,
    2**63,
    Decimal("0.00000000000000000001"),
    Decimal("1e400"),
    Decimal("NaN"),
    float("inf"),
    float("nan"),
    [],
    {},
    [[]],
    {"": ""},
    {"x": {"x": "x"}},
    [None] * 3,
)

CELLS = (
    "",
    " ",
    "\0",
    "x" * 70_000,
    '"',
    '""',
    "=1+1",
    "-1",
    "1e400",
    "NaN",
    "inf",
    "9" * 5000,
    "0.0000000000001",
    "2026-02-30",
    "0000-00-00",
    "99999-01-01",
    "1e18",
    "\ud7ff\u202e",
    "\ufeff",
    "a\nb",
    "a\r\nb",
    "true",
    "null",
    "{}",
    "[1,",
)


def paths(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document: its values, and the lists and groups that hold them."""
    if path:
        yield path
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, part in parts:
        yield from paths(part, (*path, key))


def with_value(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the document that holds something else at a place."""
    changed = deepcopy(content)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def with_key(content: Any, path: tuple[Any, ...], key: Any) -> Any:
    """A copy of the document in which a key has another name."""
    changed = deepcopy(content)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    if isinstance(holder, dict):
        holder[key] = holder.pop(path[-1])
    return changed
