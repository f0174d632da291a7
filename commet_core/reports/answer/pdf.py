"""An answer as a PDF, set by typst: no network, no fonts of the machine, the same bytes for the same answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

import typst

from commet_core.foundation.temporary import temporary_folder
from commet_core.reports.answer.answer import Answer
from commet_core.reports.answer.markdown import columns
from commet_core.reports.set_texts import seen, with_texts

TEMPLATE: Final = Path(__file__).with_name("answer.typ")


def to_pdf(answer: Answer) -> bytes:
    content = with_texts(asdict(answer) | {"heads": list(columns(answer.rows).items())}, seen)
    with temporary_folder() as folder:
        (folder / "answer.typ").write_bytes(TEMPLATE.read_bytes())
        (folder / "answer.json").write_text(json.dumps(content), "utf-8")
        made = typst.compile(folder / "answer.typ", root=folder, font_paths=[], ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made
