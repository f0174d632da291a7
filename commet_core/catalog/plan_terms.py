"""What plans of every consumption model have: prices, trial, billing day, levels, versions (interfaces.md)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from commet_core.catalog.beyond import MinimumCommitment, Rollover, SpendCap
from commet_core.catalog.calendar_terms import BillingDay
from commet_core.catalog.feature_types import SORTED_KEYS, together_again
from commet_core.catalog.level_terms import LevelTerms
from commet_core.catalog.markets import CurrencyCode
from commet_core.catalog.names import Code, Name
from commet_core.catalog.terms import FeatureTerms
from commet_core.catalog.versions import VersionDocument
from commet_core.foundation.documents import Amount, Document, Whole
from commet_core.foundation.vocabulary import Interval

TRIAL_DAYS_MAX = 3660


class PlanTerms(Document):
    """What plans of every consumption model have.

    trial_days       how long a subscription that starts on the plan is free of charge (billing-rules 7.2)
    versions         what it says from certain days on (8.7)
    currency_prices  its prices in other currencies; market_prices: in a market, before those of its currency (15.6)
    sells            what customers may buy beside the plan, of their own accord or when they are short
    resets_in_trial  whether the allowance of a trial resets month by month; where not, it is granted once (7.2)
    features         what is used; as it is written it has all features, see `feature_types`
    billing_day      on which day of the month the periods of everybody begin (2.2); None: on that of their start
    levels           seats and quota (10.1, 10.2)
    switches         boolean features that it has
    """

    keys_not_written: ClassVar[tuple[str, ...]] = SORTED_KEYS

    sells: ClassVar[Literal["packs", "top_ups"] | None] = None
    resets_in_trial: ClassVar[bool] = False

    name: Name = ""
    prices: dict[Interval, Amount] = {}
    trial_days: Annotated[Whole, Field(ge=1, le=TRIAL_DAYS_MAX)] | None = None
    billing_day: BillingDay | None = None
    levels: dict[Code, LevelTerms] = {}
    switches: tuple[Code, ...] = ()
    versions: tuple[VersionDocument, ...] = ()
    minimum_commitment: MinimumCommitment | None = None
    spend_cap: SpendCap | None = None
    currency_prices: dict[CurrencyCode, VersionDocument] = {}
    market_prices: dict[Code, VersionDocument] = {}

    if TYPE_CHECKING:  # each model has terms of its own, the last of its fields
        features: Mapping[str, FeatureTerms] = {}

    @model_serializer(mode="wrap")
    def _written(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return together_again(written(self))

    @property
    def blocks(self) -> bool:
        """Whether usage stops where a stock that the plan grants is used up."""
        return True

    @property
    def free(self) -> bool:
        """A plan without prices is free (billing-rules 7.1)."""
        return not self.prices

    @property
    def commits_per_interval(self) -> bool:
        """Whether it has a minimum commitment for each billing interval (billing-rules 15.4)."""
        return self.minimum_commitment is not None and self.minimum_commitment.per == "interval"

    @property
    def rolls_over(self) -> Rollover | None:
        """How what is left of its allowance goes into the next period (billing-rules 15.2); None where it lapses."""
        return None

    @property
    def granted_by_price(self) -> bool:
        """Whether what every period grants follows the price, as nothing else is said."""
        return False

    def granted(self, interval: Interval | None) -> Decimal:  # noqa: ARG002 - of a model without a stock
        """What every period grants of the stock that usage draws on: credits or money; 0 of a model that has none."""
        return Decimal(0)

    def for_part_of_month(self, days: int, of_days: int, currency: str) -> Self:
        """The plan as it is for so many days of a month: with that part of what a month includes (billing-rules 2.2)."""
        features = {code: terms.for_part_of_month(days, of_days) for code, terms in self.features.items()}
        return self.model_copy(update={"features": features, **self._granted_in_part(days, of_days, currency)})

    def _granted_in_part(self, days: int, of_days: int, currency: str) -> dict[str, Decimal]:  # noqa: ARG002 - no stock
        return {}

    def default_interval(self) -> Interval | None:
        """The interval a customer is on when nothing else is said: monthly where offered, else the first; None if free."""
        return "monthly" if "monthly" in self.prices else next(iter(self.prices), None)
