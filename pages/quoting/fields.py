"""What a quote is made of, as fields: parties, plans, term, usage."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Final

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.reports.quotation import QuoteFile
from commet_core.reports.quotation.typed import quote_of_fields, starting_fields
from commet_core.reports.quotation.words import unit_of
from commet_core.reports.quote import rounded_units, starting_levels
from commet_core.reports.quote.words import feature_name, plan_name
from commet_core.reports.starter import typical_monthly_units
from commet_core.scenario.candidates import Candidate, features_of, plans_of
from commet_core.workspace.quotes import free_number
from commet_core.workspace.settings import Settings
from pages.shared import links, loading, remembered, workspaces
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tables import escaped, label

KEY: Final = "quote_"
PLAN: Final = "quote_plan_"
LABELS: Final[Mapping[str, str]] = {
    "number": "Number",
    "seller.name": "From",
    "customer.name": "For",
    "issued": "Issued on",
    "valid_until": "Valid until",
    "start": "Begins on",
    "term_months": "Months",
    "discount.percent": "Discount, %",
}
OF_USAGE: Final[Mapping[str, str]] = {
    "units": "First month",
    "low": "1 in 10 below",
    "high": "1 in 10 above",
    "swing": "Swing, %",
    "growth": "Growth, %",
    "growth_low": "Growth low, %",
    "growth_high": "Growth high, %",
}

HELP: Final[Mapping[str, str]] = {
    "discount.percent": "On the base price.",
    "growth": "From month to month.",
    "swing": "In eight of ten months usage is at most this share off its course.",
}

OF_LEVELS: Final[Mapping[str, str]] = {"units": "Held at first"}
"""What is called otherwise of seats and quota."""


def quote(settled: Settings) -> QuoteFile | None:
    """The quote in the workspace's colour that the fields say; None where something is wrong with them, which stands beside them then."""
    study = studies.current()
    candidates = _chosen_plans(study)
    features = [code for code in study.catalog.features if _is_had(study.catalog, candidates, code)]
    typical = {**_typical(), **starting_levels(study.catalog, candidates)}
    usual = starting_fields(features, typical, date.today())  # noqa: DTZ011  (a day as people have it where the server is)
    with suppress(InputError):  # the page says that the database is away where something is to be saved
        usual["number"] = free_number(workspaces.current(), usual["number"])
    usual["seller.name"] = settled.seller or usual["seller.name"]
    typed = {place: _kept(place, text) for place, text in usual.items()}
    found, wrong = None, {}
    try:
        found = quote_of_fields(study.catalog, candidates, typed).model_copy(update={"colour": settled.colour})
    except InputError as error:
        wrong = {problem.where: problem for problem in error.problems}
    _draw(study.catalog, features, usual, wrong)
    return found


def _kept(place: str, usual: str) -> str:
    kept = remembered.typed(KEY + place)
    return usual if kept is None else kept


def _typical() -> Mapping[str, Decimal]:
    with suppress(InputError):
        return rounded_units(typical_monthly_units(loading.usage_of(studies.current())))
    return {}


def _chosen_plans(study: Study) -> list[Candidate]:
    """A candidate per plan that is ticked: as the study has it, or with packs bought as they are needed."""
    compared = {candidate.plan: candidate for candidate in study.candidates if candidate.plan}
    usual = set(compared) | {plans_of(study.catalog, candidate)[-1] for candidate in study.candidates if candidate.group}
    st.markdown("Plans")
    chosen = []
    with st.container(horizontal=True):
        for code, plan in study.catalog.plans.items():
            key = PLAN + code
            st.checkbox(
                f"{label(plan_name(study.catalog, code))}, {plan.consumption_model}",
                **links.kept(remembered.choice(key, [True, False], code in usual)),
            )
            if st.session_state[key]:
                chosen.append(compared.get(code) or _candidate(study.catalog, code))
    return chosen


def _candidate(catalog: Catalog, code: str) -> Candidate:
    buys = (
        {"purchases": {"pack": "smallest_sufficient"}}
        if catalog.plans[code].sells == "packs" and catalog.packs_on(code)
        else {}
    )
    name = plan_name(catalog, code)
    shared = [plan_name(catalog, other) for other in catalog.plans].count(name) > 1
    return Candidate.model_validate({"name": f"{name[:80]} ({code})"[:100] if shared else name[:100], "plan": code, **buys})


def _is_had(catalog: Catalog, candidates: list[Candidate], feature: str) -> bool:
    counted = catalog.features[feature].type != "boolean"
    return counted and any(feature in features_of(catalog, candidate) for candidate in candidates)


def _draw(catalog: Catalog, features: list[str], usual: Mapping[str, str], wrong: Mapping[str, Problem]) -> None:
    with st.container(key="quote_fields_of_all"):
        for place, label in LABELS.items():
            with st.container():
                _field(place, label, usual[place], wrong)
    for feature in features:
        unit = unit_of(catalog, feature)
        st.markdown(f"**{escaped(feature_name(catalog, feature))}**{escaped(unit)}")
        with st.container(key=f"quote_fields_{feature}"):
            held = feature in catalog.level_features
            for key, label in {**OF_USAGE, **(OF_LEVELS if held else {})}.items():
                place = f"usage.{feature}.{key}"
                with st.container():
                    _field(place, label, usual[place], wrong)
    st.text_area("Notes on the quote", max_chars=4000, **links.kept(remembered.text(KEY + "notes")))
    places = {*usual}
    for problem in wrong.values():
        if problem.where not in places:
            st.error(escaped(str(problem)))


def _field(place: str, label: str, usual: str, wrong: Mapping[str, Problem]) -> None:
    key = KEY + place
    named = place if place in HELP else place.rpartition(".")[2]
    st.text_input(label, help=HELP.get(named), **links.kept(remembered.text(key, usual)))
    if problem := wrong.get(place):
        st.caption(f":red[{escaped(f'{problem.what}. {problem.fix}')}]")
