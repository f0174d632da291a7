"""What differs between two documents, in words: a line per place."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

SHOWN_MAX: Final = 60
LISTED_MAX: Final = 20
VERBS: Final = (" was ", " was removed")
BEGINNINGS: Final[Mapping[str, str]] = {
    "catalog.plans.": "plan",
    "catalog.features.": "feature",
    "catalog.credit_packs.": "pack",
    "catalog.offers.": "offer",
    "catalog.plan_groups.": "plan group",
    "catalog.models.": "AI model",
    "catalog.": "catalog,",
    "candidates.": "candidate",
    "assumptions.": "assumption:",
    "source.": "usage,",
}
"""Where in a study something stands → what that is called."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """`plans.pro.prices.monthly was 49 and is 59`, in the order of the places; empty where nothing differs."""
    return list(_between("", before, after))


def in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs between two studies, by what people call it: `plan Pro, prices, monthly was 49 and is 59`."""
    plans = {code: str(plan.get("name") or code) for study in (before, after) for code, plan in _plans(study).items()}
    shared = {name for name, count in Counter(plans.values()).items() if count > 1}
    plans = {code: f"{name} ({code})" if name in shared else name for code, name in plans.items()}
    return [_named(line, plans) for line in differences(before, after)]


def _plans(study: Mapping[str, Any]) -> Mapping[str, Any]:
    catalog = study.get("catalog")
    plans = catalog.get("plans", {}) if isinstance(catalog, Mapping) else {}
    return {code: plan for code, plan in plans.items() if isinstance(plan, Mapping)}


def _named(line: str, plans: Mapping[str, str]) -> str:
    """The place at the beginning of a line, as words."""
    place, verb, rest = next(line.partition(verb) for verb in VERBS if verb in line)
    for beginning, word in BEGINNINGS.items():
        if place == beginning.rstrip(".") or place.startswith(beginning):
            inner = place.removeprefix(beginning.rstrip(".")).lstrip(".")
            code = next((code for code in plans if inner == code or inner.startswith(f"{code}.")), "")
            is_plan = word == "plan" and code
            parts = [part.replace("_", " ") for part in (inner.removeprefix(code) if is_plan else inner).split(".") if part]
            return f"{word} {', '.join([plans[code], *parts] if is_plan else parts)}".rstrip() + verb + rest
    return f"{place.replace('_', ' ')}{verb}{rest}"


def listed_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The first of the differences as a sentence's end, and how many more there are; `nothing` where there are none."""
    found = differences(before, after)
    more = f"; and {len(found) - LISTED_MAX} more" if len(found) > LISTED_MAX else ""
    return "; ".join(found[:LISTED_MAX]) + more if found else "nothing"


def _between(path: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            place = f"{path}.{key}" if path else str(key)
            if key not in after:
                yield f"{place} was removed"
            elif key not in before:
                yield f"{place} was added: {_shown(after[key])}"
            else:
                yield from _between(place, before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (was, now) in enumerate(zip(before, after, strict=True), start=1):
            yield from _between(f"{path}.{_name(was, number)}", was, now)
    elif before != after:
        yield f"{path} was {_shown(before)} and is {_shown(after)}"


def _name(part: Any, number: int) -> str:
    """What an entry of a list is called: its name where it has one."""
    return str(part["name"]) if isinstance(part, Mapping) and "name" in part else str(number)


def _shown(part: Any) -> str:
    text = (part or "empty") if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
