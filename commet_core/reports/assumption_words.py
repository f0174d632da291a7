"""What is assumed about people, where it flips the leader, and how robust the leader is, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from commet_core.decide.flip_points import FlipPoint
from commet_core.decide.robustness import SAMPLES, Robustness, Tornado
from commet_core.decide.standing import Range
from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.foundation.money import decimal_of, format_amount, format_signed, minor_decimals, parse_decimal, plain
from commet_core.foundation.wording import capitalized, counted, listed
from commet_core.reports.price.term_words import bare_value
from commet_core.reports.price.term_words import value_words as term_value_words
from commet_core.scenario.assumptions import NAMES


def value_words(name: str, value: Decimal) -> str:
    """A value of an assumption: `12 %`, and an elasticity as a number."""
    return plain(value.normalize()) if name == "usage_response" else percent(Fraction(value))


def flip_sentences(flips: Sequence[FlipPoint]) -> list[str]:
    """The nearest flip of each assumption on each side of today, and where nothing flips that nothing does.

    `Metered leads until 85.4 % of customers buy packs; beyond it Credits does.`
    """
    said = []
    for name in dict.fromkeys(flip.assumption for flip in flips):
        own = [flip for flip in flips if flip.assumption == name]
        nearest = [_first(own, below=True), _first(own, below=False)]
        said += [_sentence(flip) for flip in nearest if flip is not None]
        if own[0].flips_at is None:
            said.append(f"{flip_title(own[0])}: {own[0].leader_below} leads at every value that was asked about.")
    if any(flip.moved is not None and not flip.moved.reacts for flip in flips):
        said.append("Nobody reacts to these prices: a higher one always brings in more.")
    return said


@dataclass(frozen=True)
class FlipsShort:
    """What would flip the leader, as a reader takes it in at a glance.

    rows    (what moves, its value today, `above 85.4 %: Credits`), the nearest flip on each side of today
    never   what flips nothing at any value that was asked about
    """

    rows: tuple[tuple[str, str, str], ...]
    never: tuple[str, ...]
    unreacting: bool


def flips_short(flips: Sequence[FlipPoint]) -> FlipsShort:
    """The same as `flip_sentences`, as rows."""
    rows, never = [], []
    for name in dict.fromkeys(flip.assumption for flip in flips):
        own = [flip for flip in flips if flip.assumption == name]
        if own[0].flips_at is None:
            never.append(_short_title(own[0]))
            continue
        for below in (True, False):
            flip = _first(own, below=below)
            if flip is None or flip.flips_at is None:
                continue
            other = flip.leader_below if below else flip.leader_above
            undecided = ", undecided" if flip.level else ""
            now = "" if flip.assumed is None else _bare_value(flip, flip.assumed)
            beyond = f"{'up to' if below else 'from'} {_bare_value(flip, flip.flips_at)}"
            rows.append((_short_title(flip), now, f"{beyond}: {other}{undecided}"))
    return FlipsShort(tuple(rows), tuple(never), any(flip.moved is not None and not flip.moved.reacts for flip in flips))


def flip_title(flip: FlipPoint) -> str:
    """What moves: an assumption, or a term under the candidates that have it."""
    if flip.moved is None:
        return NAMES[flip.assumption].title
    return f"{capitalized(flip.moved.term.words)} under {listed(flip.moved.candidates)}"


def _short_title(flip: FlipPoint) -> str:
    """`Metered: monthly price of Pro`."""
    if flip.moved is None:
        return flip_title(flip)
    return f"{listed(flip.moved.candidates)}: {flip.moved.term.words.removeprefix('the ')}"


def _bare_value(flip: FlipPoint, value: Decimal) -> str:
    """A value beside its title: `$20`."""
    return _value(flip, value) if flip.moved is None else bare_value(flip.moved.term, value, flip.moved.currency)


def _value(flip: FlipPoint, value: Decimal) -> str:
    if flip.moved is None:
        return value_words(flip.assumption, value)
    return term_value_words(flip.moved.term, value, flip.moved.currency)


def _first(own: Sequence[FlipPoint], *, below: bool) -> FlipPoint | None:
    """The nearest flip on a side of today; all are above where today is not known."""
    side = [
        flip
        for flip in own
        if flip.flips_at is not None and below == (flip.assumed is not None and flip.flips_at <= flip.assumed)
    ]
    return min(side, key=lambda flip: flip.rank, default=None)


def _sentence(flip: FlipPoint) -> str:
    assert flip.flips_at is not None
    at = _value(flip, flip.flips_at)
    below = flip.assumed is not None and flip.flips_at <= flip.assumed
    leads, other = (flip.leader_above, flip.leader_below) if below else (flip.leader_below, flip.leader_above)
    now = "" if flip.assumed is None else f" (today {_value(flip, flip.assumed)})"
    decided = "; leader and runner-up are level today, so that this is not decided" if flip.level else ""
    return f"{flip_title(flip)}: {leads} leads {'above' if below else 'below'} {at}{now}, then {other}{decided}."


def robustness_sentence(found: Robustness) -> str:
    """`Metered leads in 253 of 256 joint samples of the assumptions, Credits in 3. That is robust.`"""
    others = [f"{name} in {count}" for name, count in found.leads.items() if name != found.leader and count]
    said = f"{found.leader} leads in {found.leads[found.leader]} of {counted(SAMPLES, 'joint sample')} of the assumptions"
    said = f"{said}, {listed(others)}." if others else f"{said}."
    if found.level:
        return f"{said} It is not called robust: leader and runner-up are level."
    return f"{said} That is robust." if found.robust else f"{said} That is not robust."


def effects_sentences(replayed: Replay) -> list[str]:
    """What assumptions did to customers: how many leave under each candidate, and who answers to no price."""
    said = []
    for run, effect in zip(replayed.runs, replayed.effects, strict=True):
        left = effect.left_dearer + effect.left_refused
        if left:
            said.append(f"Under {run.candidate.name} {counted(left, 'customer')} of {run.customer_count:,} leave.")
        if effect.without_bill:
            said.append(
                f"{counted(effect.without_bill, 'customer')} without a bill on the baseline answer to no price under {run.candidate.name}."
            )
    return said


def values_of(name: str) -> list[Decimal]:
    """The values that a slider offers, ascending: whole percents, and hundredths of an elasticity in fives."""
    if name == "usage_response":
        return [Decimal(step) / 20 for step in range(-40, 1)]
    most = 200 if name == "leaving.rise" else 100
    return [Decimal(step) / 100 for step in range(most + 1)]


def nearest(options: Sequence[Decimal], value: Decimal | None) -> Decimal:
    """The option next to a value; the first where there is none."""
    return options[0] if value is None else min(options, key=lambda option: abs(option - value))


def written_range(low: Decimal, high: Decimal) -> str:
    """A range as a link keeps it."""
    return f"{low}:{high}"


def read_range(name: str, text: str | None) -> Range | None:
    """The range that a link keeps; None where it keeps none that makes sense."""
    low, _, high = (text or "").partition(":")
    try:
        asked = Range(name, parse_decimal(low), parse_decimal(high))
    except ValueError:
        return None
    options = values_of(name)
    return asked if options[0] <= asked.low < asked.high <= options[-1] else None


def between_words(asked: Range) -> str:
    """`from 0 % to 50 %`."""
    return f"from {value_words(asked.name, asked.low)} to {value_words(asked.name, asked.high)}"


def flip_rows(flips: Sequence[FlipPoint]) -> dict[str, list[str]]:
    """Flip points as columns of a table."""
    return {
        "Assumption": [flip_title(flip) for flip in flips],
        "Today": ["" if flip.assumed is None else _value(flip, flip.assumed) for flip in flips],
        "Flips at": ["nowhere" if flip.flips_at is None else _value(flip, flip.flips_at) for flip in flips],
        "Leads below": [flip.leader_below for flip in flips],
        "Leads above": [flip.leader_above for flip in flips],
        "Decided": ["" if flip.flips_at is None else "no: level" if flip.level else "yes" for flip in flips],
    }


def robust_shares(found: Robustness) -> dict[str, Fraction]:
    """The share of the joint samples in which each candidate leads."""
    return {name: Fraction(count, SAMPLES) for name, count in found.leads.items()}


@dataclass(frozen=True)
class TornadoBar:
    """One assumption's bar: where it starts and how wide it is, in the currency's unit, and its ends in words, the least first;

    where nothing moves both are the lead alone.
    """

    label: str
    start: float
    width: float
    ends: tuple[str, str]


def tornado_title(found: Sequence[Tornado], leader: str, currency: str) -> str:
    """Which assumptions can end the lead by themselves: `Buying packs alone can end Metered's lead: -$806.00 at 100 %`.

    found: as `tornado`, the widest first. leader: whose lead it is.
    """
    decimals = minor_decimals(currency)
    ends = {row: min((row.result_low, row.low), (row.result_high, row.high)) for row in found}
    moving = [row for row in found if row.swing]
    if not moving:
        return f"No assumption alone moves {leader}'s lead"
    ending = [row for row in moving if ends[row][0] <= 0]
    worst = min(ending or moving, key=lambda row: ends[row][0])
    amount, value = format_signed(decimal_of(ends[worst][0], decimals), currency), value_words(worst.assumption, ends[worst][1])
    if ending:
        names = listed([NAMES[row.assumption].title for row in ending])
        at = f"{amount} at {value}" if len(ending) == 1 else f"down to {amount}"
        return f"{names} alone can end {leader}'s lead: {at}"
    return f"No assumption alone ends {leader}'s lead; the least is {amount}, at {value} of {NAMES[worst.assumption].title}"


def tornado_bars(found: Sequence[Tornado], currency: str) -> list[TornadoBar]:
    decimals = minor_decimals(currency)
    bars = []
    for row in found:
        least, most = sorted(((row.result_low, row.low), (row.result_high, row.high)))
        amounts = [decimal_of(result, decimals) for result, _ in (least, most)]
        ends = [
            format_amount(amount, currency) + (f" at {value_words(row.assumption, value)}" if row.swing else "")
            for amount, (_, value) in zip(amounts, (least, most), strict=True)
        ]
        start, width = float(amounts[0]), float(amounts[1] - amounts[0])
        bars.append(TornadoBar(NAMES[row.assumption].title, start, width, (ends[0], ends[1])))
    return bars
