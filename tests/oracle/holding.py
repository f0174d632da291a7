"""Seats and quota of a subscription as it is lived through: what opens, what rises, and what closes (billing-rules 10)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .amounts import ZERO, decimal
from .held import KINDS, HeldInterval, level_at, price_of
from .line import Line
from .periods import first_day_after
from .records import ACTIVE, TRIAL
from .versions import with_better

if TYPE_CHECKING:
    from .subscription import Subscription


def level_codes(catalog: Mapping[str, Any]) -> list[str]:
    """Seats before quota, each in the catalog's order (12)."""
    features = catalog.get("features", {}).items()
    return [code for kind in KINDS for code, feature in features if (feature or {}).get("type") == kind]


def terms_of_level(subscription: "Subscription", code: str) -> Mapping[str, Any] | None:
    """8.7, 8.8: as far as the customer has adopted it, and with what a grant lends."""
    if subscription.terms is None:
        return None
    features = subscription.terms.features
    if subscription.lent is not None:
        features = with_better(features, subscription.lent.terms.features)
    return features.get(code)


def limit_of(terms: Mapping[str, Any] | None, *, may_be_charged: bool) -> Decimal | None:
    """10.1: without an overage price, on free plans and in trials ``included`` is a hard limit; None: there is none."""
    if terms is None:
        return ZERO
    if terms.get("unlimited") or (terms.get("overage") is not None and may_be_charged):
        return None
    return decimal(terms.get("included") or 0)


def held_at(subscription: "Subscription", code: str, at: datetime) -> Decimal:
    """10.1: a level above a hard limit is held at it until there is room; one that is above already can only fall."""
    holdings = subscription.holdings
    may_be_charged = subscription.terms is not None and not subscription.terms.is_free and subscription.state != TRIAL
    limit = limit_of(terms_of_level(subscription, code), may_be_charged=may_be_charged)
    asked, before = level_at(holdings.asked.get(code, ()), at), holdings.held.get(code, ZERO)
    return asked if limit is None else min(asked, max(limit, before))


def settle(subscription: "Subscription", at: datetime) -> None:
    """What is asked for at a moment becomes what is held, and may be more than is paid for."""
    holdings = subscription.holdings
    for code in holdings.asked:
        asked, held = level_at(holdings.asked[code], at), held_at(subscription, code, at)
        holdings.held[code] = held
        interval = holdings.open.get(code)
        if interval is not None:
            interval.rise_to(held, at)
            interval.closing = held
            interval.refused = max(interval.refused, asked - held)


def prices_now(subscription: "Subscription", terms: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sets of prices beyond ``included``; in a trial, on a free plan and where use is unlimited there are none."""
    assert subscription.terms
    if subscription.state != ACTIVE or terms.get("unlimited"):
        return []
    priced = [price_of({"overage": overage}, subscription.terms.interval) for overage, _ in terms["sets"]]
    return [overage for overage in priced if overage is not None]


def note_levels(subscription: "Subscription", at: datetime) -> None:
    """8.7: the running intervals go on with what holds now; a new feature is trued up from its first day, up to their end."""
    holdings, catalog = subscription.holdings, subscription.market.catalog
    before = dict(holdings.held)
    for code, interval in holdings.open.items():
        terms = terms_of_level(subscription, code)
        interval.included = decimal((terms or {}).get("included") or 0)
        interval.sets = prices_now(subscription, terms) if terms else []
    for code in level_codes(catalog):
        terms = terms_of_level(subscription, code)
        if terms and holdings.span and code in holdings.asked and code not in holdings.open:
            begin_interval(subscription, code, terms, before.get(code, ZERO), *holdings.span)
    settle(subscription, at)


def begin_interval(
    subscription: "Subscription", code: str, terms: Mapping[str, Any], held: Decimal, start: date, end: date
) -> HeldInterval:
    """Without anything in advance."""
    assert subscription.terms
    holdings = subscription.holdings
    interval = HeldInterval(
        plan=subscription.terms.plan,
        feature=code,
        kind=KINDS[subscription.market.catalog["features"][code]["type"]],
        start=start,
        end=end,
        included=decimal(terms.get("included") or 0),
        sets=prices_now(subscription, terms),
        opening=held,
        closing=held,
        refused=ZERO,
        charged=False,
        ahead=(ZERO, None),
        number=holdings.count,
        whole_days=subscription.stub.of_interval if subscription.stub and subscription.state == ACTIVE else None,
    )
    holdings.open[code] = interval
    holdings.intervals.append(interval)
    return interval


def note_rises(subscription: "Subscription", at: datetime, before: Mapping[str, Decimal]) -> None:
    """10.4: more asked for at a moment, and whether more is refused than was; the last level before the window is that at its start.

    ``before``: what was held until then.
    """
    if subscription.state not in (ACTIVE, TRIAL):
        return
    for code, asked in subscription.holdings.asked.items():
        at_start = at == subscription.market.window.start
        earlier = ZERO if at_start else next((level for when, level in reversed(asked) if when < at), ZERO)
        now = level_at(asked, at)
        if now > earlier:
            refused_before = earlier - before.get(code, ZERO)
            subscription.now.rises.append(now - subscription.holdings.held[code] > refused_before)


def seats_reached(subscription: "Subscription", at: datetime, before: Mapping[str, Decimal]) -> None:
    """15.5: seats that are set at a moment reach what is included, once in a period; ``before``: what was held until then."""
    if subscription.state not in (ACTIVE, TRIAL):
        return
    features, holdings = subscription.market.catalog["features"], subscription.holdings
    for code, asked in holdings.asked.items():
        terms = terms_of_level(subscription, code)
        if terms is None or features[code]["type"] != "seats" or at not in dict(asked):
            continue
        may_be_charged = subscription.terms is not None and not subscription.terms.is_free and subscription.state != TRIAL
        limit = limit_of(terms, may_be_charged=may_be_charged)
        earlier = next((level for when, level in reversed(asked) if when < at), ZERO)
        was = earlier if limit is None else min(earlier, max(limit, before.get(code, ZERO)))
        alert, record = (code, "seats.limit_reached"), subscription.now
        told = any(alert == (feature, name) for _, feature, name in record.alerts)
        if was < decimal(terms.get("included") or 0) <= holdings.held[code] and not told:
            record.alerts.append((at, *alert))


def open_intervals(subscription: "Subscription", at: datetime, start: date, end: date, *, charged: bool = True) -> list[Line]:
    """10.1: the paid level is the larger of ``included`` and what is held; in advance what is above ``included``."""
    holdings, catalog = subscription.holdings, subscription.market.catalog
    holdings.open, holdings.span, holdings.count = {}, (start, end), holdings.count + 1
    settle(subscription, at)
    lines = []
    for code in level_codes(catalog):
        terms = terms_of_level(subscription, code)
        if terms is None or code not in holdings.asked:
            continue
        held = holdings.held[code]
        interval = begin_interval(subscription, code, terms, held, start, end)
        interval.refused = level_at(holdings.asked[code], at) - held
        interval.charged = charged and subscription.state == ACTIVE
        if interval.sets:
            interval.ahead = max(ZERO, held - interval.included), interval.sets[0]
        lines += interval.advance_lines(subscription.market.minor_digits)
    return lines


def close_intervals(subscription: "Subscription", at: datetime) -> list[Line]:
    """10.1: open true-ups are charged up to that moment."""
    lines = []
    for interval in subscription.holdings.open.values():
        interval.until = min(interval.end, first_day_after(at))
        lines += interval.true_up_lines(subscription.market.minor_digits)
    subscription.holdings.open, subscription.holdings.span = {}, None
    return lines


def share_until(subscription: "Subscription", at: datetime) -> dict[str, Decimal]:
    """13: true-ups are billed and earned in the periods of their days."""
    shares: dict[str, Decimal] = {}
    for interval in subscription.holdings.open.values():
        share = interval.share(min(interval.end, first_day_after(at)), subscription.market.minor_digits)
        shares[interval.kind] = shares.get(interval.kind, ZERO) + share
    return shares
