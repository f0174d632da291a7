"""What a forecast says, and how much its method has been worth on this usage, in sentences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Literal

from commet_core.decide.forecast import Forecast
from commet_core.decide.forecast.ranges import Range
from commet_core.decide.forecast.record import CandidateRecord
from commet_core.decide.forecast.turns import LATE, turn_of
from commet_core.foundation.formats import month_words, percent
from commet_core.foundation.money import NANOS, minor_decimals, symbol
from commet_core.foundation.wording import counted, listed
from commet_core.reports.compare.plan_words import changes_between

Seen = Literal["billed", "earned"]

SHOWN_MAX = 3
"""So many candidates stand in the headline."""


def about(amount: float, currency: str) -> str:
    """An amount that is uncertain: `$44,000`: three digits that count, never more than the currency's own."""
    if abs(amount) >= 1000:
        digits = len(str(int(abs(amount))))
        return f"{symbol(currency)}{round(amount, 3 - digits):,.0f}"
    return f"{symbol(currency)}{amount:,.{minor_decimals(currency) if abs(amount) < 10 else 0}f}"


def span(each: Range, currency: str) -> str:
    """A range: `$44,000 to $61,000`."""
    return f"{about(each.p10, currency)} to {about(each.p90, currency)}"


def fan_title(made: Forecast, fan: list[Range], seen: Seen) -> str:
    """Who brings in most in the last month ahead, and what it did in the last one known.

    `Credits bills $4,400 to $6,100 in Jun 2027 in 8 of 10 possible futures, after $4,250 in Jun 2026`. fan: as `fan_of`.
    """
    months, before = history_of(made, seen)
    own = [each for each in fan if each.month is not None]
    last = max(own, key=lambda each: (each.month or date.min, each.p50))
    currency, verb = made.scenario.catalog.currency, "bills" if seen == "billed" else "earns"
    ahead = (
        f"{last.candidate} {verb} {span(last, currency)} in {month_words(last.month or date.min)} in 8 of 10 possible futures"
    )
    return f"{ahead}, after {about(before[last.candidate][-1], currency)} in {month_words(months[-1])}"


def drawn_words(made: Forecast) -> str:
    """Of how many possible futures a fan is drawn."""
    return f"What came so far, and the 80 % range of {counted(len(made.totals), 'possible future')}."


def ahead_words(made: Forecast) -> str:
    """`Next 12 months`."""
    unit = made.calendar.unit
    return f"Next {counted(made.steps, unit)}" if made.steps > 1 else f"Next {unit}"


def headline(made: Forecast, ranges: list[Range]) -> str:
    """The horizon's range of each candidate, those that bring in most first. ranges: as `fan_of`, without closing invoices."""
    totals = sorted((each for each in ranges if each.month is None), key=lambda each: -each.p50)
    currency = made.scenario.catalog.currency
    said = [f"{span(each, currency)} on {each.candidate}" for each in totals[:SHOWN_MAX]]
    return f"{ahead_words(made)}: {'; '.join(said)}"


def lead_words(made: Forecast) -> str:
    """Who brings in the most, in how many possible futures."""
    names = [candidate.name for candidate in made.scenario.candidates]
    if len(names) == 1:
        return ""
    leaders, count = made.leaders[:, -1], len(made.totals)
    most = max(range(len(names)), key=lambda place: int((leaders == place).sum()))
    return f"{names[most]} brings in the most in {int((leaders == most).sum()):,} of {count:,} possible futures."


def shown_record(made: Forecast) -> CandidateRecord | None:
    """The record that is told: the baseline's."""
    return None if made.record is None else made.record.candidates[made.scenario.baseline_index()]


def record_sentence(made: Forecast) -> str:
    """In how many of the months that it was tried the range held, and how far its middle was off."""
    record = shown_record(made)
    if record is None or not record.pairs:
        count, unit = made.calendar.count, made.calendar.unit
        return (
            f"There {'is' if count == 1 else 'are'} {counted(count, f'whole {unit}')} of usage, too few to try the method on it:"
            " its ranges are those of other usage, and may be wrong for yours."
        )
    held, tried = sum(record.held), len(record.pairs)
    unit = made.calendar.unit
    held_words = (
        f"ranges held in {held} of the {counted(tried, unit)}"
        if tried > 1
        else f"range {'held' if held else 'did not hold'} in the only {unit}"
    )
    sentence = f"This method's {held_words} tried on your own usage"
    ours, last = record.wape(None), record.wape("last_month")
    if ours is None or last is None:
        return f"{sentence}."
    return f"{sentence}; its middle was off by {_share(ours)}, the last {unit} repeated by {_share(last)}."


def turn_words(made: Forecast) -> str:
    """What the ranges do not hold: usage that lately moves as it never has before, and goes on so."""
    turn = turn_of(made.ground.history)
    if turn is None:
        return ""
    unit, moved = made.calendar.unit, "grew" if turn.late > turn.before else "fell"
    late, before = (f"{_share(abs(move))} {'more' if move >= 0 else 'less'}" for move in (turn.late, turn.before))
    return (
        f"Usage a day {moved} in the last {counted(LATE, unit)} as never before: {late} each {unit}, before that {before}."
        " Should it go on like this, what comes lies outside the ranges."
    )


def weights_words(made: Forecast) -> str:
    """How the methods are weighed, and by how much the range of the futures is widened."""
    mix = made.mix(made.scenario.baseline_index())
    usable = made.said[made.scenario.baseline_index()].forecasts
    names = {"ours": "possible futures", "last_month": "last month", "last_year": "last year", "line": "a straight line"}
    parts = [f"{names[method]} {_share(weight)}" for method, weight in mix.among(usable).items()]
    return f"The middle weighs {listed(parts)}; ranges are {mix.width:.2f} times as wide as those of the futures."


def closing_words(made: Forecast, ranges: list[Range]) -> str:
    """What comes on top because a replay's window ends. ranges: as `ranges_of`."""
    closing = [each for each in ranges if each.month is None and each.closing]
    if not closing:
        return ""
    said = [f"{about(each.closing or 0.0, made.scenario.catalog.currency)} on {each.candidate}" for each in closing]
    return f"Without closing invoices, issued only as the window ends: about {listed(said)}, in the tables."


def _share(share: float) -> str:
    return percent(Decimal(str(round(share, 6))))


def changes_of(made: Forecast) -> tuple[tuple[date, str], ...]:
    """The days of history and of the months ahead from which a plan of a candidate has other terms, and which."""
    calendar = made.calendar
    start, end = calendar.date(calendar.first), calendar.date(calendar.origin + made.steps)
    return tuple(dict.fromkeys(chain.from_iterable(changes_between(made.scenario, start, end).values())))


def history_of(made: Forecast, measure: Seen = "billed") -> tuple[tuple[date, ...], dict[str, list[float]]]:
    """The months of history, and what each candidate billed, without closing invoices, or earned in them: in the currency's unit."""
    calendar, minor = made.calendar, 10 ** minor_decimals(made.scenario.catalog.currency)
    months = tuple(calendar.date(step) for step in range(calendar.first, calendar.origin))
    if measure == "earned":
        amounts, unit = made.earned_before.earned, NANOS
    else:
        amounts, unit = made.before.billed - made.before.closing, minor
    names = [candidate.name for candidate in made.scenario.candidates]
    return months, {name: [float(amount) / unit for amount in amounts[place]] for place, name in enumerate(names)}
