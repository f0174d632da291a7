"""Quotes for tests: what is not said is a quote of a year from the first of January, issued on one day."""

from collections.abc import Sequence
from typing import Any

from commet_core.reports.quotation.quote_file import QuoteFile


def quote_of(catalog: dict[str, Any], candidates: Sequence[dict[str, Any]], /, **more: Any) -> QuoteFile:
    document = {
        "number": "Q-1",
        "seller": {"name": "Vendor"},
        "customer": {"name": "Prospect"},
        "issued": "2025-12-01",
        "valid_until": "2025-12-31",
        "start": "2026-01-01",
        "term_months": 12,
        "catalog": catalog,
        "candidates": list(candidates),
    }
    return QuoteFile.model_validate(document | more)
