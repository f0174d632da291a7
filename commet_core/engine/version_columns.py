"""Which version of a plan a period is on, and which a line's price is of (billing-rules 8.7): its day, null of the plan's first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from commet_core.catalog.versions import HeldTerms, overage_version
from commet_core.engine.run import Run
from commet_core.engine.table_columns import named
from commet_core.rating.invoices import BALANCE_OVERAGE, DISCOUNT, FEATURE_OVERAGE, PLAN_BASE, PROMO_CODE_DISCOUNT
from commet_core.timeline.stages import Stage, plan_on

BASE_KINDS = (PLAN_BASE, DISCOUNT, PROMO_CODE_DISCOUNT)


def period_versions(run: Run) -> dict[str, pa.Array]:
    """Of every period the last version that its customer had adopted when it began; null while paused or canceled."""
    return {"version": _named(run, _of_stages(run, run.stages, _adopted)[run.timeline.segments.stages])}


def line_versions(run: Run) -> dict[str, pa.Array]:
    """Of a base price and its discount the version of the price, of an overage that of the price or terms it is charged at."""
    lines, timeline = run.bill.lines, run.timeline
    numbers = np.zeros(len(lines.kinds), np.int64)
    base = np.isin(lines.kinds, BASE_KINDS)
    numbers[base] = _of_stages(run, run.stages, lambda terms: terms.price)[timeline.segments.stages[lines.segments[base]]]
    below_zero = lines.kinds == BALANCE_OVERAGE
    numbers[below_zero] = _of_stages(run, run.stages, _adopted)[timeline.last_stages[lines.segments[below_zero]]]
    if run.charged.overage_stages is not None:
        overage = np.flatnonzero(lines.kinds == FEATURE_OVERAGE)
        numbers[overage] = _of_overage(run, lines.segments[overage], lines.items[overage])
    return {"version": _named(run, numbers)}


def _adopted(terms: HeldTerms) -> int:
    return max(terms.reset, terms.held, *terms.better)


def _days(run: Run) -> list[str]:
    """The days of versions, of which numbers name one; the first is none."""
    return ["", *sorted({version["from"] for plan in run.catalog.plans.values() for version in plan.versions})]


def _of_stages(run: Run, stages: Sequence[Stage], number: Callable[[HeldTerms], int]) -> np.ndarray:
    """int64, one per stage: the place among `_days` of the version that some of its terms are of."""
    return np.array([_place(run, stage, 0 if stage.terms is None else number(stage.terms)) for stage in stages], np.int64)


def _place(run: Run, stage: Stage, number: int) -> int:
    if number == 0 or stage.plan is None or not stage.has_periods:
        return 0
    return _days(run).index(run.catalog.plans[stage.plan].versions[number - 1]["from"])


def _of_overage(run: Run, segments: np.ndarray, features: np.ndarray) -> np.ndarray:
    """int64, one per line: of the version whose price a feature's overage in a segment is charged at."""
    timeline, stages = run.timeline, (*run.stages, *run.charged.further_stages)
    assert run.charged.overage_stages is not None
    width = max(1, len(run.usage.features))
    keys = timeline.cell_segments * width + timeline.segments.cell_features.astype(np.int64)
    cells = np.searchsorted(keys, segments.astype(np.int64) * width + features)
    pairs = np.stack([run.charged.overage_stages[cells], features.astype(np.int64)], axis=1)
    distinct, which = np.unique(pairs, axis=0, return_inverse=True)
    found = [_overage_place(run, stages[stage], run.usage.features[feature]) for stage, feature in distinct.tolist()]
    return np.array(found, np.int64)[which.reshape(-1)]


def _overage_place(run: Run, stage: Stage, code: str) -> int:
    if stage.terms is None or stage.plan is None:
        return 0
    price = plan_on(run.catalog, stage).features[code].overage_price
    return _place(run, stage, overage_version(run.catalog.plans[stage.plan], stage.terms, code, price))


def _named(run: Run, places: np.ndarray) -> pa.Array:
    return named(places, tuple(_days(run)), absent=places == 0)
