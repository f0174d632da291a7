"""What a column of reasoning tokens means: part of the output, as OpenAI counts, or on top of it, as Google does.

Its name decides, unless rows can be only one: more reasoning than output, or a total that adds up in one way alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.reading_rules import Cache, Calculation

_NAMED: Final = late_pattern(
    r"(num|output|completion)?(reasoning|thoughts?|thinking)(output|completion)?(tokens?|tokencount)|tokens?(reasoning|thoughts?|thinking)"
)
_INCLUDED: Final = late_pattern(r"reasoning")
_ADDITIONAL: Final = late_pattern(r"thought")


def reasoning_column(names: Sequence[str], mapping: ColumnMapping) -> str | None:
    """The column of reasoning tokens that is not read, where output is read as it stands."""
    if not mapping.has_tokens or mapping.calculation("output_tokens") != Calculation("output_tokens"):
        return None
    read = mapping.all_names()
    return next((name for name in names if name not in read and _NAMED.fullmatch(letters(name.rpartition(".")[2]))), None)


def by_name(name: str) -> Cache | None:
    """What the name says; None where it does not."""
    if _ADDITIONAL.search(letters(name)):
        return "additional"
    return "included" if _INCLUDED.search(letters(name)) else None
