"""One candidate's plans over customers on their stages: the model's kernel over every event, and the charges that follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import Catalog, CreditsPlan, MeteredPlan
from commet_core.engine.run import Run
from commet_core.foundation.compiled import read_only
from commet_core.foundation.money import micros, minor_nanos, nanos
from commet_core.foundation.parallel import customer_ranges, worker_pool
from commet_core.foundation.progress import Counted, Progress, unheard
from commet_core.rating import limits as ranges
from commet_core.rating import token_checks
from commet_core.rating.admission import NO_LEDGER, Admitted, Events, Ledger, admitted_of, ledger_of
from commet_core.rating.balance import BalanceOutcome, BalanceRates, balance_rates, replay_balance, top_up_rule
from commet_core.rating.charges import (
    Bought,
    Charged,
    Items,
    acted_purchases,
    balance_charges,
    base_prices,
    credits_back,
    credits_charges,
    metered_charges,
    no_purchases,
)
from commet_core.rating.credits import CreditsOutcome, credits_rates, pack_rule, packs_in_order, replay_credits
from commet_core.rating.invoices import issue_invoices
from commet_core.rating.metered import metered_rates, replay_metered
from commet_core.rating.token_costs import token_costs
from commet_core.scenario.scenario import Candidate, Scenario
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage
from commet_core.timeline.subscribers import Subscription
from commet_core.timeline.treatments import AI_MODEL
from commet_core.usage.usage import Usage

REPLAYING_SHARE = 0.7
"""Of the whole time, the part that the kernels take; the rest is charges, invoices and laws."""


def replay_candidates(
    scenario: Scenario,
    usage: Usage,
    subscriptions: Sequence[tuple[Candidate, Subscription]],
    progress: Progress | None = None,
) -> tuple[Run, ...]:
    """The runs of candidates whose customers are on their stages, all candidates at once on all cores.

    progress: what it raises stops the replay. Raises InputError where an amount would not fit 64 bits (billing-rules 1.4).
    """
    replays = [_CandidateReplay.prepare(scenario, candidate, usage, subscription) for candidate, subscription in subscriptions]
    with worker_pool() as pool:
        bought = [
            [pool.submit(prepared.replay_customers, first, last) for first, last in prepared.customer_ranges()]
            for prepared in replays
        ]
        _await(bought, usage.event_count, progress or unheard)
        purchases = [np.concatenate([part.result() for part in parts]) for parts in bought]
        return tuple(pool.map(_CandidateReplay.finish, replays, purchases))


def _await(bought: Sequence[Sequence[Future[np.ndarray]]], event_count: int, tell: Progress) -> None:
    """Waits for the parts of all candidates, and says how many are done; where `tell` raises, none of the others begins."""
    parts = [part for candidate in bought for part in candidate]
    try:
        for done, part in enumerate(parts, 1):
            part.result()
            rows = event_count * done // len(parts)
            tell(REPLAYING_SHARE * done / len(parts), Counted(f"Replaying: {rows:,} of {event_count:,} events", rows))
    except BaseException:
        for part in parts:
            part.cancel()
        raise


def ledger(scenario: Scenario, run: Run, customer: int, until: int | None = None) -> tuple[slice, Ledger]:
    """One customer of a run (its place in the timeline), event by event: the same replay again, keeping each outcome.

    With `until`, all customers from the one up to the other. Returns their slice of the usage's columns, and the ledger of
    those events; what lies between customers' events in the window stays empty.
    """
    segments = run.timeline.segments
    until = customer + 1 if until is None else until
    first, last = segments.offsets[customer], segments.offsets[until]
    start, end = int(segments.first_events[first]), int(segments.last_events[last - 1])
    prepared = _CandidateReplay.prepare(scenario, run.candidate, run.usage, run.subscription)
    kept = ledger_of(start, end - start)
    prepared.replay_customers(customer, until, kept)
    return slice(start, end), kept


@dataclass(frozen=True, eq=False)
class _CandidateReplay:
    """A candidate made ready: its model's kernel, the terms that the kernel reads and the arrays that it writes.

    `charge` takes the purchases that the kernel returned and says what the customers owe.
    """

    usage: Usage
    subscription: Subscription
    scenario: Scenario
    candidate: Candidate
    items: Items
    events: Events
    kernel: Callable[..., Any]
    terms: tuple[Any, ...]
    admitted: Admitted
    credits: CreditsOutcome | None
    balance: BalanceOutcome | None
    charge: Callable[[np.ndarray], Charged]

    @property
    def timeline(self) -> Timeline:
        return self.subscription.timeline

    @classmethod
    def prepare(cls, scenario: Scenario, candidate: Candidate, usage: Usage, subscription: Subscription) -> _CandidateReplay:
        catalog, plan = scenario.catalog, scenario.plan(candidate)
        timeline, stages = subscription.timeline, subscription.stages
        segments, cells = timeline.segment_count, len(timeline.cell_units)
        admitted = admitted_of(cells, len(timeline.customers))
        items = Items.of(usage.features, catalog)
        minor = minor_nanos(catalog.currency)
        events = Events(usage.feature_indexes.view(np.uint16), usage.values, read_only(np.empty(0, np.int64)))
        ready = partial(cls, usage, subscription, scenario, candidate, items)
        if isinstance(plan, MeteredPlan):
            metered = metered_rates(catalog.plans, stages, usage.features)
            ready = partial(
                ready,
                events,
                replay_metered,
                (metered,),
                admitted,
                None,
                None,
                lambda _: metered_charges(timeline, metered, admitted, minor),
            )
        elif isinstance(plan, CreditsPlan):
            rule = candidate.purchases
            acted = acted_purchases(subscription, usage.times, items.packs)
            pack_terms = pack_rule(
                catalog.credit_packs, rule, stages, _hashes(usage, timeline, scenario.seed, rule.probability)
            )
            packs = _packs(scenario, candidate, stages, items)
            ready = partial(
                ready,
                events,
                replay_credits,
                (credits_rates(catalog.plans, stages, usage.features), pack_terms, acted.additions),
                admitted,
                CreditsOutcome.of(segments, cells),
                None,
                lambda bought: credits_charges(timeline, usage.times, bought, packs, acted, minor),
            )
        else:
            outcome = BalanceOutcome.of(segments, cells)
            rates = balance_rates(catalog.plans, stages, usage.features)
            probability = candidate.top_up.probability if candidate.top_up else Decimal(1)
            top_ups = top_up_rule(candidate.top_up, _hashes(usage, timeline, scenario.seed, probability))
            acted = acted_purchases(subscription, usage.times, items.plans)
            amounts = np.full(len(stages), top_ups.amount)
            of_stages = Bought(amounts, amounts, items.plans_of(stages))
            ready = partial(
                ready,
                _with_token_costs(events, timeline, candidate, rates, usage, catalog),
                replay_balance,
                (rates, top_ups, acted.additions),
                admitted,
                None,
                outcome,
                lambda bought: balance_charges(timeline, usage.times, bought, outcome, of_stages, acted, minor),
            )
        prepared = ready()
        ranges.check(timeline, usage, candidate, prepared.terms[0])
        return prepared

    def customer_ranges(self) -> list[tuple[int, int]]:
        """Ranges of customers that are worth a task each."""
        segments = self.timeline.segments
        return customer_ranges(segments.first_events[segments.offsets[:-1]], int(segments.last_events.max(initial=0)))

    def replay_customers(self, first: int, last: int, kept: Ledger = NO_LEDGER) -> np.ndarray:
        """Replays a range of customers; returns their purchases (rows of admission.PURCHASE_COLUMNS)."""
        outcomes = [outcome for outcome in (self.credits, self.balance) if outcome is not None]
        aggregate = self.scenario.rows == "aggregate"
        purchases: np.ndarray | None = self.kernel(
            first, last, self.timeline.segments, self.events, *self.terms, aggregate, self.admitted, *outcomes, kept
        )
        return no_purchases() if purchases is None else purchases

    def finish(self, purchases: np.ndarray) -> Run:
        """Everything that follows from what the kernel found: charges, stocks, invoices."""
        scenario, subscription = self.scenario, self.subscription
        base = base_prices(subscription, scenario.catalog, self.items)
        charged = self.charge(purchases)
        credited = credits_back(subscription, self.items)
        bill = issue_invoices(self.timeline, base, credited, charged.overage, charged.purchases, self.items.codes)
        return Run(
            self.usage,
            subscription,
            self.candidate,
            scenario.plan_code(self.candidate),
            scenario.plan(self.candidate),
            scenario.interval(self.candidate),
            scenario.catalog.currency,
            self.terms[0],
            self.admitted,
            self.credits,
            self.balance,
            base,
            charged,
            bill,
        )


def _with_token_costs(
    events: Events, timeline: Timeline, candidate: Candidate, rates: BalanceRates, usage: Usage, catalog: Catalog
) -> Events:
    """The events with what their AI models cost, where a feature is priced by it (billing-rules 11)."""
    if not (rates.kinds == AI_MODEL).any():
        return events
    costs = token_costs(usage, PriceBook.of(catalog))
    events = events._replace(token_costs=costs.subtotals)
    token_checks.check(timeline, events, candidate, rates, usage, costs)
    return events


def _packs(scenario: Scenario, candidate: Candidate, stages: Sequence[Stage], items: Items) -> Bought:
    """The packs of the candidate's purchase rule, stage by stage as `credits.pack_rule` has them."""
    packs = scenario.catalog.credit_packs
    codes = [code for stage in stages for code in packs_in_order(packs, candidate.purchases, stage)]
    return Bought(
        np.array([micros(packs[code].credits) for code in codes], np.int64),
        np.array([nanos(packs[code].price) for code in codes], np.int64),
        np.array([items.packs[code] for code in codes], np.int64),
    )


def _hashes(usage: Usage, timeline: Timeline, seed: int, probability: Decimal) -> np.ndarray:
    """uint64, one per customer of the timeline; empty where the probability leaves nothing to chance."""
    return usage.customer_hashes(seed)[timeline.customers] if probability < 1 else np.empty(0, np.uint64)
