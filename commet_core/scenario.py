"""The scenario: which candidates to compare, over which window, with which assumptions about customers (interfaces.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ModelWrapValidatorHandler, StringConstraints, ValidationError, model_validator

from commet_core.catalog import BalancePlan, Catalog, CreditsPlan, Interval, Plan
from commet_core.errors import InputError, Problem
from commet_core.subscriptions import SubscriptionRow
from commet_core.subscriptions.files import read_rows
from commet_core.validation import Document, PositiveAmount, Probability, problems_of, read_document, unknown_name

Part = TypeVar("Part", bound=Document)

WINDOW_EARLIEST = date(1970, 1, 1)
WINDOW_LATEST = date(2200, 1, 1)
WINDOW_DAYS_MAX = 50 * 366

Rows = Literal["event", "aggregate"]
Start = Literal["first_use", "window"]


class Window(Document):
    """UTC dates, half-open: `start` is in, `end` is not (billing-rules 2.5)."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


class Purchases(Document):
    """An assumption about customers: when they buy credit packs (billing-rules 5.6).

    `pack`: none, smallest_sufficient, or a pack's code. `probability`: the chance that a customer buys in a period.
    """

    pack: str = "none"
    max_packs_per_period: Annotated[int, Field(ge=0)] | None = None
    probability: Probability = Decimal(1)


class TopUp(Document):
    """An assumption about customers: how they top up a balance that blocks (billing-rules 6.5)."""

    amount: PositiveAmount
    max_per_period: Annotated[int, Field(ge=0)] | None = None
    probability: Probability = Decimal(1)


class Candidate(Document):
    """One plan under comparison, on one billing interval. `offer`: what customers get at their start (billing-rules 9.1)."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    plan: str
    interval: Interval | None = None
    purchases: Purchases = Purchases()
    top_up: TopUp | None = None
    offer: str | None = None


class Scenario(Document):
    """Raises InputError, with every problem found, where the content is not a consistent scenario.

    `subscriptions`: what customers did, as written; a row that makes no sense leaves out its customer, not the scenario.
    """

    catalog: Catalog
    window: Window | None = None
    rows: Rows = "event"
    start: Start = "first_use"
    subscriptions: tuple[SubscriptionRow, ...] = ()
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    candidates: tuple[Candidate, ...]
    baseline: str = ""

    @model_validator(mode="wrap")
    @classmethod
    def _everything_at_once(cls, raw: Any, handler: ModelWrapValidatorHandler[Scenario]) -> Scenario:
        if not isinstance(raw, Mapping):
            raise InputError.of("scenario", "this is not a group of keys", "Write it as `key: value` pairs")
        catalog, problems = _catalog_of(raw)
        try:
            scenario = handler({**raw, "catalog": catalog or Catalog(), "subscriptions": _numbered(raw.get("subscriptions"))})
        except ValidationError as error:
            raise InputError([*problems, *problems_of(error, cls), *_consistency_problems(raw, catalog)]) from None
        problems += _consistency_problems(raw, catalog)
        if problems:
            raise InputError(problems)
        return scenario

    @classmethod
    def load(cls, path: Path) -> Scenario:
        """The scenario in a YAML or JSON file; a catalog or subscriptions named there are paths beside the file."""
        raw = read_document(path)
        if isinstance(raw.get("catalog"), str):
            raw["catalog"] = read_document(path.parent / raw["catalog"])
        if isinstance(raw.get("subscriptions"), str):
            raw["subscriptions"] = read_rows(path.parent / raw["subscriptions"])
        return cls.model_validate(raw)

    def plan(self, candidate: Candidate) -> Plan:
        return self.catalog.plans[candidate.plan]

    def interval(self, candidate: Candidate) -> Interval | None:
        """The billing interval of a candidate; None for a free plan."""
        return candidate.interval or self.plan(candidate).default_interval()

    def features_without_plan(self, features: Iterable[str]) -> dict[str, list[str]]:
        """Features that a candidate's plan does not have: feature → names of candidates."""
        plans = {candidate.name: self.plan(candidate) for candidate in self.candidates}
        lacking = {feature: [name for name, plan in plans.items() if feature not in plan.features] for feature in features}
        return {feature: names for feature, names in lacking.items() if names}

    def baseline_index(self) -> int:
        """The candidate that differences are taken against; by default the first."""
        names = [candidate.name for candidate in self.candidates]
        return names.index(self.baseline) if self.baseline else 0


def _numbered(rows: Any) -> Any:
    """Subscription rows that stand in the scenario, each with its place from 1; anything else as it is."""
    if rows is None:
        return ()
    if not isinstance(rows, list | tuple):
        return rows
    return tuple({"line": place, **row} if isinstance(row, Mapping) else row for place, row in enumerate(rows, start=1))


def _catalog_of(raw: Mapping[str, Any]) -> tuple[Catalog | None, list[Problem]]:
    """The scenario's catalog, or None and why not."""
    if "catalog" not in raw:
        return None, [Problem("catalog", "is missing", "Give a path beside this file, or the catalog itself")]
    try:
        return Catalog.model_validate(raw["catalog"]), []
    except InputError as error:
        return None, [problem.under("catalog") for problem in error.problems]
    except ValidationError as error:
        return None, [problem.under("catalog") for problem in problems_of(error, Catalog)]


def _consistency_problems(raw: Mapping[str, Any], catalog: Catalog | None) -> list[Problem]:
    """What does not fit together, found in those parts of the raw scenario that are sound by themselves."""
    listed = raw.get("candidates")
    candidates = list(listed) if isinstance(listed, list | tuple) else []
    problems = [] if candidates or listed is None else [Problem("candidates", "is empty", "Give at least one")]
    problems += _window_problems(_sound(Window, raw.get("window")))
    names = [entry.get("name") if isinstance(entry, Mapping) else getattr(entry, "name", None) for entry in candidates]
    problems += [
        Problem(f"candidates.{place}.name", f"{name!r} is there twice", "Give every candidate its own name")
        for place, name in enumerate(names)
        if name is not None and name in names[:place]
    ]
    baseline = raw.get("baseline")
    if baseline and baseline not in names:
        problems.append(unknown_name("baseline", "candidate", baseline, [str(name) for name in names]))
    for place, entry in enumerate(candidates):
        candidate = _sound(Candidate, entry)
        if candidate is not None and catalog is not None:
            problems += [problem.under(f"candidates.{place}") for problem in _candidate_problems(catalog, candidate)]
    return problems


def _sound(model: type[Part], part: Any) -> Part | None:
    """A part of the scenario, where it is valid by itself."""
    try:
        return None if part is None else model.model_validate(part)
    except ValidationError:
        return None


def _window_problems(window: Window | None) -> list[Problem]:
    if window is None:
        return []
    span = f"the window from {window.start} to {window.end}"
    if window.days <= 0:
        fix = "Let end be after start; the end date itself is not part of the window"
        return [Problem("window", f"{span} has no days", fix)]
    if window.start < WINDOW_EARLIEST or window.end > WINDOW_LATEST or window.days > WINDOW_DAYS_MAX:
        fix = f"Choose at most {WINDOW_DAYS_MAX // 366} years between {WINDOW_EARLIEST} and {WINDOW_LATEST}"
        return [Problem("window", f"{span} is too long or out of range", fix)]
    return []


def _candidate_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    plan = catalog.plans.get(candidate.plan)
    if plan is None:
        return [unknown_name("plan", "plan", candidate.plan, catalog.plans)]
    problems = []
    if candidate.interval is not None and candidate.interval not in plan.prices:
        offered = ", ".join(plan.prices) or "none: the plan is free, leave interval out"
        problems.append(
            Problem("interval", f"plan {candidate.plan!r} has no {candidate.interval} price", f"Intervals it has: {offered}")
        )
    if candidate.purchases != Purchases() and not isinstance(plan, CreditsPlan):
        problems.append(Problem("purchases", f"plan {candidate.plan!r} is not a credits plan", "Remove purchases"))
    if candidate.top_up is not None and not isinstance(plan, BalancePlan):
        problems.append(Problem("top_up", f"plan {candidate.plan!r} is not a balance plan", "Remove top_up"))
    if candidate.offer is not None and candidate.offer not in catalog.offers:
        problems.append(unknown_name("offer", "offer", candidate.offer, catalog.offers))
    return problems + _pack_rule_problems(catalog, candidate)


def _pack_rule_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    rule = candidate.purchases.pack
    if rule in ("none", "smallest_sufficient"):
        return []
    if rule not in catalog.credit_packs:
        return [unknown_name("purchases.pack", "credit pack", rule, ["none", "smallest_sufficient", *catalog.credit_packs])]
    if not catalog.credit_packs[rule].sold_on(candidate.plan):
        what = f"credit pack {rule!r} is not sold on plan {candidate.plan!r}"
        return [Problem("purchases.pack", what, f"Add the plan to credit_packs.{rule}.plans, or choose another pack")]
    return []
