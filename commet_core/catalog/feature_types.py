"""Which of a plan's features are used, which are held, and which are only there: sorted by the type that the catalog gives them.

A catalog as it is written has all of a plan's features under `features`. A `Plan` has those that are used there, seats and
quota under `levels`, and those that are there or not under `switches`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from commet_core.catalog.level_terms import LEVEL_TYPES, level_problems
from commet_core.foundation.errors import Problem

SORTED_KEYS: Final = ("levels", "switches")
"""Keys of a plan that no document has."""


def sorted_by_type(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A catalog's document with the features of each plan sorted by type; anything that cannot be sorted stays as it is."""
    types = types_of(raw)
    plans = raw.get("plans")
    if not isinstance(plans, Mapping) or not any(kind in (*LEVEL_TYPES, "boolean") for kind in types.values()):
        return dict(raw)
    return {**raw, "plans": {code: _sorted_plan(plan, types) for code, plan in plans.items()}}


def types_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """The type of each feature of a catalog's document."""
    features = raw.get("features")
    if not isinstance(features, Mapping):
        return {}
    return {str(code): _type_of(feature) for code, feature in features.items()}


def _type_of(feature: Any) -> str:
    kind = feature.get("type") if isinstance(feature, Mapping) else getattr(feature, "type", None)
    return kind if isinstance(kind, str) else "usage"


def _sorted_plan(plan: Any, types: Mapping[str, str]) -> Any:
    features = plan.get("features") if isinstance(plan, Mapping) else None
    if not isinstance(features, Mapping):
        return plan
    levels = {code: terms for code, terms in features.items() if types.get(str(code)) in LEVEL_TYPES}
    switches = {code: terms for code, terms in features.items() if types.get(str(code)) == "boolean"}
    used = {code: terms for code, terms in features.items() if code not in levels and code not in switches}
    own: dict[str, Any] = {"levels": levels} if levels else {}
    if switches:
        own["switches"] = tuple(code for code, there in switches.items() if there is True)
    return {**plan, "features": used, **own}


def together_again(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan as it is written: all of its features under `features`."""
    apart = {**plan.get("levels", {}), **dict.fromkeys(plan.get("switches", ()), True)}
    written = {key: value for key, value in plan.items() if key not in SORTED_KEYS}
    return {**written, "features": {**plan.get("features", {}), **apart}} if apart else written


def sorted_like(plan: Mapping[str, Any], levels: Collection[str], switches: Collection[str]) -> dict[str, Any]:
    """A plan as it is written, sorted as one that has these seats and quota, and these boolean features."""
    features = plan.get("features", {})
    own = {"levels": {code: features[code] for code in levels if code in features}, "switches": tuple(switches)}
    used = {code: terms for code, terms in features.items() if code not in levels and code not in switches}
    return {**plan, **own, "features": used}


def as_written(problem: Problem) -> Problem:
    """A problem of a sorted plan, at the place where a person wrote what is wrong."""
    parts = problem.where.split(".")
    if len(parts) > 2 and parts[0] == "plans" and parts[2] == "levels":
        parts[2] = "features"
    where = ".".join(part for part in parts if part != "every")
    return Problem(where, problem.what, problem.fix)


def type_problems(code: str, plan: Any, types: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with the features of a plan because of their types."""
    if not isinstance(plan, Mapping):
        return
    for key in SORTED_KEYS:
        if key in plan:
            yield Problem(f"plans.{code}.{key}", "is not a known key", "List the feature under features")
    yield from _version_type_problems(code, plan, types)
    features, prices = plan.get("features"), plan.get("prices")
    for feature, terms in features.items() if isinstance(features, Mapping) else ():
        kind, path = types.get(str(feature), "usage"), f"plans.{code}.features.{feature}"
        if kind in LEVEL_TYPES:
            yield from level_problems(path, kind, terms, prices if isinstance(prices, Mapping) else {})
        elif kind == "boolean" and not isinstance(terms, bool):
            yield Problem(path, "is a boolean feature: the plan has it or not", "Write true, or remove it")
        elif kind == "usage" and isinstance(terms, bool):
            what = "is a feature that is used, and true says nothing of its price"
            fix = f"Write its terms, or give it the type: boolean under features.{feature}"
            yield Problem(path, what, fix)


def _version_type_problems(code: str, plan: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[Problem]:
    versions = plan.get("versions")
    for place, version in enumerate(versions if isinstance(versions, list | tuple) else ()):
        changed = version.get("features") if isinstance(version, Mapping) else None
        for feature in changed if isinstance(changed, Mapping) else ():
            if types.get(str(feature), "usage") != "usage":
                what = f"is a change of a feature of the type {types[str(feature)]}, which is not simulated yet"
                yield Problem(f"plans.{code}.versions.{place}.features.{feature}", what, "Leave it as it is on the plan")
