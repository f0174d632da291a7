"""Plans: design them, read them back in words, and see at once what they cost at any usage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.reports.quote.words import feature_name
from commet_core.scenario.drafts import places_in_words
from pages.plan_editor import (
    add_on_editor,
    beginnings,
    candidate_editor,
    consequence,
    curve,
    drafts,
    feature_editor,
    group_editor,
    live_bill,
    market_editor,
    model_editor,
    offer_editor,
    pack_editor,
    plan_editor,
    requests,
)
from pages.shared import frame, loading, remembered
from pages.shared import study as studies
from pages.shared.glossary import meaning
from pages.shared.links import page_link
from pages.shared.tables import escaped
from pages.shared.tabs import tabs

QUOTE_LEAD = (
    "Type what a customer uses in a month, and take each plan's invoice lines along. Below are the plans, where you can change "
    "them and choose which to compare."
)
PROBLEMS_SHOWN = 8


def main() -> None:
    quoting = st.query_params.get("show") == "bill"
    with frame.page("pages/plans.py", "Plans", QUOTE_LEAD if quoting else ""):
        if quoting:
            frame.in_link(show="bill")
            _figures()
            st.header("The plans behind it", anchor=False)
        _design()
        if not quoting:
            _figures()


def _design() -> None:
    beginnings.beginnings()
    with st.container():  # always there, so that nothing below is drawn anew, and loses the focus, when a note comes
        drafts.notes()
    with st.container():
        _summary()
    if frame.arrived() and st.query_params.get("show") == "features":
        remembered.put("plans_tabs", "Features")
    with st.container(key="plans_layout"):
        with st.container():
            tabs("plans_tabs", TABS)
            st.header("What you compare", anchor=False, help=meaning("candidate", "line-up"))
            candidate_editor.candidates()
        consequence.consequence()


def _summary() -> None:
    """What keeps the draft from taking effect."""
    draft = drafts.current()
    if not draft.problems:
        return
    lines = [
        f"- {escaped(places_in_words(draft.design, problem.where))}: {escaped(problem.what)}."
        for problem in draft.problems[:PROBLEMS_SHOWN]
    ]
    more = len(draft.problems) - PROBLEMS_SHOWN
    lines += [f"- and {more} more"] if more > 0 else []
    st.warning(
        "Not in effect yet. Until this is corrected, all figures are those of your plans before it.\n\n" + "\n".join(lines)
    )


def _used_features() -> tuple[str, ...]:
    """The features of the study's usage; none where it cannot be read, which the Usage page says."""
    try:
        return loading.usage_of(studies.current()).features
    except InputError:
        return ()


def _features() -> None:
    feature_editor.features(_used_features())


def _currency_and_file() -> None:
    beginnings.currency()
    market_editor.markets()
    beginnings.download()


TABS: Final[Mapping[str, Callable[[], None]]] = {
    "Plans": plan_editor.plans,
    "Features": _features,
    "Credit packs": pack_editor.packs,
    "Add-ons": add_on_editor.add_ons,
    "Plan groups": group_editor.groups,
    "Offers": offer_editor.offers,
    "AI models": model_editor.models,
    "Currency and file": _currency_and_file,
}


def _figures() -> None:
    study = studies.current()
    if not study.candidates:
        return
    study.scenario()  # a link can hold candidates of plans that do not exist: a message, before any figure
    st.header("Live bill", anchor=False, help=meaning("live bill"))
    study = live_bill.in_one_currency(study)
    on_day = live_bill.on_day(study)
    units = live_bill.typed_units(study, on_day)
    if units is None:
        st.markdown("Correct the usage above to see the bills.")
        return
    if not units:
        st.markdown("The compared plans have no features yet: give them some, and their bills stand here.")
        return
    priced = _with_requests(on_day)
    if priced is None:
        return
    live_bill.bills(study, units, priced)
    st.header("Price curve", anchor=False, help=meaning("price curve"))
    curve.curve(study, units, priced)
    page_link("pages/compare.py", "Compare on your usage")


def _with_requests(catalog: Catalog) -> Catalog | None:
    """The catalog with the price of a typical request where an AI model sets it; None where it has none, which it says."""
    try:
        return requests.priced(catalog)
    except InputError as error:
        lines = [
            f"- {escaped(feature_name(catalog, one.where))}: {escaped(f'{one.what}. {one.fix}')}" for one in error.problems
        ]
        st.warning("There is no bill without the price of a request. Correct it under AI models.\n\n" + "\n".join(lines))
        return None


main()
