"""The catalog: features, plans of the three consumption models, credit packs and plan groups (interfaces.md).

Every model is frozen and holds exact decimals. A catalog that could be built is consistent: what it refers to exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from commet_core.catalog.add_ons import AddOn, add_on_problems, always_there
from commet_core.catalog.beyond import BalanceRollover, CreditsRollover, MinimumCommitment, Rollover, SpendCap, beyond_problems
from commet_core.catalog.calendar_terms import BillingDay, TimeZone, billing_day_problems
from commet_core.catalog.feature_types import SORTED_KEYS, as_written, sorted_by_type, together_again, type_problems, types_of
from commet_core.catalog.level_terms import LEVEL_TYPES, FeatureType, LevelTerms
from commet_core.catalog.market_problems import market_problems
from commet_core.catalog.markets import Currency, CurrencyCode, Market, catalog_in
from commet_core.catalog.names import Code, Name
from commet_core.catalog.offers import Offer, PromoCode, offer_problems, promo_code_problems
from commet_core.catalog.overage import overage_problems
from commet_core.catalog.parts import part_of
from commet_core.catalog.terms import BalanceTerms, CreditsTerms, FeatureTerms, MeteredTerms
from commet_core.catalog.versions import (
    Version,
    VersionDocument,
    interval_problems,
    plan_at,
    sound_versions,
    version_problems,
    versions_of,
)
from commet_core.foundation.currencies import CURRENCY_DECIMALS
from commet_core.foundation.days import UTC_NAME, Days, days_in
from commet_core.foundation.documents import (
    Amount,
    Document,
    PlainNumber,
    PositiveQuantity,
    Quantity,
    Whole,
    problems_of,
    read_document,
    unknown_name,
    write_document,
)
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.vocabulary import Interval

ConsumptionModel = Literal["metered", "credits", "balance"]

MODELS: tuple[ConsumptionModel, ...] = ("metered", "credits", "balance")

TRIAL_DAYS_MAX = 3660

EXPIRY_DAYS_MAX = 36600


class Feature(Document):
    """Something that customers use, hold or have. `unit_cost`: what serving one unit costs the vendor.

    type   how it is counted: usage is used up, seats and quota are held (billing-rules 10.1, 10.2), boolean is there or not
    """

    name: Name = ""
    unit: Name = "unit"
    type: FeatureType = "usage"
    unit_cost: Amount | None = None


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

    _versions_rated: tuple[Version, ...] | None = PrivateAttr(default=None)

    if TYPE_CHECKING:  # each model has terms of its own, the last of its fields
        features: Mapping[str, FeatureTerms] = {}

    @model_serializer(mode="wrap")
    def _written(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return together_again(written(self))

    @property
    def versions_rated(self) -> tuple[Version, ...] | None:
        """All versions of a plan as usage is rated on it (`Catalog.rated`); None of a plan as it is written."""
        return self._versions_rated

    def with_versions_rated(self, versions: tuple[Version, ...]) -> Self:
        """The plan with its versions as usage is rated on them."""
        found = self.model_copy()
        found._versions_rated = versions
        return found

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


class ModelPrices(Document):
    """What a million tokens of an AI model cost (billing-rules 11.3); those of its cache what input costs, if not said."""

    input: Amount
    output: Amount
    cache_read: Amount | None = None
    cache_write: Amount | None = None


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
        return self.plans is None or plan_code in self.plans


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

    @model_validator(mode="wrap")
    @classmethod
    def _everything_at_once(cls, raw: Any, handler: ModelWrapValidatorHandler[Catalog]) -> Catalog:
        if isinstance(raw, Catalog):
            return raw
        references = _reference_problems(raw) if isinstance(raw, Mapping) else []
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
        """As usage is rated: plans with their boolean features, and with what add-ons of their model say, as features."""
        switches = any(version.plan.switches for plan in self.plans.values() for version in versions_of(plan))
        if not add_ons and not switches:
            return self
        return self.model_copy(update={"plans": {code: self._rated(plan, add_ons) for code, plan in self.plans.items()}})

    def _rated(self, plan: Plan, add_ons: bool) -> Plan:
        found = self._rated_version(plan, add_ons)
        if not plan.versions:
            return found
        versions = [version._replace(plan=self._rated_version(version.plan, add_ons)) for version in versions_of(plan)]
        return found.with_versions_rated(tuple(versions))

    def _rated_version(self, plan: Plan, add_ons: bool) -> Plan:
        model = plan.consumption_model
        features: dict[str, FeatureTerms] = {code: always_there(model) for code in plan.switches} | dict(plan.features)
        for add_on in self.addons.values() if add_ons else ():
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

    def features_by_tokens(self, plan_codes: Iterable[str] | None = None) -> frozenset[str]:
        """The features that some plan, or one of these, prices by the tokens that a request used (billing-rules 11.1)."""
        chosen = (
            self.plans.values() if plan_codes is None else (self.plans[code] for code in self.plans.keys() & set(plan_codes))
        )
        return frozenset(code for plan in chosen for code, terms in plan.features.items() if terms.by_tokens)

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


def _reference_problems(raw: Mapping[str, Any]) -> list[Problem]:
    """Names that refer to nothing or to the wrong kind, found in the raw document so that they show beside all else."""
    plans = _group(raw, "plans")
    types = types_of(raw)
    return [
        *add_on_problems(_group(raw, "addons"), _group(raw, "features"), types),
        *_plan_problems(plans, _group(raw, "features"), types),
        *_pack_problems(raw, plans),
        *_plan_group_problems(raw, plans),
        *offer_problems(raw, str(raw.get("currency") or "usd").lower()),
        *promo_code_problems(raw, plans),
        *market_problems(raw, plans, _problems_of_plan),
    ]


def _group(raw: Any, key: str) -> dict[str, Any]:
    part = raw.get(key) if isinstance(raw, Mapping) else None
    return {str(code): value for code, value in part.items()} if isinstance(part, Mapping) else {}


def _plan_problems(plans: dict[str, Any], features: dict[str, Any], types: Mapping[str, str]) -> list[Problem]:
    problems: list[Problem] = []
    for code, plan in plans.items():
        problems += type_problems(code, plan, types)
        problems += [
            unknown_name(f"plans.{code}.features.{feature}", "feature", feature, features)
            for feature in _group(plan, "features")
            if feature not in features
        ]
        if _model(plan) in (None, "metered"):
            for feature, terms in _group(plan, "features").items():
                if types.get(feature) in LEVEL_TYPES:
                    continue
                overage = terms.get("overage") if isinstance(terms, Mapping) else None
                problems += overage_problems(f"plans.{code}.features.{feature}.overage", overage)
        if isinstance(plan, Mapping) and plan.get("versions"):
            problems += _version_problems(code, plan, features)
        problems += beyond_problems(f"plans.{code}", plan)
        problems += billing_day_problems(f"plans.{code}", plan)
        if _needs_included_balance(plan):
            what = "the plan has neither included_balance nor a monthly price to take it from"
            problems.append(Problem(f"plans.{code}.included_balance", what, "Say how much balance every month grants"))
        if isinstance(plan, Mapping) and plan.get("trial_days") is not None and not plan.get("prices"):
            problems.append(
                Problem(f"plans.{code}.trial_days", "a free plan has no trial", "Give it a price, or remove trial_days")
            )
    return problems


def _version_problems(code: str, plan: Mapping[str, Any], features: dict[str, Any]) -> list[Problem]:
    """What is wrong with a plan's versions: each, in full, is a plan; what the plan itself has wrong is not told again."""
    path = f"plans.{code}"
    problems = [*version_problems(path, plan), *interval_problems(path, plan)]
    known = {problem.where for problem in _problems_of_plan(code, {k: v for k, v in plan.items() if k != "versions"}, features)}
    for place, document in sound_versions(plan):
        found = [problem for problem in _problems_of_plan(code, document, features) if problem.where not in known]
        known |= {problem.where for problem in found}
        problems += [replace(each, where=each.where.replace(path, f"{path}.versions.{place}", 1)) for each in found]
    return problems


def _problems_of_plan(code: str, plan: Mapping[str, Any], features: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        Catalog.model_validate({"features": features, "plans": {code: plan}})
    except InputError as error:
        return tuple(problem for problem in error.problems if problem.where.startswith(f"plans.{code}"))
    return ()


def _needs_included_balance(plan: Any) -> bool:
    """Rule 6.1 takes the base price as the default; the price of a quarter or a year is not a month's allowance."""
    if not isinstance(plan, Mapping) or plan.get("consumption_model") != "balance":
        return False
    longer = set(_group(plan, "prices")) - {"weekly"}
    return plan.get("included_balance") is None and bool(longer) and "monthly" not in longer


def _pack_problems(raw: Mapping[str, Any], plans: dict[str, Any]) -> list[Problem]:
    problems = []
    for code, pack in _group(raw, "credit_packs").items():
        allowed = pack.get("plans") if isinstance(pack, Mapping) else None
        for place, plan in enumerate(allowed if isinstance(allowed, list | tuple) else ()):
            path = f"credit_packs.{code}.plans.{place}"
            if str(plan) not in plans:
                problems.append(unknown_name(path, "plan", plan, plans))
            elif _model(plans[str(plan)]) not in (None, "credits"):
                problems.append(Problem(path, f"plan {plan!r} is not a credits plan", "Packs are sold on credits plans only"))
    return problems


def _plan_group_problems(raw: Mapping[str, Any], plans: dict[str, Any]) -> list[Problem]:
    problems = []
    for code, members in _group(raw, "plan_groups").items():
        known = [str(plan) for plan in members if str(plan) in plans] if isinstance(members, list | tuple) else []
        for place, plan in enumerate(members if isinstance(members, list | tuple) else ()):
            if str(plan) not in plans:
                problems.append(unknown_name(f"plan_groups.{code}.{place}", "plan", plan, plans))
        models = {_model(plans[plan]) for plan in known} - {None}
        if len(models) > 1:
            what = f"its plans have different consumption models: {', '.join(sorted(map(str, models)))}"
            problems.append(Problem(f"plan_groups.{code}", what, "Put plans of one model into a group"))
        if len(set(known)) < len(known):
            problems.append(Problem(f"plan_groups.{code}", "a plan is in it twice", "List every plan once, lowest first"))
    return problems


def _model(plan: Any) -> str | None:
    """The consumption model of a plan as it was written; None where that is no word."""
    model = plan.get("consumption_model") if isinstance(plan, Mapping) else None
    return model if isinstance(model, str) else None
