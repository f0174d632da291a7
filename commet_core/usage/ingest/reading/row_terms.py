"""What a mapping reads out of rows, as SQL: one name, several, a constant, or the cells of a wide table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from commet_core.usage.ingest.reading.nested_terms import as_json, in_json, in_struct, json_or_null, pointer, text_literal
from commet_core.usage.ingest.reading.usage_query import JSON_EXACT_BELOW, Relation, Term
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.nested import NestedValue
from commet_core.usage.tokens import TOKEN_COLUMNS

ID_SEPARATOR = "chr(31)"
"""Stands between the parts of an event id; no text that people write holds it."""


@dataclass(frozen=True)
class Rows:
    """Rows as a relation in SQL, with a term for each name that a mapping may use.

    inexact          of some names: whether the value in a row was not read exactly
    row_reason, row, file  as in `Relation`
    """

    sql: str
    parameters: Mapping[str, object]
    terms: Mapping[str, Term]
    inexact: Mapping[str, str] = field(default_factory=dict)
    row_reason: str = "0"
    row: str = "NULL"
    file: str | None = None


def with_nested(rows: Rows, nested: Iterable[NestedValue]) -> Rows:
    """The same rows, with terms for these values inside structs and inside columns of JSON too."""
    terms, inexact = dict(rows.terms), dict(rows.inexact)
    for value in nested:
        column, keys = rows.terms[value.keys[0]], value.keys[1:]
        if column.type.startswith("STRUCT"):
            terms[value.name] = Term(in_struct(column.sql, keys), value.type)
        else:
            text = as_json(column.sql, column.type)
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
    value, event = _term(rows, mapping, "value"), _event(rows, mapping)
    relation = Relation(
        rows.sql,
        dict(rows.parameters),
        customer=_required(rows, mapping, "customer_id"),
        time=_required(rows, mapping, "timestamp"),
        feature=Term("NULL") if mapping.features else _required(rows, mapping, "feature"),
        value=value,
        event=event,
        row_reason=rows.row_reason,
        row=rows.row,
        value_inexact=_any(rows.inexact[name] for name in mapping.names("value") if name in rows.inexact),
        file=rows.file,
        model=_term(rows, mapping, "model") if mapping.has_tokens else None,
        tokens=tuple(_term(rows, mapping, name) or Term("NULL") for name in TOKEN_COLUMNS) if mapping.has_tokens else (),
    )
    return _cell_by_cell(rows, relation, mapping.features) if mapping.features else relation


def _required(rows: Rows, mapping: ColumnMapping, ours: str) -> Term:
    term = _term(rows, mapping, ours)
    assert term is not None
    return term


def _term(rows: Rows, mapping: ColumnMapping, ours: str) -> Term | None:
    """One of our columns: a constant, a column of the file, or the first of several that is not empty in the row."""
    constant = mapping.constant(ours)
    if constant is not None:
        return Term(text_literal(constant))
    terms = [rows.terms[name] for name in mapping.names(ours)]
    return _first_filled(terms) if len(terms) > 1 else next(iter(terms), None)


def _first_filled(terms: Sequence[Term]) -> Term:
    types = {term.type for term in terms}
    if len(types) == 1 and not terms[0].is_text:
        return Term(f"coalesce({', '.join(term.sql for term in terms)})", terms[0].type)
    return Term(f"coalesce({', '.join(_filled(term) for term in terms)})")


def _filled(term: Term) -> str:
    return f"nullif(trim({term.text}), '')"


def _event(rows: Rows, mapping: ColumnMapping) -> Term | None:
    """The event id: one column, or several together; none where all of them are empty."""
    terms = [rows.terms[name] for name in mapping.names("event_id")]
    if len(terms) < 2:
        return next(iter(terms), None)
    filled = [_filled(term) for term in terms]
    together = f" || {ID_SEPARATOR} || ".join(f"coalesce({part}, '')" for part in filled)
    return Term(f"CASE WHEN coalesce({', '.join(filled)}) IS NOT NULL THEN {together} END")


def _cell_by_cell(rows: Rows, relation: Relation, features: Sequence[tuple[str, str]]) -> Relation:
    """Each row of a wide table as one row for each of its features; a row's event id with each feature is an id."""
    cells = [rows.terms[name] for _, name in features]
    kind = cells[0].type if len({cell.type for cell in cells}) == 1 else "VARCHAR"
    values = ", ".join(cell.sql if kind != "VARCHAR" else cell.text for cell in cells)
    codes = ", ".join(text_literal(feature) for feature, _ in features)
    inexact = ", ".join(rows.inexact.get(name, "false") for _, name in features)
    event = _filled(relation.event) if relation.event else "NULL"
    unnested = f"""(SELECT {relation.customer.sql} AS customer_term, {relation.time.sql} AS time_term, {event} AS event_term,
        {relation.row_reason} AS row_reason_term, {relation.row} AS row_term, unnest(range({len(cells)})) AS cell,
        unnest([{codes}]) AS cell_feature, unnest([{values}]) AS cell_value, unnest([{inexact}]) AS cell_inexact
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
        cell="cell",
    )


def _any(conditions: Iterable[str]) -> str:
    return " OR ".join(f"({condition})" for condition in conditions) or "false"
