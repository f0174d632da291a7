"""Files as vendors and tools write them: each is read with the total worked out by hand, or refused with the way on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.rating.token_costs import token_costs
from commet_core.usage.ingest import Ingested, describe, parse_mapping, read

FILES = Path("/work/shared/usage/files")
pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="the collection of vendors' files is not here")

CHAT = "feature: {constant: chat}"
CURSOR = (
    "columns: {customer_id: {constant: me}, timestamp: Date, feature: {constant: chat}, model: Model, value: null,"
    ' input_tokens: "Input (w/o Cache Write)", cache_write_tokens: "Input (w/ Cache Write)",'
    " cache_read_tokens: Cache Read, output_tokens: Output Tokens}"
)
ANTHROPIC = (
    "columns: {customer_id: workspace, timestamp: usage_date_utc, feature: {constant: chat}, model: model_version, value: null,"
    " input_tokens: usage_input_tokens_no_cache, cache_read_tokens: usage_input_tokens_cache_read,"
    " cache_write_tokens: [sum, usage_input_tokens_cache_write_5m, usage_input_tokens_cache_write_1h],"
    " output_tokens: usage_output_tokens}"
)
GITHUB = "columns: {customer_id: username, feature: {constant: chat}, value: quantity, input_tokens: input, output_tokens: output, cache_read_tokens: cache_read, cache_write_tokens: cache_write}"  # fmt: skip
OPENAI = (
    "columns: {customer_id: user, timestamp: created, feature: {constant: chat}, event_id: id,"
    " input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens,"
    " cache_read_tokens: usage.prompt_tokens_details.cached_tokens}"
)
DAY_FIRST = 'columns: {timestamp: {column: date, format: "%d/%m/%Y"}}'
MONTH_FIRST = 'columns: {timestamp: {column: date, format: "%m/%d/%Y"}}'

TOTALS = [
    ("01-github-billing/usage.csv", "", {"actions_linux": "175", "actions_macos": "7", "actions_storage": "31.415927",
                                         "copilot_business": "0.033333", "git_lfs_storage": "2.5"}),
    ("02-copilot-premium/usage.csv", "", {"copilot_premium_request": "14.897"}),
    ("02-copilot-premium/personal_us_dates.csv", "", {"copilot_premium_request": "9"}),
    ("03-github-ai-usage/usage.csv", f"where: {{sku: copilot_ai_credit}}\n{GITHUB}", {"chat": "130.5"}),
    ("02-copilot-premium/legacy.csv", "", {"copilot_premium_request": "12"}),
    ("13-hyperline/events.csv", "duplicates: first", {"contract_signed": "7"}),
    ("13-hyperline/events.csv", "", {"contract_signed": "3"}),
    ("12-stripe-s3/events.json", "", {"ai_search_api": "700"}),
    ("12-stripe-s3/events.jsonl", "", {"ai_search_api": "700"}),
    ("16-killbill/usages.json",
     "columns: {customer_id: subscriptionId, timestamp: recordDate, feature: unitType, value: amount}", {"api-calls": "12"}),
    ("21-json-envelopes/array_lines.json", "", {"api": "3"}),
    ("21-json-envelopes/one_line_envelope.json", "", {"x": "3"}),
    ("21-json-envelopes/pages.jsonl", "", {"x": "3"}),
    ("21-json-envelopes/pretty_array.json", "", {"x": "3"}),
    ("21-json-envelopes/pretty_envelope.json", "", {"x": "6"}),
    ("22-excel-locale/bom_crlf.csv", "columns: {customer_id: username}", {"copilot": "4"}),
    ("22-excel-locale/date_hour.csv", "", {"api_calls": "60"}),
    ("22-excel-locale/date_time_split.csv", "", {"api_calls": "30"}),
    ("22-excel-locale/dates_ambiguous.csv", DAY_FIRST, {"api_calls": "150"}),
    ("22-excel-locale/german_numbers.csv", "", {"api_calls": "12349422.5"}),
    ("22-excel-locale/german_thousands_only.csv", 'numbers: {decimal: ",", thousands: "."}', {"api_calls": "20984"}),
    ("22-excel-locale/german_thousands_only.csv", 'numbers: {decimal: "."}', {"api_calls": "20.984"}),
    ("22-excel-locale/latin1.csv", "", {"api_calls": "100"}),
    ("22-excel-locale/months.csv", "", {"api_calls": "2700", "storage_gb": "26.5"}),
    ("22-excel-locale/thousands_currency.csv", "", {"api_calls": "12346917"}),
    ("22-excel-locale/total_customer.csv", "", {"api_calls": "33", "storage_gb": "22"}),
    ("22-excel-locale/units_per_row.csv", "units: {storage: GB, compute: hours}", {"storage": "3.024", "compute": "3"}),
    ("22-excel-locale/utf16.csv", "", {"api_calls": "150"}),
    ("23-excel-serial/usage.csv", "", {"api_calls": "220"}),
    ("24-wide-extras/vercel_like.csv", "", {"bandwidth_gb": "3.2", "edge_requests": "41200", "function_invocations": "2110"}),
    ("33-reversal/usage.csv", "", {"api": "105"}),
    ("42-late-dups/usage.csv", "", {"api": "23"}),
    ("42-late-dups/usage.csv", "duplicates: last", {"api": "25"}),
]  # fmt: skip

REFUSED = [
    ("22-excel-locale/dates_ambiguous.csv", "", 'columns: {timestamp: {column: date, format: "%m/%d/%Y"}}'),
    ("22-excel-locale/german_thousands_only.csv", "", "'1.234' in `quantity` may be 1.234 or 1234"),
    ("22-excel-locale/number_formats.csv", "", "contradict each other"),
    ("40-small-quantities/huge.csv", "", "use a larger unit"),
    ("22-excel-locale/units_per_row.csv", "", "`storage` is in GB (1 row) and MB (1 row), by `unit`"),
    ("24-wide-extras/invoice_lines.csv", "", "`amount` looks like money"),
]

COSTS = [
    # 22,096 gpt-5 tokens, 18,000 of them fresh: 0.0225 + 4,096 x 0.125/M (0.0006 up) + 900 x 10/M = 0.0321
    ("04-cursor/team.csv", CURSOR, "gpt-5", ["0.0321", "0.0023"]),
    # 200,000 x 3/M + 10,000 x 15/M; and 100,000 x 3/M + 24,000 x 3.75/M + 500,000 x 0.3/M + 5,000 x 15/M: base tier
    ("05-anthropic-console/claude_api_tokens_2026_03.csv", ANTHROPIC, "claude-sonnet-4-20250514", ["0.75", "0.615"]),
    # 20,000 x 3/M + 5,000 x 0.3/M + 1,000 x 15/M; 4 x 3/M (0.0001) + 29,112 x 3.75/M + 95,300 x 0.3/M + 1,500 x 15/M
    ("20-anthropic-raw/usage.jsonl", "", "claude-sonnet-4-20250514", ["0.0765", "0.1604"]),
    # each day 100 requests of 10,000 and 200 tokens: 100 x (0.0125 + 0.002)
    ("51-daily-token-totals/usage.csv", f"columns: {{{CHAT}, value: requests}}", "gemini-2.5-pro", ["1.45", "1.45"]),
    # 100 x (10,000 x 3/M + 200 x 15/M)
    ("51-daily-token-totals/usage.csv", f"columns: {{{CHAT}}}", "claude-sonnet-4-5", ["3.3", "3.3"]),
    # without the number of requests: the base tier
    ("51-daily-token-totals/usage.csv", f"columns: {{{CHAT}, requests: null}}", "gemini-2.5-pro", ["1.45", "1.45"]),
    # 6,000 fresh x 2.5/M + 4,000 x 1.25/M + 500 x 10/M
    ("52-raw-llm-log/openai_responses.jsonl", OPENAI, "gpt-4o-2024-08-06", ["0.025", "0.006"]),
]  # fmt: skip


def read_file(name: str, mapping: str) -> Ingested:
    return read(FILES / name, parse_mapping(mapping, "mapping") if mapping else None)


@pytest.mark.parametrize(("name", "mapping", "totals"), TOTALS)
def test_a_file_has_its_total(name: str, mapping: str, totals: dict[str, str]) -> None:
    found = {feature.feature: feature.units for feature in describe(read_file(name, mapping)).features}
    assert found == {feature: Decimal(units) for feature, units in totals.items()}


@pytest.mark.parametrize(("name", "mapping", "way_on"), REFUSED)
def test_a_file_is_refused_with_the_way_on(name: str, mapping: str, way_on: str) -> None:
    with pytest.raises(InputError) as refused:
        read_file(name, mapping)
    assert way_on in str(refused.value)


@pytest.mark.parametrize(("name", "mapping", "model", "costs"), COSTS)
def test_tokens_cost_what_they_cost_the_vendor(name: str, mapping: str, model: str, costs: list[str]) -> None:
    usage = read_file(name, mapping).usage
    assert usage.tokens is not None
    catalog = Catalog.model_validate({"currency": "usd", "features": {"chat": {}}, "plans": {}})
    subtotals = token_costs(usage, PriceBook.of(catalog)).subtotals
    chosen = usage.tokens.model_indexes == usage.tokens.models.to_pylist().index(model)
    assert sorted(subtotals[chosen].tolist()) == sorted(int(Decimal(cost) * 10**9) for cost in costs)


def test_dates_of_an_ambiguous_file_are_those_that_the_mapping_says() -> None:
    first = [describe(read_file("22-excel-locale/dates_ambiguous.csv", mapping)).first for mapping in (DAY_FIRST, MONTH_FIRST)]
    assert [(day.month, day.day) for day in first] == [(4, 3), (3, 4)]


def test_excel_day_numbers_are_the_days_that_excel_shows() -> None:
    found = describe(read_file("23-excel-serial/usage.csv", ""))
    assert (found.first.date().isoformat(), found.last.isoformat()) == ("2026-04-01", "2026-04-08T23:59:59+00:00")
