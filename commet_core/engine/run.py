"""`Run`: one candidate replayed. Stocks, flows and invoices as arrays; everything shown is derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.catalog.plans import Catalog, Plan
from commet_core.engine.owed import with_ahead
from commet_core.foundation.arrow import amount_type_of
from commet_core.foundation.compiled import compiled
from commet_core.foundation.derived import KeepsDerived, cached_property
from commet_core.foundation.money import minor_decimals, minor_nanos
from commet_core.foundation.sums import added, less, nothing, sum_by_index, sum_by_offsets
from commet_core.foundation.vocabulary import Interval
from commet_core.rating.add_on_charges import AddOnCharges
from commet_core.rating.admission import NONE_BLOCKED, Admitted
from commet_core.rating.base_prices import BasePrice
from commet_core.rating.beyond import Beyond
from commet_core.rating.charges import Charged, Charges, to_minor
from commet_core.rating.customer_credits import CreditTaken
from commet_core.rating.invoices import CREDIT, CREDIT_PACK, DISCOUNT, PLAN_BASE, PROMO_CODE_DISCOUNT, TOP_UP, Bill, Lines
from commet_core.rating.level_charges import LevelCharges
from commet_core.rating.model import Model, Rates, Setting
from commet_core.rating.stocks import CellUse, StockFlows
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.further_rules import FurtherRule
from commet_core.scenario.reporting import RatesOf, Reporting
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage
from commet_core.timeline.subscribers import Subscription
from commet_core.timeline.terms_within import count_not_in_plan
from commet_core.timeline.treatments import NOT_IN_PLAN, NOT_SUBSCRIBED, PAUSED
from commet_core.usage.usage import Usage


class Telling(NamedTuple):
    """How results are told: the same for all candidates of a scenario.

    rules            the further rules that the scenario uses
    market           where the customers are; None in a scenario without markets (billing-rules 15.6)
    into_reporting   the rates at which lines come into the reporting currency; None without markets
    amount_decimals  of amounts in tables: as many as the finest of the scenario's currencies has
    """

    rules: frozenset[FurtherRule]
    market: str | None
    into_reporting: RatesOf | None
    amount_decimals: int

    @classmethod
    def of(cls, scenario: Scenario) -> Telling:
        """That of a scenario."""
        rules, currency = scenario.rules, scenario.catalog.currency
        if "markets" not in rules:
            return cls(rules, scenario.market, None, minor_decimals(currency))
        reporting = scenario.reporting or Reporting(currency=scenario.reporting_currency)
        return cls(rules, scenario.market, RatesOf.of(reporting, currency), max(map(minor_decimals, scenario.currencies)))


@dataclass(frozen=True, eq=False)
class Run(KeepsDerived):
    """One candidate over one usage.

    plan, interval   those of the candidate, of a line-up the lowest: what a customer is on whose actions say nothing else
    subscription     the timeline, and the stages on which customers are
    model            its consumption model
    rates            the terms of each stage per feature of the usage
    admitted         what was served, per cell, and the first refusal per customer
    flows            the model's stocks, segment by segment
    cell_use         what features used of them; None of a model without stocks
    base             base prices and discounts, and which segments begin with one
    charged          overage and purchases
    held             seats and quota; None where nobody asked for any
    add_ons          None where nobody has any
    bill             invoices and their lines
    credits          customer credits, and what was taken off invoices
    committed        what minimum commitments were short of
    setting          what it was replayed with
    telling          how its results are told
    beyond           what a kernel that knows of spend caps, expiry and corrections wrote; None of one that does not
    """

    usage: Usage
    subscription: Subscription
    candidate: Candidate
    plan_code: str
    plan: Plan
    interval: Interval | None
    catalog: Catalog
    model: Model
    rates: Rates
    admitted: Admitted
    flows: tuple[StockFlows, ...]
    cell_use: CellUse | None
    base: BasePrice
    charged: Charged
    bill: Bill
    credits: CreditTaken
    committed: Charges
    setting: Setting
    telling: Telling
    beyond: Beyond | None = None
    held: LevelCharges | None = None
    add_ons: AddOnCharges | None = None

    @property
    def currency(self) -> str:
        return self.catalog.currency

    @property
    def rules(self) -> frozenset[FurtherRule]:
        """The further rules that the scenario uses."""
        return self.telling.rules

    @property
    def market(self) -> str | None:
        """Where its customers are; None in a scenario without markets (billing-rules 15.6)."""
        return self.telling.market

    @property
    def into_reporting(self) -> RatesOf | None:
        """The rates at which lines come into the reporting currency; None without markets."""
        return self.telling.into_reporting

    @property
    def amount_decimals(self) -> int:
        """Of amounts in tables."""
        return self.telling.amount_decimals

    @property
    def amount_type(self) -> pa.DataType:
        """The type of amounts in tables."""
        return amount_type_of(self.amount_decimals)

    def in_tables(self, minor: np.ndarray) -> np.ndarray:
        """Minor units, with as many decimals as amounts in tables have."""
        finer = self.amount_decimals - minor_decimals(self.currency)
        return minor * 10**finer if finer else minor

    @property
    def timeline(self) -> Timeline:
        return self.subscription.timeline

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What customers are on, by the timeline's stage of a segment."""
        return self.subscription.stages

    @property
    def customer_count(self) -> int:
        return len(self.timeline.customers)

    # One entry per cell.

    @cached_property
    def cell_blocked_events(self) -> np.ndarray:
        return self.timeline.cell_events - self.admitted.cell_events

    @property
    def cell_demanded(self) -> np.ndarray:
        """int64 micros asked for, less those that were given back (billing-rules 15.7)."""
        return self.timeline.cell_units if self.beyond is None else self.timeline.cell_units - self.beyond.outcome.corrected

    @cached_property
    def cell_blocked_units(self) -> np.ndarray:
        """int64 micros."""
        return self.cell_demanded - self.admitted.cell_units

    @property
    def cell_capped_units(self) -> np.ndarray:
        """int64 micros that a spend cap refused (billing-rules 15.5)."""
        return nothing(len(self.admitted.cell_units)) if self.beyond is None else self.beyond.outcome.cell_units

    @property
    def cell_capped_events(self) -> np.ndarray:
        """int64: events that a spend cap refused (billing-rules 15.5)."""
        return nothing(len(self.admitted.cell_events)) if self.beyond is None else self.beyond.outcome.cell_events

    @cached_property
    def cell_kinds(self) -> np.ndarray:
        """int8: how the segment's stage treats the cell's feature."""
        return self.timeline.of_cells(self.rates.kinds)

    @property
    def cell_not_in_plan_events(self) -> np.ndarray:
        """Events refused because the plan did not have the feature then."""
        return self._cell_not_in_plan[0]

    @property
    def cell_not_in_plan_units(self) -> np.ndarray:
        """int64 micros that they asked for."""
        return self._cell_not_in_plan[1]

    @cached_property
    def _cell_not_in_plan(self) -> tuple[np.ndarray, np.ndarray]:
        refused = self.cell_blocked_events, self.cell_blocked_units  # a correction is not refused
        events, units = (np.where(self.cell_kinds == NOT_IN_PLAN, blocked, 0) for blocked in refused)
        if len(self.timeline.within.segments):
            count_not_in_plan(self.timeline, self.rates.kinds, self.usage, events, units)
        return events, units

    # One entry per segment.

    @cached_property
    def segment_events(self) -> np.ndarray:
        return self.timeline.segments.last_events - self.timeline.segments.first_events

    @cached_property
    def segment_served_events(self) -> np.ndarray:
        return sum_by_offsets(self.timeline.segments.cell_offsets, self.admitted.cell_events)

    @cached_property
    def segment_base(self) -> np.ndarray:
        """int64 minor units charged at the segment's start."""
        return self._lines_by_segment(PLAN_BASE)

    @cached_property
    def segment_discount(self) -> np.ndarray:
        """int64 minor units ≤ 0: what an offer takes off the base charge (billing-rules 9.1)."""
        return added(self._lines_by_segment(DISCOUNT), self._lines_by_segment(PROMO_CODE_DISCOUNT))

    @cached_property
    def segment_credit(self) -> np.ndarray:
        """int64 minor units ≤ 0: the unused days of the plan before, given back at the segment's start (billing-rules 8.2)."""
        return less(self._lines_by_segment(CREDIT), self.segment_customer_credit)

    @property
    def segment_customer_credit(self) -> np.ndarray:
        """int64 minor units ≤ 0: customer credits taken off the invoice that the segment's start brings (billing-rules 8.9)."""
        return self.credits.by_segment

    @cached_property
    def segment_overage(self) -> np.ndarray:
        """int64 minor units invoiced for the segment's usage, at its end."""
        return self.charged.overage.by_segment(self.timeline.segment_count)

    @cached_property
    def segment_purchases(self) -> np.ndarray:
        """int64 minor units of packs or top-ups bought in the segment."""
        return added(self._lines_by_segment(CREDIT_PACK), self._lines_by_segment(TOP_UP))

    @cached_property
    def segment_commitment(self) -> np.ndarray:
        """int64 minor units that a minimum commitment which ends with the segment was short of (billing-rules 15.4)."""
        return self.committed.by_segment(self.timeline.segment_count)

    @cached_property
    def segment_billed(self) -> np.ndarray:
        """int64 minor units: base, discount, credit, overage, commitment and purchases of the segment."""
        base = self.segment_base, self.segment_discount, self.segment_credit, self.segment_customer_credit
        whole = added(*base, self.segment_overage, self.segment_commitment, self.segment_purchases)
        return with_ahead(self.held, self.add_ons, whole)

    @property
    def segment_add_ons(self) -> np.ndarray:
        """int64 minor units of add-ons: with base prices, and when they are activated."""
        return nothing(self.timeline.segment_count) if self.add_ons is None else self.add_ons.billed_minor

    def segment_held(self, kind: int) -> np.ndarray:
        """int64 minor units of a kind of line for seats or quota: in advance at a segment's start, of true-ups its days' share."""
        return nothing(self.timeline.segment_count) if self.held is None else self.held.segment_minor(kind)

    @cached_property
    def segment_free(self) -> np.ndarray:
        """int64 minor units: what lay beyond a spend cap and was free would have cost (billing-rules 15.5)."""
        if self.beyond is None:
            return nothing(self.timeline.segment_count)
        return np.asarray(to_minor(self.beyond.outcome.free, minor_nanos(self.currency)))

    @cached_property
    def segment_granted(self) -> np.ndarray:
        """int64: what segments begin with: granted and rolled in, of all stocks; micros of credits, or nanos of balance."""
        begins = [part for stock in self.flows for part in (stock.granted, stock.rolled_in)]
        return added(nothing(self.timeline.segment_count), *begins)

    @property
    def sold(self) -> StockFlows | None:
        """The stock into which packs or top-ups are bought; None where nothing is sold."""
        return next((stock for stock in self.flows if stock.kind.sold_as is not None), None)

    def sells(self, what: Literal["packs", "top_ups"]) -> bool:
        """Whether customers buy `packs`, or `top_ups`."""
        return self.sold is not None and self.sold.kind.sold_as == what

    # One entry per customer of the timeline.

    def by_customer(self, per_segment: np.ndarray) -> np.ndarray:
        """int64 sums of something that has one entry per segment."""
        return sum_by_offsets(self.timeline.segments.offsets, per_segment)

    @cached_property
    def customer_billed(self) -> np.ndarray:
        """int64 minor units: the sum of the customer's invoices."""
        return sum_by_index(self.bill.invoices.customers, self.bill.invoices.totals, self.customer_count)

    @cached_property
    def customer_blocked_events(self) -> np.ndarray:
        return self.by_customer(self.segment_events - self.segment_served_events)

    @cached_property
    def customer_not_in_plan_events(self) -> np.ndarray:
        return self.by_customer(sum_by_offsets(self.timeline.segments.cell_offsets, self.cell_not_in_plan_events))

    @cached_property
    def customer_paused_events(self) -> np.ndarray:
        return self._customer_events_of(PAUSED)

    @cached_property
    def customer_not_subscribed_events(self) -> np.ndarray:
        return self._customer_events_of(NOT_SUBSCRIBED)

    @cached_property
    def customer_spend_cap_events(self) -> np.ndarray:
        return self.by_customer(sum_by_offsets(self.timeline.segments.cell_offsets, self.cell_capped_events))

    @cached_property
    def customer_last_stages(self) -> np.ndarray:
        """int64: the stage on which each customer ends, as its place in `stages`."""
        return self.timeline.segments.stages[self.timeline.segments.offsets[1:] - 1].astype(np.int64)

    def _customer_events_of(self, kind: int) -> np.ndarray:
        """Events refused of features that a stage treats so."""
        events = np.where(self.cell_kinds == kind, self.cell_blocked_events, 0)
        return self.by_customer(sum_by_offsets(self.timeline.segments.cell_offsets, events))

    @cached_property
    def customer_first_blocked(self) -> tuple[np.ndarray, np.ndarray]:
        """int64 microseconds of each customer's first refusal, and bool: whether there is one."""
        blocked = self.admitted.first_blocked != NONE_BLOCKED
        if self.usage.event_count == 0:
            return np.zeros(self.customer_count, np.int64), blocked
        return self.usage.times[np.where(blocked, self.admitted.first_blocked, 0)], blocked

    def _lines_by_segment(self, kind: int) -> np.ndarray:
        if kind not in self.bill.line_kinds:
            return nothing(self.timeline.segment_count)
        sums = np.zeros(self.timeline.segment_count, np.int64)
        _add_lines(sums, self.bill.lines, kind)
        return sums


@compiled
def _add_lines(sums, lines: Lines, kind):  # type: ignore[no-untyped-def]
    """Adds the amounts of the lines of a kind to the sums of their segments."""
    for line in range(len(lines.kinds)):
        if lines.kinds[line] == kind:
            sums[lines.segments[line]] += lines.amounts[line]
