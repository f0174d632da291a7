"""Threads for many rows, none for few; whichever, each task gives what it gives."""

import threading

import pytest

from commet_core.foundation.parallel import ROWS_FEW, worker_pool


def names_of_threads(rows: int) -> set[str]:
    with worker_pool(rows) as pool:
        return set(pool.map(lambda _: threading.current_thread().name, range(3)))


def test_few_rows_are_done_in_the_thread_that_gives_them() -> None:
    assert names_of_threads(ROWS_FEW - 1) == {threading.current_thread().name}
    assert threading.current_thread().name not in names_of_threads(ROWS_FEW)


def test_within_a_thread_of_the_pool_are_no_more_of_them() -> None:
    with worker_pool() as pool:
        outer, inner = pool.submit(lambda: (threading.current_thread().name, names_of_threads(ROWS_FEW))).result()
    assert inner == {outer}


@pytest.mark.parametrize("rows", [0, ROWS_FEW])
def test_what_a_task_raises_is_raised_where_its_result_is_asked_for(rows: int) -> None:
    with worker_pool(rows) as pool:
        done, failed = pool.submit(int, "7"), pool.submit(int, "seven")
        assert done.result() == 7
        with pytest.raises(ValueError, match="seven"):
            failed.result()
