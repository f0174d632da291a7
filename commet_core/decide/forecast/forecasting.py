"""A forecast: paths replayed, the record of the method, and the ranges that follow from both (decisions.md 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from commet_core.decide.forecast.adjustments import Adjustments
from commet_core.decide.forecast.ground import STEPS_MIN, Ground, check_asked, ground_of
from commet_core.decide.forecast.mix import Mix, mix_after
from commet_core.decide.forecast.parts import Parts, adjusted, estimate_parts
from commet_core.decide.forecast.paths import Drawing
from commet_core.decide.forecast.record import Record, Said, billed_so_far, forecasts_of, record_of
from commet_core.decide.forecast.replayed import PATHS_PER_BATCH, Replaying, ReplayPaths, here
from commet_core.decide.forecast.steps import Steps, Unit
from commet_core.decide.forecast.totals import StepTotals
from commet_core.foundation.derived import cached_property
from commet_core.foundation.progress import Progress, share_of, unheard
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

PATHS: Final = 200
RECORD_SHARE: Final = 0.4
"""Of the whole time, about the part that the record takes."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """Possible futures, replayed. `totals`: what each path comes to, in their order.

    record   of the method on this usage; None where history is too short to try it
    changed  whether a reader has changed parts: then what other methods say, who know nothing of it, does not count
    """

    ground: Ground
    parts: Parts
    steps: int
    seed: int
    totals: tuple[StepTotals, ...]
    record: Record | None

    @property
    def scenario(self) -> Scenario:
        return self.ground.history.scenario

    @property
    def calendar(self) -> Steps:
        return self.ground.history.steps

    @property
    def changed(self) -> bool:
        return self.parts.adjustments != Adjustments()

    @property
    def before(self) -> StepTotals:
        """What the history came to, step by step."""
        so_far: StepTotals = self.ground.history.usage.derived(("billed", self.scenario.model_dump_json()), self._billed_so_far)
        return so_far

    def _billed_so_far(self) -> StepTotals:
        return billed_so_far(self.ground.history)

    @property
    def earned_before(self) -> StepTotals:
        """The same with what was earned in each month."""
        key = ("earned", self.scenario.model_dump_json())
        history = self.ground.history
        so_far: StepTotals = history.usage.derived(key, lambda: billed_so_far(history, accounts=True))
        return so_far

    @cached_property
    def said(self) -> list[Said]:
        """What every method says of each candidate's billed amounts, step by step."""
        return forecasts_of(self.before, self.totals, self.calendar.unit)

    @cached_property
    def said_without_closing(self) -> list[Said]:
        """The same without closing invoices."""
        return forecasts_of(self.before, self.totals, self.calendar.unit, closing=False)

    def mix(self, candidate: int) -> Mix:
        """How the methods are weighed for a candidate, and how wide its ranges are."""
        pairs = self.record.candidates[candidate].pairs if self.record is not None else ()
        mix = mix_after(pairs)
        return replace(mix, weights={"ours": 1.0}) if self.changed else mix

    def with_totals(self, totals: Sequence[StepTotals]) -> Forecast:
        """The same forecast from these paths."""
        return replace(self, totals=tuple(totals))

    @cached_property
    def leaders(self) -> np.ndarray:
        """int64 [path, step]: the candidate that brings in the most; of equals the baseline, then the first. The last column: the horizon."""
        billed = np.stack([totals.billed for totals in self.totals])
        both = np.concatenate([billed, billed.sum(axis=2, keepdims=True)], axis=2)
        baseline = self.scenario.baseline_index()
        order = [baseline, *(place for place in range(both.shape[1]) if place != baseline)]
        leaders: np.ndarray = np.array(order)[both[:, order].argmax(axis=1)]
        return leaders


def begin(
    scenario: Scenario,
    usage: Usage,
    steps: int,
    *,
    seed: int | None = None,
    changes: Adjustments | None = None,
    unit: Unit = "month",
) -> Forecast:
    """A forecast without paths and record yet. Raises InputError where there is too little usage, or too much is asked for."""
    check_asked(steps, PATHS, unit)
    ground = ground_of(scenario, usage, steps, unit)
    parts = adjusted(estimate_parts(ground.history), changes or Adjustments())
    return Forecast(ground, parts, steps, scenario.seed if seed is None else seed, (), None)


def begin_changed(begun: Forecast, changes: Adjustments) -> Forecast:
    """The same forecast with other parts, without paths; the record stays, for it is of the method and not of the changes."""
    return replace(begun, parts=adjusted(estimate_parts(begun.ground.history), changes), totals=())


def paths_of(begun: Forecast, paths: range, tell: Progress = unheard, replay_paths: ReplayPaths = here) -> list[StepTotals]:
    """What these paths of a forecast come to. progress: what it raises stops the work. replay_paths: where they are replayed."""
    totals: list[StepTotals] = []
    replaying = Replaying(Drawing(begun.parts, begun.steps, begun.seed))
    for first in range(paths.start, paths.stop, PATHS_PER_BATCH):
        batch = range(first, min(first + PATHS_PER_BATCH, paths.stop))
        sentence = f"Replaying possible futures: {batch.stop:,} of {paths.stop:,}"
        done, to_be = ((end - paths.start) / len(paths) for end in (batch.start, batch.stop))
        totals += replay_paths(replaying, batch, share_of(tell, done, to_be, sentence))
    return totals


def record_so_far(begun: Forecast, tell: Progress = unheard, replay_paths: ReplayPaths = here) -> Record | None:
    """The method's record on a forecast's history; None where that is too short to try it."""
    history = begun.ground.history
    if history.steps.count <= STEPS_MIN:
        return None
    return record_of(history, begun.steps, begun.seed, tell, replay_paths=replay_paths)


def forecast(
    scenario: Scenario,
    usage: Usage,
    months: int,
    *,
    paths: int = PATHS,
    seed: int | None = None,
    changes: Adjustments | None = None,
    unit: Unit = "month",
    replay_paths: ReplayPaths = here,
    progress: Progress | None = None,
) -> Forecast:
    """What each candidate brings in over the coming months: future usage, replayed.

    months   so many ahead; with unit `day`, days
    paths    possible futures; path i is the same alone and among a thousand
    seed     of the paths; the scenario's unless given
    changes  parts in place of those that the usage shows, and what-ifs
    replay_paths   replays the paths: on this machine unless given (`cluster.paths_on`)
    Raises InputError where there are fewer than three whole months of usage or fewer than 20 customers, and says what is missing.
    """
    check_asked(months, paths, unit)
    tell = progress or unheard
    begun = begin(scenario, usage, months, seed=seed, changes=changes, unit=unit)
    record = record_so_far(begun, lambda share, said: tell(RECORD_SHARE * share, said), replay_paths)
    rest = lambda share, said: tell(RECORD_SHARE + (1 - RECORD_SHARE) * share, said)  # noqa: E731
    totals = paths_of(begun, range(paths), rest, replay_paths)
    return replace(begun, totals=tuple(totals), record=record)
