"""What a plan says of one feature: whether it is counted, what it costs, and what happens beyond what is included."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from commet_core.catalog.overage import Overage
from commet_core.catalog.parts import part_of
from commet_core.foundation.documents import Amount, Document, Quantity


class FeatureTerms(Document):
    """What the terms of every consumption model answer, whatever they are made of; whoever asks needs no model's name."""

    unlimited: bool = False

    @property
    def by_tokens(self) -> bool:
        """Whether a request costs what its AI model does, with a margin (billing-rules 11.1)."""
        return False

    @property
    def margin_share(self) -> Decimal:
        """What is added to the cost of the AI model, 0.20 for 20 %."""
        return Decimal(0)

    @property
    def included_units(self) -> Decimal:
        """Units of the feature itself that every period includes."""
        return Decimal(0)

    def for_part_of_month(self, days: int, of_days: int) -> FeatureTerms:  # noqa: ARG002 - of a model that includes no units
        """The same with that part of what a month includes (billing-rules 2.2)."""
        return self

    @property
    def overage_price(self) -> Overage | None:
        """What units beyond those included cost; None where usage stops there, or no units are included."""
        return None

    @property
    def price_beyond(self) -> Decimal | None:
        """Money for one unit more; None where it has no price in money, or one that depends on how many there were."""
        return None

    @property
    def credits_beyond(self) -> Decimal | None:
        """Credits for one unit more; None where it has no price in credits."""
        return None


class MeteredTerms(FeatureTerms):
    """A feature on a metered plan (billing-rules 4): without `overage`, `included` is a hard limit."""

    included: Quantity = Decimal(0)
    overage: Overage | None = None

    @property
    def included_units(self) -> Decimal:
        return self.included

    def for_part_of_month(self, days: int, of_days: int) -> MeteredTerms:
        return self.model_copy(update={"included": part_of(self.included, days, of_days)})

    @property
    def overage_price(self) -> Overage | None:
        return self.overage

    @property
    def price_beyond(self) -> Decimal | None:
        return None if self.overage is None else self.overage.unit_price


class CreditsTerms(FeatureTerms):
    """A feature on a credits plan (billing-rules 5)."""

    credits_per_unit: Quantity | None = None

    @model_validator(mode="after")
    def _priced(self) -> CreditsTerms:
        if self.credits_per_unit is None and not self.unlimited:
            raise _missing_price("credits_per_unit")
        return self

    @property
    def credits_beyond(self) -> Decimal | None:
        return self.credits_per_unit


class BalanceTerms(FeatureTerms):
    """A feature on a balance plan (billing-rules 6): a unit price, or what an AI model costs and a margin (11).

    `margin`: the share that is added to what the model costs, 0.20 for 20 %; 0 where it is left out.
    """

    unit_price: Amount | None = None
    pricing: Literal["ai_model"] | None = None
    margin: Quantity | None = None

    @model_validator(mode="after")
    def _priced(self) -> BalanceTerms:
        if self.unit_price is None and self.pricing is None and not self.unlimited:
            raise _missing_price("unit_price, pricing: ai_model")
        if self.unit_price is not None and self.pricing is not None:
            what = "the feature has both a unit_price and pricing: ai_model"
            raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": "Keep one of them"})
        if self.margin is not None and self.pricing is None:
            what = "the feature has a margin and no pricing: ai_model to add it to"
            raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": "Add pricing: ai_model, or remove margin"})
        return self

    @property
    def by_tokens(self) -> bool:
        return self.pricing == "ai_model" and not self.unlimited

    @property
    def margin_share(self) -> Decimal:
        return self.margin or Decimal(0)

    @property
    def price_beyond(self) -> Decimal | None:
        return self.unit_price


def _missing_price(key: str) -> PydanticCustomError:
    fix = f"Add {key}, or unlimited: true"
    return PydanticCustomError("wrong", "{what}", {"what": "the feature has no price", "fix": fix})
