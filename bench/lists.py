"""Lists among a million enterprises and a million hidden dangers, beside Django's admin on the same tables of the same database.

Both sides answer in this process through their frameworks' test clients: a whole request of a signed-in person, from the
routing to the compressed answer, without a network. They take turns, so that both have the same machine. A figure of
several cases reports the one with the worst ratio. What is asked stands in ``enterprise_lists`` and ``danger_lists``.
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

from bench import dangers, enterprises
from bench.django_admin import Peer, admins
from bench.stage import figure, stage
from tests.platform import PASSWORD

ROUNDS = 5


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


class Park(NamedTuple):
    """The platform in this process."""

    settings: Any
    server: Any
    submit: Any

    def list_of(self, key: str, username: str = "admin") -> Ours:
        """The list of that key, as that person sees it."""
        client = self.server.test_client()
        answer = client.post("/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.status_code
        return Ours(self, key, client)


class Ours(NamedTuple):
    """A list as a signed-in browser asks it: when the address of the list changes, and when 导出全部 is pressed."""

    park: Park
    key: str
    client: Any

    def page(self, query: dict[str, Any]) -> None:
        """All parts of the list at these parameters of its address, compressed as for a browser."""
        from tests.dashboard.asking import listed

        self.client.environ_base["HTTP_ACCEPT_ENCODING"] = "gzip"
        status, _ = listed(self.client, self.key, **query)
        del self.client.environ_base["HTTP_ACCEPT_ENCODING"]
        assert status == 200, status

    def rows(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows that the list shows."""
        from tests.dashboard.asking import listed, rows

        return rows(listed(self.client, self.key, **query), self.key)

    def export(self, query: dict[str, Any]) -> bytes:
        """The workbook: asked for, done as the jobs role does it, fetched."""
        from data.task_runner import run_next
        from tests.sheets import viewer_now

        told = json.loads(self.park.submit(self.client, self.key, None, "export", {}, query=query))
        identity = told["sideUpdate"]["tasks-inbox"]["data"]["id"]
        assert run_next(self.park.settings, viewer_now)
        answer = self.client.get(f"/tasks/{identity}/file")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return bytes(answer.get_data())


def figures(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The figures of these names, one after the other among the same million of enterprises, and of dangers where they are asked for."""
    from bench import danger_lists, enterprise_lists
    from data.servers.postgres import EmbeddedPostgres

    cases: dict[str, Callable[[Any], list[Case]]] = enterprise_lists.CASES | danger_lists.CASES
    with stage() as place:
        connection = place.connection()
        enterprises.fill(connection)
        if any(name in danger_lists.CASES for name in names):
            dangers.fill(connection)
        park, peers = _park(), admins(EmbeddedPostgres.of(place.settings).url(), [enterprise_lists.admin(), danger_lists.admin()])
        of_enterprises = Lists(park.list_of("enterprise"), peers["Enterprise"], connection.cursor())
        of_dangers = danger_lists.Lists.of(park, peers["HiddenDanger"], connection.cursor())
        for name in names:
            lists = of_dangers if name in danger_lists.CASES else of_enterprises
            yield _worst(name, cases[name](lists), 3 if "export" in name else ROUNDS)
        connection.close()


def _park() -> Park:
    from flask import Flask

    import auth
    from dashboard import tasks
    from dashboard.app import create_dash
    from dashboard.site import Site
    from data.settings import current_settings
    from pages import pages
    from tests.dashboard.asking import Submitter

    settings, server = current_settings(), Flask("park", static_folder=None)
    auth.init_app(server, settings)
    submit = Submitter(create_dash(server, Site(pages()), settings))
    tasks.register(server)
    return Park(settings, server, submit)


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
