"""The catalog: features, plans of the three consumption models, credit packs and plan groups (interfaces.md).

Every model is frozen and holds exact decimals. A catalog that could be built is consistent: what it refers to exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator

from commet_core.catalog.add_ons import AddOn, always_there
from commet_core.catalog.beyond import BalanceRollover, CreditsRollover, Rollover
from commet_core.catalog.calendar_terms import TimeZone
from commet_core.catalog.feature_types import as_written, sorted_by_type
from commet_core.catalog.features import Feature
from commet_core.catalog.level_terms import LEVEL_TYPES
from commet_core.catalog.markets import Currency, CurrencyCode, Market, catalog_in
from commet_core.catalog.names import Code
from commet_core.catalog.offers import Offer, PromoCode
from commet_core.catalog.packs import CreditPack
from commet_core.catalog.parts import part_of
from commet_core.catalog.plan_terms import PlanTerms
from commet_core.catalog.reference_problems import reference_problems
from commet_core.catalog.terms import BalanceTerms, CreditsTerms, FeatureTerms, MeteredTerms
from commet_core.catalog.token_prices import ModelPrices
from commet_core.catalog.versions import plan_at
from commet_core.foundation.currencies import CURRENCY_DECIMALS
from commet_core.foundation.days import UTC_NAME, Days, days_in
from commet_core.foundation.documents import Amount, Document, PlainNumber, Quantity, problems_of, read_document, write_document
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.vocabulary import Interval

ConsumptionModel = Literal["metered", "credits", "balance"]

MODELS: tuple[ConsumptionModel, ...] = ("metered", "credits", "balance")


class MeteredPlan(PlanTerms):
    resets_in_trial = True
    consumption_model: Literal["metered"]
    features: dict[Code, MeteredTerms] = {}


class CreditsPlan(PlanTerms):
    sells = "packs"
    consumption_model: Literal["credits"]
    included_credits: Quantity = Decimal(0)
    rollover: CreditsRollover | None = None
    features: dict[Code, CreditsTerms] = {}

    @property
    def rolls_over(self) -> Rollover | None:
        return self.rollover

    def granted(self, interval: Interval | None) -> Decimal:  # noqa: ARG002 - the same on every interval
        return self.included_credits

    def _granted_in_part(self, days: int, of_days: int, currency: str) -> dict[str, Decimal]:  # noqa: ARG002 - whole credits
        return {"included_credits": part_of(self.included_credits, days, of_days)}


class BalancePlan(PlanTerms):
    sells = "top_ups"
    consumption_model: Literal["balance"]
    included_balance: Amount | None = None
    block_on_exhaustion: bool = False
    rollover: BalanceRollover | None = None
    features: dict[Code, BalanceTerms] = {}

    @property
    def rolls_over(self) -> Rollover | None:
        return self.rollover

    @property
    def blocks(self) -> bool:
        """Whether usage stops at zero; on a free plan it always does (billing-rules 7.1)."""
        return self.block_on_exhaustion or self.free

    @property
    def granted_by_price(self) -> bool:
        return self.included_balance is None

    def granted(self, interval: Interval | None) -> Decimal:
        """Billing-rules 6.1: by default the price of one period."""
        if self.included_balance is not None:
            return self.included_balance
        return self.prices.get("weekly" if interval == "weekly" else "monthly", Decimal(0))

    def _granted_in_part(self, days: int, of_days: int, currency: str) -> dict[str, Decimal]:
        return {"included_balance": part_of(self.granted("monthly"), days, of_days, CURRENCY_DECIMALS[currency])}


Plan = MeteredPlan | CreditsPlan | BalancePlan


def model_sells(consumption_model: object, what: Literal["packs", "top_ups"]) -> bool:
    """Whether plans of a model, named as a document names it, sell this; a model that does not exist sells nothing."""
    plans = (
        plan for plan in get_args(Plan) if consumption_model in get_args(plan.model_fields["consumption_model"].annotation)
    )
    return any(plan.sells == what for plan in plans)


class Catalog(Document):
    """Raises InputError, with every problem found, where the content is not a consistent catalog.

    `time_zone`: where days are days (billing-rules 2.7), by its IANA name.
    """

    currency: CurrencyCode = "usd"
    currencies: dict[CurrencyCode, Currency] = {}
    markets: dict[Code, Market] = {}
    time_zone: TimeZone = UTC_NAME
    features: dict[Code, Feature] = {}
    plans: dict[Code, Annotated[Plan, Field(discriminator="consumption_model")]] = {}
    credit_packs: dict[Code, CreditPack] = {}
    plan_groups: dict[Code, tuple[Code, ...]] = {}
    addons: dict[Code, AddOn] = {}
    offers: dict[Code, Offer] = {}
    promo_codes: dict[Code, PromoCode] = {}
    models: dict[Code, ModelPrices] = {}
    _tokens: tuple[str, Decimal] | None = PrivateAttr(default=None)
    _beside: tuple[AddOn, ...] | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _everything_at_once(cls, raw: Any, handler: ModelWrapValidatorHandler[Catalog]) -> Catalog:
        if isinstance(raw, Catalog):
            return raw
        references = reference_problems(raw, _problems_of_plan) if isinstance(raw, Mapping) else []
        try:
            catalog = handler(sorted_by_type(raw) if isinstance(raw, Mapping) else raw)
        except ValidationError as error:
            raise InputError([*map(as_written, problems_of(error, cls, MODELS)), *references]) from None
        if references:
            raise InputError(references)
        return catalog

    @classmethod
    def load(cls, path: Path | str) -> Catalog:
        """The catalog in a YAML or JSON file."""
        return cls.model_validate(read_document(Path(path)))

    def document(self) -> dict[str, Any]:
        """The catalog as plain dictionaries; decimals as text. `Catalog.model_validate` gives the same catalog back."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"currency": self.currency}

    def to_yaml(self) -> str:
        """The catalog as a YAML file, numbers as numbers."""
        ordered = {"currency": self.currency} | {
            key: _numbers_plain(part) for key, part in self.document().items() if key != "currency"
        }
        return write_document(ordered)

    @property
    def days(self) -> Days:
        """When days begin in its time zone (billing-rules 2.7)."""
        return days_in(self.time_zone)

    @property
    def level_features(self) -> tuple[Code, ...]:
        """The codes of seats and quota, seats first, as their lines stand on invoices (billing-rules 12)."""
        kinds = [
            (LEVEL_TYPES.index(feature.type), code) for code, feature in self.features.items() if feature.type in LEVEL_TYPES
        ]
        return tuple(code for _, code in sorted(kinds, key=lambda kind: kind[0]))

    def rated(self, add_ons: bool) -> Catalog:
        """As usage is rated: boolean features count as features (`as_rated`), and with `add_ons` those that add-ons give."""
        found = self.model_copy()
        found._beside = tuple(self.addons.values()) if add_ons else ()
        return found

    def as_rated(self, plan: Plan) -> Plan:
        """What a customer has of a plan, as usage is rated: with its boolean features and what add-ons of its model give beside it.

        It comes after versions and grants, which know a plan alone: nothing of an add-on is a term of theirs. A plan stays as
        it is in a catalog that is not `rated`.
        """
        if self._beside is None or not (self._beside or plan.switches):
            return plan
        model = plan.consumption_model
        features: dict[str, FeatureTerms] = {code: always_there(model) for code in plan.switches} | dict(plan.features)
        for add_on in self._beside:
            if add_on.consumption_model in ("boolean", model):
                features.setdefault(add_on.feature, add_on.terms(model))
        return plan.model_copy(update={"features": features})

    def in_market(self, market: str) -> Catalog:
        """The catalog as it is in a market, in its currency alone (billing-rules 15.6); "" is the catalog itself."""
        return catalog_in(self, market) if market else self

    def priced_in(self, currency: str, rate: Decimal) -> None:
        """Says in which currency its models of AI have prices, and how many units of its own are 1 of that."""
        self._tokens = currency, rate

    @property
    def token_currency(self) -> str:
        """In which its models of AI have prices."""
        return self.currency if self._tokens is None else self._tokens[0]

    @property
    def token_rate(self) -> Decimal:
        """Units of its currency for 1 of that in which its models of AI have prices."""
        return Decimal(1) if self._tokens is None else self._tokens[1]

    def at(self, day: date) -> Catalog:
        """The catalog as it is on a day: every plan as its version of that day says (billing-rules 8.7)."""
        if not any(plan.versions for plan in self.plans.values()):
            return self
        return self.model_copy(update={"plans": {code: plan_at(plan, day) for code, plan in self.plans.items()}})

    def group_of(self, *plan_codes: str) -> tuple[Code, ...]:
        """The plans of the first group that holds all of these, lowest first; empty where no group does (billing-rules 8.1)."""
        groups = (group for group in self.plan_groups.values() if all(code in group for code in plan_codes))
        return next(groups, ())

    def features_by_tokens(self) -> frozenset[str]:
        """The features that some plan, as it is written, prices by the tokens that a request used (billing-rules 11.1)."""
        return frozenset(code for plan in self.plans.values() for code, terms in plan.features.items() if terms.by_tokens)

    def packs_on(self, plan_code: str) -> dict[str, CreditPack]:
        """The credit packs that may be bought on a plan, in the catalog's order (billing-rules 5.5)."""
        return {code: pack for code, pack in self.credit_packs.items() if pack.sold_on(plan_code)}


_TEXT_KEYS = frozenset(
    {"name", "unit", "time_zone", "consumption_model", "plans", "pricing", "tiers_mode", "per", "beyond", "feature"}
    | {"type", "starts_at", "ends_at", "expires_at", "offer", "billing_interval", "from", "currency"}
)


def _numbers_plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_numbers_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: PlainNumber(value) if isinstance(value, str) and key not in _TEXT_KEYS else _numbers_plain(value)
        for key, value in part.items()
    }


def _problems_of_plan(code: str, plan: Mapping[str, Any], features: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        Catalog.model_validate({"features": features, "plans": {code: plan}})
    except InputError as error:
        return tuple(problem for problem in error.problems if problem.where.startswith(f"plans.{code}"))
    return ()
