"""What people write, however they write it, is read back as it was written, or refused: never as something else."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS
from commet_core.usage.ingest import Ingested, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided

LOCALES = {"plain": (".", ""), "english": (".", ","), "german": (",", "."), "french": (",", "\u202f"), "swiss": (".", "’")}
DATES = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y", "%b %d, %Y", "%m/%d/%y", "%Y%m%d", "%d-%m-%Y"]
CLOCKS = ["", " %H:%M", " %H:%M:%S", " %I:%M %p"]
TOTALS = ["Total", "Grand total", "SUM", "totalprice", "Gesamtergebnis", "of each"]
"""How a row of totals is called; `of each`: a row `acme Total` below the last of each customer."""
COLUMNS = ["one", "date and time", "parts"]
"""Whether a time stands in one column, or its date and clock in two, or its year, month and day in three."""

Row = tuple[str, datetime, Decimal]
rows_of_usage = st.lists(
    st.tuples(
        st.sampled_from(["acme", "beta", "Müller & Co"]),
        st.integers(0, 400 * 1440).map(lambda minute: datetime(2026, 1, 1) + timedelta(minutes=minute)),  # noqa: DTZ001
        st.one_of(
            st.integers(0, 20_000_000).map(Decimal),
            st.integers(1, 99_999_999).map(lambda number: Decimal(number) / 1_000),
            st.integers(1, 9_999).map(lambda number: Decimal(number) / 10),
        ),
    ),
    min_size=1,
    max_size=12,
)


@dataclass(frozen=True)
class Written:
    """How a file is written. nesting: the keys that rows lie under in a JSON file; None: CSV, of this encoding and delimiter."""

    locale: str
    date: str
    clock: str
    zone: str | None
    preamble: bool
    total: str | None
    nesting: tuple[str, ...] | None
    columns: str = "one"
    encoding: str = "utf-8"
    delimiter: str = ";"

    def number(self, value: Decimal) -> str:
        point, thousands = LOCALES[self.locale]
        return f"{value.normalize():,f}".replace(",", "_").replace(".", point).replace("_", thousands)

    def times(self, when: datetime) -> dict[str, str]:
        """The cells of a time."""
        if self.columns == "parts" and not self.clock:
            return {"year": f"{when:%Y}", "month": f"{when.month}", "day": f"{when.day}"}
        if self.columns == "date and time" and self.clock:
            return {self.time_column: f"{when:{self.date}}", "time": f"{when:{self.clock}}".strip()}
        return {self.time_column: when.strftime(self.date + self.clock)}

    @property
    def time_column(self) -> str:
        return "timestamp" if self.nesting is None else "date"

    def table(self, rows: Sequence[Row]) -> list[dict[str, str]]:
        cells = [(who, self.times(when), self.number(value)) for who, when, value in rows]
        last = cells[-1][1]
        if self.total == "of each":
            sums = {name: sum((value for who, _, value in rows if who == name), Decimal(0)) for name, *_ in rows}
            cells += [(f"{name} Total", last, self.number(units)) for name, units in sums.items()]
        elif self.total:
            cells.append((self.total, last, self.number(sum((value for *_, value in rows), Decimal(0)))))
        return [{"customer": who, **when, "feature": "calls", "quantity": value} for who, when, value in cells]

    def text(self, rows: Sequence[Row]) -> str:
        table = self.table(rows)
        if self.nesting is not None:
            content: Any = table
            for key in reversed(self.nesting):
                content = {key: content, "has_more": False} if key == self.nesting[-1] else {key: [content]}
            return json.dumps(content, indent=2)
        target = io.StringIO()
        writer = csv.DictWriter(target, list(table[0]), delimiter=self.delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        return ("Usage report\nmade in April\n\n" if self.preamble else "") + target.getvalue()

    def count_of_totals(self, rows: Sequence[Row]) -> int:
        """How many rows are totals of others."""
        return len({who for who, *_ in rows}) if self.total == "of each" else int(self.total is not None)

    @property
    def mapping(self) -> str:
        """What a mapping says of it."""
        point, thousands = LOCALES[self.locale]
        time = f'{{column: {self.time_column}, format: "{self.date}{self.clock}"}}'
        if self.columns == "parts" and not self.clock:
            time = "{year: year, month: month, day: day}"
        elif self.columns == "date and time" and self.clock:
            time = f'{{date: {self.time_column}, time: time, format: "{self.date}{self.clock}"}}'
        said = [
            f'numbers: {{decimal: "{point}", thousands: "{thousands if thousands in ",." else ""}"}}',
            f"columns: {{customer_id: customer, value: quantity, feature: feature, timestamp: {time}}}",
        ]
        return "\n".join(said + ([f"time_zone: {self.zone}"] if self.zone else []))

    def meant(self, rows: Sequence[Row]) -> Counter[tuple[str, int, int]]:
        """(customer, seconds, micros) of each row: to the minute, or the day."""
        zone = ZoneInfo(self.zone) if self.zone else UTC
        found: Counter[tuple[str, int, int]] = Counter()
        for who, when, value in rows:
            local = when if self.clock else datetime.combine(when.date(), time())
            utc = local.replace(tzinfo=zone).timestamp()
            found[who, int(utc), int(value * MICROS)] += 1
        return found


written = st.builds(
    Written,
    st.sampled_from(list(LOCALES)),
    st.sampled_from(DATES),
    st.sampled_from(CLOCKS),
    st.none(),
    st.booleans(),
    st.none() | st.sampled_from(TOTALS),
    st.none() | st.sampled_from([("data",), ("results",), ("data", "results")]),
    st.sampled_from(COLUMNS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from([";", ",", "\t", "|"]),
)


def read_form(form: Written, rows: Sequence[Row], mapping: str = "") -> Ingested:
    """What is written in a form, read."""
    is_json = form.nesting is not None
    return read_text(form.text(rows), is_json=is_json, mapping=mapping, encoding="utf-8" if is_json else form.encoding)


def read_text(text: str, *, is_json: bool, mapping: str = "", encoding: str = "utf-8") -> Ingested:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"usage.{'json' if is_json else 'csv'}"
        spaced = text.replace("\u202f", "\xa0") if encoding == "cp1252" else text  # the space for thousands that it has
        path.write_text(spaced, encoding)
        return read(path, parse_mapping(mapping, "mapping") if mapping else None)


def found_in(ingested: Ingested) -> Counter[tuple[str, int, int]]:
    usage = ingested.usage
    found: Counter[tuple[str, int, int]] = Counter()
    for place, who in enumerate(usage.customers.to_pylist()):
        own = slice(usage.offsets[place], usage.offsets[place + 1])
        times, values = usage.times[own].tolist(), usage.values[own].tolist()
        found.update((who, moment // MICROS, value) for moment, value in zip(times, values, strict=True))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(form=written, rows=rows_of_usage)
@example(Written("german", "%d.%m.%Y", "", None, False, "Total", None), [("acme", datetime(2026, 4, 13), Decimal("1234.5"))])  # noqa: DTZ001
@example(Written("german", "%Y-%m-%d", "", None, False, None, None), [("acme", datetime(2026, 4, 13), Decimal(1234))])  # noqa: DTZ001
@example(Written("plain", "%d/%m/%Y", "", None, False, None, ("data",)), [("acme", datetime(2026, 4, 3), Decimal(3))])  # noqa: DTZ001
def test_a_file_is_read_as_it_was_written_or_refused(form: Written, rows: list[Row]) -> None:
    try:
        ingested = read_form(form, rows)
    except InputError:
        return
    lost = ingested.report.rows_rejected
    found, meant = found_in(ingested), form.meant(rows)
    assert found <= meant
    assert sum(found.values()) == sum(meant.values()) - lost
    assert ingested.report.rows_left_out == form.count_of_totals(rows)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(form=written, zone=st.sampled_from([None, "Europe/Berlin", "America/New_York", "Asia/Kolkata"]), rows=rows_of_usage)
def test_a_mapping_that_says_how_it_is_written_reads_all_of_it(form: Written, zone: str | None, rows: list[Row]) -> None:
    form = replace(form, zone=zone, preamble=False)
    there = [row for row in rows if not form.clock or _is_on_clocks(row[1], zone)] or rows[:0]
    if not there:
        return
    assert found_in(read_form(form, there, form.mapping)) == form.meant(there)


def _is_on_clocks(when: datetime, zone: str | None) -> bool:
    """Whether a time is there once: not in an hour that is left out, nor in one that comes twice."""
    if zone is None:
        return True
    once, again = (when.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    return once == again


@pytest.mark.parametrize("values", [("1.234", "2.500"), ("1,234", "17,250"), ("1.234", "1,234"), ("10,5", "10.5")])
def test_numbers_that_prove_nothing_or_too_much_are_asked(values: tuple[str, str]) -> None:
    rows = "".join(f"c;2026-01-01;calls;{value}\n" for value in values)
    with pytest.raises(Undecided) as asked:
        read_text("customer;timestamp;feature;quantity\n" + rows, is_json=False)
    (question,) = asked.value.questions
    assert question.topic == "numbers"
    for choice in question.choices:
        said = json.dumps(dict(choice.said))
        total = sum(
            value
            for *_, value in found_in(read_text("customer;timestamp;feature;quantity\n" + rows, is_json=False, mapping=said))
        )
        assert total > 0


@pytest.mark.parametrize("place", [0, 300, 900])
@pytest.mark.parametrize(
    ("proof", "total"), [("10,5", 999 * 1234 + Decimal("10.5")), ("10.5", 999 * Decimal("1.234") + Decimal("10.5"))]
)
def test_a_proof_may_stand_anywhere_in_a_file(place: int, proof: str, total: Decimal) -> None:
    values = ["1.234"] * 999
    values.insert(place, proof)
    text = "customer;timestamp;feature;quantity\n" + "".join(f"c;2026-01-01;calls;{value}\n" for value in values)
    assert sum(value for *_, value in found_in(read_text(text, is_json=False)).elements()) == total * MICROS


@pytest.mark.parametrize("place", [0, 300, 900])
@pytest.mark.parametrize(("proof", "month"), [("13/04/2026", 4), ("04/13/2026", 3)])
def test_a_date_that_can_be_only_one_decides_for_its_file(place: int, proof: str, month: int) -> None:
    days = ["03/04/2026"] * 999
    days.insert(place, proof)
    text = "customer,timestamp,feature,quantity\n" + "".join(f"c,{day},calls,1\n" for day in days)
    found = found_in(read_text(text, is_json=False))
    day = datetime(2026, month, 3 if month == 4 else 4, tzinfo=UTC)
    assert found["c", int(day.timestamp()), MICROS] == 999


CONVENTIONS = {
    # name: input, output, read from the cache, written to it; what the names alone say
    "Anthropic": ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "additional"),
    "OpenAI": ("prompt_tokens", "completion_tokens", "cached_tokens", None, "included"),
    "LiteLLM": ("prompt_tokens", "completion_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "included"),
    "console": ("input_tokens_no_cache", "output_tokens", "cache_read", "cache_write", "additional"),
    "bare": ("input", "output", "cache read", "cache write", None),
    "ours": ("Input tokens", "Output tokens", "Cache read tokens", "Cache write tokens", None),
}
counts = st.integers(0, 300_000)
requests = st.lists(st.tuples(counts, counts, counts, counts), min_size=1, max_size=6)
"""Tokens that are neither read from the cache nor written to it, of the answer, read from the cache and written to it."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.sampled_from(list(CONVENTIONS)),
    means=st.sampled_from(["included", "additional"]),
    has_total=st.booleans(),
    nesting=st.none() | st.sampled_from([("data",), ("data", "results")]),
    inside=st.booleans(),
    english=st.booleans(),
    rows=requests,
)
def test_tokens_are_read_in_the_convention_that_they_are_written_in_or_asked_about(
    names: str, means: str, has_total: bool, nesting: tuple[str, ...] | None, inside: bool, english: bool, rows: list[Any]
) -> None:
    own, answer, cached, written_name, says = CONVENTIONS[names]
    means = says or means
    table, meant = [], []
    for place, (fresh, output, hit, written_count) in enumerate(rows):
        stored = written_count if written_name else 0
        shown = fresh + (hit + stored if means == "included" else 0)
        cells = {own: shown, answer: output, cached: hit, **({written_name: stored} if written_name else {})}
        cells |= {"total_tokens": fresh + hit + stored + output} if has_total else {}
        told = {name: f"{count:,}" if english and nesting is None else count for name, count in cells.items()}
        request = {"customer": "acme", "timestamp": f"2026-03-01T10:00:{place:02}Z", "feature": "chat", "model": "m"}
        table.append({**request, **({"usage": told} if inside and nesting is not None else told)})
        meant.append((fresh + hit + stored, output, hit, stored))
    mapped = {"input_tokens": own, "output_tokens": answer, "cache_read_tokens": cached, "cache_write_tokens": written_name}
    within = "usage." if inside and nesting is not None else ""
    given_names = {ours: within + name for ours, name in mapped.items() if name}
    form = Written("plain", "", "", None, False, None, nesting)
    try:
        ingested = read_text(_laid_out(form, table), is_json=nesting is not None, mapping=json.dumps({"columns": given_names}))
    except InputError:
        return
    tokens = ingested.usage.tokens
    assert tokens is not None
    found = zip(
        *(column.tolist() for column in (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write)), strict=True
    )
    assert list(found) == meant


def _laid_out(form: Written, table: list[dict[str, Any]]) -> str:
    """Rows as they lie in a file."""
    if form.nesting is None:
        target = io.StringIO()
        writer = csv.DictWriter(target, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        return target.getvalue()
    content: Any = table
    for key in reversed(form.nesting):
        content = {key: content if key == form.nesting[-1] else [content]}
    return json.dumps(content)


TOKENS = "customer,timestamp,feature,the_model,tokens_in,tokens_out,cache_read,cache_write\n"
MAPPED = "columns: {customer_id: customer, model: the_model, cache_read_tokens: cache_read, cache_write_tokens: cache_write}"


def input_of(rows: str, said: str = "") -> list[int]:
    usage = read_text(TOKENS + rows, is_json=False, mapping=f"{MAPPED}\n{said}").usage
    assert usage.tokens is not None
    return usage.tokens.input.tolist()


def test_cache_tokens_are_asked_about_unless_a_row_or_the_mapping_decides() -> None:
    row = "c,2026-01-01T10:00:00Z,chat,m,1000,10,400,100\n"
    with pytest.raises(Undecided) as asked:
        input_of(row)
    assert [choice.said for choice in asked.value.questions[0].choices] == [{"cache": "included"}, {"cache": "additional"}]
    assert (input_of(row, "cache: included"), input_of(row, "cache: additional")) == ([1000], [1500])
    assert input_of(row + "c,2026-01-02T10:00:00Z,chat,m,5,10,400,100\n") == [1500, 505]
    assert input_of("c,2026-01-01T10:00:00Z,chat,m,1000,10,0,\n") == [1000]


@pytest.mark.parametrize(("total", "read_as"), [(1010, 1000), (1510, 1500)])
def test_a_total_of_tokens_says_what_the_cache_means(total: int, read_as: int) -> None:
    header = TOKENS.replace("cache_write\n", "cache_write,total_tokens\n")
    text = header + f"c,2026-01-01T10:00:00Z,chat,m,1000,10,400,100,{total}\n"
    usage = read_text(text, is_json=False, mapping=MAPPED).usage
    assert usage.tokens is not None
    assert usage.tokens.input.tolist() == [read_as]


def test_totals_of_tokens_are_of_an_unknown_number_of_requests() -> None:
    rows = "c,2026-01-01,chat,m,1000,10,,\nc,2026-01-02,chat,m,1000,10,,\n"
    ingested = read_text(TOKENS + rows, is_json=False, mapping=MAPPED)
    assert ingested.usage.tokens is not None
    assert ingested.usage.tokens.requests.tolist() == [0, 0]
    assert any("base tier" in note for note in ingested.report.notes)


def test_hours_that_clocks_leave_out_or_repeat_are_said() -> None:
    rows = "c,2026-03-29 02:30:00,calls,1\nc,2026-10-25 02:30:00,calls,1\nc,2026-07-01 12:00:00,calls,1\n"
    ingested = read_text("customer,timestamp,feature,quantity\n" + rows, is_json=False, mapping="time_zone: Europe/Berlin")
    notes = " ".join(ingested.report.notes)
    assert "1 of them is not on its clocks" in notes
    assert "1 of them is there twice" in notes
    assert ("c", int(datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp()), MICROS) in found_in(ingested)


@pytest.mark.parametrize("zone", ["[Europe/Berlin]", " Europe/Berlin"])
def test_hours_that_clocks_leave_out_or_repeat_are_said_of_zones_in_cells(zone: str) -> None:
    hours = [f"2026-03-29T02:30:00{zone}", f"2026-10-25T02:30:00{zone}", f"2026-07-01T12:00:00{zone}", "2026-03-29T02:30:00"]
    rows = "".join(f"c,{hour},calls,1\n" for hour in hours)
    notes = " ".join(read_text("customer,timestamp,feature,quantity\n" + rows, is_json=False).report.notes)
    assert "1 of them is not on its clocks" in notes
    assert "1 of them is there twice" in notes


def test_nothing_lands_in_1970() -> None:
    with pytest.raises(InputError, match="seventies"):
        read_text("customer,timestamp,feature,quantity\nc,12345,calls,1\n", is_json=False)


def test_a_scaled_value_is_exact() -> None:
    text = "customer,timestamp,feature,bytes\nc,2026-01-01,calls,1234567890\nc,2026-01-02,calls,500\n"
    found = read_text(text, is_json=False, mapping="columns: {value: {column: bytes, divide: 1000000000}}")
    assert sorted(value for *_, value in found_in(found)) == [1, 1_234_568]


@pytest.mark.parametrize("number", ["9" * 20, "1e30"])
def test_what_is_too_large_to_scale_is_rejected(number: str) -> None:
    text = f"customer,timestamp,feature,bytes\nc,2026-01-01,calls,{number}\n"
    with pytest.raises(InputError):
        read_text(text, is_json=False, mapping="columns: {value: {column: bytes, multiply: 1000000000000}}")


def test_rows_that_are_the_same_in_two_files_are_said(tmp_path: Path) -> None:
    header, rows = "customer,timestamp,feature,quantity\n", [f"c,2026-01-{day:02},calls,5\n" for day in range(1, 11)]
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text(header + "".join(rows[:7]), "utf-8")
    paths[1].write_text(header + "".join(rows[4:]), "utf-8")
    assert any(note.startswith("3 rows are the same in two files") for note in read(paths).report.notes)


RULES = {
    "zones": {"time_zone": "Europe/Berlin"},
    "filters": {"where": {"status": [f"kind {number}" for number in range(20)]}},
    "totals": {"totals": "leave_out"},
}
"""Rules that compare a text with a list."""


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_rows_keep_the_order_of_their_file_whatever_the_rules(rules: dict[str, Any], tmp_path: Path) -> None:
    """Of one moment the first row is admitted first: rows are not to come as threads are done with them."""
    count = 6_000
    table = {
        "customer_id": ["acme"] * count,
        "timestamp": ["2026-01-31 10:00:00"] * count,
        "feature": ["call"] * count,
        "status": ["kind 3"] * count,
        "value": [f"{number}.5" for number in range(count)],
    }
    path = tmp_path / "usage.parquet"
    pq.write_table(pa.table(table), path, row_group_size=500)
    usage = read([path], mapping=parse_mapping(json.dumps(rules), "rules")).usage
    assert usage.values.tolist() == [number * MICROS + MICROS // 2 for number in range(count)]
