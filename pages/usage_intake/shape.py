"""The profile of a usage on its page: totals, use over time, concentration, the largest customers, months without usage."""

from __future__ import annotations

from typing import Any

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.formats import percent, window_words
from commet_core.foundation.money import plain
from commet_core.reports.quote.words import feature_name
from commet_core.reports.usage_words import activity_title
from commet_core.usage.profile import (
    Profile,
    activity,
    concentration,
    customers_by_size,
    profile,
    step_for,
    window_of,
)
from commet_core.usage.usage import Usage
from pages.shared.charts import usage_profile as charts
from pages.shared.glossary import meaning
from pages.shared.kept import by_content
from pages.shared.palette import palette, show
from pages.shared.study import Study
from pages.shared.tables import downloads, escaped, frame_of

FEATURES_DRAWN = 6
FEATURES_LISTED = 12
CUSTOMERS_SHOWN = 100
ROWS_UNSCROLLED = 10


profile_of = by_content("Counting the usage")(profile)
_activity = by_content("Adding up the usage over time")(activity)
_concentration = by_content()(concentration)
_customers = by_content("Putting customers in order")(customers_by_size)


def totals(study: Study, found: Profile) -> None:
    """Customers, rows, features and span, in a row of tiles."""
    with st.container(horizontal=True):
        for label, count in (
            ("Customers", found.customers),
            ("Events" if study.rows == "event" else "Rows", found.events),
            ("Features", len(found.features)),
            (f"Days, {window_words(window_of(found.first_day, found.last_day))} (UTC)", found.days),
        ):
            st.metric(label, f"{count:,}", border=True)


def shape(study: Study, usage: Usage, found: Profile) -> None:
    """Everything below the totals."""
    st.header("Profile", anchor=False)
    _feature_table(found, study.catalog)
    _over_time(usage, found, study.catalog)
    by = _measure(study, found)
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _concentrated(usage, by)
    with right.container(border=True, height="stretch"):
        _months_without(found)
    _largest(usage, found, by, study.catalog)
    _how()


def _feature_table(found: Profile, catalog: Catalog) -> None:
    rows = [
        {
            "Feature": feature_name(catalog, total.feature),
            "Unit": _unit(catalog, total.feature),
            "Events": total.events,
            "Units": plain(total.units),
            "Customers": total.customers,
            "Largest event": plain(total.largest_value),
        }
        for total in found.features
    ]
    numbers = {name: st.column_config.NumberColumn(name, format="localized") for name in ("Events", "Customers")}
    texts = {name: st.column_config.TextColumn(name, alignment="right") for name in ("Units", "Largest event")}
    st.dataframe(
        rows,
        hide_index=True,
        column_config=numbers | texts,
        height="content" if len(rows) <= FEATURES_LISTED else 460,
        key="usage_features",
    )


def _unit(catalog: Catalog, feature: str) -> str:
    return catalog.features[feature].unit if feature in catalog.features else "unit"


def _over_time(usage: Usage, found: Profile, catalog: Catalog) -> None:
    step = step_for(found.days)
    with st.container(border=True):
        title = st.empty()
        names = [total.feature for total in found.features]
        drawn = names[:FEATURES_DRAWN]
        if len(names) > FEATURES_DRAWN:
            drawn = st.multiselect(
                f"Features shown, up to {FEATURES_DRAWN} of {len(names):,}",
                names,
                default=drawn,
                format_func=lambda feature: feature_name(catalog, feature),
                max_selections=FEATURES_DRAWN,
                key="usage_features_drawn",
            )
        if not drawn:
            st.caption("Choose a feature to see it over time.")
            return
        table = _activity(usage, step, tuple(drawn))
        units = [_unit(catalog, feature) for feature in drawn]
        called = [feature_name(catalog, feature) for feature in drawn]
        title.markdown(f"**{escaped(activity_title(table, dict(zip(drawn, called, strict=True)), step))}**")
        figure = charts.activity(table, drawn, called, units, step, palette())
        show(figure, f"Units asked for by {step}, one row for each of {', '.join(called)}", key="usage_activity")


def _measure(study: Study, found: Profile) -> str | None:
    """What customers are compared by: None for events, or a feature."""
    names = [total.feature for total in found.features]
    rows = "Events" if study.rows == "event" else "Rows"
    options = ["", *names] if study.rows == "event" else [*names, ""]
    chosen = st.selectbox(
        "Customers by",
        options,
        format_func=lambda feature: f"Units of {feature_name(study.catalog, feature)}" if feature else rows,
        key=f"usage_measure_{study.rows}",
        width=320,
    )
    return chosen or None


def _concentrated(usage: Usage, by: str | None) -> None:
    found = _concentration(usage, by)
    if not found.customers:
        st.caption("Every value of this feature is 0: there is nothing to share out.")
        return
    _, tenth, _ = found.top
    st.markdown(f"**The largest tenth of customers makes {percent(tenth.share)}**", help=meaning("concentration"))
    with st.container(horizontal=True):
        for top in found.top:
            customers = "1 customer" if top.customers == 1 else f"{top.customers:,} customers"
            label = f"Top {percent(top.part).replace('.0', '')}"
            st.metric(label, percent(top.share), delta=customers, delta_color="off", delta_arrow="off")
    show(
        charts.concentration(found, palette()),
        "Share of the usage made by the largest customers: "
        + ", ".join(f"the top {top.customers:,} make {percent(top.share)}" for top in found.top),
        key="usage_concentration",
    )


def _months_without(found: Profile) -> None:
    months = found.presence
    st.markdown(f"**{months.with_gaps:,} of {found.customers:,} customers skipped a month or more**")
    st.caption(f"{months.arrived_later:,} came after the first month, {months.left_before:,} left before the last.")
    show(
        charts.gap_months(months.gap_months, palette()),
        "Customers by months without usage: " + ", ".join(f"{gap}: {count:,}" for gap, count in months.gap_months),
        key="usage_gaps",
    )


def _largest(usage: Usage, found: Profile, by: str | None, catalog: Catalog) -> None:
    listed = [total.feature for total in found.features[:FEATURES_LISTED]]
    table = _customers(usage, tuple(listed), by)
    shown = min(CUSTOMERS_SHOWN, table.num_rows)
    st.markdown(f"**The {shown:,} largest of {table.num_rows:,} customers**" if shown < table.num_rows else "**Customers**")
    labels: dict[str, Any] = {
        "customer_id": st.column_config.TextColumn("Customer", pinned=True),
        "events": st.column_config.NumberColumn("Events", format="localized"),
        "first_day": st.column_config.DateColumn("First day", format="D MMM YYYY"),
        "last_day": st.column_config.DateColumn("Last day", format="D MMM YYYY"),
        "months_active": "Months with usage",
        "months_without": "Months without",
    }
    units = {
        f"units of {feature}": st.column_config.NumberColumn(f"Units of {feature_name(catalog, feature)}", format="localized")
        for feature in listed
    }
    st.dataframe(
        frame_of(table.slice(0, shown)),
        hide_index=True,
        column_config=labels | units,
        height="content" if shown <= ROWS_UNSCROLLED else 390,
        key="usage_customers",
    )
    if left_out := len(found.features) - len(listed):
        st.caption(f"Units of {left_out:,} more features are not shown.")
    downloads("customers", lambda: {"customers": table}, key="usage_customers")


def _how() -> None:
    with st.expander("How this was worked out"):
        st.markdown(
            "- Days and months are UTC, and all rows that were used count, also those outside the window.\n"
            "- **Concentration**: customers are put in order, largest first, by what is chosen above. The top 1 % are one in a "
            "hundred of those with any, rounded up to whole customers; their share is the sum of theirs divided by the sum "
            "of all. Units of different features do not add up, so it is one feature's units or the number of rows.\n"
            "- **Months skipped**: the calendar months from a customer's first to its last, less those in which it has "
            "at least one row. Months before the first and after the last do not count.\n"
            "- The units in the table of features are the exact sums of the values, and those of all customers add up to them."
        )
