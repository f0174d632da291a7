"""A migration in sentences (decisions.md 7)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from commet_core.decide.migration import Migration, Outcome, Strategy
from commet_core.foundation.formats import day_words, percent, percent_exact
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, format_amount, minor_nanos
from commet_core.foundation.wording import capitalized, counted, listed
from commet_core.scenario.assumptions import Assumptions

ORDER_WORDS = {"smallest_rise": "smallest rise first", "newest": "newest first", "segment": "by plan"}
STUCK_NAMED_MAX = 3


def strategy_name(strategy: Strategy) -> str:
    """`In 3 waves, 1 month apart, smallest rise first`."""
    match strategy.kind:
        case "renewal":
            return "At the next renewal"
        case "now":
            return "All at once"
        case "waves":
            apart = counted(strategy.months or 0, "month")
            return f"In {strategy.waves} waves, {apart} apart, {ORDER_WORDS[strategy.order]}"
        case "grandfather":
            return "Grandfathered " + ("for ever" if strategy.months is None else f"for {counted(strategy.months, 'month')}")
        case "cap":
            during = counted(strategy.months or 0, "month")
            return f"At the renewal, rises capped at {percent_exact(strategy.cap)} for {during}"
        case "opt_in":
            return "Only those who gain"


NOBODY_REACTS: Final = "Nobody reacts here: no customer leaves or uses less for a price."
"""What the answer rests on, always."""


def migration_words(made: Migration) -> list[str]:
    """The answer and what stands behind it, a sentence or two each; the first is the answer."""
    said = [_headline(made, made.outcomes[0])]
    best = max(made.outcomes, key=_gain)
    if _gain(best) <= 0:
        said.append(f"No way to move earns more than staying on {made.old.name} in the window.")
    elif _gain(best) > _gain(made.outcomes[0]):
        said.append(f"{strategy_name(best.strategy)}: {_compared(made, best)} staying, the most of all.")
    said += [sentence for outcome in made.outcomes if (sentence := _left(made, outcome))]
    said.append(_who(made))
    for outcome in made.outcomes:
        said += _stuck(outcome)
    said += [f"Left out: {problem}" for problem in made.problems]
    said.append("Bills are compared over the last three whole periods before that day, and never on what follows.")
    said.append(NOBODY_REACTS)
    return said


def _headline(made: Migration, outcome: Outcome) -> str:
    ground = made.ground
    day, how = day_words(ground.at), strategy_name(outcome.strategy).lower()
    if not outcome.moved:
        return f"Nobody moves from {made.old.name} to {made.new.name} in the window: {how}, from {day}."
    above = len(outcome.above)
    pays = f"{above:,} of them {'pays' if above == 1 else 'pay'} over {percent_exact(ground.rise)} more"
    who = counted(len(outcome.moved), "customer")
    return (
        f"Moving {who} from {made.old.name} to {made.new.name} {how}, from {day}, {_compared(made, outcome)} staying; {pays}."
    )


def _compared(made: Migration, outcome: Outcome) -> str:
    """`earns $120.00 (3.1 %) less than`: after what the move costs."""
    gain, whole = _gain(outcome), sum(made.ground.earned)
    minor = minor_nanos(made.currency)
    if abs(gain) * 2 < minor:
        return "earns the same as"
    share = f" ({percent(Fraction(abs(gain), whole))})" if whole > 0 else ""
    return f"earns {format_amount(decimal_of(abs(gain), NANO_DECIMALS), made.currency)}{share} {'more' if gain > 0 else 'less'} than"


def _gain(outcome: Outcome) -> int:
    """Nanos that it has earned more than staying at the window's end, less what it costs."""
    return outcome.gained[-1]


def _left(made: Migration, outcome: Outcome) -> str:
    """What customers leave behind, and what giving it back or honouring it costs."""
    left, minor = outcome.left, minor_nanos(made.currency)
    amount = lambda name: format_amount(decimal_of(left.total(name) * minor, NANO_DECIMALS), made.currency)  # noqa: E731
    parts = []
    if left.total("unused_days"):
        parts.append(f"{amount('unused_days')} of days that were paid for are given back")
    if left.total("top_ups"):
        parts.append(f"{amount('top_ups')} of top-ups that were not used are given back")
    if left.total("included"):
        parts.append(f"{amount('included')} of included balance lapses with those days")
    if left.total("purchased"):
        honoured = amount("honoured")
        parts.append(
            f"purchased credits worth {amount('purchased')} at the price paid are in hand: refunding them costs that,"
            f" taking them off new invoices {honoured} in the window"
        )
    return f"{strategy_name(outcome.strategy)}: {listed(parts)}." if parts else ""


def _who(made: Migration) -> str:
    ground = made.ground
    later, there = ground.newcomers, len(ground.there)
    others = len(ground.ids) - there - later
    said = [f"{counted(there, 'customer')} can move"]
    if later:
        said.append(
            f"{later:,} who start on {day_words(ground.at)} or later stay where they are, so that they make no difference"
        )
    if others:
        said.append(f"{others:,} {'is' if others == 1 else 'are'} paused, canceled or paid once by then")
    if left_out := ground.staying.customers_left_out:
        said.append(
            f"{counted(left_out, 'customer')} {'is' if left_out == 1 else 'are'} left out because of their subscription rows"
        )
    return capitalized("; ".join(said)) + "."


def _stuck(outcome: Outcome) -> list[str]:
    if not outcome.stuck:
        return []
    named = [f"{customer}: {why}" for customer, why in sorted(outcome.stuck.items())[:STUCK_NAMED_MAX]]
    more = len(outcome.stuck) - len(named)
    rest = f" And {more:,} more." if more else ""
    who = counted(len(outcome.stuck), "customer")
    return [
        f"{strategy_name(outcome.strategy)}: {who} cannot move and {'stays' if len(outcome.stuck) == 1 else 'stay'}. {' '.join(named)}{rest}"
    ]


def chart_title(outcome: Outcome) -> str:
    """What is seen in the chart: `All at once: ahead of staying for good from 31 May 2026`."""
    name = strategy_name(outcome.strategy)
    if outcome.payback is not None:
        return f"{name}: ahead of staying for good from {day_words(outcome.payback)}"
    if not any(outcome.gained):
        return f"{name}: nothing differs from staying"
    where = "behind" if _gain(outcome) < 0 else "level with"
    return f"{name}: {where} staying at the window's end"


def set_aside(assumptions: Assumptions) -> str:
    """Said where a scenario assumes that people react: a migration does not ask them."""
    return "What the study assumes about leaving and usage is set aside here." if assumptions.change_customers else ""
