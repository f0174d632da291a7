"""What a plan says of seats and quota, which are held and not used up (billing-rules 10.1, 10.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, PlainSerializer

from commet_core.catalog.overage import TiersMode, number_or_none, overage_problems
from commet_core.foundation.documents import Amount, Document, PositiveQuantity, Quantity
from commet_core.foundation.errors import Problem
from commet_core.foundation.money import plain
from commet_core.foundation.vocabulary import INTERVALS, Interval

FeatureType = Literal["usage", "seats", "quota", "boolean"]
LevelType = Literal["seats", "quota"]

LEVEL_TYPES: Final[tuple[LevelType, ...]] = ("seats", "quota")

EVERY: Final = "every"
"""The key of a price that is one number, whatever the interval."""

LONG_INTERVALS: Final = frozenset({"quarterly", "yearly"})


def _by_interval(raw: object) -> object:
    return dict(raw) if isinstance(raw, Mapping) else {EVERY: raw}


def _as_written(prices: Mapping[str, Decimal]) -> str | dict[str, str]:
    return f"{prices[EVERY]:f}" if EVERY in prices else {interval: f"{price:f}" for interval, price in prices.items()}


PriceByInterval = Annotated[
    dict[Literal["every", "weekly", "monthly", "quarterly", "yearly", "one_time"], Amount],
    BeforeValidator(_by_interval),
    PlainSerializer(_as_written),
]
"""A price for one billing interval: a number, or one for each interval."""


def price_for(prices: Mapping[Any, Decimal] | None, interval: Interval | None) -> Decimal:
    """The price for an interval; on free and one-time plans for a month (10.1). 0 where there is none."""
    if not prices:
        return Decimal(0)
    of_interval = prices.get("monthly" if interval in (None, "one_time") else interval)
    if of_interval is None and interval == "one_time":
        of_interval = prices.get("one_time")
    return prices.get(EVERY, Decimal(0)) if of_interval is None else of_interval


class LevelTier(Document):
    """Units above `included`, up to and with `up_to`; the last tier is open (15.1)."""

    up_to: PositiveQuantity | None = None
    unit_price: PriceByInterval | None = None
    flat_amount: PriceByInterval | None = None


class LevelOverage(Document):
    """Exactly one way to charge for units above `included`, for a whole billing interval."""

    unit_price: PriceByInterval | None = None
    tiers_mode: TiersMode | None = None
    tiers: tuple[LevelTier, ...] | None = None
    package_size: PositiveQuantity | None = None
    package_price: PriceByInterval | None = None


class LevelTerms(Document):
    """Seats or quota on a plan. Without `overage`, `included` is a hard limit (10.1)."""

    included: Quantity = Decimal(0)
    unlimited: bool = False
    overage: LevelOverage | None = None


def level_problems(path: str, kind: str, terms: Any, intervals: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with seats or quota of a plan as a document has them, beyond their single values.

    kind: one of LEVEL_TYPES. intervals: the plan's prices.
    """
    if not isinstance(terms, Mapping):
        return
    included = number_or_none(terms.get("included"))
    if kind == "seats" and included is not None and included != included.to_integral_value():
        yield Problem(f"{path}.included", f"{plain(included)} is not a whole number, and seats are", "Give whole seats")
    overage = terms.get("overage")
    if not isinstance(overage, Mapping):
        return
    yield from overage_problems(f"{path}.overage", overage)
    yield from interval_problems(f"{path}.overage.unit_price", overage.get("unit_price"), intervals)
    yield from interval_problems(f"{path}.overage.package_price", overage.get("package_price"), intervals)
    tiers = overage.get("tiers")
    for place, tier in enumerate(tiers if isinstance(tiers, list | tuple) else ()):
        for key in ("unit_price", "flat_amount"):
            if isinstance(tier, Mapping):
                yield from interval_problems(f"{path}.overage.tiers.{place}.{key}", tier.get(key), intervals)


def interval_problems(path: str, price: Any, intervals: Mapping[str, Any]) -> Iterator[Problem]:
    """A price is for one interval: a plan with quarterly or yearly prices needs one for each of its intervals (10.1)."""
    known = [interval for interval in INTERVALS if interval in intervals]
    if price is None:
        return
    if not isinstance(price, Mapping):
        if LONG_INTERVALS & set(known):
            what = f"is one number, and the plan is billed {', '.join(known)}"
            wanted = ", ".join(f"{interval}: …" for interval in known)
            yield Problem(path, what, f"Give a price for each interval: {{{wanted}}}")
        return
    for interval in known or ["monthly"]:
        if price.get(interval) is None and not (interval == "one_time" and price.get("monthly") is not None):
            yield Problem(f"{path}.{interval}", "is missing", f"Add the price for {_of(interval)}")


def _of(interval: str) -> str:
    return {"weekly": "a week", "monthly": "a month", "quarterly": "a quarter", "yearly": "a year"}.get(interval, "a month")
