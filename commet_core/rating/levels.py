"""Seats and quota (billing-rules 10.1, 10.2): levels that are asked for → what is held, paid in advance, and trued up.

    in advance  with every charge of the base price: units above `included` × unit price, for the whole interval
    true-up     each rise above the paid level, from its moment to the interval's end, by whole days

The paid level never falls before the interval's end. True-ups are due with what ends the interval, one line per feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days, day_not_begun
from commet_core.foundation.rounding import times_floor
from commet_core.rating.charges import to_minor
from commet_core.rating.level_rates import LevelRates, level_cost
from commet_core.rating.tiers import ONE_PRICE
from commet_core.timeline.held import NO_LIMIT, Asked, held_after
from commet_core.timeline.paid_intervals import PaidIntervals
from commet_core.timeline.segments import Segments, Within


class LevelSteps(NamedTuple):
    """The levels that customers asked for, by customer and feature: int64.

    customers   index into the timeline's customers, ascending; features: index into the catalog's level features
    offsets     one more: the steps of entry e are offsets[e] to offsets[e + 1]
    times       microseconds since 1970, ascending in an entry
    levels      micros from then on
    """

    customers: np.ndarray
    features: np.ndarray
    offsets: np.ndarray
    times: np.ndarray
    levels: np.ndarray


class LevelRows(NamedTuple):
    """One entry per customer, feature and paid interval: int64 unless said otherwise.

    customers, features              as in `LevelSteps`
    first_segments, last_segments    the segments that lie in the interval
    start_days, end_days             day numbers: the interval's first, and the one after its last if nothing ends it early
    whole_days                       days of the whole interval that prices are for; of a stub more than it has (billing-rules 2.2)
    included                         micros: of the plan, as it is at its end
    openings, closings               micros: held at its start and its end
    last_stages                      the stage with the terms that hold at its end, the set of prices in tiers that costs less included
    paid                             micros: the paid level at its end
    refused                          micros: the most that was asked for and not held
    charged                          bool: what is in advance was charged in it, and not before the window
    in_advance                       micros above `included` that are paid in advance
    advance_costs                    nanos, not rounded to minor units yet
    unit_days                        micros × days of true-ups
    true_up_costs                    nanos of them
    cost_days                        nanos × days, before they are divided by the days of the interval; of prices in tiers
    first_rise_days                  day number: the first that a true-up is for; 0 without one
    """

    customers: np.ndarray
    features: np.ndarray
    first_segments: np.ndarray
    last_segments: np.ndarray
    start_days: np.ndarray
    end_days: np.ndarray
    whole_days: np.ndarray
    included: np.ndarray
    last_stages: np.ndarray
    openings: np.ndarray
    closings: np.ndarray
    paid: np.ndarray
    refused: np.ndarray
    charged: np.ndarray
    in_advance: np.ndarray
    advance_costs: np.ndarray
    unit_days: np.ndarray
    true_up_costs: np.ndarray
    cost_days: np.ndarray
    first_rise_days: np.ndarray


class Rises(NamedTuple):
    """How often customers asked for more in segments, and how often they did not get all of it: int64, one entry per segment."""

    asked: np.ndarray
    refused: np.ndarray


class Reached(NamedTuple):
    """Where a rise of the level held reached what the plan includes, once in a segment (billing-rules 15.5): int64.

    times  microseconds since 1970
    """

    segments: np.ndarray
    features: np.ndarray
    times: np.ndarray


class TrueUpShares(NamedTuple):
    """What of true-ups belongs to segments: the days that lie in each. int64, one entry per part that is not 0.

    amounts  minor units; the parts of a true-up add up to its line
    """

    segments: np.ndarray
    features: np.ndarray
    amounts: np.ndarray


def level_steps(asked: Mapping[int, Asked], features: tuple[str, ...]) -> LevelSteps:
    """What customers asked for, as columns."""
    entries = [
        (customer, place, history)
        for customer in sorted(asked)
        for place, code in enumerate(features)
        if (history := asked[customer].get(code))
    ]
    steps = [step for _, _, history in entries for step in history]
    times, levels = np.array(steps, np.int64).reshape(-1, 2).T
    return LevelSteps(
        np.array([customer for customer, _, _ in entries], np.int64),
        np.array([place for _, place, _ in entries], np.int64),
        np.cumsum([0, *(len(history) for _, _, history in entries)]).astype(np.int64),
        np.ascontiguousarray(times),
        np.ascontiguousarray(levels),
    )


class LevelSpans(NamedTuple):
    """When the window starts, and segments start and end: int64 microseconds since 1970; when days begin; and terms that change
    inside segments.
    """

    window_start: int
    starts: np.ndarray
    ends: np.ndarray
    days: Days
    within: Within


class Raised(NamedTuple):
    """Rises of a level in the interval at hand above all that was held in it before: int64; as many as there are rises.

    days    day number: the first that it is for
    levels  micros from then on
    """

    days: np.ndarray
    levels: np.ndarray


class TrueUp(NamedTuple):
    """What the rises of an interval come to up to a day, on a stage's terms: int64, as the columns of `LevelRows` are."""

    unit_days: int
    cost_days: int
    cost: int
    first_day: int


def rate_levels(
    segments: Segments, spans: LevelSpans, intervals: PaidIntervals, steps: LevelSteps, rates: LevelRates, minor_nanos: int
) -> tuple[LevelRows, TrueUpShares, Rises, Reached]:
    """Levels through all segments of the customers who have any: what they come to by interval, and segment by segment."""
    counts = segments.offsets[steps.customers + 1] - segments.offsets[steps.customers]
    most = int(np.sum(counts))
    rises_most = int(counts.max(initial=0)) + len(spans.within.segments) + len(steps.times)
    raised = Raised(*np.empty((2, rises_most), np.int64))
    rows = LevelRows(*(np.zeros(most, bool if name == "charged" else np.int64) for name in LevelRows._fields))
    shares = TrueUpShares(*(np.empty(most, np.int64) for _ in TrueUpShares._fields))
    rises = Rises(*np.zeros((2, len(segments.stages)), np.int64))
    reached = Reached(*np.empty((3, len(steps.times)), np.int64))
    written = _rate_levels(segments, spans, intervals, steps, rates, minor_nanos, raised, rows, shares, rises, reached)
    of_segments = TrueUpShares(*(column[: written[1]] for column in shares))
    told = Reached(*(column[: written[2]] for column in reached))
    return LevelRows(*(column[: written[0]] for column in rows)), of_segments, rises, told


@compiled
def _rate_levels(  # type: ignore[no-untyped-def]
    segments: Segments,
    spans: LevelSpans,
    intervals: PaidIntervals,
    steps: LevelSteps,
    rates: LevelRates,
    minor_nanos,
    raised: Raised,
    rows: LevelRows,
    shares: TrueUpShares,
    rises: Rises,
    reached: Reached,
):
    """At each moment the levels set at it, and the terms that begin to hold: at a segment's start, and inside it (3.1, 8.7)."""
    row, share, told, within = -1, 0, 0, spans.within
    for entry in range(len(steps.customers)):
        customer, feature = steps.customers[entry], steps.features[entry]
        step, last_step = steps.offsets[entry], steps.offsets[entry + 1]
        change = np.searchsorted(within.segments, segments.offsets[customer])
        asked, held, is_open, first = 0, 0, False, 0
        count, rounded = 0, 0  # of the interval at hand: its rises, and what its segments have had of the true-up
        first_segment, last_segment = segments.offsets[customer], segments.offsets[customer + 1]
        if first_segment < last_segment and spans.starts[first_segment] > spans.window_start:
            while step < last_step and steps.times[step] < spans.starts[first_segment]:
                asked = steps.levels[step]  # asked for before the customer came: no rise of the plan's
                step += 1
        for segment in range(first_segment, last_segment):
            stage, moment, begins = np.int64(segments.stages[segment]), spans.starts[segment], intervals.begins[segment]
            asked_before, refused_before = asked, asked - held
            is_open, first, reach_at = is_open and not begins, segment if begins else first, np.int64(-1)
            while True:
                limit, included, before, had = rates.limits[stage, feature], rates.included[stage, feature], held, NO_LIMIT
                while step < last_step and steps.times[step] <= moment:
                    had = held_after(asked, limit, held) if steps.times[step] == moment else had
                    asked = steps.levels[step]
                    step += 1
                held = held_after(asked, limit, held)
                reach_at = moment if reach_at < 0 and had < included <= held else reach_at
                _count_rise(rises, segment, asked, asked_before, held, refused_before)
                if rates.there[stage, feature] and not is_open:
                    row, is_open, count, rounded = row + 1, True, 0, 0
                    _open(rows, row, customer, feature, first, intervals, rates, stage, held if begins else before, begins)
                if is_open:
                    rows.refused[row] = max(rows.refused[row], asked - held)
                    if held > (raised.levels[count - 1] if count else rows.openings[row]):
                        raised.days[count], raised.levels[count] = day_not_begun(spans.days, moment), held
                        count += 1
                asked_before, refused_before, begins = asked, asked - held, False
                has_change = change < len(within.segments) and within.segments[change] == segment
                has_step = step < last_step and steps.times[step] < spans.ends[segment]
                if has_change and not (has_step and steps.times[step] < within.times[change]):
                    stage, moment = np.int64(within.stages[change]), within.times[change]
                    change += 1
                elif has_step:
                    moment = steps.times[step]
                else:
                    break
            told = _tell(reached, told, segment, feature, reach_at)
            if is_open:
                _close(rows, row, segment, held, rates, stage, raised, count, day_not_begun(spans.days, spans.ends[segment]))
                amount = to_minor(rows.true_up_costs[row], minor_nanos) - rounded
                if amount != 0:
                    shares.segments[share], shares.features[share], shares.amounts[share] = segment, feature, amount
                    rounded += amount
                    share += 1
    return row + 1, share, told


@compiled
def _count_rise(rises: Rises, segment, asked, asked_before, held, refused_before):  # type: ignore[no-untyped-def]
    """A level was set: whether more was asked for, and whether more of it is refused than before."""
    rises.asked[segment] += asked > asked_before
    rises.refused[segment] += asked > asked_before and asked - held > refused_before


@compiled
def _tell(reached: Reached, told, segment, feature, at):  # type: ignore[no-untyped-def]
    """Notes that what is included was reached at a moment, unless that is -1; so many are noted."""
    if at < 0:
        return told
    reached.segments[told], reached.features[told], reached.times[told] = segment, feature, at
    return told + 1


@compiled
def _open(rows: LevelRows, row, customer, feature, first, intervals, rates, stage, held, begins):  # type: ignore[no-untyped-def]
    """Begins a row. What is above `included` is paid in advance where the interval begins with it, and not where a version adds
    the feature later: held is then what was held before (8.7, 10.1).
    """
    included = rates.included[stage, feature]
    rows.customers[row] = customer
    rows.features[row] = feature
    rows.first_segments[row] = first
    rows.start_days[row] = intervals.start_days[first]
    rows.end_days[row] = intervals.end_days[first]
    rows.whole_days[row] = intervals.whole_days[first]
    rows.openings[row] = held
    rows.refused[row] = 0
    rows.charged[row] = intervals.charged[first]
    rows.in_advance[row] = max(0, held - included) if begins and rates.priced[stage, feature] else 0
    cost, days = level_cost(rates, stage, feature, rows.in_advance[row]), rows.end_days[row] - rows.start_days[row]
    rows.advance_costs[row] = cost if days >= rows.whole_days[row] else cost * max(0, days) // rows.whole_days[row]


@compiled
def _close(rows: LevelRows, row, segment, held, rates, stage, raised, count, day):  # type: ignore[no-untyped-def]
    """A row as it is at the end of a segment, all of its rises on the terms that hold by then (8.7)."""
    feature, opening = rows.features[row], rows.openings[row]
    best = _true_up(rates, stage, feature, opening, rows.whole_days[row], raised, count, day)
    rows.last_stages[row] = stage
    for other in range(rates.choices[stage], rates.choices[stage + 1]):
        found = _true_up(rates, other, feature, opening, rows.whole_days[row], raised, count, day)
        if found.cost < best.cost:
            best, rows.last_stages[row] = found, other
    highest = raised.levels[count - 1] if count else opening
    rows.included[row] = rates.included[stage, feature]
    rows.paid[row] = max(rows.included[row], highest)
    rows.closings[row] = held
    rows.last_segments[row] = segment
    rows.unit_days[row] = best.unit_days
    rows.cost_days[row] = best.cost_days
    rows.true_up_costs[row] = best.cost
    rows.first_rise_days[row] = best.first_day


@compiled
def _true_up(rates: LevelRates, stage, feature, opening, whole_days, raised: Raised, count, day):  # type: ignore[no-untyped-def]
    """Each rise above the paid level, which is the larger of `included` and what was held at the interval's start (10.1).

    Its cost is in nanos: unit-days × the price of a day, rounded down to nanos alone; in tiers at least 0 for each rise (15.1).
    """
    included = rates.included[stage, feature]
    paid, unit_days, cost_days, first_day = max(included, opening), 0, 0, 0
    for rise in range(count):
        level, days = raised.levels[rise], day - raised.days[rise]
        if level > paid:
            more = level_cost(rates, stage, feature, level - included) - level_cost(rates, stage, feature, paid - included)
            unit_days += (level - paid) * days if rates.priced[stage, feature] else 0
            cost_days += max(0, more) * days
            first_day = raised.days[rise] if first_day == 0 else first_day
            paid = level
    cost = (
        times_floor(unit_days, rates.unit_prices[stage, feature])
        if rates.tiers.modes[stage, feature] == ONE_PRICE
        else cost_days
    )
    return TrueUp(unit_days, cost, cost // whole_days, first_day)
