"""What the events of a day used of AI models: which model, and how many tokens.

Drawn from keys of their own, so that events are the same with and without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.usage.synthetic.draws import TABLE_SIZE, child_keys, log_normal_quantiles, middle_shares, table_places
from commet_core.usage.synthetic.presets import Preset
from commet_core.usage.tokens import NO_MODEL, TOKEN_COLUMNS

TOKEN_SPREAD: Final = 0.9
"""Standard deviation of the logarithm of a request's tokens, in and out."""

TOKEN_FIELDS: Final = (
    pa.field("model", pa.dictionary(pa.int16(), pa.string())),
    *(pa.field(name, pa.int64()) for name in TOKEN_COLUMNS),
)


@dataclass(frozen=True, eq=False)
class TokenTables:
    """A preset's models as arrays.

    choices   int16, TABLE_SIZE entries a feature one after another: index into the models, or NO_MODEL
    inputs, outputs   float64, one per model: mean tokens
    cached    float64, one per model: mean share of the input that is read from the cache
    names     str, one per model
    """

    choices: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray
    cached: np.ndarray
    names: pa.Array

    @classmethod
    def of(cls, preset: Preset) -> TokenTables | None:
        """None where no event uses a model."""
        models = [use for feature in preset.features for use in feature.models]
        if not models:
            return None
        choices, first = [], 0
        for feature in preset.features:
            upper_shares = np.cumsum([use.share for use in feature.models])
            places = np.searchsorted(upper_shares, middle_shares()) if feature.models else np.full(TABLE_SIZE, NO_MODEL - first)
            choices.append((first + np.minimum(places, max(0, len(feature.models) - 1))).astype(np.int16))
            first += len(feature.models)
        return cls(
            np.concatenate(choices),
            np.array([use.input_tokens for use in models], float),
            np.array([use.output_tokens for use in models], float),
            np.array([use.cached_share for use in models], float),
            pa.array([use.model for use in models]),
        )

    def columns(self, event_keys: np.ndarray, features: np.ndarray) -> list[pa.Array]:
        """The columns of TOKEN_FIELDS of some events, given by their keys and features; null where they use no model."""
        keys = child_keys(event_keys, 0)
        models = self.choices[features * TABLE_SIZE + table_places(keys, 0)]
        without = models == NO_MODEL
        tokens = log_normal_quantiles(TOKEN_SPREAD)
        asked = np.maximum(1, np.rint(self.inputs[models] * tokens[table_places(keys, 1)])).astype(np.int64)
        answered = np.maximum(1, np.rint(self.outputs[models] * tokens[table_places(keys, 2)])).astype(np.int64)
        shares = np.minimum(1.0, 2 * self.cached[models] * middle_shares()[table_places(keys, 3)])
        cached = np.floor(asked * shares).astype(np.int64)
        counts = (asked, answered, cached, np.zeros(len(models), np.int64))
        places = pa.array(models, pa.int16(), mask=without)
        return [pa.DictionaryArray.from_arrays(places, self.names), *(pa.array(count, mask=without) for count in counts)]
