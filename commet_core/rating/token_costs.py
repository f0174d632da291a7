"""What the tokens of every event cost at the prices of their model: the subtotal of billing-rules 11.2, without a margin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.model_prices import Model, PriceBook, Prices, PriceTerm
from commet_core.foundation.compiled import compiled, read_only
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import NANO_DECIMALS, NANOS, decimal_of, micros, nanos
from commet_core.foundation.rounding import part_half_up, times_up
from commet_core.usage.tokens import UNKNOWN_REQUESTS, EventTokens
from commet_core.usage.usage import TOTAL_MAX, Usage

COST_STEP: Final = 100_000
"""Nanos: what tokens cost, and a margin on it, is rounded up to a hundredth of a cent (billing-rules 11.2)."""

NO_COST: Final = -1
"""In place of the cost of an event that has no tokens, or whose model has no price."""

FROM_THE_BEGINNING: Final = np.iinfo(np.int64).min
DAY: Final = 86_400_000_000


class TokenCosts(NamedTuple):
    """What events cost the vendor at the models' prices.

    subtotals      int64 nanos, one per event; NO_COST where it has no tokens or its model no price
    customer_most  nanos, a float: the most that the events of one customer cost
    unpriced       for every model of the usage's tokens: why it has no price, empty where it has one
    """

    subtotals: np.ndarray
    customer_most: float
    unpriced: tuple[str, ...]


class _Terms(NamedTuple):
    """What `PriceTerm` says, as arrays: those of model m are from offsets[m] to before offsets[m + 1].

    since         int64 microseconds
    above_inputs  int64 tokens
    opens, closes int64 microseconds of the day; closes ≤ opens: over midnight
    prices        int64 nanos per million tokens, four a row: input, output, cache read, cache write
    """

    offsets: np.ndarray
    since: np.ndarray
    above_inputs: np.ndarray
    opens: np.ndarray
    closes: np.ndarray
    prices: np.ndarray


def token_costs(usage: Usage, book: PriceBook) -> TokenCosts:
    """The cost of every event's tokens.

    Raises InputError where those of one customer cost more than 64 bits hold (billing-rules 1.4).
    """
    if usage.tokens is None:
        return TokenCosts(read_only(np.full(usage.event_count, NO_COST, np.int64)), 0.0, ())
    models = [book.find(name) for name in usage.tokens.models.to_pylist()]
    priced = tuple(model.terms if model is not None and book.priced(model) else () for model in models)
    unpriced = tuple(_why_unpriced(model, book) for model in models)
    return usage.derived(("token costs", priced, unpriced), lambda: _costs(usage, priced, unpriced))


def request_cost(prices: Prices, tokens: EventTokens) -> Decimal:
    """What one request costs the vendor (the subtotal of billing-rules 11.2)."""
    row = tuple(nanos(price) for price in prices)
    return decimal_of(_subtotal(tokens.input, tokens.output, tokens.cache_read, tokens.cache_write, 1, *row), NANO_DECIMALS)


def request_price(cost: Decimal, margin: Decimal) -> Decimal:
    """What a request that costs so much is charged for with a margin (the total of billing-rules 11.2)."""
    return decimal_of(with_margin(nanos(cost), micros(margin)), NANO_DECIMALS)


@compiled
def with_margin(subtotal, margin):  # type: ignore[no-untyped-def]
    """The total of billing-rules 11.2: the margin (int64 millionths) is rounded up by itself."""
    return subtotal + _rounded_up(times_up(subtotal, margin))


@compiled
def request_charge(subtotal, margin, exchange):  # type: ignore[no-untyped-def]
    """The total of billing-rules 11.2, which is in the currency of the prices, in the customer's: half up (15.6).

    exchange: int64 nanos of the customer's currency for 1 of the other.
    """
    total = with_margin(subtotal, margin)
    return total if exchange == NANOS else _exchanged(total, exchange)


@compiled
def exchanged(amounts, exchange):  # type: ignore[no-untyped-def]
    """int64 nanos in another currency, each half up (15.6). amounts: int64 nanos ≥ 0; exchange: int64 nanos of it for 1."""
    found = np.empty(len(amounts), np.int64)
    for row in range(len(amounts)):
        found[row] = _exchanged(amounts[row], exchange)
    return found


@compiled
def _exchanged(amount, exchange):  # type: ignore[no-untyped-def]
    whole = exchange // NANOS
    return amount * whole + part_half_up(amount, exchange - whole * NANOS, NANOS)


def _why_unpriced(model: Model | None, book: PriceBook) -> str:
    if model is None:
        return "neither the catalog nor the public list has a price for it"
    if not book.priced(model):
        return f"its price is known in US dollars only, and the catalog is in {book.currency.upper()}"
    return ""


def _costs(usage: Usage, priced: Sequence[tuple[PriceTerm, ...]], unpriced: tuple[str, ...]) -> TokenCosts:
    assert usage.tokens is not None
    subtotals = np.empty(usage.event_count, np.int64)
    columns = [read_only(column) for column in usage.tokens[1:]]
    customer, most = _fill_subtotals(usage.offsets, usage.times, *columns, _as_arrays(priced), subtotals)
    if most >= TOTAL_MAX / 2:
        name = usage.customers[customer].as_py()
        what = f"what customer {name!r} used of AI models costs more than can be held"
        raise InputError.of("tokens", what, "Check the token columns, and `models:` of the catalog: prices are per million")
    return TokenCosts(read_only(subtotals), most, unpriced)


def _as_arrays(priced: Sequence[tuple[PriceTerm, ...]]) -> _Terms:
    terms = [term for own in priced for term in own]
    hours = [_hours(term.hours) for term in terms]
    return _Terms(
        np.concatenate([[0], np.cumsum([len(own) for own in priced])]).astype(np.int64),
        np.array([_moment(term.since) for term in terms], np.int64),
        np.array([term.above_input for term in terms], np.int64),
        np.array([opens for opens, _ in hours], np.int64),
        np.array([closes for _, closes in hours], np.int64),
        np.array([[nanos(price) for price in term.prices] for term in terms], np.int64).reshape(-1, 4),
    )


def _moment(day: date | None) -> int:
    if day is None:
        return int(FROM_THE_BEGINNING)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def _hours(hours: tuple[time, time] | None) -> tuple[int, int]:
    if hours is None:
        return 0, DAY
    opens, closes = (((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond for at in hours)
    return opens, closes


@compiled
def _rounded_up(nanos):  # type: ignore[no-untyped-def]
    return (nanos + COST_STEP - 1) // COST_STEP * COST_STEP


@compiled
def _subtotal(  # type: ignore[no-untyped-def]
    input_tokens, output_tokens, cache_read, cache_write, requests, input_price, output_price, read_price, write_price
):
    """Every component is rounded up by itself; input counts the tokens that the cache had no part in.

    requests: rated as so many equal ones (billing-rules 11.4), each rounded up.
    """
    fresh = input_tokens - cache_read - cache_write
    cost = _component(fresh, input_price, requests) + _component(output_tokens, output_price, requests)
    return cost + _component(cache_read, read_price, requests) + _component(cache_write, write_price, requests)


@compiled
def _component(tokens, price, requests):  # type: ignore[no-untyped-def]
    cost = times_up(tokens, price)
    if requests <= 1:
        return _rounded_up(cost)
    return _rounded_up((cost + requests - 1) // requests) * requests


@compiled
def _term_of(terms: _Terms, model, at, input_tokens, requests):  # type: ignore[no-untyped-def]
    """The last term that holds for a request; -1 where the model has none.

    Of several equal requests that which holds for each of them; of an unknown number the base tier (billing-rules 11.4).
    """
    for row in range(terms.offsets[model + 1] - 1, terms.offsets[model] - 1, -1):
        above = terms.above_inputs[row]
        holds = above < 0 if requests == UNKNOWN_REQUESTS else (input_tokens + requests - 1) // requests > above
        if at >= terms.since[row] and holds:
            time_of_day = at % DAY
            opens, closes = terms.opens[row], terms.closes[row]
            if opens < closes:
                if opens <= time_of_day < closes:
                    return row
            elif time_of_day >= opens or time_of_day < closes:
                return row
    return -1


@compiled
def _fill_subtotals(  # type: ignore[no-untyped-def]
    offsets, times, models, inputs, outputs, cache_reads, cache_writes, requests, terms: _Terms, subtotals
):
    """Fills the subtotals; returns the customer whose events cost most and that cost, as a float that cannot overflow."""
    worst, worst_total = 0, 0.0
    for customer in range(len(offsets) - 1):
        total = 0.0
        for event in range(offsets[customer], offsets[customer + 1]):
            row = -1
            if models[event] >= 0:
                row = _term_of(terms, models[event], times[event], inputs[event], requests[event])
            if row < 0:
                subtotals[event] = NO_COST
                continue
            prices = terms.prices[row]
            tokens = (inputs[event], outputs[event], cache_reads[event], cache_writes[event], requests[event])
            subtotals[event] = _subtotal(*tokens, prices[0], prices[1], prices[2], prices[3])
            fresh = float(tokens[0]) - tokens[2] - tokens[3]
            total += 4.0 * COST_STEP * max(1, requests[event]) + fresh * prices[0] / 1e6 + float(tokens[1]) * prices[1] / 1e6
            total += float(tokens[2]) * prices[2] / 1e6 + float(tokens[3]) * prices[3] / 1e6
        if total > worst_total:
            worst, worst_total = customer, total
    return worst, worst_total
