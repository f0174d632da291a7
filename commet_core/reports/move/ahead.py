"""A migration on possible futures, in words and rows (decisions.md 7.0): medians, and on how many it pays back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from commet_core.decide.migration import MigrationAhead, OutcomeAhead
from commet_core.decide.migration.ahead import P10, P50, P90
from commet_core.decide.migration.tables import nano
from commet_core.foundation.formats import day_words, percent_exact
from commet_core.foundation.money import format_amount, format_signed, minor_nanos
from commet_core.foundation.wording import counted
from commet_core.reports.move.words import NOBODY_REACTS, strategy_name

MEDIANS: Final = "Figures are medians over the futures; ranges hold 8 in 10 of them."


class AheadRow(NamedTuple):
    """One way; earned and billed: against staying, earned after what the move costs; medians, all as texts."""

    text: str
    name: str
    earned: str
    range: str
    billed: str
    moved: str
    above: str
    cost: str
    payback: str


class SpanPoint(NamedTuple):
    """What a way earns more than staying in a month ahead, by its first day: a median and 8 in 10."""

    day: date
    low: Decimal
    middle: Decimal
    high: Decimal


def ahead_words(made: MigrationAhead) -> list[str]:
    """The answer and what stands behind it, a sentence or two each; the first is the answer."""
    said = [_headline(made, made.outcomes[0])]
    best = max(made.outcomes, key=lambda outcome: outcome.gained(P50))
    if best.gained(P50) <= 0:
        said.append(f"No way to move earns more than staying on {made.first.old.name} in the middle of these futures.")
    elif best.gained(P50) > made.outcomes[0].gained(P50):
        said.append(f"{strategy_name(best.strategy)} {_compared(made, best)} staying, the most of all.")
    there, day = len(made.first.ground.there), day_words(made.first.ground.at)
    said.append(
        f"{counted(there, 'customer')} can move; who starts on {day} or later stays on {made.first.old.name}, and makes no difference."
    )
    said.append(MEDIANS)
    said += [f"Left out: {problem}" for problem in made.first.problems]
    said.append(
        "The futures are those of the forecast: usage of each customer, and who comes and goes, replayed event by event. "
        "Its mix with other methods does not count here."
    )
    said.append("Bills are compared over the last three whole periods before that day, the same on every future.")
    return [*said, NOBODY_REACTS]


def _headline(made: MigrationAhead, outcome: OutcomeAhead) -> str:
    first = made.first
    how, day = strategy_name(outcome.strategy).lower(), day_words(first.ground.at)
    if not (moved := outcome.middle("moved")):
        return f"Nobody moves from {first.old.name} to {first.new.name} in {_span(made)}: {how}, from {day}."
    above = outcome.middle("above")
    return (
        f"Moving {counted(moved, 'customer')} from {first.old.name} to {first.new.name} {how}, from {day}, {_compared(made, outcome)}"
        f" staying over {_span(made)}, and pays back in {outcome.paid_back:,} of {made.paths:,} possible futures;"
        f" {counted(above, 'customer')} {'pays' if above == 1 else 'pay'} over {percent_exact(first.ground.rise)} more."
    )


def _span(made: MigrationAhead) -> str:
    months = len(made.months)
    return "the next month" if months == 1 else f"the next {months:,} months"


def _compared(made: MigrationAhead, outcome: OutcomeAhead) -> str:
    """`earns $120.00 less than`, in the middle of the futures, after what the move costs."""
    gain, currency = outcome.gained(P50), made.first.currency
    if abs(gain) * 2 < minor_nanos(currency):
        return "earns the same as"
    return f"earns {format_amount(nano(abs(gain)), currency)} {'more' if gain > 0 else 'less'} than"


def ahead_rows(made: MigrationAhead) -> list[AheadRow]:
    """One for each way that is possible, in the order in which they were asked for."""
    return [_row(made, outcome) for outcome in made.outcomes]


def _row(made: MigrationAhead, outcome: OutcomeAhead) -> AheadRow:
    currency = made.first.currency
    low, middle, high = (format_signed(nano(outcome.gained(share)), currency) for share in (P10, P50, P90))
    return AheadRow(
        outcome.strategy.text,
        strategy_name(outcome.strategy),
        middle,
        f"{low} to {high}",
        format_signed(nano(outcome.middle("billed")), currency),
        f"{outcome.middle('moved'):,}",
        f"{outcome.middle('above'):,}",
        _cost(nano(outcome.middle("cost")), currency),
        f"in {outcome.paid_back:,} of {made.paths:,}"
        + (f", in half by {day_words(outcome.payback)}" if outcome.payback else ""),
    )


def _cost(cost: Decimal, currency: str) -> str:
    """Below zero where who is grandfathered brings in more than on the new plan."""
    return format_amount(abs(cost), currency) + (" saved" if cost < 0 else "")


def ahead_title(made: MigrationAhead, outcome: OutcomeAhead) -> str:
    """What is seen in the chart: `All at once: behind staying in 6 of 6 months, in the middle of 20 possible futures`."""
    middles = [outcome.gained(P50, place) for place in range(len(made.months))]
    ahead, behind = sum(each > 0 for each in middles), sum(each < 0 for each in middles)
    count, which = (ahead, "ahead of") if ahead >= behind else (behind, "behind")
    if not count:
        return f"{strategy_name(outcome.strategy)}: nothing differs from staying"
    of = f"{count:,} of {counted(len(middles), 'month')}"
    return f"{strategy_name(outcome.strategy)}: {which} staying in {of}, in the middle of {made.paths:,} possible futures"


def ahead_by_month(made: MigrationAhead, outcome: OutcomeAhead) -> list[SpanPoint]:
    return [
        SpanPoint(month, *(nano(outcome.gained(share, place)) for share in (P10, P50, P90)))
        for place, month in enumerate(made.months)
    ]
