"""numba, which `compiled` imports at the first call of a kernel: machine code made, kept on disk, and loaded from there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from pickle import Unpickler
from typing import Any, Final, cast

from numba import njit
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary, ll
from numba.core.environment import Environment, lookup_environment
from numba.core.runtime import _nrt_python
from numba.cpython import hashing  # noqa: F401  # it names what machine code that hashes looks for
from numba.extending import typeof_impl

from commet_core.foundation.compiled import Kernel
from commet_core.foundation.kept_code import Names, add_helpers, is_kept, keep, name_of
from commet_core.foundation.kernel_stamp import stamp_of

add_helpers(_nrt_python.c_helpers, "NRT_")
"""What machine code calls of numba's memory. The rest of that stands in each kernel; numba makes it once more only to compile with."""


def _environment_of(module: str, constants: list[Any], name: str) -> Environment:
    """What a function of machine code belongs to, which may be one of numba's.

    numba would import that function's module, and much of SciPy and numpy with it; only Python in the midst of machine code looks there.
    """
    environment = lookup_environment(name)
    if environment is None:
        names = vars(sys.modules[module]) if module in sys.modules else {"__name__": module}
        environment = Environment(names)
        environment.consts[:] = constants
        environment.env_name = name
        Environment._memo[name] = environment
    return environment


class _Reader(Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _environment_of if name == "_rebuild_env" else super().find_class(module, name)


class _CacheFile(IndexDataCacheFile):  # type: ignore[misc]
    def _load_data(self, name: str) -> Any:
        with Path(self._data_path(name)).open("rb") as file:
            return _Reader(file).load()


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """Machine code. Of what is loaded, the bitcode is read when a kernel is compiled that calls it: it takes longer than all else."""

    machine_code = b""
    _bitcode = b""
    _shared_module: Any = None

    @classmethod
    def _unserialize(cls, codegen: Any, state: tuple[str, str, tuple[bytes, bytes]]) -> _Library:
        name, _, (machine_code, bitcode) = state
        library: _Library = codegen.create_library(name)
        library.enable_object_caching()
        library.machine_code = machine_code
        library._set_compiled_object(machine_code)
        library._bitcode = bitcode
        library._finalize_final_module()
        return library

    def _get_module_for_linking(self) -> Any:
        if self._bitcode and self._shared_module is None:
            self._shared_module = ll.parse_bitcode(self._bitcode)
        return super()._get_module_for_linking()

    def get_pointer_to_function(self, name: str) -> int:
        if self._bitcode:  # numba knows its names from the bitcode
            return int(self._codegen._engine.get_function_address(name))
        return int(super().get_pointer_to_function(name))


class _Cache(FunctionCache):  # type: ignore[misc]
    """Machine code on disk. What of it cannot be read, or is of another kernel by now, is forgotten: it is compiled again."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._function = function
        self._cache_file = _CacheFile(self.cache_path, self._impl.filename_base, stamp_of(function))

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Without what numba knows about types and functions, which takes as long as all else that a start does with it.

        What is loaded calls nothing of that but numba's memory; who compiles has numba learn it then.
        """
        target_context.codegen()._library_class = _Library
        try:
            with self._guard_against_spurious_io_errors():
                found = self._load_overload(signature, target_context)
        except Exception:  # noqa: BLE001  # a file may hold anything: half a write, or names that an earlier version had
            with suppress(OSError):
                self.flush()
            return None
        if found is not None:
            _keep_without_numba(self._function, found)
        return found

    def save_overload(self, signature: Any, compiled: Any) -> None:
        with suppress(OSError):  # a full disk, or one that cannot be written to: it is compiled again next time
            super().save_overload(signature, compiled)
        _keep_without_numba(self._function, compiled)


def _keep_without_numba(function: Callable[..., Any], compiled: Any) -> None:
    """Keeps machine code for who has not imported numba, where it is not kept yet and there is a place for it."""
    kinds = _kinds_of_types(compiled.signature.args)
    if kinds is None or compiled.reload_init or is_kept(function, kinds):
        return
    called = compiled._find_referenced_environments() if compiled.referenced_envs is None else compiled.referenced_envs
    environments = [_names_of(environment) for environment in (compiled.environment, *called)]
    code = getattr(compiled.library, "machine_code", None) or compiled.library._get_compiled_object()
    with suppress(OSError):
        keep(function, kinds, compiled.fndesc.llvm_cpython_wrapper_name, environments, code)


def _names_of(environment: Any) -> Names:
    return Names(environment.env_name, environment.globals.get("__name__"), list(environment.consts))


def _kinds_of_types(arguments: Any) -> tuple[Any, ...] | None:
    """Types of numba's as `kept_code` tells arguments apart; None where one is of a kind that it does not know."""
    kinds = tuple(map(_kind_of_type, arguments))
    return None if None in kinds else kinds


def _kind_of_type(kind: Any) -> Any:
    known: Any = types
    if isinstance(kind, known.Array):
        return str(kind.dtype), kind.ndim, kind.layout, kind.mutable, kind.aligned
    if isinstance(kind, known.BaseTuple):
        kinds = _kinds_of_types(kind.types)
        return None if kinds is None else (name_of(getattr(kind, "instance_class", tuple)), *kinds)
    return str(kind) if isinstance(kind, known.Number | known.Boolean | known.NoneType) else None


_AS_A_STEP: Final = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""References to arrays are not counted: the caller holds them. Python has no way in."""


def dispatcher_of(function: Callable[..., Any], *, is_step: bool) -> Callable[..., Any]:
    """The function as numba runs it: compiled for each combination of types that it is called with."""
    if is_step:
        return cast(Callable[..., Any], njit(nogil=True, **_AS_A_STEP)(function))
    dispatcher: Any = njit(nogil=True, no_cfunc_wrapper=True)(function)
    template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda arguments, named: template(tuple(map(_for_all_alike, arguments)), named)
    with suppress(RuntimeError):  # nowhere to keep machine code: it is made in every process
        dispatcher._cache = _Cache(function)
    return dispatcher


def _for_all_alike(argument: Any) -> Any:
    """The type that one kernel hands to another: of a constant that of its kind, of a narrow integer int64.

    numba would compile the called kernel anew for each constant and each width.
    """
    kinds: Any = types
    argument = kinds.unliteral(argument)
    narrow = isinstance(argument, kinds.Integer) and argument.bitwidth < kinds.int64.bitwidth
    return kinds.int64 if narrow else argument


@typeof_impl.register(Kernel)
def _type_of_kernel(kernel: Kernel, _context: Any) -> Any:
    """A kernel that another one calls is to numba what it is compiled to."""
    return types.Dispatcher(kernel.dispatcher)
