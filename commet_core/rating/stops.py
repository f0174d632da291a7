"""What stands between two events of a segment: what actions add (billing-rules 8.6), and a change of terms (8.7)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import step
from commet_core.rating.admission import Additions
from commet_core.timeline.segments import Within


class Stops(NamedTuple):
    """All additions and changes of terms of a timeline, by segment and then time."""

    additions: Additions
    within: Within


class Ahead(NamedTuple):
    """Which of them are ahead in the segment at hand: additions from one up to, not with, the last, and changes likewise."""

    addition: int
    last_addition: int
    change: int
    last_change: int


@step
def before(stops: Stops, segment):  # type: ignore[no-untyped-def]
    """Where a replay begins that has come to no stop yet, before a segment."""
    addition = np.searchsorted(stops.additions.segments, segment)
    change = np.searchsorted(stops.within.segments, segment)
    return Ahead(addition, addition, change, change)


@step
def ahead_in(stops: Stops, segment, behind: Ahead):  # type: ignore[no-untyped-def]
    """What is ahead in a segment, of what is not in those before it."""
    last_addition = additions_until(stops.additions, behind.last_addition, segment)
    return Ahead(
        behind.last_addition, last_addition, behind.last_change, changes_until(stops.within, behind.last_change, segment)
    )


@step
def additions_until(additions: Additions, addition, segment):  # type: ignore[no-untyped-def]
    """Where the additions of a segment end, of which `addition` is the first if it has any."""
    while addition < len(additions.segments) and additions.segments[addition] == segment:
        addition += 1
    return addition


@step
def changes_until(within: Within, change, segment):  # type: ignore[no-untyped-def]
    """Where the changes of terms inside a segment end, of which `change` is the first if it has any (billing-rules 8.7)."""
    while change < len(within.segments) and within.segments[change] == segment:
        change += 1
    return change


@step
def is_adding(ahead: Ahead):  # type: ignore[no-untyped-def]
    """Whether an addition is ahead."""
    return ahead.addition < ahead.last_addition


@step
def is_undisturbed(ahead: Ahead):  # type: ignore[no-untyped-def]
    """Whether nothing is ahead."""
    return ahead.addition == ahead.last_addition and ahead.change == ahead.last_change


@step
def next_stop(stops: Stops, ahead: Ahead, last_event):  # type: ignore[no-untyped-def]
    """The event up to which nothing is added and the same terms hold, in a segment that ends before `last_event`.

    Of an addition and a change of terms before one event the addition comes first; a change after the last event is none.
    """
    until = last_event
    if ahead.addition < ahead.last_addition:
        until = stops.additions.events[ahead.addition]
    if ahead.change < ahead.last_change:
        until = min(until, stops.within.events[ahead.change])
    return until


@step
def adds_at(stops: Stops, ahead: Ahead, event):  # type: ignore[no-untyped-def]
    """Whether the next addition comes before this event."""
    return ahead.addition < ahead.last_addition and stops.additions.events[ahead.addition] == event


@step
def past_addition(ahead: Ahead):  # type: ignore[no-untyped-def]
    return Ahead(ahead.addition + 1, ahead.last_addition, ahead.change, ahead.last_change)


@step
def past_change(ahead: Ahead):  # type: ignore[no-untyped-def]
    return Ahead(ahead.addition, ahead.last_addition, ahead.change + 1, ahead.last_change)
