"""Alerts (billing-rules 15.5), each once per period."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from .admission import Outcome, Stock, included_units
from .amounts import ONE, ZERO
from .events import Event
from .plans import Terms

EIGHTY_PERCENT = Decimal("0.8")
TEN_PERCENT = Decimal("0.1")
Alert = tuple[datetime, str | None, str]


def alerts_after(event: Event, outcome: Outcome, terms: Terms, stock: Stock) -> Iterator[Alert]:
    """What an event that was just taken tells; `stock.told` says what was told before."""
    told = {"metered": quota, "credits": credits_left, "balance": balance}[terms.model]
    for feature, alert in told(event, outcome, terms, stock):
        if (feature, alert) not in stock.told:
            stock.told.add((feature, alert))
            yield event.timestamp, feature, alert


def quota(event: Event, outcome: Outcome, terms: Terms, stock: Stock) -> Iterator[tuple[str | None, str]]:  # noqa: ARG001
    """Crosses 80 % of what is included, and goes beyond it: only the second where one event does both."""
    feature = terms.features.get(event.feature) or {"unlimited": True}
    included = ZERO if feature.get("unlimited") else included_units(feature)
    used = stock.used_units.get(event.feature, ZERO)
    if included and used > included:
        yield event.feature, "quota.exceeded"
        stock.told.add((event.feature, "quota.threshold_reached"))
    elif included and used >= included * EIGHTY_PERCENT:
        yield event.feature, "quota.threshold_reached"


def credits_left(event: Event, outcome: Outcome, terms: Terms, stock: Stock) -> Iterator[tuple[str | None, str]]:  # noqa: ARG001
    """Plan and purchased together fall to 10 % of the period's grant, a stub's in part, or below, or to 0."""
    if outcome.plan_credits + outcome.purchased_credits > ZERO:
        left = stock.plan_credits + stock.purchased_credits
        if stock.last_grant and left <= stock.last_grant * TEN_PERCENT:
            yield None, "credits.low"
        if left <= ZERO:
            yield None, "credits.depleted"


def balance(event: Event, outcome: Outcome, terms: Terms, stock: Stock) -> Iterator[tuple[str | None, str]]:  # noqa: ARG001
    """Falls to 10 % of the last grant or top-up or below, armed again by the next; or to 0."""
    for line in outcome.purchase:
        topped_up(stock, line.bought)
    if outcome.cost > ZERO:
        if stock.last_grant and stock.balance <= stock.last_grant * TEN_PERCENT:
            yield None, "balance.low"
        if stock.balance <= ZERO:
            yield None, "balance.depleted"


def fallen(terms: Terms, stock: Stock) -> Iterator[str]:
    """What is told when credits or a balance fall otherwise than by an event."""
    left, of = stock.balance if terms.model == "balance" else stock.plan_credits + stock.purchased_credits, stock.last_grant
    alerts = [("low", of > ZERO and left <= of * TEN_PERCENT), ("depleted", left <= ZERO)]
    for name, holds in alerts:
        alert = f"{terms.model}.{name}"
        if holds and (None, alert) not in stock.told:
            stock.told.add((None, alert))
            yield alert


def topped_up(stock: Stock, amount: Decimal) -> None:
    assert amount * ONE >= ZERO
    stock.last_grant = amount
    stock.told.discard((None, "balance.low"))
