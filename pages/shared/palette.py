"""One colour, dash and marker per consumption model, everywhere; told apart without seeing colour too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import plotly.graph_objects as go
import streamlit as st

T = TypeVar("T")

CHARTS_IN_ROW = 3

MODEL_NAMES = {"metered": "Metered", "credits": "Credits", "balance": "Balance"}

_LIGHT = {"metered": "#1F4E9E", "credits": "#D55E00", "balance": "#1B998B"}
_DARK = {"metered": "#3D7BE0", "credits": "#FF9F40", "balance": "#7FE0D0"}
DASHES = {"metered": "solid", "credits": "dash", "balance": "dot"}
MARKERS = {"metered": "circle", "credits": "square", "balance": "diamond"}
GROUPS = {"less_served": "#6fa890", "less_refused": "#d98c52", "same": "#8C97A6", "more": "#7d8cc4"}
"""Of who pays less, the same or more than under the baseline, in charts as in the table of candidates; who is refused is hatched."""
PATTERNS = {"metered": "", "credits": "/", "balance": "."}


@dataclass(frozen=True)
class Palette:
    """The colours of the theme in use. `models`: one per consumption model."""

    models: dict[str, str]
    text: str
    muted: str
    grid: str
    background: str
    alert: str
    good: str

    def shades(self, model: str, count: int) -> list[str]:
        """So many tones of a model's colour, strongest first: for several candidates, or parts, of one model."""
        return [self.with_alpha(self.models[model], 1 - 0.7 * step / max(1, count)) for step in range(count)]

    @staticmethod
    def with_alpha(colour: str, alpha: float) -> str:
        """A #rrggbb colour as rgba()."""
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return f"rgba({red},{green},{blue},{alpha:.2f})"


LIGHT = Palette(_LIGHT, "#0A0F18", "#5B6675", "#E3E8EF", "#FFFFFF", "#B3261E", "#1B7F4B")
DARK = Palette(_DARK, "#E6EAF0", "#9AA7B8", "#2B3644", "#0F141B", "#FF8A80", "#6FD6A0")


def palette() -> Palette:
    """The palette of the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


CHART_CONFIG = {"displayModeBar": False, "responsive": True}


def in_rows(charted: Sequence[T]) -> Iterator[T]:
    """What has a chart of its own, each in its place on the page: some in a row, level with each other however long their titles."""
    for first in range(0, len(charted), CHARTS_IN_ROW):
        columns = st.columns(min(len(charted), CHARTS_IN_ROW), vertical_alignment="bottom")
        for column, one in zip(columns, charted[first : first + CHARTS_IN_ROW], strict=False):
            with column:
                yield one


def show(figure: go.Figure, alt: str, *, key: str, on_select: Callable[[], None] | None = None) -> None:
    """A chart on the page: full width, no mode bar, with a text alternative. `on_select`: called when a point is chosen."""
    st.plotly_chart(
        figure,
        key=key,
        theme=None,
        alt=alt,
        config=CHART_CONFIG,
        on_select="ignore" if on_select is None else on_select,
        selection_mode="points",
    )
