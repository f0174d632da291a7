"""Rows that are totals of others: their names."""

from __future__ import annotations

from typing import Final

TOTAL_WORDS: Final = (
    *("total", "totals", "grand total", "grandtotal", "subtotal", "sub total", "sub-total", "sum", "overall", "overall total"),
    *("totalprice", "total price", "total usage", "total amount", "gesamt", "gesamtsumme", "summe", "zwischensumme"),
    *("total general", "total général", "somme", "totale", "totaal", "suma", "итого", "всего", "合計", "总计", "σ", "∑"),
    *("gesamtergebnis", "insgesamt", "teilergebnis", "total geral", "total generale", "totale generale", "eindtotaal"),
    *("suma końcowa", "razem", "総計", "小計", "all customers", "all users", "all features", "sum total", "report total"),
)
"""What a row is called that is the total of others, in small letters."""


def is_total_name(text: str) -> bool:
    """Whether a name is that of a total, as `row_terms.is_total` says it in SQL."""
    return text.strip(" :*=").lower() in TOTAL_WORDS
