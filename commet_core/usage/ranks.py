"""Codes of texts → places of the texts that occur, in ascending order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.arrow import places


def ranked(texts: pa.Array, counts: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """The texts that occur, in ascending order, and for each code the place of its text there (int32; -1: it does not)."""
    merged = texts.dictionary_encode()
    merged_codes = np.asarray(merged.indices)
    occurs = np.zeros(len(merged.dictionary), bool)
    occurs[merged_codes[counts > 0]] = True
    names = merged.dictionary.take(places(np.flatnonzero(occurs)))
    order = np.asarray(pc.sort_indices(names)).astype(np.int64)
    rank = np.full(len(merged.dictionary), -1, np.int32)
    rank[np.flatnonzero(occurs)[order]] = np.arange(len(order), dtype=np.int32)
    return names.take(places(order)), rank[merged_codes]
