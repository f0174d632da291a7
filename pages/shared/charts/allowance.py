"""Charts of a customer's allowance over time: exact steps, with resets, purchases and refusals marked."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from commet_core.foundation.formats import moment_words
from commet_core.foundation.money import format_exact, plain
from commet_core.foundation.vocabulary import REFUSAL_REASONS, RefusalReason
from commet_core.foundation.wording import refusal_name
from commet_core.reports.statement.allowance import Allowance
from pages.shared.charts.refusals import refusal_look
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

STEP = "hv"
"""A level holds from its event to the next one."""

COMPACT_FROM = 10_000
"""Axis labels from here on are shortened: 20k."""


class _MarkLook(NamedTuple):
    """How a kind of mark is drawn and called. edge: width of its outline."""

    name: str
    marker: str
    colour: str
    size: int = 7
    edge: float = 1.5


@drawn
def used_of_feature(shown: Allowance, unit: str, colours: Palette) -> Drawing:
    """Metered: units used in each period against what is included; the part beyond it stands out."""
    figure = Drawing(colours, height=400)
    times, used = _times(shown), _floats(shown, "used")
    colour, quiet = colours.models["metered"], colours.with_alpha(colours.models["metered"], 0.15)
    words = [f"{plain(level)} {html.escape(unit)} used" for level in shown.steps["used"].to_pylist()]
    included = [None if level is None else float(level) for level in shown.steps["included"].to_pylist()]
    within = [level if most is None else min(level, most) for level, most in zip(used, included, strict=True)]
    if within == used:
        _line(figure, times, used, "Used", colour, words, quiet, "tozeroy")
    else:
        _fill(figure, times, within, "", quiet, "tozeroy")
        _fill(figure, times, used, "Beyond", colours.with_alpha(colours.models["metered"], 0.6), "tonexty", pattern="/")
        _line(figure, times, used, "Used", colour, words)
    _included(figure, times, shown.steps["included"].to_pylist(), colours)
    _marks(figure, shown, colours, "Bought", plain)
    return _axes(figure, unit, used)


@drawn
def credits_left(shown: Allowance, colours: Palette) -> Drawing:
    """Credits: purchased credits below, plan credits on top of them, because plan credits are used first."""
    figure = Drawing(colours, height=400)
    times = _times(shown)
    plan, purchased = shown.steps["plan_credits"].to_pylist(), shown.steps["purchased_credits"].to_pylist()
    both = [float(own + bought) for own, bought in zip(plan, purchased, strict=True)]
    colour = colours.models["credits"]
    words = [f"{plain(own)} plan credits and {plain(bought)} purchased" for own, bought in zip(plan, purchased, strict=True)]
    if any(purchased):
        below = [float(bought) for bought in purchased]
        _fill(figure, times, below, "Purchased credits", colours.with_alpha(colour, 0.6), "tozeroy", pattern="/")
    _line(
        figure,
        times,
        both,
        "Plan credits",
        colour,
        words,
        colours.with_alpha(colour, 0.15),
        "tonexty" if any(purchased) else "tozeroy",
    )
    _marks(figure, shown, colours, "Pack bought", lambda amount: f"{plain(amount)} credits")
    return _axes(figure, "credits", both)


@drawn
def balance_left(shown: Allowance, currency: str, colours: Palette) -> Drawing:
    """Balance: what is left; below zero it is overage."""
    figure = Drawing(colours, height=400)
    times, balance = _times(shown), _floats(shown, "balance")
    colour = colours.models["balance"]
    words = [f"{format_exact(level, currency)} left" for level in shown.steps["balance"].to_pylist()]
    if min(balance) < 0:
        below = [min(level, 0.0) for level in balance]
        _fill(figure, times, below, "Below zero: overage", colours.with_alpha(colours.alert, 0.7), "tozeroy", pattern="/")
        above = [max(level, 0.0) for level in balance]
        _fill(figure, times, above, "", colours.with_alpha(colour, 0.15), "tozeroy")
        _line(figure, times, balance, "Balance left", colour, words)
    else:
        _line(figure, times, balance, "Balance left", colour, words, colours.with_alpha(colour, 0.15), "tozeroy")
    _marks(figure, shown, colours, "Top-up", lambda amount: format_exact(amount, currency))
    _axes(figure, currency.upper(), balance)
    figure.update_yaxes(zeroline=True, zerolinecolor=colours.text, zerolinewidth=1)
    return figure


def _times(shown: Allowance) -> list[datetime]:
    times: list[datetime] = shown.steps["time"].to_pylist()
    return times


def _floats(shown: Allowance, column: str) -> list[float]:
    return [float(level) for level in shown.steps[column].to_pylist()]


def _line(
    figure: Drawing,
    times: Sequence[datetime],
    levels: Sequence[float],
    name: str,
    colour: str,
    words: Sequence[str],
    fill_colour: str | None = None,
    fill: str | None = None,
) -> None:
    """The line that tells its exact level when pointed at."""
    figure.add_scatter(
        x=times,
        y=levels,
        mode="lines",
        name=name,
        line={"shape": STEP, "color": colour, "width": 2},
        fill=fill,
        fillcolor=fill_colour,
        text=words,
        hovertemplate="%{x|%d %b %Y %H:%M:%S}<br>%{text}<extra></extra>",
    )


def _included(figure: Drawing, times: Sequence[datetime], levels: Sequence[Decimal | None], colours: Palette) -> None:
    """A dashed line at what periods include; it steps where the plan changes."""
    known = {level for level in levels if level is not None}
    if not known:
        return
    constant = len(known) == 1 and None not in levels
    line = {"color": colours.text, "dash": "dash", "width": 1.5, "shape": STEP}
    figure.add_scatter(
        x=[times[0], times[-1]] if constant else times,
        y=[None if level is None else float(level) for level in ([levels[0], levels[-1]] if constant else levels)],
        mode="lines",
        name=f"Included: {plain(next(iter(known)))}" if len(known) == 1 else "Included",
        line=line,
        hoverinfo="skip",
    )


def _fill(
    figure: Drawing,
    times: Sequence[datetime],
    levels: Sequence[float],
    name: str,
    colour: str,
    fill: str,
    pattern: str = "",
) -> None:
    figure.add_scatter(
        x=times,
        y=levels,
        mode="lines",
        name=name,
        showlegend=bool(name),
        line={"shape": STEP, "width": 0, "color": colour},
        fill=fill,
        fillcolor=colour,
        fillpattern={"shape": pattern, "size": 6, "solidity": 0.35} if pattern else None,
        hoverinfo="skip",
    )


def _marks(figure: Drawing, shown: Allowance, colours: Palette, purchase: str, amount_words: object) -> None:
    """A mark per kind of happening; each says when, how many it stands for, and how much was bought."""
    assert callable(amount_words)
    looks: dict[str, _MarkLook] = {
        "reset": _MarkLook("Reset", "circle-open", colours.text),
        "purchase": _MarkLook(purchase, "triangle-up", colours.good, size=9, edge=0),
        **{reason: _refusal_mark(reason, colours) for reason in REFUSAL_REASONS},
    }
    rows = shown.marks.to_pylist()
    for kind, look in looks.items():
        own = [row for row in rows if row["kind"] == kind]
        if not own:
            continue
        amounts = [f": {amount_words(row['amount'])}" if row["amount"] is not None else "" for row in own]
        figure.add_scatter(
            x=[row["time"] for row in own],
            y=[float(row["level"]) for row in own],
            mode="markers",
            name=look.name,
            marker={
                "symbol": look.marker,
                "size": look.size,
                "color": look.colour,
                "line": {"color": look.colour, "width": look.edge},
            },
            text=[f"{_mark_words(row, look.name)}{amount}" for row, amount in zip(own, amounts, strict=True)],
            hovertemplate="%{text}<extra></extra>",
        )


def _refusal_mark(reason: RefusalReason, colours: Palette) -> _MarkLook:
    look = refusal_look(reason)
    return _MarkLook(f"Refused: {refusal_name(reason)}", look.marker, look.colour(colours), edge=0 if look.alert else 1.5)


def _mark_words(row: dict[str, object], name: str) -> str:
    start, until = row["time"], row["until"]
    assert isinstance(start, datetime)
    assert isinstance(until, datetime)
    when = moment_words(start) + (f" to {moment_words(until)}" if until > start else "")
    return f"{when}<br>{name}" + (f", {row['count']:,} times" if row["count"] != 1 else "")


def _axes(figure: Drawing, title: str, levels: Sequence[float]) -> Drawing:
    highest = max(abs(level) for level in levels)
    figure.update_yaxes(title=html.escape(title), rangemode="tozero", tickformat="~s" if highest >= COMPACT_FROM else ",~f")
    figure.update_xaxes(showgrid=False)
    figure.update_layout(hovermode="closest", legend={"traceorder": "normal"})
    return figure
