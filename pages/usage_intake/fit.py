"""How the usage and the compared plans fit, with a way on where they do not."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_exact, plain
from commet_core.reports.compare.assumptions import assumed
from commet_core.reports.coverage import Coverage, coverage
from commet_core.reports.starter import Starter, starter
from commet_core.scenario.candidates import plans_of
from commet_core.usage.profile import Profile
from commet_core.usage.usage import Usage
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.kept import by_content
from pages.shared.links import page_link
from pages.shared.study import Study
from pages.shared.tables import dollars, escaped

STARTER_FEATURES_MAX = 20
_EARLIER = "usage_plans_before_starter"


_starter = by_content("Making starter plans")(starter)


def fit(study: Study, usage: Usage, found: Profile) -> None:
    """Warnings where usage and plans do not fit, and starter plans for this usage."""
    plans = {
        candidate.name: [feature for code in codes for feature in study.catalog.plans[code].features]
        for candidate in study.candidates
        if (codes := plans_of(study.catalog, candidate))
    }
    fitting = coverage([total.feature for total in found.features], plans)
    _warnings(fitting, has_plans=bool(plans))
    _put_back()
    _offer(study, usage, urgent=bool(fitting.without_plan))


def _warnings(fitting: Coverage, *, has_plans: bool) -> None:
    if not has_plans:
        st.warning("Your study compares no plans yet. Make starter plans below, or design your own.")
        page_link("pages/plans.py", "Design plans")
        return
    if fitting.without_plan:
        st.warning(
            f"No plan you compare has {feature_names(fitting.without_plan)}: all of that usage would be refused. Make starter "
            "plans for this usage below, or add these features to your plans."
        )
    for feature, names in list(fitting.partly.items())[:5]:
        st.warning(f"{_listed(names)} {_lack(names)} **{escaped(feature)}**: its usage is refused there.")
    if fitting.unused:
        features = list(fitting.unused)
        st.info(f"Your plans have {feature_names(features)}, which nobody in this usage uses.")
    if fitting.without_plan or fitting.partly or fitting.unused:
        page_link("pages/plans.py", "Change the plans")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(escaped(name) for name in names) if len(names) <= 2 else f"{len(names)} plans"


def _lack(names: Sequence[str]) -> str:
    return "lacks" if len(names) == 1 else "lack"


def feature_names(features: Sequence[str], shown: int = 8) -> str:
    """Names of features in a sentence; of many the first few and how many more."""
    names = ", ".join(f"**{escaped(feature)}**" for feature in features[:shown])
    more = len(features) - shown
    return f"{names} and {more:,} more" if more > 0 else names


def _offer(study: Study, usage: Usage, *, urgent: bool) -> None:
    if len(usage.features) > STARTER_FEATURES_MAX:
        st.caption(
            f"Starter plans are made for up to {STARTER_FEATURES_MAX} features; this usage has {len(usage.features):,}. Is the "
            "right column mapped to `feature`?"
        )
        return
    try:
        made = _starter(usage, study.catalog)
    except InputError as error:
        show_problems(error, "No starter plans can be made for this usage.")
        return
    if made.catalog == study.catalog:
        page_link("pages/compare.py", "Compare the starter plans on this usage")
        return
    with st.container(border=True) if urgent else st.expander("Starter plans"):
        if urgent:
            st.markdown("**Starter plans for this usage**")
        _describe(made)
        st.button(
            "Make these plans and compare",
            type="primary" if urgent else "secondary",
            key="usage_starter",
            on_click=_take,
            args=(made, study),
        )


def _describe(made: Starter) -> None:
    currency = made.catalog.currency
    price, balance, pack_price = (
        format_exact(amount, currency) for amount in (made.monthly_price, made.included_balance, made.pack_price)
    )
    st.markdown(
        dollars(
            f"One Metered, one Credits and one Balance plan at {price} a month. Each includes about what the median customer uses "
            f"in a month: the units below, {plain(made.included_credits)} credits, or a balance of {balance}. A unit beyond that "
            f"has the same price in all three: as overage, from packs of {plain(made.pack_credits)} credits for {pack_price}, or "
            "below the balance. So they differ by how the models work, not by how dear they are. The comparison is "
            f"{assumed(made.catalog, made.candidates[1])}, as in the samples; you can change that there. They take the place of the "
            "plans you compare now; you can put those back."
        )
    )
    rows = [
        {
            "Feature": terms.feature,
            "Median customer, units a month": plain(terms.typical_units),
            "Metered includes, units": plain(terms.included_units),
            f"A unit costs, {currency.upper()}": plain(terms.unit_price),
            "A unit costs, credits": plain(terms.credits_per_unit),
        }
        for terms in made.terms
    ]
    numbers = {name: st.column_config.TextColumn(name, alignment="right") for name in list(rows[0])[1:]}
    st.dataframe(rows, hide_index=True, column_config=numbers, key="usage_starter_terms")


def _take(made: Starter, study: Study) -> None:
    st.session_state[_EARLIER] = study
    st.session_state["usage_go_compare"] = True
    studies.change(catalog=made.catalog, candidates=made.candidates, baseline="")


def _put_back() -> None:
    earlier: Study | None = st.session_state.get(_EARLIER)
    if earlier is not None and earlier.catalog != studies.current().catalog:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Starter plans took the place of the plans you had.")
            st.button("Put the earlier plans back", key="usage_put_back", on_click=_restore, args=(earlier,))


def _restore(earlier: Study) -> None:
    studies.change(catalog=earlier.catalog, candidates=earlier.candidates, baseline=earlier.baseline)
    st.session_state.pop(_EARLIER, None)
