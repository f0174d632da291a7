"""What a way to move earns more than staying: by month, and added up by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from commet_core.foundation.axes import money_ticks
from commet_core.foundation.money import minor_decimals, symbol
from commet_core.reports.move.ahead import SpanPoint
from commet_core.reports.move.rows import GainPoint
from pages.shared.charts.revenue import month_axis
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

MONTH_HALF = timedelta(days=15)


@drawn
def gained(months: Sequence[GainPoint], days: Sequence[GainPoint], model: str, colours: Palette, currency: str) -> Drawing:
    """A bar for each month, and a line of the sum so far; above 0 is ahead of staying. Bars stand in the middle of their month."""
    drawing, colour = Drawing(colours, height=340), colours.models[model]
    amount = f"{symbol(currency)}%{{y:,.{minor_decimals(currency)}f}}"
    drawing.add_bar(
        x=[point.day + MONTH_HALF for point in months],
        y=[point.amount for point in months],
        name="in the month",
        customdata=[f"{point.day:%b %Y}" for point in months],
        marker={"color": colours.with_alpha(colour, 0.35), "line": {"color": colour, "width": 1}},
        hovertemplate=f"%{{customdata}}: {amount}<extra></extra>",
    )
    drawing.add_scatter(
        x=[point.day for point in days],
        y=[point.amount for point in days],
        mode="lines",
        name="added up",
        line={"color": colours.text, "width": 2},
        hovertemplate=f"up to %{{x|%d %b %Y}}: {amount}<extra></extra>",
    )
    _amounts(drawing, [point.amount for point in (*months, *days)], colours, currency)
    drawing.update_layout(showlegend=True, bargap=0.4)
    return month_axis(drawing, [point.day for point in months])


@drawn
def ahead(months: Sequence[SpanPoint], model: str, colours: Palette, currency: str) -> Drawing:
    """A bar for each month at the median over the futures, and a line over 8 in 10 of them; above 0 is ahead of staying."""
    drawing, colour = Drawing(colours, height=340), colours.models[model]
    low, middle, high = ([float(getattr(point, part)) for point in months] for part in ("low", "middle", "high"))
    drawing.add_bar(
        x=[point.day for point in months],
        y=middle,
        customdata=list(zip(low, high, strict=True)),
        marker={"color": colours.with_alpha(colour, 0.35), "line": {"color": colour, "width": 1}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [most - each for each, most in zip(middle, high, strict=True)],
            "arrayminus": [each - least for each, least in zip(middle, low, strict=True)],
            "color": colours.text,
            "thickness": 1.5,
        },
        hovertemplate=f"%{{x|%b %Y}}: {_hover('y', currency)}, 80 % range {_hover('customdata[0]', currency)}"
        f" to {_hover('customdata[1]', currency)}<extra></extra>",
    )
    _amounts(drawing, [*low, *high], colours, currency)
    drawing.update_layout(showlegend=False, bargap=0.4)
    return month_axis(drawing, [point.day for point in months])


def _hover(value: str, currency: str) -> str:
    return f"{symbol(currency)}%{{{value}:,.{minor_decimals(currency)}f}}"


def _amounts(drawing: Drawing, ends: Sequence[float], colours: Palette, currency: str) -> None:
    """The axis of what is earned more than by staying, with 0 on it."""
    ticks = money_ticks(min(*ends, 0.0), max(*ends, 0.0), currency)
    drawing.update_yaxes(
        title=f"earned more than by staying, {currency.upper()}",
        tickvals=[value for value, _ in ticks],
        ticktext=[text for _, text in ticks],
        zeroline=True,
        zerolinecolor=colours.text,
    )
