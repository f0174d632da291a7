"""How rollover, expiry, commitments, spend caps and corrections made a statement what it is (billing-rules 15)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, format_amount, minor_decimals, plain
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.wording import counted, counted_were, quantity
from commet_core.rating.beyond import SPEND_CAP
from commet_core.rating.stocks import UNIT_DECIMALS, StockFlows
from commet_core.reports.statement import Statement


def beyond_sentences(statement: Statement) -> Iterator[tuple[str, str]]:
    """Sentences, each with its rule; none of a rule that did nothing here."""
    segments, run = statement.segments, statement.run
    for stock in run.flows:
        rolled = exact_sum(np.broadcast_to(stock.rolled_out, run.timeline.segment_count)[segments])
        if rolled:
            amount = _amount(statement, stock, rolled)
            yield (
                f"What was left over at resets went into the next period: {amount} in all, used before that period's own.",
                "15.2",
            )
        expired = exact_sum(np.broadcast_to(stock.expired, run.timeline.segment_count)[segments])
        if expired:
            yield f"{_amount(statement, stock, expired)} of packs expired before they were used, and were earned then.", "15.3"
    short = int(run.segment_commitment[segments].sum())
    if short:
        yield f"What was charged was {_money(statement, short)} short of the minimum commitment, which is charged too.", "15.4"
    yield from _of_cap(statement)
    negative = statement.values < 0
    if negative.any():
        asked, offset = int(-statement.values[negative].sum()), int(-statement.ledger.units[negative].sum())
        units = [plain(decimal_of(each, MICRO_DECIMALS)) for each in (asked, offset)]
        rows = counted(int(negative.sum()), "row")
        yield (
            f"{rows} below zero asked to give back {units[0]} units; {units[1]} had been served before in the same period.",
            "15.7",
        )


def _of_cap(statement: Statement) -> Iterator[tuple[str, str]]:
    refused = int(np.count_nonzero(statement.ledger.reasons == SPEND_CAP))
    if refused:
        yield f"{counted_were(refused, 'event')} refused: with them the period would have cost more than the spend cap.", "15.5"
    free = int(statement.run.segment_free[statement.segments].sum())
    if free:
        yield f"What went beyond the spend cap was free; it would have cost {_money(statement, free)}.", "15.5"


def _amount(statement: Statement, stock: StockFlows, amount: int) -> str:
    exact = decimal_of(amount, UNIT_DECIMALS[stock.kind.unit])
    return quantity(exact, "credit") if stock.kind.unit != "money" else format_amount(exact, statement.currency)


def _money(statement: Statement, minor: int) -> str:
    return format_amount(Decimal(minor).scaleb(-minor_decimals(statement.currency)), statement.currency)
