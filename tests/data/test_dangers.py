"""What entering a hidden danger promises."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from data.dangers import put_on_its_way, register
from data.db import session
from data.errors import Conflict, Invalid
from data.models import Enterprise, User
from data.viewers import viewer_from

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def given(fresh_demo_database: Any) -> dict[str, Any]:
    with session() as current:
        firm = current.scalars(select(Enterprise.id).order_by(Enterprise.id)).first()
    return {"enterprise_id": firm, "name": "配电室电缆沟封堵不严", "found_on": date(2026, 11, 20), "deadline_on": date(2026, 11, 30)}


def test_numbers_run_without_a_gap_though_a_transaction_fails(given: dict[str, Any]) -> None:
    def entered(year: int) -> str | None:
        with session() as current:
            officer = viewer_from(current.scalars(select(User).where(User.username == "officer")).one())
            return register(current, officer, given, now=NOW.replace(year=year)).number

    first = entered(2030)
    with pytest.raises(Invalid, match="已在字段下标出"), session() as current:
        officer = viewer_from(current.scalars(select(User).where(User.username == "officer")).one())
        register(current, officer, given, now=NOW.replace(year=2030))
        register(current, officer, given | {"found_on": date(2031, 1, 1)}, now=NOW.replace(year=2030))
    assert (first, entered(2030), entered(2031)) == ("YBYH-2030-00001", "YBYH-2030-00002", "YBYH-2031-00001")


def test_a_general_danger_waits_for_its_enterprise_and_is_handed_over_once(given: dict[str, Any]) -> None:
    with session() as current:
        officer = viewer_from(current.scalars(select(User).where(User.username == "officer")).one())
        danger = register(current, officer, given, now=NOW)
        case = put_on_its_way(current, officer, danger, now=NOW)
        assert (danger.state, case.node, case.due_at) == ("rectify", "rectify", datetime(2026, 11, 30, 16, tzinfo=UTC))
        with pytest.raises(Conflict, match="这条隐患已经提交，不能重复提交。"):
            put_on_its_way(current, officer, danger, now=NOW)
