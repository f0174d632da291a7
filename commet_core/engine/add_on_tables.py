"""What add-ons add to results (billing-rules 10.3, interfaces.md): columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.engine.table_columns import amounts, named
from commet_core.foundation.arrow import PRICE_TYPE, decimals
from commet_core.timeline.add_on_spells import feature_code
from commet_core.timeline.life import NEVER

SUMMED = frozenset(
    {
        "demanded",
        "served",
        "blocked",
        "overage_units",
        "credits",
        "amount",
        "events",
        "served_events",
        "blocked_events",
        "cost",
        "corrected",
    }
)
"""Columns of `feature_periods` that add up."""


def customer_columns(run: Run) -> dict[str, pa.Array]:
    """Billed over the window."""
    return {"addons": amounts(run, run.by_customer(run.segment_add_ons))}


def period_columns(run: Run) -> dict[str, pa.Array]:
    """Billed where the interval begins, and when an add-on is activated."""
    return {"addons": amounts(run, run.segment_add_ons)}


def account_columns(run: Run) -> dict[str, pa.Array]:
    """Earned, and still outstanding."""
    kept = accounts(run)
    return {
        "earned_addons": decimals(kept.earned_addons, PRICE_TYPE),
        "outstanding_addons": decimals(kept.add_ons, PRICE_TYPE),
    }


def with_add_ons_whole(run: Run, table: pa.Table) -> pa.Table:
    """`feature_periods` with one row for a feature of an add-on in a period, whether it was active all the time or not.

    What was asked for while it was not active is a row of its own before; it is refused, and costs nothing.
    """
    names = [feature_code(name) for name in run.usage.features]
    order_of = {name: place for place, name in enumerate(sorted(set(names)))}
    places = np.array([order_of[name] for name in names])[run.timeline.segments.cell_features]
    order = np.lexsort([places, run.timeline.cell_segments])
    keys = np.stack([run.timeline.cell_segments, places])[:, order]
    firsts = np.flatnonzero(np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))[: len(order)])
    rows = table.take(pa.array(order))
    seconds = firsts + 1
    alone = np.diff(np.append(firsts, len(order))) == 1
    refused = pa.array(np.where(alone, 0, seconds), mask=alone)
    columns = {name: _together(name, rows[name].combine_chunks(), pa.array(firsts), refused) for name in rows.column_names}
    columns["feature"] = named(keys[1][firsts], tuple(order_of))
    first_refused = np.where(run.cell_blocked_events > 0, run.admitted.cell_firsts, NEVER)[order]
    refused_before = ~alone & (np.append(first_refused, NEVER)[seconds] < first_refused[firsts])
    columns["blocked_reason"] = (
        rows["blocked_reason"].combine_chunks().take(pa.array(np.where(refused_before, seconds, firsts)))
    )
    return pa.table(columns, schema=table.schema)


def _together(name: str, column: pa.Array, firsts: pa.Array, refused: pa.Array) -> pa.Array:
    """A column of rows of which some are followed by what was refused of them."""
    first = column.take(firsts)
    return pc.add(first, pc.fill_null(column.take(refused), 0)).cast(column.type) if name in SUMMED else first
