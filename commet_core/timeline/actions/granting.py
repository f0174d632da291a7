"""What a customer is granted: a higher plan for a while, and money off its invoices (billing-rules 8.8, 8.9)."""

from __future__ import annotations

from commet_core.foundation.money import minor_nanos
from commet_core.scenario.subscriptions import Action
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.lending import end_lending, lend, problem_of, until_cycles
from commet_core.timeline.life import NEVER, CustomerCredit, Life


def grant(life: Life, action: Action) -> None:
    """Lends a higher plan until a moment, for so many cycles, or until `end_grant` (billing-rules 8.8)."""
    if problem := problem_of(life, action.plan):
        raise Impossible(*problem)
    until = NEVER if action.until is None else action.until
    if action.cycles is not None:
        until = until_cycles(life, action.at, action.cycles)
    lend(life, action.plan, action.at, until)


def end_grant(life: Life, action: Action) -> None:
    if life.lent is None:
        raise Impossible("action", "no plan is granted then", "Remove the row")
    end_lending(life, action.at)


def customer_credit(life: Life, action: Action) -> None:
    """Whatever the subscription's state: it outlives cancellation and reactivation (billing-rules 8.9)."""
    minor = minor_nanos(life.catalog.currency)
    if action.amount % minor:
        raise Impossible("amount", "is no whole number of the currency's smallest unit", "Round the amount")
    until = NEVER if action.until is None else action.until
    life.credits.append(CustomerCredit(action.at, len(life.phases) - 1, action.amount // minor, until))
    life.bought += action.amount
