"""One candidate's plans over customers on their stages: the model's kernel over every event, and the charges that follow."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from commet_core.engine.owed import Owed
from commet_core.engine.run import Run, Telling
from commet_core.foundation.errors import InputError
from commet_core.foundation.parallel import customer_ranges, worker_pool
from commet_core.foundation.progress import Counted, Progress, unheard
from commet_core.rating import limits
from commet_core.rating.add_on_charges import add_on_charges
from commet_core.rating.admission import NO_LEDGER, Ledger, ledger_of
from commet_core.rating.base_prices import base_prices, credits_back
from commet_core.rating.beyond import has_corrections
from commet_core.rating.commitments import commitment_charges
from commet_core.rating.items import Items
from commet_core.rating.level_charges import LINE_KIND_OF, level_charges
from commet_core.rating.model import Model, ModelReplay, Setting
from commet_core.rating.models import MODELS
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.paid_intervals import paid_intervals
from commet_core.timeline.subscribers import Subscription
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
    replays = [CandidateReplay.prepare(scenario, candidate, usage, subscription) for candidate, subscription in subscriptions]
    with worker_pool(max([usage.event_count, *(on.timeline.segment_count for _, on in subscriptions)])) as pool:
        bought = [
            [
                pool.submit(prepared.replay.replay_customers, first, last, NO_LEDGER)
                for first, last in prepared.customer_ranges()
            ]
            for prepared in replays
        ]
        _await(bought, usage.event_count, progress or unheard)
        purchases = [np.concatenate([part.result() for part in parts]) for parts in bought]
        telling = Telling.of(scenario)
        return tuple(pool.map(lambda prepared, own: prepared.finish(scenario, telling, own), replays, purchases))


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
    prepared = CandidateReplay.prepare(scenario, run.candidate, run.usage, run.subscription)
    entries = ledger_of(start, end - start)
    prepared.replay.replay_customers(customer, until, entries)
    return slice(start, end), entries


@dataclass(frozen=True, eq=False)
class CandidateReplay:
    """A candidate made ready: its model, and what the model replays it with."""

    setting: Setting
    model: Model
    replay: ModelReplay

    @classmethod
    def prepare(
        cls, scenario: Scenario, candidate: Candidate, usage: Usage, subscription: Subscription, *, in_sums: bool = False
    ) -> CandidateReplay:
        """in_sums: as in `Setting`. Raises InputError where an amount would not fit 64 bits (billing-rules 1.4), and where rows of the
        usage are below zero though the scenario has no corrections (15.7).
        """
        model = MODELS[scenario.plan(candidate).consumption_model]
        usage = subscription.usage or usage
        if scenario.corrections != "net" and has_corrections(usage):
            what = "some usage rows are below zero, and the scenario does not say that they give units back"
            raise InputError.of("corrections", what, "Write corrections: net into the scenario, or take these rows out")
        setting = Setting(
            catalog=scenario.catalog.rated(add_ons=subscription.spells is not None),
            candidate=candidate,
            usage=usage,
            subscription=subscription,
            items=Items.of(usage.features, scenario.catalog),
            seed=scenario.seed,
            aggregate=scenario.rows == "aggregate",
            in_sums=in_sums,
        )
        replay = model.replay(setting)
        limits.check(setting.timeline, usage, candidate, replay.rates)
        return cls(setting, model, replay)

    def customer_ranges(self) -> list[tuple[int, int]]:
        """Ranges of customers that are worth a task each."""
        segments = self.setting.timeline.segments
        return customer_ranges(segments.first_events[segments.offsets[:-1]], int(segments.last_events.max(initial=0)))

    def owed(self, purchases: np.ndarray) -> Owed:
        """All that customers owe, as it follows from what the kernel wrote."""
        setting = self.setting
        subscription, catalog = setting.subscription, setting.catalog
        base = base_prices(subscription, catalog, setting.items)
        given_back, held, add_ons = credits_back(subscription, setting.items), None, None
        if (subscription.asked and catalog.level_features) or subscription.spells is not None:
            intervals = paid_intervals(subscription.timeline, subscription.stages)
            due = np.zeros(subscription.timeline.segment_count, bool)
            if subscription.asked and catalog.level_features:
                held = level_charges(subscription, intervals, catalog, setting.items, setting.candidate.name)
                due |= held.due_at_starts
            if subscription.spells is not None:
                add_ons = add_on_charges(subscription, subscription.spells, intervals, catalog, setting.items)
                due |= add_ons.due_at_starts
            base = base.with_months(intervals, subscription.timeline.days, due)
        charged = self.replay.charged(purchases)
        ahead = [] if held is None else [held.paid_ahead(kind) for kind in LINE_KIND_OF.values()]
        ahead += [] if add_ons is None else [add_ons.paid_ahead]
        true_ups = None if held is None else held.true_ups_minor
        committed = commitment_charges(subscription, catalog, setting.items, base, given_back, charged, ahead, true_ups)
        of_items = catalog.currency, setting.items
        return Owed(subscription, *of_items, base, given_back, charged, committed, held, add_ons)

    def finish(self, scenario: Scenario, telling: Telling, purchases: np.ndarray) -> Run:
        """Everything that follows from what the kernel wrote: charges, stocks, invoices."""
        setting, candidate, owed = self.setting, self.setting.candidate, self.owed(purchases)
        base, charged = owed.base, owed.charged
        return Run(
            usage=setting.usage,
            subscription=setting.subscription,
            candidate=candidate,
            plan_code=scenario.plan_code(candidate),
            plan=scenario.plan(candidate),
            interval=scenario.interval(candidate),
            catalog=setting.catalog,
            model=self.model,
            rates=self.replay.rates,
            admitted=self.replay.admitted,
            flows=self.replay.flows(charged),
            cell_use=self.replay.cell_use(),
            base=base,
            charged=charged,
            bill=owed.credits.bill,
            credits=owed.credits,
            committed=owed.committed,
            setting=setting,
            telling=telling,
            beyond=self.replay.beyond,
            held=owed.held,
            add_ons=owed.add_ons,
        )
