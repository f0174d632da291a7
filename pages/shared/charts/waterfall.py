"""The waterfall: from what the baseline bills, step by step, to what a candidate bills."""

from __future__ import annotations

import html
from collections.abc import Sequence

from commet_core.foundation.money import symbol
from commet_core.reports.compare.bridge_words import WaterfallBar
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette


@drawn
def waterfall_chart(bars: Sequence[WaterfallBar], colours: Palette, currency: str) -> Drawing:
    """A bar for each end and each step between them."""
    figure = Drawing(colours, height=320, money_axis=symbol(currency))
    figure.traces.append(
        {
            "type": "waterfall",
            "x": _labels(bars),
            "y": [bar.amount for bar in bars],
            "name": "billed",
            "measure": ["absolute" if bar.total else "relative" for bar in bars],
            "increasing": {"marker": {"color": colours.more}},
            "decreasing": {"marker": {"color": colours.less}},
            "totals": {"marker": {"color": colours.accent}},
            "connector": {"line": {"color": colours.grid}},
            "text": [bar.words for bar in bars],
            "textposition": "outside",
            "cliponaxis": False,
            "hovertemplate": "%{x}: %{text}<extra></extra>",
            "showlegend": False,
        }
    )
    figure.update_yaxes(title=f"billed in the window, {currency.upper()}")
    return figure


def _labels(bars: Sequence[WaterfallBar]) -> list[str]:
    """The ends by name; the steps too, numbered where there are several, as their order counts and two may have one name."""
    names = [html.escape(bar.label, quote=False) for bar in bars]
    steps = [place for place, bar in enumerate(bars) if not bar.total]
    return [f"{place}. {name}" if place in steps and len(steps) > 1 else name for place, name in enumerate(names)]
