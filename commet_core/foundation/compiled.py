"""How the simulator's inner loops are compiled: by numba, once, with the machine code kept on disk.

`nogil` lets a pool of threads run one kernel on several ranges of customers. numba's own `parallel` is not used: its
usual threading layer aborts the process when two sessions replay at the same time.

numba is imported when a kernel is first called, and not before: it is dear, and who only looks at a scenario or asks for a
version does without. Machine code on disk that cannot be used, such as that of an earlier version, is made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Any

import numpy as np

_FIRST_CALL = RLock()


class Kernel:
    """A compiled function. Kernels that it calls are such, too."""

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self._dispatcher: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        return (self._dispatcher or self.dispatcher)(*arguments)

    @property
    def dispatcher(self) -> Callable[..., Any]:
        """What numba calls it by."""
        with _FIRST_CALL:
            if self._dispatcher is None:
                from commet_core.foundation.machine_code import dispatcher_of  # noqa: PLC0415  # numba is dear

                self._dispatcher = dispatcher_of(self.py_func)
        return self._dispatcher


def compiled(function: Callable[..., Any]) -> Kernel:
    """Compiles a function of numbers and arrays for the types that it is called with, at its first call."""
    return Kernel(function)


def read_only(column: np.ndarray) -> np.ndarray:
    """A view that cannot be written to: numba compiles one kernel for it, wherever the column came from."""
    view = column.view()
    view.flags.writeable = False
    return view
