"""A replay some customers at a time: as much memory as a part needs, however large the usage.

Customers are independent (billing-rules 14), so the parts' results, one after the other, are those of the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

import numpy as np

from commet_core.engine.replay import Replay, replay, replay_subscribers
from commet_core.foundation.parallel import EVENTS_PER_TASK, worker_count, worker_pool
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.timeline.subscribers import find_subscribers
from commet_core.timeline.window import default_window, has_events
from commet_core.usage.usage import Usage

T = TypeVar("T")

EVENTS_PER_PART = 1_000_000
"""Large enough that what a part costs beside its events does not matter."""


def replay_parts(scenario: Scenario, usage: Usage, finish: Callable[[Replay], T], events: int = EVENTS_PER_PART) -> Iterator[T]:
    """What `finish` makes of each part's replay, in the order of the customers; as many parts at once as there are cores.

    A part has at most about so many events, or is a single customer with more. `finish` is called in the part's own thread.
    Raises as `replay` does; a usage with no event in the window is given to it whole. Of a part whose customers are all left out,
    because of actions that make no sense, the replay has no customers.
    """
    window = scenario.window or default_window(usage)
    scenario = scenario.model_copy(update={"window": window})
    share = -(-usage.event_count // worker_count())
    all_parts = list(parts_of(usage, min(events, max(share, EVENTS_PER_TASK))))
    shares = zip(all_parts, _subscriptions_of(all_parts, scenario), strict=True)
    parts = [(part, rows) for part, rows in shares if rows or has_events(part, window)]
    begun: deque[Future[T]] = deque()
    with worker_pool() as pool:
        if not parts:
            yield finish(replay(scenario, usage))
        for part, rows in parts:
            own = scenario.model_copy(update={"subscriptions": tuple(rows)})
            begun.append(pool.submit(_replay_part, own, window, part, finish))
            if len(begun) > worker_count():
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _replay_part(scenario: Scenario, window: Window, part: Usage, finish: Callable[[Replay], T]) -> T:
    return finish(replay_subscribers(scenario, find_subscribers(scenario, part, window)))


def _subscriptions_of(parts: Sequence[Usage], scenario: Scenario) -> list[list[SubscriptionRow]]:
    """The subscription rows of each part: those of its customers, and of customers without usage that come between them."""
    firsts = [part.customers[0].as_py() for part in parts]
    shares: list[list[SubscriptionRow]] = [[] for _ in parts]
    for row in scenario.subscriptions if shares else ():
        shares[max(0, bisect_right(firsts, row.customer_id) - 1)].append(row)
    return shares


def parts_of(usage: Usage, events: int) -> Iterator[Usage]:
    """Customers, in order, in parts of about so many events. Nothing is copied."""
    first = 0
    while first < usage.customer_count:
        following = np.searchsorted(usage.offsets, usage.offsets[first] + events, side="right") - 1
        last = max(first + 1, int(following))
        yield part_of(usage, first, last)
        first = last


def part_of(usage: Usage, first: int, last: int) -> Usage:
    """The usage of the customers from `first` to before `last`."""
    offsets = usage.offsets[first : last + 1]
    own = slice(int(offsets[0]), int(offsets[-1]))
    return Usage(
        usage.customers[first:last],
        usage.features,
        offsets - offsets[0],
        usage.times[own],
        usage.feature_indexes[own],
        usage.values[own],
        None if usage.tokens is None else usage.tokens.slice(own),
    )
