"""YAML as documents here are written: decimals exact, nothing repeated, nothing that holds itself, and no surprise inside.

Whatever a text holds, what comes out is a value or an InputError with its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from commet_core.foundation.documents import DEPTH_MAX, NUMBER_BITS_MAX, PARTS_MAX, PlainNumber, no_document
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import parse_decimal

_SHOWN_MAX: Final = 40
_MEANT: Final = {"timestamp": "a date or a time", "int": "a whole number", "bool": "true or false", "float": "a number"}
_MERGE: Final = "tag:yaml.org,2002:merge"
_BOOL: Final = "tag:yaml.org,2002:bool"
_STR: Final = "tag:yaml.org,2002:str"


def exact_yaml(text: str, name: str) -> Any:
    """What a text says. Raises InputError with the line where it is wrong; name: of the document."""
    try:
        return yaml.load(text, _ExactLoader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}, line {mark.line + 1}, column {mark.column + 1}" if mark else name
        raise InputError.of(where, str(error.problem or "this is not valid YAML"), "Mend the YAML there") from None
    except yaml.YAMLError:
        raise no_document(name) from None


def tested_yaml(text: str) -> dict[str, Any]:
    """What a text says that has passed the tests of `exact_yaml`, sooner."""
    content: dict[str, Any] = yaml.load(text, _TestedLoader)  # noqa: S506  (a SafeLoader)
    return content


def written_yaml(content: Mapping[str, Any]) -> str:
    """A document, in the order given; a `PlainNumber` as a number."""
    return yaml.dump(dict(content), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=120)


class _ExactLoader(yaml.SafeLoader):
    """YAML with decimals as Decimal, exactly as written, and a key given twice as an error."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._part_count = self._depth = 0
        self._unfinished: set[str | None] = set()

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node. Raises MarkedYAMLError for one that holds itself, or where there are too many or too deep ones."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self._unfinished:
                raise _wrong(f"the anchor {event.anchor!r} holds itself", event)
            return super().compose_node(parent, index)
        self._part_count, self._depth = self._part_count + 1, self._depth + 1
        if self._part_count > PARTS_MAX:
            raise _wrong(f"this holds more than {PARTS_MAX:,} values", event)
        if self._depth > DEPTH_MAX:
            raise _wrong(f"this is nested more than {DEPTH_MAX} deep", event)
        anchor = getattr(event, "anchor", None)
        self._unfinished.add(anchor)
        node = super().compose_node(parent, index)
        self._unfinished.discard(anchor)
        self._depth -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node. Raises MarkedYAMLError for a scalar that is not what its tag, or its look, says."""
        try:
            value = super().construct_object(node, deep)
        except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
            kind = node.tag.rpartition(":")[2]
            what = f"{_shown(node.value)} is not {_MEANT.get(kind, kind)}"
            raise _wrong(what, node) from None
        if isinstance(value, int) and value.bit_length() > NUMBER_BITS_MAX:
            raise _wrong(f"{_shown(node.value)} is too long a number", node)
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A group of keys. Raises MarkedYAMLError where one is given twice, or others are merged into it."""
        seen: set[Any] = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():  # else the one above refuses it
            if key_node.tag == _BOOL:  # YAML 1.1 reads the key `on` as true
                key_node.tag = _STR
            if key_node.tag == _MERGE:
                raise _wrong("`<<` is not read here: write the keys out", key_node)
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str | int) and key in seen:
                raise _wrong(f"the key {_shown(key)} is given twice", key_node)
            seen.add(key if isinstance(key, str | int) else None)
        return super().construct_mapping(node, deep)


def _wrong(what: str, place: yaml.Event | yaml.Node) -> yaml.MarkedYAMLError:
    mark: Any = place.start_mark
    return yaml.MarkedYAMLError(problem=what, problem_mark=mark)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


class _TestedLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without the tests of `_ExactLoader`, for documents that have passed them; by the parser in C where there is one."""


def _exact_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    text = str(loader.construct_scalar(node)).replace("_", "")
    try:
        return parse_decimal(text)
    except ValueError:
        return text


for _loader in (_ExactLoader, _TestedLoader):
    _loader.add_constructor("tag:yaml.org,2002:float", _exact_float)


class _PlainDumper(yaml.SafeDumper):
    pass


def _dump_number(dumper: yaml.SafeDumper, number: PlainNumber) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float" if "." in number else "tag:yaml.org,2002:int", str(number))


_PlainDumper.add_representer(PlainNumber, _dump_number)
