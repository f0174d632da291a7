"""Figures of a quote from customers who resemble the prospect: shown, and changeable."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import Derived, QuoteFile, derived
from commet_core.reports.quotation.alike import alike_pay_in_words
from commet_core.reports.quotation.quote_file import LookAlikes
from commet_core.reports.quote.words import feature_name
from pages.shared import frame, links, loading, remembered
from pages.shared import study as studies
from pages.shared.kept import by_content, figure
from pages.shared.tables import text_table

SOURCE, COUNT, CHOSEN = "quote_source", "quote_alike_count", "quote_alike_chosen"
SOURCES: Final = {"typed": "As typed", "alike": "From customers like this one"}
COUNTS: Final = (3, 200)


def with_figures(quote: QuoteFile | None) -> Derived | None:
    """The quote with all its figures: as they were typed, or with those that were not from customers who resemble the prospect."""
    st.segmented_control(
        "Range, growth and swing",
        list(SOURCES),
        format_func=SOURCES.__getitem__,
        required=True,
        **links.kept(remembered.choice(SOURCE, list(SOURCES), "typed")),
    )
    if quote is None or st.session_state[SOURCE] == "typed":
        return None if quote is None else Derived(quote, (), "")
    try:
        return _of_look_alikes(quote)
    except InputError as error:
        frame.show_problems(error)
        return None


def _of_look_alikes(quote: QuoteFile) -> Derived:
    features = tuple(code for code, usage in quote.usage.items() if usage.first_units > 0)
    count = int(st.number_input("Customers to look at", *COUNTS, **links.kept(remembered.whole_number(COUNT, 20))))
    nearest = _derived(quote, LookAlikes(features=features, count=min(max(count, COUNTS[0]), COUNTS[1])))
    names = [each.customer for each in nearest.look_alikes]
    left = [name for name in names if name not in _left_out()]
    st.multiselect(
        "Those that resemble the prospect",
        names,
        default=left,
        key=_widget(names),
        on_change=_choose,
        args=(names,),
    )
    found = nearest if left == names or not left else _derived(quote, LookAlikes(features=features, customers=tuple(left)))
    rows = {
        "Customer": [each.customer for each in found.look_alikes],
        "Whole months": [f"{each.months}" for each in found.look_alikes],
    } | {
        feature_name(quote.catalog, feature): [f"{each.levels[place]:,.0f}" for each in found.look_alikes]
        for place, feature in enumerate(features)
    }
    with st.expander("What they use a month"):
        text_table(rows, left=("Customer",), key="quote_alike")
    return found


def _left_out() -> set[str]:
    """Names that the seller has taken out."""
    try:
        found = json.loads(remembered.typed(CHOSEN) or "[]")
    except ValueError:
        return set()
    return {str(name) for name in found} if isinstance(found, list) else set()


def _widget(names: list[str]) -> str:
    """A widget of its own for other names, as those that are chosen are among them."""
    return f"{CHOSEN}_{hashlib.sha256(json.dumps(names).encode()).hexdigest()[:16]}"


def _choose(names: list[str]) -> None:
    chosen = set(st.session_state.get(_widget(names), names))
    remembered.put(CHOSEN, json.dumps([name for name in names if name not in chosen]))
    studies.write_link()


def _derived(quote: QuoteFile, alike: LookAlikes) -> Derived:
    usage = loading.usage_of(studies.current())
    asked = quote.model_copy(update={"look_alikes": alike})
    key = f"look-alikes {usage.digest} {asked.model_dump_json()}"
    return figure(key, lambda: derived(asked, usage), "Looking for customers like this one")


@by_content()
def _pay(study_digest: str, customers: tuple[str, ...]) -> list[str]:  # noqa: ARG001  (it names the replay)
    return alike_pay_in_words(loading.current_replay(), customers)


def what_they_pay(found: Derived) -> list[str]:
    """For the seller alone: what those customers pay today on the plans that the study compares."""
    customers = tuple(each.customer for each in found.look_alikes)
    try:
        return _pay(loading.content_of(studies.current()), customers) if customers else []
    except InputError:
        return []
