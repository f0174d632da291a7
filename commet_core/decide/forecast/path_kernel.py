"""The events of customers' lives in one path, drawn in machine code, a life after the other, into columns that grow as they have to.

A life is a customer who goes on, or a newcomer who lives a past newcomer's life later: a donor, shifted by whole weeks. All
chance comes from the life's key, so that a life does not depend on who else is drawn.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.decide.forecast.activity import RETURN_BY_SILENCE
from commet_core.decide.forecast.hashing import ACTIVE, BLOCK, EVENT, LEAVES, SLOPE, child, normal, uniform
from commet_core.decide.forecast.pattern import Blocks
from commet_core.decide.forecast.steps import SLOPE_LIMIT
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS

FACTOR_MAX: Final = 8.0
"""No block is copied as more than so many times itself, or less than the part that mirrors it."""

COPIES_MAX: Final = 9
"""Of an event of a block: whole times, and one by chance."""

NO_ROOM: Final = -1
"""In place of the row after a life: its events do not fit into the columns."""

REPEATED_BLOCKS: Final = 4
AFTER_ALL: Final = 2**40
"""A step after every horizon."""


class Sources(NamedTuple):
    """The events of customers who go on or are copied: as `Usage` has them."""

    offsets: np.ndarray
    times: np.ndarray
    features: np.ndarray
    values: np.ndarray


class Lives(NamedTuple):
    """What is drawn, one entry per life.

    sources     int64: the customer in `Sources`
    keys        uint64: of (seed, path, customer), or of (seed, path, step, newcomer)
    shifts      int64 microseconds: how much later a newcomer lives than its donor; 0 of who goes on
    gone_steps  int64: the step ahead from which it uses nothing any more
    """

    sources: np.ndarray
    keys: np.ndarray
    shifts: np.ndarray
    gone_steps: np.ndarray


class Habits(NamedTuple):
    """What customers do, one entry per customer of `Sources`, as `activity`, `growth` and `pattern` say.

    active, silent_for, ages, large   where it stands
    slopes, slope_errors, shares      float64 [customer, feature]
    """

    active: np.ndarray
    silent_for: np.ndarray
    ages: np.ndarray
    large: np.ndarray
    slopes: np.ndarray
    slope_errors: np.ndarray
    shares: np.ndarray


class Ahead(NamedTuple):
    """What lies ahead.

    origin, end    int64 microseconds: history ends, and the horizon
    block          int64 microseconds of a block
    edges          int64 microseconds: where steps ahead begin, and where the last ends
    silent         float64 [age group, large]; returning: float64 by silent steps
    leave_shares   float64, one per step
    errors         float64, one per feature: the path's error of the mean slope
    months_back    float64, one per block of history: steps from its middle to the origin
    months_ahead   float64, one per block ahead: damped steps from the origin to its middle
    season_back    float64, one per block of history: how much of a usual block it is; season_ahead: one per step
    scaled         totals are scaled; else events are left out or repeated
    whole          bool, one per feature: all its values are whole
    repeats        the last blocks repeat in turn
    """

    origin: int
    end: int
    block: int
    edges: np.ndarray
    silent: np.ndarray
    returning: np.ndarray
    leave_shares: np.ndarray
    errors: np.ndarray
    months_back: np.ndarray
    months_ahead: np.ndarray
    season_back: np.ndarray
    season_ahead: np.ndarray
    scaled: bool
    whole: np.ndarray
    repeats: bool


class Written(NamedTuple):
    """Where lives are written to: columns with room for so many events.

    offsets   int64, lives + 1: where each begins; filled as they are drawn
    events    int64, the event of `Sources` that each is copied from; empty where nobody asks
    """

    offsets: np.ndarray
    times: np.ndarray
    features: np.ndarray
    values: np.ndarray
    events: np.ndarray


@compiled
def draw_lives(first, lives: Lives, sources: Sources, habits: Habits, blocks: Blocks, ahead: Ahead, out: Written):  # type: ignore[no-untyped-def]
    """Draws lives from the `first` on. Returns the life for whose events there is no room any more, else how many lives there are."""
    here = np.empty(len(ahead.edges) - 1, np.bool_)
    slopes, factors = np.empty(len(ahead.errors)), np.empty(len(ahead.errors))
    for life in range(first, len(lives.sources)):
        row = _past(life, lives, sources, ahead, out)
        if row == NO_ROOM:
            return life
        customer, key = lives.sources[life], lives.keys[life]
        _presence(customer, key, lives.gone_steps[life], lives.shifts[life] == 0, habits, ahead, here)
        _slopes(customer, key, habits, ahead, slopes)
        row = _future(life, row, here, slopes, factors, lives, sources, blocks, ahead, out)
        if row == NO_ROOM:
            return life
        out.offsets[life + 1] = row
    return len(lives.sources)


@compiled
def _past(life, lives: Lives, sources: Sources, ahead: Ahead, out: Written):  # type: ignore[no-untyped-def]
    """What the life's customer has done so far, as late as the life is. Returns the row after it."""
    customer, shift = lives.sources[life], lives.shifts[life]
    row, first, last = out.offsets[life], sources.offsets[customer], sources.offsets[customer + 1]
    if row + last - first > len(out.times):
        return NO_ROOM
    for event in range(first, last):
        if sources.times[event] + shift >= ahead.end:
            break
        _write(out, row, sources.times[event] + shift, event, sources, sources.values[event])
        row += 1
    return row


@compiled
def _presence(customer, key, gone_step, goes_on, habits: Habits, ahead: Ahead, here):  # type: ignore[no-untyped-def]
    """bool, one per step ahead: whether the chain has the customer active in it (decisions.md 3.2)."""
    active, silent_for, age = habits.active[customer], habits.silent_for[customer], habits.ages[customer]
    large = int(habits.large[customer])
    gone = False
    for step in range(len(here)):
        chance = uniform(child(key, ACTIVE, step))
        if active:
            group = 0 if age <= 0 else (1 if age <= 2 else 2)
            active = chance >= ahead.silent[group, large]
        else:
            active = chance >= 1.0 - ahead.returning[min(max(silent_for, 1), len(RETURN_BY_SILENCE)) - 1]
        silent_for = 0 if active else silent_for + 1
        age += 1
        leaves = goes_on and uniform(child(key, LEAVES, step)) < ahead.leave_shares[step]
        gone = gone or leaves or step >= gone_step
        here[step] = active and not gone


@compiled
def _slopes(customer, key, habits: Habits, ahead: Ahead, slopes):  # type: ignore[no-untyped-def]
    """What each feature's usage grows by in a step: a number of the customer's for all its features."""
    drawn = normal(child(key, SLOPE, 0))
    for feature in range(len(slopes)):
        slope = habits.slopes[customer, feature] + habits.shares[customer, feature] * ahead.errors[feature]
        slope += habits.slope_errors[customer, feature] * drawn
        slopes[feature] = min(max(slope, -SLOPE_LIMIT), SLOPE_LIMIT)


@compiled
def _future(life, row, here, slopes, factors, lives: Lives, sources: Sources, blocks: Blocks, ahead: Ahead, out: Written):  # type: ignore[no-untyped-def]
    """What the customer does after the origin: a block of its own past after the other. Returns the row after it."""
    customer, key, shift = lives.sources[life], lives.keys[life], lives.shifts[life]
    entries = blocks.counts[customer]
    for block in range(len(ahead.months_ahead)):
        start = ahead.origin + block * ahead.block
        if start + shift >= ahead.end or entries == 0:
            break
        if ahead.repeats:
            entry = min(REPEATED_BLOCKS, entries) - 1 - block % min(REPEATED_BLOCKS, entries)
        else:
            entry = int(uniform(child(key, BLOCK, block)) * entries)
        first, last = blocks.firsts[customer, entry], blocks.lasts[customer, entry]
        if first == last:
            continue
        if row + (last - first) * COPIES_MAX > len(out.times):
            return NO_ROOM
        number = blocks.numbers[customer, entry]
        later = (block + number + 1) * ahead.block
        months = ahead.months_back[number] + ahead.months_ahead[block]
        for feature in range(len(slopes)):
            factors[feature] = np.exp(slopes[feature] * months)
        copies = child(key, EVENT, block)
        step = np.searchsorted(ahead.edges, start, side="right") - 1
        for event in range(first, last):
            time = sources.times[event] + later
            if time + shift >= ahead.end:
                break
            while step + 2 < len(ahead.edges) and time >= ahead.edges[step + 1]:
                step += 1
            if not here[step]:
                continue
            feature = sources.features[event]
            factor = factors[feature] * ahead.season_ahead[step] / ahead.season_back[number]
            factor = min(max(factor, 1.0 / FACTOR_MAX), FACTOR_MAX)
            chance = uniform(child(copies, EVENT, event - sources.offsets[customer]))
            value, times = _copied(sources.values[event], factor, chance, ahead.scaled, ahead.whole[feature])
            for _ in range(times):
                _write(out, row, time + shift, event, sources, value)
                row += 1
    return row


@compiled
def _copied(value, factor, chance, scaled, whole):  # type: ignore[no-untyped-def]
    """An event at a factor: its value, and how often it is there. A total is scaled; of an event, nested parts are left out."""
    if not scaled:
        return value, int(factor) + (1 if chance < factor - int(factor) else 0)
    if whole:
        units = value // MICROS * factor
        value = (int(units) + (1 if chance < units - int(units) else 0)) * MICROS
    else:
        value = int(value * factor + 0.5)
    return value, 1 if value > 0 else 0


@compiled
def _write(out: Written, row, time, event, sources: Sources, value):  # type: ignore[no-untyped-def]
    out.times[row] = time
    out.features[row] = sources.features[event]
    out.values[row] = value
    if len(out.events) > 0:
        out.events[row] = event
