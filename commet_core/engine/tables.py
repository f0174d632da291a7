"""The result tables of interfaces.md, built from a `Run` without copying a number twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from commet_core.engine import recognition as money
from commet_core.engine.add_on_tables import with_add_ons_whole
from commet_core.engine.further_tables import further_columns, further_tables
from commet_core.engine.run import Run
from commet_core.engine.table_columns import STOCK_TYPES, amounts, keyed_table, named, plans, times
from commet_core.foundation.arrow import PRICE_TYPE, UNIT_TYPE, decimals, nulls
from commet_core.foundation.vocabulary import INVOICE_KINDS, LINE_KINDS, STATES
from commet_core.rating.admission import REASONS
from commet_core.rating.charges import ADVANCE
from commet_core.rating.model import CellColumn
from commet_core.rating.models import stock_kinds
from commet_core.scenario.further_rules import FurtherRule

CHARGES = ("flat", "advance", "true_up")
"""What a line charges where it is not the price of its units: a flat fee, seats and quota in advance, or from a rise on."""


def customers(run: Run) -> pa.Table:
    """One row per customer: totals over the window."""
    first_blocked_at, blocked = run.customer_first_blocked
    blocked_events, not_in_plan = run.customer_blocked_events, run.customer_not_in_plan_events
    paused, not_subscribed = run.customer_paused_events, run.customer_not_subscribed_events
    events = run.by_customer(run.segment_events)
    every = np.arange(run.customer_count)
    return _with_further(
        "customers",
        run,
        every,
        {
            "plan": plans(run, run.customer_last_stages),
            "billed": amounts(run, run.customer_billed),
            "plan_base": amounts(run, run.by_customer(run.segment_base)),
            "discount": amounts(run, run.by_customer(run.segment_discount)),
            "overage": amounts(run, run.by_customer(run.segment_overage)),
            "purchases": amounts(run, run.by_customer(run.segment_purchases)),
            "credit": amounts(run, run.by_customer(run.segment_credit)),
            "events": pa.array(events),
            "served_events": pa.array(events - blocked_events),
            "blocked_events": pa.array(blocked_events),
            "blocked_allowance_events": pa.array(
                blocked_events - not_in_plan - paused - not_subscribed - run.customer_spend_cap_events
            ),
            "blocked_not_in_plan_events": pa.array(not_in_plan),
            "blocked_paused_events": pa.array(paused),
            "blocked_not_subscribed_events": pa.array(not_subscribed),
            "first_blocked_at": times(first_blocked_at, ~blocked),
        },
    )


def periods(run: Run) -> pa.Table:
    """One row per customer and billing period, or time paused or canceled: what was granted, used, left over and billed."""
    timeline = run.timeline
    served = run.segment_served_events
    states = np.array([STATES.index(stage.state) for stage in run.stages])
    columns = {
        "plan": plans(run, timeline.segments.stages),
        "state": named(timeline.of_segments(states), STATES),
        "period_index": pa.array(timeline.segments.periods),
        "period_start": times(timeline.starts),
        "period_end": times(timeline.ends),
        "closed_early": pa.array(timeline.closed_early),
        "events": pa.array(run.segment_events),
        "served_events": pa.array(served),
        "blocked_events": pa.array(run.segment_events - served),
        "plan_base": amounts(run, run.segment_base),
        "discount": amounts(run, run.segment_discount),
        "credit": amounts(run, run.segment_credit),
        "overage": amounts(run, run.segment_overage),
        "purchases": amounts(run, run.segment_purchases),
        "billed": amounts(run, run.segment_billed),
    }
    return _with_further("periods", run, timeline.segment_customers, columns | _stock_columns(run))


def _stock_columns(run: Run) -> dict[str, pa.Array]:
    """The stocks of all models, null where the run's has none of the kind."""
    flows = {stock.kind.name: stock for stock in run.flows}
    columns = {}
    for kind in stock_kinds():
        unit, stock = STOCK_TYPES[kind.unit], flows.get(kind.name)
        for name, flow in kind.columns.items():
            absent = stock is None
            columns[name] = nulls(run.timeline.segment_count, unit) if absent else decimals(getattr(stock, flow), unit)
    return columns


def feature_periods(run: Run) -> pa.Table:
    """One row per customer, row of `periods` and feature that was asked for in it."""
    timeline = run.timeline
    blocked = run.cell_blocked_events
    used = None if run.cell_use is None else run.cell_use.used
    columns = {
        "plan": plans(run, timeline.segments.stages[timeline.cell_segments]),
        "period_index": pa.array(timeline.segments.periods[timeline.cell_segments]),
        "feature": named(timeline.segments.cell_features, run.usage.features),
        "demanded": decimals(run.cell_demanded, UNIT_TYPE),
        "served": decimals(run.admitted.cell_units, UNIT_TYPE),
        "blocked": decimals(run.cell_blocked_units, UNIT_TYPE),
        "overage_units": _of_model(run, "overage_units", run.charged.overage_units, UNIT_TYPE),
        "credits": _of_model(run, "credits", used, UNIT_TYPE),
        "amount": _of_model(run, "amount", run.in_tables(run.charged.overage_shares), run.amount_type),
        "events": pa.array(timeline.cell_events),
        "served_events": pa.array(run.admitted.cell_events),
        "blocked_events": pa.array(blocked),
        "blocked_reason": named(run.admitted.cell_reasons, REASONS, absent=blocked == 0),
        "cost": _of_model(run, "cost", used, PRICE_TYPE),
    }
    table = _with_further("feature_periods", run, timeline.segment_customers[timeline.cell_segments], columns)
    return table if run.add_ons is None else with_add_ons_whole(run, table)


def _of_model(run: Run, column: CellColumn, cells: np.ndarray | None, kind: pa.DataType) -> pa.Array:
    """A column that the run's model fills, or one of nulls."""
    if cells is None or column not in run.model.cell_columns:
        return nulls(len(run.timeline.cell_units), kind)
    return decimals(cells, kind)


def invoices(run: Run) -> pa.Table:
    """One row per invoice."""
    issued = run.bill.invoices
    return _with_further(
        "invoices",
        run,
        issued.customers,
        {
            "invoice_number": pa.array(issued.numbers),
            "kind": named(issued.kinds, INVOICE_KINDS),
            "issued_at": times(issued.issued_at),
            "period_start": times(issued.period_starts),
            "period_end": times(issued.period_ends),
            "total": amounts(run, issued.totals),
            "carried_in": amounts(run, issued.carried_in),
            "amount_due": amounts(run, issued.due),
        },
    )


def invoice_lines(run: Run) -> pa.Table:
    """One row per invoice line."""
    lines = run.bill.lines
    issued = run.bill.invoices
    return _with_further(
        "invoice_lines",
        run,
        issued.customers[lines.invoices],
        {
            "invoice_number": pa.array(issued.numbers[lines.invoices]),
            "line_number": pa.array(lines.numbers),
            "kind": named(lines.kinds, LINE_KINDS),
            "item": named(lines.items, run.bill.items),
            "quantity": decimals(lines.quantities, UNIT_TYPE),
            "unit_price": decimals(lines.unit_prices, PRICE_TYPE),
            "amount": amounts(run, lines.amounts),
            "charge": named(
                np.maximum(lines.parts - ADVANCE + 1, 0), CHARGES, absent=(lines.parts >= 0) & (lines.parts < ADVANCE)
            ),
            "tier": pa.array(np.abs(lines.parts), mask=(lines.parts == 0) | (lines.parts >= ADVANCE)),
        },
    )


def accounts(run: Run) -> pa.Table:
    """One row per customer and billing period: billed, earned and outstanding (billing-rules 13), in nanos."""
    timeline, kept = run.timeline, money.accounts(run)
    money_of = {
        "billed": kept.billed,
        "earned": kept.earned,
        "outstanding_opening": kept.opening,
        "outstanding_closing": kept.closing,
        "forfeited_value": kept.forfeited,
        "earned_base": kept.earned_base,
        "earned_overage": kept.earned_overage,
        "earned_packs": kept.earned_packs,
        "earned_top_ups": kept.earned_top_ups,
        "outstanding_base": kept.base,
        "outstanding_credits": kept.credits,
        "outstanding_top_ups": kept.top_ups,
    }
    credits_in_hand = next((stock.in_hand for stock in run.flows if stock.kind.sold_as == "packs"), None)
    columns = {
        "period_index": pa.array(timeline.segments.periods),
        "period_start": times(timeline.starts),
        "period_end": times(timeline.ends),
        **{name: decimals(amount, PRICE_TYPE) for name, amount in money_of.items()},
        "credits_outstanding": nulls(timeline.segment_count, UNIT_TYPE)
        if credits_in_hand is None
        else decimals(credits_in_hand, UNIT_TYPE),
    }
    return _with_further("accounts", run, timeline.segment_customers, columns)


TABLES: Mapping[str, Callable[[Run], pa.Table]] = {
    "customers": customers,
    "periods": periods,
    "feature_periods": feature_periods,
    "invoices": invoices,
    "invoice_lines": invoice_lines,
    "accounts": accounts,
}


def tables_of(rules: frozenset[FurtherRule]) -> dict[str, Callable[[Run], pa.Table]]:
    """Every table of a scenario that uses these rules, by name."""
    return {**TABLES, **further_tables(rules)}


def _with_further(name: str, run: Run, customer_rows: np.ndarray, columns: dict[str, pa.Array]) -> pa.Table:
    """A table of every result, with the columns that the further rules add to it."""
    return keyed_table(run, customer_rows, columns | further_columns(run, name))
