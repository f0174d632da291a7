"""The allowance over time: what a customer has left, or has used of what is included, stepping at every event.

A chart can hold so many points. Where there are more, the window is cut into equal stretches, and of each stretch the first,
the last, the lowest and the highest point stay: exact points, fewer of them. Resets always stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.arrow import PRICE_TYPE, TIME, UNIT_TYPE, decimals
from commet_core.foundation.money import decimal_of
from commet_core.rating.admission import REASONS, SERVED
from commet_core.rating.metered_rates import MeteredRates
from commet_core.reports.statement import Statement
from commet_core.timeline.treatments import LIMITED, PRICED

STRETCHES = 400
"""A chart is about so many points wide; with at most six kept of each stretch it stays well below 10,000."""

WHOLE_MOST = 1_500
"""Up to so many events and resets, each is drawn."""

RESETS_MOST = 600
"""Up to so many resets, each is drawn whatever else is left out."""

MARKS = ("reset", "purchase", *REASONS[SERVED + 1 :])


@dataclass(frozen=True)
class Allowance:
    """What to draw.

    steps      time and the levels that hold from then on; metered: `used`, and `included` (null where nothing limits it, or
               nothing is served); credits: `plan_credits` and `purchased_credits`; balance: `balance`
    marks      time, until, kind (one of MARKS), count, amount (credits or money bought, else null), level (the sum of the
               levels at `time`): one row per kind and stretch
    included   metered: units included in the last period, None where there is no such number; else what it grants
    whole      whether every event is a point
    stretch    microseconds that a point may stand for, where not
    """

    steps: pa.Table
    marks: pa.Table
    included: Decimal | None
    whole: bool
    stretch: int


def used_of_feature(statement: Statement, feature: str) -> Allowance:
    """Metered: units used of a feature in each period, against what is included."""
    assert isinstance(statement.run.rates, MeteredRates)
    rates, index = statement.run.rates, statement.run.usage.features.index(feature)
    rows = np.flatnonzero(statement.features == index)
    stages, resets = statement.segment_stages, np.zeros(len(statement.segment_stages), np.int64)
    counted = np.isin(rates.kinds[stages, index], (PRICED, LIMITED))
    included = pc.if_else(pa.array(counted), decimals(rates.included[stages, index], UNIT_TYPE), pa.scalar(None, UNIT_TYPE))
    last = int(np.flatnonzero(_has_periods(statement)).max(initial=0))
    shown = _allowance(statement, rows, {"used": (statement.moves.used[rows], resets)}, UNIT_TYPE, included[last].as_py())
    times = np.asarray(shown.steps["time"].cast(pa.int64()))
    places = np.searchsorted(statement.run.timeline.starts[statement.segments], times, side="right") - 1
    return replace(shown, steps=shown.steps.append_column("included", included.take(pa.array(places))))


def _has_periods(statement: Statement) -> np.ndarray:
    """bool, one per segment of the customer: it is a billing period, and its beginning a reset."""
    return np.array([stage.has_periods for stage in statement.run.stages])[statement.segment_stages]


def credits_left(statement: Statement) -> Allowance:
    """Credits: plan credits and purchased credits left."""
    granted, ledger = statement.run.segment_granted[statement.segments], statement.ledger
    levels = {"plan_credits": (ledger.left, granted), "purchased_credits": (ledger.purchased, None)}
    every = np.arange(statement.event_count)
    return _allowance(statement, every, levels, UNIT_TYPE, decimal_of(granted[-1], UNIT_TYPE.scale))


def balance_left(statement: Statement) -> Allowance:
    """Balance: what is left of it; below zero it is overage."""
    granted = statement.run.segment_granted[statement.segments]
    every = np.arange(statement.event_count)
    levels = {"balance": (statement.ledger.left, granted)}
    return _allowance(statement, every, levels, PRICE_TYPE, decimal_of(granted[-1], PRICE_TYPE.scale))


def _allowance(
    statement: Statement,
    rows: np.ndarray,
    levels: Mapping[str, tuple[np.ndarray, np.ndarray | None]],
    kind: pa.DataType,
    included: Decimal | None,
) -> Allowance:
    """levels: per name the level after each event of `rows`, and the one at each reset (None: it stays as it was)."""
    starts = statement.run.timeline.starts[statement.segments]
    timeline = statement.run.timeline
    end = timeline.window.span(timeline.days)[1]
    points = _points(statement, rows, levels)
    places = np.searchsorted(points.segments, np.arange(len(starts)))  # a reset comes before what happens in its period (3.1)
    times = np.append(np.insert(points.times, places, starts), end)
    columns = {name: _with_resets(points.levels[name], places, reset) for name, (_, reset) in levels.items()}
    reset_points = places + np.arange(len(places))

    stretch = max(1, -(-(end - int(starts[0])) // STRETCHES))
    whole = len(times) <= WHOLE_MOST
    drawn = np.arange(len(times)) if whole else _thinned((times - starts[0]) // stretch, list(columns.values()), reset_points)
    steps = {"time": pa.array(times[drawn]).cast(TIME)} | {
        name: decimals(column[drawn], kind) for name, column in columns.items()
    }
    level = np.sum(list(columns.values()), axis=0)
    grid = int(starts[0]), stretch
    happened = np.delete(np.arange(len(times) - 1), reset_points)
    marks = _marks(points, happened, reset_points[_has_periods(statement)], times, level, kind, grid)
    return Allowance(pa.table(steps), marks, included, whole, stretch)


@dataclass(frozen=True)
class _Points:
    """Events, and before them what actions bought, gave and took, in order: int64, one entry each.

    segments  the customer's segment, counted from its first
    levels    after it
    reasons   of an event that was refused, as the ledger has them
    bought    by or for it
    """

    segments: np.ndarray
    times: np.ndarray
    levels: dict[str, np.ndarray]
    reasons: np.ndarray
    bought: np.ndarray


def _points(statement: Statement, rows: np.ndarray, levels: Mapping[str, tuple[np.ndarray, np.ndarray | None]]) -> _Points:
    places = [acted.event for acted in statement.acted]  # where somebody buys, `rows` are all events
    amounts = [0 if acted.adjusts else acted.amount for acted in statement.acted]
    segments = np.insert(statement.event_segments[rows], places, [acted.segment for acted in statement.acted])
    after = {name: np.insert(column, places, 0) for name, (column, _) in levels.items()}
    for point, acted in zip(np.array(places, np.int64) + np.arange(len(places)), statement.acted, strict=True):
        _carry_on(after, levels, segments, int(point))
        after["plan_credits" if acted.adjusts == "plan_credits" else list(levels)[-1]][point] += acted.amount
    return _Points(
        segments,
        np.insert(statement.times[rows], places, [acted.at for acted in statement.acted]),
        after,
        np.insert(statement.ledger.reasons[rows], places, SERVED),
        np.insert(statement.moves.bought[rows], places, amounts),
    )


def _carry_on(
    after: dict[str, np.ndarray],
    levels: Mapping[str, tuple[np.ndarray, np.ndarray | None]],
    segments: np.ndarray,
    point: int,
) -> None:
    """The levels at a point as they are before it: those of the point before, or of the reset between them."""
    begins = point == 0 or segments[point - 1] != segments[point]
    for name, (_, reset) in levels.items():
        if begins and reset is not None:
            after[name][point] = reset[segments[point]]
        elif point > 0:
            after[name][point] = after[name][point - 1]


def _with_resets(after: np.ndarray, places: np.ndarray, reset: np.ndarray | None) -> np.ndarray:
    """Levels after events, with the levels at resets between them, and the last one again for the window's end."""
    if reset is not None:
        column = np.insert(after, places, reset)
    else:
        column = np.insert(after, places, np.concatenate([[0], after])[places])
    return np.append(column, column[-1])


def _thinned(stretches: np.ndarray, columns: list[np.ndarray], reset_points: np.ndarray) -> np.ndarray:
    """The points to keep: of each stretch the first, the last, and every column's first lowest and first highest."""
    firsts = np.flatnonzero(np.diff(stretches, prepend=-1))
    lengths = np.diff(firsts, append=len(stretches))
    drawn = np.zeros(len(stretches), bool)
    drawn[firsts] = True
    drawn[firsts + lengths - 1] = True
    for column in columns:
        for extreme in (np.minimum, np.maximum):
            there = np.flatnonzero(column == np.repeat(extreme.reduceat(column, firsts), lengths))
            drawn[there[np.searchsorted(there, firsts)]] = True
    if len(reset_points) <= RESETS_MOST:
        drawn[reset_points] = True
    return np.flatnonzero(drawn)


def _marks(
    points: _Points,
    happened: np.ndarray,
    reset_points: np.ndarray,
    times: np.ndarray,
    level: np.ndarray,
    kind: pa.DataType,
    grid: tuple[int, int],
) -> pa.Table:
    """Resets, purchases and refusals: of each kind one mark per stretch, with how many it stands for.

    happened: where `points` stand among the times.
    """
    bought = points.bought
    refusals = [(reason, (happened[points.reasons == code], None)) for code, reason in enumerate(REASONS) if code != SERVED]
    of_kinds: dict[str, tuple[np.ndarray, np.ndarray | None]] = {
        "reset": (reset_points, None),
        "purchase": (happened[bought > 0], bought[bought > 0]),
        **dict(refusals),
    }
    marks = [_marks_of_kind(name, *of_kinds[name], times, level, kind, grid) for name in MARKS]
    return pa.concat_tables(marks)


def _marks_of_kind(
    name: str,
    points: np.ndarray,
    amounts: np.ndarray | None,
    times: np.ndarray,
    level: np.ndarray,
    kind: pa.DataType,
    grid: tuple[int, int],
) -> pa.Table:
    start, stretch = grid
    firsts = np.flatnonzero(np.diff((times[points] - start) // stretch, prepend=-1))
    lasts = np.append(firsts[1:], len(points)) - 1 if len(firsts) else firsts
    summed = None if amounts is None or len(firsts) == 0 else np.add.reduceat(amounts, firsts)
    return pa.table(
        {
            "time": pa.array(times[points[firsts]]).cast(TIME),
            "until": pa.array(times[points[lasts]]).cast(TIME),
            "kind": pa.array([name] * len(firsts), pa.string()),
            "count": pa.array(lasts - firsts + 1),
            "amount": pa.nulls(len(firsts), kind) if summed is None else decimals(summed, kind),
            "level": decimals(level[points[firsts]], kind),
        }
    )
