"""A statement in words: units, invoice lines, and which billing rules decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from commet_core.catalog.plans import BalancePlan, CreditsPlan, Feature, Plan
from commet_core.foundation.days import UTC_NAME
from commet_core.foundation.formats import day_words, percent_exact, span_words
from commet_core.foundation.money import (
    MICRO_DECIMALS,
    NANO_DECIMALS,
    decimal_of,
    format_amount,
    format_exact,
    format_minor,
    minor_decimals,
    plain,
)
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import UNNAMED_UNIT, a_interval, counted, counted_were, interval_noun, quantity
from commet_core.rating import invoices
from commet_core.rating.admission import ALLOWANCE_EXHAUSTED, REASONS, REFUSED_NOT_IN_PLAN
from commet_core.rating.charges import TRUE_UP
from commet_core.rating.metered_rates import MeteredRates
from commet_core.rating.tiers import PACKAGES
from commet_core.reports.statement import Statement, features_used
from commet_core.reports.statement.beyond_words import beyond_sentences
from commet_core.reports.statement.further_words import further_sentences
from commet_core.reports.statement.overage_words import overage_in_words, part_in_words
from commet_core.reports.statement.portal_further import commitment_words
from commet_core.timeline.stages import Stage, plan_on
from commet_core.timeline.treatments import AI_MODEL, LIMITED, PRICED, UNLIMITED


@dataclass(frozen=True)
class Reason:
    """A sentence on how a statement came about, and the rule of billing-rules that it rests on."""

    sentence: str
    rule: str


def price_words(price: Decimal | None, interval: Interval | None, currency: str) -> str:
    """A base price with its interval: `$99.00 a month`."""
    if price is None or interval is None:
        return "free"
    return f"{format_exact(price, currency)} {a_interval(interval)}"


def model_price_words(margin: Decimal) -> str:
    """What a request costs that is priced by its AI model (billing-rules 11): `AI model price + 20 %`."""
    return f"AI model price + {percent_exact(margin)}" if margin else "AI model price"


def line_words(statement: Statement) -> list[str]:
    """What each of the customer's invoice lines charges for, in the order of `Statement.invoice_lines`."""
    return [_line(statement, row) for row in range(len(statement.own.bill.lines.kinds))]


def _line(statement: Statement, row: int) -> str:
    bill, currency = statement.own.bill, statement.currency
    lines = bill.lines
    item, kind, segment = bill.items[lines.items[row]], int(lines.kinds[row]), int(lines.segments[row])
    units = decimal_of(lines.quantities[row], MICRO_DECIMALS)
    price = decimal_of(lines.unit_prices[row], NANO_DECIMALS)
    if kind == invoices.PLAN_BASE and statement.run.stages[statement.run.timeline.segments.stages[segment]].base_share != (
        1,
        1,
    ):
        return _base_words(statement, int(lines.invoices[row]), segment, price)
    if kind == invoices.PLAN_BASE:
        words = _base_words(statement, int(lines.invoices[row]), segment, price)
    elif kind == invoices.FEATURE_OVERAGE:
        beyond = _beyond_words(statement, item, units, segment, int(lines.parts[row]))
        span = _segment_words(statement, segment)
        words = f"{feature_name(statement, item)}, {span}: {beyond} × {format_exact(price, currency)}"
    elif kind == invoices.BALANCE_OVERAGE:
        words = _below_zero_words(statement, segment)
    elif kind == invoices.COMMITMENT:
        words = _commitment_words(statement, item, segment)
    elif kind == invoices.CREDIT_PACK:
        words = f"{_pack_words(statement, item, units)} × {format_exact(price, currency)}"
    elif kind == invoices.DISCOUNT:
        words = f"Offer {statement.replayed.scenario.catalog.offers[item].name or item}"
    elif kind == invoices.PROMO_CODE_DISCOUNT:
        words = f"Promo code {item}"
    elif kind == invoices.ADDON_BASE:
        return _add_on_words(statement, item, row, price)
    elif kind in (invoices.FEATURE_SEATS, invoices.FEATURE_QUOTA):
        return _held_words(statement, item, units, price, row)
    elif kind == invoices.CREDIT and lines.items[row] == len(bill.items) - 1:
        return "Customer credit"
    elif kind == invoices.CREDIT:
        days = quantity(units, "unused day")
        return f"{_plan_name(statement, item)}, {days} given back, {format_exact(-price, currency)} a day"
    else:
        words = f"{quantity(units, 'top-up')} × {format_exact(price, currency)}"
    return words + _rounding_words(units * price, lines.amounts[row], currency)


def _commitment_words(statement: Statement, item: str, segment: int) -> str:
    """`Pro, short of its minimum commitment: at least $90.00 for each billing interval` (billing-rules 15.4)."""
    stage = statement.run.stages[statement.run.timeline.last_stages[segment]]
    minimum = commitment_words(plan_on(statement.run.catalog, stage), statement.currency) if stage.plan == item else ""
    return f"{_plan_name(statement, item)}, short of its minimum commitment{f': {minimum}' if minimum else ''}"


def _add_on_words(statement: Statement, item: str, row: int, price: Decimal) -> str:
    """`Add-on SMS, for the interval`; activated in its course, or in a stub, for so many days (billing-rules 2.2, 10.3)."""
    catalog = statement.replayed.scenario.catalog
    name = catalog.addons[item].name or feature_name(statement, catalog.addons[item].feature)
    days = _days(statement, row)
    if days is None:
        return f"Add-on {name}, for the interval"
    bill = statement.own.bill
    activated = bill.invoices.kinds[bill.lines.invoices[row]] == invoices.ADDON_ACTIVATION
    what = "that remained of the interval" if activated else "of a stub"
    return f"Add-on {name}, for the {counted(days, 'day')} {what}, at {format_exact(price, statement.currency)} for a whole one"


def _held_words(statement: Statement, item: str, units: Decimal, price: Decimal, row: int) -> str:
    """`Editors, in advance: 2 seats beyond what is included × $12.00`; of a true-up the days of seats added, at the price of one."""
    feature = feature_of(statement, item)
    if statement.own.bill.lines.parts[row] == TRUE_UP:
        noun = feature.unit if feature.unit != UNNAMED_UNIT else "unit"
        days = f"{plain(units)} {noun}-days × {format_exact(price, statement.currency)}"
        return f"{feature_name(statement, item)}, added in the course of the interval: {days}"
    held, days_of_stub = quantity(units, feature.unit), _days(statement, row)
    stub = "" if days_of_stub is None else f", for the {counted(days_of_stub, 'day')} of a stub"
    words = f"{held} beyond what is included × {format_exact(price, statement.currency)}{stub}"
    return f"{feature_name(statement, item)}, in advance: {words}"


def _days(statement: Statement, row: int) -> int | None:
    """The days that a line is for, where it is not for a whole interval."""
    lines = statement.invoice_lines
    days: int | None = lines["days"][row].as_py() if "days" in lines.column_names else None
    return days


def _base_words(statement: Statement, invoice: int, segment: int, price: Decimal) -> str:
    rows = statement.invoices.slice(invoice, 1)
    span = span_words(*(statement.there(rows[name][0].as_py()) for name in ("period_start", "period_end")))
    stage = statement.run.stages[statement.run.timeline.segments.stages[segment]]
    how = "charged once" if stage.interval in ("one_time", None) else f"for the {interval_noun(stage.interval)}"
    if stage.base_share != (1, 1):
        days, of_days = stage.base_share
        of_whole = f"for {days} of {of_days} days of {format_exact(price, statement.currency)}"
        how = f"{of_whole}, a stub up to the billing day"
    fixed = stage.offer is not None and stage.interval is not None
    if fixed and price != plan_on(statement.run.catalog, stage).prices[stage.interval]:
        offer = statement.replayed.scenario.catalog.offers[stage.offer or ""].name or stage.offer
        how = f"{how} at the fixed price of offer {offer}"
    return f"{_plan_name(statement, stage.plan)}, base price {how}, {span}"


def _plan_name(statement: Statement, code: str | None) -> str:
    return "no plan" if code is None else statement.replayed.scenario.catalog.plans[code].name or code


def _beyond_words(statement: Statement, item: str, units: Decimal, segment: int, part: int) -> str:
    """`500 calls (tier 2) beyond the 1,000 included`: with the tier, or the packages, that the line is for (billing-rules 15.1)."""
    rates = statement.run.rates
    assert isinstance(rates, MeteredRates)
    stage, feature_place = statement.run.timeline.last_stages[segment], statement.run.usage.features.index(item)
    included = decimal_of(rates.included[stage, feature_place], MICRO_DECIMALS)
    unit = feature_of(statement, item).unit
    if part < 0:
        return part_in_words(-part, "flat")
    words = quantity(units, unit)
    if rates.tiers.modes[stage, feature_place] == PACKAGES:
        size = decimal_of(int(rates.tiers.up_to[rates.tiers.firsts[stage, feature_place]]), MICRO_DECIMALS)
        words = f"{quantity(units, 'package')} of {quantity(size, unit)}"
    if part:
        words = f"{words} ({part_in_words(part, None)})"
    return f"{words} beyond the {plain(included)} included" if included else words


def _below_zero_words(statement: Statement, segment: int) -> str:
    balance = statement.run.flows[0]
    used = decimal_of(balance.used[segment], NANO_DECIMALS)
    granted = balance.granted + balance.rolled_in + balance.bought + balance.adjusted
    granted = decimal_of(granted[segment], NANO_DECIMALS)
    currency = statement.currency
    usage = f"usage of {format_exact(used, currency)} beyond the balance of {format_exact(granted, currency)}"
    return f"{_segment_words(statement, segment)}: {usage}"


def _segment_words(statement: Statement, segment: int) -> str:
    timeline = statement.run.timeline
    return span_words(statement.time(timeline.starts[segment]), statement.time(timeline.ends[segment]))


def _pack_words(statement: Statement, item: str, units: Decimal) -> str:
    pack = statement.replayed.scenario.catalog.credit_packs[item]
    return f"{plain(units)} × {pack.name or item} ({quantity(pack.credits, 'credit')})"


def _rounding_words(exact: Decimal, amount_minor: int, currency: str) -> str:
    """Where a line was rounded (billing-rules 1.3): the exact amount before."""
    if exact == decimal_of(amount_minor, minor_decimals(currency)):
        return ""
    return f" = {format_exact(exact, currency)}, rounded to {format_minor(int(amount_minor), currency)}"


def feature_of(statement: Statement, code: str) -> Feature:
    """A feature by its code; one that the catalog does not list goes by its code."""
    return statement.replayed.scenario.catalog.features.get(code) or Feature(name=code)


def feature_name(statement: Statement, code: str) -> str:
    return feature_of(statement, code).name or code


def explanation(statement: Statement) -> list[Reason]:
    """How the statement came about: the rules that decided for this customer, with its own figures."""
    of_model = _REASONS.get(statement.run.model.name)
    return [
        _calendar_reason(statement),
        _admission_reason(statement),
        *_life_reasons(statement),
        *([] if of_model is None else of_model(statement)),
        *_shared_reasons(statement),
    ]


def _stages(statement: Statement) -> list[Stage]:
    """What the customer is on in the window, each once, in order of time."""
    return [statement.run.stages[stage] for stage in dict.fromkeys(statement.segment_stages.tolist())]


def _calendar_reason(statement: Statement) -> Reason:
    scenario, timeline, segments = statement.replayed.scenario, statement.run.timeline, statement.segments
    stages = [statement.run.stages[stage] for stage in statement.segment_stages.tolist()]
    first = next((number for number, stage in enumerate(stages) if stage.plan is not None), None)
    if first is None:
        return Reason("The subscription does not start in the window; what is asked for before it is refused.", "2.5, 3.3")
    start = int(timeline.phases.starts[timeline.segment_phases[segments][first]])
    why = "the day of the first event" if scenario.start == "first_use" else "the start of the window"
    if any(row.customer_id == statement.customer_id and row.action == "start" for row in scenario.subscriptions):
        why = "as its start in the subscriptions says"
    begins = f"starts on {day_words(statement.time(start))}, {why}"
    if start < timeline.window.span(timeline.days)[0]:
        begins = "is older than the window"
    every = "every 7 days" if stages[first].weekly else "every month"
    plan, rules = statement.run.catalog.plans[stages[first].plan or ""], ["2.2", "2.3", "2.5"]
    since = "from its start the allowance resets"
    if plan.billing_day is not None:
        since = f"the allowance resets on the billing day, day {plan.billing_day},"
    when = "at 00:00 UTC"
    if statement.zone != UTC_NAME:
        when, rules = f"with the first instant of the day in {statement.zone}", [*rules, "2.7"]
    words = f"The subscription {begins}; {since} {every}, {when}."
    if any(stage.stub is not None for stage in stages):
        words += (
            " The days up to the first billing day are a stub: a period of its own, with its days' part of price and allowance."
        )
    return Reason(words, ", ".join(rules))


def _life_reasons(statement: Statement) -> list[Reason]:
    """What trials, changes, pauses, cancellations, offers and purchases by actions did, where there are any."""
    run, segments = statement.run, statement.segments
    states = {stage.state for stage in _stages(statement) if stage.plan is not None}
    began = np.unique(run.timeline.segment_phases[segments])
    immediate = bool(run.timeline.phases.changed[began].any())
    reasons = {
        Reason("During the trial nothing is charged for the base, and usage stops at what is included.", "7.2"): "trial"
        in states,
        Reason(
            "An upgrade or a longer interval is immediate: the new base price in full, less the old one's unused days; "
            "allowances and the billing cycle begin anew. Purchased credits stay.",
            "8.1, 8.2, 8.3",
        ): immediate,
        Reason("A downgrade or a shorter interval takes effect at the end of what is paid for.", "8.1"): _goes_down(statement),
        Reason(
            f"While paused nothing is charged and what is asked for is refused: {counted_were(_refused(statement, REASONS.index('paused')), 'event')} "
            "refused. Resuming begins a new billing cycle.",
            "8.5",
        ): "paused" in states,
        Reason(
            "After a cancellation plan credits and balance are lost, purchased credits are kept, and what is asked for is refused.",
            "8.4",
        ): "canceled" in states,
        Reason("An offer discounts the base price alone.", "9.1"): bool(run.segment_discount[segments].any()),
        Reason("Packs and top-ups of actions are there at once, as invoices of their own.", "8.6"): any(
            acted.adjusts is None for acted in statement.acted
        ),
        Reason(
            "Adjustments give and take without a charge, and take no more than is there; what is given to plan credits or "
            "balance lapses with them.",
            "8.6",
        ): any(acted.adjusts is not None for acted in statement.acted),
    }
    return [reason for reason, holds in reasons.items() if holds]


def _goes_down(statement: Statement) -> bool:
    """Whether a stage on another plan or interval begins without an immediate change."""
    timeline, segments = statement.run.timeline, statement.segments
    steps = np.flatnonzero(np.diff(timeline.segment_phases[segments])) + 1
    stages = [statement.run.stages[stage] for stage in statement.segment_stages.tolist()]
    kinds = [(stage.plan, stage.interval) for stage in stages]
    changed = timeline.phases.changed[timeline.segment_phases[segments]]
    return any(
        kinds[step - 1][0] is not None and kinds[step - 1] != kinds[step] and not changed[step] for step in steps.tolist()
    )


def _granted_words(statement: Statement, amounts: dict[Stage, str]) -> str:
    """What plans grant: one amount, or each with its plan."""
    if len(set(amounts.values())) == 1:
        return next(iter(amounts.values()))
    by_plan = {_plan_name(statement, stage.plan): amount for stage, amount in amounts.items()}
    return " and ".join(f"{amount} on {plan}" for plan, amount in by_plan.items())


def _granted(statement: Statement) -> dict[Stage, Plan]:
    """The stages on which the customer is granted something, with their plans; without one, the candidate's."""
    plans = statement.replayed.scenario.catalog.plans
    granting = {stage: plans[stage.plan] for stage in _stages(statement) if stage.has_periods and stage.plan is not None}
    return granting or {Stage(None, statement.run.interval): statement.run.plan}


def _admission_reason(statement: Statement) -> Reason:
    if statement.replayed.scenario.rows == "aggregate":
        whole = "; a row that its tokens price is served whole or refused whole" if AI_MODEL in _kinds_met(statement) else ""
        return Reason(
            "Each row is a total of many requests: as many whole units are served as can be paid for, the rest is refused"
            f"{whole}.",
            "3.2",
        )
    return Reason("Events are taken in order of time; each is served whole or refused whole.", "3.1, 3.2")


def exhausted_words(statement: Statement) -> str:
    """What was used up where an event was refused for it: `not enough credits`; `included used up` where units are counted."""
    if not statement.run.flows:
        return "included used up"
    kind = statement.run.flows[0].kind
    return f"not enough {'credits' if kind.unit == 'credits' else kind.name}"


def _metered_reasons(statement: Statement) -> list[Reason]:
    assert isinstance(statement.run.rates, MeteredRates)
    kinds = _kinds_met(statement)
    reasons = []
    if PRICED in kinds:
        overage = "What a feature uses beyond what is included is charged at the end of the period; nothing of it is refused."
        reasons.append(Reason(overage, "4.2"))
    reasons += _tier_reasons(statement)
    refused = _refused(statement, ALLOWANCE_EXHAUSTED)
    if LIMITED in kinds:
        free = all(stage.interval is None for stage in _stages(statement) if stage.has_periods)
        why = "On a free plan" if free else "Without an overage price"
        limit = f"{why} what is included is a hard limit: {counted_were(refused, 'event')} refused because of it."
        reasons.append(Reason(limit, "7.1" if free else "4.3"))
    return reasons


def _tier_reasons(statement: Statement) -> list[Reason]:
    """A sentence for each feature that the customer used and whose overage is charged in tiers or packages."""
    plans, currency = _granted(statement).values(), statement.currency
    reasons: dict[str, None] = {}
    for code in features_used(statement):
        for terms in (plan.features[code] for plan in plans if code in plan.features):
            if terms.overage_price is not None and terms.price_beyond is None:
                price = overage_in_words(terms.overage_price, feature_of(statement, code).unit, currency)
                name = feature_name(statement, code)
                reasons[f"{name} beyond what is included: {price}; counted anew in every period, nothing prorated."] = None
    return [Reason(sentence, "15.1") for sentence in reasons]


def _credits_reasons(statement: Statement) -> list[Reason]:
    moves, segments = statement.moves, statement.segments
    from_plan, bought_used = _micros(exact_sum(moves.from_plan)), _micros(exact_sum(moves.from_purchased))
    plan_credits, purchased = statement.run.flows
    plans = _granted(statement)
    included = {stage: plain(plan.included_credits) for stage, plan in plans.items() if isinstance(plan, CreditsPlan)}
    in_hand = _micros(int(purchased.closing[segments][-1]))
    reasons = [
        Reason(
            f"Plan credits first, then purchased credits: of the {quantity(from_plan + bought_used, 'credit')} used, "
            f"{plain(from_plan)} came from the plan and {plain(bought_used)} from packs.",
            "5.2",
        ),
        Reason(
            f"At every reset plan credits return to {_granted_words(statement, included)} and unused ones are forfeited, "
            f"{plain(_micros(exact_sum(plan_credits.forfeited[segments])))} in all; purchased credits {'expire with their packs' if _expires(statement) else 'never expire'}, {plain(in_hand)} are still in hand.",
            "5.3",
        ),
        Reason(purchase_assumption(statement), "5.6"),
    ]
    refused = _refused(statement, ALLOWANCE_EXHAUSTED)
    if refused:
        reasons.append(
            Reason(f"There is no overage on credits: {counted_were(refused, 'event')} refused for want of credits.", "5.4")
        )
    return reasons


def purchase_assumption(statement: Statement) -> str:
    """Credits: when customers are assumed to buy packs (billing-rules 5.6), and what this one bought."""
    rule = statement.run.candidate.purchases
    if rule.pack == "none":
        return "Assumption: customers never buy a credit pack."
    pack = "the smallest pack that is enough"
    if rule.pack != "smallest_sufficient":
        pack = f"the pack {statement.replayed.scenario.catalog.credit_packs[rule.pack].name or rule.pack}"
    how_often = _limit_words("pack", rule.max_packs_per_period, rule.probability)
    bought = quantity(_micros(exact_sum(statement.moves.bought)), "credit")
    return f"Assumption: a customer who is short buys {pack}{how_often}; this one bought {bought}."


def top_up_assumption(statement: Statement) -> str:
    """Balance that blocks: when customers are assumed to top up (billing-rules 6.5), and what this one added."""
    rule = statement.run.candidate.top_up
    if rule is None:
        return "Assumption: customers never top up."
    amount = format_exact(rule.amount, statement.currency)
    how_often = _limit_words("time", rule.max_per_period, rule.probability)
    added = format_amount(decimal_of(exact_sum(statement.moves.bought), NANO_DECIMALS), statement.currency)
    return f"Assumption: a customer who is short tops up by {amount}{how_often}; this one added {added}."


def _limit_words(what: str, most: int | None, probability: Decimal) -> str:
    """How often customers buy: `, at most 3 packs a period, in 50 % of the periods`."""
    limit = "" if most is None else f", at most {quantity(Decimal(most), what)} a period"
    return limit if probability == 1 else f"{limit}, in {percent_exact(probability)} of the periods"


def _balance_reasons(statement: Statement) -> list[Reason]:
    currency, run, plan = statement.currency, statement.run, statement.run.plan
    assert isinstance(plan, BalancePlan)
    plans = _granted(statement)
    amounts = {
        stage: format_exact(granting_plan.granted(stage.interval), currency)
        for stage, granting_plan in plans.items()
        if isinstance(granting_plan, BalancePlan)
    }
    granted = _granted_words(statement, amounts)
    lapsed = exact_sum(run.flows[0].forfeited[statement.segments])
    forfeited = format_amount(decimal_of(lapsed, NANO_DECIMALS), currency)
    reasons = [
        Reason(f"Every period begins with a balance of {granted}; each event's cost is taken from it.", "6.1"),
        *_model_reasons(statement, plan),
        Reason(f"At the reset what is left is forfeited, top-ups included: {forfeited} in all.", "6.4"),
    ]
    granting = [granting_plan for granting_plan in plans.values() if isinstance(granting_plan, BalancePlan)]
    if not all(granting_plan.blocks for granting_plan in granting):
        reasons.append(Reason("Below zero usage goes on; the amount below zero is charged at the end of the period.", "6.2"))
    if any(granting_plan.blocks for granting_plan in granting):
        free = all(granting_plan.free for granting_plan in granting if granting_plan.blocks)
        why = "On a free plan usage stops at zero" if free else "The plan stops usage when the balance cannot pay for it"
        refused = counted_were(_refused(statement, ALLOWANCE_EXHAUSTED), "event")
        reasons += [
            Reason(f"{why}: {refused} refused because of it.", "7.1" if free else "6.3"),
            Reason(top_up_assumption(statement), "6.5"),
        ]
    return reasons


def _model_reasons(statement: Statement, plan: BalancePlan) -> list[Reason]:
    """A sentence for each feature whose requests cost what their AI models do."""
    return [
        Reason(
            f"{feature_name(statement, code)} costs the {model_price_words(plan.features[code].margin or Decimal(0))}: tokens "
            "× the model's price per million on the day, each kind of token and the margin rounded up to 0.0001.",
            "11.1, 11.2, 11.3",
        )
        for code in features_used(statement)
        if code in plan.features and plan.features[code].by_tokens
    ]


def _shared_reasons(statement: Statement) -> list[Reason]:
    run, reasons = statement.run, []
    kinds = _kinds_met(statement)
    if UNLIMITED in kinds:
        reasons.append(Reason("An unlimited feature is always served and costs nothing.", "3.5"))
    missing = _refused(statement, REFUSED_NOT_IN_PLAN)
    if missing:
        reasons.append(
            Reason(
                f"What the plan does not have is refused: {counted_were(missing, 'event')} refused, being of a feature outside the plan.",
                "3.3",
            )
        )
    reasons += [Reason(sentence, rule) for sentence, rule in (*further_sentences(statement), *beyond_sentences(statement))]
    if run.plan.free:
        reasons.append(Reason("The plan is free: there is no base price, and invoices are for purchases only.", "7.1, 12"))
    if bool(run.timeline.in_hand[statement.segments.stop - 1]):
        reasons.append(
            Reason(
                "The window's end cuts the last period off: its overage so far is on a closing invoice, issued there.", "2.6"
            )
        )
    smallest = format_amount(Decimal(1).scaleb(-minor_decimals(statement.currency)), statement.currency)
    reasons.append(Reason(f"Each invoice line is rounded once, half up, to {smallest}; nothing else is rounded.", "1.3"))
    return reasons


def _expires(statement: Statement) -> bool:
    packs = statement.replayed.scenario.catalog.credit_packs.values()
    return any(pack.expires_after_days is not None for pack in packs)


def _kinds_met(statement: Statement) -> set[int]:
    """How features that the customer used are treated by the stages on which it used them."""
    kinds: list[int] = statement.run.rates.kinds[statement.event_stages, statement.features].tolist()
    return set(kinds)


def _refused(statement: Statement, reason: int) -> int:
    return int(np.count_nonzero(statement.ledger.reasons == reason))


def _micros(micros: int) -> Decimal:
    return decimal_of(micros, MICRO_DECIMALS)


_REASONS: Mapping[str, Callable[[Statement], list[Reason]]] = {
    "metered": _metered_reasons,
    "credits": _credits_reasons,
    "balance": _balance_reasons,
}
"""How each model decided, by its name."""
