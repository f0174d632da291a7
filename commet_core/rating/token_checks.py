"""Whether every request that is priced by its tokens can be priced, asked before anything is computed (billing-rules 1.4, 11)."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.compiled import compiled, read_only
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICROS, NANOS
from commet_core.rating.admission import Events
from commet_core.rating.balance_kernel import BalanceRates
from commet_core.rating.token_costs import NO_COST, TokenCosts
from commet_core.scenario.candidates import Candidate
from commet_core.timeline.segments import Segments, Timeline
from commet_core.timeline.treatments import AI_MODEL
from commet_core.usage.tokens import NO_MODEL
from commet_core.usage.usage import TOTAL_MAX, Usage


def check(
    timeline: Timeline, events: Events, candidate: Candidate, rates: BalanceRates, usage: Usage, costs: TokenCosts
) -> None:
    """Raises InputError, with every feature and model concerned, where a request of a feature that is priced by tokens has
    none, or its model no price; and where a customer's requests could cost more than 64 bits hold.
    """
    without, unpriced = _uncosted(timeline, events, rates, usage)
    problems = [
        _without_tokens(candidate, usage.features[feature], int(without[feature]))
        for feature in np.flatnonzero(without).tolist()
    ]
    problems += [
        _unpriced(candidate, _model(usage, model), int(unpriced[model]), costs.unpriced[model])
        for model in np.flatnonzero(unpriced).tolist()
    ]
    if problems:
        raise InputError(problems)
    most = costs.customer_most * max(1.0, rates.exchange / NANOS)
    if most * (1 + float(rates.margins.max(initial=0)) / MICROS) >= TOTAL_MAX / 2:
        what = "what one customer used of AI models costs, with the margin, more than can be held"
        raise InputError.of(
            f"candidate {candidate.name!r}", what, "Check the margin, the token columns and the prices of models"
        )


def _without_tokens(candidate: Candidate, feature: str, count: int) -> Problem:
    return Problem(
        f"candidate {candidate.name!r}, feature {feature!r}",
        f"{count:,} {'event has' if count == 1 else 'events have'} no model and tokens, by which the plan prices it",
        f"Give the usage's columns model, input_tokens and output_tokens, or {feature} a unit_price",
    )


def _unpriced(candidate: Candidate, model: str, count: int, why: str) -> Problem:
    return Problem(
        f"candidate {candidate.name!r}, model {model!r}",
        f"{count:,} {'event' if count == 1 else 'events'} used it, and {why}",
        "Add it to `models:` of the catalog, with its input and output price per million tokens",
    )


def _model(usage: Usage, index: int) -> str:
    assert usage.tokens is not None
    return str(usage.tokens.models[index])


def _uncosted(timeline: Timeline, events: Events, rates: BalanceRates, usage: Usage) -> tuple[np.ndarray, np.ndarray]:
    """int64: events without tokens by feature, and events without a price by model."""
    without, unpriced = np.zeros(len(usage.features), np.int64), np.zeros(0, np.int64)
    models = np.full(usage.event_count, NO_MODEL, np.int16)
    if usage.tokens is not None:
        models, unpriced = usage.tokens.model_indexes, np.zeros(len(usage.tokens.models), np.int64)
    _count_uncosted(timeline.segments, events, read_only(models), rates.kinds, without, unpriced)
    within, lasts = timeline.within, timeline.segments.last_events[timeline.within.segments]
    changed = timeline.segments._replace(stages=within.stages, first_events=within.events, last_events=lasts)
    _count_uncosted(changed, events, read_only(models), rates.kinds, without, unpriced)
    return without, unpriced


@compiled
def _count_uncosted(segments: Segments, events: Events, models, kinds, without, unpriced):  # type: ignore[no-untyped-def]
    for segment in range(len(segments.stages)):
        stage = segments.stages[segment]
        for event in range(segments.first_events[segment], segments.last_events[segment]):
            if kinds[stage, events.features[event]] == AI_MODEL and events.token_costs[event] == NO_COST:
                if models[event] == NO_MODEL:
                    without[events.features[event]] += 1
                else:
                    unpriced[models[event]] += 1
