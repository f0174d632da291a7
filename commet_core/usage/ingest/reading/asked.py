"""What a scenario asks of the reading of its usage. It may still be loaded while the first rows are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from commet_core.catalog.request_prices import RequestPrices


class Asked(NamedTuple):
    """
    prices       what requests to AI models are priced by: rows with a model that has no price are rejected (billing-rules 11.3);
                 None where any model will do
    corrections  rows below zero are read, not rejected (15.7)
    """

    prices: RequestPrices | None = None
    corrections: bool = False


class Asking(Protocol):
    """Who asks. An InputError in place of the answer stops the reading."""

    def begin(self) -> None:
        """Rows are being read, which leaves Python's lock free for the most part. Raises the InputError, once there is one."""

    def result(self) -> Asked:
        """The answer, waited for where the reading depends on it."""


@dataclass(frozen=True)
class Known:
    """The answer of somebody who knows it."""

    asked: Asked

    def begin(self) -> None:
        pass

    def result(self) -> Asked:
        return self.asked


NOTHING: Final = Known(Asked())
"""Of usage without a scenario."""
