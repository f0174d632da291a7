"""How events take from a model's stocks where order and purchases are known: what an event costs, and whether it is served at all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import step
from commet_core.foundation.rounding import times_half_up, whole_units
from commet_core.rating.admission import Events
from commet_core.rating.token_costs import with_margin
from commet_core.timeline.treatments import AI_MODEL, NOT_IN_PLAN, UNLIMITED


class Spending(NamedTuple):
    """Terms by which events take from what credits or balance a customer has; rates have a row per stage.

    events       with what AI models cost, where a feature is priced by it
    kinds, unit_prices, margins   as `BalanceRates` has them; of credits no margins
    blocks       bool, one per stage: nothing is served below zero
    aggregate    rows are totals, served in part where not in whole (billing-rules 3.2)
    """

    events: Events
    kinds: np.ndarray
    unit_prices: np.ndarray
    margins: np.ndarray
    blocks: np.ndarray
    aggregate: bool


@step
def cost_of(spending: Spending, event, stage, blocks, left):  # type: ignore[no-untyped-def]
    """What an event takes of what is left, purchases for it included (billing-rules 5, 6); 0 where it is refused or free."""
    feature = spending.events.features[event]
    kind = spending.kinds[stage, feature]
    if kind >= NOT_IN_PLAN or kind == UNLIMITED:
        return 0
    if kind == AI_MODEL:
        cost = with_margin(spending.events.token_costs[event], spending.margins[stage, feature])  # 11.2
        return 0 if cost > left and blocks else cost
    unit_price = spending.unit_prices[stage, feature]
    cost = times_half_up(spending.events.values[event], unit_price)  # 1.2
    if cost > left and blocks:  # 3.2, 5.6, 6.3
        return times_half_up(whole_units(left, unit_price), unit_price) if spending.aggregate else 0
    return cost
