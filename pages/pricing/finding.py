"""The answer, computed off the page's thread: what there is of it is drawn while it goes on."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from commet_core.decide.points import Point
from commet_core.decide.solve import Solution, solve
from commet_core.decide.sweep import Sweep, sweep
from commet_core.foundation.progress import Progress
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage
from pages.pricing import charts
from pages.pricing.asking import Asked
from pages.shared.kept import figure
from pages.shared.palette import CHART_CONFIG, palette
from pages.shared.work import awaited

WHAT: Final = "Replaying plans"
POINTS_BETWEEN_PICTURES: Final = 20


def found(scenario: Scenario, usage: Usage, asked: Asked) -> Solution | Sweep:
    """Raises InputError as solve and sweep do, `work.Canceled` where the visitor has stopped it."""
    key = "\0".join(("price", usage.digest, scenario.model_dump_json(), repr(asked)))
    seen = figure(f"{key} seen", dict[int, Point])

    def task(tell: Progress) -> Solution | Sweep:
        how: dict[str, Any] = {"seen": seen.__setitem__, "progress": tell}
        if len(asked.terms) == 1:
            return solve(scenario, usage, asked.candidate, asked.terms[0], asked.targets, **how)
        return sweep(scenario, usage, asked.candidate, asked.terms, asked.targets, **how)

    def answer() -> Solution | Sweep:
        place = st.empty()
        made = awaited(key, task, WHAT, meanwhile=_Pictures(place, scenario, asked, seen).draw)
        place.empty()
        return made

    return figure(key, answer)


class _Pictures:
    """What there is so far, drawn again where enough more has come."""

    def __init__(self, place: Any, scenario: Scenario, asked: Asked, seen: dict[int, Point]) -> None:
        self._place, self._scenario, self._asked, self._seen = place, scenario, asked, seen
        self._drawn = 0

    def draw(self) -> None:
        points = [point for _, point in sorted(self._seen.copy().items())]
        if len(points) < self._drawn + POINTS_BETWEEN_PICTURES:
            return
        self._drawn = len(points)
        drawing = charts.so_far(points, len(self._asked.terms), palette(), self._scenario.catalog.currency)
        self._place.plotly_chart(drawing, key=f"price_so_far_{len(points)}", theme=None, config=CHART_CONFIG)
