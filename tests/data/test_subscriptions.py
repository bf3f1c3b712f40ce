"""Subscriptions: told once when they are due, as the owner and with the rights of that moment; by letters and robots that are real."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from dashboard.subscribing import reader
from data import channels, db
from data.errors import Conflict, Forbidden, Invalid
from data.models import (
    Delivery,
    Division,
    Enterprise,
    HiddenDanger,
    Message,
    Role,
    Subscription,
    SubscriptionDelivery,
    User,
)
from data.query import visible
from data.settings import Settings
from data.subscriptions import keeping, letters, lists, run
from data.subscriptions.content import What
from data.subscriptions.telling import recall
from data.viewer import Viewer
from data.viewers import viewer_from
from pages import pages
from tests.data.test_channels import configure, hook, mail, robot, smtp  # noqa: F401 - fixtures

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 09:30 in the park
DUE = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # 08:00 the next day
TOWNS = What("statistic", "enterprise-scale", {"of": "enterprise-scale"}, "/enterprises/statistics")
RUNNING = What("list", "enterprise", {"state": "running"}, "/enterprises")


@pytest.fixture(autouse=True)
def read_lists() -> Iterator[None]:
    """Lists are read as the platform declares them."""
    lists.read_by(lambda: reader(pages()))
    yield
    lists.read_by(lambda: reader(pages()))


def who(username: str) -> Viewer:
    with db.read_session() as session:
        return viewer_from(session.scalars(select(User).where(User.username == username)).unique().one())


def begun(username: str, what: What, title: str = "企业规模", **values: Any) -> int:
    with db.session() as session:
        return keeping.begin(session, who(username), what, title, "综合监管", {"schedule": "daily", "hour": 8, **values}, NOW).id


def one(identity: int) -> Subscription:
    with db.read_session() as session:
        return session.scalars(select(Subscription).where(Subscription.id == identity)).unique().one()


def told(identity: int) -> list[SubscriptionDelivery]:
    with db.read_session() as session:
        return list(session.scalars(select(SubscriptionDelivery).where(SubscriptionDelivery.subscription_id == identity).order_by(SubscriptionDelivery.id)).unique())


def deliveries() -> list[Delivery]:
    with db.read_session() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def messages(username: str) -> list[tuple[str, str]]:
    with db.read_session() as session:
        rows = session.scalars(visible(Message, who(username)).order_by(Message.id)).all()
        return [(row.title, row.body or "") for row in rows]


def change(statement: Any) -> None:
    with db.session() as session:
        session.execute(statement)


def address(username: str, to: str) -> None:
    change(update(User).where(User.username == username).values(email=to))


def firms(username: str, *where: Any) -> list[Enterprise]:
    with db.read_session() as session:
        return list(session.scalars(visible(Enterprise, who(username)).where(*where).order_by(Enterprise.id)).unique())


def firm() -> str:
    """The name of a user of an enterprise."""
    with db.read_session() as session:
        return session.scalars(select(User.username).where(User.enterprise_id.is_not(None)).order_by(User.id)).first() or ""


def close(*rows: Enterprise) -> None:
    """Delete them, as far as a list knows."""
    change(update(Enterprise).where(Enterprise.id.in_([row.id for row in rows])).values(deleted_at=NOW))


def test_it_is_told_at_its_hour_with_what_changed_since(configure: Any, mail: Any) -> None:  # noqa: F811
    settings: Settings = configure(**smtp(mail))
    address("officer", "li@example.com")
    mine = begun("officer", TOWNS, to_email=True)
    before = len(firms("officer"))
    assert run.run(DUE - timedelta(minutes=1)) == 0
    close(*firms("officer")[:3])
    assert run.run(DUE) == 1
    [first] = told(mine)
    assert first.summary == f"企业规模：{before - 3} 家，比上次 -3 家"
    assert one(mine).next_at == DUE + timedelta(days=1)
    assert run.run(DUE) == 0, "told once"
    assert channels.send_waiting(settings, DUE) == 1
    letter = email.message_from_bytes(mail.letters[0], policy=email.policy.default)
    assert (letter["Subject"], letter["To"]) == ("订阅：企业规模", "li@example.com")
    page = letter.get_body(("html",))
    assert page is not None
    html = page.get_content()
    for part in ("比上次 -3 家", f">{before - 3}</span>", 'src="cid:chart"', "https://park.example.com/enterprises/statistics?of=enterprise-scale", "数据范围：全部", "每日 08:00"):
        assert part in html, part
    pictures = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert [(part["Content-ID"], part.get_content()[:4]) for part in pictures] == [("<chart>", b"\x89PNG")]
    plain = letter.get_body(("plain",))
    assert plain is not None and "比上次 -3 家" in plain.get_content()
    assert run.run(DUE + timedelta(days=1)) == 1
    assert told(mine)[1].summary == f"企业规模：{before - 3} 家，与上次持平"


def test_a_board_is_told_with_all_its_figures_until_its_right_is_gone(configure: Any, mail: Any) -> None:  # noqa: F811
    settings: Settings = configure(**smtp(mail))
    address("officer", "li@example.com")
    mine = begun("officer", What("board", "daily", {}, "/decision/daily"), "每日看板", to_email=True)
    own = firms("officer")[0].id
    with db.session() as session:
        session.add_all(HiddenDanger(enterprise_id=own, name="通道堵塞", found_on=date(2026, 11, 24), state="rectify", level="general", kind="fire", source="patrol") for _ in range(3))
        session.flush()
        found = session.scalar(select(func.count()).where(HiddenDanger.found_on == date(2026, 11, 24), HiddenDanger.deleted_at.is_(None), HiddenDanger.state != "draft"))
    assert run.run(DUE) == 1
    [first] = told(mine)
    figures = {row["label"]: row for row in first.content["figures"]}
    assert first.content["label"] == "比前一日变差的指标（11-24 全天）"
    assert figures["新增隐患"]["value"] == found and figures["新增隐患"]["detail"] == "条"
    assert channels.send_waiting(settings, DUE) == 1
    letter = email.message_from_bytes(mail.letters[0], policy=email.policy.default)
    html, plain = letter.get_body(("html",)), letter.get_body(("plain",))
    assert html is not None and plain is not None
    for part in ('src="cid:chart"', "变差的指标", *figures, f"{found} 条", "https://park.example.com/decision/daily?day=2026-11-24"):
        assert part in html.get_content(), part
    assert f"新增隐患：{found} 条" in plain.get_content()
    monthly = begun("officer", What("board", "monthly", {}, "/decision/monthly"), "每月看板", schedule="monthly", month_day=1)
    assert run.run(DUE + timedelta(days=6)) == 2
    assert told(monthly)[0].content["label"] == "比上月变差的指标（2026 年 11 月）"
    change(update(Role).where(Role.code == "officer").values(permissions=Role.permissions.op("-")("decision.view")))
    assert run.run(DUE + timedelta(days=7)) == 0
    assert one(mine).state == "paused" and "没有“查看每日、每月看板”权限" in (one(mine).reason or "")


def test_a_statistic_of_the_month_moves_with_it_and_a_topic_keeps_what_was_chosen(configure: Any) -> None:  # noqa: F811
    configure()
    dangers = begun("officer", What("statistic", "danger-place", {"of": "danger-place", "period": "found_on"}, "/dangers/statistics"), "隐患按属地", schedule="monthly", month_day=1)
    topic = begun("officer", What("statistic", "topic-enterprise", {"by": "scale", "form": "pie", "state": "running"}, "/decision/topics/enterprises"), "在产企业按规模")
    own = firms("officer")[0].id
    with db.session() as session:
        session.add_all(HiddenDanger(enterprise_id=own, name="通道堵塞", found_on=on, state="rectify", level="general", kind="fire", source="patrol") for on in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)))
        session.flush()
        found = session.scalar(select(func.count()).where(HiddenDanger.found_on.between(date(2026, 11, 1), date(2026, 11, 30)), HiddenDanger.deleted_at.is_(None), HiddenDanger.state != "draft"))
    assert run.run(DUE + timedelta(days=6)) == 2
    content = told(dangers)[0].content
    assert content["value"] == found and "2026-11-01 至 2026-11-30" in content["conditions"]
    assert "found_on_from=2026-11-01&found_on_to=2026-11-30" in content["href"] and "period" not in content["href"]
    content = told(topic)[0].content
    assert (content["value"], content["conditions"]) == (len(firms("officer", Enterprise.state == "running")), "生产状态 正常")
    assert content["href"] == "/decision/topics/enterprises?by=scale&form=pie&state=running"


@pytest.mark.parametrize(("secret", "form"), [("", "content"), ("SEC", "text")])
def test_a_group_robot_gets_numbers_as_markdown_and_no_records(configure: Any, robot: Any, secret: str, form: str) -> None:  # noqa: F811
    settings = configure(**hook(robot, webhook_secret=secret, public_url="https://park.example.com"))
    mine = begun("officer", RUNNING, "在产企业[点我](http://x)", to_robot=True)
    gone = firms("officer", Enterprise.state == "running")[0]
    close(gone)
    assert run.run(DUE) == 1
    assert channels.send_waiting(settings, DUE) == 1
    [(_, body)] = robot.heard
    assert body["msgtype"] == "markdown"
    text = body["markdown"][form]
    assert "比上次 -1 条，不再列出 1 条" in text
    assert "[打开页面查看](https://park.example.com/enterprises?state=running)" in text
    assert "在产企业［点我］（http://x）" in text, "a title makes no link of its own"
    assert gone.name not in text and gone.name not in str(body)
    assert one(mine).to_robot


def test_after_a_stop_it_is_told_once_and_by_one_process_alone(configure: Any) -> None:  # noqa: F811
    configure()
    mine = [begun("officer", TOWNS, f"第 {number} 项") for number in range(4)]
    late = DUE + timedelta(days=3, hours=5)
    with ThreadPoolExecutor(2) as both:
        assert sum(both.map(run.run, [late, late])) == 4
    assert [len(told(each)) for each in mine] == [1, 1, 1, 1]
    assert {one(each).next_at for each in mine} == {DUE + timedelta(days=4)}


def test_who_loses_the_right_is_told_nothing_but_that(configure: Any, mail: Any) -> None:  # noqa: F811
    settings = configure(**smtp(mail))
    address("officer", "li@example.com")
    mine = begun("officer", TOWNS, to_email=True)
    assert run.run(DUE) == 1, "it waits for the mail server"
    change(update(Role).where(Role.code == "officer").values(permissions=Role.permissions.op("-")("enterprise.view")))
    assert channels.send_waiting(settings, DUE) == 0
    [waiting] = deliveries()
    assert (waiting.state, mail.letters) == ("failed", [])
    assert waiting.error is not None and "没有“查看企业档案”权限" in waiting.error
    assert run.run(DUE + timedelta(days=1)) == 0
    paused = one(mine)
    assert (paused.state, paused.next_at) == ("paused", None)
    assert paused.reason is not None and "没有“查看企业档案”权限" in paused.reason
    assert messages("officer") == [("订阅已暂停：企业规模", paused.reason)]
    assert len(told(mine)) == 1 and len(deliveries()) == 1
    with db.read_session() as session, pytest.raises(Forbidden, match="查看企业档案"):
        recall(session, who("officer"), told(mine)[0])
    with db.session() as session, pytest.raises(Forbidden, match="查看企业档案"):
        keeping.resume(session, who("officer"), session.get_one(Subscription, mine), DUE)


def test_whose_scope_gets_smaller_gets_no_row_outside_it(configure: Any, mail: Any) -> None:  # noqa: F811
    settings = configure(**smtp(mail))
    address("officer", "li@example.com")
    mine = begun("officer", RUNNING, "在产企业", to_email=True)
    everything = len(firms("officer", Enterprise.state == "running"))
    assert run.run(DUE) == 1
    change(update(User).where(User.username == "officer").values(division_id=who("town").division_id))
    change(update(Role).where(Role.code == "officer").values(scope="divisions"))
    assert channels.send_waiting(settings, DUE) == 0 and mail.letters == []
    assert deliveries()[0].error == "没有发送：推送以后您的数据范围已变化，当时的内容不再显示。"
    with db.read_session() as session, pytest.raises(Forbidden, match="数据范围已变化"):
        recall(session, who("officer"), told(mine)[0])
    assert run.run(DUE + timedelta(days=1)) == 1
    inside = {row.id for row in firms("officer", Enterprise.state == "running")}
    assert 0 < len(inside) < everything
    second = told(mine)[1]
    assert second.content["value"] == len(inside)
    assert second.content["gone_count"] == everything - len(inside)
    assert second.content["gone"] == [], "what left with the scope is counted and not named"
    assert channels.send_waiting(settings, DUE + timedelta(days=1)) == 1


def test_a_list_names_what_is_new_and_what_is_gone(configure: Any) -> None:  # noqa: F811
    configure()
    back, away = firms("officer", Enterprise.state == "running")[:2]
    close(back)
    mine = begun("officer", RUNNING, "在产企业")
    change(update(Enterprise).where(Enterprise.id == back.id).values(deleted_at=None))
    change(update(Enterprise).where(Enterprise.id == away.id).values(state="stopped"))
    assert run.run(DUE) == 1
    content = told(mine)[0].content
    assert [row["key"] for row in content["new"]] == [str(back.id)]
    assert [row["key"] for row in content["gone"]] == [str(away.id)]
    assert back.name in f"{content['new'][0]['label']} {content['new'][0]['detail']}"
    assert content["new"][0]["href"] == f"/enterprises?state=running&open={back.id}"
    change(update(Enterprise).where(Enterprise.id == back.id).values(deleted_at=NOW))
    with db.read_session() as session:
        assert recall(session, who("officer"), told(mine)[0])["new"] == [], "and what nobody sees any more is named no more"


def test_a_threshold_is_told_once_when_it_is_crossed(configure: Any) -> None:  # noqa: F811
    configure()
    rows = firms("officer", Enterprise.state == "running")
    mine = begun("officer", RUNNING, "在产企业减少", schedule="change", rule="fall", bound=len(rows) - 2)
    at = NOW
    assert run.run(at) == 0
    close(*rows[:2])
    told_at = []
    for _ in range(60):  # two hours of looking every two minutes
        at += timedelta(minutes=2)
        told_at += [at] * run.run(at)
    assert len(told_at) == 1, "crossed once, told once"
    assert messages("officer") == [("订阅达到条件：在产企业减少", f"记录数 {len(rows) - 2} 条，比上次 -2 条，不再列出 2 条")]
    change(update(Enterprise).where(Enterprise.id == rows[0].id).values(deleted_at=None))
    assert run.run(at + timedelta(minutes=2)) == 0, "it came back"
    close(rows[0])
    assert run.run(at + timedelta(minutes=4)) == 1, "and crossed again"
    assert len(told(mine)) == 2


def test_a_change_by_so_many_is_measured_from_what_was_told(configure: Any) -> None:  # noqa: F811
    configure()
    rows = firms("officer", Enterprise.state == "running")
    begun("officer", RUNNING, "变化", schedule="change", rule="by", bound=2)
    close(rows[0])
    assert run.run(NOW) == 0
    close(rows[1])
    assert run.run(NOW + timedelta(minutes=2)) == 1
    close(rows[2])
    assert run.run(NOW + timedelta(hours=1)) == 0
    close(rows[3])
    assert run.run(NOW + timedelta(hours=2)) == 1


def test_a_letter_that_failed_is_seen_and_sent_again(configure: Any, mail: Any) -> None:  # noqa: F811
    settings = configure(smtp_url="smtp://127.0.0.1:9", smtp_from="park@example.com")
    address("officer", "li@example.com")
    mine = begun("officer", TOWNS, to_email=True)
    assert run.run(DUE) == 1
    assert channels.send_waiting(settings, DUE) == 0
    assert deliveries()[0].attempts == 1
    settings = configure(**smtp(mail))
    with db.session() as session:
        assert keeping.resend(session, who("officer"), session.get_one(Subscription, mine), DUE) == 1
    assert channels.send_waiting(settings, DUE) == 1
    with db.session() as session, pytest.raises(Conflict, match="没有发送失败的消息"):
        keeping.resend(session, who("officer"), session.get_one(Subscription, mine), DUE)


def test_a_way_that_is_closed_is_said_and_the_home_still_has_it(configure: Any, mail: Any) -> None:  # noqa: F811
    configure(**smtp(mail))
    address("officer", "li@example.com")
    mine = begun("officer", TOWNS, to_email=True)
    address("officer", "")
    assert run.run(DUE) == 1
    assert (told(mine)[0].note, deliveries()) == ("没有发邮件：账号没有填写邮箱", [])


def test_a_condition_that_means_nothing_any_more_pauses_it(configure: Any) -> None:  # noqa: F811
    configure()
    with db.read_session() as session:
        town = session.scalars(select(Division.id).where(Division.level == "town").order_by(Division.id)).first()
    mine = begun("officer", What("statistic", "enterprise-scale", {"of": "enterprise-scale", "scale": "large"}, TOWNS.path), "大型企业")
    listed = begun("officer", What("list", "enterprise", {"division_id": str(town)}, "/enterprises"), "某镇企业")
    change(update(Subscription).where(Subscription.id == mine).values(query={"of": "enterprise-scale", "scale": "huge"}))
    change(update(Subscription).where(Subscription.id == listed).values(query={"nothing": "1"}))
    assert run.run(DUE) == 0
    assert {one(each).state for each in (mine, listed)} == {"paused"}
    assert all("已不可用" in str(one(each).reason) for each in (mine, listed)), "it is never told more widely than it was asked for"


def test_an_account_that_is_switched_off_is_told_nothing(configure: Any) -> None:  # noqa: F811
    configure()
    mine = begun("inspector", TOWNS)
    change(update(User).where(User.username == "inspector").values(is_active=False))
    assert run.run(DUE) == 0
    assert (one(mine).state, one(mine).reason) == ("paused", run.GONE)


def test_one_that_fails_does_not_hold_up_the_others(configure: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    configure()
    mine = [begun("officer", TOWNS, "甲"), begun("officer", TOWNS, "乙")]
    plain = run.content
    monkeypatch.setattr(run, "content", lambda session, viewer, what, now: 1 / 0 if session.scalar(select(func.count()).select_from(SubscriptionDelivery)) == 0 else plain(session, viewer, what, now))
    assert run.run(DUE) == 0
    monkeypatch.undo()
    assert {one(each).next_at for each in mine} == {DUE + run.AGAIN}
    assert run.run(DUE + run.AGAIN) == 2


def test_what_is_entered_is_checked_at_the_field(configure: Any) -> None:  # noqa: F811
    configure()
    for values, field, words in (
        ({"schedule": "change"}, "rule", "请选择在什么条件下推送。"),
        ({"schedule": "change", "rule": "by", "bound": 0}, "bound", "应大于 0。"),
        ({"to_email": True}, "to_email", "平台没有配置邮件，请联系系统管理员。"),
        ({"to_robot": True}, "to_robot", "平台没有配置群机器人，请联系系统管理员。"),
        ({"month_day": 31}, "month_day", "应在 1–28 之间：每个月都有这一天。"),
        ({"measure": "none"}, "measure", "请选择列出的指标。"),
    ):
        with pytest.raises(Invalid) as refused:
            begun("officer", TOWNS, **values)
        assert refused.value.fields[field] == words
    with pytest.raises(Forbidden):
        begun(firm(), TOWNS)


def test_they_are_ordered_paused_changed_and_dropped(configure: Any) -> None:  # noqa: F811
    configure()
    officer = who("officer")
    first, second = begun("officer", TOWNS, "甲"), begun("officer", TOWNS, "乙")
    with db.session() as session:
        assert keeping.move(session, officer, session.get_one(Subscription, second), -1)
        assert not keeping.move(session, officer, session.get_one(Subscription, second), -1)
        assert [each.title for each in keeping.mine(session, officer)] == ["乙", "甲"]
        keeping.pause(session, officer, session.get_one(Subscription, first))
        keeping.change(session, officer, session.get_one(Subscription, second), {"schedule": "weekly", "weekday": 5, "hour": 10}, None, NOW)
    assert one(second).next_at == datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
    assert run.run(DUE) == 0
    with db.session() as session:
        keeping.resume(session, officer, session.get_one(Subscription, first), DUE + timedelta(hours=1))
        keeping.remove(session, officer, session.get_one(Subscription, second))
    assert one(first).next_at == DUE + timedelta(days=1), "what was missed while it was paused is not told"
    with db.read_session() as session:
        assert [each.title for each in keeping.mine(session, officer)] == ["甲"]
        assert keeping.mine(session, who("leader")) == []


def test_a_letter_of_days_and_of_records_is_written_without_a_fault() -> None:
    rows = [{"key": "2026-11-24", "label": "11-24", "value": 3, "href": "", "detail": "", "before": 3}]
    base = {"label": "新增报警", "unit": "条", "decimals": 0, "value": 3, "change": "与上次持平", "delta": 0, "first": False, "conditions": "", "scope": "全部", "href": "/alarms", "figures": [], "new": [], "gone": [], "new_count": 0, "gone_count": 0, "compared": False, "table": ""}
    picture = letters.chart({**base, "shape": "days", "rows": rows}, "新增报警")
    assert picture is not None and picture[:4] == b"\x89PNG"
    assert letters.chart({**base, "shape": "records", "rows": []}, "新增报警") is None
