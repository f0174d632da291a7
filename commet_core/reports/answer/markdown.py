"""An answer as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict

from commet_core.reports.answer.answer import Answer
from commet_core.reports.answer.candidate_rows import HEADS, CandidateRow


def columns(rows: Sequence[CandidateRow]) -> dict[str, str]:
    """The heads of the columns in which some row says something."""
    heads = {key: head for key, head in HEADS.items() if any(getattr(row, key) for row in rows)}
    return heads | {"monthly": f"{rows[0].measure.capitalize()} a month"} if rows else heads


def to_markdown(answer: Answer) -> str:
    heads = columns(answer.rows)
    lines = [f"# {_plain(answer.title)}", "", f"**{_plain(answer.sentence)}**", ""]
    lines += [f"| {' | '.join(heads.values())} |", f"|{'|'.join('---' if key == 'name' else '--:' for key in heads)}|"]
    for row in answer.rows:
        cells = asdict(row)
        lines.append(f"| {' | '.join(_plain(cells[key]) for key in heads)} |")
    for section in answer.sections:
        lines += ["", f"## {section.heading}", ""]
        lines += [f"- {_plain(sentence)}" for sentence in section.sentences]
    lines += ["", "---", "", *(f"{_plain(line)}  " for line in answer.made_from)]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A text in which nothing is mark-up, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(text.split()))
