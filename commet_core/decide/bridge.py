"""The bridge (decisions.md 2): the difference of two candidates as steps that add up to the cent.

Plans of one model: the terms that differ are changed one at a time, each intermediate plan is replayed, and a step is the
difference of two replays. The order decides the amounts. Across models, and for line-ups: by kind of invoice line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.catalog.plans import Catalog
from commet_core.decide.changed_terms import Change, Terms, changes, written
from commet_core.engine.customer_bills import CustomerBills
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay
from commet_core.engine.told import told_by_kind, told_customers
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import Progress, unheard
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.rating.invoices import BALANCE_OVERAGE, CREDIT, CREDIT_PACK, DISCOUNT, FEATURE_OVERAGE, PLAN_BASE, TOP_UP
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.markets import market_problems
from commet_core.scenario.scenario import Scenario

BRIDGE_STEP: Final = "bridge step"
"""How the codes of intermediate plans begin."""

LINE_STEPS: Final = {
    "base": (PLAN_BASE,),
    "overage": (FEATURE_OVERAGE, BALANCE_OVERAGE),
    "packs": (CREDIT_PACK,),
    "top-ups": (TOP_UP,),
    "discounts": (DISCOUNT,),
    "credits": (CREDIT,),
}
"""The kinds of line by which models are set against each other, in the order shown; any other is a step of its own."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a bridge. billed, earned: int64 minor units per customer (earned None of steps by kind of line).

    term   a path in the catalog, several joined by "; " where only together they make a plan, or a kind of line
    """

    term: str
    before: str | None
    after: str | None
    billed: np.ndarray
    earned: np.ndarray | None

    @property
    def amount(self) -> int:
        return int(self.billed.sum())


@dataclass(frozen=True, eq=False)
class Bridge:
    """From the baseline to a candidate. by_terms: whether terms are changed one at a time, or lines set against lines.

    customers   their ids, in the order of the steps' amounts
    """

    candidate: str
    baseline: str
    by_terms: bool
    customers: pa.Array
    steps: tuple[Step, ...]

    @property
    def difference(self) -> int:
        """Minor units billed more than on the baseline: what the steps add up to."""
        return sum(step.amount for step in self.steps)


def goes_by_terms(scenario: Scenario, candidate: Candidate, baseline: Candidate) -> bool:
    """Whether two candidates differ in terms that can be changed one at a time: plans of one model, on which customers only are."""
    line_up = candidate.group is not None or baseline.group is not None or candidate.market != baseline.market
    acts = any(row.plan or row.candidate for row in scenario.subscriptions)
    if line_up or acts:
        return False
    return scenario.plan(candidate).consumption_model == scenario.plan(baseline).consumption_model


def bridge(replayed: Replay, candidate: str, progress: Progress | None = None, *, whole: Scenario | None = None) -> Bridge:
    """The bridge from the baseline to a candidate of a replay. progress: what it raises stops the replays of what is between.

    whole: of some customers of a replay its scenario, which has the rows of all and so says by what the steps go.
    """
    scenario, whole = replayed.scenario, whole or replayed.scenario
    ends = [scenario.baseline_index(), scenario.place_of(candidate)]
    first, last = (scenario.candidates[place] for place in ends)
    if not goes_by_terms(whole, last, first):
        return bridge_by_lines(replayed, candidate)
    bills = CustomerBills.of(replayed)
    changed = changes(Terms.of(scenario, first), Terms.of(scenario, last), every_interval=bool(whole.subscriptions))
    grouped, between = _between(whole, first, changed)
    middle = _replayed(replayed, between, bills.ids, progress or unheard)
    rows = [(bills.billed[ends[0]], bills.earned[ends[0]]), *middle, (bills.billed[ends[1]], bills.earned[ends[1]])]
    steps = []
    for group, before, after in zip(grouped, rows, rows[1:], strict=False):
        came, went = "; ".join(filter(None, map(_before, group))), "; ".join(filter(None, map(_after, group)))
        amounts = (after[0] - before[0], after[1] - before[1])
        steps.append(Step("; ".join(change.term for change in group), came or None, went or None, *amounts))
    return Bridge(candidate, first.name, True, bills.ids, tuple(steps))


def _before(change: Change) -> str | None:
    return written(change.before)


def _after(change: Change) -> str | None:
    return written(change.after)


def _between(
    scenario: Scenario, first: Candidate, changed: Sequence[Change]
) -> tuple[list[list[Change]], list[tuple[Catalog, Candidate]]]:
    """The changes of each step, and the candidates between steps, each with the catalog that has its plan.

    What is not a sound plan, or not one that its customers could be on, is joined with the next step.
    """
    terms = Terms.of(scenario, first)
    grouped: list[list[Change]] = []
    open_group: list[Change] = []
    between: list[tuple[Catalog, Candidate]] = []
    for change in changed:
        terms = terms.changed(change.path, change.after)
        open_group.append(change)
        if change is changed[-1]:
            break
        made = _candidate(scenario, terms, f"{BRIDGE_STEP} {len(between) + 1}")
        if made is not None:
            between.append(made)
            grouped.append(open_group)
            open_group = []
    return ([*grouped, open_group] if open_group else grouped), between


def _candidate(scenario: Scenario, terms: Terms, code: str) -> tuple[Catalog, Candidate] | None:
    """The candidate of some terms, in a catalog that has its plan; None where they make no sound one."""
    document = scenario.catalog.document()
    while code in document["plans"]:
        code += "'"
    packs: dict[str, Any] = {}
    plans_before = [name for name, plan in scenario.catalog.plans.items() if plan.sells == "packs"]
    for name, pack in document.get("credit_packs", {}).items():
        sold = pack.get("plans")
        others = list(plans_before) if sold is None else sold
        packs[name] = pack | {"plans": [*others, code] if name in terms.packs else others}
    plans = document["plans"] | {code: _without_nothing(terms.plan)}
    own = terms.candidate | {"name": code, "plan": code}
    try:
        made = Scenario.model_validate(
            {"catalog": document | {"plans": plans, "credit_packs": packs}, "candidates": [_without_nothing(own)]}
        )
    except InputError:
        return None
    if "markets" in scenario.rules and any(market_problems(made.catalog, made.candidates, scenario.subscriptions)):
        return None
    made.catalog.priced_in(scenario.catalog.token_currency, scenario.catalog.token_rate)
    return made.catalog, made.candidates[0]


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_nothing(value) if isinstance(value, dict) else value
        for key, value in document.items()
        if value is not None
    }


def _replayed(
    replayed: Replay, between: Sequence[tuple[Catalog, Candidate]], ids: pa.Array, tell: Progress
) -> list[tuple[np.ndarray, np.ndarray]]:
    """What each customer is billed and earned under candidates between the two, on the same usage, or on what answers to each.

    ids: of the customers, in the order wanted.
    """
    if not between:
        return []
    plans, packs = dict(replayed.scenario.catalog.plans), dict(replayed.scenario.catalog.credit_packs)
    for catalog, candidate in between:
        plans[str(candidate.plan)] = catalog.plans[str(candidate.plan)]
        for code, pack in catalog.credit_packs.items():
            packs[code] = pack.model_copy(
                update={"plans": tuple(dict.fromkeys([*(packs[code].plans or ()), *(pack.plans or ())]))}
            )
    catalog = replayed.scenario.catalog.model_copy(update={"plans": plans, "credit_packs": packs})
    baseline = replayed.scenario.candidates[replayed.scenario.baseline_index()]
    against = (baseline,) if replayed.scenario.assumptions.change_customers else ()
    candidates = (*against, *(candidate for _, candidate in between))
    scenario = replayed.scenario.model_copy(
        update={"catalog": catalog, "candidates": candidates, "baseline": "", "window": replayed.window}
    )
    parts = []
    for part in replay_pieces(scenario, replayed.usage, CustomerBills.of):
        parts.append(part)
        tell(sum(len(each.ids) for each in parts) / max(1, replayed.usage.customer_count), "Replaying what is between")
    bills = CustomerBills.joined(parts)
    order = slice(None) if bills.ids.equals(ids) else pc.index_in(ids, bills.ids).to_numpy()
    return list(zip(bills.billed[len(against) :, order], bills.earned[len(against) :, order], strict=True))


def bridge_by_lines(replayed: Replay, candidate: str) -> Bridge:
    """The bridge by kind of invoice line, between any two candidates (decisions.md 2.3)."""
    scenario = replayed.scenario
    place, base = scenario.place_of(candidate), scenario.baseline_index()
    groups = replayed.runs_by_customers()
    here, there = (np.concatenate([told_by_kind(runs[own]) for runs in groups], axis=1) for own in (place, base))
    steps = []
    for term, kinds in line_steps().items():
        before, after = (sum(amounts[kind] for kind in kinds) for amounts in (there, here))
        if np.any(before) or np.any(after):
            steps.append(Step(term, None, None, np.asarray(after - before), None))
    ids = [run.usage.customers.take(pa.array(run.timeline.customers)).cast(pa.string()) for run, *_ in groups]
    return Bridge(candidate, scenario.candidates[base].name, False, pa.concat_arrays(ids), tuple(steps))


def line_steps() -> dict[str, tuple[int, ...]]:
    """The kinds of line of each step, in the order shown."""
    named = {kind for kinds in LINE_STEPS.values() for kind in kinds}
    return LINE_STEPS | {LINE_KINDS[kind]: (kind,) for kind in range(len(LINE_KINDS)) if kind not in named}


GROUPS: Final = ("refused more", "pays more", "pays less", "the same")
"""How customers fare against the baseline, in this order: each is in the first that holds (decisions.md 2.3)."""


@dataclass(frozen=True)
class Group:
    """Customers who fare alike. amount: int minor units of the reporting currency, what they are billed more than on the baseline."""

    name: str
    customers: int
    amount: int


def customer_groups(replayed: Replay, candidate: str) -> list[Group]:
    """The groups of customers under a candidate, against the baseline; together all of them, and the whole difference."""
    counts, amounts = np.zeros(len(GROUPS), np.int64), np.zeros(len(GROUPS), np.int64)
    own, base = replayed.scenario.place_of(candidate), replayed.scenario.baseline_index()
    for runs in replayed.runs_by_customers():
        run, baseline = runs[own], runs[base]
        more = told_customers(run) - told_customers(baseline)
        refused = run.customer_blocked_events > baseline.customer_blocked_events
        place = np.select([refused, more > 0, more < 0], [0, 1, 2], 3)
        counts += np.bincount(place, minlength=len(GROUPS))
        amounts += sum_by_index(place, more, len(GROUPS))
    return [Group(*row) for row in zip(GROUPS, counts.tolist(), amounts.tolist(), strict=True)]


def bridge_table(bridges: Sequence[Bridge], currency: str) -> pa.Table:
    """The table `bridge` of interfaces.md: amounts add up to the candidate's difference in what is billed; earned beside it."""
    rows = [(found.candidate, place, step) for found in bridges for place, step in enumerate(found.steps, 1)]
    kind = amount_type(currency)
    earned = [None if step.earned is None else int(step.earned.sum()) for _, _, step in rows]
    return pa.table(
        {
            "candidate": pa.array([name for name, _, _ in rows], pa.string()),
            "step": pa.array([place for _, place, _ in rows], pa.int64()),
            "term": pa.array([step.term for _, _, step in rows], pa.string()),
            "from": pa.array([step.before for _, _, step in rows], pa.string()),
            "to": pa.array([step.after for _, _, step in rows], pa.string()),
            "amount": decimals(np.array([step.amount for _, _, step in rows], np.int64), kind),
            "earned_amount": _with_nulls(earned, kind),
        }
    )


def _with_nulls(values: Sequence[int | None], kind: pa.DataType) -> pa.Array:
    digits = decimals(np.array([value or 0 for value in values], np.int64), kind)
    return pc.if_else(pa.array([value is not None for value in values], pa.bool_()), digits, pa.scalar(None, kind))
