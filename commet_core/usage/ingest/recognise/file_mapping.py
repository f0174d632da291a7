"""The mapping that one file is read through: what was recognised, with what is wanted in its place.

Who wants nothing else needs no document, and reads without what documents are checked with: it takes as long as a short command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeGuard

from commet_core.usage.ingest.recognise.columns import ColumnMapping, Source, mapping_for
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.shapes import recognise_shape
from commet_core.usage.ingest.recognise.units import with_units_in_cells

if TYPE_CHECKING:
    from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping

Wanted = ColumnMapping | Mapping[str, Source] | None
"""What may be said about a file's columns without a saved mapping: all of them, or those that differ."""

OF_CELLS: Final = ("feature", "value")


def is_saved(wanted: SavedMapping | Wanted) -> TypeGuard[SavedMapping]:
    """Whether a mapping that was saved is wanted."""
    return wanted is not None and not isinstance(wanted, ColumnMapping | Mapping)


def understood(shape: FileShape, wanted: SavedMapping | Wanted = None) -> FileShape:
    """The file as what a saved mapping says that it is; else as what it was recognised as."""
    if not is_saved(wanted) or (wanted.shape is None and not wanted.shapes):
        return shape
    return replace(shape, recognised=recognise_shape(shape.sample, wanted.shape, wanted.shapes))


def mapped(shape: FileShape, wanted: SavedMapping | Wanted = None) -> ColumnMapping:
    """The mapping that a file is read through: what was recognised, with what is wanted in its place.

    wanted: a `ColumnMapping` is taken as it is; our column → where it comes from (None: leave it out) changes these alone.
    Raises InputError for a column that usage does not have.
    """
    if is_saved(wanted):
        return with_units_in_cells(shape.sample, wanted.on(shape))
    changes = wanted if isinstance(wanted, Mapping) else {}
    mapping = wanted if isinstance(wanted, ColumnMapping) else changed(shape, changes, ())
    return with_units_in_cells(shape.sample, mapping)


def changed(shape: FileShape, changes: Mapping[str, Source], taken: Sequence[str]) -> ColumnMapping:
    """What was recognised with these changes; columns that are taken for something else are free for nothing."""
    code = shape.recognised.code
    no_longer_wide = code == "wide" and any(changes.get(ours) is not None for ours in OF_CELLS)
    if no_longer_wide or code in ("own", "other", "totals"):
        return mapping_for([name for name in shape.names if name not in taken], changes, values=shape.sample.values)
    return mapping_for(shape.names, changes, shape.recognised.mapping.without(taken))
