"""The first page, Answer: which candidate, by how much, how sure, and what would change it; three ways in where nothing is one's own."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import window_words
from commet_core.reports.answer.candidate_rows import with_next_year
from commet_core.reports.examples import EXAMPLES, Example
from commet_core.reports.quote.line_up_words import candidate_in_words
from commet_core.scenario.presets import catalog_presets
from pages.answering import figures as answers
from pages.answering import questions, sections, tour, ways_in
from pages.comparison import figures, opened
from pages.comparison.opened_figure import Opened, open_figure
from pages.forecasting.figures import going_on
from pages.shared import candidates, frame, loading, serving, subscriptions
from pages.shared import study as studies
from pages.shared.links import page_link
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import escaped, invoice_lines
from pages.shared.work import Work, visitor

QUESTION = "How should you charge for usage?"


def main() -> None:
    with frame.page("app.py", ""):
        samples = {code: preset.name for code, preset in catalog_presets().items() if code.startswith("sample_")}
        shown = next((code for code in samples if studies.current() == studies.sample(code)), None)
        if shown is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.title(QUESTION, anchor=False, width="stretch")
                tour.tour()
            ways_in.ways_in()
            _samples(samples, shown)
        elif not studies.current().candidates:
            st.title(QUESTION, anchor=False)
            ways_in.ways_in()
            st.markdown("No plan is compared yet.")
            page_link("pages/plans.py", "Design plans")
        elif questions.is_open():
            questions.questions()
        if studies.current().candidates:
            _answer(is_sample=shown is not None)
        if shown is not None:
            _models()


def _answer(*, is_sample: bool) -> None:
    """The answer for the visitor's study; where it cannot be replayed, why. is_sample: it stands below the ways in."""
    heading = st.header if is_sample else st.title
    try:
        replayed = loading.current_replay(several=True)
    except InputError as error:
        heading("There is no answer yet", anchor=False)
        frame.show_problems(error)
        return
    found, study = answers.plain(replayed), studies.current()
    flips = answers.flips(study, replayed) if len(replayed.scenario.candidates) > 1 else None
    ahead = None if isinstance(flips, Work) else answers.next_year(study, replayed)  # one after the other
    there = answers.together(flips, ahead)
    heading(escaped(found.sentence), anchor=False)
    if found.decided and not is_sample:
        _advised(replayed, found.order[0])
    shown = with_next_year(found.rows, there.next_year or {})
    opens = None if replayed.in_markets else lambda name, kind: open_figure(Opened(name, kind=kind))
    candidates.table(shown, key="answer_candidates", opens=opens)
    questions.said_of(study)
    st.caption(
        f"{replayed.customer_count:,} customers, {replayed.events_in_window:,} events, {window_words(replayed.window)}, "
        f"{replayed.currency.upper()}",
        help="Ranges in the table are a month’s; those in sentences hold for all candidates, over the window.",
    )
    subscriptions.caution(replayed)
    works = [work for work in (flips, ahead) if isinstance(work, Work)]
    if works:
        going_on(works, visitor())
    sections.cards(found, flips)
    sections.charts(replayed, found)
    sections.more(found, ahead)
    _compared(replayed)
    _how(replayed)
    sections.take_away(replayed, there)
    if not replayed.in_markets:
        opened.dialog(replayed, figures.summaries(replayed))


def _advised(replayed: Replay, name: str) -> None:
    words = next(
        candidate_in_words(replayed.scenario.catalog, each) for each in replayed.scenario.candidates if each.name == name
    )
    st.markdown(f"**{escaped(name)}**: {escaped(words)}")


def _compared(replayed: Replay) -> None:
    with st.expander("What is compared"):
        for each in replayed.scenario.candidates:
            words = candidate_in_words(replayed.scenario.catalog, each)
            st.markdown(f"**{escaped(each.name)}**: {escaped(words)}")


def _samples(samples: dict[str, str], shown: str) -> None:
    """Which worked sample is shown, while the visitor has not brought anything of their own."""
    chosen = st.segmented_control(
        "Until then, a worked sample", list(samples), default=shown, format_func=samples.__getitem__, required=True
    )
    if chosen and chosen != shown:
        studies.replace(studies.sample(chosen))
        st.rerun()


def _how(replayed: Replay) -> None:
    with st.expander("How this was worked out"):
        st.markdown(
            "Every event was replayed in time order against each plan, as a billing system would: periods begin on the day a "
            "customer first uses the product, and allowances reset every month.\n\n"
            "- **Monthly revenue, earned**: all that was earned in the window, divided by its months.\n"
            "- **Median customer, a month**: half of the customers pay less than this in a month, half pay more.\n"
            "- **Share of usage blocked**: what customers asked for and were refused.\n"
            "- **Earned**: a base price is earned day by day, overage in the period of its usage, packs and top-ups when they "
            "are used. When invoices are issued is shown on the Compare page, under “Billed”."
        )
        lines = sum(len(run.bill.lines.amounts) for runs in replayed.runs_by_customers() for run in runs)
        st.markdown(f"{lines:,} invoice lines stand behind this page.")
        page_link("pages/compare.py", "Open them on the Compare page →")


def _models() -> None:
    """A sentence, an example and a use of each, drawn when they are unfolded."""
    folded = st.expander("The three models, with an example of each", on_change="rerun", key="answer_models")
    if not folded.open:
        return
    for column, example in zip(folded.columns(len(EXAMPLES)), EXAMPLES, strict=True):
        with column.container(border=True, height="stretch"):
            _model(example)


def _model(example: Example) -> None:
    st.markdown(f"**{MODEL_NAMES[example.model]}**")
    st.markdown(example.rule)
    st.caption("For example")
    st.markdown(escaped(example.story))
    replayed = _example(example.model)
    invoice_lines(replayed, replayed.runs[0])
    st.caption("Choose it for")
    st.markdown(example.suits)


@st.cache_resource(show_spinner=False)
def _example(model: str) -> Replay:
    return next(example for example in EXAMPLES if example.model == model).replayed()


if __name__ == "__main__":  # as a page; else as the server that `streamlit run app.py` starts
    main()
else:
    serving.refuse_or_go_on()
    app = st.App(__file__, routes=serving.routes(), middleware=serving.middleware())
