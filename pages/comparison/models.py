"""Which consumption model each candidate has."""

from __future__ import annotations

from commet_core.engine.replay import Replay


def models_of(replayed: Replay) -> dict[str, str]:
    """Candidate → consumption model, in the scenario's order."""
    return {run.candidate.name: run.plan.consumption_model for run in replayed.runs}
