"""What a mapping reads out of rows, as SQL: one name, several, a constant, or the cells of a wide table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from commet_core.foundation.money import INT64_MAX
from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.nested_terms import in_json, in_struct, json_or_null, pointer
from commet_core.usage.ingest.reading.number_terms import calculated, is_foreign, plain_number
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.time_terms import in_english, in_utc, in_year, of_parts, one_text
from commet_core.usage.ingest.reading.typed_terms import as_text, typed_term
from commet_core.usage.ingest.reading.unit_terms import apart, converted
from commet_core.usage.ingest.reading.usage_query import JSON_EXACT_BELOW, UNITS_MAX, Relation, Term
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.nested import NestedValue
from commet_core.usage.ingest.recognise.nothing_words import STAND_FOR_NOTHING
from commet_core.usage.ingest.recognise.reading_rules import BESIDE_A_YEAR, IN_PARTS, OF_PARTS, SECOND_COLUMNS, Calculation
from commet_core.usage.ingest.recognise.time_ranges import RANGE
from commet_core.usage.ingest.recognise.total_rows import LIKELY_WORDS, TOTAL_WORDS
from commet_core.usage.ingest.recognise.units import SMALL_B, told_by_case
from commet_core.usage.ingest.rejects.reasons import FILTERED, SUM_ROW, TOTAL_ROW
from commet_core.usage.tokens import TOKEN_COLUMNS

ID_SEPARATOR = "chr(31)"
"""Stands between the parts of an event id; no text that people write holds it."""

NUMBERS: Final = ("value", *TOKEN_COLUMNS, "requests")


def with_nested(rows: Rows, nested: Iterable[NestedValue]) -> Rows:
    """The same rows, with terms for these values inside structs and inside columns of JSON too."""
    terms, inexact = dict(rows.terms), dict(rows.inexact)
    for value in nested:
        outer = value.text_keys or 1
        column, keys = rows.terms[".".join(value.keys[:outer])], value.keys[outer:]
        if column.type.startswith("STRUCT"):
            terms[value.name] = typed_term(in_struct(column.sql, keys), value.type)
        else:
            text = as_text(column.sql, column.type)
            terms[value.name] = Term(in_json(text, keys))
            inexact[value.name] = inexact_json(in_json(text, keys), json_or_null(text), text_literal(pointer(keys)))
    return replace(rows, terms=terms, inexact=inexact)


def inexact_json(value: str, json: str, at: str) -> str:
    """Whether a number stands in the JSON text otherwise than it was read: it went through a double, as JSON software does.

    Only large numbers with decimals can be meant; of smaller ones a double tells every 6 decimals apart.
    """
    as_written = f"replace({value}, '.', '\\.') || '0*([^0-9.eE]|$)'"
    return f"""CASE WHEN contains({value}, '.') AND try_cast({value} AS DOUBLE) >= {JSON_EXACT_BELOW}
        THEN json_type({json}, {at}) = 'DOUBLE' AND NOT regexp_matches({json}, {as_written}) ELSE false END"""


def relation_of(rows: Rows, mapping: ColumnMapping) -> Relation:
    """The rows read through a mapping."""
    rows, time = in_utc(rows, time_term(rows, mapping), mapping.rules)
    value, numbers = column_term(rows, mapping, "value"), mapping.rules.numbers
    customer = _required(rows, mapping, "customer_id")
    feature = Term("NULL") if mapping.features else _required(rows, mapping, "feature")
    units = mapping.rules.units if mapping.rules.units is not None and mapping.rules.units.changes_rows else None
    foreign = _any(
        is_foreign(rows.terms[name], numbers)
        for name in mapping.names("value")
        if numbers and not mapping.calculation("value").seconds
    )
    uniques = [name for name, how in mapping.rules.count if how == "unique"]
    if uniques and value is not None and value.is_text and not mapping.features:
        value, foreign = _told_apart(feature, value, foreign, uniques)
    relation = Relation(
        rows.sql,
        dict(rows.parameters),
        customer=customer,
        time=time,
        feature=apart(rows, units, feature) if units is not None and units.read == "apart" else feature,
        value=converted(rows, units, feature, value) if units is not None and units.factors and value is not None else value,
        event=_event(rows, mapping),
        row_reason=rows.row_reason,
        row=rows.row,
        value_inexact=_any(rows.inexact[name] for name in mapping.names("value") if name in rows.inexact),
        value_foreign=foreign,
        file=rows.file,
        model=_model(rows, mapping) if mapping.has_tokens else None,
        tokens=tuple(column_term(rows, mapping, name) or Term("NULL") for name in TOKEN_COLUMNS) if mapping.has_tokens else (),
        requests=_requests(rows, mapping),
        cache_on_top=mapping.rules.cache == "additional",
        left_out=left_out(rows, mapping, customer, feature),
        least=-UNITS_MAX if mapping.rules.corrections else Decimal(0),
        levels=mapping.rules.levels,
    )
    return _cell_by_cell(rows, relation, mapping) if mapping.features else relation


def _told_apart(feature: Term, value: Term, foreign: str, uniques: Sequence[str]) -> tuple[Term, str]:
    """The value, of features whose different values are counted a number that stands for its text; and whether it is foreign."""
    named = f"trim({feature.text}) IN ({', '.join(text_literal(name) for name in uniques)})"
    number = f"CAST(hash(trim({value.text})) % {INT64_MAX} AS DECIMAL(38, 0)) * CAST(0.000001 AS DECIMAL(7, 6))"
    told = f"CASE WHEN {named} AND trim({value.text}) <> '' THEN CAST({number} AS VARCHAR) ELSE {value.text} END"
    return Term(told), f"NOT ({named}) AND ({foreign})"


def left_out(rows: Rows, mapping: ColumnMapping, customer: Term, feature: Term) -> str:
    """Why a row is not read, in SQL: 0, TOTAL_ROW, or FILTERED and the place of the filter; empty where all are read."""
    cases = []
    for place, (name, texts) in enumerate(mapping.rules.where):
        cases.append(f"WHEN NOT ({_says(rows.terms[name], texts)}) THEN {FILTERED + place}")
    if mapping.rules.totals == "leave_out":
        names = [is_total(term) for term in (customer, feature) if term.sql != "NULL"]
        if mapping.has_tokens and (model := column_term(rows, mapping, "model")) is not None:
            names.append(is_total(model, (*TOTAL_WORDS, *LIKELY_WORDS)))
        cases.append(f"WHEN {' OR '.join(names)} THEN {TOTAL_ROW}")
    if mapping.rules.total_columns:
        said = " OR ".join(is_total(rows.terms[name]) for name in mapping.rules.total_columns)
        cases.append(f"WHEN {said} THEN {TOTAL_ROW}")
    if mapping.rules.total_names:
        totals = ", ".join(text_literal(name) for name in mapping.rules.total_names)
        summed = " OR ".join(f"coalesce(trim({term.text}), '') IN ({totals})" for term in (customer, feature))
        cases.append(f"WHEN {summed} THEN {SUM_ROW}")
    return f"CASE {' '.join(cases)} ELSE 0 END" if cases else ""


def _says(term: Term, texts: Sequence[str]) -> str:
    """Whether a column says one of these texts, in whatever case; but `GB` is not `Gb`."""
    said, bare = f"coalesce(trim({term.text}), '')", [text.strip() for text in texts]
    cases = [f"lower({said}) IN ({', '.join(text_literal(text.lower()) for text in bare)})"]
    for unit in {text.lower() for text in bare if told_by_case(text)}:
        small = {re.fullmatch(SMALL_B, text) is not None for text in bare if text.lower() == unit}
        if len(small) == 1:
            cases.append(f"(lower({said}) <> '{unit}' OR regexp_full_match({said}, '{SMALL_B}') = {small.pop()})")
    return " AND ".join(cases)


def _requests(rows: Rows, mapping: ColumnMapping) -> Term | None:
    """Of how many requests a row's tokens are; 0 where rows are totals and do not say it."""
    if not mapping.has_tokens:
        return None
    return Term("'0'") if mapping.rules.token_totals else column_term(rows, mapping, "requests")


def is_total(term: Term, names: Sequence[str] = TOTAL_WORDS) -> str:
    words = ", ".join(text_literal(word) for word in names)
    return f"coalesce(lower(trim({term.text}, ' :*=')) IN ({words}), false)"


def _model(rows: Rows, mapping: ColumnMapping) -> Term | None:
    """The model, those under another name that a mapping says."""
    term = column_term(rows, mapping, "model")
    if term is None or not mapping.rules.models:
        return term
    named = f"trim({term.text})"
    cases = " ".join(f"WHEN {text_literal(name)} THEN {text_literal(model)}" for name, model in mapping.rules.models)
    return Term(f"CASE {named} {cases} ELSE {named} END")


def _required(rows: Rows, mapping: ColumnMapping, ours: str) -> Term:
    term = column_term(rows, mapping, ours)
    assert term is not None
    return term


def time_term(rows: Rows, mapping: ColumnMapping, end: int = 1) -> Term:
    """The time as it is written, of several columns as one text; its months in English. end: of a range the first day, or 2, the
    last.
    """
    operation = mapping.calculation("timestamp").operation
    if operation not in (*SECOND_COLUMNS.values(), *IN_PARTS):
        term = _required(rows, mapping, "timestamp")
        if mapping.rules.time_ranges and not term.is_time:
            term = Term(f"regexp_replace({term.text}, {text_literal(RANGE)}, '\\{end}')")
        return in_english(term) if mapping.rules.month_names and not term.is_time else term
    terms = [rows.terms[name] for name in mapping.names("timestamp")]
    if mapping.rules.month_names:
        terms = [term if term.is_time else in_english(term) for term in terms]
    if operation in BESIDE_A_YEAR.values():
        return in_year(terms[0], terms[1], operation)
    return of_parts(terms) if operation == OF_PARTS else one_text(terms[0], terms[1], operation)


def column_term(rows: Rows, mapping: ColumnMapping, ours: str) -> Term | None:
    """One of our columns: a constant, a column of the file, the first of several that is not empty in the row, or calculated."""
    constant = mapping.constant(ours)
    if constant is not None:
        return Term(text_literal(constant))
    terms = [rows.terms[name] for name in mapping.names(ours)]
    if ours in NUMBERS:
        terms = [plain_number(term, mapping.rules.numbers) for term in terms]
        made = mapping.calculation(ours)
        if made != Calculation(ours):
            return calculated(terms, made)
    return _first_filled(terms) if len(terms) > 1 else next(iter(terms), None)


def _first_filled(terms: Sequence[Term]) -> Term:
    types = {term.type for term in terms}
    if len(types) == 1 and not terms[0].is_text:
        return Term(f"coalesce({', '.join(term.sql for term in terms)})", terms[0].type)
    return Term(f"coalesce({', '.join(_filled(term) for term in terms)})")


def _filled(term: Term) -> str:
    return f"nullif(trim({term.text}), '')"


def _said(term: Term) -> str:
    """The text of an id; NULL where it is empty or stands for nothing."""
    words = ", ".join(text_literal(word) for word in STAND_FOR_NOTHING)
    return f"CASE WHEN lower(trim({term.text})) NOT IN ('', {words}) THEN trim({term.text}) END"


def _event(rows: Rows, mapping: ColumnMapping) -> Term | None:
    """The event id: one column, or several together; none where all of them are empty. Of one column `text_hashes` sees it."""
    terms = [rows.terms[name] for name in mapping.names("event_id")]
    if len(terms) < 2:
        return next(iter(terms), None)
    filled = [_said(term) for term in terms]
    together = f" || {ID_SEPARATOR} || ".join(f"coalesce({part}, '')" for part in filled)
    return Term(f"CASE WHEN coalesce({', '.join(filled)}) IS NOT NULL THEN {together} END")


def _cell_by_cell(rows: Rows, relation: Relation, mapping: ColumnMapping) -> Relation:
    """Each row of a wide table as one row for each of its features; a row's event id with each feature is an id."""
    features, numbers = mapping.features, mapping.rules.numbers
    written = [rows.terms[name] for _, name in features]
    cells = [plain_number(term, numbers) for term in written]
    foreign = ", ".join(is_foreign(term, numbers) for term in written)
    kind = cells[0].type if len({cell.type for cell in cells}) == 1 else "VARCHAR"
    values = ", ".join(cell.sql if kind != "VARCHAR" else cell.text for cell in cells)
    codes = ", ".join(text_literal(feature) for feature, _ in features)
    inexact = ", ".join(rows.inexact.get(name, "false") for _, name in features)
    event = _said(relation.event) if relation.event else "NULL"
    unnested = f"""(SELECT {relation.customer.sql} AS customer_term, {relation.time.sql} AS time_term, {event} AS event_term,
        {relation.row_reason} AS row_reason_term, {relation.row} AS row_term, unnest(range({len(cells)})) AS cell,
        unnest([{codes}]) AS cell_feature, unnest([{values}]) AS cell_value, unnest([{inexact}]) AS cell_inexact,
        unnest([{foreign}]) AS cell_foreign, {relation.left_out or "0"} AS left_out_term
        FROM {relation.sql})"""  # noqa: S608  (terms are quoted names and literals)
    return Relation(
        unnested,
        relation.parameters,
        customer=Term("customer_term", relation.customer.type),
        time=Term("time_term", relation.time.type),
        feature=Term("cell_feature"),
        value=Term("cell_value", kind),
        event=Term(f"event_term || {ID_SEPARATOR} || cell_feature") if relation.event else None,
        row_reason="row_reason_term",
        row="row_term",
        value_inexact="cell_inexact",
        value_foreign="cell_foreign",
        cell="cell",
        left_out="left_out_term" if relation.left_out else "",
        least=relation.least,
        levels=relation.levels,
    )


def _any(conditions: Iterable[str]) -> str:
    return " OR ".join(f"({condition})" for condition in conditions) or "false"
