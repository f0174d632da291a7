"""Lives: one customer's actions under one candidate → phases on one stage each, and purchases (billing-rules 7-9).

A life is moved from moment to moment as a live billing system would: what was scheduled for a moment happens first, then the
actions of that moment in the order of the file. An action that is impossible where it stands ends the attempt with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from commet_core.catalog.plans import Catalog, Plan
from commet_core.catalog.versions import HeldTerms, version_on
from commet_core.foundation.calendar import date_of, day_number, period_day, period_index
from commet_core.foundation.days import UTC_DAYS, Days
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, decimal_of, half_up, micros, minor_nanos, nanos, plain
from commet_core.foundation.vocabulary import ADJUSTED, ADJUSTED_IN_MONEY, INTERVALS, Adjusted, Interval
from commet_core.scenario.scenario import Candidate
from commet_core.scenario.subscriptions import Action
from commet_core.timeline.add_ons import Spell, activate, begin_add_ons, carry, check_price, end, has_feature
from commet_core.timeline.adopting import (
    Adopted,
    Adoption,
    adopt,
    after_trial,
    change_terms,
    entered,
    next_terms_at,
    with_present_terms,
)
from commet_core.timeline.held import NO_LEVELS, NO_LIMIT, Asked, held_at, limit_of
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.lending import Lent, end_lending, lend, problem_of, until_cycles
from commet_core.timeline.offered import discount_count, may_begin, offer_of, paid_minor, trial_days_of
from commet_core.timeline.redeeming import Redemption
from commet_core.timeline.stages import Stage, Stub, active, levels_on, standstill, trial_of

NEVER: Final = 2**62
"""A moment, in microseconds, after every window."""


MEANT_FOR: Final = "Name in `candidate` for whom the row is meant"


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
    window_start  microseconds: from there on they are held anew, whatever was held before (billing-rules 10.4)
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


def start_stage(catalog: Catalog, candidate: Candidate, plan: str, action: Action | None, day: int) -> Stage:
    """The stage on which a customer is active by a `start` row of a day, or without one. Raises Impossible.

    plan: the candidate's, of a line-up the one for those who name none. An interval says nothing about a line-up's free plan.
    """
    chosen = plan if action is None or not action.plan else action.plan
    _check_chosen(catalog, candidate, plan, chosen)
    terms = catalog.plans[chosen]
    named = None if action is None or (terms.free and candidate.group is not None) else action.interval
    inherited = candidate.interval if candidate.interval in terms.prices else None
    stage = Stage(chosen, _interval(terms, named or inherited, named))
    if action is not None and action.item:
        check_begins(catalog, action.item, day)
        return replace(stage, offer=action.item)
    offered = candidate.offer is not None and catalog.offers[candidate.offer].may_begin(date_of(day))
    return replace(stage, offer=candidate.offer if offered else None)


def check_begins(catalog: Catalog, code: str, day: int) -> None:
    """Raises Impossible where an offer may not begin on a day (billing-rules 9.0)."""
    if why := may_begin(catalog.offers[code], date_of(day)):
        raise Impossible("item", f"{why}, and this is {date_of(day)}", "Choose another day or another offer")


def _check_chosen(catalog: Catalog, candidate: Candidate, plan: str, chosen: str) -> None:
    """A candidate's customers are on plans of its model, those of a line-up on its plans."""
    model, other_model = (catalog.plans[code].consumption_model for code in (plan, chosen))
    if model != other_model:
        what = f"plan {chosen!r} is a {other_model} plan, candidate {candidate.name!r} has a {model} plan"
        raise Impossible("plan", what, "Choose a plan of the same model, or name in `candidate` for whom the row is meant")
    if candidate.group is not None and chosen not in catalog.plan_groups[candidate.group]:
        what = f"plan {chosen!r} is not in plan group {candidate.group!r} of candidate {candidate.name!r}"
        raise Impossible(
            "plan", what, f"Choose one of {', '.join(catalog.plan_groups[candidate.group])}, or put it into the group"
        )


def move_stage(catalog: Catalog, candidate: Candidate, stage: Stage, plan: str) -> Stage | None:
    """The stage of a customer of a line-up on another of its plans, without an offer (billing-rules 9.1).

    None where that plan has no price for the interval.
    """
    terms = catalog.plans[plan]
    interval = (candidate.interval or terms.default_interval()) if stage.interval is None else stage.interval
    return replace(stage, plan=plan, interval=interval, offer=None, promo_code=None) if interval in terms.prices else None


def move_up(life: Life, candidate: Candidate, plan: str, at: int) -> None:
    """A customer of a line-up moves up where a period ends: at a renewal in its place, else as an immediate change (8.2).

    A cancellation that takes effect at that moment comes first, and leaves nobody to move. Raises Impossible where the plan has
    no price for the interval.
    """
    if life.offer_at == at:
        life.next_offer = life.offer_at = None
    advance(life, at)
    present = life.present
    if present.stage.state != "active":
        return
    stage = move_stage(life.catalog, candidate, present.stage, plan)
    if stage is None:
        raise Impossible(
            "interval", f"plan {plan!r} has no {present.stage.interval} price", "Add one, or start on another interval"
        )
    interval = present.paid_interval(at - 1)
    if interval is not None and life.catalog.days.start(interval[1]) == at:
        _go_on(life, stage, at)
        return
    credit = _credit(life, at)
    present.end = at
    life.next_offer = life.offer_at = None
    enter(life, new_cycle(life, entered(life, stage, at), at, changed=True, credit=credit))


def new_cycle(life: Life, stage: Stage, at: int, **more: Any) -> Phase:
    """A phase that begins at a moment with a period and a cycle of its own, which may be a stub (billing-rules 2.2).

    more: fields of the phase.
    """
    days = life.catalog.days
    day = days.of(at)
    anchor = billing_day_before(life.catalog, stage, day)
    return Phase(stage, at, anchor, days=days, stub=anchor < day, **more)


def billing_day_before(catalog: Catalog, stage: Stage, day: int) -> int:
    """The day number of the last billing day up to a day, where a stage's plan has one; else the day itself."""
    billing_day = None if stage.plan is None else catalog.plans[stage.plan].billing_day
    if billing_day is None or stage.state != "active":
        return day
    on = date_of(day)
    this_month = day_number(on.replace(day=billing_day))
    return this_month if this_month <= day else period_day(this_month, -1, weekly=False)


def enter(life: Life, phase: Phase) -> None:
    """The life goes on with a phase."""
    phase.since = _since(life.phases[-1] if life.phases else None, phase)
    life.phases.append(phase)
    carry(life)


def _since(before: Phase | None, phase: Phase) -> int | None:
    """From when a commitment per term counts: through pauses, renewals and what changes at one, but for the plan (15.4)."""
    if phase.stage.state not in ("active", "paused"):
        return None
    stays = before is not None and before.stage.plan == phase.stage.plan and not phase.changed and not phase.reactivated
    if before is not None and before.since is not None and stays:
        return before.since
    return phase.days.of(phase.start) if phase.stage.state == "active" else None


def begin(
    catalog: Catalog,
    stage: Stage,
    start_day: int,
    adoptions: tuple[Adoption, ...] = (),
    asked: Asked = NO_LEVELS,
    add_ons: Iterable[str] = (),
) -> Life:
    """A life that starts at 00:00 of a day, with the plan's trial if it has one (billing-rules 2.2, 7.2)."""
    start = catalog.days.start(start_day)
    life = Life(catalog, start, adoptions=adoptions, asked=asked)
    stage = entered(life, stage, start)
    trial_days, discounts = trial_days_of(catalog, stage), discount_count(catalog, stage)
    if trial_days is None:
        enter(life, new_cycle(life, stage, start, discounts=discounts))
        begin_add_ons(life, add_ons)
        return life
    assert stage.plan is not None
    trial = trial_of(stage, catalog.plans[stage.plan])
    until = catalog.days.start(start_day + trial_days)
    enter(life, new_cycle(life, trial, start, until=until, discounts=discounts))
    life.scheduled = until, stage
    begin_add_ons(life, add_ons)
    return life


def advance(life: Life, at: int) -> None:
    """Lets happen what is scheduled up to a moment, the moment included (billing-rules 3.1)."""
    while (when := _next_moment(life)) is not None and when <= at:
        if life.lent is not None and life.lent.until == when:
            end_lending(life, when)
        if next_terms_at(life) == when:
            change_terms(life, when)
        if when not in (life.offer_at, life.scheduled and life.scheduled[0]):
            continue
        stage = life.present.stage
        if life.scheduled is not None and life.scheduled[0] == when:
            stage = life.scheduled[1]
            life.scheduled = None
        _go_on(life, stage, when)


def _next_moment(life: Life) -> int | None:
    """When something happens by itself next."""
    scheduled = None if life.scheduled is None else life.scheduled[0]
    lent = None if life.lent is None or life.lent.until == NEVER else life.lent.until
    return min((when for when in (scheduled, life.offer_at, next_terms_at(life), lent) if when is not None), default=None)


def act(life: Life, action: Action) -> None:
    """Does one action after `start`. Raises Impossible where it makes no sense."""
    if action.kind == "start":
        raise Impossible("action", "the customer has started before", "Use reactivate after a cancellation, or remove the row")
    {
        "change_plan": _change_plan,
        "cancel": _cancel,
        "pause": _pause,
        "resume": _resume,
        "reactivate": _reactivate,
        "buy_pack": _buy_pack,
        "top_up": _top_up,
        "adjust": _adjust,
        "activate_add_on": activate,
        "end_add_on": end,
        "apply_offer": _apply_offer,
        "adopt_version": _adopt_version,
        "customer_credit": _customer_credit,
        "grant": _grant,
        "end_grant": _end_grant,
    }[action.kind](life, action)


# What actions do.


def _change_plan(life: Life, action: Action) -> None:
    """An upgrade or a longer interval at once, a downgrade or a shorter one at the renewal (billing-rules 8.1).

    What the row says in `when` goes before that, where there is a renewal to wait for.
    """
    present = life.present.stage
    if present.state in ("paused", "canceled"):
        first = "Resume" if present.state == "paused" else "Reactivate"
        raise Impossible("action", f"the subscription is {present.state}", f"{first} it first")
    plan = life.catalog.plans[action.plan]
    inherited = present.interval if present.interval in plan.prices else None
    interval = _interval(plan, action.interval or inherited, action.interval)
    if (action.plan, interval) == (present.plan, present.interval):
        if life.scheduled is None or life.scheduled == _trial_end(life):
            raise Impossible("plan", "the customer is on this plan and interval already", "Remove the row")
        life.scheduled = _trial_end(life)
        life.present.canceled_at = None
        return
    if refused := one_time_problem(life.catalog, present, action.plan, interval):
        raise refused
    for code in life.active:
        if not has_feature(life.catalog, coming_stage(life, action.plan, interval, action.at), code):
            check_price(life.catalog, code, interval)
    if refused := seats_problem(life, action.plan, action.at):
        raise refused
    immediate = _is_immediate(life, action.plan, interval)
    if action.row.when and present.interval is not None:
        immediate = action.row.when == "now"
    if immediate:
        _change_now(life, _with_offer(life, Stage(action.plan, interval), action), action.at)
    elif action.item:
        fix = "Leave item empty, or add a row apply_offer after the change"
        raise Impossible("item", "a change that waits for the renewal takes no offer", fix)
    else:
        life.scheduled = _renewal(life, action.at), _after_change(life, Stage(action.plan, interval))
        life.present.canceled_at = None


def _is_immediate(life: Life, plan: str, interval: Interval | None) -> bool:
    """Interval direction decides before plan order; from a free plan always, to one from a paid plan never (billing-rules 8.1)."""
    present = life.present.stage
    assert present.plan is not None
    group = life.catalog.group_of(present.plan, plan)
    if plan != present.plan and not group:
        fix = "Put both into one of plan_groups, lowest first"
        raise Impossible("plan", f"plans {present.plan!r} and {plan!r} share no plan group", fix)
    if present.interval is None:
        return True
    if interval is None:
        return False
    if interval != present.interval:
        return INTERVALS.index(interval) > INTERVALS.index(present.interval)
    return group.index(plan) > group.index(present.plan)


def one_time_problem(catalog: Catalog, present: Stage, plan: str, interval: Interval | None) -> Impossible | None:
    """Why a change is refused: a one-time price has no interval to change, and no renewal to wait for (billing-rules 8.2)."""
    assert present.plan is not None
    if present.interval is None or "one_time" not in (present.interval, interval):
        return None
    if present.interval != interval:
        from_once = present.interval == "one_time"
        what = "what is paid once cannot change to another interval" if from_once else "an interval cannot change to paid once"
        fix = "Change to a plan that is paid once" if from_once else "Choose another interval, or let the customer start on it"
        return Impossible("interval", what, fix)
    group = catalog.group_of(present.plan, plan)
    if group and group.index(plan) < group.index(present.plan):
        what = f"a downgrade to {plan!r} has no renewal to wait for: the plan is paid once"
        return Impossible("plan", what, "Change to a higher plan of the group, or remove the row")
    return None


def coming_stage(life: Life, plan: str, interval: Interval | None, at: int) -> Stage:
    """A plan as it is for who comes to it on a day (billing-rules 8.7)."""
    return Stage(plan, interval, terms=HeldTerms.whole(version_on(life.catalog.plans[plan], life.date_at(at))))


def seats_problem(life: Life, plan: str, at: int) -> Impossible | None:
    """Why an upgrade is refused: more seats are in use than the new plan includes, and it has no price for more (10.1).

    A change of interval alone and a downgrade are not refused, and no change is for quota (10.2).
    """
    catalog, present = life.catalog, life.present.stage
    assert present.plan is not None
    group = catalog.group_of(present.plan, plan)
    upward = plan != present.plan and (not group or group.index(plan) > group.index(present.plan))
    stage = coming_stage(life, plan, catalog.plans[plan].default_interval(), at)
    for code, terms in levels_on(catalog, stage).items() if upward else ():
        limit = limit_of(catalog, stage, code)
        if catalog.features[code].type == "seats" and limit != NO_LIMIT and (held := held_at(life, code, at)) > limit:
            in_use = plain(decimal_of(held, MICRO_DECIMALS))
            what = f"{in_use} {code} are in use, and plan {plan!r} includes {plain(terms.included)} and has no price for more"
            fix = f"Let them fall first, or give plans.{plan}.features.{code} an overage price"
            return Impossible("plan", what, fix)
    return None


def _change_now(life: Life, stage: Stage, at: int) -> None:
    """Ends the offer, credits the unused days and restarts the billing cycle (billing-rules 8.2, 8.3, 9.1)."""
    credit = _credit(life, at)
    _close(life, at)
    life.scheduled = life.next_offer = life.offer_at = None
    stage, discounts = entered(life, stage, at), discount_count(life.catalog, stage)
    enter(life, new_cycle(life, stage, at, discounts=discounts, changed=True, credit=credit))


def _with_offer(life: Life, stage: Stage, action: Action) -> Stage:
    """A stage with the offer that an immediate change or a reactivation carries (billing-rules 9.0)."""
    if not action.item:
        return stage
    _check_without_trial(life, action)
    check_begins(life.catalog, action.item, life.catalog.days.of(action.at))
    return replace(stage, offer=action.item)


def _check_without_trial(life: Life, action: Action) -> None:
    if life.catalog.offers[action.item].trial_days:
        raise Impossible("item", f"offer {action.item!r} begins with a free trial", "Give it with a start, or choose another")


def _after_change(life: Life, stage: Stage) -> Stage:
    """A scheduled change keeps percentages and amounts, and ends an offer with a fixed price (billing-rules 9.1)."""
    present = life.present.stage
    offer = offer_of(life.catalog, present)
    if offer is None or offer.has_fixed_price:
        return stage
    return replace(stage, offer=present.offer, promo_code=present.promo_code)


def _apply_offer(life: Life, action: Action) -> None:
    """It begins with the next charge of a running subscription (billing-rules 9.0)."""
    present = life.present
    if present.stage.state == "canceled":
        raise Impossible("action", "the subscription is canceled", "Name the offer on the row that reactivates it")
    _check_without_trial(life, action)
    if present.stage.interval is None or (present.stage.interval_periods == 0 and present.stage.state == "active"):
        why = "is free" if present.stage.interval is None else "is paid once"
        raise Impossible("action", f"the plan {why} and has no next charge", "Remove the row")
    life.next_offer = action.item
    life.offer_at = None if present.stage.state == "paused" else _renewal(life, action.at)
    if life.offer_at is not None:
        check_begins(life.catalog, action.item, life.catalog.days.of(life.offer_at))


def _credit(life: Life, at: int) -> Credit | None:
    """Price paid for the current interval × whole days remaining ÷ days in it (billing-rules 8.2).

    At 00:00 the day of the change is still unused, at any later time it is used.
    """
    interval = life.present.paid_interval(at)
    if interval is None:
        return None
    first, following = interval
    days, remaining = following - first, following - life.catalog.days.not_begun(at)
    stage = life.present.stage_of_charge(at)
    paid = paid_minor(life.catalog, stage, _discounts_left(life.present, at) + _is_discounted(life.present, at))
    if days == 0:
        return None
    amount = half_up(paid * remaining, days)
    if amount == 0:
        return None
    assert stage.plan is not None
    return Credit(-amount, remaining, -half_up(paid * minor_nanos(life.catalog.currency), days), stage.plan)


def _cancel(life: Life, action: Action) -> None:
    """At the end of what is paid for, or of the trial, or at once; a free plan always at once (billing-rules 8.4)."""
    stage = life.present.stage
    if stage.state == "canceled":
        raise Impossible("action", "the subscription is canceled already", "Remove the row")
    if stage.interval == "one_time" and stage.state != "trial":
        raise Impossible("action", "what is paid once cannot be canceled", "Remove the row")
    canceled = standstill(stage, "canceled")
    if not action.at_period_end or stage.state == "paused" or stage.interval is None:
        _stop(life, canceled, action.at)
    else:
        life.scheduled = _renewal(life, action.at), canceled
        life.present.canceled_at = action.at


def _pause(life: Life, action: Action) -> None:
    """Takes effect at once; nothing is refunded (billing-rules 8.5)."""
    stage = life.present.stage
    if stage.state in ("paused", "canceled"):
        raise Impossible("action", f"the subscription is {stage.state}", "Pause one that is active")
    discounts, next_offer = _discounts_left(life.present, action.at), life.next_offer
    _stop(life, standstill(stage, "paused"), action.at)
    life.present.discounts, life.next_offer = discounts, next_offer


def _resume(life: Life, action: Action) -> None:
    """A new period and a new cycle; what is left of an offer goes on (billing-rules 8.5)."""
    stage = life.present.stage
    if stage.state != "paused":
        raise Impossible("action", "the subscription is not paused", "Resume after a pause")
    discounts = life.present.discounts
    _close(life, action.at)
    stage, discounts = _with_next_offer(life, entered(life, active(stage), action.at), discounts, action.at)
    enter(life, new_cycle(life, stage, action.at, discounts=discounts))


def _with_next_offer(life: Life, stage: Stage, discounts: int, at: int) -> tuple[Stage, int]:
    """A stage that begins with a charge, and its charges with an offer: the one that waits for it, if one does."""
    if life.next_offer is None or not stage.charged:
        return stage, discounts
    check_begins(life.catalog, life.next_offer, life.catalog.days.of(at))
    stage = replace(stage, offer=life.next_offer, promo_code=None)
    life.next_offer = life.offer_at = None
    return stage, discount_count(life.catalog, stage)


def _reactivate(life: Life, action: Action) -> None:
    """The same plan and interval at its price, in a new cycle (billing-rules 8.4)."""
    stage = life.present.stage
    if stage.state != "canceled":
        raise Impossible("action", "the subscription is not canceled", "Reactivate after a cancellation took effect")
    _close(life, action.at)
    stage = entered(life, _with_offer(life, Stage(stage.plan, stage.interval), action), action.at)
    discounts = discount_count(life.catalog, stage)
    enter(life, new_cycle(life, stage, action.at, discounts=discounts, reactivated=True))


def _buy_pack(life: Life, action: Action) -> None:
    """Also while paused or canceled: purchased credits persist (billing-rules 5.3, 8.6)."""
    plan = life.present.stage.plan
    assert plan is not None
    if life.plan.sells != "packs":
        raise Impossible("action", f"plan {plan!r} is not a credits plan", MEANT_FOR)
    pack = life.catalog.credit_packs[action.item]
    if not pack.sold_on(plan):
        what = f"credit pack {action.item!r} is not sold on plan {plan!r}"
        raise Impossible("item", what, f"Add the plan to credit_packs.{action.item}.plans, or choose another pack")
    _buy(life, action.at, micros(pack.credits), nanos(pack.price), action.item)


def _top_up(life: Life, action: Action) -> None:
    """Only while there is a balance: top-ups do not outlive a period (billing-rules 6.4, 8.6)."""
    stage = life.present.stage
    assert stage.plan is not None
    if life.plan.sells != "top_ups":
        raise Impossible("action", f"plan {stage.plan!r} is not a balance plan", MEANT_FOR)
    if stage.state in ("paused", "canceled"):
        raise Impossible("action", f"the subscription is {stage.state} and has no balance", "Top up one that is active")
    _buy(life, action.at, action.amount, action.amount, stage.plan)


def _adjust(life: Life, action: Action) -> None:
    """Plan credits and balance only while there are any; purchased credits persist (billing-rules 8.6)."""
    stage, item = life.present.stage, ADJUSTED[ADJUSTED.index(action.item)]
    assert stage.plan is not None
    in_money = item in ADJUSTED_IN_MONEY
    if life.plan.sells != ("top_ups" if in_money else "packs"):
        raise Impossible("item", f"plan {stage.plan!r} has no {'balance' if in_money else 'credits'}", MEANT_FOR)
    if item != "purchased_credits" and stage.state in ("paused", "canceled"):
        what = f"the subscription is {stage.state} and has no {item.replace('_', ' ')}"
        raise Impossible("action", what, "Adjust one that is active")
    life.purchases.append(Purchase(action.at, len(life.phases) - 1, action.amount, 0, stage.plan, life.turn, item))
    life.bought += abs(action.amount)


def _adopt_version(life: Life, action: Action) -> None:
    """A customer adopts a version that has begun, the latest where none is named (billing-rules 8.7)."""
    stage = life.present.stage
    if stage.state in ("paused", "canceled"):
        raise Impossible("action", f"the subscription is {stage.state}", "It comes back with the version of that day")
    days = [version["from"] for version in life.plan.versions]
    begun = [day for day in days if day <= life.date_at(action.at).isoformat()]
    if life.adopted is None or not begun:
        raise Impossible("action", f"plan {stage.plan!r} has no version by then", f"Add one to plans.{stage.plan}.versions")
    if action.item and action.item not in begun:
        raise Impossible(
            "item", f"plan {stage.plan!r} has no version of {action.item} by then", f"Use one of {', '.join(begun)}"
        )
    version = 1 + days.index(action.item or begun[-1])
    if version <= life.adopted.version:
        raise Impossible("item", "the customer has this version or a later one already", "Remove the row")
    adopt(life, version, action.at, now=action.adopts_now, by_action=True)


def _grant(life: Life, action: Action) -> None:
    """Lends a higher plan until a moment, for so many cycles, or until `end_grant` (billing-rules 8.8)."""
    if problem := problem_of(life, action.plan):
        raise Impossible(*problem)
    until = NEVER if action.until is None else action.until
    if action.cycles is not None:
        until = until_cycles(life, action.at, action.cycles)
    lend(life, action.plan, action.at, until)


def _end_grant(life: Life, action: Action) -> None:
    if life.lent is None:
        raise Impossible("action", "no plan is granted then", "Remove the row")
    end_lending(life, action.at)


def _customer_credit(life: Life, action: Action) -> None:
    """Whatever the subscription's state: it outlives cancellation and reactivation (billing-rules 8.9)."""
    minor = minor_nanos(life.catalog.currency)
    if action.amount % minor:
        raise Impossible("amount", "is no whole number of the currency's smallest unit", "Round the amount")
    until = NEVER if action.until is None else action.until
    life.credits.append(CustomerCredit(action.at, len(life.phases) - 1, action.amount // minor, until))
    life.bought += action.amount


# What they have in common.


def _buy(life: Life, at: int, amount: int, price: int, item: str) -> None:
    life.purchases.append(Purchase(at, len(life.phases) - 1, amount, price, item, life.turn))
    life.bought += max(amount, price)


def _interval(plan: Plan, chosen: Interval | None, named: Interval | None) -> Interval | None:
    """The interval chosen, else the plan's default; None on a free plan. Raises Impossible where a named one has no price."""
    if named is not None and named not in plan.prices:
        offered = ", ".join(plan.prices) or "none: the plan is free, leave interval empty"
        raise Impossible("interval", f"the plan has no {named} price", f"Intervals it has: {offered}")
    return chosen or plan.default_interval()


def _close(life: Life, at: int) -> None:
    life.present.end = at
    life.present.cut = True


def _stop(life: Life, stage: Stage, at: int) -> None:
    """A stage without periods begins by an action: nothing is scheduled any more."""
    stage = replace(stage, terms=life.present.stage_at(at).terms, lent=None)
    _close(life, at)
    life.scheduled = life.next_offer = life.offer_at = life.lent = None
    enter(life, new_cycle(life, stage, at))


def _discounts_left(phase: Phase, at: int) -> int:
    return max(0, phase.discounts - phase.charges_by(at))


def _is_discounted(phase: Phase, at: int) -> bool:
    """Whether the last base charge up to a moment had the offer."""
    return 0 < phase.charges_by(at) <= phase.discounts


def _trial_end(life: Life) -> tuple[int, Stage] | None:
    """What a trial's end brings by itself (billing-rules 7.2); None without a trial."""
    stage = life.present.stage
    return None if life.present.until is None else (life.present.until, active(stage))


def _renewal(life: Life, at: int) -> int:
    """When what is scheduled takes effect (billing-rules 8.1, 8.4): at the paid interval's end, or the trial's."""
    if life.present.until is not None:
        return life.present.until
    interval = life.present.paid_interval(at)
    assert interval is not None, "what is free or paid once has no renewal to wait for"
    return life.catalog.days.start(interval[1])


def _go_on(life: Life, stage: Stage, at: int) -> None:
    """What was scheduled takes effect: in place of a renewal, with the anchor that there is, save at a trial's end."""
    before = life.present
    before.end = at
    stage = _with_terms(life, before, stage, at)
    discounts = 0 if stage.offer is None else _discounts_left(before, at - 1)
    if life.offer_at == at:
        stage, discounts = _with_next_offer(life, stage, discounts, at)
        life.next_offer = life.offer_at = None
    phase = new_cycle(life, stage, at, discounts=discounts)
    keeps = before.until is None and stage.state == "active" and not before.stage.weekly and not stage.weekly
    if keeps and life.catalog.plans[stage.plan or ""].billing_day is None:
        phase.anchor = before.anchor
        phase.origin = period_index(phase.anchor, life.catalog.days.of(at), weekly=False)
    enter(life, phase)


def _with_terms(life: Life, before: Phase, stage: Stage, at: int) -> Stage:
    """A stage that follows another by itself, with the terms of a plan with versions (billing-rules 8.7)."""
    if not stage.has_periods:
        life.lent = None
        return replace(stage, terms=before.stage_at(at - 1).terms, lent=None)
    if (stage.plan, stage.interval) != (before.stage.plan, before.stage.interval):
        return entered(life, stage, at)
    return after_trial(life, stage, at) if before.until is not None else with_present_terms(life, stage)
