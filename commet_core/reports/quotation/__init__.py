"""Quotes to be sent: a made-up customer replayed over a term, with its range, as PDF, Excel, Markdown and CSV (sharing.md 1)."""

from commet_core.reports.quotation.derived import Derived, derived
from commet_core.reports.quotation.document import QuoteDocument, quote_document
from commet_core.reports.quotation.outputs import kind_of
from commet_core.reports.quotation.quotation import Quotation, quotation
from commet_core.reports.quotation.quote_file import QuoteFile
from commet_core.reports.quotation.seller import reasons_for_approval, sellers_views, sellers_words

__all__ = [
    "Derived",
    "Quotation",
    "QuoteDocument",
    "QuoteFile",
    "derived",
    "kind_of",
    "quotation",
    "quote_document",
    "reasons_for_approval",
    "sellers_views",
    "sellers_words",
]
