"""What a forecast is made of, as rows for people: the part, what the usage shows, and how much hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from commet_core.decide.forecast import Adjustments, Forecast, begin_changed, paths_of
from commet_core.decide.forecast.adjustments import Switch
from commet_core.decide.forecast.part_rows import PartRow, part_rows
from commet_core.decide.forecast.parts import Parts
from commet_core.decide.forecast.totals import StepTotals
from commet_core.foundation.formats import percent
from commet_core.foundation.money import minor_decimals, symbol
from commet_core.foundation.progress import Progress, share_of, unheard

EFFECT_PATHS: Final = 20
POINT: Final = 0.01


@dataclass(frozen=True)
class ShownPart:
    """A part as it is read. from_usage: what the data say; source: where that comes from; switch: what leaves it out."""

    name: str
    from_usage: str
    source: str
    switch: Switch


def shown_parts(parts: Parts) -> list[ShownPart]:
    """The parts, as the usage shows them or as they were changed."""
    unit = parts.history.steps.unit
    names = {
        "silent_share": f"Fall silent in a {unit}",
        "return_share": "Come back after silence",
        "cancel_share": f"Cancel in a {unit}",
        "growth": "Usage of those who stay",
        "season": "Season of the year",
        "arrivals": f"New customers a {unit}",
        "blocks": "How customers use",
    }
    features = {code: feature.name or code for code, feature in parts.history.scenario.catalog.features.items()}
    rows = [row for row in part_rows(parts) if row.what != "season" or row.value is None or row is _first_season(parts)]
    return [ShownPart(_named(names[row.what], row, features), _figures(row), row.source, row.part) for row in rows]


def _first_season(parts: Parts) -> PartRow | None:
    return next((row for row in part_rows(parts) if row.what == "season"), None)


def _named(name: str, row: PartRow, features: Mapping[str, str]) -> str:
    return f"{name}: {features.get(row.feature, row.feature)}" if row.feature else name


def _figures(row: PartRow) -> str:
    if row.value is None:
        return row.source if row.what == "season" else "none"
    if row.what == "arrivals":
        return f"{row.value:,.1f} ({row.low:,.1f} to {row.high:,.1f})"
    if row.what == "blocks":
        return "weeks of their own"
    if row.what == "season":
        return "as in the years before"
    if row.low is None or row.high is None:
        return _share(row.value)
    sign = "+" if row.what == "growth" and row.value > 0 else ""
    return f"{sign}{_share(row.value)} ({_share(row.low)} to {_share(row.high)})"


def _share(share: float) -> str:
    return percent(Decimal(str(round(share, 4))))


@dataclass(frozen=True)
class Effect:
    """What a change of a part does to the baseline over the horizon: `+$310`, `for one more`."""

    part: Switch
    change: str
    amount: str


def effects(begun: Forecast, tell: Progress = unheard) -> list[Effect]:
    """What hangs on each part: the mean over the same futures with and without a change."""
    parts = begun.parts
    usual = float(parts.arrivals.expected(1)[0])
    changes: list[tuple[Switch, str, Adjustments]] = [
        ("arrivals", "for one more", Adjustments(more_arrivals=1)),
        ("arrivals", f"if none came (now {usual:,.1f})", Adjustments(without=frozenset({"arrivals"}))),
        ("activity", "for one point more", Adjustments(silent_share=min(1.0, parts.activity.pooled + POINT))),
        ("growth", "if it did not change", Adjustments(without=frozenset({"growth"}))),
    ]
    place, count = begun.scenario.baseline_index(), len(changes) + 1
    heard = [
        share_of(tell, number / count, (number + 1) / count, "Working out what hangs on each part") for number in range(count)
    ]
    before = _horizon(begun, place, heard[0])
    currency = begun.scenario.catalog.currency
    return [
        Effect(part, words, _signed(_horizon(begin_changed(begun, change), place, listening) - before, currency))
        for (part, words, change), listening in zip(changes, heard[1:], strict=True)
    ]


def changed_words(usual: Forecast, changed: Forecast) -> str:
    """What a reader's changes come to for each candidate, on the futures that both have: `+$2,900 on Metered, +$2,100 on Credits`."""
    count, currency = min(len(usual.totals), len(changed.totals)), usual.scenario.catalog.currency
    moved = [
        _mean(changed.totals[:count], place, currency) - _mean(usual.totals[:count], place, currency)
        for place in range(len(usual.scenario.candidates))
    ]
    names = [candidate.name for candidate in usual.scenario.candidates]
    return ", ".join(f"{_signed(amount, currency)} on {name}" for name, amount in zip(names, moved, strict=True))


def _horizon(begun: Forecast, place: int, tell: Progress) -> float:
    return _mean(paths_of(begun, range(EFFECT_PATHS), tell), place, begun.scenario.catalog.currency)


def _mean(of_paths: Sequence[StepTotals], place: int, currency: str) -> float:
    """The mean of what is billed over the horizon, without closing invoices."""
    totals = [of_path.billed[place] - of_path.closing[place] for of_path in of_paths]
    return float(np.stack(totals).sum(axis=1).mean()) / 10 ** minor_decimals(currency)


def _signed(amount: float, currency: str) -> str:
    tens = round(amount, -1)
    sign = "+" if tens > 0 else "-" if tens < 0 else ""
    return f"{sign}{symbol(currency)}{abs(tens):,.0f}"


def percent_points(share: float) -> float:
    """A share as a field shows it: .021 as 2.1."""
    return round(share * 100, 1)


def typed_share(points: float) -> float:
    """What a field of per cent says, as a share."""
    return round(points / 100, 6)
