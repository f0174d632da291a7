"""What candidates earn, in words: sums that a reader can redo."""

from __future__ import annotations

from collections.abc import Sequence

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount, rounded_to_sum
from commet_core.foundation.wording import listed
from commet_core.reports.compare.earned import Earned, earned_summaries
from commet_core.reports.compare.lesson import EARNS, lessons
from commet_core.reports.compare.summary import Summary


def earned_lessons(replayed: Replay, summaries: Sequence[Summary], found: Sequence[Earned]) -> list[str]:
    """As `lessons`, of what is earned; and what is owed to customers at the window's end."""
    return [*lessons(replayed, earned_summaries(summaries, found), EARNS), owed_in_words(found, replayed.currency)]


def owed_in_words(found: Sequence[Earned], currency: str) -> str:
    """What customers have paid for and not had, under each candidate."""
    owing = [f"{format_amount(one.outstanding, currency)} under {one.name}" for one in found if one.outstanding]
    if not owing:
        return "At the window's end nothing is outstanding: all that was billed has been earned."
    return f"At the window's end customers are still owed service for {listed(owing)}."


def tie_in_words(earned: Earned, currency: str) -> str:
    """How what was billed became earned: `$54.00 billed = $46.80 earned + $7.20 outstanding at the window's end`."""
    parts = rounded_to_sum([earned.earned, earned.outstanding, -earned.opening], currency)
    billed, own, left, before = (
        format_amount(amount, currency) for amount in (sum(parts[1:], parts[0]), parts[0], parts[1], -parts[2])
    )
    start = f" − {before} at its start" if earned.opening else ""
    return f"{billed} billed = {own} earned + {left} outstanding at the window's end{start}"
