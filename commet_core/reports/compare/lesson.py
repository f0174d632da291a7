"""What a comparison teaches, in words: exact figures, and no claim that they do not carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import one_decimal, percent
from commet_core.foundation.money import format_amount, minor_decimals
from commet_core.foundation.vocabulary import INTERVALS
from commet_core.foundation.window import Window
from commet_core.foundation.wording import listed
from commet_core.reports.compare import (
    Summary,
    WinnersAndLosers,
    billed_beyond_window,
    months_in,
    rounded,
    summarize,
    winners_and_losers,
)

TIMES_FROM = 2
"""From this ratio on "3.4 times as much" reads better than "240 % more"."""


def lesson(replayed: Replay, summaries: Sequence[Summary] | None = None) -> str:
    """The sentences of `lessons` as one text."""
    return " ".join(lessons(replayed, summaries))


def lessons(replayed: Replay, summaries: Sequence[Summary] | None = None) -> list[str]:
    """Sentences of plain text: who brings in most and at what price for customers; then, if any, the other candidates.

    summaries: those of `summarize`, where they are at hand.
    """
    summaries = summarize(replayed) if summaries is None else summaries
    if len(summaries) == 1:
        return [_alone(summaries[0], replayed.currency)]
    ordered = sorted(summaries, key=lambda summary: -summary.billed)
    top, baseline = ordered[0], summaries[replayed.scenario.baseline_index()]
    level = [summary for summary in ordered if summary.billed == top.billed]
    if len(level) > 1 and baseline in level:
        challenger = next(summary for summary in level if summary is not baseline)
        first = f"{_tied(level, replayed)}; {_customers(challenger, baseline, replayed)}."
        return [first, *_others([summary for summary in ordered if summary not in level], baseline, replayed)]
    other = baseline if top is not baseline else ordered[1]
    challenger = top if top is not baseline else other
    first = f"{_brings_in(top, other, replayed.currency)}{_blocks(top, other)}; {_customers(challenger, baseline, replayed)}."
    return [first, *_others([summary for summary in ordered if summary not in (top, other)], baseline, replayed)]


def _alone(summary: Summary, currency: str) -> str:
    refused = "and refuses nothing" if summary.blocked_events == 0 else f"and blocks {percent(summary.blocked_share)} of usage"
    return (
        f"{summary.name} brings in {format_amount(summary.monthly_revenue, currency)} a month {refused}; the median customer "
        f"pays {format_amount(summary.median_monthly_cost, currency)} a month."
    )


def _tied(level: Sequence[Summary], replayed: Replay) -> str:
    names = listed([summary.name for summary in level])
    amount = format_amount(level[0].monthly_revenue, replayed.currency)
    brought = f"{names} bring in the same, {amount} a month" if level[0].billed else f"{names} bring in nothing"
    if not any(summary.blocked_events for summary in level):
        return f"{brought}, and {'neither' if len(level) == 2 else 'none of them'} blocks usage"
    blocked = listed([f"{summary.name} {percent(summary.blocked_share)}" for summary in level])
    return f"{brought}, and block of usage: {blocked}"


def _brings_in(first: Summary, other: Summary, currency: str) -> str:
    """The comparison of two candidates' revenue; the first brings in more."""
    amounts = f"({format_amount(first.monthly_revenue, currency)} against {format_amount(other.monthly_revenue, currency)})"
    if other.billed == 0:
        return f"{first.name} brings in {format_amount(first.monthly_revenue, currency)} a month where {other.name} brings in nothing"
    return f"{first.name} brings in {more(Fraction(first.billed) / Fraction(other.billed), other.name)} a month {amounts}"


def more(ratio: Fraction, than: str) -> str:
    """A ratio above 1 in words: `12 % more than Metered`, `3.4 times as much as Metered`."""
    if ratio >= TIMES_FROM:
        return f"{one_decimal(ratio)} times as much as {than}"
    return f"{percent(ratio - 1)} more than {than}"


def _blocks(first: Summary, other: Summary) -> str:
    mine, theirs = first.blocked_share, other.blocked_share
    if first.blocked_events == other.blocked_events == 0:
        return ", and neither blocks anything"
    if other.blocked_events == 0:
        return f", but blocks {percent(mine)} of usage"
    if first.blocked_events == 0:
        return f", and blocks nothing where {other.name} blocks {percent(theirs)} of usage"
    if mine == theirs:
        return f", and both block {percent(mine)} of usage"
    return f", {'but' if mine > theirs else 'and'} blocks {percent(mine)} of usage against {percent(theirs)}"


def _customers(challenger: Summary, baseline: Summary, replayed: Replay) -> str:
    """How many customers would pay more and less under a candidate than under the baseline."""
    found = winners_and_losers(replayed, replayed.run(challenger.name))
    return f"under {challenger.name} {_more_and_less(found, challenger.customers)} than under {baseline.name}"


def _more_and_less(found: WinnersAndLosers, customers: int) -> str:
    every = "the customer" if customers == 1 else f"all {customers:,} customers"
    if found.pay_same == customers:
        return f"{every} would pay no more and no less"
    if customers in (found.pay_more, found.pay_less):
        return f"{every} would pay {'more' if found.pay_more else 'less'}"
    if found.pay_more == 0:
        return f"{found.pay_less:,} of {customers:,} customers would pay less and none more"
    return f"{found.pay_more:,} of {customers:,} customers would pay more and {f'{found.pay_less:,}' if found.pay_less else 'none'} less"


def _others(others: Sequence[Summary], baseline: Summary, replayed: Replay) -> list[str]:
    """Where the remaining candidates stand, against the baseline: one sentence, or none."""
    clauses = [_clause(summary, baseline, replayed.currency) for summary in others]
    return [f"{'; '.join(clauses)}."] if clauses else []


def _clause(summary: Summary, baseline: Summary, currency: str) -> str:
    blocks = "blocks nothing" if summary.blocked_events == 0 else f"blocks {percent(summary.blocked_share)}"
    amount = format_amount(summary.monthly_revenue, currency)
    if summary.billed == 0:
        return f"{summary.name} brings in nothing and {blocks}"
    if summary is baseline or baseline.billed == 0:
        return f"{summary.name} brings in {amount} a month and {blocks}"
    change = Fraction(summary.billed) / Fraction(baseline.billed) - 1
    if change == 0:
        return f"{summary.name} brings in as much as {baseline.name} and {blocks}"
    direction = "more" if change > 0 else "less"
    return f"{summary.name} brings in {percent(abs(change))} {direction} than {baseline.name} ({amount}) and {blocks}"


def cautions(replayed: Replay) -> list[str]:
    """A sentence for everything that keeps the comparison from being fair; none where it is."""
    return [*_missing_features(replayed), *_unlike_intervals(replayed)]


def _missing_features(replayed: Replay) -> list[str]:
    """One sentence for every group of features that the same candidates' plans lack."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for feature, names in replayed.features_without_plan.items():
        known = replayed.scenario.catalog.features.get(feature)
        lacking.setdefault(tuple(names), []).append(known.name if known is not None and known.name else feature)
    return [
        f"{listed(features)} {'is' if len(features) == 1 else 'are'} part of the usage but not of the plan of {listed(names)}: "
        "all of it is refused there and brings in nothing."
        for names, features in lacking.items()
    ]


def _unlike_intervals(replayed: Replay) -> list[str]:
    """Where candidates bill in different intervals, what those with long ones bill for time after the window."""
    intervals = [{stage.interval for stage in run.stages if stage.has_periods} for run in replayed.runs]
    if len({interval for own in intervals for interval in own}) == 1:
        return []
    places = minor_decimals(replayed.currency)
    sentences = []
    for run, own in zip(replayed.runs, intervals, strict=True):
        beyond = rounded(billed_beyond_window(run), places)
        in_advance = [interval for interval in INTERVALS if interval in own and interval in ("quarterly", "yearly")]
        if "one_time" in own:
            sentences.append(
                f"{run.candidate.name} charges its base price once: its monthly revenue depends on the window's length."
            )
        elif in_advance and beyond > 0:
            sentences.append(
                f"{run.candidate.name} is billed {' and '.join(in_advance)} in advance: {format_amount(beyond, replayed.currency)} of what it "
                "bills pays for time after the window. What customers pay a month allows for that; revenue does not."
            )
    return sentences


def sum_in_words(parts: Mapping[str, Decimal], total: Decimal, currency: str, word: str = "billed") -> str:
    """A sum that a reader can redo, every digit of it: `Base $60.00 + overage $7.00 = $67.00 billed`.

    Of parts that are nothing only the first. word: what the total is.
    """
    shown = [(name, amount) for place, (name, amount) in enumerate(parts.items()) if amount or place == 0]
    summands = " + ".join(f"{name} {format_amount(amount, currency)}" for name, amount in shown)
    return f"{summands[:1].upper()}{summands[1:]} = {format_amount(total, currency)} {word}"


def month_in_words(summary: Summary, window: Window, currency: str) -> str:
    """How the monthly revenue follows from what was billed: `$67.00 ÷ 2 months = $33.50 a month`."""
    months = months_in(window)
    whole = months.denominator == 1
    span = f"{months.numerator}" if whole else f"{_hundredths(months)}"
    billed, monthly = (format_amount(amount, currency) for amount in (summary.billed, summary.monthly_revenue))
    return f"{billed} ÷ {span} month{'' if months == 1 else 's'} {'=' if whole else '≈'} {monthly} a month"


def _hundredths(number: Fraction) -> Decimal:
    return Decimal((200 * number.numerator + number.denominator) // (2 * number.denominator)).scaleb(-2)
