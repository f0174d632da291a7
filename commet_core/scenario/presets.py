"""Catalogs to start from: products whose pricing has a known shape, and line-ups that compare the three models.

Each is a file in `presets/`: a header that says what it resembles and which generated usage fits it, beside a catalog.
The prices are illustrative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from commet_core.catalog.plans import MODELS, Catalog, ConsumptionModel
from commet_core.foundation.documents import read_document
from commet_core.scenario.candidates import Candidate, plans_of
from commet_core.scenario.scenario import Scenario

FOLDER = Path(__file__).parent / "catalogs"


@dataclass(frozen=True)
class CatalogPreset:
    """A catalog with what to compare in it.

    code          the file's name without suffix
    name          what it is, in a few words
    works_like    one sentence: the shape of the pricing, and whose it resembles
    note          what to know about the prices, and what was left out
    as_of         when the shape was looked up; the prices are illustrative
    usage_preset  the code of the generated usage that fits it (synthetic.PRESETS)
    catalog       the catalog
    candidates    which plans to compare, as `candidates` of a scenario
    baseline      the name of the candidate that differences are taken against
    """

    code: str
    name: str
    works_like: str
    note: str
    as_of: date
    usage_preset: str
    catalog: Catalog
    candidates: tuple[dict[str, Any], ...]
    baseline: str

    @property
    def models(self) -> tuple[ConsumptionModel, ...]:
        """The consumption models of the candidates, in the order of MODELS."""
        compared = [plans_of(self.catalog, Candidate.model_validate(candidate))[0] for candidate in self.candidates]
        used = {self.catalog.plans[plan].consumption_model for plan in compared}
        return tuple(model for model in MODELS if model in used)

    def scenario(self, **more: Any) -> Scenario:
        """A scenario that compares the candidates; `more` are further keys of a scenario (window, seed, …)."""
        return Scenario.model_validate(
            {"catalog": self.catalog, "candidates": list(self.candidates), "baseline": self.baseline, **more}
        )


@cache
def catalog_presets() -> Mapping[str, CatalogPreset]:
    """The presets by code: the line-ups first, then metered, credits and balance products by name. Read once."""
    presets = sorted((_read(path) for path in FOLDER.glob("*.yaml")), key=_place)
    return MappingProxyType({preset.code: preset for preset in presets})


def _read(path: Path) -> CatalogPreset:
    document = read_document(path)
    candidates = tuple(document["candidates"])
    return CatalogPreset(
        code=path.stem,
        name=document["name"],
        works_like=document["works_like"],
        note=document["note"],
        as_of=document["as_of"],
        usage_preset=document["usage"],
        catalog=Catalog.model_validate(document["catalog"]),
        candidates=candidates,
        baseline=document.get("baseline", candidates[0]["name"]),
    )


def _place(preset: CatalogPreset) -> tuple[bool, int, str]:
    return len(preset.models) == 1, MODELS.index(preset.models[0]), preset.name
