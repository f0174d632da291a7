"""The tornado: how far each assumption alone moves the leader's lead, the widest first."""

from __future__ import annotations

import html
from collections.abc import Sequence

from commet_core.foundation.axes import money_ticks
from commet_core.reports.assumption_words import TornadoBar
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette


@drawn
def tornado_chart(bars: Sequence[TornadoBar], colours: Palette, currency: str) -> Drawing:
    """A bar from the least to the most lead for each assumption; where it crosses 0 another candidate leads."""
    figure = Drawing(colours, height=240)
    figure.add_bar(
        orientation="h",
        y=[html.escape(bar.label, quote=False) for bar in bars],
        base=[bar.start for bar in bars],
        x=[bar.width for bar in bars],
        name="lead",
        hovertext=[html.escape(" · ".join(bar.ends), quote=False) for bar in bars],
        hoverinfo="text",
        marker={"color": colours.accent},
        showlegend=False,
    )
    ends = [*(bar.start for bar in bars), *(bar.start + bar.width for bar in bars), 0.0]
    ticks = money_ticks(min(ends), max(ends), currency)
    figure.update_xaxes(
        title={"text": f"lead, {currency.upper()}"},
        tickvals=[value for value, _ in ticks],
        ticktext=[text for _, text in ticks],
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    zero = {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1}
    figure.update_layout(shapes=[{**zero, "line": {"color": colours.muted, "width": 1, "dash": "dot"}}])
    return figure
