"""Candidates as rows, the same table wherever they are compared: a real table with its intervals drawn, cards on a phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import streamlit as st

from commet_core.foundation.vocabulary import PRICE_CHANGES, PriceChange
from commet_core.foundation.wording import price_change_name
from commet_core.reports.answer.candidate_rows import Bar, CandidateRow
from pages.shared.charts.revenue import looks
from pages.shared.glossary import TERMS
from pages.shared.palette import palette

Opens = Callable[[str, Literal["all", "refused"]], None]
"""What a click opens: the customers of a candidate, or those that it refuses something."""

_CSS: Final = Path(__file__).with_suffix(".css").read_text("utf-8")
_JS: Final = Path(__file__).with_suffix(".js").read_text("utf-8")

_TERMS: Final = {
    "earned": "earned",
    "billed": "billed",
    "interval": "90 % range",
    "median": "median customer",
    "margin": "margin",
    "blocked": "refused",
    "next_year": "80 % range",
}
"""Columns, and of the first figure its measure, whose word stands in the glossary → that word."""

_SHORT: Final[dict[PriceChange, str]] = {
    "less_served": "less",
    "less_refused": "less, refused",
    "same": "same",
    "more": "more",
}


def table(
    rows: Sequence[CandidateRow], *, key: str, opens: Opens | None = None, next_year: str = "Next 12 months, 80 %"
) -> None:
    """The candidates, each a row. opens: called where a candidate, or those whom it refuses, is clicked."""
    names = [row.name for row in rows]
    html = html_of(rows, _colours({row.name: row.model for row in rows}), next_year, is_opened=opens is not None)
    _mounted(html, key, lambda name, kind: opens(name, kind) if opens is not None else None, names)


def plain_table(
    heads: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    models: Mapping[str, str],
    *,
    key: str,
    opens: Callable[[str], None],
    opens_words: str = "Event by event under",
    caption: str = "Candidates",
    terms: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Candidates with figures and words of another kind: the first column is `name`. models: of each candidate.

    opens_words: what a click on a name shows, before the name. caption: what the rows are. terms: of columns, in the glossary.
    """
    colours, names = _colours(models), [row["name"] for row in rows]
    drawn = [
        {column: escape(row[column]) for column in heads}
        | {"name": _name(place, row["name"], "", colours[row["name"]], f"{opens_words} {row['name']}")}
        for place, row in enumerate(rows)
    ]
    _mounted(_whole(heads, drawn, terms, caption=caption), key, lambda name, _kind: opens(name), names)


def _colours(models: Mapping[str, str]) -> dict[str, str]:
    return {name: look.colour for name, look in looks(models, palette()).items()}


def _mounted(html: str, key: str, opens: Opens, names: Sequence[str]) -> None:
    def opened() -> None:
        place, _, kind = (st.session_state[key].get("open") or "").partition(" ")
        if place.isdigit() and int(place) < len(names):
            opens(names[int(place)], "refused" if kind == "refused" else "all")

    st.components.v2.component("candidates", css=_CSS, js=_JS)(data={"html": html}, key=key, on_open_change=opened)


def html_of(rows: Sequence[CandidateRow], colours: Mapping[str, str], next_year: str, *, is_opened: bool) -> str:
    """The table alone; every name escaped. colours: of each candidate."""
    heads = heads_of(rows, next_year)
    terms = _TERMS | ({"monthly": _TERMS[rows[0].measure]} if rows else {})
    told = [
        {key: _told(place, row, key, colours[row.name], is_opened=is_opened) for key in heads} for place, row in enumerate(rows)
    ]
    return _whole(heads, told, {key: terms[key] for key in heads if key in terms})


def _whole(
    heads: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    terms: Mapping[str, str] = MappingProxyType({}),
    *,
    caption: str = "Candidates",
) -> str:
    """rows: what each tells in a column; as its name the whole cell. terms: of columns, in the glossary.

    On a phone the heads stand in the cells: what a word means is asked there, in the first that tells something.
    """
    head = "".join(
        f'<th scope="col" role="columnheader" class="{key}">{_head(text, terms.get(key, ""), key)}</th>'
        for key, text in heads.items()
    )
    asked = {key: next((place for place, row in enumerate(rows) if row[key]), None) for key in terms}
    body = "".join(
        '<tr role="row">'
        + "".join(
            row[key] if key == "name" else _filled(key, text, row[key], terms[key] if asked.get(key) == place else "")
            for key, text in heads.items()
        )
        + "</tr>"
        for place, row in enumerate(rows)
    )
    return (
        f'<table role="table" aria-label="{escape(caption, quote=True)}"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>{"".join(_meaning(key, word) for key, word in terms.items())}'
    )


def _head(text: str, word: str, key: str) -> str:
    """A column's head, with a "?" at its end that opens what a word of the glossary means; word: empty where none does."""
    if not word:
        return escape(text)
    before, space, last = text.replace(" %", "\u00a0%").rpartition(" ")
    return f'{escape(before + space)}<span class="end">{escape(last)}{_asks(key, word)}</span>'


def _asks(key: str, word: str) -> str:
    name = f"What “{escape(word)}” means"
    return f'<button type="button" class="what" popovertarget="means-{key}" aria-label="{name}">?</button>'


def _meaning(key: str, word: str) -> str:
    return f'<div popover id="means-{key}"><b>{escape(word[:1].upper() + word[1:])}</b>: {escape(TERMS[word])}</div>'


def heads_of(rows: Sequence[CandidateRow], next_year: str) -> dict[str, str]:
    """Columns in which some row says something."""
    baseline = next((row.name for row in rows if not row.changes), "")
    heads = {
        "name": "Candidate",
        "monthly": f"{rows[0].measure.capitalize()} a month" if rows else "",
        "difference": f"Against {baseline}",
        "interval": "90 % range of it",
        "median": "Median customer",
        "changes": "Customers who pay less, the same, more",
        "margin": "Margin",
        "blocked": "Refused",
        "next_year": next_year,
    }
    usual = {"difference", "interval"} if len(rows) > 1 else set()
    return {key: head for key, head in heads.items() if key in usual or key == "name" or any(_said(row, key) for row in rows)}


def _said(row: CandidateRow, key: str) -> bool:
    return key != "difference" and bool(getattr(row, key))


def _told(place: int, row: CandidateRow, key: str, colour: str, *, is_opened: bool) -> str:
    """What a row tells in a column; as its name the whole cell."""
    if key == "name":
        return _name(place, row.name, row.words, colour, f"Customers and invoice lines of {row.name}" if is_opened else "")
    told = _drawn_cell(row, key, colour)
    if told is None:
        text = str(getattr(row, key))
        told = escape(text)
        if key == "blocked" and is_opened and row.refused_customers:
            told = _button(place, "refused", text, f"The {row.refused_customers} customers who are refused something")
    return told


def _name(place: int, name: str, words: str, colour: str, opens: str) -> str:
    """opens: what a click on the name shows; empty where it shows nothing."""
    told = _button(place, "all", name, opens) if opens else escape(name)
    below = f"<small>{escape(words)}</small>" if words else ""
    swatch = f'<i class="swatch" style="background:{colour}"></i>'
    return f'<th scope="row" role="rowheader">{swatch}<span class="named">{told}{below}</span></th>'


def _filled(key: str, head: str, told: str, word: str) -> str:
    """word: of the glossary, asked about in this cell; empty for none."""
    empty, asks = "" if told else " empty", _asks(key, word) if word else ""
    return f'<td role="cell" class="{key}{empty}" data-head="{escape(head, quote=True)}">{asks}<span>{told}</span></td>'


def _drawn_cell(row: CandidateRow, key: str, colour: str) -> str | None:
    """What is drawn in a cell with its figures below it; None where there are figures alone."""
    if key == "interval" and row.interval:
        return f"{_interval(row.bar, colour) if row.bar is not None else ''}<small>{escape(row.interval)}</small>"
    if key == "changes":
        return _changes(row.changes) if row.changes else ""
    return None


def _button(place: int, kind: str, text: str, meaning: str) -> str:
    return f'<button type="button" data-open="{place} {kind}" title="{escape(meaning, quote=True)}">{escape(text)}</button>'


def _interval(bar: Bar, colour: str) -> str:
    """A line from end to end, a dot at the difference, a fine line where there is none; its figures stand below it."""
    ends = f"--low:{bar.low};--middle:{bar.middle};--high:{bar.high};--zero:{bar.zero};--of:{colour}"
    parts = "".join(f'<i class="{part}"></i>' for part in ("range", "none", "dot"))
    return f'<div class="bar" aria-hidden="true" style="{ends}">{parts}</div>'


def _changes(changes: Sequence[int]) -> str:
    """Customers in four groups, as parts of a bar, with their numbers below."""
    groups = [(group, count) for group, count in zip(PRICE_CHANGES, changes, strict=True) if count]
    bar = "".join(
        f'<i class="{group}" style="flex-grow:{count}" title="{price_change_name(group)}: {count:,}"></i>'
        for group, count in groups
    )
    words = " · ".join(f"{count:,} {_SHORT[group]}" for group, count in groups)
    return f'<div class="groups" aria-hidden="true">{bar}</div><small>{words}</small>'
