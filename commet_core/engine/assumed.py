"""Candidates replayed on the customers that are assumed (decisions.md 4.2): what people do acts on usage and subscriptions first.

Every candidate has the usage that answers to its own prices, and loses the customers whom it makes leave; all candidates are judged on
the same people, by a hash of (seed, customer).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.engine.leaving import Leavers, cancellations, leavers, used_after
from commet_core.engine.run import Run
from commet_core.engine.usage_response import factors, responding, without
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.scenario.subscriptions.checks import check_rows
from commet_core.timeline.subscribers import Subscribers, find_subscribers

ReplayOne = Callable[[Scenario, Subscribers], Run]
"""Replays a scenario of one candidate."""


class Effect(NamedTuple):
    """What assumptions did to a candidate's customers: how many left, and how many answer to no price, as they pay nothing today."""

    left_dearer: int
    left_refused: int
    without_bill: int


NO_EFFECT = Effect(0, 0, 0)


def assumed_runs(
    scenario: Scenario, subscribers: Subscribers, plain: Sequence[Run], replay_one: ReplayOne
) -> tuple[tuple[Run, ...], tuple[Effect, ...]]:
    """The runs of candidates on the customers that are assumed. plain: the runs without them, which bills are set against."""
    baseline = plain[scenario.baseline_index()]
    if len(baseline.timeline.customers) == 0:
        return tuple(plain), tuple(NO_EFFECT for _ in plain)
    found = [
        assumed_run(_alone(scenario, place), subscribers, run, baseline, scenario, replay_one)
        for place, run in enumerate(plain)
    ]
    return tuple(run for run, _ in found), tuple(effect for _, effect in found)


def assumed_run(
    alone: Scenario, subscribers: Subscribers, plain: Run, baseline: Run, of_baseline: Scenario, replay_one: ReplayOne
) -> tuple[Run, Effect]:
    """The run of one candidate on the customers that are assumed.

    alone: its scenario; plain: its run without assumptions. of_baseline: the scenario of the baseline's run, which may have other
    terms.
    """
    elasticity, without_bill = alone.assumptions.usage_response, 0
    run, usage = plain, subscribers.usage
    if elasticity and plain is not baseline:
        factor, without_bill = factors(plain, baseline, elasticity)
        hashes = usage.customer_hashes(alone.seed)
        usage = responding(usage, plain.timeline.customers, factor, hashes, totals=alone.rows == "aggregate")
        run = (
            plain
            if usage is subscribers.usage
            else replay_one(alone, _same_customers(alone, replace(subscribers, usage=usage)))
        )
    gone = leavers(alone, run, baseline, of_baseline)
    if len(gone.customers) == 0:
        return run, Effect(0, 0, without_bill)
    run = _without_leavers(alone, subscribers, run, gone, replay_one)
    refused = int(gone.because_refused.sum())
    return run, Effect(len(gone.customers) - refused, refused, without_bill)


def _alone(scenario: Scenario, place: int) -> Scenario:
    """The scenario of one candidate, with the rows that are meant for it."""
    candidate = scenario.candidates[place]
    rows = tuple(row for row in scenario.subscriptions if row.candidate in ("", candidate.name))
    return scenario.part(candidates=(candidate,), baseline="", subscriptions=rows)


def _without_leavers(alone: Scenario, subscribers: Subscribers, run: Run, gone: Leavers, replay_one: ReplayOne) -> Run:
    """The run again, with the cancellations of those who leave and without what they would have used afterwards."""
    usage = without(run.usage, used_after(run, gone))
    ids = run.usage.customers.take(pa.array(run.timeline.customers[gone.customers])).to_pylist()
    leaving_at = dict(zip(ids, gone.times.tolist(), strict=True))
    rows = [*_before_they_leave(alone, leaving_at), *cancellations(ids, gone.times)]
    left = alone.model_copy(update={"subscriptions": tuple(rows)})
    return replay_one(left, _same_customers(left, replace(subscribers, usage=usage)))


def _before_they_leave(alone: Scenario, leaving_at: dict[str, int]) -> list[SubscriptionRow]:
    """The rows of a scenario without those that come after their customer has left."""
    if not alone.subscriptions:
        return []
    names = [candidate.name for candidate in alone.candidates]
    checked = check_rows(alone.subscriptions, alone.catalog, names)
    late = {
        action.row
        for customer_id, actions in checked.actions.items()
        for action in actions
        if action.at >= leaving_at.get(customer_id, action.at + 1)
    }
    return [row for row in alone.subscriptions if row not in late]


def _same_customers(scenario: Scenario, before: Subscribers) -> Subscribers:
    """The subscribers of a changed usage or changed rows: the same customers in the same places, so that candidates compare.

    Whose cancellation is not possible (it is canceled already) goes on as it was.
    """
    found = replace(find_subscribers(scenario, before.usage, before.window), present=before.present)
    wanted = before.usage.customers.take(pa.array(before.customers)).to_pylist()
    if impossible := found.left_out & set(wanted):
        added = {row for row in scenario.subscriptions if row.line == 0 and row.customer_id in impossible}
        rows = tuple(row for row in scenario.subscriptions if row not in added)
        found = find_subscribers(scenario.model_copy(update={"subscriptions": rows}), before.usage, before.window)
        found = replace(found, present=before.present)
    if len(found.customers) == len(before.customers) and np.array_equal(found.customers, before.customers):
        return found
    place = np.searchsorted(found.customers, before.customers)
    assert np.array_equal(found.customers[place], before.customers), "customers stay who they are"
    index = {int(old): new for new, old in enumerate(place.tolist())}
    kept = replace(
        found,
        customers=before.customers,
        spans=found.spans.take(place, axis=1),
        lives=tuple({index[old]: life for old, life in lives.items() if old in index} for lives in found.lives),
        actions=tuple({index[old]: acted for old, acted in actions.items() if old in index} for actions in found.actions),
    )
    return kept.with_levels_of(found, index)
