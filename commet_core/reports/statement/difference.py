"""The difference that actions make for one customer: it alone is replayed again, with and without them.

Customers are independent (billing-rules 14), so what comes out is what the replay of everybody would say of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay, replay_subscribers
from commet_core.foundation.arrow import TIME, UNIT_TYPE, amount_type
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, minor_decimals
from commet_core.foundation.window import Window
from commet_core.reports.statement import Statement, statement_of, totals
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import RowProblem, SubscriptionRow
from commet_core.timeline.subscribers import Subscribers, find_subscribers, nobody_left
from commet_core.timeline.window import default_window
from commet_core.usage.slices import usage_of
from commet_core.usage.usage import Usage

MONTHS_IN_YEAR = 12


@dataclass(frozen=True, eq=False)
class Difference:
    """One customer under one candidate, without some actions and with them."""

    before: Statement
    after: Statement

    @property
    def billed(self) -> Decimal:
        """What the actions add to what is billed."""
        return totals(self.after).billed - totals(self.before).billed

    @property
    def refused_events(self) -> int:
        """How many more events are refused."""
        return totals(self.after).refused_events - totals(self.before).refused_events

    @property
    def served_events(self) -> int:
        """How many more events are served."""
        return -self.refused_events


def problems_of_actions(
    scenario: Scenario, usage: Usage, customer_id: str, rows: Sequence[SubscriptionRow]
) -> tuple[RowProblem, ...]:
    """What is impossible about a customer's actions, under each candidate in whose place they are taken; empty where nothing is.

    rows: all of its actions, in place of those of the scenario. Candidates and plans that do not exist are told too.
    """
    window = scenario.window or default_window(usage, scenario.catalog.days)
    return _alone(scenario, usage, window, customer_id, rows)[1].problems


def difference(replayed: Replay, candidate: str, customer_id: str, without: Sequence[SubscriptionRow]) -> Difference:
    """A customer under a candidate with the actions of the scenario, and with only those that are given.

    Raises InputError where either cannot be: the customer's actions are impossible, or nobody is left without them.
    """
    rows = [row for row in replayed.scenario.subscriptions if row.customer_id == customer_id]
    after = _statement(replayed, candidate, customer_id, rows)
    return Difference(_statement(replayed, candidate, customer_id, without), after)


def _statement(replayed: Replay, candidate: str, customer_id: str, rows: Sequence[SubscriptionRow]) -> Statement:
    run = replayed.run(candidate)
    scenario = replayed.scenario.model_copy(update={"candidates": (run.candidate,), "baseline": ""})
    actions = [row for row in rows if row.candidate in ("", candidate)]
    scenario, subscribers = _alone(scenario, replayed.usage, replayed.window, customer_id, actions)
    if len(subscribers.customers) == 0:
        raise nobody_left(subscribers)
    alone = replay_subscribers(scenario, subscribers)
    return statement_of(alone, alone.runs[0], customer_id)


def _alone(
    scenario: Scenario, usage: Usage, window: Window, customer_id: str, rows: Sequence[SubscriptionRow]
) -> tuple[Scenario, Subscribers]:
    """The scenario with a customer's actions, and that customer as the only subscriber."""
    customer = usage.customer_index(customer_id)
    part = usage_of(usage, customer, customer + 1) if customer >= 0 else usage_of(usage, 0, 0)
    levels = tuple(row for row in scenario.levels if row.customer_id == customer_id)
    changed = scenario.model_copy(update={"window": window, "subscriptions": tuple(rows), "levels": levels})
    return changed, find_subscribers(changed, part, window)


def billed_by_month(difference: Difference) -> pa.Table:
    """What is billed in each calendar month of the window: month (date), before, after, difference.

    An invoice counts in the month in which it is issued; one issued at the window's very end in the last month.
    """
    months = _months(difference.after.replayed.window)
    sides = [_by_month(statement, months) for statement in (difference.before, difference.after)]
    rows = [(before, after, after - before) for before, after in zip(*sides, strict=True)]
    kind = amount_type(difference.after.currency)
    columns = zip(*rows, strict=True)
    return pa.table(
        {"month": pa.array(months, pa.date32())}
        | {name: pa.array(column, kind) for name, column in zip(("before", "after", "difference"), columns, strict=True)}
    )


def _months(window: Window) -> list[date]:
    """The first days of the calendar months that a window touches."""
    last = window.end - timedelta(days=1)
    count = (last.year - window.start.year) * MONTHS_IN_YEAR + last.month - window.start.month + 1
    months = [window.start.month - 1 + month for month in range(count)]
    return [date(window.start.year + month // MONTHS_IN_YEAR, month % MONTHS_IN_YEAR + 1, 1) for month in months]


def _by_month(statement: Statement, months: Sequence[date]) -> list[Decimal]:
    sums = dict.fromkeys(months, Decimal(0).scaleb(-minor_decimals(statement.currency)))
    for row in statement.invoices.to_pylist():
        sums[min(row["issued_at"].date().replace(day=1), months[-1])] += row["total"]
    return list(sums.values())


def served_by_feature(difference: Difference) -> pa.Table:
    """Units of each feature that the customer asked for: feature, asked, before and after (served), difference, refused (after)."""
    statement = difference.after
    codes = statement.codes
    used = [codes[feature] for feature in np.unique(statement.feature_codes).tolist()]
    sides = [_served(difference.before, used), _served(difference.after, used)]
    asked = [_units(statement, code, statement.values) for code in used]
    columns = {
        "asked": asked,
        "before": sides[0],
        "after": sides[1],
        "difference": [after - before for before, after in zip(*sides, strict=True)],
        "refused": [units - after for units, after in zip(asked, sides[1], strict=True)],
    }
    return pa.table(
        {"feature": pa.array(used, pa.string())}
        | {
            name: pa.array([decimal_of(number, MICRO_DECIMALS) for number in column], UNIT_TYPE)
            for name, column in columns.items()
        }
    )


def _served(statement: Statement, codes: Sequence[str]) -> list[int]:
    return [_units(statement, code, statement.ledger.units) for code in codes]


def _units(statement: Statement, code: str, units: np.ndarray) -> int:
    return int(units[statement.feature_codes == statement.codes.index(code)].sum())


def invoices_changed(difference: Difference) -> pa.Table:
    """Invoices that only one side has, in order of time: side (before or after), issued_at, kind, period_start, period_end, total.

    Purchases have no period: one that is made at the same moment for the same price is the same, however the period goes on.
    """
    before, after = _invoices(difference.before), _invoices(difference.after)
    rows = [
        *[("before", *key) for key in (before - after).elements()],
        *[("after", *key) for key in (after - before).elements()],
    ]
    rows.sort(key=lambda row: (row[1], row[0] == "after"))
    schema = pa.schema(
        {
            "side": pa.string(),
            "issued_at": TIME,
            "kind": pa.string(),
            "period_start": TIME,
            "period_end": TIME,
            "total": amount_type(difference.after.currency),
        }
    )
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def _invoices(statement: Statement) -> Counter[tuple[datetime, str, datetime | None, datetime | None, Decimal]]:
    return Counter((row["issued_at"], row["kind"], *_period(row), row["total"]) for row in statement.invoices.to_pylist())


def _period(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    return (None, None) if row["kind"] in ("credit_purchase", "balance_topup") else (row["period_start"], row["period_end"])
