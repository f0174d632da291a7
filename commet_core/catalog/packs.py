"""Credit packs: credits for sale, to whom and for how long (billing-rules 5.5, 15.3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from commet_core.catalog.markets import CurrencyCode
from commet_core.catalog.names import Code, Name
from commet_core.foundation.documents import Amount, Document, PositiveQuantity, Whole

EXPIRY_DAYS_MAX = 36600


class CreditPack(Document):
    """Credits for sale.

    plans               the plans that may buy it; none given: every credits plan
    expires_after_days  how many times 24 hours they can be used for (billing-rules 15.3); None: they never expire
    currency_prices     the price in other currencies; market_prices: in a market, before that of its currency (15.6)
    """

    name: Name = ""
    credits: PositiveQuantity
    price: Amount
    plans: tuple[Code, ...] | None = None
    expires_after_days: Annotated[Whole, Field(ge=1, le=EXPIRY_DAYS_MAX)] | None = None
    currency_prices: dict[CurrencyCode, Amount] = {}
    market_prices: dict[Code, Amount] = {}

    def sold_on(self, plan_code: str) -> bool:
        """Whether it may be bought on a plan, given by its code."""
        return self.plans is None or plan_code in self.plans
