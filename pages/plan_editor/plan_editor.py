"""One plan at a time, with the list of plans beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.vocabulary import Interval
from commet_core.reports.quote.words import plan_in_words
from commet_core.scenario.drafts import (
    how,
    name_of,
    plans_of,
    with_candidate,
    with_copy,
    with_how,
    with_model,
    with_new_plan,
    without,
)
from commet_core.scenario.drafts.feature_types import is_level, type_of
from commet_core.scenario.drafts.free import with_new_free_plan
from commet_core.scenario.drafts.interval_prices import intervals_to_price
from pages.plan_editor import drafts, fields
from pages.plan_editor.labels import prices_label
from pages.plan_editor.model_fields import MODEL_FIELDS, feature_fields, hows_of
from pages.plan_editor.more_terms import more_terms
from pages.plan_editor.price_editor import prices
from pages.shared.glossary import meaning
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import distinct, escaped

_SELECTED = "plans_selected"


def plans() -> None:
    """The list of plans, and the one that is chosen in an editor."""
    listing, editor = st.columns([1.1, 3], gap="medium")
    with listing:
        _list()
        _add()
    with editor:
        code = _selected()
        if code:
            _editor(code)
        else:
            st.markdown("There is no plan yet. Add one, or start from a preset above.")


def select(code: str) -> None:
    """Opens a plan in the editor."""
    st.session_state[_SELECTED] = code


def _selected() -> str:
    codes = list(drafts.current().design.group("plans"))
    chosen = st.session_state.get(_SELECTED, "")
    if chosen in codes:
        return str(chosen)
    compared = _compared()
    first = next((code for code in codes if code in compared), codes[0] if codes else "")
    select(first)
    return first


def _compared() -> list[str]:
    """The plans that candidates are, or have in their line-up."""
    design = drafts.current().design
    return [plan for candidate in design.candidates for plan in plans_of(design, candidate)]


def _list() -> None:
    design, key = drafts.current().design, fields.key_of("selected")
    codes = list(design.group("plans"))
    if not codes:
        return
    st.session_state[key] = _selected()
    labels = distinct({code: f"{name_of(design, 'plans', code)}, {MODEL_NAMES[_model(code)]}" for code in codes})
    st.radio(
        "Plans",
        codes,
        format_func=lambda code: escaped(labels[code]),
        captions=[_caption(code) for code in codes],
        key=key,
        on_change=lambda: select(st.session_state[key]),
    )


def _caption(code: str) -> str:
    design = drafts.current().design
    compared = ", compared" if code in _compared() else ""
    wrong = any(problem.where.startswith(f"plans.{code}.") for problem in drafts.current().problems)
    return escaped("to be corrected" if wrong else f"{prices_label(design, code)}{compared}")


def _model(code: str) -> str:
    return str(drafts.current().design.group("plans")[code]["consumption_model"])


def _add() -> None:
    with st.popover("Add a plan", width="stretch"):
        st.caption("It begins with the prices and features of the plan that is open, carried over to the model you choose.")
        for model, name in MODEL_NAMES.items():
            st.button(f"{name} plan", key=f"plans_add_{model}", width="stretch", on_click=_added, args=(model,))
        if like := _selected():
            st.caption("Or the lowest step of a line-up: the open plan's features, a tenth of what it includes, no price.")
            st.button("Free plan", key="plans_add_free", width="stretch", on_click=_added_free, args=(like,))


def _added(model: ConsumptionModel) -> None:
    design, code = with_new_plan(drafts.current().design, model, _selected())
    drafts.edit(with_candidate(design, code))
    select(code)


def _added_free(like: str) -> None:
    design, code = with_new_free_plan(drafts.current().design, like)
    drafts.edit(design)
    select(code)


def _editor(code: str) -> None:
    plan = drafts.current().design.group("plans")[code]
    model: ConsumptionModel = plan["consumption_model"]
    with st.container(border=True):
        name, key = st.columns(2)
        with name:
            fields.name("plans", code, "Plan name", moved=select)
        with key:
            fields.code("plans", code, "How files and links refer to the plan. Customers never see it.", moved=select)
        fields.choice(
            "How customers pay",
            ("model", code),
            dict(MODEL_NAMES),
            model,
            lambda design, chosen: with_model(design, code, chosen),
            segmented=True,
            hint=meaning(*MODEL_NAMES),
        )
        prices(code, model)
        MODEL_FIELDS[model].of_plan(code, "week" if list(plan.get("prices", {})) == ["weekly"] else "month")
        st.markdown("**Features**")
        _features(code, plan, model)
        more_terms(code)
        _actions(code)


def _features(code: str, plan: Mapping[str, Any], model: ConsumptionModel) -> None:
    design = drafts.current().design
    features = [*design.group("features"), *(one for one in plan.get("features", {}) if one not in design.group("features"))]
    if not features:
        st.markdown("There is no feature yet: add what customers use under Features.")
    for feature in features:
        _feature(code, plan, model, feature)


def _feature(code: str, plan: Mapping[str, Any], model: ConsumptionModel, feature: str) -> None:
    draft = drafts.current()
    kind, held = type_of(draft.design, feature), is_level(draft.design, feature)
    treated = how(plan, feature, held=held)
    path = ("plans", code, "features", feature)
    intervals = _intervals(plan, draft.design.value((*path, "overage"))) if held else []
    treatment, *columns = st.columns([2, 1.5, *[1.5] * max(1, len(intervals))])
    with treatment:
        fields.choice(
            escaped(name_of(draft.design, "features", feature)),
            ("how", code, feature, kind if kind != "usage" else model),
            hows_of(model, kind),
            treated,
            lambda design, chosen: with_how(design, code, feature, chosen),
        )
        fields.problem_below(draft.problems_at(".".join(path)))
    unit = escaped(str(draft.design.group("features").get(feature, {}).get("unit") or "unit"))
    feature_fields(model, path, treated, unit, columns, intervals)


def _intervals(plan: Mapping[str, Any], overage: Any) -> list[Interval]:
    """The billing intervals for which the price of seats or quota is typed; none where one number is enough."""
    prices = [overage, *(overage.get("tiers") or [])] if isinstance(overage, Mapping) else []
    amounts = [each.get(key) for each in prices for key in ("unit_price", "package_price", "flat_amount")]
    by_interval = next((amount for amount in amounts if isinstance(amount, Mapping)), None)
    return intervals_to_price(plan.get("prices") or {}, by_interval)


def _actions(code: str) -> None:
    design = drafts.current().design
    with st.container(horizontal=True):
        st.button("Copy", key="plans_copy", on_click=_copied, args=(code,))
        st.button(
            "Delete", key="plans_delete", on_click=drafts.change, args=(without, "plans", code), kwargs={"undoable": True}
        )
        if code not in [candidate.get("plan") for candidate in design.candidates]:
            st.button("Compare this plan", key="plans_compare", on_click=drafts.change, args=(with_candidate, code))
        if not drafts.current().problems:
            with st.popover("In words"):
                st.markdown(escaped(plan_in_words(drafts.current().catalog, code)))


def _copied(code: str) -> None:
    design, copied = with_copy(drafts.current().design, "plans", code)
    drafts.edit(design)
    select(copied)
