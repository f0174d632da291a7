"""The method's record on the user's own data: it is tried at every origin that history allows (decisions.md 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.decide.forecast.history import History
from commet_core.decide.forecast.mix import Mix, Mixed, Pair, known_at, mix_after
from commet_core.decide.forecast.naive import Method, naive_forecasts
from commet_core.decide.forecast.parts import estimate_parts
from commet_core.decide.forecast.paths import Drawing
from commet_core.decide.forecast.replayed import Replaying, ReplayPaths, here
from commet_core.decide.forecast.shocks import moved_apart, volatility_of
from commet_core.decide.forecast.steps import Unit
from commet_core.decide.forecast.totals import StepTotals, step_totals
from commet_core.engine.replay import replay
from commet_core.foundation.derived import cached_property
from commet_core.foundation.progress import Progress, share_of

RECORD_PATHS: Final = 40
STEPS_MIN: Final = 3
ORIGINS_MAX: Final = 12
"""The last origins: what lies further back says less of a method than it costs."""

STEPS_IN_YEAR: Final = 12


@dataclass(frozen=True)
class CandidateRecord:
    """Of one candidate: what was said, and what came."""

    candidate: str
    pairs: tuple[Pair, ...]

    @cached_property
    def mix(self) -> Mix:
        """What the whole record leads to."""
        return mix_after(self.pairs)

    def said(self, pair: Pair) -> Mixed:
        """What the mix said at a pair's origin, by the record that there was then."""
        return mix_after(known_at(self.pairs, pair.origin)).range_of(pair.forecasts, pair.low, pair.high)

    @cached_property
    def held(self) -> list[bool]:
        """Of each pair, whether what came lay in the range."""
        return [said.low <= pair.actual <= said.high for pair in self.pairs for said in [self.said(pair)]]

    def wape(self, method: Method | None) -> float | None:
        """Σ|said − came| ÷ Σ came, of a method, or of the mix; None where nothing came, or it never had a forecast."""
        pairs = [pair for pair in self.pairs if method is None or method in pair.forecasts]
        came = sum(pair.actual for pair in pairs)
        said = [self.said(pair).middle if method is None else pair.forecasts[method] for pair in pairs]
        return sum(abs(pair.actual - value) for pair, value in zip(pairs, said, strict=True)) / came if came else None


@dataclass(frozen=True)
class Record:
    """The record of every candidate, in the scenario's order. origins: so many could be tried."""

    candidates: tuple[CandidateRecord, ...]
    origins: int

    @property
    def pairs(self) -> int:
        return sum(len(candidate.pairs) for candidate in self.candidates)


def record_of(
    history: History,
    steps: int,
    seed: int,
    tell: Progress,
    paths: int = RECORD_PATHS,
    replay_paths: ReplayPaths = here,
) -> Record:
    """Tries the method at the origins of a history, up to `steps` ahead. progress: what it raises stops the work."""
    origins = range(STEPS_MIN, history.steps.count)[-ORIGINS_MAX:]
    pairs: list[list[Pair]] = [[] for _ in history.scenario.candidates]
    actuals: dict[int, StepTotals] = {}
    for place, origin in enumerate(origins):
        ahead = min(steps, history.steps.count - origin)
        ends = origin + ahead
        if ends not in actuals:
            actuals[ends] = billed_so_far(history.up_to(history.steps.first + ends))
        known = history.up_to(history.steps.first + origin)
        sentence = f"Trying the method on your past months: {place + 1} of {len(origins)}"
        heard = share_of(tell, place / len(origins), (place + 1) / len(origins), sentence)
        of_paths = replay_paths(Replaying(Drawing(estimate_parts(known), ahead, seed), accounts=False), range(paths), heard)
        for candidate, said in enumerate(forecasts_of(billed_so_far(known), of_paths, known.steps.unit)):
            came = actuals[ends].billed[candidate, origin : origin + ahead]
            pairs[candidate] += [
                Pair(origin, step + 1, said.at(step), float(said.low[step]), float(said.high[step]), float(came[step]))
                for step in range(ahead)
            ]
    names = [candidate.name for candidate in history.scenario.candidates]
    return Record(tuple(CandidateRecord(name, tuple(own)) for name, own in zip(names, pairs, strict=True)), len(origins))


@dataclass(frozen=True)
class Said:
    """What methods say of one candidate, one number per step ahead; of the paths p10 and p90, too, as `shocks` moves them.

    volatility   how unsteadily its history grew
    """

    forecasts: dict[Method, np.ndarray]
    low: np.ndarray
    high: np.ndarray
    volatility: float

    def at(self, step: int) -> dict[Method, float]:
        return {method: float(values[step]) for method, values in self.forecasts.items()}


def forecasts_of(before: StepTotals, of_paths: Sequence[StepTotals], unit: Unit, *, closing: bool = True) -> list[Said]:
    """What every method says of each candidate's billed amounts. before: as `billed_so_far`.

    closing: with closing invoices, which are issued only because the window ends.
    """
    billed = np.stack([totals.billed if closing else totals.billed - totals.closing for totals in of_paths]).astype(float)
    low, middle, high = np.quantile(billed, (0.1, 0.5, 0.9), axis=0)
    year = STEPS_IN_YEAR if unit == "month" else 0
    said = []
    for candidate in range(billed.shape[1]):
        closed = before.closing[candidate]
        at_end = float(closed[-1]) if closing else 0.0
        series, own = before.billed[candidate] - closed, middle[candidate]
        naive, volatility = naive_forecasts(series, at_end, billed.shape[2], year), volatility_of(series)
        ends = [
            moved_apart(float(low[candidate, step]), float(own[step]), float(high[candidate, step]), volatility, step + 1)
            for step in range(len(own))
        ]
        lows, highs = np.array(ends).T
        said.append(Said({"ours": own, **naive}, lows, highs, volatility))
    return said


def billed_so_far(history: History, *, accounts: bool = False) -> StepTotals:
    """What a history came to, step by step: a replay whose window ends at the origin. accounts: with what was earned."""
    steps = history.steps
    replayed = replay(history.scenario, history.usage)
    return step_totals(replayed, steps.unit, steps.first, steps.count, accounts=accounts)
