"""What seats and quota add to results (billing-rules 10, interfaces.md): columns, and the table `levels`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.engine.stub_columns import days_of_stubs
from commet_core.engine.table_columns import amounts, keyed_table, named, plans, times
from commet_core.foundation.arrow import PRICE_TYPE, TIME, UNIT_TYPE, decimals
from commet_core.rating.charges import ADVANCE, TRUE_UP
from commet_core.rating.invoices import ADDON_ACTIVATION, ADDON_BASE, FEATURE_QUOTA, FEATURE_SEATS, PLAN_BASE

LEVEL_COLUMNS = {
    "plan": pa.string(),
    "interval_start": TIME,
    "interval_end": TIME,
    "feature": pa.string(),
    **dict.fromkeys(("included", "opening", "paid", "closing", "refused", "advance_units"), UNIT_TYPE),
}


def customer_columns(run: Run) -> dict[str, pa.Array]:
    """Billed over the window."""
    kinds = {"seats": FEATURE_SEATS, "quota": FEATURE_QUOTA}
    return {name: amounts(run, run.by_customer(run.segment_held(kind))) for name, kind in kinds.items()}


def period_columns(run: Run) -> dict[str, pa.Array]:
    """Billed: in advance where the interval begins, of true-ups what their days in the period come to."""
    return {
        "seats": amounts(run, run.segment_held(FEATURE_SEATS)),
        "quota": amounts(run, run.segment_held(FEATURE_QUOTA)),
    }


def account_columns(run: Run) -> dict[str, pa.Array]:
    """Earned, and still outstanding."""
    kept = accounts(run)
    columns = {
        "earned_seats": kept.earned_seats,
        "earned_quota": kept.earned_quota,
        "outstanding_seats": kept.seats,
        "outstanding_quota": kept.quota,
    }
    return {name: decimals(nanos, PRICE_TYPE) for name, nanos in columns.items()}


def line_columns(run: Run) -> dict[str, pa.Array]:
    """Days that a line is for: of a true-up from the first rise to the interval's end, of an add-on activated those left, and of
    what is paid in advance those of a stub (billing-rules 2.2).
    """
    lines = run.bill.lines
    days, parts = np.zeros(len(lines.kinds), np.int64), days_of_stubs(run)[lines.segments]
    whole = np.array([stage.interval == "one_time" for stage in run.stages])  # a one-time price is charged whole
    ahead = (lines.kinds == PLAN_BASE) | (lines.kinds == ADDON_BASE) | (lines.parts == ADVANCE)
    ahead &= (lines.kinds != PLAN_BASE) | ~run.timeline.of_segments(whole)[lines.segments]
    is_part = ahead & (parts >= 0)
    days[is_part] = parts[is_part]
    if run.add_ons is not None:
        activated = run.bill.invoices.kinds[lines.invoices] == ADDON_ACTIVATION
        days[activated] = run.add_ons.activation_days(lines.segments[activated])
        is_part |= activated
    if run.held is not None:
        for kind in (FEATURE_SEATS, FEATURE_QUOTA):
            own = np.flatnonzero((lines.kinds == kind) & (lines.parts == TRUE_UP))
            charges, found = run.held.true_ups(kind), run.held.true_up_days(kind)
            known = dict(zip(zip(charges.segments.tolist(), charges.items.tolist(), strict=True), found.tolist(), strict=True))
            days[own] = [known[key] for key in zip(lines.segments[own].tolist(), lines.items[own].tolist(), strict=True)]
            is_part[own] = True
    return {"days": pa.array(days, mask=~is_part)}


def levels(run: Run) -> pa.Table:
    """One row per customer, seats or quota that it asked for, and paid interval of a plan that has the feature."""
    held = run.held
    if held is None:
        return _no_levels(run)
    rows = held.rows
    order = np.lexsort([rows.features, rows.first_segments, rows.customers])
    units = {
        "included": rows.included,
        "opening": rows.openings,
        "paid": rows.paid,
        "closing": rows.closings,
        "refused": rows.refused,
        "advance_units": np.where(rows.charged, rows.in_advance, 0),
    }
    columns = {
        "plan": plans(run, held.row_stages[order]),
        "interval_start": times(run.timeline.days.start(rows.start_days[order])),
        "interval_end": times(run.timeline.days.start(rows.end_days[order])),
        "feature": named(rows.features[order], held.features),
        **{name: decimals(micros[order], UNIT_TYPE) for name, micros in units.items()},
        "advance_amount": amounts(run, held.advance_billed_minor[order]),
        "true_up_unit_days": decimals(rows.unit_days[order], UNIT_TYPE),
        "true_up_amount": amounts(run, held.true_up_minor[order]),
    }
    return keyed_table(run, rows.customers[order], columns)


def _no_levels(run: Run) -> pa.Table:
    money = run.amount_type
    kinds = LEVEL_COLUMNS | {"advance_amount": money, "true_up_unit_days": UNIT_TYPE, "true_up_amount": money}
    texts = {name for name, kind in kinds.items() if kind == pa.string()}
    none = np.empty(0, np.int64)
    columns = {name: named(none, ()) if name in texts else pa.array([], kind) for name, kind in kinds.items()}
    return keyed_table(run, none, columns)
