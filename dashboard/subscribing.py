"""What may be subscribed to, and the routes of the small dialog that does it (assets/28-subscriptions.js)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from dash import Dash
from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from auth.session import current_viewer
from dashboard.moments import moment_words
from dashboard.resource import Resource, ResourceLayout
from dashboard.resource_state import conditions, filter_rows, question_of, read_state
from dashboard.site import Page
from dashboard.statistic import StatisticLayout
from dashboard.topic import TopicLayout
from data.choices.subscriptions import HOURS, RULES, SCHEDULES, SUBSCRIBED, WEEKDAYS
from data.day_figures import ALL as FIGURES
from data.db import read_session
from data.db import session as write_session
from data.errors import Forbidden, Invalid, NotFound, PlatformError
from data.exports import Listing
from data.models import Subscription
from data.query import get
from data.statistics.options import options
from data.statistics.registry import ALL as STATISTICS
from data.statistics.registry import find
from data.subscriptions import lists
from data.subscriptions.boards import BOARDS
from data.subscriptions.content import BOARD, MOST_COLUMNS, PERIOD, TOPICS, VIEW, What, choices_of, content, measure_of
from data.subscriptions.keeping import USE, WHEN, begin, email_why_not, may_subscribe, move, robot_why_not, when_words
from data.subscriptions.telling import number_words
from data.validity import NOT_SAVED
from data.values import FormReader, storable
from data.viewer import Viewer

NEVER = ("page", "size", "open", "do", "tab", "bin")  # of a list's address: where one stands in it
BOARD_MODULE = "决策分析"
LONGEST = 6_000
SHORT = 5


class Offer(NamedTuple):
    """Something that may be subscribed to, and where it stands."""

    kind: str
    key: str
    title: str
    module: str
    place: str
    path: str


def resources_in(pages: Iterable[Page]) -> dict[str, Resource]:
    """Every list among the pages, by key."""
    layouts = [page.layout for page in pages]
    return {one.key: one for layout in layouts if isinstance(layout, ResourceLayout) for one in layout.resources}


def reader(pages: Iterable[Page]) -> lists.Reader:
    """How the address of a list becomes what it asks."""
    resources = resources_in(pages)

    def read(session: Session, viewer: Viewer, key: str, query: Mapping[str, str]) -> Listing | None:
        resource = resources.get(key)
        if resource is None or resource.model is Subscription:
            return None
        resource.admit(viewer)
        filters = filter_rows(session, viewer, resource)
        state = read_state(resource, filters, query)
        lost = query.keys() - state.query(resource).keys()
        if lost:
            labels = [next((row.label for row in filters if name in row.parameters), name) for name in sorted(lost)]
            raise Invalid(f"订阅的条件（{'、'.join(dict.fromkeys(labels))}）已不可用，请到页面上重新订阅。")
        words = conditions(session, viewer, resource, filters, state)
        return Listing(resource.model.__tablename__, resource.exported()[:MOST_COLUMNS], question_of(resource, filters, state), resource.title, resource.permission, words)

    return read


def offers(pages: Iterable[Page], viewer: Viewer) -> list[Offer]:
    """Everything that the viewer may subscribe to: boards and their figures, statistics, lists."""
    open_to = [page for page in pages if not page.is_template and page.is_for(viewer) and viewer.may(page.permission)]
    found = []
    for page in open_to:
        if isinstance(page.layout, StatisticLayout):
            found += [Offer("statistic", one.key, _named(page, one.title), page.module, _place(page), page.path) for one in page.layout.declared.open_to(viewer)]
        elif isinstance(page.layout, TopicLayout):
            found.append(Offer("statistic", page.layout.topic.statistic.key, page.title, page.module, _place(page), page.path))
    pages_of = {page.path: page for page in open_to}
    # Those of the homes of modules have no page of their own: they lead to the list of what they count.
    shown = {one.key for one in found}
    homes = [one for one in STATISTICS.values() if one.key not in shown and viewer.may(one.permission) and one.records in pages_of]
    found += [Offer("statistic", one.key, one.title, pages_of[one.records].module, _place(pages_of[one.records]), one.records) for one in homes]
    if viewer.may(BOARD):
        found += [Offer("board", key, one.title, BOARD_MODULE, one.title, one.path) for key, one in BOARDS.items()]
        daily = BOARDS["daily"]
        found += [Offer("figure", one.key, one.label, BOARD_MODULE, daily.title, daily.path) for one in FIGURES if viewer.may(one.permission)]
    for page in open_to:
        if isinstance(page.layout, ResourceLayout):
            found += [Offer("list", one.key, one.title, page.module, _place(page), one.path) for one in page.layout.resources if one.model is not Subscription and viewer.may(one.permission)]
    return found


def _place(page: Page) -> str:
    """Where it stands within its module: 隐患排查治理 · 统计分析."""
    return " · ".join(dict.fromkeys(part for part in (page.group, page.title) if part))


def _named(page: Page, title: str) -> str:
    """A title that says little without its page (属地) with the group of that before it."""
    return f"{page.group} · {title}" if len(title) < SHORT and page.group and page.group not in title else title


def what_of(session: Session, viewer: Viewer, offer: Offer, resources: Mapping[str, Resource], search: str) -> What:
    """What the address names: its conditions as far as they mean something, without the place in it where one stands."""
    given = {name: text for name, text in parse_qsl(str(storable(search))[:LONGEST].removeprefix("?"))}
    query: dict[str, str] = {}
    if offer.kind == "statistic":
        statistic = find(offer.key)
        kept = {} if offer.path == statistic.records or offer.key in TOPICS else {"of": offer.key}
        kept |= {name: given[name] for name in VIEW[1:] if name in given}
        if kept.get("by") not in {one.name for one in statistic.dimensions[1:]}:
            kept.pop("by", None)
        if kept.get("form") not in ("pie", "table"):
            kept.pop("form", None)
        if any(one.kind == "days" and one.name == given.get(PERIOD) for one in options(session, viewer, statistic)):
            kept[PERIOD] = given[PERIOD]
        query = kept | choices_of(session, viewer, statistic, {name: text for name, text in given.items() if name not in VIEW})
    elif offer.kind == "list":
        resource = resources[offer.key]
        state = read_state(resource, filter_rows(session, viewer, resource), {name: text for name, text in given.items() if name not in NEVER})
        query = state.query(resource)
    return What(offer.kind, offer.key, query, offer.path)


def register(app: Dash) -> None:
    """Register the routes, and how lists are read in this process."""
    pages = app.site.pages  # type: ignore[attr-defined]
    resources = resources_in(pages)
    lists.read_by(lambda: reader(pages))

    def offer_of(viewer: Viewer, kind: Any, key: Any) -> Offer:
        viewer.require(USE)
        if not may_subscribe(viewer):
            raise Forbidden("企业端和代企业操作时不能订阅。")
        found = next((one for one in offers(pages, viewer) if (one.kind, one.key) == (kind, key)), None)
        if found is None:
            raise NotFound("没有这项内容，或您没有查看权限。")
        return found

    def offered() -> Response:
        viewer = current_viewer()
        viewer.require(USE)
        words = {one.code: one.word for one in SUBSCRIBED}
        return jsonify(items=[{**one._asdict(), "kind_word": words[one.kind]} for one in offers(pages, viewer)] if may_subscribe(viewer) else [])

    def asked() -> Response:
        viewer = current_viewer()
        offer = offer_of(viewer, request.args.get("kind"), request.args.get("key"))
        with read_session() as session:
            return jsonify(_form(session, viewer, offer, what_of(session, viewer, offer, resources, request.args.get("search", ""))))

    def begun() -> Response:
        viewer = current_viewer()
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise Invalid("提交的内容不完整，请刷新页面。")
        offer = offer_of(viewer, body.get("kind"), body.get("key"))
        now = datetime.now(UTC)
        try:
            with write_session() as session:
                what = what_of(session, viewer, offer, resources, str(body.get("search") or ""))
                one = begin(session, viewer, what, str(storable(str(body.get("title") or ""))), " / ".join(dict.fromkeys((offer.module, offer.place))), _values(session, viewer, body), now)
                return jsonify(id=one.id, said=_said(one, now))
        except Invalid as error:
            answer = jsonify(error=str(error), fields=error.fields)
            answer.status_code = error.status
            return answer

    def moved(identity: int) -> Response:
        viewer = current_viewer()
        viewer.require(USE)
        body = request.get_json(silent=True)
        by = body.get("by") if isinstance(body, dict) else None
        if by not in (-1, 1) or identity >= 2**63:
            raise Invalid("提交的内容不完整，请刷新页面。")
        with write_session() as session:
            return jsonify(moved=move(session, viewer, get(session, Subscription, identity, viewer), by))

    app.server.add_url_rule("/subscriptions/offers", "subscription_offers", _in_words(offered), methods=["GET"])
    app.server.add_url_rule("/subscriptions/form", "subscription_form", _in_words(asked), methods=["GET"])
    app.server.add_url_rule("/subscriptions", "subscription_begun", _in_words(begun), methods=["POST"])
    app.server.add_url_rule("/subscriptions/<int:identity>/move", "subscription_moved", _in_words(moved), methods=["POST"])


def _in_words(answer: Any) -> Any:
    """The same, with every refusal as JSON: a script asks."""

    def told(**values: Any) -> Response:
        try:
            return answer(**values)
        except PlatformError as error:
            refused = jsonify(error=str(error))
            refused.status_code = error.status
            return refused

    return told


def _values(session: Session, viewer: Viewer, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the dialog as values; Invalid with a message at each that is none."""
    fields = FormReader(session, viewer, Subscription)
    values, faults = {}, {}
    for name in WHEN:
        text = body.get(name)
        text = ("1" if text else "0") if isinstance(text, bool) else str(storable(str(text if text is not None else "")))
        try:
            values[name] = fields.read(name, text)
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise Invalid(NOT_SAVED, faults)
    return values


def _form(session: Session, viewer: Viewer, offer: Offer, what: What) -> dict[str, Any]:
    """What the dialog shows of it at first."""
    told = content(session, viewer, what, datetime.now(UTC))
    measures = find(offer.key).shown if offer.kind == "statistic" else []
    title = " · ".join(one for one in (offer.title, _grouped(what), told.conditions if PERIOD not in what.query else "") if one)
    return {
        "kind": offer.kind,
        "key": offer.key,
        "search": "&".join(part for part in [what.address.partition("?")[2]] if part),
        "title": title[:100],
        "place": " / ".join(dict.fromkeys(one for one in (offer.module, offer.place) if one)),
        "conditions": told.conditions,
        "scope": told.scope,
        "now": f"{told.label} {number_words(told.value, told.decimals, told.unit)}",
        "unit": told.unit,
        "bound": told.value if told.value is not None else 0,
        "measures": [{"code": one.key, "word": f"{one.label}（{one.unit}）" if one.unit else one.label} for one in measures],
        "measure": measure_of(find(offer.key), "").key if measures else "",
        "email": email_why_not(session, viewer),
        "robot": robot_why_not(viewer),
        "words": {name: [one._asdict() for one in choices] for name, choices in (("schedule", SCHEDULES), ("hour", HOURS), ("weekday", WEEKDAYS), ("rule", RULES))},
    }


def _grouped(what: What) -> str:
    """按属地: by what its parts are, where the address says so."""
    statistic = find(what.key) if what.kind == "statistic" else None
    by = next((one for one in statistic.dimensions if one.name == what.query.get("by")), None) if statistic is not None else None
    return f"按{by.title(statistic.model)}" if statistic is not None and by is not None else ""


def _said(one: Subscription, now: datetime) -> str:
    first = f"，首次推送 {moment_words(one.next_at, now)}" if one.schedule != "change" and one.next_at else ""
    return f"已订阅“{one.title}”：{when_words(one)}{first}，个人首页可随时查看。"
