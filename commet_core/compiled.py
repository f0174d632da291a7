"""How the simulator's inner loops are compiled: by numba, once, with the machine code kept on disk.

`nogil` lets a pool of threads run one kernel on several ranges of customers. numba's own `parallel` is not used: its
usual threading layer aborts the process when two sessions replay at the same time.
"""

from __future__ import annotations

from numba import njit

compiled = njit(nogil=True, cache=True)
