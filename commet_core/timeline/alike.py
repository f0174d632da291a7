"""Customers who only start, where not all begin alike: a life for each kind of start, and its phases for all who have it.

On which day somebody starts decides whether an offer may begin, and whether a promo code fits. There are as many lives as
kinds of start, and nearly as few of those as days, however many customers there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from commet_core.timeline.life import Life
from commet_core.timeline.phases import Changes, Phases, StageList, acted_phases
from commet_core.timeline.redeeming import Redemption


class Kinds(NamedTuple):
    """Kinds of start: int64, one entry per customer.

    days     day number of the start
    refused  1 where a promo code has reached its limit, else 0
    names    the place of the id among those that rules on versions list, from 1; 0 for others
    """

    days: np.ndarray
    refused: np.ndarray
    names: np.ndarray


class Alike(NamedTuple):
    """What became of them: their phases, and the use of a promo code by customers, given by their index."""

    phases: Phases
    changes: Changes
    redemptions: dict[int, Redemption]


def alike_phases(
    customers: np.ndarray, kinds: Kinds, life_of: Callable[[int, int, int], Life], stages: StageList, window: tuple[int, int]
) -> Alike:
    """The phases of customers, given by their index, as far as the window shows them; stages come into the list.

    life_of: of a kind. window: its start and end in microseconds since 1970.
    """
    every, which = np.unique(np.stack(kinds, axis=1), axis=0, return_inverse=True)
    lives = {place: life_of(*kind) for place, kind in enumerate(every.tolist())}
    acted = acted_phases(lives, stages, *window)
    templates = acted.phases
    bounds = np.searchsorted(templates.customers, np.arange(len(lives) + 1))
    firsts, counts = bounds[:-1][which], np.diff(bounds)[which]
    ends = np.cumsum(counts)
    rows = np.repeat(firsts - (ends - counts), counts) + np.arange(int(ends[-1]) if len(ends) else 0)
    phases = Phases(*(column[rows] for column in templates))._replace(customers=np.repeat(customers, counts))
    redemptions = {
        customer: redemption
        for customer, kind in zip(customers.tolist(), which.tolist(), strict=True)
        if (redemption := lives[kind].redemption) is not None
    }
    return Alike(phases, acted.changes.repeated(rows, len(templates.customers)), redemptions)
