"""备案: what an enterprise hands to the authority of one of its major hazard installations, until it is accepted with a number."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.hazard_filings import FILING_KINDS, FILING_STATES
from data.fields import FileSlot, field
from data.models.base import Record
from data.models.installation import Installation
from data.models.organisation import Enterprise


class HazardFiling(Record):
    """One application. ``content`` is what was handed in, (label, words) as it stood then; acceptance writes number and days into the installation."""

    __tablename__ = "hazard_filing"
    __title__ = "重大危险源备案"
    __found_by__ = ("enterprise", "installation")
    __files__ = (FileSlot("material", "备案材料", most=20),)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True, index=True)
    name: Mapped[str] = field("备案事项", String(140), required=True, search=True)
    kind: Mapped[str] = field("备案类型", String(10), required=True, choices=FILING_KINDS, default="first")
    state: Mapped[str] = field("状态", String(10), required=True, choices=FILING_STATES, default="draft")
    remark: Mapped[str | None] = field("说明", Text, kind="long")
    content: Mapped[list[list[str]] | None] = field("备案内容", JSONB)
    filing_number: Mapped[str | None] = field("备案编号", String(60), search=True)
    filed_on: Mapped[date | None] = field("备案日期")
    filing_expires_on: Mapped[date | None] = field("备案有效期至")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)

    @property
    def told(self) -> list[tuple[str, str]]:
        """What was handed in, as pairs."""
        rows: list[Any] = self.content or []
        return [(str(label), str(words)) for label, words in rows]
