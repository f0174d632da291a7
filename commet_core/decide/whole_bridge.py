"""The bridges of a usage of any size: some customers at a time, each step's amounts added up (interfaces.md: `bridge`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from commet_core.decide.bridge import Bridge, Step, bridge, line_steps
from commet_core.engine.pieces import EVENTS_PER_PIECE, replay_pieces
from commet_core.engine.replay import Replay
from commet_core.foundation.progress import Progress, unheard
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage


def bridges(
    scenario: Scenario, usage: Usage, progress: Progress | None = None, events_per_piece: int = EVENTS_PER_PIECE
) -> list[Bridge]:
    """From the baseline to every other candidate, in the scenario's order. Raises InputError as `replay` does."""
    tell = progress or unheard
    baseline = scenario.baseline_index()
    names = [candidate.name for place, candidate in enumerate(scenario.candidates) if place != baseline]
    done, parts = 0, []

    def finish(replayed: Replay) -> list[Bridge]:
        return [bridge(replayed, name, whole=scenario) for name in names]

    for part in replay_pieces(scenario, usage, finish, events_per_piece):
        parts.append(part)
        done += len(part[0].customers) if part else 0
        tell(done / max(1, usage.customer_count), "Replaying what is between")
    return [joined([part[place] for part in parts]) for place in range(len(names))]


def joined(parts: Sequence[Bridge]) -> Bridge:
    """One bridge of all customers of some parts; a step that a part lacks changes nothing there."""
    steps = dict.fromkeys((step.term, step.before, step.after) for part in parts for step in part.steps)
    lines = list(line_steps())
    order = list(steps) if parts[0].by_terms else sorted(steps, key=lambda key: lines.index(key[0]))
    return Bridge(
        parts[0].candidate,
        parts[0].baseline,
        parts[0].by_terms,
        pa.concat_arrays([part.customers.cast(pa.string()) for part in parts]),
        tuple(_step(parts, *key) for key in order),
    )


def _step(parts: Sequence[Bridge], term: str, before: str | None, after: str | None) -> Step:
    found = [
        next((step for step in part.steps if (step.term, step.before, step.after) == (term, before, after)), None)
        for part in parts
    ]
    pairs = list(zip(parts, found, strict=True))
    billed = np.concatenate([_nothing(part) if step is None else step.billed for part, step in pairs])
    if not parts[0].by_terms:
        return Step(term, before, after, billed, None)
    earned = [_nothing(part) if step is None or step.earned is None else step.earned for part, step in pairs]
    return Step(term, before, after, billed, np.concatenate(earned))


def _nothing(part: Bridge) -> np.ndarray:
    return np.zeros(len(part.customers), np.int64)
