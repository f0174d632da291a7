"""What catalog and scenario share: exact number fields, one way to say what is wrong, one way to read a document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError
from pydantic_core import PydanticCustomError

from commet_core.foundation.errors import InputError, Problem, as_written, nearest
from commet_core.foundation.money import (
    INT64_MAX,
    MICRO_DECIMALS,
    NANO_DECIMALS,
    decimal_of,
    decimal_places,
    parse_decimal,
    plain,
)
from commet_core.foundation.paths import check_file

DOCUMENT_BYTES_MAX: Final = 32 << 20
COUNT_MAX: Final = 1_000_000_000
"""As many as a document may name of anything, so that every number fits what computes with it."""

PARTS_MAX: Final = 200_000
"""More values than this in one document are a mistake, or references that multiply one another."""
DEPTH_MAX: Final = 100
NUMBER_BITS_MAX: Final = 1024
"""No field takes a longer number, and Python writes none of more than some thousand digits."""

SHOWN_MAX: Final = 120
"""Characters of a wrong value in a message."""


class Document(BaseModel):
    """Base of every validated model: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def wrong(what: str, fix: str) -> PydanticCustomError:
    """The error of a value that says what would be right."""
    return PydanticCustomError("wrong", "{what}", {"what": what, "fix": fix})


def _number(decimals: int, least: Decimal, exclusive: bool, most: Decimal) -> BeforeValidator:
    """A validator that reads a decimal exactly and says what would be right."""
    bound = f"more than {plain(least)}" if exclusive else f"{plain(least)} or more"
    fix = f"Give a number, {bound}, with at most {decimals} decimals"

    def read(raw: object) -> Decimal:
        try:
            number = parse_decimal(raw)
        except ValueError as error:
            raise wrong(str(error), fix) from None
        if number < least or (exclusive and number == least):
            raise wrong(f"{plain(number)} is {'not ' + bound if number >= 0 else 'negative'}", fix)
        if decimal_places(number) > decimals:
            raise wrong(f"{number:f} has {decimal_places(number)} decimals", fix)
        if number > most:
            raise wrong(f"{plain(number)} is too large", f"Give at most {plain(most)}")
        return number

    return BeforeValidator(read)


def share_reader(least: Decimal, most: Decimal) -> Callable[[object], Decimal]:
    """What reads a share that is written as a number or in percent: 0.2, "20%", "-2 %"."""
    fix = f"Give a number from {plain(least)} to {plain(most)}, or a percentage such as 20%"

    def read(raw: object) -> Decimal:
        text = raw.strip() if isinstance(raw, str) else raw
        try:
            number = parse_decimal(text[:-1]) / 100 if isinstance(text, str) and text.endswith("%") else parse_decimal(text)
        except ValueError as error:
            raise wrong(str(error), fix) from None
        if not least <= number <= most:
            raise wrong(f"{plain(number)} is not between {plain(least)} and {plain(most)}", fix)
        if decimal_places(number) > MICRO_DECIMALS:
            raise wrong(f"{number:f} has {decimal_places(number)} decimals", f"Give at most {MICRO_DECIMALS} decimals")
        return number

    return read


_PLAIN = PlainSerializer(lambda number: f"{number:f}", return_type=str)

Amount = Annotated[
    Decimal, _number(NANO_DECIMALS, Decimal(0), False, decimal_of(INT64_MAX // 4, NANO_DECIMALS).quantize(Decimal(1))), _PLAIN
]
"""Money or a unit price: ≥ 0, up to 9 decimals (billing-rules 1.1)."""

Quantity = Annotated[
    Decimal, _number(MICRO_DECIMALS, Decimal(0), False, decimal_of(INT64_MAX // 4, MICRO_DECIMALS).quantize(Decimal(1))), _PLAIN
]
"""Units or credits: ≥ 0, up to 6 decimals (billing-rules 1.1)."""

PositiveAmount = Annotated[
    Decimal, _number(NANO_DECIMALS, Decimal(0), True, decimal_of(INT64_MAX // 4, NANO_DECIMALS).quantize(Decimal(1))), _PLAIN
]
PositiveQuantity = Annotated[
    Decimal, _number(MICRO_DECIMALS, Decimal(0), True, decimal_of(INT64_MAX // 4, MICRO_DECIMALS).quantize(Decimal(1))), _PLAIN
]


def _no_truth(raw: object) -> object:
    if isinstance(raw, bool):
        raise wrong(f"{as_written(raw)} is not a whole number", "Give a whole number")
    return raw


Whole = Annotated[int, BeforeValidator(_no_truth)]
"""A whole number; `yes` and `no`, which YAML reads as true and false, are none."""

Percent = Annotated[Decimal, _number(MICRO_DECIMALS, Decimal(0), True, Decimal(100)), _PLAIN]
Growth = Annotated[Decimal, _number(MICRO_DECIMALS, Decimal("-0.99"), False, Decimal(10)), _PLAIN]
"""A share by which something grows, 0.05 for 5 %; below zero where it shrinks."""

Probability = Annotated[Decimal, _number(MICRO_DECIMALS, Decimal(0), False, Decimal(1)), _PLAIN]


def problems_of(error: ValidationError, model: type[BaseModel], union_tags: Iterable[str] = ()) -> list[Problem]:
    """pydantic's findings as problems: the path, what is wrong, what would be right.

    `union_tags` are the names pydantic puts into a path where it chose a member of a union; a person never wrote them.
    """
    tags = set(union_tags)
    return [_problem(finding, model, tags) for finding in error.errors(include_url=False)]


def _problem(finding: Any, model: type[BaseModel], tags: set[str]) -> Problem:
    location = [str(part) for part in finding["loc"] if part != "[key]"]
    if finding["loc"][-1:] == ("",):  # an amount that names no currency
        location.pop()
    path = ".".join(part for place, part in enumerate(location) if not (place == 2 and part in tags and location[0] == "plans"))
    context = finding.get("ctx", {})
    given, shown = finding.get("input"), _shown(finding.get("input"))
    match finding["type"]:
        case "wrong":
            return Problem(path, _shortened(context["what"]), context["fix"])
        case "missing":
            return Problem(path, "is missing", "Add it")
        case "extra_forbidden":
            return Problem(path, "is not a known key", nearest(location[-1], _keys_beside(finding, model)))
        case "union_tag_invalid" | "union_tag_not_found":
            tag = given.get("consumption_model") if isinstance(given, Mapping) else None
            what = "is missing" if tag is None else f"{_shown(tag)} is not a consumption model"
            return Problem(f"{path}.consumption_model", what, "Use metered, credits or balance")
        case "literal_error":
            return Problem(path, f"{shown} is not one of the choices", f"Use {context['expected']}")
        case "model_type" | "dict_type" | "model_attributes_type":
            return Problem(path, f"{shown} is not a group of keys", "Write it as `key: value` pairs")
        case "string_type":
            return Problem(path, f"{shown} is not a text", "Put it in quotes")
        case "bool_type" | "bool_parsing":
            return Problem(path, f"{shown} is neither true nor false", "Use true or false")
        case "list_type" | "tuple_type":
            return Problem(path, f"{shown} is not a list", "Write it as a list: [a, b]")
        case "int_type" | "int_parsing" | "int_from_float":
            return Problem(path, f"{shown} is not a whole number", "Give a whole number")
        case "greater_than_equal":
            return Problem(path, f"{shown} is too small", f"Give {context['ge']} or more")
        case "less_than_equal":
            return Problem(path, f"{shown} is too large", f"Give {context['le']} or less")
        case "date_type" | "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
            return Problem(path, f"{shown} is not a date", "Write it as YYYY-MM-DD, for example 2026-01-31")
        case "string_too_short":
            return Problem(path, "is empty", "Give it a text")
        case "string_too_long":
            return Problem(path, f"is longer than {context['max_length']} characters", "Shorten it")
        case "too_short":
            return Problem(path, "is empty", "Give at least one")
        case "too_long":
            return Problem(path, f"has more than {context['max_length']} entries", f"Give at most {context['max_length']}")
        case _:
            return Problem(path, str(finding["msg"]))


def _shown(given: object) -> str:
    """What was given, as a message can hold it."""
    text = as_written(given)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def _shortened(sentence: str) -> str:
    """A sentence without the middle of what was given, where that is long."""
    return sentence if len(sentence) <= 4 * SHOWN_MAX else f"{sentence[: 2 * SHOWN_MAX]}…{sentence[-SHOWN_MAX:]}"


def _keys_beside(finding: Any, model: type[BaseModel]) -> list[str]:
    """The keys that are known where an unknown one was found: the fields of every model that can stand there."""
    here = [model]
    for part in finding["loc"][:-1]:
        fields = [known.model_fields[part] for known in here if part in known.model_fields]
        chosen = [known for known in here if _is_chosen(known, part)]
        here = [inner for field in fields for inner in _models_in(field.annotation)] or chosen or here
    return list(dict.fromkeys(key for known in here for key in known.model_fields if key not in _not_written(known)))


def _not_written(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that stand elsewhere in a document."""
    return getattr(model, "keys_not_written", ())


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models named anywhere in a type: X | None, dict[str, X], Annotated[X | Y, …]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def _is_chosen(model: type[BaseModel], tag: object) -> bool:
    """Whether a model is the member of a union that a tag in a path stands for."""
    field = model.model_fields.get("consumption_model")
    return field is not None and tag in getattr(field.annotation, "__args__", ())


def unknown_name(path: str, what: str, name: object, known: Iterable[str]) -> Problem:
    """The problem of a name that refers to nothing, with the nearest known one."""
    return Problem(path, f"{what} {name!r} does not exist", nearest(str(name), known) if known else f"Add a {what} first")


def parse_document(text: str, name: str) -> dict[str, Any]:
    """A YAML or JSON document as a dictionary, decimals exact. Raises InputError with the line of a syntax error."""
    try:
        content = _parsed(text.lstrip("\ufeff"), name)
        check_content(content)
    except RecursionError:
        raise no_document(name) from None
    except ValueError as error:
        raise InputError.of(name, str(error), "Correct it there") from None
    if not isinstance(content, dict):
        raise InputError.of(name, "this is empty or not a group of keys", "Write it as `key: value` pairs")
    return {str(key): value for key, value in content.items()}


def no_document(name: str) -> InputError:
    return InputError.of(name, "this is neither YAML nor JSON", "Give a text file in YAML or JSON")


def parse_tested(text: str) -> dict[str, Any]:
    """`parse_document` of YAML that comes with the product, whose tests hold that it says the same."""
    from commet_core.foundation.exact_yaml import tested_yaml  # noqa: PLC0415  # YAML is dear to who has none

    return tested_yaml(text)


def _parsed(text: str, name: str) -> Any:
    if text.lstrip(" \t\r\n").startswith("{"):
        try:
            return parse_json(text)
        except json.JSONDecodeError:
            pass  # flow mappings of YAML begin with a brace too
    from commet_core.foundation.exact_yaml import exact_yaml  # noqa: PLC0415  # YAML is dear to who has none

    return exact_yaml(text, name)


def parse_json(text: str) -> Any:
    """JSON with exact decimals. Raises ValueError: a JSONDecodeError, or for a key given twice or a number that is too long."""
    return json.loads(text, parse_float=Decimal, parse_int=_whole_number, object_pairs_hook=_without_repeats)


def _whole_number(digits: str) -> int:
    if len(digits) * 3 > NUMBER_BITS_MAX:
        raise ValueError(f"the number {digits[:10]}… has {len(digits):,} digits")
    return int(digits)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return found


def check_content(content: Any) -> None:
    """Raises ValueError where a document holds too many values (what references repeat included), too deep ones, or no text."""
    open_parts, count = [(content, 1)], 0
    while open_parts:
        part, depth = open_parts.pop()
        count += 1
        if count > PARTS_MAX:
            raise ValueError(f"this holds more than {PARTS_MAX:,} values")
        if depth > DEPTH_MAX:
            raise ValueError(f"this is nested more than {DEPTH_MAX} deep")
        if isinstance(part, str) and not _is_text(part):
            raise ValueError(f"the text {part[:40]!r} holds half a character, which no file can keep")
        if isinstance(part, dict):
            open_parts += [(key, depth + 1) for key in part if isinstance(key, str) and not key.isascii()]
        if isinstance(part, dict | list | tuple | set):
            open_parts += [(inner, depth + 1) for inner in (part.values() if isinstance(part, dict) else part)]


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_document(path: Path) -> dict[str, Any]:
    """The YAML or JSON document in a file. Raises InputError where it cannot be read."""
    check_file(path)
    try:
        size = path.stat().st_size
        if size > DOCUMENT_BYTES_MAX:
            what = f"the file has {size:,} bytes, and a document at most {DOCUMENT_BYTES_MAX:,}"
            raise InputError.of(str(path), what, "Give the catalog or the scenario, not the usage")
        return parse_document(path.read_text("utf-8"), path.name)
    except UnicodeDecodeError:
        raise InputError.of(str(path), "this is not a text file in UTF-8", "Save it as UTF-8") from None
    except OSError as error:
        raise InputError.of(str(path), f"it cannot be read: {error.strerror}", "Check the file's permissions") from None


def write_document(content: Mapping[str, Any]) -> str:
    """A document as YAML, in the order given; numbers that are text in `content` are written without quotes."""
    from commet_core.foundation.exact_yaml import written_yaml  # noqa: PLC0415  # YAML is dear to who has none

    return written_yaml(content)


class PlainNumber(str):
    """A decimal's text that YAML shows as a number."""

    __slots__ = ()


def entries_of(raw: Any, key: str) -> dict[str, Any]:
    """What a part of a document holds, by code; nothing where it is no such part."""
    part = raw.get(key) if isinstance(raw, Mapping) else None
    return {str(code): entry for code, entry in part.items()} if isinstance(part, Mapping) else {}
