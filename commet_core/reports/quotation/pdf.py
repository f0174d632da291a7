"""A quote as a PDF, set by typst: no network, no fonts of the machine, the same bytes for the same quote."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typst

from commet_core.foundation.temporary import temporary_folder
from commet_core.reports.quotation.document import QuoteDocument

TEMPLATE: Final = Path(__file__).with_name("quotation.typ")
UNBROKEN_MAX: Final = 24
"""Letters in a row after which a line may break."""

_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_UNBROKEN: Final = re.compile(rf"\S{{{UNBROKEN_MAX}}}(?=\S)")


def to_pdf(document: QuoteDocument, logo: bytes | None = None) -> bytes:
    """The PDF. logo: a PNG as `logo.load_logo` gives it."""
    parties = {"seller": document.seller.model_dump(), "customer": document.customer.model_dump()}
    content = _shown(asdict(document) | parties) | {"logo": logo is not None, "colour": document.colour}
    with temporary_folder() as folder:
        (folder / "quote.typ").write_bytes(TEMPLATE.read_bytes())
        if logo is not None:
            (folder / "logo.png").write_bytes(logo)
        made = typst.compile(
            folder / "quote.typ",
            root=folder,
            font_paths=[],
            ignore_system_fonts=True,
            sys_inputs={"quote": json.dumps(content)},
        )
    assert isinstance(made, bytes)
    return made


def _shown(part: Any) -> Any:
    """A content with its texts as they can be set: without what shows nothing or turns the order of letters, and breakable."""
    if isinstance(part, dict):
        return {key: _shown(inner) for key, inner in part.items()}
    if isinstance(part, list | tuple):
        return [_shown(inner) for inner in part]
    return _UNBROKEN.sub("\\g<0>\u200b", _UNSEEN.sub(" ", part)) if isinstance(part, str) else part
