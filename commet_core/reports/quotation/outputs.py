"""A quote as a file of one of its four kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.reports.quotation.document import quote_document
from commet_core.reports.quotation.quotation import Quotation
from commet_core.reports.quotation.sheet import schedule_table


def as_pdf(worked_out: Quotation, fonts: Path | None = None) -> bytes:
    """The quote on paper, with the seller's logo. fonts: as `pdf.to_pdf` takes it."""
    from commet_core.reports.quotation.logo import load_logo
    from commet_core.reports.quotation.pdf import to_pdf

    logo = worked_out.quote.logo
    return to_pdf(quote_document(worked_out), None if logo is None else load_logo(logo), fonts)


def as_excel(worked_out: Quotation) -> bytes:
    """The quote as a workbook that goes on computing."""
    from commet_core.reports.quotation.workbook import to_workbook

    return to_workbook(worked_out)


def as_markdown(worked_out: Quotation) -> bytes:
    """The quote as text."""
    from commet_core.reports.quotation.markdown import to_markdown

    return to_markdown(quote_document(worked_out)).encode()


def as_csv(worked_out: Quotation) -> bytes:
    """The schedules alone."""
    return to_csv(schedule_table(worked_out))


KINDS: Final[Mapping[str, Callable[[Quotation], bytes]]] = MappingProxyType(
    {".pdf": as_pdf, ".xlsx": as_excel, ".md": as_markdown, ".csv": as_csv}
)
"""By the ending of a file's name."""


def kind_of(path: Path) -> Callable[[Quotation], bytes]:
    """What makes a file of this name. Raises InputError where its ending is none of `KINDS`."""
    made = KINDS.get(path.suffix.lower())
    if made is None:
        endings = ", ".join(KINDS)
        raise InputError.of(str(path), f"a quote is written as {endings}", "Give the file one of these endings")
    return made
