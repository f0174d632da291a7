"""Plan groups as candidates: on which plan of a line-up a customer is, and when it moves up.

Nothing is worked out in one go: a customer lives once on each plan that comes into question, and the lives are set against
each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from . import add_ons
from .admission import Outcome
from .amounts import ZERO, decimal, rounded_up_count
from .events import Action, Event
from .periods import MONTHS_PER_INTERVAL
from .plans import Candidate, Catalog
from .records import ACTIVE, TRIAL, Record
from .subscription import STAY, ImpossibleLife, Market, Route, Subscription, live
from .tables import period_money

MILLIONTHS = 10**6
PERIODS_BEFORE_A_MOVE = 2


def plans_of(candidate: Candidate, catalog: Catalog) -> list[str]:
    """Lowest first; a plan by itself is a line-up of one."""
    group = candidate.get("group")
    return list(catalog["plan_groups"][group]) if group else [candidate["plan"]]


# --- Lives on the plans of a line-up ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Customer:
    """What a customer asks for and does, whatever its plan."""

    customer_id: str
    market: Market
    actions: Sequence[Action]
    events: Sequence[Event]

    def life(self, first_plan: str, route: Route = STAY) -> Subscription:
        market = replace(self.market, candidate={**self.market.candidate, "plan": first_plan})
        return live(market, self.customer_id, self.actions, self.events, route)

    def life_if_possible(self, first_plan: str, route: Route = STAY) -> Subscription | None:
        try:
            return self.life(first_plan, route)
        except ImpossibleLife:
            return None

    @property
    def rows(self) -> str:
        return self.market.assumptions.rows

    @property
    def blocked_share_max(self) -> Fraction:
        return Fraction(decimal(self.market.candidate.get("blocked_share_max") or 0))


def led_by_the_line_up(actions: Sequence[Action]) -> list[Action]:
    """Neither the plan of a start nor a change of plan is followed where the line-up decides; what is lent is not on it."""
    followed = [action for action in actions if action.action != "change_plan"]
    return [action if action.action == "grant" else action._replace(plan=None) for action in followed]


# --- Which plan suits better -----------------------------------------------------------------------------------------


class Merit(NamedTuple):
    """The lower the better: first what keeps within the share that may be refused, then the share, then the money."""

    refuses_too_much: bool
    share_beyond: Fraction
    cost: Fraction


def merit(share: Fraction, share_max: Fraction, cost: Fraction) -> Merit:
    too_much = share > share_max
    return Merit(too_much, share if too_much else Fraction(0), cost)


def share_of_units_refused(outcomes: Sequence[tuple[Event, Outcome]]) -> Fraction:
    """Of one feature, rounded up to millionths; who asked for no units was refused none."""
    asked = sum((max(event.value, ZERO) - outcome.corrected for event, outcome in outcomes), ZERO)
    refused = asked - sum((outcome.served for _, outcome in outcomes), ZERO)
    return Fraction(rounded_up_count(refused * MILLIONTHS, asked) if asked else 0, MILLIONTHS)


def refused_share(records: Sequence[Record], rows: str) -> Fraction:
    """Refused events / events; where rows are totals the share of each feature's units, weighted by its rows.

    A rise of seats or quota that is refused counts as an event refused (10.4). Only while on a plan: what a pause refuses is not the plan's doing.
    """
    on_a_plan = [record for record in records if record.state in (TRIAL, ACTIVE)]
    outcomes = [pair for record in on_a_plan for pair in record.outcomes]
    rises = [refused for record in on_a_plan for refused in record.rises]
    asked = len(outcomes) + len(rises)
    return (events_refused(outcomes, rows) + sum(rises)) / asked if asked else Fraction(0)


def events_refused(outcomes: Sequence[tuple[Event, Outcome]], rows: str) -> Fraction:
    if rows != "aggregate":
        return Fraction(sum(outcome.reason is not None for _, outcome in outcomes))
    by_feature: dict[str, list[tuple[Event, Outcome]]] = {}
    for event, outcome in outcomes:
        by_feature.setdefault(event.feature, []).append((event, outcome))
    return sum((len(own) * share_of_units_refused(own) for own in by_feature.values()), Fraction(0))


# --- Cheapest: one plan for the whole window -------------------------------------------------------------------------


def cheapest(customer: Customer, plans: Sequence[str]) -> Subscription:
    """The plan that suits best; ties go to the lower one. A plan on which its life is impossible is no choice."""
    lives = [life for plan in plans if (life := customer.life_if_possible(plan))]
    if not lives:
        raise ImpossibleLife(customer.customer_id)
    return min(lives, key=lambda life: merit_of_life(customer, life))


def merit_of_life(customer: Customer, life: Subscription) -> Merit:
    billed = sum((Fraction(invoice.total) for invoice in life.invoices), Fraction(0))
    return merit(refused_share(life.records, customer.rows), customer.blocked_share_max, billed)


# --- Upgrade: up when the next plan would have suited better ---------------------------------------------------------


def upgrade(customer: Customer, plans: Sequence[str]) -> Subscription:
    """Lived again and again, each time with one move more, until there is nothing to gain."""
    moves: dict[int, str] = {}
    life = customer.life(plans[0])
    while (move := next_move(customer, plans, life, moves)) is not None:
        moves |= move
        life = customer.life(plans[0], Route(moves))
    return life


def next_move(
    customer: Customer,
    plans: Sequence[str],
    life: Subscription,
    moves: Mapping[int, str],
) -> dict[int, str] | None:
    """The first one after those already made, by the index of the period that it begins."""
    settled = max(moves, default=0)
    for stay in stays(life.records):
        next_plan = plan_above(stay[0], plans, customer.market.catalog)
        if stay[0].index < settled or next_plan is None:
            continue
        shadow = shadow_of(customer, plans, life, moves, stay[0], next_plan)
        after = shadow and first_after_enough(customer, stay, shadow)
        if after and customer.life_if_possible(plans[0], Route({**moves, after: next_plan})):
            return {after: next_plan}
    return None


def stays(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Periods on one plan, since the customer came to it; a pause or cancellation may lie between them."""
    on_a_plan = (record for record in records if record.state in (TRIAL, ACTIVE))
    return (list(stay) for _, stay in groupby(on_a_plan, plan_of))


def plan_of(record: Record) -> str:
    assert record.terms is not None
    return record.terms.plan


def plan_above(record: Record, plans: Sequence[str], catalog: Catalog) -> str | None:
    """The next one; nobody moves up to a free plan."""
    above = plans[plans.index(plan_of(record)) + 1 :]
    return above[0] if above and catalog["plans"][above[0]].get("prices") else None


def shadow_of(
    customer: Customer,
    plans: Sequence[str],
    life: Subscription,
    moves: Mapping[int, str],
    first: Record,
    next_plan: str,
) -> Subscription | None:
    """The same life, on the next plan from the first period of the stay on; its trial is the customer's own, on a free plan none.

    None where it is impossible, or where its periods are not the customer's: weeks are not set against months.
    """
    began_with_the_life = first.index == 0 or life.records[first.index - 1].terms is None
    if began_with_the_life:
        trial_days = int(customer.market.catalog["plans"][plans[0]].get("trial_days") or 0)
        is_priced = bool(first.terms and first.terms.interval)
        asking = customer if is_priced else without_interval(customer)
        shadow = asking.life_if_possible(next_plan, Route(moves, trial_days, on_trial=is_priced, at_list=True))
    else:
        shadow = customer.life_if_possible(plans[0], Route({**moves, first.index: next_plan}, at_list=True))
    return shadow if shadow and in_weeks(shadow.records[first.index]) == in_weeks(first) else None


def without_interval(customer: Customer) -> Customer:
    """An interval that was asked for at the start counts on a plan with prices alone."""
    return replace(customer, actions=[action._replace(interval=None) for action in customer.actions])


def in_weeks(record: Record) -> bool:
    assert record.terms is not None
    return record.terms.interval == "weekly"


def first_after_enough(customer: Customer, stay: Sequence[Record], shadow: Subscription) -> int | None:
    """The index of the period with which the customer moves: after enough whole periods running on which it lost.

    With the last period of a stay, or one that a pause or cancellation follows, nobody moves, and the count begins anew.
    Nor does anybody who has canceled, while the paid interval runs out (8.4).
    """
    needed = int(customer.market.candidate.get("upgrade_after_periods") or PERIODS_BEFORE_A_MOVE)
    running = 0
    for record, following in pairwise(stay):
        other = same_period(shadow, record)
        running = running + 1 if other and is_whole(record) and suits_better(customer, other, record) else 0
        goes_on = following.index == record.index + 1 and not record.cancellation_waits
        if running >= needed and goes_on:
            return following.index
        running = running if goes_on else 0
    return None


def same_period(shadow: Subscription, record: Record) -> Record | None:
    """None where a cancellation ended the shadow at another time, as its price is for another interval (8.4)."""
    other = shadow.records[record.index] if record.index < len(shadow.records) else None
    is_same = other and (other.start, other.due, other.state) == (record.start, record.due, record.state)
    return other if is_same else None


def is_whole(record: Record) -> bool:
    """Neither a trial nor cut off by the window's start; whatever else cuts a period off is the end of a stay."""
    return record.state == ACTIVE and not record.cut_by_start


def suits_better(customer: Customer, other: Record, present: Record) -> bool:
    """Ties go to the plan in use, which is the lower one. Only the plan in use has its discount taken off."""
    other_merit = merit_of_period(customer, other, period_cost(other))
    return other_merit < merit_of_period(customer, present, period_cost(present) - discount_share(present))


def merit_of_period(customer: Customer, record: Record, cost: Fraction) -> Merit:
    return merit(refused_share([record], customer.rows), customer.blocked_share_max, cost)


def periods_of_interval(record: Record) -> int:
    assert record.terms is not None
    assert record.terms.interval != "one_time"
    if record.stub:
        return 1
    return MONTHS_PER_INTERVAL.get(record.terms.interval or "", 1)


def period_cost(record: Record) -> Fraction:
    """15.8: the period's share of what is paid in advance at list prices and of a commitment per interval, and all that is its own."""
    assert record.terms is not None
    digits = record.terms.minor_digits
    money: Mapping[str, Any] = period_money(record, digits)
    held = sum((interval.advance_amount(digits) for interval in record.held), ZERO)
    in_advance = record.list_price(digits) + held + record.interval_commitment
    share = Fraction(in_advance) / periods_of_interval(record) + add_ons.share(record)
    true_ups = sum(record.true_ups.values(), ZERO)
    return share + Fraction(true_ups + money["overage"] + money["purchases"])


def discount_share(record: Record) -> Fraction:
    """9.1: of the discount on the interval that the period is part of."""
    return Fraction(record.paid.discount) / periods_of_interval(record) if record.paid else Fraction(0)


# --- The three rules -------------------------------------------------------------------------------------------------


def life_on_line_up(market: Market, customer_id: str, actions: Sequence[Action], events: Sequence[Event]) -> Subscription:
    """A candidate's customer on its plan, or where its line-up takes it."""
    plans = plans_of(market.candidate, market.catalog)
    choose = market.candidate.get("choose") or "cheapest"
    if "group" not in market.candidate or choose == "assigned":
        return Customer(customer_id, market, actions, events).life(plans[0])
    customer = Customer(customer_id, market, led_by_the_line_up(actions), events)
    return {"cheapest": cheapest, "upgrade": upgrade}[choose](customer, plans)
