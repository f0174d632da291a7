"""Beside the editor, always in sight: what the last edit does on the study's usage, what candidates bill, and the price curve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_amount
from commet_core.reports.edited import Moved, edited
from pages.comparison import figures
from pages.plan_editor import curve, drafts, live_bill
from pages.shared import history, loading
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
        except InputError:
            st.markdown("Until what is said below is corrected, nothing can be replayed.")
            return
        if drafts.current().problems:
            st.caption("As before what is to be corrected:")
        if moved:
            st.markdown("**What the last edit does**")
            for each in moved:
                _moved(each)
            st.button("Undo", key="plans_beside_undo", on_click=studies.step, args=(-1,))
        billed = {one.name: format_amount(one.monthly_revenue, replayed.currency) for one in figures.summaries(replayed)}
        to_bill = live_bill.to_bill(study)
        if to_bill is None:
            _listed({"On your usage": billed.keys(), "Billed a month": billed.values()})
            return
        months = live_bill.first_months(*to_bill)
        bills = [months.get(name, "–") for name in billed]
        _listed({"On your usage": billed.keys(), "Billed a month": billed.values(), "Live bill": bills})
        curve.beside(*to_bill)


def _listed(columns: Mapping[str, Iterable[str]]) -> None:
    """A row for each candidate: its name, and figures."""
    rows = [
        f"| {' | '.join([escaped(name), *map(dollars, amounts)])} |" for name, *amounts in zip(*columns.values(), strict=True)
    ]
    st.markdown("\n".join([f"| {' | '.join(columns)} |", f"| :-- |{' --: |' * (len(columns) - 1)}", *rows]))


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
