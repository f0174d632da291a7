"""Totals of one candidate over some customers: integers that add up, whichever customers were replayed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from commet_core.engine.price_changes import customers_by_change
from commet_core.engine.run import Run
from commet_core.engine.told import told_lines, told_monthly_costs, told_segments
from commet_core.foundation.money import MICROS
from commet_core.foundation.sums import exact_sum, exact_sums_by_index
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.rating.stocks import StockFlows, StockKind
from commet_core.scenario.scenario import Rows
from commet_core.timeline.add_on_spells import feature_code

K = TypeVar("K")

On = tuple[str | None, str | None, str]
"""What customers are on: a plan (none before a start), an interval (none on a free plan) and a state."""


Stocked = tuple[str, str | None]
"""A stock by its name, and the currency that it is counted in (billing-rules 15.6); None where that is credits."""


class FeatureTotals(NamedTuple):
    """Of one feature: rows, and micros of units that were asked for and refused."""

    rows: int
    asked_micros: int
    refused_micros: int


class Holders(NamedTuple):
    """Customers who begin, and who end, on something; and minor units charged on it."""

    customers_first: int
    customers_last: int
    billed_minor: int


class LeftOver(NamedTuple):
    """What was left of a stock, in its unit: forfeited, and in hand at the window's end."""

    forfeited: int
    in_hand: int


@dataclass(frozen=True, eq=False)
class Totals:
    """What a candidate came to. `+` is that of all customers of both.

    lines_minor            minor units of invoice lines, one per kind of `invoices.LINE_KINDS`
    events, served_events  rows in the window, and those that were served
    first_blocked          microseconds since 1970 of the first refusal; None where there is none
    customers              those replayed; of them with invoices that do not add up to 0, and with a refusal
    stocks, features, on   by stock, each currency's apart; by feature, and by what customers are on
    price_changes          customers by how they fare against the baseline, one number per `vocabulary.PRICE_CHANGES`
    monthly_costs          int64 millionths of a minor unit, one per customer, in no order: the median is taken of them
    """

    lines_minor: tuple[int, ...]
    events: int
    served_events: int
    first_blocked: int | None
    customers: int
    customers_billed: int
    customers_blocked: int
    stocks: Mapping[Stocked, LeftOver]
    features: Mapping[str, FeatureTotals]
    on: Mapping[On, Holders]
    price_changes: tuple[int, ...]
    monthly_costs: np.ndarray

    @property
    def billed_minor(self) -> int:
        return sum(self.lines_minor)

    def lines_of(self, *kinds: int) -> int:
        """Minor units of the invoice lines of these kinds."""
        return sum(self.lines_minor[kind] for kind in kinds)

    @property
    def median_monthly_cost(self) -> Fraction:
        """In minor units; of an even number of customers the mean of the middle two."""
        return median_minor(self.monthly_costs)

    def __add__(self, other: Totals) -> Totals:
        return total_of([self, other])


def median_minor(costs: np.ndarray) -> Fraction:
    """The median of int64 millionths of a minor unit, in minor units; of an even number the mean of the middle two."""
    if len(costs) == 0:
        return Fraction(0)
    middle = [(len(costs) - 1) // 2, len(costs) // 2]
    low, high = np.partition(costs, middle)[middle].tolist()
    return Fraction(low + high, 2 * MICROS)


def total_of(parts: Sequence[Totals]) -> Totals:
    """The totals of all customers of some parts, of which there is at least one."""
    blocked = [part.first_blocked for part in parts if part.first_blocked is not None]
    return Totals(
        lines_minor=tuple(map(sum, zip(*(part.lines_minor for part in parts), strict=True))),
        events=sum(part.events for part in parts),
        served_events=sum(part.served_events for part in parts),
        first_blocked=min(blocked, default=None),
        customers=sum(part.customers for part in parts),
        customers_billed=sum(part.customers_billed for part in parts),
        customers_blocked=sum(part.customers_blocked for part in parts),
        stocks={name: LeftOver(*sums) for name, sums in _added(part.stocks for part in parts).items()},
        features={name: FeatureTotals(*sums) for name, sums in _added(part.features for part in parts).items()},
        on={what: Holders(*sums) for what, sums in _added(part.on for part in parts).items()},
        price_changes=tuple(map(sum, zip(*(part.price_changes for part in parts), strict=True))),
        monthly_costs=np.concatenate([part.monthly_costs for part in parts]),
    )


class Refusals(Protocol):
    """Of what was asked for, what was served and refused: of `Totals`, or of a plan's sums."""

    @property
    def events(self) -> int: ...

    @property
    def served_events(self) -> int: ...

    @property
    def features(self) -> Mapping[str, FeatureTotals]: ...


def blocked_share(rows: Rows, totals: Refusals) -> Fraction:
    """The share of what was asked for that was refused.

    Where rows are events: of the events. Where rows are totals: of the units, features weighted by their rows (units of
    different features do not add up).
    """
    if totals.events == 0:
        return Fraction(0)
    if rows == "event":
        return Fraction(totals.events - totals.served_events, totals.events)
    shares = (
        Fraction(feature.rows, totals.events) * Fraction(feature.refused_micros, feature.asked_micros)
        for feature in totals.features.values()
        if feature.asked_micros > 0
    )
    return sum(shares, Fraction(0))


def _added(parts: Iterable[Mapping[K, Sequence[int]]]) -> dict[K, tuple[int, ...]]:
    """The sums of each key, figure by figure."""
    sums: dict[K, tuple[int, ...]] = {}
    for part in parts:
        for key, figures in part.items():
            before = sums.get(key, (0,) * len(figures))
            sums[key] = tuple(map(sum, zip(before, figures, strict=True)))
    return sums


def totals_of(run: Run, baseline: Run) -> Totals:
    """The totals of a run's customers. baseline: the run that they are set against."""
    lines = run.bill.lines
    first_blocked, blocked = run.customer_first_blocked
    return Totals(
        lines_minor=tuple(exact_sums_by_index(lines.kinds.astype(np.int64), told_lines(run), len(LINE_KINDS))),
        events=int(run.segment_events.sum()),
        served_events=int(run.segment_served_events.sum()),
        first_blocked=int(first_blocked[blocked].min()) if blocked.any() else None,
        customers=run.customer_count,
        customers_billed=int(np.count_nonzero(run.customer_billed)),
        customers_blocked=int(np.count_nonzero(blocked)),
        stocks={stocked(run, stock.kind): _left_over(stock) for stock in run.flows},
        features=_by_feature(run),
        on=_by_what_they_are_on(run),
        price_changes=customers_by_change(run, baseline),
        monthly_costs=told_monthly_costs(run),
    )


def stocked(run: Run, kind: StockKind) -> Stocked:
    """By what a stock of a run is told apart from others: amounts of two currencies do not add up."""
    return kind.name, run.currency if kind.unit == "money" else None


def _left_over(stock: StockFlows) -> LeftOver:
    return LeftOver(exact_sum(stock.forfeited), exact_sum(stock.in_hand_at_last))


def _by_feature(run: Run) -> dict[str, FeatureTotals]:
    """Features that were asked for."""
    features, names = run.timeline.segments.cell_features.astype(np.int64), run.usage.features
    columns = run.timeline.cell_events, run.cell_demanded, run.cell_blocked_units
    sums = zip(*(exact_sums_by_index(features, column, len(names)) for column in columns), strict=True)
    return by_feature(names, sums)


def by_feature(names: Sequence[str], sums: Iterable[Sequence[int]]) -> dict[str, FeatureTotals]:
    """The totals of features that were asked for; of an add-on's whether or not it was active."""
    asked = ({feature_code(name): figures} for name, figures in zip(names, sums, strict=True) if figures[0])
    return {name: FeatureTotals(*figures) for name, figures in _added(asked).items()}


def _by_what_they_are_on(run: Run) -> dict[On, Holders]:
    segments = run.timeline.segments
    firsts = np.bincount(segments.stages[segments.offsets[:-1]], minlength=len(run.stages))
    lasts = np.bincount(run.customer_last_stages, minlength=len(run.stages))
    billed = exact_sums_by_index(segments.stages.astype(np.int64), told_segments(run), len(run.stages))
    stages = [
        {(stage.plan, stage.interval, stage.state): figures}
        for stage, *figures in zip(run.stages, firsts.tolist(), lasts.tolist(), billed, strict=True)
        if any(figures)
    ]
    return {what: Holders(*sums) for what, sums in _added(stages).items()}
