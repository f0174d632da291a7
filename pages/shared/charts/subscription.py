"""Chart of a customer's subscription: a bar for each time on a plan, and numbered marks for what happened."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commet_core.foundation.vocabulary import STATES, State
from commet_core.foundation.wording import capitalized, state_name
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

STATE_PATTERNS: Final[dict[State, str]] = {"trial": "/", "active": "", "paused": "x", "canceled": "."}

ROW_PIXELS: Final = 56
FRAME_PIXELS: Final = 96
MARKS_NUMBERED_MOST: Final = 40
"""With more marks than that their numbers would hide one another."""

LETTER_SHARE: Final = 0.011
MARKS_SHARE: Final = 0.035
"""Of the window's width: what a letter takes on a small screen, and the marks at a bar's ends."""


@dataclass(frozen=True)
class Bar:
    """A time on one stage. row: what stands at its left, a plan with its interval; words: what a pointer is told."""

    start: datetime
    end: datetime
    row: str
    state: State
    words: str


@dataclass(frozen=True)
class Mark:
    """Something that happened, numbered as in the list beside the chart."""

    at: datetime
    row: str
    number: int
    words: str
    purchase: bool


@drawn
def subscription(
    bars: Sequence[Bar],
    marks: Sequence[Mark],
    rows: Sequence[str],
    window: tuple[datetime, datetime],
    colour: str,
    colours: Palette,
) -> Drawing:
    """rows: from the lowest plan to the highest. colour: of the consumption model."""
    figure = Drawing(colours, height=FRAME_PIXELS + ROW_PIXELS * len(rows))
    for state in STATES:
        own = [bar for bar in bars if bar.state == state and bar.end > bar.start]
        if own:
            _bars(figure, own, state, window, colour if state in ("trial", "active") else colours.muted, colours)
    _marks(figure, [mark for mark in marks if not mark.purchase], "Change", "circle", colours.text, colours)
    _marks(figure, [mark for mark in marks if mark.purchase], "Purchase or other action", "square", colours.good, colours)
    figure.update_yaxes(categoryorder="array", categoryarray=[html.escape(row) for row in rows], showgrid=False, title=None)
    figure.update_yaxes(ticklabelstandoff=12, range=[-0.5, len(rows) - 0.5])
    figure.update_xaxes(type="date", range=list(window), tickformat="%-d %b<br>%Y")
    told_apart = len({bar.state for bar in bars}) > 1 or any(mark.purchase for mark in marks)
    figure.update_layout(
        showlegend=told_apart, barmode="overlay", bargap=0.45, hovermode="closest", uniformtext={"mode": "hide", "minsize": 11}
    )
    return figure


def _label_of(state: State) -> str:
    """What a bar is called; a time before a subscription's start is drawn as one after its end."""
    return "Not subscribed" if state == "canceled" else capitalized(state_name(state))


def _bars(
    figure: Drawing, own: Sequence[Bar], state: State, window: tuple[datetime, datetime], colour: str, colours: Palette
) -> None:
    whole = (window[1] - window[0]).total_seconds()
    figure.add_bar(
        x=[(bar.end - bar.start).total_seconds() * 1000 for bar in own],
        base=[bar.start for bar in own],
        y=[html.escape(bar.row) for bar in own],
        orientation="h",
        name=_label_of(state),
        marker={
            "color": colours.with_alpha(colour, 0.28 if state == "active" else 0.12),
            "line": {"color": colour, "width": 1.5},
            "pattern": {"shape": STATE_PATTERNS[state], "size": 7, "solidity": 0.2, "fgcolor": colour},
        },
        text=[_label(bar, whole) for bar in own],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": colours.text, "size": 13},
        customdata=[html.escape(bar.words) for bar in own],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _label(bar: Bar, whole_seconds: float) -> str:
    """What stands in a bar that has room for it: nothing in an active one, where marks of purchases may lie."""
    words = _label_of(bar.state)
    room = (bar.end - bar.start).total_seconds() / whole_seconds
    return "" if bar.state == "active" or room < MARKS_SHARE + LETTER_SHARE * len(words) else words


def _marks(figure: Drawing, own: Sequence[Mark], name: str, symbol: str, colour: str, colours: Palette) -> None:
    if not own:
        return
    numbered = max(mark.number for mark in own) <= MARKS_NUMBERED_MOST
    figure.add_scatter(
        x=[mark.at for mark in own],
        y=[html.escape(mark.row) for mark in own],
        mode="markers+text" if numbered else "markers",
        name=name,
        marker={"symbol": symbol, "size": 20, "color": colours.background, "line": {"color": colour, "width": 1.5}},
        text=[str(mark.number) for mark in own],
        textposition="middle center",
        textfont={"size": 11, "color": colours.text},
        customdata=[html.escape(mark.words) for mark in own],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
    )
