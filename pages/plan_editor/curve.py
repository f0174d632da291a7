"""The price curve on the page: which feature to follow and how far, the chart, and what it shows in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import plain
from commet_core.foundation.wording import capitalized
from commet_core.reports.quote import read_units, words
from commet_core.reports.quote.price_curve import Others, PriceCurves, UsageAxis, curve_table, price_curves, suggested_most
from commet_core.scenario.candidates import plans_of
from pages.plan_editor import fields, live_bill
from pages.shared import links, remembered
from pages.shared.charts.price_curve import lettered, price_curve
from pages.shared.kept import figure as kept_figure
from pages.shared.kept import text_of
from pages.shared.palette import palette, show
from pages.shared.study import Study
from pages.shared.tables import distinct, downloads, escaped, label

STRETCHES_MAX = 12
OTHERS: dict[Others, str] = {"in_proportion": "In proportion", "fixed": "As typed"}
_FEATURE, _OTHERS = "plans_curve_feature", "plans_curve_others"
BESIDE_HEIGHT = 220


def curve(study: Study, units: Mapping[str, Decimal], priced: Catalog) -> None:
    """The curve along a chosen feature. units: the usage of a month typed above. priced: the study's, requests with prices."""
    study = study.model_copy(update={"catalog": priced})
    axis, most = _axis(study.catalog, units)
    if most is None:
        return
    curves = _curves(study, axis, most)
    _chart(study, curves)
    _findings(study.catalog, curves, _line_ups(study))
    _how(study.catalog, curves)


def _axis(catalog: Catalog, units: Mapping[str, Decimal]) -> tuple[UsageAxis, Decimal | None]:
    """What was chosen for the axis; None where the highest level cannot be read."""
    which, high, rest = st.columns([2, 2, 3], vertical_alignment="top")
    names = distinct({code: words.feature_name(catalog, code) for code in units})
    feature = which.selectbox(
        "Along", list(names), format_func=names.__getitem__, **links.kept(remembered.choice(_FEATURE, names, next(iter(names))))
    )
    with high:
        typed = st.text_input(
            f"Up to ({label(words.axis_title(catalog, feature))})",
            placeholder=plain(suggested_most(units[feature])),
            help="Left empty: ten times what is typed above.",
            **links.kept(remembered.text(_most_key(feature))),
        )
        try:
            most = _most(typed, units[feature])
        except InputError as error:
            fields.problem_below(list(error.problems))
            most = None
    others: Others = "in_proportion"
    if len(units) > 1:
        chosen: Others | None = rest.segmented_control(
            "Other features",
            list(OTHERS),
            format_func=OTHERS.__getitem__,
            required=True,
            **links.kept(remembered.choice(_OTHERS, OTHERS, others)),
        )
        others = chosen or others
    return UsageAxis(feature, dict(units), others, frozenset(catalog.level_features)), most


def _most(typed: str, units: Decimal) -> Decimal:
    """The highest level. Raises InputError where what is typed is none."""
    if not typed.strip():
        return suggested_most(units)
    most = read_units({"most": typed})["most"]
    if most == 0:
        raise InputError.of("most", "no usage at all makes no curve", "Give a number above zero")
    return most


def _most_key(feature: str) -> str:
    return f"plans_curve_most_{feature}"


def beside(study: Study, units: Mapping[str, Decimal]) -> None:
    """The same curve, small, with what it says of the typical customer; nothing where its highest level is to be corrected."""
    kept = remembered.typed(_FEATURE) or ""
    feature = kept if kept in units else next(iter(units))
    shared: Others = "fixed" if remembered.typed(_OTHERS) == "fixed" and len(units) > 1 else "in_proportion"
    axis = UsageAxis(feature, dict(units), shared, frozenset(study.catalog.level_features))
    try:
        most = _most(remembered.typed(_most_key(feature)) or "", units[feature])
    except InputError:
        return
    curves, typical = _curves(study, axis, most), live_bill.typical_units().get(feature)
    title = words.curve_title_at(study.catalog, curves, typical)
    st.markdown(f"**{escaped(title)}**")
    figure = price_curve(
        curves,
        _models(study),
        palette(),
        study.catalog.currency,
        words.axis_title(study.catalog, feature),
        typical=typical,
        height=BESIDE_HEIGHT,
        marked=False,
    )
    show(figure, f"{title}. The price curve, which stands below with its figures.", key="plans_curve_beside")


def _models(study: Study) -> dict[str, str]:
    plans = study.catalog.plans
    return {one.name: plans[plans_of(study.catalog, one)[0]].consumption_model for one in study.candidates}


def _curves(study: Study, axis: UsageAxis, most: Decimal) -> PriceCurves:
    candidates = "\n".join(map(text_of, study.candidates))
    key = "\0".join(("price curves", text_of(study.catalog), candidates, repr(axis), str(most)))
    return kept_figure(key, lambda: price_curves(study.catalog, study.candidates, axis, most), "Replaying levels of usage")


def _chart(study: Study, curves: PriceCurves) -> None:
    catalog = study.catalog
    feature = curves.axis.feature
    title = f"{words.feature_name(catalog, feature)}: {words.axis_title(catalog, feature)}"
    typical = live_bill.typical_units().get(feature)
    figure = price_curve(curves, _models(study), palette(), catalog.currency, title, typical=typical)
    findings = " ".join(words.crossing_in_words(catalog, crossing, feature) for _, crossing in lettered(curves))
    st.markdown(f"**{escaped(words.curve_title(catalog, curves))}**")
    alt = f"What a month costs each candidate against usage. {findings or 'No candidate overtakes another.'}"
    show(figure, alt, key="plans_curve_chart")
    if curves.limits:
        st.caption("× part of the usage is refused there.")
    if _line_ups(study):
        st.caption("A line-up: its plan that suits each level best.")


def _line_ups(study: Study) -> list[str]:
    return [candidate.name for candidate in study.candidates if candidate.group is not None]


def _findings(catalog: Catalog, curves: PriceCurves, line_ups: list[str]) -> None:
    feature = curves.axis.feature
    marks, ranges = st.columns(2)
    with marks:
        sentences = [
            f"**{letter}** {escaped(words.crossing_in_words(catalog, one, feature))}" for letter, one in lettered(curves)
        ]
        unmarked = len(curves.crossings) - len(sentences)
        sentences += (
            [f"and {unmarked} more, close to these or between candidates of which another is cheaper"] if unmarked > 0 else []
        )
        sentences += [escaped(words.limit_in_words(catalog, limit, feature)) for limit in curves.limits]
        _bullets(sentences or ["Nowhere up to here: no candidate overtakes another, and none refuses usage."])
    with ranges:
        rows = [f"| {' | '.join(map(escaped, words.cheapest_row(stretch)))} |" for stretch in curves.cheapest[:STRETCHES_MAX]]
        head = [f"| {escaped(capitalized(words.axis_title(catalog, feature)))} | Cheapest that serves all |", "| :-- | :-- |"]
        st.markdown("\n".join([*head, *rows]))
        more = len(curves.cheapest) - STRETCHES_MAX
        if more > 0:
            st.caption(f"and {more} more stretches")
        if line_ups:
            st.markdown("**Which plan a line-up is on**")
            _bullets([escaped(words.course_in_words(catalog, curves, name)) for name in line_ups])


def _bullets(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def _how(catalog: Catalog, curves: PriceCurves) -> None:
    with st.expander("How this was worked out"):
        exact = "to the unit" if curves.exact else "to the unit for the first of them, to the next level for the rest"
        st.markdown(
            "Every level of usage is one more made-up customer, with the same usage every month of a year on each candidate. "
            "A month costs a twelfth of that year's invoices, so that yearly, weekly and monthly prices compare and credits left "
            "from a pack are used up. Trials are left out; an offer counts from the first month. The points where one overtakes another are found by replaying finer levels in between, "
            f"{exact}; two that lie between neighbouring levels can be missed. Candidates that differ by no more than the rounding of their invoice lines count as the same. Where a plan refuses usage it takes part in no "
            "comparison."
        )
        downloads("price-curve", lambda: {"Price curve": curve_table(curves, catalog.currency)}, key="plans_curve")
