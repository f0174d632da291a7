"""commet-sim answer: what a study says, as Markdown, HTML or PDF."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from commet_core.cli.arguments import inputs
from commet_core.cli.asked_market import asked_of, load
from commet_core.cli.asked_ranges import asked_ranges
from commet_core.cli.sources import told_usage
from commet_core.cli.terminal import progress, say
from commet_core.decide.standing import check_ranges
from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.progress import share_of
from commet_core.foundation.whole_files import file_written_whole
from commet_core.reports.answer.answer import Answer, answer
from commet_core.reports.answer.evidence import evidence_of
from commet_core.reports.answer.html import to_html
from commet_core.reports.answer.markdown import to_markdown
from commet_core.reports.answer.pdf import to_pdf

FORMS: Mapping[str, Callable[[Answer], bytes]] = {
    ".md": lambda made: to_markdown(made).encode(),
    ".html": lambda made: to_html(made).encode(),
    ".pdf": to_pdf,
}


def run(chosen: argparse.Namespace) -> None:
    form = FORMS.get(chosen.out.suffix.lower())
    if form is None:
        raise InputError.of(f"--out {chosen.out}", "an answer is Markdown, HTML or PDF", "End the name in .md, .html or .pdf")
    check_outputs([chosen.out], [chosen.scenario, *inputs(chosen)])
    whole = load(chosen, several=True)
    scenario, usage = asked_of(chosen, whole, told_usage(chosen, whole))
    ranges = asked_ranges(scenario, chosen.range)
    check_ranges(scenario, ranges)
    with progress() as tell:
        replayed = replay(scenario, usage, share_of(tell, 0, 0.1, "Replaying"))
        made = answer(
            replayed,
            evidence_of(replayed, chosen.months, share_of(tell, 0.1, 1, "Working out what stands beside it"), ranges or None),
        )
    with file_written_whole(chosen.out) as unfinished:
        unfinished.write_bytes(form(made))
    say(made.sentence)
    say(f"The answer is in {chosen.out}")
