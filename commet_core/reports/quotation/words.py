"""What a quote says in sentences: what was assumed, what the range is of, what happens beyond the allowance, what lapses."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.money import format_amount, plain
from commet_core.foundation.wording import UNNAMED_UNIT, capitalized, counted, interval_noun, plural, refusal_name
from commet_core.reports.quotation.quotation import Bill, Quotation, Refused
from commet_core.reports.quotation.quote_file import QuoteFile, Usage
from commet_core.reports.quotation.replaying import is_weekly
from commet_core.reports.quote.words import feature_name, offer_in_words, units_of
from commet_core.scenario.scenario import Candidate


def assumptions(worked_out: Quotation) -> list[str]:
    """What the figures rest on, in the order in which a reader would ask."""
    quote = worked_out.quote
    used = [sentence for feature, usage in quote.usage.items() for sentence in _of_usage(quote, feature, usage)]
    sentences = ([worked_out.source] if worked_out.source else []) + (used or ["No usage is assumed."])
    sentences.append(_of_range(worked_out))
    if len({is_weekly(quote.catalog, candidate) for candidate in quote.candidates}) > 1:
        sentences.append("Usage is counted on the first day of each month, on weekly plans of each week.")
    else:
        weekly = is_weekly(quote.catalog, quote.candidates[0])
        sentences.append(f"Usage is counted on the first day of each {'week' if weekly else 'month'} of the term.")
    sentences += list(dict.fromkeys(sentence for one in quote.candidates for sentence in _of_trial(quote.catalog, one)))
    return sentences


def _of_usage(quote: QuoteFile, feature: str, usage: Usage) -> Iterator[str]:
    name = feature_name(quote.catalog, feature)
    if usage.months is not None:
        yield f"{name}: the usage of each month was given."
    else:
        course = f"{units_of(quote.catalog, feature, usage.first_units)} in the first month"
        seasonal = ", times the season of each month" if usage.season else ""
        yield f"{name}: {course}, {_growth(usage.growth)}{seasonal}."
    varied = list(_variation(quote, feature, usage))
    if varied:
        yield f"{name} may differ: {'; '.join(varied)}."


def _growth(growth: Decimal) -> str:
    if growth == 0:
        return "the same every month"
    return f"{'growing' if growth > 0 else 'shrinking'} {percent_exact(abs(growth))} a month"


def _variation(quote: QuoteFile, feature: str, usage: Usage) -> Iterator[str]:
    if usage.low is not None or usage.high is not None:
        low, high = (usage.first_units if bound is None else bound for bound in (usage.low, usage.high))
        yield f"the first month has {plain(low)} to {units_of(quote.catalog, feature, high)} in eight of ten cases"
    if usage.growth_low is not None or usage.growth_high is not None:
        low, high = (usage.growth if bound is None else bound for bound in (usage.growth_low, usage.growth_high))
        yield f"growth a month is {percent_exact(low)} to {percent_exact(high)} in eight of ten cases"
    if usage.swing:
        yield f"in eight of ten months usage is up to {percent_exact(usage.swing)} above its course, or as far below in proportion"


def _of_range(worked_out: Quotation) -> str:
    if not worked_out.possible.varies:
        return "No usage higher or lower than assumed was given, so that the range is that of the assumed usage alone."
    draws = counted(worked_out.quote.draws, "possible course")
    return f"Expected and range are taken from {draws} of usage, each billed in full: half of the bills are no higher than expected."


def _of_trial(catalog: Catalog, candidate: Candidate) -> Iterator[str]:
    plan = catalog.plans[candidate.plan or ""]
    if plan.trial_days is not None:
        yield f"The free trial of {counted(plan.trial_days, 'day')} comes before the term and is no part of it."


def beyond(catalog: Catalog, bill: Bill) -> list[str]:
    """What happens beyond the allowance, and what lapses when."""
    plan = catalog.plans[bill.plan]
    period = "week" if bill.interval == "weekly" else "month"
    match plan:
        case MeteredPlan():
            return [_metered_end(plan), f"Included units renew every {period}; what is left of them lapses."]
        case CreditsPlan():
            packs = "Credits of packs never lapse." if bill.candidate.purchases.pack != "none" else ""
            lapse = f"Plan credits that are left lapse at the end of each {period}."
            return [_bought(catalog, bill.candidate), *filter(None, [lapse, packs])]
        case BalancePlan():
            topped = ", top-ups included," if bill.candidate.top_up else ""
            end = f"What is left of the balance{topped} lapses at the end of each {period}."
            return [_balance_end(plan, bill, period), end]


def _metered_end(plan: MeteredPlan) -> str:
    priced = any(terms.overage for terms in plan.features.values()) and not plan.free
    limited = any(plan.free or (terms.overage is None and not terms.unlimited) for terms in plan.features.values())
    if priced and limited:
        return "Beyond what is included usage is charged at its unit price; where there is none, it stops."
    return "Beyond what is included usage is charged at its unit price." if priced else "Beyond what is included usage stops."


def _bought(catalog: Catalog, candidate: Candidate) -> str:
    rule, most = candidate.purchases.pack, candidate.purchases.max_packs_per_period
    if rule == "none" or most == 0:
        return "When the credits are used up, usage stops until they renew."
    pack = (
        "the smallest pack that is enough"
        if rule == "smallest_sufficient"
        else f"the pack {catalog.credit_packs[rule].name or rule}"
    )
    limit = "" if most is None else f", at most {counted(most, 'pack')} a period; then usage stops"
    return f"When the credits are used up, {pack} is bought{limit}."


def _balance_end(plan: BalancePlan, bill: Bill, period: str) -> str:
    if not plan.blocks:
        return f"When the balance is used up, usage goes on at its unit prices and is charged at the end of the {period}."
    return (
        "When the balance is used up, it is topped up."
        if bill.candidate.top_up
        else "When the balance is used up, usage stops."
    )


def most_in_words(worked_out: Quotation, bill: Bill) -> tuple[str, str]:
    """The most that the bill can be, and what that means; where there is no limit, what 99 of 100 bills stay below."""
    if bill.most is not None:
        return format_amount(bill.most, worked_out.currency), "whatever is used"
    return "No limit", f"99 of 100 possible bills are at most {format_amount(bill.p99, worked_out.currency)}"


def refused_in_words(catalog: Catalog, refused: Refused) -> str:
    """What of the assumed usage the plan does not serve."""
    asked = units_of(catalog, refused.feature, refused.asked_units)
    why = refusal_name(refused.reason)
    return f"{feature_name(catalog, refused.feature)}: {plain(refused.refused_units)} of {asked} over the term are not served ({why})."


def discount_in_words(worked_out: Quotation, bill: Bill) -> str:
    """The offer or discount that the bill has; empty where it has none."""
    offers, code = worked_out.quote.offered.offers, bill.candidate.offer
    return "" if code is None else f"{capitalized(offer_in_words(worked_out.quote.offered, offers[code]))}."


def term_words(quote: QuoteFile) -> str:
    return counted(quote.term_months, "month")


def billing_words(bill: Bill) -> str:
    """How often the base price is due."""
    if bill.interval is None:
        return "Free"
    if bill.interval == "one_time":
        return "Paid once"
    return f"Paid every {interval_noun(bill.interval)}, in advance"


def unit_heading(quote: QuoteFile, feature: str) -> str:
    """A feature with its unit, as the head of a column."""
    unit = quote.catalog.features[feature].unit
    name = feature_name(quote.catalog, feature)
    return name if unit == UNNAMED_UNIT or plural(unit).lower() in name.lower() else f"{name} ({plural(unit)})"


def unit_of(catalog: Catalog, feature: str) -> str:
    """`, in calls`: what a feature's numbers are of, behind its name; nothing where units have no name."""
    unit = catalog.features[feature].unit
    return "" if unit == UNNAMED_UNIT else f", in {plural(unit)}"
