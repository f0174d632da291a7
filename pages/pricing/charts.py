"""The curve of one term, and the front of several."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, NamedTuple

from commet_core.decide.points import Point
from commet_core.foundation.money import minor_decimals, symbol
from pages.shared.charts.revenue import label_lines
from pages.shared.drawing import PERCENT_AXIS, Drawing, drawn
from pages.shared.palette import MARKERS, Palette

REVENUE, MORE = "billed", "customers who pay more"
HOVER_LETTERS_MAX = 40


class Seen(NamedTuple):
    """What both charts show. meets, on_front, labels: one per point; chosen: the place that is looked at; model: its colour."""

    points: tuple[Point, ...]
    meets: tuple[bool, ...]
    on_front: tuple[bool, ...]
    labels: tuple[str, ...]
    chosen: int
    base: Point
    candidate: str
    baseline: str
    model: str
    currency: str


@drawn
def curve(seen: Seen, axis: str, prefix: str, colours: Palette) -> Drawing:
    """What is billed at each value; those that meet what is wanted are filled. prefix: before a value."""
    drawing, colour = Drawing(colours, height=380, money_axis=symbol(seen.currency)), colours.models[seen.model]
    amount, marker = f"%{{y:,.{minor_decimals(seen.currency)}f}}", MARKERS[seen.model]
    x = [float(point.values[0]) for point in seen.points]
    level = float(seen.base.revenue)
    sizes = [15 if place == seen.chosen else 10 if met else 5 for place, met in enumerate(seen.meets)]
    inks = [colour if met or place == seen.chosen else colours.with_alpha(colour, 0.45) for place, met in enumerate(seen.meets)]
    drawing.add_scatter(
        x=x,
        y=[float(point.revenue) for point in seen.points],
        customdata=list(range(len(seen.points))),
        text=[html.escape(label, quote=False) for label in seen.labels],
        mode="lines+markers",
        name=_name(seen.candidate),
        line={"color": colours.with_alpha(colour, 0.45), "width": 1.5},
        marker={"symbol": [marker if met else "circle" for met in seen.meets], "size": sizes, "color": inks, "opacity": 1},
        hovertemplate=f"%{{text}}: {symbol(seen.currency)}{amount}<extra></extra>",
    )
    drawing.add_scatter(
        x=[x[0], x[-1]],
        y=[level, level],
        mode="lines",
        name=_name(seen.baseline),
        line={"color": colours.text, "dash": "dot", "width": 1.5},
        hovertemplate=f"{_name(seen.baseline)}: {symbol(seen.currency)}{amount}<extra></extra>",
    )
    drawing.update_layout(showlegend=False)
    label_lines(drawing, {seen.candidate: float(seen.points[-1].revenue), seen.baseline: level}, x[-1], colours)
    drawing.update_xaxes(title=html.escape(axis, quote=False), tickprefix=prefix, showgrid=False)
    drawing.update_yaxes(title=f"{REVENUE}, {seen.currency.upper()}")
    return drawing


@drawn
def front(seen: Seen, colours: Palette) -> Drawing:
    """Every plan by what it bills and how many pay more; those that no other beats stand out."""
    drawing, colour, marker = Drawing(colours, height=420), colours.models[seen.model], MARKERS[seen.model]
    beaten = [met and not on for met, on in zip(seen.meets, seen.on_front, strict=True)]
    _scatter(drawing, seen, [not met for met in seen.meets], "not as wanted", color=colours.muted, symbol="x-thin-open", size=5)
    _scatter(drawing, seen, beaten, "beaten by another", color=Palette.with_alpha(colour, 0.4), symbol=marker, size=6)
    _scatter(drawing, seen, seen.on_front, "no other beats", color=colour, symbol=marker, size=11)
    ring = [place == seen.chosen for place in range(len(seen.points))]
    _scatter(drawing, seen, ring, "looked at", color=colours.text, symbol="circle-open", size=19, line={"width": 2})
    drawing.add_scatter(
        x=[float(seen.base.revenue)],
        y=[0.0],
        mode="markers",
        name=_name(seen.baseline),
        marker={"symbol": "star", "size": 13, "color": colours.text},
        hovertemplate=f"{_name(seen.baseline)}: {symbol(seen.currency)}%{{x:,.0f}}<extra></extra>",
    )
    _front_axes(drawing, seen.currency)
    return drawing


@drawn
def so_far(points: Sequence[Point], terms: int, colours: Palette, currency: str) -> Drawing:
    """What has been replayed so far: the curve, or the plans by what they bill and how many pay more."""
    is_curve = terms == 1
    drawing = Drawing(colours, height=380, money_axis=symbol(currency) if is_curve else None)
    drawing.add_scatter(
        x=[float(point.values[0] if is_curve else point.revenue) for point in points],
        y=[float(point.revenue if is_curve else point.share_paying_more) for point in points],
        mode="lines+markers" if is_curve else "markers",
        marker={"color": colours.muted, "size": 5},
        line={"color": colours.muted, "width": 1},
    )
    if is_curve:
        drawing.update_yaxes(title=REVENUE)
    else:
        _front_axes(drawing, currency)
    return drawing


def _front_axes(drawing: Drawing, currency: str) -> None:
    drawing.update_xaxes(title=REVENUE, tickprefix=symbol(currency), tickformat="~s")
    drawing.update_yaxes(title=MORE, rangemode="tozero", **PERCENT_AXIS)


def _scatter(drawing: Drawing, seen: Seen, wanted: Sequence[bool], name: str, **marker: Any) -> None:
    places = [place for place, is_wanted in enumerate(wanted) if is_wanted]
    drawing.add_scatter(
        x=[float(seen.points[place].revenue) for place in places],
        y=[float(seen.points[place].share_paying_more) for place in places],
        customdata=places,
        text=[html.escape(seen.labels[place], quote=False) for place in places],
        mode="markers",
        name=name,
        marker=marker,
        hovertemplate="%{text}<extra></extra>",
    )


def _name(name: str) -> str:
    short = name if len(name) <= HOVER_LETTERS_MAX else f"{name[:HOVER_LETTERS_MAX]}…"
    return html.escape(short, quote=False)
