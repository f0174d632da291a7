"""A replay in pieces is the whole replay under every rule: the same rows, the same summary, or the same error."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from support.add_on_draws import simulations_with_add_ons
from support.cases import scenario_and_usage
from support.level_draws import simulations_with_versions_of_levels
from support.market_draws import simulations_in_markets
from support.mixed_draws import lending_simulations, mixed_simulations
from support.random_line_ups import simulations_of_line_ups, simulations_of_line_ups_with_more
from support.simulations import LAWS_PROFILE, MODELS, Simulation, simulations
from support.timelines import simulations_over_time, simulations_with_refusals, simulations_with_versions

from commet_core.decide.results import replay_into
from commet_core.engine.pieces import EVENTS_PER_PIECE
from commet_core.engine.result_folder import Format
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import IngestReport
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA

REPORT = IngestReport((), (), (), REJECT_SCHEMA.empty_table())

OF_A_MODEL = (
    simulations_over_time,
    simulations_with_versions,
    simulations_with_refusals,
    simulations_with_versions_of_levels,
    simulations_of_line_ups,
    simulations_of_line_ups_with_more,
    simulations_with_add_ons,
)
ALL_KINDS = st.one_of(
    simulations(),
    mixed_simulations(),
    lending_simulations(),
    simulations_in_markets(),
    *(st.sampled_from(MODELS).flatmap(of_model) for of_model in OF_A_MODEL),
)


@LAWS_PROFILE
@given(ALL_KINDS, st.sampled_from([1, 3, 10]), st.sampled_from(["parquet", "csv"]))
def test_pieces_of_a_few_events_make_the_same_result_as_one(simulation: Simulation, events: int, form: Format) -> None:
    assert result(simulation, form, events) == result(simulation, form, EVENTS_PER_PIECE)


def result(simulation: Simulation, form: Format, events: int) -> dict[str, Any] | str:
    """What each file of the result folder holds, rows in whatever order, or the error."""
    scenario, usage = scenario_and_usage(simulation.catalog, simulation.scenario, simulation.events)
    with TemporaryDirectory() as folder:
        try:
            replay_into(scenario, usage, REPORT, Path(folder, "out"), form, events_per_piece=events)
        except InputError as error:
            return str(error)
        return {path.name: content(path) for path in Path(folder, "out").iterdir()}


def content(path: Path) -> Any:
    if path.suffix == ".json":
        return json.loads(path.read_text("utf-8"))
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return [str(table.schema), *sorted(map(repr, table.to_pylist()))]
    header, *rows = path.read_text("utf-8").splitlines()
    return [header, *sorted(rows)]
