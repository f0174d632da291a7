"""A customer's window as spells: how long it was on which plan, in trial, active, paused or canceled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.formats import day_words
from commet_core.foundation.vocabulary import INTERVALS, Transition
from commet_core.foundation.wording import interval_name
from commet_core.reports.statement import Statement
from commet_core.timeline.stages import Stage
from commet_core.timeline.transitions import transition


@dataclass(frozen=True)
class Spell:
    """The time that a customer is on one stage. A change at the very moment of another one leaves a spell of no length.

    began   what brought the customer there; None where the window only shows it from then on
    """

    start: datetime
    end: datetime
    stage: Stage
    began: Transition | None


def spells(statement: Statement) -> list[Spell]:
    """The customer's spells in order of time; they fill the window from the first on."""
    timeline, segments = statement.run.timeline, statement.segments
    phases = timeline.segment_phases[segments]
    firsts = np.flatnonzero(np.diff(phases, prepend=-1))
    lasts = np.append(firsts[1:], len(phases)) - 1
    stages = [statement.run.stages[stage] for stage in statement.segment_stages[firsts].tolist()]
    starts, ends = timeline.starts[segments][firsts].tolist(), timeline.ends[segments][lasts].tolist()
    began = [_began(statement, int(phases[0]), starts[0], stages[0])]
    catalog = statement.replayed.scenario.catalog
    began += [transition(catalog, before, after) for before, after in pairwise(stages)]
    return [
        Spell(statement.time(start), statement.time(end), stage, how)
        for start, end, stage, how in zip(starts, ends, stages, began, strict=True)
    ]


def _began(statement: Statement, phase: int, start: int, stage: Stage) -> Transition | None:
    """How the first spell began: with the subscription, unless that is older than the window, or has not begun."""
    older = int(statement.run.timeline.phases.starts[phase]) < start
    return "start" if stage.has_periods and not older else None


def stage_words(catalog: Catalog, stage: Stage) -> str:
    """A stage as people say it: `Pro, monthly`, `Pro, trial`, `Pro, paused`, `Free`, `not subscribed`."""
    if stage.plan is None:
        return "not subscribed"
    name = catalog.plans[stage.plan].name or stage.plan
    how = stage.state if stage.state != "active" else interval_name(stage.interval)
    return name if name.lower() == how else f"{name}, {how}"


def stage_rows(statement: Statement) -> dict[tuple[str | None, str | None], str]:
    """Every plan and interval that the customer is on, lowest first, and what it is called: (plan, interval) → words.

    Times before a subscription's start come first of all.
    """
    catalog = statement.replayed.scenario.catalog
    stages = {(spell.stage.plan, spell.stage.interval): spell.stage for spell in spells(statement)}
    plans = [stage.plan for stage in stages.values() if stage.plan is not None]
    group = catalog.group_of(*plans) or tuple(catalog.plans)
    ordered = sorted(
        stages.values(),
        key=lambda stage: (
            -1 if stage.plan is None else group.index(stage.plan),
            0 if stage.interval is None else INTERVALS.index(stage.interval),
        ),
    )
    return {
        (stage.plan, stage.interval): "Not subscribed"
        if stage.plan is None
        else stage_words(catalog, Stage(stage.plan, stage.interval))
        for stage in ordered
    }


def staying_words(statement: Statement) -> str:
    """One sentence about a customer to whom nothing happened: it started, or was there before the window, and stayed."""
    spell = spells(statement)[0]
    where = stage_words(statement.replayed.scenario.catalog, spell.stage)
    if spell.began is None:
        return f"{where}, through the whole window."
    return f"{where}, from {day_words(spell.start)} to the window's end."
