"""Reasons: sentences on how a statement came about, and what of it they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from commet_core.foundation.money import MICRO_DECIMALS, decimal_of
from commet_core.reports.statement import Statement
from commet_core.timeline.stages import Stage


@dataclass(frozen=True)
class Reason:
    """A sentence on how a statement came about, and the rule of billing-rules that it rests on."""

    sentence: str
    rule: str


def stages_of(statement: Statement) -> list[Stage]:
    """What the customer is on in the window, each once, in order of time."""
    return [statement.run.stages[stage] for stage in dict.fromkeys(statement.segment_stages.tolist())]


def kinds_met(statement: Statement) -> set[int]:
    """How features that the customer used are treated by the stages on which it used them."""
    kinds: list[int] = statement.run.rates.kinds[statement.event_stages, statement.features].tolist()
    return set(kinds)


def refused_count(statement: Statement, reason: int) -> int:
    """How many of the customer's events were refused for a reason, given by its place in `admission.REASONS`."""
    return int(np.count_nonzero(statement.ledger.reasons == reason))


def units_of(micros: int) -> Decimal:
    """Units or credits, of micros."""
    return decimal_of(micros, MICRO_DECIMALS)
