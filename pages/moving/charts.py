"""What a way to move earns more than staying: by month, and added up by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from commet_core.foundation.axes import money_ticks
from commet_core.foundation.money import minor_decimals, symbol
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
    ends = [point.amount for point in (*months, *days)]
    ticks = money_ticks(min(*ends, 0.0), max(*ends, 0.0), currency)
    drawing.update_yaxes(
        title=f"earned more than by staying, {currency.upper()}",
        tickvals=[value for value, _ in ticks],
        ticktext=[text for _, text in ticks],
        zeroline=True,
        zerolinecolor=colours.text,
    )
    drawing.update_layout(showlegend=True, bargap=0.4)
    return month_axis(drawing, [point.day for point in months])
