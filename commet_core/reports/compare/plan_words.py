"""Plans in words: what they are called side by side, and on which of them customers ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount, plain
from commet_core.foundation.wording import counted, interval_name, listed
from commet_core.reports.compare.plans import Held
from commet_core.reports.quote.further_terms import version_days
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario


def names_of(catalog: Catalog, codes: Iterable[str]) -> dict[str, str]:
    """Code → the name shown, with the code where two of these plans have the same name."""
    names = {code: catalog.plans[code].name or code for code in codes}
    shown = list(names.values())
    return {code: name if shown.count(name) == 1 else f"{name} ({code})" for code, name in names.items()}


def sold_as(scenario: Scenario, candidate: Candidate) -> str:
    """What a candidate sells, in a few words: `Pro · $20.00 monthly · 1,500 credits`; of a line-up `3 plans, Free to Pro`."""
    catalog, codes = scenario.catalog.in_market(candidate.market or ""), scenario.plans(candidate)
    currency, names = catalog.currency, names_of(catalog, codes)
    if candidate.group is not None:
        first, *others = names.values()
        return f"{counted(len(codes), 'plan')}, {first} to {others[-1]}" if others else f"1 plan, {first}"
    plan, interval = catalog.plans[codes[0]], scenario.interval(candidate)
    parts = [names[codes[0]]]
    if interval is None:
        parts.append("free")
    else:
        parts.append(f"{format_amount(plan.prices[interval], currency)} {interval_name(interval)}")
    if (granted := getattr(plan, "included_credits", None)) is not None:
        parts.append(f"{plain(granted)} credits")
    elif plan.sells == "top_ups":
        parts.append(f"{format_amount(plan.granted(interval), currency)} balance")
    return " · ".join(parts)


def changes_within(replayed: Replay) -> dict[str, tuple[tuple[date, str], ...]]:
    """As `changes_between`, of the window."""
    return changes_between(replayed.scenario, replayed.window.start, replayed.window.end)


def changes_between(scenario: Scenario, start: date, end: date) -> dict[str, tuple[tuple[date, str], ...]]:
    """Candidate → the days after `start` and before `end` from which one of its plans has other terms: `Pro: $65 a month`."""
    found = {}
    for candidate in scenario.candidates:
        plans = [scenario.catalog.plans[code] for code in scenario.plans(candidate)]
        names = names_of(scenario.catalog, scenario.plans(candidate))
        days = [
            (day, f"{name}: {said}")
            for plan, name in zip(plans, names.values(), strict=True)
            for day, said in version_days(scenario.catalog, plan)
            if start < day < end
        ]
        found[candidate.name] = tuple(sorted(days))
    return found


def landed_in_words(catalog: Catalog, found: Sequence[Held]) -> str:
    """`At the end 85 on Free, 40 on Starter and 0 on Pro`. found: as `plans.held`."""
    names = names_of(catalog, (one.what for one in found if one.is_plan))
    counts = [
        f"{one.customers_last:,} {f'on {names[one.what]}' if one.is_plan else one.what}"
        for one in found
        if one.is_plan or one.customers_last
    ]
    return f"At the end {listed(counts)}"
