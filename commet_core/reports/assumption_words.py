"""What is assumed about people, where it flips the leader, and how robust the leader is, in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from commet_core.decide.flip_points import FlipPoint
from commet_core.decide.robustness import SAMPLES, Robustness
from commet_core.foundation.formats import percent
from commet_core.foundation.money import plain
from commet_core.foundation.wording import counted, listed
from commet_core.scenario.assumptions import NAMES
from commet_core.scenario.scenario import Scenario


def value_words(name: str, value: Decimal) -> str:
    """A value of an assumption: `12 %`, and an elasticity as a number."""
    return plain(value.normalize()) if name == "usage_response" else percent(Fraction(value))


def assumed_sentences(scenario: Scenario) -> list[str]:
    """What a scenario assumes about people, a sentence each; empty where it assumes nothing."""
    assumed = scenario.assumptions
    said = []
    if assumed.usage_response:
        said.append(f"usage answers to what it costs with an elasticity of {plain(assumed.usage_response.normalize())}")
    if assumed.leaving.share:
        rise, share = (percent(Fraction(part)) for part in (assumed.leaving.rise, assumed.leaving.share))
        said.append(f"of customers whose bill for a period rises by more than {rise}, {share} leave at the renewal")
    if assumed.leaving_refused.share:
        refused, share = (percent(Fraction(part)) for part in (assumed.leaving_refused.refused, assumed.leaving_refused.share))
        said.append(f"of customers who are refused more than {refused} of a period's usage, {share} leave at the renewal")
    for candidate in scenario.with_assumed_buyers().candidates:
        if candidate.purchases.pack != "none":
            said.append(
                f"under {candidate.name} {percent(Fraction(candidate.purchases.probability))} of customers buy packs when short"
            )
        if candidate.top_up is not None:
            said.append(
                f"under {candidate.name} {percent(Fraction(candidate.top_up.probability))} of customers top up when short"
            )
    return [f"It is assumed that {words}." for words in said]


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
            said.append(f"{NAMES[name].title}: {own[0].leader_below} leads at every value that was asked about.")
    return said


def _first(own: Sequence[FlipPoint], *, below: bool) -> FlipPoint | None:
    """The nearest flip on a side of today; all are above where today is not known."""
    side = [flip for flip in own if flip.flips_at is not None and below == (flip.now is not None and flip.flips_at <= flip.now)]
    return min(side, key=lambda flip: flip.rank, default=None)


def _sentence(flip: FlipPoint) -> str:
    assert flip.flips_at is not None
    at = value_words(flip.assumption, flip.flips_at)
    below = flip.now is not None and flip.flips_at <= flip.now
    leads, other = (flip.leader_above, flip.leader_below) if below else (flip.leader_below, flip.leader_above)
    now = "" if flip.now is None else f" (today {value_words(flip.assumption, flip.now)})"
    decided = "; leader and runner-up are level today, so that this is not decided" if flip.level else ""
    return (
        f"{NAMES[flip.assumption].title}: {leads} leads down to {at}{now}, then {other}{decided}."
        if below
        else (f"{NAMES[flip.assumption].title}: {leads} leads up to {at}{now}, then {other}{decided}.")
    )


def robustness_sentence(found: Robustness) -> str:
    """`Metered leads in 253 of 256 joint samples of the assumptions, Credits in 3. That is robust.`"""
    others = [f"{name} in {count}" for name, count in found.leads.items() if name != found.leader and count]
    said = f"{found.leader} leads in {found.leads[found.leader]} of {counted(SAMPLES, 'joint sample')} of the assumptions"
    said = f"{said}, {listed(others)}." if others else f"{said}."
    if found.level:
        return f"{said} It is not called robust: leader and runner-up are level."
    return f"{said} That is robust." if found.robust else f"{said} That is not robust."
