"""Charts made in one piece, and kept: Plotly checks every small change to a figure, which takes longer than all else on a page.

@drawn
def revenue(months: Sequence[date], amounts: Sequence[float], colours: Palette) -> Drawing:
drawing = Drawing(colours)
drawing.add_bar(x=months, y=amounts)
return drawing
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final, ParamSpec

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from pages.shared.kept import Kept, visit
from pages.shared.palette import DARK, LIGHT, Palette

P = ParamSpec("P")

DRAWINGS_BYTES_MAX: Final = 1 << 28
DRAWINGS_COUNT_MAX: Final = 128

TYPEFACE: Final = '"Source Sans", sans-serif'
"""That of the pages."""


PERCENT_AXIS: Final = {
    "tickformat": ".1~%",
    "labelalias": {
        f"{share}%": f"{share} %" for share in (*range(101), *(f"{whole}.{tenth}" for whole in "01" for tenth in range(1, 10)))
    },
}
"""How an axis of shares is written: `5 %`, as everywhere else."""


def _template(colours: Palette) -> go.layout.Template:
    """The house layout: quiet grid, legend above, units on the axis."""
    axis = {"gridcolor": colours.grid, "automargin": True, "title": {"font": {"size": 13, "color": colours.muted}}}
    return go.layout.Template(
        layout={
            "height": 360,
            "margin": {"l": 8, "r": 8, "t": 32, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": TYPEFACE, "color": colours.text, "size": 13},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
            "hoverlabel": {"bgcolor": colours.background, "font": {"family": TYPEFACE, "color": colours.text}},
            "xaxis": {**axis, "zeroline": False, "linecolor": colours.grid},
            "yaxis": {**axis, "zerolinecolor": colours.grid},
        }
    )


_NAMES: Final = {False: "simulator_light", True: "simulator_dark"}
pio.templates[_NAMES[False]], pio.templates[_NAMES[True]] = _template(LIGHT), _template(DARK)


def hatched(shape: str | Sequence[str], colours: Palette) -> dict[str, Any]:
    """Lines over the colour of a bar, or of each."""
    return {"shape": shape, "fgcolor": colours.background, "fillmode": "overlay", "size": 7}


class Drawing:
    """A figure in the making: traces and a layout, as plain dictionaries with Plotly's names.

    money_axis: the currency symbol before the figures of the y axis.
    """

    def __init__(self, colours: Palette, *, height: int = 360, money_axis: str | None = None) -> None:
        self.traces: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "template": _NAMES[colours == DARK],
            "height": height,
            "xaxis": {},
            "yaxis": {},
            "annotations": [],
        }
        if money_axis is not None:
            self.update_yaxes(tickprefix=money_axis, tickformat="~s", rangemode="tozero")

    def add_bar(self, **trace: Any) -> None:
        self.traces.append({"type": "bar", **trace})

    def add_scatter(self, **trace: Any) -> None:
        self.traces.append({"type": "scatter", **trace})

    def add_annotation(self, **annotation: Any) -> None:
        self.layout["annotations"].append(annotation)

    def update_layout(self, **changes: Any) -> None:
        _merge(self.layout, changes)

    def update_xaxes(self, **changes: Any) -> None:
        self._update_axes("xaxis", changes)

    def update_yaxes(self, **changes: Any) -> None:
        self._update_axes("yaxis", changes)

    def _update_axes(self, kind: str, changes: Mapping[str, Any]) -> None:
        for name, axis in self.layout.items():
            if name.startswith(kind):
                _merge(axis, changes)

    def rows(self, titles: Sequence[str], spacing: float, font: Mapping[str, Any]) -> None:
        """One plot below the other over the same x axis, each with a title at its left and a y axis of its own.

        The traces of the n-th have `xaxis="xn"` and `yaxis="yn"`, those of the first `x` and `y`. spacing: between two, as a
        share of the height of all.
        """
        height = (1 - spacing * (len(titles) - 1)) / len(titles)
        for place, title in enumerate(titles):
            number, top = axis_number(place), 1 - place * (height + spacing)
            last = axis_number(len(titles) - 1)
            below = {} if place == len(titles) - 1 else {"matches": f"x{last}", "showticklabels": False}
            self.layout[f"xaxis{number}"] = {"anchor": f"y{number}", "domain": [0, 1], **below}
            self.layout[f"yaxis{number}"] = {"anchor": f"x{number}", "domain": [max(0.0, top - height), top]}
            words = {"text": title, "x": 0, "y": top, "xanchor": "left", "yanchor": "bottom", "font": dict(font)}
            self.add_annotation(xref="paper", yref="paper", showarrow=False, **words)

    def figure(self) -> Drawn:
        """The figure, checked once."""
        return Drawn({"data": self.traces, "layout": self.layout})


class Drawn(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """A figure that nobody changes any more, so that what a browser is sent of it is worked out once."""

    def to_dict(self) -> dict[str, Any]:
        """What a browser is sent, of plain values alone; not to be changed."""
        known = self.__dict__.get("_sent")
        if known is None:
            known = self.__dict__["_sent"] = json.loads(pio.to_json(super().to_dict(), validate=False))
        return known


def axis_number(place: int) -> str:
    """What stands behind `x` and `y` for the plot at a place among several."""
    return "" if place == 0 else str(place + 1)


def drawn(draw: Callable[P, Drawing]) -> Callable[P, Drawn]:
    """Makes a figure of what a function draws, once for the same arguments. Nobody changes it afterwards: it is shown to others."""

    @wraps(draw)
    def figure(*arguments: P.args, **named: P.kwargs) -> Drawn:
        content = pickle.dumps((draw.__module__, draw.__qualname__, arguments, named), protocol=5)
        key = hashlib.sha256(content).hexdigest()
        found: Drawn | None = _drawings().get(key, visit())
        if found is None:
            found = draw(*arguments, **named).figure()
            _drawings().put(key, found)
        return found

    return figure


@st.cache_resource(show_spinner=False)
def _drawings() -> Kept:
    return Kept(DRAWINGS_BYTES_MAX, DRAWINGS_COUNT_MAX)


def _merge(into: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, Mapping) else value
