"""A quote as Markdown: names and notes are text, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.reports.quotation.document import QuoteDocument, Section, Table
from commet_core.reports.quotation.quote_file import Party

_MARKS: Final = late_pattern(r"([\\`*_{}\[\]()<>#+\-.!|~&:@=$^])")
_CONTROLS: Final = late_pattern(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def text(words: str) -> str:
    """Words on one line without any mark-up: what could be one is escaped."""
    return _MARKS.sub(r"\\\1", _CONTROLS.sub(" ", words))


def to_markdown(document: QuoteDocument) -> str:
    return "\n\n".join(_blocks(document)) + "\n"


def _blocks(document: QuoteDocument) -> Iterator[str]:
    yield f"# {text(document.title)}"
    yield _party("From", document.seller)
    yield _party("For", document.customer)
    yield "\n".join(f"- {text(name)}: {text(fact)}" for name, fact in document.facts)
    if document.comparison is not None:
        yield _table(document.comparison)
    for section in document.sections:
        yield from _section(section)
    if document.usage is not None:
        yield "## Assumed usage"
        yield _table(document.usage)
    yield "## Assumptions"
    yield "\n".join(f"- {text(sentence)}" for sentence in document.assumptions)
    if document.notes:
        yield "## Notes"
        yield from (text(note) for note in document.notes)
    yield text(document.foot)


def _party(label: str, party: Party) -> str:
    return "  \n".join([f"{label} **{text(party.name)}**", *map(text, party.lines)])


def _section(section: Section) -> Iterator[str]:
    yield f"## {text(section.title)}"
    yield from (text(sentence) for sentence in section.terms)
    yield "\n".join(f"- {text(each.label)}: **{text(each.amount)}**, {text(each.meaning)}" for each in section.figures)
    yield _table(section.schedule)
    yield "\n".join(f"- {text(sentence)}" for sentence in section.sentences)


def _table(table: Table) -> str:
    rule = "|".join([" --- ", *[" ---: "] * (len(table.head) - 1)])
    rows = [_row(row) for row in table.rows]
    total = [_row(tuple(f"**{text(cell)}**" for cell in table.total), escape=False)] if table.total else []
    return "\n".join([_row(table.head), f"|{rule}|", *rows, *total])


def _row(cells: tuple[str, ...], *, escape: bool = True) -> str:
    return f"| {' | '.join(text(cell) if escape else cell for cell in cells)} |"
