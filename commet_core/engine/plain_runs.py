"""Runs of candidates before what assumptions do to their customers (decisions.md 4.2), kept from one replay to the next.

Hundreds of replays of one usage differ in nothing but what is assumed (4.3, 4.4): a candidate's run without it is the same in most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from commet_core.engine import line_ups
from commet_core.engine.candidate import replay_candidates
from commet_core.engine.run import Run
from commet_core.foundation.progress import Progress
from commet_core.scenario.assumptions import Assumptions
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.subscribers import Subscribers


def plain_runs(
    scenario: Scenario, subscribers: Subscribers, tell: Progress, places: Sequence[int] | None = None
) -> tuple[Run, ...]:
    """The runs of a scenario's candidates, or of those in some places, on customers as they are."""
    asked = range(len(scenario.candidates)) if places is None else places
    subscriptions = line_ups.subscriptions_of(scenario, subscribers, tell, asked)
    begun = line_ups.replaying_from(scenario, asked)
    return replay_candidates(
        scenario, subscribers.usage, subscriptions, lambda share, said: tell(begun + (1 - begun) * share, said)
    )


@dataclass(frozen=True, eq=False)
class _Kept:
    """The last run of a candidate, and all that it depends on."""

    scenario: Scenario
    candidate: Candidate
    subscribers: Subscribers
    run: Run

    def holds(self, scenario: Scenario, candidate: Candidate, subscribers: Subscribers) -> bool:
        own = self.subscribers
        return (
            own.usage is subscribers.usage
            and own.present is subscribers.present is None
            and self.candidate == candidate
            and self.scenario == scenario
            and np.array_equal(own.customers, subscribers.customers)
        )


class KeptRuns:
    """Of each candidate the last run without assumptions on customers."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str | None, str], _Kept] = {}

    def of(self, asked: Scenario, subscribers: Subscribers, tell: Progress) -> tuple[Run, ...]:
        """`plain_runs` of a scenario; those that are kept are not replayed again."""
        scenario, ground = asked.with_assumed_buyers(), _ground(asked)
        keys = [(scenario.market, candidate.name) for candidate in scenario.candidates]
        missing = [
            place
            for place, (key, candidate) in enumerate(zip(keys, scenario.candidates, strict=True))
            if key not in self._kept or not self._kept[key].holds(ground, candidate, subscribers)
        ]
        if missing:
            runs = plain_runs(scenario, subscribers, tell, missing)
            for place, run in zip(missing, runs, strict=True):
                self._kept[keys[place]] = _Kept(ground, scenario.candidates[place], subscribers, run)
        return tuple(self._kept[key].run for key in keys)


def _ground(scenario: Scenario) -> Scenario:
    """The scenario with those assumptions alone that say on which plan customers are: what a run depends on beside its candidate."""
    return scenario.model_copy(update={"assumptions": Assumptions(plan_choice=scenario.assumptions.plan_choice)})
