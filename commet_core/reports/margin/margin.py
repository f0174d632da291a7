"""`Margin`: one candidate's margin over the window."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from commet_core.reports.margin.blocked import BlockedValue


@dataclass(frozen=True)
class Margin:
    """One candidate over the window. Amounts in the currency's unit, exact.

    earned, cost, margin   margin = earned − cost
    billed_margin          billed − cost
    share                  margin ÷ earned; None where nothing was earned
    customers_at_loss      those who earned less than they cost, and `loss` by how much in all (≥ 0)
    blocked                what refused usage would have cost and earned, feature by feature
    features_without_cost  features of the usage with events whose cost is not known and so not in these figures
    """

    candidate: str
    billed: Decimal
    earned: Decimal
    cost: Decimal
    customers: int
    customers_at_loss: int
    loss: Decimal
    blocked: tuple[BlockedValue, ...]
    features_without_cost: tuple[str, ...]

    @property
    def margin(self) -> Decimal:
        return self.earned - self.cost

    @property
    def billed_margin(self) -> Decimal:
        return self.billed - self.cost

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.margin) / Fraction(self.earned) if self.earned else None

    @property
    def blocked_cost(self) -> Decimal:
        return sum((value.cost for value in self.blocked), Decimal(0))

    @property
    def blocked_revenue(self) -> Decimal:
        """Of what was refused, the part that the plan has a price for."""
        return sum((value.revenue for value in self.blocked if value.revenue is not None), Decimal(0))
