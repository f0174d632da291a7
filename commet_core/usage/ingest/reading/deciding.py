"""How a file is written, decided once for the whole of it: from its beginning in the usual case, else from all its values.

What is plain (2026-01-31T13:45:00Z, 1234.5) needs no rule. A file that is not, at its beginning or as its reading shows, is
looked at as a whole; what cannot be told then is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, get_args

import duckdb

from commet_core.foundation.derived import cached_property
from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.reading.deciding_units import UnitsDecision, units_found
from commet_core.usage.ingest.reading.deciding_zone import zone_question, zone_said, zones_in_sample
from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.evidence import (
    NumbersFound,
    cache_found,
    changes_of_clock,
    count_of,
    formats_reading,
    numbers_found,
    reasoning_found,
    texts_of,
    times_found,
)
from commet_core.usage.ingest.reading.later_columns import columns_found, later_columns, with_later_columns
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.row_terms import NUMBERS, column_term, is_total, time_term
from commet_core.usage.ingest.reading.time_terms import clocks_of_rows, in_utc
from commet_core.usage.ingest.reading.usage_query import Term
from commet_core.usage.ingest.recognise.cache_convention import CACHE_COLUMNS, TOTALS_OF_TOKENS, by_names, by_rows, is_our_own
from commet_core.usage.ingest.recognise.column_mapping import AI_COLUMNS, ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters, quoted
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.month_names import FOREIGN, has_foreign_months
from commet_core.usage.ingest.recognise.nested import WrittenNumber
from commet_core.usage.ingest.recognise.number_forms import decide_numbers, readings_of
from commet_core.usage.ingest.recognise.questions import Choice, Question, Undecided
from commet_core.usage.ingest.recognise.reading_rules import (
    BESIDE_A_YEAR,
    COMMA,
    POINT,
    SECOND_COLUMNS,
    Cache,
    Numbers,
    ReadingRules,
    Totals,
    Units,
)
from commet_core.usage.ingest.recognise.reasoning_convention import by_name, reasoning_column
from commet_core.usage.ingest.recognise.sample import NUMBER
from commet_core.usage.ingest.recognise.shapes import shape_through
from commet_core.usage.ingest.recognise.table_shapes import step_of
from commet_core.usage.ingest.recognise.time_forms import (
    AREA_BEHIND,
    EXCEL_DAYS,
    EXCEL_EPOCH,
    Order,
    TimesSeen,
    candidates,
    is_epoch,
    looking_like,
    orders_of,
)
from commet_core.usage.ingest.recognise.time_ranges import RANGE, are_ranges
from commet_core.usage.ingest.recognise.time_zones import UTC, zone_named
from commet_core.usage.ingest.recognise.total_rows import columns_of_totals, is_total_model, is_total_name
from commet_core.usage.ingest.recognise.units import unit_column
from commet_core.usage.tokens import TOKEN_COLUMNS

PLAIN_TIME: Final = late_pattern(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|UTC|GMT|[+-]\d\d(:?[0-5]\d)?))?)?|(?!(19|20|21)\d{10}$|(19|20|21)\d{12}$)\d{9,19}(\.\d*)?|\d\.\d+E\d\d?",
    re.IGNORECASE,
)
"""What is read without a rule."""
_IN_THOUSANDS: Final = late_pattern(r"[1-9]\d{0,2}\.\d{3}")

_NUMBER_CHOICES: Final = (
    Choice("a decimal point", {"numbers": {"decimal": POINT, "thousands": COMMA}}),
    Choice("a decimal comma", {"numbers": {"decimal": COMMA, "thousands": POINT}}),
)

RowsOf = Callable[[ColumnMapping, Sequence[str]], Rows]
"""The rows of a file, with terms for what a mapping reads and for further names."""


@dataclass
class Decision:
    """The rules of a file, and what is said of them. thorough: all values are looked at, whatever the beginning is like.

    clock_changes: rows whose times are not on the clocks of their zone, and those that are there twice. areas_in_cells: zones
    such as Europe/Berlin stand behind times.
    """

    connection: duckdb.DuckDBPyConnection
    shape: FileShape
    mapping: ColumnMapping
    rows_of: RowsOf
    thorough: bool = False
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    clock_changes: tuple[int, int] = (0, 0)
    areas_in_cells: bool = False

    def made(self) -> ColumnMapping:
        """The mapping with the rules that the file needs. Raises Undecided where it has to be asked."""
        given = self.mapping.rules
        if self.shape.rows_at:
            self.notes.append(f"its rows are those under `{'.'.join(self.shape.rows_at)}`")
        if self.shape.rows_beside:
            verb = "holds" if len(self.shape.rows_beside) == 1 else "hold"
            self.notes.append(f"{quoted(self.shape.rows_beside)} {verb} rows too, which are not read")
        if self.mapping.calculation("timestamp").operation in BESIDE_A_YEAR.values():
            self.notes.append("rows are on the first day of their week (ISO 8601) or quarter of the calendar year")
        if self.mapping.calculation("timestamp").operation == SECOND_COLUMNS["hour"]:
            hours = self.mapping.names("timestamp")[1]
            if any(value.startswith("24") for value in self.shape.sample.values(hours)):
                self.notes.append(f"hour 24 in `{hours}` is the end of its day, which is hour 0 of the next")
        self._total_columns()
        self._month_names()
        self._time_ranges()
        self._reasoning()
        rules = replace(
            self.mapping.rules,
            totals=self._totals(),
            numbers=given.numbers or self._numbers(),
            cache=given.cache or self._cache(),
        )
        rules = replace(rules, token_totals=given.token_totals or are_totals_of_tokens(self.shape, self.mapping))
        if not (given.time_formats or given.excel_days):
            rules = self._times(rules)
        rules = replace(rules, units=self._units(rules), time_zone=rules.time_zone or self._zone())
        decided = replace(self.mapping, rules=rules)
        if rules.time_zone is not None or self.areas_in_cells:
            self._changes_of_clock(decided)
        if self.questions:
            raise Undecided(self.questions)
        return decided

    @property
    def _read_as(self) -> ColumnMapping:
        """The mapping with the columns that only a later row may have."""
        return with_later_columns(self.shape, self.mapping)

    @cached_property
    def _found_later(self) -> list[str]:
        """Those of them that a row has."""
        return columns_found(self.connection, self.rows_of(self._read_as, ()), later_columns(self.shape, self.mapping))

    def _with_found(self, *wanted: str) -> ColumnMapping:
        """The mapping, where it lacks one of these columns with those that a later row has."""
        if all(self.mapping.has(ours) for ours in wanted):
            return self.mapping
        return self.mapping.changed({ours: ours for ours in self._found_later if not self.mapping.has(ours)})

    # Numbers

    def _numbers(self) -> Numbers | None:
        names = [name for name in _number_names(self.mapping) if self._is_text(name)]
        values = [value for name in names for value in self.shape.sample.values(name) if not isinstance(value, WrittenNumber)]
        plain = [NUMBER.fullmatch(value) is not None for value in values]
        doubtful = any(_IN_THOUSANDS.fullmatch(value) for value in values) and not any(map(_has_decimals, values))
        if not names or not values or (all(plain) and not doubtful and not self.thorough):
            return None
        mapping = self._with_found("value", *AI_COLUMNS)
        names = [name for name in _number_names(mapping) if self._is_text(name)]
        rows = self.rows_of(mapping, ())
        found = numbers_found(self.connection, rows, [rows.terms[name] for name in names])
        return self._decided_numbers(found, _first_names(names))

    def _decided_numbers(self, found: NumbersFound, where: str) -> Numbers | None:
        seen = found.seen
        if not set(seen) - {"other"}:
            return None
        percent = found.percent_count == found.count
        numbers = decide_numbers(seen, percent)
        if numbers is None:
            self._ask_numbers(found, where)
            return None
        proof = seen.get("comma" if numbers.decimal == COMMA else "point")
        if proof is not None and (numbers.decimal == COMMA or COMMA in proof.example or "comma or thousands" in seen):
            mark = "comma" if numbers.decimal == COMMA else "point"
            self.notes.append(f"numbers have a decimal {mark}, as {proof.example!r} in {where} shows")
        if found.currencies:
            which = "the currency" if len(found.currencies) == 1 else "the currencies"
            verb = "was" if len(found.currencies) == 1 else "were"
            self.notes.append(f"{which} {' and '.join(found.currencies)} {verb} left out of numbers in {where}")
        if percent:
            self.notes.append(f"percentages in {where} are read as hundredths: 12% is 0.12")
        return numbers

    def _ask_numbers(self, found: NumbersFound, where: str) -> None:
        seen = found.seen
        if "point" in seen and "comma" in seen:
            what = (
                f"numbers in {where} contradict each other: {seen['point'].example!r} has a decimal point and"
                f" {seen['comma'].example!r} a decimal comma"
            )
        else:
            example = (seen.get("point or thousands") or seen["comma or thousands"]).example
            what = _number_doubt(example, where)
        self.questions.append(Question(self.shape.file, "numbers", what, _NUMBER_CHOICES))

    # Times

    def _times(self, rules: ReadingRules) -> ReadingRules:
        rows = self.rows_of(self.mapping, ())
        time = time_term(rows, self.mapping)
        if time.is_time or not self._times_are_odd():
            return rules
        found = times_found(self.connection, rows, time)
        if self.mapping.rules.time_ranges:
            found += times_found(self.connection, rows, time_term(rows, self.mapping, 2))
        odd = [(times, texts) for times, texts in found if not all(PLAIN_TIME.fullmatch(text) for text in texts)]
        self.areas_in_cells = any(AREA_BEHIND.search(text) for _, texts in odd for text in texts)
        if any(_is_excel_day(text) for _, texts in odd for text in texts):
            rules = replace(rules, excel_days=True)
            example = next(text for _, texts in odd for text in texts if _is_excel_day(text))
            self.notes.append(f"times are Excel's day numbers, counted from 1900: {example} is {_excel_date(example)}")
        orders = self._orders([times for times, _ in odd if times.has_day_and_month])
        formats: dict[str, None] = {}
        for _, texts in odd:
            formats.update(dict.fromkeys(formats_reading(self.connection, texts, looking_like(orders, texts))))
        usual = [form for form in candidates(orders) if form in formats]
        return replace(rules, time_formats=tuple(usual))

    def _month_names(self) -> None:
        """Whether months are not called as in English: as a file's beginning says, else all of its times."""
        names, rules = self.mapping.names("timestamp"), self.mapping.rules
        if rules.month_names or not names:
            return
        foreign = has_foreign_months(value for name in names for value in self.shape.sample.values(name))
        if not foreign and self.thorough:
            rows = self.rows_of(self.mapping, ())
            texts = [rows.terms[name] for name in names if rows.terms[name].is_text]
            condition = " OR ".join(f"regexp_matches({term.text}, {text_literal(FOREIGN.pattern)})" for term in texts)
            foreign = bool(texts) and count_of(self.connection, rows, condition) > 0
        if foreign:
            self.mapping = replace(self.mapping, rules=replace(rules, month_names=True))

    def _time_ranges(self) -> None:
        """Whether times are ranges in one cell: as a file's beginning says, else all of its times."""
        names, rules = self.mapping.names("timestamp"), self.mapping.rules
        if len(names) != 1 or not self._is_text(names[0]):
            return
        found = are_ranges(self.shape.sample.values(names[0]))
        if not found and self.thorough:
            rows = self.rows_of(self.mapping, ())
            condition = f"regexp_matches({rows.terms[names[0]].text}, {text_literal(RANGE)})"
            found = count_of(self.connection, rows, condition) > 0
        if found:
            self.mapping = replace(self.mapping, rules=replace(rules, time_ranges=True))
            self.notes.append(f"times in `{names[0]}` are ranges: a row is the total of one, and stands on its first day")

    def _times_are_odd(self) -> bool:
        names = self.mapping.names("timestamp")
        if self.thorough or len(names) > 1:
            return True
        return any(not PLAIN_TIME.fullmatch(value) for name in names for value in self.shape.sample.values(name))

    def _orders(self, dated: Sequence[TimesSeen]) -> dict[str, Order]:
        """Of each separator whether day or month comes first; asked where nothing proves it."""
        found: dict[str, Order] = {}
        for separator in dict.fromkeys(times.separator for times in dated):
            seen = [times for times in dated if times.separator == separator]
            orders = orders_of(seen)
            if all(times.may_begin_with_the_year for times in seen):
                self._ask_year(seen[0].example, orders, separator)
            elif len(orders) == 1:
                found[separator] = orders[0]
                words = {"day first": "day, month, year", "month first": "month, day, year"}[orders[0]]
                self.notes.append(f"dates such as {seen[0].example!r} are read as {words}: no other order explains all of them")
            else:
                self._ask_order(seen[0].example, separator, contradict=not orders)
        return found

    def _ask_order(self, example: str, separator: str, *, contradict: bool) -> None:
        column = self.mapping.names("timestamp")[0]
        what = (
            f"dates in `{column}` contradict each other: in some the day comes first, in others the month, such as {example!r}"
            if contradict
            else f"{example!r} in `{column}` may be day and month or month and day, and no date of the file proves which"
        )
        choices = []
        for order, words in zip(get_args(Order), ("the day first", "the month first"), strict=True):
            formats = formats_reading(self.connection, [example], looking_like({separator: order}, [example]))
            said = {"columns": {"timestamp": {"column": column, "format": formats[0]}}} if formats else {}
            choices += [Choice(words, said)] if formats else []
        self.questions.append(Question(self.shape.file, "timestamp", what, tuple(choices)))

    def _ask_year(self, example: str, orders: Sequence[Order], separator: str) -> None:
        column = self.mapping.names("timestamp")[0]
        year_first = separator.join(("%y", "%m", "%d"))
        clocks = [year_first + form[len("%d-%m-%y") :] for form in looking_like({separator: "day first"}, [example])]
        forms = {"the year first": next(iter(clocks), year_first)}
        for order in orders or get_args(Order):
            reading = formats_reading(self.connection, [example], looking_like({separator: order}, [example]))
            forms.update({f"{order.replace(' first', '')} first, the year last": reading[0]} if reading else {})
        choices = [
            Choice(words, {"columns": {"timestamp": {"column": column, "format": form}}}) for words, form in forms.items()
        ]
        what = f"{example!r} in `{column}` may begin or end with the year, and no date of the file proves which"
        self.questions.append(Question(self.shape.file, "timestamp", what, tuple(choices)))

    def _zone(self) -> str | None:
        """The zone of times without one, where a column or their name says it; asked where that is several or may be."""
        said = zone_said(self.shape, self.mapping)
        if said is None:
            return None
        rows = self.rows_of(self.mapping, [said.column] if said.column else [])
        time, column = time_term(rows, self.mapping), rows.terms[said.column] if said.column else None
        texts = texts_of(self.connection, rows, said.of_times_without(time, column))
        zones = {zone_named(text) for text in texts}
        if zones <= {UTC}:
            return None
        zone = zones.pop()
        if zones or zone is None:
            self.questions.append(zone_question(self.shape.file, said.name, texts))
            return None
        self.notes.append(f"`{said.name}` says in which zone its times are")
        return zone

    def _changes_of_clock(self, decided: ColumnMapping) -> None:
        rows = self.rows_of(self.mapping, ())
        time = time_term(rows, self.mapping)
        if not time.is_text:
            return
        zone = decided.rules.time_zone
        clocks = clocks_of_rows(zone, in_cells=self.areas_in_cells)
        self.clock_changes = changes_of_clock(self.connection, in_utc(rows, time, decided.rules)[0], *clocks)
        if zone is not None:
            self.notes.append(f"times without a zone are those of {zone}")
        elif any(self.clock_changes):
            self.notes.append("times are those of the zones behind them")

    # Units

    def _units(self, rules: ReadingRules) -> Units | None:
        column = unit_column(self.shape.sample, self._read_as)
        if column is None or not (mapping := self._with_found("value")).has("value"):
            return rules.units
        rows = self.rows_of(mapping, [column])
        found = units_found(self.connection, rows, replace(mapping, rules=rules), column)
        given, has_tokens = self.mapping.rules.units, mapping.has_tokens
        is_said = mapping.calculation("value").scales or self.shape.recognised.document is not None
        value = "" if is_said else mapping.names("value")[0]
        decision = UnitsDecision(self.shape.file, column, given, found, rules.where, has_tokens, value)
        units = decision.made()
        if rules.units_in_cells:
            names = quoted(list(dict.fromkeys(unit for of_one in found.values() for unit in of_one if unit))[:3])
            self.notes.append(f"units such as {names} stand in the cells of {quoted(self.mapping.names('value'))}")
        self.notes += decision.notes
        self.questions += decision.questions
        return units

    # Totals and the cache

    def _total_columns(self) -> None:
        """Reads the further columns in which rows say that they are totals."""
        rules = self.mapping.rules
        if rules.totals is not None or rules.total_columns:
            return
        names = columns_of_totals(self.shape.sample, self.mapping.all_names())
        if names:
            self.mapping = replace(self.mapping, rules=replace(rules, total_columns=names))
            self.notes.append(f"rows whose {quoted(names, 'or')} is `Total` are left out; `totals: keep` reads them as usage")

    def _totals(self) -> Totals | None:
        given = self.mapping.rules.totals
        names = [*self.mapping.names("customer_id"), *self.mapping.names("feature")]
        if given is not None or not names:
            return given
        if any(is_total_name(value) for name in names for value in self.shape.sample.values(name)):
            return "leave_out"
        models = self.mapping.names("model") if self._read_as.has_tokens else ()
        if any(is_total_model(value) for name in models for value in self.shape.sample.values(name)):
            return "leave_out"
        if not self.thorough:
            return None
        rows = self.rows_of(self.mapping, ())
        condition = " OR ".join(is_total(rows.terms[name]) for name in names)
        return "leave_out" if count_of(self.connection, rows, condition) else None

    def _cache(self) -> Cache | None:
        mapping = self._read_as
        if not mapping.has_tokens or not any(mapping.has(ours) for ours in CACHE_COLUMNS):
            return None
        named = by_names(mapping)
        if named is not None or is_our_own(mapping):
            return named
        total = next((name for name in self.shape.names if letters(name) in TOTALS_OF_TOKENS), None)
        rows = self.rows_of(mapping, [total] if total else [])
        terms = [column_term(rows, mapping, ours) or Term("NULL") for ours in TOKEN_COLUMNS]
        cached, more, included, additional = cache_found(self.connection, rows, terms, rows.terms[total] if total else None)
        decided = by_rows(more, included, additional)
        if decided is not None:
            words = {"included": "part of", "additional": "on top of"}[decided]
            self.notes.append(f"tokens of the cache are {words} the input, as the file's own rows show")
        elif cached:
            self._ask_cache(cached)
        return decided

    def _ask_cache(self, cached: int) -> None:
        self.questions.append(
            _cache_question(
                self.shape, self._with_found(*CACHE_COLUMNS), f", {cached:,} rows", "neither names nor rows prove which"
            )
        )

    def _reasoning(self) -> None:
        """Reads tokens of reasoning that come on top of the output; those of a shape that is known are known."""
        name = reasoning_column(self.shape.names, self._read_as)
        if name is None or self.shape.recognised.document is not None:
            return
        mapping = self._with_found("model", "input_tokens", "output_tokens")
        if not mapping.has_tokens:
            return
        how = self.mapping.rules.reasoning
        if how is None:
            total = next((each for each in self.shape.names if letters(each) in TOTALS_OF_TOKENS), None)
            rows = self.rows_of(self._read_as, [name, *([total] if total else [])])
            terms = [column_term(rows, self._read_as, ours) or Term("NULL") for ours in TOKEN_COLUMNS]
            total_term = rows.terms[total] if total else None
            count, more, included, additional = reasoning_found(self.connection, rows, terms, rows.terms[name], total_term)
            if not count:
                return
            how = by_rows(more, included, additional) or (None if more or (included and additional) else by_name(name))
        output = mapping.label("output_tokens")
        if how is None:
            self.questions.append(_reasoning_question(self.shape.file, name, output))
        elif how == "included":
            self.notes.append(f"tokens in `{name}` are taken as part of `{output}`; `reasoning: additional` puts them on top")
        else:
            self.mapping = with_reasoning(mapping, name)
            self.notes.append(f"tokens in `{name}` come on top of `{output}`")

    def _is_text(self, name: str) -> bool:
        types = dict(zip(self.shape.columns, self.shape.types, strict=True)) | {
            value.name: value.type for value in self.shape.nested
        }
        return Term("", types.get(name, "VARCHAR")).is_text


def are_totals_of_tokens(shape: FileShape, mapping: ColumnMapping) -> bool:
    """Whether rows with tokens are totals of many requests, and nothing says how many: of a shape whose rows are totals, or all
    at whole days or hours.
    """
    if not with_later_columns(shape, mapping).has_tokens or mapping.requests is not None or not mapping.timestamp:
        return False
    if _has_rows_of_totals(shape, mapping):
        return True
    if mapping.event_id is not None:
        return False
    times = [value for name in mapping.names("timestamp") for value in shape.sample.values(name)]
    on_days = bool(times) and not any(":" in time or is_epoch(time) for time in times)
    step = step_of(shape.sample, mapping.timestamp)
    return on_days or step == "day" or (step == "hour" and len(times) > 2)


def _has_rows_of_totals(shape: FileShape, mapping: ColumnMapping) -> bool:
    """Whether the shape that a file is told to have says so."""
    return shape_through(shape.recognised, mapping, shape.sample).rows == "aggregate"


def decided_unseen(shape: FileShape, mapping: ColumnMapping) -> ColumnMapping:
    """The mapping of rows that are read once, as they come: what names and types alone decide. Raises Undecided.

    Rows called total are left out, as of a file where there are any.
    """
    rules = mapping.rules
    if rules.totals is None:
        columns = rules.total_columns or columns_of_totals(shape.sample, mapping.all_names())
        rules = replace(rules, totals="leave_out", total_columns=columns)
    if rules.time_zone is None and (said := zones_in_sample(shape, mapping)) is not None:
        raise Undecided([zone_question(shape.file, *said)])
    mapping = replace(mapping, rules=rules)
    if not mapping.has_tokens:
        return mapping
    kinds = dict(zip(shape.columns, shape.types, strict=True))
    are_totals = kinds.get(mapping.timestamp or "") == "DATE" or _has_rows_of_totals(shape, mapping)
    name = reasoning_column(shape.names, mapping) if shape.recognised.document is None else None
    if name is not None and (how := rules.reasoning or by_name(name)) != "included":
        if how is None:
            raise Undecided([_reasoning_question(shape.file, name, mapping.label("output_tokens"))])
        mapping = with_reasoning(mapping, name)
    rules = replace(
        rules,
        cache=rules.cache or by_names(mapping),
        token_totals=rules.token_totals or (are_totals and mapping.requests is None),
    )
    if any(mapping.has(ours) for ours in CACHE_COLUMNS) and rules.cache is None and not is_our_own(mapping):
        raise Undecided([_cache_question(shape, mapping, "", "names do not say which")])
    return replace(mapping, rules=rules)


def number_question(file: str, mapping: ColumnMapping, example: str) -> Question:
    """Whether a number such as 1.234 has a point before decimals or between thousands."""
    return Question(file, "numbers", _number_doubt(example, _first_names(_number_names(mapping))), _NUMBER_CHOICES)


def _number_doubt(example: str, where: str) -> str:
    point, comma = readings_of(example)
    return f"{example!r} in {where} may be {point} or {comma}, and no number of the file proves which"


def _first_names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3])


def _cache_question(shape: FileShape, mapping: ColumnMapping, rows: str, why: str) -> Question:
    """rows: how many have such tokens, in words; why: it cannot be told."""
    read = [name for ours in CACHE_COLUMNS for name in mapping.names(ours)]
    whole = mapping.label("input_tokens")
    what = f"tokens of the cache (`{'`, `'.join(read)}`{rows}) may be part of `{whole}` or come on top of it, and {why}"
    choices = (
        Choice("part of it, as OpenAI and Google count", {"cache": "included"}),
        Choice("on top of it, as Anthropic counts", {"cache": "additional"}),
    )
    return Question(shape.file, "cache", what, choices)


def with_reasoning(mapping: ColumnMapping, name: str) -> ColumnMapping:
    """The mapping with tokens of reasoning added to the output."""
    return mapping.changed({"output_tokens": {"sum": [*mapping.names("output_tokens"), name]}})


def _reasoning_question(file: str, name: str, output: str) -> Question:
    what = f"tokens in `{name}` may be part of `{output}` or come on top of it, and neither names nor rows prove which"
    choices = (
        Choice("part of it, as OpenAI and Anthropic count", {"reasoning": "included"}),
        Choice("on top of it, as Google counts", {"reasoning": "additional"}),
    )
    return Question(file, "reasoning", what, choices)


def _number_names(mapping: ColumnMapping) -> list[str]:
    """The columns that hold numbers; features of a wide table too."""
    read = [name for ours in NUMBERS for name in mapping.names(ours) if ours == "value" or mapping.has_tokens]
    return list(dict.fromkeys([*read, *(name for _, name in mapping.features)]))


def _has_decimals(value: str) -> bool:
    """Whether a plain number proves that a point stands before decimals."""
    return NUMBER.fullmatch(value) is not None and POINT in value and _IN_THOUSANDS.fullmatch(value) is None


def _is_excel_day(text: str) -> bool:
    return re.fullmatch(r"\d{5}(\.\d+)?", text) is not None and EXCEL_DAYS[0] <= float(text) < EXCEL_DAYS[1]


def _excel_date(text: str) -> str:
    return (date.fromisoformat(EXCEL_EPOCH) + timedelta(days=int(text.partition(".")[0]))).isoformat()
