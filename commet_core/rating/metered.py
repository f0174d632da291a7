"""Metered (billing-rules 4): usage counts against what is included; beyond it an overage price, or a hard limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from commet_core.catalog.plans import MeteredPlan, Plan
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS, micros, nanos
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    SERVED,
    Admitted,
    Events,
    Ledger,
    close_cell,
    note,
    nothing_blocked,
    refusal,
    refuse,
)
from commet_core.timeline.segments import Segments
from commet_core.timeline.stages import Stage, kinds_of
from commet_core.timeline.treatments import LIMITED, NOT_IN_PLAN, PRICED, UNLIMITED


class MeteredRates(NamedTuple):
    """Stages on metered plans as arrays: a row per stage, in it an entry per feature of the usage.

    kinds      int8: how the feature is treated; PRICED has an overage price, LIMITED a hard limit
    included   int64 micros per period
    prices     int64 nanos per unit of overage
    """

    kinds: np.ndarray
    included: np.ndarray
    prices: np.ndarray


def metered_rates(plans: Mapping[str, Plan], stages: Sequence[Stage], features: tuple[str, ...]) -> MeteredRates:
    """The terms of stages for the features of a usage. No overage in a trial or on a free plan (billing-rules 7.1, 7.2)."""
    rates = MeteredRates(kinds_of(stages, len(features)), *(np.zeros((len(stages), len(features)), np.int64) for _ in range(2)))
    for row, stage in enumerate(stages):
        if not stage.has_periods or stage.plan is None:
            continue
        plan = plans[stage.plan]
        assert isinstance(plan, MeteredPlan)
        for index, feature in enumerate(features):
            terms = plan.features.get(feature)
            if terms is None:
                continue
            overage = terms.overage if stage.charged else None
            rates.kinds[row, index] = UNLIMITED if terms.unlimited else LIMITED if overage is None else PRICED
            rates.included[row, index] = micros(terms.included)
            rates.prices[row, index] = 0 if overage is None else nanos(overage.unit_price)
    return rates


@compiled
def replay_metered(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    rates: MeteredRates,
    aggregate: bool,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills `admitted` and, where it is on, the ledger.

    Where nothing is refused the order of the events decides nothing, and what was demanded is what was served.
    """
    blocked = nothing_blocked(rates.kinds.shape[1])
    used = np.zeros(rates.kinds.shape[1], np.int64)
    stage = -1
    kinds, includes = rates.kinds[0], rates.included[0]
    for customer in range(first_customer, last_customer):
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            if segments.stages[segment] != stage:
                stage = segments.stages[segment]
                kinds, includes = rates.kinds[stage], rates.included[stage]
            if len(ledger.reasons) > 0 or _refuses(segments, segment, kinds, includes):
                used[:] = 0  # the allowance resets (2.3)
                for event in range(segments.first_events[segment], segments.last_events[segment]):
                    feature = events.features[event]
                    value = events.values[event]
                    kind = kinds[feature]
                    included = includes[feature]
                    reason = SERVED
                    units = value
                    if kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
                        reason = refusal(kind)
                        units = 0
                    elif kind == LIMITED and used[feature] + value > included:  # 4.3
                        reason = ALLOWANCE_EXHAUSTED
                        units = (included - used[feature]) // MICROS * MICROS if aggregate else 0  # 3.2
                    used[feature] += units  # 4.2: with an overage price, and on an unlimited feature, nothing is blocked

                    if reason != SERVED:
                        refuse(blocked, admitted, customer, event, feature, value - units)
                    note(ledger, event, reason, units, 0, max(0, included - used[feature]), 0)
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_cell(segments, cell, blocked, admitted)


@compiled
def _refuses(segments: Segments, segment, kinds, includes):  # type: ignore[no-untyped-def]
    """Whether anything that was demanded in a segment is refused (3.3, 4.3)."""
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        kind = kinds[feature]
        if kind >= NOT_IN_PLAN or (kind == LIMITED and segments.cell_units[cell] > includes[feature]):
            return True
    return False
