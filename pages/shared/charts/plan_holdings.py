"""Charts of plans: how many customers are on which, at the window's start and at its end."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

from pages.shared.drawing import Drawing, drawn, hatched
from pages.shared.palette import PATTERNS, Palette


class Holding(NamedTuple):
    """A plan, or no plan, in words, and how many customers begin and end on it."""

    label: str
    customers_first: int
    customers_last: int


@drawn
def customers_by_plan(rows: Sequence[Holding], model: str, colours: Palette, most: int) -> Drawing:
    """Two bars for each plan: pale the customers at the start, full those at the end; every bar has its number.

    most: the end of the axis, the same for candidates that are to be compared.
    """
    figure = Drawing(colours, height=70 + 48 * len(rows))
    labels = [html.escape(row.label, quote=False) for row in rows]
    colour = colours.models[model]
    for name, counts, strength in (
        ("at the start", [row.customers_first for row in rows], 0.35),
        ("at the end", [row.customers_last for row in rows], 1.0),
    ):
        figure.add_bar(
            y=labels,
            x=counts,
            orientation="h",
            name=name,
            marker={
                "color": colours.with_alpha(colour, strength),
                "line": {"color": colour, "width": 1},
                "pattern": hatched(PATTERNS[model], colours),
            },
            text=[f"{count:,}" for count in counts],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}, {name}: %{{x:,}} customers<extra></extra>",
        )
    figure.update_layout(barmode="group", bargap=0.25, legend={"traceorder": "normal"})
    figure.update_xaxes(range=[0, most * 1.25 or 1], showticklabels=False, showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
