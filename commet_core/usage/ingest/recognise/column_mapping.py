"""Which column of a file holds what: the mapping, and the names that are usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from commet_core.usage.ingest.recognise.reading_rules import (
    BESIDE_A_YEAR,
    DATE_PARTS,
    IN_PARTS,
    NO_RULES,
    OF_PARTS,
    SECOND_COLUMNS,
    SECONDS_IN,
    Calculation,
    Operation,
    ReadingRules,
)

REQUIRED: Final = ("customer_id", "timestamp", "feature")

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "customer_id": (
        "customer", "customer_code", "customer_key", "customer_external_id", "external_customer_id", "external_id",
        "stripe_customer_id", "account_id", "account", "subject", "tenant_id", "tenant", "organization_id",
        "organisation_id", "organization", "organisation", "org_id", "org", "workspace_id", "team_id", "company_id",
        "client_id", "subscriber_id", "user_id", "user", "distinct_id", "member_id", "customer_name", "workspace", "team",
        "team_name", "organization_name", "company", "client", "username", "login", "email", "user_email", "end_user", "project_id",
        "project", "project_name", "workspace_name", "account_name", "api_key_name", "cost_center", "cost_center_name",
        "kunde", "kunden_id", "kunden_nr", "kundennummer", "kundenname", "mandant", "cliente", "client_name", "klant",
    ),
    "timestamp": (
        "event_timestamp", "event_time", "time", "datetime", "ts", "occurred_at", "recorded_at",
        "created_at", "created", "at", "date", "event_date", "usage_date", "usage_date_utc", "date_utc", "time_utc",
        "timestamp_utc", "day", "hour", "start_time", "period_start", "start_date", "month", "week", "record_date",
        "timestamp_ms", "epoch", "usage_start_time", "usage_start", "usage_date_time", "starting_at", "started_at",
        "request_time", "request_timestamp", "event_ts", "usage_day", "usage_month", "billing_month", "billing_date", "datum", "zeitpunkt", "zeitstempel", "fecha", "horodatage", "monat", "mois", "mes",
        "quarter", "usage_quarter", "year_quarter", "yyyymm", "year_month", "usage_period", "billing_period", "period",
    ),
    "feature": (
        "feature_code", "feature_key", "feature_id", "feature_name", "event_name", "event_type", "event", "metric_code",
        "metric_name", "metric", "meter_name", "meter_slug", "meter", "billable_metric_code", "billable_metric", "code",
        "type", "action", "sku", "product", "usage_type", "product_code", "product_name", "sku_name", "sku_id", "meter_id", "produkt", "leistung", "merkmal", "produit", "producto", "prodotto",
        "produto",
    ),
    "value": (
        "quantity", "qty", "usage_quantity", "usage_value", "usage_amount", "consumed_quantity", "units", "usage", "consumption",
        "volume", "amount", "count", "event_count", "credits_used", "units_used", "usage_units", "units_consumed", "total", "menge", "anzahl", "verbrauch", "quantité", "quantite", "cantidad", "quantità",
        "quantidade", "aantal",
    ),
    "event_id": (
        "event_uuid", "idempotency_key", "transaction_id", "message_id", "insert_id", "dedupe_id", "deduplication_id",
    ),
    "model": ("model_name", "model_id", "model_code", "model_version", "ai_model", "llm_model"),
    "input_tokens": (
        "prompt_tokens", "tokens_in", "tokens_input", "tokens_prompt", "input_token_count", "prompt_token_count",
        "num_input_tokens", "num_prompt_tokens",
    ),
    "output_tokens": (
        "completion_tokens", "tokens_out", "tokens_output", "tokens_completion", "output_token_count",
        "completion_token_count", "candidates_token_count", "num_output_tokens", "num_completion_tokens",
    ),
    "cache_read_tokens": (
        "cache_read_input_tokens", "cached_tokens", "cached_input_tokens", "input_cached_tokens", "tokens_cached",
        "cached_prompt_tokens", "prompt_cached_tokens", "prompt_cache_read_tokens", "cache_read_input_token_count",
        "cached_content_token_count", "prompt_cache_hit_tokens",
    ),
    "cache_write_tokens": (
        "cache_write_input_tokens", "cache_creation_input_tokens", "cache_creation_tokens", "prompt_cache_write_tokens",
        "cache_write_input_token_count",
    ),
    "requests": ("request_count", "num_requests", "num_model_requests", "number_of_requests", "n_requests"),
}  # fmt: skip
"""Other names of each column, the likeliest first. Case, spaces and punctuation do not count (`customerId`, `Customer ID`)."""


Source = str | Sequence[str] | Mapping[str, Any] | None
"""Where a column comes from: a name in the file, several names, or None where the file has none. Or a mapping of
`{"constant": text}`, `{"sum": names}`, `{"subtract": names}`, `{"date": name, "time": name}`, `{"date": name, "hour": name}`,
`{"year": name, "month": name, "day": name}` (the day may be missing), `{"year": name, "week": name}`, `{"year": name, "quarter": name}`;
or `{"column": a name or one of these, "multiply": number, "divide": number}`."""

OPERATIONS: Final[tuple[Operation, ...]] = ("sum", "subtract")


@dataclass(frozen=True)
class ColumnMapping:
    """For each column of a usage file (interfaces.md) the name that the file gives to it; None where it has none.

    A name is a column, or a path into one that holds objects: `payload.value`. The first three are required. Tokens are
    read where `model`, `input_tokens` and `output_tokens` are all there. `requests`: how many requests a row's tokens are of.

    more       (our column, a further name): of `event_id` all names together are the id; of any other column the first
               that is not empty in a row counts
    constants  (our column, a text that stands for it in every row)
    features   of a wide table, which has a column for each feature: (feature, the file's column). `feature` and `value`
               are None then
    calculations  of columns that are not read as they stand: how they are made of theirs
    rules      how cells are read
    """

    customer_id: str | None = None
    timestamp: str | None = None
    feature: str | None = None
    value: str | None = None
    event_id: str | None = None
    model: str | None = None
    input_tokens: str | None = None
    output_tokens: str | None = None
    cache_read_tokens: str | None = None
    cache_write_tokens: str | None = None
    requests: str | None = None
    more: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    features: tuple[tuple[str, str], ...] = ()
    calculations: tuple[Calculation, ...] = ()
    rules: ReadingRules = NO_RULES

    @property
    def with_corrections(self) -> ColumnMapping:
        """Rows below zero are usage that is given back (billing-rules 15.7)."""
        return replace(self, rules=replace(self.rules, corrections=True))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(our column, the first name the file has for it) of those that are mapped, in the order above."""
        named = ((ours, getattr(self, ours)) for ours in SPELLINGS)
        return tuple((ours, theirs) for ours, theirs in named if theirs is not None)

    def names(self, ours: str) -> tuple[str, ...]:
        """Every name that one of our columns is read from."""
        first = getattr(self, ours)
        return () if first is None else (first, *(name for column, name in self.more if column == ours))

    def all_names(self) -> tuple[str, ...]:
        """Every name that anything is read from, once."""
        read = [name for ours, _ in self.pairs() for name in self.names(ours)]
        filters = [column for column, _ in self.rules.where]
        units = [self.rules.units.column] if self.rules.units is not None and self.rules.units.changes_rows else []
        totals = self.rules.total_columns
        return tuple(dict.fromkeys([*read, *(name for _, name in self.features), *filters, *units, *totals]))

    def constant(self, ours: str) -> str | None:
        """The text that stands for one of our columns in every row."""
        return dict(self.constants).get(ours)

    def calculation(self, ours: str) -> Calculation:
        """How one of our columns is made of its names."""
        return next((found for found in self.calculations if found.ours == ours), Calculation(ours))

    def has(self, ours: str) -> bool:
        """Whether a row can have this column at all."""
        by_cell = bool(self.features) and ours in ("feature", "value")
        return by_cell or self.constant(ours) is not None or getattr(self, ours) is not None

    @property
    def has_tokens(self) -> bool:
        """Whether a row can have the tokens of an AI model."""
        return not self.features and all(self.has(ours) for ours in ("model", "input_tokens", "output_tokens"))

    def label(self, ours: str) -> str:
        """What one of our columns is read from, in words: `source and id`."""
        names, made = self.names(ours), self.calculation(ours)
        joined = {
            "sum": " + ",
            "subtract": " − ",
            "date and time": " and ",
            "date and hour": " and ",
            **dict.fromkeys(IN_PARTS, " and "),
        }
        usual = " and " if ours == "event_id" else " or "
        return joined.get(made.operation, usual).join(names) + _scale_in_words(made, len(names))

    def labels(self) -> tuple[tuple[str, str], ...]:
        """(our column, what it is read from, in words), constants and the columns of a wide table too."""
        read = [(ours, self.label(ours)) for ours, _ in self.pairs()]
        read += [(ours, f"the constant {text!r}") for ours, text in self.constants]
        return (*read, *([("features", ", ".join(name for _, name in self.features))] if self.features else []))

    def source(self, ours: str) -> Source:
        """Where one of our columns comes from, as `changed` takes it."""
        constant, names, made = self.constant(ours), self.names(ours), self.calculation(ours)
        if constant is not None:
            return {"constant": constant}
        source: Source = names if len(names) > 1 else next(iter(names), None)
        if made.operation in OPERATIONS:
            source = {made.operation: names}
        for second, operation in SECOND_COLUMNS.items():
            source = {"date": names[0], second: names[1]} if made.operation == operation else source
        if made.operation == OF_PARTS:
            source = dict(zip(DATE_PARTS, names, strict=False))
        for part, operation in BESIDE_A_YEAR.items():
            source = {"year": names[0], part: names[1]} if made.operation == operation else source
        if ours == "timestamp" and self.rules.time_formats:
            dated = source if isinstance(source, Mapping) else {"column": source}
            return {**dated, "format": self.rules.time_formats}
        scales: dict[str, Any] = {"multiply": made.multiply, "divide": made.divide}
        said = {word: number for word, number in scales.items() if number != 1}
        said |= {"unit": dict(zip(SECONDS_IN.values(), SECONDS_IN, strict=True))[made.seconds]} if made.seconds else {}
        return {"column": source, **said} if made.scales else source

    def changed(self, changes: Mapping[str, Source]) -> ColumnMapping:
        """The mapping with other sources for the columns that are named."""
        names = {ours: names_of(source) for ours, source in changes.items()}
        texts = {
            ours: source["constant"] for ours, source in changes.items() if isinstance(source, Mapping) and "constant" in source
        }
        made = (calculation_of(ours, source) for ours, source in changes.items())
        formats = formats_of(changes["timestamp"]) if "timestamp" in changes else self.rules.time_formats
        return replace(
            self,
            **{ours: next(iter(found), None) for ours, found in names.items()},
            more=tuple(
                [(ours, name) for ours, name in self.more if ours not in changes]
                + [(ours, name) for ours, found in names.items() for name in found[1:]]
            ),
            constants=tuple([(ours, text) for ours, text in self.constants if ours not in changes] + list(texts.items())),
            calculations=(
                *(found for found in self.calculations if found.ours not in changes),
                *(found for found in made if found is not None),
            ),
            features=() if any(changes.get(ours) is not None for ours in ("feature", "value")) else self.features,
            rules=self.rules if formats == self.rules.time_formats else replace(self.rules, time_formats=formats),
        )

    def without(self, taken: Iterable[str]) -> ColumnMapping:
        """The mapping without the columns that it reads from these names."""
        taken = set(taken)
        freed = {ours: self._freed(ours, taken) for ours, _ in self.pairs() if not taken.isdisjoint(self.names(ours))}
        return replace(self.changed(freed), features=tuple(pair for pair in self.features if pair[1] not in taken))

    def _freed(self, ours: str, taken: set[str]) -> Source:
        """What is left of a source without these names; nothing of one that is calculated."""
        if self.calculation(ours) != Calculation(ours):
            return None
        return tuple(name for name in self.names(ours) if name not in taken)


def names_of(source: Source) -> tuple[str, ...]:
    """The names in a source; none in a constant."""
    if source is None:
        return ()
    if isinstance(source, Mapping):
        inner = next((source[key] for key in ("column", *OPERATIONS) if key in source), None)
        dated = tuple(source[key] for key in ("date", *SECOND_COLUMNS, *DATE_PARTS, *BESIDE_A_YEAR) if key in source)
        return names_of(inner) if inner is not None else dated
    return (source,) if isinstance(source, str) else tuple(source)


def formats_of(source: Source) -> tuple[str, ...]:
    """The formats of times that a source names."""
    formats = source.get("format", ()) if isinstance(source, Mapping) else ()
    return (formats,) if isinstance(formats, str) else tuple(formats)


def calculation_of(ours: str, source: Source) -> Calculation | None:
    """How a source makes one of our columns of its names; None where it reads it as it stands."""
    if not isinstance(source, Mapping):
        return None
    if "column" in source:
        inner = calculation_of(ours, source["column"]) or Calculation(ours)
        multiply, divide = (Decimal(source.get(word, 1)) for word in ("multiply", "divide"))
        made = replace(inner, multiply=multiply, divide=divide, seconds=SECONDS_IN.get(str(source.get("unit")), 0))
        return made if made != Calculation(ours) else None
    operation = next((name for name in OPERATIONS if name in source), None)
    operation = operation or next((name for key, name in SECOND_COLUMNS.items() if key in source), None)
    beside = (name for part, name in BESIDE_A_YEAR.items() if part in source)
    operation = next(beside, OF_PARTS) if "year" in source else operation
    return Calculation(ours, operation) if operation is not None else None


def _scale_in_words(made: Calculation, count: int) -> str:
    """` × 1,000` or ` ÷ 1,000`."""
    times = f" × {made.multiply.normalize():,f}" if made.multiply != 1 else ""
    by = f" ÷ {made.divide.normalize():,f}" if made.divide != 1 else ""
    in_unit = "".join(f" in {unit}" for unit, seconds in SECONDS_IN.items() if seconds == made.seconds)
    return f"{', together' if count > 1 and made.scales else ''}{in_unit}{times}{by}"
