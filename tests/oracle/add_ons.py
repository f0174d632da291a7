"""Add-ons (billing-rules 10.3): which are active, what is charged for them, and when what was paid in advance is earned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any

from .amounts import ONE, ZERO, decimal, rounded_share
from .line import Line
from .periods import billing_day_before, day_at, months_after, period_start_day, periods_per_charge
from .records import TRIAL, Record

if TYPE_CHECKING:
    from .plans import Terms
    from .subscription import Subscription

NANOS = 9


@dataclass
class AddOnPrice:
    """What was paid in advance for one, rounded, for the days from ``start`` to ``end``.

    ``periods``: the billing periods in which those days lie. ``charged``: within the window. ``ended_in``: the index of the period in which ``end_add_on`` stopped it.
    """

    code: str
    amount: Decimal
    start: date
    end: date
    charged: bool = True
    ended_in: int | None = None
    periods: int = 1

    def earned_before(self, day: date) -> Decimal:
        """13: by day."""
        days = max(1, (self.end - self.start).days)
        return rounded_share(self.amount, max(0, min((day - self.start).days, days)), days, NANOS)


@dataclass
class AddOns:
    """Those of a subscription. ``active``: their codes; ``paid``: what was paid for them in the present interval."""

    active: list[str] = field(default_factory=list)
    paid: list[AddOnPrice] = field(default_factory=list)


def written(subscription: "Subscription", code: str) -> Mapping[str, Any]:
    add_on: Mapping[str, Any] = subscription.market.catalog["addons"][code]
    return add_on


def in_order(subscription: "Subscription") -> list[str]:
    """12: the catalog's."""
    return [code for code in subscription.market.catalog.get("addons") or {} if code in subscription.add_ons.active]


# --- What it costs ---------------------------------------------------------------------------------------------------


def price_for(add_on: Mapping[str, Any], interval: str | None) -> Decimal | None:
    """For one interval; on free and one-time plans that is a month. A number is for a month."""
    key = "monthly" if interval in (None, "one_time") else interval
    price = add_on["base_price"]
    if isinstance(price, Mapping):
        return decimal(price[key]) if key in price else None
    return decimal(price) if key == "monthly" else None


def interval_now(subscription: "Subscription") -> tuple[date, date, int]:
    """The first day and the end of the paid interval, and the days of the whole one that prices are for.

    In a trial: the trial, and the interval that would have begun with it.
    """
    anchor = subscription.anchor
    if subscription.state == TRIAL:
        return anchor, subscription.trial_end, days_of_interval_begun(subscription.terms_now, anchor)
    stub, paid = subscription.stub, subscription.paid
    if stub is not None:
        return stub.start, stub.end, stub.of_interval
    if paid is not None and paid.end is not None:
        return paid.start, paid.end, (paid.end - paid.start).days
    index = subscription.periods_since_anchor
    start, end = (period_start_day(anchor, None, index + more) for more in (0, 1))
    return start, end, (end - start).days


def days_of_interval_begun(terms: "Terms", day: date) -> int:
    """Of the one that would begin on a day; where that is a stub, of the whole one that would end with it (2.2)."""
    months = None if terms.interval == "weekly" else periods_per_charge(str(terms.interval))
    if months is None:
        return 7
    if terms.billing_day is None or day.day == terms.billing_day:
        return (months_after(day, months) - day).days
    end = months_after(billing_day_before(day, terms.billing_day), 1)
    return (end - months_after(end, -months)).days


def charge(subscription: "Subscription", code: str, start: date, *, in_full: bool) -> Line:
    """From a day to the interval's end: price x days / days."""
    _, end, of_days = interval_now(subscription)
    price, digits = price_for(written(subscription, code), subscription.terms_now.interval), subscription.market.minor_digits
    assert price is not None
    days = max(0, (end - start).days)
    amount = rounded_share(price, days, of_days, digits)
    periods = periods_between(subscription, start, end)
    subscription.add_ons.paid.append(AddOnPrice(code, amount, start, end, periods=periods))
    if in_full and days == of_days:
        return Line("addon_base", code, ONE, price)
    return Line("addon_base", code, ONE, price, whole=amount, days=days)


def periods_between(subscription: "Subscription", start: date, end: date) -> int:
    """Billing periods that have a day from ``start`` to ``end``, both of one paid interval."""
    interval = subscription.terms_now.interval
    if subscription.state == TRIAL or subscription.stub is not None or periods_per_charge(str(interval)) == 1:
        return 1
    bounds = takewhile(lambda day: day < end, (period_start_day(subscription.anchor, interval, index) for index in count()))
    return 1 + sum(day > start for day in bounds)


def charge_all(subscription: "Subscription") -> list[Line]:
    """10.3: with every charge of the base price in full, in a stub for its days."""
    subscription.add_ons.paid = []
    start = interval_now(subscription)[0]
    return [charge(subscription, code, start, in_full=True) for code in in_order(subscription)]


# --- What it lets a customer use -------------------------------------------------------------------------------------


def feature_of(add_on: Mapping[str, Any]) -> Mapping[str, Any]:
    """As a plan would have it; a boolean one is just there."""
    if add_on["consumption_model"] == "boolean":
        return {"unlimited": True, "sets": []}
    keys = ("included", "overage", "credits_per_unit", "unit_price", "pricing", "margin", "token_rate")
    terms = {key: add_on[key] for key in keys if add_on.get(key) is not None}
    return {**terms, "sets": [(add_on["overage"], None)] if add_on.get("overage") else []}


def features_active(subscription: "Subscription") -> dict[str, Mapping[str, Any]]:
    active = [written(subscription, code) for code in subscription.add_ons.active]
    return {add_on["feature"]: feature_of(add_on) for add_on in active}


def fits(add_on: Mapping[str, Any], terms: "Terms") -> bool:
    """Boolean for every plan, else of the plan's model; not where the plan has the feature itself."""
    return add_on["consumption_model"] in ("boolean", terms.model) and add_on["feature"] not in terms.features


def drop_what_the_plan_has(subscription: "Subscription") -> None:
    """10.3: where the new plan has the feature, the add-on ends."""
    own = subscription.terms_now.features
    active = subscription.add_ons.active
    subscription.add_ons.active = [code for code in active if written(subscription, code)["feature"] not in own]


# --- What it costs a period ------------------------------------------------------------------------------------------


def share(record: Record) -> Fraction:
    """15.8: of each payment the same for every billing period that has days of it."""
    assert record.due
    end = day_at(record.due)
    return sum((Fraction(price.amount) / price.periods for price in record.add_ons if price.start < end), Fraction(0))


# --- What is earned --------------------------------------------------------------------------------------------------


def earned(record: Record) -> Decimal:
    """13: by day over the interval; what ends early is earned then."""
    return sum((earned_of(record, price) for price in record.add_ons), ZERO)


def earned_of(record: Record, price: AddOnPrice) -> Decimal:
    assert record.end
    before = price.earned_before(day_at(record.start))
    if record.leaves_interval or price.ended_in == record.index:
        return price.amount - before
    return price.earned_before(day_at(record.end)) - before


def outstanding(record: Record) -> Decimal:
    if record.leaves_interval or record.end is None:
        return ZERO
    lasting = [price for price in record.add_ons if price.ended_in != record.index]
    return sum((price.amount - price.earned_before(day_at(record.end)) for price in lasting), ZERO)


def paid_before(record: Record) -> Decimal:
    """What is outstanding of what was paid in advance before the window."""
    own = [price for price in record.add_ons if not price.charged]
    return sum((price.amount - price.earned_before(day_at(record.start)) for price in own), ZERO)
