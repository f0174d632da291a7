"""One customer's subscription, lived through moment by moment (billing-rules 3.1, 7, 8, 9).

What comes at one moment comes in this order: the reset, the actions in the order of the file, the events in the order of
the input.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from . import add_ons
from .add_ons import AddOns
from .adjusting import adjust_stock, pay_back, tell_of_a_fall
from .admission import (
    NOT_SUBSCRIBED,
    WHILE_PAUSED,
    Assumptions,
    Outcome,
    Stock,
    admit,
    lot_of,
    note_cap,
    pack_line,
    rate_anew,
    spend,
    top_up_line,
)
from .alerts import alerts_after, topped_up
from .amounts import ONE, ZERO, decimal, rounded_share
from .buyers import is_buyer
from .commitments import (
    CANCEL,
    CHANGE,
    OTHER_PLAN,
    PAUSE,
    RENEWAL,
    RESUME,
    SAME,
    WINDOW,
    Commitment,
    PriceInAdvance,
    begun,
    due_line,
    is_over,
    next_term,
    pause_counted,
)
from .events import Action, Event
from .held import Holdings, asked_levels, level_at, moves_of
from .holding import close_intervals, held_at, limit_of, note_levels, note_rises, open_intervals, seats_reached, share_until
from .holding import settle as settle_levels
from .line import Line
from .lots import LotState, expire_until, rolled_over, total
from .offers import Offer, OfferPhase, Use, offer_named, offer_of_promo_code, reason_against, reduction
from .periods import (
    ONE_TIME,
    Window,
    base_is_charged_after,
    billing_day_before,
    day_at,
    first_day_after,
    interval_end_day,
    midnight,
    months_after,
    period_start_day,
    periods_per_charge,
)
from .plans import (
    Terms,
    billing_interval,
    change_is_immediate,
    change_is_refused,
    default_interval,
    is_move_up,
    share_a_group,
    terms_of,
)
from .records import (
    ACTIVE,
    CANCELED,
    MONTHS_OF_A_ONE_TIME_PRICE,
    PAUSED,
    TRIAL,
    Invoice,
    PaidInterval,
    Record,
    free_overage,
    overage_lines,
)
from .versions import Adoption, adoptions, day_of, days, documents, version_of_day, with_better

CANCELLATION = "cancellation"


class ImpossibleLife(Exception):
    """An action that cannot be taken where the customer stands."""


def require(possible: bool, why: str) -> None:
    if not possible:
        raise ImpossibleLife(why)


@dataclass(frozen=True)
class Route:
    """Where a line-up takes a customer after its first plan.

    ``moves``: the plan that comes into force with a period, by that period's index in the window. ``trial_days``: of the
    start, where they are not those of the plan itself. ``on_trial``: a start may have one, by the plan or by an offer.
    ``at_list``: offers take nothing off, as a move ends them.
    """

    moves: Mapping[int, str] = field(default_factory=dict)
    trial_days: int | None = None
    on_trial: bool = True
    at_list: bool = False


STAY = Route()


@dataclass(frozen=True)
class Market:
    """What is the same for every customer of a candidate.

    ``beyond_limits``: 9.3, the customers whose promo code has been used as often as it may be.
    """

    catalog: Mapping[str, Any]
    candidate: Mapping[str, Any]
    seed: int
    window: Window
    assumptions: Assumptions
    minor_digits: int
    beyond_limits: AbstractSet[str] = frozenset()
    versions: Sequence[Mapping[str, Any]] = ()
    levels: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass
class Money:
    """8.9: a customer credit, and what is left of it."""

    granted: Decimal
    until: datetime | None
    left: Decimal

    def is_there(self, at: datetime) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True)
class Stub:
    """2.2: days in it, and in the month and the interval that would end with it; ``start`` is the first that it pays for."""

    start: date
    end: date
    of_month: int
    of_interval: int

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True)
class Grant:
    """8.8: a plan that is lent; ``until`` is None where it waits for its end."""

    terms: Terms
    until: datetime | None


@dataclass
class Subscription:
    """Where a customer stands now, and what was written down until now."""

    customer_id: str
    market: Market
    state: str = CANCELED
    terms: Terms | None = None
    anchor: date = date.min
    periods_since_anchor: int = 0
    periods_since_charge: int = 0
    trial_end: date = date.min
    paid: PaidInterval | None = None
    offer: Offer | None = None
    offer_charges: int = 0
    next_offer: Offer | None = None
    redemption: Use | None = None
    started: date = date.min
    money: list[Money] = field(default_factory=list)
    lent: Grant | None = None
    carried: Decimal = ZERO
    adopted: int = 0
    price_adopted: int = 0
    scheduled: Terms | str | None = None
    stock: Stock = field(default_factory=Stock)
    current: Record | None = None
    records: list[Record] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    route: Route = field(default_factory=Route)
    asked_interval: str | None = None
    holdings: Holdings = field(default_factory=Holdings)
    commitment: Commitment | None = None
    prices: list[PriceInAdvance] = field(default_factory=list)
    started_on: date = date.min
    stub: Stub | None = None
    add_ons: AddOns = field(default_factory=AddOns)

    @property
    def now(self) -> Record:
        assert self.current is not None
        return self.current

    @property
    def terms_now(self) -> Terms:
        assert self.terms is not None
        return self.terms


# --- Invoices (12) ---------------------------------------------------------------------------------------------------

LINE_KINDS = (
    "plan_base",
    "addon_base",
    "feature_seats",
    "feature_quota",
    "feature_overage",
    "balance_overage",
    "commitment",
    "credit",
    "discount",
    "promo_code_discount",
    "credit_pack",
    "top_up",
)


def place_on_invoice(line: Line, catalog: Mapping[str, Any]) -> tuple[int, bool, int]:
    """12: by kind, of seats and quota in advance first, and in the catalog's order; purchases have invoices of their own."""
    listed = {"credit_pack": "credit_packs", "addon_base": "addons"}.get(
        line.kind, "features" if line.kind.startswith("feature_") else ""
    )
    codes = list(catalog.get(listed) or {})
    return LINE_KINDS.index(line.kind), line.charge == "true_up", codes.index(line.item) if line.item in codes else len(codes)


def issue(
    subscription: Subscription,
    kind: str,
    issued_at: datetime,
    record: Record,
    lines: Sequence[Line],
    span: tuple[datetime, datetime] | None = None,
) -> None:
    """12: a line that rounds to zero is left out, the base aside; without lines there is no invoice."""
    catalog = subscription.market.catalog
    ordered = sorted(lines, key=lambda line: place_on_invoice(line, catalog))
    amounts = [(line, line.amount(subscription.market.minor_digits)) for line in ordered]
    kept = [(line, amount) for line, amount in amounts if amount or line.kind == "plan_base"]
    if not kept:
        return
    due = sum((amount for _, amount in kept), ZERO) + subscription.carried
    taken = take_credit(subscription, issued_at, max(ZERO, due)) if kind == "recurring" else ZERO
    if taken:
        kept.append((Line("credit", "customer_credit", ONE, -taken), -taken))
        record.customer_credit -= taken
    subscription.carried = min(ZERO, due)
    subscription.invoices.append(Invoice(kind, issued_at, record, span, kept))


def take_credit(subscription: Subscription, at: datetime, due: Decimal) -> Decimal:
    """8.9: first in, first out, at most what is still to be paid; what expires at this moment is gone (3.1)."""
    taken = ZERO
    for money in subscription.money:
        if money.is_there(at):
            part = min(due - taken, money.left)
            money.left -= part
            taken += part
    return taken


def grant_credit(subscription: Subscription, action: Action) -> None:
    """8.9: in any state."""
    assert action.amount is not None
    subscription.money.append(Money(action.amount, action.until, action.amount))


# --- Periods ---------------------------------------------------------------------------------------------------------


def next_period_end(subscription: Subscription) -> datetime:
    """2.2; in a trial only metered usage resets before the trial's end, credits and balance are granted once (7.2)."""
    terms = subscription.terms_now
    end = period_start_day(subscription.anchor, terms.interval, subscription.periods_since_anchor + 1)
    if subscription.state == TRIAL:
        end = min(end, subscription.trial_end) if terms.model == "metered" else subscription.trial_end
    return midnight(end)


def fill_stock(subscription: Subscription, granted: Decimal, period_index: int) -> None:
    """2.3, 5.3, 6.4: allowances return to what is included, and what rolled over (15.2); only purchased credits stay."""
    terms = subscription.terms_now
    for lot in subscription.stock.lots:
        lot.used_now = ZERO
    subscription.stock = Stock(
        plan_credits=granted if terms.model == "credits" else ZERO,
        balance=granted if terms.model == "balance" else ZERO,
        last_grant=granted_now(subscription),
        plan_granted=granted if terms.model == "credits" else ZERO,
        lots=subscription.stock.lots,
        buys=is_buyer(subscription.market.seed, subscription.customer_id, period_index, terms.probability),
    )


def open_period(subscription: Subscription, at: datetime, rolled: Sequence[Decimal] = ()) -> Record:
    """A period with full allowances, and what rolled over; in a trial without overage (7.2)."""
    index = len(subscription.records)
    in_force = in_part(subscription, with_lent(subscription))
    granted = granted_now(subscription)
    in_force = replace(in_force, overage_is_allowed=False) if subscription.state == TRIAL else in_force
    record = Record(
        index=index,
        state=subscription.state,
        start=at,
        due=next_period_end(subscription),
        terms=in_force,
        granted=granted,
        stub=subscription.stub is not None,
        purchased_credits_opening=subscription.stock.purchased_credits,
        paid=subscription.paid,
        held=list(subscription.holdings.open.values()),
        version=day_of(plan_now(subscription), subscription.adopted),
        rolled_in=rolled,
        add_ons=list(subscription.add_ons.paid),
        add_on_features=add_ons.features_active(subscription),
    )
    with_all = in_part(subscription, with_add_ons(with_lent(subscription), record))
    record.terms = replace(in_force, features=with_all.features)
    fill_stock(subscription, granted + total(rolled), index)
    write_down(subscription, record)
    note_levels(subscription, at)
    return record


def in_part(subscription: Subscription, terms: Terms) -> Terms:
    """2.2: included units x days in the stub / days in the month that ends with it, half up to whole ones."""
    stub = subscription.stub
    if stub is None:
        return terms
    features = {
        code: {**feature, "included": rounded_share(decimal(feature["included"]), stub.days, stub.of_month, 0)}
        if feature.get("included") is not None
        else feature
        for code, feature in terms.features.items()
    }
    return replace(terms, features=features)


def with_add_ons(terms: Terms, record: Record) -> Terms:
    """10.3: and of those that ended in the period what was used, which is charged at its end. What a version adds to the plan is its own."""
    return replace(terms, features={**record.add_on_features, **terms.features})


def granted_now(subscription: Subscription) -> Decimal:
    """2.2: credits likewise; the balance half up to the minor unit."""
    terms, stub = subscription.terms_now, subscription.stub
    if stub is None:
        return terms.allowance
    places = subscription.market.minor_digits if terms.model == "balance" else 0
    return rounded_share(terms.allowance, stub.days, stub.of_month, places)


def open_stretch(subscription: Subscription, at: datetime, state: str) -> None:
    """8.4, 8.5: plan credits and balance are lost, purchased credits are kept."""
    purchased = subscription.stock.purchased_credits
    subscription.state, subscription.paid, subscription.scheduled, subscription.lent = state, None, None, None
    subscription.stock = Stock(lots=subscription.stock.lots)
    write_down(subscription, Record(len(subscription.records), state, at, None, subscription.terms, ZERO, purchased))


def write_down(subscription: Subscription, record: Record) -> None:
    subscription.current = record
    subscription.records.append(record)


def close(subscription: Subscription, at: datetime) -> Record:
    """The end of the present period or stretch; early if it was not due yet."""
    record, stock = subscription.now, subscription.stock
    record.expired += expire_until(stock.lots, at)
    record.free_units, record.reached_at = dict(stock.free_units), stock.reached_at
    record.free_value = stock.free_value + free_overage(record)
    record.lots = [LotState(lot, lot.used, lot.expired) for lot in stock.lots]
    record.end = at
    for kind, share in share_until(subscription, at).items():  # a cancellation closes what the renewal has closed
        record.true_ups[kind] = record.true_ups.get(kind, ZERO) + share
    record.closed_early = record.due is not None and at < record.due
    record.cancellation_waits = subscription.scheduled == CANCELLATION
    stock.settle_top_ups()
    record.top_ups_left = stock.top_ups_left
    record.allowance_left = stock.plan_credits + max(stock.balance, ZERO)
    record.purchased_credits_closing = stock.purchased_credits
    return record


# --- Charges ---------------------------------------------------------------------------------------------------------


def offered_lines(subscription: Subscription) -> list[Line]:
    """9.1: a charge of the base price, with what the offer takes off it; a fixed price stands in its place."""
    terms, digits, offer = subscription.terms_now, subscription.market.minor_digits, subscription.offer
    base = Line("plan_base", terms.plan, ONE, terms.base_price, version=terms.price_version)
    phase = offer.phase_at(subscription.offer_charges) if offer and not subscription.route.at_list else None
    stub = subscription.stub if terms.interval != ONE_TIME else None
    subscription.offer_charges += stub is None
    if stub is not None:
        return lines_of_stub(subscription, base, stub, phase)
    if offer is None or phase is None:
        return [base]
    if phase.kind == "fixed_price":
        return [replace(base, unit_price=phase.number)]
    kind = "promo_code_discount" if offer.promo_code else "discount"
    full = Line(kind, offer.promo_code or offer.code, ONE, -reduction(phase, terms.base_price), version=terms.price_version)
    return [base, replace(full, unit_price=full.amount(digits))]


def lines_of_stub(subscription: Subscription, base: Line, stub: Stub, phase: OfferPhase | None) -> list[Line]:
    """2.2: price x days / days, with the discount of the present phase, which does not lose a cycle by it."""
    digits, offer, listed = subscription.market.minor_digits, subscription.offer, base.unit_price
    price = phase.number if phase and phase.kind == "fixed_price" else listed
    amount = rounded_share(price, stub.days, stub.of_interval, digits)
    in_part = replace(base, unit_price=price, whole=amount, days=stub.days)
    if offer is None or phase is None or phase.kind == "fixed_price":
        return [in_part]
    if phase.kind == "percentage":
        taken = rounded_share(listed * phase.number, stub.days, 100 * stub.of_interval, digits)
    else:
        whole = min(phase.number * stub.of_interval, listed * stub.days)
        taken = rounded_share(whole, 1, stub.of_interval, digits)
    kind = "promo_code_discount" if offer.promo_code else "discount"
    return [in_part, Line(kind, offer.promo_code or offer.code, ONE, -taken, version=base.version)]


def charge_base(subscription: Subscription, at: datetime) -> list[Line]:
    """2.4, 9.1: the base price of the interval that begins, and its discount; none on a free plan (7.1)."""
    terms, digits = subscription.terms_now, subscription.market.minor_digits
    subscription.periods_since_charge = 0
    subscription.paid = None
    if terms.interval is None:
        return []
    if subscription.next_offer:
        require(subscription.next_offer.may_begin(day_at(at)), "the offer may not begin on that day")
        begin_offer(subscription, subscription.next_offer)
    lines = offered_lines(subscription)
    stub = subscription.stub if terms.interval != ONE_TIME else None
    end = stub.end if stub else interval_end_day(subscription.anchor, terms.interval, subscription.periods_since_anchor)
    paid = sum((line.amount(digits) for line in lines), ZERO)
    days, of_days = (stub.days, stub.of_interval) if stub else (1, 1)
    listed = rounded_share(terms.base_price, days, of_days, digits)
    base = sum((line.amount(digits) for line in lines if line.kind == "plan_base"), ZERO)
    subscription.paid = PaidInterval(stub.start if stub else day_at(at), end, paid, discount=listed - paid, base=base)
    return lines


def begin_offer(subscription: Subscription, offer: Offer | None) -> None:
    """9.0: one at a time; a new one ends the old."""
    subscription.offer, subscription.offer_charges, subscription.next_offer = offer, 0, None


def apply_offer(subscription: Subscription, action: Action) -> None:
    """9.0: with the next charge of a running subscription; a free trial only with a start."""
    terms, offer = subscription.terms_now, offer_named(action.item, subscription.market.catalog)
    assert offer is not None
    require(subscription.state != CANCELED, "it is canceled")
    require(not offer.trial_days, "a free trial comes with a start")
    require(not terms.is_free, "a free plan has no charge")
    require(subscription.state != ACTIVE or terms.interval != ONE_TIME, "there is no next charge")
    subscription.next_offer = offer


def offer_with(subscription: Subscription, action: Action) -> Offer | None:
    """9.0: an offer that comes with an immediate change or a reactivation."""
    offer = offer_named(action.item, subscription.market.catalog)
    require(offer is None or not offer.trial_days, "a free trial comes with a start")
    require(offer is None or offer.may_begin(day_at(action.at)), "the offer may not begin on that day")
    return offer


def interval_span(subscription: Subscription, at: datetime) -> tuple[datetime, datetime]:
    """What a base price is for; a one-time price reaches the window's end."""
    assert subscription.paid
    return at, midnight(subscription.paid.end) if subscription.paid.end else subscription.market.window.end


def begin_interval(
    subscription: Subscription,
    at: datetime,
    kind: str = "recurring",
    credit: Sequence[Line] = (),
    ended: Record | None = None,
    rolled: Sequence[Decimal] = (),
    committed: Sequence[Line] = (),
) -> None:
    """A charge and a new period, on one invoice with the overage of the period that ended (12)."""
    subscription.state = ACTIVE
    true_ups = close_intervals(subscription, at)
    charges = [*charge_base(subscription, at), *credit]
    charges += open_next_intervals(subscription, at)
    charges += add_ons.charge_all(subscription)
    overage = [*true_ups, *(overage_lines(ended) if ended else []), *committed]
    record = open_period(subscription, at, rolled)
    record.charges = charges
    commit(subscription, at, charged=True)
    if subscription.paid:
        issue(subscription, kind, at, record, [*charges, *overage], interval_span(subscription, at))
    else:
        issue_without_base(subscription, at, record, ended, [*charges, *overage], kind)


def open_next_intervals(subscription: Subscription, at: datetime) -> list[Line]:
    """10.1: seats and quota in advance, for the interval of the base price; on free and one-time plans for a month."""
    paid = subscription.paid
    if paid is not None and paid.end is not None:
        return open_intervals(subscription, at, paid.start, paid.end)
    return open_intervals(subscription, at, *present_month(subscription))


def present_month(subscription: Subscription) -> tuple[date, date]:
    if subscription.stub:
        return subscription.stub.start, subscription.stub.end
    index, interval = subscription.periods_since_anchor, subscription.terms_now.interval
    start, end = (period_start_day(subscription.anchor, interval, index + more) for more in (0, 1))
    return start, end


def issue_without_base(
    subscription: Subscription,
    at: datetime,
    record: Record,
    ended: Record | None,
    lines: Sequence[Line],
    kind: str = "recurring",
) -> None:
    """12: on free and one-time plans a recurring invoice at a reset with seats or quota, else one for overage."""
    digits = subscription.market.minor_digits
    if any(is_beside_the_base(line) and line.amount(digits) for line in lines):  # what rounds to zero is left out
        span = at, midnight(present_month(subscription)[1])
        issue(subscription, kind, at, record, lines, span)
    elif ended:
        issue(subscription, "overage", at, ended, lines)


def is_beside_the_base(line: Line) -> bool:
    return line.kind == "addon_base" or line.charge in ("advance", "true_up")


def commit(subscription: Subscription, at: datetime, *, charged: bool) -> None:
    """15.4: a price that is charged counts; where none runs a commitment begins. Not on free plans, not in trials."""
    terms, paid = subscription.terms_now, subscription.paid
    if terms.interval is None or paid is None:
        return
    if charged or subscription.commitment is None:
        if subscription.commitment is not None:
            subscription.commitment.counted += sum((price.amount - price.counted for price in subscription.prices), ZERO)
        subscription.prices = prices_in_advance(subscription, paid)
        for price in () if charged else subscription.prices:
            price.counted = price.by_day(day_at(at), subscription.market.minor_digits)
    if subscription.commitment is None and terms.commitment is not None:
        amount, months = terms.commitment
        start = subscription.started_on if months else paid.start
        subscription.commitment = begun(terms.plan, amount, months, start, paid.end, day_at(at))
        if months is None and subscription.stub:
            subscription.commitment.whole_days = subscription.stub.of_interval


def prices_in_advance(subscription: Subscription, paid: PaidInterval) -> list[PriceInAdvance]:
    """Of the base, and of what was paid beside it."""
    end = paid.end or months_after(paid.start, MONTHS_OF_A_ONE_TIME_PRICE)
    return [PriceInAdvance(paid.base, paid.start, end), *prices_beside(subscription)]


def prices_beside(subscription: Subscription) -> list[PriceInAdvance]:
    digits, held = subscription.market.minor_digits, subscription.holdings.open.values()
    of_levels = [PriceInAdvance(each.advance_amount(digits), each.start, each.end) for each in held]
    return of_levels + [PriceInAdvance(each.amount, each.start, each.end, of=each) for each in subscription.add_ons.paid]


def settle(subscription: Subscription, ended: Record, after: str, credit: Decimal = ZERO) -> list[Line]:
    """15.4: what a period that ended counts for a commitment, and the line of one that ends with it."""
    commitment, digits = subscription.commitment, subscription.market.minor_digits
    if commitment is None or ended.end is None:
        return []
    in_arrears = [*(line.amount(digits) for line in [*overage_lines(ended), *ended.purchases]), *ended.true_ups.values()]
    commitment.counted += sum(in_arrears, ZERO)
    commitment.periods.append(ended)
    if ended.state == PAUSED:
        pause_counted(commitment, ended.start, ended.end)
    over = is_over(commitment, after)
    if not over and (commitment.months is None or ended.end < midnight(commitment.end)):
        return []
    line = due_line(commitment, subscription.prices, ended.end, after, credit, digits)
    ended.committed = [] if line is None else [line]
    if line is not None and commitment.months is None:
        for period in commitment.periods:
            period.interval_commitment = line.amount(digits)
    if over:
        subscription.commitment = None
    else:
        next_term(commitment)
        while commitment.end <= day_at(ended.end) and midnight(commitment.end) <= ended.end:
            next_term(commitment)
        if ended.state == PAUSED:
            pause_counted(commitment, ended.start, ended.end)
    return ended.committed


def restart_cycle(subscription: Subscription, at: datetime, *, trial: bool = False) -> None:
    """8.2: the billing cycle starts anew that day; 2.2: with a billing day on another one it opens with a stub."""
    day, terms = day_at(at), subscription.terms_now
    subscription.anchor, subscription.periods_since_anchor, subscription.stub = day, 0, None
    if terms.billing_day is None or trial:
        return
    subscription.anchor = billing_day_before(day, terms.billing_day)
    if subscription.anchor < day:
        end = months_after(subscription.anchor, 1)
        months = 1 if terms.interval in (None, ONE_TIME) else periods_per_charge(str(terms.interval))
        subscription.stub = Stub(
            first_day_after(at),
            end,
            of_month=(end - subscription.anchor).days,
            of_interval=(end - months_after(end, -months)).days,
        )


def align(subscription: Subscription, at: datetime) -> None:
    """2.2: a change at the renewal to a plan with another billing day; on the billing day itself there is no stub."""
    if subscription.terms_now.billing_day is not None:
        restart_cycle(subscription, at)


# --- Resets ----------------------------------------------------------------------------------------------------------


def reset(subscription: Subscription, at: datetime) -> None:
    """A period ends by itself: what was scheduled for its end, the next charge, or just the next period."""
    subscription.periods_since_anchor += 1
    subscription.periods_since_charge += 1
    ended = close(subscription, at)
    trial_is_over = ended.state == TRIAL and at == midnight(subscription.trial_end)
    is_charged = base_is_charged_after(subscription.terms_now.interval, subscription.periods_since_charge)
    if subscription.stub:
        is_charged, subscription.stub = subscription.terms_now.interval not in (None, ONE_TIME), None
    if subscription.scheduled == CANCELLATION and (trial_is_over or (ended.state == ACTIVE and is_charged)):
        end_subscription(subscription, at)
    elif trial_is_over:
        end_trial(subscription, at)
    elif next_index(subscription) in subscription.route.moves:
        move_up(subscription, at, ended, at_renewal=is_charged)
    elif ended.state == ACTIVE and is_charged:
        renew(subscription, at, ended)
    elif ended.state == ACTIVE and subscription.terms_now.interval in (None, ONE_TIME):
        rolled = roll_over(subscription, ended)
        take_version_at_reset(subscription)
        true_ups = close_intervals(subscription, at)
        charges = open_intervals(subscription, at, *present_month(subscription))
        charges += add_ons.charge_all(subscription)
        record = open_period(subscription, at, rolled)
        record.charges = charges
        due = [*true_ups, *overage_lines(ended), *settle(subscription, ended, SAME)]
        subscription.prices += prices_beside(subscription)  # 15.4: of a month beside a one-time price
        issue_without_base(subscription, at, record, ended, [*charges, *due])
    else:
        rolled = roll_over(subscription, ended)
        take_version_at_reset(subscription)
        open_period(subscription, at, rolled)
        issue(subscription, "overage", at, ended, [*overage_lines(ended), *settle(subscription, ended, SAME)])


def end_trial(subscription: Subscription, at: datetime) -> None:
    """7.2: the base price is charged, the anchor becomes that day, allowances reset. 8.7: the base price is that of its day."""
    if not isinstance(subscription.scheduled, Terms):
        subscription.price_adopted = max(subscription.price_adopted, version_of_day(plan_now(subscription), day_at(at)))
    take_scheduled_change(subscription, at)
    restart_cycle(subscription, at)
    subscription.started_on = day_at(at)
    begin_interval(subscription, at)


def renew(subscription: Subscription, at: datetime, ended: Record) -> None:
    """2.4, 8.1: the next interval, with the plan that was scheduled for it. Weeks and months do not share an anchor."""
    weekly_before = subscription.terms_now.interval == "weekly"
    plan_before = subscription.terms_now.plan
    terms_before = subscription.terms_now
    take_scheduled_change(subscription, at)
    stays = subscription.terms_now.plan == plan_before
    rolled = roll_over(subscription, ended, terms_before) if stays else []
    committed = settle(subscription, ended, RENEWAL if stays else OTHER_PLAN)
    if not stays:
        subscription.started_on = day_at(at)
    if weekly_before != (subscription.terms_now.interval == "weekly"):
        restart_cycle(subscription, at)
    align(subscription, at)
    begin_interval(subscription, at, ended=ended, rolled=rolled, committed=committed)


def roll_over(subscription: Subscription, ended: Record, terms: Terms | None = None) -> list[Decimal]:
    """15.2: what a period leaves to the next on the same plan, by the rule that it had; nothing of a trial."""
    rule = (terms or subscription.terms_now).rollover
    if rule is None or ended.state != ACTIVE:
        return []
    lots = rolled_over(ended.rolled_in, ended.granted + ended.given, ended.allowance_used, rule)
    ended.rolled_out = total(lots)
    return lots


def take_scheduled_change(subscription: Subscription, at: datetime) -> None:
    """8.7: a change has the version of its day; without one, what was adopted holds in full from the renewal on."""
    if isinstance(subscription.scheduled, Terms):
        come_to(subscription, subscription.scheduled, at)
        if subscription.offer and subscription.offer.has_fixed_price:
            subscription.offer = None
    else:
        hold_what_was_adopted(subscription)
    subscription.scheduled = None


# --- Versions (8.7) --------------------------------------------------------------------------------------------------


def plan_now(subscription: Subscription) -> Mapping[str, Any]:
    plan: Mapping[str, Any] = subscription.market.catalog["plans"][subscription.terms_now.plan]
    return plan


def come_to(subscription: Subscription, wanted: Terms, at: datetime) -> None:
    """8.7: starts, changes and returns have the version of their day."""
    market = subscription.market
    subscription.adopted = version_of_day(market.catalog["plans"][wanted.plan], day_at(at))
    subscription.price_adopted, subscription.lent = subscription.adopted, None
    subscription.terms = terms_of(wanted.plan, wanted.interval, market.candidate, market.catalog, subscription.adopted)
    add_ons.drop_what_the_plan_has(subscription)


def hold_what_was_adopted(subscription: Subscription) -> None:
    now, market = subscription.terms_now, subscription.market
    subscription.terms = terms_of(
        now.plan, now.interval, market.candidate, market.catalog, subscription.adopted, subscription.price_adopted
    )


def take_version_at_reset(subscription: Subscription) -> None:
    """8.7: grants and what belongs to them; all of it where there is no renewal to wait for."""
    now, market = subscription.terms_now, subscription.market
    if subscription.state != ACTIVE:
        return
    if now.interval in (None, ONE_TIME):
        hold_what_was_adopted(subscription)
        if now.interval == ONE_TIME:  # what was paid once stays as it was paid
            held = subscription.terms_now
            subscription.terms = replace(held, base_price=now.base_price, price_version=now.price_version)
        return
    new = terms_of(now.plan, now.interval, market.candidate, market.catalog, subscription.adopted)
    subscription.terms = replace(
        now,
        allowance=new.allowance,
        plan_blocks=new.plan_blocks,
        rollover=new.rollover,
        cap=new.cap,
        commitment=new.commitment,
        packs=new.packs,
        version=new.version,
    )


def adopt(subscription: Subscription, version: int, at: datetime, *, now: bool) -> None:
    """8.7: at once what is better; where it is adopted ``now`` what is worse too."""
    terms, market = subscription.terms_now, subscription.market
    new = terms_of(terms.plan, terms.interval, market.candidate, market.catalog, version)
    features = new.features if now else with_better(terms.features, new.features)
    subscription.adopted, subscription.price_adopted = version, max(subscription.price_adopted, version)
    subscription.terms = replace(terms, features=features, version=new.version)
    if at != subscription.now.due:  # a period that ends at this moment runs no more (2.1)
        note_terms(subscription, at)


def with_lent(subscription: Subscription) -> Terms:
    """8.8: features of either, unlimited if either is, the larger of both included; nothing else changes."""
    terms, lent = subscription.terms_now, subscription.lent
    return replace(terms, features=with_better(terms.features, lent.terms.features)) if lent else terms


def note_terms(subscription: Subscription, at: datetime) -> None:
    """The running period goes on with what holds now; what was used counts on. One that ends just then is over (2.1)."""
    if subscription.now.due == at:
        return
    now = in_part(subscription, with_add_ons(with_lent(subscription), subscription.now))
    assert subscription.now.terms is not None
    subscription.now.terms = replace(subscription.now.terms, features=now.features, version=now.version)
    rate_anew(subscription.now.terms, subscription.stock, at)
    if subscription.records:
        note_levels(subscription, at)


def grant(subscription: Subscription, action: Action) -> None:
    """8.8: only between limits, and while active; n cycles count the running paid interval."""
    market, present = subscription.market, subscription.terms_now
    if not action.plan:
        raise ImpossibleLife("no plan is named")
    require(subscription.state == ACTIVE, "it is not active")
    require(not subscription.add_ons.active, "it has add-ons")
    require(share_a_group(present.plan, action.plan, market.catalog), "the plans share no group")
    require(present.plan != action.plan and is_move_up(present.plan, action.plan, market.catalog), "it is not higher")
    for code in (present.plan, action.plan):
        plan = market.catalog["plans"][code]
        whole = [feature for each in documents(plan) for feature in (each.get("features") or {}).values()]
        all_features = [feature for feature in whole if isinstance(feature, Mapping)]
        require(plan["consumption_model"] == "metered", "it is not metered")
        require(not any(feature.get("overage") for feature in all_features), "it has overage prices")
    version = version_of_day(market.catalog["plans"][action.plan], day_at(action.at))
    lent = terms_of(
        action.plan, default_interval(market.catalog["plans"][action.plan]), market.candidate, market.catalog, version
    )
    until = action.until if action.cycles is None else end_of_cycles(subscription, action.cycles)
    subscription.lent = Grant(lent, until)
    note_terms(subscription, action.at)


def end_of_cycles(subscription: Subscription, cycles: int) -> datetime:
    interval = subscription.terms_now.interval
    periods = 1 if interval in (None, ONE_TIME) else periods_per_charge(str(interval))
    if subscription.stub:
        return midnight(period_start_day(subscription.anchor, interval, 1 + (cycles - 1) * periods))
    begun = subscription.periods_since_anchor - (subscription.periods_since_charge if periods > 1 else 0)
    return midnight(period_start_day(subscription.anchor, interval, begun + cycles * periods))


def end_grant(subscription: Subscription, at: datetime) -> None:
    require(subscription.lent is not None, "nothing is granted")
    subscription.lent = None
    note_terms(subscription, at)


def next_adoption(subscription: Subscription) -> Adoption | None:
    if subscription.terms is None or subscription.state not in (TRIAL, ACTIVE):
        return None
    market, code = subscription.market, subscription.terms.plan
    rules = [*(market.candidate.get("versions") or ()), *market.versions]
    ahead = adoptions(code, market.catalog["plans"][code], rules, subscription.customer_id, subscription.started)
    return next((adoption for adoption in ahead if adoption.version > subscription.adopted), None)


def adopt_version(subscription: Subscription, action: Action) -> None:
    """8.7: one that has begun; the latest where none is named."""
    require(subscription.state in (TRIAL, ACTIVE), "it is not active")
    plan, day = plan_now(subscription), day_at(action.at)
    latest = version_of_day(plan, day)
    named = 1 + [each.isoformat() for each in days(plan)].index(action.item) if action.item else latest
    require(subscription.adopted < named <= latest, "there is no such version to adopt")
    adopt(subscription, named, action.at, now=action.when == "now")


# --- Moves up a line-up ----------------------------------------------------------------------------------------------


def next_index(subscription: Subscription) -> int:
    return len(subscription.records)


def terms_on(subscription: Subscription, code: str) -> Terms:
    """A plan at the interval at which the customer would have started on it."""
    market = subscription.market
    plan, usual = market.catalog["plans"][code], market.candidate.get("interval")
    interval = billing_interval(plan, subscription.asked_interval, usual)
    require(interval is None or interval in plan["prices"], f"{code} has no {interval} price")
    return terms_of(code, interval, market.candidate, market.catalog)


def move_up(subscription: Subscription, at: datetime, ended: Record, *, at_renewal: bool) -> None:
    """In place of a renewal, with its anchor and no credit; else an immediate change (8.2). An offer ends."""
    wanted = terms_on(subscription, subscription.route.moves[next_index(subscription)])
    if at_renewal:
        committed = settle(subscription, ended, OTHER_PLAN)
        come_to(subscription, wanted, at)
        subscription.offer, subscription.next_offer = None, None
        subscription.started_on = day_at(at)
        align(subscription, at)
        begin_interval(subscription, at, ended=ended, committed=committed)
    else:
        change_now(subscription, at, wanted)


# --- Actions (7, 8) --------------------------------------------------------------------------------------------------


def start(subscription: Subscription, action: Action) -> None:
    """2.2, 7.2: a trial if the plan has one, else the first charge."""
    candidate = subscription.market.candidate
    require(subscription.terms is None, "it has started before")
    subscription.asked_interval = action.interval
    wanted = terms_on(subscription, action.plan or candidate["plan"])
    if wanted.interval is None:
        subscription.asked_interval = None
    if subscription.current:
        close(subscription, action.at)
    subscription.started = day_at(action.at)
    come_to(subscription, wanted, action.at)
    begin_offer(subscription, offer_at_start(subscription, action))
    subscription.add_ons.active = [
        code
        for code in candidate.get("addons") or ()
        if add_ons.fits(add_ons.written(subscription, code), subscription.terms_now)
    ]
    trial_days = trial_days_at_start(subscription)
    restart_cycle(subscription, action.at, trial=bool(trial_days))
    subscription.started_on = day_at(action.at)
    if trial_days:
        subscription.state = TRIAL
        subscription.trial_end = date.fromordinal(day_at(action.at).toordinal() + trial_days)
        open_intervals(subscription, action.at, day_at(action.at), subscription.trial_end)
        open_period(subscription, action.at)
        for code in subscription.add_ons.active:
            pay_for_add_on(subscription, code, action.at)
    else:
        begin_interval(subscription, action.at)


def offer_at_start(subscription: Subscription, action: Action) -> Offer | None:
    """9.0, 9.2: that of the row; an accepted promo code; the candidate's, on the days on which it may begin."""
    market, offer = subscription.market, offer_named(action.item, subscription.market.catalog)
    require(offer is None or offer.may_begin(day_at(action.at)), "the offer may not begin on that day")
    if offer is None:
        offer = offer_named(market.candidate.get("offer"), market.catalog)
        offer = offer if offer and offer.may_begin(day_at(action.at)) else None
    code = action.promo_code or market.candidate.get("promo_code")
    if not code:
        return offer
    reason = reason_against_start(subscription, code, action.at, offer)
    if reason is None and subscription.customer_id in market.beyond_limits:
        reason = "max_redemptions_reached"
    subscription.redemption = Use(action.at, code, reason)
    return offer if reason else offer_of_promo_code(code, market.catalog)


def reason_against_start(subscription: Subscription, code: str, at: datetime, offer: Offer | None) -> str | None:
    """9.2: why a promo code does not fit, its limit aside."""
    terms = subscription.terms_now
    has_trial = terms.trial_days > 0 and not terms.is_free
    catalog = subscription.market.catalog
    return reason_against(
        code, catalog, terms.plan, terms.interval, day_at(at), has_offer=offer is not None, has_trial=has_trial
    )


def trial_days_at_start(subscription: Subscription) -> int:
    """7.2, 9.0: those of an offer written in phases in place of the plan's; a free plan has none."""
    terms, offer, route = subscription.terms_now, subscription.offer, subscription.route
    if terms.is_free or not route.on_trial:
        return 0
    if offer and offer.trial_days is not None and not offer.promo_code:
        return offer.trial_days
    return terms.trial_days if route.trial_days is None else route.trial_days


def change_plan(subscription: Subscription, action: Action) -> None:
    """8.1: at once, or at the end of what is paid; back to the present plan takes back what is scheduled."""
    market, present = subscription.market, subscription.terms_now
    code = action.plan or present.plan
    prices = market.catalog["plans"][code].get("prices") or {}
    interval = billing_interval(market.catalog["plans"][code], action.interval, present.interval)
    require(subscription.state in (TRIAL, ACTIVE), "it is not active")
    require(interval is None or interval in prices, f"{code} has no {interval} price")
    wanted = terms_of(code, interval, market.candidate, market.catalog)
    if (wanted.plan, wanted.interval) == (present.plan, present.interval):
        require(subscription.scheduled is not None, "there is nothing to take back")
        subscription.scheduled = None
        return
    require(code == present.plan or share_a_group(present.plan, code, market.catalog), "the plans share no group")
    require(not change_is_refused(present, wanted, market.catalog), "a one-time price has no such change")
    require(not seats_stand_in_the_way(subscription, code, action.at), "more seats are in use than it includes")
    if change_is_immediate(present, wanted, market.catalog):
        change_now(subscription, action.at, wanted, offer_with(subscription, action))
    else:
        require(not action.item, "a scheduled change takes no offer")
        subscription.scheduled = wanted


def seats_stand_in_the_way(subscription: Subscription, code: str, at: datetime) -> bool:
    """10.1: an upgrade is refused where the level in use is above what is included and has no price; quota never is."""
    catalog = subscription.market.catalog
    if code == subscription.terms_now.plan or not is_move_up(subscription.terms_now.plan, code, catalog):
        return False
    plan = catalog["plans"][code]
    version = documents(plan)[version_of_day(plan, day_at(at))]
    for feature, terms in (version.get("features") or {}).items():
        if (catalog.get("features", {}).get(feature) or {}).get("type") == "seats":
            limit = limit_of(terms, may_be_charged=bool(plan.get("prices")))
            if limit is not None and held_at(subscription, feature, at) > limit:
                return True
    return False


def change_now(subscription: Subscription, at: datetime, wanted: Terms, offer: Offer | None = None) -> None:
    """8.2, 8.3: full new base, credit for unused days, the old overage, and a new cycle; an offer ends (9.1)."""
    digits = subscription.market.minor_digits
    line = subscription.paid.credit(at, subscription.terms_now.plan, digits) if subscription.paid else None
    credit = [line] if line else []
    ended = close(subscription, at)
    ended.leaves_interval, ended.credited = True, -sum((line.amount(digits) for line in credit), ZERO)
    committed = settle(subscription, ended, CHANGE, -ended.credited)
    come_to(subscription, wanted, at)
    subscription.scheduled = None
    begin_offer(subscription, offer)
    subscription.started_on = day_at(at)
    restart_cycle(subscription, at)
    begin_interval(subscription, at, "plan_change", credit, ended, committed=committed)


def end_subscription(subscription: Subscription, at: datetime) -> None:
    """8.4: a closing invoice for the overage; no refund; offer and add-ons end."""
    leave_period(subscription, at, CANCELED)
    subscription.add_ons.active = []
    begin_offer(subscription, None)


def leave_period(subscription: Subscription, at: datetime, state: str) -> None:
    """8.4, 8.5: what was paid for the rest of the interval is gone."""
    ended = close(subscription, at)
    ended.leaves_interval = True
    committed = settle(subscription, ended, CANCEL if state == CANCELED else PAUSE)
    issue(subscription, "closing", at, ended, [*close_intervals(subscription, at), *overage_lines(ended), *committed])
    subscription.add_ons.paid = []
    open_stretch(subscription, at, state)


def cancel(subscription: Subscription, action: Action) -> None:
    """8.4: at the end of the paid interval or of the trial, or now; free and paused subscriptions have none to wait for.

    A one-time price cannot be canceled; its trial can, as nothing is charged yet.
    """
    require(subscription.state != CANCELED, "it is canceled already")
    terms = subscription.terms_now
    require(subscription.state == TRIAL or terms.interval != ONE_TIME, "a one-time price cannot be canceled")
    if action.when == "now" or subscription.state == PAUSED or terms.is_free:
        end_subscription(subscription, action.at)
    else:
        subscription.scheduled = CANCELLATION


def pause(subscription: Subscription, action: Action) -> None:
    """8.5."""
    require(subscription.state in (TRIAL, ACTIVE), "it is not active")
    if subscription.state == TRIAL:  # 15.4: a commitment begins after it
        subscription.started_on = date.max
    leave_period(subscription, action.at, PAUSED)


def come_back(subscription: Subscription, action: Action) -> None:
    """8.4, 8.5, 12: resume and reactivate charge the price and start a new cycle that day."""
    left = {"resume": PAUSED, "reactivate": CANCELED}[action.action]
    require(subscription.state == left, f"it is not {left}")
    ended = close(subscription, action.at)
    committed = settle(subscription, ended, RESUME)
    if left == CANCELED or subscription.started_on == date.max:
        subscription.started_on = day_at(action.at)
    if next_index(subscription) in subscription.route.moves:
        subscription.terms = terms_on(subscription, subscription.route.moves[next_index(subscription)])
    come_to(subscription, subscription.terms_now, action.at)
    restart_cycle(subscription, action.at)
    if left == CANCELED:
        begin_offer(subscription, offer_with(subscription, action))
    begin_interval(subscription, action.at, "reactivation" if left == CANCELED else "recurring", committed=committed)


def buy_pack(subscription: Subscription, action: Action) -> None:
    """8.6."""
    pack = next((pack for pack in subscription.terms_now.packs if pack.code == action.item), None)
    if pack is None:
        raise ImpossibleLife(f"{action.item} is not sold on {subscription.terms_now.plan}")
    line = pack_line(pack, 1)
    if subscription.state in (TRIAL, ACTIVE):
        spend(subscription.stock, subscription.terms_now, pack.price, action.at)
    subscription.stock.lots.append(lot_of(pack, line, action.at, subscription.market.minor_digits))
    buy(subscription, action.at, "credit_purchase", [line])


def top_up(subscription: Subscription, action: Action) -> None:
    """8.6; below zero it first takes down the overage of the period (6.2), feature after feature."""
    assert action.amount is not None
    require(subscription.state in (TRIAL, ACTIVE), "it has no balance")
    stock, below_zero = subscription.stock, subscription.now.below_zero
    pay_back(below_zero, min(action.amount, max(ZERO, -stock.balance)))
    stock.settle_top_ups()
    stock.top_ups_left += action.amount
    stock.balance += action.amount
    topped_up(stock, action.amount)
    spend(stock, subscription.terms_now, action.amount, action.at)
    note_cap(stock, subscription.terms_now, stock.spent + max(-stock.balance, ZERO), action.at)
    buy(subscription, action.at, "balance_topup", [top_up_line(subscription.terms_now.plan, action.amount, 1)])


def adjust(subscription: Subscription, action: Action) -> None:
    """8.6: plan credits and balance belong to a running period."""
    assert action.amount is not None
    assert action.item is not None
    model = "balance" if action.item == "balance" else "credits"
    require(subscription.terms_now.model == model, f"it has no {action.item}")
    require(action.item == "purchased_credits" or subscription.state in (TRIAL, ACTIVE), "there is none while it is not active")
    stock, record = subscription.stock, subscription.now
    record.expired += expire_until(stock.lots, action.at)
    amount = adjust_stock(action.item, action.amount, action.at, stock, record)
    tell_of_a_fall(action.at, amount, stock, record)


def buy(subscription: Subscription, at: datetime, kind: str, lines: Sequence[Line]) -> None:
    """5.5, 6.5: an invoice of its own."""
    subscription.now.purchases += lines
    issue(subscription, kind, at, subscription.now, lines)


# --- Add-ons (10.3) --------------------------------------------------------------------------------------------------


def activate_add_on(subscription: Subscription, action: Action) -> None:
    """Its price for the rest of the interval at once; its feature, with all that is included, from now on."""
    code, active = action.item, subscription.add_ons.active
    assert code is not None
    require(subscription.state in (TRIAL, ACTIVE), "it is not active")
    require(code not in active, "it is active already")
    require(subscription.lent is None, "a plan is lent to it")
    add_on = add_ons.written(subscription, code)
    require(add_ons.fits(add_on, subscription.terms_now), "the plan has its feature, or another model")
    require(add_ons.price_for(add_on, subscription.terms_now.interval) is not None, "it has no price for the interval")
    active.append(code)
    subscription.now.add_on_features[add_on["feature"]] = add_ons.feature_of(add_on)
    note_terms(subscription, action.at)
    pay_for_add_on(subscription, code, action.at)


def pay_for_add_on(subscription: Subscription, code: str, at: datetime) -> None:
    line = add_ons.charge(subscription, code, first_day_after(at), in_full=False)
    price = subscription.add_ons.paid[-1]
    record = subscription.now
    record.add_ons.append(price)
    record.activated.append(line)
    if subscription.state == ACTIVE and subscription.paid is not None:
        subscription.prices.append(PriceInAdvance(price.amount, price.start, price.end, of=price))
    issue(subscription, "addon_activation", at, record, [line])


def end_add_on(subscription: Subscription, action: Action) -> None:
    """At once, without a refund; what was used of it is charged at the period's end."""
    code = action.item
    assert code is not None
    require(code in subscription.add_ons.active, "it is not active")
    subscription.add_ons.active.remove(code)
    if subscription.state == PAUSED:
        return
    for price in (price for price in subscription.add_ons.paid if price.code == code):
        price.ended_in = subscription.now.index
    subscription.add_ons.paid = [price for price in subscription.add_ons.paid if price.code != code]
    features, feature = subscription.now.add_on_features, add_ons.written(subscription, code)["feature"]
    features[feature] = {**features[feature], "ended": True}
    note_terms(subscription, action.at)


ACTIONS = {
    "activate_add_on": activate_add_on,
    "end_add_on": end_add_on,
    "start": start,
    "change_plan": change_plan,
    "cancel": cancel,
    "pause": pause,
    "resume": come_back,
    "reactivate": come_back,
    "buy_pack": buy_pack,
    "top_up": top_up,
    "adjust": adjust,
    "apply_offer": apply_offer,
    "adopt_version": adopt_version,
    "customer_credit": grant_credit,
    "grant": grant,
    "end_grant": lambda subscription, action: end_grant(subscription, action.at),
}


def act(subscription: Subscription, action: Action) -> None:
    require(action.action == "start" or subscription.terms is not None, "it has not started")
    ACTIONS[action.action](subscription, action)


# --- Usage -----------------------------------------------------------------------------------------------------------


def use(subscription: Subscription, event: Event) -> None:
    """8.4, 8.5: refused where there is no subscription in force; else as its terms say."""
    if not subscription.current:
        open_stretch(subscription, subscription.market.window.start, CANCELED)
    record = subscription.now
    record.expired += expire_until(subscription.stock.lots, event.timestamp)
    outcome = admit_now(subscription, event)
    record.outcomes.append((event, outcome))
    if subscription.state in (TRIAL, ACTIVE) and record.terms:
        record.alerts += alerts_after(event, outcome, record.terms, subscription.stock)
    if outcome.cost_below_zero >= ZERO:
        record.below_zero[event.feature] = record.below_zero.get(event.feature, ZERO) + outcome.cost_below_zero
    else:
        relieve(record.below_zero, -outcome.cost_below_zero, event.feature)
    if outcome.purchase:
        kind = "credit_purchase" if outcome.purchase[0].kind == "credit_pack" else "balance_topup"
        buy(subscription, event.timestamp, kind, outcome.purchase)


def relieve(below_zero: dict[str, Decimal], relief: Decimal, first: str) -> None:
    """15.7: of what no balance covered the feature's own part first, then feature after feature."""
    for code in [first, *sorted(below_zero)]:
        relieved = min(relief, below_zero.get(code, ZERO))
        below_zero[code] = below_zero.get(code, ZERO) - relieved
        relief -= relieved


def admit_now(subscription: Subscription, event: Event) -> Outcome:
    if subscription.state in (PAUSED, CANCELED) and event.value < ZERO:
        return Outcome()
    if subscription.state == PAUSED:
        return Outcome(reason=WHILE_PAUSED)
    if subscription.state == CANCELED:
        return Outcome(reason=NOT_SUBSCRIBED)
    assert subscription.now.terms
    return admit(event, subscription.now.terms, subscription.stock, subscription.market.assumptions)


# --- A whole life ----------------------------------------------------------------------------------------------------


def reset_until(subscription: Subscription, time: datetime) -> None:
    """3.1: versions of the day, then a reset, come before everything else at that moment."""
    while (at := next_moment(subscription)) is not None and at <= time:
        happen(subscription, at)


def reset_before(subscription: Subscription, time: datetime) -> None:
    while (at := next_moment(subscription)) is not None and at < time:
        happen(subscription, at)


def next_moment(subscription: Subscription) -> datetime | None:
    """When something happens by itself."""
    if not subscription.current:
        return None
    adoption, due, lent = next_adoption(subscription), subscription.now.due, subscription.lent
    moments = (adoption and adoption.at, due, lent and lent.until)
    return min((at for at in moments if at is not None), default=None)


def happen(subscription: Subscription, at: datetime) -> None:
    adoption = next_adoption(subscription)
    if subscription.lent and subscription.lent.until == at:
        end_grant(subscription, at)  # before a reset at that moment, which then opens without it
    elif adoption and adoption.at == at:
        adopt(subscription, adoption.version, at, now=adoption.now)
    else:
        reset(subscription, at)


def enter_window(subscription: Subscription) -> None:
    """What was before the window is not replayed; the period that its start cuts begins there, with full allowances."""
    at = subscription.market.window.start
    subscription.invoices, subscription.records, subscription.stock = [], [], Stock()
    subscription.money, subscription.carried = [], ZERO
    subscription.commitment, subscription.prices = None, []
    for price in subscription.add_ons.paid:
        price.charged = False
    subscription.holdings = Holdings(subscription.holdings.asked)
    if not subscription.current:
        return
    while (adoption := next_adoption(subscription)) and adoption.at <= at:
        adopt(subscription, adoption.version, at, now=adoption.now)
    if subscription.current.due is None:
        open_stretch(subscription, at, subscription.current.state)
    elif subscription.current.due == at:
        subscription.current.granted, subscription.current.rolled_in = ZERO, ()
        if goes_on_after(subscription, at):
            open_intervals_of_before(subscription, at)
        reset(subscription, at)
        if subscription.state == ACTIVE and subscription.commitment is None:  # paid for before, and goes on
            commit(subscription, at, charged=False)
    else:
        open_intervals_of_before(subscription, at)
        open_period(subscription, at).cut_by_start = True
        if subscription.state == ACTIVE:
            commit(subscription, at, charged=False)


def goes_on_after(subscription: Subscription, at: datetime) -> bool:
    """Whether the trial, or what was paid for, ends later than a reset at that moment."""
    paid = subscription.paid
    if subscription.state == TRIAL:
        return midnight(subscription.trial_end) > at
    return paid is not None and paid.end is not None and midnight(paid.end) > at


def open_intervals_of_before(subscription: Subscription, at: datetime) -> None:
    """10.4: of a subscription that began before the window the level at its start counts as paid."""
    paid = subscription.paid
    if subscription.state == TRIAL:
        open_intervals(subscription, at, subscription.anchor, subscription.trial_end)
    elif paid is not None and paid.end is not None:
        open_intervals(subscription, at, paid.start, paid.end, charged=False)
    else:
        open_intervals(subscription, at, *present_month(subscription), charged=False)


def leave_window(subscription: Subscription) -> None:
    """2.6: a period is closed at the window's end, and what is left then is in hand unless it was due just then."""
    end = subscription.market.window.end
    if not subscription.current:
        open_stretch(subscription, subscription.market.window.start, CANCELED)
    reset_before(subscription, end)
    last = close(subscription, end)
    last.cut_by_window = last.closed_early
    if not last.closed_early and last.due is not None:
        roll_over(subscription, last)
    due = [*close_intervals(subscription, end), *overage_lines(last), *settle(subscription, last, WINDOW)]
    issue(subscription, "closing", end, last, due)


def live(
    market: Market,
    customer_id: str,
    actions: Sequence[Action],
    events: Sequence[Event],
    route: Route = STAY,
) -> Subscription:
    """A customer of a candidate, from its start to the window's end; raises ``ImpossibleLife``."""
    holdings = Holdings(asked_levels(moves_of(market.levels.get(customer_id, ()), actions)))
    actions = [action for action in actions if action.action not in ("set_level", "change_level")]
    subscription = Subscription(customer_id, market, route=replace(route, moves={}), holdings=holdings)
    before = [action for action in actions if action.at < market.window.start]
    for action in before:
        reset_until(subscription, action.at)
        act(subscription, action)
    reset_before(subscription, market.window.start)
    enter_window(subscription)
    subscription.route = route
    inside = [action for action in actions if market.window.start <= action.at < market.window.end]
    changes = {at for steps in holdings.asked.values() for at, _ in steps if market.window.start <= at < market.window.end}
    held_at_start = any(level_at(steps, market.window.start) for steps in holdings.asked.values())
    changes |= {market.window.start} if held_at_start else set()
    moments: list[tuple[datetime, Action | Event | None]] = [(action.at, action) for action in inside]
    moments += [(at, None) for at in sorted(changes)]
    moments += [(event.timestamp, event) for event in events]
    reached_up_to, before = market.window.start, dict[str, Decimal]()
    for time, happening in sorted(moments, key=lambda moment: moment[0]):
        if time > reached_up_to:
            reset_before(subscription, time)
            reached_up_to, before = time, dict(subscription.holdings.held)
        reset_until(subscription, time)
        if happening is None:
            settle_levels(subscription, time)
            note_rises(subscription, time, before)
            seats_reached(subscription, time, before)
        elif isinstance(happening, Action):
            act(subscription, happening)
        else:
            use(subscription, happening)
    leave_window(subscription)
    return subscription
