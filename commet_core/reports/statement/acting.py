"""What a customer could do at a moment of its window, in words; and whether it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import Replay
from commet_core.foundation.calendar import moment
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.formats import moment_words
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, format_exact
from commet_core.foundation.vocabulary import ADJUSTED_IN_MONEY, INTERVALS, ActionKind, Interval
from commet_core.foundation.wording import quantity
from commet_core.reports.statement import Statement
from commet_core.reports.statement.difference import difference, problems_of_actions
from commet_core.reports.statement.spells import spells, stage_words
from commet_core.reports.statement.words import price_words
from commet_core.scenario.scenario import Candidate, Scenario
from commet_core.scenario.subscriptions import Action, SubscriptionRow
from commet_core.scenario.subscriptions.checks import check_rows
from commet_core.timeline.lifecycle import one_time_problem
from commet_core.timeline.stages import Stage
from commet_core.usage.usage import Usage

OF_ONE_CANDIDATE: frozenset[ActionKind] = frozenset({"change_plan", "buy_pack", "top_up"})
"""Actions that name a plan, or what only one consumption model has: they mean nothing to candidates on other plans."""


def possible_kinds(statement: Statement) -> list[ActionKind]:
    """The kinds of action that the customer's plans allow at some time, in the order in which they are offered.

    Where a line-up decides itself who is on which plan, nobody changes the plan.
    """
    plan = statement.run.plan
    kinds: list[ActionKind] = []
    if not statement.run.candidate.decides and any(changes_at(statement, spell.start) for spell in spells(statement)):
        kinds.append("change_plan")
    if plan.sells == "packs" and any(packs_at(statement, spell.start) for spell in spells(statement)):
        kinds.append("buy_pack")
    if plan.sells == "top_ups":
        kinds.append("top_up")
    leaves: list[ActionKind] = ["cancel", "reactivate"]
    if all(spell.stage.interval == "one_time" and spell.stage.state != "trial" for spell in spells(statement)):
        leaves = []  # what is paid once cannot be canceled (billing-rules 8.4)
    return [*kinds, "pause", "resume", *leaves]


def stage_at(statement: Statement, at: datetime) -> Stage:
    """What the customer is on at a moment; before its start, what it starts on."""
    stays = spells(statement)
    begun = [spell.stage for spell in stays if spell.start <= at and spell.stage.plan is not None]
    return begun[-1] if begun else next((spell.stage for spell in stays if spell.stage.plan is not None), stays[0].stage)


def changes_at(statement: Statement, at: datetime) -> list[Stage]:
    """The plans and intervals to which a customer could change: of the plan itself and of those that share a group with it."""
    catalog, present = statement.replayed.scenario.catalog, stage_at(statement, at)
    if present.plan is None:
        return []
    others = [Stage(code, interval) for code in _plans_beside(catalog, present.plan) for interval in _intervals(catalog, code)]
    return [
        stage
        for stage in others
        if (stage.plan, stage.interval) != (present.plan, present.interval)
        and stage.plan is not None
        and one_time_problem(catalog, present, stage.plan, stage.interval) is None
    ]


def usual_change(statement: Statement, at: datetime) -> Stage | None:
    """The change that is likeliest to be asked for: to the next higher plan on the same interval, else the first there is."""
    catalog, present = statement.replayed.scenario.catalog, stage_at(statement, at)
    changes = changes_at(statement, at)
    if present.plan is None:
        return None
    plans = _plans_beside(catalog, present.plan)
    higher = [
        stage
        for stage in changes
        if stage.plan is not None and stage.interval == present.interval and plans.index(stage.plan) > plans.index(present.plan)
    ]
    return next(iter([*higher, *changes]), None)


def _plans_beside(catalog: Catalog, plan: str) -> list[str]:
    """A plan and all that share a group with it, each once, lowest first."""
    groups = [group for group in catalog.plan_groups.values() if plan in group]
    return list(dict.fromkeys(chain(*groups, [plan])))


def _intervals(catalog: Catalog, plan: str) -> list[Interval | None]:
    prices = catalog.plans[plan].prices
    return [interval for interval in INTERVALS if interval in prices] or [None]


def packs_at(statement: Statement, at: datetime) -> list[str]:
    """The codes of credit packs that the customer's plan sells at a moment."""
    stage = stage_at(statement, at)
    return [] if stage.plan is None else list(statement.replayed.scenario.catalog.packs_on(stage.plan))


def change_words(catalog: Catalog, stage: Stage) -> str:
    """A plan and interval to change to, with its price: `Pro, monthly: $20.00 a month`."""
    assert stage.plan is not None
    price = catalog.plans[stage.plan].prices[stage.interval] if stage.interval is not None else None
    words = stage_words(catalog, stage)
    return words if price is None else f"{words}: {price_words(price, stage.interval, catalog.currency)}"


def pack_words(catalog: Catalog, code: str) -> str:
    """A credit pack with what it holds and costs: `Small pack: 500 credits for $6.00`."""
    pack = catalog.credit_packs[code]
    return f"{pack.name or code}: {quantity(pack.credits, 'credit')} for {format_exact(pack.price, catalog.currency)}"


def action_words(catalog: Catalog, row: SubscriptionRow) -> str:
    """An action in words: `16 Mar 2026: change to Pro, yearly`."""
    actions = check_rows([row.model_copy(update={"candidate": ""})], catalog, []).actions.get(row.customer_id)
    if not actions:
        return f"{row.at}: {row.action.replace('_', ' ')}"
    return f"{moment_words(moment(actions[0].at))}: {_kind_words(catalog, actions[0])}"


def _kind_words(catalog: Catalog, action: Action) -> str:
    if action.kind == "change_plan":
        interval = action.interval or catalog.plans[action.plan].default_interval()
        return f"change to {stage_words(catalog, Stage(action.plan, interval))}"
    if action.kind == "cancel":
        return "cancel at the end of what is paid for" if action.at_period_end else "cancel at once"
    if action.kind == "buy_pack":
        return f"buy the pack {catalog.credit_packs[action.item].name or action.item}"
    if action.kind == "adjust":
        money = action.item in ADJUSTED_IN_MONEY
        much = decimal_of(abs(action.amount), NANO_DECIMALS if money else MICRO_DECIMALS)
        words = (
            f"{format_exact(much, catalog.currency)} of balance"
            if money
            else quantity(much, action.item.replace("_", " ")[:-1])
        )
        return f"{'give' if action.amount > 0 else 'take away'} {words}"
    if action.kind == "top_up":
        return f"top up by {format_exact(decimal_of(action.amount, NANO_DECIMALS), catalog.currency)}"
    return action.kind


def problems_of_another(replayed: Replay, row: SubscriptionRow) -> tuple[Problem, ...]:
    """Why an action of a customer is impossible beside those of the scenario; empty where it is not.

    Each problem says in `where` under which candidate. What the customer owes is tried too: an amount may be more than can be held.
    """
    scenario = replayed.scenario
    if row in scenario.subscriptions and row.action not in ("buy_pack", "top_up"):
        return (Problem(row.candidate or "every candidate", "this is tried already", "Undo it, or choose another day"),)
    tried = replace(replayed, scenario=scenario.model_copy(update={"subscriptions": (*scenario.subscriptions, row)}))
    concerned = [candidate for candidate in scenario.candidates if row.candidate in ("", candidate.name)]
    return tuple(problem for candidate in concerned for problem in _problems_under(tried, candidate, row.customer_id))


def _problems_under(tried: Replay, candidate: Candidate, customer_id: str) -> Iterator[Problem]:
    rows = [
        row for row in tried.scenario.subscriptions if row.customer_id == customer_id and row.candidate in ("", candidate.name)
    ]
    alone = tried.scenario.model_copy(update={"candidates": (candidate,), "baseline": ""})
    problems = problems_of_actions(alone, tried.usage, customer_id, rows)
    yield from (Problem(candidate.name, problem.what, problem.fix) for problem in problems)
    if not problems:
        try:
            difference(tried, candidate.name, customer_id, rows)
        except InputError as error:
            yield from error.problems


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
