"""A price rise as one step on Compare: the new price from a day on, for whom, beside the present."""

from __future__ import annotations

from datetime import date

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import plain, symbol
from commet_core.foundation.wording import a_interval
from commet_core.reports.quote.typed import number_text
from commet_core.reports.quote.words import plan_name
from commet_core.scenario.drafts import Design
from commet_core.scenario.drafts.price_rises import usual_day, with_price_rise
from pages.shared import links, remembered
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tables import escaped, label

PRICE, DAY, SINCE, PLAN = "compare_rise_price", "compare_rise_from", "compare_rise_since", "compare_rise_plan"


def price_rise(study: Study, replayed: Replay) -> None:
    """What to type, and the button that compares it; nothing where no candidate has a price that is paid again."""
    candidates = {
        candidate.name: candidate
        for candidate in replayed.scenario.candidates
        if candidate.plan and replayed.scenario.interval(candidate) not in (None, "one_time")
    }
    if not candidates:
        return
    with st.expander("What if the price rises on a day?"):
        st.caption(
            "Compares the plan as it is today with its new price for everybody, for new customers only, and for those who started "
            "since a day. Everybody else pays it from the renewal on. All of it can be undone."
        )
        which, much, day, recent = st.columns(4)
        with which:
            key = remembered.choice(PLAN, candidates, next(iter(candidates)))
            name = st.selectbox("Candidate", list(candidates), **links.kept(key))
        chosen = candidates[name]
        plan, interval = str(chosen.plan), replayed.scenario.interval(chosen)
        assert interval is not None
        now = study.catalog.plans[plan].prices[interval]
        sign = symbol(study.catalog.currency).strip()
        with much:
            _field(f"New price {a_interval(interval)} ({sign})", PRICE, f"now {plain(now)}")
        with day:
            first = usual_day(replayed.window.start, replayed.window.end).isoformat()
            _field("From", DAY, first)
        with recent:
            since = usual_day(replayed.window.start, date.fromisoformat(first)).isoformat()
            _field("And only those who started since", SINCE, since)
        design = _risen(study, plan, interval, first, since)
        st.button(
            f"Compare the new price of {label(plan_name(study.catalog, plan))} with today's",
            key="compare_rise",
            disabled=design is None,
            on_click=_compare,
            args=(design,),
        )


def _field(label: str, key: str, placeholder: str) -> None:
    st.text_input(label, placeholder=placeholder, **links.kept(remembered.text(key)))


def _risen(study: Study, plan: str, interval: str, usual: str, usually_since: str) -> Design | None:
    """The design with the new price; None while none is typed or something is wrong, which it says. usual: where no day is typed."""
    price = number_text((remembered.typed(PRICE) or "").strip())
    if not price:
        return None
    day = (remembered.typed(DAY) or "").strip() or usual
    since = (remembered.typed(SINCE) or "").strip() or usually_since
    design = Design.of(study.catalog, study.candidates, study.baseline)
    try:
        return with_price_rise(design, plan, day, {interval: price}, _day(since))
    except InputError as error:
        for problem in error.problems:
            st.markdown(f":red[{escaped(f'{problem.what[:1].upper()}{problem.what[1:]}. {problem.fix}.')}]")
        return None


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise InputError([Problem("since", f"{typed!r} is not a date", "Write it as YYYY-MM-DD")]) from None


def _compare(design: Design) -> None:
    catalog, candidates = design.checked(studies.current().reporting)
    remembered.put(PRICE, None)
    studies.change(catalog=catalog, candidates=candidates, baseline=design.baseline)
