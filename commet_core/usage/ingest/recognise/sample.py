"""The first rows of a file as texts: what recognition looks at besides the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.columns import SPELLINGS, letters
from commet_core.usage.ingest.recognise.nested import WrittenNumber
from commet_core.usage.ingest.recognise.usage_names import is_no_unit

NUMBER: Final = late_pattern(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NEVER_UNITS: Final = frozenset(
    [
        "status",
        "statuscode",
        "httpstatus",
        "responsecode",
        "code",
        "port",
        "version",
        "timestamp",
        "time",
        "ts",
        "createdat",
        "latency",
        "latencyms",
        "year",
        "month",
        "day",
        "hour",
    ]
)
"""Numbers under these names (letters alone) are not how much was used."""


@dataclass(frozen=True)
class Sample:
    """names: of columns and of values inside them, objects left out; rows: their texts, None where a row has none."""

    names: tuple[str, ...]
    rows: Sequence[Mapping[str, str | None]]

    def values(self, name: str) -> list[str]:
        """The texts of a column that are not empty."""
        texts = (row.get(name) or "" for row in self.rows)
        bare = (text if isinstance(text, WrittenNumber) else text.strip() for text in texts)
        return [text for text in bare if text]

    def is_number(self, name: str) -> bool:
        """Whether all that a column holds is numbers, and it holds any."""
        values = self.values(name)
        return bool(values) and all(NUMBER.fullmatch(value) for value in values)

    def under(self, key: str) -> dict[str, str]:
        """Last part → name of everything inside a column: `data.tokens`, or `data_tokens` in a flat table."""
        begins = (f"{key}.", f"{key}_")
        return {name[len(key) + 1 :]: name for name in self.names if name.startswith(begins)}

    def fuller(self, *names: str) -> tuple[str, ...]:
        """Those of these names that are there, the one that more rows fill first; ties as they are given."""
        there = [name for name in names if name in self.names]
        return tuple(sorted(there, key=lambda name: -len(self.values(name))))

    def units_under(self, key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What inside a column can only be the value of a row, and what might be: names.

        A usual name for it wins; else the only number there; else numbers of which no row has two.
        """
        inside = {
            letters(part): name for part, name in self.under(key).items() if not is_no_unit(part) or letters(part) in _USUAL
        }
        usual = [inside[plain] for plain in _USUAL if plain in inside]
        if usual:
            return (usual[0],), ()
        others = {letters(name) for ours in _NOT_UNITS for name in (ours, *SPELLINGS[ours])} | NEVER_UNITS
        numbers = [
            name for part, name in inside.items() if part not in others and not part.endswith("id") and self.is_number(name)
        ]
        if any(sum(bool(row.get(name)) for name in numbers) > 1 for row in self.rows):
            return (), tuple(numbers)
        return tuple(numbers), ()


_USUAL: Final = tuple(letters(name) for name in ("value", *SPELLINGS["value"]))
"""What the value is called most often, in letters alone."""
NO_ROWS: Final = Sample((), ())
_NOT_UNITS: Final = ("model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
