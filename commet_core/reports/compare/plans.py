"""Who is on which plan, and who moves: customers by what they begin and end on, and every step between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.totals import Holders, On
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.vocabulary import INTERVALS, STATES, TRANSITIONS
from commet_core.reports.compare import Replayed
from commet_core.reports.compare.behind import customer_ids
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.transitions import PLAN_CHANGES, transition


class _Steps(NamedTuple):
    """Steps of customers from one stage to another: int64, one entry each. `kinds`: places in TRANSITIONS."""

    customers: np.ndarray
    before: np.ndarray
    after: np.ndarray
    kinds: np.ndarray


def customers_by_plan(replayed: Replayed) -> pa.Table:
    """Customers and amounts by what they are on, lowest plan first; what nobody begins or ends on and bills nothing is left out.

    Columns: candidate, plan (null before a start), interval (null on a free plan), state, customers_first and customers_last
    (who begins the window on it, and who ends it there), billed (what was charged on it).
    """
    scenario = replayed.scenario
    candidates = zip(scenario.candidates, replayed.totals, strict=True)
    return pa.concat_tables([_by_plan(scenario, candidate, totals.on) for candidate, totals in candidates])


def _by_plan(scenario: Scenario, candidate: Candidate, on: Mapping[On, Holders]) -> pa.Table:
    currency = scenario.reporting_currency
    place_of = _places(scenario, candidate)
    rows = sorted(((what, holders) for what, holders in on.items() if any(holders)), key=lambda row: place_of(row[0]))
    whats, holders = [what for what, _ in rows], [of_row for _, of_row in rows]
    billed = [decimal_of(of_row.billed_minor, minor_decimals(currency)) for of_row in holders]
    return pa.table(
        {"candidate": pa.array([candidate.name] * len(rows), pa.string())}
        | {
            name: pa.array([what[place] for what in whats], pa.string())
            for place, name in enumerate(("plan", "interval", "state"))
        }
        | {name: pa.array([getattr(of_row, name) for of_row in holders], pa.int64()) for name in Holders._fields[:2]}
        | {"billed": pa.array(billed, amount_type(currency))}
    )


def _places(scenario: Scenario, candidate: Candidate) -> Callable[[On], tuple[int, int, int]]:
    """Where what customers are on stands in a list: by the order of plans in the group, then interval, then state."""
    catalog, own = scenario.catalog, scenario.plans(candidate)
    group = next((plans for plans in catalog.plan_groups.values() if set(own) <= set(plans)), own)
    plans = _numbered(None, *group, *(code for code in catalog.plans if code not in group))
    intervals, states = _numbered(None, *INTERVALS), _numbered(*STATES)
    return lambda stage: (plans[stage[0]], intervals[stage[1]], states[stage[2]])


def _numbered(*names: str | None) -> dict[str | None, int]:
    return {name: place for place, name in enumerate(names)}


@dataclass(frozen=True)
class Held:
    """What customers of a candidate begin and end on: a plan, in trial or active on any interval; or no plan.

    what     the plan's code; else paused, canceled, or `not subscribed`
    billed   what was charged on it
    """

    what: str
    is_plan: bool
    customers_first: int
    customers_last: int
    billed: Decimal


NOT_SUBSCRIBED: Final = "not subscribed"


def held(scenario: Scenario, candidate: Candidate, by_plan: pa.Table) -> list[Held]:
    """What customers of a candidate are on, lowest plan first, those on no plan after; they add up to its customers.

    by_plan: as `customers_by_plan`. A line-up has all of its plans in it, also those that nobody is on.
    """
    nothing = Decimal(0).scaleb(-minor_decimals(scenario.reporting_currency))
    sums: dict[tuple[str, bool], tuple[int, int, Decimal]]
    sums = {(code, True): (0, 0, nothing) for code in scenario.plans(candidate) if candidate.group is not None}
    for row in by_plan.to_pylist():
        if row["candidate"] == candidate.name:
            is_plan = row["plan"] is not None and row["state"] in ("trial", "active")
            what = row["plan"] if is_plan else NOT_SUBSCRIBED if row["plan"] is None else row["state"]
            first, last, billed = sums.get((what, is_plan), (0, 0, nothing))
            sums[what, is_plan] = first + row["customers_first"], last + row["customers_last"], billed + row["billed"]
    found = [Held(what, is_plan, *own) for (what, is_plan), own in sums.items()]
    return sorted(found, key=lambda one: not one.is_plan)


def moves(replayed: Replay) -> pa.Table:
    """Every kind of step between stages that some customer made, the most frequent first within a candidate.

    Columns: candidate, kind (one of TRANSITIONS), from_plan, from_interval, to_plan, to_interval (null where there is none),
    count, customers (who made it at least once). Starts are no moves.
    """
    catalog = replayed.scenario.catalog
    return pa.concat_tables([_moves(catalog, run) for run in replayed.runs])


def _moves(catalog: Catalog, run: Run) -> pa.Table:
    steps = _steps(catalog, run)
    counted: dict[tuple[str | None, ...], list[np.ndarray]] = {}
    for before, after in np.unique(np.stack([steps.before, steps.after]), axis=1).T.tolist():
        own = (steps.before == before) & (steps.after == after)
        one, other = run.stages[before], run.stages[after]
        kind = TRANSITIONS[int(steps.kinds[own][0])]
        counted.setdefault((kind, one.plan, one.interval, other.plan, other.interval), []).append(steps.customers[own])
    rows = [(key, sum(map(len, own)), len(np.unique(np.concatenate(own)))) for key, own in counted.items()]
    rows.sort(key=lambda row: -row[1])
    names = ("kind", "from_plan", "from_interval", "to_plan", "to_interval")
    return pa.table(
        {"candidate": pa.array([run.candidate.name] * len(rows), pa.string())}
        | {name: pa.array([key[place] for key, _, _ in rows], pa.string()) for place, name in enumerate(names)}
        | {
            "count": pa.array([count for _, count, _ in rows], pa.int64()),
            "customers": pa.array([customers for _, _, customers in rows], pa.int64()),
        }
    )


def _steps(catalog: Catalog, run: Run) -> _Steps:
    """All steps between stages, starts aside; kept with the run."""
    return run.derived("steps", lambda: _find_steps(catalog, run))


def _find_steps(catalog: Catalog, run: Run) -> _Steps:
    timeline = run.timeline
    stretches, customers, stages = timeline.segment_phases, timeline.segment_customers, timeline.segments.stages
    last = np.flatnonzero((stretches[1:] != stretches[:-1]) & (customers[1:] == customers[:-1]))
    before, after = stages[last].astype(np.int64), stages[last + 1].astype(np.int64)
    kinds = np.empty(len(last), np.int64)
    for one, other in np.unique(np.stack([before, after]), axis=1).T.tolist():
        kind = transition(catalog, run.stages[one], run.stages[other])
        kinds[(before == one) & (after == other)] = TRANSITIONS.index(kind)
    steps = _Steps(customers[last], before, after, kinds)
    return _Steps(*(column[kinds != TRANSITIONS.index("start")] for column in steps))


def movers(replayed: Replay, candidate: str) -> pa.Table:
    """Customers who changed plan or interval, those who did so most often first.

    Columns: customer_id, from_plan and to_plan (what they were on first and last), changes, billed.
    """
    run = replayed.run(candidate)
    steps = _steps(replayed.scenario.catalog, run)
    changes = np.isin(steps.kinds, [TRANSITIONS.index(kind) for kind in PLAN_CHANGES])
    counts = np.bincount(steps.customers[changes], minlength=run.customer_count)
    rows = np.flatnonzero(counts)
    rows = rows[np.lexsort([rows, -counts[rows]])]
    plans = [stage.plan for stage in run.stages]
    changed, first_steps = np.unique(steps.customers[changes], return_index=True)
    firsts = steps.before[changes][first_steps][np.searchsorted(changed, rows)]
    return pa.table(
        {
            "customer_id": customer_ids(run, rows),
            "from_plan": pa.array([plans[stage] for stage in firsts.tolist()], pa.string()),
            "to_plan": pa.array([plans[stage] for stage in run.customer_last_stages[rows].tolist()], pa.string()),
            "changes": pa.array(counts[rows].astype(np.int64)),
            "billed": decimals(run.customer_billed[rows], amount_type(run.currency)),
        }
    )
