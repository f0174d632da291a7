"""A replay some customers at a time: as much memory as a part needs, however large the usage.

Customers are independent (billing-rules 14), so the parts' results, one after the other, are those of the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

import numpy as np

from commet_core.parallel import worker_count, worker_pool
from commet_core.replay import Replay, replay
from commet_core.scenario import Scenario
from commet_core.timeline import default_window, has_events
from commet_core.usage import Usage

T = TypeVar("T")

EVENTS_PER_PART = 1_000_000
"""Large enough that what a part costs beside its events does not matter."""


def replay_parts(scenario: Scenario, usage: Usage, finish: Callable[[Replay], T], events: int = EVENTS_PER_PART) -> Iterator[T]:
    """What `finish` makes of each part's replay, in the order of the customers; as many parts at once as there are cores.

    A part has about so many events, or is a single customer with more. `finish` is called in the part's own thread. Raises
    as `replay` does; a usage with no event in the window is given to it whole.
    """
    window = scenario.window or default_window(usage)
    scenario = scenario.model_copy(update={"window": window})
    parts = [part for part in parts_of(usage, events) if has_events(part, window)]
    begun: deque[Future[T]] = deque()
    with worker_pool() as pool:
        for part in parts or [usage]:
            begun.append(pool.submit(_replay_part, scenario, part, finish))
            if len(begun) > worker_count():
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _replay_part(scenario: Scenario, part: Usage, finish: Callable[[Replay], T]) -> T:
    return finish(replay(scenario, part))


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
    )
