"""commet-sim quote: a quote worked out and written, and what a seller has to know of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from commet_core.cli.arguments import inputs
from commet_core.cli.sources import told_usage
from commet_core.cli.terminal import say
from commet_core.foundation.money import format_amount
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.whole_files import file_written_whole
from commet_core.foundation.wording import counted

if TYPE_CHECKING:
    from commet_core.reports.quotation import QuoteFile


def run(chosen: argparse.Namespace) -> None:
    from commet_core.reports.quotation import (
        QuoteFile,
        kind_of,
        quotation,
        quote_document,
        reasons_for_approval,
        sellers_views,
        sellers_words,
    )
    from commet_core.reports.quotation.outputs import as_pdf
    from commet_core.reports.quotation.pdf import unset_letters

    make = kind_of(chosen.out)
    quote = QuoteFile.load(chosen.quote)
    check_outputs([chosen.out], [chosen.quote, quote.logo, *inputs(chosen)])
    quote, source = _with_figures(quote, chosen)
    worked_out = quotation(quote, source)
    content = as_pdf(worked_out, chosen.fonts) if make is as_pdf else make(worked_out)
    with file_written_whole(chosen.out) as path:
        path.write_bytes(content)
    views = sellers_views(worked_out)
    for view in views:
        bill, currency = view.bill, worked_out.currency
        low, high, floor = (format_amount(amount, currency) for amount in (bill.p10, bill.p90, bill.floor))
        expected = format_amount(bill.expected, currency)
        say(f"{bill.candidate.name}: expected {expected}, range {low} to {high}, at least {floor}")
        for sentence in sellers_words(worked_out, view):
            say(f"  {sentence}")
    for reason in reasons_for_approval(worked_out, views):
        say(f"Needs approval. {reason}.")
    if make is as_pdf and (letters := unset_letters(quote_document(worked_out), chosen.fonts)):
        say(f"The PDF shows {letters} as boxes: name a folder with a font that has these letters, --fonts DIR")
    say(f"The quote is in {chosen.out}; what stands above is for you and not on it")


def _with_figures(quote: QuoteFile, chosen: argparse.Namespace) -> tuple[QuoteFile, str]:
    """The quote with all its figures, and where those came from that it did not give."""
    from commet_core.reports.quotation import derived

    if quote.look_alikes is None and quote.own_usage is None:
        return quote, ""
    found = derived(quote, told_usage(chosen))
    for customer in found.look_alikes:
        levels = zip(found.quote.usage, customer.levels, strict=False)
        used = ", ".join(f"{feature} {level:,.0f} a month" for feature, level in levels)
        say(f"Look-alike {customer.customer}: {counted(customer.months, 'whole month')}, {used}")
    return found.quote, found.said
