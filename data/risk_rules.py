"""The table of rules of the four-colour map, and its versions: a colour of the past names the version by which it came about."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from data.db import notify
from data.models import RiskRule, RiskRuleVersion
from data.rules.risk_colour import FIRST_RULES, Rule

ASK_CHANNEL = "risk_ask"  # whoever changes rules or zones asks for new colours


def in_force(session: Session) -> tuple[int, tuple[Rule, ...]]:
    """Number and rules of the newest version; the first rules are entered where there never were any."""
    newest = session.scalar(_newest())
    if newest is None:
        if session.scalar(select(RiskRule.id).limit(1)) is None:
            session.execute(insert(RiskRule), [rule._asdict() for rule in FIRST_RULES])
        newest = keep_version(session, "系统")
    return newest.id, tuple(Rule(*one) for one in newest.rules)


def keep_version(session: Session, user_name: str) -> RiskRuleVersion:
    """The version of the table as it stands now: a new one where the table changed since the last."""
    wanted = select(RiskRule).where(RiskRule.deleted_at.is_(None), RiskRule.is_active)
    table = sorted([one.kind, one.threshold, one.effect] for one in session.scalars(wanted))
    newest = session.scalar(_newest())
    if newest is None or newest.rules != table:
        newest = RiskRuleVersion(at=datetime.now(UTC), rules=table, user_name=user_name)
        session.add(newest)
        session.flush()
        notify(session, ASK_CHANNEL)
    return newest


def _newest() -> Select[RiskRuleVersion]:
    return select(RiskRuleVersion).order_by(RiskRuleVersion.id.desc()).limit(1)
