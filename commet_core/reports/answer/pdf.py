"""An answer as a PDF, set by typst: no network, no fonts of the machine, the same bytes for the same answer."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typst

from commet_core.foundation.temporary import temporary_folder
from commet_core.reports.answer.answer import Answer
from commet_core.reports.answer.markdown import columns

TEMPLATE: Final = Path(__file__).with_name("answer.typ")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def to_pdf(answer: Answer) -> bytes:
    content = _shown(asdict(answer) | {"heads": list(columns(answer.rows).items())})
    with temporary_folder() as folder:
        (folder / "answer.typ").write_bytes(TEMPLATE.read_bytes())
        (folder / "answer.json").write_text(json.dumps(content), "utf-8")
        made = typst.compile(folder / "answer.typ", root=folder, font_paths=[], ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


def _shown(part: Any) -> Any:
    """A content whose texts show what they hold: nothing that is not seen, or turns the order of letters."""
    if isinstance(part, dict):
        return {key: _shown(inner) for key, inner in part.items()}
    if isinstance(part, list | tuple):
        return [_shown(inner) for inner in part]
    return _UNSEEN.sub(" ", part) if isinstance(part, str) else part
