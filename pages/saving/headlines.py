"""What a study came to, as it is kept with a revision and compared when that is opened again."""

from __future__ import annotations

from commet_core.foundation.errors import InputError
from commet_core.workspace.studies import Content, Study
from pages.comparison import figures
from pages.shared import loading, usage_folder
from pages.shared.study import Brought, KeptUsage
from pages.shared.study import Study as OnScreen
from pages.shared.work import Held


def content_of(study: OnScreen, notes: str) -> Content:
    """The study on the screen as a revision keeps it. Raises InputError where its usage cannot be read, or is not replayed."""
    if isinstance(study.source, Brought):
        usage_folder.keep(loading.ingested(study.source), loading.source_name(study.source))
    document = study.model_dump(mode="json", exclude_none=True) | {"catalog": study.catalog.document()}
    return Content(document, loading.usage_of(study).digest, notes, headline_of(study))


def study_of(content: Content) -> OnScreen:
    """The study that a revision holds, on the usage that the workspace keeps of it.

    Raises InputError where this version cannot read it, or the usage is not there and cannot be read again.
    """
    try:
        study = OnScreen.model_validate(content.document)
    except ValueError:
        fix = "Open another revision, or update commet-sim"
        raise InputError.of("study", "this revision cannot be read by this version", fix) from None
    if not isinstance(study.source, Brought) or content.usage_digest is None:
        return study
    name = loading.source_name(study.source)
    if usage_folder.store_of(content.usage_digest) is not None:
        return study.model_copy(update={"source": KeptUsage(name=name, digest=content.usage_digest)})
    try:
        loading.usage_of(study)
    except Held:  # it waits for the visitor, who is asked on the page
        pass
    except InputError as error:
        fix = f"Bring {name} again on the Usage page, and open the study then"
        raise InputError.of(name, "the usage of this study is not kept here any more", fix) from error
    return study


def headline_of(study: OnScreen) -> dict[str, str]:
    """What each candidate billed over the window, to the cent."""
    return figures.headline(loading.replay_of(study, several=True))


def changed_figures(saved: Study, now: dict[str, str]) -> list[str]:
    """Figures that are not those which were saved, in words; none where the study gives the same to the cent."""
    before = saved.content.headline
    return [
        f"{name} was {before.get(name, 'not there')} and is {now.get(name, 'not there')}"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
