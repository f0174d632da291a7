"""Paths replayed: every candidate on the same usage, its state carried on from history, some customers at a time (decisions.md 3.1).

A path of some customers is a task; tasks of a batch go side by side, and what they come to adds up. Nothing of a path is kept but
its totals, so that memory does not grow with paths.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from commet_core.decide.forecast.cancellations import path_rows
from commet_core.decide.forecast.paths import Drawing, Piece
from commet_core.decide.forecast.totals import StepTotals, added, step_totals
from commet_core.engine.pieces import replay_customers
from commet_core.foundation.derived import cached_property
from commet_core.foundation.parallel import worker_pool
from commet_core.foundation.progress import Progress
from commet_core.foundation.ranges import ranges_up_to
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import CustomerRow, Scenario
from commet_core.usage.usage import Usage

EVENTS_PER_PIECE: Final = 250_000
"""Of history. A path is some times as long, and as many pieces as there are cores are in memory at once."""

EVENTS_IN_STEP: Final = 2
"""A customer's billing periods take memory, too, about as much in a step as so many events."""

PATHS_PER_BATCH: Final = 20


@dataclass(frozen=True, eq=False)
class Replaying:
    """Paths of a drawing, ready to be replayed. accounts: what is earned and outstanding, too."""

    drawing: Drawing
    accounts: bool = True
    events_per_piece: int = EVENTS_PER_PIECE

    @cached_property
    def scenario(self) -> Scenario:
        """The history's, its window longer by the steps asked for."""
        history = self.drawing.parts.history
        assert history.scenario.window is not None
        end = history.steps.date(history.steps.origin + self.drawing.steps)
        return history.scenario.model_copy(update={"window": Window(start=history.scenario.window.start, end=end)})

    @cached_property
    def pieces(self) -> list[tuple[list[CustomerRow], Piece]]:
        """Some customers at a time, with their rows; whichever they are, what they come to adds up to the same."""
        history = self.drawing.parts.history
        offsets, steps = history.usage.offsets, history.steps.count + self.drawing.steps
        bounds = ranges_up_to(offsets + EVENTS_IN_STEP * steps * np.arange(len(offsets)), self.events_per_piece)
        pieces = [Piece(self.drawing, *part) for part in bounds] or [Piece(self.drawing, 0, 0)]
        return list(zip(rows_of(history.usage, pieces, history.scenario.customer_rows), pieces, strict=True))

    def totals(self, paths: range, tell: Progress) -> list[StepTotals]:
        """What each path comes to, in all steps ahead. progress: what it raises stops the work."""
        pieces = range(len(self.pieces))
        results: list[StepTotals] = []
        with worker_pool() as pool:
            futures = [[pool.submit(self.of_piece, path, place) for place in pieces] for path in paths]
            try:
                for done, parts in enumerate(futures, 1):
                    results.append(added([part.result() for part in parts]))
                    tell(done / len(futures), f"Replaying possible futures: {done:,} of {len(futures):,}")
            except BaseException:
                for part in (part for parts in futures for part in parts):
                    part.cancel()
                raise
        return results

    def of_piece(self, path: int, place: int) -> StepTotals:
        """What the customers of a piece, given by its place, come to in a path."""
        rows, piece = self.pieces[place]
        usage, steps = piece.path(path), self.drawing.parts.history.steps
        replayed = replay_customers(self.scenario, [*rows, *path_rows(piece, path)], usage)
        return step_totals(replayed, steps.unit, steps.origin, self.drawing.steps, accounts=self.accounts)


class ReplayPaths(Protocol):
    """Replays the paths of a drawing: `Replaying.totals` on this machine, or elsewhere with the same numbers."""

    def __call__(self, replaying: Replaying, paths: range, tell: Progress) -> list[StepTotals]: ...


def here(replaying: Replaying, paths: range, tell: Progress) -> list[StepTotals]:
    """On this machine."""
    return replaying.totals(paths, tell)


def rows_of(usage: Usage, pieces: Sequence[Piece], rows: Sequence[CustomerRow]) -> list[list[CustomerRow]]:
    """The subscription rows of each piece's customers; those of customers without usage go with those who come before them."""
    shares: list[list[CustomerRow]] = [[] for _ in pieces]
    if rows:
        firsts = [usage.customers[piece.first].as_py() for piece in pieces if piece.last > piece.first]
        for row in rows:
            shares[max(0, bisect_right(firsts, row.customer_id) - 1)].append(row)
    return shares
