"""What customers owe, segment by segment, before it stands on invoices: enough for all that is said of plans by the hundred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.foundation.derived import cached_property
from commet_core.foundation.sums import added, nothing, sum_by_offsets
from commet_core.rating.add_on_charges import AddOnCharges
from commet_core.rating.base_prices import BasePrice
from commet_core.rating.charges import Charged, Charges
from commet_core.rating.customer_credits import CreditTaken, take_credits
from commet_core.rating.issuing import issue_invoices
from commet_core.rating.items import Items
from commet_core.rating.level_charges import LINE_KIND_OF, LevelCharges
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage
from commet_core.timeline.subscribers import Subscription

AFTER_ALL_ACTIONS: Final = 2**62


def with_ahead(held: LevelCharges | None, add_ons: AddOnCharges | None, billed: np.ndarray) -> np.ndarray:
    """What segments are billed, with seats, quota and add-ons: int64 minor units."""
    if add_ons is not None:
        billed = billed + add_ons.billed_minor
    return billed if held is None else sum((held.segment_minor(kind) for kind in LINE_KIND_OF.values()), billed)


@dataclass(frozen=True, eq=False)
class Owed:
    """One candidate's charges.

    base        base prices and their discounts
    given_back  credits for the unused days of an old plan (billing-rules 8.2)
    charged     overage and purchases
    committed   what minimum commitments were short of (15.4)
    held        seats and quota; None where nobody asked for any
    add_ons     None where nobody has any

    Minor units, int64, one entry per segment, under the names that `Run` has for what its invoice lines add up to.
    """

    subscription: Subscription
    currency: str
    items: Items
    base: BasePrice
    given_back: Charges
    charged: Charged
    committed: Charges
    held: LevelCharges | None = None
    add_ons: AddOnCharges | None = None

    @property
    def timeline(self) -> Timeline:
        return self.subscription.timeline

    @property
    def stages(self) -> tuple[Stage, ...]:
        return self.subscription.stages

    @property
    def customer_count(self) -> int:
        return len(self.timeline.customers)

    @cached_property
    def segment_base(self) -> np.ndarray:
        return self.base.charges().by_segment(self.timeline.segment_count)

    @cached_property
    def segment_discount(self) -> np.ndarray:
        parts = self.base.discount_charges(), self.base.promo_code_charges()
        return added(*(charges.by_segment(self.timeline.segment_count) for charges in parts))

    @cached_property
    def segment_credit(self) -> np.ndarray:
        return self.given_back.by_segment(self.timeline.segment_count)

    @cached_property
    def segment_overage(self) -> np.ndarray:
        return self.charged.overage.by_segment(self.timeline.segment_count)

    @cached_property
    def segment_purchases(self) -> np.ndarray:
        return self.charged.purchases.by_segment(self.timeline.segment_count)

    @cached_property
    def segment_commitment(self) -> np.ndarray:
        return self.committed.by_segment(self.timeline.segment_count)

    @cached_property
    def credits(self) -> CreditTaken:
        """The invoices, and the customer credits taken off them (billing-rules 8.9)."""
        bill = issue_invoices(self.timeline, self.dues(), self.base, self.bought(), self.items.codes)
        granted = () if self.subscription.acted is None else self.subscription.acted.credits
        return take_credits(bill, self.timeline, granted, self.items.customer_credit, self.base.minor_nanos)

    @cached_property
    def segment_customer_credit(self) -> np.ndarray:
        """int64 minor units ≤ 0; takes the invoices, where anybody was granted a credit."""
        granted = self.subscription.acted is not None and self.subscription.acted.credits
        return self.credits.by_segment if granted else nothing(self.timeline.segment_count)

    @cached_property
    def segment_billed(self) -> np.ndarray:
        base = self.segment_base, self.segment_discount, self.segment_credit, self.segment_customer_credit
        whole = added(*base, self.segment_overage, self.segment_commitment, self.segment_purchases)
        return with_ahead(self.held, self.add_ons, whole)

    @cached_property
    def customer_billed(self) -> np.ndarray:
        """int64 minor units, one entry per customer."""
        return self.by_customer(self.segment_billed)

    def by_customer(self, per_segment: np.ndarray) -> np.ndarray:
        """int64 sums of something that has one entry per segment."""
        return sum_by_offsets(self.timeline.segments.offsets, per_segment)

    def dues(self) -> list[tuple[Charges, bool]]:
        """What is due where segments begin or end, in the order of billing-rules 12; and whether it is at their end."""
        held = [] if self.add_ons is None else [(self.add_ons.base(), False)]
        for kind in LINE_KIND_OF.values() if self.held is not None else ():
            assert self.held is not None
            held += [(self.held.advance(kind), False), (self.held.true_ups(kind), True)]
        in_arrears = (self.charged.overage, True), (self.committed, True)
        off = (self.given_back, False), (self.base.discount_charges(), False), (self.base.promo_code_charges(), False)
        return [(self.base.charges(), False), *held, *in_arrears, *off]

    def bought(self) -> list[tuple[Charges, np.ndarray]]:
        """What has invoices of its own, and the turn of each line: actions in the order of the file, then what events buy (3.1)."""
        purchases = self.charged.purchases
        if self.add_ons is None:
            return [(purchases, np.zeros_like(purchases.events))]
        acted = () if self.subscription.acted is None else self.subscription.acted.purchases
        turns = np.array([bought.turn for _, bought in acted] + [AFTER_ALL_ACTIONS], np.int64)
        of_purchases = turns[np.where(purchases.events < 0, -1 - purchases.events, len(acted))]
        return [(self.add_ons.activations(), self.add_ons.activation_turns), (purchases, of_purchases)]
