"""A quote as somebody writes it down: parties, plans, term, assumed usage, and how far the usage may be from that (sharing.md 1).

Every model is frozen; a quote that could be built is consistent with its catalog.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ModelWrapValidatorHandler, StringConstraints, ValidationError, model_validator

from commet_core.catalog.names import Code
from commet_core.catalog.offers import Offer
from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import (
    Document,
    Growth,
    Percent,
    PositiveAmount,
    PositiveQuantity,
    Quantity,
    Whole,
    problems_of,
    read_document,
    unknown_name,
)
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.candidates import Candidate, features_of
from commet_core.scenario.priced_requests import prices_in_play
from commet_core.scenario.scenario import Scenario, catalog_of

TERM_MONTHS_MAX: Final = 120
DRAWS_MAX: Final = 20_000
CANDIDATES_MAX: Final = 8
MONTHS_IN_YEAR: Final = 12
SWING_MAX: Final = 10
OFFER: Final = "quote discount"
"""The code of the offer that a quote's discount becomes in its catalog."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Party(Document):
    """Who sells or buys. lines: an address, a contact, as they stand below the name."""

    name: Line
    lines: Annotated[tuple[Line, ...], Field(max_length=8)] = ()


class Usage(Document):
    """What the prospect is expected to use of a feature, and how far from it the usage may be; seats and quota are held.

    units                    in the first month, or `months`: in every month of the term, in order
    low, high                the size in that month that one prospect in ten stays below, and one in ten exceeds
    growth                   a month, as a share; growth_low and growth_high as for the size
    season                   twelve factors, from January to December
    swing                    in eight of ten months the usage is at most this share above its course, or below it in proportion
    """

    units: Quantity | None = None
    months: tuple[Quantity, ...] | None = None
    low: Quantity | None = None
    high: Quantity | None = None
    growth: Growth = Decimal(0)
    growth_low: Growth | None = None
    growth_high: Growth | None = None
    season: tuple[PositiveQuantity, ...] | None = None
    swing: Annotated[Quantity, Field(le=SWING_MAX)] = Decimal(0)

    @property
    def first_units(self) -> Decimal:
        return self.months[0] if self.months else self.units or Decimal(0)


class Discount(Document):
    """Off the base price: a percentage or an amount, for so many charges or the whole term."""

    percent: Percent | None = None
    amount: PositiveAmount | None = None
    cycles: Annotated[Whole, Field(ge=1)] | None = None


class Limits(Document):
    """What a seller may promise alone: the least margin (0.2: 20 %) and the most discount (percent of the base price)."""

    margin_min: Growth | None = None
    discount_percent_max: Annotated[Quantity, Field(le=100)] | None = None


class LookAlikes(Document):
    """Customers of a usage that the prospect resembles, from whom figures come that `usage` does not give.

    features    that all of them use; unless given those of `usage`
    months_min  whole months for which they have been there
    count       so many, the nearest in size where `usage` says a size
    customers   these and no others
    """

    features: tuple[Code, ...] = ()
    months_min: Annotated[Whole, Field(ge=1, le=TERM_MONTHS_MAX)] = 3
    count: Annotated[Whole, Field(ge=3, le=10_000)] = 20
    customers: tuple[str, ...] = ()


class OwnUsage(Document):
    """The prospect's own usage: of one customer of a usage; of all of it where none is named."""

    customer: str | None = None


class QuoteFile(Document):
    """Raises InputError, with every problem found, where the content is not a consistent quote."""

    number: Line
    revision: Annotated[Whole, Field(ge=1, le=9999)] = 1
    seller: Party
    customer: Party
    issued: date
    valid_until: date
    start: date
    term_months: Annotated[Whole, Field(ge=1, le=TERM_MONTHS_MAX)]
    catalog: Catalog
    candidates: Annotated[tuple[Candidate, ...], Field(min_length=1, max_length=CANDIDATES_MAX)]
    usage: dict[Code, Usage] = {}
    look_alikes: LookAlikes | None = None
    own_usage: OwnUsage | None = None
    discount: Discount | None = None
    limits: Limits = Limits()
    notes: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    logo: str | None = None
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")] = "#1F4E9E"
    seed: Annotated[Whole, Field(ge=0, le=2**63 - 1)] = 0
    draws: Annotated[Whole, Field(ge=100, le=DRAWS_MAX)] = 1000

    @model_validator(mode="wrap")
    @classmethod
    def _everything_at_once(cls, raw: Any, handler: ModelWrapValidatorHandler[QuoteFile]) -> QuoteFile:
        if isinstance(raw, QuoteFile):
            return raw
        catalog, problems = catalog_of(raw if isinstance(raw, Mapping) else {})
        try:
            quote = handler({**raw, "catalog": catalog or Catalog()} if isinstance(raw, Mapping) else raw)
        except ValidationError as error:
            raise InputError([*problems, *problems_of(error, cls)]) from None
        problems += list(_problems(quote))
        if problems:
            raise InputError(problems)
        return quote._in_its_market()._on_its_day()

    @classmethod
    def load(cls, path: Path | str) -> QuoteFile:
        """The quote in a YAML or JSON file; a catalog or a logo named there is a path beside the file."""
        path = Path(path)
        raw = read_document(path)
        if isinstance(raw.get("catalog"), str):
            raw["catalog"] = read_document(path.parent / raw["catalog"])
        if isinstance(raw.get("logo"), str):
            raw["logo"] = str(path.parent / raw["logo"])
        return cls.model_validate(raw)

    def _in_its_market(self) -> QuoteFile:
        """The quote with the prices and the currency of the market that its candidates name, which is one (billing-rules 15.6)."""
        [market] = {candidate.market for candidate in self.candidates}
        if market is None:
            return self
        candidates = tuple(candidate.model_copy(update={"market": None}) for candidate in self.candidates)
        return self.model_copy(update={"catalog": self.catalog.in_market(market), "candidates": candidates})

    def _on_its_day(self) -> QuoteFile:
        """The quote with plans as they are on the day on which it begins, for the whole term (billing-rules 8.7)."""
        if not any(plan.versions for plan in self.catalog.plans.values()):
            return self
        candidates = tuple(candidate.model_copy(update={"versions": ()}) for candidate in self.candidates)
        return self.model_copy(update={"catalog": self.catalog.at(self.start), "candidates": candidates})

    @property
    def offered(self) -> Catalog:
        """The catalog with the quote's discount as an offer."""
        if self.discount is None:
            return self.catalog
        offer = Offer.model_validate({"name": "Discount", **self.discount.model_dump()})
        return self.catalog.model_copy(update={"offers": {**self.catalog.offers, OFFER: offer}})

    @property
    def offered_candidates(self) -> tuple[Candidate, ...]:
        """The candidates, each with the quote's discount where there is one."""
        if self.discount is None:
            return self.candidates
        return tuple(candidate.model_copy(update={"offer": OFFER}) for candidate in self.candidates)


def _problems(quote: QuoteFile) -> Iterator[Problem]:
    """What does not fit together."""
    if quote.valid_until < quote.issued:
        yield Problem("valid_until", f"{quote.valid_until} is before {quote.issued}, the day of issue", "Give a later day")
    yield from _discount_problems(quote)
    if quote.look_alikes is not None and quote.own_usage is not None:
        yield Problem("own_usage", "the quote has look_alikes too", "Keep one of them")
    if not quote.catalog.plans:
        return
    yield from _candidate_problems(quote)
    on_its_day = quote.catalog.at(quote.start)
    had = {feature for candidate in quote.candidates for feature in features_of(on_its_day, candidate)}
    for feature, usage in quote.usage.items():
        path = f"usage.{feature}"
        if feature not in quote.catalog.features:
            yield unknown_name(path, "feature", feature, quote.catalog.features)
        elif feature not in had:
            yield Problem(path, "no plan of this quote has the feature", "Remove it, or quote a plan that has it")
        elif quote.catalog.features[feature].type == "seats":
            yield from (problem.under(path) for problem in _seat_problems(usage))
        derived = quote.look_alikes is not None or quote.own_usage is not None
        yield from (problem.under(path) for problem in _usage_problems(usage, quote.term_months, derived=derived))


def _seat_problems(usage: Usage) -> Iterator[Problem]:
    for key, units in (("units", usage.units), *(("months", each) for each in usage.months or ())):
        if units is not None and units != units.to_integral_value():
            yield Problem(key, f"{units} is not a whole number, and seats are", "Give whole seats")


def _candidate_problems(quote: QuoteFile) -> list[Problem]:
    window = {"start": quote.start, "end": quote.start.replace(day=1).replace(year=quote.start.year + 1)}
    line_ups = [place for place, candidate in enumerate(quote.candidates) if candidate.group is not None]
    if line_ups:
        what = "this is a plan group, and a quote is of one plan"
        return [Problem(f"candidates.{place}.group", what, "Name the plan in `plan`") for place in line_ups]
    if len({candidate.market for candidate in quote.candidates}) > 1:
        what = "the candidates name several markets, and a quote is in one currency"
        return [Problem("candidates", what, "Give all of them the same market, or none")]
    document = {"catalog": quote.catalog, "window": window, "candidates": [one.model_dump() for one in quote.candidates]}
    try:
        Scenario.model_validate(document)
    except InputError as error:
        return list(error.problems)
    prices = prices_in_play(quote.catalog.at(quote.start), quote.candidates, ())
    what = "an AI model sets its price, and a quote needs a price of its own"
    return [
        Problem(f"usage.{feature}", what, "Give it a unit_price in the catalog")
        for feature in sorted(quote.usage.keys() & (prices.features if prices else ()))
    ]


def _discount_problems(quote: QuoteFile) -> Iterator[Problem]:
    discount = quote.discount
    if discount is None:
        return
    if (discount.percent is None) == (discount.amount is None):
        what = "has neither percent nor amount" if discount.percent is None else "has both percent and amount"
        yield Problem("discount", what, "Give one of them")
    for place, candidate in enumerate(quote.candidates):
        if candidate.offer is not None:
            yield Problem(f"candidates.{place}.offer", "the quote has a discount already", "Keep one of discount and offer")


def _usage_problems(usage: Usage, term_months: int, *, derived: bool) -> Iterator[Problem]:
    if usage.units is not None and usage.months is not None:
        yield Problem("units", "has both units and months", "Keep one of them")
    if usage.units is None and usage.months is None and not derived:
        what = "has neither units nor months"
        yield Problem("units", what, "Give the units of the first month, or those of every month")
    if usage.months is not None and len(usage.months) != term_months:
        what = f"has {len(usage.months)} months, and the term has {term_months}"
        yield Problem("months", what, "Give one number for each month of the term")
    if usage.months is not None and (usage.growth or usage.season):
        yield Problem("months", "every month is given, and growth or season too", "Remove growth and season")
    if usage.season is not None and len(usage.season) != MONTHS_IN_YEAR:
        yield Problem("season", f"has {len(usage.season)} factors", "Give twelve, from January to December")
    if usage.units is None and usage.months is None:
        return
    for low, middle, high, name in (
        (usage.low, usage.first_units, usage.high, "units"),
        (usage.growth_low, usage.growth, usage.growth_high, "growth"),
    ):
        places = {"units": ("low", "high"), "growth": ("growth_low", "growth_high")}[name]
        if low is not None and low > middle:
            yield Problem(places[0], f"{low} is above what is expected, {middle}", f"Give at most {middle}")
        if high is not None and high < middle:
            yield Problem(places[1], f"{high} is below what is expected, {middle}", f"Give {middle} or more")
