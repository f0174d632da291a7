"""What is asked: whose terms move, in which range, and what is wanted."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from commet_core.decide.solve import asked as checked
from commet_core.decide.targets import parse_targets
from commet_core.decide.terms import Term, candidate_named, terms_of, usual_grid
from commet_core.foundation.errors import InputError
from commet_core.reports.price.term_words import target_label, term_label
from commet_core.reports.quote.words import plan_name
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from pages.shared import frame, links, remembered
from pages.shared import study as studies
from pages.shared.glossary import meaning
from pages.shared.tables import escaped, label

TARGETS = ("revenue=baseline", "revenue>=baseline", "margin>=60%", "customers_above:20%<=5%", "blocked<=1%")
USUAL_TARGET = TARGETS[0]
TERMS_MAX = 4
_SEPARATOR = "\n"


class Asked(NamedTuple):
    """terms: as `PATH=LOW:HIGH:STEP`; one is solved for, several are swept. targets: as they are written."""

    candidate: str
    terms: tuple[str, ...]
    targets: tuple[str, ...]


def question(scenario: Scenario) -> Asked | None:
    """The fields; None while one of them is wrong, which it says."""
    with st.container(border=True):
        candidate = _candidate(scenario)
        terms = _terms(scenario, candidate)
        if not terms:
            st.markdown("Choose at least one term to move.")
            return None
        with st.container(horizontal=True):
            ranges = tuple(f"{term.path}={_range(term, only_plan(scenario, candidate))}" for term in terms)
        targets = _targets(scenario, USUAL_TARGET if len(terms) == 1 else "")
        try:
            checked(scenario, candidate, ranges, targets)
        except InputError as error:
            frame.show_problems(error)
            return None
    return Asked(candidate.name, ranges, targets)


def _candidate(scenario: Scenario) -> Candidate:
    names = [candidate.name for candidate in scenario.candidates]
    baseline = scenario.baseline_index()
    others = [name for place, name in enumerate(names) if place != baseline]
    key = remembered.choice("price_candidate", names, next(iter(others), names[0]))
    name = st.segmented_control(
        f"Candidate, against {label(names[baseline])}", names, format_func=escaped, required=True, **links.kept(key)
    )
    return candidate_named(scenario, name or names[0])


def _terms(scenario: Scenario, candidate: Candidate) -> list[Term]:
    """The terms that move: one gives a curve, several a front."""
    terms, only = {term.path: term for term in terms_of(scenario, candidate)}, only_plan(scenario, candidate)
    interval = scenario.interval(candidate)
    usual = next((path for path in terms if path.endswith(f".prices.{interval}")), next(iter(terms), ""))
    key = f"price_terms/{candidate.name}"
    kept = remembered.typed(key)
    named = (usual if kept is None else kept).split(_SEPARATOR)
    chosen = [path for path in terms if path in named]
    st.session_state[key] = chosen
    st.pills(
        "What moves",
        list(terms),
        format_func=lambda path: escaped(term_label(terms[path], only)),
        key=key,
        selection_mode="multi",
        help="One term gives the whole curve. Several give the plans that no other beats.",
        on_change=_keep_several,
        args=(key,),
    )
    if len(chosen) > TERMS_MAX:
        st.caption(f"No more than {TERMS_MAX} move at once: the first of those that are chosen.")
    return [terms[path] for path in chosen[:TERMS_MAX]]


def only_plan(scenario: Scenario, candidate: Candidate) -> str | None:
    """The name of a candidate's plan, where it has but one."""
    plans = scenario.plans(candidate)
    return plan_name(scenario.catalog, plans[0]) if len(plans) == 1 else None


def _range(term: Term, only: str | None) -> str:
    """LOW:HIGH:STEP, as it is typed."""
    key = f"price_range/{term.path}"
    typed = st.text_input(
        f"{label(term_label(term, only))}: low:high:step",
        help="How far apart two values are that you could sell: 19:99:1 tries 19, 20, 21 and so on up to 99.",
        width=330,
        **links.kept(remembered.text(key, str(usual_grid(term)))),
    )
    return typed.strip()


def _targets(scenario: Scenario, usual: str) -> tuple[str, ...]:
    """Those that are chosen, and those that are typed. usual: what stands there first."""
    key, typed = "price_targets", "price_targets_typed"
    kept = remembered.typed(key)
    chosen = [text for text in (usual if kept is None else kept).split(_SEPARATOR) if text in TARGETS]
    st.session_state[key] = chosen
    st.pills(
        "Wanted, all at once",
        TARGETS,
        format_func=lambda text: escaped(_in_words(text, scenario)),
        key=key,
        selection_mode="multi",
        help=meaning("margin", "refused"),
        on_change=_keep_several,
        args=(key,),
    )
    written = st.text_input(
        "Further targets",
        placeholder="revenue>=50000; blocked<=2%",
        help="Several are set apart by a semicolon: revenue>=50000, revenue=baseline within 2%, margin>=70%,"
        " customers_above:10%<=5%, blocked<=2%.",
        width=330,
        **links.kept(remembered.text(typed)),
    )
    return (*chosen, *(text.strip() for text in written.split(";") if text.strip()))


def _in_words(text: str, scenario: Scenario) -> str:
    baseline = scenario.candidates[scenario.baseline_index()].name
    (target,) = parse_targets([text])
    return target_label(target, baseline, scenario.catalog.currency)


def _keep_several(key: str) -> None:
    remembered.put(key, _SEPARATOR.join(st.session_state[key]))
    studies.write_link()
