"""The parts of a forecast as rows that people read and change: what, how much, how sure, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from commet_core.decide.forecast.adjustments import Adjustments, Switch
from commet_core.decide.forecast.parts import Parts
from commet_core.decide.forecast.season import MONTHS_NEEDED
from commet_core.decide.forecast.shocks import NORMAL_90
from commet_core.foundation.wording import counted

What = Literal["silent_share", "return_share", "cancel_share", "growth", "season", "arrivals", "blocks"]
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class PartRow:
    """A part: shares and growth as numbers (.05 is 5 %), arrivals as customers a step.

    feature  None where the part is of customers
    low, high  an 80 % range; None where there is none
    """

    part: Switch
    what: What
    feature: str | None
    value: float | None
    low: float | None
    high: float | None
    source: str


def part_rows(parts: Parts) -> list[PartRow]:
    """What a forecast is made of, as it was used."""
    return [*_activity(parts), *_growth(parts), *_season(parts), _arrivals(parts), _pattern(parts)]


def _activity(parts: Parts) -> list[PartRow]:
    activity, changes, unit = parts.activity, parts.adjustments, parts.history.steps.unit
    source = f"{activity.exposed:,} times that an active customer could have used nothing in the {unit} after"
    back = (
        f"{activity.return_exposed:,} times that a silent customer could have come back"
        if activity.return_exposed
        else "nobody has been silent yet: a usual share is assumed"
    )
    rows = [
        _share("silent_share", activity.pooled, activity.exposed, _said(source, changes.silent_share is not None)),
        _share("return_share", activity.returned, activity.return_exposed, back),
    ]
    if "activity" in changes.without:
        return [PartRow("activity", "silent_share", None, None, None, None, "left out: who is active stays so")]
    if parts.cancel_share:
        said = "cancellations in the subscriptions ÷ months that customers were there"
        rows.append(PartRow("activity", "cancel_share", None, parts.cancel_share, None, None, said))
    return rows


def _share(what: What, share: float, exposed: int, source: str) -> PartRow:
    error = NORMAL_90 * np.sqrt(max(share * (1 - share), 1e-9) / max(exposed, 1))
    return PartRow("activity", what, None, share, max(0.0, share - error), min(1.0, share + error), source)


def _growth(parts: Parts) -> list[PartRow]:
    growth, changes = parts.growth, parts.adjustments
    rows = []
    for feature, name in enumerate(parts.history.usage.features):
        if "growth" in changes.without:
            rows.append(PartRow("growth", "growth", name, None, None, None, "left out: nobody grows or shrinks"))
            continue
        ends = [growth.mean[feature] + sign * NORMAL_90 * growth.error[feature] for sign in (0, -1, 1)]
        value, low, high = (float(np.expm1(end)) for end in ends)
        seen = int(growth.customers[feature])
        source = f"the usage of {counted(seen, 'customer')} with three or more months of it, damped by a tenth a month"
        source = source if seen else "no customer has three months of it yet: no growth is assumed"
        rows.append(PartRow("growth", "growth", name, value, low, high, _said(source, changes.growth is not None)))
    return rows


def _season(parts: Parts) -> list[PartRow]:
    if parts.season is None:
        count = parts.history.steps.count
        source = f"needs {MONTHS_NEEDED} months of usage; there {'is' if count == 1 else 'are'} {count}"
        source = "left out" if "season" in parts.adjustments.without else source
        return [PartRow("season", "season", None, None, None, None, source)]
    return [
        PartRow("season", "season", None, float(factor), None, None, f"{name}: usage against a usual month")
        for name, factor in zip(MONTH_NAMES, parts.season, strict=True)
    ]


def _arrivals(parts: Parts) -> PartRow:
    arrivals, changes, unit = parts.arrivals, parts.adjustments, parts.history.steps.unit
    if "arrivals" in changes.without:
        return PartRow("arrivals", "arrivals", None, None, None, None, "left out: nobody comes")
    value = float(arrivals.expected(1)[0])
    low, high = arrivals.range_of() if arrivals.fixed is None else (value, value)
    seen = ", ".join(str(count) for count in arrivals.counts)
    source = f"{seen} came in the last {counted(len(arrivals.counts), unit)}; like {counted(len(arrivals.donors), 'customer')}"
    return PartRow("arrivals", "arrivals", None, value, low, high, _said(source, _arrivals_changed(changes)))


def _arrivals_changed(changes: Adjustments) -> bool:
    return changes.arrivals is not None or changes.more_arrivals > 0


def _pattern(parts: Parts) -> PartRow:
    days = parts.history.steps.block_days
    middle = float(np.median(parts.blocks.counts)) if len(parts.blocks.counts) else 0.0
    source = f"each customer's own last {counted(days, 'day')} at a time, up to 13 of them, with their hours"
    if parts.repeats:
        source = "the last four weeks of each customer repeat as they were"
    return PartRow("pattern", "blocks", None, middle, None, None, source)


def _said(source: str, changed: bool) -> str:
    return f"yours; usage shows: {source}" if changed else source
