"""通知公告 from writing to the answer, over HTTP: what each person may see, send and confirm."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashboard.shell import route
from data import db
from data.models import Attachment, Enterprise, Message, Notice, NoticeReceipt, User
from data.viewers import viewer_from
from tests.dashboard.asking import listed, one, opened, rows, sent

BODY = ("notice-body", "children")


@pytest.fixture(scope="module")
def firms(app: Any) -> list[tuple[int, str]]:
    """(enterprise, username) of two enterprises of the department of user dept."""
    with db.read_session() as current:
        department = current.scalars(select(User.department_id).where(User.username == "dept")).one()
        mine = select(Enterprise.id, User.username).join(User, User.enterprise_id == Enterprise.id).where(Enterprise.department_id == department)
        return [(identity, name) for identity, name in current.execute(mine.order_by(Enterprise.id).limit(2))]


def written(person: Any, submit: Any, firm: int, **more: str) -> Notice:
    """A draft of the department to one enterprise."""
    given = {"title": "汛期安全检查", "body": "请自查防汛物资。", "is_urgent": "1", "wants_answer": "1", "answer_by": "2099-01-01", "to_all": "0", "enterprises": str(firm)} | more
    assert "已添加" in submit(person("dept"), "notice", "", "add", given)
    return one(Notice, Notice.id == max(each["id"] for each in rows(listed(person("dept"), "notice"), "notice")))


def published(person: Any, submit: Any, firm: int, **more: str) -> tuple[Notice, NoticeReceipt]:
    made = written(person, submit, firm, **more)
    assert "发给 1 个收件人" in submit(person("dept"), "notice", made.id, "publish", {}, made.version)
    return made, one(NoticeReceipt, NoticeReceipt.notice_id == made.id)


def enter(person: Any, firm: tuple[int, str]) -> FlaskClient:
    return person(firm[1], "/enterprise/login")


def drawn(app: Any, username: str, path: str, search: str = "") -> str:
    """The page as the router draws it for that person, as text."""
    with db.read_session() as current:
        viewer = viewer_from(current.scalars(select(User).where(User.username == username)).one())
    return json.dumps(route(app.site, app.settings, viewer, path, search).content.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def test_the_enterprise_reads_and_answers_and_the_office_sees_it(app: Any, person: Any, submit: Any, firms: Any) -> None:
    made, receipt = published(person, submit, firms[0][0])
    assert "汛期安全检查" in drawn(app, firms[0][1], "/own/notices")
    assert "未读" in drawn(app, firms[0][1], "/own/notices")
    assert "请自查防汛物资。" in drawn(app, firms[0][1], "/own/notices", f"?open={receipt.id}")
    client = enter(person, firms[0])
    assert "请填写回复内容。" in sent(client, BODY, "notice_inbox", {"id": str(receipt.id), "do": "answer", "values": {"answer": " "}})
    assert "已提交回复" in sent(client, BODY, "notice_inbox", {"id": str(receipt.id), "do": "answer", "values": {"answer": "物资齐全"}})
    shown = opened(person("dept"), "notice", open=str(made.id), tab="receipts")
    assert "共 1 个收件人，已读 1，未读 0，已回复 1" in shown and "物资齐全" in shown


def test_another_enterprise_finds_nothing_of_it(app: Any, person: Any, submit: Any, firms: Any) -> None:
    _, receipt = published(person, submit, firms[0][0], title="只给一家")
    assert "只给一家" not in drawn(app, firms[1][1], "/own/notices")
    assert "请自查防汛物资" not in drawn(app, firms[1][1], "/own/notices", f"?open={receipt.id}")
    client = enter(person, firms[1])
    sent(client, BODY, "notice_inbox", {"id": str(receipt.id), "do": "answer", "values": {"answer": "冒充"}})
    assert one(NoticeReceipt, NoticeReceipt.id == receipt.id).answer is None
    assert "没有权限" in drawn(app, firms[1][1], "/notices")
    message = one(Message, Message.href == f"/own/notices?open={receipt.id}")
    assert client.post(f"/messages/{message.id}/confirm").status_code == 404
    assert client.get(f"/messages/{message.id}/open").status_code == 404


def test_an_urgent_one_interrupts_until_it_is_confirmed(person: Any, submit: Any, firms: Any) -> None:
    _, receipt = published(person, submit, firms[1][0], title="立即停工")
    client = enter(person, firms[1])
    [message] = [each for each in client.get("/messages/urgent").get_json() if "立即停工" in each["title"]]
    assert message["href"] == f"/own/notices?open={receipt.id}"
    assert client.post(f"/messages/{message['id']}/confirm").status_code == 200
    assert not [each for each in client.get("/messages/urgent").get_json() if each["id"] == message["id"]]
    assert one(NoticeReceipt, NoticeReceipt.id == receipt.id).read_at is not None
    assert client.get(f"/messages/{message['id']}/open").headers["Location"] == f"/own/notices?open={receipt.id}"


def test_a_file_of_a_notice_is_for_those_to_whom_it_was_sent(person: Any, submit: Any, firms: Any) -> None:
    made = written(person, submit, firms[0][0])
    content = b"%PDF-1.4 " + b"x" * 50
    assert person("dept").post(f"/attachments/notice/{made.id}/paper", data={"file": (io.BytesIO(content), "附件.pdf")}).status_code == 200
    assert "发给 1 个" in submit(person("dept"), "notice", made.id, "publish", {}, 0)
    receipt = one(NoticeReceipt, NoticeReceipt.notice_id == made.id)
    attachment = one(Attachment, Attachment.table_name == "notice", Attachment.record_id == made.id)
    path = f"/notices/received/{receipt.id}/files/{attachment.id}"
    with enter(person, firms[0]).get(path) as answer:
        assert answer.data == content
    assert enter(person, firms[1]).get(path).status_code == 404
    assert enter(person, firms[1]).get(f"/attachments/{attachment.id}").status_code in (403, 404)
    assert person("leader").get(path).status_code == 404


def test_what_was_sent_stays_as_it_was_until_it_is_recalled(app: Any, person: Any, submit: Any, firms: Any) -> None:
    made, receipt = published(person, submit, firms[0][0], title="发错了")
    client = person("dept")
    assert "已发布的通知不能修改" in submit(client, "notice", made.id, "edit", {"title": "改"}, 0)
    assert "请先撤回" in submit(client, "notice", made.id, "delete", {"reason": "发错"}, 0)
    assert "没有意义" in submit(client, "notice", made.id, "publish", {}, 0)
    assert "没有“发布通知”权限" in submit(person("leader"), "notice", made.id, "recall", {"reason": "…"}, 0)
    assert "已撤回" in submit(person("dept"), "notice", made.id, "recall", {"reason": "发错"}, 0)
    assert "发错了" not in drawn(app, firms[0][1], "/own/notices")
    assert "没有找到" in drawn(app, firms[0][1], "/own/notices", f"?open={receipt.id}")


def test_an_answer_day_without_an_answer_wanted_is_refused_at_the_field(person: Any, submit: Any) -> None:
    given = {"title": "通知", "body": "内容", "wants_answer": "0", "answer_by": "2099-01-01"}
    assert "填写回复截止时，请选择要求回复。" in submit(person("dept"), "notice", "", "add", given)
    assert "回复截止不能早于今天。" in submit(person("dept"), "notice", "", "add", given | {"wants_answer": "1", "answer_by": "2020-01-01"})


def test_messages_are_ones_own_and_are_marked_as_read(app: Any, person: Any, submit: Any, firms: Any) -> None:
    published(person, submit, firms[0][0], title="看完即可", is_urgent="0")
    assert "看完即可" in drawn(app, firms[0][1], "/messages", "?unread=1")
    assert "看完即可" not in drawn(app, firms[1][1], "/messages")
    assert "条消息标为已读" in sent(enter(person, firms[0]), ("message-body", "children"), "messages", {"do": "read_all", "values": {}})
    assert "看完即可" not in drawn(app, firms[0][1], "/messages", "?unread=1")
    assert "没有消息" in drawn(app, "town", "/messages")
