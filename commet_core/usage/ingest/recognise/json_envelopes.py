"""Where the rows of a JSON document lie: under `data`, `results` or any other array of objects, perhaps several levels down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Path = tuple[str, ...]

USUAL: Final = ("data", "results", "usage_records", "items", "records", "events", "usage", "rows", "values", "entries")
"""Under these names rows lie most often; of several arrays the first of these is taken, else the longest."""

DEPTH_MAX: Final = 6


def arrays_of(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys under which one of these objects has an array of objects, the likeliest first; then those of objects that have."""
    lengths: dict[str, int] = {}
    inside: dict[str, int] = {}
    for found in objects:
        for key, value in found.items():
            if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
                lengths[key] = lengths.get(key, 0) + len(value)
            elif isinstance(value, dict) and (length := _length_inside(value)):
                inside[key] = inside.get(key, 0) + length
    order = {name: place for place, name in enumerate(USUAL)}
    direct = sorted(lengths, key=lambda key: (order.get(key.lower(), len(order)), -lengths[key]))
    return [*direct, *sorted(inside.keys() - lengths.keys(), key=lambda key: -inside[key])]


def _length_inside(found: Mapping[str, Any], depth: int = 2) -> int:
    """How many objects the arrays inside an object have."""
    lists = [
        value for value in found.values() if isinstance(value, list) and value and all(isinstance(part, dict) for part in value)
    ]
    deeper = [value for value in found.values() if isinstance(value, dict)] if depth else []
    return sum(map(len, lists)) + sum(_length_inside(value, depth - 1) for value in deeper)


def unfolded(objects: Sequence[Mapping[str, Any]], path: Path, *, around: bool) -> Iterator[dict[str, Any]]:
    """The rows under a path. around: each has what stands around it too, its own names first."""
    for found in objects:
        yield from _rows(found, path, around={} if around else None)


def _rows(found: Mapping[str, Any], path: Path, around: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    if not path:
        yield dict(found) if around is None else {**around, **found}
        return
    inner = found.get(path[0])
    outer = None if around is None else {**around, **{key: value for key, value in found.items() if key != path[0]}}
    for part in inner if isinstance(inner, list) else [inner]:
        if isinstance(part, dict):
            yield from _rows(part, path[1:], outer)
