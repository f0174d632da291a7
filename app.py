"""The first page: the same usage under each pricing model, the models in a sentence each, and ways onward."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount
from commet_core.foundation.window import window_dates
from commet_core.reports.compare import Summary
from commet_core.reports.compare.earned import Earned, earned_parts_by_month
from commet_core.reports.compare.earned_words import earned_lessons
from commet_core.reports.examples import EXAMPLES, Example
from commet_core.reports.quote.line_up_words import candidate_in_words
from commet_core.scenario.presets import catalog_presets
from pages.comparison import figures
from pages.shared import frame, loading, subscriptions
from pages.shared import study as studies
from pages.shared.charts import revenue
from pages.shared.links import page_link
from pages.shared.palette import MODEL_NAMES, palette, show
from pages.shared.tables import against, escaped, invoice_lines

LEAD = (
    "Replay usage through **Metered**, **Credits** and **Balance** plans, event by event, and see what each brings in and "
    "what your customers would pay. Every figure opens down to the invoice line."
)


def main() -> None:
    with frame.page("app.py", "How should you charge for usage?", LEAD):
        _sample_choice()
        if studies.current().candidates:
            _comparison()
        else:
            st.info("No plan is chosen for comparison yet: design one, or start from a product like yours.")
        _onward()
        _models()


def _comparison() -> None:
    """The figures of the visitor's study; where it cannot be replayed, why."""
    try:
        replayed = loading.current_replay()
    except InputError as error:
        frame.show_problems(error)
        return
    subscriptions.caution(replayed)
    _headline(replayed, figures.summaries(replayed), figures.earned(replayed))
    _revenue(replayed)
    _how(replayed)


def _sample_choice() -> None:
    """Which worked sample is shown, while the visitor has not brought anything of their own."""
    samples = {code: preset for code, preset in catalog_presets().items() if code.startswith("sample_")}
    shown = next((code for code in samples if studies.current() == studies.sample(code)), None)
    if shown is None:
        return
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


def _headline(replayed: Replay, summaries: Sequence[Summary], earned: Sequence[Earned]) -> None:
    sentence, *others = earned_lessons(replayed, summaries, earned)
    st.markdown(f"**{escaped(sentence)}**")
    st.markdown(" ".join(map(escaped, others)))
    customers = replayed.runs[0].customer_count
    first, last = window_dates(replayed.window)
    st.caption(
        f"{customers:,} customers, {replayed.events_in_window:,} events, {first.day} {first:%B %Y} to "
        f"{last.day} {last:%B %Y}, amounts in {replayed.currency.upper()}"
    )
    columns = st.columns(len(summaries)) if len(summaries) <= 4 else [st.container() for _ in summaries]
    for column, summary, own in zip(columns, summaries, earned, strict=True):
        with column.container(border=True, height="stretch"):
            _card(replayed, summary, own, earned[replayed.scenario.baseline_index()])


def _card(replayed: Replay, summary: Summary, earned: Earned, baseline: Earned) -> None:
    currency = replayed.currency
    st.markdown(f"**{escaped(summary.name)}**")
    st.metric(
        "Monthly revenue, earned",
        format_amount(earned.monthly_earned, currency),
        delta="the baseline"
        if earned is baseline
        else against(earned.monthly_earned, baseline.monthly_earned, currency, baseline.name),
        delta_arrow="off",
        delta_color="off",
    )
    st.metric("Median customer, a month", format_amount(summary.median_monthly_cost, currency))
    st.metric(
        "Share of usage blocked",
        percent(summary.blocked_share),
        help=f"{summary.customers_blocked:,} of {summary.customers:,} customers were refused something at least once.",
    )
    candidate = replayed.run(summary.name).candidate
    st.caption(escaped(candidate_in_words(replayed.scenario.catalog, candidate)))


def _revenue(replayed: Replay) -> None:
    st.subheader("Revenue by month, earned", anchor=False)
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
    st.subheader("Your turn", anchor=False)
    ways: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
        (
            "I am choosing a model",
            "Start from a product like yours, change its prices, and watch the comparison follow.",
            "pages/plans.py",
            "Design plans →",
            {},
        ),
        (
            "I need a quote",
            "Type what a customer uses, and take every plan's invoice lines with you.",
            "pages/plans.py",
            "Make a quote →",
            {"show": "bill"},
        ),
        (
            "I have usage",
            "Bring a CSV, Parquet or JSON lines file; see what was read, and what was not and why.",
            "pages/usage.py",
            "Upload usage →",
            {},
        ),
    )
    for column, (who, what, script, label, shows) in zip(st.columns(len(ways)), ways, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{who}**")
            st.markdown(what)
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


main()
