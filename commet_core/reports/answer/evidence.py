"""What stands beside a replay in its answer: flip points, robustness, next year. Each is worked out by replays, and takes its time."""

from __future__ import annotations

from typing import Final

from commet_core.decide.flip_points import flip_points
from commet_core.decide.forecast import forecast
from commet_core.decide.forecast.ranges import fan_of
from commet_core.decide.robustness import robustness
from commet_core.decide.standing import names_that_matter, usual_range
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import Progress, share_of, unheard
from commet_core.reports.answer.answer import Evidence
from commet_core.reports.forecast.words import headline, lead_words, record_sentence, span

FORECAST_PATHS: Final = 40
FLIPS_SHARE, ROBUSTNESS_SHARE = 0.2, 0.6
"""Of the whole time, when flip points, and when the joint samples, are done."""


def evidence_of(replayed: Replay, months: int, progress: Progress | None = None) -> Evidence:
    """Flip points and robustness of the usual assumptions over their usual ranges; and so many months ahead, 0 for none."""
    tell, scenario, usage = progress or unheard, replayed.scenario, replayed.usage
    flips = robust = None
    if len(scenario.candidates) > 1:
        ranges = [usual_range(name) for name in names_that_matter(scenario)]
        flips = flip_points(scenario, usage, ranges, share_of(tell, 0, FLIPS_SHARE, "Looking for what would flip it"))
        part = share_of(tell, FLIPS_SHARE, ROBUSTNESS_SHARE, "Replaying assumptions together")
        robust = robustness(scenario, usage, ranges, part)
    if not months:
        return Evidence(flips, robust)
    try:
        made = forecast(
            scenario,
            usage,
            months,
            paths=FORECAST_PATHS,
            progress=share_of(tell, ROBUSTNESS_SHARE, 1, "Replaying possible futures"),
        )
    except InputError as refused:
        return Evidence(flips, robust, None, [f"There is no forecast: {problem}." for problem in map(str, refused.problems)])
    ranges_of_horizon = fan_of(made)
    next_year = {each.candidate: span(each, replayed.currency) for each in ranges_of_horizon if each.month is None}
    said = [f"{headline(made, ranges_of_horizon)}, 80 % ranges.", lead_words(made), record_sentence(made)]
    return Evidence(flips, robust, next_year, [sentence for sentence in said if sentence])
