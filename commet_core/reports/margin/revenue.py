"""Which feature earned what: revenue shared out to the usage that it paid for.

An overage is the feature's own. Purchased credits and top-ups are earned by the features that used credits or balance in
the period, by how much each used. A base price buys everything that a plan includes; it is shared out, period by period,
by what the features' included usage would have cost at the plan's own prices: units within the allowance at the overage
price, credits, or balance. Where a plan serves features that have no price of their own on it (unlimited, or a hard
limit), prices say nothing about those, and the cost to serve decides instead; where that is not known for all of them
either, the number of events served. What is earned in a period without any use is no feature's.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from commet_core.engine.recognition import Accounts
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.serving_costs import unit_costs, units_times
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import minor_nanos
from commet_core.foundation.rounding import part_half_up
from commet_core.rating.token_costs import NO_COST
from commet_core.reports.margin.requests import costs_of_tokens
from commet_core.timeline.treatments import AI_MODEL, PRICED

Basis = Literal["prices", "costs", "events"]
"""By what a base price is shared out to features."""


def sharing_basis(replayed: Replay, run: Run) -> Basis:
    """The basis for a run: one for all of its customers and periods."""
    is_served = run.admitted.cell_events > 0
    if bool(np.isin(run.cell_kinds[is_served], (PRICED, AI_MODEL)).all()):
        return "prices"
    served = np.unique(run.timeline.segments.cell_features[is_served])
    return "costs" if bool(_has_cost(replayed, run)[served].all()) else "events"


def _has_cost(replayed: Replay, run: Run) -> np.ndarray:
    """bool, one per feature of the usage: a unit costs something, or every event has the cost of its tokens."""
    per_unit = unit_costs(replayed.scenario.catalog, run.usage.features) > 0
    if run.usage.tokens is None:
        return per_unit
    by_tokens = np.ones(len(per_unit), bool)
    by_tokens[run.usage.feature_indexes[costs_of_tokens(replayed, run).subtotals == NO_COST]] = False
    return per_unit | by_tokens


def earned_by_cell(run: Run, kept: Accounts, cell_costs: np.ndarray, basis: Basis) -> np.ndarray:
    """int64 nanos, one per cell: what its feature earned in the segment.

    cell_costs: int64 nanos, one per cell: the cost to serve it. The cells of a segment in which something was served add up
    to all that the segment earned, save top-ups that lapsed where no balance was used.
    """
    offsets = run.timeline.segments.cell_offsets
    events = run.admitted.cell_events
    use = included_use(run)
    base = {"prices": use, "costs": cell_costs, "events": events}[basis]
    earned = shared_out(
        offsets, kept.earned_base + kept.earned_commitment, base, events
    ) + run.charged.overage_shares * minor_nanos(run.currency)
    purchases = kept.earned_packs + kept.earned_expired + kept.earned_top_ups
    return earned + shared_out(offsets, purchases, use, events) if purchases.any() else earned


def included_use(run: Run) -> np.ndarray:
    """int64, one per cell: what was served within the allowance, at the plan's prices: nanos, or micros of credits."""
    if run.cell_use is not None:
        return run.cell_use.used - run.cell_use.overage
    within = run.admitted.cell_units - run.charged.overage_units
    return units_times(within, run.timeline.of_cells(run.rates.unit_prices))


def shared_out(offsets: np.ndarray, amounts: np.ndarray, weights: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Amounts of segments shared out to their cells: int64, one per cell.

    By weight, or where all weights of a segment are zero by `otherwise` (both int64 ≥ 0, one per cell); cumulatively
    rounded, so that the cells add up to the amount. A segment whose cells weigh nothing either way gives nothing.
    """
    shares = np.zeros(len(weights), np.int64)
    _share_out(offsets, amounts, weights, otherwise, shares)
    return shares


@compiled
def _share_out(offsets, amounts, weights, otherwise, shares):  # type: ignore[no-untyped-def]
    for segment in range(len(offsets) - 1):
        first, end = offsets[segment], offsets[segment + 1]
        sign = -1 if amounts[segment] < 0 else 1
        amount = sign * amounts[segment]
        whole = weights[first:end].sum()
        by_weight = whole > 0
        if not by_weight:
            whole = otherwise[first:end].sum()
        part = 0
        given = 0
        for cell in range(first, end):
            part += weights[cell] if by_weight else otherwise[cell]
            if part > 0:
                until = part_half_up(amount, part, whole)
                shares[cell] = sign * (until - given)
                given = until
