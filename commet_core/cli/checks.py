"""The checks of a scenario on the command line: a table of the result folder, what is printed, JUnit XML, and the exit status."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pyarrow as pa
from rich.markup import escape
from rich.table import Table

from commet_core.cli.terminal import OUT
from commet_core.foundation.errors import InputError
from commet_core.foundation.whole_files import file_written_whole
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from commet_core.engine.outcome import Outcome
    from commet_core.reports.checks import CheckResult

CHECK_FAILED = 3
"""Exit status where a check of the scenario fails (interfaces.md)."""


class Checks:
    """The checks that a replay is asked for; none without --check. Raises InputError where they cannot be made."""

    def __init__(self, scenario: Scenario, chosen: argparse.Namespace) -> None:
        self.scenario = scenario
        self._asked, self._junit = chosen.check, chosen.junit
        self._results: list[CheckResult] = []
        if chosen.junit and not chosen.check:
            raise InputError.of("--junit", "it is written of checks", "Add --check")
        if chosen.check and not scenario.checks:
            what = "the scenario has no checks"
            raise InputError.of(
                "--check", what, "Add checks to it, for example {candidate: Credits, blocked_share: {at_most: 1%}}"
            )
        if chosen.check and chosen.engine == "spark" and any(check.margin for check in scenario.checks):
            raise InputError.of("--check", "margins are not worked out on Spark", "Leave out --engine spark, or those checks")

    def tables(self, outcome: Outcome, usage: Usage | None) -> dict[str, pa.Table]:
        """Makes the checks; the table `checks`, or none. usage: None on Spark."""
        if not self._asked:
            return {}
        from commet_core.reports.checks import checked, checks_table, costed

        self._results = checked(outcome, None if usage is None else costed(outcome.scenario, usage))
        return {"checks": checks_table(self._results)}

    def told(self) -> int:
        """Prints what was found, writes JUnit XML where it is asked for, and returns the exit status."""
        if not self._asked:
            return 0
        table = Table("", "candidate", "check", "wanted", "found", "off by", title="checks")
        for result in self._results:
            cells = (result.candidate, result.check.replace("_", " "), result.wanted, result.found or "–", result.off)
            table.add_row("passed" if result.passed else "FAILED", *map(escape, cells))
        OUT.print(table)
        if self._junit:
            from commet_core.reports.checks import to_junit

            with file_written_whole(self._junit) as unfinished:
                unfinished.write_bytes(to_junit(self._results))
        return 0 if all(result.passed for result in self._results) else CHECK_FAILED
