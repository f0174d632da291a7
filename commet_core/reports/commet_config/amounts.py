"""Amounts in the unit of Commet's published package."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from commet_core.reports.commet_config.typescript import WHOLE_MAX

PACKAGE: Final = "@commet/node"
PACKAGE_VERSION: Final = "7.10.0"
"""The version whose types the file is written for, and checked against."""

UNITS_PER_ONE: Final = 10_000
"""Of that version: 10000 is $1.00 (its `PriceDef.amount`)."""


def in_units(amount: Decimal) -> int | None:
    """An amount of the currency in units of 1/10000; None where it is finer than that, or too large for JavaScript."""
    units = amount * UNITS_PER_ONE
    return int(units) if units == units.to_integral_value() and abs(units) <= WHOLE_MAX else None
