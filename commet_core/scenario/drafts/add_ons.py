"""Add-ons in a design: one feature each, with a price for an interval (billing-rules 10.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from commet_core.catalog.add_ons import KEYS_OF
from commet_core.catalog.level_terms import LEVEL_TYPES
from commet_core.scenario.drafts.codes import free_name
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import FIRST_NAMES, with_new, with_value
from commet_core.scenario.drafts.feature_types import type_of, with_new_feature
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS

AddOnModel = Literal["boolean", "metered", "credits", "balance"]

STARTING_PRICE: Final = "10"
STARTING_WORTH: Final = Decimal("0.01")
STARTING_BASE: Final = Decimal(10)


def features_to_add(design: Design) -> list[str]:
    """The features that can still be sold as an add-on: not held, and in no add-on yet."""
    taken = {add_on.get("feature") for add_on in design.group("addons").values()}
    return [code for code in design.group("features") if type_of(design, code) not in LEVEL_TYPES and code not in taken]


def with_new_add_on(design: Design) -> tuple[Design, str]:
    """The design with one more add-on, and its code: of a feature that not every plan has, or of a new boolean one."""
    plans = design.group("plans").values()
    lacking = [code for code in features_to_add(design) if not all(code in plan.get("features", {}) for plan in plans)]
    if lacking:
        feature = lacking[0]
    else:
        design, feature = with_new_feature(design, "boolean")
    name = free_name(FIRST_NAMES["addons"], [add_on.get("name", "") for add_on in design.group("addons").values()])
    model = _usual_model(design, feature)
    content = {"feature": feature, "consumption_model": model, "base_price": STARTING_PRICE, **_starts(model)}
    return with_new(design, "addons", name, content)


def with_feature(design: Design, code: str, feature: str) -> Design:
    """The design with an add-on of another feature; what does not fit its type is what it begins with."""
    changed = with_value(design, ("addons", code, "feature"), feature)
    boolean = type_of(design, feature) == "boolean"
    present = design.group("addons")[code].get("consumption_model")
    if boolean == (present == "boolean"):
        return changed
    return with_add_on_model(changed, code, _usual_model(changed, feature))


def with_add_on_model(design: Design, code: str, model: AddOnModel) -> Design:
    """The design with an add-on for plans of another model; what it said of usage begins anew."""
    add_on = design.group("addons")[code]
    if add_on.get("consumption_model") == model:
        return design
    of_usage = frozenset().union(*KEYS_OF.values())
    rest = {key: value for key, value in add_on.items() if key not in of_usage}
    return with_value(design, ("addons", code), {**rest, "consumption_model": model, **_starts(model)})


def _usual_model(design: Design, feature: str) -> AddOnModel:
    """`boolean` of a boolean feature, else the model of the first plan that lacks it."""
    if type_of(design, feature) == "boolean":
        return "boolean"
    plans = list(design.group("plans").values())
    lacking = [plan for plan in plans if feature not in plan.get("features", {})]
    model: AddOnModel = next((plan["consumption_model"] for plan in [*lacking, *plans]), "metered")
    return model


def _starts(model: AddOnModel) -> dict[str, Any]:
    """What an add-on of a model says of usage at first."""
    return {} if model == "boolean" else DRAFT_MODELS[model].carried(STARTING_WORTH, STARTING_BASE, 1)
