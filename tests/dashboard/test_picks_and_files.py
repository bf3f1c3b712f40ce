"""Pickers and files over HTTP: what a browser names is forged until the declaration, the rights and the scope allow it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from data import db
from data.attachments import attachment_count
from data.models import AuditEntry, Department, Division, Enterprise, User
from data.settings import Settings
from tests.controls import make_server_app
from tests.platform import PASSWORD

PDF = b"%PDF-1.7\n%stub\n"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def app(demo_database: Settings) -> Any:
    return make_server_app(demo_database)


@pytest.fixture
def firms() -> list[Enterprise]:
    with db.read_session() as current:
        return list(current.scalars(select(Enterprise).order_by(Enterprise.id).limit(2)))


@pytest.fixture
def enterprise(client: FlaskClient, firms: list[Enterprise]) -> FlaskClient:
    """A client of the first enterprise's own user, who may see tanks and alarms."""
    client.post("/logout")
    assert client.post("/enterprise/login", data={"username": firms[0].name, "password": PASSWORD}).status_code == 302
    return client


def picked(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_json(silent=True)
    return [one["word"] for one in answer.get_json()["items"]]


def send(client: FlaskClient, firm: Enterprise, content: bytes = PDF, name: str = "执照.pdf", slot: str = "business_license", **headers: str) -> Any:
    return client.post(f"/attachments/firm/{firm.id}/{slot}", data={"file": (io.BytesIO(content), name)}, headers=JSON | headers)


def fetched(client: FlaskClient, address: str, **headers: str) -> Any:
    """The answer with its bytes read, and the file behind it closed as a server closes it."""
    answer = client.get(address, headers=headers)
    answer.get_data()
    answer.close()
    return answer


def sent(client: FlaskClient, firm: Enterprise, content: bytes, name: str = "执照.pdf", slot: str = "other") -> dict[str, Any]:
    answer = send(client, firm, content, name, slot)
    assert answer.status_code == 200, answer.get_json(silent=True)
    return answer.get_json()["items"][-1]


# Pickers


def test_a_tree_opens_level_by_level_and_is_searched_with_paths(person: Any) -> None:
    client = person("admin")
    top = client.get("/pick/firm/division_id").get_json()["items"]
    assert [(one["word"], one["has_children"]) for one in top] == [("辽宁省", True)]
    assert picked(client, f"/pick/firm/division_id?parent={top[0]['id']}") == ["朝阳市"]
    found = client.get("/pick/firm/division_id?q=柳城街道").get_json()["items"]
    assert [one["path"] for one in found] == ["辽宁省 / 朝阳市 / 朝阳县 / 柳城街道"]


def test_ids_of_a_draft_get_their_words_back(person: Any) -> None:
    with db.read_session() as current:
        ids = current.scalars(select(Division.id).where(Division.name.in_(("朝阳市", "辽宁省")))).all()
    assert set(picked(person("admin"), f"/pick/firm/division_id?ids={','.join(map(str, ids))}")) == {"朝阳市", "辽宁省"}


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/pick/nothing/division_id", 404, "没有这个列表"),
        ("/pick/firm/name", 404, "没有这个字段"),
        ("/pick/firm/nothing", 404, "没有这个字段"),
        ("/pick/firm/created_by_id", 404, "没有这个字段"),
        ("/pick/firm/user.password_hash", 404, "没有这个字段"),
        ("/pick/firm/changes.enterprise_id", 404, "没有这个字段"),
        ("/pick/tank/division_id", 404, "没有这个字段"),
        ("/pick/firm/division_id?parent=1 OR 1=1", 422, "编号不正确"),
        ("/pick/firm/division_id?parent=" + "9" * 30, 422, "编号不正确"),
        ("/pick/firm/division_id?ids=x", 422, "编号不正确"),
    ],
)
def test_what_is_not_declared_is_not_read(person: Any, address: str, status: int, message: str) -> None:
    answer = person("admin").get(address, headers=JSON)
    assert (answer.status_code, message in answer.get_json()["error"]) == (status, True)


def test_fields_of_actions_and_of_rows_are_declared_too(person: Any) -> None:
    assert picked(person("admin"), "/pick/firm/changes.submitted_by_id?q=系统管理员") == ["系统管理员"]
    assert picked(person("admin"), "/pick/tank/enterprise_id?q=朝阳华锦") == ["朝阳华锦新材料有限公司"]


def test_nobody_picks_without_sign_in_or_without_the_right(client: FlaskClient, enterprise: FlaskClient, person: Any) -> None:
    refused = enterprise.get("/pick/firm/division_id", headers=JSON)
    assert (refused.status_code, "没有“查看企业档案”权限，请联系系统管理员。" in refused.get_json()["error"]) == (403, True)
    client.post("/logout")
    assert client.get("/pick/firm/division_id", headers=JSON).status_code == 302


def test_an_enterprise_does_not_pick_from_lists_of_the_authorities(enterprise: FlaskClient, firms: list[Enterprise]) -> None:
    answers = [enterprise.get(f"/pick/tank/enterprise_id?{asked}", headers=JSON) for asked in ("q=", f"q={firms[1].name}", f"ids={firms[1].id}")]
    assert [one.status_code for one in answers] == [403, 403, 403]
    assert {one.get_json()["error"] for one in answers} == {"您没有权限使用监管端的列表。"}


# Files


def test_a_file_is_taken_listed_shown_and_taken_off(person: Any, firms: list[Enterprise]) -> None:
    client = person("admin")
    item = sent(client, firms[0], PDF + b"1", "安全生产许可证（正本）.pdf", "business_license")
    assert (item["name"], item["size"], item["kind"], item["who"]) == ("安全生产许可证（正本）.pdf", "16 B", "pdf", "系统管理员")
    shown = fetched(client, item["url"])
    assert (shown.status_code, shown.data, shown.mimetype) == (200, PDF + b"1", "application/pdf")
    assert shown.headers["Content-Disposition"].startswith("inline; filename")
    assert "filename*=UTF-8''%E5%AE%89%E5%85%A8" in shown.headers["Content-Disposition"]
    assert fetched(client, f"{item['url']}?download=1").headers["Content-Disposition"].startswith("attachment; ")
    gone = client.post(f"{item['url']}/delete", data={"reason": "传错了"}, headers=JSON)
    assert gone.status_code == 200
    assert item["id"] not in [one["id"] for one in gone.get_json()["items"]]
    assert client.get(item["url"], headers=JSON).status_code == 404
    with db.read_session() as current:
        entry = current.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.verb, entry.table_name, entry.record_id, entry.reason) == ("detach", "enterprise", firms[0].id, "传错了")


def test_a_file_is_never_a_page_of_the_platform(person: Any, firms: list[Enterprise]) -> None:
    client = person("admin")
    picture = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(picture, "PNG")
    shown = fetched(client, sent(client, firms[0], picture.getvalue(), "现场.png")["url"])
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"] == "private, no-cache"
    in_viewer = fetched(client, sent(client, firms[0], PDF + b"2")["url"])
    assert in_viewer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert in_viewer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    old = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + "Workbook".encode("utf-16-le")
    assert fetched(client, sent(client, firms[0], old, "名单.xls")["url"]).headers["Content-Disposition"].startswith("attachment; ")


def test_a_list_of_pictures_loads_small_ones(person: Any, firms: list[Enterprise]) -> None:
    client = person("admin")
    picture = io.BytesIO()
    Image.new("RGB", (1600, 800), "brown").save(picture, "PNG")
    url = sent(client, firms[0], picture.getvalue(), "现场二.png")["url"]
    small = fetched(client, f"{url}?thumb=1")
    with Image.open(io.BytesIO(small.data)) as seen:
        assert (small.mimetype, seen.format, seen.size) == ("image/jpeg", "JPEG", (320, 160))
    again = fetched(client, f"{url}?thumb=1", **{"If-None-Match": small.headers["ETag"]})
    assert again.status_code == 304


def test_a_disguised_page_is_refused_with_a_reason(person: Any, firms: list[Enterprise]) -> None:
    answer = send(person("admin"), firms[0], b"<html><script>alert(1)</script></html>", "照片.png")
    assert (answer.status_code, answer.get_json()["error"]) == (422, "“照片.png”不是可以上传的文件，只接受 PDF、JPG、PNG、WebP、Word、Excel、MP4。")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(person: Any, firms: list[Enterprise], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.attachments.most_bytes", lambda: 2048)
    answer = send(person("admin"), firms[0], PDF + b"x" * 70_000)
    assert (answer.status_code, answer.get_json()["error"]) == (422, "文件超过 2 KB，不能上传。")


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/attachments/nothing/{}/business_license", 404, "没有这个列表"),
        ("/attachments/firm/{}/nothing", 404, "没有这类附件"),
        ("/attachments/firm/999999999/business_license", 404, "没有找到这条生产经营单位"),
        ("/attachments/tank/{}/business_license", 404, "没有"),
    ],
)
def test_what_is_addressed_must_be_there(person: Any, firms: list[Enterprise], address: str, status: int, message: str) -> None:
    answer = person("admin").post(address.format(firms[0].id), data={"file": (io.BytesIO(PDF), "执照.pdf")}, headers=JSON)
    assert (answer.status_code, message in answer.get_json()["error"]) == (status, True)


def test_without_a_file_nothing_is_attached(person: Any, firms: list[Enterprise]) -> None:
    answer = person("admin").post(f"/attachments/firm/{firms[0].id}/business_license", data={"file": "text"}, headers=JSON)
    assert (answer.status_code, answer.get_json()["error"]) == (422, "没有收到文件，请重新选择。")


def test_who_may_only_look_adds_and_removes_nothing(person: Any, firms: list[Enterprise]) -> None:
    item = sent(person("admin"), firms[0], PDF + b"3")
    client = person("leader")
    assert fetched(client, item["url"]).data == PDF + b"3"
    for answer in (send(client, firms[0], PDF + b"4"), client.post(f"{item['url']}/delete", headers=JSON)):
        assert (answer.status_code, "没有“维护企业档案”权限" in answer.get_json()["error"]) == (403, True)
    with db.read_session() as current:
        assert attachment_count(current, current.get_one(Enterprise, firms[0].id)) > 0


def test_who_may_not_open_the_list_sees_no_file_of_it(person: Any, enterprise: FlaskClient, firms: list[Enterprise]) -> None:
    mine, foreign = sent(person("admin"), firms[0], PDF + b"5"), sent(person("admin"), firms[1], PDF + b"6")
    client = enterprise
    client.post("/logout")
    client.post("/enterprise/login", data={"username": firms[0].name, "password": PASSWORD})
    for address in (mine["url"], f"{mine['url']}?thumb=1"):
        answer = client.get(address, headers=JSON)
        assert (answer.status_code, "没有“查看企业档案”权限" in answer.get_json()["error"]) == (403, True)
    elsewhere = client.get(foreign["url"], headers=JSON)
    assert (elsewhere.status_code, "没有找到这个附件" in elsewhere.get_json()["error"]) == (404, True), "whether it exists is not told"
    assert client.post(f"{foreign['url']}/delete", headers=JSON).status_code == 404


def test_nobody_gets_a_file_without_sign_in_or_from_another_site(person: Any, client: FlaskClient, firms: list[Enterprise]) -> None:
    item = sent(person("admin"), firms[0], PDF + b"7")
    assert send(client, firms[0], PDF + b"8", Origin="https://elsewhere.example").status_code == 403
    assert client.post(f"{item['url']}/delete", headers=JSON | {"Sec-Fetch-Site": "cross-site"}).status_code == 403
    client.post("/logout")
    assert client.get(item["url"]).status_code == 302
    assert send(client, firms[0], PDF + b"8").status_code in {302, 401}


def test_names_that_a_picker_shows_are_those_of_the_screen(person: Any) -> None:
    with db.read_session() as current:
        names = set(current.scalars(select(Department.name)))
        people = set(current.scalars(select(User.name)))
    found = picked(person("admin"), "/pick/firm/department_id?q=应急")
    assert found and set(found) <= names and not people & set(found)
