"""What tests run on Node: Node itself from the development lock, packages from `tests/npm`, installed as their lock file says."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NPM = Path(__file__).parents[1] / "npm"
PROGRAMS = Path(sys.executable).parent
INSTALL_SECONDS_MAX = 300


class NotInstalled(Exception):
    """npm could not install the packages: what it said."""


def installed() -> Path:
    """The folder `node_modules`, installed where it is not there yet, or older than the lock file."""
    modules, lock = NPM / "node_modules", NPM / "package-lock.json"
    stamp = modules / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        command = [PROGRAMS / "npm", "ci", "--ignore-scripts"]
        done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS_MAX)
        if done.returncode != 0:
            raise NotInstalled(done.stderr)
    return modules


def type_errors(sources: Sequence[str], folder: Path, modules: Path) -> list[str]:
    """What the TypeScript compiler says of files, a line for each error, in its strictest mode."""
    (folder / "node_modules").unlink(missing_ok=True)
    (folder / "node_modules").symlink_to(modules)
    names = [f"{place}.ts" for place in range(len(sources))]
    for name, source in zip(names, sources, strict=True):
        (folder / name).write_text(source, "utf-8")
    options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--lib", "es2022,dom"]
    resolution = ["--module", "nodenext", "--moduleResolution", "nodenext"]
    command = [PROGRAMS / "node", modules / "typescript" / "bin" / "tsc", *options, *resolution, *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    errors = [line for line in done.stdout.splitlines() if "error TS" in line]
    assert bool(errors) == bool(done.returncode), done.stdout + done.stderr
    return errors


def evaluated(source: str, folder: Path) -> str:
    """What a program of JavaScript prints."""
    (folder / "program.mjs").write_text(source, "utf-8")
    command = [PROGRAMS / "node", "program.mjs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
