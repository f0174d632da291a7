"""commet-sim assume: at which assumptions about people, or prices, another candidate leads, and how robust the leader is."""

from __future__ import annotations

import argparse
import json

from commet_core.cli.arguments import inputs
from commet_core.cli.asked_market import asked_of, load
from commet_core.cli.asked_ranges import asked_ranges
from commet_core.cli.sources import told_usage
from commet_core.cli.terminal import progress, say
from commet_core.decide.flip_points import flip_points, flip_table
from commet_core.decide.moved_terms import is_path
from commet_core.decide.robustness import Robustness, robustness, robustness_table, tornado, tornado_table
from commet_core.decide.standing import Range, check_ranges, usual_price_ranges, usual_ranges
from commet_core.engine.result_folder import write_table
from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.progress import Progress, share_of
from commet_core.foundation.whole_files import written_whole
from commet_core.reports.assumption_words import flip_sentences, robustness_sentence
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SUMMARY = "assumptions.json"


def run(chosen: argparse.Namespace) -> None:
    check_outputs([chosen.out], [chosen.scenario, *inputs(chosen)])
    whole = load(chosen)
    if len(whole.candidates) == 1:
        raise InputError.of(
            "candidates", "there is only one, so that no other can lead", "Add a second candidate to the scenario"
        )
    scenario, usage = asked_of(chosen, whole, told_usage(chosen, whole))
    ranges = asked_ranges(scenario, chosen.range) or [*usual_ranges(scenario), *usual_price_ranges(scenario)]
    check_ranges(scenario, ranges)
    assumed = [asked for asked in ranges if not is_path(asked.name)]
    with progress() as tell:
        flips = flip_points(scenario, usage, ranges, share_of(tell, 0, 0.4, "Looking for flip points"))
        robust = _robustness(scenario, usage, assumed, share_of(tell, 0.4, 1, "Replaying assumptions together"))
    tables = {"flip_points": flip_table(flips)}
    summary: dict[str, object] = {}
    if robust is not None:
        tables["robustness"] = robustness_table(robust)
        tables["tornado"] = tornado_table(tornado(scenario, usage, assumed), scenario.catalog.currency)
        summary = {"leader": robust.leader, "level": robust.level, "robust": robust.robust, "leads": robust.leads}
    with written_whole(chosen.out, SUMMARY, "an earlier result") as folder:
        for name, table in tables.items():
            write_table(table, folder, name, chosen.format)
        (folder / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    for sentence in [*([] if robust is None else [robustness_sentence(robust)]), *flip_sentences(flips)]:
        say(sentence)
    say(f"Results are in {chosen.out}")


def _robustness(scenario: Scenario, usage: Usage, assumed: list[Range], tell: Progress) -> Robustness | None:
    """None where only prices are asked about: they are chosen, and not assumed."""
    return robustness(scenario, usage, assumed, tell) if assumed else None
