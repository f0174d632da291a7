"""What stubs add to results (billing-rules 2.2): which periods are one, and how many days their lines pay for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.engine.run import Run


def stub_columns(run: Run) -> dict[str, pa.Array]:
    """Whether a period is a stub, up to the next billing day."""
    is_stub = np.array([stage.stub is not None for stage in run.stages])
    return {"stub": pa.array(run.timeline.of_segments(is_stub))}


def days_of_stubs(run: Run) -> np.ndarray:
    """int64, one per segment: the days of a stub; -1 of other periods."""
    days = [-1 if stage.stub is None else stage.stub.days for stage in run.stages]
    return run.timeline.of_segments(np.array(days, np.int64))
