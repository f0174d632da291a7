"""A mapping kept in a file, to read usage of one kind again and again (YAML or JSON).

    shape: cloudevents              # optional: which kind of usage it is, where recognition should not guess
    columns:                        # our column: the file's name for it; null: leave it out
      customer_id: subject
      value: data.tokens            # a value inside an object
      event_id: [source, id]        # several columns together; of any other column the first that is not empty
      feature: {constant: calls}    # a text that stands for it in every row
      input_tokens: [sum, fresh, written]             # columns added up; subtract: the first less the others
      value: {column: bytes, divide: 1000000000}      # scaled, exactly; multiply too
                                    # {column: talked, unit: minutes}: lengths of time such as 01:23:45; hours, seconds
      timestamp: {column: date, format: "%d/%m/%Y"}   # or {date: day, time: clock}, or {date: day, hour: hour}, or {year: y, month: m, day: d}
    features: [images, emails]      # of a wide table: its columns, or {feature: column}
    where: {type: [usage], status: [ok]}              # only rows that say so are read
    numbers: {decimal: ",", thousands: "."}
    time_zone: Europe/Berlin        # of times without a zone
    cache: additional               # cache tokens come on top of input_tokens; included: they are part of them
    reasoning: included             # reasoning tokens are part of output_tokens; additional: on top of it
    models: {auto: gpt-5-mini}      # what the file calls a model, and the model that it is priced as
    units: {storage: GB}            # a feature in MB and GB is read in GB; apart: each unit is a feature; keep: as it stands
    totals: keep                    # rows called total are usage; else they are left out
    comments: keep                  # lines that begin with # are usage; else those that are comments are left out
    encoding: Windows-1251          # of text that is not UTF-8
    duplicates: last                # which row of an event id counts
    shapes: []                      # shapes of one's own (shape_documents), each with its `code`

Columns and rules that it does not name are recognised as without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ValidationError, ValidationInfo, field_validator

from commet_core.foundation.documents import Document, parse_document, problems_of, read_document, write_document, wrong
from commet_core.foundation.errors import InputError, Problem, nearest
from commet_core.foundation.money import plain
from commet_core.usage.ingest.recognise.column_mapping import OPERATIONS, REQUIRED, calculation_of, names_of
from commet_core.usage.ingest.recognise.columns import SPELLINGS, ColumnMapping, Source
from commet_core.usage.ingest.recognise.event_shapes import mapping_problems_of
from commet_core.usage.ingest.recognise.file_mapping import OF_CELLS, changed, understood
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.reading_rules import BESIDE_A_YEAR, DATE_PARTS, SECOND_COLUMNS, SECONDS_IN
from commet_core.usage.ingest.recognise.saved_rules import Rules, rules_document
from commet_core.usage.ingest.recognise.shape_documents import ShapeDocument
from commet_core.usage.ingest.recognise.shapes import ShapeCode, shape_names

_SOURCE_FIX: Final = (
    "Name a column, several as [a, b], [sum, a, b], [subtract, a, b], {constant: text}, {column: a, divide: 1000}, or null"
)
_HEADING: Final = "# How usage files are read: our column, then the file's name for it; null: not in the file\n"


def _text(raw: object) -> str | None:
    """A name or a constant as text; a number that stands without quotes too."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        return None
    return plain(raw) if isinstance(raw, Decimal) else str(raw)


def _source(raw: object) -> Source:
    """Where a column comes from, as it is written in the file."""
    if raw is None:
        return None
    found = _mapped_source(raw) if isinstance(raw, Mapping) else _named_source(raw)
    if found is None:
        raise wrong(f"{raw!r} is not where a column comes from", _SOURCE_FIX)
    return found


class _Listed(dict[str, list[str]]):
    """What `[sum, a, b]` says; a column may be called `sum`, too."""


def _named_source(raw: object) -> Source:
    """A name, several, or `[sum, a, b]`; None where it is something else."""
    names = _names(raw)
    if names and names[0] in OPERATIONS and len(names) > 2:
        return _Listed({names[0]: names[1:]})
    return names or _text(raw) or None


def _text_source(raw: object) -> Source:
    """Where a column of texts comes from: nothing can be added up there, so `[sum, a, b]` are three columns."""
    names = _names(raw)
    source = names or _source(raw)
    made = calculation_of("", source)
    if made is not None and (made.scales or made.operation in OPERATIONS):
        raise wrong(f"{raw!r} calculates, and this column holds texts", "Name its column; value and tokens can be calculated")
    return source


def _mapped_source(raw: Mapping[str, Any]) -> Source:
    """A constant; or names that are added up, subtracted, scaled or joined to a time. None where it is something else."""
    keys, constant = set(raw), _text(raw.get("constant"))
    if "constant" in keys:
        return {"constant": constant} if keys == {"constant"} and constant else None
    formats = {"format": _formats(raw["format"])} if "format" in keys else {}
    if keys in [{"date", second} | set(formats) for second in SECOND_COLUMNS]:
        parts = {key: _text(raw[key]) for key in keys - {"format"}}
        return {**parts, **formats} if all(parts.values()) else None
    if keys - {"format"} in ({"year", "month"}, set(DATE_PARTS)):
        parts = {key: _text(raw[key]) for key in DATE_PARTS if key in keys}
        return {**parts, **formats} if all(parts.values()) else None
    if keys in [{"year", part} for part in BESIDE_A_YEAR]:
        parts = {key: _text(raw[key]) for key in ("year", *BESIDE_A_YEAR) if key in keys}
        return {**parts, **formats} if all(parts.values()) else None
    if len(keys) == 1 and keys <= set(OPERATIONS):
        names = _names(raw[min(keys)])
        return {min(keys): names} if len(names) > 1 else None
    scales: dict[str, Any] = {word: _scale(raw[word]) for word in ("multiply", "divide") if word in keys}
    if "unit" in keys:
        scales["unit"] = _unit_of_time(raw["unit"])
    inner = _source(raw.get("column"))
    return {"column": inner, **scales, **formats} if inner and keys == {"column", *scales, *formats} and len(keys) > 1 else None


def _unit_of_time(raw: object) -> str:
    if raw not in SECONDS_IN:
        raise wrong(f"{raw!r} is not what lengths of time such as 01:23:45 are read in", f"Write {', '.join(SECONDS_IN)}")
    return str(raw)


def _scale(raw: object) -> Decimal:
    try:
        number = Decimal(str(raw))
    except ArithmeticError:
        number = Decimal(0)
    if isinstance(raw, bool) or not (number.is_finite() and Decimal("1e-12") <= number <= Decimal("1e12")):
        raise wrong(f"{raw!r} cannot scale a column", "Give a number above 0, such as 1000000000")
    return number


def _formats(raw: object) -> tuple[str, ...]:
    """Formats of times, each with a year, or a date on its own."""
    texts = [_text(text) or "" for text in raw] if isinstance(raw, list | tuple) else [_text(raw) or ""]
    for text in texts:
        parts = set(re.findall("%-?([a-zA-Z])", text))
        if not parts & set("YyG") or parts - set("aAbBdjmyYHIMSfpzZGVuUW"):
            raise wrong(f"{text!r} is not a format of times", 'Write it as strptime takes it, such as "%d/%m/%Y %H:%M"')
    return tuple(texts)


def _features(raw: object) -> dict[str, str] | None:
    """Feature → column; a list names columns that are called as their features."""
    if raw is None:
        return None
    pairs = raw if isinstance(raw, Mapping) else {name: name for name in _names(raw)}
    texts = {_text(feature): _text(column) for feature, column in pairs.items()}
    if texts and all(texts) and all(texts.values()):
        return {feature: column for feature, column in texts.items() if feature and column}
    fix = "Name the columns as [images, emails], or as {feature: column}"
    raise wrong(f"{raw!r} does not name columns for features", fix)


def _names(raw: object) -> list[str]:
    """A list of names; nothing where it is something else, or a name is there twice."""
    texts = [_text(name) for name in raw] if isinstance(raw, list | tuple) else []
    names = [text for text in texts if text]
    return names if len(set(names)) == len(texts) else []


Named = Annotated[Any, BeforeValidator(_source)]
NamedText = Annotated[Any, BeforeValidator(_text_source)]


class MappedColumns(Document):
    """Where each column of usage comes from; those that are not given are recognised."""

    customer_id: NamedText = None
    timestamp: NamedText = None
    feature: NamedText = None
    value: Named = None
    event_id: NamedText = None
    model: NamedText = None
    input_tokens: Named = None
    output_tokens: Named = None
    cache_read_tokens: Named = None
    cache_write_tokens: Named = None
    requests: Named = None

    def given(self) -> dict[str, Source]:
        """Those that are given, null too."""
        return {ours: getattr(self, ours) for ours in SPELLINGS if ours in self.model_fields_set}


class SavedMapping(Rules):
    """A mapping as its file holds it."""

    shapes: tuple[ShapeDocument, ...] = ()
    shape: ShapeCode | None = None
    columns: MappedColumns = MappedColumns()
    features: Annotated[dict[str, str] | None, BeforeValidator(_features)] = None

    @field_validator("shape")
    @classmethod
    def _is_known(cls, code: ShapeCode | None, info: ValidationInfo) -> ShapeCode | None:
        names = shape_names(info.data.get("shapes", ()))
        if code is None or code in names:
            return code
        raise wrong(f"there is no shape `{code}`", nearest(code, sorted(names)))

    def with_shapes(self, own: Sequence[ShapeDocument]) -> SavedMapping:
        """The same with shapes of one's own, which go before those that are known."""
        return self.model_copy(update={"shapes": (*own, *self.shapes)})

    def on(self, shape: FileShape) -> ColumnMapping:
        """The mapping of one file."""
        self._check_lists(shape)
        pairs = tuple((self.features or {}).items())
        cells, filters = [column for _, column in pairs], [column for column, _ in self.rules().where]
        named = {name for source in self.columns.given().values() for name in names_of(source)}
        taken = [*cells, *(column for column in filters if column not in (*cells, *named))]
        mapping, whole = self._columns_of(shape, cells, taken), self._columns_of(shape, cells, cells)
        missing = [ours for ours in REQUIRED if not mapping.has(ours)] if taken != cells else []
        mapping = mapping.changed({ours: whole.source(ours) for ours in missing})
        mapping = replace(mapping.changed(dict.fromkeys(OF_CELLS)), features=pairs) if pairs else mapping
        return replace(mapping, rules=self.rules().over(mapping.rules))

    def _check_lists(self, shape: FileShape) -> None:
        """Raises InputError where a list begins with `sum` and the file has a column of that name."""
        for ours, source in self.columns.given().items():
            if isinstance(source, _Listed) and (word := next(iter(source))) in shape.names:
                names = ", ".join(source[word])
                what = f"the mapping's `{ours}: [{word}, {names}]` may calculate, or name the column `{word}`, which is there"
                fix = f"Write {{{word}: [{names}]}} to calculate; else name `{word}` after another column"
                raise InputError.of(shape.file, what, fix)

    def _columns_of(self, shape: FileShape, cells: Sequence[str], taken: Sequence[str]) -> ColumnMapping:
        """The columns of a file, none of them read from a name that is taken. cells: those that are features."""
        given = {ours: _beneath(source, shape) for ours, source in self.columns.given().items()}
        mapping = changed(understood(shape, self), given, cells)
        return mapping.without([name for name in taken if name not in cells])

    def with_columns(self, changes: Mapping[str, Any]) -> SavedMapping:
        """The same with other columns, and other rules. Raises InputError for what usage does not have."""
        rules = {name: change for name, change in changes.items() if name in Rules.model_fields}
        columns = {**self.columns.given(), **{ours: change for ours, change in changes.items() if ours not in rules}}
        return _validated({**self.model_dump(exclude={"columns"}, exclude_unset=True), **rules, "columns": columns}, "mapping")


def _beneath(source: Any, shape: FileShape) -> Any:
    """A source whose names may begin with where the rows of a document lie: `data.start_time` of what is under `data`."""
    if isinstance(source, str) and source not in shape.names:
        starts = [".".join(shape.rows_at[:count]) + "." for count in range(len(shape.rows_at), 0, -1)]
        cut = (source.removeprefix(start) for start in starts if source.startswith(start))
        return next((name for name in cut if name in shape.names), source)
    if isinstance(source, Mapping):
        return type(source)(
            {key: _beneath(part, shape) if key not in ("constant", "format") else part for key, part in source.items()}
        )  # type: ignore[call-arg]
    return [_beneath(part, shape) for part in source] if isinstance(source, list | tuple) else source


def load_mapping(path: Path | str, shapes: Sequence[ShapeDocument] = ()) -> SavedMapping:
    """The mapping in a file. shapes: of one's own, which it may name. Raises InputError with everything that is wrong with it."""
    raw = read_document(Path(path))
    own = [shape.model_dump() for shape in shapes]
    return _validated({**raw, "shapes": [*own, *raw.get("shapes", ())]} if own else raw, Path(path).name)


def parse_mapping(text: str, name: str) -> SavedMapping:
    """The mapping in the text of a file; name: as errors give it. Raises InputError with everything that is wrong with it."""
    return _validated(parse_document(text, name), name)


def mapping_text(mapping: ColumnMapping, shape: ShapeCode | None = None) -> str:
    """The text of a file from which the same columns are read again, whatever else a file has."""
    sources = {ours: mapping.source(ours) for ours in SPELLINGS if not (mapping.features and ours in OF_CELLS)}
    columns = {ours: _written(source) for ours, source in sources.items()}
    same = all(feature == column for feature, column in mapping.features)
    features = {"features": [column for _, column in mapping.features] if same else dict(mapping.features)}
    named = {"shape": shape} if shape is not None else {}
    rules = rules_document(mapping.rules)
    return _HEADING + write_document({**named, "columns": columns, **(features if mapping.features else {}), **rules})


def _written(source: Any) -> Any:
    """A source as a file holds it."""
    if isinstance(source, Mapping):
        return {key: _written(part) for key, part in source.items()}
    if isinstance(source, Decimal):
        return int(source) if source == source.to_integral_value() else f"{source:f}"
    return list(source) if isinstance(source, tuple) else source


def _validated(raw: Mapping[str, Any], name: str) -> SavedMapping:
    try:
        saved = SavedMapping.model_validate(raw)
        problems = _contradictions(saved)
    except ValidationError as error:
        problems = problems_of(error, SavedMapping)
    if problems:
        raise InputError([Problem(f"{name}, {problem.where}", problem.what, problem.fix) for problem in problems])
    return saved


def _contradictions(saved: SavedMapping) -> list[Problem]:
    given = saved.columns.given()
    problems = [
        Problem(f"shapes.{place}.{problem.where}", problem.what, problem.fix)
        for place, own in enumerate(saved.shapes)
        for problem in mapping_problems_of(own)
    ]
    if isinstance(given.get("event_id"), Mapping):
        what = "one constant would make every row of a customer but the first a duplicate"
        problems.append(Problem("columns.event_id", what, "Name the column that holds the id, or null"))
    if saved.features and (both := [ours for ours in OF_CELLS if given.get(ours) is not None]):
        what = f"`features` says that each column is a feature, and `{both[0]}` is given too"
        problems.append(Problem("features", what, "Leave one of the two out"))
    if saved.features and saved.shape not in (None, "wide"):
        problems.append(Problem("features", f"the shape is {saved.shape}, and only a wide table has them", "Write shape: wide"))
    return problems
