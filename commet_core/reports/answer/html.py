"""An answer as a page of HTML that stands alone: no script, no address, intervals drawn."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Final

from commet_core.reports.answer.answer import Answer
from commet_core.reports.answer.candidate_rows import BAR_END, Bar
from commet_core.reports.answer.markdown import columns

STYLE: Final = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:1.8rem}
.decision{font-size:1.15rem;font-weight:600;border-left:.25rem solid #1f4e9e;padding-left:.8rem}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid #8884;white-space:nowrap}
th:first-child,td:first-child{text-align:left}
svg{display:block;width:10rem;height:1rem}footer{margin-top:2rem;font-size:.8rem;color:#777;overflow-wrap:anywhere}
"""


def to_html(answer: Answer) -> str:
    heads = columns(answer.rows)
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads.values())
    rows = []
    for row in answer.rows:
        cells = asdict(row)
        rows.append("".join(_cell(key, cells[key], row.bar) for key in heads))
    body = "\n".join(f"<tr>{cells}</tr>" for cells in rows)
    sections = "\n".join(
        f"<h2>{escape(section.heading)}</h2>\n<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in section.sentences)}</ul>"
        for section in answer.sections
    )
    made_from = "<br>\n".join(map(escape, answer.made_from))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(answer.title)}</title><style>{STYLE}</style></head>\n<body>\n<h1>{escape(answer.title)}</h1>\n"
        f'<p class="decision">{escape(answer.sentence)}</p>\n<div class="table"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>\n{sections}\n<footer>{made_from}</footer>\n</body></html>\n"
    )


def _cell(key: str, text: str, bar: Bar | None) -> str:
    if key == "name":
        return f'<th scope="row">{escape(text)}</th>'
    drawn = svg(bar, text) if key == "interval" and bar is not None else ""
    return f"<td>{escape(text)}{drawn}</td>"


def svg(bar: Bar, label: str) -> str:
    """An interval drawn: a line from end to end, a dot at the difference, a dashed line where there is none."""
    return (
        f'<svg viewBox="-10 0 {BAR_END + 20} 100" preserveAspectRatio="none" role="img" aria-label="{escape(label, quote=True)}">'
        f'<line x1="{bar.zero}" x2="{bar.zero}" y1="0" y2="100" stroke="currentColor" stroke-dasharray="14 10" opacity=".5" '
        f'vector-effect="non-scaling-stroke"/>'
        f'<line x1="{bar.low}" x2="{bar.high}" y1="50" y2="50" stroke="currentColor" stroke-width="3" vector-effect="non-scaling-stroke"/>'
        f'<line x1="{bar.middle}" x2="{bar.middle}" y1="15" y2="85" stroke="currentColor" stroke-width="4" vector-effect="non-scaling-stroke"/></svg>'
    )
