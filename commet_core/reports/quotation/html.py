"""A quote as a page of HTML that stands alone, for who has its link: no script, nothing from elsewhere, names and notes as text."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from typing import Final

from commet_core.reports.quotation.document import QuoteDocument, Section, Table
from commet_core.reports.quotation.quote_file import Party

STYLE: Final = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;overflow-wrap:anywhere}
header{border-bottom:.25rem solid var(--ink);display:flex;justify-content:space-between;gap:1rem;align-items:end}
header img{max-height:4rem;max-width:14rem}
h1{font-size:1.6rem;margin:.4rem 0}h2{font-size:1.15rem;margin-top:2rem}
.parties{display:flex;flex-wrap:wrap;gap:1rem 3rem}.parties p{white-space:pre-line}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #8884;white-space:nowrap}
th:first-child,td:first-child{text-align:left}tfoot{font-weight:600}
dl{display:grid;grid-template-columns:max-content max-content 1fr;gap:.2rem 1rem}dd{margin:0}dd.amount{text-align:right;font-weight:600}
@media(max-width:34rem){dl{grid-template-columns:1fr auto}dd.meaning{grid-column:1/-1;margin-bottom:.5rem}}
footer{margin-top:2rem;font-size:.8rem;opacity:.7}
@media print{body{margin:0;max-width:none}}
"""


def to_html(document: QuoteDocument, logo: bytes | None = None) -> str:
    """The whole quote. logo: a PNG as `logo.drawn_anew` gives it."""
    return page(document.title, "\n".join(_blocks(document, logo)), document.colour)


def page(title: str, body: str, colour: str = "#1F4E9E") -> str:
    """A page of HTML around what is mark-up already."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{STYLE}:root{{--ink:{escape(colour)}}}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _blocks(document: QuoteDocument, logo: bytes | None) -> Iterator[str]:
    drawn = ""
    if logo is not None:
        source = f"data:image/png;base64,{base64.b64encode(logo).decode()}"
        drawn = f'<img src="{source}" alt="{escape(f"Logo of {document.seller.name}")}">'
    yield f"<header><h1>{escape(document.title)}</h1>{drawn}</header>"
    yield f'<div class="parties">{_party("From", document.seller)}{_party("For", document.customer)}</div>'
    yield _listed([f"{label}: {words}" for label, words in document.facts])
    if document.comparison is not None:
        yield _table(document.comparison)
    for section in document.sections:
        yield from _section(section)
    if document.usage is not None:
        yield f"<h2>Assumed usage</h2>{_table(document.usage)}"
    yield f"<h2>Assumptions</h2>{_listed(document.assumptions)}"
    if document.notes:
        yield "<h2>Notes</h2>" + "".join(f"<p>{escape(note)}</p>" for note in document.notes)
    yield f"<footer>{escape(document.foot)}</footer>"


def _party(label: str, party: Party) -> str:
    lines = "".join(f"\n{escape(line)}" for line in party.lines)
    return f"<p>{label}\n<strong>{escape(party.name)}</strong>{lines}</p>"


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    yield "".join(f"<p>{escape(sentence)}</p>" for sentence in section.terms)
    yield "".join(
        [
            "<dl>",
            *(
                f'<dt>{escape(each.label)}</dt><dd class="amount">{escape(each.amount)}</dd><dd class="meaning">{escape(each.meaning)}</dd>'
                for each in section.figures
            ),
            "</dl>",
        ]
    )
    yield _table(section.schedule)
    yield _listed(section.sentences)


def _listed(sentences: tuple[str, ...] | list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    body = "".join(_row(row) for row in table.rows)
    foot = f"<tfoot>{_row(table.total)}</tfoot>" if table.total else ""
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>'


def _row(cells: tuple[str, ...]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in others)}</tr>'
