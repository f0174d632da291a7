"""Line-ups in words: which plans they have, who is on which of them, and where customers landed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from commet_core.catalog import Catalog
from commet_core.compare.lesson import listed, percent
from commet_core.compare.plans import Held
from commet_core.scenario import Candidate, Scenario


def names_of(catalog: Catalog, codes: Iterable[str]) -> dict[str, str]:
    """Code → the name shown, with the code where two of these plans have the same name."""
    names = {code: catalog.plans[code].name or code for code in codes}
    shown = list(names.values())
    return {code: name if shown.count(name) == 1 else f"{name} ({code})" for code, name in names.items()}


def line_up_in_words(scenario: Scenario, candidate: Candidate) -> str:
    """`line-up credits_standard: Free, Starter, Pro`."""
    return f"line-up {candidate.group}: {', '.join(names_of(scenario.catalog, scenario.plans(candidate)).values())}"


def choice_in_words(candidate: Candidate) -> str:
    """Who is on which plan of a line-up, as a sentence without its full stop."""
    share = Fraction(candidate.blocked_share_max)
    if candidate.choose == "cheapest":
        refuses = f"refuse no more than {percent(share)} of its usage" if share else "refuse it nothing"
        return f"Each customer is on the plan that costs it least of those that {refuses}"
    if candidate.choose == "upgrade":
        count = candidate.upgrade_after_periods
        periods = "a billing period" if count == 1 else f"{count} billing periods running"
        allowed = f", with up to {percent(share)} refused" if share else ""
        return f"Customers begin on the lowest plan, and move up when the next would have suited them better for {periods}{allowed}"
    return "Customers are on the plans that the subscriptions say, all others on the lowest"


def landed_in_words(catalog: Catalog, found: Sequence[Held]) -> str:
    """`At the end 85 on Free, 40 on Starter and 0 on Pro`. found: as `plans.held`."""
    names = names_of(catalog, (one.what for one in found if one.is_plan))
    counts = [
        f"{one.customers_last:,} {f'on {names[one.what]}' if one.is_plan else one.what}"
        for one in found
        if one.is_plan or one.customers_last
    ]
    return f"At the end {listed(counts)}"
