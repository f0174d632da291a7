"""Held levels: what of the seats or quota that are asked for a plan admits (billing-rules 10.1, 10.4), for one customer.

A level above a hard limit is held at it until there is room; one that is above already stays, and can only fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import compiled_for_many
from commet_core.foundation.money import micros
from commet_core.timeline.stages import Stage, levels_on

if TYPE_CHECKING:
    from commet_core.timeline.life import Life

NO_LIMIT: Final = 2**62
"""Micros that no level reaches."""

Asked = Mapping[str, Sequence[tuple[int, int]]]
"""A customer's levels by feature: (microseconds since 1970, micros from then on), ascending."""

NO_LEVELS: Final[Asked] = {}


def limit_of(catalog: Catalog, stage: Stage, feature: str) -> int:
    """The highest level in micros to which a customer on a stage can rise.

    Where units above `included` have a price there is none, save on a free plan and in a trial (7.1, 7.2). A plan without the
    feature admits none of it.
    """
    terms = levels_on(catalog, stage).get(feature)
    if terms is None:
        return 0
    priced = terms.overage is not None and stage.interval is not None and stage.state != "trial"
    return NO_LIMIT if terms.unlimited or priced else micros(terms.included)


@compiled_for_many("asked")
def held_after(asked, limit, held):  # type: ignore[no-untyped-def]
    return min(asked, max(limit, held))


def held_at(life: Life, feature: str, at: int) -> int:
    """The level in use at a moment of a customer's life, the levels of that moment included; in the window as the window counts it."""
    held, level, step, asked = 0, 0, 0, life.asked.get(feature, ())
    counted_from = life.window_start if at >= life.window_start else 0
    for phase in life.phases:
        end = at + 1 if phase.end is None or phase.end > at else phase.end
        stages = [(phase.start, phase.stage), *((when, stage) for when, stage in phase.changes if when < end)]
        for (start, stage), until in zip(stages, [*(when for when, _ in stages[1:]), end], strict=True):
            if start < counted_from and until <= counted_from:
                continue
            since, limit = max(start, counted_from), limit_of(life.catalog, stage, feature)
            while since in (phase.start, counted_from) and step < len(asked) and asked[step][0] <= since:
                level = asked[step][1]
                step += 1
            held = held_after(level, limit, held)
            while step < len(asked) and asked[step][0] < until:
                level = asked[step][1]
                held = held_after(level, limit, held)
                step += 1
    return held
