"""What seats and quota add to the tables of a result folder (interfaces.md)."""

from collections.abc import Mapping
from typing import Any

from .accounts import held_earned, held_outstanding
from .amounts import ZERO
from .events import Row
from .held import KINDS, HeldInterval
from .holding import level_codes
from .line_ups import plans_of
from .periods import midnight
from .subscription import Subscription
from .versions import documents


def uses_levels(catalog: Mapping[str, Any], scenario: Mapping[str, Any]) -> bool:
    """A plan that customers can be on has seats or quota, or somebody asks for them."""
    types = {code: (feature or {}).get("type") for code, feature in catalog.get("features", {}).items()}
    plans = {plan for candidate in scenario["candidates"] for plan in plans_of(candidate, catalog)}
    rows = scenario.get("subscriptions") or []
    plans |= {row["plan"] for row in rows if row.get("plan")}
    whole = [document for plan in plans for document in documents(catalog["plans"][plan])]
    has = any(types.get(code) in KINDS for document in whole for code in document.get("features") or {})
    return has or bool(scenario.get("levels")) or any(row["action"] in ("set_level", "change_level") for row in rows)


def add_holdings(tables: dict[str, list[Row]], key: Row, subscription: Subscription) -> None:
    """Columns on the rows that the customer has, and its rows of the table ``levels``."""
    digits, records = subscription.market.minor_digits, subscription.records
    own = {name: [row for row in rows if key.items() <= row.items()] for name, rows in tables.items()}
    for name, kind in KINDS.items():
        for row, account, record in zip(own["periods"], own["accounts"], records, strict=True):
            charged = sum((line.amount(digits) for line in record.charges if line.kind == kind), ZERO)
            row[name] = charged + record.true_ups.get(kind, ZERO)
            account[f"earned_{name}"] = held_earned(record, kind, digits)
            account[f"outstanding_{name}"] = held_outstanding(record, digits, kind)
        own["customers"][0][name] = sum((row[name] for row in own["periods"]), ZERO)
    lines = [line for invoice in subscription.invoices for line, _ in invoice.lines]
    for row, line in zip(own["invoice_lines"], lines, strict=True):
        row["days"] = line.days
    codes = level_codes(subscription.market.catalog)
    in_order = sorted(subscription.holdings.intervals, key=lambda interval: (interval.number, codes.index(interval.feature)))
    tables.setdefault("levels", []).extend({**key, **level_row(interval, digits)} for interval in in_order)


def level_row(interval: HeldInterval, digits: int) -> Row:
    return {
        "plan": interval.plan,
        "interval_start": midnight(interval.start),
        "interval_end": midnight(interval.end),
        "feature": interval.feature,
        "included": interval.included,
        "opening": interval.opening,
        "paid": interval.paid,
        "closing": interval.closing,
        "refused": interval.refused,
        "advance_units": interval.in_advance if interval.charged else ZERO,
        "advance_amount": interval.advance_amount(digits) if interval.charged else ZERO,
        "true_up_unit_days": interval.unit_days(interval.until),
        "true_up_amount": interval.true_up_amount(interval.until, digits),
    }
