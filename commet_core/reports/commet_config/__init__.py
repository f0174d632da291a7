"""A catalog as Commet's own `commet.config.ts`, and a checklist in words of what that file cannot hold (sharing.md 5.1)."""

from commet_core.reports.commet_config.config_file import ConfigFile, config_file

__all__ = ["ConfigFile", "config_file"]
