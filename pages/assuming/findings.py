"""Where assumptions would change the answer, and how robust it is: worked out beside the page, shown as it comes."""

from __future__ import annotations

import streamlit as st

from commet_core.decide.flip_points import FlipPoint
from commet_core.decide.robustness import Robustness, Tornado, robustness, tornado
from commet_core.decide.standing import usual_price_ranges
from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.reports.assumption_words import flip_rows, robust_shares, robustness_sentence, tornado_bars, tornado_title
from pages.answering import figures as answers
from pages.answering.sections import flips_at_a_glance
from pages.assuming import fields
from pages.forecasting.figures import going_on
from pages.shared import loading
from pages.shared.charts.tornado import tornado_chart
from pages.shared.glossary import meaning
from pages.shared.palette import palette, show
from pages.shared.study import Study
from pages.shared.tables import escaped, text_table
from pages.shared.work import Work, visitor

WAITING = "Being worked out …"


def findings(study: Study, replayed: Replay) -> None:
    """Flip points first, then the joint samples, then one assumption at a time."""
    asked = fields.ranges(replayed.scenario)
    content = f"assume {loading.content_of(study)} {asked!r}"
    scenario, usage = replayed.scenario, replayed.usage
    flips = answers.flips(study, replayed, [*asked, *usual_price_ranges(scenario)])
    winds: list[Tornado] | Work | None = None
    robust: Robustness | Work | None = None
    if not isinstance(flips, Work):  # one after the other
        winds = loading.computed_beside(f"{content} tornado", lambda _tell: tornado(scenario, usage, asked))
    if winds is not None and not isinstance(winds, Work):
        robust = loading.computed_beside(f"{content} robust", lambda tell: robustness(scenario, usage, asked, tell))
    works = [each for each in (flips, winds, robust) if isinstance(each, Work)]
    if works:
        going_on(works, visitor())
    _flips(flips)
    _robust(robust)
    _tornado(winds, replayed, answers.plain(replayed).order[0])
    with st.expander("The ranges that are tried"):
        fields.choose_ranges(scenario)
        st.caption("Flip points are looked for between these ends; joint samples are drawn from all of them together.")


def _flips(flips: list[FlipPoint] | Work) -> None:
    st.subheader("What would flip it", anchor=False, help=meaning("flip point"))
    if isinstance(flips, Work):
        st.markdown(WAITING)
        return
    flips_at_a_glance(flips)
    with st.expander("Every change"):
        table = flip_rows(flips)
        text_table(table, left=tuple(table), key="assume_flips")
        st.caption("Both sides of a flip were replayed. Changes back and forth within 1/32 of a range may be missed.")


def _robust(robust: Robustness | Work | None) -> None:
    st.subheader("How robust it is", anchor=False, help=meaning("robust"))
    if robust is None or isinstance(robust, Work):
        st.markdown(WAITING)
        return
    st.markdown(escaped(robustness_sentence(robust)))
    for name, share in robust_shares(robust).items():
        st.progress(float(share), f"{escaped(name)}: {percent(share)}")


def _tornado(winds: list[Tornado] | Work | None, replayed: Replay, leader: str) -> None:
    if winds is None or isinstance(winds, Work):
        st.markdown(f"### Which assumption matters most\n\n{WAITING}")
        return
    st.subheader(escaped(tornado_title(winds, leader, replayed.currency)), anchor=False)
    figure = tornado_chart(tornado_bars(winds, replayed.currency), palette(), replayed.currency)
    show(figure, "How far each assumption alone moves the leader's lead, the widest first", key="assume_tornado")
