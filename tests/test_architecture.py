"""Nothing points back: data <- auth <- dashboard <- pages <- app.py and data <- ingest <- app.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_USE = {
    "data": {"data"},
    "auth": {"auth", "data"},
    "dashboard": {"dashboard", "auth", "data"},
    "pages": {"pages", "dashboard", "auth", "data"},
    "ingest": {"ingest", "data"},
}
PROJECT = {*MAY_USE, "app", "tests", "bench"}
FORBIDDEN = {
    "data": {
        "dash",
        "flask",
        "plotly",
        "dash_leaflet",
        "dash_ag_grid",
        "dash_bootstrap_components",
        "starlette",
        "gunicorn",
    },
    "auth": {"dash", "plotly", "dash_leaflet", "dash_ag_grid", "dash_bootstrap_components"},
    "ingest": {"dash", "flask", "plotly", "starlette", "gunicorn"},
}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The modules that a file imports, wherever in it, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def offences(package: str, wrong: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(package)
        for name, line in imports(path)
        if name.partition(".")[0] in wrong
    ]


@pytest.mark.parametrize("package", MAY_USE)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    assert offences(package, PROJECT - MAY_USE[package]) == [], "imports point back"


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_does_not_know_the_frameworks_above_it(package: str) -> None:
    assert offences(package, FORBIDDEN[package]) == [], "a framework leaked downwards"


def test_every_room_is_there_and_has_something_in_it() -> None:
    assert all(modules(package) for package in MAY_USE), "a package is empty"


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [path.name for package in MAY_USE for path in modules(package) if path.stem in VAGUE]
    assert vague == [], "name it after what it does"


def test_no_file_asks_another_machine_for_a_script_a_style_or_a_font() -> None:
    kinds = {".js", ".css", ".html", ".svg"}
    files = [
        path
        for folder in ("assets", "auth", "dashboard", "pages")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds
    ]
    outside = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in files
        for mark in (
            'src="http',
            "src='http",
            'href="http',
            "url(http",
            'url("http',
            "@import",
            "from 'http",
            'from "http',
        )
        if mark in path.read_text(encoding="utf-8")
    ]
    assert outside == [], "everything is served locally"
