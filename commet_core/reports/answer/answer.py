"""The answer: its sentence, the candidates as rows, and what stands behind it, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from commet_core.decide.bridge import customer_groups
from commet_core.decide.customer_amounts import CustomerAmounts, Measure
from commet_core.decide.flip_points import FlipPoint
from commet_core.decide.robustness import Robustness
from commet_core.decide.uncertainty import Uncertainty
from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent, window_words
from commet_core.foundation.money import decimal_of, format_amount, minor_decimals
from commet_core.foundation.wording import counted, either, listed
from commet_core.reports.answer.candidate_rows import CandidateRow, a_month, candidate_rows
from commet_core.reports.assumed_words import assumed_sentences, sentences_of_all
from commet_core.reports.assumption_words import flip_sentences, robustness_sentence
from commet_core.reports.compare import months_in, summarize
from commet_core.reports.compare.by_market import market_sentences
from commet_core.reports.compare.cautions import cautions
from commet_core.reports.compare.how_sure import how_sure, same_from_all, sentence, verdict
from commet_core.reports.compare.why import why
from commet_core.version import VERSION

LOSERS_TOLD: Final = 3
RANGES_MIN: Final = 3
"""Candidates from which on ranges by themselves and ranges that hold together differ."""


@dataclass(frozen=True)
class Section:
    """A heading and its sentences."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a study says. decided: whether one candidate is advised; where none is, `sentence` says that they are level.

    order      the candidates, those that bring in most first
    sentence   which candidate, by how much, how sure
    sections   the weak point, markets where there are several, why they differ, who gains and who loses, what flips it, next year, what is assumed, what to do next
    made_from  what the answer can be made from again: currency, window, usage, seed, version
    """

    title: str
    order: tuple[str, ...]
    decided: bool
    sentence: str
    rows: tuple[CandidateRow, ...]
    sections: tuple[Section, ...]
    made_from: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """What is known beside the replay; None where it was not asked for.

    why            sentences on the bridge to each candidate, and on what an average customer would say
    next_year      by candidate, the range of the horizon as it is read
    forecast       sentences on next year, the method's record among them; or why there is no forecast
    """

    flips: Sequence[FlipPoint] | None = None
    robustness: Robustness | None = None
    why: Sequence[str] = ()
    next_year: Mapping[str, str] | None = None
    forecast: Sequence[str] = ()


def measure_of(replayed: Replay) -> Measure:
    """Earned where candidates are billed at different intervals, so that a price paid ahead does not lead; else billed."""
    intervals = {replayed.scenario.interval(candidate) for candidate in replayed.scenario.candidates}
    return "earned" if len(intervals - {None}) > 1 else "billed"


def answer(replayed: Replay, evidence: Evidence | None = None) -> Answer:
    evidence = evidence or Evidence()
    customers, measure = CustomerAmounts.of(replayed), measure_of(replayed)
    decided = len(replayed.scenario.candidates) > 1 and customers.uncertainty(measure).leads
    sections = [
        Section("The weak point", tuple(_weak_point(customers, measure))),
        Section("By market", tuple(market_sentences(replayed))),
        Section("Why they differ", tuple(evidence.why)),
        Section("Who gains and who loses", tuple(_groups(replayed))),
        Section("What would flip it", tuple(_flips(evidence))),
        Section("Next year", tuple(evidence.forecast)),
        Section("What is assumed", tuple(_assumed(replayed))),
        Section("What to do next", tuple(_next(replayed, customers, measure, decided=decided))),
    ]
    return Answer(
        title=f"{either([candidate.name for candidate in replayed.scenario.candidates])}?"
        if len(replayed.scenario.candidates) > 1
        else "One candidate",
        order=tuple(replayed.scenario.candidates[place].name for place in customers.uncertainty(measure).order),
        decided=decided,
        sentence=decision(replayed, customers, measure),
        rows=tuple(candidate_rows(replayed, measure, evidence.next_year)),
        sections=tuple(section for section in sections if section.sentences),
        made_from=_made_from(replayed),
    )


def decision(replayed: Replay, customers: CustomerAmounts, measure: Measure) -> str:
    """The first sentence: the leader with its lead and how sure it is; or that there is no advice, and why.

    What is assumed of people stands in it, or behind it.
    """
    return " ".join([_decision(replayed, customers, measure), *sentences_of_all(replayed.scenario)])


def _decision(replayed: Replay, customers: CustomerAmounts, measure: Measure) -> str:
    uncertainty, currency, months = customers.uncertainty(measure), replayed.currency, months_in(replayed.window)
    names = [candidate.name for candidate in replayed.scenario.candidates]
    if len(names) == 1:
        monthly = format_amount(summarize(replayed)[0].monthly_revenue, currency)
        return f"{names[0]} brings in {monthly} a month. Add a second candidate to compare it with."
    first, second = uncertainty.order[:2]
    interval, decimals = uncertainty.interval(first, second), minor_decimals(currency)
    lead, low, high = (
        a_month(decimal_of(amount, decimals), months, currency) for amount in (interval.difference, interval.low, interval.high)
    )
    verb = "earns" if measure == "earned" else "brings in"
    assumed = [_stated(replayed, place) for place in (first, second)]
    if same := same_from_all(customers, measure):
        return f"No advice: {same}"
    if not interval.given:
        same = "the same as" if lead == 0 else f"{format_amount(lead, currency)} a month more than"
        return f"No advice: {names[first]}{assumed[0]} {verb} {same} {names[second]}{assumed[1] or ','} and how sure that is cannot be said: {interval.refused}."
    if not interval.excludes_zero:
        than = f" than {names[second]}{assumed[1].removesuffix(',')}" if assumed[1] else ""
        ends = f"from {_signed_words(low, currency)} to {_signed_words(high, currency)}"
        return f"No advice: {names[first]} and {names[second]} are level. {names[first]}{assumed[0]} {verb} {format_amount(lead, currency)} a month more{than}, but if the next customers are like these it is {ends} (90 %)."
    total = int(uncertainty.totals[second])
    ratio = f" ({percent(Fraction(interval.difference, total))})" if total > 0 else ""
    ends = f"between {format_amount(low, currency)} and {format_amount(high, currency)} (90 %, if the next customers are like these)"
    blocked = summarize(replayed)[first].blocked_share
    refuses = f"; it refuses {percent(blocked)} of usage" if blocked else ""
    return f"{names[first]}{assumed[0]} {verb} the most: {format_amount(lead, currency)} a month{ratio} more than {names[second]}{assumed[1] or ','} {ends}{refuses}.{_others_level(replayed, customers, measure)}"


def _others_level(replayed: Replay, customers: CustomerAmounts, measure: Measure) -> str:
    """Candidates behind the runner-up whose difference to the leader may as well be none: wide ranges, not small differences."""
    first, second = customers.uncertainty(measure).order[:2]
    against_leader = Uncertainty(customers.bills.hashes, customers.amounts(measure), first)
    together = against_leader.simultaneous([place for place in range(customers.count) if place != first])
    level = [place for place, held in together.items() if place != second and not held.excludes_zero]
    names = [replayed.scenario.candidates[place].name for place in level]
    return f" {listed(names)} may bring in as much: the range is that wide." if names else ""


def _stated(replayed: Replay, place: int) -> str:
    """The assumption that a candidate's figures rest on, in the sentence."""
    candidate = replayed.scenario.with_assumed_buyers().candidates[place]
    if candidate.purchases.pack != "none":
        return f", with {percent(Fraction(candidate.purchases.probability))} of customers buying packs,"
    if candidate.top_up is not None:
        return f", with {percent(Fraction(candidate.top_up.probability))} of customers topping up,"
    return ""


def _signed_words(amount: Decimal, currency: str) -> str:
    return f"{format_amount(abs(amount), currency)} {'less' if amount < 0 else 'more'}"


def _weak_point(customers: CustomerAmounts, measure: Measure) -> list[str]:
    """On whom each difference hangs."""
    baseline = customers.scenario.candidates[customers.baseline].name
    currency = customers.scenario.reporting_currency
    said = [verdict(customers, measure)] if customers.count > 1 else []
    return [*said, *(sentence(found, baseline, currency, measure) for found in how_sure(customers, measure))]


_GROUP_WORDS: Final = {
    "refused more": ("is refused more than today", "are refused more than today"),
    "pays more": ("pays more", "pay more"),
    "pays less": ("pays less", "pay less"),
    "the same": ("pays the same", "pay the same"),
}
"""Of one customer, and of several."""


def _groups(replayed: Replay) -> list[str]:
    """The four groups of each candidate, and those who lose most."""
    said = []
    customers = CustomerAmounts.of(replayed)
    names = [candidate.name for candidate in replayed.scenario.candidates]
    for other in customers.others:
        said.append(
            f"Under {names[other]}, against {names[customers.baseline]}, of {counted(len(customers.ids), 'customer')} {_grouped(replayed, names[other])}."
        )
        more = customers.bills.billed[other] - customers.bills.billed[customers.baseline]
        losers = [int(place) for place in (-more).argsort(kind="stable")[:LOSERS_TOLD] if more[place] > 0]
        said += [why(replayed, names[other], customers.ids[place].as_py()) for place in losers]
    return said


def _grouped(replayed: Replay, candidate: str) -> str:
    """`41 are refused more than today; of the others 23 pay more and 78 pay less`: nobody is counted twice."""
    groups = [group for group in customer_groups(replayed, candidate) if group.customers]
    said = [f"{group.customers:,} {_GROUP_WORDS[group.name][group.customers > 1]}" for group in groups]
    refused = groups[0].name == "refused more" if groups else False
    return f"{said[0]}; of the others {listed(said[1:])}" if refused and len(said) > 1 else listed(said)


def _flips(evidence: Evidence) -> list[str]:
    said = [robustness_sentence(evidence.robustness)] if evidence.robustness is not None else []
    return [*said, *flip_sentences(evidence.flips or ())]


def _assumed(replayed: Replay) -> list[str]:
    said = assumed_sentences(replayed.scenario)
    if not replayed.scenario.assumptions.change_customers:
        said.append("Nobody is assumed to use more or less, or to leave, because of a price.")
    return [*said, *cautions(replayed)]


def _next(replayed: Replay, customers: CustomerAmounts, measure: Measure, *, decided: bool) -> list[str]:
    """What would decide it, where candidates are level; what to do with it, where one leads."""
    if customers.count == 1:
        return ["Add a second candidate to compare it with."]
    uncertainty, names = customers.uncertainty(measure), [candidate.name for candidate in replayed.scenario.candidates]
    first, second = uncertainty.order[:2]
    if decided:
        said = (
            [f"Look at the customers who pay more under {names[first]} before you tell them."]
            if first != customers.baseline
            else []
        )
        return [*said, f"Check the prices of {names[first]} on both sides: solve or sweep them before they are announced."]
    interval = uncertainty.interval(first, second)
    if not interval.given:
        return ["What would decide it: more customers in the usage, or candidates that treat them differently."]
    if interval.difference == 0:
        return [
            f"What would decide it: {names[first]} and {names[second]} bring in the same; choose by who pays more and who is refused."
        ]
    needed = _customers_needed(uncertainty.customers, interval.difference, interval.low)
    return [
        f"What would decide it: usage of about {needed:,} customers like these, if the difference stays what it is (now {uncertainty.customers:,}).",
        "Or a price at which they differ more: solve for one. Or a test of both on customers drawn by lot.",
    ]


def _customers_needed(customers: int, difference: int, low: int) -> int:
    """How many customers make an interval narrow enough to exclude no difference: its width falls with the root of their number."""
    needed = customers * ((difference - low) / difference) ** 2
    digits = max(0, len(str(ceil(needed))) - 2)
    return ceil(needed / 10**digits) * 10**digits


def _ranges_words(replayed: Replay) -> list[str]:
    """Which ranges are which (decisions.md 1.5)."""
    if len(replayed.scenario.candidates) < RANGES_MIN:
        return []
    return [
        "Ranges in the table and the first sentence are a month's, each by itself; those of candidates in sentences hold together"
    ]


def _made_from(replayed: Replay) -> tuple[str, ...]:
    scenario = replayed.scenario
    baseline = scenario.candidates[scenario.baseline_index()].name
    return (
        f"Currency {replayed.currency.upper()}; window {window_words(replayed.window)}, both days included, {scenario.catalog.time_zone}",
        f"Usage: {replayed.events_in_window:,} events of {counted(replayed.customer_count, 'customer')}; sha256 {replayed.usage.digest}",
        *_ranges_words(replayed),
        f"Seed {scenario.seed}; baseline {baseline}; every event replayed, nothing estimated but what is called a range",
        f"Commet pricing simulator {VERSION}",
    )
