"""What an event used of an AI model, as columns beside those of `Usage` (billing-rules 11.1)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

NO_MODEL: Final = -1
"""The model index of an event without tokens."""


class EventTokens(NamedTuple):
    """The tokens of one event; those read from and written to the cache are part of the input."""

    model: str
    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0


class Tokens(NamedTuple):
    """The tokens of every event, in the order of `Usage`.

    models         str, the models as the usage names them, distinct, in ascending order
    model_indexes  int16 index into `models`, one per event; NO_MODEL: an event without tokens
    input, output, cache_read, cache_write
                   int64 tokens, one per event; 0 without tokens; the tokens of the cache are part of `input`
    """

    models: pa.Array
    model_indexes: np.ndarray
    input: np.ndarray
    output: np.ndarray
    cache_read: np.ndarray
    cache_write: np.ndarray
