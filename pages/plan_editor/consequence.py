"""Beside the editor, always in sight: what the last edit does on the study's usage, and what candidates bill as they stand."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_amount
from commet_core.reports.edited import Moved, edited
from pages.comparison import figures
from pages.plan_editor import drafts, live_bill
from pages.shared import frame, history, loading
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tables import dollars, escaped


def consequence() -> None:
    """What the edit before this run does; without one, what each candidate brings in."""
    study = studies.current()
    with st.container(border=True, key="plans_beside"):
        if not study.candidates:
            st.markdown("Choose a plan to compare, and what it brings in stands here.")
            return
        try:
            if loading.markets_of(study) and not loading.market_of(study):
                st.markdown("Customers are in several markets. Choose one on Compare, and what an edit does there stands here.")
                return
            replayed = loading.replay_of(study)
            before = _before(study)
            moved = (
                []
                if before is None
                else edited(
                    (earlier := loading.replay_of(before)), replayed, figures.summaries(earlier), figures.summaries(replayed)
                )
            )
        except InputError as error:
            frame.show_problems(error)
            return
        if drafts.current().problems:
            st.caption("As before what is to be corrected:")
        if moved:
            st.markdown("**What the last edit does**")
            for each in moved:
                _moved(each)
            st.button("Undo", key="plans_beside_undo", on_click=studies.step, args=(-1,))
        else:
            billed = [(one.name, format_amount(one.monthly_revenue, replayed.currency)) for one in figures.summaries(replayed)]
            _listed("On your usage", "Billed a month", billed)
        _listed("Live bill", "First month", live_bill.first_months(study))


def _listed(title: str, what: str, figures_by_name: Sequence[tuple[str, str]]) -> None:
    """A figure of each candidate; nothing where there is none."""
    if figures_by_name:
        rows = [f"| {escaped(name)} | {dollars(figure)} |" for name, figure in figures_by_name]
        st.markdown("\n".join([f"| {title} | {what} |", "| :-- | --: |", *rows]))


def _before(study: Study) -> Study | None:
    """The study before its last edit, where that was of plans: other usage is no edit of them."""
    if not history.can(-1):
        return None
    earlier: Study = history.numbered()[history.first() + history.place() - 1][history.STUDY]
    same = earlier.model_copy(update={"catalog": study.catalog, "candidates": study.candidates, "baseline": study.baseline})
    return earlier if earlier.candidates and earlier != study and same == study else None


def _moved(each: Moved) -> None:
    rows = [f"| {name} | {dollars(was)} | **{dollars(now)}** |" for name, was, now in each.rows]
    st.markdown("\n".join([f"| {escaped(each.name)} | Before | Now |", "| :-- | --: | --: |", *rows]))
    if each.pay_more:
        st.caption(each.pay_more)
