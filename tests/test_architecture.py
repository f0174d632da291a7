"""The layout's rules: arrows go one way, the core knows no page, reads no clock and no environment."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "commet_core"
PAGES = sorted((ROOT / "pages").rglob("*.py"))

FORBIDDEN_IN_CORE = {"streamlit", "plotly", "random", "secrets", "time", "matplotlib"}
# The rooms, from the ground up: a room imports only from those before it.
ROOMS = (
    "foundation",
    "catalog",
    "usage",
    "scenario",
    "timeline",
    "rating",
    "engine",
    "decide",
    "reports",
    "workspace",
    "cluster",
)
AT_THE_TOP = {"__init__", "__main__", "cli", "version", "warmup"}

# Inside a room, where the order matters: no model knows of another.
MODELS = {"rating.metered", "rating.credits", "rating.balance"}


def named(path: Path) -> str:
    """A script by its name, as a test's."""
    return str(path.relative_to(ROOT).with_suffix(""))


parsed = cache(ast.parse)
"""What a source says; several rules ask for it."""


def imports_of(source: str) -> set[str]:
    """Every module that a source imports, at any depth, as written."""
    found = set()
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def core_imports(source: str) -> set[str]:
    """The modules of the core that a source imports, without the core's own name: `rating.metered`, `version`."""
    return {name.removeprefix("commet_core.") for name in imports_of(source) if name.startswith("commet_core.")}


def forbidden_imports(source: str) -> set[str]:
    return {name for name in imports_of(source) if name.split(".")[0] in FORBIDDEN_IN_CORE | {"pages", "app"}}


def ambient_reads(source: str) -> set[str]:
    """Calls that make a result depend on the moment, the machine's settings or global randomness."""
    wanted = {"now", "utcnow", "today", "getenv", "environ", "perf_counter", "default_rng", "seed"}
    seeded = {"default_rng"}
    found = set()
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Attribute) and node.attr in wanted - seeded - {"seed"}:
            found.add(node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in seeded and not node.args:
                found.add("default_rng without a seed")
            if node.func.attr == "seed" and not node.args:
                continue
            if ast.unparse(node.func).startswith("np.random.") and node.func.attr not in {
                *seeded,
                "SeedSequence",
                "Generator",
                "PCG64",
                "Philox",
            }:
                found.add(ast.unparse(node.func))
    return found


def layer_violations(imports: dict[str, set[str]]) -> set[str]:
    """Imports from a room above, and of a model from a model, as 'importer -> imported'."""
    height = {room: level for level, room in enumerate(ROOMS)}
    return {
        f"{importer} -> {imported}"
        for importer, all_imported in imports.items()
        for imported in all_imported
        if height.get(imported.split(".")[0], -1) > height.get(importer.split(".")[0], len(ROOMS))
        or (importer in MODELS and imported in MODELS - {importer})
    }


@cache
def sources() -> dict[str, str]:
    """Every module of the core, by its dotted name inside it."""
    return {
        ".".join(path.relative_to(CORE).with_suffix("").parts).removesuffix(".__init__"): path.read_text("utf-8")
        for path in CORE.rglob("*.py")
    }


@pytest.mark.parametrize("module", sorted(sources()))
def test_the_core_knows_no_page_and_no_chart(module: str) -> None:
    allowed = {"secrets"} if module in ("workspace.links", "workspace.team") else set()
    assert forbidden_imports(sources()[module]) <= allowed


@pytest.mark.parametrize("module", sorted(sources()))
def test_the_core_reads_no_clock_environment_or_global_randomness(module: str) -> None:
    allowed = {
        "cli": {"environ"},
        "cli.sources": {"environ"},
        "cli.workspace": {"environ", "now"},
        "foundation.kept_code": {"environ"},  # what somebody has numba do otherwise
    }.get(module, set())
    assert ambient_reads(sources()[module]) <= allowed


def test_arrows_go_one_way() -> None:
    assert not layer_violations({module: core_imports(source) for module, source in sources().items()})


def test_every_part_of_the_core_is_a_room_or_at_the_top() -> None:
    assert {module.split(".")[0] for module in sources()} == {*ROOMS, *AT_THE_TOP}


def test_every_package_of_the_core_is_installed() -> None:
    installed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert installed == sorted(".".join(path.parent.relative_to(ROOT).parts) for path in CORE.rglob("__init__.py"))


def navigation() -> dict[str, str]:
    """The scripts of all pages with their labels, as `GROUPS` in the frame has them."""
    tree = parsed((ROOT / "pages/shared/frame.py").read_text("utf-8"))
    groups = next(node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets) == "GROUPS")
    return {script: label for group in ast.literal_eval(groups).values() for script, label in group.items()}


def test_every_page_is_in_the_navigation_and_in_the_manual() -> None:
    scripts = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
    framed = {path.relative_to(ROOT).as_posix() for path in scripts if "frame.page(" in path.read_text("utf-8")}
    assert framed == set(navigation()), "GROUPS in pages/shared/frame.py has a line for each page"
    manual = (ROOT / "docs/dashboard.md").read_text("utf-8")
    missing = [label for label in navigation().values() if f"\n| {label} | " not in manual]
    assert not missing, "the table of pages in docs/dashboard.md has a row for each"


AMOUNTS = re.compile(r"billed|revenue|earned|cost|amount|margin|price|Fraction\(|Decimal\(")
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)


def page_arithmetic(source: str) -> list[str]:
    """What a page computes on amounts, as written, and what it imports to do so. (`+` between words is no arithmetic.)"""
    tree = parsed(source)
    computed = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp | ast.AugAssign)
        and isinstance(node.op, ARITHMETIC)
        and AMOUNTS.search(ast.unparse(node))
        and not any(
            isinstance(part, ast.JoinedStr | ast.Constant) and not isinstance(getattr(part, "value", None), int | float)
            for part in ast.walk(node)
        )
    ]
    return computed + [name for name in imports_of(source) if name.split(".")[0] in {"duckdb", "fractions"}]


@pytest.mark.parametrize("path", [ROOT / "app.py", *PAGES], ids=named)
def test_pages_hold_no_arithmetic_on_amounts(path: Path) -> None:
    """A page shows figures; it computes none."""
    assert not page_arithmetic(path.read_text("utf-8"))


LINES_MAX = 70


def long_functions(source: str) -> list[str]:
    """The functions of a source that have more lines than one can read, kernels among them: they have steps (`compiled.step`)."""
    functions = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [one.name for one in functions if one.end_lineno is not None and one.end_lineno - one.lineno >= LINES_MAX]


@pytest.mark.parametrize("path", [ROOT / "app.py", *PAGES, *sorted(CORE.rglob("*.py"))], ids=named)
def test_no_function_is_longer_than_one_can_read(path: Path) -> None:
    assert not long_functions(path.read_text("utf-8"))


class TestTheseRulesCanFail:
    def test_a_page_imported_from_the_core_is_found(self) -> None:
        assert forbidden_imports("def f():\n    from pages.shared import frame\n") == {"pages.shared", "pages.shared.frame"}

    def test_streamlit_is_found_under_another_name(self) -> None:
        assert forbidden_imports("import streamlit.runtime as r") == {"streamlit.runtime"}

    def test_a_clock_is_found(self) -> None:
        assert ambient_reads("from datetime import datetime\nx = datetime.now()") == {"now"}

    def test_global_randomness_is_found(self) -> None:
        assert ambient_reads("x = np.random.normal()\ny = np.random.default_rng()") == {
            "np.random.normal",
            "default_rng without a seed",
        }

    def test_seeded_randomness_is_not(self) -> None:
        assert not ambient_reads("x = np.random.default_rng(7)")

    def test_a_page_that_computes_is_found(self) -> None:
        assert page_arithmetic("gain = summary.billed - baseline.billed") == ["summary.billed - baseline.billed"]
        assert sorted(page_arithmetic("from fractions import Fraction")) == ["fractions", "fractions.Fraction"]
        assert not page_arithmetic("words = billed_words(summary) + '.'")

    def test_a_function_of_too_many_lines_is_found(self) -> None:
        of_seventy = "def {}():\n" + "    call()\n" * 69
        assert not long_functions(of_seventy.format("f"))
        assert long_functions(of_seventy.format("g") + "    call()\n") == ["g"]

    def test_a_model_that_imports_a_model_is_found(self) -> None:
        imports = core_imports("from commet_core.rating.metered import metered_rates\nimport commet_core.rating.admission\n")
        assert layer_violations({"rating.credits": imports}) == {"rating.credits -> rating.metered"}

    def test_a_room_that_imports_from_one_above_is_found(self) -> None:
        imports = core_imports(
            "def f():\n    from commet_core.engine.run import Run\n    from commet_core.usage import usage\n"
        )
        assert layer_violations({"catalog.plans": imports}) == {
            "catalog.plans -> engine.run",
            "catalog.plans -> engine.run.Run",
            "catalog.plans -> usage",
            "catalog.plans -> usage.usage",
        }


def test_no_test_module_imports_another() -> None:
    """What tests share stands in `tests/support` and `tests/oracle`, so that a module is run once and can be moved."""
    modules = {path: ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "tests").rglob("*.py"))}
    imported = {
        (path.name, node.module)
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[-1].startswith("test_")
    }
    assert len(modules) > 80
    assert imported == set()
