"""One customer of a run: its part of the timeline, what each of its events came to, and its invoices.

Derived from a finished `Run` and from `candidate.ledger`, which replays this one customer again and keeps each outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from commet_core.engine import tables
from commet_core.engine.candidate import ledger
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import moment
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.vocabulary import Adjusted
from commet_core.rating.admission import Ledger
from commet_core.rating.invoices import Bill, Invoices, Lines
from commet_core.reports.statement.customers import customer_place
from commet_core.reports.statement.moves import Moves, moves_of
from commet_core.timeline.add_on_spells import feature_code
from commet_core.timeline.life import Purchase


@dataclass(frozen=True)
class BoughtByAction:
    """A pack bought, or a balance topped up, by an action of the customer.

    at       microseconds since 1970
    segment  the customer's segment in which it was bought, counted from its first
    event    the first event that it is there for, counted from the customer's first; the number of events where none comes
    amount   micros of credits, or nanos of balance; below zero where an adjustment took
    item     the pack, or the plan whose balance is topped up, or whose customer's stock is adjusted
    adjusts  what an adjustment gave to or took from; None of a purchase
    """

    at: int
    segment: int
    event: int
    amount: int
    item: str
    adjusts: Adjusted | None = None


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
        return self.run.timeline.days.of(int(self.run.timeline.starts[self.segments.start]))

    @property
    def zone(self) -> str:
        """The time zone in which days are days (billing-rules 2.7)."""
        return self.run.catalog.time_zone

    def time(self, micros: int) -> datetime:
        """A moment, given in microseconds since 1970, as clocks there show it."""
        return self.there(moment(micros))

    def there(self, at: datetime) -> datetime:
        """A moment as clocks in the time zone show it."""
        return at.astimezone(ZoneInfo(self.zone))

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
        """int16 index into the run's features, one per event: that of an add-on is another one while it is not active."""
        return self.run.usage.feature_indexes[self.events]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the features, each once."""
        return tuple(dict.fromkeys(feature_code(name) for name in self.run.usage.features))

    @cached_property
    def feature_codes(self) -> np.ndarray:
        """int64 index into `codes`, one per event."""
        codes = self.codes
        places = [codes.index(feature_code(name)) for name in self.run.usage.features]
        return np.array(places, np.int64)[self.features]

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
    def acted(self) -> tuple[BoughtByAction, ...]:
        """What actions bought, gave and took in the window, in order of time."""
        acted, additions = self.run.subscription.acted, self.run.charged.additions
        if acted is None or additions is None:
            return ()
        customers, applied = self.run.timeline.phases.customers, additions.applied.tolist()
        return tuple(
            _bought(self, row, replace(bought, amount=amount))
            for (row, bought), amount in zip(acted.purchases, applied, strict=True)
            if customers[row] == self.customer
        )

    @cached_property
    def moves(self) -> Moves:
        """What each event moved."""
        return moves_of(self)

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


def statement_of(replayed: Replay, run: Run, customer_id: str) -> Statement:
    """The statement of a customer. Raises InputError where it has no usage in the window."""
    customer = customer_place(run, customer_id)
    if customer is None:
        raise InputError.of(f"customer {customer_id!r}", "it has no usage in the window", "Choose a customer from the list")
    events, kept_ledger = ledger(replayed.scenario, run, customer)
    return Statement(replayed, run, customer, events, kept_ledger)


def _bought(statement: Statement, phase: int, bought: Purchase) -> BoughtByAction:
    """A purchase of a phase, in the customer's own terms."""
    timeline, segments = statement.run.timeline, statement.segments
    begun = (timeline.segment_phases[segments] == phase) & (timeline.starts[segments] <= bought.at)
    segment = int(np.flatnonzero(begun)[-1])
    event = max(int(np.searchsorted(statement.times, bought.at)), int(statement.segment_firsts[segment]))
    return BoughtByAction(bought.at, segment, event, bought.amount, bought.item, bought.adjusts)


def _bill_of(bill: Bill, customer: int) -> Bill:
    first, last = np.searchsorted(bill.invoices.customers, [customer, customer + 1]).tolist()
    first_line, last_line = np.searchsorted(bill.lines.invoices, [first, last]).tolist()
    invoices = Invoices(*(column[first:last] for column in bill.invoices))
    lines = Lines(*(column[first_line:last_line] for column in bill.lines))
    return Bill(invoices, lines._replace(invoices=lines.invoices - first), bill.items, bill.line_kinds)
