"""What several values hold in memory together, told at once however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Held:
    """The arrays of values, each value under its key, as `memory_of` measures them; one that several hold counts once."""

    def __init__(self) -> None:
        self._blocks: dict[str, dict[int, int]] = {}
        self._mapped: dict[str, dict[int, int]] = {}
        self._holders: Counter[int] = Counter()
        self._sizes: dict[int, int] = {}
        self._bytes = 0

    def put(self, key: str, blocks: dict[int, int]) -> None:
        """What a value holds, in place of what it held when it was measured before."""
        self._drop_blocks(key)
        self._blocks[key] = blocks
        self._holders.update(blocks.keys())
        for address, size in blocks.items():
            self._bytes += size - self._sizes.get(address, 0)
            self._sizes[address] = size

    def put_mapped(self, key: str, blocks: dict[int, int]) -> None:
        """What of a value lies on disk, and takes no memory in any other either."""
        self._mapped[key] = blocks

    def drop(self, key: str) -> None:
        """The value is gone."""
        self._drop_blocks(key)
        self._mapped.pop(key, None)

    def _drop_blocks(self, key: str) -> None:
        for address in self._blocks.pop(key, {}):
            self._holders[address] -= 1
            if not self._holders[address]:
                del self._holders[address]
                self._bytes -= self._sizes.pop(address)

    @property
    def bytes(self) -> int:
        """Of all values."""
        return self._bytes - sum(self._sizes.get(address, 0) for address in self._on_disk())

    def bytes_of(self, keys: Iterable[str]) -> int:
        """Of some of them."""
        addresses = {address for key in keys for address in self._blocks[key]}
        return sum(self._sizes[address] for address in addresses - self._on_disk())

    def frees(self, key: str) -> bool:
        """Whether less memory is held without this value."""
        on_disk = self._on_disk()
        return any(self._holders[address] == 1 for address in self._blocks[key] if address not in on_disk)

    def _on_disk(self) -> set[int]:
        return {address for blocks in self._mapped.values() for address in blocks}
