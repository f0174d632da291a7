"""The parts that paths are made of: estimated from a history, then as the reader has changed them (decisions.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from commet_core.decide.forecast.activity import Activity, States, estimate_activity, states_at_origin
from commet_core.decide.forecast.adjustments import Adjustments
from commet_core.decide.forecast.arrivals import Arrivals, estimate_arrivals
from commet_core.decide.forecast.cancellations import cancel_share
from commet_core.decide.forecast.growth import Growth, estimate_growth
from commet_core.decide.forecast.history import History
from commet_core.decide.forecast.pattern import Blocks, blocks_of
from commet_core.decide.forecast.season import estimate_season
from commet_core.decide.forecast.sizes import feature_prices, large_customers, mean_usage
from commet_core.decide.forecast.steps import step_of


@dataclass(frozen=True, eq=False)
class Parts:
    """What a forecast is made of, for all customers of a history.

    usage            float64, one per customer: mean usage in an active step, at prices
    large            bool, one per customer: in the top quarter by it
    season           float64, one per month of the year; None where there is none
    cancel_share     the share of subscriptions that is canceled in a step; 0 where the subscriptions have no cancellations
    repeats          the last four weeks repeat, in place of weeks by chance
    """

    history: History
    usage: np.ndarray
    large: np.ndarray
    activity: Activity
    states: States
    growth: Growth
    arrivals: Arrivals
    blocks: Blocks
    season: np.ndarray | None
    cancel_share: float
    adjustments: Adjustments
    repeats: bool = False

    @property
    def largest(self) -> int:
        """The customer who uses most."""
        return int(np.argmax(self.history.units.sum(axis=1) @ self._prices() if self._prices().any() else self.usage))

    def _prices(self) -> np.ndarray:
        return feature_prices(self.history.scenario, self.history.usage.features)

    def leave_shares(self, steps: int) -> np.ndarray:
        """float64, one per step ahead: the share of customers who leave in it for good, by what-if."""
        shares = np.zeros(steps)
        for leaving in self.adjustments.leaving:
            ahead = step_of(leaving.month, self.history.steps.unit) - self.history.steps.origin
            if 0 <= ahead < steps:
                shares[ahead] = leaving.share
        return shares


def estimate_parts(history: History) -> Parts:
    """The parts as the usage shows them."""
    usage = mean_usage(history)
    large = large_customers(usage)
    return Parts(
        history=history,
        usage=usage,
        large=large,
        activity=estimate_activity(history, large),
        states=states_at_origin(history),
        growth=estimate_growth(history),
        arrivals=estimate_arrivals(history),
        blocks=blocks_of(history),
        season=estimate_season(history, feature_prices(history.scenario, history.usage.features)),
        cancel_share=cancel_share(history),
        adjustments=Adjustments(),
    )


def adjusted(parts: Parts, changes: Adjustments) -> Parts:
    """The parts as the reader wants them."""
    activity, growth, arrivals = parts.activity, parts.growth, parts.arrivals
    if changes.silent_share is not None:
        activity = activity.with_silent_share(changes.silent_share)
    if "activity" in changes.without:
        activity = activity.standing_still()
    if changes.growth is not None:
        growth = growth.moved_to(float(np.log1p(changes.growth)))
    if "growth" in changes.without:
        growth = growth.standing_still()
    if changes.arrivals is not None:
        arrivals = arrivals.at(changes.arrivals)
    if "arrivals" in changes.without:
        arrivals = arrivals.at(0.0)
    arrivals = replace(arrivals, more=changes.more_arrivals)
    return replace(
        parts,
        activity=activity,
        growth=growth,
        arrivals=arrivals,
        season=None if "season" in changes.without else parts.season,
        repeats="pattern" in changes.without,
        adjustments=changes,
    )
