"""What stands beside a replay in its answer: flip points, robustness, next year. Each is worked out by replays, and takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from commet_core.decide.average_customer import average_customer
from commet_core.decide.bridge import bridge
from commet_core.decide.flip_points import flip_points
from commet_core.decide.forecast import forecast
from commet_core.decide.forecast.ranges import fan_of
from commet_core.decide.moved_terms import is_path
from commet_core.decide.robustness import robustness
from commet_core.decide.standing import Range, usual_price_ranges
from commet_core.decide.standing import usual_ranges as assumption_ranges
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import Progress, share_of, unheard
from commet_core.reports.answer.answer import Evidence
from commet_core.reports.compare.bridge_words import average_sentences, bridge_sentence
from commet_core.reports.forecast.words import headline, lead_words, record_sentence, span
from commet_core.scenario.markets import in_several, of_one_currency
from commet_core.scenario.scenario import Scenario

FORECAST_PATHS: Final = 40
FLIPS_SHARE, ROBUSTNESS_SHARE = 0.2, 0.6
"""Of the whole time, when flip points, and when the joint samples, are done."""


def evidence_of(
    replayed: Replay, months: int, progress: Progress | None = None, ranges: Sequence[Range] | None = None
) -> Evidence:
    """All of it: of the usual assumptions and base prices over their usual ranges; and so many months ahead, 0 for none.

    ranges: what may flip it, in place of the usual.
    """
    tell = progress or unheard
    found = Evidence()
    if len(replayed.scenario.candidates) > 1:
        asked = usual_ranges(replayed.scenario) if ranges is None else list(ranges)
        found = flips_of(replayed, asked, share_of(tell, 0, FLIPS_SHARE, "Looking for what would flip it"))
        found = replace(found, why=why_of(replayed))
        part = share_of(tell, FLIPS_SHARE, ROBUSTNESS_SHARE, "Replaying assumptions together")
        if assumed := [each for each in asked if not is_path(each.name)]:
            found = replace(found, robustness=robustness(replayed.scenario, replayed.usage, assumed, part))
    if not months:
        return found
    ahead = next_year_of(replayed, months, share_of(tell, ROBUSTNESS_SHARE, 1, "Replaying possible futures"))
    return replace(found, next_year=ahead.next_year, forecast=ahead.forecast)


def usual_ranges(scenario: Scenario) -> list[Range]:
    """What may flip a scenario: the assumptions that matter to it, and the base prices of its candidates."""
    prices = [] if in_several(scenario) else usual_price_ranges(scenario)  # a price of one currency moves some of the customers
    return [*assumption_ranges(scenario), *prices]


def why_of(replayed: Replay) -> list[str]:
    """Every difference to the baseline step by step, and how far off an average customer would be."""
    scenario = replayed.scenario
    names = [candidate.name for candidate in scenario.candidates]
    others = [name for place, name in enumerate(names) if place != scenario.baseline_index()]
    said = [bridge_sentence(bridge(replayed, name), replayed.currency, scenario.catalog) for name in others]
    averages = [(average_customer(replayed, name), name) for name in names]
    return said + average_sentences([(average, name) for average, name in averages if average is not None], replayed.currency)


def flips_of(replayed: Replay, ranges: Sequence[Range], progress: Progress | None = None) -> Evidence:
    """The flip points of some assumptions and terms."""
    return Evidence(flips=flip_points(replayed.scenario, replayed.usage, ranges, progress))


def next_year_of(replayed: Replay, months: int, progress: Progress | None = None) -> Evidence:
    """What each candidate brings in over the coming months, with the method's record; or why there is no forecast."""
    try:
        made = forecast(of_one_currency(replayed.scenario), replayed.usage, months, paths=FORECAST_PATHS, progress=progress)
    except InputError as refused:
        return Evidence(forecast=[f"There is no forecast: {str(problem).rstrip('.')}." for problem in refused.problems])
    ranges = fan_of(made)
    next_year = {each.candidate: span(each, replayed.currency) for each in ranges if each.month is None}
    said = [f"{headline(made, ranges)}, 80 % ranges.", lead_words(made), record_sentence(made)]
    return Evidence(next_year=next_year, forecast=[sentence for sentence in said if sentence])
