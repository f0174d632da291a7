"""An invoice line before it is rounded."""

from dataclasses import dataclass
from decimal import Decimal

from .amounts import ZERO, rounded_half_up


@dataclass(frozen=True)
class Line:
    """An invoice line before it is rounded.

    ``bought``: the credits or the balance that it pays for. ``whole``: the amount where it is not quantity x unit price.
    ``version``: 8.7, the day of the version whose price it is. ``tier`` and ``charge``: 15.1, of prices in tiers the tier, from 1, and ``flat`` for its fee;
    of seats and quota ``advance`` or ``true_up``, and the ``days`` of the latter.
    """

    kind: str
    item: str
    quantity: Decimal
    unit_price: Decimal
    bought: Decimal = ZERO
    whole: Decimal | None = None
    tier: int | None = None
    charge: str | None = None
    version: str | None = None
    days: int | None = None

    def amount(self, minor_digits: int) -> Decimal:
        """1.3: every line is rounded once, half up, to the currency's minor unit."""
        exact = self.quantity * self.unit_price if self.whole is None else self.whole
        return rounded_half_up(exact, minor_digits)
