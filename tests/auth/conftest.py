"""A small real platform for the tests of signing in: roles, three users, the guard, and Dash behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import html
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

import auth
from auth.passwords import hash_password
from auth.permissions import ROLES
from dashboard import live
from dashboard.app import create_dash
from dashboard.site import Page, Site
from data.db import session
from data.models import ApiToken, AuditEntry, Division, Enterprise, LoginEvent, Role, UnitType, User
from data.save import create
from data.settings import Settings
from data.viewer import Viewer, system_viewer

PASSWORD = "Correct-horse-7"
WHO = system_viewer("tests")
Client = FlaskClient


@pytest.fixture(scope="module")
def settings(database: Settings) -> Settings:
    return database


@pytest.fixture(scope="module")
def kept(settings: Settings) -> str:
    """The hash of PASSWORD."""
    return hash_password(PASSWORD)


@pytest.fixture(scope="module")
def everybody(settings: Settings, kept: str) -> dict[str, int]:
    """Ids of admin, duty and of an enterprise's user; all have PASSWORD."""
    with session() as current:
        roles = {one.code: create(current, Role, WHO, one._asdict() | {"permissions": list(one.permissions)}) for one in ROLES}
        division = create(current, Division, WHO, {"code": "211321", "name": "朝阳县", "level": "county"})
        firm = {"code": "HJ", "name": "朝阳华锦新材料有限公司", "short_name": "华锦", "lon": 120.4, "lat": 41.4}
        unit_type = create(current, UnitType, WHO, {"code": "01", "name": "危险物品类"})
        enterprise = create(current, Enterprise, WHO, firm | {"division_id": division.id, "unit_type_id": unit_type.id})
        people = {
            "admin": {"username": "admin", "name": "系统管理员", "role_id": roles["admin"].id},
            "duty": {"username": "duty", "name": "值班员", "role_id": roles["duty"].id},
            "firm": {"username": enterprise.name, "name": "刘海涛", "role_id": roles["enterprise"].id, "enterprise_id": enterprise.id},
        }
        return {key: create(current, User, WHO, values | {"password_hash": kept}).id for key, values in people.items()}


@pytest.fixture
def people(everybody: dict[str, int], kept: str) -> dict[str, int]:
    """The ids of ``everybody``, with nothing left of the test before."""
    first = {"password_hash": kept, "is_active": True, "must_change_password": False, "failed_count": 0, "locked_until": None, "session_epoch": 1}
    with session() as current:
        current.execute(update(User).values(**first))
        for one in ROLES:
            current.execute(update(Role).where(Role.code == one.code).values(permissions=list(one.permissions)))
        for table in (LoginEvent, AuditEntry, ApiToken):
            current.execute(delete(table))
    return everybody


def _layout(viewer: Viewer) -> html.Div:
    return html.Div(f"hello {viewer.username}")


@pytest.fixture(scope="module")
def app(settings: Settings) -> Flask:
    server = Flask("park", static_folder=None)
    auth.init_app(server, settings)
    create_dash(server, Site([Page("/", "首页", _layout, "", module="首页")]), settings)
    live.register(server)
    return server


@pytest.fixture
def server(app: Flask, people: dict[str, int]) -> Flask:
    return app


@pytest.fixture
def client(server: Flask) -> Client:
    return server.test_client()


@pytest.fixture
def sign_in(client: Client) -> Callable[..., Any]:
    """Sign in as that user; gives the answer."""

    def enter(username: str = "admin", password: str = PASSWORD, door: str = "/login", **form: str) -> Any:
        return client.post(door, data={"username": username, "password": password, **form})

    return enter
