"""A customer's ledger as a table: one row per event, with what it cost, what it was taken from and what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.arrow import PRICE_TYPE, TIME, UNIT_TYPE, decimals
from commet_core.rating.admission import REASONS, SERVED
from commet_core.rating.balance_kernel import BalanceRates
from commet_core.reports.statement.statement import Statement
from commet_core.timeline.treatments import LIMITED, PRICED
from commet_core.usage.tokens import NO_MODEL

OUTCOMES = ("served", "served in part", "refused")


def ledger_rows(
    statement: Statement, *, refused_only: bool = False, feature: str | None = None, period: int | None = None
) -> np.ndarray:
    """Which events to show, as places in the customer's own order: refused in whole or part, of a feature, of a period."""
    chosen = np.ones(statement.event_count, bool)
    if refused_only:
        chosen &= statement.ledger.reasons != SERVED
    if feature is not None:
        chosen &= statement.feature_codes == statement.codes.index(feature)
    if period is not None:
        chosen &= statement.event_segments == period
    return np.flatnonzero(chosen)


def ledger_table(statement: Statement, rows: np.ndarray) -> pa.Table:
    """The ledger: one row per event chosen by `rows`, in order of time, with exact decimals.

    Columns for every model: candidate, customer_id, event (from 1), time, period (from 1), feature, value, outcome, reason,
    served; where some event has tokens, those of AI models, see `_token_columns`; then the consumption model's own, see
    `_metered_columns`, `_credits_columns` and `_balance_columns`.
    """
    ledger, count = statement.ledger, len(rows)
    reasons = ledger.reasons[rows]
    columns: dict[str, pa.Array] = {
        "candidate": _named(np.zeros(count, np.int32), (statement.run.candidate.name,)),
        "customer_id": _named(np.zeros(count, np.int32), (statement.customer_id,)),
        "event": pa.array(rows + 1),
        "time": pa.array(statement.times[rows]).cast(TIME),
        "period": pa.array(statement.event_segments[rows] + 1),
        "feature": _named(statement.feature_codes[rows], statement.codes),
        "value": decimals(statement.values[rows], UNIT_TYPE),
        "outcome": _named(_outcomes(statement)[rows], OUTCOMES),
        "reason": _named(reasons, REASONS, absent=reasons == SERVED),
        "served": decimals(ledger.units[rows], UNIT_TYPE),
        **_token_columns(statement, rows),
    }
    of_model = _COLUMNS.get(statement.run.model.name)
    return pa.table(columns if of_model is None else columns | of_model(statement, rows))


def _token_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """The AI model of each request and its tokens, null where it has none; no columns where no event of the customer has any."""
    tokens = statement.run.usage.tokens
    if tokens is None or (tokens.model_indexes[statement.events] == NO_MODEL).all():
        return {}
    chosen = type(tokens)(tokens.models, *(column[statement.events][rows] for column in tokens[1:]))
    without = chosen.model_indexes == NO_MODEL
    counts = {
        "input_tokens": chosen.input,
        "output_tokens": chosen.output,
        "cache_read_tokens": chosen.cache_read,
        "cache_write_tokens": chosen.cache_write,
    }
    models = _named(chosen.model_indexes, tuple(chosen.models.to_pylist()), absent=without)
    return {"model": models} | {name: pa.array(column, mask=without) for name, column in counts.items()}


def ledger_columns_unused(statement: Statement) -> set[str]:
    """Columns of the ledger that the plan, or the assumption about customers, leaves empty or at nothing in every row."""
    run = statement.run
    unused = {"served"} if statement.replayed.scenario.rows == "event" else set()  # served whole or not at all (3.2)
    tokens = run.usage.tokens
    if tokens is not None:
        cached = {"cache_read_tokens": tokens.cache_read, "cache_write_tokens": tokens.cache_write}
        unused |= {name for name, column in cached.items() if not column[statement.events].any()}
    of_model = _UNUSED.get(run.model.name)
    return unused if of_model is None else unused | of_model(statement)


def _metered_unused(statement: Statement) -> set[str]:
    return set() if PRICED in statement.run.rates.kinds else {"overage_units", "overage_cost"}


def _credits_unused(statement: Statement) -> set[str]:
    if statement.run.candidate.purchases.pack != "none":
        return set()
    stock = {"from_purchased_credits", "purchased_credits_left"} if not statement.acted else set()
    return {"credits_bought"} | stock


def _balance_unused(statement: Statement) -> set[str]:
    rates, top_up = statement.run.rates, statement.run.candidate.top_up
    assert isinstance(rates, BalanceRates)
    return ({"overage_cost"} if rates.blocks.all() else set()) | ({"topped_up"} if top_up is None else set())


def _outcomes(statement: Statement) -> np.ndarray:
    """int, one per event: index into OUTCOMES."""
    ledger = statement.ledger
    return np.where(ledger.reasons == SERVED, 0, np.where(ledger.units > 0, 1, 2))


def _metered_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """Units of the event's feature: used in the period, included units left, beyond what is included, and their price."""
    moves, kinds = statement.moves, statement.run.rates.kinds[statement.event_stages[rows], statement.features[rows]]
    counted = (kinds == PRICED) | (kinds == LIMITED)
    return {
        "used_in_period": decimals(moves.used[rows], UNIT_TYPE),
        "included_left": _decimals_where(counted, statement.ledger.left[rows], UNIT_TYPE),
        "overage_units": _decimals_where(kinds == PRICED, moves.overage[rows], UNIT_TYPE),
        "overage_cost": _decimals_where(kinds == PRICED, moves.overage_cost[rows], PRICE_TYPE),
    }


def _credits_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """Credits: what the event cost and from which stock, what was bought for it, what is left after it."""
    moves, ledger = statement.moves, statement.ledger
    stocks = {
        "credits": ledger.charged,
        "from_plan_credits": moves.from_plan,
        "from_purchased_credits": moves.from_purchased,
        "credits_bought": moves.bought,
        "plan_credits_left": ledger.left,
        "purchased_credits_left": ledger.purchased,
    }
    return {name: decimals(stock[rows], UNIT_TYPE) for name, stock in stocks.items()}


def _balance_columns(statement: Statement, rows: np.ndarray) -> dict[str, pa.Array]:
    """Money: what the event cost, the part of it below zero, what was topped up for it, the balance after it."""
    moves, ledger = statement.moves, statement.ledger
    stocks = {
        "cost": ledger.charged,
        "overage_cost": moves.overage,
        "topped_up": moves.bought,
        "balance_left": ledger.left,
    }
    return {name: decimals(stock[rows], PRICE_TYPE) for name, stock in stocks.items()}


def _decimals_where(present: np.ndarray, digits: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pc.if_else(pa.array(present), decimals(digits, kind), pa.scalar(None, kind))


def _named(codes: np.ndarray, names: tuple[str, ...], absent: np.ndarray | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=absent), pa.array(names, pa.string()))


_COLUMNS: Final[Mapping[str, Callable[[Statement, np.ndarray], dict[str, pa.Array]]]] = {
    "metered": _metered_columns,
    "credits": _credits_columns,
    "balance": _balance_columns,
}

_UNUSED: Final[Mapping[str, Callable[[Statement], set[str]]]] = {
    "metered": _metered_unused,
    "credits": _credits_unused,
    "balance": _balance_unused,
}
