"""Whatever a link holds, it is a study or a sentence: no page fails because of it."""

import base64
import json
import zlib

import pytest
import streamlit as st

from pages.shared import study as studies
from pages.shared.study import from_link

DAMAGED = "This link is damaged or from another version; you see the sample instead."
DIGEST = "0" * 64


def packed(content: object) -> str:
    return raw(json.dumps(content).encode())


def raw(text: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")


def uploaded(name: str) -> dict:
    return {"kind": "uploaded", "files": [{"name": name, "digest": DIGEST}]}


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


OTHER_KINDS = ([], [1], 7, 1.5, None, "text", True, {}, {"catalog": 1}, {"catalog": {}, "candidates": 3, "seed": "x"})
LINKS = {
    **{f"{key} packed as {kind!r}": {key: packed(kind)} for key in ("study", "files", "subscriptions") for kind in OTHER_KINDS},
    **{f"actions packed as {kind!r}": {"actions": packed(kind)} for kind in OTHER_KINDS[1:]},
    **{f"{key} nested": {key: raw(nested(1000))} for key in ("study", "files", "subscriptions", "actions")},
    "study nested within limits of JSON": {"study": raw(b'{"catalog": ' + nested(500) + b', "candidates": [], "seed": 7}')},
    "nested very deep": {"study": raw(nested(200_000))},
    "a long number": {"study": raw(b'{"catalog": {}, "candidates": [], "seed": ' + b"9" * 5000 + b"}")},
    "half a character": {"files": raw(b'{"kind": "server", "names": ["\\ud800.csv"]}')},
    **{f"name {name!r}"[:40]: {"files": packed(uploaded(name))} for name in ("..", "a/b", "n\0l", "x" * 5000, "", ".", "a\nb")},
    "name with half a character": {"files": raw(json.dumps(uploaded("\ud800")).encode())},
    "subscriptions of no name": {"subscriptions": packed({"name": "..", "digest": DIGEST})},
    "a window of words": {"window": "today..tomorrow"},
    "a window without an end": {"window": "2026-01-01"},
    "usage of nothing": {"usage": "a-b"},
    "usage of a long number": {"usage": f"ai_images-{'9' * 5000}-1-1"},
    "no base64": {"study": "é😀"},
    "no zlib": {"study": "AAAA"},
    "cut off": {"study": packed({"catalog": {}})[:20]},
    "unknown plans": {"plans": "nobody"},
    "too much": {"study": raw(b" " * 2_000_000)},
}


@pytest.mark.parametrize("name", LINKS)
def test_a_damaged_link_is_said_to_be_damaged(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    assert from_link(LINKS[name]) is None
    assert state["notice"] == DAMAGED


@pytest.mark.parametrize("content", OTHER_KINDS)
def test_what_no_study_depends_on_is_left_out_where_it_is_damaged(content: object) -> None:
    found = studies._packed({"typed": packed(content)}, "typed")
    assert found is None or isinstance(found, dict)
    assert studies._packed({"typed": raw(nested(1000))}, "typed") is None


def test_a_whole_link_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    study = studies.sample().model_copy(update={"seed": 8})
    assert from_link(studies.to_link(study)) == study
