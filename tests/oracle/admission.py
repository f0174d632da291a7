"""Admission of one event, and the purchases that it leads to (billing-rules 3 to 6, 11)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .amounts import ONE, ZERO, decimal, event_cost, event_credits, rounded_half_up, rounded_up_count
from .events import Event
from .lots import PackLot, expiry_of, take_from_lots
from .plans import Pack, Terms
from .tokens import prices_of, token_cost

NOT_IN_PLAN = "not_in_plan"
ALLOWANCE_EXHAUSTED = "allowance_exhausted"
WHILE_PAUSED = "paused"
NOT_SUBSCRIBED = "not_subscribed"

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

    @property
    def purchased_credits(self) -> Decimal:
        return sum((lot.left for lot in self.lots), ZERO)


@dataclass(frozen=True)
class Line:
    """An invoice line before it is rounded.

    ``bought``: the credits or the balance that it pays for. ``whole``: the amount where it is not quantity x unit price.
    ``tier`` and ``charge``: 15.1, of prices in tiers the tier, from 1, and ``flat`` for its fee.
    """

    kind: str
    item: str
    quantity: Decimal
    unit_price: Decimal
    bought: Decimal = ZERO
    whole: Decimal | None = None
    tier: int | None = None
    charge: str | None = None

    def amount(self, minor_digits: int) -> Decimal:
        """1.3: every line is rounded once, half up, to the currency's minor unit."""
        exact = self.quantity * self.unit_price if self.whole is None else self.whole
        return rounded_half_up(exact, minor_digits)


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


def count_within_limit(wanted: int, left: int | None, *, in_parts: bool) -> int:
    """5.6, 6.5: all or nothing for one request; as many as the limit allows for a total of many."""
    if left is None or wanted <= left:
        return wanted
    return left if in_parts else 0


def purchases_left(terms: Terms, stock: Stock) -> int | None:
    return None if terms.purchases_max is None else terms.purchases_max - stock.purchase_count


def buy_packs(shortfall: Decimal, at: datetime, terms: Terms, stock: Stock, *, in_parts: bool) -> list[Pack]:
    """5.4 to 5.6: what a customer that is short buys; the credits are there at once."""
    if shortfall <= ZERO or not stock.buys:
        return []
    wanted = packs_for(shortfall, terms.pack_rule, terms.packs)
    bought = wanted[: count_within_limit(len(wanted), purchases_left(terms, stock), in_parts=in_parts)]
    stock.purchase_count += len(bought)
    for line in pack_lines(bought):
        pack = next(pack for pack in bought if pack.code == line.item)
        stock.lots.append(lot_of(pack, line, at, terms.minor_digits))
    return bought


def lot_of(pack: Pack, line: Line, at: datetime, minor_digits: int) -> PackLot:
    return PackLot(line.bought, line.amount(minor_digits), expiry_of(pack.expires_after_days, at))


def pack_line(pack: Pack, count: int) -> Line:
    return Line("credit_pack", pack.code, Decimal(count), pack.price, count * pack.credits)


def pack_lines(bought: Sequence[Pack]) -> tuple[Line, ...]:
    """12: one line per kind of pack."""
    return tuple(pack_line(pack, bought.count(pack)) for pack in dict.fromkeys(bought))


def top_up_line(plan: str, amount: Decimal, count: int) -> Line:
    return Line("top_up", plan, Decimal(count), amount, count * amount)


def buy_top_ups(shortfall: Decimal, terms: Terms, stock: Stock, *, in_parts: bool) -> tuple[Line, ...]:
    """6.5: a customer that is short adds the top-up amount as often as it takes."""
    if shortfall <= ZERO or not stock.buys or terms.top_up_amount is None:
        return ()
    wanted = rounded_up_count(shortfall, terms.top_up_amount)
    count = count_within_limit(wanted, purchases_left(terms, stock), in_parts=in_parts)
    stock.purchase_count += count
    stock.balance += count * terms.top_up_amount
    return (top_up_line(terms.plan, terms.top_up_amount, count),) if count else ()


# --- Admission -------------------------------------------------------------------------------------------------------


def admit(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """3.3, 3.5, then the rule of the plan's consumption model."""
    feature = terms.features.get(event.feature)
    if feature is None:
        return Outcome(reason=NOT_IN_PLAN)
    if feature.get("unlimited"):
        return Outcome(served=event.value)
    rule = {"metered": admit_metered, "credits": admit_credits, "balance": admit_balance}[terms.model]
    return rule(event, terms, stock, assumptions)


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
    whole_units = available // per_unit if in_parts else ZERO
    return whole_units, ALLOWANCE_EXHAUSTED


def overage_of(feature: Mapping[str, Any], terms: Terms) -> Mapping[str, Any] | None:
    """4.1, 15.1; where overage is not allowed there is none (7.1, 7.2)."""
    return feature.get("overage") if terms.overage_is_allowed else None


def included_units(feature: Mapping[str, Any]) -> Decimal:
    """4.1: 0 if nothing is said."""
    return decimal(feature.get("included") or 0)


def admit_metered(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """4.2 with an overage price everything is served; 4.3 without one ``included`` is a hard limit."""
    feature = terms.features[event.feature]
    used = stock.used_units.get(event.feature, ZERO)
    served, reason = event.value, None
    if overage_of(feature, terms) is None:
        left = included_units(feature) - used
        in_parts = assumptions.rows == "aggregate"
        served, reason = payable_part(event.value, left, lambda units: units, ONE, in_parts=in_parts)
    stock.used_units[event.feature] = used + served
    return Outcome(served=served, reason=reason)


def admit_credits(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """5.2 plan credits first, then purchased ones; 5.4 short of both: buy, or be blocked."""
    per_unit = decimal(terms.features[event.feature]["credits_per_unit"])
    in_parts = assumptions.rows == "aggregate"

    def cost(units: Decimal) -> Decimal:
        return event_credits(units, per_unit)

    shortfall = cost(event.value) - stock.plan_credits - stock.purchased_credits
    bought = buy_packs(shortfall, event.timestamp, terms, stock, in_parts=in_parts)
    available = stock.plan_credits + stock.purchased_credits
    served, reason = payable_part(event.value, available, cost, per_unit, in_parts=in_parts)
    from_plan = min(cost(served), stock.plan_credits)
    from_purchased = cost(served) - from_plan
    stock.plan_credits -= from_plan
    take_from_lots(stock.lots, from_purchased)
    return Outcome(served, reason, from_plan, from_purchased, purchase=pack_lines(bought))


def request_cost(event: Event, feature: Mapping[str, Any], assumptions: Assumptions) -> Decimal:
    """11.2: what one request to an AI model costs, whatever its value; prices are those of its day (11.3)."""
    assert event.tokens is not None
    prices = prices_of(event.tokens.model, *assumptions.model_prices(event.timestamp.date()))
    return token_cost(event.tokens, prices, decimal(feature.get("margin") or 0)).total


def admit_balance(event: Event, terms: Terms, stock: Stock, assumptions: Assumptions) -> Outcome:
    """6.2 usage goes on below zero, or 6.3 stops there unless a top-up covers it; a request for tokens is never cut."""
    feature = terms.features[event.feature]
    by_tokens = feature.get("pricing") == "ai_model"
    unit_price = ZERO if by_tokens else decimal(feature["unit_price"])
    whole_cost = request_cost(event, feature, assumptions) if by_tokens else event_cost(event.value, unit_price)
    in_parts = assumptions.rows == "aggregate" and not by_tokens

    def cost(units: Decimal) -> Decimal:
        return whole_cost if units == event.value else event_cost(units, unit_price)

    served, reason = event.value, None
    purchase: tuple[Line, ...] = ()
    if terms.blocks_on_exhaustion:
        purchase = buy_top_ups(whole_cost - stock.balance, terms, stock, in_parts=in_parts)
        served, reason = payable_part(event.value, stock.balance, cost, unit_price, in_parts=in_parts)
    paid = ZERO if reason and not in_parts else cost(served)
    covered = min(paid, max(stock.balance, ZERO))
    stock.balance -= paid
    return Outcome(served, reason, cost=paid, cost_below_zero=paid - covered, purchase=purchase)
