"""Candidates: plans under comparison, and line-ups, with what is assumed of their customers (interfaces.md)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from commet_core.catalog.beyond import Beyond
from commet_core.catalog.plans import Catalog
from commet_core.catalog.versions import versions_of
from commet_core.foundation.documents import COUNT_MAX, Amount, Document, PositiveAmount, Probability, Whole
from commet_core.foundation.vocabulary import Interval
from commet_core.scenario.adoption import VersionRule

PERIODS_MAX = 1000

Choice = Literal["cheapest", "upgrade", "assigned"]
CHOICES: tuple[Choice, ...] = ("cheapest", "upgrade", "assigned")


class Purchases(Document):
    """An assumption about customers: when they buy credit packs (billing-rules 5.6).

    `pack`: none, smallest_sufficient, or a pack's code. `probability`: the chance that a customer buys in a period.
    """

    pack: str = "none"
    max_packs_per_period: Annotated[Whole, Field(ge=0, le=COUNT_MAX)] | None = None
    probability: Probability = Decimal(1)


class TopUp(Document):
    """An assumption about customers: how they top up a balance that blocks (billing-rules 6.5)."""

    amount: PositiveAmount
    max_per_period: Annotated[Whole, Field(ge=0, le=COUNT_MAX)] | None = None
    probability: Probability = Decimal(1)


class CandidateCap(Document):
    """A spend cap in place of the plan's (billing-rules 15.5). `beyond`: as the plan's says, else `block`."""

    amount: Amount
    beyond: Beyond | None = None


class Candidate(Document):
    """One plan under comparison, on one billing interval, or a line-up: a plan group in its place.

    choose                 of a line-up, who is on which of its plans: `cheapest`, each customer on the one that suits them best;
                           `upgrade`, from the lowest upwards; `assigned`, as the subscriptions say
    blocked_share_max      the share of its usage, 0 to 1, beyond which a plan that refuses it does not suit a customer
    upgrade_after_periods  for so many billing periods running the next plan has to have suited a customer better
    offer                  what customers get at their start (billing-rules 9.1)
    promo_code             what customers use at their start, up to its limit (billing-rules 9.2)
    versions               who adopts versions of its plans, where that is not as the scenario says (8.7)
    spend_cap              of its customers, in place of their plans' (billing-rules 15.5)
    addons                 the add-ons that customers have from their start (10.3)
    market                 of those whose start names none (15.6)
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    plan: str | None = None
    group: str | None = None
    choose: Choice = "cheapest"
    blocked_share_max: Probability = Decimal(0)
    upgrade_after_periods: Annotated[Whole, Field(ge=1, le=PERIODS_MAX)] = 2
    interval: Interval | None = None
    purchases: Purchases = Purchases()
    top_up: TopUp | None = None
    offer: str | None = None
    promo_code: str | None = None
    versions: tuple[VersionRule, ...] = ()
    spend_cap: CandidateCap | None = None
    addons: tuple[str, ...] = ()
    market: str | None = None

    @property
    def decides(self) -> bool:
        """Whether it says itself who is on which of its plans, in place of the subscriptions."""
        return self.group is not None and self.choose != "assigned"


def plans_of(catalog: Catalog, candidate: Candidate) -> tuple[str, ...]:
    """The codes of a candidate's plans, lowest first: those that the catalog has."""
    codes = (candidate.plan,) if candidate.group is None else catalog.plan_groups.get(candidate.group, ())
    return tuple(code for code in codes if code in catalog.plans)


def features_of(catalog: Catalog, candidate: Candidate) -> frozenset[str]:
    """The features that customers of a candidate can use, and the seats and quota that they can hold: of its plans, in any of
    their versions, and add-ons.
    """
    plans = [version.plan for code in plans_of(catalog, candidate) for version in versions_of(catalog.plans[code])]
    added = {catalog.addons[code].feature for code in candidate.addons if code in catalog.addons}
    return frozenset(added.union(*(plan.features.keys() | plan.levels.keys() for plan in plans)))
