"""Subscribers: who the customers of a replay are, and what their actions come to under every candidate.

Actions that make no sense are reported, and their customers are left out of every candidate, so that what the candidates bring
in stays comparable; all others are replayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.calendar import day_number
from commet_core.foundation.days import Days
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import Window
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.levels.checks import LevelStep
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import Action, RowProblem
from commet_core.scenario.subscriptions.checks import check_rows
from commet_core.timeline.add_on_spells import AddOnSpells, spells_of, usage_with_add_ons
from commet_core.timeline.advancing import advance
from commet_core.timeline.alike import Kinds, alike_phases
from commet_core.timeline.held import Asked
from commet_core.timeline.levels import AskedLevels, asked_levels, check_used_features
from commet_core.timeline.life import Life
from commet_core.timeline.lifecycles import FirstUse, Standing, listed, lived_under, started
from commet_core.timeline.offered import discount_count, trial_days_of
from commet_core.timeline.phases import BEFORE_START, Acted, Changes, Phases, StageList, acted_phases, merged, plain_phases
from commet_core.timeline.redeeming import Redemption
from commet_core.timeline.segments import Timeline, build_timeline
from commet_core.timeline.stages import Stage, trial_of
from commet_core.timeline.starting import start_stage
from commet_core.timeline.stubs import with_stubs
from commet_core.timeline.terms_within import with_terms
from commet_core.timeline.usage_levels import check_usage_levels, usage_levels
from commet_core.timeline.window import events_within, no_usage_within, plain_anchors
from commet_core.usage.usage import Usage

T = TypeVar("T")


class Present(NamedTuple):
    """What customers are on today. baseline: its name; plans: objects, the code of each one's plan there, "" where it has none."""

    baseline: str
    plans: np.ndarray


@dataclass(frozen=True, eq=False)
class Subscribers:
    """The customers of a replay; every candidate has the same.

    usage      the usage, with customers who have none of their own
    days       when days begin (billing-rules 2.7)
    customers  int64 index into the usage's customers
    spans      int64, two rows, one entry per customer: its first event in the window, and the one after its last
    lives      of each candidate: a customer's index in `customers` → what its actions come to; of a line-up on its lowest plan
    actions    of each candidate: a customer's index → those of its actions that are followed
    problems   of rows that make no sense
    left_out   the customers of those rows; they have so many events in the window
    asked      of each candidate, by its name: a customer's index in `customers` → the levels that it asked for; empty without any
    first_uses a customer's index → when it first has a level above 0 in the window, in microseconds
    rejected   rows of levels that cannot be used
    present    what they are on today; None where no assumption asks
    level_rows  rows of the usage that say how many were held, of whomever and whenever
    """

    usage: Usage
    window: Window
    days: Days
    customers: np.ndarray
    spans: np.ndarray
    lives: tuple[Mapping[int, Life], ...]
    actions: tuple[Mapping[int, Sequence[Action]], ...]
    problems: tuple[RowProblem, ...] = ()
    left_out: frozenset[str] = frozenset()
    events_left_out: int = 0
    asked: Mapping[str, Mapping[int, Asked]] = field(default_factory=dict)
    first_uses: Mapping[int, int] = field(default_factory=dict)
    rejected: tuple[RowProblem, ...] = ()
    present: Present | None = None
    level_rows: int = 0

    @property
    def events_in_window(self) -> int:
        """Events of theirs in the window, as the usage has them: assumptions add and take away later."""
        return int(np.sum(self.spans[1] - self.spans[0]))

    def first_use(self, customer: int) -> FirstUse:
        """When a customer has its first event in the window, and a level above 0 first."""
        first, last = self.spans[:, customer].tolist()
        return FirstUse(int(self.usage.times[first]) if last > first else None, self.first_uses.get(customer))

    def asked_of(self, candidate: Candidate, customer: int) -> Asked:
        """The levels that a customer asked for under a candidate."""
        return self.asked.get(candidate.name, {}).get(customer, {})

    def some(self, customers: np.ndarray) -> Subscribers:
        """These customers alone, given by their index, without what they did."""
        part = replace(
            self,
            customers=self.customers[customers],
            spans=self.spans.take(customers, axis=1),
            lives=(),
            actions=(),
            present=None,
        )
        return part.with_levels_of(self, {old: new for new, old in enumerate(customers.tolist())})

    def with_levels_of(self, other: Subscribers, index: Mapping[int, int]) -> Subscribers:
        """The same with the levels of others; index: their customers' indexes there → here."""
        asked = {name: {index[old]: levels for old, levels in own.items() if old in index} for name, own in other.asked.items()}
        return replace(self, asked=asked, first_uses={index[old]: at for old, at in other.first_uses.items() if old in index})


@dataclass(frozen=True, eq=False)
class Subscription:
    """A candidate's customers on their stages: the timeline, and what actions charge at certain moments.

    acted        credits and purchases, by the row of their phase in the timeline; None where nobody acts
    redemptions  of promo codes: a customer's index → its use of one
    asked        the levels that customers asked for, by their index in the timeline's customers; None where there are none
    spells       when add-ons are active; None where there are none
    usage        the usage with what add-ons refuse as features of their own; None where it is that of the subscribers
    """

    timeline: Timeline
    stages: tuple[Stage, ...]
    acted: Acted | None
    redemptions: Mapping[int, Redemption] = field(default_factory=dict)
    asked: Mapping[int, Asked] | None = None
    spells: AddOnSpells | None = None
    usage: Usage | None = None


def find_subscribers(scenario: Scenario, usage: Usage, window: Window) -> Subscribers:
    """Who is a customer in the window (billing-rules 2.5), and what their actions come to (8). There may be nobody."""
    check_usage_levels(usage, scenario.catalog)
    found = usage_levels(usage)
    usage = found.usage
    check_used_features(scenario, usage)
    if scenario.subscriptions or scenario.levels or found.steps:
        return replace(_with_actions(scenario, usage, window, found.steps), level_rows=found.rows)
    spans = events_within(usage, window, scenario.catalog.days)
    customers = np.flatnonzero(spans[1] > spans[0])
    nothing: tuple[Mapping[int, Any], ...] = tuple({} for _ in scenario.candidates)
    return Subscribers(usage, window, scenario.catalog.days, customers, spans.take(customers, axis=1), nothing, nothing)


def nobody_left(subscribers: Subscribers) -> InputError:
    """Why there is no customer: none has usage in the window, or what their actions say makes no sense."""
    if subscribers.problems or subscribers.rejected:
        return InputError(problem.problem for problem in (*subscribers.problems, *subscribers.rejected))
    return no_usage_within(subscribers.usage, subscribers.window, subscribers.days)


def _with_actions(scenario: Scenario, usage: Usage, window: Window, in_usage: Mapping[str, Sequence[LevelStep]]) -> Subscribers:
    checked = check_rows(scenario.subscriptions, scenario.catalog, [candidate.name for candidate in scenario.candidates])
    levels = asked_levels(scenario, window, checked.actions, in_usage)
    firsts = _first_uses(usage, window, scenario.catalog.days, checked.actions, levels)
    lived_by_candidate = [
        lived_under(
            scenario.under(candidate), candidate, window, checked.actions, firsts, levels.by_candidate.get(candidate.name, {})
        )
        for candidate in scenario.candidates
    ]
    impossible = dict.fromkeys(problem for lived in lived_by_candidate for problem in lived.problems)
    problems = [*checked.problems, *levels.problems, *impossible]
    left_out = frozenset(problem.row.customer_id for problem in problems)
    started = {
        customer_id
        for lived in lived_by_candidate
        for customer_id, life in lived.lives.items()
        if customer_id not in left_out and life.present.stage != BEFORE_START
    }
    started |= levels.first_uses.keys() - left_out
    usage = usage.with_customers(started)
    spans = events_within(usage, window, scenario.catalog.days)
    present = spans[1] > spans[0]
    present[_indexes(usage, started)] = True
    without = _indexes(usage, left_out)
    present[without] = False
    customers = np.flatnonzero(present)
    return Subscribers(
        usage=usage,
        window=window,
        days=scenario.catalog.days,
        customers=customers,
        spans=spans.take(customers, axis=1),
        lives=tuple(_by_index(usage, customers, lived.lives) for lived in lived_by_candidate),
        actions=tuple(_by_index(usage, customers, lived.actions) for lived in lived_by_candidate),
        problems=tuple(problems),
        left_out=left_out,
        events_left_out=int(np.sum(spans[1][without] - spans[0][without])),
        asked={name: _by_index(usage, customers, own) for name, own in levels.by_candidate.items()},
        first_uses=_by_index(usage, customers, levels.first_uses),
        rejected=levels.rejected,
    )


def _first_uses(
    usage: Usage, window: Window, days: Days, customer_ids: Iterable[str], levels: AskedLevels
) -> dict[str, FirstUse]:
    """When customers have their first event in the window, and a level above 0."""
    known = list(customer_ids)
    indexes = np.asarray(pc.fill_null(pc.index_in(pa.array(known, pa.string()), usage.customers), -1))
    firsts, lasts = events_within(usage, window, days)
    used = {
        customer_id: int(usage.times[firsts[index]])
        for customer_id, index in zip(known, indexes.tolist(), strict=True)
        if index >= 0 and lasts[index] > firsts[index]
    }
    return {customer_id: FirstUse(used.get(customer_id), levels.first_uses.get(customer_id)) for customer_id in known}


def _indexes(usage: Usage, customer_ids: Collection[str]) -> np.ndarray:
    """Where those of the customers that the usage knows stand in it."""
    indexes = pc.index_in(pa.array(list(customer_ids), pa.string()), usage.customers)
    return np.asarray(indexes.drop_null(), np.int64)


def _by_index(usage: Usage, customers: np.ndarray, by_id: Mapping[str, T]) -> dict[int, T]:
    """What customers have, by their index; that of nobody who is a customer is dropped."""
    ids = list(by_id)
    indexes = np.asarray(pc.fill_null(pc.index_in(pa.array(ids, pa.string()), usage.customers), -1), np.int64)
    in_replay = np.searchsorted(customers, indexes).tolist()
    known = np.isin(indexes, customers)
    return {customer: by_id[ids[row]] for row, customer in enumerate(in_replay) if known[row]}


class _Beginning(NamedTuple):
    """How those begin on a plan who only start: on these stages one after the other, the trial first; its days.

    alike: all of them do so, whatever the day
    """

    plan: str
    stages: tuple[Stage, ...]
    trial_days: int | None
    alike: bool

    @classmethod
    def on(cls, scenario: Scenario, candidate: Candidate, code: str) -> _Beginning:
        catalog = scenario.catalog
        plan, stage = catalog.plans[code], start_stage(catalog, candidate, code, None, 0)
        trial_days = trial_days_of(catalog, stage)
        alike = candidate.promo_code is None and (candidate.offer is None or catalog.offers[candidate.offer].always)
        alike = alike and not plan.versions and plan.billing_day is None
        return cls(code, (stage,) if trial_days is None else (trial_of(stage, plan), stage), trial_days, alike)


def subscribe(
    scenario: Scenario,
    candidate: Candidate,
    subscribers: Subscribers,
    lives: Mapping[int, Life],
    chosen: np.ndarray | None = None,
) -> Subscription:
    """The stages and segments of a candidate's customers.

    lives: of customers, by their index, who do more than start. chosen: of a line-up, int64 index into its plans, one per
    customer: on which those start who only start; None: on the lowest.
    """
    beginnings = [_Beginning.on(scenario, candidate, code) for code in scenario.plans(candidate)]
    if (
        scenario.subscriptions
        or subscribers.asked
        or candidate.addons
        or lives
        or chosen is not None
        or not beginnings[0].alike
    ):
        merged_in_time = _merged_subscription(scenario, candidate, beginnings, subscribers, lives, chosen)
        return replace(merged_in_time, asked=subscribers.asked.get(candidate.name))
    begins = beginnings[0]
    shape = tuple((each.weekly, each.resets) for each in begins.stages)
    key = (
        "timeline",
        scenario.catalog.time_zone,
        subscribers.window.start,
        subscribers.window.end,
        scenario.start,
        begins.trial_days,
        shape,
    )
    timeline = subscribers.usage.derived(key, lambda: _plain_timeline(scenario, begins, subscribers))
    return Subscription(_with_offer(timeline, scenario, begins.stages[-1]), begins.stages, None)


def _plain_timeline(scenario: Scenario, begins: _Beginning, subscribers: Subscribers) -> Timeline:
    everybody = np.arange(len(subscribers.customers))
    phases = _plain(scenario, everybody, begins, subscribers)
    return build_timeline(
        subscribers.usage,
        subscribers.window,
        subscribers.days,
        subscribers.customers,
        subscribers.spans,
        phases,
        begins.stages,
    )


def _plain(scenario: Scenario, customers: np.ndarray, begins: _Beginning, subscribers: Subscribers) -> Phases:
    """Those who only start, given by their index."""
    anchors = _start_days(scenario, customers, subscribers)
    return plain_phases(customers, anchors, subscribers.days, day_number(subscribers.window.end), begins.trial_days)


def _with_offer(timeline: Timeline, scenario: Scenario, stage: Stage) -> Timeline:
    """The same timeline with the candidate's offer on all base charges of everybody."""
    count = discount_count(scenario.catalog, stage)
    if count == 0:
        return timeline
    discounts = np.full(len(timeline.phases.customers), count)
    return replace(timeline, phases=timeline.phases._replace(discounts=discounts))


def _merged_subscription(
    scenario: Scenario,
    candidate: Candidate,
    beginnings: Sequence[_Beginning],
    subscribers: Subscribers,
    lives: Mapping[int, Life],
    chosen: np.ndarray | None,
) -> Subscription:
    window_start, window_end = subscribers.window.span(subscribers.days)
    stages = StageList()
    others = np.setdiff1d(np.arange(len(subscribers.customers)), np.fromiter(lives, np.int64, len(lives)))
    on = np.zeros(len(others), np.int64) if chosen is None else chosen[others]
    plain, redemptions = [], {customer: life.redemption for customer, life in lives.items() if life.redemption is not None}
    for level, begins in enumerate(beginnings):
        here = others[on == level]
        if begins.alike:
            plain.append((_plain_on(scenario, begins, here, stages, subscribers), Changes.none()))
        else:
            kinds = _kinds(scenario, candidate, here, subscribers)
            life_of = partial(_life_of, scenario, candidate, begins.plan, window_end)
            alike = alike_phases(here, kinds, life_of, stages, (window_start, window_end))
            plain.append((alike.phases, alike.changes))
            redemptions |= alike.redemptions
    if len(subscribers.customers) == 0:
        stages.index_of(beginnings[0].stages[-1])
    together = merged(plain, acted_phases(lives, stages, window_start, window_end))
    usage, customers = subscribers.usage, subscribers.customers
    spells = spells_of(scenario.catalog, candidate.addons, together, stages.stages, others)
    if spells is not None:
        usage = usage_with_add_ons(usage, scenario.catalog, customers, together, stages.stages, spells)
    place = subscribers.window, subscribers.days, customers, subscribers.spans
    timeline = build_timeline(usage, *place, together.phases, stages.stages)
    timeline, listed_stages = with_stubs(with_terms(timeline, together.changes, usage.times), stages.stages)
    own_usage = None if spells is None else usage
    return Subscription(timeline, listed_stages, together, redemptions, spells=spells, usage=own_usage)


def _start_days(scenario: Scenario, customers: np.ndarray, subscribers: Subscribers) -> np.ndarray:
    """int64 day numbers on which those start who only start, given by their index (billing-rules 2.5, 10.4)."""
    if subscribers.first_uses and scenario.start == "first_use":
        firsts = np.array([subscribers.first_use(customer).first for customer in customers.tolist()], np.int64)
        return subscribers.days.of(firsts)
    place = subscribers.window, subscribers.days
    return plain_anchors(subscribers.usage, *place, scenario.start, subscribers.spans[0][customers])


def _kinds(scenario: Scenario, candidate: Candidate, customers: np.ndarray, subscribers: Subscribers) -> Kinds:
    """How customers begin, given by their index, who only start."""
    days = _start_days(scenario, customers, subscribers)
    refused, names = (np.zeros(len(subscribers.customers), np.int64) for _ in range(2))
    refused[_places(subscribers, (scenario.refused_codes or {}).get(candidate.name, frozenset()))] = 1
    for number, customer_id in enumerate(sorted(listed(scenario, candidate)), start=1):
        names[_places(subscribers, [customer_id])] = number
    return Kinds(days, refused[customers], names[customers])


def _places(subscribers: Subscribers, customer_ids: Collection[str]) -> np.ndarray:
    """The indexes of those of the customers who are replayed."""
    indexes = _indexes(subscribers.usage, customer_ids)
    return np.searchsorted(subscribers.customers, indexes[np.isin(indexes, subscribers.customers)])


def _life_of(scenario: Scenario, candidate: Candidate, plan: str, window_end: int, day: int, refused: int, name: int) -> Life:
    names = ["", *sorted(listed(scenario, candidate))] if name else [""]
    life = started(scenario, candidate, plan, None, day, Standing(bool(refused), names[name]))
    advance(life, window_end - 1)
    return life


def _plain_on(
    scenario: Scenario, begins: _Beginning, customers: np.ndarray, stages: StageList, subscribers: Subscribers
) -> Phases:
    """Those who only start on a plan; its stages come into the list where somebody does."""
    plain = _plain(scenario, customers, begins, subscribers)
    indexes = np.array([stages.index_of(stage) for stage in begins.stages] if len(customers) else [0, 0], np.int16)
    discounts = np.full(len(plain.customers), discount_count(scenario.catalog, begins.stages[-1]))
    return plain._replace(stages=indexes[plain.stages], discounts=discounts)
