"""Whether an action is possible for a customer beside those that there are, and which are possible without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.reports.statement.action_form import ASKED
from commet_core.reports.statement.difference import difference, problems_of_actions
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.usage.usage import Usage


@dataclass(frozen=True)
class Refusal:
    """Why an action is impossible under a candidate: in which column of its row, '' where it is the row itself."""

    candidate: str
    column: str
    what: str
    fix: str


def refusals(replayed: Replay, row: SubscriptionRow) -> tuple[Refusal, ...]:
    """Why an action of a customer is impossible beside those of the scenario; empty where it is not.

    What the customer owes is tried too: an amount may be more than can be held.
    """
    scenario = replayed.scenario
    again = any(row.action == kind and not asked.repeats for kind, asked in ASKED.items())
    if again and row in scenario.subscriptions:
        where = row.candidate or "every candidate"
        return (Refusal(where, "", "this is tried already", "Undo it, or choose another day"),)
    tried = replace(replayed, scenario=scenario.model_copy(update={"subscriptions": (*scenario.subscriptions, row)}))
    concerned = [candidate for candidate in scenario.candidates if row.candidate in ("", candidate.name)]
    return tuple(refusal for candidate in concerned for refusal in _under(tried, candidate, row))


def _under(tried: Replay, candidate: Candidate, asked: SubscriptionRow) -> Iterator[Refusal]:
    own = [row for row in tried.scenario.subscriptions if row.customer_id == asked.customer_id]
    rows = [row for row in own if row.candidate in ("", candidate.name)]
    alone = tried.scenario.model_copy(update={"candidates": (candidate,), "baseline": ""})
    problems = problems_of_actions(alone, tried.usage, asked.customer_id, rows)
    for problem in problems:
        yield Refusal(candidate.name, problem.column if problem.row == asked else "", problem.what, problem.fix)
    if not problems:
        try:
            difference(tried, candidate.name, asked.customer_id, rows)
        except InputError as error:
            yield from (Refusal(candidate.name, "", problem.what, problem.fix) for problem in error.problems)


def possible_without(
    scenario: Scenario, usage: Usage, customer_id: str, rows: Sequence[SubscriptionRow]
) -> tuple[SubscriptionRow, ...]:
    """Those of a customer's actions that are possible together, when one of them was taken away.

    What rests on the one that is gone (a resume on its pause) goes with it.
    """
    left = list(rows)
    while at_fault := {problem.row for problem in problems_of_actions(scenario, usage, customer_id, left)} & set(left):
        left = [row for row in left if row not in at_fault]
    return tuple(left)
