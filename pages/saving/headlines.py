"""What a study came to, as it is kept with a revision and compared when that is opened again."""

from __future__ import annotations

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_amount
from commet_core.workspace.studies import Content, Study
from pages.comparison import figures
from pages.shared import loading
from pages.shared.study import Study as OnScreen


def content_of(study: OnScreen, notes: str) -> Content:
    """The study on the screen as a revision keeps it. Raises InputError where its usage cannot be read, or is not replayed."""
    document = study.model_dump(mode="json", exclude_none=True) | {"catalog": study.catalog.document()}
    return Content(document, loading.usage_of(study).digest, notes, headline_of(study))


def study_of(content: Content) -> OnScreen:
    """The study that a revision holds. Raises InputError where this version cannot read it."""
    try:
        return OnScreen.model_validate(content.document)
    except ValueError:
        fix = "Open another revision, or update commet-sim"
        raise InputError.of("study", "this revision cannot be read by this version", fix) from None


def headline_of(study: OnScreen) -> dict[str, str]:
    """What each candidate billed over the window, to the cent."""
    replayed = loading.replay_of(study)
    summaries = figures.summaries(replayed)
    return {f"{summary.name}: billed": format_amount(summary.billed, replayed.currency) for summary in summaries}


def changed_figures(saved: Study, now: dict[str, str]) -> list[str]:
    """Figures that are not those which were saved, in words; none where the study gives the same to the cent."""
    before = saved.content.headline
    return [
        f"{name} was {before.get(name, 'not there')} and is {now.get(name, 'not there')}"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
