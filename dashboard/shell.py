"""The frame around every page, light (office) and dark (room), and the router that fills it.

One frame serves both: the header stays, the content carries its theme, and ``20-shell.css`` shows or hides the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.exc import InterfaceError, OperationalError

from dashboard import ids
from dashboard.alarm_answers import answer_parts, register_answers
from dashboard.blocks.basic import icon
from dashboard.blocks.state import absent, failed, missing, refused, unreachable
from dashboard.callbacks import guarded, record_fault
from dashboard.site import HOME, Group, Page, Site
from data.choices import word
from data.choices.system import SCOPES
from data.errors import Forbidden, Invalid, NotFound
from data.settings import Settings
from data.viewer import Viewer

ENTERPRISE_HOME = "企业首页"
WORKBENCH = "工作台"  # the group whose pages stand in an enterprise's bar themselves
PLAIN = {"data-plain": "1"}  # an address that is not a page of the frame: the browser loads it


class View(NamedTuple):
    """What the router puts into the frame, in the order of its outputs."""

    content: Component
    modules: list[Component]
    side: list[Component]
    crumb: list[Component]
    phone: list[Component]


def frame(viewer: Viewer, settings: Settings, enterprise: str = "", acting: Mapping[str, Any] | None = None) -> Component:
    """The frame for one signed-in person, still without a page. On the enterprise side it carries the name of the
    ``enterprise``; ``acting`` is what the red bar says while somebody of an authority acts as it."""
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            dcc.Store(id=ids.INBOX),
            dcc.Store(id=ids.TASKS),
            html.A("跳到内容", href=f"#{ids.CONTENT}", className="skip", **PLAIN),
            _header(viewer, settings, enterprise),
            html.Div([acting_bar(acting) if acting else None, html.Div(id="banner", role="status", **{"aria-live": "polite"}), html.Div(id="past-band")], className="banners"),
            html.Div([html.Nav(id=ids.SIDE, **{"aria-label": "菜单"}), _menu_foot()], className="side"),
            html.Main(
                [
                    html.Nav(id="tab-strip", **{"aria-label": "已打开的页面"}),
                    html.Div(id=ids.CRUMB),
                    html.Div(id=ids.CONTENT, tabIndex=-1),
                ],
                className="main",
            ),
            html.Nav(id=ids.PHONE_NAV, **{"aria-label": "快捷导航"}),
            html.Div(id="messages", **{"aria-live": "polite"}),
            *answer_parts(viewer),
        ],
        id=ids.FRAME,
        **{"data-side": "enterprise" if viewer.is_enterprise else "management"},
    )


def acting_bar(acting: Mapping[str, Any]) -> Component:
    """The red bar of 快速登录企业端; 22-acting.js counts the minutes and leaves when the time is over."""
    words = ["正在以“", html.B(acting["name"]), "”的身份操作，操作记入日志，剩余 ", html.Span(acting["minutes"], className="acting-minutes"), " 分钟"]
    onward = dcc.Input(type="hidden", name="next", value=f"/enterprises?open={acting['enterprise_id']}")
    leave = html.Form([onward, html.Button("返回管理端", type="submit")], action="/enterprise/leave", method="POST")
    return html.Div([icon("person-fill-exclamation"), html.Span(words), leave], className="acting-bar", role="status", **{"data-until": str(acting["until"])})


def _header(viewer: Viewer, settings: Settings, enterprise: str) -> Component:
    names = [html.B(enterprise), html.Small(["企业端 · ", settings.park_name])] if enterprise else [html.B(settings.platform_name), html.Small(settings.park_name)]
    brand = dcc.Link(
        [html.Span(className="brand-mark"), html.Span(names, className="brand-words")],
        href="/",
        className="brand",
        title="首页",
    )
    demo = (
        html.Span("演示数据", className="demo", title="演示园区与模拟设备的数据，不是真实生产数据")
        if settings.demo
        else None
    )
    tools = [
        html.Span("企业端", className="side-mark") if viewer.is_enterprise else None,
        demo,
        html.Div(id="head-alarms", className="on-bar"),
        html.Div(id="head-sound", className="on-bar"),
        html.A([icon("bell"), html.B(className="todo-count", hidden=True)], href="/todos", id="head-todos", className="on-bar", title="待办事项"),
        _person(viewer),
        html.Div(id="head-past", className="on-bar"),
        html.Div(
            [html.B(className="clock-time"), html.Small(className="clock-date")],
            id="head-clock",
            className="on-bar",
            title="服务器时间",
        ),
    ]
    return html.Header(
        [
            brand,
            html.B(id="head-title"),
            html.Nav(id=ids.MODULES, **{"aria-label": "模块"}),
            html.Div(id="head-more"),
            html.Div(tools, className="tools"),
        ],
        className="top",
    )


def _person(viewer: Viewer) -> Component:
    name = viewer.name or viewer.username
    return html.Details(
        [
            html.Summary(
                [
                    html.Span(name[:1], className="avatar"),
                    html.Span(name, className="person-name"),
                    icon("chevron-down"),
                ],
                title=name,
            ),
            html.Div(
                [
                    html.Div([html.B(name), html.Small(viewer.username)], className="menu-head"),
                    html.A([icon("house"), "首页"], href="/"),
                    html.A([icon("key"), "修改密码"], href="/password", **PLAIN) if not viewer.acting_for else None,
                    html.Hr(),
                    html.Form(
                        html.Button([icon("box-arrow-right"), "退出"], type="submit"), action="/logout", method="POST"
                    ),
                ],
                className="menu",
            ),
        ],
        className="person",
    )


def _menu_foot() -> Component:
    return html.Button(
        [icon("layout-sidebar"), html.Span("收起菜单")], id="menu-fold", className="side-foot", title="收起或展开菜单"
    )


def route(site: Site, settings: Settings, viewer: Viewer, path: str, search: str) -> View:
    """Everything the frame shows at ``path``: the page, or why there is none."""
    found = site.page_for(path)
    page = found[0] if found else None
    try:
        body, title = _body(site, viewer, path, search)
    except (OperationalError, InterfaceError):
        body, title = unreachable(), "暂时打不开"
    except Exception:
        at = datetime.now(ZoneInfo(settings.time_zone)).strftime("%H:%M:%S")
        body, title = failed(record_fault(f"page {path}"), at), "出错了"
    shell = page.shell if page else "office"
    heading = str(body.to_plotly_json()["props"].get("data-heading") or "") if isinstance(body, Component) else ""
    content = html.Div(
        body,
        className=f"page {shell}-page" if title == (page.title if page else None) else f"page {shell}-page page-blank",
        key=f"{path}{search}",
        **{
            "data-theme": "dark" if shell == "room" else "light",
            "data-shell": shell,
            "data-title": f"{title} {heading}".strip(),
            "data-tab": f"{page.label} {heading}".strip() if page else "",
            "data-href": f"{path}{search}",
            "data-past": "1" if page and page.has_past else "",
        },
    )
    current = path.rstrip("/") or "/"
    return View(
        content,
        _modules(site, viewer, page),
        _side(site, viewer, page, current),
        _crumb(site, viewer, page, title),
        _phone(site, viewer, current),
    )


def _body(site: Site, viewer: Viewer, path: str, search: str) -> tuple[Any, str]:
    found = site.page_for(path)
    if found is None:
        return missing(path), "页面不存在"
    page, params = found
    try:
        if not page.is_for(viewer):
            raise Forbidden("这是管理端的页面，企业端不能打开。" if viewer.is_enterprise else "这是企业端的页面，由企业自己的用户使用。")
        viewer.require(page.permission)
        return page.layout(viewer, **page.arguments(params, search)), page.title
    except Forbidden as error:
        return refused(str(error), word(SCOPES, viewer.scope)), "没有权限"
    except (NotFound, Invalid) as error:
        return absent(str(error)), "没有这条记录"


def _modules(site: Site, viewer: Viewer, page: Page | None) -> list[Component]:
    if viewer.is_enterprise:
        return [_top_link(words, pages[0].path, page in pages) for words, pages in _entries(site, viewer)]
    if page and page.shell == "room":
        entries = site.room(viewer)
        return [_top_link(one.title, one.path, one is page or (page not in entries and page.path.startswith(f"{one.path}/"))) for one in entries]
    return [
        _top_link(module.name, module.href, page is not None and page.module == module.name)
        for module in site.menu(viewer)
    ]


def _entries(site: Site, viewer: Viewer) -> list[tuple[str, list[Page]]]:
    """The bar of an enterprise: its pages themselves, those of a group under the group's name. There is no module and no menu at the left."""
    found: dict[str, list[Page]] = {}
    for one in site.open_to(viewer):
        found.setdefault(one.path if one.group in ("", WORKBENCH) else one.group, []).append(one)
    return [(words if len(pages) > 1 else ENTERPRISE_HOME if words == "/" else pages[0].title, pages) for words, pages in found.items()]


def _top_link(words: str, href: str, current: bool) -> Component:
    return dcc.Link(words, href=href, className="on" if current else "")


def _side(site: Site, viewer: Viewer, page: Page | None, current: str) -> list[Component]:
    if viewer.is_enterprise:  # a row below the bar, where the page has others beside it
        pages = next((pages for _, pages in _entries(site, viewer) if page in pages), [])
        return [_menu_link(one, page, bare=False) for one in pages] if len(pages) > 1 else []
    wanted = page.module if page and page.module else HOME
    module = next((one for one in site.menu(viewer) if one.name == wanted), None)
    if module is None:
        return []
    here = _nearest([page for group in module.groups for page in group.pages], current)
    few = sum(len(group.pages) for group in module.groups) <= 12
    return [part for group in module.groups for part in _group(group, here, few)]


def _group(group: Group, here: Page | None, unfolded: bool) -> list[Component]:
    links = [_menu_link(page, here, bare=not group.name) for page in group.pages]
    if not group.name:
        return links
    summary = html.Summary(
        [icon(group.icon or "folder2"), html.Span(group.name), icon("chevron-down")], title=group.name
    )
    return [html.Details([summary, html.Div(links, className="sub")], open=unfolded or here in group.pages, key=group.name)]


def _menu_link(page: Page, here: Page | None, *, bare: bool) -> Component:
    mark = [icon(page.icon or "file-earmark")] if bare else []
    return dcc.Link(
        [*mark, html.Span(page.title)],
        href=page.path,
        className="on" if page is here else "",
        title=page.title,
    )


def _nearest(pages: Sequence[Page], current: str) -> Page | None:
    """The page at the address, else the one with the longest path above it."""
    above = [page for page in pages if current == page.path or (page.path != "/" and current.startswith(f"{page.path}/"))]
    return max(above, key=lambda page: len(page.path), default=None)


def _crumb(site: Site, viewer: Viewer, page: Page | None, title: str) -> list[Component]:
    if viewer.is_enterprise:
        steps = [] if page and page.path == "/" else [(ENTERPRISE_HOME, "/")]
    else:
        steps = site.trail(page, viewer)[:-1] if page else [(HOME, "/")]
    parts: list[Component] = []
    for words, href in steps:
        parts += [dcc.Link(words, href=href) if href else html.Span(words), html.Span("/", className="slash")]
    return [*parts, html.B(title)]


def _phone(site: Site, viewer: Viewer, current: str) -> list[Component]:
    first = [page for page in site.open_to(viewer) if page.path == "/"]
    office = [page for page in site.open_to(viewer) if page.shell == "office" and page.path != "/"]
    wanted = [*first, *office, *site.room(viewer)] if viewer.is_enterprise else [*first, *site.room(viewer), *office]
    return [
        dcc.Link(
            [icon(page.icon or "circle"), html.Span(page.label)],
            href=page.path,
            className="on" if current == page.path else "",
        )
        for page in wanted[:5]
    ]


def register_shell(app: Dash, site: Site, settings: Settings) -> None:
    """Register the router, the message area and the answers to alarms: what every page has."""
    outputs = [
        Output(ids.CONTENT, "children"),
        Output(ids.MODULES, "children"),
        Output(ids.SIDE, "children"),
        Output(ids.CRUMB, "children"),
        Output(ids.PHONE_NAV, "children"),
    ]

    @guarded(app, outputs, Input(ids.URL, "pathname"), Input(ids.URL, "search"), permission="")
    def answer(viewer: Viewer, path: str | None, search: str | None) -> list[Any]:
        if not isinstance(path, str):
            raise PreventUpdate
        return list(route(site, settings, viewer, path, search if isinstance(search, str) else ""))

    register_answers(app)
    app.clientside_callback(
        "function(told) { told.messages.forEach(window.park.shell.show); }", Input(ids.INBOX, "data"), prevent_initial_call=True
    )
    app.clientside_callback(
        "function(task) { window.park.tasks.follow(task.id, { title: task.title }); }",
        Input(ids.TASKS, "data"),
        prevent_initial_call=True,
    )
