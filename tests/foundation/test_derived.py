"""What is kept with a value: worked out once, and for no other value's sake."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from commet_core.foundation.derived import cached_property

PATIENCE = 20


class Value:
    def __init__(self, both: Barrier | None = None) -> None:
        self.both, self.times = both, 0

    @cached_property
    def dear(self) -> list[int]:
        """Something of which two are worked out at once."""
        self.times += 1
        if self.both is not None:
            self.both.wait(PATIENCE)
        return [self.times]


def test_a_property_is_worked_out_once() -> None:
    value = Value()
    assert value.dear is value.dear
    assert value.times == 1


def test_two_values_work_out_the_same_property_at_once() -> None:
    both = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda value: value.dear, [Value(both), Value(both)])) == [[1], [1]]


def test_two_threads_that_ask_at_once_get_the_same() -> None:
    value = Value(Barrier(2))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: value.dear, range(2))
    assert first is second is value.dear
