"""What became of the rows that were read, printed: used, rejected and left out, and how files were understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.markup import escape

from commet_core.cli.terminal import OUT
from commet_core.foundation.errors import Problem
from commet_core.foundation.wording import counted
from commet_core.scenario.idle_terms import idle_terms
from commet_core.usage.ingest import FileReport, IngestReport

if TYPE_CHECKING:
    from commet_core.engine.outcome import Outcome

LOOK_LIKE_TOTALS: Final = (
    "the rows look like totals of many requests: most stand at a full ten minutes and are above 1; if they are, replay them"
    " with `rows: aggregate`, so that a total is served as far as an allowance goes, not whole or not at all"
)


def print_rows(report: IngestReport, outcome: Outcome | None = None) -> None:
    parts = [f"{report.rows_used:,} used", f"{report.rows_rejected:,} rejected", report.duplicates_in_words]
    if outcome is not None:
        parts[0] = f"{outcome.events_in_window:,} used"
        if outcome.level_rows:
            parts.append(f"{outcome.level_rows:,} of levels")
        if outcome.events_left_out:
            parts.append(f"{outcome.events_left_out:,} of customers left out")
        parts.append(f"{outcome.events_outside:,} outside the window {outcome.window.start} to {outcome.window.end}")
    if report.rows_left_out:
        parts.append(f"{report.rows_left_out:,} left out")
    if report.rows_without_usage:
        parts.append(f"{report.rows_without_usage:,} empty or 0")
    OUT.print(f"{counted(report.rows_read, 'row')} read = {' + '.join(parts)}", soft_wrap=True)
    _print_shapes(report, outcome.scenario.rows if outcome is not None else None)
    if report.looks_aggregated and (outcome is None or outcome.scenario.rows == "event"):
        OUT.print(f"Note: {LOOK_LIKE_TOTALS}", soft_wrap=True)
    for note in report.notes:
        OUT.print(f"Note: {escape(note)}", soft_wrap=True)
    if outcome is not None:
        for feature, names in outcome.features_without_plan.items():
            OUT.print(
                f"Note: feature {escape(repr(feature))} is refused by {escape(', '.join(names))}: not in the plan",
                soft_wrap=True,
            )
        for term in idle_terms(outcome.scenario, outcome.window):
            OUT.print(f"Note: {escape(str(term))}", soft_wrap=True)
        print_rejects(report)
        _print_left_out(outcome)


def _print_left_out(outcome: Outcome) -> None:
    """Actions that make no sense, whose customers are not replayed, and rows of levels that cannot be used."""
    left_out, actions, levels = outcome.customers_left_out, outcome.problems, outcome.rejected_levels
    because = f"because of {counted(len(actions), 'subscription row')}"
    _print_problems(f"{counted(left_out, 'customer')} {'is' if left_out == 1 else 'are'} left out, {because}:", actions)
    rows = counted(len(levels), "row")
    _print_problems(f"{rows} of levels {'is' if len(levels) == 1 else 'are'} rejected, the others are used:", levels)


def _print_problems(heading: str, problems: Sequence[Problem], shown: int = 10) -> None:
    if not problems:
        return
    OUT.print(heading)
    for problem in problems[:shown]:
        OUT.print(escape(f"  {problem}"), soft_wrap=True)
    if len(problems) > shown:
        OUT.print(f"  and {len(problems) - shown:,} more; all are in rejects")


def _print_shapes(report: IngestReport, rows: str | None) -> None:
    """How the files were understood, those alike together; and what to do, unless the scenario does it already."""
    files: dict[tuple[str, str], list[str]] = {}
    for file in report.files:
        key = _understood(file), file.shape.advice if file.shape is not None and file.shape.rows != rows else ""
        files.setdefault(key, []).append(file.file)
    for (understood, advice), names in files.items():
        which = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
        if understood:
            OUT.print(escape(f"{which}: {understood}"), soft_wrap=True)
        if advice:
            OUT.print(escape(f"Note: {which}: {advice}"), soft_wrap=True)


def _understood(file: FileReport) -> str:
    if file.shape is not None and file.shape.code not in ("own", "other"):
        return f"{file.shape.name}: {file.shape.sentence}"
    columns = ", ".join(f"{ours} from {theirs}" for ours, theirs in file.mapping.labels() if ours != theirs)
    return columns or (file.shape.name if file.shape is not None else "")


def print_rejects(report: IngestReport, out: Console = OUT, shown: int = 5) -> None:
    if not report.rows_rejected:
        return
    if report.rows_rejected > 1:
        out.print(f"{report.rows_rejected:,} rejected rows, by reason:")
        for reason in report.reasons:
            out.print(escape(f"  {reason.rows:,} × {reason.reason}"), soft_wrap=True)
    out.print("The first of them:" if report.rows_rejected > 1 else "The rejected row:")
    for row in report.rejects.slice(0, shown).to_pylist():
        where = f"{row['file']}, line {row['line']}, {row['column'] or 'the row'} {row['value']!r}"
        out.print(escape(f"  {where}: {row['reason']}"), soft_wrap=True)
