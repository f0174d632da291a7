"""numba, which `compiled` imports at the first call of a kernel: machine code made, kept on disk, and loaded from there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, cast

from numba import njit
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime import rtsys
from numba.cpython import hashing  # noqa: F401  # it names what machine code that hashes looks for
from numba.extending import typeof_impl

from commet_core.foundation.compiled import Kernel
from commet_core.foundation.kernel_stamp import stamp_of


class _Cache(FunctionCache):  # type: ignore[misc]
    """Machine code on disk. What of it cannot be read, or is of another kernel by now, is forgotten: it is compiled again."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = IndexDataCacheFile(self.cache_path, self._impl.filename_base, stamp_of(function))

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Without what numba knows about types and functions, which takes as long as all else that a start does with it.

        What is loaded calls nothing of that but numba's memory; who compiles has numba learn it then.
        """
        rtsys.initialize(target_context)
        try:
            with self._guard_against_spurious_io_errors():
                return self._load_overload(signature, target_context)
        except Exception:  # noqa: BLE001  # a file may hold anything: half a write, or names that an earlier version had
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        with suppress(OSError):  # a full disk, or one that cannot be written to: it is compiled again next time
            super().save_overload(signature, compiled)


_AS_A_STEP: Final = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""References to arrays are not counted: the caller holds them. Python has no way in."""


def dispatcher_of(function: Callable[..., Any], *, is_step: bool) -> Callable[..., Any]:
    """The function as numba runs it: compiled for each combination of types that it is called with."""
    if is_step:
        return cast(Callable[..., Any], njit(nogil=True, **_AS_A_STEP)(function))
    dispatcher: Any = njit(nogil=True)(function)
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
