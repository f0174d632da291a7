"""What drafts know of each consumption model: the one place in drafts that does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.money import plain
from commet_core.scenario.drafts.worth import base_price, number_typed, part_of, two_digits

STARTING_CREDITS: Final = Decimal(1000)


@dataclass(frozen=True)
class DraftModel:
    """A model's plans as drafts have them.

    keys     what a plan has beside a name, prices and features
    starts   of those, what a new plan has
    counts   whether units of a feature are included, and what is beyond is charged or refused
    carried  a feature's terms from what its unit is worth, above zero: worth, base price, number of features → terms
    worth    what a feature's unit is worth by its terms: plan, terms → a price above zero; None where they do not say
    lessen   makes a plan that is about to be free include less, and take nothing that such a plan cannot charge
    """

    keys: tuple[str, ...]
    starts: Mapping[str, str]
    counts: bool
    carried: Callable[[Decimal, Decimal, int], dict[str, Any]]
    worth: Callable[[Mapping[str, Any], Mapping[str, Any]], Decimal | None]
    lessen: Callable[[dict[str, Any]], None]


def _metered_carried(worth: Decimal, base: Decimal, features: int) -> dict[str, Any]:
    return {"included": two_digits(base / worth / features, 0), "overage": {"unit_price": two_digits(worth, 9)}}


def _metered_worth(plan: Mapping[str, Any], terms: Mapping[str, Any]) -> Decimal | None:
    price = number_typed((terms.get("overage") or {}).get("unit_price"))
    base, included = base_price(plan), number_typed(terms.get("included"))
    return price or (base / included if base and included else None)


def _metered_lessen(plan: dict[str, Any]) -> None:
    for terms in plan.get("features", {}).values():
        if not isinstance(terms, dict):
            continue  # a boolean feature, which is there
        terms.pop("overage", None)
        if terms.get("unlimited") is not True:
            terms["included"] = part_of(terms.get("included"))


def _credits_carried(worth: Decimal, base: Decimal, features: int) -> dict[str, Any]:  # noqa: ARG001 - all share the credits
    return {"credits_per_unit": two_digits(worth / base * STARTING_CREDITS, 6)}


def _credits_worth(plan: Mapping[str, Any], terms: Mapping[str, Any]) -> Decimal | None:
    base, granted = base_price(plan), number_typed(plan.get("included_credits"))
    per_unit = number_typed(terms.get("credits_per_unit"))
    return base * per_unit / granted if base and per_unit and granted else None


def _credits_lessen(plan: dict[str, Any]) -> None:
    plan["included_credits"] = part_of(plan.get("included_credits"))


def _balance_carried(worth: Decimal, base: Decimal, features: int) -> dict[str, Any]:  # noqa: ARG001 - all share the balance
    return {"unit_price": two_digits(worth, 9)}


def _balance_worth(plan: Mapping[str, Any], terms: Mapping[str, Any]) -> Decimal | None:  # noqa: ARG001 - a price says it
    return number_typed(terms.get("unit_price"))


def _balance_lessen(plan: dict[str, Any]) -> None:
    plan["included_balance"] = part_of(plan.get("included_balance") or plan.get("prices", {}).get("monthly"))


DRAFT_MODELS: Final[Mapping[ConsumptionModel, DraftModel]] = {
    "metered": DraftModel((), {}, True, _metered_carried, _metered_worth, _metered_lessen),
    "credits": DraftModel(
        ("included_credits", "rollover"),
        {"included_credits": plain(STARTING_CREDITS).replace(",", "")},
        False,
        _credits_carried,
        _credits_worth,
        _credits_lessen,
    ),
    "balance": DraftModel(
        ("included_balance", "block_on_exhaustion", "rollover"),
        {},
        False,
        _balance_carried,
        _balance_worth,
        _balance_lessen,
    ),
}
