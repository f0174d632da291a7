"""The shapes of usage that people really have: recognised, named, and put into a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from commet_core.foundation.errors import InputError, nearest
from commet_core.usage.ingest.recognise.columns import REQUIRED, SPELLINGS, ColumnMapping, quoted, recognise
from commet_core.usage.ingest.recognise.sample import Sample
from commet_core.usage.ingest.recognise.table_shapes import is_totals, wide

if TYPE_CHECKING:
    from commet_core.usage.ingest.recognise.shape_documents import ShapeDocument

ShapeCode = str
"""The code of a shape: of one that comes with the product (its file's name), of one's own, or one of these:"""

TABLES: Final[dict[ShapeCode, str]] = {
    "own": "Our own columns",
    "wide": "A wide table",
    "totals": "Totals",
    "other": "Events in columns of other names",
}


@dataclass(frozen=True)
class UsageShape:
    """What kind of usage a file holds.

    mapping    which of its columns is which
    undecided  numbers of which one might be the value, where that cannot be told; every row counts as 1 then
    document   the shape as data, of those that are
    """

    code: ShapeCode
    mapping: ColumnMapping
    undecided: tuple[str, ...] = ()
    document: ShapeDocument | None = None

    @property
    def name(self) -> str:
        """As a title: `Stripe meter events`."""
        return TABLES[self.code] if self.document is None else self.document.name

    @property
    def rows(self) -> Literal["event", "aggregate"]:
        """What the scenario's `rows` should say (billing-rules 3.2)."""
        if self.document is not None:
            return self.document.rows
        return "aggregate" if self.code in ("wide", "totals") else "event"

    @property
    def sentence(self) -> str:
        """How it is read, in one sentence without the full stop."""
        if self.code == "wide":
            return (
                f"each row is a customer's totals, and each of its cells under {quoted([name for _, name in self.mapping.features])}"
                f" is read as a row of its own, where an empty cell or 0 is no usage; {_roles(self.mapping)}"
            )
        if self.rows == "aggregate":
            return f"each row is a total and not one event: {_roles(self.mapping)}"
        return f"each row is an event: {_roles(self.mapping)}{_doubt(self.undecided)}"

    @property
    def advice(self) -> str:
        """What to do with it, in a sentence without the full stop; empty for events."""
        if self.rows == "event":
            return ""
        return (
            "replay it with `rows: aggregate`, so that a total is served as far as an allowance goes, not whole or not at all"
        )


def shape_names(own: Sequence[ShapeDocument] = ()) -> dict[ShapeCode, str]:
    """The title of every shape by its code. own: shapes of one's own."""
    from commet_core.usage.ingest.recognise.shape_documents import known_shapes  # noqa: PLC0415  # documents are dear

    return {shape.code: shape.name for shape in (*known_shapes(), *own)} | TABLES


def recognise_shape(sample: Sample, code: ShapeCode | None = None, own: Sequence[ShapeDocument] = ()) -> UsageShape:
    """The shape of a file with these names and first rows.

    code: looked for alone, where somebody has said it. own: shapes of one's own, which go before those that are known.
    Raises InputError for a code that is nobody's.
    """
    if code is not None and code not in (names := shape_names(own)):
        raise InputError.of("mapping, shape", f"there is no shape `{code}`", nearest(code, sorted(names)))
    envelope = _envelope(sample.names)
    inner = Sample(
        tuple(name.removeprefix(envelope) for name in sample.names),
        [{name.removeprefix(envelope): text for name, text in row.items()} for row in sample.rows] if envelope else sample.rows,
    )
    found = _recognised(inner, code, own)
    return replace(
        found, mapping=_within(envelope, found.mapping), undecided=tuple(envelope + name for name in found.undecided)
    )


def _recognised(sample: Sample, code: ShapeCode | None, own: Sequence[ShapeDocument]) -> UsageShape:
    if own or code is not None or not _are_ours(sample.names):
        from commet_core.usage.ingest.recognise.event_shapes import through  # noqa: PLC0415  # documents are dear
        from commet_core.usage.ingest.recognise.shape_documents import known_shapes  # noqa: PLC0415

        for shape in (*own, *known_shapes()):
            if shape.code == code or (code is None and shape.fits(sample.names)):
                return UsageShape(shape.code, *through(shape, sample), shape)
    by_cell = wide(sample) if code in (None, "wide") else None
    if by_cell is not None:
        return UsageShape("wide", by_cell)
    return by_columns(sample, recognise(sample.names, sample.values), code)


def _are_ours(names: Sequence[str]) -> bool:
    """Whether a file has our own columns and no others: those of no shape that is known."""
    return set(REQUIRED) <= set(names) <= SPELLINGS.keys()


def by_columns(sample: Sample, mapping: ColumnMapping, code: ShapeCode | None = None) -> UsageShape:
    """The shape of a file that is read through a mapping which no system's names explain."""
    if code == "totals" or (code is None and is_totals(sample, mapping)):
        return UsageShape("totals", mapping)
    return UsageShape("own" if all(getattr(mapping, ours) == ours for ours in REQUIRED) else "other", mapping)


def shape_through(recognised: UsageShape, mapping: ColumnMapping, sample: Sample) -> UsageShape:
    """The shape of a file that was recognised as one and is read through a mapping that somebody has changed."""
    if replace(mapping, rules=recognised.mapping.rules) == recognised.mapping:
        return replace(recognised, mapping=mapping)
    if mapping.features:
        return UsageShape("wide", mapping)
    same = all(mapping.names(ours) == recognised.mapping.names(ours) for ours in REQUIRED)
    if same and recognised.code != "wide":
        return replace(recognised, mapping=mapping, undecided=())
    return by_columns(sample, mapping)


def _envelope(names: Sequence[str]) -> str:
    """What all names begin with, where each row is one object inside another: `event.`."""
    first = names[0].partition(".")[0] + "." if names else ""
    return first if all(name.startswith(first) for name in names) else ""


def _within(envelope: str, mapping: ColumnMapping) -> ColumnMapping:
    if not envelope:
        return mapping
    sources = {ours: tuple(envelope + name for name in mapping.names(ours)) for ours, _ in mapping.pairs()}
    return replace(mapping.changed(sources), features=tuple((code, envelope + name) for code, name in mapping.features))


_ROLES: Final = {
    "customer_id": "the customer",
    "timestamp": "the time",
    "feature": "the feature",
    "value": "the value",
    "event_id": "the event id",
    "model": "the AI model",
    "input_tokens": "its input tokens",
    "output_tokens": "its output tokens",
    "cache_read_tokens": "those read from its cache",
    "cache_write_tokens": "those written to its cache",
}


def _roles(mapping: ColumnMapping) -> str:
    """`subject` is the customer, `type` the feature …"""
    roles = [(_quoted_label(mapping, ours), word) for ours, word in _ROLES.items() if mapping.names(ours)]
    parts = [f"{label} {'is ' if place == 0 else ''}{word}" for place, (label, word) in enumerate(roles)]
    parts += [f"{word} is always `{text}`" for ours, word in _ROLES.items() if (text := mapping.constant(ours)) is not None]
    parts += [] if mapping.has("value") else ["and every row counts as 1"]
    return ", ".join(parts)


def _quoted_label(mapping: ColumnMapping, ours: str) -> str:
    together = ours == "event_id" or mapping.calculation(ours).operation != "first"
    return quoted(mapping.names(ours), "and" if together else "or")


def _doubt(undecided: Sequence[str]) -> str:
    return f"; say in the mapping whether {quoted(undecided, 'or')} is the value" if undecided else ""
