"""How a draft charges units beyond what is included: one price, tiers, packages (billing-rules 15.1)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final, Literal

from commet_core.catalog.overage import WAYS
from commet_core.scenario.drafts.design import Design, Path
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.feature_types import is_level
from commet_core.scenario.drafts.interval_prices import for_each
from commet_core.scenario.drafts.worth import number_typed, two_digits

Way = Literal["unit_price", "graduated", "volume", "packages"]

STARTING_TIER: Final = Decimal(1000)
STARTING_PACKAGE: Final = Decimal(100)
LEVEL_TIER: Final = Decimal(10)
LEVEL_PACKAGE: Final = Decimal(5)
"""Where tiers and packages begin, and how large they are; of seats and quota, of which customers have few, smaller ones."""


def way_of(overage: Mapping[str, Any]) -> Way:
    """How an overage price charges."""
    if any(key in overage for key in WAYS["packages"]):
        return "packages"
    if any(key in overage for key in WAYS["tiers"]):
        return "volume" if overage.get("tiers_mode") == "volume" else "graduated"
    return "unit_price"


def with_way(design: Design, path: Path, way: Way) -> Design:
    """The design with an overage price that charges in another way, at about what a unit cost before. path: of the price."""
    overage: Mapping[str, Any] = design.value(path)
    if way == way_of(overage):
        return design
    if {way, way_of(overage)} == {"graduated", "volume"}:
        return with_value(design, (*path, "tiers_mode"), way)
    price, held = _first_price(overage), is_level(design, path[-2])
    if way == "unit_price":
        return with_value(design, path, {"unit_price": price})
    if way == "packages":
        size = LEVEL_PACKAGE if held else STARTING_PACKAGE
        package = {"package_size": f"{size:f}", "package_price": for_each(price, partial(_of_a_package, size))}
        return with_value(design, path, package)
    first = LEVEL_TIER if held else STARTING_TIER
    tiers = [{"up_to": f"{first:f}", "unit_price": price}, {"unit_price": price}]
    return with_value(design, path, {"tiers_mode": way, "tiers": tiers})


def _of_a_package(size: Decimal, unit_price: object) -> str:
    worth = number_typed(unit_price)
    return "0" if worth is None else two_digits(worth * size, 9)


def _first_price(overage: Mapping[str, Any]) -> Any:
    """What the first unit costs, as it was typed; of packages a unit's part of one. By interval where it was."""
    if way_of(overage) == "packages":
        size = number_typed(overage.get("package_size"))
        return for_each(overage.get("package_price"), partial(_of_a_unit, size))
    tiers = overage.get("tiers") or [overage]
    return for_each(tiers[0].get("unit_price"), lambda price: str(price or "0"))


def _of_a_unit(size: Decimal | None, package_price: object) -> str:
    price = number_typed(package_price)
    return "0" if size is None or price is None else two_digits(price / size, 9)


def with_tier(design: Design, path: Path) -> Design:
    """The design with one tier more before the last, twice as far as the one before it, at the last one's prices."""
    tiers = copy.deepcopy(design.value((*path, "tiers")))
    end = number_typed(tiers[-2].get("up_to")) if len(tiers) > 1 else None
    up_to = STARTING_TIER if end is None else end * 2
    tiers.insert(len(tiers) - 1, {"up_to": f"{up_to:f}", **tiers[-1]})
    return with_value(design, (*path, "tiers"), tiers)


def without_tier(design: Design, path: Path, number: int) -> Design:
    """The design without a tier; the one that is then the last is open."""
    tiers = copy.deepcopy(design.value((*path, "tiers")))
    del tiers[number]
    tiers[-1].pop("up_to", None)
    return with_value(design, (*path, "tiers"), tiers)
