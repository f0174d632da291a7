"""What a column might be where its name says nothing: told from its values, with the reason, for somebody to agree to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import REQUIRED, ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.sample import NEVER_UNITS, Sample

ROWS_MIN: Final = 5
"""So many values tell something."""
FEATURES_MAX: Final = 20
_TIME: Final = late_pattern(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?([T ].*)?|(19|20)\d\d[-/](0?[1-9]|1[0-2])|\d\d?[-/. ]([A-Za-z]{3,9}|\d\d?)[-/. ]\d{2,4}([ ,].*)?|[A-Za-z]{3,9} \d\d?, \d{4}.*|1[0-9]{9}(\d{3})?(\.\d+)?"
)
_KINDS: Final = frozenset(
    {"kind", "type", "status", "state", "model", "maxmode", "mode", "region", "currency", "unit", "provider", "level"}
)
"""Texts under these names (letters alone) are no ids."""
_WORD: Final = late_pattern(r"[A-Za-z][\w .:/-]{0,40}")


@dataclass(frozen=True)
class Proposal:
    """One of our columns may be read from a name; reason: in words, `each of its values is a time`."""

    ours: str
    name: str
    reason: str


def proposals(sample: Sample, mapping: ColumnMapping) -> tuple[Proposal, ...]:
    """For each column that every row needs and for the value, where nothing is read for it: the likeliest name, if there is one."""
    taken = set(mapping.all_names())
    found: list[Proposal] = []
    for ours, look in _LOOKS.items():
        if mapping.has(ours) or (mapping.features and ours in ("feature", "value")):
            continue
        free = [name for name in sample.names if name not in taken]
        best = max(filter(None, (look(sample, name) for name in free)), key=lambda seen: seen[0], default=None)
        if best is not None:
            found.append(Proposal(ours, best[1], best[2]))
            taken.add(best[1])
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.ours)))


def in_words(found: Iterable[Proposal]) -> str:
    """`Wann` may be the time (each of its values is one), …; empty where there are none."""
    return ", ".join(f"`{each.name}` may be `{each.ours}` ({each.reason})" for each in found)


Seen = tuple[float, str, str]
"""How likely it is, the name, and the reason."""


def _time(sample: Sample, name: str) -> Seen | None:
    values = sample.values(name)
    share = sum(_TIME.fullmatch(value) is not None for value in values) / max(1, len(values))
    return (share + _filled(sample, name), name, "its values are times") if share > 0.9 else None


def _feature(sample: Sample, name: str) -> Seen | None:
    values = sample.values(name)
    kinds = len(set(values))
    words = all(_WORD.fullmatch(value) for value in values)
    if len(values) < ROWS_MIN or not words or kinds > min(FEATURES_MAX, len(values) // 2) or _filled(sample, name) < 1:
        return None
    return (
        -kinds / FEATURES_MAX + (kinds > 1),
        name,
        f"it holds {kinds} different {'text' if kinds == 1 else 'texts'} again and again",
    )


def _customer(sample: Sample, name: str) -> Seen | None:
    values = sample.values(name)
    kinds = len(set(values))
    if len(values) < ROWS_MIN or _filled(sample, name) < 1 or kinds < 2 or kinds == len(values):
        return None
    if (
        letters(name) in _KINDS
        or all(_TIME.fullmatch(value) for value in values)
        or (sample.is_number(name) and not letters(name).endswith("id"))
    ):
        return None
    return (kinds / len(values), name, f"it holds {kinds:,} different ids, most of them again and again")


def _value(sample: Sample, name: str) -> Seen | None:
    plain = letters(name)
    if not sample.is_number(name) or plain in NEVER_UNITS or plain.endswith("id") or len(set(sample.values(name))) < 2:
        return None
    return (_filled(sample, name), name, "its values are numbers")


def _filled(sample: Sample, name: str) -> float:
    return len(sample.values(name)) / max(1, len(sample.rows))


_LOOKS: Final[dict[str, Callable[[Sample, str], Seen | None]]] = {
    "timestamp": _time,
    "customer_id": _customer,
    "feature": _feature,
    "value": _value,
}
_ORDER: Final = (*REQUIRED, "value")
