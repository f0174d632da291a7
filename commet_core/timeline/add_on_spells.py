"""When add-ons are active, of all customers, and what of their usage is refused because they are not (billing-rules 10.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import compiled
from commet_core.timeline.add_ons import has_feature
from commet_core.timeline.life import NEVER
from commet_core.timeline.phases import Acted
from commet_core.timeline.stages import Stage, plan_on
from commet_core.usage.usage import Usage

INACTIVE: Final = "\u200b"
"""Ends the code of a feature whose add-on is not active: the same to a reader, and in no plan."""


def feature_code(name: str) -> str:
    """The code of a feature of the usage as the catalog has it, whether its add-on is active or not."""
    return name.removesuffix(INACTIVE)


class AddOnSpells(NamedTuple):
    """Times in which add-ons are active, each within one phase: int64 unless said otherwise.

    phases     index into the timeline's phases; add_ons: index into the catalog's
    starts     microseconds since 1970; ends: NEVER where it lasts to the phase's end
    opening    bool: active when the phase began
    turns      of what a customer buys at one moment the order of the file (billing-rules 3.1)
    """

    phases: np.ndarray
    add_ons: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    opening: np.ndarray
    turns: np.ndarray


def spells_of(
    catalog: Catalog, from_start: Sequence[str], acted: Acted, stages: Sequence[Stage], plain: np.ndarray
) -> AddOnSpells | None:
    """Those of customers who act, and of those who only start (`plain`), who have some from their start; None without any."""
    codes = list(catalog.addons)
    entries = [
        (row, codes.index(spell.code), spell.start, NEVER if spell.end is None else spell.end, spell.opening, spell.turn)
        for row, spell in acted.spells
    ]
    columns = [np.array(entries, np.int64).reshape(-1, 6).T]
    rows = np.flatnonzero(np.isin(acted.phases.customers, plain))
    _, firsts, of_customers = np.unique(acted.phases.customers[rows], return_index=True, return_inverse=True)
    for code in from_start:
        without = np.array([not has_feature(catalog, stage, code) for stage in stages], bool)
        own = rows[without[acted.phases.stages[rows[firsts]]][of_customers]]
        place, never, opening = np.full(len(own), codes.index(code)), np.full(len(own), NEVER), np.ones(len(own), np.int64)
        columns.append(np.stack([own, place, acted.phases.starts[own], never, opening, np.zeros_like(own)]))
    together = np.concatenate(columns, axis=1)
    if together.shape[1] == 0:
        return None
    phases, add_ons, starts, ends = np.ascontiguousarray(together[:4])
    return AddOnSpells(phases, add_ons, starts, ends, together[4].astype(bool), np.ascontiguousarray(together[5]))


def usage_with_add_ons(
    usage: Usage, catalog: Catalog, customers: np.ndarray, acted: Acted, stages: Sequence[Stage], spells: AddOnSpells
) -> Usage:
    """The usage with the events of add-ons that are not active as a feature of their own, which no plan has.

    Where the plan has the feature itself, its events stay. customers: of the timeline, as indexes into the usage's.
    """
    add_ons = list(catalog.addons.values())
    known = [add_on.feature for add_on in add_ons if add_on.feature in usage.features]
    if not known:
        return usage
    names = sorted([*usage.features, *(f"{feature}{INACTIVE}" for feature in known)])
    places = np.array([names.index(feature) for feature in usage.features], np.int16)
    inactive = np.array(
        [names.index(f"{feature}{INACTIVE}") if feature in known else -1 for feature in usage.features], np.int16
    )
    of_add_ons = np.array([usage.features.index(one.feature) if one.feature in known else -1 for one in add_ons], np.int64)
    active = np.zeros(usage.event_count, np.bool_)
    events = usage.offsets, usage.times, usage.feature_indexes
    phases = acted.phases
    for phase, add_on, starts, ends in (spells[:4], _of_the_plans(catalog, acted, stages)):
        owners = customers[phases.customers[phase]]
        _mark(active, *events, owners, of_add_ons[add_on], starts, np.minimum(ends, phases.ends[phase]))
    held_back = (
        (inactive[usage.feature_indexes] >= 0) & ~active & (usage.values >= 0)
    )  # what was served can be given back (15.7)
    indexes = np.where(held_back, inactive[usage.feature_indexes], places[usage.feature_indexes])
    columns = usage.customers, tuple(names), usage.offsets, usage.times, indexes, usage.values
    return Usage(*columns, usage.tokens)


def _of_the_plans(catalog: Catalog, acted: Acted, stages: Sequence[Stage]) -> tuple[np.ndarray, ...]:
    """Times in which a plan has the feature of an add-on itself: phase, add-on, start and end of each, as in `AddOnSpells`."""
    plans = [None if stage.plan is None else plan_on(catalog, stage) for stage in stages]
    phases, changes = acted.phases, acted.changes
    rows = np.concatenate([np.arange(len(phases.stages)), changes.rows])
    at, on = np.concatenate([phases.starts, changes.at]), np.concatenate([phases.stages, changes.stages])
    order = np.lexsort((np.arange(len(rows)), rows))  # a phase, then its changes in order of time
    rows, at, on = rows[order], at[order], on[order]
    until = np.append(np.where(rows[1:] == rows[:-1], at[1:], NEVER), NEVER)[: len(rows)]
    found = [np.empty((4, 0), np.int64)]
    for place, add_on in enumerate(catalog.addons.values()):
        has = np.array([plan is not None and add_on.feature in plan.features for plan in plans], bool)
        here = np.flatnonzero(has[on])
        found.append(np.stack([rows[here], np.full(len(here), place), at[here], until[here]]))
    return tuple(np.concatenate(found, axis=1))


@compiled
def _mark(active, offsets, times, indexes, owners, features, starts, ends):  # type: ignore[no-untyped-def]
    """Marks the events of features in spells: an event at a spell's end comes too late."""
    for spell in range(len(owners)):
        first, last = offsets[owners[spell]], offsets[owners[spell] + 1]
        event = first + np.searchsorted(times[first:last], starts[spell])
        while event < last and times[event] < ends[spell]:
            if indexes[event] == features[spell]:
                active[event] = True
            event += 1
