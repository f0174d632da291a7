"""Values in several units, in SQL: converted exactly, or each unit as a feature of its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.number_terms import calculated
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.usage_query import SPACES, Term
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.reading_rules import Calculation, Units
from commet_core.usage.ingest.recognise.units import IN_CELL, SMALL_B, cell_unit_name


def with_units_apart(rows: Rows, mapping: ColumnMapping) -> Rows:
    """Rows in which the units that stand in the cells of the value are a column of their own."""
    if not mapping.rules.units_in_cells:
        return rows
    (name,) = mapping.names("value")
    text, pattern = f"trim({rows.terms[name].text}, {SPACES})", text_literal(IN_CELL)
    has_unit = f"regexp_matches({text}, {pattern})"
    value = Term(f"CASE WHEN {has_unit} THEN regexp_extract({text}, {pattern}, 1) ELSE {rows.terms[name].text} END")
    unit = Term(f"CASE WHEN {has_unit} THEN regexp_extract({text}, {pattern}, 2) ELSE '' END")
    return replace(rows, terms={**rows.terms, name: value, cell_unit_name(name): unit})


def trimmed(term: Term) -> str:
    """A text without the spaces around it; empty where there is none."""
    return f"coalesce(trim({term.text}, {SPACES}), '')"


def converted(rows: Rows, units: Units, feature: Term, value: Term) -> Term:
    """The value in the unit that its feature is read in."""
    pair = f"({trimmed(feature)}, {trimmed(rows.terms[units.column])})"
    cases = [
        f"WHEN ({text_literal(name)}, {text_literal(unit)}) THEN {_times(value, multiply, divide)}"
        for name, unit, multiply, divide in units.factors
    ]
    return Term(f"CASE {pair} {' '.join(cases)} ELSE {value.text} END")


def _times(value: Term, multiply: int, divide: int) -> str:
    return calculated([value], Calculation("value", "first", Decimal(multiply), Decimal(divide))).sql


def apart(rows: Rows, units: Units, feature: Term) -> Term:
    """The feature with the unit behind it: `storage_gb`, and `storage_Gb`, which is another one; the feature alone where there is no unit."""
    written = trimmed(rows.terms[units.column])
    plain = f"CASE WHEN regexp_full_match({written}, '{SMALL_B}') THEN {written} ELSE lower({written}) END"
    unit = f"trim(regexp_replace({plain}, '[^\\pL\\pN]+', '_', 'g'), '_')"
    return Term(f"trim({feature.text}, {SPACES}) || CASE WHEN {unit} <> '' THEN '_' || {unit} ELSE '' END")
