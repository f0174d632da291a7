"""A query as its text alone shows it: that it is one statement, and where in it something stands."""

from __future__ import annotations

import re
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.foundation.patterns import late_pattern

_TOKEN: Final = late_pattern(
    r"""
      (?P<space> \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<semicolon> ; )
    | [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)
    | '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$ .*? (?:\$(?P=tag)\$|\Z)
    | [^\W\d][\w$]*
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
"""Postgres' lexical rules, as far as a semicolon or the start of a comment may stand inside a text, a name or a comment."""
_COMMENT_EDGE: Final = late_pattern(r"/\*|\*/")


def one_statement(text: str, name: str) -> str:
    """The statement without the semicolon and the comments that follow it; what it begins with keeps its place.

    name: what messages call the query. Raises InputError where there is no statement, or more than one.
    """
    end, ended, at = 0, False, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None
        start, at = at, token.end()
        if token["comment"]:
            at = _comment_end(text, at)
        elif token["semicolon"]:
            ended = True
        elif not token["space"]:
            if ended:
                where = place(name, text, start)
                raise InputError.of(
                    where, "a second statement begins here", "Write one SELECT; give another as a query of its own"
                )
            end = at
    if not end:
        raise InputError.of(name, "the query is empty", "Write a SELECT that gives a row for each event")
    return text[:end]


def place(name: str, text: str, offset: int) -> str:
    """Where in the query the character at `offset` stands: line and column count from 1."""
    before = text[:offset]
    return f"{name}, line {before.count(chr(10)) + 1}, column {offset - before.rfind(chr(10))}"


def _comment_end(text: str, at: int) -> int:
    """Where the comment ends that was opened before `at`; comments nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge.group() == "/*" else -1
        if not depth:
            return edge.end()
    return len(text)
