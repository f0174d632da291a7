"""Where plans come from: a preset, a file, or nothing; and how they leave, as a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from commet_core.catalog.plans import MODELS, Catalog
from commet_core.foundation.documents import parse_document
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import symbol
from commet_core.foundation.wording import capitalized, counted
from commet_core.reports.commet_config import ConfigFile, config_file
from commet_core.scenario.drafts import Design, with_candidate, with_value
from commet_core.scenario.presets import CatalogPreset, catalog_presets
from commet_core.scenario.scenario import Scenario
from pages.plan_editor import drafts, fields, live_bill, requests
from pages.shared import frame, links, remembered
from pages.shared import study as studies
from pages.shared.folds import fold
from pages.shared.palette import MODEL_NAMES
from pages.shared.study import Brought
from pages.shared.tables import escaped

CATALOG_BYTES_MAX = 1_000_000
_LINE_UPS, _FILE, _EMPTY = "Line-ups of all three", "From a file", "Empty"


def beginnings() -> None:
    """Ways to begin; open while there is no plan."""
    fold("Presets and files", "plans_beginnings", _begin, opened=not drafts.current().design.group("plans"))


def _begin() -> None:
    kinds = [_LINE_UPS, *(f"{name} products" for name in MODEL_NAMES.values()), _FILE, _EMPTY]
    kind = st.segmented_control(
        "Start from",
        kinds,
        label_visibility="collapsed",
        required=True,
        **links.kept(remembered.choice("plans_beginning", kinds, _LINE_UPS)),
    )
    if kind == _FILE:
        _upload()
    elif kind == _EMPTY:
        st.markdown("Begin with no plans, features or packs at all.")
        st.button("Clear everything", key="plans_clear", on_click=_clear)
    else:
        _gallery(_presets(kinds.index(kind or _LINE_UPS)))


def _presets(kind: int) -> list[CatalogPreset]:
    """Those with several models for 0, else those with just the model of that number."""
    wanted = None if kind == 0 else (MODELS[kind - 1],)
    return [
        preset
        for preset in catalog_presets().values()
        if (len(preset.models) > 1 if wanted is None else preset.models == wanted)
    ]


def _gallery(presets: list[CatalogPreset]) -> None:
    st.toggle(
        "Also generate usage that fits",
        value=not isinstance(studies.current().source, Brought),
        key="plans_with_usage",
        help="Otherwise your present usage stays, and features that the new plans do not have are refused.",
    )
    columns = st.columns(2)
    for place, preset in enumerate(presets):
        with columns[place % 2].container(border=True):
            st.markdown(f"**{escaped(preset.name)}**")
            st.markdown(escaped(preset.works_like))
            st.caption(f"{escaped(preset.note)} As of {preset.as_of:%B %Y}.")
            st.button("Use these plans", key=f"plans_use_{preset.code}", on_click=_use, args=(preset.code,))


def _use(code: str) -> None:
    preset = catalog_presets()[code]
    chosen = studies.sample(code)
    changes: dict[str, Any] = {"source": chosen.source, "window": None} if st.session_state.get("plans_with_usage") else {}
    changes["reporting"] = chosen.reporting
    design = Design.of(preset.catalog, chosen.candidates, preset.baseline)
    drafts.start_over(design, f"These are now the plans of “{escaped(preset.name)}”.", changes)
    _forget()


def _clear() -> None:
    drafts.start_over(Design({"currency": studies.current().catalog.currency}), "All plans, features and packs are gone.", {})
    _forget()


def _forget() -> None:
    """Typed usage and codes belong to the plans that are gone."""
    links.forget(live_bill.UNITS, requests.KEYS, "plans_code/", "plans_curve_")


def _upload() -> None:
    upload = st.file_uploader(
        "A catalog or a scenario, as YAML or JSON",
        type=["yaml", "yml", "json"],
        key=f"plans_upload_{st.session_state.get('plans_uploads', 0)}",
        help="A file as you download it below. All that is wrong in it is listed at once, and nothing of yours is replaced by it.",
    )
    if upload is None:
        return
    try:
        design, changes = _read(upload.name, upload.getvalue())
        drafts.start_over(design, f"These are now the plans of the file “{escaped(upload.name)}”.", changes)
    except InputError as error:
        frame.show_problems(error, f"{escaped(upload.name)} cannot be used as it is; your plans stay as they were.")
        return
    st.session_state["plans_uploads"] = st.session_state.get("plans_uploads", 0) + 1
    _forget()
    st.rerun()


def _read(name: str, content: bytes) -> tuple[Design, dict[str, Any]]:
    """The plans in a file, and what else it says of the study; plans of a catalog without candidates are all compared, at most six.

    Raises InputError.
    """
    if len(content) > CATALOG_BYTES_MAX:
        raise InputError.of(name, f"the file has {len(content):,} bytes", f"A catalog has at most {CATALOG_BYTES_MAX:,}")
    try:
        document = parse_document(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        raise InputError([Problem(name, "this is not a text file in UTF-8", "Save it as UTF-8")]) from None
    if "candidates" in document:
        return _of_scenario(document)
    design = Design.of(Catalog.model_validate(document), ())
    for code in list(design.group("plans"))[:6]:
        design = with_candidate(design, code)
    return design, {}


def _of_scenario(document: dict[str, Any]) -> tuple[Design, dict[str, Any]]:
    if isinstance(document.get("catalog"), str):
        raise InputError.of(
            "catalog", "the file refers to another file", "Put the catalog itself here, or upload the catalog's file"
        )
    reporting = document.get("reporting")
    if isinstance(reporting, dict) and isinstance(reporting.get("rates"), str):
        raise InputError.of("reporting.rates", "the file refers to another file", "Put the rates here: {date, currency, rate}")
    read = ("catalog", "candidates", "baseline", "reporting")
    scenario = Scenario.model_validate({key: document[key] for key in read if key in document})
    told = {} if scenario.reporting is None else {"reporting": scenario.reporting}
    return Design.of(scenario.catalog, scenario.candidates, scenario.baseline), told


def download() -> None:
    """The catalog as it is in effect, as our own file and as Commet's, with what the latter cannot hold."""
    config, refused = _config()
    with st.container(horizontal=True):
        _download_catalog()
        if config is not None:
            _download_config(config)
    if refused is not None:
        frame.show_problems(refused, "These plans cannot be written as commet.config.ts yet.")
    if config is not None and config.checklist:
        with st.expander(f"{capitalized(counted(len(config.checklist), 'thing'))} that commet.config.ts cannot hold"):
            st.markdown("Set these in Commet by hand:\n" + "\n".join(f"- {escaped(item)}" for item in config.checklist))


def _config() -> tuple[ConfigFile | None, InputError | None]:
    try:
        return config_file(studies.current().catalog), None
    except InputError as error:
        return None, error


def _download_catalog() -> None:
    st.download_button(
        "Download the catalog",
        studies.current().catalog.to_yaml,
        "catalog.yaml",
        "application/yaml",
        key="plans_download",
        on_click="ignore",
        help="YAML, with plans, features and packs, for the command line or to upload here again.",
    )


def _download_config(config: ConfigFile) -> None:
    st.download_button(
        "Download commet.config.ts",
        config.text,
        "commet.config.ts",
        "text/plain",
        key="plans_download_config",
        on_click="ignore",
        help="For `commet push`: features and plans as far as that file goes.",
    )


def currency() -> None:
    path, key = ("currency",), fields.key_of("currency")
    fields.shown(key, drafts.current().design.value(path), str.strip)
    with st.container(width=240):
        st.text_input(
            "Currency",
            key=key,
            placeholder="usd",
            help="Three letters, such as usd, eur or jpy. Amounts are not converted.",
            on_change=_other_currency,
            args=(key,),
        )
        fields.problem_below(drafts.current().problems_at("currency"))
        hint = "Where days begin and end: an IANA name such as Europe/Berlin or America/New_York."
        fields.text("Time zone", ("time_zone",), placeholder="UTC", hint=hint)


def _other_currency(key: str) -> None:
    """Another currency for the same figures, which is said, with the way back."""
    before, typed = drafts.current().design, fields.taken(key).strip()
    design = with_value(before, ("currency",), typed or None)
    now, then = symbol(typed), symbol(str(before.value(("currency",)) or ""))
    if now == then:
        drafts.edit(design)
        return
    said = f"Nothing is converted: an amount of {then}20 is now {now}20. Change the prices under Plans where that is not meant."
    drafts.edit(replace(design, notes=(*design.notes, escaped(said))), undoable=True)
