"""Routes and page of imports and tasks: owner, rights, forged requests, and what a person reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from dash import html
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import auth
from auth.passwords import hash_password
from dashboard import import_answers, tasks
from dashboard.app import create_dash
from dashboard.blocks.import_page import import_page
from dashboard.site import Page, Site
from data.db import read_session, session
from data.errors import Forbidden, NotFound
from data.exports import Listing, ask
from data.imports import receive, sheet_of
from data.imports.batches import ask_commit
from data.models import Enterprise, User
from data.query import Question
from data.save import update
from data.settings import Settings, current_settings
from data.tasks import cancel
from data.viewer import Viewer
from tests.sheets import MAKER, batch, book, firm, person, task, towns, upload, work

PASSWORD = "Correct-horse-7"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def people(database: Settings) -> dict[str, Viewer]:
    """Two who may import, and one who may only look; all have PASSWORD."""
    digest = hash_password(PASSWORD)
    rights = {"anna": ("enterprise.view", "enterprise.edit"), "bert": ("enterprise.view", "enterprise.edit"), "carl": ("enterprise.view",)}
    with session() as current:
        towns(current)
        made = {name: person(current, name, *permissions) for name, permissions in rights.items()}
        for viewer in made.values():
            update(current, current.get_one(User, viewer.id), MAKER, {"password_hash": digest})
    return made


@pytest.fixture(scope="module")
def server(people: dict[str, Viewer], database: Settings) -> Flask:
    made = Flask("park", static_folder=None)
    auth.init_app(made, database)
    create_dash(made, Site([Page("/", "首页", lambda viewer: html.Div(), "", module="首页")]), database)
    tasks.register(made)
    import_answers.register(made)
    return made


@pytest.fixture
def client(server: Flask) -> Iterator[Callable[[str], FlaskClient]]:
    """A browser in which that person is signed in; nobody with an empty name."""

    def enter(name: str) -> FlaskClient:
        made = server.test_client()
        made.post("/login", data={"username": name, "password": PASSWORD})
        return made

    yield enter


def exported(viewer: Viewer) -> int:
    with session() as current:
        listing = Listing("enterprise", (("name", "企业名称"),), Question(), "生产经营单位", "enterprise.view")
        return ask(current, viewer, listing).id


def send(client: FlaskClient, content: BytesIO, name: str = "企业 2026.xlsx", code: str = "enterprise") -> Any:
    # Written by hand: the test client would keep a large body in a file that it does not close.
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = head.encode() + content.getvalue() + b"\r\n--edge--\r\n"
    return client.post(f"/imports/{code}/upload", data=body, content_type="multipart/form-data; boundary=edge", headers=JSON)


# ---- Tasks ---------------------------------------------------------------------------------------------------------


def test_the_owner_follows_a_task_and_gets_its_file(client: Callable[[str], FlaskClient], people: dict[str, Viewer]) -> None:
    browser, identity = client("anna"), exported(people["anna"])
    waiting = browser.get(f"/tasks/{identity}", headers=JSON).get_json()
    assert {key: waiting[key] for key in ("state", "word", "done", "total", "message", "file")} == {"state": "waiting", "word": "排队中", "done": 0, "total": 0, "message": "", "file": ""}
    assert browser.get(f"/tasks/{identity}/file", headers=JSON).status_code == 404
    work()
    done = browser.get(f"/tasks/{identity}", headers=JSON).get_json()
    assert (done["word"], done["message"], done["file"]) == ("已完成", "已导出 0 行。", f"/tasks/{identity}/file")
    with browser.get(done["file"]) as file:
        assert file.data.startswith(b"PK") and quote(str(done["name"])) in file.headers["Content-Disposition"]
        assert file.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(("verb", "tail"), [("GET", ""), ("GET", "/file"), ("POST", "/cancel"), ("POST", "/repeat")])
def test_a_task_does_not_exist_for_anybody_else(verb: str, tail: str, client: Callable[[str], FlaskClient], people: dict[str, Viewer]) -> None:
    identity = exported(people["anna"])
    refused = client("bert").open(f"/tasks/{identity}{tail}", method=verb, headers=JSON)
    assert (refused.status_code, refused.get_json()["error"]) == (404, "没有找到这个任务，它可能已过期清除。")
    assert client("").open(f"/tasks/{identity}{tail}", method=verb, headers=JSON).status_code in (302, 401)
    assert client("anna").open(f"/tasks/{2**63}{tail}", method=verb, headers=JSON).status_code == 404
    assert client("anna").post(f"/tasks/{identity}/cancel", headers=JSON).get_json()["word"] == "已取消"


def test_another_site_cannot_cancel_a_task(client: Callable[[str], FlaskClient], people: dict[str, Viewer]) -> None:
    identity = exported(people["anna"])
    foreign = client("anna").post(f"/tasks/{identity}/cancel", headers=JSON | {"Origin": "https://evil.example"})
    assert (foreign.status_code, task(identity).state) == (403, "waiting")
    work()


# ---- Uploads -------------------------------------------------------------------------------------------------------


def test_an_upload_is_checked_committed_and_undone_by_its_owner(client: Callable[[str], FlaskClient]) -> None:
    browser = client("anna")
    sent = send(browser, book([firm(1)])).get_json()
    work()
    assert browser.get(f"/tasks/{sent['task']}", headers=JSON).get_json()["message"] == "检查完成，1 行中 0 行有错。"
    assert batch(sent["batch"]).file_name == "企业 2026.xlsx"
    assert client("bert").post(f"/imports/{sent['batch']}/commit", headers=JSON).status_code == 404
    commit = browser.post(f"/imports/{sent['batch']}/commit", headers=JSON).get_json()
    work()
    result = browser.get(f"/tasks/{commit['id']}", headers=JSON).get_json()
    assert (result["message"], result["file"]) == ("已导入 1 行：新增 1，更新 0。", f"/tasks/{commit['id']}/file")
    assert browser.post(f"/imports/{sent['batch']}/undo", json={"reason": ""}, headers=JSON).get_json()["error"] == "请填写撤销原因。"
    assert client("bert").post(f"/imports/{sent['batch']}/undo", json={"reason": "错"}, headers=JSON).status_code == 404
    undo = browser.post(f"/imports/{sent['batch']}/undo", json={"reason": "文件用错"}, headers=JSON).get_json()
    work()
    assert task(undo["id"]).state == "done"
    with read_session() as current:
        assert current.scalars(select(Enterprise).where(Enterprise.deleted_at.is_(None))).unique().all() == []


@pytest.mark.parametrize(
    ("path", "verb"),
    [("/imports/enterprise/template", "GET"), ("/imports/enterprise/upload", "POST"), ("/imports/1/commit", "POST"), ("/imports/1/undo", "POST"), ("/imports/1/errors", "POST")],
)
def test_strangers_are_refused(path: str, verb: str, client: Callable[[str], FlaskClient]) -> None:
    assert client("").open(path, method=verb, headers=JSON).status_code in (302, 401)
    refused = client("carl").open(path, method=verb, headers=JSON, data={"file": (book([firm(1)]), "a.xlsx")} if "upload" in path else None)
    assert refused.status_code in (403, 404) and refused.get_json()["error"]


@pytest.mark.parametrize("code", ["user", "nothing", "__class__", "enterprise%00"])
def test_only_a_declared_sheet_can_be_imported(code: str, client: Callable[[str], FlaskClient]) -> None:
    assert client("anna").get(f"/imports/{code}/template", headers=JSON).status_code == 404
    assert send(client("anna"), book([firm(1)]), code=code).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"MZ\x90\x00", "企业.xlsx", "不是 Excel 工作簿"),
        (b"PK\x03\x04" + b"0" * 100, "企业.xlsx", "工作簿已损坏"),
        (b"0" * (20 * 2**20 + 1), "企业.xlsx", "文件超过 20 MB"),
        (b"0" * (22 * 2**20), "企业.xlsx", "文件超过 20 MB"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_in_words(content: bytes, name: str, message: str, client: Callable[[str], FlaskClient]) -> None:
    refused = send(client("anna"), BytesIO(content), name)
    assert refused.status_code == 422 and message in refused.get_json()["error"]


def test_an_upload_without_a_file_is_refused(client: Callable[[str], FlaskClient]) -> None:
    refused = client("anna").post("/imports/enterprise/upload", data={"file": "no file"}, headers=JSON)
    assert (refused.status_code, refused.get_json()["error"]) == (422, "请选择要上传的文件。")


def test_the_name_of_an_upload_is_only_a_name(client: Callable[[str], FlaskClient]) -> None:
    sent = send(client("anna"), book([firm(1)]), "../../etc/passwd<script>.xlsx").get_json()
    kept = batch(sent["batch"])
    assert kept.file_name == "passwd<script>.xlsx" and kept.file_path.startswith("files/imports/") and ".." not in kept.file_path
    work()


def test_the_template_is_a_workbook_with_a_chinese_name(client: Callable[[str], FlaskClient]) -> None:
    answer = client("anna").get("/imports/enterprise/template")
    assert answer.data.startswith(b"PK") and quote("生产经营单位_导入模板.xlsx") in answer.headers["Content-Disposition"]


# ---- The page ------------------------------------------------------------------------------------------------------


def drawn(viewer: Viewer, **query: str) -> str:
    with read_session() as current:
        made = import_page(current, viewer, "enterprise", "/enterprises", "enterprise.view", query)
    return json.dumps(made.to_plotly_json(), ensure_ascii=False, default=lambda one: one.to_plotly_json())


def test_the_page_begins_with_template_and_upload(people: dict[str, Viewer]) -> None:
    shown = drawn(people["anna"])
    assert all(words in shown for words in ("下载模板", "将填好的文件拖到这里", "我的导入记录", "不超过 20 MB"))


def test_wrong_cells_stand_first_with_their_address_and_the_commit_is_shut(people: dict[str, Viewer]) -> None:
    wrong = firm(302)
    wrong[2] = "南双庙"
    found = upload(people["anna"], book([firm(301), wrong]))
    shown = drawn(people["anna"], batch=str(found.id))
    assert '"import-wrong"' in shown and "没有“南双庙”，是否为“南双庙镇”？" in shown and '"children": "C3"' in shown
    assert shown.index('"children": "3"') < shown.index('"children": "2"'), "the refused row is first"
    assert "还有 1 行有错，改好后才能导入。" in shown and '"disabled": true' in shown
    assert "下载错误清单" in shown
    only = drawn(people["anna"], batch=str(found.id), show="new")
    assert '"import-wrong"' not in only and firm(301)[0] in only


def test_old_values_stand_struck_beside_the_new(people: dict[str, Viewer]) -> None:
    viewer = people["anna"]
    with session() as current:
        ask_commit(current, viewer, upload(viewer, book([firm(401)])).id)
    work()
    changed = firm(401)
    changed[2] = "南双庙镇"
    found = upload(viewer, book([changed]))
    shown = drawn(viewer, batch=str(found.id))
    assert '"children": "柳城街道", "className": "was"' in shown and "改 1 个字段" in shown
    assert "确认导入（1 行）" in shown and '"disabled": true' not in shown


def test_a_batch_of_another_and_a_page_without_the_right_are_refused(people: dict[str, Viewer]) -> None:
    found = upload(people["anna"], book([firm(501)]))
    with pytest.raises(NotFound, match="没有找到这一批导入"):
        drawn(people["bert"], batch=str(found.id))
    with pytest.raises(Forbidden):
        drawn(people["carl"])


@pytest.mark.parametrize("query", [{"batch": "0x1"}, {"batch": "9" * 30}, {"batch": ""}, {"show": "'; DROP"}, {"page": "-1"}])
def test_a_forged_address_shows_the_beginning(query: dict[str, str], people: dict[str, Viewer]) -> None:
    assert "将填好的文件拖到这里" in drawn(people["anna"], **query)


@pytest.mark.parametrize("query", [{"show": "'; DROP TABLE"}, {"page": "999999"}, {"page": "-3"}, {"size": "100000"}, {"order": "x"}])
def test_a_forged_address_of_a_batch_shows_its_rows(query: dict[str, str], people: dict[str, Viewer]) -> None:
    found = upload(people["anna"], book([firm(601)]))
    assert firm(601)[0] in drawn(people["anna"], batch=str(found.id), **query)


def test_a_check_that_was_cancelled_while_it_waited_is_not_waited_for(people: dict[str, Viewer]) -> None:
    with session() as current:
        found = receive(current, people["anna"], sheet_of("enterprise"), book([firm(701)]), "企业.xlsx", current_settings())
    assert "正在检查文件" in drawn(people["anna"], batch=str(found.id))
    with session() as current:
        cancel(current, people["anna"], int(found.check_task_id or 0))
    shown = drawn(people["anna"], batch=str(found.id))
    assert "检查没有完成或已取消，请重新上传。" in shown and "data-import-task" not in shown
