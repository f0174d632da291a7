"""Requests to AI models in a replay: what those that were served cost the vendor, and what the refused ones would have."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import Catalog
from commet_core.engine.candidate import ledger
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.compiled import compiled, read_only
from commet_core.foundation.money import micros, nanos
from commet_core.foundation.rounding import part_half_up
from commet_core.rating.admission import NO_LEDGER, SERVED, Ledger
from commet_core.rating.token_costs import NO_COST, TokenCosts, request_charge, token_costs
from commet_core.timeline.segments import Segments
from commet_core.timeline.stages import plan_on

EVENTS_PER_LEDGER: Final = 4_000_000
NOT_BY_TOKENS: Final = -1


class RequestCosts(NamedTuple):
    """Requests whose model has a price, by cell; int64. Of a total of many that was served in part, that part of its cost.

    served_units, refused_units  micros
    served, refused              nanos: the subtotal of billing-rules 11.2, in the currency of the prices
    refused_charges              nanos of the customer's currency: what its plan would have charged for what was refused, where it
                                 goes by tokens
    """

    served_units: np.ndarray
    refused_units: np.ndarray
    served: np.ndarray
    refused: np.ndarray
    refused_charges: np.ndarray


def costs_of_tokens(replayed: Replay, run: Run) -> TokenCosts:
    """What the tokens of the usage cost at the prices of the catalog and the public list. Raises InputError as they do."""
    return token_costs(run.usage, PriceBook.of(replayed.scenario.catalog))


def request_costs(replayed: Replay, run: Run) -> RequestCosts | None:
    """The requests of a run by cell; None where no event has tokens."""
    if run.usage.tokens is None:
        return None
    return run.derived("request costs", lambda: _request_costs(replayed, run))


def _request_costs(replayed: Replay, run: Run) -> RequestCosts:
    costs = costs_of_tokens(replayed, run).subtotals
    found = RequestCosts(*(np.zeros(len(run.timeline.cell_units), np.int64) for _ in RequestCosts._fields))
    margins, exchange = _margins(replayed.scenario.catalog, run), nanos(run.catalog.token_rate)
    refused_any = run.customer_blocked_events > 0
    for first, last in _ranges(run):
        kept = ledger(replayed.scenario, run, first, last)[1] if refused_any[first:last].any() else NO_LEDGER
        _add_requests(
            first,
            last,
            run.timeline.segments,
            run.usage.feature_indexes,
            run.usage.values,
            costs,
            margins,
            exchange,
            kept,
            found,
        )
    return found


def _margins(catalog: Catalog, run: Run) -> np.ndarray:
    """int64 millionths, a row per stage, an entry per feature; NOT_BY_TOKENS where its plan has another price for it, or none."""
    margins = np.full((len(run.stages), len(run.usage.features)), NOT_BY_TOKENS, np.int64)
    for row, stage in zip(margins, run.stages, strict=True):
        plan = plan_on(catalog, stage) if stage.plan is not None and stage.has_periods else None
        for place, feature in enumerate(run.usage.features):
            terms = None if plan is None else plan.features.get(feature)
            if terms is not None and terms.by_tokens:
                row[place] = micros(terms.margin_share)
    return read_only(margins)


def _ranges(run: Run) -> list[tuple[int, int]]:
    """Ranges of customers with about EVENTS_PER_LEDGER events each, or a single one with more."""
    firsts = run.timeline.segments.first_events[run.timeline.segments.offsets[:-1]]
    cuts = np.searchsorted(firsts, np.arange(0, run.usage.event_count, EVENTS_PER_LEDGER))
    return list(pairwise(sorted({0, *cuts.tolist(), len(firsts)})))


@compiled
def _add_requests(  # type: ignore[no-untyped-def]
    first, last, segments: Segments, features, values, costs, margins, exchange, kept: Ledger, found: RequestCosts
):
    """Adds the requests of customers first to last to their cells. An empty ledger: all was served.

    exchange: int64 nanos of the customers' currency for 1 of the prices'.
    """
    cells = np.zeros(margins.shape[1], np.int64)
    for segment in range(segments.offsets[first], segments.offsets[last]):
        of_stage = margins[segments.stages[segment]]
        for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
            cells[segments.cell_features[cell]] = cell
        for event in range(segments.first_events[segment], segments.last_events[segment]):
            cost = costs[event]
            if cost == NO_COST:
                continue
            units, served = values[event], cost
            if len(kept.reasons) > 0 and kept.reasons[event - kept.first_event] != SERVED:
                units = kept.units[event - kept.first_event]
                served = part_half_up(cost, units, values[event]) if units > 0 else 0
            cell = cells[features[event]]
            found.served_units[cell] += units
            found.refused_units[cell] += values[event] - units
            found.served[cell] += served
            found.refused[cell] += cost - served
            if served < cost and of_stage[features[event]] != NOT_BY_TOKENS:
                found.refused_charges[cell] += request_charge(cost - served, of_stage[features[event]], exchange)
