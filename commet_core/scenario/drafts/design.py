"""A design: plans while somebody works on them, as plain dictionaries; what is in it, and what things are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.reporting import Reporting
from commet_core.scenario.scenario import Scenario

Kind = Literal["plans", "features", "credit_packs", "plan_groups", "offers", "promo_codes", "addons", "models"]


Path = tuple[str, ...]


CALLED: Final[Mapping[Kind, str]] = {
    "plans": "plan",
    "features": "feature",
    "credit_packs": "credit pack",
    "plan_groups": "plan group",
    "offers": "offer",
    "promo_codes": "promo code",
    "addons": "add-on",
    "models": "AI model",
}


@dataclass(frozen=True)
class Design:
    """Plans in the making.

    document    a catalog as plain dictionaries, numbers as they were typed
    candidates  as in a scenario, as plain dictionaries
    baseline    the name of a candidate, or nothing for the first
    put_aside   (plan, model) → the plan as it was when it last had that model, so that nothing is lost by looking at another
    notes       what the last edit did beyond what was asked for, in sentences
    """

    document: dict[str, Any]
    candidates: tuple[dict[str, Any], ...] = ()
    baseline: str = ""
    put_aside: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, catalog: Catalog, candidates: Iterable[Candidate], baseline: str = "") -> Design:
        rows = tuple(candidate.model_dump(mode="json", exclude_defaults=True) for candidate in candidates)
        return cls(catalog.document(), rows, baseline)

    def group(self, kind: Kind) -> dict[str, Any]:
        """What the document has of a kind, by code; plan groups are lists of plan codes, AI models those with prices of one's own."""
        group: dict[str, Any] = self.document.get(kind, {})
        return group

    def value(self, path: Path) -> Any:
        """What stands at a path of the document; None where nothing does."""
        part: Any = self.document
        for key in path:
            part = part[int(key)] if isinstance(part, list) else part.get(key) if isinstance(part, dict) else None
        return part

    def checked_catalog(self) -> Catalog:
        """The catalog alone. Raises InputError with every problem."""
        return Catalog.model_validate(self.document)

    def checked(self, reporting: Reporting | None = None) -> tuple[Catalog, tuple[Candidate, ...]]:
        """The catalog and its candidates. Raises InputError with every problem; paths as in a scenario, `catalog.` left out.

        reporting: that of the study, which candidates in markets of several currencies need (billing-rules 15.6).
        """
        if not self.candidates:
            return self.checked_catalog(), ()
        told = None if reporting is None else reporting.model_dump()
        try:
            scenario = Scenario.model_validate(
                {"catalog": self.document, "candidates": list(self.candidates), "reporting": told}
            )
        except InputError as error:
            raise InputError([replace(one, where=one.where.removeprefix("catalog.")) for one in error.problems]) from None
        return scenario.catalog, scenario.candidates


def name_of(design: Design, kind: Kind, code: str) -> str:
    """What a plan, feature, pack, offer or add-on is called: its name, else its code."""
    content = design.group(kind).get(code)
    return str((content.get("name") if isinstance(content, Mapping) else "") or code)


def places_in_words(design: Design, where: str) -> str:
    """Where a problem is, for people: `Plan “Pro” › prices › monthly`."""
    parts = where.split(".")
    for kind, called in CALLED.items():
        if parts[0] == kind and len(parts) > 1:
            below = where.removeprefix(f"{kind}.")
            code = max((one for one in design.group(kind) if f"{below}.".startswith(f"{one}.")), key=len, default=parts[1])
            deeper = [part for part in below.removeprefix(code).split(".") if part]
            rest = [f"number {int(part) + 1}" if part.isdigit() else part.replace("_", " ") for part in deeper]
            return " › ".join([f"{called[:1].upper()}{called[1:]} “{name_of(design, kind, code)}”", *rest])
    if parts[0] == "candidates" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(design.candidates):
        name = design.candidates[int(parts[1])].get("name") or f"number {int(parts[1]) + 1}"
        return " › ".join([f"Candidate “{name}”", *parts[2:]])
    return " › ".join(part.replace("_", " ") for part in parts)
