"""A replay some customers at a time: a piece. In memory is one piece, larger than memory is many, on a cluster they are encoded.

Customers are independent (billing-rules 14), so the pieces' tables, one after the other, are those of the whole, and their
totals add up to its totals.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeVar

import pyarrow as pa

from commet_core.engine.counted import Counted
from commet_core.engine.customer_bills import CustomerBills
from commet_core.engine.markets import find_in_markets, replay_parts
from commet_core.engine.replay import Replay, replay_subscribers
from commet_core.engine.totals import Totals, total_of
from commet_core.foundation.errors import InputError
from commet_core.foundation.parallel import EVENTS_PER_TASK, worker_count, worker_pool
from commet_core.foundation.ranges import ranges_up_to
from commet_core.scenario.scenario import CustomerRow, Scenario
from commet_core.scenario.subscriptions import RowProblem
from commet_core.timeline.settling import settled
from commet_core.timeline.subscribers import find_subscribers
from commet_core.timeline.window import default_window, has_events, no_usage_within
from commet_core.usage.slices import usage_of
from commet_core.usage.usage import Usage

T = TypeVar("T")

EVENTS_PER_PIECE: Final = 1 << 20
"""Large enough that what a piece costs beside its events matters little, and small as memory that nobody used before is dear."""


NO_TABLES: Final[Mapping[str, pa.Table]] = {}


@dataclass(frozen=True)
class LeftOut:
    """Customers who are not replayed: the rows of theirs that make no sense, and their events in the window.

    rejected   rows of levels that cannot be used; their customers are replayed without them
    level_rows rows of the usage that say what was held, which is no use
    """

    problems: tuple[RowProblem, ...] = ()
    events: int = 0
    rejected: tuple[RowProblem, ...] = ()
    level_rows: int = 0

    @property
    def customers(self) -> int:
        return len({problem.row.customer_id for problem in self.problems} - {""})

    def __add__(self, other: LeftOut) -> LeftOut:
        problems, rejected = (
            tuple(sorted(both, key=lambda problem: problem.row.line))
            for both in ((*self.problems, *other.problems), (*self.rejected, *other.rejected))
        )
        return LeftOut(problems, self.events + other.events, rejected, self.level_rows + other.level_rows)


@dataclass(frozen=True)
class Sums:
    """What adds up of pieces: the totals of each candidate, in the scenario's order, what each customer brought in, who
    was left out, what the tables of further rules come to, and the events of those who were replayed, before what is assumed.
    """

    totals: tuple[Totals, ...]
    bills: CustomerBills
    left_out: LeftOut
    counted: Counted
    events: int

    @property
    def customers(self) -> int:
        """Those who were replayed."""
        return self.totals[0].customers

    @classmethod
    def of(cls, replayed: Replay, tables: Mapping[str, pa.Table] = NO_TABLES) -> Sums:
        """tables: those of the replay's that are there already."""
        subscribers = replayed.subscribers
        left_out = LeftOut(subscribers.problems, replayed.events_left_out, subscribers.rejected, subscribers.level_rows)
        bills, counted = CustomerBills.of(replayed), Counted.of(replayed, tables)
        return cls(replayed.totals, bills, left_out + LeftOut(), counted, replayed.events_in_window)

    @classmethod
    def total(cls, parts: Sequence[Sums]) -> Sums:
        """Those of all customers of some parts, of which there is at least one."""
        totals = [total_of(of_candidate) for of_candidate in zip(*(part.totals for part in parts), strict=True)]
        bills = CustomerBills.joined([part.bills for part in parts])
        left_out, counted = sum((part.left_out for part in parts), LeftOut()), sum((part.counted for part in parts), Counted())
        return cls(tuple(totals), bills, left_out, counted, sum(part.events for part in parts))

    def __add__(self, other: Sums) -> Sums:
        return Sums.total([self, other])


@dataclass(frozen=True)
class Piece:
    """Some customers, replayed: their rows of the result tables, and what adds up."""

    tables: Mapping[str, pa.Table]
    sums: Sums
    event_count: int

    @classmethod
    def of(cls, replayed: Replay) -> Piece:
        tables = {name: replayed.table(name) for name in replayed.table_names}
        return cls(tables, Sums.of(replayed, tables), replayed.usage.event_count)


def replay_customers(scenario: Scenario, rows: Sequence[CustomerRow], usage: Usage) -> Replay:
    """The replay of some customers with their own rows of subscriptions and levels; there may be nobody.

    The scenario has a window.
    """
    assert scenario.window is not None
    own = scenario.with_customer_rows(rows)
    if "markets" in own.rules:
        return replay_parts(own, find_in_markets(own, usage, scenario.window), usage)
    return replay_subscribers(own, find_subscribers(own, usage, scenario.window))


def replay_piece(scenario: Scenario, rows: Sequence[CustomerRow], usage: Usage) -> Piece:
    """`replay_customers`, with its tables and sums alone."""
    return Piece.of(replay_customers(scenario, rows, usage))


def replay_pieces(
    scenario: Scenario, usage: Usage, finish: Callable[[Replay], T], events: int = EVENTS_PER_PIECE
) -> Iterator[T]:
    """What `finish` makes of each piece, in the order of the customers; as many pieces at once as there are cores.

    A piece has at most so many events, or is a single customer with more. `finish` is called in the piece's own thread. Raises
    InputError as `replay` does, but where nobody is left: then the replays that there are have no customers.
    """
    window = scenario.window or default_window(usage, scenario.catalog.days)
    scenario = settled(scenario.model_copy(update={"window": window}), usage, window)
    parts = list(_parts(usage, scenario.customer_rows, _piece_size(usage.event_count, events)))
    worth_it = [part for part in parts if part[0] or has_events(part[1], window, scenario.catalog.days)] or parts[:1]
    begun: deque[Future[T]] = deque()
    with worker_pool() as pool:
        for rows, part in worth_it:
            begun.append(pool.submit(lambda rows, part: finish(replay_customers(scenario, rows, part)), rows, part))
            if len(begun) == worker_count():
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def nobody_replayed(scenario: Scenario, usage: Usage, left_out: LeftOut) -> InputError:
    """Why a replay has no customers: none has usage in the window, or what their actions say makes no sense."""
    assert scenario.window is not None
    if left_out.problems:
        return InputError(problem.problem for problem in left_out.problems)
    return no_usage_within(usage, scenario.window, scenario.catalog.days)


def _piece_size(event_count: int, events: int) -> int:
    """So many events at most; fewer where as many pieces are for each core then, so that none waits for the last."""
    workers = worker_count()
    size = min(events, max(-(-event_count // workers), EVENTS_PER_TASK))
    rounds = -(-event_count // (size * workers))
    even = -(-event_count // max(1, rounds * workers)) * 101 // 100  # customers are not split
    return min(size, even) if even > EVENTS_PER_TASK else size


def _parts(usage: Usage, rows: Iterable[CustomerRow], events: int) -> Iterator[tuple[Sequence[CustomerRow], Usage]]:
    """Customers, in order, with their own rows; and with those of customers without usage that come between them."""
    parts = [usage_of(usage, *part) for part in ranges_up_to(usage.offsets, events)] or [usage]
    firsts = [part.customers[0].as_py() for part in parts if part.customer_count]
    shares: list[list[CustomerRow]] = [[] for _ in parts]
    for row in rows:
        shares[max(0, bisect_right(firsts, row.customer_id) - 1)].append(row)
    return zip(shares, parts, strict=True)
