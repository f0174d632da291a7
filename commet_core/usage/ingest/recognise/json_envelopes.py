"""Where the rows of a JSON document lie: under `data`, `results` or any other array of objects, perhaps in several levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Path = tuple[str, ...]

USUAL: Final = ("data", "results", "usage_records", "items", "records", "events", "usage", "rows", "values", "entries")
"""Under these names rows lie most often; of several arrays the first of these is taken, else the longest."""

DEPTH_MAX: Final = 4


def arrays_of(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys under which one of these objects has an array of objects, the likeliest first."""
    lengths: dict[str, int] = {}
    for found in objects:
        for key, value in found.items():
            if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
                lengths[key] = lengths.get(key, 0) + len(value)
    order = {name: place for place, name in enumerate(USUAL)}
    return sorted(lengths, key=lambda key: (order.get(key.lower(), len(order)), -lengths[key]))


def unfolded(objects: Sequence[Mapping[str, Any]], path: Path) -> Iterator[dict[str, Any]]:
    """The rows under a path. Of several levels each row has what stands around it too, its own names first."""
    for found in objects:
        yield from _rows(found, path, around={} if len(path) > 1 else None)


def _rows(found: Mapping[str, Any], path: Path, around: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    if not path:
        yield dict(found) if around is None else {**around, **found}
        return
    inner = found.get(path[0])
    outer = None if around is None else {**around, **{key: value for key, value in found.items() if key != path[0]}}
    for part in inner if isinstance(inner, list) else ():
        if isinstance(part, dict):
            yield from _rows(part, path[1:], outer)
