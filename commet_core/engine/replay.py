"""Replays a scenario: every candidate's plans over every customer's events, in time order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from commet_core.engine import laws, line_ups, tables
from commet_core.engine.assumed import NO_EFFECT, Effect, assumed_runs
from commet_core.engine.plain_runs import KeptRuns, plain_runs
from commet_core.engine.run import Run
from commet_core.engine.totals import Totals, totals_of
from commet_core.foundation.arrow import concatenated
from commet_core.foundation.derived import KeepsDerived, cached_property
from commet_core.foundation.errors import Problem
from commet_core.foundation.parallel import worker_pool
from commet_core.foundation.progress import Progress, unheard
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.settling import settled
from commet_core.timeline.subscribers import Subscribers, find_subscribers, nobody_left
from commet_core.timeline.window import default_window
from commet_core.usage.usage import Usage


@dataclass(frozen=True, eq=False)
class Replay(KeepsDerived):
    """A replayed scenario. `runs` holds one `Run` per candidate, in the scenario's order.

    usage        with the customers who have none of their own
    subscribers  who was replayed, and who was left out because of actions that make no sense
    effects      what assumptions did to the customers of each candidate
    """

    scenario: Scenario
    usage: Usage
    window: Window
    runs: tuple[Run, ...]
    subscribers: Subscribers
    effects: tuple[Effect, ...] = ()

    @property
    def currency(self) -> str:
        return self.scenario.catalog.currency

    @property
    def baseline(self) -> Run:
        """The run that differences are taken against."""
        return self.runs[self.scenario.baseline_index()]

    def run(self, name: str) -> Run:
        """The run of the candidate of that name. Raises KeyError where there is none."""
        return {run.candidate.name: run for run in self.runs}[name]

    @property
    def in_markets(self) -> bool:
        """Whether its customers are in several markets, so that its sums are told in a reporting currency, and it has no run of all."""
        return False

    @property
    def customer_count(self) -> int:
        """Those who were replayed."""
        return sum(runs[0].customer_count for runs in self.runs_by_customers())

    def runs_by_customers(self) -> list[tuple[Run, ...]]:
        """The runs of all candidates, for each group of customers who are replayed together."""
        return [self.runs]

    def runs_by_candidate(self) -> list[tuple[Run, ...]]:
        """The runs of each candidate, in the scenario's order: one for each group of customers who are replayed together."""
        return list(zip(*self.runs_by_customers(), strict=True))

    def table(self, name: str) -> pa.Table:
        """A result table of interfaces.md, all candidates: see `table_names`."""
        with worker_pool(_rows(self.runs)) as pool:
            of_runs = list(pool.map(tables.tables_of(self.scenario.rules)[name], self.runs))
        return concatenated(of_runs)

    @property
    def table_names(self) -> tuple[str, ...]:
        """The result tables of the scenario."""
        return tuple(tables.tables_of(self.scenario.rules))

    @property
    def events_in_window(self) -> int:
        """Events of customers who were replayed, before what is assumed of them."""
        return self.subscribers.events_in_window

    @property
    def customers_left_out(self) -> int:
        """Customers whose actions make no sense."""
        return len(self.subscribers.left_out - {""})

    @property
    def events_left_out(self) -> int:
        """Events in the window of customers who were left out."""
        return self.subscribers.events_left_out

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the actions of customers who were left out."""
        return tuple(problem.problem for problem in self.subscribers.problems)

    @cached_property
    def totals(self) -> tuple[Totals, ...]:
        """What each candidate came to, in the scenario's order."""
        return tuple(totals_of(run, self.baseline) for run in self.runs)

    @cached_property
    def features_without_plan(self) -> dict[str, list[str]]:
        """Features of the usage that a candidate's plan does not have: feature → names of candidates."""
        return self.scenario.features_without_plan(self.usage.features)


def replay(scenario: Scenario, usage: Usage, progress: Progress | None = None, kept: KeptRuns | None = None) -> Replay:
    """Replays every candidate of a scenario over a usage. progress: told how far it is; what it raises stops the replay. kept: runs of
    an earlier replay, which serve where nothing else is assumed before them.

    Customers whose actions make no sense are left out; `Replay.problems` says why. Raises InputError where nobody is left, or
    an amount would not fit 64 bits (billing-rules 1.4), and LawViolation where a law of billing-rules 14 does not hold on what
    came out.
    """
    window = scenario.window or default_window(usage, scenario.catalog.days)
    scenario = settled(scenario, usage, window)
    if "markets" in scenario.rules:
        from commet_core.engine.markets import replay_in_markets  # noqa: PLC0415  # it is made of replays

        return replay_in_markets(scenario, usage, window, progress or unheard, kept)
    subscribers = find_subscribers(scenario, usage, window)
    if len(subscribers.customers) == 0:
        raise nobody_left(subscribers)
    return replay_subscribers(scenario, subscribers, progress, kept)


def replay_subscribers(
    asked: Scenario, subscribers: Subscribers, progress: Progress | None = None, kept: KeptRuns | None = None
) -> Replay:
    """`replay` of customers that are known, who may be none."""
    scenario = asked.with_assumed_buyers()
    subscribers = line_ups.with_present_plans(scenario, subscribers)
    runs = (kept or KeptRuns()).of(asked, subscribers, progress or unheard)
    effects = tuple(NO_EFFECT for _ in runs)
    if scenario.assumptions.change_customers:
        runs, effects = assumed_runs(scenario, subscribers, runs, lambda alone, found: plain_runs(alone, found, unheard)[0])
    with worker_pool(_rows(runs)) as pool:
        list(pool.map(laws.check_run, runs))
    known = replace(subscribers, lives=(), actions=())  # the timelines hold what lives came to
    return Replay(scenario, subscribers.usage, subscribers.window, runs, known, effects)


def _rows(runs: Sequence[Run]) -> int:
    """Events or segments of a candidate, whichever are more."""
    return max([0, *(max(run.usage.event_count, run.timeline.segment_count) for run in runs)])
