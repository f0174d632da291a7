"""Promo codes at starts: whether one fits, and who is within its limit (billing-rules 9.2, 9.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import date_of
from commet_core.foundation.vocabulary import RedemptionReason
from commet_core.timeline.offered import trial_days_of
from commet_core.timeline.stages import Stage


@dataclass(frozen=True, slots=True)
class Redemption:
    """A use of a promo code at a start, at 00:00 of its day in microseconds; reason: why it was refused, None where accepted."""

    at: int
    promo_code: str
    reason: RedemptionReason | None


class Use(NamedTuple):
    """A use that fits in all but the limit, of a customer with its id; in the order in which uses count."""

    at: int
    customer: bytes
    promo_code: str


def redeemed(catalog: Catalog, stage: Stage, code: str, day: int, *, refused: bool) -> tuple[Stage, Redemption]:
    """The stage on which a start with a promo code begins. refused: the limit is reached."""
    reason = reason_against(catalog, stage, code, day)
    if reason is None and refused:
        reason = "max_redemptions_reached"
    if reason is None:
        stage = replace(stage, offer=catalog.promo_codes[code].offer, promo_code=code)
    return stage, Redemption(catalog.days.start(day), code, reason)


def reason_against(catalog: Catalog, stage: Stage, code: str, day: int) -> RedemptionReason | None:
    """Why a code does not fit a start, its limit aside (billing-rules 9.2); None where it does."""
    promo, on = catalog.promo_codes[code], date_of(day)
    if (promo.expires_at is not None and on >= promo.expires_at) or not catalog.offers[promo.offer].may_begin(on):
        return "expired"
    if stage.interval is None or (promo.plans is not None and stage.plan not in promo.plans):
        return "plan_not_eligible"
    if promo.billing_interval not in (None, stage.interval):
        return "interval_not_eligible"
    return "intro_offer_active" if stage.offer is not None or trial_days_of(catalog, stage) is not None else None


def beyond_limits(catalog: Catalog, uses: Iterable[Use]) -> frozenset[str]:
    """The customers whose use of a code comes after as many as its limit allows (billing-rules 9.3)."""
    counts: Counter[str] = Counter()
    beyond = set()
    for use in sorted(uses):
        limit = catalog.promo_codes[use.promo_code].max_redemptions
        counts[use.promo_code] += 1
        if limit is not None and counts[use.promo_code] > limit:
            beyond.add(use.customer.decode())
    return frozenset(beyond)


def is_limited(catalog: Catalog, code: str) -> bool:
    return catalog.promo_codes[code].max_redemptions is not None


def uses_of(catalog: Catalog, redemptions: Mapping[str, Redemption | None]) -> list[Use]:
    """The uses of customers, by their id, that fit and count towards a limit."""
    return [
        Use(redemption.at, customer_id.encode(), redemption.promo_code)
        for customer_id, redemption in redemptions.items()
        if redemption is not None and redemption.reason is None and is_limited(catalog, redemption.promo_code)
    ]
