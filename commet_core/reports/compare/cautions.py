"""What keeps a comparison from being fair, in sentences."""

from __future__ import annotations

from decimal import Decimal

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount, minor_decimals
from commet_core.foundation.vocabulary import INTERVALS
from commet_core.foundation.wording import listed
from commet_core.reports.compare.months import rounded
from commet_core.reports.compare.revenue import billed_beyond_window


def cautions(replayed: Replay) -> list[str]:
    """A sentence for everything that keeps the comparison from being fair; none where it is."""
    return [*_missing_features(replayed), *_unlike_intervals(replayed)]


def _missing_features(replayed: Replay) -> list[str]:
    """One sentence for every group of features that the same candidates' plans lack."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for feature, names in replayed.features_without_plan.items():
        known = replayed.scenario.catalog.features.get(feature)
        lacking.setdefault(tuple(names), []).append(known.name if known is not None and known.name else feature)
    return [
        f"{listed(features)} {'is' if len(features) == 1 else 'are'} part of the usage but not of the plan of {listed(names)}: "
        "all of it is refused there and brings in nothing."
        for names, features in lacking.items()
    ]


def _unlike_intervals(replayed: Replay) -> list[str]:
    """Where candidates bill in different intervals, what those with long ones bill for time after the window."""
    of_candidates = list(zip(*replayed.runs_by_customers(), strict=True))
    intervals = [{stage.interval for run in runs for stage in run.stages if stage.has_periods} for runs in of_candidates]
    if len({interval for own in intervals for interval in own}) == 1:
        return []
    places = minor_decimals(replayed.currency)
    sentences = []
    for candidate, runs, own in zip(replayed.scenario.candidates, of_candidates, intervals, strict=True):
        beyond = sum((rounded(billed_beyond_window(run), places) for run in runs), Decimal(0))
        in_advance = [interval for interval in INTERVALS if interval in own and interval in ("quarterly", "yearly")]
        if "one_time" in own:
            sentences.append(
                f"{candidate.name} charges its base price once: its monthly revenue depends on the window's length."
            )
        elif in_advance and beyond > 0:
            sentences.append(
                f"{candidate.name} is billed {' and '.join(in_advance)} in advance: {_amount(replayed, beyond)} of what it "
                "bills pays for time after the window. What customers pay a month allows for that; revenue does not."
            )
    return sentences


def _amount(replayed: Replay, amount: Decimal) -> str:
    """Of customers in several currencies, whose amounts do not add up, that it is a part."""
    return "a part" if replayed.in_markets else format_amount(amount, replayed.currency)
