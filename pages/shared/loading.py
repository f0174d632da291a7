"""Usage and replays for the pages: computed once per content, shared by visitors, with progress where it takes a while."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import streamlit as st

from commet_core.errors import InputError
from commet_core.ingest import Ingested, read
from commet_core.replay import Replay, replay
from commet_core.scenario import Scenario
from commet_core.synthetic import expected_events, generate
from commet_core.usage import Usage
from pages.shared.study import Generated, Study, Uploaded, UploadedFile
from pages.shared.study import current as current_study

SPOOL = Path(tempfile.gettempdir()) / "commet-simulator-uploads"
SPOOL_DAYS: Final = 30
READINGS_KEPT: Final = 4
GENERATED_EVENTS_MAX: Final = 10_000_000


def spool(name: str, content: Any) -> UploadedFile:
    """Keeps an uploaded file on disk, named by the digest of its content; `content` is a binary file object."""
    SPOOL.mkdir(mode=0o700, exist_ok=True)
    _forget_old_uploads()
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=SPOOL, delete=False) as kept:
        while block := content.read(1 << 20):
            digest.update(block)
            kept.write(block)
    folder = SPOOL / digest.hexdigest()
    folder.mkdir(exist_ok=True)
    Path(kept.name).replace(folder / _safe(name))
    return UploadedFile(name=_safe(name), digest=digest.hexdigest())


def _forget_old_uploads() -> None:
    """Removes what nobody has uploaded again for SPOOL_DAYS; a link to it then asks for the file."""
    oldest = time.time() - timedelta(days=SPOOL_DAYS).total_seconds()
    for kept in SPOOL.iterdir():
        if kept.stat().st_mtime < oldest:
            shutil.rmtree(kept, ignore_errors=True) if kept.is_dir() else kept.unlink(missing_ok=True)


def _safe(name: str) -> str:
    return Path(name.replace("\\", "/")).name[-120:] or "upload"


def path_of(uploaded: UploadedFile) -> Path:
    """Where an uploaded file is. Raises InputError where the server no longer has it."""
    path = SPOOL / uploaded.digest / _safe(uploaded.name)
    if not path.is_file():
        raise InputError.of(uploaded.name, "the uploaded file is no longer on this server", "Upload it again on the Usage page")
    return path


def usage_of(study: Study) -> Usage:
    """The usage of a study. Raises InputError where it cannot be read."""
    if isinstance(study.source, Generated):
        return _generated(study.source)
    return ingested(study.source).usage


def ingested(source: Uploaded) -> Ingested:
    """What was read from uploaded files, with what was rejected; a progress bar while it is read."""
    key, kept = source.model_dump_json(), _readings()
    if key not in kept:
        reading = _read(source)
        while len(kept) >= READINGS_KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = reading
        return reading
    return kept[key]


def _read(source: Uploaded) -> Ingested:
    paths = [path_of(file) for file in source.files]
    bar = st.progress(0.0, "Reading the file")

    def progress(share: float, text: str) -> None:
        bar.progress(min(1.0, share), text)

    try:
        return read(paths, mapping=source.mapping, progress=progress)
    finally:
        bar.empty()


@st.cache_resource(show_spinner=False)
def _readings() -> dict[str, Ingested]:
    """What was read lately, oldest first. Kept by hand: a cached function cannot draw on a progress bar outside it."""
    return {}


@st.cache_resource(max_entries=64, show_spinner=False)
def events_expected(source: Generated) -> int:
    """About how many events would come out."""
    return expected_events(source.preset, source.customers, source.months, source.seed)


@st.cache_resource(max_entries=8, show_spinner="Generating usage")
def _generated(source: Generated) -> Usage:
    expected = events_expected(source)
    if expected > GENERATED_EVENTS_MAX:
        what = f"{source.customers:,} customers would have about {expected:,} events in {source.months} months"
        fix = f"Ask for fewer customers or months: up to {GENERATED_EVENTS_MAX:,} events are generated here"
        raise InputError.of("generated usage", what, fix)
    return Usage.from_table(generate(source.preset, source.customers, source.months, source.seed))


def replay_of(study: Study) -> Replay:
    """The study's replay. Raises InputError where the study is not a valid scenario or the usage cannot be read."""
    scenario = study.scenario()
    usage = usage_of(study)
    return _replay(usage.digest, scenario.model_dump_json(), usage, scenario)


def current_replay() -> Replay:
    """The replay of the visitor's study."""
    return replay_of(current_study())


@st.cache_resource(max_entries=16, show_spinner="Replaying the usage")
def _replay(digest: str, scenario_text: str, _usage: Usage, _scenario: Scenario) -> Replay:  # noqa: ARG001
    """Cached by the first two arguments: Streamlit leaves those that begin with an underscore out of the key."""
    return replay(_scenario, _usage)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Compiles, or loads from disk, the replay's kernels in the background, once per server."""
    from commet_core.warmup import warm  # noqa: PLC0415  (only the dashboard's first visitor needs it)

    thread = threading.Thread(target=warm, name="warm-up", daemon=True)
    thread.start()
    return thread
