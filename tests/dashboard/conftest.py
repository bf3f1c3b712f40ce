"""The web application on the demo park, without a browser, and people who are signed in to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import auth
from dashboard.app import create_dash
from dashboard.site import Site
from data.settings import Settings
from pages import pages
from tests.dashboard.asking import Submitter
from tests.platform import PASSWORD


@pytest.fixture(scope="module")
def app(demo_database: Settings) -> Any:
    server = Flask("park", static_folder=None)
    auth.init_app(server, demo_database)
    return create_dash(server, Site(pages()), demo_database)


@pytest.fixture
def client(app: Any) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def person(client: FlaskClient) -> Callable[..., FlaskClient]:
    """A client in which that user is signed in."""

    def enter(username: str, door: str = "/login") -> FlaskClient:
        client.post("/logout")
        assert client.post(door, data={"username": username, "password": PASSWORD}).status_code == 302
        return client

    return enter


@pytest.fixture(scope="module")
def submit(app: Any) -> Submitter:
    return Submitter(app)
