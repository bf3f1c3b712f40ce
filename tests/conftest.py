"""What the tests stand on: a real PostgreSQL, a real broker, a real platform and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from xdist.scheduler import LoadFileScheduling

from data.servers import process
from data.servers.postgres import EmbeddedPostgres
from data.settings import Settings, current_settings
from tests.browsing import Visitor, chromium, started, visit
from tests.platform import PORTS, ROOT, Platform, free_ports

TEMPLATE = "template_park"
SEEDED = "template_demo"
GROWN = "template_history"
MEMORY, ROOM = Path("/dev/shm"), 6 * 2**30
_numbers = count(1)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder of this run, kept with KEEP=1. Not pytest's own: PostgreSQL's user may not pass through that one."""
    path = Path(tempfile.mkdtemp(prefix=f"park-test-{os.getpid()}-", dir=_quickest()))
    yield path
    if not os.environ.get("KEEP"):
        shutil.rmtree(path, ignore_errors=True)


def _quickest() -> Path | None:
    """Where folders are made. In memory where there is room: a database is a thousand files, and there is one for every module.
    What runs that were killed have left there goes first."""
    if os.environ.get("KEEP") or not os.access(MEMORY, os.W_OK):
        return None
    for left in MEMORY.glob("park-test-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None


@pytest.fixture(scope="session", autouse=True)
def environment(folder: Path) -> Iterator[None]:
    """No test sees the settings of the machine: own data directory, free ports."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("PARK_")]:
        del os.environ[name]
    os.environ["PARK_DATA_DIR"] = str(folder / "var")
    for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True):
        os.environ[f"PARK_{name.upper()}"] = str(port)
    current_settings.cache_clear()
    yield
    os.environ.clear()
    os.environ.update(before)
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def cluster(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL with a migrated template. It may forget on a power cut: the tests are done then."""
    postgres = EmbeddedPostgres(folder / "postgres", folder / "socket")
    postgres.prepare()
    (postgres.folder / "local.conf").write_text("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    (postgres.folder / "local.conf").chmod(0o644)
    server = postgres.start(folder / "postgres.log")
    try:
        postgres.wait(server)
        postgres.create_database(TEMPLATE)
        from data.migrate import upgrade

        upgrade(Settings(database_url=postgres.url(TEMPLATE)))
        postgres.close_sessions(TEMPLATE)
        yield postgres
    finally:
        process.stop(server, signal.SIGQUIT, 5)  # nothing to flush: the folder goes


@pytest.fixture(scope="session")
def seeded_template(cluster: EmbeddedPostgres) -> str:
    """The name of a template that holds the demo park before anything happened; its users have the password of tests.platform."""
    return _seeded(cluster, SEEDED, with_history=False)


@pytest.fixture(scope="session")
def grown_template(cluster: EmbeddedPostgres) -> str:
    """The name of a template that holds the demo park with its three years of history."""
    return _seeded(cluster, GROWN, with_history=True)


@pytest.fixture(scope="module")
def database(cluster: EmbeddedPostgres) -> Iterator[Settings]:
    """An empty, migrated database for the tests of one module; ``data.db`` speaks to it."""
    yield from _copy(cluster, TEMPLATE)


@pytest.fixture
def fresh_database(cluster: EmbeddedPostgres) -> Iterator[Settings]:
    """An empty, migrated database for one test."""
    yield from _copy(cluster, TEMPLATE)


@pytest.fixture(scope="module")
def demo_database(cluster: EmbeddedPostgres, seeded_template: str) -> Iterator[Settings]:
    """A database with the demo park, in which nothing happened yet, for the tests of one module."""
    yield from _copy(cluster, seeded_template)


@pytest.fixture(scope="module")
def grown_database(cluster: EmbeddedPostgres, grown_template: str) -> Iterator[Settings]:
    """A database with the demo park and its history for the tests of one module."""
    yield from _copy(cluster, grown_template)


@pytest.fixture
def fresh_demo_database(cluster: EmbeddedPostgres, seeded_template: str) -> Iterator[Settings]:
    """A database with the demo park, in which nothing happened yet, for one test."""
    yield from _copy(cluster, seeded_template)


@pytest.fixture(scope="module")
def broker(folder: Path, environment: None) -> Iterator[Settings]:
    """The embedded broker at ``current_settings().effective_mqtt_url``; anyone may publish below park/.

    Every module has one that remembers nothing: what another module published and nobody took would come first.
    """
    from data.servers import broker as server_room

    settings = current_settings()
    shutil.rmtree(settings.data_dir / "broker", ignore_errors=True)
    server_room.write_config(settings, [])
    server = server_room.start(settings, folder / "broker.log")
    try:
        server_room.wait(settings, server)
        yield settings
    finally:
        process.stop(server, server_room.STOP_SIGNAL, 5)


@pytest.fixture(scope="session")
def platform(folder: Path) -> Iterator[Platform]:
    """A whole platform with the demo park and without the simulator; admin's password is ``tests.platform.PASSWORD``."""
    (folder / "platform").mkdir()
    whole = Platform(folder / "platform")
    try:
        whole.start()
        yield whole
    finally:
        whole.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of this machine. A module of its own: Playwright's event loop would stand in the way of asyncio tests."""
    yield from started(chromium())


@pytest.fixture
def visitor(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    """A person nobody knows yet, at a desk screen; the test fails on a console error or an outside request."""
    yield from visit(platform, browser)


@pytest.fixture
def page(platform: Platform, browser: Browser) -> Iterator[Page]:
    """An empty page of a browser in which admin is signed in; the test fails on a console error or an outside request."""
    for guest in visit(platform, browser):
        guest.arrive()
        yield guest.page


@pytest.fixture
def phone(platform: Platform, browser: Browser) -> Iterator[Page]:
    """A phone's page (390 px) on which admin is signed in."""
    for guest in visit(platform, browser, width=390, height=844):
        guest.arrive()
        yield guest.page


def use_database(url: str) -> Settings:
    """Point ``data.db`` of this process to another database; empty: to the one of the data directory."""
    from data.db import forget_engine

    forget_engine()
    os.environ["PARK_DATABASE_URL"] = url
    current_settings.cache_clear()
    return current_settings()


def _seeded(cluster: EmbeddedPostgres, name: str, *, with_history: bool) -> str:
    from auth.passwords import hash_password
    from data.db import session
    from data.demo.seed import seed
    from tests.platform import PASSWORD

    cluster.create_database(name, TEMPLATE)
    use_database(cluster.url(name))
    with session() as current:
        seed(current, Settings(admin_password=PASSWORD, demo=True), hash_password, with_history=with_history)
    use_database("")
    cluster.close_sessions(name)
    return name


def _copy(cluster: EmbeddedPostgres, template: str) -> Iterator[Settings]:
    name = f"test_{next(_numbers)}"
    cluster.create_database(name, template)
    yield use_database(cluster.url(name))
    use_database("")
    cluster.drop_database(name)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPlatform:
    """Which worker gets which test. (``--dist loadgroup`` of xdist 3.8 forgets its groups under pytest 9.2.)"""
    return ByPlatform(config, log)


LIVE = ("test_alarms", "test_map", "test_risk_map", "test_screens", "test_tanks")  # what moves, and what changes what moves: on one platform together
# What people do one after another with the same cases.
CASES = ("test_case_page", "test_dangers", "test_duty", "test_enterprise_side", "test_hazards", "test_incidents", "test_notices", "test_own_dangers", "test_todos")


class ByPlatform(LoadFileScheduling):  # type: ignore[misc]
    """A file stays on one worker. The tests of a platform go first and in three groups: each worker starts one platform, once."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the order of ``pytest_collection_modifyitems``

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


def group_of(file: str) -> str:
    """The name of the platform that a test file uses, else the file's own."""
    if "/browser/" in file:
        stem = Path(file).stem
        return "live" if stem in LIVE else "cases" if stem in CASES else "office"
    return "live" if "platform: Platform" in (ROOT / file).read_text(encoding="utf-8") else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: a worker that is done early takes what is left of the rest."""
    groups = {file: group_of(file) for file in {item.nodeid.partition("::")[0] for item in items}}
    places = {file: 0 if group in ("live", "cases", "office") else 1 if "/operations/" in file else 2 for file, group in groups.items()}
    items.sort(key=lambda item: places[item.nodeid.partition("::")[0]])
