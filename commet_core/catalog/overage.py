"""What units beyond those included cost: one price, prices in tiers, or a price per package (billing-rules 4.2, 15.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from commet_core.foundation.documents import Amount, Document, PositiveQuantity
from commet_core.foundation.errors import Problem
from commet_core.foundation.money import parse_decimal, plain

TiersMode = Literal["graduated", "volume"]
"""graduated: each unit at the price of the tier in which it falls; volume: all at the price of the tier that the total reaches."""

TIERS_MAX: Final = 100

WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "unit_price": ("unit_price",),
    "tiers": ("tiers_mode", "tiers"),
    "packages": ("package_size", "package_price"),
}
"""The keys that belong together."""

ONE_WAY: Final = "Give unit_price alone, or tiers_mode and tiers, or package_size and package_price"


class Tier(Document):
    """Units beyond what is included, up to and with `up_to`; the last tier is open. `flat_amount`: once, where it is reached."""

    up_to: PositiveQuantity | None = None
    unit_price: Amount | None = None
    flat_amount: Amount | None = None


class Overage(Document):
    """Exactly one way to charge: a price per unit, tiers, or a price for every started package of so many units."""

    unit_price: Amount | None = None
    tiers_mode: TiersMode | None = None
    tiers: tuple[Tier, ...] | None = None
    package_size: PositiveQuantity | None = None
    package_price: Amount | None = None

    @property
    def costs(self) -> bool:
        """Whether any unit, package or tier reached is charged for."""
        in_tiers = (amount for tier in self.tiers or () for amount in (tier.unit_price, tier.flat_amount))
        return any((self.unit_price, self.package_price, *in_tiers))

    @property
    def first_unit_price(self) -> Decimal:
        """What the first unit costs, of packages its part of one, fees aside: something to weigh features by."""
        if self.package_size is not None:
            return (self.package_price or Decimal(0)) / self.package_size
        first = self.tiers[0].unit_price if self.tiers else self.unit_price
        return first or Decimal(0)


def overage_problems(path: str, overage: Any) -> list[Problem]:
    """What is wrong with an overage price as a document has it, beyond its single values."""
    if not isinstance(overage, Mapping):
        return []
    given = {key for key, value in overage.items() if value is not None}
    ways = [way for way, keys in WAYS.items() if given & set(keys)]
    if len(ways) != 1:
        what = f"has several prices: {' and '.join(ways)}" if ways else "has no price"
        return [Problem(path, what, ONE_WAY)]
    problems = [Problem(f"{path}.{key}", "is missing", "Add it") for key in WAYS[ways[0]] if key not in given]
    size, tiers = number_or_none(overage.get("package_size")), overage.get("tiers")
    if size is not None and 0 < size < 1:
        problems.append(Problem(f"{path}.package_size", f"{plain(size)} is less than one unit", "Give 1 or more"))
    return problems + (_tier_problems(f"{path}.tiers", tiers) if isinstance(tiers, list | tuple) else [])


def _tier_problems(path: str, tiers: Sequence[Any]) -> list[Problem]:
    if not 0 < len(tiers) <= TIERS_MAX:
        return [Problem(path, f"has {len(tiers)} tiers", f"Give 1 to {TIERS_MAX}, the last without up_to")]
    problems, before = [], Decimal(0)
    for number, tier in enumerate(tiers):
        if not isinstance(tier, Mapping):
            continue  # which is told where values are read
        last, up_to = number == len(tiers) - 1, tier.get("up_to")
        if tier.get("unit_price") is None and tier.get("flat_amount") is None:
            problems.append(Problem(f"{path}.{number}", "has neither unit_price nor flat_amount", "Give one of them, or both"))
        if last and up_to is not None:
            what = f"the last tier ends at {up_to}"
            problems.append(Problem(f"{path}.{number}.up_to", what, "Remove it, so that every unit has a price"))
        if not last and up_to is None:
            problems.append(Problem(f"{path}.{number}.up_to", "is missing", "Add it: only the last tier is open"))
        end = number_or_none(up_to)
        if not last and end is not None:
            if 0 < end <= before:
                what = f"{plain(end)} is not more than {plain(before)}, where the tier before ends"
                problems.append(Problem(f"{path}.{number}.up_to", what, "Let up_to rise from tier to tier"))
            before = max(before, end)
    return problems


def number_or_none(typed: object) -> Decimal | None:
    """What a document has for a number; None where that is none."""
    try:
        return parse_decimal(typed)
    except ValueError:
        return None
