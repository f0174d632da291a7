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
    return {**raw, "plans": {code: sorted_plan(plan, types) for code, plan in plans.items()}}


def types_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """The type of each feature of a catalog's document."""
    features = raw.get("features")
    if not isinstance(features, Mapping):
        return {}
    return {str(code): _type_of(feature) for code, feature in features.items()}


def _type_of(feature: Any) -> str:
    kind = feature.get("type") if isinstance(feature, Mapping) else getattr(feature, "type", None)
    return kind if isinstance(kind, str) else "usage"


def sorted_plan(plan: Any, types: Mapping[str, str]) -> Any:
    """A plan as it is written, with its features sorted, and those that its versions change."""
    if not isinstance(plan, Mapping):
        return plan
    versions = plan.get("versions")
    if isinstance(versions, list | tuple):
        plan = {**plan, "versions": [_sorted(version, types) for version in versions]}
    found = _sorted(plan, types)
    if isinstance(found.get("switches"), Mapping):
        found["switches"] = switches_of(found["switches"])
    return found


def _sorted(part: Any, types: Mapping[str, str]) -> Any:
    """A plan or a version of one; where it has no features at all, so it has no others."""
    if not isinstance(part, Mapping) or "features" not in part:
        return dict(part) if isinstance(part, Mapping) else part
    features = part["features"]
    if features is None:
        return {**part, **dict.fromkeys(SORTED_KEYS)}
    if not isinstance(features, Mapping):
        return dict(part)
    levels = {code: terms for code, terms in features.items() if types.get(str(code)) in LEVEL_TYPES}
    switches = {code: terms for code, terms in features.items() if types.get(str(code)) == "boolean"}
    used = {code: terms for code, terms in features.items() if code not in levels and code not in switches}
    own = {"levels": levels, "switches": switches}
    return {**part, "features": used, **{key: value for key, value in own.items() if value}}


def switches_of(there: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of the boolean features that a plan has, of those that it names."""
    return tuple(code for code, has in there.items() if has is True)


def together_again(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan as it is written: all of its features under `features`, and those that its versions change under theirs."""
    found = _together({**plan, "switches": dict.fromkeys(plan.get("switches", ()), True)})
    if found.get("versions"):
        found["versions"] = [_together(version) for version in found["versions"]]
    return found


def _together(part: Mapping[str, Any]) -> dict[str, Any]:
    apart = {**(part.get("levels") or {}), **(part.get("switches") or {})}
    written = {key: value for key, value in part.items() if key not in SORTED_KEYS}
    return {**written, "features": {**part.get("features", {}), **apart}} if apart else written


def sorted_like(plan: Mapping[str, Any], levels: Collection[str], switches: Collection[str]) -> dict[str, Any]:
    """A plan as it is written, without versions, sorted as one that has these seats and quota, and these boolean features."""
    return _sorted(plan, dict.fromkeys(levels, LEVEL_TYPES[0]) | dict.fromkeys(switches, "boolean"))


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
