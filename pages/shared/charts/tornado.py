"""The tornado: how far each assumption alone moves the leader's lead, the widest first."""

from __future__ import annotations

import html
from collections.abc import Sequence

from commet_core.foundation.axes import money_ticks
from commet_core.reports.assumption_words import TornadoBar
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

LABEL_ROOM_SHARE = 0.4
"""What stands beside the bars for their ends' words, as a share of the widest stretch."""


@drawn
def tornado_chart(bars: Sequence[TornadoBar], colours: Palette, currency: str) -> Drawing:
    """A bar from the least to the most lead for each assumption; where it crosses 0 another candidate leads."""
    figure = Drawing(colours, height=100 + 34 * len(bars))
    figure.add_bar(
        orientation="h",
        y=[html.escape(bar.label, quote=False) for bar in bars],
        base=[bar.start for bar in bars],
        x=[bar.width for bar in bars],
        name="lead",
        hovertext=[html.escape(" · ".join(dict.fromkeys(bar.ends)), quote=False) for bar in bars],
        hoverinfo="text",
        marker={"color": colours.muted},
        showlegend=False,
    )
    ends = [*(bar.start for bar in bars), *(bar.start + bar.width for bar in bars), 0.0]
    ticks = money_ticks(min(ends), max(ends), currency)
    _label_ends(figure, bars, colours)
    room = LABEL_ROOM_SHARE * (max(ends) - min(ends))
    figure.update_xaxes(
        range=[min(ends) - room, max(ends) + room],
        title={"text": f"lead in the window, {currency.upper()}"},
        tickvals=[value for value, _ in ticks],
        ticktext=[text for _, text in ticks],
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    zero = {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1}
    figure.update_layout(shapes=[{**zero, "line": {"color": colours.muted, "width": 1, "dash": "dot"}}])
    return figure


def _label_ends(figure: Drawing, bars: Sequence[TornadoBar], colours: Palette) -> None:
    """The lead at both ends of each bar, and at which value; of a bar without width once."""
    for bar in bars:
        sides = [(bar.start + bar.width, "left", 5, bar.ends[1])]
        if bar.width:
            sides.append((bar.start, "right", -5, bar.ends[0]))
        for x, anchor, shift, words in sides:
            figure.add_annotation(
                x=x,
                y=html.escape(bar.label, quote=False),
                text=html.escape(words, quote=False),
                xanchor=anchor,
                xshift=shift,
                showarrow=False,
                bgcolor=colours.background,
                font={"color": colours.text, "size": 12},
            )
