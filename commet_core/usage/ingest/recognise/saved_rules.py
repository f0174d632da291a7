"""The rules of reading as the file of a mapping holds them, checked, and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from commet_core.foundation.documents import Document, wrong
from commet_core.usage.ingest.recognise.reading_rules import (
    COMMA,
    POINT,
    Cache,
    Count,
    Duplicates,
    Numbers,
    ReadingRules,
    Totals,
    Units,
)
from commet_core.usage.ingest.recognise.text_encoding import encoding_named
from commet_core.usage.ingest.recognise.time_zones import zone_named
from commet_core.usage.ingest.recognise.units import unit_of


def _one_of(*choices: str) -> BeforeValidator:
    """A word of these, without quotes or capitals to mind."""

    def read(raw: object) -> str | None:
        text = raw.strip().lower() if isinstance(raw, str) else raw
        if text is not None and text not in choices:
            raise wrong(f"{raw!r} is not one of the choices", f"Write {' or '.join(choices)}")
        return text

    return BeforeValidator(read)


def _numbers(raw: object) -> dict[str, Any] | None:
    fix = 'Write {decimal: ",", thousands: "."} or {decimal: ".", thousands: ","}'
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or not set(raw) <= {"decimal", "thousands", "percent"} or "decimal" not in raw:
        raise wrong(f"{raw!r} does not say how numbers are written", fix)
    decimal = raw["decimal"]
    thousands = raw.get("thousands", POINT if decimal == COMMA else COMMA)
    if decimal not in (COMMA, POINT) or thousands not in (COMMA, POINT, " ", "'", "", None) or thousands == decimal:
        raise wrong(f"{raw!r} does not say how numbers are written", fix)
    return {"decimal": decimal, "thousands": thousands or "", "percent": bool(raw.get("percent", False))}


def _zone(raw: object) -> str | None:
    if raw is None:
        return None
    text = raw if isinstance(raw, str) else ""
    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, KeyError):
        if (zone := zone_named(text)) is not None:
            return zone
        raise wrong(
            f"{raw!r} is not a time zone", 'Write its name, such as Europe/Berlin, or in quotes its offset: "-05:00"'
        ) from None


def _where(raw: object) -> dict[str, tuple[str, ...]] | None:
    """Column → the texts that rows which are read have in it."""
    if raw is None:
        return None
    fix = "Write {column: [text, another]}"
    if not isinstance(raw, Mapping) or not raw:
        raise wrong(f"{raw!r} does not say which rows are read", fix)
    found = {str(column): _texts(texts) for column, texts in raw.items()}
    if not all(found.values()):
        raise wrong(f"{raw!r} does not say which rows are read", fix)
    return found


def _texts(raw: object) -> tuple[str, ...]:
    texts = raw if isinstance(raw, list | tuple) else [raw]
    plain = [str(text).lower() if isinstance(text, bool) else str(text) for text in texts]
    return tuple(plain) if all(isinstance(text, str | int | Decimal | bool) for text in texts) else ()


def _units(raw: object) -> dict[str, str] | str | None:
    """`keep`, `apart`, or feature → the unit that its values are read in."""
    if raw is None:
        return None
    fix = "Write {storage: GB, compute: hours}, or apart, or keep"
    if isinstance(raw, str) and raw.strip().lower() in ("keep", "apart"):
        return raw.strip().lower()
    pairs = raw.items() if isinstance(raw, Mapping) else ()
    into = {str(feature).strip(): str(unit).strip() for feature, unit in pairs}
    if not into or not all(into):
        raise wrong(f"{raw!r} does not say in which units values are read", fix)
    if unknown := [unit for unit in into.values() if unit_of(unit) is None]:
        raise wrong(f"{unknown[0]!r} is not a unit that others can be read in", "Write one such as MB, GiB, hours or GB-hours")
    return into


def _count(raw: object) -> dict[str, Count] | None:
    """Feature → which of the reports of a month counts."""
    if raw is None:
        return None
    words = get_args(Count)
    pairs = raw.items() if isinstance(raw, Mapping) else ()
    found = {str(feature).strip(): str(how).strip().lower() for feature, how in pairs}
    if not found or not all(found) or not set(found.values()) <= set(words):
        raise wrong(f"{raw!r} does not say how levels are counted", "Write {storage_gb: max}; or last, average, unique")
    return {feature: how for feature, how in found.items() if (how in words)}  # type: ignore[misc]


def _models(raw: object) -> dict[str, str] | None:
    """What a file calls a model → the model that it is priced as."""
    if raw is None:
        return None
    pairs = raw.items() if isinstance(raw, Mapping) else ()
    named = {str(name).strip(): str(model).strip() for name, model in pairs if isinstance(model, str)}
    if not named or len(named) < len(pairs) or not all(named) or not all(named.values()):
        raise wrong(f"{raw!r} does not say which models are meant", "Write {auto: gpt-5-mini}")
    return named


def _encoding(raw: object) -> str | None:
    if raw is None:
        return None
    name = encoding_named(raw.strip()) if isinstance(raw, str) else None
    if name is None:
        raise wrong(
            f"{raw!r} is not the name of an encoding", "Write one such as Windows-1252, Windows-1251, KOI8-R or Shift_JIS"
        )
    return name


def _levels(raw: object) -> tuple[str, ...] | None:
    """Features whose values are levels: columns of a wide table, or codes."""
    if raw is None:
        return None
    names = _texts(raw)
    if not names or not all(name.strip() for name in names):
        raise wrong(
            f"{raw!r} does not say what is a level", "Write the features, or columns of a wide table: [seats, projects]"
        )
    return tuple(dict.fromkeys(name.strip() for name in names))


class Rules(Document):
    """Rules of reading; those that are not given are decided from the file."""

    numbers: Annotated[dict[str, Any] | None, BeforeValidator(_numbers)] = None
    time_zone: Annotated[str | None, BeforeValidator(_zone)] = None
    cache: Annotated[Cache | None, _one_of("included", "additional")] = None
    reasoning: Annotated[Cache | None, _one_of("included", "additional")] = None
    comments: Annotated[Totals | None, _one_of("leave_out", "keep")] = None
    where: Annotated[dict[str, tuple[str, ...]] | None, BeforeValidator(_where)] = None
    totals: Annotated[Totals | None, _one_of("leave_out", "keep")] = None
    duplicates: Annotated[Duplicates | None, _one_of("first", "last")] = None
    models: Annotated[dict[str, str] | None, BeforeValidator(_models)] = None
    units: Annotated[dict[str, str] | str | None, BeforeValidator(_units)] = None
    count: Annotated[dict[str, Count] | None, BeforeValidator(_count)] = None
    encoding: Annotated[str | None, BeforeValidator(_encoding)] = None
    levels: Annotated[tuple[str, ...] | None, BeforeValidator(_levels)] = None

    def rules(self) -> ReadingRules:
        """What is said; formats of times are said of their column."""
        numbers = Numbers(**self.numbers) if self.numbers else None
        said = ReadingRules(time_zone=self.time_zone, numbers=numbers, cache=self.cache, totals=self.totals)
        where, models = tuple((self.where or {}).items()), tuple((self.models or {}).items())
        count = tuple((self.count or {}).items())
        return replace(
            said,
            duplicates=self.duplicates,
            where=where,
            models=models,
            units=self._units_read(),
            count=count,
            levels=self.levels or (),
            encoding=self.encoding,
            reasoning=self.reasoning,
            comments=self.comments,
        )

    def _units_read(self) -> Units | None:
        if isinstance(self.units, dict):
            return Units("convert", tuple(self.units.items()))
        return None if self.units is None else Units("apart" if self.units == "apart" else "keep")


def rules_document(rules: ReadingRules) -> dict[str, Any]:
    """The rules as a file holds them; nothing of what is not decided."""
    numbers = rules.numbers and {"decimal": rules.numbers.decimal, "thousands": rules.numbers.thousands or None}
    if numbers and rules.numbers and rules.numbers.percent:
        numbers["percent"] = True  # type: ignore[assignment]
    written = {
        "where": {column: list(texts) for column, texts in rules.where},
        "numbers": numbers,
        "time_zone": rules.time_zone,
        "cache": rules.cache,
        "totals": rules.totals,
        "duplicates": rules.duplicates,
        "models": dict(rules.models),
        "units": _written_units(rules.units),
        "count": dict(rules.count),
        "levels": list(rules.levels),
        "encoding": rules.encoding,
        "reasoning": rules.reasoning,
        "comments": rules.comments,
    }
    return {name: said for name, said in written.items() if said}


def _written_units(units: Units | None) -> dict[str, str] | str | None:
    if units is None or units.read == "as written":
        return None
    return dict(units.into) if units.read == "convert" else units.read
