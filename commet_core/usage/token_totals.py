"""The tokens of a usage added up, as a sentence that somebody can check against their own figures."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.sums import exact_sum
from commet_core.usage.tokens import NO_MODEL
from commet_core.usage.usage import Usage

MODELS_SHOWN = 3


def tokens_in_words(usage: Usage) -> str:
    """How many tokens of which models, without the full stop; empty where no row has any."""
    tokens = usage.tokens
    if tokens is None:
        return ""
    fresh, output, read, written = (
        exact_sum(column) for column in (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write)
    )
    names = tokens.models.to_pylist()
    shown = ", ".join(names[:MODELS_SHOWN]) + (f" and {len(names) - MODELS_SHOWN:,} more" if len(names) > MODELS_SHOWN else "")
    rows = int(np.count_nonzero(tokens.model_indexes != NO_MODEL))
    cached = [f"{count:,} {what}" for count, what in ((read, "read from the cache"), (written, "written to it")) if count]
    of_them = f", of which {' and '.join(cached)}," if cached else ""
    models = "1 AI model" if len(names) == 1 else f"{len(names):,} AI models"
    return f"{rows:,} rows have tokens of {models} ({shown}): {fresh:,} input tokens{of_them} and {output:,} output tokens"
