"""One candidate as two scenarios have it, side by side in a third, so that its two bills can be set against each other."""

from __future__ import annotations

from typing import Any, Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario

EARLIER: Final = "_before"
"""How codes of the earlier catalog end in the common one."""


def side_by_side(before: Scenario, after: Scenario, name: str) -> Scenario:
    """The candidate of this name as it was, the baseline, and as it is; under the assumptions and in the window of `after`.

    Raises InputError where the two catalogs cannot be one: another currency, other prices of AI models, or what customers did
    names plans of the one that the other lacks.
    """
    problem = _problem(before, after)
    if problem:
        raise InputError.of(name, problem, "Look at their figures above")
    was, now = (_candidate(scenario, name) for scenario in (before, after))
    labels = (f"{name[:90]} before", f"{name[:90]} after")
    return Scenario.model_validate(
        {
            **after.model_dump(exclude={"catalog", "candidates", "baseline"}),
            "catalog": _common(before.catalog, after.catalog),
            "candidates": [
                _renamed(was, labels[0]).model_dump(),
                now.model_copy(update={"name": labels[1]}).model_dump(),
            ],
            "baseline": labels[0],
        }
    )


def _problem(before: Scenario, after: Scenario) -> str:
    if before.catalog.currency != after.catalog.currency:
        return "the two have different currencies"
    models, others = before.catalog.models, after.catalog.models
    if any(models[code] != others[code] for code in models.keys() & others.keys()):
        return "the two have different prices of AI models"
    if any(row.plan or row.candidate for row in (*before.subscriptions, *after.subscriptions)):
        return "customers change plans in one of them"
    return ""


def _candidate(scenario: Scenario, name: str) -> Candidate:
    return next(candidate for candidate in scenario.candidates if candidate.name == name)


def _renamed(candidate: Candidate, name: str) -> Candidate:
    codes = {key: f"{code}{EARLIER}" for key in ("plan", "group", "offer") if (code := getattr(candidate, key)) is not None}
    return candidate.model_copy(update={"name": name, **codes})


def _common(before: Catalog, after: Catalog) -> Catalog:
    """Everything of the later one as it is, and everything of the earlier one under codes of its own; features are the same."""
    earlier, later = before.document(), after.document()
    found: dict[str, Any] = {**later, "features": earlier.get("features", {}) | later.get("features", {})}
    found["models"] = earlier.get("models", {}) | later.get("models", {})
    for key in ("plans", "offers"):
        found[key] = later.get(key, {}) | {f"{code}{EARLIER}": part for code, part in earlier.get(key, {}).items()}
    found["credit_packs"] = _packs(after, "") | _packs(before, EARLIER)
    groups = {
        f"{code}{EARLIER}": [f"{plan}{EARLIER}" for plan in plans] for code, plans in earlier.get("plan_groups", {}).items()
    }
    found["plan_groups"] = later.get("plan_groups", {}) | groups
    return Catalog.model_validate({key: part for key, part in found.items() if part})


def _packs(catalog: Catalog, ending: str) -> dict[str, Any]:
    """Packs with the plans on which they are sold named, so that none is sold on a plan of the other catalog."""
    documents = catalog.document().get("credit_packs", {})
    credits_plans = [code for code, plan in catalog.plans.items() if plan.sells == "packs"]
    return {
        f"{code}{ending}": {
            **documents[code],
            "plans": [f"{plan}{ending}" for plan in credits_plans if pack.sold_on(plan)],
        }
        for code, pack in catalog.credit_packs.items()
    }
