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
from commet_core.timeline.held import Asked, held_after
from commet_core.timeline.paid_intervals import PaidIntervals
from commet_core.timeline.segments import Segments


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
    included, openings, closings     micros: of the plan, and held at its start and its end
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
    """When segments start and end: int64 microseconds since 1970; and when days begin."""

    starts: np.ndarray
    ends: np.ndarray
    days: Days


def rate_levels(
    segments: Segments, spans: LevelSpans, intervals: PaidIntervals, steps: LevelSteps, rates: LevelRates, minor_nanos: int
) -> tuple[LevelRows, TrueUpShares, Rises, Reached]:
    """Levels through all segments of the customers who have any: what they come to by interval, and segment by segment."""
    most = int(np.sum(segments.offsets[steps.customers + 1] - segments.offsets[steps.customers]))
    rows = LevelRows(*(np.zeros(most, bool if name == "charged" else np.int64) for name in LevelRows._fields))
    shares = TrueUpShares(*(np.empty(most, np.int64) for _ in TrueUpShares._fields))
    rises = Rises(*np.zeros((2, len(segments.stages)), np.int64))
    reached = Reached(*np.empty((3, len(steps.times)), np.int64))
    counts = _rate_levels(segments, spans, intervals, steps, rates, minor_nanos, rows, shares, rises, reached)
    of_segments = TrueUpShares(*(column[: counts[1]] for column in shares))
    found = Reached(*(column[: counts[2]] for column in reached))
    return LevelRows(*(column[: counts[0]] for column in rows)), of_segments, rises, found


@compiled
def _rate_levels(  # type: ignore[no-untyped-def]
    segments: Segments,
    spans: LevelSpans,
    intervals: PaidIntervals,
    steps: LevelSteps,
    rates: LevelRates,
    minor_nanos,
    rows: LevelRows,
    shares: TrueUpShares,
    rises: Rises,
    reached: Reached,
):
    row, share, told = -1, 0, 0
    for entry in range(len(steps.customers)):
        customer, feature = steps.customers[entry], steps.features[entry]
        step, last_step = steps.offsets[entry], steps.offsets[entry + 1]
        asked, held = 0, 0
        units, cost, cost_days, rounded = 0, 0, 0, 0  # of the interval's true-ups: what they come to for a day, and so far
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            stage, start, end = segments.stages[segment], spans.starts[segment], spans.ends[segment]
            limit, there = rates.limits[stage, feature], rates.there[stage, feature]
            asked_before, refused_before, before, reach_at = asked, asked - held, held, np.int64(-1)
            while intervals.begins[segment] and step < last_step and steps.times[step] <= start:
                if steps.times[step] == start:
                    before, reach_at = held_after(asked, limit, held), start
                asked = steps.levels[step]
                step += 1
            held = held_after(asked, limit, held)
            reach_at = reach_at if before < rates.included[stage, feature] <= held else np.int64(-1)
            _count_rise(rises, segment, asked, asked_before, held, refused_before)
            if there and intervals.begins[segment]:
                row += 1
                _open(rows, row, customer, feature, segment, intervals, rates, stage, held)
                units, cost, cost_days, rounded = 0, 0, 0, 0
            if there:
                rows.refused[row] = max(rows.refused[row], asked - held)
            day = day_not_begun(spans.days, start)  # a day that has begun is used up (8.2)
            while step < last_step and steps.times[step] < end:
                asked_before, refused_before, before = asked, asked - held, held
                asked = steps.levels[step]
                held = held_after(asked, limit, held)
                if reach_at < 0 and before < rates.included[stage, feature] <= held:
                    reach_at = steps.times[step]
                _count_rise(rises, segment, asked, asked_before, held, refused_before)
                if there:
                    rows.refused[row] = max(rows.refused[row], asked - held)
                    if held > rows.paid[row]:
                        rise_day = day_not_begun(spans.days, steps.times[step])
                        rows.unit_days[row] += units * (rise_day - day)
                        cost_days += cost * (rise_day - day)
                        day = rise_day
                        rise, more = held - rows.paid[row], _rise(rows, row, rates, stage, feature, held, rise_day)
                        units += rise if rates.priced[stage, feature] else 0
                        cost += more
                step += 1
            if there:
                told = _tell(reached, told, segment, feature, reach_at)
                end_day = day_not_begun(spans.days, end)
                rows.unit_days[row] += units * (end_day - day)
                cost_days += cost * (end_day - day)
                rows.last_segments[row] = segment
                rows.closings[row] = held
                rows.cost_days[row] = cost_days
                rows.true_up_costs[row] = _true_up(rows, row, rates, stage, feature, cost_days)
                amount = to_minor(rows.true_up_costs[row], minor_nanos) - rounded
                if amount > 0:
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
def _rise(rows: LevelRows, row, rates: LevelRates, stage, feature, held, rise_day):  # type: ignore[no-untyped-def]
    """The paid level rises with the level held; what that costs for an interval, in nanos at least 0 (15.1)."""
    included = rows.included[row]
    before = level_cost(rates, stage, feature, rows.paid[row] - included)
    rows.paid[row] = held
    if rows.first_rise_days[row] == 0:
        rows.first_rise_days[row] = rise_day
    return max(0, level_cost(rates, stage, feature, held - included) - before)


@compiled
def _true_up(rows: LevelRows, row, rates: LevelRates, stage, feature, cost_days):  # type: ignore[no-untyped-def]
    """Nanos of the true-ups of an interval so far: unit-days × the price of a day, rounded down to nanos alone."""
    if rates.tiers.modes[stage, feature] == ONE_PRICE:
        cost_days = times_floor(rows.unit_days[row], rates.unit_prices[stage, feature])
    return cost_days // rows.whole_days[row]


@compiled
def _open(rows: LevelRows, row, customer, feature, segment, intervals, rates, stage, held):  # type: ignore[no-untyped-def]
    """Begins a row: the paid level is the larger of `included` and what is held (10.1)."""
    included = rates.included[stage, feature]
    rows.customers[row] = customer
    rows.features[row] = feature
    rows.first_segments[row] = segment
    rows.last_segments[row] = segment
    rows.start_days[row] = intervals.start_days[segment]
    rows.end_days[row] = intervals.end_days[segment]
    rows.whole_days[row] = intervals.whole_days[segment]
    rows.included[row] = included
    rows.openings[row] = held
    rows.closings[row] = held
    rows.paid[row] = max(included, held)
    rows.refused[row] = 0
    rows.charged[row] = intervals.charged[segment]
    rows.in_advance[row] = max(0, held - included) if rates.priced[stage, feature] else 0
    cost, days = level_cost(rates, stage, feature, rows.in_advance[row]), rows.end_days[row] - rows.start_days[row]
    rows.advance_costs[row] = cost if days >= rows.whole_days[row] else cost * max(0, days) // rows.whole_days[row]
    rows.unit_days[row] = 0
    rows.true_up_costs[row] = 0
    rows.first_rise_days[row] = 0
