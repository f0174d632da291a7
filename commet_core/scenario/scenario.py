"""The scenario: which candidates to compare, over which window, with which assumptions about customers (interfaces.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, StringConstraints, ValidationError, model_validator

from commet_core.catalog.beyond import Beyond
from commet_core.catalog.plans import Catalog, Plan
from commet_core.catalog.versions import versions_of
from commet_core.foundation.documents import (
    COUNT_MAX,
    Amount,
    Document,
    PositiveAmount,
    Probability,
    Whole,
    problems_of,
    read_document,
    unknown_name,
)
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.window import WINDOW_DAYS_MAX, WINDOW_EARLIEST, WINDOW_LATEST, Window
from commet_core.scenario.adoption import VersionRule, rule_problems
from commet_core.scenario.assumptions import Assumptions
from commet_core.scenario.checks import Check
from commet_core.scenario.further_rules import FurtherRule, rules_in_use
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.levels.checks import level_type_problems
from commet_core.scenario.levels.files import read_level_rows
from commet_core.scenario.markets import currency_in, market_problems, markets_in_play, rows_of_group
from commet_core.scenario.reporting import Reporting, in_file, read_rates, reporting_problems
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.scenario.subscriptions.files import read_rows

Part = TypeVar("Part", bound=Document)

CustomerRow = SubscriptionRow | LevelRow
"""What a scenario says of one customer."""

PERIODS_MAX = 1000

Rows = Literal["event", "aggregate"]
Start = Literal["first_use", "window"]
OnCorrections = Literal["reject", "net"]
Choice = Literal["cheapest", "upgrade", "assigned"]
CHOICES: tuple[Choice, ...] = ("cheapest", "upgrade", "assigned")


class Purchases(Document):
    """An assumption about customers: when they buy credit packs (billing-rules 5.6).

    `pack`: none, smallest_sufficient, or a pack's code. `probability`: the chance that a customer buys in a period.
    """

    pack: str = "none"
    max_packs_per_period: Annotated[Whole, Field(ge=0, le=COUNT_MAX)] | None = None
    probability: Probability = Decimal(1)


class TopUp(Document):
    """An assumption about customers: how they top up a balance that blocks (billing-rules 6.5)."""

    amount: PositiveAmount
    max_per_period: Annotated[Whole, Field(ge=0, le=COUNT_MAX)] | None = None
    probability: Probability = Decimal(1)


class CandidateCap(Document):
    """A spend cap in place of the plan's (billing-rules 15.5). `beyond`: as the plan's says, else `block`."""

    amount: Amount
    beyond: Beyond | None = None


class Candidate(Document):
    """One plan under comparison, on one billing interval, or a line-up: a plan group in its place.

    choose                 of a line-up, who is on which of its plans: `cheapest`, each customer on the one that suits them best;
                           `upgrade`, from the lowest upwards; `assigned`, as the subscriptions say
    blocked_share_max      the share of its usage, 0 to 1, beyond which a plan that refuses it does not suit a customer
    upgrade_after_periods  for so many billing periods running the next plan has to have suited a customer better
    offer                  what customers get at their start (billing-rules 9.1)
    promo_code             what customers use at their start, up to its limit (billing-rules 9.2)
    versions               who adopts versions of its plans, where that is not as the scenario says (8.7)
    spend_cap              of its customers, in place of their plans' (billing-rules 15.5)
    addons                 the add-ons that customers have from their start (10.3)
    market                 of those whose start names none (15.6)
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    plan: str | None = None
    group: str | None = None
    choose: Choice = "cheapest"
    blocked_share_max: Probability = Decimal(0)
    upgrade_after_periods: Annotated[Whole, Field(ge=1, le=PERIODS_MAX)] = 2
    interval: Interval | None = None
    purchases: Purchases = Purchases()
    top_up: TopUp | None = None
    offer: str | None = None
    promo_code: str | None = None
    versions: tuple[VersionRule, ...] = ()
    spend_cap: CandidateCap | None = None
    addons: tuple[str, ...] = ()
    market: str | None = None

    @property
    def decides(self) -> bool:
        """Whether it says itself who is on which of its plans, in place of the subscriptions."""
        return self.group is not None and self.choose != "assigned"


class Scenario(Document):
    """Raises InputError, with every problem found, where the content is not a consistent scenario.

    `subscriptions`: what customers did, as written; a row that makes no sense leaves out its customer, not the scenario.
    `corrections`: whether usage rows below zero give units back, or are none that can be used (billing-rules 15.7).
    `levels`: the seats and quota that they held; a row that cannot be used is a reject.
    `reporting`: in which currency sums over customers are told, where they are billed in several (15.6).
    """

    catalog: Catalog
    window: Window | None = None
    rows: Rows = "event"
    start: Start = "first_use"
    corrections: OnCorrections = "reject"
    subscriptions: tuple[SubscriptionRow, ...] = ()
    levels: tuple[LevelRow, ...] = ()
    seed: Annotated[Whole, Field(ge=0, le=2**63 - 1)] = 0
    candidates: tuple[Candidate, ...]
    baseline: str = ""
    versions: tuple[VersionRule, ...] = ()
    assumptions: Assumptions = Assumptions()
    checks: tuple[Check, ...] = ()
    reporting: Reporting | None = None
    _rules_of_whole: frozenset[FurtherRule] | None = PrivateAttr(default=None)
    _refused_codes: Mapping[str, frozenset[str]] | None = PrivateAttr(default=None)
    _currencies_of_whole: frozenset[str] | None = PrivateAttr(default=None)
    _market: str | None = PrivateAttr(default=None)
    _catalogs: Mapping[str, Catalog] | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _everything_at_once(cls, raw: Any, handler: ModelWrapValidatorHandler[Scenario]) -> Scenario:
        if not isinstance(raw, Mapping):
            raise InputError.of("scenario", "this is not a group of keys", "Write it as `key: value` pairs")
        catalog, problems = catalog_of(raw)
        rows = {key: _numbered(raw.get(key)) for key in ("subscriptions", "levels")}
        try:
            scenario = handler({**raw, "catalog": catalog or Catalog(), **rows})
        except ValidationError as error:
            raise InputError([*problems, *problems_of(error, cls), *_consistency_problems(raw, catalog)]) from None
        problems += _consistency_problems(raw, catalog)
        if catalog is not None:
            problems += level_type_problems(scenario.levels, scenario.catalog)
            problems += market_problems(catalog, scenario.candidates, scenario.subscriptions)
            problems += reporting_problems(scenario.reporting, scenario.currencies)
            problems += _reaction_problems(scenario)
        if problems:
            raise InputError(problems)
        return scenario

    @classmethod
    def load(cls, path: Path | str) -> Scenario:
        """The scenario in a YAML or JSON file; a catalog, subscriptions or levels named there are paths beside the file."""
        path = Path(path)
        raw = read_document(path)
        if isinstance(raw.get("catalog"), str):
            raw["catalog"] = read_document(path.parent / raw["catalog"])
        if isinstance(raw.get("subscriptions"), str):
            raw["subscriptions"] = read_rows(path.parent / raw["subscriptions"])
        if isinstance(raw.get("levels"), str):
            raw["levels"] = read_level_rows(path.parent / raw["levels"])
        reporting = raw.get("reporting")
        places: list[str] = []
        if isinstance(reporting, Mapping) and isinstance(reporting.get("rates"), str):
            rates, places = read_rates(path.parent / reporting["rates"])
            raw["reporting"] = {**reporting, "rates": rates}
        try:
            return cls.model_validate(raw)
        except InputError as error:
            raise (in_file(error, places) if places else error) from None

    def plans(self, candidate: Candidate) -> tuple[str, ...]:
        """The codes of a candidate's plans, lowest first."""
        return plans_of(self.catalog, candidate)

    @property
    def rules(self) -> frozenset[FurtherRule]:
        """The further rules that it uses; of a part of a scenario those of the whole."""
        return rules_in_use(self) if self._rules_of_whole is None else self._rules_of_whole

    def part(self, **changed: Any) -> Scenario:
        """The scenario with a part of its customers' rows or of its candidates, whose results have the columns of the whole."""
        part = self.model_copy(update=changed)
        part._rules_of_whole = self.rules
        if "markets" in self.rules:
            part._currencies_of_whole = self.currencies
        return part

    def of_group(self, group: str) -> Scenario:
        """The part of it with the customers of a group: each candidate has the catalog of its market (`under`)."""
        part = self.part(subscriptions=rows_of_group(self, group))
        part._catalogs = {each.name: self.catalog.in_market(group or each.market or "") for each in self.candidates}
        return part

    def under(self, candidate: Candidate) -> Scenario:
        """The scenario with the catalog that a candidate's customers have."""
        return self if self._catalogs is None else self.model_copy(update={"catalog": self._catalogs[candidate.name]})

    def of_market(self, market: str, group: str, places: Sequence[int]) -> Scenario:
        """The part of it with these candidates, given by their places, and the customers of a group, in the catalog of a market."""
        candidates = tuple(self.candidates[place].model_copy(update={"market": None}) for place in places)
        part = self.part(
            catalog=self.catalog.in_market(market),
            candidates=candidates,
            baseline=self.baseline if self.baseline in {candidate.name for candidate in candidates} else "",
            subscriptions=rows_of_group(self, group),
        )
        part._market = market
        return part

    def of_customers(self, market: str, are_in_it: Callable[[str], bool]) -> Scenario:
        """The scenario of some customers, all of whom are in one market, as one of its own, which knows of no market.

        market: its code, "" for none. are_in_it: whether a customer, by its id, is one of them.
        """
        catalog = self.catalog.in_market(market).model_copy(update={"markets": {}}) if market else self.catalog
        own = self.model_copy(
            update={
                "catalog": catalog,
                "candidates": tuple(candidate.model_copy(update={"market": None}) for candidate in self.candidates),
                "subscriptions": tuple(
                    row.model_copy(update={"market": ""}) for row in self.subscriptions if are_in_it(row.customer_id)
                ),
                "levels": tuple(row for row in self.levels if are_in_it(row.customer_id)),
                "reporting": None,
            }
        )
        own._rules_of_whole = own._currencies_of_whole = own._market = own._catalogs = None
        return own

    @property
    def market(self) -> str | None:
        """Of a part in one market that; "" is none; None of a whole scenario (billing-rules 15.6)."""
        return self._market

    @property
    def currencies(self) -> frozenset[str]:
        """Those in which its customers can be billed; of a part of a scenario those of the whole."""
        if self._currencies_of_whole is not None:
            return self._currencies_of_whole
        markets = markets_in_play(self.catalog, self.candidates, self.subscriptions)
        return frozenset(currency_in(self.catalog, market) for market in markets) or frozenset([self.catalog.currency])

    @property
    def reporting_currency(self) -> str:
        """That in which sums over customers are told."""
        if self.reporting is not None:
            return self.reporting.currency
        return self.catalog.currency if "markets" not in self.rules else next(iter(self.currencies))

    @property
    def customer_rows(self) -> tuple[CustomerRow, ...]:
        """All that it says of single customers."""
        return (*self.subscriptions, *self.levels)

    def with_customer_rows(self, rows: Iterable[CustomerRow]) -> Scenario:
        """The part of it with these rows of customers."""
        listed = tuple(rows)
        return self.part(
            subscriptions=tuple(row for row in listed if isinstance(row, SubscriptionRow)),
            levels=tuple(row for row in listed if isinstance(row, LevelRow)),
        )

    @property
    def refused_codes(self) -> Mapping[str, frozenset[str]] | None:
        """By candidate the customers whose promo code has reached its limit (billing-rules 9.3); None: not settled yet."""
        return self._refused_codes

    def with_refused_codes(self, refused: Mapping[str, frozenset[str]]) -> Scenario:
        """The scenario with what was settled over all of its customers."""
        settled = self.part()
        settled._refused_codes = refused
        return settled

    @property
    def plans_in_play(self) -> frozenset[str]:
        """The codes of all plans that customers can be on: of the candidates, and those that subscriptions name."""
        named = {row.plan for row in self.subscriptions} & self.catalog.plans.keys()
        return frozenset(named.union(*(self.plans(candidate) for candidate in self.candidates)))

    def plan_code(self, candidate: Candidate) -> str:
        """The candidate's plan; of a line-up the lowest."""
        return self.plans(candidate)[0]

    def plan(self, candidate: Candidate) -> Plan:
        """The candidate's plan; of a line-up the lowest."""
        return self.catalog.plans[self.plan_code(candidate)]

    def interval(self, candidate: Candidate) -> Interval | None:
        """The billing interval of a candidate's plan, of a line-up of its lowest; None for a free plan."""
        plan = self.plan(candidate)
        return None if plan.free else candidate.interval or plan.default_interval()

    def features_without_plan(self, features: Iterable[str]) -> dict[str, list[str]]:
        """Features that neither a plan nor an add-on of a candidate has: feature → names of candidates."""
        had = {candidate.name: features_of(self.catalog, candidate) for candidate in self.candidates}
        lacking = {feature: [name for name, own in had.items() if feature not in own] for feature in features}
        return {feature: names for feature, names in lacking.items() if names}

    def with_assumed_buyers(self) -> Scenario:
        """The scenario whose candidates have the shares of buyers that are assumed, where packs or top-ups are bought at all."""
        packs, top_ups = self.assumptions.pack_buying, self.assumptions.top_ups
        if packs is None and top_ups is None:
            return self
        candidates = []
        for candidate in self.candidates:
            update: dict[str, Any] = {}
            if packs is not None and candidate.purchases.pack != "none":
                update["purchases"] = candidate.purchases.model_copy(update={"probability": packs})
            if top_ups is not None and candidate.top_up is not None:
                update["top_up"] = candidate.top_up.model_copy(update={"probability": top_ups})
            candidates.append(candidate.model_copy(update=update))
        return self.model_copy(update={"candidates": tuple(candidates)})

    def baseline_index(self) -> int:
        """The place of the candidate that differences are taken against; by default the first."""
        return self.place_of(self.baseline) if self.baseline else 0

    def place_of(self, name: str) -> int:
        """The place of the candidate of that name. Raises KeyError where there is none."""
        return {candidate.name: place for place, candidate in enumerate(self.candidates)}[name]


def _numbered(rows: Any) -> Any:
    """Subscription rows that stand in the scenario, each with its place from 1; anything else as it is."""
    if rows is None:
        return ()
    if not isinstance(rows, list | tuple):
        return rows
    return tuple({"line": place, **row} if isinstance(row, Mapping) else row for place, row in enumerate(rows, start=1))


def catalog_of(raw: Mapping[str, Any]) -> tuple[Catalog | None, list[Problem]]:
    """The catalog of a scenario or a quote, or None and why not."""
    if "catalog" not in raw:
        return None, [Problem("catalog", "is missing", "Give a path beside this file, or the catalog itself")]
    try:
        return Catalog.model_validate(raw["catalog"]), []
    except InputError as error:
        return None, [problem.under("catalog") for problem in error.problems]
    except ValidationError as error:
        return None, [problem.under("catalog") for problem in problems_of(error, Catalog)]


def _consistency_problems(raw: Mapping[str, Any], catalog: Catalog | None) -> list[Problem]:
    """What does not fit together, found in those parts of the raw scenario that are sound by themselves."""
    listed = raw.get("candidates")
    candidates = list(listed) if isinstance(listed, list | tuple) else []
    problems = [] if candidates or listed is None else [Problem("candidates", "is empty", "Give at least one")]
    problems += _window_problems(_sound(Window, raw.get("window")))
    names = [entry.get("name") if isinstance(entry, Mapping) else getattr(entry, "name", None) for entry in candidates]
    problems += [
        Problem(f"candidates.{place}.name", f"{name!r} is there twice", "Give every candidate its own name")
        for place, name in enumerate(names)
        if name is not None and name in names[:place]
    ]
    baseline = raw.get("baseline")
    if baseline and baseline not in names:
        problems.append(unknown_name("baseline", "candidate", baseline, [str(name) for name in names]))
    checks = raw.get("checks")
    for place, entry in enumerate(checks if isinstance(checks, list | tuple) else ()):
        named = entry.get("candidate") if isinstance(entry, Mapping) else getattr(entry, "candidate", None)
        if named is not None and named not in names:
            problems.append(unknown_name(f"checks.{place}.candidate", "candidate", named, [str(name) for name in names]))
    if catalog is not None:
        problems += rule_problems("versions", _sound_rules(raw.get("versions")), catalog)
    for place, entry in enumerate(candidates):
        candidate = _sound(Candidate, entry)
        if candidate is not None and catalog is not None:
            problems += [problem.under(f"candidates.{place}") for problem in _candidate_problems(catalog, candidate)]
    return problems


def _reaction_problems(scenario: Scenario) -> list[Problem]:
    """People answer to what they would be billed on the baseline, in their currency (decisions.md 4.2)."""
    if not scenario.assumptions.change_customers or len({candidate.market for candidate in scenario.candidates}) < 2:
        return []
    what = "customers answer to their bill on the baseline, and candidates are in different markets"
    return [Problem("assumptions", what, "Give every candidate the same `market`, or assume no answer to prices")]


def _sound_rules(rules: Any) -> list[VersionRule]:
    """The rules on versions; where one is not valid by itself none is looked at, so that places stay as they are."""
    found = [_sound(VersionRule, rule) for rule in rules] if isinstance(rules, list | tuple) else []
    return [] if None in found else [rule for rule in found if rule is not None]


def _sound(model: type[Part], part: Any) -> Part | None:
    """A part of the scenario, where it is valid by itself."""
    try:
        return None if part is None else model.model_validate(part)
    except ValidationError:
        return None


def _window_problems(window: Window | None) -> list[Problem]:
    if window is None:
        return []
    span = f"the window from {window.start} to {window.end}"
    if window.days <= 0:
        fix = "Let end be after start; the end date itself is not part of the window"
        return [Problem("window", f"{span} has no days", fix)]
    if window.start < WINDOW_EARLIEST or window.end > WINDOW_LATEST or window.days > WINDOW_DAYS_MAX:
        fix = f"Choose at most {WINDOW_DAYS_MAX // 366} years between {WINDOW_EARLIEST} and {WINDOW_LATEST}"
        return [Problem("window", f"{span} is too long or out of range", fix)]
    return []


def plans_of(catalog: Catalog, candidate: Candidate) -> tuple[str, ...]:
    """The codes of a candidate's plans, lowest first: those that the catalog has."""
    codes = (candidate.plan,) if candidate.group is None else catalog.plan_groups.get(candidate.group, ())
    return tuple(code for code in codes if code in catalog.plans)


def features_of(catalog: Catalog, candidate: Candidate) -> frozenset[str]:
    """The features that customers of a candidate can use, and the seats and quota that they can hold: of its plans, in any of
    their versions, and add-ons.
    """
    plans = [version.plan for code in plans_of(catalog, candidate) for version in versions_of(catalog.plans[code])]
    added = {catalog.addons[code].feature for code in candidate.addons if code in catalog.addons}
    return frozenset(added.union(*(plan.features.keys() | plan.levels.keys() for plan in plans)))


def _candidate_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    problems = _which_problems(catalog, candidate)
    if problems:
        return problems
    plans = plans_of(catalog, candidate)
    sells = catalog.plans[plans[0]].sells
    if candidate.interval is not None:
        problems += _interval_problems(catalog, candidate.interval, plans, in_group=candidate.group is not None)
    if candidate.choose == "upgrade" and candidate.group is not None:
        problems += _upgrade_problems(catalog, candidate, plans)
    if candidate.purchases != Purchases() and sells != "packs":
        problems.append(Problem("purchases", f"plan {plans[0]!r} is not a credits plan", "Remove purchases"))
    if candidate.top_up is not None and sells != "top_ups":
        problems.append(Problem("top_up", f"plan {plans[0]!r} is not a balance plan", "Remove top_up"))
    if candidate.offer is not None and candidate.offer not in catalog.offers:
        problems.append(unknown_name("offer", "offer", candidate.offer, catalog.offers))
    problems += _add_on_problems(catalog, candidate, plans)
    problems += rule_problems("versions", candidate.versions, catalog)
    if candidate.choose == "upgrade" and len({catalog.plans[code].billing_day for code in plans}) > 1:
        what = "customers move up by themselves, period by period, and plans of the group have different billing days"
        problems.append(Problem("choose", what, "Give them the same billing_day, or use cheapest or assigned"))
    if candidate.promo_code is not None:
        problems += _promo_code_problems(catalog, candidate)
    return problems + _pack_rule_problems(catalog, candidate, plans)


def _add_on_problems(catalog: Catalog, candidate: Candidate, plans: Sequence[str]) -> list[Problem]:
    """Add-ons that are not there, or not for the candidate's plans (billing-rules 10.3)."""
    problems = []
    for place, code in enumerate(candidate.addons):
        path, add_on = f"addons.{place}", catalog.addons.get(code)
        if add_on is None:
            problems.append(unknown_name(path, "add-on", code, catalog.addons))
            continue
        model = catalog.plans[plans[0]].consumption_model
        if add_on.consumption_model not in ("boolean", model):
            what = f"add-on {code!r} is {add_on.consumption_model}, and plan {plans[0]!r} is a {model} plan"
            problems.append(Problem(path, what, "Choose an add-on of the plan's model"))
        lacking = [plan for plan in plans if add_on.price(_interval_on(catalog, candidate, plan)) is None]
        if lacking:
            interval = _interval_on(catalog, candidate, lacking[0])
            fix = f"Add {interval} to addons.{code}.base_price, or choose another interval"
            problems.append(Problem(path, f"add-on {code!r} has no {interval} price", fix))
        having = [plan for plan in plans if add_on.feature in (*catalog.plans[plan].features, *catalog.plans[plan].switches)]
        if len(having) == len(plans):
            what = f"plan {having[0]!r} has the feature {add_on.feature!r} itself"
            problems.append(Problem(path, what, "Remove the add-on, or take the feature out of the plan"))
    return problems


def _interval_on(catalog: Catalog, candidate: Candidate, plan: str) -> Interval | None:
    terms = catalog.plans[plan]
    return candidate.interval if candidate.interval in terms.prices else terms.default_interval()


def _promo_code_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    """Who uses a code that runs out depends on everybody, and the choice of a plan on the code (billing-rules 9.3)."""
    code = catalog.promo_codes.get(str(candidate.promo_code))
    if code is None:
        return [unknown_name("promo_code", "promo code", candidate.promo_code, catalog.promo_codes)]
    if code.max_redemptions is None or not candidate.decides:
        return []
    what = f"promo code {candidate.promo_code!r} has max_redemptions, and the line-up chooses plans by itself"
    return [Problem("promo_code", what, "Remove max_redemptions, or use choose: assigned or a single plan")]


_LINE_UP_KEYS = ("choose", "blocked_share_max", "upgrade_after_periods")


def _which_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    """What is wrong with the plan or the group that a candidate names."""
    if candidate.plan is not None and candidate.group is not None:
        return [Problem("group", "the candidate has a plan already", "Keep one of plan and group")]
    if candidate.plan is not None:
        if candidate.plan not in catalog.plans:
            return [unknown_name("plan", "plan", candidate.plan, catalog.plans)]
        return [
            Problem(key, "says how customers choose within a plan group, and the candidate has one plan", f"Remove {key}")
            for key in _LINE_UP_KEYS
            if getattr(candidate, key) != Candidate.model_fields[key].default
        ]
    if candidate.group is None:
        return [Problem("plan", "is missing", "Name a plan, or a plan group in `group`")]
    if candidate.group not in catalog.plan_groups:
        return [unknown_name("group", "plan group", candidate.group, catalog.plan_groups)]
    if not catalog.plan_groups[candidate.group]:
        return [Problem("group", f"plan group {candidate.group!r} has no plans", "Put plans into it, lowest first")]
    return []


def _interval_problems(catalog: Catalog, interval: Interval, plans: Sequence[str], *, in_group: bool) -> list[Problem]:
    """Plans without a price for the interval; of a line-up the free ones may lack it, as long as one has it."""
    without = {code: catalog.plans[code] for code in plans if interval not in catalog.plans[code].prices}
    if in_group and len(without) < len(plans):
        without = {code: plan for code, plan in without.items() if not plan.free}
    return [
        Problem(
            "interval",
            f"plan {code!r} has no {interval} price",
            f"Intervals it has: {', '.join(plan.prices) or 'none: the plan is free, leave interval out'}",
        )
        for code, plan in without.items()
    ]


def _upgrade_problems(catalog: Catalog, candidate: Candidate, plans: Sequence[str]) -> list[Problem]:
    """Period is set against period, so that all plans need the same."""
    paid = [catalog.plans[code] for code in plans if not catalog.plans[code].free]
    intervals = sorted({str(candidate.interval or plan.default_interval()) for plan in paid})
    if len(intervals) > 1:
        what = f"the plans of {candidate.group!r} are billed {' and '.join(intervals)}, and customers move up between them"
        return [Problem("interval", what, "Name an interval for which all of them have a price")]
    if intervals == ["one_time"]:
        return [Problem("choose", "a one-time price has no periods after which to move up", "Use cheapest or assigned")]
    if intervals == ["weekly"] and len(paid) < len(plans):
        what = "a free plan has months and the others weeks, so that no period can be set against another"
        return [Problem("choose", what, "Name an interval other than weekly, or use cheapest or assigned")]
    return []


def _pack_rule_problems(catalog: Catalog, candidate: Candidate, plans: Sequence[str]) -> list[Problem]:
    rule = candidate.purchases.pack
    if rule in ("none", "smallest_sufficient"):
        return []
    if rule not in catalog.credit_packs:
        return [unknown_name("purchases.pack", "credit pack", rule, ["none", "smallest_sufficient", *catalog.credit_packs])]
    if not any(catalog.credit_packs[rule].sold_on(plan) for plan in plans):
        what = f"credit pack {rule!r} is not sold on plan {plans[0]!r}"
        if candidate.group is not None:
            what = f"credit pack {rule!r} is sold on no plan of {candidate.group!r}"
        return [Problem("purchases.pack", what, f"Add the plan to credit_packs.{rule}.plans, or choose another pack")]
    return []
