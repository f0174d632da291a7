"""The ways to usage: upload files, read them on the server, ask the database, generate some, take a sample."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from commet_core.foundation.errors import InputError
from commet_core.scenario.presets import CatalogPreset, catalog_presets
from commet_core.usage.example import example_rows
from commet_core.usage.profile import Profile
from commet_core.usage.synthetic import PRESETS
from pages.shared import limits, links, remembered, settings
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.loading import GENERATED_EVENTS_MAX, events_expected
from pages.shared.spool import spool
from pages.shared.study import Generated, Study, Uploaded
from pages.shared.tables import csv_button, escaped
from pages.shared.work import visitor
from pages.usage_intake import pending
from pages.usage_intake.from_server import database, server_files

WAYS = {
    "upload": "Upload files",
    "server": "Files on the server",
    "database": "Database",
    "generate": "Generate",
    "sample": "Take a sample",
}
REPEATED = "usage_repeated"
"""Session key: the upload in which one content came more than once."""

_WAY = "usage_way"
_UPLOADS = "usage_uploads"
_REFUSED = "usage_upload_refused"
CUSTOMERS = (1, 100_000)
MONTHS = (1, 36)
SEEDS = (0, 2**31)
"""From which to which number usage is generated."""

_COLUMNS = """
| Column | What it holds | Also recognised |
| :-- | :-- | :-- |
| `customer_id` | who asked | customerId, customer, external_id, user_id … |
| `timestamp` | when: 2026-01-31T13:45:00Z, or epoch seconds or milliseconds; no zone means UTC | time, date, created_at … |
| `feature` | what for: a feature's code | event_name, event_type, metric … |
| `value` | how much, 0 or more; left out: 1 | quantity, units, amount, count … |
| `event_id` | may be left out; the same id twice for a customer is a duplicate and counted once | idempotency_key … |
"""


def ways_in(study: Study, found: Profile | None) -> None:
    """The choice of a way, and that way. `found`: the totals of the study's usage, where it could be read."""
    ways = _offered()
    chosen = st.segmented_control(
        "Where usage comes from",
        list(ways),
        format_func=ways.__getitem__,
        label_visibility="collapsed",
        required=True,
        **links.kept(remembered.choice(_WAY, ways, "upload")),
    )
    with st.container(border=True):
        if chosen == "generate":
            _generate(study, found)
        elif chosen == "sample":
            _take_sample(study)
        elif chosen == "server":
            server_files(study)
        elif chosen == "database":
            database(study)
        else:
            _upload()


def _offered() -> dict[str, str]:
    """The ways that this server has: its files and its database only where its operator has set them up."""
    there = {"server": bool(settings.usage_folders()), "database": settings.usage_database_url() is not None}
    return {way: name for way, name in WAYS.items() if there.get(way, True)}


def _upload() -> None:
    """Uploaded files go to disk at once, and the uploader is emptied: it would keep them in memory."""
    place = st.session_state.setdefault(_UPLOADS, 0)
    files = st.file_uploader(
        "CSV, Excel, Parquet or JSON",
        help="Packed ones too. Several files are read as one usage, in place of the present one.",
        accept_multiple_files=True,
        key=f"usage_upload_{place}",
    )
    if files:
        st.session_state[_UPLOADS] = place + 1
        try:
            take_up(files)
        except InputError as error:
            release(files)
            st.session_state[_REFUSED] = error
        st.rerun()
    if (refused := st.session_state.pop(_REFUSED, None)) is not None:
        show_problems(refused, "The files were not taken.")
    without_limit = " and ".join(f"**{name}**" for way, name in _offered().items() if way in ("server", "database"))
    if without_limit:
        have = "have" if " and " in without_limit else "has"
        st.caption(f"A file of more than {_upload_limit()} is not taken here. {without_limit}, above, {have} no limit.")
    with st.expander("File format"):
        st.markdown(f"One row is one event, or a total of many. Columns may have other names and any order.\n{_COLUMNS}")
        csv_button("Download an example file", example_rows, "usage_example.csv", key="usage_example")


def _upload_limit() -> str:
    megabytes = int(st.get_option("server.maxUploadSize"))
    return f"{megabytes >> 10} GB" if megabytes % 1024 == 0 else f"{megabytes} MB"


def take_up(files: Sequence[UploadedFile]) -> None:
    """Puts uploaded files on the server's disk, and out of its memory."""
    limits.UPLOADED_BYTES.spend(visitor(), sum(file.size for file in files))
    pending.forget()
    with st.spinner("Keeping the upload on the server's disk"):
        spooled = [spool(file.name, file) for file in files]
        release(files)
    kept = tuple({uploaded.digest: uploaded for uploaded, _ in spooled}.values())
    source = Uploaded(files=kept)
    pending.ask_for(source, [(uploaded, arrived) for uploaded, arrived in spooled if arrived is not None])
    st.session_state[REPEATED] = source if len(kept) < len(files) else None


def release(files: Sequence[UploadedFile]) -> None:
    """Takes uploaded files out of the server's memory, where Streamlit would hold them as long as the session lasts."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
            file.close()


def _generate(study: Study, found: Profile | None) -> None:
    source = study.source if isinstance(study.source, Generated) else Generated(preset=next(iter(PRESETS)))
    columns = st.columns([3, 2, 2, 2])
    with columns[0]:
        preset = str(
            st.selectbox(
                "Product",
                list(PRESETS),
                format_func=lambda code: PRESETS[code].name,
                **links.kept(
                    remembered.choice(
                        "usage_preset", PRESETS, source.preset if source.preset in PRESETS else next(iter(PRESETS))
                    )
                ),
            )
        )
    with columns[1]:
        customers = _number("Customers", "usage_customers", source.customers, CUSTOMERS)
    with columns[2]:
        months = _number("Months", "usage_months", source.months, MONTHS)
    with columns[3]:
        seed = _number(
            "Seed", "usage_seed", source.seed, SEEDS, "The same seed gives the same usage; another gives other customers."
        )
    st.caption(PRESETS[preset].resembles)
    possible = False
    if customers is not None and months is not None and seed is not None:
        wanted = Generated(preset=preset, customers=customers, months=months, seed=seed)
        possible = _outlook(wanted, study, found)
    if st.button("Generate usage", type="primary", key="usage_generate", disabled=not possible):
        pending.ask_for(wanted)
        st.rerun()


def _number(label: str, key: str, usual: int, span: tuple[int, int], hint: str | None = None) -> int | None:
    """A field for a whole number; None, and why below it, where the one that is typed cannot be used."""
    number = st.number_input(label, step=1, help=hint, **links.kept(remembered.whole_number(key, usual)))
    least, most = span
    if number is None or not least <= number <= most:
        st.markdown(f":red[{label} go from {least:,} to {most:,}: give a number between them.]".replace("Seed go", "Seeds go"))
        return None
    return int(number)


def _outlook(wanted: Generated, study: Study, found: Profile | None) -> bool:
    """Says how many events come out, or why none can; whether they can be generated."""
    try:
        expected = events_expected(wanted)
    except InputError as error:
        show_problems(error)
        return False
    if expected > GENERATED_EVENTS_MAX:
        st.error(
            f"About {expected:,} events would come out, more than the {GENERATED_EVENTS_MAX:,} that are generated here. Ask for "
            "fewer customers or months."
        )
    elif expected == 0:
        st.error("No events would come out. Ask for more customers or months, or take another seed.")
    elif study.source == wanted and found is not None:
        idle = wanted.customers - found.customers
        others = f", of {found.customers:,} customers; {idle:,} never used anything" if idle else ""
        st.caption(f"This is the usage you have: {found.events:,} events came out{others}.")
    else:
        st.caption(f"About {expected:,} events will come out.")
    return 0 < expected <= GENERATED_EVENTS_MAX


def _sample_name(preset: CatalogPreset) -> str:
    usage = PRESETS[preset.usage_preset].name
    return preset.name if preset.name == usage else f"{preset.name}, with usage of: {usage}"


def _take_sample(study: Study) -> None:
    samples = catalog_presets()
    shown = next((code for code in samples if study == studies.sample(code)), next(iter(samples)))
    code = str(
        st.selectbox(
            "Sample",
            list(samples),
            format_func=lambda code: _sample_name(samples[code]),
            **links.kept(remembered.choice("usage_sample", samples, shown)),
        )
    )
    chosen = samples[code]
    st.caption(f"Plans: {escaped(chosen.works_like)} Usage: {PRESETS[chosen.usage_preset].resembles}")
    with_plans = st.checkbox(
        "Take its plans too",
        help="The sample's plans are made for its features. Without them, the plans you have are replayed on the sample's usage.",
        **links.kept(remembered.choice("usage_sample_plans", (True, False), usual=True)),
    )
    if st.button("Take this sample", type="primary", key="usage_take"):
        pending.forget()
        sample = studies.sample(code)
        if with_plans:
            studies.replace(sample)
        else:
            studies.change(source=sample.source, window=None, rows="event")
        st.rerun()
