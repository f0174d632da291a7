"""Fields of the draft: what is typed goes to its place in the document, and what is wrong is said right below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from commet_core.foundation.errors import Problem
from commet_core.foundation.vocabulary import Interval
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.drafts import Design, Kind, Path, code_problem, with_code, with_name, with_value, without
from commet_core.scenario.drafts.interval_prices import price_typed, with_price_for
from commet_core.scenario.drafts.models import margin_of_percent, percent_of_margin
from pages.plan_editor import drafts
from pages.shared import remembered
from pages.shared import study as studies
from pages.shared.tables import escaped


def key_of(*parts: str) -> str:
    """The key of a widget that belongs to the draft as it is now."""
    return f"plans_{drafts.current().revision}_{'/'.join(parts)}"


def candidate_key(place: int, what: str) -> str:
    """The key of a candidate's field that is typed into: another one when candidates move up, as what was typed stays with a key."""
    return key_of("candidate", str(place), str(len(drafts.current().design.candidates)), what)


def problem_below(problems: list[Problem]) -> None:
    """What is wrong with the field above."""
    for problem in problems:
        fix = f" {problem.fix}{'' if problem.fix.endswith('?') else '.'}" if problem.fix else ""
        what = problem.what[:1].upper() + problem.what[1:]
        st.markdown(f":red[{escaped(f'{what}.{fix}')}]")


def problems_within(start: str) -> None:
    """What is wrong wherever a path begins so."""
    problem_below([problem for problem in drafts.current().problems if problem.where.startswith(start)])


def delete_button(kind: Kind, code: str) -> None:
    """Takes something out of the document, with all that refers to it."""
    key = key_of("delete", kind, code)
    st.button("Delete", key=key, on_click=drafts.change, args=(without, kind, code), kwargs={"undoable": True})


def number(label: str, path: Path, *, required: bool = False, placeholder: str = "", hint: str | None = None) -> None:
    """A field for a number. An empty one takes the key out of the document, where it is not required."""
    _text(label, path, lambda typed: number_text(typed) or ("" if required else None), placeholder, hint)
    problem_below(drafts.current().problems_at(".".join(path)))


def percentage(label: str, path: Path, *, hint: str | None = None) -> None:
    """A field for a share that is typed in percent and stands in the document as a part of one."""
    margin = drafts.current().design.value(path)
    key = shown(key_of(*path), margin, share, percent_of_margin(margin))
    st.text_input(label, key=key, placeholder="0", help=hint, on_change=edited, args=(key, share, _value_at(path)))
    problem_below(drafts.current().problems_at(".".join(path)))


def share(typed: str) -> str | None:
    """A part of one from what was typed in percent; None where nothing was."""
    return margin_of_percent(number_text(typed.strip().removesuffix("%"))) or None


def number_in_row(label: str, path: Path, *, placeholder: str) -> None:
    """A field for a number that may be left empty, too narrow for what is wrong with it: that belongs below the row."""
    _text(label, path, lambda typed: number_text(typed) or None, placeholder, None)


def problems_below_row(labels: Mapping[str, str], path: Path) -> None:
    """What is wrong in a row of fields; labels: last part of the path → what the field is called."""
    with st.container():  # always there, so that what stands below keeps its place, and the focus, when a problem comes
        for key, label in labels.items():
            said = drafts.current().problems_at(".".join((*path, key)))
            problem_below([replace(problem, what=f"{label}: {problem.what}") for problem in said])


def price_for(label: str, path: Path, intervals: list[Interval], interval: Interval, *, placeholder: str = "") -> None:
    """A field for the price that holds for one billing interval; what is wrong with it belongs below its row."""
    value = price_typed(drafts.current().design.value(path), intervals, interval)
    key = shown(key_of(*path, interval), value, number_text)

    def change(design: Design, price: str) -> Design:
        return with_price_for(design, path, intervals, interval, price)

    st.text_input(label, key=key, placeholder=placeholder, on_change=edited, args=(key, number_text, change))


def text(label: str, path: Path, *, placeholder: str = "", hint: str | None = None) -> None:
    """A field for a text that may be left empty."""
    _text(label, path, lambda typed: typed.strip() or None, placeholder, hint)
    problem_below(drafts.current().problems_at(".".join(path)))


def text_of(label: str, path: Path, change: Callable[[Design, str], Design], *, placeholder: str = "") -> None:
    """A field for a text whose change is more than a value at its place; `change` makes the design with what was typed."""
    key = _prefilled(path, str.strip)
    st.text_input(label, key=key, placeholder=placeholder, on_change=edited, args=(key, str.strip, change))
    problem_below(drafts.current().problems_at(".".join(path)))


def name(kind: Kind, code: str, label: str, *, moved: Callable[[str], None] | None = None) -> None:
    """The field for the name of something; the code of what is new follows it. moved: told the new code."""
    path = (kind, code, "name")
    key = _prefilled(path, str.strip)
    st.text_input(label, key=key, placeholder=code, on_change=_named, args=(key, kind, code, moved))
    problem_below(drafts.current().problems_at(".".join(path)))


def _named(key: str, kind: Kind, code: str, moved: Callable[[str], None] | None) -> None:
    design, now = with_name(drafts.current().design, kind, code, taken(key).strip())
    drafts.edit(design)
    if moved is not None and now != code:
        moved(now)


def _text(label: str, path: Path, read: Callable[[str], str | None], placeholder: str, hint: str | None) -> None:
    key = _prefilled(path, read)
    st.text_input(label, key=key, placeholder=placeholder, help=hint, on_change=edited, args=(key, read, _value_at(path)))


def _prefilled(path: Path, read: Callable[[str], str | None]) -> str:
    """The key of the field for a path, which holds what stands there, as it was typed."""
    return shown(key_of(*path), drafts.current().design.value(path), read)


def shown(key: str, value: object, read: Callable[[str], str | None], words: str | None = None) -> str:
    """The key of a field, which is told in every run what to show: a browser that comes back from another page has forgotten it.

    That is what was typed as long as it says the value, else the value. words: the value, where it is typed in other words.
    """
    kept, usual = drafts.typed_in().get(key), "" if value is None else str(value)
    st.session_state[key] = kept if kept is not None and (read(kept) or "") == usual else usual if words is None else words
    return key


def taken(key: str) -> str:
    """In a callback: what was typed."""
    typed: str = st.session_state[key]
    drafts.typed_in()[key] = typed
    return typed


def edited(key: str, read: Callable[[str], Any], change: Callable[[Design, Any], Design]) -> None:
    """In a callback: `change` makes the design with what was typed, as it is read."""
    drafts.change(change, read(taken(key)))


def _value_at(path: Path) -> Callable[[Design, str | None], Design]:
    return lambda design, value: with_value(design, path, value)


def choice(
    label: str,
    parts: Path,
    options: dict[Any, str],
    chosen: Any,
    change: Callable[[Design, Any], Design],
    *,
    segmented: bool = False,
    hint: str | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """A choice among options (value → label); `change` makes the design with another one."""
    key = key_of(*parts)
    st.session_state[key] = chosen
    values = list(options)
    if segmented:
        st.segmented_control(
            label,
            values,
            format_func=options.__getitem__,
            key=key,
            help=hint,
            required=True,
            on_change=_chosen,
            args=(key, change),
        )
    else:
        st.selectbox(
            label,
            values,
            format_func=options.__getitem__,
            key=key,
            help=hint,
            on_change=_chosen,
            args=(key, change),
            label_visibility=label_visibility,
        )


def switch(label: str, path: Path, *, hint: str | None = None) -> None:
    draft, key = drafts.current(), key_of(*path)
    st.session_state[key] = draft.design.value(path) is True
    st.toggle(label, key=key, help=hint, on_change=_chosen, args=(key, lambda design, on: with_value(design, path, on or None)))
    problem_below(draft.problems_at(".".join(path)))


def _chosen(key: str, change: Callable[[Design, Any], Design]) -> None:
    drafts.change(change, st.session_state[key])


def code(kind: Kind, now: str, hint: str, *, moved: Callable[[str], None] | None = None, label: str = "Code") -> None:
    """The field for a code. One that cannot be used stays in the field, with why, and the old one stays in force."""
    key, unusable = key_of("code", kind, now), remembered.typed(_unusable(kind, now))
    st.session_state[key] = now if unusable is None else unusable
    st.text_input(label, key=key, help=hint, on_change=_recoded, args=(key, kind, now, moved))
    if unusable is not None:
        problem = code_problem(drafts.current().design, kind, now, unusable)
        problem_below([problem] if problem else [])
    problem_below(drafts.current().problems_at(f"{kind}.{now}"))


def _unusable(kind: Kind, now: str) -> str:
    """Where a code is remembered that cannot be used."""
    return f"plans_code/{kind}/{now}"


def _recoded(key: str, kind: Kind, now: str, moved: Callable[[str], None] | None) -> None:
    wanted, design = st.session_state[key].strip(), drafts.current().design
    wrong = bool(code_problem(design, kind, now, wanted))
    remembered.put(_unusable(kind, now), wanted if wrong else None)
    if not wrong and wanted != now:
        drafts.edit(with_code(design, kind, now, wanted))
        if moved is not None:
            moved(wanted)
    studies.write_link()
