"""Typical requests to AI models: what many of them cost the vendor and bring in, and quotes of features that they price."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.model_prices import Model, PriceBook, Prices
from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICRO_DECIMALS, decimal_places, parse_decimal
from commet_core.rating.token_costs import request_cost, request_price
from commet_core.reports.quote.typed import number_text
from commet_core.usage.tokens import NO_MODEL, EventTokens
from commet_core.usage.usage import Usage

STARTING_REQUEST: Final = EventTokens("anthropic/claude-sonnet-4-5", 1000, 500)
"""A request to begin with where no usage says what is typical."""

TOKENS_MAX: Final = 1_000_000_000
MARGIN_PERCENT_MAX: Final = 1_000_000


class Worth(NamedTuple):
    """What so many equal requests cost the vendor, what customers are charged for them, and the difference; exact."""

    cost: Decimal
    price: Decimal
    earned: Decimal


def worth(book: PriceBook, request: EventTokens, margin: Decimal, count: int = 1) -> Worth:
    """What `count` requests cost and bring in with a margin (0.2: 20 %), at the model's latest prices (billing-rules 11.2).

    Raises InputError where the model has no price in the book's currency.
    """
    cost = request_cost(request_prices(_priced(book, request.model), request), request)
    price = request_price(cost, margin)
    return Worth(cost * count, price * count, (price - cost) * count)


def request_prices(model: Model, request: EventTokens) -> Prices:
    """The latest prices for a request of this length, outside hours with prices of their own."""
    holding = [term for term in model.terms if term.hours is None and request.input > term.above_input]
    return holding[-1].prices


def _priced(book: PriceBook, name: str) -> Model:
    model = book.find(name)
    if model is None:
        raise InputError.of("model", f"no price is known for {name!r}", "Choose another model, or give it prices of your own")
    if not book.priced(model):
        what = f"the price of {name!r} is known in US dollars only, and your plans are in {book.currency.upper()}"
        raise InputError.of("model", what, f"Give the model prices of your own in {book.currency.upper()}")
    return model


def read_request(model: str, typed: Mapping[str, str]) -> EventTokens:
    """A request from tokens as somebody typed them: `input`, `output`, `cache_read`, `cache_write`; an empty text is none.

    Raises InputError with a problem per field, whose name is the problem's place.
    """
    tokens, problems = {}, []
    for key in ("input", "output", "cache_read", "cache_write"):
        try:
            tokens[key] = _token_count(typed.get(key, ""))
        except ValueError as error:
            problems.append(Problem(key, str(error), f"Give a whole number from 0 to {TOKENS_MAX:,}"))
    if not problems and tokens["cache_read"] + tokens["cache_write"] > tokens["input"]:
        what = "the cache has more tokens than the input, of which they are a part"
        problems.append(Problem("cache_read", what, f"Give at most {tokens['input']:,}"))
    if problems:
        raise InputError(problems)
    return EventTokens(model, **tokens)


def read_margin(typed: str) -> Decimal:
    """A margin (0.2) from a percentage as somebody typed it (20, 20 %). Raises InputError where it is none."""
    fix = "Give a percentage of 0 or more, with at most 4 decimals"
    try:
        percent = parse_decimal(number_text(typed.replace("%", "")) or "0")
    except ValueError as error:
        raise InputError.of("margin", str(error), fix) from None
    if percent < 0 or percent > MARGIN_PERCENT_MAX or decimal_places(percent) > MICRO_DECIMALS - 2:
        raise InputError.of("margin", f"{percent} % cannot be a margin", fix)
    return percent / 100


def _token_count(typed: str) -> int:
    number = parse_decimal(number_text(typed) or "0")
    if number != number.to_integral_value():
        raise ValueError(f"{typed.strip()} is not a whole number")
    if not 0 <= number <= TOKENS_MAX:
        raise ValueError("the number is negative" if number < 0 else "the number is too large")
    return int(number)


def typical_requests(usage: Usage) -> dict[str, EventTokens]:
    """Of every feature with tokens, the median request to the model that it uses most: each kind of token by itself.

    Where those of the cache are then more than the input, of which they are a part, fewer are written to it.
    """
    if usage.tokens is None:
        return {}
    found = {}
    for index, feature in enumerate(usage.features):
        events = np.flatnonzero((usage.feature_indexes == index) & (usage.tokens.model_indexes != NO_MODEL))
        if not len(events):
            continue
        models = usage.tokens.model_indexes[events]
        most_used = int(np.bincount(models).argmax())
        chosen = events[models == most_used]
        *kinds, requests = (column[chosen] for column in usage.tokens[2:])
        whole, output, read, write = (_median(column // np.maximum(requests, 1)) for column in kinds)
        model = usage.tokens.models[most_used].as_py()
        found[feature] = EventTokens(model, whole, output, read, min(write, whole - read))
    return found


def _median(tokens: np.ndarray) -> int:
    """The lower of the middle two where there is no middle one."""
    middle = (len(tokens) - 1) // 2
    return int(np.partition(tokens, middle)[middle])


def priced_by_request(catalog: Catalog, requests: Mapping[str, EventTokens]) -> Catalog:
    """The catalog with the price of a typical request in place of each price that follows an AI model.

    So many equal requests cost exactly so many times one. requests: of every feature of `features_by_tokens`.
    Raises InputError where a model has no price; the problem's place is the feature.
    """
    book, problems = PriceBook.of(catalog), []
    for feature in sorted(catalog.features_by_tokens()):
        try:
            _priced(book, requests[feature].model)
        except InputError as error:
            problems += [Problem(feature, problem.what, problem.fix) for problem in error.problems]
    if problems:
        raise InputError(problems)
    plans = {code: _with_unit_prices(plan, book, requests) for code, plan in catalog.plans.items()}
    return catalog.model_copy(update={"plans": plans})


def _with_unit_prices(plan: Plan, book: PriceBook, requests: Mapping[str, EventTokens]) -> Plan:
    priced = {
        feature: terms.model_copy(
            update={"pricing": None, "margin": None, "unit_price": worth(book, requests[feature], terms.margin_share).price}
        )
        for feature, terms in plan.features.items()
        if terms.by_tokens
    }
    return plan.model_copy(update={"features": {**plan.features, **priced}}) if priced else plan
