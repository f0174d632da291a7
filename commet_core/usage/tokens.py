"""What an event used of an AI model, as columns beside those of `Usage` (billing-rules 11.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

NO_MODEL: Final = -1
"""The model index of an event without tokens."""

TOKENS_MAX: Final = 2**53
"""The most tokens of one kind that an event may have."""

TOKEN_COLUMNS: Final = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
"""The columns of usage beside `model` (interfaces.md)."""

REQUESTS: Final = "requests"
"""The column that says of how many requests a row's tokens are (billing-rules 11.4)."""

TOKEN_COUNTS: Final = (*TOKEN_COLUMNS, REQUESTS)
"""The numbers beside a model, as they are kept."""

UNKNOWN_REQUESTS: Final = 0
"""The requests of a row that is the total of nobody knows how many."""


class EventTokens(NamedTuple):
    """The tokens of one event; those read from and written to the cache are part of the input.

    requests: how many requests they are of, UNKNOWN_REQUESTS where they are a total of some
    """

    model: str
    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    requests: int = 1


class TokenRows(NamedTuple):
    """The tokens of events in input order, one entry each: int32 codes of models, NO_MODEL for none; int64 tokens, requests."""

    models: np.ndarray
    input: np.ndarray
    output: np.ndarray
    cache_read: np.ndarray
    cache_write: np.ndarray
    requests: np.ndarray


class Tokens(NamedTuple):
    """The tokens of every event, in the order of `Usage`.

    models         str, the models as the usage names them, distinct, in ascending order
    model_indexes  int16 index into `models`, one per event; NO_MODEL: an event without tokens
    input, output, cache_read, cache_write
                   int64 tokens, one per event; 0 without tokens; the tokens of the cache are part of `input`
    requests       int64, of how many requests they are, one per event; UNKNOWN_REQUESTS: a total of some, or an event without tokens
    """

    models: pa.Array
    model_indexes: np.ndarray
    input: np.ndarray
    output: np.ndarray
    cache_read: np.ndarray
    cache_write: np.ndarray
    requests: np.ndarray

    @classmethod
    def of(cls, events: Sequence[EventTokens | None]) -> Tokens | None:
        """The tokens of events in their order; None where none has any."""
        used = [tokens for tokens in events if tokens is not None]
        if not used:
            return None
        models = {model: index for index, model in enumerate(sorted({tokens.model for tokens in used}))}
        indexes = np.array([NO_MODEL if tokens is None else models[tokens.model] for tokens in events], np.int16)
        counts = np.array([(0, 0, 0, 0, 0) if tokens is None else tokens[1:] for tokens in events], np.int64)
        return cls(pa.array(models, pa.string()), indexes, *(np.ascontiguousarray(column) for column in counts.T))

    def slice(self, events: slice | np.ndarray) -> Tokens:
        """The tokens of some events. Of a slice nothing is copied."""
        return Tokens(self.models, *(column[events] for column in self[1:]))
