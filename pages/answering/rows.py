"""Candidates as rows: a real table with its intervals drawn, which becomes cards on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import Final

import streamlit as st

from commet_core.reports.answer.candidate_rows import Bar, CandidateRow
from commet_core.reports.answer.markdown import columns

STYLE: Final = """<style>
.candidates{container-type:inline-size}
.candidates table{border-collapse:collapse;width:100%}
.candidates th,.candidates td{padding:.4rem .6rem;text-align:right;border:0;border-bottom:1px solid rgba(128,128,128,.3);white-space:nowrap}
.candidates thead th{font-size:.8rem;font-weight:400;opacity:.75}
.candidates th:first-child{text-align:left}
.candidates .bar{position:relative;width:9rem;height:1rem;margin-left:auto}
.candidates .bar i{position:absolute;display:block;background:currentColor}
.candidates .bar .range{left:calc(var(--low)*.1%);right:calc(100% - var(--high)*.1%);top:.42rem;height:.16rem}
.candidates .bar .difference{left:calc(var(--middle)*.1%);top:.15rem;width:.18rem;height:.7rem}
.candidates .bar .none{left:calc(var(--zero)*.1%);top:0;width:1px;height:1rem;opacity:.45}
.candidates .over{overflow-x:auto}
@container (max-width:900px){
 .candidates table{font-size:.85rem}.candidates th,.candidates td{padding:.35rem .3rem}
 .candidates thead th{white-space:normal;font-size:.75rem}
}
@container (max-width:640px){
 .candidates table,.candidates tbody{display:block}.candidates thead{position:absolute;left:-9999px}
 .candidates tr{display:block;padding:.5rem 0;border-bottom:1px solid rgba(128,128,128,.3)}
 .candidates th,.candidates td{display:flex;justify-content:space-between;gap:1rem;border:0;padding:.15rem 0;white-space:normal}
 .candidates td:has(span:empty){display:none}
 .candidates td::before{content:attr(data-head);opacity:.75;text-align:left}
}
</style>"""


def table(rows: Sequence[CandidateRow]) -> None:
    """The candidates, each a row."""
    st.html(f"{STYLE}{html_of(rows)}")


def html_of(rows: Sequence[CandidateRow]) -> str:
    """The table alone; every name escaped."""
    heads = columns(rows)
    head = "".join(f'<th scope="col" role="columnheader">{escape(text)}</th>' for text in heads.values())
    body = "".join(_row(row, heads) for row in rows)
    return (
        '<div class="candidates"><div class="over"><table role="table" aria-label="Candidates"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div></div>'
    )


def _row(row: CandidateRow, heads: dict[str, str]) -> str:
    cells = asdict(row)
    drawn = "".join(_cell(key, head, cells[key], row.bar) for key, head in heads.items())
    return f'<tr role="row">{drawn}</tr>'


def _cell(key: str, head: str, text: str, bar: Bar | None) -> str:
    if key == "name":
        return f'<th scope="row" role="rowheader">{escape(text)}</th>'
    picture = _drawn(bar, text) if key == "interval" and bar is not None else ""
    return f'<td role="cell" data-head="{escape(head, quote=True)}">{picture}<span>{escape(text)}</span></td>'


def _drawn(bar: Bar, label: str) -> str:
    """An interval: a line from end to end, a tick at the difference, a fine line where there is none."""
    ends = f"--low:{bar.low};--middle:{bar.middle};--high:{bar.high};--zero:{bar.zero}"
    parts = "".join(f'<i class="{part}"></i>' for part in ("none", "range", "difference"))
    return f'<div class="bar" role="img" aria-label="{escape(label, quote=True)}" style="{ends}">{parts}</div>'
