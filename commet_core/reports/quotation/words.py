"""What a quote says in sentences: what was assumed, what the range is of, the most."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from commet_core.catalog.plans import Catalog
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.money import format_amount, format_exact, plain
from commet_core.foundation.wording import UNNAMED_UNIT, capitalized, counted, interval_noun, plural, refusal_name
from commet_core.reports.quotation.quotation import Bill, Quotation, Refused
from commet_core.reports.quotation.quote_file import QuoteFile, Usage
from commet_core.reports.quotation.replaying import is_weekly
from commet_core.reports.quote.words import feature_name, offer_in_words, units_of
from commet_core.scenario.candidates import Candidate


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


def most_in_words(worked_out: Quotation, bill: Bill) -> tuple[str, str]:
    """The most that the bill can be, and what that means; where there is no limit, what 99 of 100 bills stay below."""
    if bill.most is not None:
        return format_amount(bill.most, worked_out.currency), f"whatever is used{_under_cap(worked_out, bill)}"
    return "No limit", f"99 of 100 possible bills are at most {format_amount(bill.p99, worked_out.currency)}"


def _under_cap(worked_out: Quotation, bill: Bill) -> str:
    if bill.cap is None or bill.most == bill.floor:
        return ""
    return f", with the spend cap of {format_exact(bill.cap.amount, worked_out.currency)} a {period_noun(bill)}"


def period_noun(bill: Bill) -> str:
    """How long an allowance holds."""
    return "week" if bill.interval == "weekly" else "month"


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
