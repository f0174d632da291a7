"""Three views of the money (billing-rules 13): per period what was billed, earned, outstanding and forfeited."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from . import add_ons
from .amounts import ZERO, rounded_share
from .events import Row
from .held import KINDS, HeldInterval
from .lots import LotState
from .periods import MONTHS_PER_INTERVAL, day_at
from .plans import Terms
from .records import MONTHS_OF_A_ONE_TIME_PRICE, TRIAL, Record

NANOS = 9


class Lot(NamedTuple):
    """Purchased credits, or a top-up, that one line was paid for."""

    bought: Decimal
    price: Decimal


# --- Base prices -----------------------------------------------------------------------------------------------------


def base_earned(record: Record) -> Decimal:
    """By day over its interval; what lapses because the customer leaves the interval is earned there and then."""
    if record.paid is None or record.end is None:
        return ZERO
    before = record.paid.earned_before(day_at(record.start))
    if record.leaves_interval:
        return record.paid.amount - before - record.credited
    return record.paid.earned_before(day_at(record.end)) - before


def base_outstanding(record: Record) -> Decimal:
    """The unearned part at the end of the period; of an interval that the customer leaves only the credit."""
    if record.paid is None or record.end is None:
        return ZERO
    if record.leaves_interval:
        return record.credited
    return record.paid.amount - record.paid.earned_before(day_at(record.end))


def base_paid_before(record: Record) -> Decimal:
    """What is outstanding of a price that was paid before the window."""
    if record.paid is None or any(line.kind == "plan_base" for line in record.charges):
        return ZERO
    return record.paid.amount - record.paid.earned_before(day_at(record.start))


# --- Seats and quota -------------------------------------------------------------------------------------------------


def held_earned(record: Record, kind: str, digits: int) -> Decimal:
    """By day over the interval what was paid in advance; true-ups in the periods of their days."""
    own = [interval for interval in record.held if interval.kind == kind]
    return sum((advance_earned(record, interval, digits) for interval in own), record.true_ups.get(kind, ZERO))


def advance_earned(record: Record, interval: HeldInterval, digits: int) -> Decimal:
    assert record.end
    before = interval.earned_before(day_at(record.start), digits)
    if record.leaves_interval:
        return interval.advance_amount(digits) - before
    return interval.earned_before(day_at(record.end), digits) - before


def held_outstanding(record: Record, digits: int, kind: str | None = None) -> Decimal:
    if record.leaves_interval or record.end is None:
        return ZERO
    own = [interval for interval in record.held if kind in (None, interval.kind)]
    ends = day_at(record.end)
    return sum((interval.advance_amount(digits) - interval.earned_before(ends, digits) for interval in own), ZERO)


def held_paid_before(record: Record, digits: int) -> Decimal:
    """What is outstanding of what was paid in advance before the window."""
    own = [interval for interval in record.held if not interval.charged]
    starts = day_at(record.start)
    return sum((interval.advance_amount(digits) - interval.earned_before(starts, digits) for interval in own), ZERO)


# --- Purchased credits and top-ups -----------------------------------------------------------------------------------


def lots_of(record: Record, kind: str, minor_digits: int) -> list[Lot]:
    return [Lot(line.bought, line.amount(minor_digits)) for line in record.purchases if line.kind == kind]


def price_of(lots: Sequence[Lot]) -> Decimal:
    return sum((lot.price for lot in lots), ZERO)


def worth_of_oldest(lots: Sequence[Lot], used: Decimal) -> Decimal:
    """The price paid of what is used first, oldest lot first."""
    worth = ZERO
    for lot in lots:
        taken = min(used, lot.bought)
        worth += rounded_share(lot.price, taken, lot.bought, NANOS)
        used -= taken
    return worth


def worth_of_used(lots: Sequence[LotState]) -> Decimal:
    """The price paid for what was used of them."""
    return sum((rounded_share(lot.price, used, lot.credits, NANOS) for lot, used, _ in lots), ZERO)


def worth_of_expired(lots: Sequence[LotState]) -> Decimal:
    """13: what expires is earned then: all that was not used of it."""
    gone = [(lot, used) for lot, used, expired in lots if expired]
    return sum((lot.price - rounded_share(lot.price, used, lot.credits, NANOS) for lot, used in gone), ZERO)


def worth_of_lots(lots: Sequence[LotState]) -> Decimal:
    return sum((lot.price for lot, _, _ in lots), ZERO) - worth_of_used(lots) - worth_of_expired(lots)


def top_ups_earned(record: Record, lots: Sequence[Lot]) -> Decimal:
    """When used, included balance first; or when they lapse: only the window's end leaves any in hand."""
    added = sum((lot.bought for lot in lots), ZERO)
    in_hand = record.top_ups_left if record.cut_by_window else ZERO
    return worth_of_oldest(lots, added - in_hand)


# --- Forfeited -------------------------------------------------------------------------------------------------------


def periods_of_a_price(interval: str) -> int:
    return MONTHS_OF_A_ONE_TIME_PRICE if interval == "one_time" else MONTHS_PER_INTERVAL.get(interval, 1)


def forfeited_value(record: Record) -> Decimal:
    """Lost plan credits at the plan's price per credit, lost included balance as it is; what nobody paid for is worth 0."""
    terms = record.terms
    if terms is None or terms.interval is None or record.state == TRIAL or record.cut_by_window:
        return ZERO
    if terms.model == "balance":
        return record.allowance_left - record.top_ups_left - record.rolled_out
    return credits_value(record.allowance_left - record.rolled_out, terms, terms.interval)


def credits_value(plan_credits: Decimal, terms: Terms, interval: str) -> Decimal:
    if not plan_credits or not terms.allowance:  # what was rolled in may outlast a version that includes credits
        return ZERO
    return rounded_share(terms.base_price, plan_credits, terms.allowance * periods_of_a_price(interval), NANOS)


# --- The table -------------------------------------------------------------------------------------------------------


def account_rows(key: Row, records: Sequence[Record], money: Sequence[Row], minor_digits: int) -> list[Row]:
    """One row for each of ``records``, with what it was billed in ``money``; to nanos, exactly."""
    rows: list[Row] = []
    lots_before: list[LotState] = []
    opening = base_paid_before(records[0]) + held_paid_before(records[0], minor_digits)
    opening += add_ons.paid_before(records[0])
    for record, own in zip(records, money, strict=True):
        expired = worth_of_expired(record.lots) - worth_of_expired(lots_before)
        used = worth_of_used(record.lots) - worth_of_used(lots_before)
        lots_before = list(record.lots)
        top_ups = lots_of(record, "top_up", minor_digits)
        earned = {
            "earned_base": base_earned(record),
            "earned_overage": own["overage"],
            "earned_commitment": own["commitment"],
            "earned_packs": used,
            "earned_expired_credits": expired,
            "earned_top_ups": top_ups_earned(record, top_ups),
            "earned_addons": add_ons.earned(record),
            "customer_credit": record.customer_credit,
        }
        outstanding = {
            "outstanding_base": base_outstanding(record),
            "outstanding_credits": worth_of_lots(record.lots),
            "outstanding_top_ups": price_of(top_ups) - earned["earned_top_ups"],
            "outstanding_addons": add_ons.outstanding(record),
        }
        earned_ahead = sum((held_earned(record, kind, minor_digits) for kind in KINDS.values()), ZERO)
        closing = sum(outstanding.values(), held_outstanding(record, minor_digits))
        rows.append(
            {
                **key,
                "period_index": record.index,
                "period_start": record.start,
                "period_end": record.end,
                "billed": own["billed"],
                "earned": sum(earned.values(), earned_ahead),
                "outstanding_opening": opening,
                "outstanding_closing": closing,
                "forfeited_value": forfeited_value(record),
                **earned,
                **outstanding,
            }
        )
        opening = closing
    return rows
