"""The price curve: what a month costs each candidate at every level of usage, overtakings marked, refused stretches faded."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from string import ascii_uppercase
from typing import Final

from commet_core.foundation.money import minor_decimals, plain, symbol
from commet_core.reports.quote.price_curve import Crossing, CurvePoint, PriceCurves
from pages.shared.charts.revenue import Look, a_month, looks, short
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

MARKS_MAX: Final = 6
MARK_GAP_SHARE: Final = Decimal("0.04")
"""Least distance between two marks, as a share of the whole axis."""
MARK_HEIGHTS: Final = (-26, -50)
"""Pixels above the point, in turn, so that neighbouring marks do not cover each other."""
LABEL_GAP_SHARE: Final = 0.07
"""Least distance between two labels beside the lines, as a share of the height of the axis of a chart of HEIGHT."""
HEIGHT: Final = 420
"""Pixels, where nothing else is asked for."""
REFUSED_MARKS: Final = 12
"""Crosses along the whole axis, where usage is refused."""


def lettered(curves: PriceCurves) -> list[tuple[str, Crossing]]:
    """The crossings that the chart marks, each with its letter: those that decide which is cheapest of all come first.

    Of several too close to tell apart the first is marked.
    """
    gap, chosen = MARK_GAP_SHARE * _most(curves), list[Crossing]()
    for crossing in sorted(curves.crossings, key=lambda crossing: (not crossing.leads, crossing.units)):
        if all(abs(crossing.units - other.units) >= gap for other in chosen):
            chosen.append(crossing)
    return list(zip(ascii_uppercase, sorted(chosen[:MARKS_MAX], key=lambda crossing: crossing.units), strict=False))


def _most(curves: PriceCurves) -> Decimal:
    """Where the axis ends."""
    return max((points[-1].units for points in curves.points.values()), default=Decimal(0))


@drawn
def price_curve(
    curves: PriceCurves,
    models: Mapping[str, str],
    colours: Palette,
    currency: str,
    axis_title: str,
    *,
    typical: Decimal | None = None,
    height: int = HEIGHT,
    marked: bool = True,
) -> Drawing:
    """A line per candidate, broken into crosses where it refuses usage. models: candidate → consumption model.

    typical: the level of the median customer, where one is known. marked: whether overtakings have their letters.
    """
    figure = Drawing(colours, height=height, money_axis=symbol(currency))
    if typical is not None and typical <= _most(curves):
        _typical(figure, typical, colours)
    for candidate, look in looks(models, colours).items():
        for refuses, stretch in _stretches(curves.points[candidate]):
            _line(figure, candidate, look, stretch, currency, refuses=refuses)
    for place, (letter, crossing) in enumerate(lettered(curves) if marked else []):
        _mark(figure, letter, crossing, colours, MARK_HEIGHTS[place % 2])
    _label_lines(figure, curves, models, colours)
    figure.update_layout(showlegend=False, margin={"b": 48})
    figure.update_xaxes(
        title=html.escape(axis_title, quote=False),
        tickformat=",~r",
        showgrid=False,
        range=[0, float(_most(curves))],  # else the axis would go on below the names beside the lines
    )
    figure.update_yaxes(title=a_month(currency))
    return figure


def _typical(figure: Drawing, units: Decimal, colours: Palette) -> None:
    """A line at the level of the median customer, with its name at the top."""
    x = float(units)
    line = {"color": colours.muted, "width": 1, "dash": "dot"}
    figure.update_layout(shapes=[{"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}])
    figure.add_annotation(
        x=x,
        yref="paper",
        y=1,
        text=f"median {plain(units)}",
        font={"color": colours.muted, "size": 12},
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
    )


def _stretches(points: Sequence[CurvePoint]) -> list[tuple[bool, list[CurvePoint]]]:
    """The curve in stretches that refuse usage or do not; each begins where the one before ends, so that no gap is left."""
    stretches: list[tuple[bool, list[CurvePoint]]] = []
    for refuses, group in groupby(points, key=lambda point: point.refuses):
        joint = [stretches[-1][1][-1]] if stretches else []
        stretches.append((refuses, [*joint, *group]))
    return stretches


def _line(figure: Drawing, candidate: str, look: Look, points: Sequence[CurvePoint], currency: str, *, refuses: bool) -> None:
    thinned = points[:: max(1, len(points) // REFUSED_MARKS)] if refuses else points
    name = html.escape(candidate, quote=False)
    refused = "<br>refuses part of the usage" if refuses else ""
    figure.add_scatter(
        x=[float(point.units) for point in thinned],
        y=[float(point.monthly_cost) for point in thinned],
        mode="lines+markers" if refuses else "lines",
        name=short(candidate),
        opacity=0.55 if refuses else 1,
        line={"color": look.colour, "dash": "dot" if refuses else look.dash, "width": 1 if refuses else 2.5},
        marker={"symbol": "x-thin", "size": 9, "line": {"color": look.colour, "width": 2}},
        hovertemplate=f"{name}<br>%{{x:,}}: {symbol(currency)}%{{y:,.{minor_decimals(currency)}f}}{refused}<extra></extra>",
    )


def _mark(figure: Drawing, letter: str, crossing: Crossing, colours: Palette, height: int) -> None:
    figure.add_annotation(
        x=float(crossing.units),
        y=float(crossing.monthly_cost),
        text=f"<b>{letter}</b>",
        ax=0,
        ay=height,
        arrowhead=0,
        arrowwidth=1,
        arrowcolor=colours.text,
        standoff=4,
        bgcolor=colours.background,
        bordercolor=colours.text,
        borderpad=3,
        font={"color": colours.text},
    )
    figure.add_scatter(
        x=[float(crossing.units)],
        y=[float(crossing.monthly_cost)],
        mode="markers",
        marker={"symbol": "circle-open", "size": 11, "color": colours.text, "line": {"width": 2}},
        hoverinfo="skip",
    )


def _label_lines(figure: Drawing, curves: PriceCurves, models: Mapping[str, str], colours: Palette) -> None:
    """The candidates' names at the ends of their lines, pushed apart where lines end close together."""
    ends = {candidate: points[-1] for candidate, points in curves.points.items()}
    highest = max((float(point.monthly_cost) for points in curves.points.values() for point in points), default=0.0)
    height, gap = float("-inf"), LABEL_GAP_SHARE * HEIGHT / figure.layout["height"]
    labels = {candidate: short(candidate) + (", refuses" if end.refuses else "") for candidate, end in ends.items()}
    for candidate in sorted(ends, key=lambda name: ends[name].monthly_cost):
        height = max(float(ends[candidate].monthly_cost), height + gap * highest)
        figure.add_annotation(
            x=float(ends[candidate].units),
            y=height,
            text=labels[candidate],
            font={"color": colours.models[models[candidate]]},
            xanchor="left",
            xshift=8,
            showarrow=False,
        )
    figure.update_layout(margin={"r": 16 + 7 * max((len(label) for label in labels.values()), default=0)})
