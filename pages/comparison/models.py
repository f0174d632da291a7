"""Which consumption model each candidate has."""

from __future__ import annotations

from commet_core.engine.replay import Replay


def models_of(replayed: Replay) -> dict[str, str]:
    """Candidate → consumption model, in the scenario's order."""
    scenario = replayed.scenario
    return {candidate.name: scenario.plan(candidate).consumption_model for candidate in scenario.candidates}
