"""Every way to move, computed off the page's thread."""

from __future__ import annotations

from typing import Final

from commet_core.decide.migration import Migration, MigrationAhead, migrate, migrate_ahead
from commet_core.foundation.progress import Progress
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage
from pages.moving.asking import Asked
from pages.shared.kept import figure
from pages.shared.work import awaited

WHAT: Final = "Replaying every way to move"


def found(scenario: Scenario, usage: Usage, asked: Asked) -> Migration | MigrationAhead:
    """Raises InputError as migrate and migrate_ahead do, `work.Canceled` where the visitor has stopped it."""
    key = "\0".join(("move", usage.digest, scenario.model_dump_json(), repr(asked)))

    def task(tell: Progress) -> Migration | MigrationAhead:
        what = (scenario, usage, asked.old, asked.new, asked.strategies)
        if asked.months:
            return migrate_ahead(*what, months=asked.months, rise=asked.rise, lenient=True, progress=tell)
        return migrate(*what, at=asked.at, rise=asked.rise, lenient=True, progress=tell)

    return figure(key, lambda: awaited(key, task, WHAT))
