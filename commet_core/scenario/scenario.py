"""The scenario: which candidates to compare, over which window, with which assumptions about customers (interfaces.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator

from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.documents import Document, Whole, problems_of, read_document
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.window import Window
from commet_core.scenario.adoption import VersionRule
from commet_core.scenario.assumptions import Assumptions
from commet_core.scenario.candidates import Candidate, features_of, plans_of
from commet_core.scenario.checks import Check
from commet_core.scenario.consistency import consistency_problems, reaction_problems
from commet_core.scenario.further_rules import FurtherRule, rules_in_use
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.levels.checks import level_type_problems
from commet_core.scenario.levels.files import read_level_rows
from commet_core.scenario.markets import currency_in, market_problems, markets_in_play, rows_of_group
from commet_core.scenario.reporting import Reporting, in_file, read_rates, reporting_problems
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.scenario.subscriptions.files import read_rows

CustomerRow = SubscriptionRow | LevelRow
"""What a scenario says of one customer."""

Rows = Literal["event", "aggregate"]
Start = Literal["first_use", "window"]
OnCorrections = Literal["reject", "net"]


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
            raise InputError([*problems, *problems_of(error, cls), *consistency_problems(raw, catalog)]) from None
        problems += consistency_problems(raw, catalog)
        if catalog is not None:
            problems += level_type_problems(scenario.levels, scenario.catalog)
            problems += market_problems(catalog, scenario.candidates, scenario.subscriptions)
            problems += reporting_problems(scenario.reporting, scenario.currencies)
            problems += reaction_problems(scenario)
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
