"""The list of enterprises among a million, beside Django's admin on the same table of the same database.

Both sides answer in this process through their frameworks' test clients: a whole request of a signed-in person, from the
routing to the compressed answer, without a network. They take turns, so that both have the same machine. A figure of
several cases reports the one with the worst ratio.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench.django_admin import LISTED, PAGE_SIZE, Peer, admin
from bench.enterprises import EXPORTED, EXPORTED_TYPE, fill
from bench.stage import Stage, figure, stage
from tests.platform import PASSWORD

ROUNDS = 5
WORDS = ("宏泰化工", "永飞电池材料集团", "医药中间体", "化工新材料", "有限公司", "凌河 机械制造", "9121130500", "没有这一家")
SHORT_WORDS = ("化工", "王伟")


class Case(NamedTuple):
    """The same question to both sides; ``words`` say which."""

    words: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]


class Lists(NamedTuple):
    """Who is asked: the platform, the admin of Django, the database itself."""

    ours: Ours
    theirs: Peer
    cursor: Any

    def ids(self, question: str, *values: Any) -> list[Any]:
        """The first column of what the database answers."""
        self.cursor.execute(question, values)
        return [row[0] for row in self.cursor.fetchall()]

    def page(self, words: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Case:
        """A page of both lists by the parameters of their addresses."""
        assert self.ours.rows(ours) or "没有" in words, f"no rows: {words}"
        return Case(words, partial(self.ours.page, ours), partial(self.theirs.get, urlencode(theirs)))


class Ours:
    """The platform as a signed-in browser asks it: when the address of the list changes, and when 导出全部 is pressed."""

    def __init__(self) -> None:
        from flask import Flask

        import auth
        from dashboard import tasks
        from dashboard.app import create_dash
        from dashboard.site import Site
        from data.settings import current_settings
        from pages import pages
        from tests.dashboard.asking import Submitter

        self.settings = current_settings()
        server = Flask("park", static_folder=None)
        auth.init_app(server, self.settings)
        self.submit = Submitter(create_dash(server, Site(pages()), self.settings))
        tasks.register(server)
        self.client = server.test_client()
        answer = self.client.post("/login", data={"username": "admin", "password": PASSWORD})
        assert answer.status_code == 302, answer.status_code

    def page(self, query: dict[str, Any]) -> None:
        """All parts of the list at these parameters of its address, compressed as for a browser."""
        from tests.dashboard.asking import listed

        self.client.environ_base["HTTP_ACCEPT_ENCODING"] = "gzip"
        status, _ = listed(self.client, "enterprise", **query)
        del self.client.environ_base["HTTP_ACCEPT_ENCODING"]
        assert status == 200, status

    def rows(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows that the list shows."""
        from tests.dashboard.asking import listed, rows

        return rows(listed(self.client, "enterprise", **query), "enterprise")

    def export(self, query: dict[str, Any]) -> bytes:
        """The workbook: asked for, done as the jobs role does it, fetched."""
        from data.task_runner import run_next
        from tests.sheets import viewer_now

        told = json.loads(self.submit(self.client, "enterprise", None, "export", {}, query=query))
        identity = told["sideUpdate"]["tasks-inbox"]["data"]["id"]
        assert run_next(self.settings, viewer_now)
        answer = self.client.get(f"/tasks/{identity}/file")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data()


def figures(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The figures of these names, one after the other among the same million."""
    with stage() as place:
        lists = _open(place)
        for name in names:
            yield _worst(name, CASES[name](lists), 3 if "export" in name else ROUNDS)
        lists.cursor.connection.close()


def _open(place: Stage) -> Lists:
    from data.servers.postgres import EmbeddedPostgres

    connection = place.connection()
    fill(connection)
    return Lists(Ours(), admin(EmbeddedPostgres.of(place.settings).url()), connection.cursor())


def _worst(name: str, cases: Sequence[Case], rounds: int) -> dict[str, Any]:
    found = []
    for case in cases:
        case.ours(), case.theirs()
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for side, work in zip(times, (case.ours, case.theirs), strict=True):
                gc.collect()
                started = time.perf_counter()
                work()
                side.append((time.perf_counter() - started) * 1000)
        mine, other = (statistics.median(side) for side in times)
        found.append(figure(name, mine, "ms", f"ms, Django admin: {case.words}", other))
    worst = max(found, key=lambda one: one["ratio"])
    return worst | {"cases": [{key: one[key] for key in ("value", "against", "against_value", "ratio")} for one in found]}


def _pages(lists: Lists) -> list[Case]:
    return [
        lists.page("the first page", {}, {}),
        lists.page("page 40", {"page": "40"}, {"p": "40"}),
        lists.page("page 400", {"page": "400"}, {"p": "400"}),
    ]


def _last_page(lists: Lists) -> list[Case]:
    last = -(-lists.ids("SELECT count(*) FROM enterprise WHERE deleted_at IS NULL")[0] // PAGE_SIZE)
    return [lists.page("the last page", {"page": "-1"}, {"p": str(last)})]


def _sorts(lists: Lists) -> list[Case]:
    def case(name: str, sign: str = "") -> Case:
        return lists.page(f"by {sign}{name}", {"sort": f"{sign}{name}"}, {"o": f"{sign}{LISTED.index(name) + 1}"})

    return [case("name"), case("updated_at", "-"), case("completeness"), case("scale"), case("grade"), case("grade", "-")]


def _filters(lists: Lists) -> list[Case]:
    """By places with many and with few enterprises, all that is below them included; by a code; by several at once."""
    places = """
        SELECT above.id FROM enterprise JOIN division AS own ON own.id = division_id JOIN division AS above ON above.id = own.parent_id
        WHERE above.level = %s GROUP BY 1 ORDER BY count(*) {} LIMIT 1"""
    below = "SELECT id FROM division WHERE %s IN (id, parent_id) OR parent_id IN (SELECT id FROM division WHERE parent_id = %s)"

    def case(words: str, place: int, ours: dict[str, Any], theirs: dict[str, Any]) -> Case:
        inside = ",".join(map(str, lists.ids(below, place, place)))
        return lists.page(words, {"division_id": str(place), **ours}, {"division__in": inside, **theirs})

    town, small, county = (lists.ids(places.format(order), level)[0] for order, level in (("DESC", "town"), ("ASC", "town"), ("DESC", "county")))
    return [
        case("a large town", town, {}, {}),
        case("a small town", small, {}, {}),
        case("a county", county, {}, {}),
        case("a small town, large firms", small, {"scale": "micro"}, {"scale__exact": "micro"}),
        case("a county, unconfirmed, grade A", county, {"grade": "A", "confirm_state": "pending"}, {"grade__exact": "A", "confirm_state__exact": "pending"}),
        lists.page("large firms", {"scale": "large"}, {"scale__exact": "large"}),
        lists.page("under rectification", {"state": "ordered_stop"}, {"state__exact": "ordered_stop"}),
        lists.page("completeness 99 to 100", {"completeness_from": "99"}, {"completeness__gte": "99"}),
    ]


def _search(lists: Lists) -> list[Case]:
    return [lists.page(f"“{word}”", {"q": word}, {"q": word}) for word in WORDS]


def _short_search(lists: Lists) -> list[Case]:
    return [lists.page(f"“{word}”", {"q": word}, {"q": word}) for word in SHORT_WORDS]


def _export(lists: Lists) -> list[Case]:
    """The same rows and columns as a workbook: asked for, written, fetched; beside an admin action with openpyxl."""
    kind = lists.ids("SELECT id FROM unit_type WHERE code = %s", EXPORTED_TYPE)[0]
    found = lists.ids("SELECT count(*) FROM enterprise WHERE unit_type_id = %s AND deleted_at IS NULL", kind)[0]
    assert found == EXPORTED, found
    query = f"unit_type__id__exact={kind}"
    theirs = partial(lists.theirs.export, query, "as_xlsx")
    return [Case(f"{found:,} rows, xlsx by openpyxl", partial(lists.ours.export, {"unit_type_id": str(kind)}), theirs)]


def _export_csv(lists: Lists) -> list[Case]:
    """Our workbook beside a CSV of the admin, which is a third of the work: no figure of the contract, but the truth."""
    [workbook] = _export(lists)
    query = urlencode({"unit_type__id__exact": lists.ids("SELECT id FROM unit_type WHERE code = %s", EXPORTED_TYPE)[0]})
    return [workbook._replace(words="the same rows as CSV", theirs=partial(lists.theirs.export, query, "as_csv"))]


CASES: dict[str, Callable[[Lists], list[Case]]] = {
    "list.page": _pages,
    "list.last_page": _last_page,
    "list.sort": _sorts,
    "list.filter": _filters,
    "list.search": _search,
    "list.search_short": _short_search,
    "list.export": _export,
    "list.export_csv": _export_csv,
}
