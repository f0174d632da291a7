"""Lots of purchased credits as rows of one array: added, used, expired, taken away and given back (billing-rules 8.6, 15.3, 15.7)."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.rows import with_room
from commet_core.rating.beyond import NEVER

USE_COLUMNS: Final = 5
"""What became of a lot in a month of a segment is a row: segment, the lot's place among the purchases, micros used (below zero
where more was given back than used), micros expired, the month's place in the window.
"""

PURCHASE: Final = 0
EXPIRY: Final = 1
LEFT: Final = 2
USED_NOW: Final = 3
LAST_USE: Final = 4
EXPIRED_NOW: Final = 5
WRITTEN: Final = 6
TAKEN_NOW: Final = 7
LOT_COLUMNS: Final = 8
"""A lot is a row: its place among the purchases, when it expires, micros left, used in the segment, when last used, micros expired
that no row of uses has yet, used in the segment that some row has, and micros taken away that no row has yet.
"""


@compiled
def no_lots():  # type: ignore[no-untyped-def]
    """Room for some lots, and for what becomes of some."""
    return np.zeros((16, LOT_COLUMNS), np.int64), np.empty((16, USE_COLUMNS), np.int64)


@step
def add_lot(lots, count, purchase, expiry, micros):  # type: ignore[no-untyped-def]
    """Puts a lot where it is used: soonest expiry first, then oldest (15.3); how many there are."""
    place = count
    while place > 0 and lots[place - 1, EXPIRY] > expiry:
        _move(lots, place - 1, place)
        place -= 1
    lots[place] = (purchase, expiry, micros, 0, 0, 0, 0, 0)
    return count + 1


@step
def _move(lots, place, to):  # type: ignore[no-untyped-def]
    for column in range(LOT_COLUMNS):
        lots[to, column] = lots[place, column]


@step
def expire(lots, count, at):  # type: ignore[no-untyped-def]
    """What can no longer be used at a moment, the moment included; and when the next of what is left expires."""
    gone, following = 0, NEVER
    for lot in range(count):
        if lots[lot, EXPIRY] <= at:
            gone += lots[lot, LEFT]
            lots[lot, EXPIRED_NOW] += lots[lot, LEFT]
            lots[lot, LEFT] = 0
        elif lots[lot, LEFT] > 0 or lots[lot, USED_NOW] > 0:
            following = min(following, lots[lot, EXPIRY])
    return gone, following


@step
def take(lots, count, wanted, use):  # type: ignore[no-untyped-def]
    """Takes credits of the lots in their order; returns the number of the last use."""
    for lot in range(count):
        if wanted == 0:
            break
        taken = min(wanted, lots[lot, LEFT])
        if taken > 0:
            use += 1
            lots[lot, LEFT] -= taken
            lots[lot, USED_NOW] += taken
            lots[lot, LAST_USE] = use
            wanted -= taken
    return use


@step
def take_away(lots, count, wanted):  # type: ignore[no-untyped-def]
    """An adjustment takes credits of the oldest lots, whenever they expire (8.6)."""
    while wanted > 0:
        oldest = -1
        for lot in range(count):
            if lots[lot, LEFT] > 0 and (oldest < 0 or lots[lot, PURCHASE] < lots[oldest, PURCHASE]):
                oldest = lot
        taken = min(wanted, lots[oldest, LEFT])
        lots[oldest, LEFT] -= taken
        lots[oldest, TAKEN_NOW] += taken
        wanted -= taken


@step
def give_back(lots, count, wanted, at):  # type: ignore[no-untyped-def]
    """Gives credits back to the lots used in the segment, the one used last first, an expired one none (15.7); how many."""
    given = 0
    before = NEVER
    while given < wanted:
        last = -1
        for lot in range(count):
            usable = lots[lot, USED_NOW] > 0 and lots[lot, EXPIRY] > at and lots[lot, LAST_USE] < before
            if usable and (last < 0 or lots[lot, LAST_USE] > lots[last, LAST_USE]):
                last = lot
        if last < 0:
            break
        before = lots[last, LAST_USE]
        back = min(wanted - given, lots[last, USED_NOW])
        lots[last, USED_NOW] -= back
        lots[last, LEFT] += back
        given += back
    return given


@compiled
def write_uses(lots, count, segment, month, uses, use_count):  # type: ignore[no-untyped-def]
    """Writes what became of the lots since the last rows were written; the rows, and how many there are."""
    uses = with_room(uses, use_count, count)
    for lot in range(count):
        used = lots[lot, USED_NOW] - lots[lot, WRITTEN] + lots[lot, TAKEN_NOW]
        if used != 0 or lots[lot, EXPIRED_NOW] > 0:
            uses[use_count] = (segment, lots[lot, PURCHASE], used, lots[lot, EXPIRED_NOW], month)
            use_count += 1
            lots[lot, WRITTEN] = lots[lot, USED_NOW]
            lots[lot, EXPIRED_NOW] = 0
            lots[lot, TAKEN_NOW] = 0
    return uses, use_count


@step
def close_lots(lots, count):  # type: ignore[no-untyped-def]
    """A segment ends: lots with nothing left are gone; how many are left."""
    kept = 0
    for lot in range(count):
        lots[lot, USED_NOW] = 0
        lots[lot, WRITTEN] = 0
        if lots[lot, LEFT] > 0:
            _move(lots, lot, kept)
            kept += 1
    return kept
