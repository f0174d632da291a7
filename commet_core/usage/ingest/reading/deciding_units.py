"""In which unit each feature of a file is: read as it stands, converted, or asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

import duckdb

from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.row_terms import column_term, left_out
from commet_core.usage.ingest.reading.unit_terms import trimmed
from commet_core.usage.ingest.reading.usage_query import Term
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import quoted
from commet_core.usage.ingest.recognise.questions import Choice, Question
from commet_core.usage.ingest.recognise.reading_rules import Units
from commet_core.usage.ingest.recognise.units import (
    Unit,
    differ,
    in_words,
    of_one_family,
    same_unit,
    smallest_first,
    step_said,
    unit_named_in,
    unit_of,
)

SHOWN_MAX: Final = 5

UnitsOf = dict[str, dict[str, int]]
"""Feature → unit → how many rows have it."""


@dataclass
class UnitsDecision:
    """The units of a file's features. found: as they stand in its rows; column: where they stand; where: its filters.

    has_tokens: rows are priced by their tokens, and not by the value. value: the column of values that may count in steps, as their
    units say; empty where that is said.
    """

    file: str
    column: str
    given: Units | None
    found: UnitsOf
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    has_tokens: bool = False
    value: str = ""
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def made(self) -> Units:
        """How the values are read; what is said of it, and asked, is in `notes` and `questions`."""
        if self.given is not None and self.given.read in ("keep", "apart"):
            return replace(self.given, column=self.column)
        chosen = {feature: unit for feature, units in self.found.items() if (unit := self._chosen(feature, units))}
        open_ = {feature: units for feature, units in self.found.items() if self._is_open(units, chosen.get(feature))}
        if open_ and self.has_tokens and not any(of_one_family(filter(None, units)) for units in open_.values()):
            shown = "; ".join(f"`{feature}` is in {in_words(list(units.items()))}" for feature, units in open_.items())
            self.notes.append(f"{shown}, by `{self.column}`, and added up as they stand; `units: apart` keeps them apart")
        elif open_:
            self.questions.append(question(self.file, self.column, open_, self.where))
        elif self.value and not self.has_tokens and (asked := step_question(self.file, self.column, self.found, self.value)):
            self.questions.append(asked)
        factors = tuple(self._factors({feature: unit for feature, unit in chosen.items() if feature not in open_}))
        converts = dict.fromkeys(feature for feature, *_ in factors)
        self._say(converts, chosen)
        seen = tuple(
            (name, chosen[name] if name in converts else next(filter(None, units), ""), sum(units.values()))
            for name, units in self.found.items()
        )
        read = Units("convert" if factors or self.given else "as written", column=self.column, factors=factors, seen=seen)
        given = dict(self.given.into) if self.given else {}
        return replace(read, into=tuple({**{name: chosen[name] for name in converts}, **given}.items()))

    def _chosen(self, feature: str, units: Mapping[str, int]) -> str | None:
        """What a mapping says; or, of a feature in several units, the one that it is named after."""
        given = dict(self.given.into).get(feature) if self.given else None
        named = unit_named_in(feature) if differ(filter(None, units)) else None
        unit = given or named
        return next((text for text in units if unit and same_unit(text) == unit_of(unit)), unit)

    def _is_open(self, units: Mapping[str, int], chosen: str | None) -> bool:
        written = [text for text in units if text]
        if chosen is None:
            return differ(units if differ(written) else written)
        return not of_one_family([chosen, *(units if differ(written) else written)])

    def _factors(self, chosen: Mapping[str, str]) -> Iterable[tuple[str, str, int, int]]:
        for feature, into in chosen.items():
            target = unit_of(into)
            for text in filter(None, self.found[feature]):
                unit = unit_of(text)
                assert unit is not None
                assert target is not None
                if unit != target:
                    times = Fraction(unit.size, target.size)
                    yield feature, text, times.numerator, times.denominator

    def _say(self, converts: Iterable[str], chosen: Mapping[str, str]) -> None:
        for feature in list(converts)[:SHOWN_MAX]:
            self.notes.append(f"`{feature}` is read in {chosen[feature]}: {in_words(list(self.found[feature].items()))}")


def units_found(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: ColumnMapping, column: str) -> UnitsOf:
    """The units of each feature in the rows that are read."""
    feature = column_term(rows, mapping, "feature") or Term("''")
    customer = column_term(rows, mapping, "customer_id") or Term("''")
    read = left_out(rows, mapping, customer, feature)
    query = f"""SELECT {trimmed(feature)} AS feature, {trimmed(rows.terms[column])} AS unit, count(*) AS often FROM {rows.sql}
        WHERE {f"{read} = 0" if read else "true"} GROUP BY ALL ORDER BY feature, often DESC, unit"""  # noqa: S608
    found: UnitsOf = {}
    for name, unit, count in connection.execute(query, dict(rows.parameters)).fetchall():
        found.setdefault(name, {})[unit] = count
    return found


def mixed_in_files(units: Iterable[Units | None]) -> Question | None:
    """What is asked where files, each in one unit, give a feature in several; None where they agree."""
    found: UnitsOf = {}
    columns: dict[str, None] = {}
    for each in filter(None, units):
        for feature, unit, count in each.seen if each.read != "keep" else ():
            rows = found.setdefault(feature, {})
            rows[unit] = rows.get(unit, 0) + count
            columns[each.column] = None
    mixed = {feature: units for feature, units in found.items() if differ(filter(None, units))}
    return question("the files together", next(iter(columns)), mixed) if mixed else None


def question(
    where: str, column: str, mixed: UnitsOf, filters: Iterable[tuple[str, tuple[str, ...]]] = (), *, converts: bool = True
) -> Question:
    """Which unit values are read in, of features that are in several. converts: whether one may be read as another."""
    shown = [f"`{feature}` is in {in_words(list(units.items()))}" for feature, units in list(mixed.items())[:SHOWN_MAX]]
    more = f" and {len(mixed) - SHOWN_MAX:,} more features" if len(mixed) > SHOWN_MAX else ""
    what = f"{'; '.join(shown)}{more}, by `{column}`: values in different units are not added up"
    return Question(where, "units", what, tuple(_choices(column, mixed, dict(filters), converts=converts)))


def step_question(where: str, column: str, found: UnitsOf, value: str) -> Question | None:
    """Whether values count in so many at a time, as their unit says: `10K`; None where none says so."""
    steps = {feature: {step_said(text) for text in units if text} for feature, units in found.items()}
    said = ((feature, text, step) for feature, units in found.items() for text in units if (step := step_said(text)))
    feature, text, step = next(said, ("", "", 0))
    if not step:
        return None
    what = f"the unit of `{feature}` is {text!r}, by `{column}`: its values may count in steps of {step:,}"
    choices = [
        Choice("each unit as a feature of its own", {"units": "apart"}),
        Choice("values are meant as they stand", {"units": "keep"}),
    ]
    if all(each == {step} for each in steps.values()):
        choices.insert(0, Choice("they do", {"columns": {"value": {"column": value, "multiply": step}}}))
    return Question(where, "units", what, tuple(choices))


def _choices(column: str, mixed: UnitsOf, filters: dict[str, tuple[str, ...]], *, converts: bool) -> Iterable[Choice]:
    written = {feature: [text for text in units if text] for feature, units in mixed.items()}
    if converts and all(of_one_family(units) for units in mixed.values()):
        for place, which in ((0, "smallest"), (-1, "largest")):
            into = {feature: smallest_first(units)[place] for feature, units in written.items()}
            said: dict[str, Any] = {"units": into}
            yield Choice(f"convert to the {which}: {quoted(list(dict.fromkeys(into.values())))}", said)
    else:
        each: dict[Unit | str, str] = {}
        for text in (text for units in written.values() for text in units):
            each.setdefault(same_unit(text), text)
        for text in list(each.values())[:SHOWN_MAX]:
            yield Choice(
                f"only rows in {text}", {"where": {**{name: list(texts) for name, texts in filters.items()}, column: [text]}}
            )
    yield Choice("each unit as a feature of its own", {"units": "apart"})
    yield Choice("they are one unit, however it is called", {"units": "keep"})
