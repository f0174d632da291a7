"""Line-ups in words: which plans they have, and who is on which of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.formats import percent_exact
from commet_core.reports.quote.words import plan_in_words, plan_name, prices_in_words
from commet_core.scenario.candidates import Candidate, Choice, plans_of

CHOICE_NAMES: Final[Mapping[Choice, str]] = MappingProxyType(
    {
        "cheapest": "Each on the plan that suits best",
        "upgrade": "From the lowest plan upwards",
        "assigned": "As your subscriptions say",
    }
)
"""Who is on which plan of a line-up, in a few words."""


def choice_in_words(choose: Choice, lowest: str, share_max: Decimal, periods: int) -> str:
    """Who is on which plan of a line-up, in sentences.

    lowest: the name of its lowest plan. share_max: the share of a customer's usage that a plan may refuse. periods: after so
    many in which the next plan would have suited better customers move up.
    """
    if choose == "assigned":
        return f"Customers are on the plans that your subscriptions say. Who has none there is on {lowest}."
    least = f"at most {percent_exact(share_max)}" if share_max else "none"
    else_refuses = "more" if share_max else "some"
    if choose == "cheapest":
        return (
            f"Each customer is on one plan the whole time: of those that refuse {least} of their usage the one that costs least; "
            f"where all refuse {else_refuses}, the one that refuses least."
        )
    running = "a billing period" if periods == 1 else f"{periods} billing periods running"
    return (
        f"Everybody begins on {lowest}, and moves up after {running} in which the next plan would have suited better: it costs "
        f"less and refuses {least} of the usage, or it refuses less where the present plan refuses {else_refuses}."
    )


def choice_of_candidate(catalog: Catalog, candidate: Candidate) -> str:
    """`choice_in_words` of a line-up."""
    lowest = plan_name(catalog, plans_of(catalog, candidate)[0])
    return choice_in_words(candidate.choose, lowest, candidate.blocked_share_max, candidate.upgrade_after_periods)


def candidate_in_words(catalog: Catalog, candidate: Candidate) -> str:
    """What customers of a candidate get and pay: of a plan all its terms; of a line-up its plans, and who is on which."""
    plans = plans_of(catalog, candidate)
    if candidate.group is None:
        return plan_in_words(catalog, plans[0])
    return f"{'; '.join(_priced(catalog, code) for code in plans)}. {choice_of_candidate(catalog, candidate)}"


def _priced(catalog: Catalog, code: str) -> str:
    """`Pro, $99 a month`; of a free plan that is called so `Free`."""
    name, prices = plan_name(catalog, code), prices_in_words(catalog, catalog.plans[code])
    return name if name.lower() == prices else f"{name}, {prices}"
