"""Signing in, out, being locked out, and changing the password."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from auth.credentials import check
from auth.login import local_path
from data.db import read_session, session
from data.models import AuditEntry, LoginEvent, User
from data.settings import Settings
from tests.auth.conftest import PASSWORD, Client

SignIn = Callable[..., Any]


def results(username: str) -> list[str]:
    with read_session() as current:
        return list(current.scalars(select(LoginEvent.result).where(LoginEvent.username == username).order_by(LoginEvent.id)))


def change(user_id: int, **values: Any) -> None:
    with session() as current:
        current.execute(update(User).where(User.id == user_id).values(**values))


def test_the_right_password_leads_on_and_is_logged(sign_in: SignIn, client: Client) -> None:
    answer = sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert results("admin") == ["ok"]


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(sign_in: SignIn) -> None:
    cookie = sign_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_a_wrong_password_says_how_many_tries_are_left(sign_in: SignIn, client: Client) -> None:
    answer = sign_in(password="wrong")
    assert answer.status_code == 401
    assert "用户名或密码不正确，还可尝试 4 次。连续错误 5 次，账号锁定 15 分钟。" in answer.text
    assert 'value="admin"' in answer.text, "the username stays in the form"
    assert client.get("/").status_code == 302


def test_five_wrong_passwords_lock_the_account_even_for_the_right_one(sign_in: SignIn) -> None:
    answers = [sign_in(password="wrong").text for _ in range(5)]
    assert "还可尝试 1 次" in answers[3]
    assert "账号已锁定，请在" in answers[4]
    locked = sign_in()
    assert locked.status_code == 423
    assert "账号已锁定" in locked.text
    assert results("admin") == ["wrong"] * 5 + ["locked"]


def test_a_lock_ends_by_itself_and_the_count_starts_anew(sign_in: SignIn, people: dict[str, int], settings: Settings) -> None:
    change(people["admin"], failed_count=5, locked_until=datetime.now(UTC) - timedelta(seconds=1))
    assert "还可尝试 4 次" in sign_in(password="wrong").text
    assert sign_in().status_code == 302


def test_success_clears_the_count(sign_in: SignIn) -> None:
    sign_in(password="wrong")
    sign_in()
    assert "还可尝试 4 次" in sign_in(password="wrong").text


def test_an_unknown_name_is_answered_like_a_known_one(sign_in: SignIn) -> None:
    strangers = [sign_in("nobody", "wrong").text.replace("nobody", "admin") for _ in range(6)]
    known = [sign_in("admin", "wrong").text for _ in range(6)]
    without_clock = [re.sub(r"\d\d:\d\d", "", text) for text in (*strangers, *known)]
    assert without_clock[:6] == without_clock[6:]


def test_each_kind_of_user_has_its_own_door(sign_in: SignIn) -> None:
    firm = "朝阳华锦新材料有限公司"
    refused = sign_in(firm)
    assert refused.status_code == 403
    assert "这是企业端账号，请从企业端登录。" in refused.text
    assert "这是管理端账号，请从管理端登录。" in sign_in("admin", door="/enterprise/login").text
    assert sign_in(firm, door="/enterprise/login").status_code == 302
    assert results(firm) == ["wrong_door", "ok"]


def test_a_wrong_password_at_the_wrong_door_does_not_tell_whose_it_is(sign_in: SignIn) -> None:
    assert "这是" not in sign_in("admin", "wrong", door="/enterprise/login").text


def test_a_disabled_user_stays_out(sign_in: SignIn, people: dict[str, int]) -> None:
    change(people["duty"], is_active=False)
    answer = sign_in("duty")
    assert answer.status_code == 403
    assert "账号已停用，请联系系统管理员。" in answer.text
    assert results("duty") == ["disabled"]


def test_an_empty_form_is_no_try(sign_in: SignIn) -> None:
    assert "请输入用户名和密码。" in sign_in("admin", "").text
    assert results("admin") == []


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("/tanks?state=high", "/tanks?state=high"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("/\tevil", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=/tanks", "/"),
        ("/logout", "/"),
        ("tanks", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_one_is_led_on_within_the_platform_only(text: str | None, target: str) -> None:
    assert local_path(text) == target


def test_the_way_on_survives_a_wrong_password(sign_in: SignIn) -> None:
    assert 'name="next" value="/tanks"' in sign_in(password="wrong", next="/tanks").text
    assert sign_in(next="/tanks").headers["Location"] == "/tanks"


def test_signing_out_ends_the_session_and_is_logged(sign_in: SignIn, client: Client) -> None:
    sign_in()
    assert client.post("/logout").headers["Location"] == "/login"
    assert client.get("/").status_code == 302
    assert results("admin") == ["ok", "logout"]
    assert client.get("/logout").status_code in {302, 405}, "a link must not sign anybody out"


def test_guesses_sent_at_once_are_counted_one_by_one(settings: Settings, people: dict[str, int]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def guess(_: int) -> str:
        with session() as current:
            return check(current, "admin", "wrong", enterprise_door=False, settings=settings, now=datetime.now(UTC)).result

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(guess, range(8))) == ["locked"] * 3 + ["wrong"] * 5


def form_token(client: Client) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/password").text)
    assert found
    return found[1]


def new_password(client: Client, **values: str) -> Any:
    form = {"csrf_token": form_token(client), "current": PASSWORD, "password": "Brand-new-26", "repeat": "Brand-new-26"}
    return client.post("/password", data=form | values)


def test_a_new_password_ends_every_other_sign_in(server: Any, client: Client, sign_in: SignIn) -> None:
    sign_in()
    elsewhere = server.test_client()
    elsewhere.post("/login", data={"username": "admin", "password": PASSWORD})
    assert elsewhere.get("/").status_code == 200
    assert new_password(client).status_code == 302
    assert elsewhere.get("/").status_code == 302, "the other browser must sign in again"
    assert client.get("/").status_code == 200, "this one stays"
    client.post("/logout")
    assert sign_in().status_code == 401
    assert sign_in(password="Brand-new-26").status_code == 302


def test_the_change_is_audited_without_the_password(client: Client, sign_in: SignIn) -> None:
    sign_in()
    new_password(client)
    with read_session() as current:
        entry = current.scalars(select(AuditEntry).where(AuditEntry.verb == "password")).one()
    assert entry.username == "admin"
    assert entry.changes["password_hash"] == ["…", "…"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"current": "wrong"}, "原密码不正确。"),
        ({"repeat": "Other-new-26"}, "两次输入的新密码不一致。"),
        ({"password": "short", "repeat": "short"}, "密码长度应为 8–128 位，现为 5 位。"),
        ({"csrf_token": "forged"}, "页面已过期，请重新填写。"),
    ],
)
def test_a_change_that_cannot_be_taken_says_why(client: Client, sign_in: SignIn, values: dict[str, str], message: str) -> None:
    sign_in()
    answer = new_password(client, **values)
    assert answer.status_code in {400, 422}
    assert message in answer.text


def test_who_must_change_the_password_can_do_nothing_else(client: Client, sign_in: SignIn, people: dict[str, int]) -> None:
    change(people["duty"], must_change_password=True)
    assert sign_in("duty", next="/tanks").headers["Location"] == "/password"
    assert client.get("/").headers["Location"] == "/password"
    assert client.post("/_dash-update-component", json={}).status_code == 403
    assert client.get("/live/token").status_code == 403
    new_password(client)
    assert client.get("/").status_code == 200
