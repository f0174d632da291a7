"""One customer's statement under one candidate: the ledger event by event, the invoices, and whether they add up.

Derived from a finished `Run` and from `replay.ledger`, which replays this one customer again and keeps each outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine import tables
from commet_core.engine.candidate import ledger
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import PRICE_TYPE, TIME, UNIT_TYPE, amount_type, decimals
from commet_core.foundation.calendar import DAY
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS, decimal_of, minor_decimals
from commet_core.rating.admission import REASONS, SERVED, Ledger
from commet_core.rating.balance_kernel import BalanceRates
from commet_core.rating.credits_kernel import CreditsRates
from commet_core.rating.invoices import Bill, Invoices, Lines
from commet_core.rating.metered import MeteredRates
from commet_core.timeline.lifecycle import Purchase
from commet_core.timeline.treatments import LIMITED, PRICED
from commet_core.usage.tokens import NO_MODEL

Order = Literal["billed", "events", "refused"]
ORDERS: tuple[Order, ...] = ("billed", "events", "refused")
"""What customers can be ranked by, largest first."""

OUTCOMES = ("served", "served in part", "refused")


@dataclass(frozen=True)
class Found:
    """Customers that a search found: the first of them, largest first, and how many there are in all.

    `table`: customer_id, billed, events, refused_events.
    """

    table: pa.Table
    count: int


@dataclass(frozen=True)
class Acted:
    """A pack bought, or a balance topped up, by an action of the customer.

    at       microseconds since 1970
    segment  the customer's segment in which it was bought, counted from its first
    event    the first event that it is there for, counted from the customer's first; the number of events where none comes
    amount   micros of credits, or nanos of balance
    item     the pack, or the plan whose balance is topped up
    """

    at: int
    segment: int
    event: int
    amount: int
    item: str


@dataclass(frozen=True, eq=False)
class Moves:
    """What each event moved, int64, one entry per event; which are filled depends on the model.

    What an action bought was not bought for an event, and is not in `bought`.

    metered   used: micros of its feature used in the period, after it; overage: micros beyond what is included; overage_cost:
              their price in nanos
    credits   from_plan, from_purchased, bought: micros of a credit
    balance   overage: nanos of its cost that no positive balance covered; bought: nanos topped up
    """

    used: np.ndarray
    overage: np.ndarray
    overage_cost: np.ndarray
    from_plan: np.ndarray
    from_purchased: np.ndarray
    bought: np.ndarray


@dataclass(frozen=True, eq=False)
class Statement:
    """One customer of a run.

    customer   its place in the timeline
    events     its part of the usage's columns: the events in the window
    ledger     the outcome of each of these events
    """

    replayed: Replay
    run: Run
    customer: int
    events: slice
    ledger: Ledger

    @property
    def customer_id(self) -> str:
        customer: str = self.run.usage.customers[self.run.timeline.customers[self.customer]].as_py()
        return customer

    @property
    def currency(self) -> str:
        return self.run.currency

    @property
    def event_count(self) -> int:
        return self.events.stop - self.events.start

    @property
    def segments(self) -> slice:
        """The customer's part of the timeline's segments."""
        first, last = self.run.timeline.segments.offsets[self.customer : self.customer + 2]
        return slice(int(first), int(last))

    @property
    def start_day(self) -> int:
        """The day number on which the subscription starts, or from which on the window shows it."""
        return int(self.run.timeline.starts[self.segments.start]) // DAY

    @property
    def segment_stages(self) -> np.ndarray:
        """int16, one per segment of the customer: its stage, as its place in the run's stages."""
        return self.run.timeline.segments.stages[self.segments]

    @property
    def event_stages(self) -> np.ndarray:
        """int16, one per event: the stage on which it falls."""
        return self.segment_stages[self.event_segments]

    @property
    def times(self) -> np.ndarray:
        """int64 microseconds since 1970, one per event."""
        return self.run.usage.times[self.events]

    @property
    def features(self) -> np.ndarray:
        """int16 index into the usage's features, one per event."""
        return self.run.usage.feature_indexes[self.events]

    @property
    def values(self) -> np.ndarray:
        """int64 micros asked for, one per event."""
        return self.run.usage.values[self.events]

    @cached_property
    def segment_firsts(self) -> np.ndarray:
        """int64, one per segment of the customer: its first event, counted from the customer's first."""
        return self.run.timeline.segments.first_events[self.segments] - self.events.start

    @cached_property
    def event_segments(self) -> np.ndarray:
        """int64, one per event: its segment, counted from the customer's first."""
        lengths = np.diff(self.segment_firsts, append=self.event_count)
        return np.repeat(np.arange(len(lengths)), lengths)

    @cached_property
    def acted(self) -> tuple[Acted, ...]:
        """What actions bought in the window, in order of time."""
        own = self.run.subscription.acted
        if own is None:
            return ()
        customers = self.run.timeline.phases.customers
        return tuple(_acted(self, row, bought) for row, bought in own.purchases if customers[row] == self.customer)

    @cached_property
    def moves(self) -> Moves:
        if isinstance(self.run.rates, MeteredRates):
            return _metered_moves(self, self.run.rates)
        return _credits_moves(self) if self.run.sells("packs") else _balance_moves(self)

    @cached_property
    def own(self) -> Run:
        """The run with this customer's invoices only."""
        return replace(self.run, bill=_bill_of(self.run.bill, self.customer))

    @cached_property
    def invoices(self) -> pa.Table:
        """The customer's rows of the result table `invoices`."""
        return tables.invoices(self.own)

    @cached_property
    def invoice_lines(self) -> pa.Table:
        """The customer's rows of the result table `invoice_lines`."""
        return tables.invoice_lines(self.own)


def find_customers(run: Run, order: Order = "billed", part: str = "", most: int = 500) -> Found:
    """Customers whose id contains `part`, in any case, largest first by `order`; ties by id."""
    billed, events, refused = run.customer_billed, run.by_customer(run.segment_events), run.customer_blocked_events
    sizes = {"billed": billed, "events": events, "refused": refused}[order]
    ranked = np.argsort(-sizes, kind="stable")
    if part:
        names = run.usage.customers.take(pa.array(run.timeline.customers[ranked]))
        ranked = ranked[np.asarray(pc.match_substring(names, part, ignore_case=True))]
    shown = ranked[:most]
    return Found(
        pa.table(
            {
                "customer_id": run.usage.customers.take(pa.array(run.timeline.customers[shown])),
                "billed": decimals(billed[shown], amount_type(run.currency)),
                "events": pa.array(events[shown]),
                "refused_events": pa.array(refused[shown]),
            }
        ),
        len(ranked),
    )


def customer_place(run: Run, customer_id: str) -> int | None:
    """Where a customer stands in the run's timeline; None where it has no usage in the window."""
    index = run.usage.customer_index(customer_id)
    place = int(np.searchsorted(run.timeline.customers, index))
    known = place < run.customer_count and run.timeline.customers[place] == index
    return place if known else None


def statement_of(replayed: Replay, run: Run, customer_id: str) -> Statement:
    """The statement of a customer. Raises InputError where it has no usage in the window."""
    place = customer_place(run, customer_id)
    if place is None:
        raise InputError.of(f"customer {customer_id!r}", "it has no usage in the window", "Choose a customer from the list")
    events, kept = ledger(replayed.scenario, run, place)
    return Statement(replayed, run, place, events, kept)


def _metered_moves(statement: Statement, rates: MeteredRates) -> Moves:
    """Per event what is used of its feature so far in the period, and its units beyond what is included."""
    units = statement.ledger.units
    used = np.zeros_like(units)
    for feature in np.unique(statement.features).tolist():
        rows = np.flatnonzero(statement.features == feature)
        used[rows] = _running_by_segment(units[rows], statement.event_segments[rows])
    stages, features = statement.event_stages, statement.features
    beyond = np.maximum(used - np.maximum(used - units, rates.included[stages, features]), 0)
    overage = np.where(rates.kinds[stages, features] == PRICED, beyond, 0)
    cost = _times_half_up(overage, rates.unit_prices[stages, features])
    none = np.zeros_like(units)
    return Moves(used, overage, cost, none, none, none)


def _running_by_segment(units: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Running sums that start again in every segment; `segments` ascends."""
    running = np.cumsum(units)
    firsts = np.searchsorted(segments, segments)
    return running - running[firsts] + units[firsts]


def _times_half_up(micros: np.ndarray, price: np.ndarray) -> np.ndarray:
    """micros × price in nanos, rounded half up, as `admission.times_half_up` does for one event (billing-rules 1.2)."""
    whole, part = micros // MICROS, micros % MICROS
    high, low = price // MICROS, price % MICROS
    return whole * price + part * high + (part * low + MICROS // 2) // MICROS


def _acted(statement: Statement, phase: int, bought: Purchase) -> Acted:
    """A purchase of a phase, in the customer's own terms."""
    timeline, own = statement.run.timeline, statement.segments
    begun = (timeline.segment_phases[own] == phase) & (timeline.starts[own] <= bought.at)
    segment = int(np.flatnonzero(begun)[-1])
    event = max(int(np.searchsorted(statement.times, bought.at)), int(statement.segment_firsts[segment]))
    return Acted(bought.at, segment, event, bought.amount, bought.item)


def _bought_by_actions(statement: Statement, *, lapse: bool) -> np.ndarray:
    """int64, one per event: what actions bought since the event before; with `lapse` only in the event's own segment."""
    bought = np.zeros(statement.event_count + 1, np.int64)
    segments = np.append(statement.event_segments, -1)
    for acted in statement.acted:
        if not lapse or segments[acted.event] == acted.segment:
            bought[acted.event] += acted.amount
    return bought[:-1]


def _credits_moves(statement: Statement) -> Moves:
    """Where each event's credits came from, and what was bought for it, told from what was left before and after."""
    kept = statement.ledger
    from_plan = _left_before(statement) - kept.left
    from_purchased = kept.charged - from_plan
    purchased_before = np.concatenate([[0], kept.purchased[:-1]])  # they persist through resets (5.3)
    bought = kept.purchased - purchased_before + from_purchased - _bought_by_actions(statement, lapse=False)
    none = np.zeros_like(bought)
    return Moves(none, none, none, from_plan, from_purchased, bought)


def _balance_moves(statement: Statement) -> Moves:
    """What was topped up for each event, and the part of its cost below zero (billing-rules 6.2)."""
    kept = statement.ledger
    before = _left_before(statement)
    bought = kept.left - before + kept.charged
    overage = kept.charged - np.minimum(kept.charged, np.maximum(before + bought, 0))
    none = np.zeros_like(bought)
    return Moves(none, overage, none, none, none, bought - _bought_by_actions(statement, lapse=True))


def _left_before(statement: Statement) -> np.ndarray:
    """Plan credits or balance before each event: what the one before it left, and at a reset what the plan grants."""
    before = np.concatenate([[0], statement.ledger.left[:-1]])
    firsts = statement.segment_firsts
    has_events = firsts < np.append(firsts[1:], statement.event_count)
    before[firsts[has_events]] = statement.run.segment_granted[statement.segments][has_events]
    return before


def ledger_rows(
    statement: Statement, *, refused_only: bool = False, feature: str | None = None, period: int | None = None
) -> np.ndarray:
    """Which events to show, as places in the customer's own order: refused in whole or part, of a feature, of a period."""
    chosen = np.ones(statement.event_count, bool)
    if refused_only:
        chosen &= statement.ledger.reasons != SERVED
    if feature is not None:
        chosen &= statement.features == statement.run.usage.features.index(feature)
    if period is not None:
        chosen &= statement.event_segments == period
    return np.flatnonzero(chosen)


def ledger_table(statement: Statement, rows: np.ndarray) -> pa.Table:
    """The ledger: one row per event chosen by `rows`, in order of time, with exact decimals.

    Columns for every model: candidate, customer_id, event (from 1), time, period (from 1), feature, value, outcome, reason,
    served; where some event has tokens, those of AI models, see `_token_columns`; then the consumption model's own, see
    `_metered_columns`, `_credits_columns` and `_balance_columns`.
    """
    kept, count = statement.ledger, len(rows)
    reasons = kept.reasons[rows]
    columns: dict[str, pa.Array] = {
        "candidate": _named(np.zeros(count, np.int32), (statement.run.candidate.name,)),
        "customer_id": _named(np.zeros(count, np.int32), (statement.customer_id,)),
        "event": pa.array(rows + 1),
        "time": pa.array(statement.times[rows]).cast(TIME),
        "period": pa.array(statement.event_segments[rows] + 1),
        "feature": _named(statement.features[rows], statement.run.usage.features),
        "value": decimals(statement.values[rows], UNIT_TYPE),
        "outcome": _named(_outcomes(statement)[rows], OUTCOMES),
        "reason": _named(reasons, REASONS, absent=reasons == SERVED),
        "served": decimals(kept.units[rows], UNIT_TYPE),
        **_token_columns(statement, rows),
    }
    if isinstance(statement.run.rates, MeteredRates):
        return pa.table(columns | _metered_columns(statement, rows, statement.run.rates))
    return pa.table(columns | (_credits_columns if statement.run.sells("packs") else _balance_columns)(statement, rows))


def _token_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """The AI model of each request and its tokens, null where it has none; no columns where no event of the customer has any."""
    tokens = statement.run.usage.tokens
    if tokens is None or (tokens.model_indexes[statement.events] == NO_MODEL).all():
        return {}
    own = type(tokens)(tokens.models, *(column[statement.events][rows] for column in tokens[1:]))
    without = own.model_indexes == NO_MODEL
    counts = {
        "input_tokens": own.input,
        "output_tokens": own.output,
        "cache_read_tokens": own.cache_read,
        "cache_write_tokens": own.cache_write,
    }
    models = _named(own.model_indexes, tuple(own.models.to_pylist()), absent=without)
    return {"model": models} | {name: pa.array(column, mask=without) for name, column in counts.items()}


def ledger_columns_unused(statement: Statement) -> set[str]:
    """Columns of the ledger that the plan, or the assumption about customers, leaves empty or at nothing in every row."""
    run, candidate = statement.run, statement.run.candidate
    unused = {"served"} if statement.replayed.scenario.rows == "event" else set()  # served whole or not at all (3.2)
    tokens = run.usage.tokens
    if tokens is not None:
        cached = {"cache_read_tokens": tokens.cache_read, "cache_write_tokens": tokens.cache_write}
        unused |= {name for name, column in cached.items() if not column[statement.events].any()}
    if isinstance(run.rates, MeteredRates):
        return unused if PRICED in run.rates.kinds else unused | {"overage_units", "overage_cost"}
    if isinstance(run.rates, CreditsRates):
        if candidate.purchases.pack != "none":
            return unused
        stock = {"from_purchased_credits", "purchased_credits_left"} if not statement.acted else set()
        return unused | {"credits_bought"} | stock
    assert isinstance(run.rates, BalanceRates)
    return (
        unused
        | ({"overage_cost"} if run.rates.blocks.all() else set())
        | ({"topped_up"} if candidate.top_up is None else set())
    )


def _outcomes(statement: Statement) -> np.ndarray:
    """int, one per event: index into OUTCOMES."""
    kept = statement.ledger
    return np.where(kept.reasons == SERVED, 0, np.where(kept.units > 0, 1, 2))


def _metered_columns(statement: Statement, rows: np.ndarray, rates: MeteredRates) -> dict[str, pa.Array]:
    """Units of the event's feature: used in the period, included units left, beyond what is included, and their price."""
    moves, kinds = statement.moves, rates.kinds[statement.event_stages[rows], statement.features[rows]]
    counted = (kinds == PRICED) | (kinds == LIMITED)
    return {
        "used_in_period": decimals(moves.used[rows], UNIT_TYPE),
        "included_left": _decimals_where(counted, statement.ledger.left[rows], UNIT_TYPE),
        "overage_units": _decimals_where(kinds == PRICED, moves.overage[rows], UNIT_TYPE),
        "overage_cost": _decimals_where(kinds == PRICED, moves.overage_cost[rows], PRICE_TYPE),
    }


def _credits_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """Credits: what the event cost and from which stock, what was bought for it, what is left after it."""
    moves, kept = statement.moves, statement.ledger
    stocks = {
        "credits": kept.charged,
        "from_plan_credits": moves.from_plan,
        "from_purchased_credits": moves.from_purchased,
        "credits_bought": moves.bought,
        "plan_credits_left": kept.left,
        "purchased_credits_left": kept.purchased,
    }
    return {name: decimals(stock[rows], UNIT_TYPE) for name, stock in stocks.items()}


def _balance_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """Money: what the event cost, the part of it below zero, what was topped up for it, the balance after it."""
    moves, kept = statement.moves, statement.ledger
    stocks = {
        "cost": kept.charged,
        "overage_cost": moves.overage,
        "topped_up": moves.bought,
        "balance_left": kept.left,
    }
    return {name: decimals(stock[rows], PRICE_TYPE) for name, stock in stocks.items()}


def _decimals_where(present: np.ndarray, digits: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pc.if_else(pa.array(present), decimals(digits, kind), pa.scalar(None, kind))


def _named(codes: np.ndarray, names: tuple[str, ...], absent: np.ndarray | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=absent), pa.array(names, pa.string()))


def features_used(statement: Statement) -> list[str]:
    """The features that the customer asked for in the window, the one with most events first."""
    counts = np.bincount(statement.features, minlength=len(statement.run.usage.features))
    order = np.argsort(-counts, kind="stable")
    return [statement.run.usage.features[feature] for feature in order.tolist() if counts[feature] > 0]


def _bill_of(bill: Bill, customer: int) -> Bill:
    """The invoices and lines of one customer."""
    first, last = np.searchsorted(bill.invoices.customers, [customer, customer + 1]).tolist()
    first_line, last_line = np.searchsorted(bill.lines.invoices, [first, last]).tolist()
    invoices = Invoices(*(column[first:last] for column in bill.invoices))
    lines = Lines(*(column[first_line:last_line] for column in bill.lines))
    return Bill(invoices, lines._replace(invoices=lines.invoices - first), bill.items)


def largest_invoice(statement: Statement) -> int:
    """The place of the customer's largest invoice, of equal ones the first."""
    return int(np.argmax(statement.own.bill.invoices.totals))


@dataclass(frozen=True)
class TieOut:
    """Three sums that must be one: the customer's invoice lines, its invoices, and `billed` in the table of customers."""

    lines: Decimal
    invoices: Decimal
    billed: Decimal

    @property
    def holds(self) -> bool:
        return self.lines == self.invoices == self.billed


def tie_out(statement: Statement) -> TieOut:
    """The customer's sums, each added up from its own table."""
    places = minor_decimals(statement.currency)
    bill = statement.own.bill
    return TieOut(
        lines=decimal_of(int(bill.lines.amounts.sum()), places),
        invoices=decimal_of(int(bill.invoices.totals.sum()), places),
        billed=decimal_of(int(statement.run.customer_billed[statement.customer]), places),
    )


@dataclass(frozen=True)
class Totals:
    """A customer's window in figures. Amounts in the currency's unit, exact; discount and credit are 0 or below.

    billed = base + discount + credit + overage + purchases.
    """

    billed: Decimal
    base: Decimal
    discount: Decimal
    credit: Decimal
    overage: Decimal
    purchases: Decimal
    events: int
    refused_events: int
    first_refused: int | None


def totals(statement: Statement) -> Totals:
    """What was billed and refused. `first_refused`: microseconds since 1970."""
    run, own = statement.run, statement.segments
    places = minor_decimals(statement.currency)
    refused = np.flatnonzero(statement.ledger.reasons != SERVED)
    return Totals(
        billed=decimal_of(int(run.customer_billed[statement.customer]), places),
        base=decimal_of(int(run.segment_base[own].sum()), places),
        discount=decimal_of(int(run.segment_discount[own].sum()), places),
        credit=decimal_of(int(run.segment_credit[own].sum()), places),
        overage=decimal_of(int(run.segment_overage[own].sum()), places),
        purchases=decimal_of(int(run.segment_purchases[own].sum()), places),
        events=statement.event_count,
        refused_events=len(refused),
        first_refused=int(statement.times[refused[0]]) if len(refused) else None,
    )
