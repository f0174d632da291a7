"""The shapes of usage that people really have: recognised, named, and put into a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from commet_core.usage.ingest.recognise.columns import REQUIRED, ColumnMapping, quoted, recognise
from commet_core.usage.ingest.recognise.event_shapes import Found, cloudevents, commet, lago, stripe
from commet_core.usage.ingest.recognise.sample import Sample
from commet_core.usage.ingest.recognise.table_shapes import is_totals, wide

ShapeCode = Literal["own", "commet", "cloudevents", "stripe", "lago", "wide", "totals", "other"]
SHAPE_CODES: Final[tuple[ShapeCode, ...]] = get_args(ShapeCode)

NAMES: Final[dict[ShapeCode, str]] = {
    "own": "Our own columns",
    "commet": "Commet usage events",
    "cloudevents": "CloudEvents, as OpenMeter takes them",
    "stripe": "Stripe meter events",
    "lago": "Lago events",
    "wide": "A wide table",
    "totals": "Totals",
    "other": "Events in columns of other names",
}
_VENDORS: Final[tuple[tuple[ShapeCode, Callable[[Sample], Found]], ...]] = (
    ("cloudevents", cloudevents),
    ("stripe", stripe),
    ("lago", lago),
    ("commet", commet),
)


@dataclass(frozen=True)
class UsageShape:
    """What kind of usage a file holds.

    mapping    which of its columns is which
    undecided  numbers of which one might be the value, where that cannot be told; every row counts as 1 then
    """

    code: ShapeCode
    mapping: ColumnMapping
    undecided: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As a title: `Stripe meter events`."""
        return NAMES[self.code]

    @property
    def rows(self) -> Literal["event", "aggregate"]:
        """What the scenario's `rows` should say (billing-rules 3.2)."""
        return "aggregate" if self.code in ("wide", "totals") else "event"

    @property
    def sentence(self) -> str:
        """How it is read, in one sentence without the full stop."""
        if self.code == "wide":
            return (
                f"each row is a customer's totals, and each of its cells under {quoted([name for _, name in self.mapping.features])}"
                f" is read as a row of its own, where an empty cell or 0 is no usage; {_roles(self.mapping)}"
            )
        if self.code == "totals":
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


def recognise_shape(sample: Sample, code: ShapeCode | None = None) -> UsageShape:
    """The shape of a file with these names and first rows; code: looked for alone, where somebody has said it."""
    envelope = _envelope(sample.names)
    inner = Sample(
        tuple(name.removeprefix(envelope) for name in sample.names),
        [{name.removeprefix(envelope): text for name, text in row.items()} for row in sample.rows] if envelope else sample.rows,
    )
    found = _recognised(inner, code)
    return replace(
        found, mapping=_within(envelope, found.mapping), undecided=tuple(envelope + name for name in found.undecided)
    )


def _recognised(sample: Sample, code: ShapeCode | None) -> UsageShape:
    for vendor, look in _VENDORS:
        found = look(sample) if code in (None, vendor) else None
        if found is not None:
            return UsageShape(vendor, *found)
    by_cell = wide(sample) if code in (None, "wide") else None
    if by_cell is not None:
        return UsageShape("wide", by_cell)
    return by_columns(sample, recognise(sample.names, sample.values), code)


def by_columns(sample: Sample, mapping: ColumnMapping, code: ShapeCode | None = None) -> UsageShape:
    """The shape of a file that is read through a mapping which no system's names explain."""
    if code == "totals" or (code is None and is_totals(sample, mapping)):
        return UsageShape("totals", mapping)
    return UsageShape("own" if all(getattr(mapping, ours) == ours for ours in REQUIRED) else "other", mapping)


def shape_through(recognised: UsageShape, mapping: ColumnMapping, sample: Sample) -> UsageShape:
    """The shape of a file that was recognised as one and is read through a mapping that somebody has changed."""
    if mapping == recognised.mapping:
        return recognised
    if mapping.features:
        return UsageShape("wide", mapping)
    same = all(mapping.names(ours) == recognised.mapping.names(ours) for ours in REQUIRED)
    if same and recognised.code != "wide":
        return UsageShape(recognised.code, mapping)
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


def _roles(mapping: ColumnMapping) -> str:
    """`subject` is the customer, `type` the feature …"""
    words = {"customer_id": "the customer", "timestamp": "the time", "feature": "the feature", "value": "the value"}
    roles = [(_quoted_label(mapping, ours), word) for ours, word in words.items() if mapping.names(ours)]
    roles += [(_quoted_label(mapping, "event_id"), "the event id")] if mapping.event_id else []
    parts = [f"{label} {'is ' if place == 0 else ''}{word}" for place, (label, word) in enumerate(roles)]
    parts += [f"{word} is always `{text}`" for ours, word in words.items() if (text := mapping.constant(ours)) is not None]
    parts += [] if mapping.has("value") else ["and every row counts as 1"]
    return ", ".join(parts)


def _quoted_label(mapping: ColumnMapping, ours: str) -> str:
    together = ours == "event_id" or mapping.calculation(ours).operation != "first"
    return quoted(mapping.names(ours), "and" if together else "or")


def _doubt(undecided: Sequence[str]) -> str:
    return f"; say in the mapping whether {quoted(undecided, 'or')} is the value" if undecided else ""
