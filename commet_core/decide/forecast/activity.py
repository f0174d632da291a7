"""Who is active: a chain by step (decisions.md 3.2). Leaving, idling and coming back are this one chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from commet_core.decide.forecast.history import History

AGES: Final = 3
"""Groups by steps since the first use: 0, 1 to 2, 3 and more. Who was there in the first step is of the last group."""

POOLED_EXPOSURE: Final = 10
RETURN_EXPOSURE: Final = 3
RETURN_BY_SILENCE: Final = (1.0, 0.7, 0.3)
"""How much rarer it is to return after 1, 2, 3 and more silent steps, where the data say little."""

RETURN_SHARE_UNKNOWN: Final = 0.3
"""The chance to return where nobody has ever been silent."""


@dataclass(frozen=True, eq=False)
class Activity:
    """The chances of the chain.

    silent       float64 [age group, rest or large]: that an active customer uses nothing in the next step
    returning    float64, by 1, 2, 3 and more silent steps: that a silent customer uses something in the next
    pooled       the chance to fall silent, of all customers together
    exposed      so many times an active customer could have fallen silent
    returned     the chance to return, of all together; so often somebody could have
    """

    silent: np.ndarray
    returning: np.ndarray
    pooled: float
    exposed: int
    returned: float
    return_exposed: int

    def with_silent_share(self, share: float) -> Activity:
        """The same differences between customers, at another chance to fall silent."""
        if self.pooled == 0:
            return replace(self, silent=np.full_like(self.silent, share), pooled=share)
        return replace(self, silent=np.minimum(self.silent * (share / self.pooled), 1.0), pooled=share)

    def standing_still(self) -> Activity:
        """Who is active stays so, and who is silent, too."""
        return replace(self, silent=np.zeros_like(self.silent), returning=np.zeros_like(self.returning), pooled=0.0)


@dataclass(frozen=True, eq=False)
class States:
    """Where customers stand at the origin, one entry each: bool active, int64 silent steps, int64 steps since the first use."""

    active: np.ndarray
    silent_for: np.ndarray
    ages: np.ndarray


def estimate_activity(history: History, large: np.ndarray) -> Activity:
    """The chain's chances from whole steps. large: bool, one per customer."""
    active, ages, silences = _by_step(history)
    before, after = active[:, :-1], active[:, 1:]
    exposed = np.zeros((AGES, 2))
    silenced = np.zeros((AGES, 2))
    groups = age_groups(ages[:, :-1]), np.broadcast_to(large[:, None].astype(np.int64), before.shape)
    np.add.at(exposed, tuple(group[before] for group in groups), 1.0)
    np.add.at(silenced, tuple(group[before & ~after] for group in groups), 1.0)
    pooled = float(silenced.sum() / exposed.sum()) if exposed.sum() else 0.0
    waiting = ~before & (silences[:, :-1] > 0)
    lengths = np.minimum(silences[:, :-1], len(RETURN_BY_SILENCE)) - 1
    could = np.bincount(lengths[waiting], minlength=len(RETURN_BY_SILENCE))
    did = np.bincount(lengths[waiting & after], minlength=len(RETURN_BY_SILENCE))
    returned = float(did.sum() / could.sum()) if could.sum() else RETURN_SHARE_UNKNOWN
    usual = returned * np.array(RETURN_BY_SILENCE)
    return Activity(
        silent=(silenced + POOLED_EXPOSURE * pooled) / (exposed + POOLED_EXPOSURE),
        returning=(did + RETURN_EXPOSURE * usual) / (could + RETURN_EXPOSURE),
        pooled=pooled,
        exposed=int(exposed.sum()),
        returned=returned,
        return_exposed=int(could.sum()),
    )


def states_at_origin(history: History) -> States:
    """Where each customer stands when the history ends."""
    active, ages, silences = _by_step(history)
    return States(active[:, -1].copy(), silences[:, -1].copy(), ages[:, -1].copy())


def age_groups(ages: np.ndarray) -> np.ndarray:
    """int64: 0 in the step of the first use, 1 in the two after it, then 2."""
    return np.where(ages <= 0, 0, np.where(ages <= 2, 1, 2))


def _by_step(history: History) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per customer and step: active, steps since the first use (3 where it was there before), silent steps since active."""
    active, count = history.active, history.steps.count
    ages = np.arange(count)[None, :] - history.firsts[:, None]
    ages = np.where(history.firsts[:, None] == 0, AGES, ages)
    silences = np.zeros(active.shape, np.int64)
    for step in range(count):
        before = silences[:, step - 1] if step else np.zeros(len(active), np.int64)
        seen = step >= history.firsts
        silences[:, step] = np.where(active[:, step] | ~seen, 0, before + 1)
    return active, ages, silences
