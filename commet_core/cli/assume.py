"""commet-sim assume: at which assumptions about people another candidate leads, and how robust the leader is."""

from __future__ import annotations

import argparse
import json
from decimal import Decimal

from rich.markup import escape

from commet_core.cli.sources import inputs, read_usage
from commet_core.cli.terminal import OUT, progress
from commet_core.decide.flip_points import flip_points, flip_table
from commet_core.decide.robustness import robustness, robustness_table, tornado, tornado_table
from commet_core.decide.standing import Range, names_that_matter, usual_range
from commet_core.engine.result_folder import write_table
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import parse_decimal
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.progress import share_of
from commet_core.foundation.whole_files import written_whole
from commet_core.reports.assumption_words import flip_sentences, robustness_sentence
from commet_core.scenario.scenario import Scenario

SUMMARY = "assumptions.json"


def run(chosen: argparse.Namespace) -> None:
    check_outputs([chosen.out], [chosen.scenario, *inputs(chosen)])
    scenario = Scenario.load(chosen.scenario)
    ranges = [_range(text) for text in chosen.range] or [usual_range(name) for name in names_that_matter(scenario)]
    usage = read_usage(chosen).usage
    with progress() as tell:
        flips = flip_points(scenario, usage, ranges, share_of(tell, 0, 0.4, "Looking for flip points"))
        robust = robustness(scenario, usage, ranges, share_of(tell, 0.4, 1, "Replaying assumptions together"))
    winds = tornado(scenario, usage, ranges)
    tables = {"flip_points": flip_table(flips), "robustness": robustness_table(robust)}
    tables["tornado"] = tornado_table(winds, scenario.catalog.currency)
    with written_whole(chosen.out, SUMMARY, "an earlier result") as folder:
        for name, table in tables.items():
            write_table(table, folder, name, chosen.format)
        summary = {"leader": robust.leader, "level": robust.level, "robust": robust.robust, "leads": robust.leads}
        (folder / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    for sentence in [robustness_sentence(robust), *flip_sentences(flips)]:
        OUT.print(escape(sentence), soft_wrap=True)
    OUT.print(f"Results are in {escape(str(chosen.out))}", soft_wrap=True)


def _range(text: str) -> Range:
    """NAME=LOW:HIGH, numbers or percentages."""
    name, _, ends = text.partition("=")
    low, _, high = ends.partition(":")
    try:
        return Range(name.strip(), *(_number(end.strip()) for end in (low, high)))
    except ValueError as error:
        fix = "Write NAME=LOW:HIGH, for example leaving.share=0:30%"
        raise InputError.of(f"--range {text}", str(error), fix) from None


def _number(text: str) -> Decimal:
    return parse_decimal(text[:-1]) / 100 if text.endswith("%") else parse_decimal(text)
