"""One plan at a time, with the list of plans beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.money import symbol
from commet_core.foundation.wording import plural
from commet_core.reports.quote.words import plan_in_words
from commet_core.scenario.drafts import (
    HOWS,
    How,
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
from commet_core.scenario.drafts.free import with_new_free_plan
from pages.plan_editor import drafts, fields
from pages.plan_editor.labels import prices_label
from pages.plan_editor.price_editor import prices
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import escaped

_SELECTED = "plans_selected"
MODEL_SENTENCES: Final[Mapping[ConsumptionModel, str]] = {
    "metered": "Usage is counted. A part of it can be included; what goes beyond is charged at the end of the period, or refused.",
    "credits": "Each period brings credits, and every use costs some. When they run out customers buy a pack, or wait.",
    "balance": "Customers pay an amount in advance and spend it at your unit prices. Then usage goes on as overage, or stops.",
}
HOW_LABELS: Final[Mapping[tuple[str, How], str]] = {
    ("metered", "absent"): "Not in this plan",
    ("metered", "charged"): "Included, then charged",
    ("metered", "limited"): "Included, then stops",
    ("metered", "unlimited"): "Unlimited",
    ("credits", "absent"): "Not in this plan",
    ("credits", "priced"): "Costs credits",
    ("credits", "unlimited"): "Unlimited, costs nothing",
    ("balance", "absent"): "Not in this plan",
    ("balance", "priced"): "Paid from the balance",
    ("balance", "by_model"): "AI model price + margin",
    ("balance", "unlimited"): "Unlimited, costs nothing",
}


def plans() -> None:
    """The list of plans, and the one that is chosen in an editor."""
    listing, editor = st.columns([1, 3], gap="large")
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
    labels = fields.distinct({code: f"{name_of(design, 'plans', code)}, {MODEL_NAMES[_model(code)]}" for code in codes})
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
    draft = drafts.current()
    plan = draft.design.group("plans")[code]
    model: ConsumptionModel = plan["consumption_model"]
    with st.container(border=True):
        name, key = st.columns(2)
        with name:
            fields.name("plans", code, "Plan name", moved=select)
        with key:
            fields.code("plans", code, "How files and links refer to the plan. Customers never see it.", moved=select)
        fields.choice(
            "How customers pay for usage",
            ("model", code),
            dict(MODEL_NAMES),
            model,
            lambda design, chosen: with_model(design, code, chosen),
            segmented=True,
        )
        st.caption(MODEL_SENTENCES[model])
        with st.container():  # here with words or without, so that the fields below keep their place and the focus
            if not draft.problems:
                st.info(escaped(plan_in_words(draft.catalog, code)))
        prices(code, model)
        _own(code, model)
        st.markdown("**Features**")
        _features(code, plan, model)
        _actions(code)


def _own(code: str, model: ConsumptionModel) -> None:
    """What only plans of one model have."""
    plan = drafts.current().design.group("plans")[code]
    sign = symbol(str(drafts.current().design.document.get("currency", ""))).strip()
    period = "week" if list(plan.get("prices", {})) == ["weekly"] else "month"
    if model == "credits":
        st.markdown("**Credits**")
        hint = "Granted anew every period; what is left over is lost. Credits from packs are kept."
        with st.columns(2)[0]:
            fields.number(f"Included credits every {period}", ("plans", code, "included_credits"), placeholder="0", hint=hint)
    if model == "balance":
        st.markdown("**Balance**")
        with st.columns(2)[0]:
            fields.number(
                f"Included balance every {period} ({sign})",
                ("plans", code, "included_balance"),
                placeholder=f"as the price of a {period}",
                hint="Granted anew every period; what is left over is lost.",
            )
        fields.switch(
            "Stop usage when the balance is used up",
            ("plans", code, "block_on_exhaustion"),
            hint="Otherwise usage goes on, and what is below zero is charged at the period's end. Free plans always stop.",
        )


def _features(code: str, plan: Mapping[str, Any], model: ConsumptionModel) -> None:
    design = drafts.current().design
    features = [*design.group("features"), *(one for one in plan.get("features", {}) if one not in design.group("features"))]
    if not features:
        st.markdown("There is no feature yet: add what customers use under Features.")
    for feature in features:
        _feature(code, plan, model, feature)


def _feature(code: str, plan: Mapping[str, Any], model: ConsumptionModel, feature: str) -> None:
    draft, treated = drafts.current(), how(plan, feature)
    path = ("plans", code, "features", feature)
    treatment, first, second = st.columns([2, 1.5, 1.5])
    with treatment:
        fields.choice(
            escaped(name_of(draft.design, "features", feature)),
            ("how", code, feature, model),
            {one: HOW_LABELS[model, one] for one in HOWS[model]},
            treated,
            lambda design, chosen: with_how(design, code, feature, chosen),
        )
        fields.problem_below(draft.problems_at(".".join(path)))
    unit = str(draft.design.group("features").get(feature, {}).get("unit") or "unit")
    sign = symbol(str(draft.design.document.get("currency", ""))).strip()
    with first:
        if treated in {"charged", "limited"}:
            fields.number(f"Included {plural(escaped(unit))}", (*path, "included"), placeholder="0")
        elif treated == "priced" and model == "credits":
            fields.number(f"Credits per {escaped(unit)}", (*path, "credits_per_unit"), required=True)
        elif treated == "by_model":
            fields.percentage(
                "Margin (%)",
                (*path, "margin"),
                hint="Added to what the model's tokens cost. Which models there are and what they cost: under AI models.",
            )
        elif treated == "priced":
            fields.number(f"Price per {escaped(unit)} ({sign})", (*path, "unit_price"), required=True)
    with second:
        if treated == "charged":
            fields.number(f"Then per {escaped(unit)} ({sign})", (*path, "overage", "unit_price"), required=True)


def _actions(code: str) -> None:
    design = drafts.current().design
    with st.container(horizontal=True):
        st.button("Copy plan", key="plans_copy", on_click=_copied, args=(code,))
        st.button("Delete plan", key="plans_delete", on_click=_deleted, args=(code,))
        if code not in [candidate.get("plan") for candidate in design.candidates]:
            st.button(
                "Compare this plan",
                key="plans_compare",
                on_click=lambda: drafts.edit(with_candidate(drafts.current().design, code)),
            )


def _copied(code: str) -> None:
    design, copied = with_copy(drafts.current().design, "plans", code)
    drafts.edit(design)
    select(copied)


def _deleted(code: str) -> None:
    drafts.edit(without(drafts.current().design, "plans", code), undoable=True)
