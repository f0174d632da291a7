"""Plans, features, packs, groups and offers: one more, one changed, one gone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from commet_core.foundation.wording import counted
from commet_core.scenario.drafts.candidates import plans_of, settled
from commet_core.scenario.drafts.codes import free_code, free_name
from commet_core.scenario.drafts.design import CALLED, Design, Kind, Path, name_of
from commet_core.scenario.drafts.plan_lists import plan_lists

FIRST_NAMES: Final[Mapping[Kind, str]] = {
    "plans": "New plan",
    "features": "New feature",
    "credit_packs": "New pack",
    "offers": "New offer",
    "addons": "New add-on",
}
"""What something is called until somebody names it; its code is made from that, and follows its first real name."""


def with_value(design: Design, path: Path, value: object) -> Design:
    """The design with a value at a path of its document, or without the key where the value is None."""
    document = copy.deepcopy(design.document)
    part: Any = document
    for key in path[:-1]:
        part = part[int(key)] if isinstance(part, list) else part.setdefault(key, {})
    if isinstance(part, list):
        part[int(path[-1])] = value
    elif value is None:
        part.pop(path[-1], None)
    else:
        part[path[-1]] = value
    return settled(replace(design, document=document, notes=()))


def with_new(design: Design, kind: Kind, name: str, content: Mapping[str, Any], code: str = "") -> tuple[Design, str]:
    """The design with one more plan, feature or pack, and its code."""
    code = free_code(code or name, design.group(kind))
    return with_value(design, (kind, code), {"name": name, **copy.deepcopy(dict(content))}), code


def with_copy(design: Design, kind: Kind, code: str) -> tuple[Design, str]:
    """The design with a copy of a plan, feature or pack, and the copy's code."""
    original = design.group(kind)[code]
    names = [other.get("name", "") for other in design.group(kind).values()]
    name = free_name(f"{original.get('name') or code} copy", names)
    rest = {key: value for key, value in original.items() if key != "name"}
    return with_new(design, kind, name, rest)


def without(design: Design, kind: Kind, code: str) -> Design:
    """The design without a plan, feature, pack, group or offer, and without what referred to it; the notes say what went."""
    document = copy.deepcopy(design.document)
    del document[kind][code]
    notes = [f"Deleted the {CALLED[kind]} “{name_of(design, kind, code)}”."]
    if kind == "features":
        having = [plan for plan in document.get("plans", {}).values() if code in plan.get("features", {})]
        for plan in having:
            plan["features"].pop(code)
        if having:
            notes.append(f"It was taken out of {counted(len(having), 'plan')}.")
        notes += _go_too(document, "addons", "feature", code)
    if kind == "offers":
        notes += _go_too(document, "promo_codes", "offer", code)
    if kind == "plans":
        notes += _leave_line_ups(design, code)
        for place in plan_lists(document):
            place[:] = [plan for plan in place if plan != code]
    fitting = settled(replace(design, document=document, notes=()))
    return replace(fitting, notes=(*notes, *fitting.notes))


def _go_too(document: dict[str, Any], kind: Kind, key: str, code: str) -> list[str]:
    """Takes out what is nothing without what was deleted; returns what to say of it."""
    group: dict[str, Any] = document.get(kind, {})
    gone = [other for other, content in group.items() if content.get(key) == code]
    for other in gone:
        del group[other]
    return [f"With it went {counted(len(gone), CALLED[kind])}."] if gone else []


def _leave_line_ups(design: Design, code: str) -> list[str]:
    """What to say of compared line-ups that go on without a plan."""
    left = [candidate for candidate in design.candidates if "group" in candidate and code in plans_of(design, candidate)]
    return [
        f"“{candidate.get('name')}” is compared with the other plans of its line-up."
        for candidate in left
        if len(plans_of(design, candidate)) > 1
    ]
