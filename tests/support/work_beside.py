"""What goes on beside pages in a test: awaited until it is done, or ended with the test."""

from pages.shared.work import works


def await_work(seconds_max: float = 1.0) -> None:
    """Waits for each piece of it, as long as that takes and no longer than so many seconds."""
    for work in tuple(works()._works.values()):
        work.done.wait(seconds_max)


def end_work() -> None:
    """Nobody waits for it any more: each piece ends when it next says how far it is."""
    for work in tuple(works()._works.values()):
        work._wanted.clear()
