"""What the three models share: what a kernel reads and writes, and the arithmetic of one event (billing-rules 1, 3)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.money import MICROS
from commet_core.foundation.vocabulary import REFUSAL_REASONS
from commet_core.timeline.treatments import LIMITED, NOT_IN_PLAN

SERVED: Final = 0
ALLOWANCE_EXHAUSTED: Final = 1
REFUSED_NOT_IN_PLAN: Final = 2
REASONS: Final = ("", *REFUSAL_REASONS)
REASON_COUNT: Final = len(REASONS)
EVENTS: Final = 0
UNITS: Final = 1
FIRST: Final = 2
"""Of a feature or a cell: how many events, how many micros of units, and `refused_first` of the first that is refused."""
"""Why an event was refused, by the code that kernels write (billing-rules 3.4, 8.4, 8.5)."""

NONE_BLOCKED: Final = -1

PURCHASE_COLUMNS: Final = 4
"""A purchase is a row: event, segment, item (the pack's place in its rule's order; 0 for a top-up), quantity.

One that an action makes has -1 - its place in `Additions` for an event.
"""


class Events(NamedTuple):
    """What a kernel reads of the events, one entry per event.

    features     uint16 feature indexes: unsigned, because an index that may be negative has to be asked about at every use
    values       int64 micros
    token_costs  int64 nanos that the AI model cost (`token_costs`); empty where no feature is priced by it
    """

    features: np.ndarray
    values: np.ndarray
    token_costs: np.ndarray


BOUGHT: Final = 0
ALLOWANCE_ADJUSTED: Final = 1
PURCHASED_ADJUSTED: Final = 2
"""What an action adds: a pack or top-up, or an adjustment of plan credits or balance, or of purchased credits."""


class Additions(NamedTuple):
    """What actions add to a stock, or take: packs bought, top-ups and adjustments made at a given time (billing-rules 8.6),
    ascending; int64.

    segments   the segment in which it is made
    events     the event that comes after it; the one after the segment's last where none does
    times      microseconds since 1970
    amounts    micros of credits, or nanos of balance; below zero where an adjustment takes
    kinds      BOUGHT, ALLOWANCE_ADJUSTED or PURCHASED_ADJUSTED
    applied    the same, but where an adjustment found less to take, as a kernel writes it
    left       as a kernel writes it: after an adjustment, credits of all kinds or the balance
    """

    segments: np.ndarray
    events: np.ndarray
    times: np.ndarray
    amounts: np.ndarray
    kinds: np.ndarray
    applied: np.ndarray
    left: np.ndarray


class Admitted(NamedTuple):
    """What a kernel writes for every model.

    cells           int64, a row per `EVENTS`, `UNITS` and `FIRST`, an entry per cell: events served whole, micros of units served, and of the
                    first event refused, whole or in part, `refused_first`; 0 where nothing is.
    first_blocked   int64, one per customer: the first event refused, whole or in part; NONE_BLOCKED where there is none
    """

    cells: np.ndarray
    first_blocked: np.ndarray

    @property
    def cell_events(self) -> np.ndarray:
        """int64, one per cell: events served whole."""
        return self.cells[EVENTS]

    @property
    def cell_units(self) -> np.ndarray:
        """int64 micros, one per cell: units served."""
        return self.cells[UNITS]

    @property
    def cell_firsts(self) -> np.ndarray:
        """int64: the first event refused of a cell of which something is."""
        return self.cells[FIRST] // REASON_COUNT

    @property
    def cell_reasons(self) -> np.ndarray:
        """int8: why it was, as its place in REASONS; SERVED where nothing is refused."""
        return (self.cells[FIRST] % REASON_COUNT).astype(np.int8)


class Ledger(NamedTuple):
    """What a kernel writes event by event, where a ledger is asked for; all arrays are empty where it is not.

    first_event  the event that row 0 stands for
    reasons      int8, one per event: SERVED or why not
    units        int64 micros served
    charged      int64: credits in micros, or cost in nanos
    left         int64: included units, plan credits or balance left after the event
    purchased    int64: purchased credits left after the event in micros, or nanos of the balance that were topped up
    """

    first_event: int
    reasons: np.ndarray
    units: np.ndarray
    charged: np.ndarray
    left: np.ndarray
    purchased: np.ndarray


def ledger_of(first_event: int, event_count: int) -> Ledger:
    """An empty ledger for so many events; for none it is off."""
    columns = [np.zeros(event_count, np.int64) for _ in range(4)]
    return Ledger(first_event, np.zeros(event_count, np.int8), *columns)


NO_LEDGER: Final = ledger_of(0, 0)


def admitted_of(cell_count: int, customer_count: int) -> Admitted:
    """Room for the outcome of so many cells and customers."""
    return Admitted(np.zeros((3, cell_count), np.int64), np.full(customer_count, NONE_BLOCKED, np.int64))


@compiled
def nothing_blocked(feature_count):  # type: ignore[no-untyped-def]
    """Room to count what a kernel refuses in the segment at hand: a row per feature, a column per `EVENTS`, `UNITS` and `FIRST`.

    Most events are served, so kernels count the others; `close_cell` takes them from what was demanded.
    """
    return np.zeros((feature_count, 3), np.int64)


@step
def refused_first(event, reason):  # type: ignore[no-untyped-def]
    """One number of an event and why it is refused."""
    return event * REASON_COUNT + reason


@step
def refuse(blocked, admitted: Admitted, customer, event, feature, units, reason):  # type: ignore[no-untyped-def]
    """Counts an event of which so many units are refused; of several, the first says why (billing-rules 3.4)."""
    if blocked[feature, EVENTS] == 0:
        blocked[feature, FIRST] = refused_first(event, reason)
    blocked[feature, EVENTS] += 1
    blocked[feature, UNITS] += units
    if admitted.first_blocked[customer] == NONE_BLOCKED:
        admitted.first_blocked[customer] = event


@step
def close_cell(segments, cell, blocked, admitted: Admitted):  # type: ignore[no-untyped-def]
    """demanded = served + blocked (billing-rules 14) of one feature in the segment that ends; counting starts anew."""
    feature = segments.cell_features[cell]
    admitted.cells[EVENTS, cell] = segments.cell_events[cell] - blocked[feature, EVENTS]
    admitted.cells[UNITS, cell] = segments.cell_units[cell] - blocked[feature, UNITS]
    admitted.cells[FIRST, cell] = blocked[feature, FIRST]
    blocked[feature, EVENTS] = 0
    blocked[feature, UNITS] = 0
    blocked[feature, FIRST] = 0
    return feature


@step
def refusal(kind):  # type: ignore[no-untyped-def]
    """Why all usage of a feature is refused that a stage treats so (billing-rules 3.3, 8.4, 8.5); SERVED where it is not."""
    return kind - NOT_IN_PLAN + REFUSED_NOT_IN_PLAN if kind >= NOT_IN_PLAN else SERVED


@step
def within_allowance(kind, included, used, value, aggregate):  # type: ignore[no-untyped-def]
    """Why a value is refused, in whole or in part, of which so much is used of what is included, and the micros served.

    Of a feature without an overage price, what is included is all that there is (billing-rules 4.3).
    """
    if kind == LIMITED and used + value > included:
        return ALLOWANCE_EXHAUSTED, left_in_units(included, used, aggregate)
    if kind >= NOT_IN_PLAN:
        return refusal(kind), 0
    return SERVED, value


@step
def left_in_units(included, used, aggregate):  # type: ignore[no-untyped-def]
    """The micros of what is included that are served of a value that exceeds them: whole units of a total, of one request none (3.2)."""
    return max(0, included - used) // MICROS * MICROS if aggregate else 0


@step
def adjustment(additions: Additions, added, there):  # type: ignore[no-untyped-def]
    """What an adjustment gives, or takes below zero: no more than is there, and nothing of what is below zero (8.6)."""
    additions.applied[added] = max(additions.amounts[added], -max(there, 0))
    return additions.applied[added]


@step
def note(ledger: Ledger, event, reason, units, charged, left, purchased):  # type: ignore[no-untyped-def]
    """Writes an event's row where a ledger is kept."""
    if len(ledger.reasons) > 0:
        row = event - ledger.first_event
        ledger.reasons[row] = reason
        ledger.units[row] = units
        ledger.charged[row] = charged
        ledger.left[row] = left
        ledger.purchased[row] = purchased


@step
def tell(  # type: ignore[no-untyped-def]
    blocked, admitted: Admitted, ledger: Ledger, customer, event, feature, value, reason, units, charged, left, purchased
):
    """What became of an event: what of it is refused is counted, and its row is written where a ledger is kept."""
    if reason != SERVED:
        refuse(blocked, admitted, customer, event, feature, value - units, reason)
    note(ledger, event, reason, units, charged, left, purchased)


@compiled
def is_buyer(hashes, customer, period, buyers_micros):  # type: ignore[no-untyped-def]
    """Whether a customer buys in a period: a hash below the probability (billing-rules 5.6).

    The hash is splitmix64 of the customer's own hash and the period's index, so it is the same on every machine.
    """
    if buyers_micros >= MICROS:
        return True
    mixed = hashes[customer] + np.uint64(period + 1) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.int64(mixed % np.uint64(MICROS)) < buyers_micros


@step
def buy(purchases, count, event, segment, item, quantity):  # type: ignore[no-untyped-def]
    """Writes a purchase, a row of PURCHASE_COLUMNS; how many there are."""
    purchases[count] = (event, segment, item, quantity)
    return count + 1
