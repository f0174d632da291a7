"""What a comparison teaches, in words: exact figures, what they rest on, and no claim that they do not carry."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import one_decimal, percent
from commet_core.foundation.money import format_amount
from commet_core.foundation.vocabulary import PriceChange
from commet_core.foundation.wording import listed
from commet_core.reports.compare.assumptions import assumed
from commet_core.reports.compare.differences import PriceChanges, price_changes, same_outcome
from commet_core.reports.compare.summary import Summary, summarize

TIMES_FROM = 2
"""From this ratio on "3.4 times as much" reads better than "240 % more"."""


class Verb(NamedTuple):
    """What candidates do with revenue, of one and of several: `brings in`, `bring in`."""

    one: str
    many: str


BRINGS_IN = Verb("brings in", "bring in")
EARNS = Verb("earns", "earn")


def lesson(replayed: Replay, summaries: Sequence[Summary] | None = None) -> str:
    """The sentences of `lessons` as one text."""
    return " ".join(lessons(replayed, summaries))


def lessons(replayed: Replay, summaries: Sequence[Summary] | None = None, verb: Verb = BRINGS_IN) -> list[str]:
    """Sentences of plain text: who brings in most and at what price for customers; then, if any, the other candidates.

    Candidates that bill and refuse everybody the same are one candidate here, and are said to be.
    summaries: those of `summarize`, or as `earned.earned_summaries`, where they are at hand. verb: what their revenue is.
    """
    summaries = summarize(replayed) if summaries is None else summaries
    baseline = summaries[replayed.scenario.baseline_index()]
    doubles = _doubles(replayed, summaries, baseline)
    different = [summary for summary in summaries if summary.name not in doubles]
    about = _Told(replayed, baseline, verb)
    twins = [f"{twin} comes out the same as {other} for every customer." for twin, other in doubles.items()]
    if len(different) == 1:
        return [about.alone(baseline), *twins]
    ordered = sorted(different, key=lambda summary: -summary.billed)
    top = ordered[0]
    level = [summary for summary in ordered if summary.billed == top.billed]
    if len(level) > 1 and baseline in level:
        challenger = next(summary for summary in level if summary is not baseline)
        first = f"{about.tied(level)}; {about.customers(challenger)}."
        return [first, *about.others([summary for summary in ordered if summary not in level]), *twins]
    other = baseline if top is not baseline else ordered[1]
    challenger = top if top is not baseline else other
    first = f"{about.brings_in(top, other)}{_blocks(top, other)}; {about.customers(challenger)}."
    return [first, *about.others([summary for summary in ordered if summary not in (top, other)]), *twins]


def _doubles(replayed: Replay, summaries: Sequence[Summary], baseline: Summary) -> dict[str, str]:
    """Candidates that come out as another one for every customer → that one: the baseline, or the first of them."""
    doubles: dict[str, str] = {}
    different = [baseline]
    for summary in summaries:
        if summary is baseline:
            continue
        run = replayed.run(summary.name)
        same = next((other for other in different if same_outcome(run, replayed.run(other.name))), None)
        if same is None:
            different.append(summary)
        else:
            doubles[summary.name] = same.name
    return doubles


class _Told(NamedTuple):
    """Sentences about the candidates of a comparison."""

    replayed: Replay
    baseline: Summary
    verb: Verb

    def named(self, summary: Summary) -> str:
        """A candidate with the assumption that its figures rest on: `Credits, with 60 % of customers buying packs,`."""
        assumption = self._assumed(summary)
        return f"{summary.name}, {assumption}," if assumption else summary.name

    def _assumed(self, summary: Summary) -> str:
        """The assumption about its customers, where it made a difference: somebody ran short."""
        if not (summary.blocked_events or summary.packs or summary.top_ups):
            return ""
        scenario = self.replayed.scenario
        return assumed(scenario.catalog, self.replayed.run(summary.name).candidate)

    def monthly(self, summary: Summary) -> str:
        return format_amount(summary.monthly_revenue, self.replayed.currency)

    def alone(self, summary: Summary) -> str:
        blocked = summary.blocked_events
        refused = "and refuses nothing" if blocked == 0 else f"and refuses {percent(summary.blocked_share)} of usage"
        return (
            f"{self.named(summary)} {self.verb.one} {self.monthly(summary)} a month {refused}; the median customer pays "
            f"{format_amount(summary.median_monthly_cost, self.replayed.currency)} a month."
        )

    def tied(self, level: Sequence[Summary]) -> str:
        names, verb = listed([self.named(summary) for summary in level]), self.verb.many
        brought = f"{names} {verb} the same, {self.monthly(level[0])} a month" if level[0].billed else f"{names} {verb} nothing"
        if not any(summary.blocked_events for summary in level):
            return f"{brought}, and {'neither' if len(level) == 2 else 'none of them'} refuses usage"
        blocked = listed([f"{summary.name} {percent(summary.blocked_share)}" for summary in level])
        return f"{brought}, and refuse of usage: {blocked}"

    def brings_in(self, first: Summary, other: Summary) -> str:
        """The comparison of two candidates' revenue; the first brings in more."""
        mine = self.monthly(first)
        if other.billed <= 0:
            nothing = "nothing" if other.billed == 0 else self.monthly(other)
            return f"{self.named(first)} {self.verb.one} {mine} a month where {other.name} {self.verb.one} {nothing}"
        ratio = more(Fraction(first.billed) / Fraction(other.billed), f"{self.named(other)}".rstrip(","))
        return f"{self.named(first)} {self.verb.one} {ratio} ({mine} a month against {self.monthly(other)})"

    def customers(self, challenger: Summary) -> str:
        """How customers would fare under a candidate, against the baseline: the groups add up to all of them."""
        changes = price_changes(self.replayed, self.replayed.run(challenger.name))
        return f"under {challenger.name}, against {self.baseline.name}, {changes_in_words(changes)}"

    def others(self, others: Sequence[Summary]) -> list[str]:
        """Where the remaining candidates stand, against the baseline: one sentence, or none."""
        clauses = [self._clause(summary) for summary in others]
        return [f"{'; '.join(clauses)}."] if clauses else []

    def _clause(self, summary: Summary) -> str:
        blocks = "refuses nothing" if summary.blocked_events == 0 else f"refuses {percent(summary.blocked_share)}"
        name, verb, baseline = self.named(summary), self.verb.one, self.baseline
        if summary.billed == 0:
            return f"{name} {verb} nothing and {blocks}"
        if summary is baseline or baseline.billed <= 0:
            return f"{name} {verb} {self.monthly(summary)} a month and {blocks}"
        change = Fraction(summary.billed) / Fraction(baseline.billed) - 1
        if change == 0:
            return f"{name} {verb} as much as {baseline.name} and {blocks}"
        direction = "more" if change > 0 else "less"
        return f"{name} {verb} {percent(abs(change))} {direction} than {baseline.name} ({self.monthly(summary)}) and {blocks}"


def more(ratio: Fraction, than: str) -> str:
    """A ratio above 1 in words: `12 % more than Metered`, `3.4 times as much as Metered`."""
    if ratio >= TIMES_FROM:
        return f"{one_decimal(ratio)} times as much as {than}"
    return f"{percent(ratio - 1)} more than {than}"


def _blocks(first: Summary, other: Summary) -> str:
    mine, theirs = first.blocked_share, other.blocked_share
    if first.blocked_events == other.blocked_events == 0:
        return ", and neither refuses anything"
    if other.blocked_events == 0:
        return f", but refuses {percent(mine)} of usage"
    if first.blocked_events == 0:
        return f", and refuses nothing where {other.name} refuses {percent(theirs)} of usage"
    if mine == theirs:
        return f", and both refuse {percent(mine)} of usage"
    return f", {'but' if mine > theirs else 'and'} refuses {percent(mine)} of usage against {percent(theirs)}"


_FARES: dict[PriceChange, str] = {
    "more": "more",
    "less_served": "less with everything served",
    "less_refused": "less but with usage refused",
    "same": "the same",
}


def changes_in_words(changes: PriceChanges) -> str:
    """`2 of 3 customers would pay more, none less with everything served and 1 less but with usage refused`.

    The counts add up to all customers. Winners are named even where there are none.
    """
    customers = sum(changes.counts.values())
    every = "the customer" if customers == 1 else f"all {customers:,} customers"
    for group, words in _FARES.items():
        if changes.counts[group] == customers:
            return f"{every} would pay {words}"
    counts = {group: changes.counts[group] for group in _FARES if changes.counts[group] or group == "less_served"}
    first, *rest = sorted(counts, key=lambda group: (counts[group] == 0, list(_FARES).index(group)))
    clauses = [f"{counts[group]:,} {_FARES[group]}" if counts[group] else f"none {_FARES[group]}" for group in rest]
    return listed([f"{counts[first]:,} of {customers:,} customers would pay {_FARES[first]}", *clauses])
