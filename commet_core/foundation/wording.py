"""The words of everything that has a code, and of numbers of things: the one place where they are said.

Each vocabulary (`vocabulary`) is matched case by case, so that a new code without words does not pass the type checker.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, assert_never

from commet_core.foundation.money import plain
from commet_core.foundation.vocabulary import (
    ActionKind,
    Interval,
    InvoiceKind,
    LineKind,
    PriceChange,
    RedemptionReason,
    RefusalReason,
    RevenuePart,
    State,
    Transition,
)

UNNAMED_UNIT: Final = "unit"
"""The unit of a feature that was given none: it is not said, as "5,000 units" says no more than "5,000"."""

ABBREVIATION_LETTERS_MAX: Final = 2


def plural(noun: str) -> str:
    """`images`, `searches`, `GB-hours`; what is no English word (GB, MiB, km) stays as it is."""
    word = noun.replace("-", " ").rsplit(" ", 1)[-1]
    if not (word.isascii() and word.isalpha() and word[1:].islower()) or len(noun) <= ABBREVIATION_LETTERS_MAX:
        return noun
    if word.endswith("s"):
        return noun
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if word.endswith(("ch", "sh", "x", "z")) else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """`1 customer`, `1,200 customers`."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def counted_were(count: int, noun: str) -> str:
    """A number of things with the verb: `no event was`, `1 event was`, `5 events were`."""
    return f"no {noun} was" if count == 0 else f"{counted(count, noun)} {'was' if count == 1 else 'were'}"


def quantity(units: Decimal, unit: str) -> str:
    """A quantity with its unit: `1 call`, `5,000 calls`, `3 GB`; `5,000` where the unit has no name."""
    return plain(units) if unit == UNNAMED_UNIT else f"{plain(units)} {unit if units == 1 else plural(unit)}"


def each(unit: str) -> str:
    """What a price is for: `an image`, `a GB`; `each` where the unit has no name."""
    return "each" if unit == UNNAMED_UNIT else with_article(unit)


def with_article(noun: str) -> str:
    """`an image`, `a call`, `an hour`; abbreviations as their letters are spoken: `a GB`, `an MB`."""
    spelled = noun[:2].isupper()
    vowel = noun[:1] in "AEFHILMNORSX" if spelled else noun[:1].lower() in "aeio" or noun.lower().startswith(("hour", "up"))
    return f"{'an' if noun and vowel else 'a'} {noun}"


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence: `A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def either(names: Sequence[str]) -> str:
    """Names of which one is asked for: `A`, `A or B`, `A, B or C`."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def capitalized(sentence: str) -> str:
    """With a capital letter in front, the others as they are."""
    return f"{sentence[:1].upper()}{sentence[1:]}"


def interval_name(interval: Interval | None) -> str:
    """How often a plan is charged: `monthly`, `one-time`, `free`."""
    match interval:
        case None:
            return "free"
        case "one_time":
            return "one-time"
        case "weekly" | "monthly" | "quarterly" | "yearly":
            return interval
    assert_never(interval)


def a_interval(interval: Interval) -> str:
    """What follows a base price: `a month`, `once`."""
    return "once" if interval == "one_time" else f"a {interval_noun(interval)}"


def interval_noun(interval: Interval) -> str:
    """The time that a charge pays for: `month`; of a price charged once `whole time`."""
    match interval:
        case "weekly":
            return "week"
        case "monthly":
            return "month"
        case "quarterly":
            return "quarter"
        case "yearly":
            return "year"
        case "one_time":
            return "whole time"
    assert_never(interval)


def refusal_name(reason: RefusalReason) -> str:
    """Why usage was refused, in a cell."""
    match reason:
        case "allowance_exhausted":
            return "allowance used up"
        case "not_in_plan":
            return "not in the plan"
        case "paused":
            return "subscription paused"
        case "not_subscribed":
            return "not subscribed"
        case "spend_cap":
            return "spend cap reached"
    assert_never(reason)


def refusal_meaning(reason: RefusalReason) -> str:
    """Why usage was refused, in half a sentence."""
    match reason:
        case "allowance_exhausted":
            return "included units, credits or balance were used up and nothing was bought"
        case "not_in_plan":
            return "the plan does not have the feature"
        case "paused":
            return "the subscription was paused"
        case "not_subscribed":
            return "before the subscription's start or after its cancellation"
        case "spend_cap":
            return "it would have cost more than the spend cap leaves"
    assert_never(reason)


def redemption_meaning(reason: RedemptionReason) -> str:
    """Why a promo code was refused, in half a sentence."""
    match reason:
        case "expired":
            return "it had expired"
        case "plan_not_eligible":
            return "it is not for the plan"
        case "interval_not_eligible":
            return "it is not for the billing interval"
        case "intro_offer_active":
            return "the customer starts with a trial or another offer"
        case "already_redeemed":
            return "the customer had used it before"
        case "max_redemptions_reached":
            return "it had been used as often as it may be"
    assert_never(reason)


def invoice_name(kind: InvoiceKind) -> str:
    match kind:
        case "recurring" | "overage" | "closing" | "reactivation":
            return kind
        case "credit_purchase":
            return "credit pack"
        case "balance_topup":
            return "top-up"
        case "plan_change":
            return "plan change"
        case "addon_activation":
            return "add-on activated"
    assert_never(kind)


def line_name(kind: LineKind) -> str:
    """A kind of invoice line, in a cell."""
    match kind:
        case "plan_base":
            return "base price"
        case "feature_overage":
            return "overage"
        case "balance_overage":
            return "balance overage"
        case "credit_pack":
            return "credit pack"
        case "top_up":
            return "top-up"
        case "discount":
            return "offer"
        case "credit":
            return "credit for unused days"
        case "addon_base":
            return "add-on"
        case "feature_seats":
            return "seats"
        case "feature_quota":
            return "quota"
        case "promo_code_discount":
            return "promo code"
        case "commitment":
            return "minimum commitment"
    assert_never(kind)


def base_part_name(kind: LineKind) -> str:
    """A kind of line that counts as base revenue, in a table: of credits those for unused days and those given, together."""
    return "credits" if kind == "credit" else line_name(kind)


def state_name(state: State) -> str:
    match state:
        case "trial":
            return "in trial"
        case "active" | "paused" | "canceled":
            return state
    assert_never(state)


def transition_name(transition: Transition) -> str:
    """A move from one stage to the next, in a cell."""
    match transition:
        case "start":
            return "Start"
        case "trial_end":
            return "Trial ends"
        case "upgrade":
            return "Upgrade"
        case "downgrade":
            return "Downgrade"
        case "longer":
            return "To a longer interval"
        case "shorter":
            return "To a shorter interval"
        case "pause":
            return "Pause"
        case "resume":
            return "Resume"
        case "cancel":
            return "Cancel"
        case "reactivate":
            return "Reactivate"
        case "renewal":
            return "Offer begins or ends"
    assert_never(transition)


def action_name(action: ActionKind) -> str:
    """What a row of subscriptions does, as a choice."""
    match action:
        case "start":
            return "Start"
        case "change_plan":
            return "Change plan or interval"
        case "buy_pack":
            return "Buy a credit pack"
        case "top_up":
            return "Top up the balance"
        case "adjust":
            return "Give or take credits or balance"
        case "pause":
            return "Pause"
        case "resume":
            return "Resume"
        case "cancel":
            return "Cancel"
        case "reactivate":
            return "Reactivate"
        case "set_level":
            return "Set seats or quota"
        case "change_level":
            return "Change seats or quota"
        case "activate_add_on":
            return "Activate an add-on"
        case "end_add_on":
            return "End an add-on"
        case "apply_offer":
            return "Give an offer"
        case "adopt_version":
            return "Adopt a version of the plan"
        case "customer_credit":
            return "Grant a customer credit"
        case "grant":
            return "Grant a higher plan"
        case "end_grant":
            return "End a plan grant"
    assert_never(action)


def action_needs(action: ActionKind) -> str:
    """What a row of subscriptions has to say beside who and when, and what it may say, in half a sentence."""
    match action:
        case "start":
            return "plan, interval, an offer in item or a promo_code may be named; empty, it is the candidate's plan"
        case "change_plan":
            return "another plan of the same group, or another interval; where it holds at once, item may name an offer"
        case "cancel":
            return "when is period_end (as it is where nothing is said) or now"
        case "pause" | "resume" | "end_grant":
            return "nothing else"
        case "reactivate":
            return "item may name an offer"
        case "buy_pack":
            return "item is the pack"
        case "top_up":
            return "amount is the money that is added"
        case "adjust":
            return "item is plan_credits, purchased_credits or balance; amount what is given, below zero what is taken"
        case "set_level":
            return "item is the feature, amount how many are held from then on"
        case "change_level":
            return "item is the feature, amount how many more, or fewer where below zero"
        case "activate_add_on" | "end_add_on":
            return "item is the add-on"
        case "apply_offer":
            return "item is the offer; it begins with the next charge"
        case "adopt_version":
            return "item is the version's day, empty the latest; when is next_cycle (as it is where nothing is said) or now"
        case "customer_credit":
            return "amount is the money; until may say when it expires"
        case "grant":
            return "plan is the higher one; until a day, for so many cycles, or neither"
    assert_never(action)


def part_name(part: RevenuePart) -> str:
    """A part of revenue, in a legend or a sum."""
    match part:
        case "base" | "overage" | "packs" | "top-ups":
            return part
        case "closing":
            return "closing invoices"
    assert_never(part)


def price_change_name(change: PriceChange) -> str:
    """A group of customers by how they fare against the baseline, as a heading."""
    match change:
        case "less_served":
            return "Pay less, all served"
        case "less_refused":
            return "Pay less, but refused"
        case "same":
            return "Pay the same"
        case "more":
            return "Pay more"
    assert_never(change)
