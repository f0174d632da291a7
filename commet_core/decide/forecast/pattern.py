"""How customers use: blocks of their own last weeks, with all events in them at their hours (decisions.md 3.2)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.decide.forecast.history import History
from commet_core.foundation.calendar import DAY
from commet_core.foundation.compiled import compiled

BLOCKS_MAX: Final = 13


class Blocks(NamedTuple):
    """What may be copied of each customer, one row per customer: blocks are counted back from the origin, from 0.

    counts    int64: so many entries of the row are filled
    numbers   int64 [customer, entry]: blocks, the latest first
    firsts    int64 [customer, entry]: the first event of the block
    lasts     int64 [customer, entry]: the event after its last
    """

    counts: np.ndarray
    numbers: np.ndarray
    firsts: np.ndarray
    lasts: np.ndarray


def blocks_of(history: History) -> Blocks:
    """The last weeks of steps in which a customer is active, those without events included: silent steps are the chain's.

    A week belongs to the step in which its middle lies. Of a newcomer only weeks after its first day count.
    """
    usage, steps, size = history.usage, history.steps, history.steps.block_days * DAY
    origin = int(steps.edges[-1])
    total = int((origin - int(steps.edges[0])) // size)
    middles = origin - np.arange(total) * size - size // 2
    step_of = np.searchsorted(steps.edges, middles, side="right") - 1
    customers = usage.customer_count
    blocks = Blocks(np.zeros(customers, np.int64), *(np.zeros((customers, BLOCKS_MAX), np.int64) for _ in range(3)))
    since = np.where(history.firsts == 0, steps.edges[0], steps.calendar.start(steps.calendar.of(history.first_times)))
    _fill(usage.offsets, usage.times, history.active, step_of, since, origin, size, blocks)
    return blocks


@compiled
def _fill(offsets, times, active, step_of, since, origin, size, blocks: Blocks):  # type: ignore[no-untyped-def]
    for customer in range(len(offsets) - 1):
        first, last = offsets[customer], offsets[customer + 1]
        count = 0
        for number in range(len(step_of)):
            start = origin - (number + 1) * size
            if count == BLOCKS_MAX or start < since[customer]:
                break
            if active[customer, step_of[number]]:
                blocks.numbers[customer, count] = number
                blocks.firsts[customer, count] = first + np.searchsorted(times[first:last], start)
                blocks.lasts[customer, count] = first + np.searchsorted(times[first:last], start + size)
                count += 1
        if count == 0 and last > first:  # new in its first week: what there is of it
            number = (origin - 1 - times[last - 1]) // size
            start = origin - (number + 1) * size
            blocks.numbers[customer, 0] = number
            blocks.firsts[customer, 0] = first + np.searchsorted(times[first:last], start)
            blocks.lasts[customer, 0] = first + np.searchsorted(times[first:last], start + size)
            count = 1
        blocks.counts[customer] = count
