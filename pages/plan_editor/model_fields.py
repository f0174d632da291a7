"""What the Plans page says of each consumption model, and the fields that only its plans have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.money import symbol
from commet_core.foundation.wording import plural
from commet_core.scenario.drafts import How, Path
from commet_core.scenario.drafts.overage import way_of
from pages.plan_editor import drafts, fields
from pages.plan_editor.overage_fields import has_other_ways, overage_fields, overage_ways


@dataclass(frozen=True)
class ModelFields:
    """A model on the Plans page.

    sentence  how customers pay
    free      what it means that a plan has no price
    hows      how a plan can treat a feature
    of_plan   the fields of its plans: plan code, period
    price     the field of a feature that is `priced`: path, unit
    more      terms that few plans have: plan code
    more_chosen  whether a plan has one of these: plan code
    """

    sentence: str
    free: str
    hows: Mapping[How, str]
    of_plan: Callable[[str, str], None]
    price: Callable[[Path, str], None]
    more: Callable[[str], None]
    more_chosen: Callable[[str], bool]


def feature_fields(model: ConsumptionModel, path: Path, treated: How, unit: str, first: Any, second: Any) -> None:
    """The fields of a feature as a plan treats it, in two columns. unit: as the page may show it."""
    way = way_of(drafts.current().design.value((*path, "overage")) or {})
    with first:
        if treated in {"charged", "limited"}:
            fields.number(f"Included {plural(unit)}", (*path, "included"), placeholder="0")
        elif treated == "by_model":
            hint = "Added to what the model's tokens cost. Which models there are and what they cost: under AI models."
            fields.percentage("Margin (%)", (*path, "margin"), hint=hint)
        elif treated == "priced":
            MODEL_FIELDS[model].price(path, unit)
    with second:
        if treated == "charged" and way == "unit_price":
            fields.number(f"Then per {unit} ({_sign()})", (*path, "overage", "unit_price"), required=True)
    if treated == "charged" and way != "unit_price":
        overage_fields((*path, "overage"), way, unit, _sign())


def _sign() -> str:
    return symbol(str(drafts.current().design.document.get("currency", ""))).strip()


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
            f"Included balance every {period} ({_sign()})",
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
    fields.number(f"Price per {unit} ({_sign()})", (*path, "unit_price"), required=True)


def _no_more(code: str) -> None:
    """A model whose plans have no further terms."""


def _no_fields(code: str, period: str) -> None:
    """A model whose plans have nothing of their own."""


MODEL_FIELDS: Final[Mapping[ConsumptionModel, ModelFields]] = {
    "metered": ModelFields(
        "Usage is counted. A part of it can be included; what goes beyond is charged at the end of the period, or refused.",
        "A free plan: usage stops at what is included, and nothing is ever charged.",
        {
            "absent": "Not in this plan",
            "charged": "Included, then charged",
            "limited": "Included, then stops",
            "unlimited": "Unlimited",
        },
        _no_fields,
        _unit_price,
        overage_ways,
        has_other_ways,
    ),
    "credits": ModelFields(
        "Each period brings credits, and every use costs some. When they run out customers buy a pack, or wait.",
        "A free plan: when its credits are used up, customers buy a pack or wait.",
        {"absent": "Not in this plan", "priced": "Costs credits", "unlimited": "Unlimited, costs nothing"},
        _credits_plan,
        _credits_price,
        _no_more,
        lambda _: False,
    ),
    "balance": ModelFields(
        "Customers pay an amount in advance and spend it at your unit prices. Then usage goes on as overage, or stops.",
        "A free plan: when its balance is used up, customers top it up or wait.",
        {
            "absent": "Not in this plan",
            "priced": "Paid from the balance",
            "by_model": "AI model price + margin",
            "unlimited": "Unlimited, costs nothing",
        },
        _balance_plan,
        _unit_price,
        _no_more,
        lambda _: False,
    ),
}
