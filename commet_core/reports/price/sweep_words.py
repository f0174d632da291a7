"""What a sweep found, in sentences (decisions.md 6)."""

from __future__ import annotations

from commet_core.decide.sweep import Sweep
from commet_core.foundation.wording import capitalized, listed
from commet_core.reports.assumed_words import assumed_sentences
from commet_core.reports.price.solve_words import NOBODY_REACTS
from commet_core.reports.price.term_words import point_words, value_words, wanted_words

MEASURE_WORDS = {
    "revenue": "revenue",
    "margin": "margin",
    "share_paying_more": "customers who pay more",
    "largest_rise": "the largest rise",
    "median_cost": "what the median customer pays",
    "blocked_share": "usage refused",
}


def sweep_words(sweep: Sweep) -> list[str]:
    """The answer and what stands behind it; the first is the answer."""
    currency, baseline = sweep.scenario.catalog.currency, sweep.baseline.name
    measures = listed([MEASURE_WORDS[name] for name in sweep.measures])
    tried = f"All {len(sweep.points):,} plans of the grid were replayed."
    if not sweep.whole:
        tried = f"{len(sweep.points):,} of {sweep.grid_points:,} plans were replayed, spread evenly over all."
    wanted = wanted_words(sweep.targets, baseline, currency)
    if sweep.best is None:
        return [f"None of {len(sweep.points):,} plans of {sweep.candidate.name} does this: {wanted}.", tried]
    best = sweep.points[sweep.best]
    with_values = f"With {named_values(sweep, sweep.best)}, {sweep.candidate.name}"
    if len(sweep.front) == 1:
        said = [f"{with_values} is beaten by no other plan in {measures}."]
    else:
        said = [f"{with_values} brings in the most of the {len(sweep.front):,} plans that no other beats in {measures}."]
    said.append(capitalized(point_words(best, sweep.base, baseline, currency, sweep.rise)))
    if wanted:
        said.append(f"Of {len(sweep.points):,} plans {sum(sweep.meets):,} can stand on the front, as each of them {wanted}.")
    return [*said, tried, *(assumed_sentences(sweep.scenario) if sweep.reacts else [NOBODY_REACTS])]


def named_values(sweep: Sweep, place: int) -> str:
    """A point by its terms: `the monthly price of Pro at $59 a month and included credits on Pro at 1,500`."""
    values = sweep.points[place].values
    currency = sweep.scenario.catalog.currency
    return listed(
        [f"{term.words} at {value_words(term, value, currency)}" for term, value in zip(sweep.terms, values, strict=True)]
    )
