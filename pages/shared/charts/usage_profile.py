"""Charts of a usage: what is asked for over time, how much the largest customers make, months without usage.

None of them speaks of a consumption model, so none has a model's colour.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import pyarrow as pa

from commet_core.foundation.formats import percent
from commet_core.foundation.wording import UNNAMED_UNIT, plural
from commet_core.usage.profile import Concentration, Step
from pages.shared.drawing import PERCENT_AXIS, Drawing, axis_number, drawn
from pages.shared.palette import Palette

ROW_HEIGHT = 120
LABEL_LETTERS_MAX = 40
STEP_HOVER = {"day": "%{x|%a %d %b %Y}", "week": "week of %{x|%d %b %Y}", "month": "%{x|%B %Y}"}


@drawn
def activity(
    table: pa.Table, features: Sequence[str], names: Sequence[str], units: Sequence[str], step: Step, colours: Palette
) -> Drawing:
    """A row per feature over a shared time axis, each with an axis of its own: units of features do not add up.

    table: as `profile.activity`. names, units: what each feature is called and counted in, one per feature.
    """
    figure = Drawing(colours, height=ROW_HEIGHT * len(features) + 60)
    titles = [_title(name, unit) for name, unit in zip(names, units, strict=True)]
    figure.rows(titles, 0.28 / len(features), {"color": colours.text, "size": 13})
    rows = table.to_pylist()
    for place, feature in enumerate(features):
        own = [row for row in rows if row["feature"] == feature]
        figure.add_bar(
            x=[row["start"] for row in own],
            y=[float(row["units"]) for row in own],
            name=titles[place],
            customdata=[[f"{row['events']:,}"] for row in own],
            marker={"color": colours.muted, "line": {"width": 0}},
            hovertemplate=STEP_HOVER[step] + "<br>%{y:,} in %{customdata[0]} rows<extra></extra>",
            showlegend=False,
            xaxis=f"x{axis_number(place)}",
            yaxis=f"y{axis_number(place)}",
        )
    figure.update_yaxes(rangemode="tozero", nticks=3, tickformat="~s")
    figure.update_xaxes(showgrid=False)
    figure.update_layout(bargap=0.15)
    return figure


@drawn
def concentration(found: Concentration, colours: Palette) -> Drawing:
    """The share of the usage that the largest customers make, against as many equal customers."""
    figure = Drawing(colours, height=320)
    hover = "The largest %{customdata[0]} of customers<br>make %{customdata[1]} of the usage<extra></extra>"
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": colours.muted, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[float(part) for part, _ in found.curve],
        y=[float(share) for _, share in found.curve],
        name="share of usage",
        mode="lines",
        line={"color": colours.text, "width": 2.5},
        customdata=[(percent(part), percent(share)) for part, share in found.curve],
        hovertemplate=hover,
        showlegend=False,
    )
    figure.add_scatter(
        x=[float(top.customers_part) for top in found.top],
        y=[float(top.share) for top in found.top],
        name="share of usage",
        mode="markers",
        marker={"color": colours.text, "size": 9},
        customdata=[(percent(top.customers_part), percent(top.share)) for top in found.top],
        hovertemplate=hover,
        showlegend=False,
    )
    figure.add_annotation(
        x=0.99,
        y=0.44,
        text="all alike",
        showarrow=False,
        font={"color": colours.muted},
        xanchor="right",
        align="right",
    )
    figure.update_xaxes(title="customers, largest first", **PERCENT_AXIS, range=[-0.01, 1.01], dtick=0.2)
    figure.update_yaxes(title="share of usage", **PERCENT_AXIS, range=[0, 1.03], dtick=0.2)
    return figure


@drawn
def gap_months(counts: Sequence[tuple[int, int]], colours: Palette) -> Drawing:
    """How many customers have how many months without usage between their first and their last."""
    labels = ["none" if gap == 0 else str(gap) for gap, _ in counts]
    customers = [count for _, count in counts]
    figure = Drawing(colours, height=320)
    figure.add_bar(
        x=labels,
        y=customers,
        name="customers",
        text=[f"{count:,}" for count in customers],
        textposition="outside",
        cliponaxis=False,
        marker={"color": colours.muted},
        hovertemplate="%{x} months without usage: %{y:,} customers<extra></extra>",
        width=0.6 if len(labels) > 1 else 0.2,
    )
    figure.update_xaxes(title="months without usage", type="category", showgrid=False)
    figure.update_yaxes(visible=False, rangemode="tozero")  # the bars say how many
    return figure


def _title(name: str, unit: str) -> str:
    return _short(name) if unit in (name, UNNAMED_UNIT) else f"{_short(name)} ({_short(plural(unit))})"


def _short(name: str) -> str:
    """A name as a label: of bounded length, never taken for markup."""
    return html.escape(name if len(name) <= LABEL_LETTERS_MAX else name[: LABEL_LETTERS_MAX - 1] + "…", quote=False)
