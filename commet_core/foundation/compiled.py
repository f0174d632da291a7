"""How the simulator's inner loops are compiled: by numba, once, with the machine code kept on disk.

`nogil` lets a pool of threads run one kernel on several ranges of customers. numba's own `parallel` is not used: its
usual threading layer aborts the process when two sessions replay at the same time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

compiled = njit(nogil=True, cache=True)


def read_only(column: np.ndarray) -> np.ndarray:
    """A view that cannot be written to: numba compiles one kernel for it, wherever the column came from."""
    view = column.view()
    view.flags.writeable = False
    return view
