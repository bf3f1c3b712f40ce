"""The example of docs/add-a-screen.md, mounted and used: ``python -m tests.pasted FOLDER``, a process of its own, because a model
cannot be taken back. FOLDER holds the example's files at their places; the settings name a database with the demo park."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from flask.testing import FlaskClient

import auth
from dashboard.app import create_dash
from dashboard.site import Site
from data.db import engine
from data.models import Base
from data.settings import current_settings
from tests.dashboard.asking import Submitter, listed, one, opened, rows
from tests.platform import PASSWORD


def main(folder: Path) -> dict[str, Any]:
    """What was answered at each step."""
    for package in ("data.models", "data.migrations.versions", "pages.emergency", "tests.dashboard"):
        importlib.import_module(package).__path__.append(str(folder / package.replace(".", "/")))
    drill = importlib.import_module("data.models.drill").Drill
    differences = migrated()
    page = importlib.import_module("pages.emergency.drills").DRILLS
    server = Flask("pasted", static_folder=None)
    auth.init_app(server, current_settings())
    app = create_dash(server, Site([*importlib.import_module("pages").pages(), page.page()]), current_settings())
    submit, client = Submitter(app), server.test_client()

    def person(username: str) -> FlaskClient:
        client.post("/logout")
        client.post("/login", data={"username": username, "password": PASSWORD})
        return client

    own_tests = importlib.import_module("tests.dashboard.test_drills")
    promises = [name for name in vars(own_tests) if name.startswith("test_")]
    for name in promises:
        getattr(own_tests, name)(person, submit)
    return {"differences": [str(one) for one in differences], "promises": promises, "exported": page.exported(), **used(drill, person, submit)}


def migrated() -> list[Any]:
    """How the table made by the migration differs from the model."""
    with engine().begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        with Operations.context(context):
            importlib.import_module("data.migrations.versions.9001_drills").upgrade()
        return [one for one in compare_metadata(context, Base.metadata) if "drill" in str(one)]


def used(drill: Any, person: Any, submit: Submitter) -> dict[str, Any]:
    """A drill from its entry to its deletion, as a browser does it."""
    client = person("officer")
    typed = {"name": "苯罐区火灾演练", "kind": "table", "held_on": "2026-05-12", "cost": "1.5"}
    said = {"added": submit(client, "drill", "", "add", typed)}
    made = one(drill, drill.name == typed["name"])
    said["drawn"] = opened(client, "drill", open=str(made.id))
    said["form"] = opened(client, "drill", open=str(made.id), do="edit")
    changed = {**typed, "department_id": str(made.department_id), "people_count": "30"}
    said["edited"] = submit(client, "drill", made.id, "edit", changed, made.version)
    said["found"] = rows(listed(client, "drill", q="苯罐区", kind="table", held_on_from="2026-05-01"), "drill")
    said["foreign"] = submit(person("town"), "drill", made.id, "edit", {**changed, "name": "改了"}, made.version + 1)
    said["refused"] = submit(person("inspector"), "drill", made.id, "delete", {"reason": "x"})
    said["deleted"] = submit(person("officer"), "drill", made.id, "delete", {"reason": "重复录入"})
    said["left"] = rows(listed(person("officer"), "drill", q="苯罐区"), "drill")
    return said


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
