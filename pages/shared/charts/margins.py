"""Charts of margin: what candidates earned, and how much of it serving the usage cost."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from commet_core.foundation.money import format_amount, minor_decimals, symbol
from commet_core.reports.margin import Margin
from pages.shared.charts.revenue import looks, short
from pages.shared.drawing import Drawing, drawn, hatched
from pages.shared.palette import PATTERNS, Palette

NOTHING: Final = Decimal(0)


@drawn
def earned_and_cost(found: Sequence[Margin], models: Mapping[str, str], colours: Palette, currency: str) -> Drawing:
    """A bar per candidate: the cost to serve in grey, and what remains of what was earned; crossed what the cost exceeds it by."""
    figure, own = Drawing(colours, height=110 + 44 * len(found)), looks(models, colours)
    names = [short(one.candidate) for one in found]
    paid = [float(min(one.cost, max(one.earned, NOTHING))) for one in found]
    left = [float(max(one.margin, NOTHING)) for one in found]
    lost = [float(max(-one.margin, NOTHING)) for one in found]
    figure.add_bar(
        y=names,
        x=paid,
        orientation="h",
        name="cost to serve",
        marker={"color": colours.with_alpha(colours.muted, 0.55)},
        hovertemplate=_hover("cost to serve, covered by what was earned", currency),
    )
    if any(left):
        figure.add_bar(
            y=names,
            x=left,
            orientation="h",
            name="margin",
            marker={
                "color": [own[one.candidate].colour for one in found],
                "pattern": hatched([PATTERNS[models[one.candidate]] for one in found], colours),
            },
            hovertemplate=_hover("margin", currency),
        )
    if any(lost):
        figure.add_bar(
            y=names,
            x=lost,
            orientation="h",
            name="cost beyond what was earned",
            marker={"color": colours.alert, "pattern": hatched("x", colours)},
            hovertemplate=_hover("cost beyond what was earned", currency),
        )
    for name, one in zip(names, found, strict=True):
        figure.add_annotation(
            y=name,
            x=float(max(one.earned, one.cost)),
            text=format_amount(one.margin, currency),
            xanchor="left",
            xshift=6,
            showarrow=False,
        )
    figure.update_layout(barmode="stack", bargap=0.35, margin={"r": 90}, legend={"traceorder": "normal"})
    figure.update_xaxes(
        title=f"Over the window, {currency.upper()}", tickprefix=symbol(currency), tickformat="~s", rangemode="tozero"
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _hover(name: str, currency: str) -> str:
    return f"%{{y}}<br>{html.escape(name)}: {symbol(currency)}%{{x:,.{minor_decimals(currency)}f}}<extra></extra>"
