"""What a catalog names that is not there or of the wrong kind, and what of its plans does not fit together.

Looked for in the raw document, so that it shows beside all else that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from commet_core.catalog.add_ons import add_on_problems
from commet_core.catalog.beyond import beyond_problems
from commet_core.catalog.calendar_terms import billing_day_problems
from commet_core.catalog.feature_types import type_problems, types_of
from commet_core.catalog.level_terms import LEVEL_TYPES
from commet_core.catalog.market_problems import PlanProblems, market_problems
from commet_core.catalog.offers import offer_problems, promo_code_problems
from commet_core.catalog.overage import overage_problems
from commet_core.catalog.versions import interval_problems, sound_versions, version_problems
from commet_core.foundation.documents import entries_of, unknown_name
from commet_core.foundation.errors import Problem


def reference_problems(raw: Mapping[str, Any], problems_of_plan: PlanProblems) -> list[Problem]:
    """Names that refer to nothing or to the wrong kind, found in the raw document so that they show beside all else.

    problems_of_plan: what is wrong with a plan by itself.
    """
    plans = entries_of(raw, "plans")
    types = types_of(raw)
    return [
        *add_on_problems(entries_of(raw, "addons"), entries_of(raw, "features"), types),
        *_plan_problems(plans, entries_of(raw, "features"), types, problems_of_plan),
        *_pack_problems(raw, plans),
        *_plan_group_problems(raw, plans),
        *offer_problems(raw, str(raw.get("currency") or "usd").lower()),
        *promo_code_problems(raw, plans),
        *market_problems(raw, plans, problems_of_plan),
    ]


def _plan_problems(
    plans: dict[str, Any], features: dict[str, Any], types: Mapping[str, str], problems_of_plan: PlanProblems
) -> list[Problem]:
    problems: list[Problem] = []
    for code, plan in plans.items():
        problems += type_problems(code, plan, types)
        problems += [
            unknown_name(f"plans.{code}.features.{feature}", "feature", feature, features)
            for feature in entries_of(plan, "features")
            if feature not in features
        ]
        if _model(plan) in (None, "metered"):
            for feature, terms in entries_of(plan, "features").items():
                if types.get(feature) in LEVEL_TYPES:
                    continue
                overage = terms.get("overage") if isinstance(terms, Mapping) else None
                problems += overage_problems(f"plans.{code}.features.{feature}.overage", overage)
        if isinstance(plan, Mapping) and plan.get("versions"):
            problems += _version_problems(code, plan, features, problems_of_plan)
        problems += beyond_problems(f"plans.{code}", plan)
        problems += billing_day_problems(f"plans.{code}", plan)
        if _needs_included_balance(plan):
            what = "the plan has neither included_balance nor a monthly price to take it from"
            problems.append(Problem(f"plans.{code}.included_balance", what, "Say how much balance every month grants"))
        if isinstance(plan, Mapping) and plan.get("trial_days") is not None and not plan.get("prices"):
            problems.append(
                Problem(f"plans.{code}.trial_days", "a free plan has no trial", "Give it a price, or remove trial_days")
            )
    return problems


def _version_problems(
    code: str, plan: Mapping[str, Any], features: dict[str, Any], problems_of_plan: PlanProblems
) -> list[Problem]:
    """What is wrong with a plan's versions: each, in full, is a plan; what the plan itself has wrong is not told again."""
    path = f"plans.{code}"
    problems = [*version_problems(path, plan), *interval_problems(path, plan)]
    known = {problem.where for problem in problems_of_plan(code, {k: v for k, v in plan.items() if k != "versions"}, features)}
    for place, document in sound_versions(plan):
        found = [problem for problem in problems_of_plan(code, document, features) if problem.where not in known]
        known |= {problem.where for problem in found}
        problems += [replace(each, where=each.where.replace(path, f"{path}.versions.{place}", 1)) for each in found]
    return problems


def _needs_included_balance(plan: Any) -> bool:
    """Rule 6.1 takes the base price as the default; the price of a quarter or a year is not a month's allowance."""
    if not isinstance(plan, Mapping) or plan.get("consumption_model") != "balance":
        return False
    longer = set(entries_of(plan, "prices")) - {"weekly"}
    return plan.get("included_balance") is None and bool(longer) and "monthly" not in longer


def _pack_problems(raw: Mapping[str, Any], plans: dict[str, Any]) -> list[Problem]:
    problems = []
    for code, pack in entries_of(raw, "credit_packs").items():
        allowed = pack.get("plans") if isinstance(pack, Mapping) else None
        for place, plan in enumerate(allowed if isinstance(allowed, list | tuple) else ()):
            path = f"credit_packs.{code}.plans.{place}"
            if str(plan) not in plans:
                problems.append(unknown_name(path, "plan", plan, plans))
            elif _model(plans[str(plan)]) not in (None, "credits"):
                problems.append(Problem(path, f"plan {plan!r} is not a credits plan", "Packs are sold on credits plans only"))
    return problems


def _plan_group_problems(raw: Mapping[str, Any], plans: dict[str, Any]) -> list[Problem]:
    problems = []
    for code, members in entries_of(raw, "plan_groups").items():
        known = [str(plan) for plan in members if str(plan) in plans] if isinstance(members, list | tuple) else []
        for place, plan in enumerate(members if isinstance(members, list | tuple) else ()):
            if str(plan) not in plans:
                problems.append(unknown_name(f"plan_groups.{code}.{place}", "plan", plan, plans))
        models = {_model(plans[plan]) for plan in known} - {None}
        if len(models) > 1:
            what = f"its plans have different consumption models: {', '.join(sorted(map(str, models)))}"
            problems.append(Problem(f"plan_groups.{code}", what, "Put plans of one model into a group"))
        if len(set(known)) < len(known):
            problems.append(Problem(f"plan_groups.{code}", "a plan is in it twice", "List every plan once, lowest first"))
    return problems


def _model(plan: Any) -> str | None:
    """The consumption model of a plan as it was written; None where that is no word."""
    model = plan.get("consumption_model") if isinstance(plan, Mapping) else None
    return model if isinstance(model, str) else None
