"""Streamlit warns who runs a script without its server. To know it looks for the file of every module that there is, in the first visit."""

from __future__ import annotations

from streamlit import delta_generator, runtime


def leave_unasked() -> None:
    """From now on, in this process, where there is a server: nobody is warned there."""
    if runtime.exists():
        delta_generator._use_warning_has_been_displayed = True
