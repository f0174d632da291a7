"""A process that keeps its memory asks the system for it once."""

import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = """
import resource, sys
import numpy as np
from commet_core.foundation.memory import keep_memory

if sys.argv[1] == "kept":
    keep_memory()

def taken():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.empty(3 << 20, np.uint8) for _ in range(40)]
    for array in arrays:
        array.fill(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

taken()
print(sum(taken() for _ in range(5)))
"""


def faults(kept: str) -> int:
    """Pages that the system hands out for memory that was used and freed before."""
    command = [sys.executable, "-c", ROUNDS, kept]
    return int(subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator of another system is left as it is")
def test_what_was_freed_is_not_asked_for_again() -> None:
    assert 2 * faults("kept") < faults("as usual")
