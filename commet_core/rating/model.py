"""What a consumption model is to the engine: what it is given, what it answers, and what is declared about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from commet_core.catalog.plan_terms import PlanTerms
from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import read_only
from commet_core.foundation.money import minor_nanos
from commet_core.rating.admission import Admitted, Events, Ledger, admitted_of
from commet_core.rating.charges import Charged
from commet_core.rating.items import Items
from commet_core.rating.stocks import CellUse, StockFlows, StockKind
from commet_core.scenario.candidates import Candidate
from commet_core.timeline.segments import Timeline
from commet_core.timeline.subscribers import Subscription
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from commet_core.rating.beyond import Beyond
    from commet_core.rating.spending import Spending

CellColumn = Literal["overage_units", "credits", "cost", "amount"]
"""A column of the result table `feature_periods` that not every model fills: `credits` and `cost` are used of its stocks."""


class Rates(Protocol):
    """A model's terms as arrays, a row per stage, in it an entry per feature of the usage.

    kinds        int8: how the feature is treated
    unit_prices  int64: what a unit costs, in nanos or in micros of a credit
    """

    @property
    def kinds(self) -> np.ndarray: ...

    @property
    def unit_prices(self) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class Setting:
    """What a model is asked to replay: a candidate's customers on their stages, with everybody's terms.

    aggregate   rows are totals of many requests, served in part where not in whole (billing-rules 3.2)
    in_sums     only what a segment comes to is asked for: no first refusal, no moment of a purchase, no overage by feature
    """

    catalog: Catalog
    candidate: Candidate
    usage: Usage
    subscription: Subscription
    items: Items
    seed: int
    aggregate: bool
    in_sums: bool = False

    @property
    def timeline(self) -> Timeline:
        return self.subscription.timeline

    @property
    def minor_nanos(self) -> int:
        return minor_nanos(self.catalog.currency)

    def events(self) -> Events:
        """The usage's events as kernels read them, without what AI models cost."""
        return Events(self.usage.feature_indexes.view(np.uint16), self.usage.values, read_only(np.empty(0, np.int64)))

    def admitted(self) -> Admitted:
        """Room for what is served."""
        return admitted_of(len(self.timeline.cell_units), len(self.timeline.customers))

    def hashes(self, probability: Decimal) -> np.ndarray:
        """uint64, one per customer of the timeline; empty where the probability leaves nothing to chance."""
        certain = probability >= 1
        return np.empty(0, np.uint64) if certain else self.usage.customer_hashes(self.seed)[self.timeline.customers]


class ModelReplay(Protocol):
    """One candidate made ready: the terms that the model's kernel reads, and the arrays that it writes."""

    @property
    def rates(self) -> Rates: ...

    @property
    def admitted(self) -> Admitted: ...

    @property
    def beyond(self) -> Beyond | None:
        """What its kernel knows of spend caps, expiry and corrections; None where it knows nothing of them."""

    @property
    def spending(self) -> Spending | None:
        """How events take from its stocks, where caps, expiry and corrections have no part in it; None where its kernel alone knows."""

    def replay_customers(self, first: int, last: int, ledger: Ledger) -> np.ndarray:
        """Replays a range of customers; returns their purchases (rows of `admission.PURCHASE_COLUMNS`)."""

    def charged(self, purchases: np.ndarray) -> Charged:
        """What customers owe, when all are replayed and these are the purchases of them all."""

    def flows(self, charged: Charged) -> tuple[StockFlows, ...]:
        """The model's stocks, when all are replayed."""

    def cell_use(self) -> CellUse | None:
        """What features used of its stocks; None of a model without any."""


@dataclass(frozen=True)
class Model:
    """A consumption model.

    name          as catalogs have it in `consumption_model`
    plan          the class of its plans
    stocks        the kinds of stock that its replays have
    cell_columns  the columns of `feature_periods` that it fills
    replay        makes a replay ready
    """

    name: str
    plan: type[PlanTerms]
    stocks: tuple[StockKind, ...]
    cell_columns: frozenset[CellColumn]
    replay: Callable[[Setting], ModelReplay]
