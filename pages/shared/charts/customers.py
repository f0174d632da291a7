"""Charts of customers: what they pay, who brings in how much, who gains and who loses, what they were refused."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pyarrow as pa

from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_short, minor_decimals, symbol
from commet_core.foundation.vocabulary import PRICE_CHANGES
from commet_core.foundation.wording import price_change_name, refusal_name
from commet_core.reports.compare.blocked import BlockedFeature
from commet_core.reports.compare.distribution import Bin, DifferenceHistogram, Histogram
from pages.shared.charts.refusals import refusal_look
from pages.shared.charts.revenue import looks, short
from pages.shared.drawing import PERCENT_AXIS, Drawing, drawn, hatched
from pages.shared.palette import GROUPS, PATTERNS, Palette


def bin_label(span: Bin, currency: str) -> str:
    """A bin of amounts: `$0`, `under $1`, `$10–15`, outliers `$500+`."""
    if span.low == span.high:
        return _plain(span.low, currency)
    if span.gathered:
        return f"{_plain(span.low, currency)}+"
    if span.low == 0:
        return f"under {_plain(span.high, currency)}"
    high = _plain(span.high, currency).removeprefix(symbol(currency))
    return f"{_plain(span.low, currency)}–{high}"


def difference_label(span: Bin, currency: str) -> str:
    """A bin of differences: `$10–15 less`, `the same`, `$10–15 more`, outliers `$500+ more`."""
    if span.low == span.high:
        return "the same"
    if span.high <= 0:
        return f"{bin_label(Bin(-span.high, -span.low, span.gathered), currency)} less"
    return f"{bin_label(span, currency)} more"


def _plain(edge: Decimal, currency: str) -> str:
    """An edge as short as it can be said: `$10`, `$0.50`."""
    return format_short(edge, currency)


@drawn
def cost_histogram(histogram: Histogram[str], models: Mapping[str, str], colours: Palette, currency: str) -> Drawing:
    """Customers by what they pay a month, a bar per candidate and bin."""
    figure = Drawing(colours)
    labels = [bin_label(span, currency) for span in histogram.bins]
    for candidate, look in looks(models, colours).items():
        figure.add_bar(
            x=labels,
            y=histogram.counts[candidate],
            name=short(candidate),
            marker={"color": look.colour, "pattern": hatched(PATTERNS[models[candidate]], colours)},
            customdata=[[candidate, place] for place in range(len(labels))],
            hovertemplate=f"{html.escape(candidate, quote=False)}<br>%{{x}} a month: %{{y:,}} customers<extra></extra>",
        )
    figure.update_layout(barmode="group", showlegend=True, bargap=0.2)
    figure.update_xaxes(type="category", title=f"A month, {currency.upper()}", showgrid=False)
    figure.update_yaxes(title="Customers", tickformat=",d", rangemode="tozero")
    return figure


@drawn
def revenue_curve(ranked: Mapping[str, pa.Table], models: Mapping[str, str], colours: Palette, currency: str) -> Drawing:
    """What each customer is billed over the window, largest first; both axes grow by factors. Who is billed nothing is left out.

    ranked: per candidate a table as `distribution.ranked`.
    """
    figure = Drawing(colours)
    for candidate, look in looks(models, colours).items():
        rows = [row for row in ranked[candidate].to_pylist() if row["billed"] > 0]
        figure.add_scatter(
            x=[row["rank"] for row in rows],
            y=[float(row["billed"]) for row in rows],
            mode="lines" if len(rows) > 1 else "markers",
            name=short(candidate),
            line={"color": look.colour, "dash": look.dash, "width": 2.5},
            marker={"symbol": look.marker, "size": 8, "color": look.colour},
            text=[html.escape(row["customer_id"], quote=False) for row in rows],
            hovertemplate=(
                f"{html.escape(candidate, quote=False)}<br>number %{{x:,}}: %{{text}}<br>"
                f"{symbol(currency)}%{{y:,.{minor_decimals(currency)}f}}<extra></extra>"
            ),
        )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(type="log", dtick=1, title="Customers, largest first", tickformat=",d")
    figure.update_yaxes(type="log", dtick=1, title=f"Billed, {currency.upper()}", tickprefix=symbol(currency), tickformat="~s")
    return figure


@drawn
def difference_histogram(histogram: DifferenceHistogram, candidate: str, colours: Palette, currency: str) -> Drawing:
    """Customers by how much more or less they pay than under the baseline, stacked by group; who was refused is hatched."""
    labels = [difference_label(span, currency) for span in histogram.bins]
    groups, figure = histogram.counts[candidate], Drawing(colours)
    for group in (group for group in PRICE_CHANGES if any(groups[group])):
        figure.add_bar(
            x=labels,
            y=groups[group],
            name=price_change_name(group),
            marker={"color": GROUPS[group], "pattern": hatched("/" if group == "less_refused" else "", colours)},
            customdata=[[candidate, place] for place in range(len(labels))],
            hovertemplate=f"{price_change_name(group)}<br>%{{x}}: %{{y:,}} customers<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.1, showlegend=True, legend={"traceorder": "normal"})
    figure.update_xaxes(
        type="category",
        title=f"Over the window, {currency.upper()}",
        showgrid=False,
        tickangle=-45,
        categoryorder="array",
        categoryarray=labels,
    )
    figure.update_yaxes(title="Customers", tickformat=",d", rangemode="tozero")
    return figure


@drawn
def blocked_by_feature(
    found: Sequence[BlockedFeature], names: Mapping[str, str], models: Mapping[str, str], colours: Palette
) -> Drawing:
    """The share of each feature's units that a candidate refused, patterned by the reason.

    names: feature code → the name shown.
    """
    figure = Drawing(colours, height=120 + 34 * max(1, len(found)))
    for candidate, look in looks(models, colours).items():
        own = [one for one in found if one.candidate == candidate]
        if not own:
            continue
        figure.add_bar(
            y=[html.escape(names.get(one.feature, one.feature), quote=False) for one in own],
            x=[float(one.share) for one in own],
            orientation="h",
            name=short(candidate),
            marker={"color": look.colour, "pattern": hatched([refusal_look(one.reason).pattern for one in own], colours)},
            text=[percent(one.share) for one in own],
            textposition="auto",
            customdata=[refusal_name(one.reason) for one in own],
            hovertemplate="%{y}: %{text} refused, %{customdata}<extra>" + short(candidate) + "</extra>",
        )
    figure.update_layout(barmode="group", showlegend=True)
    figure.update_xaxes(**PERCENT_AXIS, rangemode="tozero", title="Share of units refused")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
