"""Replays of customers in several markets (billing-rules 15.6): a replay for each, in its currency, put together.

A part is a replay as any other, so that every rule, law and table holds in the customers' currency. Put together are tables,
whose amounts have as many decimals as the finest of the currencies, and sums in the reporting currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.plain_runs import KeptRuns
from commet_core.engine.replay import Replay, replay_subscribers
from commet_core.engine.run import Run
from commet_core.engine.totals import Totals, total_of, totals_of
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.derived import cached_property
from commet_core.foundation.progress import Progress, unheard
from commet_core.foundation.window import Window
from commet_core.scenario.markets import MarketPart, market_parts, markets_by_customer
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.subscribers import Subscribers, find_subscribers, nobody_left
from commet_core.timeline.window import events_within
from commet_core.usage.usage import Usage

T = TypeVar("T")


class ReplayedPart(NamedTuple):
    part: MarketPart
    replay: Replay


class FoundPart(NamedTuple):
    part: MarketPart
    subscribers: Subscribers


@dataclass(frozen=True, eq=False)
class ReplayInMarkets(Replay):
    """A replayed scenario whose customers are in several markets, or whose candidates are. Its runs are those of its parts."""

    parts: tuple[ReplayedPart, ...] = ()

    @property
    def currency(self) -> str:
        """That in which sums are told."""
        return self.scenario.reporting_currency

    @property
    def in_markets(self) -> bool:
        return True

    def table(self, name: str) -> pa.Table:
        """A result table of interfaces.md: by candidate, then by customer."""
        found = pa.concat_tables([without_dictionaries(replay.table(name)) for _, replay in self.parts])
        places = {candidate.name: place for place, candidate in enumerate(self.scenario.candidates)}
        candidates = np.array([places[name] for name in found["candidate"].to_pylist()], np.int64)
        customers = np.array(found["customer_id"].to_pylist(), object)
        _, ranks = np.unique(customers, return_inverse=True) if len(customers) else (None, candidates)
        return found.take(pa.array(np.lexsort((ranks, candidates))))

    @cached_property
    def totals(self) -> tuple[Totals, ...]:
        return tuple(
            total_of([totals_of(run, self.baseline_of(part)) for part, run in self.runs_of(place)])
            for place in range(len(self.scenario.candidates))
        )

    def runs_of(self, place: int) -> list[tuple[MarketPart, Run]]:
        """The runs of a candidate, given by its place, in each of its markets."""
        return [(part, replay.runs[part.candidates.index(place)]) for part, replay in self.parts if place in part.candidates]

    def baseline_of(self, part: MarketPart) -> Run:
        """The baseline's run with the customers of a part, in whatever market it is."""
        place = self.scenario.baseline_index()
        return next(run for other, run in self.runs_of(place) if other.group == part.group)

    def runs_by_customers(self) -> list[tuple[Run, ...]]:
        groups = {part.group for part, _ in self.parts}
        places = range(len(self.scenario.candidates))
        return [
            tuple(next(run for part, run in self.runs_of(place) if part.group == group) for place in places)
            for group in sorted(groups)
        ]

    @property
    def events_in_window(self) -> int:
        return sum(replay.events_in_window for part, replay in self.parts if 0 in part.candidates)


def replay_in_markets(
    scenario: Scenario, usage: Usage, window: Window, tell: Progress, kept: KeptRuns | None = None
) -> ReplayInMarkets:
    """`replay` of a scenario with markets. Raises InputError where nobody is left."""
    found = find_in_markets(scenario, usage, window)
    if not any(len(subscribers.customers) for _, subscribers in found):
        raise nobody_left(_everybody([subscribers for _, subscribers in found], usage))
    return replay_parts(scenario, found, usage, tell, kept)


def replay_parts(
    scenario: Scenario, found: Iterable[FoundPart], usage: Usage, tell: Progress = unheard, kept: KeptRuns | None = None
) -> ReplayInMarkets:
    """Replays parts that are known, one after the other; there may be nobody."""
    parts, done = list(found), 0
    weights = [len(subscribers.customers) + 1 for _, subscribers in parts]
    replayed = []
    for (part, subscribers), weight in zip(parts, weights, strict=True):
        begun, share = done / sum(weights), weight / sum(weights)
        own = replay_subscribers(part.scenario, subscribers, lambda at, said, b=begun, s=share: tell(b + s * at, said), kept)  # type: ignore[misc]
        replayed.append(ReplayedPart(part, own))
        done += weight
    everybody = _everybody([subscribers for _, subscribers in parts], usage)
    whole = scenario.with_assumed_buyers()
    return ReplayInMarkets(whole, usage, everybody.window, (), everybody, parts=tuple(replayed))


def find_in_markets(scenario: Scenario, usage: Usage, window: Window) -> list[FoundPart]:
    """Who the customers of each part are: under every candidate the same, as `find_subscribers` has them."""
    of_customer = markets_by_customer(scenario.subscriptions, scenario.catalog)
    parts = market_parts(scenario)
    groups = {
        group: _own(find_subscribers(scenario.of_group(group), usage, window), group, of_customer)
        for group in dict.fromkeys(part.group for part in parts)
    }
    return [FoundPart(part, _under(groups[part.group], part)) for part in parts]


def _under(subscribers: Subscribers, part: MarketPart) -> Subscribers:
    """What customers did under the candidates of a part."""
    lives = tuple(subscribers.lives[place] for place in part.candidates)
    actions = tuple(subscribers.actions[place] for place in part.candidates)
    return replace(subscribers, lives=lives, actions=actions)


def _own(subscribers: Subscribers, group: str, of_customer: Mapping[str, str]) -> Subscribers:
    ids = subscribers.usage.customers.take(pa.array(subscribers.customers)).cast(pa.string())
    named = [customer for customer, own in of_customer.items() if own == group] if group else list(of_customer)
    inside = np.asarray(pc.is_in(ids, pa.array(named, pa.string()))) == bool(group)
    chosen = np.flatnonzero(inside)
    places = {old: new for new, old in enumerate(chosen.tolist())}

    def kept(by_index: Mapping[int, T]) -> dict[int, T]:
        return {places[old]: value for old, value in by_index.items() if old in places}

    part = replace(
        subscribers,
        customers=subscribers.customers[chosen],
        spans=subscribers.spans.take(chosen, axis=1),
        lives=tuple(kept(lives) for lives in subscribers.lives),
        actions=tuple(kept(actions) for actions in subscribers.actions),
    )
    return part.with_levels_of(subscribers, places)


def _everybody(parts: list[Subscribers], usage: Usage) -> Subscribers:
    """Who was left out, of all parts; the customers are those of the parts."""
    first = parts[0]
    left_out = frozenset[str]().union(*(part.left_out for part in parts))
    spans = events_within(usage, first.window, first.days)
    without = np.asarray(pc.is_in(usage.customers.cast(pa.string()), pa.array(sorted(left_out), pa.string())))
    return replace(
        first,
        usage=usage,
        customers=np.empty(0, np.int64),
        spans=np.empty((2, 0), np.int64),
        lives=(),
        actions=(),
        problems=tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
        left_out=left_out,
        events_left_out=int(np.sum((spans[1] - spans[0])[without])),
        asked={},
        first_uses={},
        rejected=tuple(dict.fromkeys(problem for part in parts for problem in part.rejected)),
    )
