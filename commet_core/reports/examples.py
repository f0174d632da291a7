"""The worked examples of billing-rules 4, 5 and 6: one customer's month on each model, computed by the simulator itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from commet_core.catalog.plans import Catalog, ConsumptionModel
from commet_core.engine.replay import Replay
from commet_core.reports.quote import one_month
from commet_core.scenario.candidates import Candidate


@dataclass(frozen=True)
class Example:
    """One customer's month: a model in a sentence, who it suits, the plan and usage in words, and the plan itself."""

    model: ConsumptionModel
    rule: str
    suits: str
    story: str
    plan: dict[str, Any]
    feature: str
    units: Decimal
    purchases: dict[str, Any]

    def replayed(self) -> Replay:
        """The month, replayed."""
        packs = {"pack": {"name": "Pack of 500", "credits": 500, "price": 20}} if self.model == "credits" else {}
        catalog = Catalog.model_validate(
            {"features": {self.feature: {}}, "plans": {"plan": {**self.plan, "name": "Pro"}}, "credit_packs": packs}
        )
        candidate = Candidate.model_validate({"name": "Example", "plan": "plan", "purchases": self.purchases})
        return one_month(catalog, [candidate], {self.feature: self.units})


EXAMPLES = (
    Example(
        model="metered",
        rule="Usage is counted against what is included, and what goes beyond it is charged at the end of the period.",
        suits="Classic software whose customers use different amounts from month to month, and accept a bill that follows.",
        story="$99 a month with 10,000 calls included and $0.01 for each call beyond. A customer makes 15,000 calls.",
        plan={
            "consumption_model": "metered",
            "prices": {"monthly": 99},
            "features": {"call": {"included": 10000, "overage": {"unit_price": "0.01"}}},
        },
        feature="call",
        units=Decimal(15000),
        purchases={},
    ),
    Example(
        model="credits",
        rule="Each period brings plan credits that are used first and reset; credit packs that customers buy never expire.",
        suits="AI products whose features cost differently, and that want to sell packs rather than send a surprising bill.",
        story="$49 a month with 1,000 credits, 10 for an image; a pack of 500 is $20. A customer makes 120 images.",
        plan={
            "consumption_model": "credits",
            "prices": {"monthly": 49},
            "included_credits": 1000,
            "features": {"image": {"credits_per_unit": 10}},
        },
        feature="image",
        units=Decimal(120),
        purchases={"pack": "pack"},
    ),
    Example(
        model="balance",
        rule="The customer pays an amount in advance and spends it at unit prices; then it goes on as overage, or stops.",
        suits="Platforms with many services whose customers want to see dollars, not a currency of your own.",
        story="$50 a month with a $50 balance, $0.001 a call. A customer makes 60,000 calls.",
        plan={
            "consumption_model": "balance",
            "prices": {"monthly": 50},
            "features": {"call": {"unit_price": "0.001"}},
        },
        feature="call",
        units=Decimal(60000),
        purchases={},
    ),
)
