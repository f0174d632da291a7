"""Phases of all customers as columns: those who only started, and those who act.

What a phase is says `life.Phase`. Nearly all customers of a large usage have one or two, made here by arithmetic on arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.days import Days
from commet_core.foundation.money import MICROS
from commet_core.timeline.add_ons import Spell
from commet_core.timeline.life import NEVER, CustomerCredit, Life, Phase, Purchase
from commet_core.timeline.offered import FOREVER
from commet_core.timeline.stages import Stage

BEFORE_START: Final = Stage(None, None, "canceled", resets=False)
"""The stage of usage before a subscription's start."""


class Phases(NamedTuple):
    """Phases by customer, in time order: int64 unless said otherwise, one entry each.

    customers     index into the timeline's customers
    stages        int16: index into the candidate's stages
    anchors       day number from which the calendar counts
    origins       index, from the anchor, of the period that begins with the phase
    sinces        day number: since when the customer has been on the plan, a trial aside (billing-rules 15.4)
    starts, ends  microseconds since 1970; ends never pass the window's, starts may lie before it
    untils        microseconds: when a trial ends by itself; NEVER for other stages
    discounts     how many of its base charges get the offer: the last ones that the offer is for
    quantities    micros: how many of the plan are paid for
    cut           bool: an action ended it, which may be at the very moment at which a period begins
    changed       bool: it begins with an immediate change (billing-rules 8.2)
    canceled_at   microseconds: when a cancellation was asked for that waits for its end; NEVER where none was
    reactivated   bool: it begins with a reactivation (billing-rules 8.4)
    stubs         bool: its first period is a stub: the phase begins inside the anchor's period (2.2)
    """

    customers: np.ndarray
    stages: np.ndarray
    anchors: np.ndarray
    origins: np.ndarray
    sinces: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    untils: np.ndarray
    discounts: np.ndarray
    quantities: np.ndarray
    cut: np.ndarray
    changed: np.ndarray
    reactivated: np.ndarray
    canceled_at: np.ndarray
    stubs: np.ndarray


class Changes(NamedTuple):
    """Moments in phases from which their stage has other terms (billing-rules 8.7): int64, by row and then time.

    rows    the phase, by its row
    at      microseconds since 1970
    stages  index into the candidate's stages
    """

    rows: np.ndarray
    at: np.ndarray
    stages: np.ndarray

    @classmethod
    def none(cls) -> Changes:
        return cls(*(np.empty(0, np.int64) for _ in cls._fields))

    def repeated(self, rows: np.ndarray, row_count: int) -> Changes:
        """Those of phases that are copies of others: int64, the row of each one's original among so many."""
        bounds = np.searchsorted(self.rows, np.arange(row_count + 1))
        firsts, counts = bounds[:-1][rows], np.diff(bounds)[rows]
        ends = np.cumsum(counts)
        places = np.repeat(firsts - (ends - counts), counts) + np.arange(int(counts.sum()))
        return Changes(np.repeat(np.arange(len(rows)), counts), self.at[places], self.stages[places])

    def moved(self, rows: np.ndarray) -> Changes:
        """The same with the rows to which the phases were moved: int64, one per old row."""
        return self._replace(rows=rows[self.rows])


class Acted(NamedTuple):
    """Customers who do more than start: phases, and what belongs to one of them by its row there.

    credited   phases that begin with a credit
    purchases  in the order in which they were made
    changes    of the terms of phases
    credits    customer credits, by customer and in order of time
    spells     of add-ons
    """

    phases: Phases
    credited: tuple[tuple[int, Phase], ...]
    purchases: tuple[tuple[int, Purchase], ...]
    changes: Changes
    credits: tuple[tuple[int, CustomerCredit], ...]
    spells: tuple[tuple[int, Spell], ...] = ()


class StageList:
    """The stages that occur under one candidate, each with its index."""

    def __init__(self) -> None:
        self._indexes: dict[Stage, int] = {}

    def index_of(self, stage: Stage) -> int:
        """The index of a stage; a new one is added."""
        return self._indexes.setdefault(stage, len(self._indexes))

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(self._indexes)


def plain_phases(customers: np.ndarray, anchors: np.ndarray, days: Days, window_end: int, trial_days: int | None) -> Phases:
    """Customers who start on a day (int64 day numbers) and stay to the window's end (a day number).

    Stages: 0, or with a trial 0 for it and 1 for what follows (billing-rules 7.2).
    """
    if trial_days is None:
        return _plain(customers, np.zeros(len(customers), np.int16), anchors, days, window_end)
    after = anchors + trial_days
    stays = after < window_end
    counts = 1 + stays
    rows = np.repeat(np.arange(len(customers)), counts)
    paid = np.zeros(len(rows), bool)
    paid[np.cumsum(counts)[stays] - 1] = True
    phases = _plain(customers[rows], paid.astype(np.int16), np.where(paid, after[rows], anchors[rows]), days, window_end)
    trial_ends = days.start(after[rows])
    return phases._replace(
        ends=np.where(paid, phases.ends, np.minimum(trial_ends, days.start(window_end))),
        untils=np.where(paid, NEVER, trial_ends),
    )


def _plain(customers: np.ndarray, stages: np.ndarray, anchors: np.ndarray, days: Days, window_end: int) -> Phases:
    count = len(customers)
    return Phases(
        customers=customers,
        stages=stages,
        anchors=anchors,
        origins=np.zeros(count, np.int64),
        sinces=anchors,
        starts=days.start(anchors),
        ends=np.full(count, days.start(window_end)),
        untils=np.full(count, NEVER),
        discounts=np.zeros(count, np.int64),
        quantities=np.full(count, MICROS, np.int64),
        cut=np.zeros(count, bool),
        changed=np.zeros(count, bool),
        reactivated=np.zeros(count, bool),
        canceled_at=np.full(count, NEVER),
        stubs=np.zeros(count, bool),
    )


def acted_phases(lives: Mapping[int, Life], stages: StageList, window_start: int, window_end: int) -> Acted:
    """The lives of customers, given by their index in the timeline, as far as the window shows them.

    window_start, window_end: microseconds since 1970. Purchases outside the window are left out.
    """
    rows: list[tuple[int, Phase]] = []
    purchases: list[tuple[int, Purchase]] = []
    grants: list[tuple[int, CustomerCredit]] = []
    spells: list[tuple[int, Spell]] = []
    for customer in sorted(lives):
        life, rows_of_phases = lives[customer], {}
        for number, phase in enumerate(life.phases):
            if _is_shown(phase, window_start, window_end):
                rows_of_phases[number] = len(rows)
                rows.append((customer, phase))
        purchases += [
            (rows_of_phases[bought.phase], bought) for bought in life.purchases if window_start <= bought.at < window_end
        ]
        own = {id(life.phases[number]): row for number, row in rows_of_phases.items()}
        spells += [(own[id(spell.phase)], spell) for spell in life.spells if id(spell.phase) in own]
        grants += [(rows_of_phases[each.phase], each) for each in life.credits if window_start <= each.at < window_end]
    credited = tuple((row, phase) for row, (_, phase) in enumerate(rows) if phase.credit and phase.start >= window_start)
    columns, changes = _columns(rows, stages, window_end), _changes(rows, stages, window_end)
    return Acted(columns, credited, tuple(purchases), changes, tuple(grants), tuple(spells))


def _changes(rows: Sequence[tuple[int, Phase]], stages: StageList, window_end: int) -> Changes:
    entries = [
        (row, at, stages.index_of(stage))
        for row, (_, phase) in enumerate(rows)
        for at, stage in phase.changes
        if at < window_end
    ]
    return Changes(*np.array(entries, np.int64).reshape(-1, len(Changes._fields)).T)


def _is_shown(phase: Phase, window_start: int, window_end: int) -> bool:
    """Whether anything of a phase lies in the window; an action at the window's very start leaves a phase of no length."""
    if phase.start >= window_end:
        return False
    end = window_end if phase.end is None else phase.end
    return end > window_start or phase.start >= window_start or (phase.cut and end == window_start)


def _columns(rows: Sequence[tuple[int, Phase]], stages: StageList, window_end: int) -> Phases:
    entries = [
        (
            customer,
            stages.index_of(phase.stage),
            phase.anchor,
            phase.origin,
            phase.days.of(phase.start) if phase.since is None else phase.since,
            phase.start,
            window_end if phase.end is None else min(phase.end, window_end),
            NEVER if phase.until is None else phase.until,
            min(phase.discounts, FOREVER),
            phase.quantity,
            phase.cut,
            phase.changed,
            phase.reactivated,
            NEVER if phase.canceled_at is None else phase.canceled_at,
            phase.stub,
        )
        for customer, phase in rows
    ]
    table = np.array(entries, np.int64).reshape(-1, len(Phases._fields)).T
    columns = dict(zip(Phases._fields, table, strict=True))
    kinds = {"stages": np.int16, "cut": bool, "changed": bool, "reactivated": bool, "stubs": bool}
    return Phases(**{name: column.astype(kinds.get(name, np.int64)) for name, column in columns.items()})


def merged(plain: Sequence[tuple[Phases, Changes]], acted: Acted) -> Acted:
    """All phases by customer; nobody has phases in two of them."""
    parts = [*plain, (acted.phases, acted.changes)]
    joined = [np.concatenate(columns) for columns in zip(*(phases for phases, _ in parts), strict=True)]
    order = np.argsort(joined[0], kind="stable")
    moved = np.argsort(order, kind="stable")
    firsts = np.cumsum([0, *(len(phases.customers) for phases, _ in parts)])
    changes = [each.moved(moved[first:]) for first, (_, each) in zip(firsts.tolist(), parts, strict=False)]
    together = Changes(*(np.concatenate(columns) for columns in zip(*changes, strict=True)))
    by_row = np.argsort(together.rows, kind="stable")
    rows = moved[firsts[-2] :].tolist()
    credited = tuple((rows[row], phase) for row, phase in acted.credited)
    purchases = tuple((rows[row], bought) for row, bought in acted.purchases)
    grants = tuple((rows[row], credit) for row, credit in acted.credits)
    spells = tuple((rows[row], spell) for row, spell in acted.spells)
    phases, changed = Phases(*(column[order] for column in joined)), Changes(*(column[by_row] for column in together))
    return Acted(phases, credited, purchases, changed, grants, spells)
