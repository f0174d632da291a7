"""Checks of prices (decisions.md 10): what a candidate has to come to, so that a price list can be tested like code."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, model_validator
from pydantic_core import PydanticCustomError

from commet_core.foundation.documents import Document, share_reader
from commet_core.scenario.assumptions import Rise, Share

Change = Annotated[Decimal, BeforeValidator(share_reader(Decimal(-1), Decimal(100)))]
MarginShare = Annotated[Decimal, BeforeValidator(share_reader(Decimal(-100), Decimal(1)))]
Bound = Annotated[Decimal, BeforeValidator(share_reader(Decimal(-(10**15)), Decimal(10**15)))]


class RevenueChange(Document):
    """Of what is billed against the baseline's, as a share of it; at least one end."""

    min: Change | None = None
    max: Change | None = None

    @model_validator(mode="after")
    def _an_end(self) -> RevenueChange:
        if self.min is None and self.max is None:
            raise PydanticCustomError(
                "wrong", "{what}", {"what": "neither min nor max is given", "fix": "Add one, for example {min: -2%}"}
            )
        return self


class CustomersAbove(Document):
    """The share of customers who are billed more than `rise` above their bill on the baseline."""

    rise: Rise
    at_most: Share


class AtMost(Document):
    at_most: Share


class AtLeast(Document):
    at_least: MarginShare


class Excludes(Document):
    """The 90 % interval of the difference to the baseline does not hold this amount."""

    excludes: Bound


KINDS: Final = ("revenue_change", "customers_above", "blocked_share", "margin", "revenue_interval")


class Check(Document):
    """One thing that a candidate has to come to."""

    candidate: str
    revenue_change: RevenueChange | None = None
    customers_above: CustomersAbove | None = None
    blocked_share: AtMost | None = None
    margin: AtLeast | None = None
    revenue_interval: Excludes | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Check:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            what = f"has {' and '.join(given)}" if given else "says nothing to check"
            raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": f"Give one of {', '.join(KINDS)}"})
        return self

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def wanted(self) -> Any:
        return getattr(self, self.kind)
