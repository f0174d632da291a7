"""Overage prices (billing-rules 4.2, 15.1): what units beyond ``included`` come to, as lines and exactly.

A price is a list of pieces, from the first unit on: in each the cost is an amount that is due as soon as a unit lies in it, and
so much for every unit counted. All that is asked of a price is asked of its pieces.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import ONE, ZERO, decimal, rounded_up_count
from .line import Line

Overage = Mapping[str, Any]


class Piece(NamedTuple):
    """Units above ``above`` up to and with ``until``, None without an end: ``due`` and ``price`` for each unit above ``counted``."""

    above: Decimal
    until: Decimal | None
    due: Decimal
    counted: Decimal
    price: Decimal

    def cost(self, units: Decimal) -> Decimal:
        return self.due + (units - self.counted) * self.price

    def holds(self, units: Decimal) -> bool:
        return units > self.above and (self.until is None or units <= self.until)


def amount_of(tier: Mapping[str, Any], key: str) -> Decimal:
    return decimal(tier.get(key) or 0)


def pieces_of(overage: Overage, units: Decimal) -> Iterator[Piece]:
    """15.1, as far as ``units``."""
    if overage.get("package_size") is not None:
        yield from packages(decimal(overage["package_size"]), decimal(overage["package_price"]), units)
    elif overage.get("tiers") is not None:
        yield from {"graduated": graduated, "volume": volume}[overage["tiers_mode"]](overage["tiers"])
    else:
        yield Piece(ZERO, None, ZERO, ZERO, decimal(overage["unit_price"]))


def packages(size: Decimal, price: Decimal, units: Decimal) -> Iterator[Piece]:
    """Per started block of n units."""
    for block in range(rounded_up_count(units, size)):
        yield Piece(block * size, (block + 1) * size, (block + 1) * price, ZERO, ZERO)


def ends_of(tiers: Sequence[Mapping[str, Any]]) -> list[tuple[Decimal, Decimal | None]]:
    """``up_to`` is inclusive; the last tier is open."""
    ends = [None if tier.get("up_to") is None else decimal(tier["up_to"]) for tier in tiers]
    starts = [ZERO, *(end for end in ends if end is not None)]
    return list(zip(starts, ends, strict=True))


def graduated(tiers: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    """Each unit at the price of the tier in which it falls, and the flat fee of every tier reached."""
    due = ZERO
    for tier, (above, until) in zip(tiers, ends_of(tiers), strict=True):
        piece = Piece(above, until, due + amount_of(tier, "flat_amount"), above, amount_of(tier, "unit_price"))
        yield piece
        due = ZERO if until is None else piece.cost(until)


def volume(tiers: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    """All units at the price of the tier that the total reaches, and its flat fee alone."""
    for tier, (above, until) in zip(tiers, ends_of(tiers), strict=True):
        yield Piece(above, until, amount_of(tier, "flat_amount"), ZERO, amount_of(tier, "unit_price"))


def exact_cost(overage: Overage, units: Decimal) -> Decimal:
    """What they come to before a line is rounded; no unit beyond, no fee."""
    if units <= ZERO:
        return ZERO
    return next(piece.cost(units) for piece in pieces_of(overage, units) if piece.holds(units))


def most_within(overage: Overage, base: Decimal, more: Decimal, room: Decimal, step: Decimal) -> Decimal:
    """15.5: the most of ``more`` units after ``base``, in steps, that cost no more than ``room``. ``base`` may be below 0."""
    best = ZERO if base > ZERO else min(more, -base) // step * step
    if base + more <= ZERO:
        return best
    for piece in pieces_of(overage, base + more):
        most = base + more if piece.until is None else min(base + more, piece.until)
        if piece.price > ZERO:
            if room < piece.due:
                continue
            affordable = ((room - piece.due) * 10**6) // piece.price  # in millionths of a unit, the finest there is
            most = min(most, piece.counted + affordable.scaleb(-6))
        elif piece.due > room:
            continue
        steps = (most - base) // step * step
        if steps > ZERO and base + steps > piece.above:
            best = max(best, steps)
    return best


# --- Lines -----------------------------------------------------------------------------------------------------------


def overage_charges(code: str, units: Decimal, overage: Overage) -> list[Line]:
    """One line per tier reached, one for its flat fee; of packages one."""
    if units <= ZERO:
        return []
    if overage.get("package_size") is not None:
        started = Decimal(rounded_up_count(units, decimal(overage["package_size"])))
        return [Line("feature_overage", code, started, decimal(overage["package_price"]))]
    if overage.get("tiers") is None:
        return [Line("feature_overage", code, units, decimal(overage["unit_price"]))]
    lines = []
    for number, (piece, tier) in enumerate(zip(pieces_of(overage, units), overage["tiers"], strict=True), start=1):
        whole = overage["tiers_mode"] == "volume"
        if piece.holds(units) if whole else units > piece.above:
            last = units if piece.until is None else min(units, piece.until)
            quantity = units if whole else last - piece.above
            lines.append(Line("feature_overage", code, quantity, piece.price, tier=number))
            fee = amount_of(tier, "flat_amount")
            lines.append(Line("feature_overage", code, ONE, fee, tier=number, charge="flat"))
    return lines
