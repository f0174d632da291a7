"""The first page, Answer: which candidate, by how much, how sure, and what would change it; and the models in a sentence each."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import window_dates
from commet_core.reports.answer.candidate_rows import with_next_year
from commet_core.reports.compare.earned import earned_parts_by_month
from commet_core.reports.examples import EXAMPLES, Example
from commet_core.reports.quote.line_up_words import candidate_in_words
from commet_core.scenario.presets import catalog_presets
from pages.answering import figures as answers
from pages.answering import sections
from pages.comparison import figures, opened
from pages.comparison.opened_figure import Opened, open_figure
from pages.forecasting.figures import going_on
from pages.shared import candidates, frame, loading, serving, subscriptions
from pages.shared import study as studies
from pages.shared.charts import revenue
from pages.shared.links import page_link
from pages.shared.palette import MODEL_NAMES, palette, show
from pages.shared.tables import escaped, invoice_lines
from pages.shared.work import Work, visitor


def main() -> None:
    with frame.page("app.py", "How should you charge for usage?"):
        if _sample_choice():
            _onward()
        if studies.current().candidates:
            _answer()
        else:
            st.info("No plan is chosen for comparison yet: design one, or start from a product like yours.")
            _onward()
        _models()


def _answer() -> None:
    """The answer for the visitor's study; where it cannot be replayed, why."""
    try:
        replayed = loading.current_replay()
    except InputError as error:
        frame.show_problems(error)
        return
    subscriptions.caution(replayed)
    found, study = answers.plain(replayed), studies.current()
    flips = answers.flips(study, replayed) if len(replayed.runs) > 1 else None
    ahead = None if isinstance(flips, Work) else answers.next_year(study, replayed)  # one after the other
    there = answers.together(flips, ahead)
    st.header(escaped(found.sentence), anchor=False)
    shown = with_next_year(found.rows, there.next_year or {})
    candidates.table(shown, key="answer_candidates", opens=lambda name, kind: open_figure(Opened(name, kind=kind)))
    first, last = window_dates(replayed.window)
    st.caption(
        f"{replayed.runs[0].customer_count:,} customers, {replayed.events_in_window:,} events, {first.day} {first:%B %Y} to "
        f"{last.day} {last:%B %Y}, amounts in {replayed.currency.upper()}. A range in the table is of one difference a month; those in "
        "sentences hold for all candidates at once, over the window."
    )
    works = [work for work in (flips, ahead) if isinstance(work, Work)]
    if works:
        going_on(works, visitor())
    sections.sections(found, flips, ahead)
    sections.take_away(replayed, there)
    _compared(replayed)
    _revenue(replayed)
    _how(replayed)
    opened.dialog(replayed, figures.summaries(replayed))


def _compared(replayed: Replay) -> None:
    """What each candidate is, in words."""
    with st.expander("What is compared"):
        for run in replayed.runs:
            words = candidate_in_words(replayed.scenario.catalog, run.candidate)
            st.markdown(f"**{escaped(run.candidate.name)}**: {escaped(words)}")


def _sample_choice() -> bool:
    """Which worked sample is shown, while the visitor has not brought anything of their own; whether it is one."""
    samples = {code: preset for code, preset in catalog_presets().items() if code.startswith("sample_")}
    shown = next((code for code in samples if studies.current() == studies.sample(code)), None)
    if shown is None:
        return False
    chosen = st.segmented_control(
        "A worked sample, generated and computed here",
        list(samples),
        default=shown,
        format_func=lambda code: samples[code].name,
        required=True,
    )
    if chosen and chosen != shown:
        studies.replace(studies.sample(chosen))
        st.rerun()
    return True


def _revenue(replayed: Replay) -> None:
    st.subheader("Earned a month, by candidate", anchor=False)
    models = {run.candidate.name: run.plan.consumption_model for run in replayed.runs}
    earned = earned_parts_by_month(figures.earned_by_month(replayed))
    figure = revenue.revenue_by_month(earned, models, palette(), replayed.currency)
    show(figure, "Earned in each calendar month, one line per candidate", key="overview_revenue")


def _how(replayed: Replay) -> None:
    with st.expander("How this was worked out"):
        st.markdown(
            "Every event of every customer was replayed in time order against each plan, as a billing system would: periods "
            "begin on the day a customer first uses the product, allowances reset every month, packs are bought when the "
            "assumption about customers says so.\n\n"
            "- **Monthly revenue, earned**: all that was earned in the window, divided by its months.\n"
            "- **Median customer, a month**: half of the customers pay less than this in a month, half pay more.\n"
            "- **Share of usage blocked**: what customers asked for and were refused.\n"
            "- **Earned**: a base price is earned day by day, overage in the period of its usage, packs and top-ups when they "
            "are used. When invoices are issued is shown on the Compare page, under “Billed”."
        )
        lines = sum(len(run.bill.lines.amounts) for run in replayed.runs)
        st.markdown(f"{lines:,} invoice lines stand behind this page.")
        page_link("pages/compare.py", "Open them on the Compare page →")


def _onward() -> None:
    """The ways in, for those who have brought nothing yet."""
    ways: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("pages/plans.py", "Design plans →", {}),
        ("pages/plans.py", "Make a quote →", {"show": "bill"}),
        ("pages/usage.py", "Upload usage →", {}),
    )
    for column, (script, label, shows) in zip(st.columns(len(ways)), ways, strict=True):
        with column.container(border=True):
            page_link(script, label, **shows)


def _models() -> None:
    st.subheader("The three models", anchor=False)
    for column, example in zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True):
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
