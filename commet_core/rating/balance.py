"""Balance as a model (billing-rules 6): the terms of plans and top-ups for the kernel, and what its replay charges and moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import BalancePlan, Catalog
from commet_core.catalog.terms import BalanceTerms
from commet_core.foundation.money import INT64_MAX, MICROS, NANO_DECIMALS, micros, nanos
from commet_core.foundation.sums import added, less, nothing
from commet_core.rating import token_checks
from commet_core.rating.admission import ALLOWANCE_ADJUSTED, Admitted, Events, Ledger
from commet_core.rating.balance_capped import replay_balance_capped
from commet_core.rating.balance_kernel import BalanceBasis, BalanceOutcome, BalanceRates, TopUpRule, replay_balance
from commet_core.rating.beyond import Beyond, beyond_of
from commet_core.rating.by_sums import BY_EVENT, adds_up
from commet_core.rating.charges import Charged, Charges, charges_of, rounded_shares, to_minor
from commet_core.rating.invoices import BALANCE_OVERAGE, TOP_UP
from commet_core.rating.model import Model, Setting
from commet_core.rating.purchases import BoughtByAction, ForSale, bought_by_action, purchase_charges
from commet_core.rating.rollover import RolloverRates, rolled_over, rollover_of
from commet_core.rating.spending import Spending
from commet_core.rating.stocks import CellUse, StockFlows, StockKind
from commet_core.rating.stops import Stops
from commet_core.rating.token_costs import token_costs
from commet_core.scenario.candidates import TopUp
from commet_core.timeline.stages import Stage, kinds_of, plan_on
from commet_core.timeline.treatments import AI_MODEL, PRICED, UNLIMITED

BALANCE_STOCK = StockKind(
    "balance",
    "money",
    {
        "balance_granted": "granted",
        "balance_topped_up": "bought",
        "balance_used": "used",
        "balance_overage": "overage",
        "balance_forfeited": "forfeited",
        "balance_in_hand": "in_hand",
    },
    sold_as="top_ups",
)


def balance_rates(catalog: Catalog, stages: Sequence[Stage], features: tuple[str, ...]) -> BalanceRates:
    """The terms of stages for the features of a usage, event by event."""
    prices, margins = (np.zeros((len(stages), len(features)), np.int64) for _ in range(2))
    included, blocks = np.zeros(len(stages), np.int64), np.ones(len(stages), bool)
    by_event = np.zeros((len(stages), len(features)), bool)
    rates = BalanceRates(
        kinds_of(stages, len(features)), prices, by_event, margins, included, blocks, nanos(catalog.token_rate)
    )
    for row, stage in enumerate(stages):
        if not stage.has_periods or stage.plan is None:
            continue
        plan = plan_on(catalog, stage)
        assert isinstance(plan, BalancePlan)
        rates.included[row] = nanos(plan.granted(stage.interval))
        rates.blocks[row] = plan.blocks or not stage.charged
        for index, feature in enumerate(features):
            terms = plan.features.get(feature)
            if terms is not None:
                rates.kinds[row, index] = _kind(terms)
                rates.unit_prices[row, index] = 0 if terms.unit_price is None else nanos(terms.unit_price)
                rates.margins[row, index] = 0 if terms.margin is None else micros(terms.margin)
    return rates


def _kind(terms: BalanceTerms) -> int:
    if terms.unlimited:
        return UNLIMITED
    return AI_MODEL if terms.by_tokens else PRICED


def top_up_rule(rule: TopUp | None, hashes: np.ndarray, minor_nanos: int) -> TopUpRule:
    """A top-up rule for the kernel."""
    if rule is None:
        return TopUpRule(0, 0, 0, hashes, BY_EVENT)
    per_period = INT64_MAX if rule.max_per_period is None else rule.max_per_period
    amount = nanos(rule.amount)
    is_summed = rule.max_per_period is None and amount % minor_nanos == 0  # decisions.md 6.3
    return TopUpRule(amount, per_period, micros(rule.probability), hashes, amount if is_summed else BY_EVENT)


@dataclass(frozen=True, eq=False)
class BalanceReplay:
    """A candidate on balance plans, made ready."""

    setting: Setting
    events: Events
    rates: BalanceRates
    rollover: RolloverRates
    rule: TopUpRule
    acted: BoughtByAction
    admitted: Admitted
    outcome: BalanceOutcome
    beyond: Beyond | None

    @property
    def spending(self) -> Spending:
        rates = self.rates
        return Spending(self.events, rates.kinds, rates.unit_prices, rates.margins, rates.blocks, self.setting.aggregate)

    @classmethod
    def of(cls, setting: Setting) -> BalanceReplay:
        usage, timeline, top_up = setting.usage, setting.timeline, setting.candidate.top_up
        beyond = beyond_of(setting)
        rates = balance_rates(setting.catalog, setting.subscription.stages, usage.features)
        return cls(
            setting=setting,
            events=_events(setting, rates),
            rates=rates._replace(additive=adds_up(usage, rates.kinds, rates.unit_prices, in_sums=setting.in_sums)),
            rollover=rollover_of(setting, rates.included, NANO_DECIMALS),
            rule=top_up_rule(top_up, setting.hashes(top_up.probability if top_up else Decimal(1)), setting.minor_nanos),
            acted=bought_by_action(setting.subscription, usage.times, setting.items.plans),
            admitted=setting.admitted(),
            outcome=BalanceOutcome.of(timeline.segment_count, len(timeline.cell_units)),
            beyond=beyond,
        )

    def replay_customers(self, first: int, last: int, ledger: Ledger) -> np.ndarray:
        setting, timeline, beyond = self.setting, self.setting.timeline, self.beyond
        basis = BalanceBasis(self.rates, self.rollover, self.rule, setting.aggregate, setting.in_sums)
        given = timeline.segments, self.events, basis, Stops(self.acted.additions, timeline.within)
        if beyond is None:
            return replay_balance(first, last, *given, self.admitted, self.outcome, ledger)
        written = self.admitted, self.outcome, beyond.outcome, ledger
        return replay_balance_capped(first, last, *given, beyond.basis, *written)

    def charged(self, purchases: np.ndarray) -> Charged:
        """A line per period for the balance below zero (billing-rules 6.2), and one per top-up (6.5)."""
        setting, timeline = self.setting, self.setting.timeline
        stages, minor = timeline.segments.stages, setting.minor_nanos
        amounts = np.full(len(setting.subscription.stages), self.rule.amount)
        top_ups = ForSale(amounts, amounts, setting.items.plans_of(setting.subscription.stages))
        of_stages = purchases.copy()
        of_stages[:, 2] = stages[purchases[:, 1]]
        sold, lots = purchase_charges(TOP_UP, setting.usage.times, of_stages, top_ups, self.acted, minor)
        overage = _below_zero(np.maximum(-self.outcome.closing, 0), top_ups.items[stages], minor)
        shares = rounded_shares(timeline.segments.cell_offsets, self.outcome.cell_overage, minor)
        no_units = nothing(len(timeline.cell_units))
        return Charged(overage, sold, lots, no_units, shares, additions=self.acted.additions)

    def flows(self, charged: Charged) -> tuple[StockFlows, ...]:  # noqa: ARG002 - what was bought the kernel has told
        """All that is left lapses at the reset, top-ups included (billing-rules 6.4), but for what rolls over (15.2)."""
        timeline, closing, topped_up = self.setting.timeline, self.outcome.closing, self.outcome.topped_up
        granted, left = timeline.of_segments(self.rates.included), np.maximum(closing, 0)
        offsets, overage = timeline.segments.offsets, np.maximum(-closing, 0)
        rolled, rolled_out = rolled_over(self.rollover, self.outcome.rolled_out, offsets)
        given, taken = self.acted.adjusted(ALLOWANCE_ADJUSTED, timeline.segment_count)
        used, lapses = less(added(granted, rolled, topped_up, given), taken, closing), ~timeline.in_hand
        rolling = {"rolled_in": rolled, "rolled_out": rolled_out, "given": given, "taken": taken}
        spent = topped_up - self.outcome.of_top_ups
        stock = StockFlows(
            BALANCE_STOCK, offsets, granted, topped_up, used, overage, left, lapses, spent_of_bought=spent, **rolling
        )
        return (stock,)

    def cell_use(self) -> CellUse:
        return CellUse(self.outcome.cell_cost, self.outcome.cell_overage)


def _events(setting: Setting, rates: BalanceRates) -> Events:
    """The events, with what their AI models cost where a feature is priced by it (billing-rules 11)."""
    events = setting.events()
    if not (rates.kinds == AI_MODEL).any():
        return events
    costs = token_costs(setting.usage, PriceBook.of(setting.catalog))
    events = events._replace(token_costs=costs.subtotals)
    token_checks.check(setting.timeline, events, setting.candidate, rates, setting.usage, costs)
    return events


def _below_zero(below_zero: np.ndarray, items: np.ndarray, minor_nanos: int) -> Charges:
    """A line for every segment that ends below zero. int64, one per segment: nanos, and the plan's code."""
    owing = np.flatnonzero(below_zero)
    amounts = to_minor(below_zero[owing], minor_nanos)
    owing, amounts = owing[amounts > 0], amounts[amounts > 0]
    one = np.full(len(owing), MICROS, np.int64)
    return charges_of(owing, BALANCE_OVERAGE, items[owing], one, below_zero[owing], amounts)


BALANCE = Model("balance", BalancePlan, (BALANCE_STOCK,), frozenset({"cost", "amount"}), BalanceReplay.of)
