"""Credits (billing-rules 5): plan credits that reset, then purchased credits that never expire; packs, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from commet_core.catalog.plans import CreditPack, CreditsPlan, Plan
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import INT64_MAX, micros
from commet_core.foundation.rounding import times_half_up, whole_units
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    PURCHASE_COLUMNS,
    SERVED,
    Additions,
    Admitted,
    Events,
    Ledger,
    additions_until,
    close_cell,
    is_buyer,
    note,
    nothing_blocked,
    refusal,
    refuse,
    with_room,
)
from commet_core.scenario.scenario import Purchases
from commet_core.timeline.segments import Segments
from commet_core.timeline.stages import Stage, kinds_of
from commet_core.timeline.treatments import NOT_IN_PLAN, PRICED, UNLIMITED


class CreditsRates(NamedTuple):
    """Stages on credits plans as arrays: a row per stage, in it an entry per feature of the usage.

    kinds      int8: how the feature is treated
    per_unit   int64 micros of a credit per unit
    included   int64 micros of plan credits per period: one entry per stage, none while paused or canceled
    """

    kinds: np.ndarray
    per_unit: np.ndarray
    included: np.ndarray


class PackRule(NamedTuple):
    """The assumption about customers (billing-rules 5.6) as a kernel needs it.

    credits        int64 micros, one per pack that may be bought, stage by stage: fewest credits first, ties the lower price
    offsets        int64, stages + 1: those of stage s are offsets[s] to offsets[s + 1]
    per_period     int64: the most packs in a period
    buyers_micros  int64: the chance, in millionths, that a customer buys in a period
    hashes         uint64, one per customer of the timeline; empty where everybody buys
    """

    credits: np.ndarray
    offsets: np.ndarray
    per_period: int
    buyers_micros: int
    hashes: np.ndarray


class CreditsOutcome(NamedTuple):
    """What the kernel writes, beside `Admitted`: int64 micros of a credit.

    plan_used, purchased_used    one per segment
    purchased_closing            one per segment: purchased credits in hand at its end
    cell_credits                 one per cell: credits used by the feature
    """

    plan_used: np.ndarray
    purchased_used: np.ndarray
    purchased_closing: np.ndarray
    cell_credits: np.ndarray

    @classmethod
    def of(cls, segment_count: int, cell_count: int) -> CreditsOutcome:
        """Room for the outcome of so many segments and cells."""
        plan_used, purchased_used, closing = (np.zeros(segment_count, np.int64) for _ in range(3))
        return cls(plan_used, purchased_used, closing, np.zeros(cell_count, np.int64))


def credits_rates(plans: Mapping[str, Plan], stages: Sequence[Stage], features: tuple[str, ...]) -> CreditsRates:
    """The terms of stages for the features of a usage."""
    shape = len(stages), len(features)
    rates = CreditsRates(kinds_of(stages, len(features)), np.zeros(shape, np.int64), np.zeros(len(stages), np.int64))
    for row, stage in enumerate(stages):
        if not stage.has_periods or stage.plan is None:
            continue
        plan = plans[stage.plan]
        assert isinstance(plan, CreditsPlan)
        rates.included[row] = micros(plan.included_credits)
        for index, feature in enumerate(features):
            terms = plan.features.get(feature)
            if terms is not None:
                rates.kinds[row, index] = UNLIMITED if terms.unlimited else PRICED
                rates.per_unit[row, index] = 0 if terms.credits_per_unit is None else micros(terms.credits_per_unit)
    return rates


def packs_in_order(packs: Mapping[str, CreditPack], rule: Purchases, stage: Stage) -> list[str]:
    """The codes of the packs that the purchase rule considers on a stage: fewest credits first, ties the lower price first."""
    if rule.pack == "none" or not stage.has_periods or stage.plan is None:
        return []
    considered = packs if rule.pack == "smallest_sufficient" else [rule.pack]
    sold = [code for code in considered if packs[code].sold_on(stage.plan)]
    return sorted(sold, key=lambda code: (packs[code].credits, packs[code].price))


def pack_rule(packs: Mapping[str, CreditPack], rule: Purchases, stages: Sequence[Stage], hashes: np.ndarray) -> PackRule:
    """A purchase rule for the kernel."""
    codes = [packs_in_order(packs, rule, stage) for stage in stages]
    credits_sold = np.array([micros(packs[code].credits) for of_stage in codes for code in of_stage], np.int64)
    offsets = np.cumsum([0, *(len(of_stage) for of_stage in codes)])
    per_period = INT64_MAX if rule.max_packs_per_period is None else rule.max_packs_per_period
    return PackRule(credits_sold, offsets, per_period, micros(rule.probability), hashes)


@compiled
def _choose_packs(shortfall, pack_credits, most, aggregate):  # type: ignore[no-untyped-def]
    """The packs that cover a shortfall (5.6): how many of the largest, which it is, and how many of which smaller one.

    The smaller is the smallest that covers what the largest leave. Of packs with equally many credits the first is the
    cheapest. With one pack this is ceil(shortfall ÷ its credits) of it. Over the limit there are none, or for a total of
    many as many of the largest as it allows.
    """
    largest = len(pack_credits) - 1
    while largest > 0 and pack_credits[largest - 1] == pack_credits[largest]:
        largest -= 1
    large_count = (shortfall - 1) // pack_credits[largest]
    small_count = 1
    rest = shortfall - large_count * pack_credits[largest]
    smallest = 0
    while pack_credits[smallest] < rest:
        smallest += 1
    if large_count + small_count > most:
        large_count = min(large_count, most) if aggregate else 0
        small_count = 0
    if largest == smallest:
        return 0, largest, large_count + small_count, smallest
    return large_count, largest, small_count, smallest


@compiled
def replay_credits(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    rates: CreditsRates,
    rule: PackRule,
    additions: Additions,
    aggregate: bool,
    admitted: Admitted,
    outcome: CreditsOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcome and returns the purchases, in order."""
    purchases = np.empty((16, PURCHASE_COLUMNS), np.int64)
    purchase_count = 0
    blocked = nothing_blocked(rates.kinds.shape[1])
    credits_used = np.zeros(rates.kinds.shape[1], np.int64)
    addition = np.searchsorted(additions.segments, segments.offsets[first_customer])
    stage = -1
    kinds, per_unit, pack_credits = rates.kinds[0], rates.per_unit[0], rule.credits[:0]
    for customer in range(first_customer, last_customer):
        purchased = 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            if segments.stages[segment] != stage:
                stage = segments.stages[segment]
                kinds, per_unit = rates.kinds[stage], rates.per_unit[stage]
                pack_credits = rule.credits[rule.offsets[stage] : rule.offsets[stage + 1]]
            granted = rates.included[stage]
            plan_credits = granted  # 5.1 and 5.3: what was left is forfeited; purchased credits stay
            purchased_used = 0
            packs_left = 0
            last_addition = additions_until(additions, addition, segment)
            purchases = with_room(purchases, purchase_count, last_addition - addition)
            if len(pack_credits) > 0 and is_buyer(rule.hashes, customer, segments.periods[segment], rule.buyers_micros):
                packs_left = rule.per_period
                purchases = with_room(
                    purchases, purchase_count, 2 * min(packs_left, last_event - first_event) + last_addition - addition
                )
            for added in range(addition, last_addition + 1):
                until = last_event if added == last_addition else additions.events[added]
                for event in range(first_event, until):
                    feature = events.features[event]
                    value = events.values[event]
                    kind = kinds[feature]
                    reason = SERVED
                    units = value
                    cost = 0
                    if kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
                        reason = refusal(kind)
                        units = 0
                    elif kind != UNLIMITED:  # 3.5
                        cost = times_half_up(value, per_unit[feature])  # 1.2
                        if cost > plan_credits + purchased:  # 5.4
                            if packs_left > 0:  # 5.6
                                shortfall = cost - plan_credits - purchased
                                large_count, largest, small_count, smallest = _choose_packs(
                                    shortfall, pack_credits, packs_left, aggregate
                                )
                                if large_count > 0:
                                    purchases[purchase_count] = (event, segment, rule.offsets[stage] + largest, large_count)
                                    purchase_count += 1
                                if small_count > 0:
                                    purchases[purchase_count] = (event, segment, rule.offsets[stage] + smallest, small_count)
                                    purchase_count += 1
                                purchased += large_count * pack_credits[largest] + small_count * pack_credits[smallest]
                                packs_left -= large_count + small_count
                            if cost > plan_credits + purchased:  # blocked: there is no overage
                                reason = ALLOWANCE_EXHAUSTED
                                units = whole_units(plan_credits + purchased, per_unit[feature]) if aggregate else 0  # 3.2
                                cost = times_half_up(units, per_unit[feature])
                        from_plan = min(plan_credits, cost)  # 5.2: plan credits first
                        plan_credits -= from_plan
                        purchased -= cost - from_plan
                        purchased_used += cost - from_plan
                        credits_used[feature] += cost

                    if reason != SERVED:
                        refuse(blocked, admitted, customer, event, feature, value - units)
                    note(ledger, event, reason, units, cost, plan_credits, purchased)
                if added < last_addition:  # 8.6
                    purchases[purchase_count] = (-1 - added, segment, 0, 1)
                    purchase_count += 1
                    purchased += additions.amounts[added]
                    first_event = until
            addition = last_addition
            outcome.plan_used[segment] = granted - plan_credits
            outcome.purchased_used[segment] = purchased_used
            outcome.purchased_closing[segment] = purchased
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                feature = close_cell(segments, cell, blocked, admitted)
                outcome.cell_credits[cell] = credits_used[feature]
                credits_used[feature] = 0
    return purchases[:purchase_count].copy()
