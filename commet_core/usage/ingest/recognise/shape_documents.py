"""Shapes as data: a YAML file for each layout that a system writes, with the names that tell it and what they mean.

    name: Stripe meter events           # as a title
    rows: event                         # or aggregate (billing-rules 3.2)
    has: [event_name, payload.*customer*, [timestamp, created]]    # all of them, of a list one
    without: [sku]                      # none of them
    columns:                            # as in a mapping (saved_mapping), and three further words:
      customer_id: payload.*customer*   # `*`: any letters
      timestamp: {first: [timestamp, created]}     # the first of these that is there and not empty
      feature: {fuller: [event, code]}  # all of these, the one that more rows fill before the others
      value: {inside: payload}          # whatever in an object can only be the value
      event_id: identifier

Names are compared without case, and `.`, `/`, `-` and spaces as `_`: so `payload.value` is also found in a flat table. A
shape that is told by four names or more is also known where a warehouse has written `subscriptionId` as `subscription_id`. Of
several names those count that the file has; a column none of whose names is there is left out. The rules of a mapping may
stand beside `columns` (cache, where, duplicates, …), and hold as they do there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from commet_core.foundation.documents import parse_tested, problems_of, read_document
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.saved_rules import Rules

FOLDER: Final = "known_shapes"
LOOSELY_MIN: Final = 4
"""So many names tell a shape that it is known in a warehouse's spelling, too."""
SUFFIX: Final = ".yaml"
_SEPARATORS: Final = late_pattern(r"[./\-\s_]+")
_WILD: Final = late_pattern(r"[*?\[]")
_CODE: Final = late_pattern(r"[a-z][a-z0-9_]*")


@lru_cache(maxsize=4_096)
def plain_name(name: str) -> str:
    """A name as shapes compare it."""
    return _SEPARATORS.sub("_", name.strip().casefold())


def names_like(pattern: str, names: Iterable[str], *, loosely: bool = False) -> list[str]:
    """Those of a file's names that a shape's name stands for; loosely: `subscriptionId` is `subscription_id` too."""
    fits, there = _test_of(pattern), list(names)
    found = [name for name in there if fits(plain_name(name))]
    if found or not loosely or _WILD.search(pattern):
        return found
    bare = _bare(pattern)
    return [name for name in there if _bare(name) == bare]


@lru_cache(maxsize=4_096)
def _bare(name: str) -> str:
    return plain_name(name).replace("_", "")


@lru_cache(maxsize=2_048)
def _test_of(pattern: str) -> Callable[[str], object]:
    """Whether a plain name is what a shape's name stands for; most have nothing in them that stands for other letters."""
    plain = plain_name(pattern)
    return re.compile(translate(plain)).match if _WILD.search(plain) else plain.__eq__


def _alternatives(raw: object) -> tuple[tuple[str, ...], ...]:
    """Names, or lists of names of which one is enough."""
    listed = raw if isinstance(raw, list | tuple) else [None]
    groups = [tuple(each) if isinstance(each, list | tuple) else (each,) for each in listed]
    if all(group and all(isinstance(name, str) for name in group) for group in groups):
        return tuple(groups)
    fix = "List the names that a file of this kind has; several of which one is enough as a list in it"
    raise PydanticCustomError("wrong", "{what}", {"what": f"{raw!r} does not list names", "fix": fix})


class ShapeDocument(Rules):
    """A shape as its file holds it. `code` is the file's name."""

    code: str = ""
    name: Annotated[str, Field(min_length=1)]
    rows: Literal["event", "aggregate"] = "event"
    has: Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_alternatives), Field(min_length=1)]
    without: tuple[str, ...] = ()
    columns: dict[str, Any]

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a file with these names is of this kind."""
        told = all(any(names_like(name, names, loosely=self.loosely) for name in group) for group in self.has)
        return told and not any(names_like(name, names) for name in self.without)

    @property
    def loosely(self) -> bool:
        """Whether its names may be spelled otherwise."""
        return len(self.has) >= LOOSELY_MIN


@cache
def known_shapes() -> tuple[ShapeDocument, ...]:
    """The shapes that come with the product, the most particular first; they are as they are tested, and read in no time."""
    found = [file for file in files(__package__).joinpath(FOLDER).iterdir() if file.name.endswith(SUFFIX)]
    documents = [{**parse_tested(file.read_text("utf-8")), "code": file.name.removesuffix(SUFFIX)} for file in found]
    return particular_first(map(ShapeDocument.model_validate, documents))


def shapes_in(folder: Path) -> tuple[ShapeDocument, ...]:
    """The shapes in a folder of one's own. Raises InputError with everything that is wrong with them."""
    paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    if not paths:
        raise InputError.of(str(folder), f"there is no folder with shapes ({SUFFIX}) there", "Check the path")
    shapes: list[ShapeDocument] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            shapes.append(load_shape(path))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return particular_first(shapes)


def load_shape(path: Path) -> ShapeDocument:
    """The shape in a file. Raises InputError with everything that is wrong with it."""
    return _validated(read_document(path), path.name)


def particular_first(shapes: Iterable[ShapeDocument]) -> tuple[ShapeDocument, ...]:
    """A shape with more names that tell it goes before one with fewer: the order in which they are tried."""
    return tuple(sorted(shapes, key=lambda shape: (-len(shape.has), shape.code)))


def _validated(raw: Mapping[str, Any], file: str) -> ShapeDocument:
    from commet_core.usage.ingest.recognise.event_shapes import mapping_problems_of  # noqa: PLC0415  (it reads these)

    code = file.removesuffix(SUFFIX)
    problems: list[Problem] = []
    if not _CODE.fullmatch(code):
        fix = "Call it after what it is, in small letters, digits and _, such as my_gateway.yaml"
        problems.append(Problem("", f"`{code}` cannot be the code of a shape", fix))
    try:
        shape = ShapeDocument.model_validate({**raw, "code": code})
    except ValidationError as error:
        problems += problems_of(error, ShapeDocument)
    else:
        problems += mapping_problems_of(shape)
    if problems:
        raise InputError([Problem(", ".join(filter(None, (file, at.where))), at.what, at.fix) for at in problems])
    return shape
