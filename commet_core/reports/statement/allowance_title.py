"""What the chart of a customer's allowance shows, in a sentence made of its figures."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.money import MICRO_DECIMALS, decimal_of
from commet_core.foundation.wording import quantity
from commet_core.rating.admission import ALLOWANCE_EXHAUSTED
from commet_core.rating.metered_rates import MeteredRates
from commet_core.reports.statement.statement import Statement
from commet_core.reports.statement.words import feature_name, feature_of
from commet_core.timeline.treatments import UNLIMITED


def used_title(statement: Statement, feature: str) -> str:
    """Metered, one feature: `Image: beyond what is included in 5 of 6 periods`; its highest period where it is not."""
    name, index = feature_name(statement, feature), statement.run.usage.features.index(feature)
    own = statement.features == index
    if beyond := _periods(statement, own & (statement.moves.overage > 0)):
        return f"{name}: beyond what is included {beyond}"
    if refused := _refused(statement, own):
        return f"{name}: used up {refused}, then refused"
    most = int(statement.moves.used[own].max(initial=0))
    peak = f"at most {quantity(decimal_of(most, MICRO_DECIMALS), feature_of(statement, feature).unit)} a period"
    assert isinstance(statement.run.rates, MeteredRates)
    unlimited = bool((statement.run.rates.kinds[statement.event_stages[own], index] == UNLIMITED).all())
    return f"{name}: {peak}" if unlimited else f"{name}: within what is included, {peak}"


def credits_title(statement: Statement) -> str:
    """Credits: `Packs are bought in 2 of 6 periods`; that they run out, where usage is refused for it."""
    if refused := _refused(statement):
        return f"Credits run out {refused}, and usage is refused"
    if bought := _periods(statement, statement.moves.bought > 0):
        return f"Packs are bought {bought}"
    return f"Credits are enough {_in(_count(statement), _count(statement))}"


def balance_title(statement: Statement) -> str:
    """Balance: `The balance goes below zero in 5 of 6 periods`; that it is used up or topped up, where it stops."""
    if beyond := _periods(statement, statement.moves.overage > 0):
        return f"The balance goes below zero {beyond}"
    if refused := _refused(statement):
        return f"The balance runs out {refused}, and usage is refused"
    if bought := _periods(statement, statement.moves.bought > 0):
        return f"The balance is topped up {bought}"
    return f"The balance is enough {_in(_count(statement), _count(statement))}"


def _refused(statement: Statement, among: np.ndarray | bool = True) -> str:
    """In how many periods what was left was not enough; '' in none."""
    return _periods(statement, (statement.ledger.reasons == ALLOWANCE_EXHAUSTED) & among)


def _periods(statement: Statement, events: np.ndarray) -> str:
    """In how many periods such events are; '' in none. events: bool, one per event."""
    found = len(np.unique(statement.event_segments[events]))
    return _in(found, _count(statement)) if found else ""


def _count(statement: Statement) -> int:
    """The customer's periods in the window."""
    return sum(statement.run.stages[stage].has_periods for stage in statement.segment_stages.tolist())


def _in(found: int, periods: int) -> str:
    return "in every period" if found >= periods else f"in {found:,} of {periods:,} periods"
