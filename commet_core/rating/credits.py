"""Credits as a model (billing-rules 5): the terms of plans and packs for the kernel, and what its replay charges and moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from commet_core.catalog.packs import CreditPack
from commet_core.catalog.plans import Catalog, CreditsPlan
from commet_core.foundation.money import INT64_MAX, MICRO_DECIMALS, micros, nanos
from commet_core.foundation.sums import added, less, nothing, sum_by_index
from commet_core.rating.admission import ALLOWANCE_ADJUSTED, PURCHASED_ADJUSTED, Admitted, Events, Ledger
from commet_core.rating.beyond import Beyond
from commet_core.rating.by_sums import BY_EVENT, adds_up
from commet_core.rating.charges import Charged, no_charges
from commet_core.rating.credits_kernel import CreditsBasis, CreditsOutcome, CreditsRates, PackRule, replay_credits
from commet_core.rating.invoices import CREDIT_PACK, FEATURE_OVERAGE
from commet_core.rating.items import Items
from commet_core.rating.lots import LotsReplay, lots_replay
from commet_core.rating.model import Model, Setting
from commet_core.rating.purchases import BoughtByAction, ForSale, bought_by_action, purchase_charges
from commet_core.rating.rollover import RolloverRates, rolled_over, rollover_of
from commet_core.rating.spending import Spending
from commet_core.rating.stocks import CellUse, StockFlows, StockKind
from commet_core.rating.stops import Stops
from commet_core.scenario.candidates import Purchases
from commet_core.timeline.stages import Stage, kinds_of, plan_on
from commet_core.timeline.treatments import PRICED, UNLIMITED

PLAN_CREDITS = StockKind(
    "plan credits",
    "credits",
    {
        "plan_credits_granted": "granted",
        "plan_credits_used": "used",
        "plan_credits_forfeited": "forfeited",
        "plan_credits_in_hand": "in_hand",
    },
)
PURCHASED_CREDITS = StockKind(
    "purchased credits",
    "credits",
    {
        "purchased_credits_opening": "opening",
        "purchased_credits_bought": "bought",
        "purchased_credits_used": "used",
        "purchased_credits_closing": "closing",
    },
    sold_as="packs",
    of_purchases=True,
)


def credits_rates(catalog: Catalog, stages: Sequence[Stage], features: tuple[str, ...]) -> CreditsRates:
    """The terms of stages for the features of a usage, event by event."""
    shape = len(stages), len(features)
    by_event = np.zeros(shape, bool)
    rates = CreditsRates(kinds_of(stages, len(features)), np.zeros(shape, np.int64), by_event, np.zeros(len(stages), np.int64))
    for row, stage in enumerate(stages):
        if not stage.has_periods or stage.plan is None:
            continue
        plan = plan_on(catalog, stage)
        assert isinstance(plan, CreditsPlan)
        rates.included[row] = micros(plan.included_credits)
        for index, feature in enumerate(features):
            terms = plan.features.get(feature)
            if terms is not None:
                rates.kinds[row, index] = UNLIMITED if terms.unlimited else PRICED
                rates.unit_prices[row, index] = 0 if terms.credits_per_unit is None else micros(terms.credits_per_unit)
    return rates


def packs_in_order(packs: Mapping[str, CreditPack], rule: Purchases, stage: Stage) -> list[str]:
    """The codes of the packs that the purchase rule considers on a stage: fewest credits first, ties the lower price first."""
    if rule.pack == "none" or not stage.has_periods or stage.plan is None:
        return []
    considered = packs if rule.pack == "smallest_sufficient" else [rule.pack]
    sold = [code for code in considered if packs[code].sold_on(stage.plan)]
    return sorted(sold, key=lambda code: (packs[code].credits, packs[code].price))


def pack_rule(
    packs: Mapping[str, CreditPack], rule: Purchases, stages: Sequence[Stage], hashes: np.ndarray, minor_nanos: int
) -> PackRule:
    """A purchase rule for the kernel."""
    codes = [packs_in_order(packs, rule, stage) for stage in stages]
    credits_sold = np.array([micros(packs[code].credits) for of_stage in codes for code in of_stage], np.int64)
    offsets = np.cumsum([0, *(len(of_stage) for of_stage in codes)])
    per_period = INT64_MAX if rule.max_packs_per_period is None else rule.max_packs_per_period
    sum_prices = np.array([_sum_price([packs[code] for code in of_stage], rule, minor_nanos) for of_stage in codes], np.int64)
    return PackRule(credits_sold, offsets, per_period, micros(rule.probability), hashes, sum_prices)


def _sum_price(offered: Sequence[CreditPack], rule: Purchases, minor_nanos: int) -> int:
    """Nanos for one of the packs that are offered, the cheapest first, where those of a period can be bought as one, else BY_EVENT.

    That is (decisions.md 6.3): without a limit, all of one size, and at a price in whole minor units.
    """
    if not offered or rule.max_packs_per_period is not None or len({pack.credits for pack in offered}) > 1:
        return BY_EVENT
    price = nanos(offered[0].price)
    return price if price % minor_nanos == 0 else BY_EVENT


def packs_for_sale(packs: Mapping[str, CreditPack], rule: Purchases, stages: Sequence[Stage], items: Items) -> ForSale:
    """The packs of a purchase rule, stage by stage as `pack_rule` has them."""
    codes = [code for stage in stages for code in packs_in_order(packs, rule, stage)]
    return ForSale(
        np.array([micros(packs[code].credits) for code in codes], np.int64),
        np.array([nanos(packs[code].price) for code in codes], np.int64),
        np.array([items.packs[code] for code in codes], np.int64),
    )


@dataclass(frozen=True, eq=False)
class CreditsReplay:
    """A candidate on credits plans, made ready."""

    setting: Setting
    events: Events
    rates: CreditsRates
    rollover: RolloverRates
    rule: PackRule
    for_sale: ForSale
    acted: BoughtByAction
    admitted: Admitted
    outcome: CreditsOutcome
    lots: LotsReplay | None

    @property
    def beyond(self) -> Beyond | None:
        return None if self.lots is None else self.lots.beyond

    @property
    def spending(self) -> Spending:
        no_margins, blocks = np.zeros_like(self.rates.unit_prices), np.ones(len(self.rates.kinds), bool)
        return Spending(self.events, self.rates.kinds, self.rates.unit_prices, no_margins, blocks, self.setting.aggregate)

    @classmethod
    def of(cls, setting: Setting) -> CreditsReplay:
        packs, rule, usage = setting.catalog.credit_packs, setting.candidate.purchases, setting.usage
        stages, timeline = setting.subscription.stages, setting.timeline
        rates = credits_rates(setting.catalog, stages, usage.features)
        return cls(
            setting=setting,
            events=setting.events(),
            rates=rates._replace(additive=adds_up(usage, rates.kinds, rates.unit_prices, in_sums=setting.in_sums)),
            rollover=rollover_of(setting, rates.included, MICRO_DECIMALS),
            rule=pack_rule(packs, rule, stages, setting.hashes(rule.probability), setting.minor_nanos),
            for_sale=packs_for_sale(packs, rule, stages, setting.items),
            acted=bought_by_action(setting.subscription, usage.times, setting.items.packs),
            admitted=setting.admitted(),
            outcome=CreditsOutcome.of(timeline.segment_count, len(timeline.cell_units)),
            lots=lots_replay(setting, [code for stage in stages for code in packs_in_order(packs, rule, stage)]),
        )

    def replay_customers(self, first: int, last: int, ledger: Ledger) -> np.ndarray:
        setting, timeline = self.setting, self.setting.timeline
        basis = CreditsBasis(self.rates, self.rollover, self.rule, setting.aggregate, setting.in_sums)
        given = self.events, basis, Stops(self.acted.additions, timeline.within)
        written = self.admitted, self.outcome, ledger
        if self.lots is not None:
            return self.lots.replay_customers(first, last, *given, *written)
        return replay_credits(first, last, timeline.segments, *given, *written)

    def charged(self, purchases: np.ndarray) -> Charged:
        """A purchase line per kind of pack (billing-rules 5.5)."""
        setting, no_cells = self.setting, nothing(len(self.setting.timeline.cell_units))
        rows = setting.usage.times, purchases, self.for_sale, self.acted, setting.minor_nanos
        sold, lots = purchase_charges(CREDIT_PACK, *rows)
        uses = None if self.lots is None else self.lots.uses()
        return Charged(no_charges(FEATURE_OVERAGE), sold, lots, no_cells, no_cells, uses=uses, additions=self.acted.additions)

    def flows(self, charged: Charged) -> tuple[StockFlows, ...]:
        """Plan credits lapse at every reset, purchased credits never (billing-rules 5.3)."""
        timeline, outcome = self.setting.timeline, self.outcome
        offsets, none = timeline.segments.offsets, nothing(timeline.segment_count)
        granted = timeline.of_segments(self.rates.included)
        rolled, rolled_out = rolled_over(self.rollover, outcome.rolled_out, offsets)
        given, taken = self.acted.adjusted(ALLOWANCE_ADJUSTED, timeline.segment_count)
        left, lapses = outcome.plan_left, ~timeline.in_hand
        used = less(added(granted, rolled, given), taken, left)
        rolling = {"rolled_in": rolled, "rolled_out": rolled_out, "given": given, "taken": taken}
        plan = StockFlows(PLAN_CREDITS, offsets, granted, none, used, none, left, lapses, **rolling)
        given, taken = self.acted.adjusted(PURCHASED_ADJUSTED, timeline.segment_count)
        bought = less(sum_by_index(charged.lots.segments, charged.lots.quantities, timeline.segment_count), given)
        purchased = StockFlows(
            PURCHASED_CREDITS,
            offsets,
            granted=none,
            bought=bought,
            used=outcome.purchased_used,
            overage=none,
            closing=outcome.purchased_closing,
            lapses=np.zeros(timeline.segment_count, bool),
            spent_of_bought=added(outcome.purchased_used, taken),
            expired=0 if self.lots is None else self.lots.expired,
            given=given,
            taken=taken,
        )
        return plan, purchased

    def cell_use(self) -> CellUse:
        return CellUse(self.outcome.cell_credits, nothing(len(self.outcome.cell_credits)))


CREDITS = Model("credits", CreditsPlan, (PLAN_CREDITS, PURCHASED_CREDITS), frozenset({"credits"}), CreditsReplay.of)
