"""What must be true before the roles start: the newest schema, a park in the database, the broker's users."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypedDict

from data.db import forget_engine, session
from data.servers import broker
from data.settings import Settings

DEMO_ACCOUNTS = "admin（演示账号 leader、officer、dept、town、inspector、duty 和各企业名称，密码相同）"


class Told(TypedDict):
    """What the operator is told once the platform is ready."""

    accounts: str
    password: str
    seeded: bool


def make_ready(settings: Settings, hash_password: Callable[[str], str]) -> Told:
    """Migrate, fill an empty database, write the broker's configuration; gives what to tell.

    ``hash_password`` comes from outside: this package does not know how passwords are kept.
    """
    from data.migrate import upgrade

    upgrade(settings)
    told = fill(settings, hash_password)
    if not settings.mqtt_url:
        with session() as current:
            broker.write_config(settings, broker.gateway_users(current))
    forget_engine()
    return told


def fill(settings: Settings, hash_password: Callable[[str], str]) -> Told:
    """Fill the database if it is empty: the demo park, or what a platform cannot be without."""
    from data.demo import history
    from data.demo.seed import is_empty, seed, seed_essentials

    accounts = DEMO_ACCOUNTS if settings.demo else "admin"
    with session() as current:
        if not is_empty(current):
            return Told(
                accounts=accounts,
                password="首次启动时已设定；忘记时执行 .venv/bin/python app.py user reset admin",
                seeded=False,
            )
        if settings.demo:
            password = seed(current, settings, hash_password, with_colours=not settings.simulating)
            if settings.simulating:
                history.fill(current, datetime.now(UTC))
        else:
            password = seed_essentials(current, settings, hash_password)
    said = "与 PARK_ADMIN_PASSWORD 相同" if settings.admin_password else password
    return Told(accounts=accounts, password=said, seeded=True)
