"""The consumption models: the one place that knows how many there are.

A model is a module that says what it is (`model.Model`): its plans, its rates, its kernel, its stocks. What it sells
beside, and whether its allowance resets in a trial, its class of plans says (`catalog.plans`).
"""

from __future__ import annotations

from collections.abc import Iterator

from commet_core.rating.balance import BALANCE
from commet_core.rating.credits import CREDITS
from commet_core.rating.metered import METERED
from commet_core.rating.model import Model
from commet_core.rating.stocks import StockKind

MODELS: dict[str, Model] = {model.name: model for model in (METERED, CREDITS, BALANCE)}


def stock_kinds() -> Iterator[StockKind]:
    for model in MODELS.values():
        yield from model.stocks
