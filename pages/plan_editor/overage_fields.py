"""Overage prices in tiers and packages on the Plans page: chosen under "More terms", edited below their feature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from commet_core.foundation.wording import plural
from commet_core.scenario.drafts import Design, Path, how, name_of
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
    charged = [feature for feature in design.group("features") if how(design.group("plans")[code], feature) == "charged"]
    if not charged:
        return
    st.caption("What units beyond those included cost. Tiers and packages are counted anew in every period.")
    for feature in charged:
        path = ("plans", code, "features", feature, "overage")
        label = escaped(f"{name_of(design, 'features', feature)} beyond what is included")
        fields.choice(label, ("way", code, feature), dict(WAY_NAMES), way_of(design.value(path)), _change(path))


def has_other_ways(code: str) -> bool:
    """Whether a feature of the plan charges in tiers or packages."""
    plan = drafts.current().design.group("plans")[code]
    prices = [terms.get("overage") for terms in plan.get("features", {}).values()]
    return any(way_of(price) != "unit_price" for price in prices if price is not None)


def _change(path: Path) -> Callable[[Design, Way], Design]:
    return lambda design, chosen: with_way(design, path, chosen)


def overage_fields(path: Path, way: Way, unit: str, sign: str) -> None:
    """The fields of a price in tiers or packages. unit: as the page may show it."""
    if way == "packages":
        size, price = st.columns(2)
        with size:
            fields.number(f"{plural(unit).capitalize()} in a package", (*path, "package_size"), required=True)
        with price:
            fields.number(f"Each started package ({sign})", (*path, "package_price"), required=True)
        return
    tiers = drafts.current().design.value((*path, "tiers")) or []
    for number in range(len(tiers)):
        _tier((*path, "tiers", str(number)), number, len(tiers), unit, sign)
    fields.problem_below(drafts.current().problems_at(".".join((*path, "tiers"))))
    st.button(
        "Add a tier", key=fields.key_of("tier", *path), on_click=lambda: drafts.edit(with_tier(drafts.current().design, path))
    )


def _tier(path: Path, number: int, count: int, unit: str, sign: str) -> None:
    """One tier in a row: until where, the price of a unit, the fee; and a button that takes it away."""
    last = number == count - 1
    until, price, fee, away = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
    with until:
        if last:
            st.markdown(f"Tier {number + 1}: all further {plural(unit)}" if number else f"Tier 1: all {plural(unit)}")
        else:
            fields.number_in_row(f"Tier {number + 1}: up to", (*path, "up_to"), placeholder="needed")
    with price:
        fields.number_in_row(f"Per {unit} ({sign})", (*path, "unit_price"), placeholder="none")
    with fee:
        fields.number_in_row(f"Fee, once ({sign})", (*path, "flat_amount"), placeholder="none")
    with away:
        if count > 1:
            st.button("Remove", key=fields.key_of("away", *path), on_click=_removed, args=(path[:-2], number))
    labels = {"up_to": "Up to", "unit_price": f"Per {unit}", "flat_amount": "Fee"}
    fields.problems_below_row(labels, path)
    fields.problem_below([each for each in drafts.current().problems if each.where == ".".join(path)])


def _removed(path: Path, number: int) -> None:
    drafts.edit(without_tier(drafts.current().design, path, number))
