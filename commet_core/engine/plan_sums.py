"""Plans by the hundred: one candidate's customers, replayed under one catalog after another, each in sums by customer.

What order cannot change comes from sums per segment and feature, the rest event by event (decisions.md 6.3); either way it is
what a replay comes to, to the last digit. There are no invoices, dates, first refusals or statements.

    plans = PlanReplays.of(scenario, usage, "Credits")
    for sums in plans.each(catalogs, lambda sums: sums.billed_minor): ...
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Protocol, TypeVar

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.engine import line_ups
from commet_core.engine.candidate import CandidateReplay
from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.owed import Owed
from commet_core.engine.recognition import check_range
from commet_core.engine.run import Run
from commet_core.engine.serving_costs import unit_costs, units_times
from commet_core.engine.totals import FeatureTotals, blocked_share, by_feature, median_minor
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.parallel import worker_count, worker_pool
from commet_core.foundation.progress import unheard
from commet_core.foundation.sums import exact_sum, exact_sums_by_index, sum_by_offsets
from commet_core.rating.admission import NO_LEDGER, Admitted
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Rows, Scenario
from commet_core.timeline.settling import settled
from commet_core.timeline.subscribers import Subscribers, Subscription, find_subscribers, nobody_left
from commet_core.timeline.window import default_window
from commet_core.usage.usage import TOTAL_MAX, Usage

T = TypeVar("T")

LIVES_KEPT = 4


@dataclass(frozen=True, eq=False)
class PlanSums:
    """What the plans of a candidate came to. One entry per customer, int64, all plans of the same customers:

    billed          minor units: the sum of its invoices
    monthly_costs   millionths of a minor unit, see `engine.monthly_costs`
    blocked_events  events refused, whole or in part

    events, served_events, features   of all, as in `Totals`
    cost_nanos      what serving it cost the vendor; None where the cost of what was used is not known
    """

    rows: Rows
    billed: np.ndarray
    monthly_costs: np.ndarray
    blocked_events: np.ndarray
    events: int
    served_events: int
    features: dict[str, FeatureTotals]
    cost_nanos: int | None

    @cached_property
    def billed_minor(self) -> int:
        return exact_sum(self.billed)

    @property
    def median_monthly_cost(self) -> Fraction:
        """In minor units."""
        return median_minor(self.monthly_costs)

    @property
    def blocked_share(self) -> Fraction:
        return blocked_share(self.rows, self)


class ReplayPlans(Protocol):
    """Replays catalogs, and yields in their order what `finish` makes of each: what solve and sweep are given.

    `PlanReplays.each` is one. Another may let customers react before it replays, and so judge plans on other usage.
    """

    def __call__(self, catalogs: Iterable[Catalog], finish: Callable[[PlanSums], T]) -> Iterator[T]: ...


@dataclass(frozen=True, eq=False)
class PlanReplays:
    """A candidate's customers, made ready once for all catalogs.

    scenario     with a window, and with all candidates: who is left out depends on them
    subscribers  under the scenario's own catalog
    """

    scenario: Scenario
    candidate: Candidate
    usage: Usage
    subscribers: Subscribers
    _subscribed: dict[Any, Subscription] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, scenario: Scenario, usage: Usage, name: str) -> PlanReplays:
        """Raises InputError as `replay` does; name: of the candidate."""
        window = scenario.window or default_window(usage, scenario.catalog.days)
        scenario = settled(scenario.model_copy(update={"window": window}), usage, window)
        subscribers = find_subscribers(scenario, usage, window)
        if len(subscribers.customers) == 0:
            raise nobody_left(subscribers)
        scenario = scenario.with_assumed_buyers()
        candidate = next(candidate for candidate in scenario.candidates if candidate.name == name)
        return cls(scenario, candidate, subscribers.usage, line_ups.with_present_plans(scenario, subscribers))

    def sums(self, catalog: Catalog) -> PlanSums:
        """What the candidate's plans of a catalog come to. Raises InputError where an amount would not fit (billing-rules 1.4)."""
        scenario = self.scenario.model_copy(update={"catalog": catalog})
        subscription = self._subscription(scenario)
        prepared = CandidateReplay.prepare(scenario, self.candidate, self.usage, subscription, in_sums=True)
        purchases = prepared.replay.replay_customers(0, len(subscription.timeline.customers), NO_LEDGER)
        owed = prepared.owed(purchases)
        check_range(self.usage, self.candidate, owed)
        return _sums_of(prepared, owed)

    def each(self, catalogs: Iterable[Catalog], finish: Callable[[PlanSums], T]) -> Iterator[T]:
        """What `finish` makes of each catalog's sums, in their order; a catalog per core at once, `finish` in its thread."""
        return in_turn(catalogs, lambda catalog: finish(self.sums(catalog)))

    def alone(self, catalog: Catalog) -> tuple[Scenario, Subscribers]:
        """The scenario of this candidate under a catalog, with the rows that are meant for it, and its customers."""
        scenario = self.scenario.model_copy(update={"catalog": catalog})
        place, subscribers = scenario.candidates.index(self.candidate), self._subscribers(scenario)
        one = replace(subscribers, lives=subscribers.lives[place : place + 1], actions=subscribers.actions[place : place + 1])
        rows = tuple(row for row in scenario.subscriptions if row.candidate in ("", self.candidate.name))
        return scenario.model_copy(update={"candidates": (self.candidate,), "baseline": "", "subscriptions": rows}), one

    def _subscription(self, scenario: Scenario) -> Subscription:
        """The customers on their stages: the same for all catalogs under which they live the same."""
        if self.candidate.decides:
            return self._subscribe(scenario)
        key = self._lives_key(scenario.catalog)
        if key not in self._subscribed:
            while len(self._subscribed) >= LIVES_KEPT:
                self._subscribed.pop(next(iter(self._subscribed)), None)
            self._subscribed[key] = self._subscribe(scenario)
        return self._subscribed[key]

    def _subscribe(self, scenario: Scenario) -> Subscription:
        return line_ups.subscriptions_of(*self.alone(scenario.catalog), unheard, [0])[0][1]

    def _subscribers(self, scenario: Scenario) -> Subscribers:
        """Who the customers are: what they do may cost something else under another catalog, but they stay the same."""
        if not scenario.subscriptions or scenario.catalog == self.scenario.catalog:
            return self.subscribers
        assert scenario.window is not None
        found = replace(find_subscribers(scenario, self.usage, scenario.window), present=self.subscribers.present)
        if not np.array_equal(found.customers, self.subscribers.customers):
            what = "some of its values make actions in the subscriptions impossible, so that customers would be left out"
            raise InputError.of("term", what, "Choose another range, or take these actions out of the subscriptions")
        return found

    def _lives_key(self, catalog: Catalog) -> str:
        """What of a catalog lives depend on: without subscriptions, when periods begin and which charges have an offer."""
        plans = catalog.plans.values()
        if self.candidate.addons or self.subscribers.asked:
            return catalog.model_dump_json()
        if not self.scenario.subscriptions:
            begins = [(plan.trial_days, plan.billing_day, *plan.prices) for plan in plans]
            return repr([begins, catalog.offers, catalog.promo_codes])
        apart = {"features", "included_credits", "included_balance", "block_on_exhaustion", "name"}
        rest = catalog.model_dump_json(include={"addons", "credit_packs", "offers", "plan_groups", "promo_codes"})
        return "\n".join([*(plan.model_dump_json(exclude=apart) for plan in plans), rest])


def in_turn(catalogs: Iterable[Catalog], work: Callable[[Catalog], T]) -> Iterator[T]:
    """What a work makes of each catalog, in their order; a catalog per core at once."""
    begun: deque[Future[T]] = deque()
    with worker_pool() as pool:
        try:
            for catalog in catalogs:
                begun.append(pool.submit(work, catalog))
                if len(begun) > worker_count():
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()


def sums_of_run(scenario: Scenario, run: Run) -> PlanSums:
    """The same of a whole run."""
    return _sums(scenario.catalog, scenario.rows, run.usage, run.admitted, run.cell_demanded, run)


def _sums_of(prepared: CandidateReplay, owed: Owed) -> PlanSums:
    setting = prepared.setting
    rows: Rows = "aggregate" if setting.aggregate else "event"
    units, beyond = owed.timeline.cell_units, prepared.replay.beyond
    demanded = units if beyond is None else units - beyond.outcome.corrected
    return _sums(setting.catalog, rows, setting.usage, prepared.replay.admitted, demanded, owed)


def _sums(catalog: Catalog, rows: Rows, usage: Usage, admitted: Admitted, demanded: np.ndarray, owed: Owed | Run) -> PlanSums:
    timeline = owed.timeline
    segments = timeline.segments
    blocked = sum_by_offsets(segments.cell_offsets, timeline.cell_events - admitted.cell_events)
    features = segments.cell_features.astype(np.int64)
    columns = timeline.cell_events, demanded, demanded - admitted.cell_units
    sums = list(zip(*(exact_sums_by_index(features, column, len(usage.features)) for column in columns), strict=True))
    blocked_events = owed.by_customer(blocked)
    return PlanSums(
        rows=rows,
        billed=owed.customer_billed,
        monthly_costs=monthly_costs(owed),
        blocked_events=blocked_events,
        events=timeline.event_count,
        served_events=timeline.event_count - int(blocked_events.sum()),
        features=by_feature(usage.features, sums),
        cost_nanos=_cost(catalog, usage, owed, admitted.cell_units),
    )


def _cost(catalog: Catalog, usage: Usage, owed: Owed | Run, units: np.ndarray) -> int | None:
    """units: int64 micros, those that were served, one per cell."""
    costs = unit_costs(catalog, usage.features)
    if usage.tokens is not None or not costs.any():
        return None
    if float(units.max(initial=0)) * float(costs.max()) / 1e6 >= TOTAL_MAX:
        raise InputError.of(
            "unit_cost", "what was used costs more to serve than can be held", "Check unit_cost and the usage values"
        )
    return exact_sum(units_times(units, costs[owed.timeline.segments.cell_features]))
