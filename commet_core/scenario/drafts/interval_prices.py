"""Prices that are for one billing interval, in a draft: a number, or one for each interval of the plan (billing-rules 10.1, 10.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from commet_core.catalog.level_terms import LONG_INTERVALS
from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.scenario.drafts.design import Design, Path
from commet_core.scenario.drafts.edits import with_value


def intervals_to_price(offered: Iterable[str], price: object) -> list[Interval]:
    """The intervals for which a price is typed; none where it is one number.

    offered: the intervals for which there are base prices, none of a free plan, which has months.
    """
    known = ["monthly" if interval == "one_time" else interval for interval in INTERVALS if interval in offered]
    needed: list[Interval] = [interval for interval in INTERVALS if interval in known] or ["monthly"]
    return needed if isinstance(price, Mapping) or LONG_INTERVALS & set(needed) else []


def price_typed(price: object, intervals: list[Interval], interval: Interval) -> Any:
    """What stands for an interval: of a price that is one number that, where it is the first; else nothing."""
    if isinstance(price, Mapping):
        return price.get(interval)
    return price if interval == intervals[0] else None


def with_price_for(design: Design, path: Path, intervals: list[Interval], interval: Interval, typed: str) -> Design:
    """The design with a price for an interval, without it where nothing is typed. One number becomes that of the first interval."""
    price = design.value(path)
    prices = dict(price) if isinstance(price, Mapping) else {} if price is None else {intervals[0]: price}
    prices[interval] = typed
    return with_value(design, path, {key: prices[key] for key in INTERVALS if prices.get(key)} or None)


def for_each(price: Any, change: Callable[[Any], str]) -> Any:
    """A price, or the price for each interval, changed."""
    return {key: change(one) for key, one in price.items()} if isinstance(price, Mapping) else change(price)


def part_of_prices(prices: Mapping[str, Any], change: Callable[[Any], str], usual: str) -> Any:
    """A price in proportion to a plan's base prices: one number where it is monthly alone. usual: of a free plan."""
    if not prices:
        return usual
    needed = intervals_to_price(prices, None)
    if needed:
        return {interval: change(prices.get(interval, prices.get("one_time"))) for interval in needed}
    return change(next(iter(prices.values())))
