"""Line-ups under comparison: adding them, and who is on which of their plans."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import streamlit as st

from commet_core.foundation.errors import Problem
from commet_core.reports.quote.line_up_words import CHOICE_NAMES, choice_in_words
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.drafts import name_of, plans_of, with_candidate_value
from commet_core.scenario.drafts.line_ups import (
    line_up_groups,
    line_ups_to_compare,
    models_to_group,
    with_line_up_of,
    with_line_ups,
    with_new_line_up,
)
from commet_core.scenario.drafts.models import percent_of_margin
from pages.plan_editor import drafts, fields
from pages.plan_editor.labels import line_up_label
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import distinct, escaped

_FIELDS: Final = {"cheapest": ("blocked_share_max",), "upgrade": ("blocked_share_max", "upgrade_after_periods")}
"""What there is to type for each way to choose a plan."""


def additions() -> None:
    """Ways to compare line-ups: one more, or one of each model in place of all that is compared."""
    design = drafts.current().design
    with st.popover("Add a line-up"):
        st.caption("A plan group is compared as a whole: each customer is on one of its plans.")
        labels = distinct({group: line_up_label(design, group) for group in line_up_groups(design)})
        for group, label in labels.items():
            key = fields.key_of("add_line_up", group)
            st.button(escaped(label), key=key, width="stretch", on_click=drafts.change, args=(with_new_line_up, group))
        for model in models_to_group(design):
            key = f"plans_add_line_up_of_{model}"
            label = f"Group all {MODEL_NAMES[model]} plans and compare them"
            st.button(label, key=key, width="stretch", on_click=drafts.change, args=(with_line_up_of, model))
        if not labels and not models_to_group(design):
            st.markdown(
                "There is none yet: a line-up needs two plans of one model. Add a plan under Plans, a free one for example."
            )
    compared = [candidate.get("group") for candidate in design.candidates]
    if line_ups_to_compare(design) and compared != line_ups_to_compare(design):
        hint = "A line-up of each model, in place of what is compared now."
        st.button("Compare the line-ups", key="plans_compare_line_ups", help=hint, on_click=_all)


def _all() -> None:
    drafts.edit(with_line_ups(drafts.current().design), undoable=True, anew=True)


def fields_of(candidate: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of a candidate that have a field here, with their problems below."""
    return _FIELDS.get(_choice_of(candidate), ()) if "group" in candidate else ()


def _choice_of(candidate: Mapping[str, Any]) -> str:
    return str(candidate.get("choose") or "cheapest")


def choosing(place: int) -> None:
    """Who is on which plan of the line-up at a place among the candidates."""
    candidate = drafts.current().design.candidates[place]
    shown = fields_of(candidate)
    which, share, periods, _ = st.columns([3, 1.5, 2.2, 1.3], vertical_alignment="top")
    with which:
        fields.choice(
            "Who is on which plan",
            ("candidate", str(place), "choose"),
            {str(one): name for one, name in CHOICE_NAMES.items()},
            _choice_of(candidate),
            lambda design, chosen: with_candidate_value(design, place, "choose", chosen),
            hint=_in_words(place),
        )
    if "blocked_share_max" in shown:
        with share:
            _share(place, candidate)
    if "upgrade_after_periods" in shown:
        with periods:
            _periods(place, candidate)


def _share(place: int, candidate: dict[str, Any]) -> None:
    key = fields.candidate_key(place, "blocked_share_max")
    refusable = candidate.get("blocked_share_max")
    fields.shown(key, refusable, fields.share, percent_of_margin(refusable))
    st.text_input(
        "May refuse (%)",
        key=key,
        placeholder="0",
        help="The share of a customer's usage that a plan may refuse and still suit. Others come after all that do.",
        on_change=fields.edited,
        args=(key, fields.share, lambda design, share: with_candidate_value(design, place, "blocked_share_max", share)),
    )
    if drafts.current().problems_at(f"candidates.{place}.blocked_share_max"):
        what = f"{st.session_state[key]!r} is not a share of usage"
        fields.problem_below([Problem("", what, "Give a percentage from 0 to 100, with at most 4 decimals")])


def _periods(place: int, candidate: dict[str, Any]) -> None:
    key = fields.candidate_key(place, "upgrade_after_periods")
    fields.shown(key, candidate.get("upgrade_after_periods") or None, number_text)
    usual = Candidate.model_fields["upgrade_after_periods"].default
    st.text_input(
        "Moves up after (billing periods)",
        key=key,
        placeholder=str(usual),
        on_change=fields.edited,
        args=(
            key,
            number_text,
            lambda design, count: with_candidate_value(design, place, "upgrade_after_periods", count or None),
        ),
    )
    fields.problem_below(drafts.current().problems_at(f"candidates.{place}.upgrade_after_periods"))


def _in_words(place: int) -> str | None:
    """The rule in sentences, while nothing is wrong with it."""
    draft = drafts.current()
    plans = plans_of(draft.design, draft.design.candidates[place])
    if draft.problems or not plans or place >= len(draft.candidates):
        return None
    candidate = draft.candidates[place]
    lowest = name_of(draft.design, "plans", plans[0])
    share, periods = candidate.blocked_share_max, candidate.upgrade_after_periods
    return escaped(choice_in_words(candidate.choose, lowest, Decimal(share), periods))
