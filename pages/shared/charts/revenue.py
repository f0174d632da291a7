"""Charts of revenue by month: candidates against each other, and each candidate split into its parts."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pyarrow as pa

from commet_core.foundation.money import minor_decimals, symbol
from commet_core.foundation.vocabulary import RevenuePart
from commet_core.foundation.wording import part_name
from commet_core.reports.compare import MONTH_PARTS
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import DASHES, MARKERS, Palette

LABEL_LETTERS_MAX = 18
LABEL_GAP_SHARE = 0.075
"""Least distance between two labels beside the lines, as a share of the height of the axis."""

Change = tuple[date, str]
"""A day from which a plan has other terms, and which."""

MONTH_HALF = timedelta(days=15)
CHANGES_NAMED = 2

PART_PATTERNS: dict[RevenuePart, str] = {"base": "", "overage": "/", "packs": "x", "top-ups": ".", "closing": "-"}
PART_STRENGTHS: dict[RevenuePart, float] = {"base": 0.95, "overage": 0.6, "packs": 0.4, "top-ups": 0.25, "closing": 0.1}


FURTHER_DASHES = ("solid", "dot", "dash", "dashdot", "longdash")
"""Of candidates that share a model: the first has the model's own dash, the next ones take these in turn."""


class Look(NamedTuple):
    """How a candidate is drawn wherever it appears."""

    colour: str
    dash: str
    marker: str


def looks(models: Mapping[str, str], colours: Palette) -> dict[str, Look]:
    """A look per candidate: colour, dash and marker of its consumption model; where several share one, shades, dashes and markers."""
    found = {}
    for model in dict.fromkeys(models.values()):
        sharing = [candidate for candidate, own in models.items() if own == model]
        dashes = [DASHES[model], *(dash for dash in FURTHER_DASHES if dash != DASHES[model])]
        for place, (candidate, tone) in enumerate(zip(sharing, colours.shades(model, len(sharing)), strict=True)):
            marker = MARKERS[model] + ("", "-open", "-open-dot", "-dot")[place % 4]
            found[candidate] = Look(tone, dashes[place % len(dashes)], marker)
    return {candidate: found[candidate] for candidate in models}


def short(name: str) -> str:
    """A candidate's name as a label in a chart: at most LABEL_LETTERS_MAX letters, never taken for markup."""
    return html.escape(name if len(name) <= LABEL_LETTERS_MAX else name[: LABEL_LETTERS_MAX - 1] + "…", quote=False)


@drawn
def revenue_by_month(
    table: pa.Table, models: Mapping[str, str], colours: Palette, currency: str, changes: Sequence[Change] = ()
) -> Drawing:
    """What each candidate bills in each calendar month, as one labelled line per candidate.

    table: as `compare.revenue_by_month`. models: candidate → consumption model, in the order drawn. changes: of their plans.
    """
    months, totals = _totals(table)
    figure = Drawing(colours, money_axis=symbol(currency))
    for candidate, look in looks(models, colours).items():
        figure.add_scatter(
            x=months,
            y=totals[candidate],
            mode="lines+markers",
            name=short(candidate),
            line={"color": look.colour, "dash": look.dash, "width": 2.5},
            marker={"symbol": look.marker, "size": 8},
            customdata=[[candidate, month.isoformat()] for month in months],
            hovertemplate=_hover(html.escape(candidate, quote=False), currency),
            showlegend=False,
        )
    label_lines(figure, {candidate: totals[candidate][-1] for candidate in models}, months[-1], colours)
    figure.update_xaxes(range=[months[0] - timedelta(days=8), months[-1] + timedelta(days=4)])
    figure.update_yaxes(title=a_month(currency))
    mark_changes(figure, changes, colours)
    return month_axis(figure, months)


def _totals(table: pa.Table) -> tuple[list[date], dict[str, list[float]]]:
    """The months, and each candidate's amounts over all parts, month by month (floats, to be drawn)."""
    grouped = table.group_by(["candidate", "month"], use_threads=False).aggregate([("amount", "sum")])
    months = sorted(set(grouped["month"].to_pylist()))
    totals: dict[str, list[float]] = {}
    for row in grouped.sort_by("month").to_pylist():
        totals.setdefault(row["candidate"], []).append(float(row["amount_sum"]))
    return months, totals


def label_lines(figure: Drawing, ends: Mapping[str, float], end: date | float, colours: Palette) -> None:
    """The candidates' names at the ends of their lines, pushed apart where lines end close together."""
    highest = max((value for trace in figure.traces for value in trace["y"]), default=0.0)
    gap = LABEL_GAP_SHARE * highest
    height = float("-inf")
    for candidate in sorted(ends, key=lambda name: ends[name]):
        height = max(ends[candidate], height + gap)
        figure.add_annotation(
            x=end,
            y=height,
            text=short(candidate),
            font={"color": colours.text},
            xanchor="left",
            xshift=10,
            showarrow=False,
        )
    figure.update_layout(margin={"r": 8 + 8 * max((len(short(name)) for name in ends), default=0)})


@drawn
def parts_of_revenue(
    table: pa.Table,
    candidate: str,
    model: str,
    colours: Palette,
    currency: str,
    highest: float,
    changes: Sequence[Change] = (),
) -> Drawing:
    """One candidate's revenue by month, stacked: base, overage, packs, top-ups; only the parts that it has.

    `highest`: the top of the axis in the currency's unit, the same for candidates that are to be compared.
    """
    figure = Drawing(colours, height=280, money_axis=symbol(currency))
    rows = [row for row in table.to_pylist() if row["candidate"] == candidate]
    months = sorted({row["month"] for row in rows})
    for part in MONTH_PARTS:
        amounts = {row["month"]: float(row["amount"]) for row in rows if row["part"] == part}
        if not any(amounts.values()):
            continue
        figure.add_bar(
            x=months,
            y=[amounts[month] for month in months],
            name=part_name(part),
            marker={
                "color": colours.with_alpha(colours.models[model], PART_STRENGTHS[part]),
                "line": {"color": colours.models[model], "width": 1},
                "pattern": {"shape": PART_PATTERNS[part], "fgcolor": colours.models[model], "solidity": 0.25, "size": 6},
            },
            customdata=[[candidate, month.isoformat()] for month in months],
            hovertemplate=_hover(part_name(part), currency),
        )
    figure.update_layout(barmode="stack", showlegend=True, bargap=0.25)
    figure.update_layout(legend={"traceorder": "normal"})
    figure.update_yaxes(range=[0, highest * 1.05 or 1], title=a_month(currency))
    mark_changes(figure, changes, colours)
    return month_axis(figure, months)


def mark_changes(figure: Drawing, changes: Sequence[Change], colours: Palette, half: timedelta = MONTH_HALF) -> None:
    """A fine line on each day from which a plan has other terms, with those.

    half: of a month or a week, which is drawn around its first day.
    """
    for day in sorted({day for day, _ in changes}):
        said = list(dict.fromkeys(words for at, words in changes if at == day))
        at = day - half
        line = {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1}
        shapes = [*figure.layout.get("shapes", []), {**line, "line": {"color": colours.text, "width": 1, "dash": "dot"}}]
        figure.update_layout(shapes=shapes)
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            text="<br>".join(html.escape(f"{day.day} {day:%b}, {words}", quote=False) for words in said[:CHANGES_NAMED]),
            showarrow=False,
            xanchor="left",
            yanchor="top",
            xshift=3,
            align="left",
            bgcolor=colours.background,
            opacity=0.85,
            font={"color": colours.text, "size": 12},
        )


def a_month(currency: str) -> str:
    """The unit of an axis of amounts a month."""
    return f"a month, {currency.upper()}"


def highest_month(table: pa.Table) -> float:
    """The most that any candidate bills in a month, in the currency's unit."""
    _, totals = _totals(table)
    return max((amount for amounts in totals.values() for amount in amounts), default=0.0)


def month_axis(figure: Drawing, months: Sequence[date]) -> Drawing:
    """One tick a month while there is room for them; the year below the first month shown and each January."""
    step = 1 if len(months) <= 12 else 3 if len(months) <= 36 else 12
    shown = list(months)[::step]
    labels = [
        f"{month:%b}<br>{month:%Y}" if place == 0 or month.year != shown[place - 1].year else f"{month:%b}"
        for place, month in enumerate(shown)
    ]
    figure.update_xaxes(tickvals=shown, ticktext=labels, showgrid=False)
    return figure


def _hover(name: str, currency: str) -> str:
    return f"{name}<br>%{{x|%b %Y}}: {symbol(currency)}%{{y:,.{minor_decimals(currency)}f}}<extra></extra>"
