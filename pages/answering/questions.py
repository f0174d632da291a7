"""The three questions of somebody without a usage file: what is sold, how many customers, what a typical one uses of it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import plain
from commet_core.foundation.wording import capitalized
from commet_core.reports import three_questions
from commet_core.reports.three_questions import UNEVEN_WORDS, Typed, Understood
from commet_core.usage.usage import Usage
from pages.shared import links, loading, remembered
from pages.shared import study as studies
from pages.shared.kept import by_content
from pages.shared.study import Described, Study
from pages.shared.tables import escaped, label

OPEN: Final = "ask_open"
PICKED, WORDS, UNITS, CUSTOMERS, UNEVEN, PRICE = (
    "ask_picked",
    "ask_words",
    "ask_units/",
    "ask_customers",
    "ask_uneven",
    "ask_price",
)
_ASKED: Final = "ask_asked"
"""Session key: the button was clicked, so that what is missing is said too, and what is right is worked out."""

_SEPARATOR: Final = "\n"


def is_open() -> bool:
    """Whether the questions are on the screen."""
    return remembered.typed(OPEN) == "yes"


def open_questions() -> None:
    """A button's callback: the questions, with the answers that the study was made from."""
    source = studies.current().source
    if isinstance(source, Described) and not _names():
        description, catalog = source.description, studies.current().catalog
        names = [
            catalog.features[each.code].name or each.code if each.code in catalog.features else each.code
            for each in description.features
        ]
        remembered.put(WORDS, ", ".join(names))
        for name, each in zip(names, description.features, strict=True):
            remembered.put(UNITS + name, plain(each.typical_units))
        remembered.put(CUSTOMERS, str(description.customers))
        remembered.put(UNEVEN, description.unevenness)
    remembered.put(OPEN, "yes")
    studies.write_link()


def _close() -> None:
    remembered.put(OPEN, None)
    st.session_state.pop(_ASKED, None)
    studies.write_link()


def questions() -> None:
    """The form. What is wrong stands at its field; the button is off while something typed is wrong."""
    with st.container(border=True, key="questions"):
        names = _what_is_sold()
        typed = Typed(
            tuple((name, remembered.typed(UNITS + name) or "") for name in names),
            remembered.typed(CUSTOMERS) or "",
            remembered.typed(UNEVEN) or "some",
            remembered.typed(PRICE) or "",
            studies.current().catalog.currency,
        )
        said, wrong = _understood(typed)
        if "features" in wrong:
            _said(wrong["features"])
        with st.container(horizontal=True, vertical_alignment="top", key="questions_numbers"):
            _number("2 · How many customers?", CUSTOMERS, "300", wrong.get("customers"))
            for place, name in enumerate(names):
                asked = f"3 · {label(name)} a month, the customer in the middle"
                _number(asked, UNITS + name, "40", wrong.get(f"features.{place}.units") or wrong.get(f"features.{place}.name"))
            _number("Today’s price a month, if any", PRICE, "29", wrong.get("price"))
        _how_uneven()
        with st.container(horizontal=True):
            st.button("See the answer", type="primary", key="ask_answer", on_click=_ask, disabled=_is_off(wrong))
            st.button("Not now", key="ask_close", type="tertiary", on_click=_close)
    if said is not None and st.session_state.pop(_ASKED, False):
        _take(said)


def _names() -> list[str]:
    """What is sold: picked, then typed, each once."""
    picked = (remembered.typed(PICKED) or "").split(_SEPARATOR)
    typed = (remembered.typed(WORDS) or "").split(",")
    return list(dict.fromkeys(name for each in [*picked, *typed] if (name := each.strip())))


def _what_is_sold() -> list[str]:
    known = list(dict.fromkeys(three_questions.known_features().values()))
    st.session_state[PICKED] = [name for name in (remembered.typed(PICKED) or "").split(_SEPARATOR) if name in known]
    st.pills("1 · What do customers use?", known, key=PICKED, selection_mode="multi", on_change=_pick)
    st.text_input(
        "Or in your words, with commas",
        placeholder="Report, Export",
        label_visibility="collapsed",
        max_chars=300,
        **links.kept(remembered.text(WORDS)),
    )
    return _names()


def _pick() -> None:
    remembered.put(PICKED, _SEPARATOR.join(st.session_state[PICKED]))
    studies.write_link()


def _number(question: str, key: str, example: str, problem: Problem | None) -> None:
    with st.container(width=300):
        st.text_input(question, placeholder=example, **links.kept(remembered.text(key)))
        if problem is not None:
            _said(problem)


def _how_uneven() -> None:
    st.segmented_control(
        "How uneven are they?",
        list(UNEVEN_WORDS),
        format_func=lambda each: UNEVEN_WORDS[each],
        required=True,
        **links.kept(remembered.choice(UNEVEN, list(UNEVEN_WORDS), "some")),
    )


def _understood(typed: Typed) -> tuple[Understood | None, dict[str, Problem]]:
    """What the answers say, or what is wrong with them by its field; what is only missing is not said before it is asked for."""
    try:
        return three_questions.understood(typed), {}
    except InputError as error:
        problems = {problem.where: problem for problem in error.problems}
    if not st.session_state.get(_ASKED):
        problems = {
            where: problem for where, problem in problems.items() if problem.what not in {"is missing", "there is none"}
        }
    return None, problems


def _is_off(wrong: dict[str, Problem]) -> bool:
    return any(problem.what not in {"is missing", "there is none"} for problem in wrong.values())


def _said(problem: Problem) -> None:
    st.markdown(f":red[{escaped(f'{capitalized(problem.what)}. {problem.fix}.')}]")


def _ask() -> None:
    st.session_state[_ASKED] = True


def _take(said: Understood) -> None:
    """The answers become the study, with plans made for them."""
    source = Described(description=said.description)
    usage = loading.usage_from(source)
    plans = three_questions.plans_for(said, usage)
    remembered.put(OPEN, None)
    studies.replace(Study(source=source, catalog=plans.catalog, candidates=plans.candidates, baseline=plans.baseline))
    st.rerun()


@by_content()
def _words(study: Study, usage: Usage) -> str:
    assert isinstance(study.source, Described)
    return f"{three_questions.in_words(study.source.description, study.catalog, usage)} {three_questions.price_in_words(study.catalog)}"


def said_of(study: Study) -> None:
    """Of a study made from answers: that its usage is just what was said, and the way back to them."""
    if not isinstance(study.source, Described):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="questions_said"):
        st.caption(escaped(_words(study, loading.usage_of(study))), width="stretch")
        st.button("Change the answers", key="ask_again", on_click=open_questions)
