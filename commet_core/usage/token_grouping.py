"""Tokens in input order → beside the events of `Usage`: rows are grouped once more, to learn which of them each event is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from commet_core.foundation.errors import InputError
from commet_core.usage.grouping import Allocate, Counted, EventKeys, Rows, count_rows, group_by_customer, in_memory
from commet_core.usage.ranks import ranked
from commet_core.usage.tokens import NO_MODEL, TokenRows, Tokens

MODELS_MAX: Final = int(np.iinfo(np.int16).max)
ROWS_AT_ONCE: Final = 1 << 20
LEFT_OUT: Final = -1


@dataclass(frozen=True)
class TokenChunks:
    """What rows used of AI models.

    models  str, the text of each code; a text may have several codes
    chunks  one per chunk of rows; None where no row of it has tokens
    """

    models: pa.Array
    chunks: Sequence[TokenRows | None]

    def grouped(
        self,
        rows: Sequence[Rows],
        counted: Counted,
        ranks: tuple[np.ndarray, np.ndarray],
        customer_count: int,
        keys: Sequence[EventKeys | None] = (),
        *,
        allocate: Allocate = in_memory,
        **placement: Any,
    ) -> Tokens | None:
        """The tokens of the events that `group_by_customer` makes of the same rows; None where none has any.

        Raises InputError where there are more models than a usage can name.
        """
        found = [chunk for chunk in self.chunks if chunk is not None]
        counts = count_rows([chunk.models[chunk.models != NO_MODEL] for chunk in found], len(self.models))
        if not counts.any():
            return None
        models, model_ranks = ranked(self.models, counts)
        if len(models) > MODELS_MAX:
            what = f"there are {len(models):,} different models"
            raise InputError.of("usage", what, "Check that the model column is the right one")
        places, event_count = _places(rows, counted, ranks, customer_count, keys, allocate, placement)
        columns = [
            allocate(f"tokens-{name}", event_count, np.int16 if name == "model_indexes" else np.int64)
            for name in Tokens._fields[1:]
        ]
        first = 0
        for part, chunk in zip(rows, self.chunks, strict=True):
            _put(chunk, model_ranks, places[first : first + len(part.times)], columns)
            first += len(part.times)
        return Tokens(models, *columns)


def _places(
    rows: Sequence[Rows],
    counted: Counted,
    ranks: tuple[np.ndarray, np.ndarray],
    customer_count: int,
    keys: Sequence[EventKeys | None],
    allocate: Allocate,
    placement: dict[str, Any],
) -> tuple[np.ndarray, int]:
    """int64, one per row: which event it is, or LEFT_OUT for a duplicate; and how many events there are."""
    ends = np.cumsum([len(part.times) for part in rows]).tolist()
    numbered = [part._replace(values=np.arange(end - len(part.times), end)) for part, end in zip(rows, ends, strict=True)]
    grouped = group_by_customer(
        numbered,
        counted,
        ranks,
        customer_count,
        keys,
        allocate=lambda name, count, kind: allocate(f"rows-{name}", count, kind),
        **placement,
    )
    places = allocate("rows-places", ends[-1], np.int64)
    places[:] = LEFT_OUT
    count = len(grouped.values)
    for first in range(0, count, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, count)
        places[grouped.values[first:last]] = np.arange(first, last)
    return places, count


def _put(chunk: TokenRows | None, model_ranks: np.ndarray, places: np.ndarray, columns: Sequence[np.ndarray]) -> None:
    kept = places != LEFT_OUT
    if chunk is None:
        columns[0][places[kept]] = NO_MODEL
        for column in columns[1:]:
            column[places[kept]] = 0
        return
    models = np.where(chunk.models == NO_MODEL, NO_MODEL, model_ranks[chunk.models])
    for column, found in zip(columns, (models, *chunk[1:]), strict=True):
        column[places[kept]] = found[kept]
