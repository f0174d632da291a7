"""What of a scenario does not fit together, each of its parts being sound by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import Document, unknown_name
from commet_core.foundation.errors import Problem
from commet_core.foundation.window import WINDOW_DAYS_MAX, WINDOW_EARLIEST, WINDOW_LATEST, Window
from commet_core.scenario.adoption import VersionRule, rule_problems
from commet_core.scenario.candidate_problems import candidate_problems
from commet_core.scenario.candidates import Candidate

if TYPE_CHECKING:
    from commet_core.scenario.scenario import Scenario

Part = TypeVar("Part", bound=Document)


def consistency_problems(raw: Mapping[str, Any], catalog: Catalog | None) -> list[Problem]:
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
    checks = raw.get("checks")
    for place, entry in enumerate(checks if isinstance(checks, list | tuple) else ()):
        named = entry.get("candidate") if isinstance(entry, Mapping) else getattr(entry, "candidate", None)
        if named is not None and named not in names:
            problems.append(unknown_name(f"checks.{place}.candidate", "candidate", named, [str(name) for name in names]))
    if catalog is not None:
        problems += rule_problems("versions", _sound_rules(raw.get("versions")), catalog)
    for place, entry in enumerate(candidates):
        candidate = _sound(Candidate, entry)
        if candidate is not None and catalog is not None:
            problems += [problem.under(f"candidates.{place}") for problem in candidate_problems(catalog, candidate)]
    return problems


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


def _sound(model: type[Part], part: Any) -> Part | None:
    """A part of the scenario, where it is valid by itself."""
    try:
        return None if part is None else model.model_validate(part)
    except ValidationError:
        return None


def _sound_rules(rules: Any) -> list[VersionRule]:
    """The rules on versions; where one is not valid by itself none is looked at, so that places stay as they are."""
    found = [_sound(VersionRule, rule) for rule in rules] if isinstance(rules, list | tuple) else []
    return [] if None in found else [rule for rule in found if rule is not None]


def reaction_problems(scenario: Scenario) -> list[Problem]:
    """People answer to what they would be billed on the baseline, in their currency (decisions.md 4.2)."""
    if not scenario.assumptions.change_customers or len({candidate.market for candidate in scenario.candidates}) < 2:
        return []
    what = "customers answer to their bill on the baseline, and candidates are in different markets"
    return [Problem("assumptions", what, "Give every candidate the same `market`, or assume no answer to prices")]
