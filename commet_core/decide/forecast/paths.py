"""Paths: possible futures of some customers' usage, appended to their history (decisions.md 3.1, 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.decide.forecast.growth import DAMPING
from commet_core.decide.forecast.hashing import DAY_OF_MONTH, DONOR, GROWTH, child, key_of, normal, uniform
from commet_core.decide.forecast.history import tokens_of
from commet_core.decide.forecast.parts import Parts
from commet_core.decide.forecast.path_kernel import AFTER_ALL, Ahead, Habits, Lives, Sources, Written, draw_lives
from commet_core.decide.forecast.pattern import Blocks
from commet_core.decide.forecast.steps import step_of
from commet_core.foundation.calendar import DAY, WEEK_DAYS
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS
from commet_core.usage.slices import usage_of
from commet_core.usage.usage import Usage

NEWCOMER: Final = "\U0010fffd"
"""What the names of newcomers begin with: they come after all others, and nobody else has such a name."""


ROOM: Final = 4
ROOM_LEAST: Final = 1_000
"""Room for so many times the events of history, and a few more, before it is known how many a path has; more where it has more."""


class Newcomers(NamedTuple):
    """Who comes in a path, in order of their numbers: donors as customers of the history."""

    donors: np.ndarray
    keys: np.ndarray
    shifts: np.ndarray
    names: list[str]


@dataclass(frozen=True, eq=False)
class Drawing:
    """Everything that the paths of one forecast have in common.

    steps  so many steps ahead
    seed   of the scenario, or another
    """

    parts: Parts
    steps: int
    seed: int

    def path_key(self, path: int) -> int:
        """The key of (seed, path)."""
        return int(key_of(self.seed, 0, path))

    def newcomers(self, path: int) -> Newcomers:
        """Who comes in a path: depends on (seed, path, step, number) alone."""
        parts, key = self.parts, np.uint64(self.path_key(path))
        counts = parts.arrivals.numbers(int(key), self.steps)
        if len(parts.arrivals.donors) == 0:
            counts = np.zeros_like(counts)
        total = int(counts.sum())
        keys, donors, shifts = np.empty(total, np.uint64), np.empty(total, np.int64), np.empty(total, np.int64)
        steps = parts.history.steps
        edges = steps.calendar.of(steps.edges_of(steps.origin, steps.origin + self.steps))
        first_days = steps.calendar.of(parts.history.first_times)
        week = WEEK_DAYS if steps.unit == "month" else 1
        _draw_newcomers(key, counts, edges, first_days, parts.arrivals.donors, week, keys, donors, shifts)
        numbers = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        names = [
            f"{NEWCOMER}{step:04d}-{number:06d}"
            for step, number in zip(np.repeat(np.arange(len(counts)), counts).tolist(), numbers.tolist(), strict=True)
        ]
        return Newcomers(donors, keys, shifts, names)

    def ahead(self, path: int) -> Ahead:
        parts, steps = self.parts, self.parts.history.steps
        edges = steps.edges_of(steps.origin, steps.origin + self.steps)
        block = steps.block_days * DAY
        blocks_ahead = -(-int(edges[-1] - edges[0]) // block)
        blocks_back = max(1, int(steps.edges[-1] - steps.edges[0]) // block + 1)
        middles = (np.arange(max(blocks_ahead, blocks_back)) + 0.5) * steps.block_days / steps.days_each
        drawn = normal(key_of(self.path_key(path), GROWTH, 0))
        back, there = _seasons(parts, blocks_back, self.steps)
        return Ahead(
            origin=int(edges[0]),
            end=int(edges[-1]),
            block=block,
            edges=edges,
            silent=parts.activity.silent,
            returning=parts.activity.returning,
            leave_shares=parts.leave_shares(self.steps),
            errors=parts.growth.error * drawn,
            months_back=middles[:blocks_back],
            months_ahead=DAMPING * (1 - DAMPING ** middles[:blocks_ahead]) / (1 - DAMPING),
            season_back=back,
            season_ahead=there,
            scaled=parts.history.scenario.rows == "aggregate",
            whole=_whole_features(parts.history.usage),
            repeats=parts.repeats,
        )


@dataclass(frozen=True, eq=False)
class Piece:
    """Some customers of a drawing, from `first` to before `last` of the history."""

    drawing: Drawing
    first: int
    last: int

    @property
    def usage(self) -> Usage:
        return usage_of(self.drawing.parts.history.usage, self.first, self.last)

    def path(self, number: int) -> Usage:
        """The history of these customers and of nobody else, with one possible future, and the newcomers who are like them."""
        usage, newcomers = self.usage, self.drawing.newcomers(number)
        lives, names = self._lives(usage, number, newcomers)
        sources = Sources(usage.offsets, usage.times, usage.feature_indexes, usage.values)
        habits, blocks, ahead = self._habits(), self._blocks(), self.drawing.ahead(number)
        out = _drawn(lives, sources, habits, blocks, ahead, tracked=usage.tokens is not None)
        hashes = np.concatenate([self._hashes(), lives.keys[usage.customer_count :]])
        return Usage(
            pa.concat_arrays([usage.customers, pa.array(names, usage.customers.type)]),
            usage.features,
            out.offsets,
            out.times,
            out.features,
            out.values,
            tokens_of(usage.tokens, out.events),
            _derived={("hashes", self.drawing.parts.history.scenario.seed): hashes},
        )

    def _lives(self, usage: Usage, number: int, newcomers: Newcomers) -> tuple[Lives, list[str]]:
        """Those who go on, then those newcomers whose donor is among them; and the newcomers' names."""
        mine = np.flatnonzero((newcomers.donors >= self.first) & (newcomers.donors < self.last))
        count = usage.customer_count
        key = np.uint64(self.drawing.path_key(number))
        keys = _keys_of(key, self._hashes_of_draws())
        gone = np.full(count + len(mine), AFTER_ALL)
        changes, largest = self.drawing.parts.adjustments, self.drawing.parts.largest
        if changes.largest_leaves is not None and self.first <= largest < self.last:
            steps = self.drawing.parts.history.steps
            gone[largest - self.first] = max(0, step_of(changes.largest_leaves, steps.unit) - steps.origin)
        lives = Lives(
            np.concatenate([np.arange(count), newcomers.donors[mine] - self.first]),
            np.concatenate([keys, newcomers.keys[mine]]),
            np.concatenate([np.zeros(count, np.int64), newcomers.shifts[mine]]),
            gone,
        )
        return lives, [newcomers.names[row] for row in mine.tolist()]

    def _hashes(self) -> np.ndarray:
        """By which customers buy: of the scenario's seed."""
        history = self.drawing.parts.history
        return history.usage.customer_hashes(history.scenario.seed)[self.first : self.last]

    def _hashes_of_draws(self) -> np.ndarray:
        return self.drawing.parts.history.usage.customer_hashes(self.drawing.seed)[self.first : self.last]

    def _habits(self) -> Habits:
        parts, mine = self.drawing.parts, slice(self.first, self.last)
        states, growth = parts.states, parts.growth
        of_growth = growth.slopes, growth.slope_errors, growth.shares
        of_states = states.active, states.silent_for, states.ages, parts.large
        return Habits(*(np.ascontiguousarray(column[mine]) for column in (*of_states, *of_growth)))

    def _blocks(self) -> Blocks:
        blocks, mine = self.drawing.parts.blocks, slice(self.first, self.last)
        before = self.drawing.parts.history.usage.offsets[self.first]
        return Blocks(blocks.counts[mine], blocks.numbers[mine], blocks.firsts[mine] - before, blocks.lasts[mine] - before)


def _drawn(lives: Lives, sources: Sources, habits: Habits, blocks: Blocks, ahead: Ahead, *, tracked: bool) -> Written:
    """The events of lives. tracked: with the event that each is copied from."""
    room = int(len(sources.times) * ROOM) + ROOM_LEAST
    offsets = np.zeros(len(lives.sources) + 1, np.int64)
    out, done = _with_room(Written(offsets, *_nothing()), room, tracked=tracked), 0
    while (done := draw_lives(done, lives, sources, habits, blocks, ahead, out)) < len(lives.sources):
        room *= 2
        out = _with_room(out, room, tracked=tracked)
    last = int(offsets[-1])
    return Written(offsets, *(column[:last] for column in out[1:]))


def _with_room(out: Written, room: int, *, tracked: bool) -> Written:
    """The same columns, with room for so many events."""
    columns = []
    for column, rows in zip(out[1:], (room, room, room, room if tracked else 0), strict=True):
        columns.append(np.empty(rows, column.dtype))
        columns[-1][: len(column)] = column
    return Written(out.offsets, *columns)


def _nothing() -> list[np.ndarray]:
    return [np.empty(0, kind) for kind in (np.int64, np.int16, np.int64, np.int64)]


def _seasons(parts: Parts, blocks_back: int, steps_ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """How much of a usual block those of history are, and of a usual step those ahead: 1 where no season is known."""
    steps = parts.history.steps
    if parts.season is None:
        return np.ones(blocks_back), np.ones(steps_ahead)
    days = steps.calendar.of(int(steps.edges[-1])) - ((np.arange(blocks_back) + 0.5) * steps.block_days).astype(np.int64)
    ahead = steps.origin + np.arange(steps_ahead)
    return parts.season[steps.of_days(days) % 12], parts.season[ahead % 12]


def _whole_features(usage: Usage) -> np.ndarray:
    """bool, one per feature: all its values are whole."""
    return usage.derived("whole", lambda: _is_whole(usage.feature_indexes, usage.values, len(usage.features)))


@compiled
def _is_whole(features, values, count):  # type: ignore[no-untyped-def]
    whole = np.ones(count, np.bool_)
    for event in range(len(values)):
        if values[event] % MICROS != 0:
            whole[features[event]] = False
    return whole


@compiled
def _keys_of(path_key, hashes):  # type: ignore[no-untyped-def]
    keys = np.empty(len(hashes), np.uint64)
    for customer in range(len(hashes)):
        keys[customer] = child(path_key, 0, hashes[customer])
    return keys


@compiled
def _draw_newcomers(path_key, counts, edges, first_days, donors, week, keys, chosen, shifts):  # type: ignore[no-untyped-def]
    """A donor for each newcomer, and the first day of its life: one of the step's days of the donor's weekday."""
    row = 0
    for step in range(len(counts)):
        of_step = child(path_key, DONOR, step)
        for number in range(counts[step]):
            key = child(of_step, DONOR, number)
            donor = donors[int(uniform(child(key, DONOR, 0)) * len(donors))]
            first = edges[step] + (first_days[donor] - edges[step]) % week
            days = (edges[step + 1] - 1 - first) // week + 1
            day = first + week * int(uniform(child(key, DAY_OF_MONTH, 0)) * days)
            keys[row] = key
            chosen[row] = donor
            shifts[row] = (day - first_days[donor]) * 86_400_000_000
            row += 1
