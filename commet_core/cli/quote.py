"""commet-sim quote: a quote worked out and written, and what a seller has to know of it."""

from __future__ import annotations

import argparse

from rich.markup import escape

from commet_core.cli.terminal import OUT
from commet_core.foundation.money import format_amount
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.whole_files import file_written_whole


def run(chosen: argparse.Namespace) -> None:
    from commet_core.reports.quotation import QuoteFile, kind_of, quotation, reasons_for_approval, sellers_views, sellers_words

    make = kind_of(chosen.out)
    quote = QuoteFile.load(chosen.quote)
    check_outputs([chosen.out], [chosen.quote, quote.logo])
    worked_out = quotation(quote)
    content = make(worked_out)
    with file_written_whole(chosen.out) as path:
        path.write_bytes(content)
    views = sellers_views(worked_out)
    for view in views:
        bill, currency = view.bill, worked_out.currency
        low, high, floor = (format_amount(amount, currency) for amount in (bill.p10, bill.p90, bill.floor))
        expected = format_amount(bill.expected, currency)
        _say(f"{bill.candidate.name}: expected {expected}, range {low} to {high}, at least {floor}")
        for sentence in sellers_words(worked_out, view):
            _say(f"  {sentence}")
    for reason in reasons_for_approval(worked_out, views):
        _say(f"Needs approval. {reason}.")
    _say(f"The quote is in {chosen.out}; what stands above is for you and not on it")


def _say(sentence: str) -> None:
    OUT.print(escape(sentence), soft_wrap=True)
