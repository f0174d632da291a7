"""AI token pricing (billing-rules 11)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import decimal, rounded_up
from .events import Tokens

TOKEN_COST_PLACES = 4


class TokenCost(NamedTuple):
    """11.2: what the model costs, and what the vendor adds to it."""

    subtotal: Decimal
    margin: Decimal

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.margin


def prices_of(model: str, *lists: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """11.3: ``provider/model`` as it stands, else ``model`` alone; an earlier list goes before a later one."""
    for listed in lists:
        if model in listed:
            return listed[model]
    for listed in lists:
        for name, prices in listed.items():
            if name.partition("/")[2] == model:
                return prices
    raise KeyError(model)


def component(tokens: int, price_per_million: Any) -> Decimal:
    """11.2: tokens x price per million / 1,000,000, rounded up to $0.0001."""
    return rounded_up((tokens * decimal(price_per_million)).scaleb(-6), TOKEN_COST_PLACES)


def token_cost(tokens: Tokens, prices: Mapping[str, Any], margin: Decimal) -> TokenCost:
    """11.2: input counts the tokens that were neither read from the cache nor written to it."""
    plain_input = tokens.input_tokens - tokens.cache_read_tokens - tokens.cache_write_tokens
    subtotal = (
        component(plain_input, prices["input"])
        + component(tokens.output_tokens, prices["output"])
        + component(tokens.cache_read_tokens, prices.get("cache_read", prices["input"]))
        + component(tokens.cache_write_tokens, prices.get("cache_write", prices["input"]))
    )
    return TokenCost(subtotal, rounded_up(subtotal * margin, TOKEN_COST_PLACES))
