"""Add-ons: one feature each, with a price of its own, beside a plan."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.foundation.wording import capitalized, interval_name, plural
from commet_core.reports.quote.held_words import add_on_in_words
from commet_core.scenario.drafts import name_of, with_value
from commet_core.scenario.drafts.add_ons import AddOnModel, features_to_add, with_add_on_model, with_feature, with_new_add_on
from commet_core.scenario.drafts.feature_types import type_of
from commet_core.scenario.drafts.interval_prices import intervals_to_price
from pages.plan_editor import drafts, fields
from pages.plan_editor.regional_prices import converted_prices
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import distinct, escaped

BEYOND: Final = {"charged": "Charged", "limited": "It stops"}


def add_ons() -> None:
    st.caption(
        "What customers can add to their plan: one feature with a price of its own. Choose under “What you compare” whose customers "
        "have it from the start; a file of what customers did can activate and end it on any day."
    )
    for code in list(drafts.current().design.group("addons")):
        with st.container(border=True):
            _add_on(code)
    st.button("Add an add-on", key="plans_add_on_new", on_click=drafts.add, args=(with_new_add_on,))


def _add_on(code: str) -> None:
    draft = drafts.current()
    add_on, path = draft.design.group("addons")[code], ("addons", code)
    name, key, which, model = st.columns([2, 2, 2, 1.5])
    with name:
        fields.name("addons", code, "Add-on name")
    with key:
        fields.code("addons", code, "How files refer to the add-on.")
    with which:
        _feature(code, add_on)
    boolean = type_of(draft.design, str(add_on.get("feature"))) == "boolean"
    if not boolean:
        with model:
            fields.choice(
                "For plans of",
                ("model", "addons", code),
                dict(MODEL_NAMES),
                add_on.get("consumption_model"),
                lambda design, chosen: with_add_on_model(design, code, chosen),
            )
    fields.problem_below(draft.problems_at(".".join((*path, "consumption_model"))))
    _prices(code, add_on)
    _usage(code, add_on.get("consumption_model"))
    converted_prices("addons", code)
    words, delete = st.columns([6, 1], vertical_alignment="center")
    if code in draft.catalog.addons and not draft.problems:
        words.caption(escaped(f"{capitalized(add_on_in_words(draft.catalog, draft.catalog.addons[code]))}."))
    with delete:
        fields.delete_button("addons", code)


def _feature(code: str, add_on: dict[str, Any]) -> None:
    design, chosen = drafts.current().design, add_on.get("feature")
    codes = [one for one in design.group("features") if one == chosen or one in features_to_add(design)]
    labels = distinct({one: name_of(design, "features", one) for one in codes})
    fields.choice(
        "Feature",
        ("feature", "addons", code),
        dict(labels),
        chosen if chosen in labels else None,
        lambda draft, wanted: with_feature(draft, code, wanted),
    )
    fields.problem_below(drafts.current().problems_at(f"addons.{code}.feature"))


def _prices(code: str, add_on: dict[str, Any]) -> None:
    """A price for each interval on which plans of its model are sold; one number where that is a month alone."""
    path = ("addons", code, "base_price")
    intervals = intervals_to_price(_offered(add_on.get("consumption_model")), add_on.get("base_price"))
    columns = st.columns(4)
    if not intervals:
        with columns[0]:
            fields.number(f"Price a month ({drafts.sign()})", path, required=True)
        return
    for column, interval in zip(columns, intervals, strict=False):
        with column:
            label = f"Price, {interval_name(interval)} ({drafts.sign()})"
            fields.price_for(label, path, intervals, interval, placeholder="not offered")
    fields.problem_below(drafts.current().problems_at(".".join(path)))
    fields.problems_below_row({str(interval): capitalized(interval_name(interval)) for interval in intervals}, path)


def _offered(model: AddOnModel | None) -> list[Interval]:
    """The intervals for which plans that can have the add-on have a price."""
    plans = drafts.current().design.group("plans").values()
    having = [plan.get("prices") or {} for plan in plans if model in ("boolean", plan.get("consumption_model"))]
    return [interval for interval in INTERVALS if any(interval in prices for prices in having)]


def _usage(code: str, model: AddOnModel | None) -> None:
    design, path = drafts.current().design, ("addons", code)
    unit = escaped(str((design.group("features").get(design.value((*path, "feature"))) or {}).get("unit") or "unit"))
    first, second, third = st.columns(3)
    if model == "metered":
        overage = design.value((*path, "overage"))
        with first:
            fields.number(f"Included {plural(unit)}", (*path, "included"), placeholder="0")
        with second:
            fields.choice(
                "What goes beyond",
                ("beyond", "addons", code),
                BEYOND,
                "limited" if overage is None else "charged",
                lambda draft, chosen: with_value(
                    draft, (*path, "overage"), {"unit_price": "0.01"} if chosen == "charged" else None
                ),
            )
        if overage is not None and "unit_price" in overage:
            with third:
                fields.number(f"Then per {unit} ({drafts.sign()})", (*path, "overage", "unit_price"), required=True)
        elif overage is not None:
            third.caption("Charged in tiers or packages, as its file says.")
        fields.problem_below(drafts.current().problems_at(".".join((*path, "overage"))))
    elif model == "credits":
        with first:
            fields.number(f"Credits per {unit}", (*path, "credits_per_unit"), required=True)
    elif model == "balance" and design.value((*path, "pricing")) is None:
        with first:
            fields.number(f"Price per {unit} ({drafts.sign()})", (*path, "unit_price"), required=True)
    elif model == "balance":
        with first:
            fields.percentage("Margin (%)", (*path, "margin"))
    fields.problem_below(drafts.current().problems_at(".".join(path)))
