"""What each event of a customer moved, told from the ledger: how much of its feature is used, from which stock it took, what
was bought for it. Each model has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commet_core.foundation.money import MICROS
from commet_core.rating.metered_rates import MeteredRates
from commet_core.rating.tiers import ONE_PRICE, tier_costs
from commet_core.timeline.treatments import PRICED

if TYPE_CHECKING:
    from commet_core.reports.statement.statement import Statement


@dataclass(frozen=True, eq=False)
class Moves:
    """What each event moved, int64, one entry per event; which are filled depends on the model.

    What an action bought was not bought for an event, and is not in `bought`.

    metered   used: micros of its feature used in the period, after it; overage: micros beyond what is included; overage_cost:
              their price in nanos; of prices in tiers what the period's overage comes to after it less before it
    credits   from_plan, from_purchased, bought: micros of a credit
    balance   overage: nanos of its cost that no positive balance covered; bought: nanos topped up
    """

    used: np.ndarray
    overage: np.ndarray
    overage_cost: np.ndarray
    from_plan: np.ndarray
    from_purchased: np.ndarray
    bought: np.ndarray


def moves_of(statement: Statement) -> Moves:
    """The moves of a customer's events; none under a model that has nothing to tell."""
    return _MOVES.get(statement.run.model.name, _no_moves)(statement)


def _no_moves(statement: Statement) -> Moves:
    none = np.zeros_like(statement.ledger.units)
    return Moves(none, none, none, none, none, none)


def _metered_moves(statement: Statement) -> Moves:
    """Per event what is used of its feature so far in the period, and its units beyond what is included."""
    rates, units = statement.run.rates, statement.ledger.units
    assert isinstance(rates, MeteredRates)
    used = _running_by_feature(statement, units)
    charged, charged_so_far = units, used
    if statement.run.beyond is not None:  # what lies beyond a spend cap may be free
        charged = statement.ledger.charged
        charged_so_far = _running_by_feature(statement, charged)
    stages, features = statement.event_stages, statement.features
    beyond = np.maximum(charged_so_far - np.maximum(charged_so_far - charged, rates.included[stages, features]), 0)
    overage = np.where(rates.kinds[stages, features] == PRICED, beyond, 0)
    cost = _times_half_up(overage, rates.unit_prices[stages, features])
    if rates.tiers.modes.any():
        at_one_price = rates.tiers.modes[stages, features] == ONE_PRICE
        reached = np.maximum(charged_so_far - rates.included[stages, features], 0)
        after, before = (tier_costs(rates.tiers, stages, features, beyond) for beyond in (reached, reached - overage))
        cost = np.where(at_one_price, cost, after - before)
    none = np.zeros_like(units)
    return Moves(used, overage, cost, none, none, none)


def _running_by_feature(statement: Statement, units: np.ndarray) -> np.ndarray:
    """Running sums that start again in every segment, of each feature by itself."""
    running = np.zeros_like(units)
    for feature in np.unique(statement.features).tolist():
        rows = np.flatnonzero(statement.features == feature)
        running[rows] = _running_by_segment(units[rows], statement.event_segments[rows])
    return running


def _running_by_segment(units: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Running sums that start again in every segment; `segments` ascends."""
    running = np.cumsum(units)
    firsts = np.searchsorted(segments, segments)
    return running - running[firsts] + units[firsts]


def _times_half_up(micros: np.ndarray, price: np.ndarray) -> np.ndarray:
    """micros × price in nanos, rounded half up, as `admission.times_half_up` does for one event (billing-rules 1.2)."""
    whole, part = micros // MICROS, micros % MICROS
    high, low = price // MICROS, price % MICROS
    return whole * price + part * high + (part * low + MICROS // 2) // MICROS


def _added_by_actions(statement: Statement, *, to_allowance: bool) -> np.ndarray:
    """int64, one per event: what actions added since the event before, or took: to plan credits or balance in the event's own
    segment, where it lapses; else to purchased credits.
    """
    added = np.zeros(statement.event_count + 1, np.int64)
    segments = np.append(statement.event_segments, -1)
    for acted in statement.acted:
        lapses = statement.run.sells("top_ups") or acted.adjusts == "plan_credits"
        if lapses == to_allowance and (not lapses or segments[acted.event] == acted.segment):
            added[acted.event] += acted.amount
    return added[:-1]


def _credits_moves(statement: Statement) -> Moves:
    """Where each event's credits came from, and what was bought for it, told from what was left before and after."""
    ledger = statement.ledger
    from_plan = _left_before(statement) + _added_by_actions(statement, to_allowance=True) - ledger.left
    from_purchased = ledger.charged - from_plan
    purchased_before = np.concatenate([[0], ledger.purchased[:-1]])  # they persist through resets (5.3)
    bought = ledger.purchased - purchased_before + from_purchased
    if statement.run.charged.uses is not None:  # what expires lies between events, and lots say what was bought
        bought = _bought_for_events(statement) + _taken_by_actions(statement)
    bought = bought - _added_by_actions(statement, to_allowance=False)
    none = np.zeros_like(bought)
    return Moves(none, none, none, from_plan, from_purchased, bought)


def _bought_for_events(statement: Statement) -> np.ndarray:
    """int64 micros, one per event: what was bought for it, or by an action since the event before."""
    lots, bought = statement.run.charged.lots, np.zeros(statement.event_count, np.int64)
    events = lots.events - statement.events.start
    within = (statement.segments.start <= lots.segments) & (lots.segments < statement.segments.stop)
    within &= events < statement.event_count
    np.add.at(bought, events[within], lots.quantities[within])
    return bought


def _taken_by_actions(statement: Statement) -> np.ndarray:
    """int64 micros, one per event, not above zero: purchased credits that adjustments took since the event before."""
    taken = np.zeros(statement.event_count + 1, np.int64)
    for acted in statement.acted:
        if acted.adjusts == "purchased_credits":
            taken[acted.event] += min(acted.amount, 0)
    return taken[:-1]


def _balance_moves(statement: Statement) -> Moves:
    """What was topped up for each event, and the part of its cost below zero (billing-rules 6.2)."""
    ledger = statement.ledger
    before, by_actions = _left_before(statement), _added_by_actions(statement, to_allowance=True)
    bought = ledger.left - before + ledger.charged
    overage = ledger.charged - np.minimum(ledger.charged, np.maximum(before + bought, 0))
    none = np.zeros_like(bought)
    return Moves(none, overage, none, none, none, bought - by_actions)


def _left_before(statement: Statement) -> np.ndarray:
    """Plan credits or balance before each event: what the one before it left, and at a reset what the plan grants."""
    before = np.concatenate([[0], statement.ledger.left[:-1]])
    firsts = statement.segment_firsts
    has_events = firsts < np.append(firsts[1:], statement.event_count)
    before[firsts[has_events]] = statement.run.segment_granted[statement.segments][has_events]
    return before


_MOVES: Final[Mapping[str, Callable[[Statement], Moves]]] = {
    "metered": _metered_moves,
    "credits": _credits_moves,
    "balance": _balance_moves,
}
