"""How the simulator's inner loops are compiled: by numba, once, with the machine code kept on disk.

`nogil` lets a pool of threads run one kernel on several ranges of customers. numba's own `parallel` is not used: its
usual threading layer aborts the process when two sessions replay at the same time.

numba is imported when a kernel is first compiled, or called often, and not before: it is dear. Machine code that was kept is run without
(`kept_code`). Who reads a few rows does without both: `compiled_for_many` are the same functions, run by Python as they stand while
numba is not there. Machine code on disk that cannot be used, such as that of an earlier version, is made anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import update_wrapper
from inspect import signature
from itertools import count
from threading import RLock, Thread
from typing import Any, Final

import numpy as np

FEW: Final = 2_000
"""So many rows take Python a tenth of the time that it takes to import numba."""

_FIRST_CALL = RLock()


OFTEN: Final = 3_000
"""Calls of kept machine code, after which a process is taken for one that goes on: numba tells arguments apart in a tenth of the time."""


class _KeptCalls:
    """Calls of kept machine code. After many numba is imported in a thread, and from then on it is numba that calls it."""

    def __init__(self) -> None:
        self._count = count(1)
        self._import = Thread(target=_import_numba, name="numba", daemon=True)

    def are_many(self) -> bool:
        if next(self._count) == OFTEN:
            self._import.start()
        return self._import.ident is not None and not self._import.is_alive()


def _import_numba() -> None:
    import commet_core.foundation.machine_code  # noqa: F401, PLC0415  # numba is dear


_KEPT_CALLS: Final = _KeptCalls()


class Kernel:
    """A compiled function. Kernels that it calls are such, too."""

    def __init__(self, function: Callable[..., Any], counted: int | None = None, *, is_step: bool = False) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self._counted = counted
        self._is_step = is_step
        self._dispatcher: Callable[..., Any] | None = None
        self._kept: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        if self._is_step:
            return self.py_func(*arguments)
        if self._dispatcher is not None:
            return self._dispatcher(*arguments)
        if self._is_little(arguments):
            with np.errstate(over="ignore"):  # as machine code, which wraps around
                return self.py_func(*arguments)
        return (self._as_kept(arguments) or self.dispatcher)(*arguments)

    def _as_kept(self, arguments: Sequence[Any]) -> Callable[..., Any] | None:
        """Machine code that is run without numba, where numba is not there yet; None where there is none for such arguments."""
        if _KEPT_CALLS.are_many() or ("numba" in sys.modules and not self._kept):
            return None
        from commet_core.foundation.kept_code import kinds_of, loaded  # noqa: PLC0415  # LLVM is dear

        kinds = kinds_of(arguments)
        if kinds is None:
            return None
        if kinds not in self._kept:
            with _FIRST_CALL:
                if kinds not in self._kept and (code := loaded(self.py_func, kinds)) is not None:
                    self._kept[kinds] = code
        return self._kept.get(kinds)

    def _is_little(self, arguments: Sequence[Any]) -> bool:
        """Whether Python is done before numba would be there."""
        if self._counted is None or "numba" in sys.modules:
            return False
        return np.size(arguments[self._counted]) <= FEW

    @property
    def dispatcher(self) -> Callable[..., Any]:
        """What numba calls it by."""
        with _FIRST_CALL:
            if self._dispatcher is None:
                from commet_core.foundation.machine_code import dispatcher_of  # noqa: PLC0415  # numba is dear

                self._dispatcher = dispatcher_of(self.py_func, is_step=self._is_step)
        return self._dispatcher


def compiled(function: Callable[..., Any]) -> Kernel:
    """Compiles a function of numbers and arrays for the types that it is called with, at its first call."""
    return Kernel(function)


def step(function: Callable[..., Any]) -> Kernel:
    """Part of a kernel, with a name of its own. It costs no more than if it stood inside: it does not count who holds the arrays
    that it is handed, which takes longer than most of what is done to an event.

    So it makes no array, and returns none and no view of one. Called by Python, it is run by Python.
    """
    return Kernel(function, is_step=True)


def compiled_for_many(rows: str) -> Callable[[Callable[..., Any]], Kernel]:
    """`compiled`, but for few rows. rows: the argument that has an entry for each row; a number is a helper's own, and few.

    For functions whose integers stay within 64 bits, or wrap around on purpose.
    """
    return lambda function: Kernel(function, list(signature(function).parameters).index(rows))


def get_ready_beside() -> None:
    """Begins to import numba in a thread of its own, where it is not there yet: before work that soon needs it, and leaves a core free."""
    if "numba" not in sys.modules:
        Thread(target=get_ready, name="numba", daemon=True).start()


def get_ready() -> None:
    """Imports what runs machine code, where it is not there yet."""
    with _FIRST_CALL:
        from commet_core.foundation.kept_code import get_linker_ready  # noqa: PLC0415  # LLVM is dear

        get_linker_ready()


def read_only(column: np.ndarray) -> np.ndarray:
    """A view that cannot be written to: numba compiles one kernel for it, wherever the column came from."""
    view = column.view()
    view.flags.writeable = False
    return view
