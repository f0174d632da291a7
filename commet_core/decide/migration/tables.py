"""The tables of a migration (interfaces.md), and its plan as subscription rows that `replay` reads (decisions.md 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from commet_core.decide.migration.bills import Bill
from commet_core.decide.migration.ground import Ground
from commet_core.decide.migration.migrating import Migration
from commet_core.decide.migration.outcomes import Costs, Outcome
from commet_core.foundation.arrow import PRICE_TYPE, TIME, amount_type
from commet_core.foundation.calendar import moment
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, minor_decimals
from commet_core.scenario.subscriptions import COLUMNS
from commet_core.scenario.subscriptions.files import NOTES

COST_COLUMNS: Final = tuple(f"cost_{name}" for name in Costs._fields)


def migration_table(made: Migration) -> pa.Table:
    """A row for each strategy and month of the window.

    revenue: billed, capped bills as they are charged; revenue_staying: if nobody moved. moved, above_rise: customers who move in the
    month. cost: all that the strategy gives up, by its parts in the columns after it.
    """
    rows = [row for outcome in made.outcomes for row in _months(outcome)]
    kinds = dict.fromkeys(("revenue", "revenue_staying"), amount_type(made.currency))
    kinds |= dict.fromkeys(("cost", *COST_COLUMNS, "earned", "earned_staying"), PRICE_TYPE)
    return table_of_rows(
        rows, {"strategy": pa.string(), "month": pa.date32(), "moved": pa.int64(), "above_rise": pa.int64()} | kinds
    )


def _months(outcome: Outcome) -> Iterable[dict[str, Any]]:
    ground = outcome.ground
    sums = {
        name: outcome.by_month(days)
        for name, days in (
            ("revenue", outcome.billed),
            ("revenue_staying", ground.billed),
            ("cost", outcome.costs.total),
            *zip(COST_COLUMNS, outcome.costs, strict=True),
            ("earned", outcome.earned),
            ("earned_staying", ground.earned),
        )
    }
    for month in sums["revenue"]:
        amounts = {name: nano(by_month[month]) for name, by_month in sums.items()}
        moved, above = (outcome.moved_in(month, customers) for customers in (outcome.moved, outcome.above))
        head = {"strategy": outcome.strategy.text, "month": month}
        first = {name: amounts.pop(name) for name in ("revenue", "revenue_staying")}
        yield {**head, **first, "moved": moved, "above_rise": above, **amounts}


def strategies_table(made: Migration) -> pa.Table:
    """A row for each strategy: the whole window. payback: the first day from which it has brought in more ever since; null: none."""
    rows = []
    for outcome in made.outcomes:
        ground = outcome.ground
        rows.append(
            {
                "strategy": outcome.strategy.text,
                "revenue": nano(sum(outcome.billed)),
                "revenue_staying": nano(sum(ground.billed)),
                "earned": nano(sum(outcome.earned)),
                "earned_staying": nano(sum(ground.earned)),
                "moved": len(outcome.moved),
                "above_rise": len(outcome.above),
                "cost": nano(sum(outcome.costs.total)),
                **{name: nano(sum(days)) for name, days in zip(COST_COLUMNS, outcome.costs, strict=True)},
                "credits_honoured": minor(ground, outcome.left.total("honoured")),
                "balance_unused": minor(ground, outcome.left.total("included")),
                "payback": outcome.payback,
                "cannot_move": len(outcome.stuck),
            }
        )
    kinds = dict.fromkeys(("revenue", "revenue_staying", "credits_honoured", "balance_unused"), amount_type(made.currency))
    kinds |= dict.fromkeys(("earned", "earned_staying", "cost", *COST_COLUMNS), PRICE_TYPE)
    kinds |= {"strategy": pa.string(), "payback": pa.date32()} | dict.fromkeys(
        ("moved", "above_rise", "cannot_move"), pa.int64()
    )
    return table_of_rows(rows, kinds)


def moves_table(made: Migration) -> pa.Table:
    """A row for each strategy and customer who moves, beyond the window too: bills a month, over the last three whole periods before."""
    rows = []
    for outcome in made.outcomes:
        for customer, move in sorted(outcome.moves.items(), key=lambda each: (each[1].at, each[0])):
            rows.append(
                {
                    "strategy": outcome.strategy.text,
                    "customer_id": customer,
                    "at": moment(move.at),
                    **_bills(outcome.ground, customer),
                    "from": made.old.name,
                    "to": made.new.name,
                }
            )
    kinds = {name: pa.string() for name in ("strategy", "customer_id", "from", "to")} | {"at": TIME}
    return table_of_rows(rows, kinds | dict.fromkeys(("bill_before", "bill_after"), amount_type(made.currency)))


def customers_table(made: Migration) -> pa.Table:
    """A row for each strategy and customer: what it is billed in the window, and would be if it stayed."""
    staying = dict(zip(made.ground.ids, made.ground.old.customer_billed.tolist(), strict=True))
    rows = [
        {
            "strategy": outcome.strategy.text,
            "customer_id": customer,
            "billed": minor(made.ground, outcome.billed_minor.get(customer, 0)),
            "billed_staying": minor(made.ground, billed),
        }
        for outcome in made.outcomes
        for customer, billed in staying.items()
    ]
    kinds = {"strategy": pa.string(), "customer_id": pa.string()}
    return table_of_rows(rows, kinds | dict.fromkeys(("billed", "billed_staying"), amount_type(made.currency)))


def talk_table(made: Migration) -> pa.Table:
    """Customers to talk to first: whose bill rises, the largest rise first."""
    ground = made.ground
    rows = [
        {
            "rank": rank,
            "customer_id": ground.ids[place],
            **_bills(ground, ground.ids[place]),
            "rise": minor(ground, ground.rises(place) or 0),
            "above_rise": ground.above(place),
        }
        for rank, place in enumerate(made.first_to_talk_to, start=1)
    ]
    kinds = {"rank": pa.int64(), "customer_id": pa.string(), "above_rise": pa.bool_()}
    return table_of_rows(rows, kinds | dict.fromkeys(("bill_before", "bill_after", "rise"), amount_type(made.currency)))


def plan_table(outcome: Outcome) -> pa.Table:
    """The subscriptions of a strategy as a file that `replay` reads: rows of everybody, and beside each move what it means.

    Columns of the notes (from, to, bill_before, bill_after) are for people; a replay does not read them.
    """
    ground, ways = outcome.ground, outcome.ground.ways
    moved = {customer: ways.day(move.at) for customer, move in outcome.moves.items()}
    rows = []
    for row in outcome.rows:
        cells: dict[str, Any] = {column: str(getattr(row, column)) for column in COLUMNS}
        of_move = row.customer_id in moved and (row.action, row.at) in _marks(outcome, row.customer_id)
        notes = {"from": ways.old.name, "to": ways.new.name} if of_move else {"from": "", "to": ""}
        bills = _bills(ground, row.customer_id) if of_move else {"bill_before": None, "bill_after": None}
        rows.append(cells | notes | {name: "" if amount is None else f"{amount:f}" for name, amount in bills.items()})
    return table_of_rows(rows, dict.fromkeys((*COLUMNS, *NOTES), pa.string()))


def _marks(outcome: Outcome, customer: str) -> set[tuple[str, str]]:
    """The rows that a customer's move is, by action and date."""
    return {(row.action, row.at) for row in outcome.ground.ways.move_rows(customer, outcome.moves[customer])}


def _bills(ground: Ground, customer: str) -> dict[str, Decimal | None]:
    place = ground.places[customer]
    amount: Callable[[Bill | None], Decimal | None] = lambda bill: None if bill is None else minor(ground, bill.minor)  # noqa: E731
    return {"bill_before": amount(ground.before[place]), "bill_after": amount(ground.after[place])}


def nano(amount: int) -> Decimal:
    return decimal_of(amount, NANO_DECIMALS)


def minor(ground: Ground, amount: int) -> Decimal:
    return decimal_of(amount, minor_decimals(ground.currency))


def table_of_rows(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Columns in the order of the rows; of no rows in that of the kinds."""
    names = list(rows[0]) if rows else list(kinds)
    return pa.table({name: pa.array([row[name] for row in rows], kinds[name]) for name in names})


TABLES: Final[Mapping[str, Callable[[Migration], pa.Table]]] = {
    "migration": migration_table,
    "moves": moves_table,
    "strategies": strategies_table,
    "talk_to_first": talk_table,
    "billed": customers_table,
}
