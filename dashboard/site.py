"""What pages there are, who may open them, and how they are found: plain data, no callbacks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode

from dash import Dash
from dash.development.base_component import Component

if TYPE_CHECKING:
    from data.viewer import Viewer

HOME = "首页"
MODULES = (
    HOME,
    "综合监管",
    "双重预防",
    "监测预警",
    "应急指挥",
    "危化品车辆",
    "环保能源",
    "行政办公",
    "决策分析",
    "系统管理",
)
_PART = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Page:
    """One address of the platform. ``layout`` is called as ``layout(viewer, **path and query parameters)``, all strings."""

    path: str
    title: str
    layout: Callable[..., Component]
    permission: str
    shell: Literal["room", "office"] = "office"
    module: str = ""
    group: str = ""
    icon: str = ""
    in_menu: bool = True
    register: Callable[[Dash], None] | None = None
    short: str = ""  # the name where room is scarce: phone bar, tabs
    side: Literal["management", "enterprise", "both"] = "management"  # whose side of the platform it stands on
    has_past: bool = False  # whether it shows the park at a past instant, too (assets/52-past.js)

    def is_for(self, viewer: Viewer) -> bool:
        """Whether it stands on the viewer's side: enterprises never see a page of the authorities, whatever their role holds."""
        return self.side in ("both", "enterprise" if viewer.is_enterprise else "management")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the paths of this page; groups are its path parameters."""
        parts = _PART.split(self.path)
        return re.compile("".join(f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)))

    @property
    def is_template(self) -> bool:
        """Whether the path has parameters, so that a menu cannot link to it."""
        return "<" in self.path

    @property
    def label(self) -> str:
        return self.short or self.title

    def arguments(self, params: dict[str, str], search: str) -> dict[str, str]:
        """Parameters for ``layout``: those of the path, then those of the query that the layout knows.

        The address is typed by anybody: an unknown parameter is dropped, the path wins over the query.
        """
        viewer, *names = inspect.signature(self.layout).parameters.values()
        takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in names)
        known = {one.name for one in names}
        query = dict(parse_qsl(search.removeprefix("?"), keep_blank_values=True))
        query.pop(viewer.name, None)
        return {**{key: value for key, value in query.items() if takes_all or key in known}, **params}


@dataclass(frozen=True)
class Group:
    """Pages under one heading of the left menu; without a name they stand at the first level."""

    name: str
    icon: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Module:
    """An entry of the top bar with its left menu. ``href`` is its first page."""

    name: str
    groups: tuple[Group, ...]

    @property
    def href(self) -> str:
        return self.groups[0].pages[0].path


class Site:
    """All pages. Made once by the factory; a mistake in a declaration is an error at the start, not on a click."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages: tuple[Page, ...] = tuple(pages)
        for problem in self._problems():
            raise ValueError(problem)

    def _problems(self) -> Iterable[str]:
        seen: set[str] = set()
        for page in self.pages:
            shape = _PART.sub("<>", page.path)
            if not page.path.startswith("/") or (page.path != "/" and page.path.endswith("/")):
                yield f"{page.path}: a path begins with a slash and ends without one"
            if shape in seen:
                yield f"{page.path}: two pages answer to this path"
            if page.module and page.module not in MODULES:
                yield f"{page.path}: there is no module {page.module}"
            if page.in_menu and not page.is_template and not page.module and page.side != "enterprise":
                yield f"{page.path}: a page in the menu says in which module"
            seen.add(shape)

    def page_for(self, path: str) -> tuple[Page, dict[str, str]] | None:
        """The page at ``path`` and its path parameters; a fixed path wins over one with parameters."""
        wanted = path.rstrip("/") or "/"
        for page in sorted(self.pages, key=lambda one: one.is_template):
            found = page.pattern.fullmatch(wanted)
            if found:
                return page, {name: unquote(value) for name, value in found.groupdict().items()}
        return None

    def theme(self, path: str) -> str:
        """``dark`` on room pages, else ``light``."""
        found = self.page_for(path)
        return "dark" if found and found[0].shell == "room" else "light"

    def open_to(self, viewer: Viewer) -> list[Page]:
        """The pages of the menu that the viewer may open, in order of declaration."""
        return [page for page in self.pages if page.in_menu and not page.is_template and page.is_for(viewer) and viewer.may(page.permission)]

    def menu(self, viewer: Viewer) -> list[Module]:
        """Modules, groups and pages that work for the viewer; nothing else is shown."""
        pages = self.open_to(viewer)
        modules = ((name, [page for page in pages if page.module == name]) for name in MODULES)
        return [Module(name, _groups(members)) for name, members in modules if members]

    def room(self, viewer: Viewer) -> list[Page]:
        """The entries of the room's top bar."""
        return [page for page in self.open_to(viewer) if page.shell == "room"]

    def trail(self, page: Page, viewer: Viewer) -> list[tuple[str, str]]:
        """The breadcrumb: (words, address), the address empty where there is none. The last is the page itself."""
        steps = [] if page.module == HOME else [(HOME, "/")]
        module = next((one for one in self.menu(viewer) if one.name == page.module), None)
        if page.module:
            steps.append((page.module, module.href if module and page.module != HOME else ""))
        if page.group:
            steps.append((page.group, ""))
        parent = self._parent(page, viewer)
        if parent:
            steps.append((parent.title, parent.path))
        return [*steps, (page.title, "")]

    def _parent(self, page: Page, viewer: Viewer) -> Page | None:
        found = self.page_for(page.path.rpartition("/")[0]) if page.is_template else None
        return found[0] if found and found[0].is_for(viewer) and viewer.may(found[0].permission) else None


def _groups(pages: Sequence[Page]) -> tuple[Group, ...]:
    names = list(dict.fromkeys(page.group for page in pages))
    members = {name: tuple(page for page in pages if page.group == name) for name in names}
    return tuple(
        Group(name, next((page.icon for page in members[name] if page.icon), ""), members[name]) for name in names
    )


def address(path: str, **query: Any) -> str:
    """``path`` with the given query; empty and None values are left out."""
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
