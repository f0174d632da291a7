"""Charts of what is owed to customers: outstanding at each month's end, by what it is for."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pyarrow as pa

from commet_core.foundation.money import minor_decimals, symbol
from commet_core.foundation.vocabulary import RevenuePart
from pages.shared.charts.revenue import PART_PATTERNS, PART_STRENGTHS, Change, mark_changes, month_axis
from pages.shared.drawing import Drawing, drawn
from pages.shared.palette import Palette

PARTS: dict[str, tuple[str, RevenuePart]] = {
    "outstanding_base": ("base", "base"),
    "outstanding_credits": ("purchased credits", "packs"),
    "outstanding_top_ups": ("top-ups", "top-ups"),
}
"""Column → what it is called, and the part of revenue whose look it has."""


def owes(table: pa.Table, candidate: str) -> bool:
    """Whether anything is outstanding under a candidate at the end of any month. table: as `earned.earned_by_month`."""
    return any(row["outstanding"] for row in table.to_pylist() if row["candidate"] == candidate)


def highest(table: pa.Table) -> float:
    """The most that is outstanding under any candidate at a month's end, in the currency's unit."""
    return max((float(amount) for amount in table["outstanding"].to_pylist()), default=0.0)


@drawn
def outstanding_by_month(
    table: pa.Table, candidate: str, model: str, colours: Palette, currency: str, most: float, changes: Sequence[Change] = ()
) -> Drawing:
    """One candidate's outstanding amounts at each month's end, stacked by what they are for; only the parts that it has.

    most: the top of the axis in the currency's unit, the same for candidates that are to be compared. changes: of its plans.
    """
    rows = [row for row in table.to_pylist() if row["candidate"] == candidate]
    months = [row["month"] for row in rows]
    figure = Drawing(colours, height=280, money_axis=symbol(currency))
    for column, (name, look) in PARTS.items():
        if not any(row[column] for row in rows):
            continue
        figure.add_bar(
            x=months,
            y=[float(row[column]) for row in rows],
            name=name,
            marker={
                "color": colours.with_alpha(colours.models[model], PART_STRENGTHS[look]),
                "line": {"color": colours.models[model], "width": 1},
                "pattern": {"shape": PART_PATTERNS[look], "fgcolor": colours.models[model], "solidity": 0.25, "size": 6},
            },
            hovertemplate=(
                f"{html.escape(name)}<br>end of %{{x|%b %Y}}: {symbol(currency)}%{{y:,.{minor_decimals(currency)}f}}<extra></extra>"
            ),
        )
    figure.update_layout(barmode="stack", showlegend=True, bargap=0.25)
    figure.update_layout(legend={"traceorder": "normal"})
    figure.update_yaxes(range=[0, most * 1.05 or 1])
    mark_changes(figure, changes, colours)
    return month_axis(figure, months)
