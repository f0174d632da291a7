"""What the Plans page says of each consumption model, and the fields that only its plans have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from commet_core.catalog.level_terms import FeatureType
from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import a_interval, interval_name, plural
from commet_core.scenario.drafts import How, Path
from commet_core.scenario.drafts.overage import way_of
from pages.plan_editor import drafts, fields
from pages.plan_editor.overage_fields import overage_fields


@dataclass(frozen=True)
class ModelFields:
    """A model on the Plans page.

    free      what it means that a plan has no price
    hows      how a plan can treat a feature
    of_plan   the fields of its plans: plan code, period
    price     the field of a feature that is `priced`: path, unit
    """

    free: str
    hows: Mapping[How, str]
    of_plan: Callable[[str, str], None]
    price: Callable[[Path, str], None]


HELD_HOWS: Final[Mapping[How, str]] = {
    "absent": "Not in this plan",
    "charged": "Included, then charged",
    "limited": "Included, and no more",
    "unlimited": "Unlimited, costs nothing",
}
"""How a plan can treat seats or quota, whatever its model."""

BOOLEAN_HOWS: Final[Mapping[How, str]] = {"absent": "Not in this plan", "there": "In this plan"}


def hows_of(model: ConsumptionModel, kind: FeatureType) -> dict[How, str]:
    """How a plan of a model can treat a feature of a type."""
    if kind == "usage":
        return dict(MODEL_FIELDS[model].hows)
    return dict(BOOLEAN_HOWS if kind == "boolean" else HELD_HOWS)


def feature_fields(
    model: ConsumptionModel, path: Path, treated: How, unit: str, columns: Sequence[Any], intervals: list[Interval]
) -> None:
    """The fields of a feature as a plan treats it, in columns: two, or one more than `intervals`. unit: as the page may show it.

    intervals: for which prices are typed, where it is not one number for all of them.
    """
    way = way_of(drafts.current().design.value((*path, "overage")) or {})
    with columns[0]:
        if treated in {"charged", "limited"}:
            fields.number(f"Included {plural(unit)}", (*path, "included"), placeholder="0")
        elif treated == "by_model":
            hint = "Added to what the model's tokens cost. Which models there are and what they cost: under AI models."
            fields.percentage("Margin (%)", (*path, "margin"), hint=hint)
        elif treated == "priced":
            MODEL_FIELDS[model].price(path, unit)
    price = (*path, "overage", "unit_price")
    if treated == "charged" and way == "unit_price" and not intervals:
        with columns[1]:
            fields.number(f"Then per {unit} ({drafts.sign()})", price, required=True)
    elif treated == "charged" and way == "unit_price":
        for column, interval in zip(columns[1:], intervals, strict=False):
            with column:
                fields.price_for(f"Then per {unit} {a_interval(interval)} ({drafts.sign()})", price, intervals, interval)
        labels = {str(interval): interval_name(interval).capitalize() for interval in intervals}
        fields.problems_below_row(labels, price)
        for where in (price, price[:-1]):
            fields.problem_below(drafts.current().problems_at(".".join(where)))
    elif treated == "charged":
        overage_fields((*path, "overage"), way, unit, drafts.sign(), intervals)


def _credits_plan(code: str, period: str) -> None:
    st.markdown("**Credits**")
    hint = "Granted anew every period; what is left over is lost. Credits from packs are kept."
    with st.columns(2)[0]:
        fields.number(f"Included credits every {period}", ("plans", code, "included_credits"), placeholder="0", hint=hint)


def _credits_price(path: Path, unit: str) -> None:
    fields.number(f"Credits per {unit}", (*path, "credits_per_unit"), required=True)


def _balance_plan(code: str, period: str) -> None:
    st.markdown("**Balance**")
    with st.columns(2)[0]:
        fields.number(
            f"Included balance every {period} ({drafts.sign()})",
            ("plans", code, "included_balance"),
            placeholder=f"as the price of a {period}",
            hint="Granted anew every period; what is left over is lost.",
        )
    fields.switch(
        "Stop usage when the balance is used up",
        ("plans", code, "block_on_exhaustion"),
        hint="Otherwise usage goes on, and what is below zero is charged at the period's end. Free plans always stop.",
    )


def _unit_price(path: Path, unit: str) -> None:
    fields.number(f"Price per {unit} ({drafts.sign()})", (*path, "unit_price"), required=True)


def _no_fields(code: str, period: str) -> None:
    """A model whose plans have nothing of their own."""


MODEL_FIELDS: Final[Mapping[ConsumptionModel, ModelFields]] = {
    "metered": ModelFields(
        "A free plan: usage stops at what is included, and nothing is ever charged.",
        {
            "absent": "Not in this plan",
            "charged": "Included, then charged",
            "limited": "Included, then stops",
            "unlimited": "Unlimited",
        },
        _no_fields,
        _unit_price,
    ),
    "credits": ModelFields(
        "A free plan: when its credits are used up, customers buy a pack or wait.",
        {"absent": "Not in this plan", "priced": "Costs credits", "unlimited": "Unlimited, costs nothing"},
        _credits_plan,
        _credits_price,
    ),
    "balance": ModelFields(
        "A free plan: when its balance is used up, customers top it up or wait.",
        {
            "absent": "Not in this plan",
            "priced": "Paid from the balance",
            "by_model": "AI model price + margin",
            "unlimited": "Unlimited, costs nothing",
        },
        _balance_plan,
        _unit_price,
    ),
}
