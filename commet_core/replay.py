"""Replays a scenario: every candidate's plan over every customer's events, in time order."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from commet_core import laws, ranges, tables
from commet_core.admission import NO_LEDGER, Admitted, Events, Ledger, admitted_of, ledger_of
from commet_core.balance import BalanceOutcome, balance_rates, replay_balance, top_up_rule
from commet_core.catalog import CreditsPlan, MeteredPlan
from commet_core.charging import Charged, balance_charges, credits_charges, metered_charges, no_purchases
from commet_core.credits import CreditsOutcome, credits_rates, pack_rule, packs_in_order, replay_credits
from commet_core.invoices import BasePrice, issue_invoices, to_minor
from commet_core.metered import metered_rates, replay_metered
from commet_core.money import minor_nanos, nanos
from commet_core.run import Run
from commet_core.scenario import Candidate, Scenario, Window
from commet_core.timeline import Timeline, build_timeline, default_window
from commet_core.usage import Usage

EVENTS_PER_TASK = 100_000
"""Fewer events than this are not worth a thread of their own."""


@dataclass(frozen=True, eq=False)
class Replay:
    """A replayed scenario. `runs` holds one `Run` per candidate, in the scenario's order."""

    scenario: Scenario
    usage: Usage
    window: Window
    runs: tuple[Run, ...]

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

    def table(self, name: str) -> pa.Table:
        """A result table of interfaces.md, all candidates: see `tables.TABLES` for the names."""
        return pa.concat_tables([tables.TABLES[name](run) for run in self.runs]).unify_dictionaries()

    @cached_property
    def events_in_window(self) -> int:
        return self.runs[0].timeline.event_count

    @cached_property
    def features_without_plan(self) -> dict[str, list[str]]:
        """Features of the usage that a candidate's plan does not have: feature → names of candidates."""
        lacking = {
            feature: [run.candidate.name for run in self.runs if feature not in run.plan.features]
            for feature in self.usage.features
        }
        return {feature: names for feature, names in lacking.items() if names}


def replay(scenario: Scenario, usage: Usage) -> Replay:
    """Replays every candidate of a scenario over a usage.

    Raises InputError where there is no usage in the window or an amount would not fit 64 bits (billing-rules 1.4), and
    LawViolation where a law of billing-rules 14 does not hold on what came out.
    """
    window = scenario.window or default_window(usage)
    workers = os.cpu_count() or 1
    replays = [_CandidateReplay.prepare(scenario, candidate, usage, window) for candidate in scenario.candidates]
    with ThreadPoolExecutor(workers) as pool:
        bought = [
            [pool.submit(prepared.replay_customers, first, last) for first, last in prepared.customer_ranges(workers)]
            for prepared in replays
        ]
        purchases = [np.concatenate([part.result() for part in parts]) for parts in bought]
        runs = tuple(pool.map(_CandidateReplay.finish, replays, purchases))
    laws.check(runs)
    return Replay(scenario, usage, window, runs)


def ledger(scenario: Scenario, run: Run, customer: int, until: int | None = None) -> tuple[slice, Ledger]:
    """One customer of a run (its place in the timeline), event by event: the same replay again, keeping each outcome.

    With `until`, all customers from the one up to the other. Returns their slice of the usage's columns, and the ledger of
    those events; what lies between customers' events in the window stays empty.
    """
    segments = run.timeline.segments
    until = customer + 1 if until is None else until
    first, last = segments.offsets[customer], segments.offsets[until]
    start, end = int(segments.first_events[first]), int(segments.last_events[last - 1])
    prepared = _CandidateReplay.prepare(scenario, run.candidate, run.usage, run.timeline.window)
    kept = ledger_of(start, end - start)
    prepared.replay_customers(customer, until, kept)
    return slice(start, end), kept


@dataclass(frozen=True, eq=False)
class _CandidateReplay:
    """A candidate made ready: its model's kernel, the terms that the kernel reads and the arrays that it writes.

    `charge` takes the purchases that the kernel returned and says what the customers owe.
    """

    usage: Usage
    timeline: Timeline
    scenario: Scenario
    candidate: Candidate
    items: tuple[str, ...]
    kernel: Callable[..., Any]
    terms: tuple[Any, ...]
    admitted: Admitted
    credits: CreditsOutcome | None
    balance: BalanceOutcome | None
    charge: Callable[[np.ndarray], Charged]

    @classmethod
    def prepare(cls, scenario: Scenario, candidate: Candidate, usage: Usage, window: Window) -> _CandidateReplay:
        plan, interval = scenario.plan(candidate), scenario.interval(candidate)
        timeline = _timeline(usage, window, scenario, weekly=interval == "weekly")
        segments, cells = timeline.segment_count, len(timeline.cell_units)
        admitted = admitted_of(cells, len(timeline.customers))
        packs = scenario.catalog.packs_on(candidate.plan)
        items = (*usage.features, *packs, candidate.plan)
        minor = minor_nanos(scenario.catalog.currency)
        ready = partial(cls, usage, timeline, scenario, candidate, items)
        if isinstance(plan, MeteredPlan):
            metered = metered_rates(plan, usage.features)
            ready = partial(
                ready,
                replay_metered,
                (metered,),
                admitted,
                None,
                None,
                lambda _: metered_charges(timeline, metered, admitted, minor),
            )
        elif isinstance(plan, CreditsPlan):
            rule = candidate.purchases
            pack_codes = packs_in_order(packs, rule)
            pack_items = np.array([items.index(code, len(usage.features)) for code in pack_codes], np.int64)
            pack_prices = np.array([nanos(packs[code].price) for code in pack_codes], np.int64)
            pack_terms = pack_rule(packs, rule, _hashes(usage, timeline, scenario.seed, rule.probability))
            terms = (credits_rates(plan, usage.features), pack_terms)
            ready = partial(
                ready,
                replay_credits,
                terms,
                admitted,
                CreditsOutcome.of(segments, cells),
                None,
                lambda bought: credits_charges(timeline, bought, pack_terms, pack_prices, pack_items, minor),
            )
        else:
            outcome = BalanceOutcome.of(segments, cells)
            probability = candidate.top_up.probability if candidate.top_up else Decimal(1)
            top_ups = top_up_rule(candidate.top_up, _hashes(usage, timeline, scenario.seed, probability))
            balance_terms = (balance_rates(plan, interval, usage.features), top_ups)
            ready = partial(
                ready,
                replay_balance,
                balance_terms,
                admitted,
                None,
                outcome,
                lambda bought: balance_charges(timeline, bought, top_ups, outcome, len(items) - 1, minor),
            )
        prepared = ready()
        ranges.check(timeline, usage, candidate, prepared.terms[0])
        return prepared

    def customer_ranges(self, workers: int) -> list[tuple[int, int]]:
        """Ranges of customers with about equally many events, one per worker where that is worth it."""
        segments = self.timeline.segments
        parts = max(1, min(workers, self.timeline.event_count // EVENTS_PER_TASK))
        firsts = segments.first_events[segments.offsets[:-1]]
        span = int(segments.last_events[-1]) - int(firsts[0])
        bounds = np.searchsorted(firsts, int(firsts[0]) + span * np.arange(1, parts) // parts)
        edges = [0, *bounds.tolist(), len(firsts)]
        return list(pairwise(edges))

    def replay_customers(self, first: int, last: int, kept: Ledger = NO_LEDGER) -> np.ndarray:
        """Replays a range of customers; returns their purchases (rows of admission.PURCHASE_COLUMNS)."""
        events = Events(self.usage.feature_indexes.view(np.uint16), self.usage.values)
        outcomes = [outcome for outcome in (self.credits, self.balance) if outcome is not None]
        aggregate = self.scenario.rows == "aggregate"
        purchases: np.ndarray | None = self.kernel(
            first, last, self.timeline.segments, events, *self.terms, aggregate, self.admitted, *outcomes, kept
        )
        return no_purchases() if purchases is None else purchases

    def finish(self, purchases: np.ndarray) -> Run:
        """Everything that follows from what the kernel found: charges, stocks, invoices."""
        scenario, timeline = self.scenario, self.timeline
        plan, interval, currency = scenario.plan(self.candidate), scenario.interval(self.candidate), scenario.catalog.currency
        price = nanos(plan.prices[interval]) if interval is not None else 0
        base = BasePrice(
            timeline.charges(interval),
            timeline.paid_until(interval),
            len(self.items) - 1,
            price,
            int(to_minor(price, minor_nanos(currency))),
        )
        charged = self.charge(purchases)
        bill = issue_invoices(timeline, self.usage.times, base, charged.overage, charged.purchases, self.items)
        return Run(
            self.usage,
            timeline,
            self.candidate,
            plan,
            interval,
            currency,
            self.terms[0],
            self.admitted,
            self.credits,
            self.balance,
            charged,
            bill,
        )


def _hashes(usage: Usage, timeline: Timeline, seed: int, probability: Decimal) -> np.ndarray:
    """uint64, one per customer of the timeline; empty where the probability leaves nothing to chance."""
    return usage.customer_hashes(seed)[timeline.customers] if probability < 1 else np.empty(0, np.uint64)


def _timeline(usage: Usage, window: Window, scenario: Scenario, *, weekly: bool) -> Timeline:
    key = ("timeline", window.start, window.end, scenario.start, weekly)
    return usage.derived(key, lambda: build_timeline(usage, window, scenario.start, weekly=weekly))
