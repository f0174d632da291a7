"""Plans by the hundred where people react: each catalog is replayed, what is assumed acts on that, and is replayed again.

Every plan is judged on the usage that answers to its own prices, and loses the customers whom it makes leave (decisions.md 4.2, 5.2).
That takes two or three whole replays a plan; where nobody reacts, `PlanReplays` is many times faster and comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from commet_core.catalog.plans import Catalog
from commet_core.engine.assumed import assumed_run
from commet_core.engine.plain_runs import plain_runs
from commet_core.engine.plan_sums import PlanReplays, PlanSums, in_turn, sums_of_run
from commet_core.engine.run import Run
from commet_core.foundation.progress import unheard
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.subscribers import Subscribers
from commet_core.usage.usage import Usage

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class AssumedPlans:
    """A candidate's customers, who react to each catalog's terms.

    plans      the same customers as they are
    baseline   its run with its own terms, which bills are set against, and the scenario of that
    """

    plans: PlanReplays
    baseline: Run
    of_baseline: Scenario

    @classmethod
    def of(cls, scenario: Scenario, usage: Usage, name: str) -> AssumedPlans:
        """Raises InputError as `replay` does; name: of the candidate."""
        plans = PlanReplays.of(scenario, usage, name)
        baseline = plans.scenario.candidates[plans.scenario.baseline_index()].name
        first = plans if baseline == name else PlanReplays.of(scenario, usage, baseline)
        alone, subscribers = first.alone(first.scenario.catalog)
        return cls(plans, _replayed(alone, subscribers), alone)

    def sums(self, catalog: Catalog) -> PlanSums:
        """What the candidate's plans of a catalog come to with the customers who react to them. Raises InputError as `replay`."""
        alone, subscribers = self.plans.alone(catalog)
        itself = self.of_baseline.candidates[0].name == alone.candidates[0].name and catalog == self.of_baseline.catalog
        plain = self.baseline if itself else _replayed(alone, subscribers)
        run, _ = assumed_run(alone, subscribers, plain, self.baseline, self.of_baseline, _replayed)
        return sums_of_run(alone, run)

    def each(self, catalogs: Iterable[Catalog], finish: Callable[[PlanSums], T]) -> Iterator[T]:
        """As `PlanReplays.each`."""
        return in_turn(catalogs, lambda catalog: finish(self.sums(catalog)))


def _replayed(alone: Scenario, subscribers: Subscribers) -> Run:
    return plain_runs(alone, subscribers, unheard)[0]
