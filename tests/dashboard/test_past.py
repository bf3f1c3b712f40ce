"""What the addresses of looking back answer: an instant within rights and scope, words for what is no instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard import past
from dashboard.past import wished
from data.errors import Invalid

Enter = Callable[..., FlaskClient]
FIRM = "朝阳华锦新材料有限公司"


@pytest.fixture(scope="module", autouse=True)
def served(app: Any) -> None:
    past.register(app.server)


def asked(client: FlaskClient, path: str) -> tuple[int, Any]:
    answer = client.get(path, headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json(silent=True)


def instant() -> int:
    return int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)


def test_the_state_the_frames_and_the_day_are_answered(person: Enter) -> None:
    client = person("officer")
    status, state = asked(client, f"/past/state?at={instant()}")
    assert status == 200 and {"points", "vehicles", "alarms", "risk"} <= state.keys()
    status, told = asked(client, f"/past/frames?at={instant()}&pace=60")
    assert status == 200 and len(told["frames"]) == 30
    assert asked(client, f"/past/day?at={instant()}")[0] == 200
    status, own = asked(person(FIRM, "/enterprise/login"), f"/past/state?at={instant()}")
    assert status == 200 and "points" in own


@pytest.mark.parametrize("path", ["state", "state?at=", "state?at=yesterday", "state?at=1", "state?at=99999999999999", "frames?at={}", "frames?at={}&pace=2", "frames?at={}&pace=x", "day?at=-1"])
def test_what_is_no_instant_or_no_pace_is_refused_with_words(person: Enter, path: str) -> None:
    status, body = asked(person("officer"), "/past/" + path.format(instant()))
    assert status == 422 and body["error"], body


def test_nobody_looks_back_without_signing_in(client: FlaskClient) -> None:
    client.post("/logout")
    answer = client.get(f"/past/state?at={instant()}")
    assert answer.status_code == 302 and "/login" in answer.headers["Location"]


def test_a_wish_of_the_past_is_an_instant_that_has_been() -> None:
    then = instant()
    assert wished({"past": then}) == datetime.fromtimestamp(then / 1000, UTC)
    assert wished({"past": 0}) <= datetime.now(UTC) and wished({"past": then + 7_200_000}) <= datetime.now(UTC)
    for forged in ("x", True, -1, 10**15, [1]):
        with pytest.raises(Invalid, match="时间"):
            wished({"past": forged})
