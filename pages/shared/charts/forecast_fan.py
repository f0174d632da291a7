"""The fan: what was billed so far, and the range of what comes, each candidate in its own colour on one chart."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from commet_core.decide.forecast.ranges import Range
from commet_core.foundation.money import minor_decimals, symbol
from pages.shared.charts.revenue import Change, a_month, label_lines, looks, mark_changes, month_axis, short
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

BAND_ALPHA = 0.16


@drawn
def forecast_fan(
    before: Mapping[str, Sequence[float]],
    months: Sequence[date],
    ranges: Sequence[Range],
    models: Mapping[str, str],
    colours: Palette,
    currency: str,
    seen: str = "billed",
    changes: Sequence[Change] = (),
) -> Drawing:
    """What is `seen`, billed or earned. before: candidate → its amount in each month of `months`. ranges: of the months ahead.

    models: candidate → consumption model. changes: of their plans.
    """
    figure = Drawing(colours, height=400, money_axis=symbol(currency))
    ahead: list[date] = []
    ends: dict[str, float] = {}
    for candidate, look in looks(models, colours).items():
        own = [each for each in ranges if each.candidate == candidate and each.month is not None]
        ahead = [each.month for each in own if each.month is not None]
        ends |= {candidate: own[-1].p50} if own else {}
        name = html.escape(candidate, quote=False)
        figure.add_scatter(
            x=[*ahead, *reversed(ahead)],
            y=[*(each.p90 for each in own), *(each.p10 for each in reversed(own))],
            name=short(candidate),
            fill="toself",
            fillcolor=colours.with_alpha(colours.models[models[candidate]], BAND_ALPHA),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=list(months),
            y=list(before[candidate]),
            name=f"{short(candidate)}, so far",
            mode="lines",
            line={"color": look.colour, "dash": look.dash, "width": 2},
            hovertemplate=f"{name}, %{{x|%b %Y}}: {symbol(currency)}%{{y:,.{minor_decimals(currency)}f}} {seen}<extra></extra>",
            showlegend=False,
        )
        figure.add_scatter(
            x=ahead,
            y=[each.p50 for each in own],
            customdata=[[each.p10, each.p90] for each in own],
            mode="lines+markers",
            line={"color": look.colour, "dash": look.dash, "width": 2.5},
            marker={"symbol": look.marker, "size": 7},
            name=short(candidate),
            showlegend=False,
            hovertemplate=f"{name}, %{{x|%b %Y}}: {symbol(currency)}%{{y:,.0f}}, 80 % range {symbol(currency)}%{{customdata[0]:,.0f}}"
            f" to {symbol(currency)}%{{customdata[1]:,.0f}}<extra></extra>",
        )
    figure.update_yaxes(title=a_month(currency))
    if ahead:
        _begin_forecast(figure, ahead[0], colours)
        mark_changes(figure, changes, colours, (ahead[0] - months[-1]) / 2)
    if ends:
        label_lines(figure, ends, ahead[-1], colours)
    figure.update_xaxes(range=[min(months) - timedelta(days=15), max(ahead or months) + timedelta(days=15)])
    return month_axis(figure, [*months, *ahead])


def _begin_forecast(figure: Drawing, first: date, colours: Palette) -> None:
    """A dotted line where what comes begins."""
    edge = {"type": "line", "xref": "x", "yref": "paper", "x0": first, "x1": first, "y0": 0, "y1": 1}
    figure.update_layout(shapes=[{**edge, "line": {"color": colours.muted, "width": 1, "dash": "dot"}}])
    figure.add_annotation(
        x=first,
        y=1,
        xref="x",
        yref="paper",
        text="forecast",
        showarrow=False,
        xanchor="left",
        yanchor="top",
        font={"color": colours.muted, "size": 12},
    )
