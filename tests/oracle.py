"""A slow, plain twin of the simulator, written from billing-rules alone.

It shares no code with ``commet_core`` and uses nothing but the standard library: one customer after another, one event
after another, in exact decimals. Where the two disagree, the rules decide. Every rule is a short function that cites
its number.

The arithmetic runs in a decimal context that raises on any inexact result, so that nothing is ever rounded except by
``rounded_half_up``.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, localcontext
from typing import Any, NamedTuple

ZERO = Decimal(0)
ONE = Decimal(1)
HALF = Decimal("0.5")
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

NOT_IN_PLAN = "not_in_plan"
ALLOWANCE_EXHAUSTED = "allowance_exhausted"

# fmt: off
CURRENCIES_WITHOUT_CENTS = frozenset({
    "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "pyg",
    "rwf", "ugx", "uyi", "vnd", "vuv", "xaf", "xof", "xpf",
})
# fmt: on
MONTHS_PER_INTERVAL = {"monthly": 1, "quarterly": 3, "yearly": 12}

Row = dict[str, Any]


class Event(NamedTuple):
    """One row of usage; in input order."""

    customer_id: str
    timestamp: datetime
    feature: str
    value: Decimal


# --- Numbers (billing-rules 1) ---------------------------------------------------------------------------------------


def decimal(number: Any) -> Decimal:
    """A number as written: 0.1 is one tenth (1.1)."""
    return Decimal(str(number))


def rounded_half_up(number: Decimal, places: int) -> Decimal:
    """``number`` (not negative) rounded half up to ``places`` decimals."""
    assert number >= ZERO
    return ((number.scaleb(places) + HALF) // ONE).scaleb(-places)


def rounded_up_count(number: Decimal, unit: Decimal) -> int:
    """How many whole ``unit`` it takes to reach ``number``."""
    count = int(number // unit)
    return count if count * unit >= number else count + 1


def event_cost(value: Decimal, unit_price: Decimal) -> Decimal:
    """1.2: value x unit price, to 9 decimals."""
    return rounded_half_up(value * unit_price, 9)


def event_credits(value: Decimal, credits_per_unit: Decimal) -> Decimal:
    """1.2: value x credits per unit, to 6 decimals."""
    return rounded_half_up(value * credits_per_unit, 6)


def minor_unit_digits(currency: str) -> int:
    """1.3: cents, or whole units where a currency has no cents."""
    return 0 if currency.lower() in CURRENCIES_WITHOUT_CENTS else 2


# --- Billing calendar (billing-rules 2) ------------------------------------------------------------------------------


class Window(NamedTuple):
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Period:
    """One billing period of one customer, already cut at the window's end."""

    index: int
    start: datetime
    end: datetime
    closed_early: bool
    base_is_charged: bool
    interval_end: datetime


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def day_from(written: Any) -> date:
    """A date as YAML gives it: a date already, or ISO text."""
    return written if isinstance(written, date) else date.fromisoformat(written)


def days_in_month(year: int, month: int) -> int:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return (first_of_next - timedelta(days=1)).day


def months_after(anchor: date, months: int) -> date:
    """2.2: the anchor's day of a later month, or that month's last day if it is shorter."""
    years, month_index = divmod(anchor.month - 1 + months, 12)
    year, month = anchor.year + years, month_index + 1
    return date(year, month, min(anchor.day, days_in_month(year, month)))


def simulation_window(scenario: Mapping[str, Any], events: Sequence[Event]) -> Window | None:
    """2.5: as stated, else the whole calendar months that cover the usage; None when there is neither."""
    stated = scenario.get("window")
    if stated:
        return Window(midnight(day_from(stated["start"])), midnight(day_from(stated["end"])))
    if not events:
        return None
    first = min(event.timestamp for event in events).date()
    last = max(event.timestamp for event in events).date()
    return Window(midnight(first.replace(day=1)), midnight(months_after(last.replace(day=1), 1)))


def subscription_start(start_rule: str, window: Window, first_event: Event) -> date:
    """2.5: the date of the first event in the window, or the window's start."""
    return window.start.date() if start_rule == "window" else first_event.timestamp.date()


def period_start_day(anchor: date, interval: str | None, index: int) -> date:
    """2.2, 2.3: weeks for weekly plans, months from the anchor for every other."""
    return anchor + timedelta(days=7 * index) if interval == "weekly" else months_after(anchor, index)


def base_is_charged_at(interval: str | None, index: int) -> bool:
    """2.4: each week, month, 3 months or 12 months, or once; never for a free plan (7.1)."""
    if interval is None:
        return False
    if interval == "one_time":
        return index == 0
    return index % MONTHS_PER_INTERVAL.get(interval, 1) == 0


def interval_end(anchor: date, interval: str | None, index: int, window: Window) -> datetime:
    """The end of the interval that a base charged at period ``index`` pays for; one-time reaches the window's end."""
    if interval == "one_time":
        return window.end
    periods = MONTHS_PER_INTERVAL.get(interval or "monthly", 1)
    return midnight(period_start_day(anchor, interval, index + periods))


def billing_periods(anchor: date, interval: str | None, window: Window) -> Iterator[Period]:
    """2.2 to 2.6: every period that begins inside the window; the last one is cut at its end."""
    index = 0
    while (start := midnight(period_start_day(anchor, interval, index))) < window.end:
        end = midnight(period_start_day(anchor, interval, index + 1))
        yield Period(
            index=index,
            start=start,
            end=min(end, window.end),
            closed_early=end > window.end,
            base_is_charged=base_is_charged_at(interval, index),
            interval_end=interval_end(anchor, interval, index, window),
        )
        index += 1


# --- What a candidate's customers are offered ------------------------------------------------------------------------


class Pack(NamedTuple):
    code: str
    credits: Decimal
    price: Decimal


@dataclass(frozen=True)
class Terms:
    """A plan at one interval, with the candidate's assumptions about purchases."""

    plan: str
    model: str
    interval: str | None
    base_price: Decimal
    features: Mapping[str, Mapping[str, Any]]
    allowance: Decimal
    blocks_on_exhaustion: bool
    pack_rule: str
    packs: Sequence[Pack]
    top_up_amount: Decimal | None
    purchases_max: int | None
    probability: Decimal
    minor_digits: int

    @property
    def is_free(self) -> bool:
        """7.1: a plan without prices."""
        return self.interval is None


def billing_interval(plan: Mapping[str, Any], candidate: Mapping[str, Any]) -> str | None:
    """The candidate's, else the plan's only one, else monthly, else the first listed; None for a free plan."""
    intervals = list(plan.get("prices") or {})
    if not intervals:
        return None
    if candidate.get("interval"):
        return str(candidate["interval"])
    return "monthly" if "monthly" in intervals else str(intervals[0])


def period_allowance(plan: Mapping[str, Any], interval: str | None) -> Decimal:
    """5.1 and 6.1: the credits or the balance granted at the start of every period."""
    if plan["consumption_model"] == "credits":
        return decimal(plan.get("included_credits") or 0)
    if plan["consumption_model"] != "balance":
        return ZERO
    if plan.get("included_balance") is not None:
        return decimal(plan["included_balance"])
    if interval is None:
        return ZERO
    return decimal(plan["prices"]["weekly" if interval == "weekly" else "monthly"])


def packs_sold_on(plan_code: str, catalog: Mapping[str, Any]) -> list[Pack]:
    """5.5: every pack, except those that list other plans; in catalog order."""
    packs = (catalog.get("credit_packs") or {}).items()
    return [
        Pack(code, decimal(pack["credits"]), decimal(pack["price"]))
        for code, pack in packs
        if pack.get("plans") is None or plan_code in pack["plans"]
    ]


def terms_of(candidate: Mapping[str, Any], catalog: Mapping[str, Any]) -> Terms:
    plan = catalog["plans"][candidate["plan"]]
    model = plan["consumption_model"]
    interval = billing_interval(plan, candidate)
    packs, top_up = candidate.get("purchases") or {}, candidate.get("top_up") or {}
    rule = {"credits": packs, "balance": top_up}.get(model, {})
    limit = rule.get("max_packs_per_period" if model == "credits" else "max_per_period")
    probability = rule.get("probability")
    return Terms(
        plan=candidate["plan"],
        model=model,
        interval=interval,
        base_price=decimal(plan["prices"][interval]) if interval else ZERO,
        features={code: feature or {} for code, feature in (plan.get("features") or {}).items()},
        allowance=period_allowance(plan, interval),
        blocks_on_exhaustion=interval is None or bool(plan.get("block_on_exhaustion")),
        pack_rule=packs.get("pack") or "none",
        packs=packs_sold_on(candidate["plan"], catalog),
        top_up_amount=decimal(top_up["amount"]) if top_up else None,
        purchases_max=None if limit is None else int(limit),
        probability=ONE if probability is None else decimal(probability),
        minor_digits=minor_unit_digits(str(catalog.get("currency") or "usd")),
    )


# --- Purchases (billing-rules 5.6 and 6.5) ---------------------------------------------------------------------------

MASK_64 = 2**64 - 1


def hash_mix(number: int) -> int:
    """The finaliser of splitmix64."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & MASK_64
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & MASK_64
    return number ^ (number >> 31)


def is_buyer(seed: int, customer_id: str, period_index: int, probability: Decimal) -> bool:
    """5.6: whether a customer buys in a period, by a hash of seed, customer and period."""
    digest = hashlib.blake2b(f"{seed}:{customer_id}".encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "little")
    draw = hash_mix((key + (period_index + 1) * 0x9E3779B97F4A7C15) & MASK_64) % 1_000_000
    return draw < probability * 1_000_000


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


def count_within_limit(wanted: int, left: int | None, rows: str) -> int:
    """5.6, 6.5: all or nothing for one request; as many as the limit allows for a total of many."""
    if left is None or wanted <= left:
        return wanted
    return left if rows == "aggregate" else 0


# --- Admission (billing-rules 3 to 6) --------------------------------------------------------------------------------


@dataclass
class Stock:
    """What a customer holds while its events are taken one by one."""

    used_units: dict[str, Decimal] = field(default_factory=dict)
    plan_credits: Decimal = ZERO
    purchased_credits: Decimal = ZERO
    balance: Decimal = ZERO
    purchase_count: int = 0
    buys: bool = False


@dataclass(frozen=True)
class Line:
    """An invoice line before it is rounded."""

    kind: str
    item: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def exact_amount(self) -> Decimal:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Outcome:
    """What became of one event."""

    served: Decimal = ZERO
    reason: str | None = None
    plan_credits: Decimal = ZERO
    purchased_credits: Decimal = ZERO
    credits_bought: Decimal = ZERO
    cost: Decimal = ZERO
    cost_below_zero: Decimal = ZERO
    topped_up: Decimal = ZERO
    purchase: tuple[Line, ...] = ()


def admit(event: Event, terms: Terms, stock: Stock, rows: str) -> Outcome:
    """3.3, 3.5, then the rule of the plan's consumption model."""
    feature = terms.features.get(event.feature)
    if feature is None:
        return Outcome(reason=NOT_IN_PLAN)
    if feature.get("unlimited"):
        return Outcome(served=event.value)
    rule = {"metered": admit_metered, "credits": admit_credits, "balance": admit_balance}[terms.model]
    return rule(event, terms, stock, rows)


def payable_part(
    value: Decimal,
    available: Decimal,
    cost: Callable[[Decimal], Decimal],
    per_unit: Decimal,
    rows: str,
) -> tuple[Decimal, str | None]:
    """3.2: an event whole or not at all; of an aggregate row as many whole units as can be paid for."""
    if cost(value) <= available:
        return value, None
    whole_units = available // per_unit if rows == "aggregate" else ZERO
    return whole_units, ALLOWANCE_EXHAUSTED


def overage_price(feature: Mapping[str, Any], terms: Terms) -> Decimal | None:
    """4.1; a free plan never charges overage (7.1)."""
    overage = feature.get("overage")
    return decimal(overage["unit_price"]) if overage and not terms.is_free else None


def included_units(feature: Mapping[str, Any]) -> Decimal:
    """4.1: 0 if nothing is said."""
    return decimal(feature.get("included") or 0)


def admit_metered(event: Event, terms: Terms, stock: Stock, rows: str) -> Outcome:
    """4.2 with an overage price everything is served; 4.3 without one ``included`` is a hard limit."""
    feature = terms.features[event.feature]
    used = stock.used_units.get(event.feature, ZERO)
    served, reason = event.value, None
    if overage_price(feature, terms) is None:
        left = included_units(feature) - used
        served, reason = payable_part(event.value, left, lambda units: units, ONE, rows)
    stock.used_units[event.feature] = used + served
    return Outcome(served=served, reason=reason)


def buy_packs(shortfall: Decimal, terms: Terms, stock: Stock, rows: str) -> list[Pack]:
    """5.4 to 5.6: what a customer that is short buys; the credits are there at once."""
    if shortfall <= ZERO or not stock.buys:
        return []
    wanted = packs_for(shortfall, terms.pack_rule, terms.packs)
    left = None if terms.purchases_max is None else terms.purchases_max - stock.purchase_count
    bought = wanted[: count_within_limit(len(wanted), left, rows)]
    stock.purchase_count += len(bought)
    stock.purchased_credits += sum((pack.credits for pack in bought), ZERO)
    return bought


def pack_lines(bought: Sequence[Pack]) -> tuple[Line, ...]:
    """12: one line per kind of pack, in the order first bought."""
    kinds = list(dict.fromkeys(bought))
    return tuple(Line("credit_pack", pack.code, Decimal(bought.count(pack)), pack.price) for pack in kinds)


def admit_credits(event: Event, terms: Terms, stock: Stock, rows: str) -> Outcome:
    """5.2 plan credits first, then purchased ones; 5.4 short of both: buy, or be blocked."""
    per_unit = decimal(terms.features[event.feature]["credits_per_unit"])

    def cost(units: Decimal) -> Decimal:
        return event_credits(units, per_unit)

    shortfall = cost(event.value) - stock.plan_credits - stock.purchased_credits
    bought = buy_packs(shortfall, terms, stock, rows)
    available = stock.plan_credits + stock.purchased_credits
    served, reason = payable_part(event.value, available, cost, per_unit, rows)
    from_plan = min(cost(served), stock.plan_credits)
    from_purchased = cost(served) - from_plan
    stock.plan_credits -= from_plan
    stock.purchased_credits -= from_purchased
    return Outcome(
        served=served,
        reason=reason,
        plan_credits=from_plan,
        purchased_credits=from_purchased,
        credits_bought=sum((pack.credits for pack in bought), ZERO),
        purchase=pack_lines(bought),
    )


def buy_top_ups(shortfall: Decimal, terms: Terms, stock: Stock, rows: str) -> int:
    """6.5: how many times the top-up amount a customer that is short adds."""
    if shortfall <= ZERO or not stock.buys or terms.top_up_amount is None:
        return 0
    wanted = rounded_up_count(shortfall, terms.top_up_amount)
    left = None if terms.purchases_max is None else terms.purchases_max - stock.purchase_count
    count = count_within_limit(wanted, left, rows)
    stock.purchase_count += count
    stock.balance += count * terms.top_up_amount
    return count


def top_up_lines(count: int, terms: Terms) -> tuple[Line, ...]:
    if count == 0 or terms.top_up_amount is None:
        return ()
    return (Line("top_up", terms.plan, Decimal(count), terms.top_up_amount),)


def admit_balance(event: Event, terms: Terms, stock: Stock, rows: str) -> Outcome:
    """6.2 usage goes on below zero, or 6.3 stops there unless a top-up covers it."""
    unit_price = decimal(terms.features[event.feature]["unit_price"])

    def cost(units: Decimal) -> Decimal:
        return event_cost(units, unit_price)

    served, reason, top_ups = event.value, None, 0
    if terms.blocks_on_exhaustion:
        top_ups = buy_top_ups(cost(event.value) - stock.balance, terms, stock, rows)
        served, reason = payable_part(event.value, stock.balance, cost, unit_price, rows)
    covered = min(cost(served), max(stock.balance, ZERO))
    stock.balance -= cost(served)
    return Outcome(
        served=served,
        reason=reason,
        cost=cost(served),
        cost_below_zero=cost(served) - covered,
        topped_up=top_ups * (terms.top_up_amount or ZERO),
        purchase=top_up_lines(top_ups, terms),
    )


# --- One period ------------------------------------------------------------------------------------------------------


@dataclass
class FeatureCount:
    """What became of the events of one feature in one period."""

    outcomes: list[tuple[Event, Outcome]] = field(default_factory=list)

    @property
    def demanded(self) -> Decimal:
        return sum((event.value for event, _ in self.outcomes), ZERO)

    @property
    def blocked_events(self) -> int:
        return sum(outcome.reason is not None for _, outcome in self.outcomes)

    def total(self, quantity: str) -> Decimal:
        return sum((getattr(outcome, quantity) for _, outcome in self.outcomes), ZERO)


@dataclass
class PeriodRecord:
    """A period after its events: what happened, and what the customer held at its ends."""

    period: Period
    granted: Decimal
    purchased_credits_opening: Decimal
    outcomes: list[tuple[Event, Outcome]] = field(default_factory=list)
    allowance_left: Decimal = ZERO
    purchased_credits_closing: Decimal = ZERO
    overage_lines: list[Line] = field(default_factory=list)

    def total(self, quantity: str) -> Decimal:
        return sum((getattr(outcome, quantity) for _, outcome in self.outcomes), ZERO)

    def features(self) -> dict[str, FeatureCount]:
        """By feature code, in plain string order."""
        counts: dict[str, FeatureCount] = {}
        for event, outcome in self.outcomes:
            counts.setdefault(event.feature, FeatureCount()).outcomes.append((event, outcome))
        return dict(sorted(counts.items()))


def reset(stock: Stock, terms: Terms, buys: bool) -> None:
    """2.3, 5.3, 6.4: allowances return to what is included; only purchased credits stay."""
    stock.used_units = {}
    stock.plan_credits = terms.allowance if terms.model == "credits" else ZERO
    stock.balance = terms.allowance if terms.model == "balance" else ZERO
    stock.purchase_count = 0
    stock.buys = buys


def run_period(period: Period, events: Sequence[Event], terms: Terms, stock: Stock, rows: str) -> PeriodRecord:
    """A period from just after its reset to its end."""
    record = PeriodRecord(period, terms.allowance, stock.purchased_credits)
    for event in events:
        record.outcomes.append((event, admit(event, terms, stock, rows)))
    record.allowance_left = max(stock.balance, ZERO) if terms.model == "balance" else stock.plan_credits
    record.purchased_credits_closing = stock.purchased_credits
    record.overage_lines = overage_lines(record, terms)
    return record


def metered_overage_units(code: str, count: FeatureCount, terms: Terms) -> Decimal:
    """4.2: max(0, used - included) where there is an overage price."""
    feature = terms.features.get(code)
    if feature is None or feature.get("unlimited") or overage_price(feature, terms) is None:
        return ZERO
    return max(ZERO, count.total("served") - included_units(feature))


def metered_overage_line(code: str, count: FeatureCount, terms: Terms) -> Line | None:
    units = metered_overage_units(code, count, terms)
    if units == ZERO:
        return None
    unit_price = overage_price(terms.features[code], terms)
    assert unit_price is not None
    return Line("feature_overage", code, units, unit_price)


def overage_lines(record: PeriodRecord, terms: Terms) -> list[Line]:
    """4.2, 6.2: what a period's usage adds to the invoice after it. Credits have no overage (5.4)."""
    if terms.model == "metered":
        lines = (metered_overage_line(code, count, terms) for code, count in record.features().items())
        return [line for line in lines if line is not None]
    below_zero = record.total("cost_below_zero")
    return [Line("balance_overage", terms.plan, ONE, below_zero)] if below_zero else []


def run_subscription(
    customer_id: str,
    events: Sequence[Event],
    terms: Terms,
    scenario: Mapping[str, Any],
    window: Window,
) -> list[PeriodRecord]:
    """3.1: a customer's events in time order, period after period; the reset comes before an event at its time."""
    rows, seed = scenario.get("rows") or "event", scenario.get("seed") or 0
    anchor = subscription_start(scenario.get("start") or "first_use", window, events[0])
    stock = Stock()
    records = []
    for period in billing_periods(anchor, terms.interval, window):
        reset(stock, terms, is_buyer(seed, customer_id, period.index, terms.probability))
        within = [event for event in events if period.start <= event.timestamp < period.end]
        records.append(run_period(period, within, terms, stock, rows))
    return records


# --- Invoices (billing-rules 12) -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invoice:
    kind: str
    issued_at: datetime
    period_start: datetime
    period_end: datetime
    lines: Sequence[tuple[Line, Decimal]]

    @property
    def total(self) -> Decimal:
        return sum((amount for _, amount in self.lines), ZERO)


def line_amount(line: Line, terms: Terms) -> Decimal:
    """1.3: every line is rounded once, half up, to the currency's minor unit."""
    return rounded_half_up(line.exact_amount, terms.minor_digits)


def invoice_of(
    kind: str,
    issued_at: datetime,
    span: tuple[datetime, datetime],
    lines: Sequence[Line],
    terms: Terms,
) -> list[Invoice]:
    """12: a line that rounds to zero is left out, the base aside; without lines there is no invoice."""
    amounts = [(line, line_amount(line, terms)) for line in lines]
    kept = [(line, amount) for line, amount in amounts if amount or line.kind == "plan_base"]
    return [Invoice(kind, issued_at, *span, kept)] if kept else []


def invoice_at_start(record: PeriodRecord, previous: PeriodRecord | None, terms: Terms) -> list[Invoice]:
    """12: ``recurring`` where the base is charged, else ``overage`` for the period that ended."""
    period = record.period
    overage = previous.overage_lines if previous else []
    if period.base_is_charged:
        base = Line("plan_base", terms.plan, ONE, terms.base_price)
        return invoice_of("recurring", period.start, (period.start, period.interval_end), [base, *overage], terms)
    if previous is None:
        return []
    ended = (previous.period.start, previous.period.end)
    return invoice_of("overage", period.start, ended, overage, terms)


def purchase_invoices(record: PeriodRecord, terms: Terms) -> list[Invoice]:
    """5.5, 6.5: one invoice for each event that made the customer buy."""
    kind = "credit_purchase" if terms.model == "credits" else "balance_topup"
    span = (record.period.start, record.period.end)
    return [
        invoice
        for event, outcome in record.outcomes
        for invoice in invoice_of(kind, event.timestamp, span, outcome.purchase, terms)
    ]


def closing_invoice(record: PeriodRecord, terms: Terms) -> list[Invoice]:
    """2.6: the last period's overage, at the window's end."""
    period = record.period
    return invoice_of("closing", period.end, (period.start, period.end), record.overage_lines, terms)


def invoices_of(records: Sequence[PeriodRecord], terms: Terms) -> list[Invoice]:
    """12: in order of time; what a reset issues comes before purchases at the same time."""
    invoices = []
    for previous, record in zip([None, *records], records, strict=False):
        invoices += invoice_at_start(record, previous, terms)
        invoices += purchase_invoices(record, terms)
    return invoices + closing_invoice(records[-1], terms)


# --- Tables ----------------------------------------------------------------------------------------------------------


def shared_by_cumulative_rounding(exact_amounts: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Rounded parts that add up to the rounded whole."""
    shares, exact, rounded = [], ZERO, ZERO
    for amount in exact_amounts:
        exact += amount
        shares.append(rounded_half_up(exact, digits) - rounded)
        rounded = rounded_half_up(exact, digits)
    return shares


def feature_amounts(record: PeriodRecord, terms: Terms) -> list[Decimal | None]:
    """The invoiced overage of each feature; None under credits, which have none."""
    counts = record.features()
    if terms.model == "credits":
        return [None for _ in counts]
    if terms.model == "balance":
        below_zero = [count.total("cost_below_zero") for count in counts.values()]
        return list(shared_by_cumulative_rounding(below_zero, terms.minor_digits))
    lines = {line.item: line_amount(line, terms) for line in record.overage_lines}
    return [lines.get(code, ZERO) for code in counts]


def blocked_reason(count: FeatureCount) -> str | None:
    return next((outcome.reason for _, outcome in count.outcomes if outcome.reason), None)


def feature_period_rows(key: Row, record: PeriodRecord, terms: Terms) -> list[Row]:
    counts = record.features()
    return [
        {
            **key,
            "plan": terms.plan,
            "period_index": record.period.index,
            "feature": code,
            "demanded": count.demanded,
            "served": count.total("served"),
            "blocked": count.demanded - count.total("served"),
            "overage_units": metered_overage_units(code, count, terms) if terms.model == "metered" else None,
            "credits": (count.total("plan_credits") + count.total("purchased_credits") if terms.model == "credits" else None),
            "amount": amount,
            "events": len(count.outcomes),
            "served_events": len(count.outcomes) - count.blocked_events,
            "blocked_events": count.blocked_events,
            "blocked_reason": blocked_reason(count),
            "cost": count.total("cost") if terms.model == "balance" else None,
        }
        for (code, count), amount in zip(counts.items(), feature_amounts(record, terms), strict=True)
    ]


def period_money(record: PeriodRecord, terms: Terms) -> Row:
    """What was charged because of this period, as rounded on the invoices."""
    base = Line("plan_base", terms.plan, ONE, terms.base_price)
    plan_base = line_amount(base, terms) if record.period.base_is_charged else ZERO
    overage = sum((line_amount(line, terms) for line in record.overage_lines), ZERO)
    purchases = sum((invoice.total for invoice in purchase_invoices(record, terms)), ZERO)
    return {
        "plan_base": plan_base,
        "overage": overage,
        "purchases": purchases,
        "billed": plan_base + overage + purchases,
    }


def period_credits(record: PeriodRecord, terms: Terms) -> Row:
    """5: at a full period's end what is left of the plan credits is forfeited, at a cut it is still in hand."""
    unused, early = record.allowance_left, record.period.closed_early
    row = {
        "plan_credits_granted": record.granted,
        "plan_credits_used": record.total("plan_credits"),
        "plan_credits_forfeited": ZERO if early else unused,
        "plan_credits_in_hand": unused if early else ZERO,
        "purchased_credits_opening": record.purchased_credits_opening,
        "purchased_credits_bought": record.total("credits_bought"),
        "purchased_credits_used": record.total("purchased_credits"),
        "purchased_credits_closing": record.purchased_credits_closing,
    }
    return row if terms.model == "credits" else dict.fromkeys(row)


def period_balance(record: PeriodRecord, terms: Terms) -> Row:
    """6: exact amounts; what is left is forfeited at a full period's end, top-ups included."""
    unused, early = record.allowance_left, record.period.closed_early
    row = {
        "balance_granted": record.granted,
        "balance_topped_up": record.total("topped_up"),
        "balance_used": record.total("cost"),
        "balance_overage": record.total("cost_below_zero"),
        "balance_forfeited": ZERO if early else unused,
        "balance_in_hand": unused if early else ZERO,
    }
    return row if terms.model == "balance" else dict.fromkeys(row)


def event_counts(records: Sequence[PeriodRecord]) -> Row:
    reasons = [outcome.reason for record in records for _, outcome in record.outcomes]
    blocked = sum(reason is not None for reason in reasons)
    return {"events": len(reasons), "served_events": len(reasons) - blocked, "blocked_events": blocked}


def period_row(key: Row, record: PeriodRecord, terms: Terms) -> Row:
    return {
        **key,
        "plan": terms.plan,
        "period_index": record.period.index,
        "period_start": record.period.start,
        "period_end": record.period.end,
        "closed_early": record.period.closed_early,
        **event_counts([record]),
        **period_money(record, terms),
        **period_credits(record, terms),
        **period_balance(record, terms),
    }


def customer_row(key: Row, records: Sequence[PeriodRecord], terms: Terms) -> Row:
    """The customer's periods added up; 3.4: with every refusal by its reason, and the first one's time."""
    money = [period_money(record, terms) for record in records]
    refused = [(event, outcome) for record in records for event, outcome in record.outcomes if outcome.reason]
    reasons = [outcome.reason for _, outcome in refused]
    return {
        **key,
        "plan": terms.plan,
        "billed": sum((row["billed"] for row in money), ZERO),
        "plan_base": sum((row["plan_base"] for row in money), ZERO),
        "overage": sum((row["overage"] for row in money), ZERO),
        "purchases": sum((row["purchases"] for row in money), ZERO),
        "credit": ZERO,
        **event_counts(records),
        "blocked_allowance_events": reasons.count(ALLOWANCE_EXHAUSTED),
        "blocked_not_in_plan_events": reasons.count(NOT_IN_PLAN),
        "first_blocked_at": min((event.timestamp for event, _ in refused), default=None),
    }


def invoice_row(key: Row, number: int, invoice: Invoice) -> Row:
    return {
        **key,
        "invoice_number": number,
        "kind": invoice.kind,
        "issued_at": invoice.issued_at,
        "period_start": invoice.period_start,
        "period_end": invoice.period_end,
        "total": invoice.total,
    }


def line_rows(key: Row, number: int, invoice: Invoice) -> list[Row]:
    return [
        {
            **key,
            "invoice_number": number,
            "line_number": line_number,
            "kind": line.kind,
            "item": line.item,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "amount": amount,
        }
        for line_number, (line, amount) in enumerate(invoice.lines, start=1)
    ]


# --- The simulation --------------------------------------------------------------------------------------------------


def events_by_customer(events: Sequence[Event], window: Window) -> dict[str, list[Event]]:
    """2.5, 3.1: those inside the window, by customer, in time order; at the same time in the order of the input."""
    inside = [event for event in events if window.start <= event.timestamp < window.end]
    customers: dict[str, list[Event]] = {}
    for event in sorted(inside, key=lambda event: event.timestamp):
        customers.setdefault(event.customer_id, []).append(event)
    return dict(sorted(customers.items()))


def add_customer(tables: dict[str, list[Row]], key: Row, records: Sequence[PeriodRecord], terms: Terms) -> None:
    tables["customers"].append(customer_row(key, records, terms))
    for record in records:
        tables["periods"].append(period_row(key, record, terms))
        tables["feature_periods"] += feature_period_rows(key, record, terms)
    for number, invoice in enumerate(invoices_of(records, terms), start=1):
        tables["invoices"].append(invoice_row(key, number, invoice))
        tables["invoice_lines"] += line_rows(key, number, invoice)


def simulate(
    catalog: Mapping[str, Any],
    scenario: Mapping[str, Any],
    events: Sequence[Event],
) -> dict[str, list[Row]]:
    """Every candidate of ``scenario`` on ``events``: the tables of a result folder, as lists of rows."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ("customers", "periods", "feature_periods", "invoices", "invoice_lines")
    }
    window = simulation_window(scenario, events)
    if window is None:
        return tables
    customers = events_by_customer(events, window)
    with localcontext(EXACT):
        for candidate in scenario["candidates"]:
            terms = terms_of(candidate, catalog)
            for customer_id, own_events in customers.items():
                records = run_subscription(customer_id, own_events, terms, scenario, window)
                key = {"candidate": candidate["name"], "customer_id": customer_id}
                add_customer(tables, key, records, terms)
    return tables
