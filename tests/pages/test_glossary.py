"""The glossary: every word that a page asks for is there, none is there for nothing, and a "?" shows its sentence."""

import ast
from collections.abc import Iterable
from pathlib import Path

from pages.shared import candidates, glossary
from pages.shared.palette import MODEL_NAMES

PAGES = Path(__file__).parents[2] / "pages"


def _texts(nodes: Iterable[ast.expr]) -> set[str]:
    return {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def asked() -> set[str]:
    """The words that pages ask for."""
    found = set(candidates._TERMS.values()) | set(MODEL_NAMES)
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "meaning":
                found |= _texts(node.args)
            if (
                isinstance(node, ast.keyword) and node.arg == "terms" and isinstance(node.value, ast.Dict)
            ):  # of a table's columns
                found |= _texts(node.value.values)
    return found


def test_the_words_of_the_glossary_are_those_that_pages_ask_for() -> None:
    assert asked() == set(glossary.TERMS)


def test_a_meaning_is_a_sentence_a_paragraph() -> None:
    assert glossary.meaning("margin", "refused").split("\n\n")[0] == ("**Margin**: revenue less what serving the usage costs.")
    assert all(sentence.endswith(".") and sentence == sentence.strip() for sentence in glossary.TERMS.values())
