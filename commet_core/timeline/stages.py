"""Stages: what a customer can be on: a plan and its price per interval, in trial, active, paused or canceled (billing-rules 7-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from commet_core.catalog.level_terms import LevelTerms
from commet_core.catalog.plans import Catalog, Plan
from commet_core.catalog.versions import HeldTerms, better, better_level, choice_count, held_plan, versions_of
from commet_core.foundation.calendar import INTERVAL_PERIODS
from commet_core.foundation.money import nanos
from commet_core.foundation.vocabulary import Interval, State
from commet_core.timeline.treatments import NOT_IN_PLAN, NOT_SUBSCRIBED, PAUSED


class Stub(NamedTuple):
    """What of whole months and intervals a stub is (billing-rules 2.2): days in it, in the month and in the interval that end with it."""

    days: int
    of_month: int
    of_interval: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What a phase of a subscription is on.

    plan       its code; None before a subscription's start
    interval   None on a free plan
    offer      the code of the offer that its charges get, while it lasts
    promo_code  the code that led to the offer; None where none did (billing-rules 9.2)
    lent       a higher plan that a grant lends, and its version's number (8.8)
    terms      of a plan with versions what of them the customer has (8.7)
    stub       of a period that begins on another day than the plan's billing day (2.2)
    resets     allowances reset period by period; credits and balance of a trial are granted once (billing-rules 7.2)
    """

    plan: str | None
    interval: Interval | None
    state: State = "active"
    offer: str | None = None
    resets: bool = True
    promo_code: str | None = None
    terms: HeldTerms | None = None
    lent: tuple[str, int] | None = None
    stub: Stub | None = None

    @property
    def has_periods(self) -> bool:
        """Whether it has billing periods: not while paused or canceled."""
        return self.state in ("trial", "active")

    @property
    def weekly(self) -> bool:
        """Whether its billing periods are weeks (billing-rules 2.3)."""
        return self.interval == "weekly"

    @property
    def charged(self) -> bool:
        """Whether it has base charges (billing-rules 2.4, 7)."""
        return self.state == "active" and self.interval is not None

    @property
    def base_share(self) -> tuple[int, int]:
        """The part of the base price that is charged, as days of days: of a stub's less than all, save of a one-time price (2.2)."""
        return (1, 1) if self.stub is None or self.interval_periods == 0 else (self.stub.days, self.stub.of_interval)

    @property
    def interval_periods(self) -> int:
        """Billing periods from one base charge to the next; 0 where there is no next one."""
        return INTERVAL_PERIODS.get(self.interval, 0) if self.interval is not None and self.charged else 0


def periods_paid(stage: Stage) -> int:
    """Billing periods that a base charge of a stage pays for; 1 where it has none, and of a stub (billing-rules 2.2)."""
    return 1 if stage.stub is not None else stage.interval_periods or 1


def trial_of(stage: Stage, plan: Plan) -> Stage:
    """The trial that comes before a stage on a plan (billing-rules 7.2)."""
    return replace(stage, state="trial", resets=plan.resets_in_trial)


def active(stage: Stage) -> Stage:
    """What a stage is when a trial or a pause is over."""
    return replace(stage, state="active", resets=True)


def standstill(stage: Stage, state: State) -> Stage:
    """A stage paused or canceled: nothing is served, so that nothing resets."""
    still = replace(stage, state=state, resets=False)
    return still if state == "paused" else replace(still, offer=None, promo_code=None)


def base_nanos(catalog: Catalog, stage: Stage) -> int:
    """The base price in nanos of a whole interval; 0 where there is none."""
    if not stage.charged:
        return 0
    assert stage.plan is not None
    assert stage.interval is not None
    return nanos(plan_on(catalog, stage).prices[stage.interval])


def plan_on(catalog: Catalog, stage: Stage) -> Plan:
    """The plan that a stage is on, with what of its versions the customer has (billing-rules 8.7), as the catalog rates it."""
    assert stage.plan is not None
    plan = catalog.plans[stage.plan]
    held = plan if stage.terms is None else held_plan(plan, stage.terms, stage.interval)
    if stage.lent is not None:
        held = _with_lent(held, versions_of(catalog.plans[stage.lent[0]])[stage.lent[1]].plan)
    rated = catalog.as_rated(held)
    return rated if stage.stub is None else rated.for_part_of_month(stage.stub.days, stage.stub.of_month, catalog.currency)


def _with_lent(plan: Plan, lent: Plan) -> Plan:
    """The features of either, unlimited if either is, with the larger of what both include (billing-rules 8.8)."""
    features, levels = dict(plan.features), dict(plan.levels)
    for code, terms in lent.features.items():
        features[code] = better(features[code], terms) if code in features else terms
    for code, held in lent.levels.items():
        levels[code] = better_level(levels[code], held, None) if code in levels else held
    switches = tuple(dict.fromkeys((*plan.switches, *lent.switches)))
    return plan.model_copy(update={"features": features, "levels": levels, "switches": switches})


def levels_on(catalog: Catalog, stage: Stage) -> Mapping[str, LevelTerms]:
    """The seats and quota of a stage, as far as its customer has them; a stub has them whole (billing-rules 2.2)."""
    if stage.plan is None:
        return {}
    if stage.terms is None and stage.lent is None:
        return catalog.plans[stage.plan].levels
    return plan_on(catalog, replace(stage, stub=None)).levels


def other_choices(catalog: Catalog, stages: Sequence[Stage]) -> tuple[list[Stage], np.ndarray]:
    """Stages that differ in which set of prices in tiers holds, after those that there are (billing-rules 8.7).

    With them int64, stages + 1: those of stage s are at the places from choices[s] to choices[s + 1].
    """
    more: list[Stage] = []
    offsets = [len(stages)]
    for stage in stages:
        if stage.terms is not None and stage.plan is not None and stage.terms.better:
            count = choice_count(catalog.plans[stage.plan], stage.terms)
            more += [replace(stage, terms=stage.terms._replace(choice=choice)) for choice in range(1, count)]
        offsets.append(len(stages) + len(more))
    return more, np.array(offsets, np.int64)


def kinds_of(stages: Sequence[Stage], feature_count: int) -> np.ndarray:
    """int8, a row per stage, an entry per feature: why it is refused, where a plan says nothing else (billing-rules 3.3, 8)."""
    refused = {"paused": PAUSED, "canceled": NOT_SUBSCRIBED}
    kinds = np.array([refused.get(stage.state, NOT_IN_PLAN) for stage in stages], np.int8)
    return np.repeat(kinds[:, None], feature_count, axis=1)
