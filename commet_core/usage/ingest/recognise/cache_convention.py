"""What the cache columns of a file mean: tokens on top of the input, or part of it (billing-rules 11.5).

Names that exist in one convention only decide. Else rows do: more from the cache than the input has, or a total that adds
up in one way alone.
"""

from __future__ import annotations

import re
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.reading_rules import Cache

CACHE_COLUMNS: Final = ("cache_read_tokens", "cache_write_tokens")

TOTALS_OF_TOKENS: Final = ("totaltokens", "tokenstotal", "total", "usagetotaltokens", "usagetotal", "usagedetailstotal")
"""Columns, in letters alone, that add up the tokens of a row."""

_WITHOUT: Final = late_pattern(r"(no|non|un|without|w/?o|excl\w*|not)[\W_]*(\w+[\W_]+)?cache", re.IGNORECASE)
"""An input column named so leaves the cache out."""
_ADDITIONAL: Final = late_pattern(r"cache_?(creation|read)_?input_?tokens$", re.IGNORECASE)
"""Anthropic's names."""
_INCLUDED: Final = late_pattern(
    r"((input|prompt)_?(tokens_?details)?[._]?cached_?(tokens|input_?tokens)|^cached_?(input_?|prompt_?)?tokens?|tokens_?cached"
    r"|cached_?content_?token_?count)$",
    re.IGNORECASE,
)
"""OpenAI's, OpenRouter's and Google's names."""
_PROMPT: Final = late_pattern(r"prompt_?tokens|tokens_?prompt|prompt_?token_?count", re.IGNORECASE)
"""Input under these names has the cache in it, in LiteLLM too, which takes over Anthropic's names for the cache."""


def by_names(mapping: ColumnMapping) -> Cache | None:
    """What the names say; None where they do not."""
    inputs = mapping.names("input_tokens")
    cached = [name for ours in CACHE_COLUMNS for name in mapping.names(ours)]
    if not cached or not inputs:
        return None
    if set(cached) & set(inputs):
        return "included"
    if any(_WITHOUT.search(name) for name in inputs):
        return "additional"
    if any(_PROMPT.search(name) for name in inputs):
        return "included"
    plain = [re.sub(r"[\s-]+", "_", name) for name in cached]
    if any(_ADDITIONAL.search(name) for name in plain):
        return "additional"
    return "included" if any(_INCLUDED.search(name) for name in plain) else None


def is_our_own(mapping: ColumnMapping) -> bool:
    """Whether a file has our own columns, in which the cache is part of the input (billing-rules 11.1)."""
    ours = ("customer_id", "timestamp", "feature", "model", "input_tokens", "output_tokens")
    own = all(mapping.names(name) == (name,) for name in ours)
    return own and all(mapping.names(name) in ((), (name,)) for name in CACHE_COLUMNS)


def by_rows(more_than_input: int, adds_up_included: int, adds_up_additional: int) -> Cache | None:
    """What rows say: those that can be only one of the two decide; None where they say nothing, or contradict each other."""
    additional = more_than_input > 0 or adds_up_additional > 0
    if additional == (adds_up_included > 0):
        return None
    return "additional" if additional else "included"
