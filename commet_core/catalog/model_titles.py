"""Models by the names that people see: `Claude Sonnet 4.5`, `GPT-5 mini`, `claude-4.5-sonnet-thinking`.

A name says the same as another where its words are the same in any order and its numbers in the same order: so
`claude-4.5-sonnet` is `Claude Sonnet 4.5`, and `GPT-5.4` is not `GPT-4.5`. Dates and what stands in brackets do not count,
nor how long a model was asked to think, where no model is called so: its tokens cost the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from commet_core.foundation.patterns import late_pattern

EFFORTS: Final = frozenset({"thinking", "minimal", "low", "medium", "high", "xhigh"})
_CHOSEN_FOR_ONE: Final = late_pattern(r"^\s*auto\s*:\s*", re.IGNORECASE)
"""`Auto: Claude Haiku 4.5`: the model that was chosen for somebody who left it open."""
_IN_BRACKETS: Final = late_pattern(r"\([^)]*\)|\[[^]]*\]")
_PARTS: Final = late_pattern(r"[^\W\d_]+|\d+")
_DATE: Final = late_pattern(r"20\d{6}")


class TitleKey(NamedTuple):
    """What of a name tells a model: its words in order of the alphabet, and its numbers as they stand."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]


def title_key(name: str) -> TitleKey:
    """Of a model's title or code, without its provider."""
    bare = _IN_BRACKETS.sub(" ", bare_name(name)).casefold()
    parts = [part for part in _PARTS.findall(bare.rpartition("/")[2]) if not _DATE.fullmatch(part)]
    return TitleKey(
        tuple(sorted(part for part in parts if not part.isdigit())), tuple(part for part in parts if part.isdigit())
    )


def bare_name(name: str) -> str:
    """The name without what says that it was chosen for somebody."""
    return _CHOSEN_FOR_ONE.sub("", name).strip()


def keys_of(name: str) -> Iterable[TitleKey]:
    """The keys under which a model is looked for, the nearest first."""
    key = title_key(name)
    yield key
    without = tuple(word for word in key.words if word not in EFFORTS)
    if without != key.words:
        yield TitleKey(without, key.numbers)
