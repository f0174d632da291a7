"""Libraries that are imported when something of them is first used: they are named in many modules, and needed by few commands."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import Any, Final

_FIRST_USE = RLock()
_ASKED_FOR: Final = ("__path__", "__version__")


class Later(ModuleType):
    """Stands for a library in `sys.modules` until it is needed, and leads to it from then on."""

    _whole: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _ASKED_FOR:  # what is looked for in all modules that there are
            raise AttributeError(name)
        with _FIRST_USE:
            if self._whole is None:
                if sys.modules.get(self.__name__) is self:
                    del sys.modules[self.__name__]
                self._whole = import_module(self.__name__)
        return getattr(self._whole, name)
