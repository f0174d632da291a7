"""Features of a usage whose values are levels (billing-rules 10.4): how they are told from those that are used up.

A mapping says which are (`levels: [seats]`). Their rows travel as all others do, in memory, in stores, in parts and on Spark,
under a name that no catalog can have; a replay takes them out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import pyarrow as pa

MARK: Final = "\u2060"
"""Behind the name of a feature whose values are levels: no code in a catalog has it, as it cannot be seen."""


def marked(features: pa.Array, levels: Collection[str]) -> pa.Array:
    """Texts of features, those that are levels with the mark."""
    if not levels:
        return features
    return pa.array([f"{name}{MARK}" if name in levels else name for name in features.to_pylist()], pa.string())


def is_level(feature: str) -> bool:
    return feature.endswith(MARK)


def name_of(feature: str) -> str:
    """The feature's own name."""
    return feature.removesuffix(MARK)


def used_up(features: Iterable[str]) -> tuple[str, ...]:
    return tuple(feature for feature in features if not is_level(feature))
