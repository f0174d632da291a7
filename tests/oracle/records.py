"""What is written down of a billing period, or of a stretch without one, and the invoices."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .admission import Outcome, included_units, least_cost, overage_of
from .amounts import ONE, ZERO, rounded_half_up, rounded_share
from .events import Event
from .held import HeldInterval
from .line import Line
from .lots import LotState
from .periods import first_day_after, months_after
from .plans import Terms
from .tiers import exact_cost, overage_charges

TRIAL = "trial"
ACTIVE = "active"
PAUSED = "paused"
CANCELED = "canceled"

MONTHS_OF_A_ONE_TIME_PRICE = 12


def days_remaining(moment: datetime, end: date) -> int:
    """8.2: the whole days from ``moment`` to ``end``; at 00:00 the day of the moment is one of them, later it is not."""
    return (end - first_day_after(moment)).days


@dataclass(frozen=True)
class PaidInterval:
    """8.2: a base price that was charged, after its discount as invoiced; ``end`` is None for a one-time price.

    ``discount``: what is taken off the list price, as invoiced. ``base``: the line of the base price, before a discount.
    """

    start: date
    end: date | None
    amount: Decimal
    discount: Decimal = ZERO
    base: Decimal = ZERO

    def credit(self, moment: datetime, plan: str, minor_digits: int) -> Line | None:
        """8.2: price paid x days remaining / days in the interval; a one-time price leaves nothing to credit."""
        if self.end is None or self.end == self.start:
            return None
        days, remaining = (self.end - self.start).days, days_remaining(moment, self.end)
        per_day = rounded_share(self.amount, 1, days, 9)
        amount = rounded_share(self.amount, remaining, days, minor_digits)
        return Line("credit", plan, Decimal(remaining), -per_day, whole=-amount)

    def earned_before(self, day: date) -> Decimal:
        """13: by day over the interval; a one-time price over twelve months."""
        end = self.end or months_after(self.start, MONTHS_OF_A_ONE_TIME_PRICE)
        days = max(1, (end - self.start).days)
        return rounded_share(self.amount, max(0, min((day - self.start).days, days)), days, 9)


@dataclass
class FeatureCount:
    """What became of the events of one feature in one period."""

    outcomes: list[tuple[Event, Outcome]] = field(default_factory=list)

    @property
    def demanded(self) -> Decimal:
        """15.7: less what corrections gave back."""
        return sum((max(event.value, ZERO) - outcome.corrected for event, outcome in self.outcomes), ZERO)

    @property
    def blocked_events(self) -> int:
        return sum(outcome.reason is not None for _, outcome in self.outcomes)

    @property
    def blocked_reason(self) -> str | None:
        """The first."""
        return next((outcome.reason for _, outcome in self.outcomes if outcome.reason), None)

    def total(self, quantity: str) -> Decimal:
        return sum((getattr(outcome, quantity) for _, outcome in self.outcomes), ZERO)


@dataclass
class Record:
    """A billing period, or a stretch that is paused or canceled: what happened, and what was held at its ends."""

    index: int
    state: str
    start: datetime
    due: datetime | None  # when it ends by itself; None for a stretch
    terms: Terms | None  # None before the start
    granted: Decimal
    purchased_credits_opening: Decimal
    paid: PaidInterval | None = None
    stub: bool = False
    version: str | None = None
    charges: list[Line] = field(default_factory=list)
    outcomes: list[tuple[Event, Outcome]] = field(default_factory=list)
    purchases: list[Line] = field(default_factory=list)
    below_zero: dict[str, Decimal] = field(default_factory=dict)
    # at its end
    end: datetime | None = None
    closed_early: bool = False
    cut_by_window: bool = False
    cut_by_start: bool = False
    leaves_interval: bool = False
    cancellation_waits: bool = False
    credited: Decimal = ZERO
    held: list[HeldInterval] = field(default_factory=list)
    true_ups: dict[str, Decimal] = field(default_factory=dict)
    customer_credit: Decimal = ZERO
    allowance_left: Decimal = ZERO
    purchased_credits_closing: Decimal = ZERO
    rolled_in: Sequence[Decimal] = ()
    rolled_out: Decimal = ZERO
    expired: Decimal = ZERO
    given: Decimal = ZERO
    taken: Decimal = ZERO
    purchased_adjusted: Decimal = ZERO
    top_ups_left: Decimal = ZERO
    notes: list[Any] = field(default_factory=list)
    lots: Sequence[LotState] = ()
    free_units: dict[str, Decimal] = field(default_factory=dict)
    free_value: Decimal = ZERO
    reached_at: datetime | None = None
    interval_commitment: Decimal = ZERO
    committed: list[Line] = field(default_factory=list)
    alerts: list[tuple[datetime, str | None, str]] = field(default_factory=list)
    add_ons: list[Any] = field(default_factory=list)
    add_on_features: dict[str, Any] = field(default_factory=dict)
    activated: list[Line] = field(default_factory=list)
    rises: list[bool] = field(default_factory=list)  # 10.4: of each whether more of the level is refused than before

    def list_price(self, digits: int) -> Decimal:
        """As it would be invoiced for the interval that the period is part of."""
        assert self.terms
        if self.terms.interval is not None and self.paid is not None:
            return self.paid.amount + self.paid.discount
        return rounded_half_up(self.terms.base_price, digits)

    @property
    def allowance_used(self) -> Decimal:
        """15.2: what is gone of all that was granted, rolled in and given (8.6); top-ups are used last."""
        there = self.granted + sum(self.rolled_in, ZERO) + self.given
        return there - (self.allowance_left - self.top_ups_left)

    def total(self, quantity: str) -> Decimal:
        return sum((getattr(outcome, quantity) for _, outcome in self.outcomes), ZERO)

    def bought(self, kind: str) -> Decimal:
        return sum((line.bought for line in self.purchases if line.kind == kind), ZERO)

    def features(self) -> dict[str, FeatureCount]:
        """By feature code, in plain string order."""
        counts: dict[str, FeatureCount] = {}
        for event, outcome in self.outcomes:
            counts.setdefault(event.feature, FeatureCount()).outcomes.append((event, outcome))
        return dict(sorted(counts.items()))


def metered_overage_units(code: str, count: FeatureCount, terms: Terms | None, free: Decimal = ZERO) -> Decimal:
    """4.2: max(0, used - included) where there is an overage price; 15.5: less those that are free."""
    feature = terms.features.get(code) if terms else None
    if terms is None or feature is None or feature.get("unlimited") or overage_of(feature, terms) is None:
        return ZERO
    return max(ZERO, count.total("served") - free - included_units(feature))


def free_overage(record: Record) -> Decimal:
    """15.5: what units that are free as they lie beyond the cap would have cost beside those that are charged."""
    value = ZERO
    for code, count in record.features().items():
        free = record.free_units.get(code, ZERO)
        if free and record.terms:
            feature = record.terms.features[code]
            if feature.get("unlimited") or overage_of(feature, record.terms) is None:
                continue
            used = count.total("served") - included_units(feature)
            value += least_cost(feature, used) - least_cost(feature, used - free)
    return max(value, ZERO)


def metered_overage_lines(record: Record) -> list[Line]:
    lines = []
    for code, count in record.features().items():
        units = metered_overage_units(code, count, record.terms, record.free_units.get(code, ZERO))
        if units and record.terms:
            sets = record.terms.features[code]["sets"]
            overage, version = min(sets, key=lambda pair: exact_cost(pair[0], units))
            lines += [replace(line, version=version) for line in overage_charges(code, units, overage)]
    return lines


def overage_lines(record: Record) -> list[Line]:
    """4.2, 6.2: what a period's usage adds to the invoice after it. Credits have no overage (5.4)."""
    if record.terms is None:
        return []
    if record.terms.model == "metered":
        return metered_overage_lines(record)
    below_zero = sum(record.below_zero.values(), ZERO)
    line = Line("balance_overage", record.terms.plan, ONE, below_zero, version=record.terms.version)
    return [line] if below_zero else []


@dataclass(frozen=True)
class Invoice:
    """12; it is for ``span`` where that is given, else for the whole of the period it belongs to."""

    kind: str
    issued_at: datetime
    record: Record
    span: tuple[datetime, datetime] | None
    lines: Sequence[tuple[Line, Decimal]]

    @property
    def period_start(self) -> datetime:
        return self.span[0] if self.span else self.record.start

    @property
    def period_end(self) -> datetime:
        end = self.span[1] if self.span else self.record.end
        assert end is not None
        return end

    @property
    def total(self) -> Decimal:
        return sum((amount for _, amount in self.lines), ZERO)
