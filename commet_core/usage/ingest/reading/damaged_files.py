"""The errors of files that begin as they should and cannot be read to their end."""

from __future__ import annotations

from commet_core.foundation.errors import InputError


def damaged_gzip(file: str) -> InputError:
    """The error of a gzip file that cannot be unpacked to its end."""
    return InputError.of(file, "the gzip file is damaged or cut off", "Copy or export it again")


def damaged_array(file: str) -> InputError:
    """The error of a JSON array that is not one to its end."""
    fix = "Write one object on each line, or an array of objects that ends with ]"
    return InputError.of(file, "the file begins like a JSON array, but is not one", fix)


def damaged_parquet(file: str) -> InputError:
    """The error of a file that begins like Parquet and cannot be read as such."""
    return InputError.of(file, "the Parquet file is damaged or cut off", "Copy or export it again")
