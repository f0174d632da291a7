"""A Spark session, and what goes wrong on a cluster in words."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from commet_core.foundation.errors import InputError


def start_session(master: str | None = None, *, shows_progress: bool = False) -> SparkSession:
    """The session that is there, such as that of `spark-submit`, or a new one.

    master: where a new session runs; without it what Spark is configured for, and this machine's cores failing that.
    shows_progress: whether Spark draws its bar on the terminal. Raises InputError where Java is missing or Spark cannot start.
    """
    quiet_about_pandas()
    builder = SparkSession.builder.appName("commet-simulator")
    builder = builder.config("spark.ui.showConsoleProgress", str(shows_progress).lower())
    if master is not None:
        builder = builder.master(master)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise _cannot_start(error) from None
    if (session.sparkContext.master or "").startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # not whatever `python3` is here, which may lack everything
    return session


def quiet_about_pandas() -> None:
    """pyspark warns that pandas 3 is new to it; its Arrow functions, the only ones used here, do without pandas."""
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What Spark says when a job fails, as an InputError with its first line; the rest is in Spark's own log."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise InputError.of("Spark", _first_line(error), "Spark's log says more") from None


def _cannot_start(error: Exception) -> InputError:
    if "JAVA_GATEWAY_EXITED" in str(error) or isinstance(error, OSError):
        fix = "Install Java 17 or newer (Debian: `apt-get install openjdk-17-jre-headless`), or set JAVA_HOME"
        return InputError.of("Spark", "it cannot start, most likely because there is no Java 17", fix)
    return InputError.of("Spark", f"it cannot start: {_first_line(error)}", "Check the master and the settings")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
