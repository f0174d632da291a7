"""The quote as it comes out: figures, schedules, files to take along, and what is for the seller alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa
import streamlit as st

from commet_core.reports.quotation import (
    Quotation,
    QuoteDocument,
    QuoteFile,
    kind_of,
    quotation,
    quote_document,
    reasons_for_approval,
    sellers_views,
    sellers_words,
)
from commet_core.reports.quotation.document import Section, Table
from commet_core.reports.quotation.quotation import digest_of
from pages.shared import settings
from pages.shared.kept import figure
from pages.shared.tables import EXCEL, escaped

_LAST: Final = "quote_worked_out"
"""Session key: the quote last worked out, with the digest of what it was worked out from."""

KINDS: Final = {
    "PDF": ("pdf", "application/pdf"),
    "Excel": ("xlsx", EXCEL),
    "CSV": ("csv", "text/csv"),
    "Markdown": ("md", "text/markdown"),
}


def worked_out(quote: QuoteFile, source: str = "") -> Quotation:
    """The quote's figures; those of the last one again where nothing has changed. source: where they come from that were not typed."""
    digest = f"{digest_of(quote)} {source}"
    if st.session_state.get(_LAST, ("",))[0] != digest:
        with st.spinner("Working out the possible bills"):
            st.session_state[_LAST] = (digest, quotation(quote, source))
    found: Quotation = st.session_state[_LAST][1]
    return found


def _content(found: Quotation) -> str:
    """A text that is the same for the same quote, with figures from the same source, alone: its own digest knows no limits."""
    return f"{digest_of(found.quote)} {found.source}"


def saved(quote: QuoteFile) -> Quotation:
    """The figures of a quote that was saved, as those behind a link to it are."""
    return figure(f"saved quote {digest_of(quote)}", lambda: quotation(quote), "Working out the possible bills")


def show(found: Quotation, logo: bytes | None, name: str = "quote") -> None:
    """What the customer will see, and the files. logo: of the workspace, a PNG; name: of the files, and of what asks for them."""
    document = figure(f"quote {_content(found)}", lambda: quote_document(found))
    contents(document)
    with st.container(horizontal=True, gap="xsmall"):
        for label, (ending, mime) in KINDS.items():
            file = f"{name}.{ending}"
            make = partial(_pdf, document, logo) if ending == "pdf" else partial(kind_of(Path(file)), found)
            st.download_button(f"Download {label}", make, file, mime, key=f"{name}_{ending}", on_click="ignore")
    _say_unset_letters(document)


def _say_unset_letters(document: QuoteDocument) -> None:
    from commet_core.reports.quotation.pdf import unset_letters  # noqa: PLC0415  (as for the PDF itself)

    if letters := unset_letters(document, settings.pdf_fonts()):
        st.caption(escaped(f"The PDF shows {letters} as boxes: whoever runs the server can add a font (COMMET_PDF_FONTS)."))


def _pdf(document: QuoteDocument, logo: bytes | None) -> bytes:
    from commet_core.reports.quotation.pdf import to_pdf  # noqa: PLC0415  (only who wants a PDF waits for typst)

    return to_pdf(document, logo, settings.pdf_fonts())


def contents(document: QuoteDocument) -> None:
    """A quote as it is read, of which nothing can be changed."""
    st.header(escaped(document.title), anchor=False)
    st.markdown(f"For **{escaped(document.customer.name)}**, from {escaped(document.seller.name)}")
    st.caption(escaped(" · ".join(f"{label}: {words}" for label, words in document.facts)))
    if document.comparison is not None:
        st.markdown(_in_text(document.comparison))
    for section in document.sections:
        _section(section, opened=len(document.sections) == 1)
    if document.usage is not None:
        with st.expander("Assumed usage, month by month"):
            _table(document.usage)
    with st.expander("Assumptions", expanded=True):
        st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in document.assumptions))
    for note in document.notes:
        st.markdown(escaped(note))
    st.caption(escaped(document.foot))


def _section(section: Section, *, opened: bool) -> None:
    with st.expander(f"**{escaped(section.title)}**", expanded=opened):
        st.markdown("  \n".join(escaped(sentence) for sentence in section.terms))
        st.markdown(
            "\n".join(
                f"- {escaped(each.label)}: **{escaped(each.amount)}**, {escaped(each.meaning)}" for each in section.figures
            )
        )
        _table(section.schedule)
        st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in section.sentences))


def _table(table: Table) -> None:
    """As text: every amount as it is on paper."""
    rows = [*table.rows, table.total] if table.total else list(table.rows)
    settings = {
        head: st.column_config.TextColumn(alignment="left" if not place else "right") for place, head in enumerate(table.head)
    }
    cells = {head: [row[place] for row in rows] for place, head in enumerate(table.head)}
    st.dataframe(pa.table(cells), hide_index=True, column_config=settings, width="stretch")


def _in_text(table: Table) -> str:
    """A table that wraps where there is little room, and never scrolls sideways."""
    rows = [table.head, (":--", *["--:"] * (len(table.head) - 1)), *table.rows, *([table.total] if table.total else [])]
    return "\n".join(
        f"| {' | '.join(cell if place == 1 else escaped(cell) for cell in row)} |" for place, row in enumerate(rows)
    )


def for_the_seller(found: Quotation, alike: list[str]) -> None:
    """Margin, floor price and limits, and what similar customers pay, which are on no quote."""
    views = figure(f"seller {_content(found)}", lambda: sellers_views(found), "Working out what it costs you")
    with st.expander("For you alone: what it costs you"):
        for view in views:
            sentences = " ".join(sellers_words(found, view))
            st.markdown(f"**{escaped(view.bill.candidate.name)}**: {escaped(sentences)}")
        for sentence in alike:
            st.markdown(escaped(sentence))
    for reason in reasons_for_approval(found, views):
        st.warning(f"Needs approval. {escaped(reason)}.")
