"""Machine code that was kept on disk, run without numba: to import numba takes ten times as long as to load all that a replay runs.

`machine_code` keeps it, for each kernel and the types of what it is called with. What is loaded here is the function that numba made for
Python: it takes the arguments apart, runs, and puts together what it returns. LLVM links it, and numba's compiled helpers, which
do without the rest of numba, take and give the arrays. Where anything is not as it was when the code was kept (the kernel,
what it refers to, numba, LLVM, Python, the processor), nothing is loaded, and numba goes on as if there were none of this.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ctypes import PYFUNCTYPE, c_int, c_void_p, cast, py_object, string_at
from functools import lru_cache
from hashlib import blake2b
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from pickle import dumps, loads
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
from llvmlite import __version__ as llvmlite_version
from llvmlite import binding as llvm

from commet_core.foundation.kernel_stamp import stamp_of

_DIGEST_BYTES: Final = 16


class Names(NamedTuple):
    """What a function of machine code belongs to: its name there, its module, and the constants that Python gets of it."""

    name: str
    module: str
    constants: list[Any]


class KeptCode(NamedTuple):
    """A kernel's machine code for some types.

    stamp      of all that it follows from
    entry      the name of the function for Python in it
    names      what the kernel belongs to, and then what the kernels do that it calls
    """

    stamp: str
    entry: str
    names: list[Names]
    machine_code: bytes


def kinds_of(arguments: Sequence[Any]) -> tuple[Any, ...] | None:
    """What numba tells arguments apart by; None where one is of a kind that no kernel takes."""
    kinds = tuple(map(_kind_of, arguments))
    return None if None in kinds else kinds


def _kind_of(value: Any) -> Any:
    if type(value) is np.ndarray:
        numbers = _NUMBERS.get(value.dtype)
        return numbers and (numbers, value.ndim, *_LAYOUTS[value.flags.num & _LAYOUT])
    if isinstance(value, tuple):
        kinds = kinds_of(value)
        return None if kinds is None else (name_of(type(value)), *kinds)
    if type(value) is int:
        return "int64" if -(2**63) <= value < 2**63 else None
    if isinstance(value, np.generic):
        return _NUMBERS.get(value.dtype)
    return _OF_PYTHON.get(type(value))


_NUMBERS: Final = {
    np.dtype(name): name
    for name in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
}
_OF_PYTHON: Final = {bool: "bool", float: "float64", type(None): "none"}
_C, _F, _ALIGNED, _WRITEABLE = 0x1, 0x2, 0x100, 0x400
_LAYOUT: Final = _C | _F | _ALIGNED | _WRITEABLE
_LAYOUTS: Final = {
    flags: ("C" if flags & _C else "F" if flags & _F else "A", bool(flags & _WRITEABLE), bool(flags & _ALIGNED))
    for flags in range(_LAYOUT + 1)
}
"""Of numpy's flags of an array: how it lies in memory, and whether it may be written to and is aligned."""


@lru_cache(maxsize=1_000)
def name_of(kind: type) -> str:
    """What a kind of tuple is told apart by."""
    return f"{kind.__module__}.{kind.__qualname__}"


def keep(function: Callable[..., Any], kinds: tuple[Any, ...], entry: str, names: list[Names], machine_code: bytes) -> None:
    """Keeps machine code beside the bytecode of the kernel's module. Raises OSError where that cannot be written to."""
    kept = dumps(KeptCode(_stamp(function), entry, names, machine_code))
    path = _path(function, kinds)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(_digest(kept) + kept)
    unfinished.replace(path)


def is_kept(function: Callable[..., Any], kinds: tuple[Any, ...]) -> bool:
    """Whether it is there, and can be used."""
    return _kept(function, kinds) is not None


def loaded(function: Callable[..., Any], kinds: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The kernel for arguments of these kinds as machine code, which lets go of Python's lock; None where it was not kept."""
    if any(name.startswith("NUMBA_") for name in os.environ):
        return None  # somebody has numba do things differently
    kept = _kept(function, kinds)
    if kept is None:
        return None
    try:
        return _linker().link(function, kept)
    except Exception:  # noqa: BLE001  # parts of another numba may be called otherwise: the whole of it does the work
        return None


def get_linker_ready() -> None:
    """Before the first kernel is asked for, beside other work."""
    with suppress(Exception):
        _linker()


def _kept(function: Callable[..., Any], kinds: tuple[Any, ...]) -> KeptCode | None:
    try:
        found = _path(function, kinds).read_bytes()
        digest, content = found[:_DIGEST_BYTES], found[_DIGEST_BYTES:]
        if digest != _digest(content):
            return None
        kept: KeptCode = loads(content)  # noqa: S301  # the bytecode beside it is run, too
        return kept if kept.stamp == _stamp(function) else None
    except Exception:  # noqa: BLE001  # a file may hold anything: half a write, or what an earlier version wrote
        return None


def _digest(content: bytes) -> bytes:
    """LLVM ends the process where machine code is not whole."""
    return blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _path(function: Callable[..., Any], kinds: tuple[Any, ...]) -> Path:
    source = Path(function.__code__.co_filename)
    digest = blake2b(repr(kinds).encode(), digest_size=8).hexdigest()
    return source.parent / "__pycache__" / f"{source.stem}.{function.__qualname__}.{sys.implementation.cache_tag}.{digest}.code"


def _stamp(function: Callable[..., Any]) -> str:
    return f"{stamp_of(function)} {_machine()}"


@lru_cache(maxsize=1)
def _machine() -> str:
    """Versions of what made machine code, and the processor that it is for."""
    _get_llvm_ready()
    numba = (_numba_folder() / "_version.py").read_text("utf-8")
    try:
        features = llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM does not know: numba goes on without, too
        features = ""
    return repr((numba, llvmlite_version, sys.version, llvm.get_host_cpu_name(), features))


@lru_cache(maxsize=1)
def _numba_folder() -> Path:
    found = find_spec("numba")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _compiled_part(name: str) -> ModuleType:
    """A module of numba's that is compiled, without the packages that it lies in."""
    if name in sys.modules:
        return sys.modules[name]
    folder = _numba_folder().joinpath(*name.split(".")[1:-1])
    spec = FileFinder(str(folder), (ExtensionFileLoader, EXTENSION_SUFFIXES)).find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=1)
def _get_llvm_ready() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@PYFUNCTYPE(py_object, c_void_p, c_int, c_void_p)
@lru_cache(maxsize=1_000)
def _unpickled(address: int, length: int, _hash: int) -> Any:
    """What machine code holds of Python: the class of arrays, or what it raises. numba's own function for that is in its Python."""
    return loads(string_at(address, length))  # noqa: S301  # of the machine code that is run


def add_helpers(names: Mapping[str, int], prefix: str) -> None:
    """Has LLVM find compiled helpers of numba's, by name their addresses, as machine code calls them."""
    for name, address in names.items():
        llvm.add_symbol(name if name.startswith("_") else prefix + name, address)


class _Linker:
    """LLVM's, with the names that machine code looks for: of numba's helpers and memory, and of Python's None and exceptions."""

    def __init__(self) -> None:
        _get_llvm_ready()
        self.functions = _compiled_part("numba._dynfunc")
        for names, prefix in (
            (self.functions.c_helpers, "numba_"),
            (_compiled_part("numba._helperlib").c_helpers, "numba_"),
            (_compiled_part("numba.core.runtime._nrt_python").c_helpers, "NRT_"),
        ):
            add_helpers(names, prefix)
        llvm.add_symbol("numba_unpickle", cast(_unpickled, c_void_p).value)
        llvm.add_symbol("_Py_NoneStruct", id(None))
        for value in vars(builtins).values():
            if isinstance(value, type) and issubclass(value, BaseException):
                llvm.add_symbol(f"PyExc_{value.__name__}", id(value))
        machine = llvm.Target.from_default_triple().create_target_machine(codemodel="jitdefault", jit=True)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._known: dict[str, Any] = {}

    def link(self, function: Callable[..., Any], kept: KeptCode) -> Callable[..., Any]:
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(kept.machine_code))
        self._engine.finalize_object()
        for names in kept.names:
            place = c_void_p.from_address(self._engine.get_global_value_address(names.name))
            place.value = id(self._environment(names))
        address = self._engine.get_function_address(kept.entry)
        if not address:
            raise LookupError(kept.entry)
        made: Callable[..., Any] = self.functions.make_function(
            sys.modules[function.__module__],
            function.__name__,
            function.__doc__ or "",
            address,
            self._environment(kept.names[0]),
            (self,),
        )
        return made

    def _environment(self, names: Names) -> Any:
        if names.name not in self._known:
            module: Mapping[str, Any] = (
                vars(sys.modules[names.module]) if names.module in sys.modules else {"__name__": names.module}
            )
            environment = self.functions.Environment(module)
            environment.consts[:] = names.constants
            self._known[names.name] = environment
        return self._known[names.name]


@lru_cache(maxsize=1)
def _linker() -> _Linker:
    return _Linker()
