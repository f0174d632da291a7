"""A life: one customer's subscription under one candidate, as far as it has come (billing-rules 7-9).

Phases, each on one stage, and what actions bought or granted beside them. What time does to a life is in `advancing`, what
actions do in `actions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.calendar import date_of, period_day, period_index
from commet_core.foundation.days import UTC_DAYS, Days
from commet_core.foundation.money import MICROS
from commet_core.foundation.vocabulary import Adjusted
from commet_core.timeline.add_ons import Spell
from commet_core.timeline.adopting import Adopted, Adoption
from commet_core.timeline.held import Asked
from commet_core.timeline.lending import Lent
from commet_core.timeline.redeeming import Redemption
from commet_core.timeline.stages import Stage, Stub

NEVER: Final = 2**62
"""A moment, in microseconds, after every window."""


@dataclass(frozen=True, slots=True)
class Credit:
    """The unused days of a price that was paid (billing-rules 8.2); amounts below zero.

    amount    minor units
    days      whole days remaining
    per_day   nanos, rounded half up
    plan      the old plan
    """

    amount: int
    days: int
    per_day: int
    plan: str


@dataclass(slots=True)
class Phase:
    """A part of a life on one stage, undisturbed by actions that change it.

    start, end   microseconds since 1970; `end` is None where it goes on
    anchor       day number: periods begin on its day of the month, or every seven days from it
    days         when days begin (billing-rules 2.7)
    stub         its first period is one: it begins after its anchor, and ends on the next billing day (2.2)
    origin       the index, counted from the anchor, of the period that begins with the phase
    until        microseconds: when the stage ends by itself (a trial); None where it does not
    discounts    how many of its base charges get the offer: the last ones that the offer is for
    quantity     micros: how many of the plan are paid for
    canceled_at  microseconds: when a cancellation was asked for that waits for its end; None where none was
    cut          an action ended it, which may be at the very moment at which a period begins
    since        day number: since when the customer has been on the plan, a trial aside; None while it has not
    changes      when its stage has other terms from a version of its plan (billing-rules 8.7), and the stage with them
    changed      it begins with an immediate change, on a `plan_change` invoice (billing-rules 12)
    reactivated  it begins with a reactivation, on an invoice of that kind (12)
    credit       of the plan before, on that invoice
    """

    stage: Stage
    start: int
    anchor: int
    origin: int = 0
    until: int | None = None
    discounts: int = 0
    quantity: int = MICROS
    changed: bool = False
    reactivated: bool = False
    credit: Credit | None = None
    end: int | None = None
    canceled_at: int | None = None
    cut: bool = False
    since: int | None = None
    changes: list[tuple[int, Stage]] = field(default_factory=list)
    days: Days = UTC_DAYS
    stub: bool = False

    def stage_at(self, at: int) -> Stage:
        """The stage with the terms that hold at a moment."""
        return next((stage for when, stage in reversed(self.changes) if when <= at), self.stage)

    def period_at(self, at: int) -> int:
        """The index, from the anchor, of the period that has begun at a moment of the phase."""
        return max(self.origin, period_index(self.anchor, self.days.of(at), self.stage.weekly))

    def starts_period(self, index: int) -> int:
        """The day number on which a period begins."""
        return period_day(self.anchor, index, self.stage.weekly)

    def charges_by(self, at: int) -> int:
        """How many base charges it has had up to a moment, the moment included (billing-rules 2.4)."""
        if not self.stage.charged:
            return 0
        periods = self.stage.interval_periods
        return 1 if periods == 0 else (self.period_at(at) - self.origin - self.stub) // periods + 1

    def in_stub(self, at: int) -> bool:
        """Whether a moment of the phase lies in a stub, for which a part of the price is paid (billing-rules 2.2)."""
        return self.stub and self.stage.interval_periods > 0 and self.period_at(at) == self.origin

    def paid_interval(self, at: int) -> tuple[int, int] | None:
        """First day of the interval that was paid for last, and the day after its last; None without a next charge."""
        periods = self.stage.interval_periods
        if periods == 0:
            return None
        if self.in_stub(at):
            return self.days.not_begun(self.start), self.starts_period(self.origin + 1)
        first = self.origin + self.stub + (self.charges_by(at) - 1) * periods
        return self.starts_period(first), self.starts_period(first + periods)

    def period_begins(self, place: int) -> int:
        """The first instant of the day on which a period begins, by its place from the phase's start."""
        begins = self.days.start(self.starts_period(self.origin + place))
        return self.days.start(self.days.of(self.start)) if self.stub and place == 0 else begins

    def renewal_from(self, place: int, every: int) -> int:
        """The place of the first period from one on that begins a cycle of so many periods; a stub is a cycle of its own."""
        return self.stub - (self.stub - place) // every * every if place >= self.stub else place

    def cycles_on(self, place: int, every: int, cycles: int) -> int:
        """The place at which so many cycles end of which the first has the period at a place."""
        return self.stub + ((place - self.stub) // every + cycles) * every if place >= self.stub else 1 + (cycles - 1) * every

    def stage_of_charge(self, at: int) -> Stage:
        """The stage that the charge is of that pays for a moment of the phase."""
        if self.in_stub(at):
            return replace(self.stage_at(self.start), stub=stub_of(self))
        interval = self.paid_interval(at)
        assert interval is not None
        return self.stage_at(max(self.days.start(interval[0]), self.start))


def stub_of(phase: Phase) -> Stub:
    """What of whole months and intervals a phase's stub is."""
    end = phase.starts_period(phase.origin + 1)
    interval = end - phase.starts_period(phase.origin + 1 - (phase.stage.interval_periods or 1))
    return Stub(end - phase.days.not_begun(phase.start), end - phase.starts_period(phase.origin), interval)


def discounts_left(phase: Phase, at: int) -> int:
    """How many base charges with the offer are still to come after a moment."""
    return max(0, phase.discounts - phase.charges_by(at))


def is_discounted(phase: Phase, at: int) -> bool:
    """Whether the last base charge up to a moment had the offer."""
    return 0 < phase.charges_by(at) <= phase.discounts


@dataclass(frozen=True, slots=True)
class Purchase:
    """A pack bought, a top-up or an adjustment made by an action (billing-rules 8.6).

    phase   its place in `Life.phases`
    amount    micros of credits, or nanos of balance; below zero where an adjustment takes
    price     nanos
    item      the pack, or the plan whose balance is topped up, or whose customer's stock is adjusted
    turn      as in `Life.turn`
    adjusts   what an adjustment gives to or takes from; None of a purchase
    """

    at: int
    phase: int
    amount: int
    price: int
    item: str
    turn: int
    adjusts: Adjusted | None = None


@dataclass(frozen=True, slots=True)
class CustomerCredit:
    """Money that an action grants, to be taken off recurring invoices (billing-rules 8.9).

    phase   its place in `Life.phases`
    amount  minor units
    until   microseconds: when it expires; NEVER without an end
    """

    at: int
    phase: int
    amount: int
    until: int


@dataclass(slots=True)
class Life:
    """A customer's subscription as far as it has come.

    start       microseconds: when it starts; actions come after that
    scheduled   when and on what stage it goes on by itself
    next_offer  the code of an offer that begins with the next charge (billing-rules 9.0)
    offer_at    when that charge is due; None while it depends on a resume
    redemption  of a promo code at the start
    adoptions   the versions that it adopts of its own accord, in order of time (billing-rules 8.7)
    lent        a plan that a grant lends (8.8)
    adopted     how far it is with the versions of its plan; None of a plan without any
    bought      all that actions bought: micros of credits or nanos of balance, or nanos paid where they are more
    asked       the levels of seats and quota that the customer asked for
    window_start  microseconds: from there on they are held anew, whatever was held before (10.4)
    spells      of add-ons; `active` those that run, by their codes
    """

    catalog: Catalog
    start: int
    phases: list[Phase] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    credits: list[CustomerCredit] = field(default_factory=list)
    scheduled: tuple[int, Stage] | None = None
    next_offer: str | None = None
    offer_at: int | None = None
    redemption: Redemption | None = None
    adoptions: tuple[Adoption, ...] = ()
    adopted: Adopted | None = None
    lent: Lent | None = None
    bought: int = 0
    asked: Asked = field(default_factory=dict)
    window_start: int = 0
    spells: list[Spell] = field(default_factory=list)
    active: dict[str, Spell] = field(default_factory=dict)

    @property
    def present(self) -> Phase:
        return self.phases[-1]

    @property
    def turn(self) -> int:
        """Of what is bought next, among purchases and add-ons: at one moment the order of the file (billing-rules 3.1)."""
        return len(self.purchases) + len(self.spells)

    def date_at(self, at: int) -> date:
        """The date of a moment in the catalog's time zone."""
        return date_of(self.catalog.days.of(at))

    @property
    def plan(self) -> Plan:
        assert self.present.stage.plan is not None
        return self.catalog.plans[self.present.stage.plan]
