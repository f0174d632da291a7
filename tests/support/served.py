"""A run that says it served something else than it did: to see that its laws notice."""

from dataclasses import replace

import numpy as np

from commet_core.engine.run import Run
from commet_core.rating.admission import EVENTS, UNITS


def with_served(run: Run, *, units: np.ndarray | None = None, events: np.ndarray | None = None) -> Run:
    """units, events: of each cell, in place of its own."""
    cells = run.admitted.cells.copy()
    for row, column in ((UNITS, units), (EVENTS, events)):
        if column is not None:
            cells[row] = column
    return replace(run, admitted=run.admitted._replace(cells=cells))
