"""Metered (billing-rules 4): usage counts against what is included; beyond it an overage price, or a hard limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from commet_core.catalog.plans import MeteredPlan
from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.rounding import times_floor, times_half_up
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.admission import (
    Admitted,
    Events,
    Ledger,
    close_cell,
    nothing_blocked,
    tell,
    within_allowance,
)
from commet_core.rating.beyond import Beyond, beyond_of
from commet_core.rating.by_sums import refuse_whole
from commet_core.rating.charges import Charged, Charges, charges_of, no_charges, no_lots, to_minor
from commet_core.rating.invoices import CREDIT_PACK, FEATURE_OVERAGE
from commet_core.rating.metered_capped import replay_capped
from commet_core.rating.metered_rates import MeteredRates, metered_rates
from commet_core.rating.model import Model, Setting
from commet_core.rating.purchases import no_purchases
from commet_core.rating.stocks import CellUse, StockFlows
from commet_core.rating.stops import changes_until
from commet_core.rating.tiers import ONE_PRICE, TierRates, tier_costs, tier_lines
from commet_core.timeline.segments import Segments, Timeline, Within
from commet_core.timeline.stages import Stage, other_choices
from commet_core.timeline.treatments import LIMITED, NOT_IN_PLAN, PRICED


@step
def _serve(  # type: ignore[no-untyped-def]
    first_event,
    until,
    customer,
    now,
    events: Events,
    rates: MeteredRates,
    aggregate,
    used,
    blocked,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, on the terms of the stage `now`. used: int64 micros, one per feature, so far."""
    kinds, includes = rates.kinds[now], rates.included[now]
    for event in range(first_event, until):
        feature, value = events.features[event], events.values[event]
        included = includes[feature]
        reason, units = within_allowance(kinds[feature], included, used[feature], value, aggregate)
        used[feature] += units  # 4.2: with an overage price, and on an unlimited feature, nothing is blocked
        left = max(0, included - used[feature])
        tell(blocked, admitted, ledger, customer, event, feature, value, reason, units, 0, left, 0)


@step
def _replay_segment(  # type: ignore[no-untyped-def]
    customer,
    segment,
    segments: Segments,
    events: Events,
    rates: MeteredRates,
    within: Within,
    change,
    last_change,
    aggregate,
    used,
    blocked,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays a segment of which something is refused, so that the order of its events decides."""
    first_event, last_event, now = segments.first_events[segment], segments.last_events[segment], segments.stages[segment]
    used[:] = 0  # the allowance resets (2.3)
    terms, written = (events, rates, aggregate), (used, blocked, admitted, ledger)
    for changed in range(change, last_change):  # 8.7
        until = min(within.events[changed], last_event)
        _serve(first_event, until, customer, now, *terms, *written)
        first_event, now = until, within.stages[changed]
    _serve(first_event, last_event, customer, now, *terms, *written)


@compiled
def replay_metered(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    rates: MeteredRates,
    within: Within,
    aggregate: bool,
    in_sums: bool,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills `admitted` and, where it is on, the ledger.

    Where nothing is refused the order of the events decides nothing, and what was demanded is what was served.
    """
    blocked, used = nothing_blocked(rates.kinds.shape[1]), np.zeros(rates.kinds.shape[1], np.int64)
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    for customer in range(first_customer, last_customer):
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            last_change = changes_until(within, change, segment)
            if len(ledger.reasons) > 0 or change < last_change or _refuses(segments, segment, rates, in_sums):
                _replay_segment(
                    customer, segment, segments, events, rates, within, change, last_change, aggregate, used, blocked, admitted,
                    ledger,
                )  # fmt: skip
            elif in_sums:
                refuse_whole(segments, segment, rates.kinds[segments.stages[segment]], blocked)
            change = last_change
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_cell(segments, cell, blocked, admitted)


@step
def _refuses(segments: Segments, segment, rates: MeteredRates, in_sums):  # type: ignore[no-untyped-def]
    """Whether anything that was demanded in a segment is refused (3.3, 4.3); in sums, whether it takes the events to say what."""
    stage = segments.stages[segment]
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        kind, is_above = rates.kinds[stage, feature], segments.cell_units[cell] > rates.included[stage, feature]
        if (kind >= NOT_IN_PLAN and not in_sums) or (kind == LIMITED and is_above):
            return True
    return False


def metered_charges(
    timeline: Timeline, rates: MeteredRates, charged_units: np.ndarray, minor_nanos: int, ranks: np.ndarray, choices: np.ndarray
) -> Charged:
    """A line per feature and period for the units beyond what is included (billing-rules 4.2), at the terms of its end (8.7).

    charged_units: int64 micros, one per cell: served, but for what is free. ranks: int64, one per feature of the usage: its place
    in the catalog, whose order lines have (12). choices: as `other_choices` has them.
    """
    features = timeline.segments.cell_features.astype(np.int64)
    on = _rated_on(timeline, rates, charged_units, choices)
    units, amounts = _overage(on, features, charged_units, rates, minor_nanos)
    due = np.flatnonzero(amounts)
    if (np.diff(ranks) < 0).any():
        due = due[np.lexsort([ranks[features[due]], timeline.cell_segments[due]])]
    prices = rates.unit_prices[on[due], features[due]]
    overage = charges_of(timeline.cell_segments[due], FEATURE_OVERAGE, features[due], units[due], prices, amounts[due])
    if rates.tiers.modes.any():
        overage = _with_tiers(timeline, rates.tiers, overage, on, units, amounts, minor_nanos, ranks)
    return Charged(overage, no_charges(CREDIT_PACK), no_lots(), units, amounts, on)


def _rated_on(timeline: Timeline, rates: MeteredRates, charged_units: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """int64, one per cell: the row of `rates` at which it is charged; of several sets of prices the one that costs less (8.7)."""
    on = timeline.last_stages[timeline.cell_segments].astype(np.int64)
    features = timeline.segments.cell_features.astype(np.int64)
    for stage in np.flatnonzero(np.diff(choices)).tolist():
        cells = np.flatnonzero(on == stage)
        beyond = np.maximum(charged_units[cells] - rates.included[stage, features[cells]], 0)
        least = _costs(rates, np.full(len(cells), stage), features[cells], beyond)
        for row in range(choices[stage], choices[stage + 1]):
            cost = _costs(rates, np.full(len(cells), row), features[cells], beyond)
            on[cells[cost < least]] = row
            least = np.minimum(cost, least)
    return on


def _costs(rates: MeteredRates, rows: np.ndarray, features: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """int64 nanos, one per entry: what units beyond those included cost, before a line is rounded."""
    costs = tier_costs(rates.tiers, rows, features, beyond)
    one_price = rates.tiers.modes[rows, features] == ONE_PRICE
    return np.where(one_price, price_costs(beyond, rates.unit_prices[rows, features]), costs)


def _with_tiers(
    timeline: Timeline,
    tiers: TierRates,
    overage: Charges,
    on: np.ndarray,
    units: np.ndarray,
    amounts: np.ndarray,
    minor_nanos: int,
    ranks: np.ndarray,
) -> Charges:
    """The lines of features with one price and those in tiers (billing-rules 15.1), by feature and tier; fills in `amounts`.

    on: int64, one per cell: the row of the rates at which it is charged.
    """
    all_features = timeline.segments.cell_features.astype(np.int64)
    cells = np.flatnonzero((units > 0) & (tiers.modes[on, all_features] != ONE_PRICE))
    features = all_features[cells]
    count, lines = tier_lines(tiers, on[cells], features, units[cells], minor_nanos)
    rows, *columns = (column[:count] for column in lines)
    parts, quantities, unit_prices, line_amounts = columns
    amounts += sum_by_index(cells[rows], line_amounts, len(amounts))
    segments, items = timeline.cell_segments[cells][rows], features[rows]
    in_tiers = charges_of(segments, FEATURE_OVERAGE, items, quantities, unit_prices, line_amounts)._replace(parts=parts)
    if len(overage.segments) == 0 and not (np.diff(ranks) < 0).any():
        return in_tiers  # cell by cell, as they are to stand
    joined: list[Any] = [
        column if name == "kind" else np.concatenate([column, more])
        for name, column, more in zip(Charges._fields, overage, in_tiers, strict=True)
    ]
    charges = Charges(*joined)
    order = np.argsort(charges.segments * (int(ranks.max()) + 1) + ranks[charges.items], kind="stable")  # tiers stay in order
    return Charges(*(column if name == "kind" else column[order] for name, column in zip(Charges._fields, joined, strict=True)))


@compiled
def _overage(on, features, served_units, rates: MeteredRates, minor_nanos):  # type: ignore[no-untyped-def]
    """Per cell the units beyond what is included (int64 micros), where they have a price, and their amount in minor units, tiers aside."""
    units = np.zeros(len(served_units), np.int64)
    amounts = np.zeros(len(served_units), np.int64)
    for cell in range(len(served_units)):
        stage, feature = on[cell], features[cell]
        beyond = served_units[cell] - rates.included[stage, feature]
        if beyond > 0 and rates.kinds[stage, feature] == PRICED:
            units[cell] = beyond
            if rates.tiers.modes[stage, feature] == ONE_PRICE:
                amounts[cell] = to_minor(times_floor(beyond, rates.unit_prices[stage, feature]), minor_nanos)
    return units, amounts


@compiled
def price_costs(quantities, prices):  # type: ignore[no-untyped-def]
    """micros × nanos a unit, one per entry, in nanos, rounded half up."""
    costs = np.empty(len(quantities), np.int64)
    for row in range(len(quantities)):
        costs[row] = times_half_up(quantities[row], prices[row])
    return costs


@dataclass(frozen=True, eq=False)
class MeteredReplay:
    """A candidate on metered plans, made ready. free_units: int64 micros, one per cell, beyond a spend cap; none without one."""

    setting: Setting
    events: Events
    rates: MeteredRates
    admitted: Admitted
    beyond: Beyond | None
    free_units: np.ndarray
    further: tuple[Stage, ...]
    choices: np.ndarray
    spending: None = None

    @classmethod
    def of(cls, setting: Setting) -> MeteredReplay:
        stages = setting.subscription.stages
        more, choices = other_choices(setting.catalog, stages)
        rates = metered_rates(setting.catalog, [*stages, *more], setting.usage.features)
        beyond = beyond_of(setting)
        free = np.zeros(0 if beyond is None else len(setting.timeline.cell_units), np.int64)
        return cls(setting, setting.events(), rates, setting.admitted(), beyond, free, tuple(more), choices)

    def replay_customers(self, first: int, last: int, ledger: Ledger) -> np.ndarray:
        segments, setting, beyond = self.setting.timeline.segments, self.setting, self.beyond
        if beyond is None:
            how = self.rates, setting.timeline.within, setting.aggregate, setting.in_sums
            replay_metered(first, last, segments, self.events, *how, self.admitted, ledger)
        else:
            terms = setting.usage.times, self.rates, self.choices, beyond.caps, beyond.corrections
            written = setting.aggregate, self.admitted, self.free_units, beyond.outcome, ledger
            replay_capped(first, last, segments, self.events, *terms, setting.timeline.within, *written)
        return no_purchases()

    def charged(self, purchases: np.ndarray) -> Charged:
        assert len(purchases) == 0
        setting = self.setting
        codes = {code: place for place, code in enumerate(setting.catalog.features)}
        ranks = np.array([codes.get(feature, len(codes)) for feature in setting.usage.features], np.int64)
        units = self.admitted.cell_units if self.beyond is None else self.admitted.cell_units - self.free_units
        charged = metered_charges(setting.timeline, self.rates, units, setting.minor_nanos, ranks, self.choices)
        return charged._replace(further_stages=self.further)

    def flows(self, charged: Charged) -> tuple[StockFlows, ...]:  # noqa: ARG002 - of a model without stocks
        return ()

    def cell_use(self) -> CellUse | None:
        return None


METERED = Model("metered", MeteredPlan, (), frozenset({"overage_units", "amount"}), MeteredReplay.of)
