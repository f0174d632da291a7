"""Which features of a usage the compared plans have, and which of the plans' features are used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Coverage:
    """How usage and plans fit together.

    without_plan  used features that no plan has: all of their usage is refused (billing-rules 3.3)
    partly        used feature → names of the plans that lack it, where others have it
    unused        features of plans that nobody uses → names of those plans
    """

    without_plan: tuple[str, ...]
    partly: Mapping[str, tuple[str, ...]]
    unused: Mapping[str, tuple[str, ...]]


def coverage(used: Sequence[str], plans: Mapping[str, Collection[str]]) -> Coverage:
    """How the features of a usage fit plans; `plans`: the features that each has, by the names to speak of them."""
    lacking = {feature: tuple(name for name, own in plans.items() if feature not in own) for feature in used}
    offered = list(dict.fromkeys(feature for own in plans.values() for feature in own))
    return Coverage(
        without_plan=tuple(feature for feature, names in lacking.items() if len(names) == len(plans)),
        partly={feature: names for feature, names in lacking.items() if 0 < len(names) < len(plans)},
        unused={
            feature: tuple(name for name, own in plans.items() if feature in own) for feature in offered if feature not in used
        },
    )
