"""What a scenario assumes about people, in words."""

from __future__ import annotations

from fractions import Fraction

from commet_core.foundation.formats import percent
from commet_core.foundation.money import plain
from commet_core.scenario.scenario import Scenario


def assumed_sentences(scenario: Scenario) -> list[str]:
    """What a scenario assumes about people, a sentence each; empty where it assumes nothing."""
    said = []
    for candidate in scenario.with_assumed_buyers().candidates:
        if candidate.purchases.pack != "none":
            said.append(
                f"under {candidate.name} {percent(Fraction(candidate.purchases.probability))} of customers buy packs when short"
            )
        if candidate.top_up is not None:
            said.append(
                f"under {candidate.name} {percent(Fraction(candidate.top_up.probability))} of customers top up when short"
            )
    return [*sentences_of_all(scenario), *(f"It is assumed that {words}." for words in said)]


def sentences_of_all(scenario: Scenario) -> list[str]:
    """What is assumed under every candidate: that people use more or less, leave, or choose their plan in another way."""
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
    if assumed.plan_choice.sticks:
        share = percent(Fraction(assumed.plan_choice.sticks))
        said.append(f"of a line-up's customers {share} stay on the plan that they have today")
    if assumed.plan_choice.prefers_flat:
        share = percent(Fraction(assumed.plan_choice.prefers_flat))
        who = "of those who choose" if assumed.plan_choice.sticks else "of a line-up's customers"
        said.append(f"{who} {share} take the plan on which the least comes on top of the base price")
    return [f"It is assumed that {words}." for words in said]
