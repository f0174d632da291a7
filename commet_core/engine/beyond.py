"""What the rules beyond Commet add to result tables (billing-rules 15.2 to 15.5)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.engine.table_columns import amounts, keyed_table, named, stock_column, times
from commet_core.foundation.arrow import PRICE_TYPE, UNIT_TYPE, decimals
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, plain
from commet_core.foundation.sums import sum_by_offsets
from commet_core.foundation.vocabulary import ADJUSTED
from commet_core.rating.admission import PURCHASED_ADJUSTED
from commet_core.timeline.add_on_spells import feature_code


def rolled_over(run: Run) -> dict[str, pa.Array]:
    """One entry per segment: what the period before left of its allowance, and what the period leaves (billing-rules 15.2)."""
    return {
        f"{prefix}_{way}": stock_column(run, stock, way)
        for stock, prefix in (("plan credits", "plan_credits"), ("balance", "balance"))
        for way in ("rolled_in", "rolled_out")
    }


def expired(run: Run) -> dict[str, pa.Array]:
    """One entry per segment: purchased credits that could be used no more (billing-rules 15.3)."""
    return {"purchased_credits_expired": stock_column(run, "purchased credits", "expired")}


def earned_when_expired(run: Run) -> dict[str, pa.Array]:
    return {"earned_expired_credits": decimals(accounts(run).earned_expired, PRICE_TYPE)}


def adjusted(run: Run) -> dict[str, pa.Array]:
    """One entry per segment: what adjustments gave, less what they took (billing-rules 8.6)."""
    stocks = {"plan credits": "plan_credits", "purchased credits": "purchased_credits", "balance": "balance"}
    return {f"{prefix}_adjusted": stock_column(run, stock, "adjusted") for stock, prefix in stocks.items()}


def notes(run: Run) -> pa.Table:
    """One row per adjustment that found less than it was to take (billing-rules 8.6): what it asked for, and what it came to."""
    additions = run.charged.additions
    short = np.empty(0, np.int64) if additions is None else np.flatnonzero(additions.applied != additions.amounts)
    moments, asked, applied, kinds, segments = (
        np.empty(0, np.int64) if additions is None else np.asarray(getattr(additions, name))[short]
        for name in ("times", "amounts", "applied", "kinds", "segments")
    )
    in_money = run.sells("top_ups")
    items = np.where(kinds == PURCHASED_ADJUSTED, 1, 2 if in_money else 0)
    decimals_of = NANO_DECIMALS if in_money else MICRO_DECIMALS
    pairs = list(zip(asked.tolist(), applied.tolist(), strict=True))
    said = [
        f"{ADJUSTED[item].replace('_', ' ')}: {plain(decimal_of(-wanted, decimals_of))} were to be taken, "
        f"{plain(decimal_of(-taken, decimals_of))} were there"
        for item, (wanted, taken) in zip(items.tolist(), pairs, strict=True)
    ]
    columns = {
        "at": times(moments),
        "what": pa.array(said, pa.string()),
        "item": named(items, ADJUSTED),
        "asked": pa.array([decimal_of(wanted, decimals_of) for wanted, _ in pairs], PRICE_TYPE),
        "applied": pa.array([decimal_of(taken, decimals_of) for _, taken in pairs], PRICE_TYPE),
    }
    return keyed_table(run, run.timeline.segment_customers[segments], columns)


def committed_customers(run: Run) -> dict[str, pa.Array]:
    """One entry per customer: what its minimum commitments were short of (billing-rules 15.4)."""
    return {"commitment": amounts(run, run.by_customer(run.segment_commitment))}


def committed_periods(run: Run) -> dict[str, pa.Array]:
    return {"commitment": amounts(run, run.segment_commitment)}


def earned_commitment(run: Run) -> dict[str, pa.Array]:
    return {"earned_commitment": decimals(accounts(run).earned_commitment, PRICE_TYPE)}


def capped_customers(run: Run) -> dict[str, pa.Array]:
    """One entry per customer: what spend caps refused, and what was free beyond them (billing-rules 15.5)."""
    return {
        "blocked_spend_cap_events": pa.array(run.customer_spend_cap_events),
        "free_beyond_cap": amounts(run, run.by_customer(run.segment_free)),
    }


def capped_periods(run: Run) -> dict[str, pa.Array]:
    """The same, one entry per segment."""
    events = sum_by_offsets(run.timeline.segments.cell_offsets, run.cell_capped_events)
    return {"blocked_spend_cap_events": pa.array(events), "free_beyond_cap": amounts(run, run.segment_free)}


def corrected(run: Run) -> dict[str, pa.Array]:
    """One entry per cell: units given back (billing-rules 15.7)."""
    units = np.zeros_like(run.admitted.cell_units) if run.beyond is None else run.beyond.outcome.corrected
    return {"corrected": decimals(units, UNIT_TYPE)}


def corrections(run: Run) -> pa.Table:
    """One row per usage row below zero in the window: what it asked to give back, and what it gave back (billing-rules 15.7)."""
    events, offsets = np.empty(0, np.int64), np.empty(0, np.int64)
    if run.beyond is not None:
        events, offsets = run.beyond.corrections.events, run.beyond.corrections.offsets
    segments = run.timeline.segments
    customers: np.ndarray = customers_of(segments.offsets, segments.first_events, segments.last_events, events)
    shown = customers >= 0
    events, offsets, customers = events[shown], offsets[shown], customers[shown]
    asked = -run.usage.values[events]
    names = tuple(feature_code(name) for name in run.usage.features)
    columns = {
        "at": times(run.usage.times[events]),
        "feature": named(run.usage.feature_indexes[events], names),
        "asked": decimals(asked, UNIT_TYPE),
        "offset": decimals(offsets, UNIT_TYPE),
        "not_offset": decimals(asked - offsets, UNIT_TYPE),
    }
    return keyed_table(run, customers, columns)


@compiled
def customers_of(offsets, first_events, last_events, events):  # type: ignore[no-untyped-def]
    """The customer of each of some events, which ascend; -1 where an event lies in no segment."""
    customers = np.full(len(events), -1, np.int64)
    event = 0
    for customer in range(len(offsets) - 1):
        if offsets[customer] < offsets[customer + 1]:
            first, last = first_events[offsets[customer]], last_events[offsets[customer + 1] - 1]
            while event < len(events) and events[event] < first:
                event += 1
            while event < len(events) and events[event] < last:
                customers[event] = customer
                event += 1
    return customers
