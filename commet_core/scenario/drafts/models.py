"""AI models in a design: margins as people type them, and prices of one's own (billing-rules 11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from commet_core.foundation.money import parse_decimal, plain
from commet_core.scenario.drafts.codes import free_code
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_value

PRICE_KEYS: Final = ("input", "output", "cache_read", "cache_write")
"""What a model has prices for, per million tokens."""


def margin_of_percent(typed: str) -> str:
    """A margin as the document holds it (0.2) from a percentage as it is typed (20); what is none stays as typed."""
    try:
        percent = parse_decimal(typed)
    except ValueError:
        return typed
    return _text(percent / 100) if percent >= 0 else typed


def percent_of_margin(margin: object) -> str:
    """The percentage to show for a margin of the document; what is no margin as it was typed."""
    try:
        share = parse_decimal(margin)
    except ValueError:
        return "" if margin is None else str(margin)
    return _text(share * 100) if share >= 0 else str(margin)


def _text(number: Decimal) -> str:
    return plain(number.normalize()).replace(",", "")


def with_own_prices(design: Design, model: str, prices: dict[str, Decimal]) -> Design:
    """The design with prices of one's own for a model (`provider/model`), per million tokens, keys as `PRICE_KEYS`."""
    return with_value(design, ("models", model), {key: _text(price) for key, price in prices.items()})


def with_new_model(design: Design) -> tuple[Design, str]:
    """The design with one more model that has prices of one's own, and its code: a start, to be corrected."""
    code = free_code("my_model", (each.removeprefix("own/") for each in design.group("models")))
    return with_own_prices(design, f"own/{code}", {"input": Decimal(1), "output": Decimal(4)}), f"own/{code}"
