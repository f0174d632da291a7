"""What differs between two documents, in words: a line per place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

SHOWN_MAX: Final = 60
LISTED_MAX: Final = 20


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """`plans.pro.prices.monthly was 49 and is 59`, in the order of the places; empty where nothing differs."""
    return list(_between("", before, after))


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
