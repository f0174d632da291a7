"""Who buys (billing-rules 5.6): a hash of seed, customer and period, the same on any number of machines."""

import hashlib
from decimal import Decimal

MASK_64 = 2**64 - 1


def hash_mix(number: int) -> int:
    """The finaliser of splitmix64."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & MASK_64
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & MASK_64
    return number ^ (number >> 31)


def is_buyer(seed: int, customer_id: str, period_index: int, probability: Decimal) -> bool:
    """5.6: whether a customer buys in a period."""
    digest = hashlib.blake2b(f"{seed}:{customer_id}".encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "little")
    draw = hash_mix((key + (period_index + 1) * 0x9E3779B97F4A7C15) & MASK_64) % 1_000_000
    return draw < probability * 1_000_000
