"""Overage prices in tiers and packages on the Plans page: chosen under "More terms", edited below their feature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import a_interval, plural
from commet_core.scenario.drafts import Design, Path, how, name_of
from commet_core.scenario.drafts.feature_types import is_level
from commet_core.scenario.drafts.overage import Way, way_of, with_tier, with_way, without_tier
from pages.plan_editor import drafts, fields
from pages.shared.tables import escaped

WAY_NAMES: Final[dict[Way, str]] = {
    "unit_price": "One price per unit",
    "graduated": "Tiers, each unit at the price of its tier",
    "volume": "Tiers, all units at the price of the tier reached",
    "packages": "Packages, each started one charged",
}


def overage_ways(code: str) -> None:
    """For each feature that charges beyond what is included, how it does."""
    design = drafts.current().design
    charged = _charged(code)
    if not charged:
        return
    st.caption("What units beyond those included cost. Tiers and packages are counted anew in every period.")
    for feature in charged:
        path = ("plans", code, "features", feature, "overage")
        label = escaped(f"{name_of(design, 'features', feature)} beyond what is included")
        fields.choice(label, ("way", code, feature), dict(WAY_NAMES), way_of(design.value(path)), _change(path))


def has_other_ways(code: str) -> bool:
    """Whether a feature of the plan charges in tiers or packages."""
    design = drafts.current().design
    return any(way_of(design.value(("plans", code, "features", one, "overage"))) != "unit_price" for one in _charged(code))


def _charged(code: str) -> list[str]:
    design = drafts.current().design
    plan = design.group("plans")[code]
    return [one for one in design.group("features") if how(plan, one, held=is_level(design, one)) == "charged"]


def _change(path: Path) -> Callable[[Design, Way], Design]:
    return lambda design, chosen: with_way(design, path, chosen)


def overage_fields(path: Path, way: Way, unit: str, sign: str, intervals: list[Interval]) -> None:
    """The fields of a price in tiers or packages. unit: as the page may show it. intervals: for which prices are typed, if not one."""
    if way == "packages":
        size, *prices = st.columns(1 + max(1, len(intervals)), vertical_alignment="bottom")
        with size:
            fields.number_in_row(f"{plural(unit).capitalize()} in a package", (*path, "package_size"), placeholder="needed")
        _prices("Each started package", (*path, "package_price"), prices, sign, intervals)
        fields.problems_below_row({"package_size": "Package"} | _labels("package_price", "Price", intervals), path)
        return
    tiers = drafts.current().design.value((*path, "tiers")) or []
    for number in range(len(tiers)):
        _tier((*path, "tiers", str(number)), number, len(tiers), unit, sign, intervals)
    fields.problem_below(drafts.current().problems_at(".".join((*path, "tiers"))))
    st.button("Add a tier", key=fields.key_of("tier", *path), on_click=drafts.change, args=(with_tier, path))


def _tier(path: Path, number: int, count: int, unit: str, sign: str, intervals: list[Interval]) -> None:
    """One tier in a row: until where, the price of a unit, the fee; and a button that takes it away."""
    last, several = number == count - 1, max(1, len(intervals))
    widths = [2, 2, 2, 1] if several == 1 else [1.7, *[2.2] * (2 * several), 1.8]
    until, *amounts, away = st.columns(widths, vertical_alignment="bottom")
    with until:
        if last:
            st.markdown(f"Tier {number + 1}: all further {plural(unit)}" if number else f"Tier 1: all {plural(unit)}")
        else:
            fields.number_in_row(f"Tier {number + 1}: up to", (*path, "up_to"), placeholder="needed")
    _prices(f"Per {unit}", (*path, "unit_price"), amounts[:several], sign, intervals, placeholder="none")
    _prices("Fee" if intervals else "Fee, once", (*path, "flat_amount"), amounts[several:], sign, intervals, placeholder="none")
    with away:
        if count > 1:
            key = fields.key_of("away", *path)
            st.button("Remove", key=key, on_click=drafts.change, args=(without_tier, path[:-2], number))
    labels = {"up_to": "Up to"} | _labels("unit_price", f"Per {unit}", intervals) | _labels("flat_amount", "Fee", intervals)
    fields.problems_below_row(labels, path)
    fields.problem_below([each for each in drafts.current().problems if each.where == ".".join(path)])


def _prices(
    label: str, path: Path, columns: Sequence[Any], sign: str, intervals: list[Interval], *, placeholder: str = "needed"
) -> None:
    """A price in one column, or for each interval in one of its own."""
    if not intervals:
        with columns[0]:
            fields.number_in_row(f"{label} ({sign})", path, placeholder=placeholder)
    for column, interval in zip(columns, intervals, strict=False):
        with column:
            fields.price_for(f"{label} {a_interval(interval)} ({sign})", path, intervals, interval, placeholder=placeholder)


def _labels(key: str, label: str, intervals: list[Interval]) -> dict[str, str]:
    """What the fields of a price are called, by the ends of their paths."""
    return {key: label} | {f"{key}.{interval}": f"{label} {a_interval(interval)}" for interval in intervals}
