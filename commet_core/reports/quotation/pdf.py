"""A quote as a PDF, set by typst: no network, no fonts of the machine, the same bytes for the same quote."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Final

import typst

from commet_core.foundation.patterns import late_pattern
from commet_core.foundation.temporary import temporary_folder
from commet_core.reports.quotation.document import QuoteDocument
from commet_core.reports.set_texts import seen, with_texts

TEMPLATE: Final = Path(__file__).with_name("quotation.typ")
UNBROKEN_MAX: Final = 24
"""Letters in a row after which a line may break."""

_UNBROKEN: Final = late_pattern(rf"\S{{{UNBROKEN_MAX}}}(?=\S)")


SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "MODIFIER", "FEMININE", "MASCULINE", "MICRO")
"""How the Unicode names of letters begin that the fonts which come with typst have."""

FONT_FILES: Final = frozenset({".ttf", ".otf", ".ttc", ".otc"})


def unset_letters(document: QuoteDocument, fonts: Path | None = None) -> str:
    """The first letters of a quote that its PDF would show as boxes, as none of its fonts has them; empty where all are there.

    fonts: a folder with further fonts; what is in it is taken to have what is missing.
    """
    if fonts is not None and any(path.suffix.lower() in FONT_FILES for path in fonts.glob("*")):
        return ""
    texts = json.dumps(
        asdict(document) | {"seller": document.seller.model_dump(), "customer": document.customer.model_dump()},
        ensure_ascii=False,
    )
    letters = (
        letter for letter in dict.fromkeys(texts) if not letter.isascii() and unicodedata.category(letter).startswith("L")
    )
    return "".join(letter for letter in letters if not unicodedata.name(letter, "").startswith(SCRIPTS))[:10]


def to_pdf(document: QuoteDocument, logo: bytes | None = None, fonts: Path | None = None) -> bytes:
    """The PDF. logo: a PNG as `logo.load_logo` gives it. fonts: a folder with fonts for letters that typst's own lack."""
    parties = {"seller": document.seller.model_dump(), "customer": document.customer.model_dump()}
    content = with_texts(asdict(document) | parties, _breakable) | {"logo": logo is not None, "colour": document.colour}
    with temporary_folder() as folder:
        (folder / "quote.typ").write_bytes(TEMPLATE.read_bytes())
        if logo is not None:
            (folder / "logo.png").write_bytes(logo)
        made = typst.compile(
            folder / "quote.typ",
            root=folder,
            font_paths=[] if fonts is None else [fonts],
            ignore_system_fonts=True,
            sys_inputs={"quote": json.dumps(content)},
        )
    assert isinstance(made, bytes)
    return made


def _breakable(text: str) -> str:
    """The text as it can be set, with places where a long word may break."""
    return _UNBROKEN.sub("\\g<0>\u200b", seen(text))
