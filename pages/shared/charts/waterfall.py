"""The waterfall: from what the baseline bills, step by step, to what a candidate bills."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from commet_core.foundation.money import symbol
from commet_core.reports.compare.bridge_words import WaterfallBar
from pages.shared.charts.revenue import looks
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette


@drawn
def waterfall_chart(bars: Sequence[WaterfallBar], models: Mapping[str, str], colours: Palette, currency: str) -> Drawing:
    """A bar for each end, in its candidate's colour, and each step between them. models: of candidates; an end without is grey."""
    figure = Drawing(colours, height=320, money_axis=symbol(currency))
    figure.traces.append(
        {
            "type": "bar",
            "x": _labels(bars),
            "y": [bar.amount for bar in bars],
            "base": [bar.base for bar in bars],
            "width": 0.7,
            "name": "billed",
            "marker": {"color": _colours(bars, models, colours)},
            "text": [bar.words for bar in bars],
            "textposition": "outside",
            "cliponaxis": False,
            "hovertemplate": "%{x}: %{text}<extra></extra>",
            "showlegend": False,
        }
    )
    figure.update_yaxes(title=f"billed in the window, {currency.upper()}")
    return figure


def _colours(bars: Sequence[WaterfallBar], models: Mapping[str, str], colours: Palette) -> list[str]:
    own = looks(models, colours)
    steps = {True: colours.muted, False: colours.with_alpha(colours.muted, 0.5)}
    return [
        own[bar.label].colour if bar.total and bar.label in own else colours.muted if bar.total else steps[bar.amount > 0]
        for bar in bars
    ]


def _labels(bars: Sequence[WaterfallBar]) -> list[str]:
    """The ends by name; the steps too, numbered where there are several, as their order counts and two may have one name."""
    names = [html.escape(bar.label, quote=False) for bar in bars]
    steps = [place for place, bar in enumerate(bars) if not bar.total]
    return [f"{place}. {name}" if place in steps and len(steps) > 1 else name for place, name in enumerate(names)]
