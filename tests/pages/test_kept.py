"""What the dashboard keeps: bounded by bytes, what was not used longest goes first, nothing that others hold is counted twice."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pages.shared.kept import Kept
from pages.shared.memory import memory_of


@dataclass
class Replayed:
    usage: np.ndarray
    figures: list[np.ndarray]


def block(count: int) -> np.ndarray:
    return np.zeros(count, np.uint8)


def test_the_least_used_goes_first_where_it_gets_too_much():
    kept = Kept(bytes_max=100, count_max=10)
    first, second, third = block(40), block(40), block(40)
    kept.put("first", first)
    kept.put("second", second)
    assert kept.get("first") is first
    kept.put("third", third)
    assert kept.get("second") is None
    assert kept.get("first") is first
    assert kept.get("third") is third


def test_the_newest_stays_however_large_and_the_others_go():
    kept = Kept(bytes_max=100, count_max=10)
    kept.put("small", block(10))
    large = block(1000)
    kept.put("large", large)
    assert kept.get("large") is large
    assert len(kept) == 1


def test_many_small_values_are_too_many_too():
    kept = Kept(bytes_max=100, count_max=2)
    for key in ("first", "second", "third"):
        kept.put(key, key)
    assert kept.get("first") is None
    assert kept.get("third") == "third"


def test_what_a_value_has_grown_by_since_it_was_kept_counts():
    kept = Kept(bytes_max=100, count_max=10)
    replayed = Replayed(block(20), [])
    kept.put("replay", replayed)
    replayed.figures.append(block(70))
    kept.put("another", block(20))
    assert kept.get("replay") is None


def test_what_another_value_holds_stays_for_it_frees_nothing():
    kept = Kept(bytes_max=100, count_max=10)
    usage = block(90)
    kept.put("usage", usage)
    kept.put("one price", Replayed(usage, [block(20)]))
    kept.put("another price", Replayed(usage, [block(20)]))
    assert kept.get("usage") is usage
    assert kept.get("one price") is None
    assert kept.get("another price") is not None


def test_what_lies_on_disk_takes_no_memory_in_what_rests_on_it_either(tmp_path):
    kept = Kept(bytes_max=100, count_max=10)
    usage = block(1000)
    kept.put("store", usage, mapped=usage)
    kept.put("replay", Replayed(usage, [block(20)]))
    kept.put("another", Replayed(usage, [block(20)]))
    assert len(kept) == 3
    assert memory_of(np.memmap(tmp_path / "usage", np.uint8, "w+", shape=(1000,))[5:]) == {}


def test_memory_is_that_of_whole_arrays_each_counted_once():
    usage = block(1000)
    table = pa.table({"amount": pa.array(np.arange(8)), "cents": pa.array(np.arange(8, dtype=np.int32))})
    assert sum(memory_of(usage[:10]).values()) == 1000
    assert sum(memory_of((usage, usage[5:], {"part": [usage]})).values()) == 1000
    assert sum(memory_of(table).values()) == 8 * (8 + 4)
    assert sum(memory_of(pa.array(["one", "one"]).dictionary_encode()).values()) == 2 * 4 + 2 * 4 + 3
    assert memory_of("text") == {}


def test_an_array_and_its_view_in_arrow_are_one():
    numbers = np.arange(100)
    assert sum(memory_of([numbers, pa.array(numbers)]).values()) == 800
