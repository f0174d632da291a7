"""Stages: what a customer can be on: a plan and its price per interval, in trial, active, paused or canceled (billing-rules 7-9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from commet_core.calendar import INTERVAL_PERIODS
from commet_core.catalog import Catalog, Interval, Offer
from commet_core.money import MICROS, half_up, micros, minor_nanos, nanos

State = Literal["trial", "active", "paused", "canceled"]
STATES: tuple[State, ...] = ("trial", "active", "paused", "canceled")


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stretch of a subscription is on.

    plan       its code; None before a subscription's start
    interval   None on a free plan
    offer      the code of the discount that its charges get, while it lasts
    """

    plan: str | None
    interval: Interval | None
    state: State = "active"
    offer: str | None = None

    @property
    def charged(self) -> bool:
        """Whether it has base charges (billing-rules 2.4, 7)."""
        return self.state == "active" and self.interval is not None

    @property
    def interval_periods(self) -> int:
        """Billing periods from one base charge to the next; 0 where there is no next one."""
        return INTERVAL_PERIODS.get(self.interval, 0) if self.interval is not None and self.charged else 0


def base_minor(catalog: Catalog, stage: Stage) -> int:
    """The base price in minor units, rounded half up (billing-rules 1.3); 0 where there is none."""
    return half_up(base_nanos(catalog, stage), minor_nanos(catalog.currency))


def base_nanos(catalog: Catalog, stage: Stage) -> int:
    """The base price in nanos; 0 where there is none."""
    if not stage.charged:
        return 0
    assert stage.plan is not None
    assert stage.interval is not None
    return nanos(catalog.plans[stage.plan].prices[stage.interval])


def discount_minor(catalog: Catalog, stage: Stage) -> int:
    """Minor units that the stage's offer takes off one base charge (billing-rules 9.1): never more than the charge."""
    if stage.offer is None:
        return 0
    return _discount(catalog.offers[stage.offer], base_minor(catalog, stage), minor_nanos(catalog.currency))


def _discount(offer: Offer, base: int, minor: int) -> int:
    if offer.percent is not None:
        return half_up(base * micros(offer.percent), 100 * MICROS)
    assert offer.amount is not None
    return min(base, half_up(nanos(offer.amount), minor))
