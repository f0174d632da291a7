"""Offers and promo codes: what is taken off base prices, for how many charges, and from when to when (billing-rules 9).

short form     {percent: 20, cycles: 3}: one phase, after the plan's own trial
in phases      {phases: [{type: free_trial, …}, {type: percentage, …}]}: the whole sequence; the plan's trial does not apply
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

from commet_core.catalog.names import Code, Name
from commet_core.foundation.calendar import date_or_none
from commet_core.foundation.documents import (
    COUNT_MAX,
    Amount,
    Document,
    Percent,
    PositiveAmount,
    Whole,
    entries_of,
    unknown_name,
)
from commet_core.foundation.errors import Problem
from commet_core.foundation.vocabulary import INTERVALS, Interval

PhaseType = Literal["free_trial", "percentage", "amount_off", "fixed_price"]
OfferKind = Literal["percentage", "amount_off", "fixed_price"]

PHASES_MAX: Final = 10
OFFER_TRIAL_DAYS_MAX: Final = 3660

KEY_OF: Final[Mapping[str, str]] = {
    "free_trial": "duration_days",
    "percentage": "percentage",
    "amount_off": "amount",
    "fixed_price": "price",
}
"""What a phase of each type has to say, beside for how many cycles it lasts."""

IN_SHORT: Final = ("percent", "amount", "cycles")

ANY_CURRENCY: Final = ""
"""The currency of an amount that names none: the catalog's."""


def _by_currency(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return {ANY_CURRENCY: raw}
    return {str(currency).lower(): amount for currency, amount in raw.items()}


def _as_written(amounts: dict[str, Decimal]) -> object:
    texts = {currency: f"{amount:f}" for currency, amount in amounts.items()}
    return texts.get(ANY_CURRENCY, texts)


AmountByCurrency = Annotated[dict[str, Amount], BeforeValidator(_by_currency), PlainSerializer(_as_written)]
"""A number, which is in the catalog's currency, or one for each currency."""

Cycles = Annotated[Whole, Field(ge=1, le=COUNT_MAX)]


class OfferPhase(Document):
    """A part of an offer: days without a charge, or a discount for so many charges of the base price; the last may be open."""

    type: PhaseType
    duration_days: Annotated[Whole, Field(ge=1, le=OFFER_TRIAL_DAYS_MAX)] | None = None
    duration_cycles: Cycles | None = None
    percentage: Percent | None = None
    amount: AmountByCurrency | None = None
    price: AmountByCurrency | None = None


class Step(Document):
    """What an offer does to charges of the base price: for so many of them, or without end.

    number  percent of the exact price, or money: off the price, or in its place
    """

    kind: OfferKind
    number: Decimal
    cycles: int | None


class Offer(Document):
    """A discount on the base price (billing-rules 9.0, 9.1), in short or in phases.

    starts_at, ends_at   on which days it may begin: from the first, up to the day before the other
    """

    name: Name = ""
    percent: Percent | None = None
    amount: PositiveAmount | None = None
    cycles: Cycles | None = None
    starts_at: date | None = None
    ends_at: date | None = None
    phases: tuple[OfferPhase, ...] | None = None

    @model_validator(mode="after")
    def _one_discount(self) -> Offer:
        if self.phases is not None:
            return self
        if (self.percent is None) == (self.amount is None):
            what = "has neither percent nor amount" if self.percent is None else "has both percent and amount"
            raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": "Give one of them"})
        return self

    @property
    def trial_days(self) -> int | None:
        """Of an offer in phases its free trial in days, 0 without one; None in the short form, which leaves the plan's trial."""
        if self.phases is None:
            return None
        return next((phase.duration_days or 0 for phase in self.phases if phase.type == "free_trial"), 0)

    def without_trial(self) -> Offer:
        """The offer from the first charge on; of a free trial alone one without phases."""
        if self.phases is None:
            return self
        return self.model_copy(update={"phases": tuple(phase for phase in self.phases if phase.type != "free_trial")})

    @property
    def has_fixed_price(self) -> bool:
        return any(phase.type == "fixed_price" for phase in self.phases or ())

    def may_begin(self, day: date) -> bool:
        return (self.starts_at is None or self.starts_at <= day) and (self.ends_at is None or day < self.ends_at)

    @property
    def always(self) -> bool:
        """Whether it may begin on any day."""
        return self.starts_at is None and self.ends_at is None

    def steps(self, currency: str) -> tuple[Step, ...]:
        """What it does to charges of the base price, one after the other; amounts in a currency."""
        if self.phases is None:
            kind: OfferKind = "percentage" if self.percent is not None else "amount_off"
            return (Step(kind=kind, number=self.percent or self.amount or Decimal(0), cycles=self.cycles),)
        return tuple(_step(phase, currency) for phase in self.phases if phase.type != "free_trial")


def _step(phase: OfferPhase, currency: str) -> Step:
    assert phase.type != "free_trial"
    if phase.type == "percentage":
        number = phase.percentage
    else:
        amounts = (phase.amount if phase.type == "amount_off" else phase.price) or {}
        number = amounts.get(currency, amounts.get(ANY_CURRENCY))
    assert number is not None, "a catalog that could be built has every number"
    return Step(kind=phase.type, number=number, cycles=phase.duration_cycles)


class PromoCode(Document):
    """A code that leads to an offer (billing-rules 9.2).

    plans, billing_interval   on which it may be used; none given: on all
    max_redemptions           of all customers together, for each candidate by itself; none given: no limit
    expires_at                it may be used up to the day before
    """

    name: Name = ""
    offer: Code
    plans: tuple[Code, ...] | None = None
    billing_interval: Interval | None = None
    max_redemptions: Annotated[Whole, Field(ge=0, le=COUNT_MAX)] | None = None
    expires_at: date | None = None


# What is wrong with offers and codes as a document has them, beyond their single values.


def offer_problems(raw: Mapping[str, Any], currency: str) -> list[Problem]:
    """Of all offers in a catalog as it was written."""
    problems = []
    for code, offer in entries_of(raw, "offers").items():
        if isinstance(offer, Mapping):
            problems += [problem.under(f"offers.{code}") for problem in _problems_of(offer, currency)]
    return problems


def _problems_of(offer: Mapping[str, Any], currency: str) -> list[Problem]:
    problems = []
    starts, ends = (date_or_none(offer.get(key)) for key in ("starts_at", "ends_at"))
    if starts is not None and ends is not None and ends <= starts:
        problems.append(Problem("ends_at", f"{ends} is not after {starts}, where it starts", "Let it end later"))
    phases = offer.get("phases")
    if phases is None:
        return problems
    problems += [
        Problem(key, "the offer has phases, which say that", f"Remove {key}") for key in IN_SHORT if offer.get(key) is not None
    ]
    if not isinstance(phases, list | tuple):
        return problems
    if not 0 < len(phases) <= PHASES_MAX:
        problems.append(Problem("phases", f"has {len(phases)} phases", f"Give 1 to {PHASES_MAX}"))
    for place, phase in enumerate(phases):
        if isinstance(phase, Mapping) and phase.get("type") in KEY_OF:
            found = _phase_problems(phase, place, last=place == len(phases) - 1, currency=currency)
            problems += [problem.under(f"phases.{place}") for problem in found]
    return problems


def _phase_problems(phase: Mapping[str, Any], place: int, *, last: bool, currency: str) -> list[Problem]:
    kind, key = phase["type"], KEY_OF[phase["type"]]
    problems = []
    if phase.get(key) is None:
        problems.append(Problem(key, "is missing", f"Add it: {kind} says {key}"))
    allowed = {"type", key} | ({"duration_cycles"} if kind != "free_trial" else set())
    problems += [
        Problem(other, f"{kind} takes no {other}", "Remove it")
        for other in OfferPhase.model_fields
        if other not in allowed and phase.get(other) is not None
    ]
    if kind == "free_trial" and place > 0:
        problems.append(Problem("type", "a free_trial comes after another phase", "Put it first"))
    if kind != "free_trial" and not last and phase.get("duration_cycles") is None:
        problems.append(Problem("duration_cycles", "is missing", "Say for how many charges: only the last phase is open"))
    amounts = phase.get(key)
    if kind in ("amount_off", "fixed_price") and isinstance(amounts, Mapping):
        named = {str(name).lower() for name in amounts}
        if currency not in named:
            problems.append(Problem(key, f"has no amount in {currency}", f"Add {currency}, the catalog's currency"))
    return problems


def promo_code_problems(raw: Mapping[str, Any], plans: Mapping[str, Any]) -> list[Problem]:
    """Of all promo codes in a catalog as it was written. plans: as they were written."""
    problems, offers = [], entries_of(raw, "offers")
    for code, promo in entries_of(raw, "promo_codes").items():
        if not isinstance(promo, Mapping):
            continue
        path, named = f"promo_codes.{code}", promo.get("offer")
        if named is not None and str(named) not in offers:
            problems.append(unknown_name(f"{path}.offer", "offer", named, offers))
        elif named is not None and not _is_one_discount(offers[str(named)]):
            what = f"offer {named!r} is not a single percentage or amount"
            problems.append(Problem(f"{path}.offer", what, "Name an offer with one percentage or amount_off phase"))
        listed = promo.get("plans")
        for place, plan in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if str(plan) not in plans:
                problems.append(unknown_name(f"{path}.plans.{place}", "plan", plan, plans))
        problems += _without_price(path, promo, plans)
    return problems


def _without_price(path: str, promo: Mapping[str, Any], plans: Mapping[str, Any]) -> list[Problem]:
    """A code that no plan lets anybody use."""
    interval = promo.get("billing_interval")
    if interval not in INTERVALS:
        return []
    named = promo.get("plans")
    eligible = [plans[str(code)] for code in named if str(code) in plans] if isinstance(named, list | tuple) else plans.values()
    if any(interval in entries_of(plan, "prices") for plan in eligible):
        return []
    return [Problem(f"{path}.billing_interval", f"none of its plans has a {interval} price", "Name an interval that one has")]


def _is_one_discount(offer: Any) -> bool:
    phases = offer.get("phases") if isinstance(offer, Mapping) else None
    if not isinstance(phases, Sequence) or isinstance(phases, str):
        return True
    types = [phase.get("type") for phase in phases if isinstance(phase, Mapping)]
    return types in (["percentage"], ["amount_off"])
