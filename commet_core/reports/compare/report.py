"""A comparison as tables to take away: what was assumed, the figures, and the rows that they add up from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from commet_core.decide.bridge import bridge, bridge_table
from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.decide.difference_tables import differences_table, weak_point_table
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import TIME, UNIT_TYPE, amount_type
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import window_words
from commet_core.foundation.money import MICRO_DECIMALS
from commet_core.foundation.vocabulary import PRICE_CHANGES
from commet_core.foundation.wording import price_change_name
from commet_core.reports.compare import Summary, differences, price_changes, revenue_by_month, summarize
from commet_core.reports.compare.behind import customers_behind
from commet_core.reports.compare.blocked import blocked_table
from commet_core.reports.compare.by_market import market_sentences, market_table
from commet_core.reports.compare.earned import earned_by_month, earned_table
from commet_core.reports.compare.how_sure import verdict
from commet_core.reports.compare.lesson import lesson
from commet_core.reports.compare.plans import customers_by_plan, movers, moves
from commet_core.reports.compare.stocks import stock_table
from commet_core.reports.margin import customer_margins
from commet_core.reports.margin.report import blocked_value_table, feature_margin_table, margin_table
from commet_core.scenario.candidates import Candidate
from commet_core.version import VERSION

DETAIL_ROWS_MAX = 100_000
"""Rows of a detail sheet in an Excel file; a longer table is left to the CSV, and the first sheet says so."""

_AMOUNTS = frozenset({"billed", "base", "overage", "packs", "top_ups", "monthly_revenue", "median_monthly_cost"})


_OF_MARKETS: Final = "by market"

_OF_ONE_CURRENCY: Final = frozenset(
    {
        "margins by feature",
        "margins by customer",
        "value of blocked usage",
        "customers by group",
        "differences",
        "moves",
        "movers",
    }
)
"""What a comparison of customers in several markets does not have (billing-rules 15.6); that of one of them does."""


def sheet_makers(replayed: Replay) -> Mapping[str, Callable[[], pa.Table]]:
    """The tables of a comparison by name, each made when it is called for.

    Of customers in several markets those of sums are in the reporting currency, those of customers in their own, as in a result
    folder.
    """
    left_out = _OF_ONE_CURRENCY if replayed.in_markets else {_OF_MARKETS}
    return {name: make for name, make in _makers(replayed).items() if name not in left_out}


def _makers(replayed: Replay) -> Mapping[str, Callable[[], pa.Table]]:
    return {
        "summary": lambda: summary_table(replayed),
        "assumptions": lambda: assumption_table(replayed),
        _OF_MARKETS: lambda: market_table(replayed),
        "revenue by month": lambda: revenue_by_month(replayed),
        "earned": lambda: earned_table(replayed),
        "earned by month": lambda: earned_by_month(replayed),
        "margins": lambda: margin_table(replayed),
        "margins by feature": lambda: _each(replayed, lambda run: feature_margin_table(replayed, run)),
        "margins by customer": lambda: _each(replayed, lambda run: customer_margins(replayed, run)),
        "value of blocked usage": lambda: blocked_value_table(replayed),
        "customers": lambda: (
            replayed.table("customers") if replayed.in_markets else _each(replayed, lambda run: customers_behind(replayed, run))
        ),
        "customers by group": lambda: _groups(replayed),
        "differences": lambda: _each(replayed, lambda run: _differences(replayed, run), baseline=False),
        "how sure": lambda: differences_table(CustomerAmounts.of(replayed)),
        "bridge": lambda: bridge_table([bridge(replayed, name) for name in _others(replayed)], replayed.currency),
        "weak points": lambda: weak_point_table(CustomerAmounts.of(replayed)),
        "customers by plan": lambda: customers_by_plan(replayed),
        "moves": lambda: moves(replayed),
        "movers": lambda: _each(replayed, lambda run: movers(replayed, run.candidate.name)),
        "blocked usage": lambda: blocked_table(replayed),
        "credits and balance": lambda: stock_table(replayed),
        "periods": lambda: replayed.table("periods"),
        "accounts": lambda: replayed.table("accounts"),
        "usage by feature": lambda: replayed.table("feature_periods"),
        "invoices": lambda: replayed.table("invoices"),
        "invoice lines": lambda: replayed.table("invoice_lines"),
    }


def _others(replayed: Replay) -> list[str]:
    """The names of all candidates but the baseline."""
    names = [candidate.name for candidate in replayed.scenario.candidates]
    return [name for place, name in enumerate(names) if place != replayed.scenario.baseline_index()]


def excel_sheets(replayed: Replay) -> dict[str, pa.Table]:
    """Every table that fits, behind a first sheet that says what this is and what was left out."""
    fitting: dict[str, pa.Table] = {}
    left_out: dict[str, str] = {}
    for name, make in sheet_makers(replayed).items():
        try:
            table = make()
        except InputError as error:  # costs that exceed what can be held
            left_out[name] = str(error)
            continue
        if table.num_rows <= DETAIL_ROWS_MAX:
            fitting[name] = table
        else:
            left_out[name] = f"{table.num_rows:,} rows are too many for a sheet; take the CSV"
    return {"about": _about(replayed, left_out), **fitting}


def _about(replayed: Replay, left_out: Mapping[str, str]) -> pa.Table:
    scenario = replayed.scenario
    rows = {
        "What this is": "A comparison of pricing candidates: the same usage replayed through each plan, event by event",
        "What it says": " ".join(market_sentences(replayed)) if replayed.in_markets else lesson(replayed),
        "How sure": verdict(CustomerAmounts.of(replayed)) or "There is one candidate",
        "Currency": replayed.currency.upper(),
        "Window": f"{window_words(replayed.window)}, both days included, UTC",
        "Usage": f"{replayed.events_in_window:,} events of {replayed.customer_count:,} customers",
        "Baseline": scenario.candidates[scenario.baseline_index()].name,
        "Made by": f"Commet pricing simulator {VERSION}",
    }
    rows |= {f"Left out: {name}": why for name, why in left_out.items()}
    return pa.table({"item": pa.array(list(rows), pa.string()), "content": pa.array(list(rows.values()), pa.string())})


def _groups(replayed: Replay) -> pa.Table:
    """Customers by how they fare against the baseline: candidate, group (in words), customers, amount less or more in all."""
    others = [run for run in replayed.runs if run is not replayed.baseline]
    found = [(run.candidate.name, group, price_changes(replayed, run)) for run in others for group in PRICE_CHANGES]
    return pa.table(
        {
            "candidate": pa.array([name for name, _, _ in found], pa.string()),
            "group": pa.array([price_change_name(group) for _, group, _ in found], pa.string()),
            "customers": pa.array([changes.counts[group] for _, group, changes in found], pa.int64()),
            "amount": pa.array([changes.amounts[group] for _, group, changes in found], amount_type(replayed.currency)),
        }
    )


def _differences(replayed: Replay, run: Run) -> pa.Table:
    return differences(replayed, run).rename_columns({"baseline": "billed_baseline", "candidate": "billed_candidate"})


def _each(replayed: Replay, table_of: Callable[[Run], pa.Table], *, baseline: bool = True) -> pa.Table:
    """A table of every candidate, one below the other, with the candidate's name in front."""
    runs = [run for run in replayed.runs if baseline or run is not replayed.baseline or len(replayed.runs) == 1]
    named = []
    for run in runs:
        table = table_of(run)
        names = pa.array([run.candidate.name], pa.string()).take(pa.array([0] * table.num_rows, pa.int32()))
        named.append(table.add_column(0, "candidate", names))
    return pa.concat_tables(named)


def summary_table(replayed: Replay) -> pa.Table:
    """`compare.summarize` as a table, one row per candidate; blocked_share to six decimals, and a column for each kind of line in the base."""
    summaries, currency = summarize(replayed), replayed.currency
    columns: dict[str, pa.Array] = {}
    for field in fields(Summary):
        if field.name != "in_base":
            columns[field.name] = _summary_column(field.name, summaries, currency)
            continue
        for kind in dict.fromkeys(kind for summary in summaries for kind, amount in summary.in_base.items() if amount):
            columns[kind] = pa.array([summary.in_base.get(kind, Decimal(0)) for summary in summaries], amount_type(currency))
    return pa.table(columns)


def _summary_column(name: str, summaries: list[Summary], currency: str) -> pa.Array:
    values: list[Any] = [getattr(summary, name) for summary in summaries]
    if name == "blocked_share":
        shares = [Decimal(share.numerator) / Decimal(share.denominator) for share in values]
        return pa.array([round(share, MICRO_DECIMALS) for share in shares], UNIT_TYPE)
    if name == "first_blocked_at":
        return pa.array(values, TIME)
    if name.endswith(("forfeited", "in_hand")):
        return pa.array(values, pa.decimal128(38, 9))
    return pa.array(values, amount_type(currency) if name in _AMOUNTS else None)


def assumption_table(replayed: Replay) -> pa.Table:
    """One row per candidate: its plan, and what was assumed about customers. An empty cell: it does not apply."""
    scenario = replayed.scenario
    rows = [_assumptions(replayed, candidate) for candidate in scenario.candidates]
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})


def _assumptions(replayed: Replay, candidate: Candidate) -> dict[str, str]:
    scenario = replayed.scenario
    plan, top_up, purchases = scenario.plan(candidate), candidate.top_up, candidate.purchases
    buys_packs, tops_up = plan.sells == "packs", top_up is not None
    rule = top_up if top_up is not None else purchases
    limit = purchases.max_packs_per_period if buys_packs else top_up.max_per_period if top_up is not None else None
    applies = buys_packs or tops_up
    return {
        "candidate": candidate.name,
        "plan": candidate.plan or "",
        "plan_group": candidate.group or "",
        "who_is_on_which_plan": candidate.choose if candidate.group else "",
        "consumption_model": plan.consumption_model,
        "interval": scenario.interval(candidate) or "free",
        "pack_rule": purchases.pack if buys_packs else "",
        "top_up_amount": f"{top_up.amount:f}" if top_up is not None else "",
        "purchases_per_period_at_most": ("no limit" if limit is None else str(limit)) if applies else "",
        "share_of_customers_that_buy": f"{rule.probability:f}" if applies else "",
        "subscriptions_start": scenario.start,
        "rows": scenario.rows,
        "seed": str(scenario.seed),
    }
