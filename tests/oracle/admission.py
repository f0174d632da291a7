"""Admission of one event, and the purchases that it leads to (billing-rules 3 to 6, 11)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import (
    MONEY_PLACES,
    ONE,
    ZERO,
    decimal,
    event_cost,
    event_credits,
    rounded_half_up,
    rounded_share,
    rounded_up_count,
)
from .events import Event
from .line import Line
from .lots import PackLot, expiry_of, give_back_to_lots, take_from_lots
from .plans import Pack, Terms
from .tiers import exact_cost, most_within
from .tokens import prices_of, token_cost

NOT_IN_PLAN = "not_in_plan"
ALLOWANCE_EXHAUSTED = "allowance_exhausted"
WHILE_PAUSED = "paused"
NOT_SUBSCRIBED = "not_subscribed"
SPEND_CAP = "spend_cap"
MILLIONTH = Decimal("0.000001")

ModelPrices = Callable[[date], Sequence[Mapping[str, Mapping[str, Any]]]]


@dataclass
class Stock:
    """What a customer holds while its events are taken one by one."""

    used_units: dict[str, Decimal] = field(default_factory=dict)
    plan_credits: Decimal = ZERO
    lots: list[PackLot] = field(default_factory=list)
    balance: Decimal = ZERO
    purchase_count: int = 0
    buys: bool = False
    spent: Decimal = ZERO
    free_units: dict[str, Decimal] = field(default_factory=dict)
    free_value: Decimal = ZERO
    reached_at: datetime | None = None
    feature_credits: dict[str, Decimal] = field(default_factory=dict)
    feature_cost: dict[str, Decimal] = field(default_factory=dict)
    plan_granted: Decimal = ZERO
    top_ups_left: Decimal = ZERO
    last_grant: Decimal = ZERO
    told: set[tuple[str | None, str]] = field(default_factory=set)

    @property
    def purchased_credits(self) -> Decimal:
        return sum((lot.left for lot in self.lots), ZERO)

    def settle_top_ups(self) -> None:
        """15.2: top-ups are used last: what is left of the balance is theirs first."""
        self.top_ups_left = min(self.top_ups_left, max(self.balance, ZERO))


@dataclass(frozen=True)
class Outcome:
    """What became of one event."""

    served: Decimal = ZERO
    reason: str | None = None
    plan_credits: Decimal = ZERO
    purchased_credits: Decimal = ZERO
    cost: Decimal = ZERO
    cost_below_zero: Decimal = ZERO
    purchase: tuple[Line, ...] = ()
    corrected: Decimal = ZERO


@dataclass(frozen=True)
class Assumptions:
    """What holds for every customer: how rows are to be read, and what AI models cost on a day, best list first."""

    rows: str
    model_prices: ModelPrices


# --- Purchases (5.6 and 6.5) -----------------------------------------------------------------------------------------


def largest_pack(packs: Sequence[Pack]) -> Pack:
    """Ties: the lower price, then the order of the catalog."""
    return min(packs, key=lambda pack: (-pack.credits, pack.price))


def smallest_pack_covering(shortfall: Decimal, packs: Sequence[Pack]) -> Pack:
    """Ties: the lower price, then the order of the catalog."""
    covering = [pack for pack in packs if pack.credits >= shortfall]
    return min(covering, key=lambda pack: (pack.credits, pack.price))


def packs_for(shortfall: Decimal, pack_rule: str, packs: Sequence[Pack]) -> list[Pack]:
    """5.6: the packs that cover a shortfall, in the order they are bought; empty if the rule buys none."""
    if pack_rule != "smallest_sufficient":
        named = [pack for pack in packs if pack.code == pack_rule]
        return [pack for pack in named for _ in range(rounded_up_count(shortfall, pack.credits))]
    if not packs:
        return []
    wanted = []
    largest = largest_pack(packs)
    while shortfall > largest.credits:
        wanted.append(largest)
        shortfall -= largest.credits
    return [*wanted, smallest_pack_covering(shortfall, packs)]


class Wanted(NamedTuple):
    """How many of what is wanted are bought, and whether the limit, and whether the cap, stands in the way."""

    count: int
    beyond_limit: bool
    beyond_cap: bool


def count_within(prices: Sequence[Decimal], left: int | None, room: Decimal | None, *, in_parts: bool, free: bool) -> Wanted:
    """5.6, 6.5, 15.5: all or nothing for one request; as many as limit and cap allow for a total of many.

    Where what lies beyond the cap is free, one request too has what the cap covers.
    """
    wanted = len(prices)
    affordable = wanted
    if room is not None:
        sums = [sum(prices[: count + 1], ZERO) for count in range(wanted)]
        affordable = sum(1 for each in sums if each <= room)
    beyond_limit, beyond_cap = left is not None and wanted > left, affordable < wanted
    if not beyond_limit and not beyond_cap:
        return Wanted(wanted, beyond_limit, beyond_cap)
    if in_parts or (free and not beyond_limit):
        return Wanted(min(affordable, wanted if left is None else left), beyond_limit, beyond_cap)
    return Wanted(0, beyond_limit, beyond_cap)


def room_of(terms: Terms, stock: Stock) -> Decimal | None:
    """15.5: what the cap leaves for purchases; None without a cap."""
    return None if terms.cap is None else terms.cap.amount - stock.spent


def purchases_left(terms: Terms, stock: Stock) -> int | None:
    return None if terms.purchases_max is None else terms.purchases_max - stock.purchase_count


def buy_packs(shortfall: Decimal, at: datetime, terms: Terms, stock: Stock, *, in_parts: bool) -> tuple[list[Pack], Wanted]:
    """5.4 to 5.6: what a customer that is short buys; the credits are there at once."""
    if shortfall <= ZERO or not stock.buys:
        return [], NOTHING_WANTED
    packs = packs_for(shortfall, terms.pack_rule, terms.packs)
    prices = [pack.price for pack in packs]
    left, room, free = purchases_left(terms, stock), room_of(terms, stock), terms.cap is not None and terms.cap.free
    wanted = count_within(prices, left, room, in_parts=in_parts, free=free)
    bought = packs[: wanted.count]
    stock.purchase_count += len(bought)
    spend(stock, terms, sum((pack.price for pack in bought), ZERO), at)
    for line in pack_lines(bought):
        pack = next(pack for pack in bought if pack.code == line.item)
        stock.lots.append(lot_of(pack, line, at, terms.minor_digits))
    return bought, wanted


NOTHING_WANTED = Wanted(0, True, False)


def spend(stock: Stock, terms: Terms, amount: Decimal, at: datetime) -> None:
    stock.spent += amount
    note_cap(stock, terms, stock.spent, at)


def note_cap(stock: Stock, terms: Terms, counted: Decimal, at: datetime, *, refused: bool = False) -> None:
    """15.5: the cap is reached where what it counts comes up to it, and where it stands in the way."""
    is_reached = terms.cap is not None and (refused or (counted > ZERO and counted >= terms.cap.amount))
    if is_reached and stock.reached_at is None:
        stock.reached_at = at


def lot_of(pack: Pack, line: Line, at: datetime, minor_digits: int) -> PackLot:
    return PackLot(line.bought, line.amount(minor_digits), expiry_of(pack.expires_after_days, at))


def pack_line(pack: Pack, count: int) -> Line:
    return Line("credit_pack", pack.code, Decimal(count), pack.price, count * pack.credits)


def pack_lines(bought: Sequence[Pack]) -> tuple[Line, ...]:
    """12: one line per kind of pack."""
    return tuple(pack_line(pack, bought.count(pack)) for pack in dict.fromkeys(bought))


def top_up_line(plan: str, amount: Decimal, count: int) -> Line:
    return Line("top_up", plan, Decimal(count), amount, count * amount)


def buy_top_ups(
    shortfall: Decimal, at: datetime, terms: Terms, stock: Stock, *, in_parts: bool
) -> tuple[tuple[Line, ...], Wanted]:
    """6.5: a customer that is short adds the top-up amount as often as it takes."""
    if shortfall <= ZERO or not stock.buys or terms.top_up_amount is None:
        return (), NOTHING_WANTED
    amounts = [terms.top_up_amount] * rounded_up_count(shortfall, terms.top_up_amount)
    left, room, free = purchases_left(terms, stock), room_of(terms, stock), terms.cap is not None and terms.cap.free
    wanted = count_within(amounts, left, room, in_parts=in_parts, free=free)
    count = wanted.count
    stock.purchase_count += count
    if count:  # nothing bought leaves what a correction may give back as it was (15.7)
        stock.settle_top_ups()
    stock.top_ups_left += count * terms.top_up_amount
    stock.balance += count * terms.top_up_amount
    spend(stock, terms, count * terms.top_up_amount, at)
    return ((top_up_line(terms.plan, terms.top_up_amount, count),) if count else ()), wanted


# --- Admission -------------------------------------------------------------------------------------------------------


def admit(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """3.3, 3.5, then the rule of the plan's consumption model."""
    feature = terms.features.get(event.feature)
    if event.value < ZERO:
        return corrected(event, terms, stock)
    if feature is None or feature.get("ended"):
        return Outcome(reason=NOT_IN_PLAN)
    if feature.get("unlimited"):
        stock.used_units[event.feature] = stock.used_units.get(event.feature, ZERO) + event.value
        return Outcome(served=event.value)
    rule = {"metered": admit_metered, "credits": admit_credits, "balance": admit_balance}[terms.model]
    outcome = rule(event, terms, stock, assumptions)
    if terms.model != "metered":
        stock.used_units[event.feature] = stock.used_units.get(event.feature, ZERO) + outcome.served
    return outcome


def payable_part(
    value: Decimal,
    available: Decimal,
    cost: Callable[[Decimal], Decimal],
    per_unit: Decimal,
    *,
    in_parts: bool,
) -> tuple[Decimal, str | None]:
    """3.2: an event whole or not at all; of an aggregate row as many whole units as can be paid for."""
    if cost(value) <= available:
        return value, None
    whole_units = max(available, ZERO) // per_unit if in_parts else ZERO
    return whole_units, ALLOWANCE_EXHAUSTED


def overage_of(feature: Mapping[str, Any], terms: Terms) -> Mapping[str, Any] | None:
    """4.1, 15.1; where overage is not allowed there is none (7.1, 7.2)."""
    return feature.get("overage") if terms.overage_is_allowed else None


def included_units(feature: Mapping[str, Any]) -> Decimal:
    """4.1: 0 if nothing is said."""
    return decimal(feature.get("included") or 0)


def admit_metered(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """4.2 with an overage price everything is served; 4.3 without one ``included`` is a hard limit; 15.5 a cap on the overage."""
    feature = terms.features[event.feature]
    used = stock.used_units.get(event.feature, ZERO)
    overage, in_parts = overage_of(feature, terms), assumptions.rows == "aggregate"
    served, reason = event.value, None
    if overage is None:
        left = included_units(feature) - used
        served, reason = payable_part(event.value, left, lambda units: units, ONE, in_parts=in_parts)
    elif terms.cap is not None:
        served, reason = within_cap(event, terms, stock, in_parts=in_parts)
    stock.used_units[event.feature] = used + served
    if terms.cap is not None and overage is not None and served:
        note_cap(stock, terms, metered_spend(terms, stock), event.timestamp)
    return Outcome(served=served, reason=reason)


def charged_beyond(code: str, terms: Terms, stock: Stock) -> Decimal:
    """Units beyond ``included`` that are charged; below 0 as long as included ones are left."""
    used = stock.used_units.get(code, ZERO) - stock.free_units.get(code, ZERO)
    return used - included_units(terms.features[code])


def feature_spend(code: str, terms: Terms, stock: Stock) -> Decimal:
    feature = terms.features[code]
    if feature.get("unlimited") or overage_of(feature, terms) is None:
        return ZERO
    return least_cost(feature, charged_beyond(code, terms, stock))


def least_cost(feature: Mapping[str, Any], units: Decimal) -> Decimal:
    """8.7: of several sets of prices the one that costs less for these units holds."""
    return min(exact_cost(overage, units) for overage, _ in feature["sets"])


def most_of_any(feature: Mapping[str, Any], base: Decimal, more: Decimal, room: Decimal, step: Decimal) -> Decimal:
    return max(most_within(overage, base, more, room, step) for overage, _ in feature["sets"])


def rate_anew(terms: Terms, stock: Stock, at: datetime) -> None:
    """8.7, 14: other terms hold for the whole period; what is dearer than the cap allows is free, feature after feature."""
    if terms.cap is None or terms.model != "metered":
        return
    room = terms.cap.amount
    for code in sorted(stock.used_units):
        feature = terms.features.get(code)
        if feature is None or feature.get("unlimited") or overage_of(feature, terms) is None:
            continue
        charged = stock.used_units[code] - stock.free_units.get(code, ZERO)
        charged = most_of_any(feature, -included_units(feature), charged, room, MILLIONTH)
        stock.free_units[code] = stock.used_units[code] - charged
        room -= feature_spend(code, terms, stock)
    note_cap(stock, terms, metered_spend(terms, stock), at)


def metered_spend(terms: Terms, stock: Stock) -> Decimal:
    """15.5: what the overage would come to if the period ended now."""
    return sum((feature_spend(code, terms, stock) for code in terms.features), ZERO)


def within_cap(event: Event, terms: Terms, stock: Stock, *, in_parts: bool) -> tuple[Decimal, str | None]:
    """15.5: what is served of an event, and why not all of it."""
    assert terms.cap
    base, now = charged_beyond(event.feature, terms, stock), feature_spend(event.feature, terms, stock)
    feature = terms.features[event.feature]
    after = least_cost(feature, base + event.value)
    room = terms.cap.amount - (metered_spend(terms, stock) - now)
    if after <= now or after <= room:
        return event.value, None
    note_cap(stock, terms, ZERO, event.timestamp, refused=True)
    if terms.cap.free:
        charged = most_of_any(feature, base, event.value, room, MILLIONTH)
        stock.free_units[event.feature] = stock.free_units.get(event.feature, ZERO) + event.value - charged
        return event.value, None
    return (most_of_any(feature, base, event.value // ONE, room, ONE) if in_parts else ZERO), SPEND_CAP


def admit_credits(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """5.2 plan credits first, then purchased ones; 5.4 short of both: buy, or be blocked."""
    per_unit = decimal(terms.features[event.feature]["credits_per_unit"])
    in_parts = assumptions.rows == "aggregate"

    def cost(units: Decimal) -> Decimal:
        return event_credits(units, per_unit)

    shortfall = cost(event.value) - stock.plan_credits - stock.purchased_credits
    bought, wanted = buy_packs(shortfall, event.timestamp, terms, stock, in_parts=in_parts)
    available = stock.plan_credits + stock.purchased_credits
    served, reason = payable_part(event.value, available, cost, per_unit, in_parts=in_parts)
    paid = cost(served)
    if reason and wanted.beyond_cap and not wanted.beyond_limit:
        assert terms.cap
        note_cap(stock, terms, ZERO, event.timestamp, refused=True)
        reason = SPEND_CAP
        if terms.cap.free:
            largest = largest_pack(packs_considered(terms))
            stock.free_value += rounded_share(largest.price, cost(event.value) - available, largest.credits, 9)
            served, reason, paid = event.value, None, available
    from_plan = min(paid, stock.plan_credits)
    from_purchased = paid - from_plan
    stock.plan_credits -= from_plan
    take_from_lots(stock.lots, from_purchased)
    stock.feature_credits[event.feature] = stock.feature_credits.get(event.feature, ZERO) + paid
    return Outcome(served, reason, from_plan, from_purchased, purchase=pack_lines(bought))


def packs_considered(terms: Terms) -> list[Pack]:
    return [pack for pack in terms.packs if terms.pack_rule in ("smallest_sufficient", pack.code)]


def request_cost(event: Event, feature: Mapping[str, Any], assumptions: Assumptions) -> Decimal:
    """11.2: what one request to an AI model costs, whatever its value; prices are those of its day (11.3)."""
    assert event.tokens is not None
    prices = prices_of(event.tokens.model, *assumptions.model_prices(event.timestamp.date()))
    total = token_cost(event.tokens, prices, decimal(feature.get("margin") or 0)).total
    rate = feature.get("token_rate")
    return total if rate is None else rounded_half_up(total * rate, MONEY_PLACES)


def admit_balance(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """6.2 usage goes on below zero, or 6.3 stops there unless a top-up covers it; a request for tokens is never cut."""
    feature = terms.features[event.feature]
    by_tokens = feature.get("pricing") == "ai_model"
    unit_price = ZERO if by_tokens else decimal(feature["unit_price"])
    whole_cost = request_cost(event, feature, assumptions) if by_tokens else event_cost(event.value, unit_price)
    in_parts = assumptions.rows == "aggregate" and not by_tokens

    def cost(units: Decimal) -> Decimal:
        return whole_cost if units == event.value else event_cost(units, unit_price)

    served, reason, available = event.value, None, max(stock.balance, whole_cost)
    purchase: tuple[Line, ...] = ()
    if terms.blocks_on_exhaustion:
        purchase, wanted = buy_top_ups(whole_cost - stock.balance, event.timestamp, terms, stock, in_parts=in_parts)
        available = stock.balance
        served, reason = payable_part(event.value, available, cost, unit_price, in_parts=in_parts)
        if reason and wanted.beyond_cap and not wanted.beyond_limit:
            reason = SPEND_CAP
    elif terms.cap is not None and whole_cost > ZERO and whole_cost > stock.balance:
        overdraft = max(terms.cap.amount - stock.spent, ZERO)
        if stock.spent + whole_cost - stock.balance > terms.cap.amount:
            available = max(stock.balance + overdraft, stock.balance, ZERO)
            served, reason = payable_part(event.value, available, cost, unit_price, in_parts=in_parts)
            reason = SPEND_CAP if reason else None
    paid = ZERO if reason and not in_parts else cost(served)
    if reason == SPEND_CAP:
        assert terms.cap
        note_cap(stock, terms, ZERO, event.timestamp, refused=True)
        if terms.cap.free:
            stock.free_value += whole_cost - available
            served, reason, paid = event.value, None, available
    covered = min(paid, max(stock.balance, ZERO))
    stock.balance -= paid
    stock.feature_cost[event.feature] = stock.feature_cost.get(event.feature, ZERO) + paid
    note_cap(stock, terms, stock.spent + max(-stock.balance, ZERO), event.timestamp)
    return Outcome(served, reason, cost=paid, cost_below_zero=paid - covered, purchase=purchase)


# --- Corrections (15.7) ----------------------------------------------------------------------------------------------


def corrected(event: Event, terms: Terms, stock: Stock) -> Outcome:
    """Gives back units served earlier in the same period, at most those; the rest offsets nothing."""
    used = stock.used_units.get(event.feature, ZERO)
    offset = min(-event.value, used)
    stock.used_units[event.feature] = used - offset
    feature = terms.features.get(event.feature) or {}
    if feature.get("unlimited") or not feature:
        return Outcome(served=-offset, corrected=offset)
    if terms.model == "metered":
        free = stock.free_units.get(event.feature, ZERO)
        stock.free_units[event.feature] = free - min(free, offset)
        return Outcome(served=-offset, corrected=offset)
    give_back = {"credits": credits_back, "balance": balance_back}[terms.model]
    return give_back(event, offset, feature, stock)


def credits_back(event: Event, offset: Decimal, feature: Mapping[str, Any], stock: Stock) -> Outcome:
    """First to the purchased credits used in this period, then to plan credits; at most what the feature cost."""
    spent = stock.feature_credits.get(event.feature, ZERO)
    back = min(event_credits(offset, decimal(feature["credits_per_unit"])), spent)
    to_lots = give_back_to_lots(stock.lots, back, event.timestamp)
    to_plan = min(back - to_lots, stock.plan_granted - stock.plan_credits)
    stock.plan_credits += to_plan
    stock.feature_credits[event.feature] = spent - to_lots - to_plan
    return Outcome(-offset, None, -to_plan, -to_lots, corrected=offset)


def balance_back(event: Event, offset: Decimal, feature: Mapping[str, Any], stock: Stock) -> Outcome:
    """Units x the unit price at that moment, at most what the feature cost this period."""
    spent = stock.feature_cost.get(event.feature, ZERO)
    back = min(event_cost(offset, decimal(feature["unit_price"])), spent)
    relief = min(back, max(-stock.balance, ZERO))
    stock.balance += back
    stock.feature_cost[event.feature] = spent - back
    return Outcome(-offset, None, cost=-back, cost_below_zero=-relief, corrected=offset)
