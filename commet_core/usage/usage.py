"""`Usage`: what customers asked for, as columns, grouped by customer and in time order.

Events are grouped once and replayed many times. Everything downstream reads slices of these arrays and never copies them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.arrow import text_buffers
from commet_core.foundation.blake2b import DIGEST_BYTES, hash_texts
from commet_core.foundation.compiled import FEW, read_only
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import micros
from commet_core.usage.grouping import EventKeys, Rows, count_runs, group_by_customer, largest_customer_total
from commet_core.usage.ranks import ranked
from commet_core.usage.token_grouping import TokenChunks
from commet_core.usage.tokens import NO_MODEL, REQUESTS, TOKEN_COLUMNS, EventTokens, TokenRows, Tokens

T = TypeVar("T")

TOTAL_MAX = 2**62
FEATURES_MAX = int(np.iinfo(np.int16).max)
DERIVED_KEPT = 8
EVENT_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("feature", pa.string()),
        ("value", pa.int64()),
    ]
)
"""The columns that `Usage.from_table` takes; `value` in micros. Strings may be dictionary-encoded.

`model` and TOKEN_COLUMNS may be there, too: a model that is null is of an event without tokens.
"""


@dataclass(frozen=True, eq=False)
class Usage:
    """Events of all customers.

    customers        str, one per customer, in ascending order
    features         str, the feature codes that occur, in ascending order
    offsets          int64, customers + 1: the events of customer c are offsets[c] to offsets[c + 1]
    times            int64 microseconds since 1970 UTC, one per event, ascending within a customer; ties in input order
    feature_indexes  int16 index into `features`, one per event
    values           int64 micros, one per event; below zero only of a correction (billing-rules 15.7)
    tokens           what the events used of AI models; None where no event used any
    """

    customers: pa.Array
    features: tuple[str, ...]
    offsets: np.ndarray
    times: np.ndarray
    feature_indexes: np.ndarray
    values: np.ndarray
    tokens: Tokens | None = None
    _derived: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name in ("offsets", "times", "feature_indexes", "values"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        if self.tokens is not None:
            columns = (read_only(column) for column in self.tokens[1:])
            object.__setattr__(self, "tokens", Tokens(self.tokens.models, *columns))

    @classmethod
    def from_table(cls, table: pa.Table) -> Usage:
        """Groups the rows of a table with the columns of `EVENT_SCHEMA`, given in input order.

        Raises InputError as `from_rows` does.
        """
        (customers, customer_codes), (features, feature_codes) = _codes(table["customer_id"]), _codes(table["feature"])
        check_feature_count(len(features))
        times = _numpy(table["timestamp"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()))
        rows = Rows(customer_codes, feature_codes.astype(np.int16), times, _numpy(table["value"]))
        workers = os.cpu_count() or 1
        edges = np.linspace(0, len(times), workers + 1).astype(np.int64)
        chunks = [Rows(*[column[first:last] for column in rows]) for first, last in pairwise(edges)]
        tokens = _tokens(table, edges) if "model" in table.column_names else None
        return cls.from_rows(chunks, customers, features, tokens=tokens, workers=workers)[0]

    @classmethod
    def from_rows(
        cls,
        chunks: Sequence[Rows],
        customers: pa.Array,
        features: pa.Array,
        keys: Sequence[EventKeys | None] = (),
        tokens: TokenChunks | None = None,
        **placement: Any,
    ) -> tuple[Usage, np.ndarray]:
        """Groups coded rows, given in input order; returns how many duplicates were left out of each chunk, too.

        customers, features   str, the text of each code; a text may have several codes
        keys, placement       as `grouping.group_by_customer` takes them
        tokens                what the rows used of AI models
        Raises InputError where the usage of one customer adds up to more than 64 bits hold (billing-rules 1.4).
        """
        counted = count_runs(chunks, len(customers), len(features), placement.get("workers", 1))
        customer_names, customer_ranks = ranked(customers, counted.customers.sum(axis=0))
        feature_names, feature_ranks = ranked(features, counted.features.sum(axis=0))
        ranks = customer_ranks, feature_ranks.astype(np.int16)
        grouped = group_by_customer(chunks, counted, ranks, len(customer_names), keys, **placement)
        names = tuple(feature_names.to_pylist())
        used = None if tokens is None else tokens.grouped(chunks, counted, ranks, len(customer_names), keys, **placement)
        usage = cls(customer_names, names, grouped.offsets, grouped.times, grouped.features, grouped.values, used)
        usage._check_range()
        return usage, grouped.duplicates

    @classmethod
    def from_events(
        cls,
        customer_ids: Sequence[str],
        timestamps: Sequence[datetime],
        features: Sequence[str],
        values: Sequence[Decimal | int | str],
        tokens: Sequence[EventTokens | None] = (),
    ) -> Usage:
        """Usage from Python values, one entry per event, in input order. Aware timestamps; values up to 6 decimals.

        tokens: what each event used of an AI model; empty where none did.
        """
        columns = [
            pa.array(customer_ids, pa.string()),
            pa.array(timestamps, pa.timestamp("us", tz="UTC")),
            pa.array(features, pa.string()),
            pa.array([micros(Decimal(value)) for value in values], pa.int64()),
        ]
        table = pa.Table.from_arrays(columns, schema=EVENT_SCHEMA)
        order = pc.sort_indices(table, [("customer_id", "ascending"), ("timestamp", "ascending")]).to_pylist()
        return replace(cls.from_table(table), tokens=Tokens.of([tokens[event] for event in order] if tokens else []))

    @property
    def event_count(self) -> int:
        return len(self.times)

    @property
    def customer_count(self) -> int:
        return len(self.customers)

    @cached_property
    def digest(self) -> str:
        """A name for the content: sha256 over customers, features and events, as hex digits."""
        content = hashlib.sha256("\0".join(self.features).encode())
        _, ends, letters = self.customers.buffers()
        ends = np.frombuffer(ends, np.int32)[self.customers.offset :][: self.customer_count + 1]
        content.update(ends - ends[0])
        content.update((letters or pa.py_buffer(b""))[int(ends[0]) : int(ends[-1])])
        for column in (self.offsets, self.times, self.feature_indexes, self.values):
            content.update(np.ascontiguousarray(column).data)
        if self.tokens is not None:
            content.update("\0".join(["", *self.tokens.models.to_pylist()]).encode())
            for column in self.tokens[1:]:
                content.update(np.ascontiguousarray(column).data)
        return content.hexdigest()

    def customer_index(self, customer_id: str) -> int:
        """Where a customer stands in `customers`; -1 where it has no usage."""
        return int(pc.index(self.customers, pa.scalar(customer_id, self.customers.type)).as_py())

    def with_customers(self, customer_ids: Collection[str]) -> Usage:
        """The same usage with more customers, who have none; the usage itself where there are no more."""
        new = pa.array(sorted(set(customer_ids)), self.customers.type)
        new = new.filter(pc.invert(pc.is_in(new, value_set=self.customers)))
        return self.derived(("with", tuple(new.to_pylist())), lambda: self._extended(new)) if len(new) else self

    def _extended(self, new: pa.Array) -> Usage:
        customers = pa.concat_arrays([self.customers, new])
        order = np.asarray(pc.sort_indices(customers)).astype(np.int64)
        counts = np.concatenate([np.diff(self.offsets), np.zeros(len(new), np.int64)])[order]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return replace(self, customers=customers.take(pa.array(order)), offsets=offsets, _derived={})

    def without_features(self, places: Collection[int]) -> Usage:
        """The same usage without the events of some features, given by their places; its customers stay."""
        keep = ~np.isin(self.feature_indexes, np.array(sorted(places), np.int64))
        names = [place for place in range(len(self.features)) if place not in places]
        renumbered = np.zeros(max(1, len(self.features)), np.int16)
        renumbered[names] = np.arange(len(names))
        before = np.concatenate([[0], np.cumsum(keep)])
        return replace(
            self,
            features=tuple(self.features[place] for place in names),
            offsets=before[self.offsets],
            times=self.times[keep],
            feature_indexes=renumbered[self.feature_indexes[keep]],
            values=self.values[keep],
            tokens=None if self.tokens is None else Tokens(self.tokens.models, *(column[keep] for column in self.tokens[1:])),
            _derived={},
        )

    def customer_hashes(self, seed: int) -> np.ndarray:
        """uint64, one per customer: depends on the seed and the customer's id alone (billing-rules 5.6, `probability`)."""
        return self.derived(("hashes", seed), lambda: self._hash_customers(seed))

    def derived(self, key: Any, derive: Callable[[], T]) -> T:
        """Something that depends on this usage and the key alone, kept for the next time; the oldest few are forgotten."""
        if key not in self._derived:
            value = derive()
            while len(self._derived) >= DERIVED_KEPT:
                self._derived.pop(next(iter(self._derived)), None)
            self._derived[key] = value
            return value
        kept: T = self._derived[key]
        return kept

    def _hash_customers(self, seed: int) -> np.ndarray:
        start = f"{seed}:".encode()
        if self.customer_count <= FEW:
            texts = self.customers.cast(pa.binary()).to_pylist()
            digests = b"".join([hashlib.blake2b(start + text, digest_size=DIGEST_BYTES).digest() for text in texts])
            return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
        hashes = np.empty(self.customer_count, np.uint64)
        hash_texts(np.frombuffer(start, np.uint8), *text_buffers(self.customers), hashes)
        return hashes

    def _check_range(self) -> None:
        if self.event_count == 0:
            return
        customer, total = largest_customer_total(self.offsets, self.values)
        if total >= TOTAL_MAX:
            raise InputError.of(
                f"usage of customer {self.customers[customer].as_py()!r}",
                f"the values add up to about {total / 1e6:,.0f} units, more than the {TOTAL_MAX // 10**6:,} that can be held",
                "Check that the value column is the right one, or use a larger unit",
            )


def check_feature_count(count: int) -> None:
    """Raises InputError where there are more features than a plan could name."""
    if count > FEATURES_MAX:
        raise InputError.of(
            "usage", f"there are {count:,} different features", "Check that the feature column is the right one"
        )


def _codes(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """The distinct texts of a column, and for each row the index of its text (int32)."""
    encoded = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    return encoded.dictionary.cast(pa.string()), np.asarray(encoded.indices).astype(np.int32, copy=False)


def _tokens(table: pa.Table, edges: np.ndarray) -> TokenChunks:
    """The tokens of a table's rows, in chunks between the edges."""
    models, codes = _codes(table["model"].fill_null(""))
    codes = np.where(np.asarray(table["model"].is_null()), NO_MODEL, codes).astype(np.int32)
    has_requests = REQUESTS in table.schema.names
    requests = _numpy(table[REQUESTS].fill_null(1)) if has_requests else np.ones(table.num_rows, np.int64)
    requests = np.where(codes == NO_MODEL, 0, requests)
    rows = TokenRows(codes, *[*(_numpy(table[name].fill_null(0)) for name in TOKEN_COLUMNS), requests])
    return TokenChunks(models, [TokenRows(*(column[first:last] for column in rows)) for first, last in pairwise(edges)])


def _numpy(column: pa.ChunkedArray) -> np.ndarray:
    return column.to_numpy().astype(np.int64, copy=False)
