"""Cancellations: usage that ends does not end a subscription, unless subscriptions have been canceled in history (decisions.md 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commet_core.decide.forecast.hashing import CANCEL, key_of, uniform
from commet_core.decide.forecast.history import History
from commet_core.scenario.subscriptions import SubscriptionRow

if TYPE_CHECKING:
    from commet_core.decide.forecast.paths import Piece

STARTS = ("start", "reactivate")


def cancel_share(history: History) -> float:
    """Cancellations in history ÷ the customer-steps in which one could have been; 0 where the rows hold none."""
    start, end = (history.steps.date(step).isoformat() for step in (history.steps.first, history.steps.origin))
    rows = [row for row in history.scenario.subscriptions if row.action == "cancel" and start <= row.at[:10] < end]
    canceled = {row.customer_id for row in rows}
    steps_seen = int(np.sum(history.steps.count - history.firsts))
    return min(1.0, len(canceled) / steps_seen) if steps_seen else 0.0


def path_rows(piece: Piece, path: int) -> list[SubscriptionRow]:
    """The cancellations of a path: each step, of those who are subscribed, by one hash per customer and step."""
    drawing, share = piece.drawing, piece.drawing.parts.cancel_share
    if share <= 0:
        return []
    steps, usage, key = drawing.parts.history.steps, piece.usage, drawing.path_key(path)
    lasting = _not_canceled(drawing.parts.history)
    rows = []
    hashes = drawing.parts.history.usage.customer_hashes(drawing.seed)[piece.first : piece.last]
    for customer, hashed in zip(usage.customers.to_pylist(), hashes, strict=True):
        if customer not in lasting:
            continue
        own = key_of(key, CANCEL, hashed)
        for step in range(drawing.steps):
            if uniform(key_of(own, CANCEL, step)) < share:
                day = steps.date(steps.origin + step).isoformat()
                rows.append(SubscriptionRow(customer_id=customer, at=day, action="cancel", when="period_end", file="forecast"))
                break
    return rows


def _not_canceled(history: History) -> frozenset[str]:
    """Customers whose last cancellation, if there is one, has been taken back."""
    last: dict[str, str] = {}
    for row in sorted(history.scenario.subscriptions, key=lambda row: row.at):
        if row.action in ("cancel", *STARTS):
            last[row.customer_id] = row.action
    return frozenset(customer for customer in history.usage.customers.to_pylist() if last.get(customer) != "cancel")
