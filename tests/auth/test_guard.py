"""Nobody gets in unless a rule lets them, and no other site may act in their name."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, session
from sqlalchemy import update

from auth.guard import OPEN, policy
from auth.tokens import push_token, read_push_token, viewer_for
from data import db
from data.errors import Forbidden, Invalid, NotFound
from data.models import ApiToken, Role, User
from data.settings import Settings
from data.viewers import viewer_of
from tests.auth.conftest import Client

SignIn = Callable[..., Any]
FREE = {"/login", "/enterprise/login", "/public/<path:filename>"}


def test_every_route_is_closed_to_strangers_but_for_the_few_that_are_named(server: Flask, client: Client) -> None:
    rules = [rule for rule in server.url_map.iter_rules() if rule.rule not in FREE]
    addresses = [(method, rule.rule.replace("<path:", "<").replace("<", "").replace(">", "")) for rule in rules for method in rule.methods or ()]
    answers = {(method, path): client.open(path, method=method).status_code for method, path in addresses}
    assert len(answers) > 20
    assert {key: status for key, status in answers.items() if status not in {302, 401}} == {}


def test_the_list_of_open_addresses_is_short() -> None:
    assert {"/login", "/enterprise/login", "/healthz", "/public"} == OPEN


@pytest.mark.parametrize("path", ["/", "/tanks?state=high", "/assets/10-theme.css", "/_dash-layout", "/_dash-dependencies"])
def test_a_page_leads_a_stranger_to_the_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login")


def test_the_way_back_is_kept(client: Client) -> None:
    assert client.get("/tanks?state=high&x=1").headers["Location"] == "/login?next=%2Ftanks%3Fstate%3Dhigh%26x%3D1"


@pytest.mark.parametrize("path", ["/api/v1/points", "/live/token", "/live/snapshot"])
def test_data_is_refused_in_words_that_a_program_reads(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()) == (401, {"error": "没有登录，或登录已失效。"})


def test_a_callback_of_a_stranger_is_refused_whatever_it_claims(client: Client) -> None:
    body = {"output": "page-content.children", "inputs": [{"id": "url", "property": "pathname", "value": "/login"}]}
    assert client.post("/_dash-update-component", json=body).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/page"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/password", "/_dash-update-component"])
def test_another_site_may_not_send_anything(client: Client, sign_in: SignIn, path: str, headers: dict[str, str]) -> None:
    sign_in()
    answer = client.post(path, headers=headers, data={"username": "admin", "password": "x"})
    assert answer.status_code == 403
    assert "请求来自其他网站，已拒绝。" in (answer.get_json()["error"] if answer.is_json else answer.text)


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_the_own_pages_and_plain_programs_may(client: Client, headers: dict[str, str]) -> None:
    assert client.post("/login", headers=headers, data={"username": "admin", "password": "x"}).status_code == 401


def test_rights_that_are_taken_are_gone_with_the_next_request(client: Client, sign_in: SignIn, people: dict[str, int]) -> None:
    sign_in("duty")
    assert client.get("/live/token").status_code == 200
    with db.session() as current:
        current.execute(update(User).where(User.id == people["duty"]).values(is_active=False))
    assert client.get("/live/token").status_code == 401


def test_a_session_ends_after_its_hours_however_busy_it_was(server: Flask, client: Client, sign_in: SignIn) -> None:
    sign_in()
    with client.session_transaction() as kept:
        kept["at"] -= int(timedelta(hours=11).total_seconds())
    assert client.get("/").status_code == 200
    with client.session_transaction() as kept:
        kept["at"] -= int(timedelta(hours=2).total_seconds())
    assert client.get("/").status_code == 302
    assert client.get("/assets/10-theme.css", buffered=True).status_code == 302


def test_a_cookie_signed_with_another_key_is_worth_nothing(server: Flask, client: Client, people: dict[str, int]) -> None:
    forger = Flask("forger")
    forger.secret_key = "guessed"
    with forger.test_request_context():
        session.update(_user_id=f"{people['admin']}.1", at=2**31)
        serializer = forger.session_interface.get_signing_serializer(forger)  # type: ignore[attr-defined]
        client.set_cookie("park_session", serializer.dumps(dict(session)))
    assert client.get("/").status_code == 302


def test_every_answer_carries_the_headers_that_protect(client: Client, sign_in: SignIn) -> None:
    for answer in (client.get("/login"), sign_in(), client.get("/"), client.get("/assets/10-theme.css", buffered=True)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_what_a_person_sees_is_not_kept_by_caches(client: Client, sign_in: SignIn) -> None:
    sign_in()
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert "no-store" not in client.get("/assets/10-theme.css", buffered=True).headers["Cache-Control"]


def test_the_policy_lets_pages_reach_the_push_role_and_no_other_host(settings: Settings) -> None:
    near = settings.model_copy(update={"push_url": "", "push_port": 8051})
    assert "connect-src 'self' park.example:8051;" in policy(near, "park.example:8050")
    far = settings.model_copy(update={"push_url": "https://live.park.example/push"})
    assert "connect-src 'self' https://live.park.example;" in policy(far, "park.example")


def test_no_inline_script_runs_but_the_page_s_own(client: Client, sign_in: SignIn) -> None:
    sign_in()
    answer = client.get("/")
    (rule,) = [one for one in answer.headers["Content-Security-Policy"].split("; ") if one.startswith("script-src")]
    assert "unsafe" not in rule
    inline = re.findall(r'<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>', answer.text, re.S)
    assert inline
    assert {base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline} <= set(re.findall(r"'sha256-([^']+)'", rule))


def test_the_live_ticket_names_the_push_role_and_the_person(client: Client, sign_in: SignIn, settings: Settings, people: dict[str, int]) -> None:
    sign_in("duty")
    ticket = client.get("/live/token").get_json()
    assert ticket["url"] == f"http://localhost:{settings.push_port}/live"
    assert read_push_token(ticket["token"], settings).user_id == people["duty"]


def test_a_forged_or_old_push_token_is_refused(settings: Settings, people: dict[str, int]) -> None:
    with db.read_session() as current:
        standing = viewer_of(current, people["duty"])
    assert standing
    token = push_token(standing.viewer, settings)
    with pytest.raises(Forbidden, match="凭证无效或已过期"):
        read_push_token(token[:-2] + "xx", settings)
    with pytest.raises(Forbidden, match="凭证无效或已过期"):
        read_push_token(token, settings.model_copy(update={"push_token_seconds": -1}))
    with pytest.raises(Forbidden, match="凭证无效或已过期"):
        read_push_token("", settings)


def test_an_api_token_speaks_for_its_user_until_it_is_revoked(people: dict[str, int]) -> None:
    from auth.tokens import issue

    with db.session() as current:
        token = issue(current, "duty", "大屏")
    viewer = viewer_for(token)
    assert viewer
    assert viewer.username == "duty"
    assert viewer_for(token + "x") is None
    assert viewer_for("") is None
    with db.read_session() as current:
        kept = current.query(ApiToken).one()
        assert token not in (kept.digest, kept.name)
        assert kept.last_used_at is not None
    with db.session() as current:
        current.execute(update(Role).where(Role.code == "duty").values(permissions=["map.view"]))
    assert viewer_for(token).permissions == {"map.view"}  # type: ignore[union-attr]
    with db.session() as current:
        current.execute(update(User).where(User.id == people["duty"]).values(is_active=False))
    assert viewer_for(token) is None


def test_a_token_needs_a_user(people: dict[str, int]) -> None:
    from auth.tokens import issue

    with pytest.raises(NotFound, match="没有用户名为“nobody”的用户"), db.session() as current:
        issue(current, "nobody", "x")
    with db.session() as current:
        current.execute(update(User).where(User.id == people["duty"]).values(is_active=False))
    with pytest.raises(Invalid, match="用户“duty”已停用"), db.session() as current:
        issue(current, "duty", "x")


def test_a_token_opens_the_interface_but_no_page(client: Client, people: dict[str, int]) -> None:
    from auth.tokens import issue

    with db.session() as current:
        token = issue(current, "admin", "x")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/", headers=headers).status_code == 302
    assert client.get("/live/token", headers=headers).status_code == 401
    assert client.get("/api/v1/points", headers=headers).status_code != 401
