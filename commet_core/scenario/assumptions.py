"""What is assumed about people (decisions.md 4): few things, each with a name, each nothing unless it is said."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator

from commet_core.foundation.documents import Document, share_reader

Share = Annotated[Decimal, BeforeValidator(share_reader(Decimal(0), Decimal(1)))]
Rise = Annotated[Decimal, BeforeValidator(share_reader(Decimal(0), Decimal(100)))]
Elasticity = Annotated[Decimal, BeforeValidator(share_reader(Decimal(-5), Decimal(5)))]


class Leaving(Document):
    """Of customers whose bill for a whole period rises by more than `rise` against the baseline, a share leaves at the renewal."""

    rise: Rise = Decimal("0.2")
    share: Share = Decimal(0)


class LeavingRefused(Document):
    """Of customers who are refused more than `refused` of a whole period's usage, a share leaves at the renewal."""

    refused: Share = Decimal("0.1")
    share: Share = Decimal(0)


class PlanChoice(Document):
    """Of a line-up's customers the share who stay on the plan that they have today; of the others the share who prefer a flat bill.

    All others are on the plan that suits them best, as the candidate says.
    """

    sticks: Share = Decimal(0)
    prefers_flat: Share = Decimal(0)


class Assumptions(Document):
    """Assumptions about customers; a scenario without them is the plain replay to the last digit.

    usage_response   the elasticity of usage to what it costs: usage × (bill on the candidate ÷ on the baseline) ^ this
    leaving          leave when it gets dearer
    leaving_refused  leave when they are refused
    pack_buying      the share of customers who buy packs in a period, in place of the candidates' own
    top_ups          the share who top up in a period, in place of the candidates' own
    plan_choice      choose among the plans of a line-up in another way than by what suits them best
    """

    usage_response: Elasticity = Decimal(0)
    leaving: Leaving = Leaving()
    leaving_refused: LeavingRefused = LeavingRefused()
    pack_buying: Share | None = None
    top_ups: Share | None = None
    plan_choice: PlanChoice = PlanChoice()

    @property
    def change_customers(self) -> bool:
        """Whether usage or subscriptions are others than those that were read."""
        return bool(self.usage_response or self.leaving.share or self.leaving_refused.share)

    def value(self, name: str) -> Decimal | None:
        """What is assumed under a name of `NAMES`; None where every candidate has its own."""
        found: Any = self
        for key in name.split("."):
            found = getattr(found, key)
        return None if found is None else Decimal(found)

    def having(self, values: Mapping[str, Decimal]) -> Assumptions:
        """The same with other values under names of `NAMES`."""
        document: dict[str, Any] = self.model_dump()
        for name, value in values.items():
            part, *rest = name.split(".")
            if rest:
                document[part][rest[0]] = value
            else:
                document[part] = value
        return Assumptions.model_validate(document)


class Named(NamedTuple):
    """An assumption as it is asked about: its path, what it is called, its sentence, the evidence, and a range that makes sense."""

    name: str
    title: str
    sentence: str
    evidence: str
    low: Decimal
    high: Decimal


NAMES: Final[Mapping[str, Named]] = {
    named.name: named
    for named in (
        Named(
            "usage_response",
            "Usage response",
            "How customers' usage answers to what it costs them: at -0.3 a bill that doubles goes with 19 % less usage.",
            "Reviews of many studies find averages near -0.35 for households' electricity in the short run (Espey and Espey, Journal of "
            "Agricultural and Applied Economics 2004) and -0.41 for water (Dalhuisen and others, Land Economics 2003). For software "
            "nobody has published one that would carry over.",
            Decimal(-1),
            Decimal(0),
        ),
        Named(
            "leaving.share",
            "Leaving over price",
            "Of customers whose bill for a period rises by more than the threshold, this share leaves at the renewal.",
            "No published figure carries over from one business to another; a price rise is tried on some customers first, or the share "
            "is taken from the last one.",
            Decimal(0),
            Decimal("0.5"),
        ),
        Named(
            "leaving_refused.share",
            "Leaving over refusals",
            "Of customers who are refused more than the threshold of a period's usage, this share leaves at the renewal.",
            "No published figure carries over from one business to another; compare the cancellations of customers who have met a "
            "limit with those of others.",
            Decimal(0),
            Decimal("0.5"),
        ),
        Named(
            "pack_buying",
            "Buying packs",
            "In a period in which credits run out, this share of customers buys packs; the others are refused.",
            "None is published; it is the conversion of a shop inside the product, which its own records show.",
            Decimal(0),
            Decimal(1),
        ),
        Named(
            "top_ups",
            "Topping up",
            "In a period in which a balance that blocks runs out, this share of customers tops up; the others are refused.",
            "None is published; the product's own records show it.",
            Decimal(0),
            Decimal(1),
        ),
        Named(
            "plan_choice.sticks",
            "Sticking to the present plan",
            "Of a line-up's customers this share stays on the plan that they have on the baseline, or on the lowest where the line-up "
            "lacks it, whatever would suit them better.",
            "People stay with what they have far more often than newcomers choose it (Samuelson and Zeckhauser, Journal of Risk and "
            "Uncertainty 1988); employees gave up about $2,000 a year on average by not changing their health plan (Handel, American "
            "Economic Review 2013). How many do so with software is not published; moves between your own plans show it.",
            Decimal(0),
            Decimal(1),
        ),
        Named(
            "plan_choice.prefers_flat",
            "Preferring a flat bill",
            "Of a line-up's customers who choose, this share takes the plan on which the least comes on top of the base price, even where "
            "another costs less.",
            "Of gym members who paid by the month 80 % would have paid less by the visit (DellaVigna and Malmendier, American Economic "
            "Review 2006); of internet customers many chose a flat rate that cost them more (Lambrecht and Skiera, Journal of Marketing "
            "Research 2006). Your own customers on a plan that is too large for them show it.",
            Decimal(0),
            Decimal("0.5"),
        ),
    )
}
