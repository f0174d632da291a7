"""The study: what a visitor is working on. One immutable value in the session, and in the link.

Pages read it with `current()` and change it with `change(...)`; everything shown is computed from it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import streamlit as st
from pydantic import Field, field_serializer

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import Document, check_content
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import Window
from commet_core.scenario.assumptions import Assumptions
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.reporting import Reporting
from commet_core.scenario.scenario import Rows, Scenario, Start
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping
from commet_core.usage.synthetic.described import Description
from pages.shared import history, long_links, remembered
from pages.shared.uploads import UploadedFile

SAMPLE = "sample_ai_images"
_LINK_BYTES_MAX = 1_000_000
_KEYS = {
    "usage",
    "described",
    "plans",
    "study",
    "files",
    "subscriptions",
    "levels",
    "actions",
    "reporting",
    "market",
    "rows",
    "start",
    "baseline",
    "window",
    "assumptions",
}
"""The parameters of a link that make a study."""
_OF_PAGE, _LINK = "link_of_page", "link_known"
"""Session keys: parameters that the present page has named; the link last made, with what it was made of."""


class Generated(Document):
    """Usage from the generator."""

    kind: Literal["generated"] = "generated"
    preset: str
    customers: Annotated[int, Field(ge=1, le=100_000)] = 150
    months: Annotated[int, Field(ge=1, le=36)] = 6
    seed: Annotated[int, Field(ge=0, le=2**31)] = 7


class Described(Document):
    """Usage made from somebody's answers to three questions."""

    kind: Literal["described"] = "described"
    description: Description


class Brought(Document):
    """Usage that somebody brings. `mapping`: what the visitor has said about its columns."""

    mapping: SavedMapping | None = None

    @field_serializer("mapping")
    def _as_it_was_given(self, mapping: SavedMapping | None) -> dict[str, Any] | None:
        """What is not given is recognised, so it must not become null."""
        return None if mapping is None else mapping.model_dump(mode="json", exclude_unset=True)


class Uploaded(Brought):
    """Usage from files that were uploaded."""

    kind: Literal["uploaded"] = "uploaded"
    files: Annotated[tuple[UploadedFile, ...], Field(min_length=1)]


class ServerFiles(Brought):
    """Usage from files on the server: paths, patterns and folders as the visitor named them."""

    kind: Literal["server"] = "server"
    names: Annotated[tuple[str, ...], Field(min_length=1, max_length=1000)]


class Queried(Brought):
    """Usage from the database. `asked_at` tells one asking of a query from the next."""

    kind: Literal["database"] = "database"
    query: str
    asked_at: str


class KeptUsage(Brought):
    """Usage that the workspace keeps, as it was read. name: what it was called where it came from."""

    kind: Literal["workspace"] = "workspace"
    name: Annotated[str, Field(max_length=300)]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{16,64}$")]


BroughtSource = Uploaded | ServerFiles | Queried | KeptUsage
UsageSource = Annotated[Generated | Described | Uploaded | ServerFiles | Queried | KeptUsage, Field(discriminator="kind")]


class Study(Document):
    """Usage, catalog, candidates and assumptions. Not every study is a valid scenario: plans may be half designed.

    subscriptions  a file of what customers did
    levels         a file of the seats and quota that they held
    actions        what they did beside that, said on the Customers page
    assumptions    what people are assumed to do about prices
    reporting      the currency in which sums over several markets are told, and its rates (billing-rules 15.6)
    market         the one that pages are about, as `one_market` takes it; "" for all
    """

    source: UsageSource
    catalog: Catalog
    candidates: tuple[Candidate, ...]
    rows: Rows = "event"
    start: Start = "first_use"
    window: Window | None = None
    seed: int = 7
    baseline: str = ""
    subscriptions: UploadedFile | None = None
    levels: UploadedFile | None = None
    actions: tuple[SubscriptionRow, ...] = ()
    assumptions: Assumptions = Assumptions()
    reporting: Reporting | None = None
    market: str = ""

    def actions_in_effect(self) -> tuple[SubscriptionRow, ...]:
        """Actions for all candidates, or for one that is compared."""
        names = {"", *(candidate.name for candidate in self.candidates)}
        return tuple(action for action in self.actions if action.candidate in names)

    def scenario(self, subscriptions: tuple[SubscriptionRow, ...] = (), levels: tuple[LevelRow, ...] = ()) -> Scenario:
        """What to replay. Raises InputError where the candidates do not fit the catalog. subscriptions, levels: the files' rows."""
        return Scenario.model_validate(
            {
                "catalog": self.catalog,
                "window": None if self.window is None else self.window.model_dump(),
                "rows": self.rows,
                "start": self.start,
                "seed": self.seed,
                "subscriptions": (*subscriptions, *self.actions_in_effect()),
                "levels": levels,
                "baseline": self.baseline if self.baseline in {candidate.name for candidate in self.candidates} else "",
                "candidates": [candidate.model_dump() for candidate in self.candidates],
                "assumptions": self.assumptions.model_dump(),
                "reporting": None if self.reporting is None else self.reporting.model_dump(),
            }
        )


def sample(preset: str = SAMPLE) -> Study:
    """The worked sample: a line-up of three models on the usage it was made for."""
    chosen = catalog_presets()[preset]
    return Study(
        source=Generated(preset=chosen.usage_preset),
        catalog=chosen.catalog,
        candidates=tuple(Candidate.model_validate(candidate) for candidate in chosen.candidates),
    )


def current() -> Study:
    """The visitor's study: the session's, else the link's, else the worked sample."""
    study: Study | None = st.session_state.get(history.STUDY)
    if study is None:
        _take_up(st.query_params.to_dict())
        study = st.session_state[history.STUDY]
    return study


def unfinished() -> dict[str, Any] | None:
    """Plans that are wrong somewhere, as they were typed; the study keeps the last ones that were right."""
    found: dict[str, Any] | None = st.session_state.get(history.UNFINISHED)
    return found


def change(**changes: Any) -> None:
    """Replaces parts of the visitor's study, which can be undone. To be called where the visitor does something: it changes the link."""
    study = current().model_copy(update=changes)
    st.session_state[history.UNFINISHED] = None if "catalog" in changes else unfinished()
    _went_on(study)


def replace(study: Study) -> None:
    """Puts another study in place of the visitor's."""
    current()
    st.session_state[history.UNFINISHED] = None
    _went_on(study)


def leave_unfinished(plans: dict[str, Any]) -> None:
    """Keeps plans that are wrong somewhere beside the study."""
    study = current()
    st.session_state[history.UNFINISHED] = plans
    _went_on(study)


def step(steps: int) -> None:
    """Undoes (-1) or redoes (1)."""
    current()
    if history.move(steps):
        write_link()


def follow_link() -> None:
    """Takes what is in the address bar, after Back or Forward."""
    if history.STUDY in st.session_state:
        _take_up(st.query_params.to_dict())


def link() -> dict[str, str]:
    """All of what is in the link: the study, plans as they are typed, and what is typed and opened on pages."""
    parts = (current(), unfinished(), remembered.for_link())
    known = st.session_state.get(_LINK)
    if known is None or any(now is not then for now, then in zip(parts, known[0], strict=True)):
        known = st.session_state[_LINK] = (parts, _whole_link(*parts))
    found: dict[str, str] = known[1]
    return found


def in_link(**parameters: str) -> None:
    """What the present page shows, named in the link whenever that is written; a parameter without a value is left out."""
    named = {**st.session_state.get(_OF_PAGE, {}), **parameters}
    st.session_state[_OF_PAGE] = {name: value for name, value in named.items() if value}


def begin_page() -> None:
    """Nothing that another page has named belongs into the link."""
    st.session_state[_OF_PAGE] = {}


def write_link() -> None:
    """Puts into the address bar what is seen; a new entry for Back, where it differs. To be called where something was done."""
    for heard in _ON_CHANGE:
        heard()
    whole = link() | st.session_state.get(_OF_PAGE, {})
    if st.query_params.to_dict() != whole:
        st.query_params.from_dict(whole)


_ON_CHANGE: list[Callable[[], None]] = []
"""What is done whenever something was done on a page: drafts are kept, which know of studies."""


def on_change(heard: Callable[[], None]) -> None:
    """Calls this at every change, once however often it is asked for."""
    if heard not in _ON_CHANGE:
        _ON_CHANGE.append(heard)


def _went_on(study: Study) -> None:
    st.session_state[history.STUDY] = study
    history.record()
    write_link()


def _take_up(found: Mapping[str, str]) -> None:
    study = from_link(found) or sample()
    plans, shown = (_packed(found, key) for key in ("typed", "shown"))
    remembered.take(shown)
    history.go_to(study, plans if isinstance(plans, dict) else None)


def _packed(found: Mapping[str, str], key: str) -> Any:
    """What is packed in a parameter that no study depends on; None where it is damaged."""
    try:
        return _unpack(found[key], dict)
    except (InputError, ValueError, KeyError, RecursionError, zlib.error):
        return None


def _whole_link(study: Study, plans: dict[str, Any] | None, shown: Mapping[str, Any]) -> dict[str, str]:
    found = to_link(study)
    if plans is not None:
        found["typed"] = _pack(plans)
    if shown := {key: value for key, value in shown.items() if len(str(value)) <= remembered.LETTERS_MAX}:
        found["shown"] = _pack(shown)
    return found


def to_link(study: Study) -> dict[str, str]:
    """The study as query parameters: nothing for what is usual, one packed parameter for plans of one's own."""
    link: dict[str, str] = {}
    preset = _preset_of(study)
    usual = sample(preset or SAMPLE)
    for key in ("rows", "start", "baseline", "market"):
        if getattr(study, key) != getattr(usual, key):
            link[key] = getattr(study, key)
    if study.window is not None:
        link["window"] = f"{study.window.start}..{study.window.end}"
    for key in ("subscriptions", "levels"):
        if (file := getattr(study, key)) is not None:
            link[key] = _pack(file.model_dump(mode="json"))
    if study.actions:
        link["actions"] = _pack([action.model_dump(mode="json", exclude_defaults=True) for action in study.actions])
    if study.assumptions != Assumptions():
        link["assumptions"] = _pack(study.assumptions.model_dump(mode="json", exclude_defaults=True))
    if study.reporting is not None:
        link["reporting"] = _pack(study.reporting.model_dump(mode="json"))
    if isinstance(study.source, Brought):
        link["files"] = _pack(study.source.model_dump(mode="json"))
    elif isinstance(study.source, Described):
        link["described"] = _pack(study.source.description.model_dump(mode="json"))
    elif study.source != usual.source:
        link["usage"] = f"{study.source.preset}-{study.source.customers}-{study.source.months}-{study.source.seed}"
    if preset is None:
        candidates = [candidate.model_dump(mode="json", exclude_defaults=True) for candidate in study.candidates]
        link["study"] = _pack({"catalog": study.catalog.document(), "candidates": candidates, "seed": study.seed})
    elif preset != SAMPLE:
        link["plans"] = preset
    return link


def from_link(link: Mapping[str, str]) -> Study | None:
    """The study in a link; None where it holds none, and a message on the page where it is damaged."""
    if not link.keys() & _KEYS:
        return None
    try:
        return _read_link(link)
    except (InputError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, zlib.error):
        st.session_state["notice"] = "This link is damaged or from another version; you see the sample instead."
        return None


def _read_link(link: Mapping[str, str]) -> Study:
    study = sample(link.get("plans", SAMPLE))
    changes: dict[str, Any] = {key: link[key] for key in ("rows", "start", "baseline", "market") if key in link}
    if "study" in link:
        packed = _unpack(link["study"], dict)
        changes["catalog"] = Catalog.model_validate(packed["catalog"])
        changes["candidates"] = packed["candidates"]
        changes["seed"] = packed["seed"]
    if "usage" in link:
        preset, customers, months, seed = link["usage"].rsplit("-", 3)
        changes["source"] = {"kind": "generated", "preset": preset, "customers": customers, "months": months, "seed": seed}
    if "described" in link:
        changes["source"] = {"kind": "described", "description": _unpack(link["described"], dict)}
    if "files" in link:
        changes["source"] = _unpack(link["files"], dict)
    packed_parts = {"subscriptions": dict, "levels": dict, "actions": list, "assumptions": dict, "reporting": dict}
    for key, kind in packed_parts.items():
        if key in link:
            changes[key] = _unpack(link[key], kind)
    if "window" in link:
        start, end = link["window"].split("..")
        changes["window"] = Window(start=date.fromisoformat(start), end=date.fromisoformat(end)).model_dump()
    return Study.model_validate({**study.model_dump(exclude={"catalog"}), "catalog": study.catalog, **changes})


def _preset_of(study: Study) -> str | None:
    for code, preset in catalog_presets().items():
        if (
            preset.catalog == study.catalog
            and study.candidates == sample(code).candidates
            and study.seed == Study.model_fields["seed"].default
        ):
            return code
    return None


def _pack(content: Any) -> str:
    text = json.dumps(content, separators=(",", ":"))
    return long_links.shortened(base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("="))


def _unpack(text: str, kind: type) -> Any:
    """What a parameter holds. Raises ValueError where it is not of this kind, or no document at all."""
    text = long_links.whole(text)
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    reader = zlib.decompressobj()
    content = reader.decompress(packed, _LINK_BYTES_MAX)
    if reader.unconsumed_tail:
        raise ValueError("the link holds too much")
    found = json.loads(content)
    check_content(found)
    if not isinstance(found, kind):
        raise ValueError(f"the link holds {type(found).__name__}, not {kind.__name__}")
    return found
